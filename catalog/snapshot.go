package catalog

import (
	"cmp"
	"maps"
	"slices"
)

// Snapshot is the catalog at one version. It never changes: [Snapshot.Apply] makes a new
// one and leaves the old one to its readers.
type Snapshot struct {
	version uint64
	nextID  ID
	system  []*Relation // sorted by id; the same in all snapshots of a server
	schemas map[string]*Schema
	names   map[qualified]ID // relations and indexes
	byID    map[ID]*Relation
	indexes map[ID]ID // index to its table
	users   map[ID][]ID
}

// qualified is a relation's or index's full name.
type qualified struct{ schema, name string }

// New returns the catalog of an empty database at version 0. The system relations, whose
// ids are below [FirstUserID], are not part of its encoding.
func New(system []*Relation) *Snapshot {
	s := &Snapshot{
		nextID:  FirstUserID,
		system:  slices.SortedFunc(slices.Values(system), byRelationID),
		schemas: map[string]*Schema{},
		names:   map[qualified]ID{},
		byID:    map[ID]*Relation{},
		indexes: map[ID]ID{},
		users:   map[ID][]ID{},
	}
	for _, schema := range builtinSchemas() {
		s.schemas[schema.Name] = schema
	}
	for _, r := range system {
		s.put(r)
	}
	return s
}

func byRelationID(a, b *Relation) int { return cmp.Compare(a.ID, b.ID) }

// Version counts the changes made so far.
func (s *Snapshot) Version() uint64 { return s.version }

// NextID is the id that the next object gets. Ids are never given twice.
func (s *Snapshot) NextID() ID { return s.nextID }

// clone is a copy that may be changed until it is handed out.
func (s *Snapshot) clone() *Snapshot {
	c := *s
	c.schemas = maps.Clone(s.schemas)
	c.names = maps.Clone(s.names)
	c.byID = maps.Clone(s.byID)
	c.indexes = maps.Clone(s.indexes)
	c.users = maps.Clone(s.users)
	return &c
}

// put enters r in all indexes.
func (s *Snapshot) put(r *Relation) {
	s.byID[r.ID] = r
	s.names[qualified{r.Schema, r.Name}] = r.ID
	for _, u := range r.Uniques {
		if u.ID != 0 {
			s.names[qualified{r.Schema, u.Name}] = u.ID
			s.indexes[u.ID] = r.ID
		}
	}
	for _, id := range uniqueIDs(r.DependsOn) {
		s.users[id] = append(slices.Clone(s.users[id]), r.ID)
	}
}

// remove takes r out of all indexes.
func (s *Snapshot) remove(r *Relation) {
	delete(s.byID, r.ID)
	delete(s.names, qualified{r.Schema, r.Name})
	for _, u := range r.Uniques {
		delete(s.names, qualified{r.Schema, u.Name})
		delete(s.indexes, u.ID)
	}
	for _, id := range uniqueIDs(r.DependsOn) {
		left := slices.DeleteFunc(slices.Clone(s.users[id]), func(u ID) bool { return u == r.ID })
		if s.users[id] = left; len(left) == 0 {
			delete(s.users, id)
		}
	}
}

func uniqueIDs(ids []ID) []ID { return slices.Compact(slices.Sorted(slices.Values(ids))) }

// Lookup finds a relation. Without a schema it searches the path in order, pg_catalog
// first unless the path says where.
func (s *Snapshot) Lookup(searchPath []string, schema, name string) (*Relation, bool) {
	if schema != "" {
		r, ok := s.byID[s.names[qualified{schema, name}]]
		return r, ok
	}
	for _, schema := range ImplicitPath(searchPath) {
		if r, ok := s.byID[s.names[qualified{schema, name}]]; ok {
			return r, true
		}
	}
	return nil, false
}

// ImplicitPath is the search path with pg_catalog in front, unless it is named in it.
func ImplicitPath(searchPath []string) []string {
	if slices.Contains(searchPath, PgCatalog) {
		return searchPath
	}
	return append([]string{PgCatalog}, searchPath...)
}

// LookupID is [Snapshot.Lookup] for the names of indexes too: the object's id.
func (s *Snapshot) LookupID(searchPath []string, schema, name string) (ID, bool) {
	if schema != "" {
		id, ok := s.names[qualified{schema, name}]
		return id, ok
	}
	for _, schema := range ImplicitPath(searchPath) {
		if id, ok := s.names[qualified{schema, name}]; ok {
			return id, true
		}
	}
	return 0, false
}

// ByID finds a relation by its id.
func (s *Snapshot) ByID(id ID) (*Relation, bool) {
	r, ok := s.byID[id]
	return r, ok
}

// IndexByID finds the PRIMARY KEY or UNIQUE constraint whose index has this id, and its
// table.
func (s *Snapshot) IndexByID(id ID) (*Relation, *Unique, bool) {
	table, ok := s.byID[s.indexes[id]]
	if !ok {
		return nil, nil, false
	}
	for i := range table.Uniques {
		if table.Uniques[i].ID == id {
			return table, &table.Uniques[i], true
		}
	}
	return nil, nil, false
}

// Relations lists a schema's relations by name; all relations by id when schema is "".
func (s *Snapshot) Relations(schema string) []*Relation {
	var rs []*Relation
	for _, r := range s.byID {
		if schema == "" || r.Schema == schema {
			rs = append(rs, r)
		}
	}
	if schema == "" {
		slices.SortFunc(rs, byRelationID)
	} else {
		slices.SortFunc(rs, func(a, b *Relation) int { return cmp.Compare(a.Name, b.Name) })
	}
	return rs
}

// UserRelations lists the relations that are not the server's own, by id.
func (s *Snapshot) UserRelations() []*Relation {
	return slices.DeleteFunc(s.Relations(""), func(r *Relation) bool { return r.ID < FirstUserID })
}

// Dependents lists the relations that use id directly, oldest first.
func (s *Snapshot) Dependents(id ID) []ID { return slices.Sorted(slices.Values(s.users[id])) }

// Schemas lists the schemas by id.
func (s *Snapshot) Schemas() []*Schema {
	return slices.SortedFunc(maps.Values(s.schemas), func(a, b *Schema) int { return cmp.Compare(a.ID, b.ID) })
}

// Schema finds a schema by name.
func (s *Snapshot) Schema(name string) (*Schema, bool) {
	schema, ok := s.schemas[name]
	return schema, ok
}

// SchemaByID finds a schema by its id.
func (s *Snapshot) SchemaByID(id ID) (*Schema, bool) {
	for _, schema := range s.schemas {
		if schema.ID == id {
			return schema, true
		}
	}
	return nil, false
}
