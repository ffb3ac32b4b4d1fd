package catalog

import (
	"maps"
	"slices"

	"streamdb/types/pgerr"
)

// maxID keeps ids positive as int32 and leaves room for derived OIDs above them.
const maxID = 1 << 30

// Apply returns the snapshot after a change, one version on, or why the change cannot be
// made; s stays as it is.
func (s *Snapshot) Apply(c Change) (*Snapshot, error) {
	next := s.clone()
	if err := c.apply(next); err != nil {
		return nil, err
	}
	next.version++
	return next, nil
}

func (s *Snapshot) takeID() (ID, error) {
	if s.nextID >= maxID {
		return 0, pgerr.New(pgerr.ProgramLimitExceeded, "out of object identifiers")
	}
	s.nextID++
	return s.nextID - 1, nil
}

func (c *CreateSchema) apply(s *Snapshot) error {
	if err := s.checkNewSchema(c.Name); err != nil {
		return err
	}
	id, err := s.takeID()
	s.schemas[c.Name] = &Schema{ID: id, Name: c.Name}
	return err
}

func (c *RenameSchema) apply(s *Snapshot) error {
	old, ok := s.schemas[c.Name]
	if !ok {
		return noSchema(c.Name)
	}
	if IsSystemSchema(c.Name) {
		return pgerr.Unsupported("renaming schema "+QuoteIdent(c.Name), "It belongs to the server.")
	}
	if err := s.checkNewSchema(c.To); err != nil {
		return err
	}
	delete(s.schemas, c.Name)
	s.schemas[c.To] = &Schema{ID: old.ID, Name: c.To, Comment: old.Comment}
	for _, r := range s.Relations(c.Name) {
		moved := *r
		moved.Schema = c.To
		s.remove(r)
		s.put(&moved)
	}
	return nil
}

func (s *Snapshot) checkDropSchema(name string) error {
	if _, ok := s.schemas[name]; !ok {
		return noSchema(name)
	}
	if IsSystemSchema(name) {
		return pgerr.New(pgerr.DependentObjectsStillExist,
			"cannot drop schema %s because it is required by the database system", QuoteIdent(name))
	}
	return nil
}

func (c *DropSchema) apply(s *Snapshot) error {
	if err := s.checkDropSchema(c.Name); err != nil {
		return err
	}
	if len(s.Relations(c.Name)) > 0 {
		_, err := s.DropSchemaClosure([]string{c.Name}, false, []string{Public})
		return err
	}
	delete(s.schemas, c.Name)
	return nil
}

func (c *CreateRelation) apply(s *Snapshot) error {
	r := *c.Relation
	if err := s.checkPlace(&r); err != nil {
		return err
	}
	switch {
	case r.ID == 0:
		id, err := s.takeID()
		if err != nil {
			return err
		}
		r.ID = id
	case r.ID < s.nextID || r.ID >= maxID:
		return pgerr.Internal("object id %d was given before", r.ID)
	default:
		s.nextID = r.ID + 1
	}
	return s.enter(&r)
}

func (c *ReplaceRelation) apply(s *Snapshot) error {
	r := *c.Relation
	old, ok := s.byID[r.ID]
	if !ok {
		return pgerr.Internal("relation %d does not exist", r.ID)
	}
	if old.Kind == System {
		return pgerr.New(pgerr.InsufficientPrivilege, "permission denied: \"%s\" is a system catalog", old.Name)
	}
	if s.reaches(r.DependsOn, r.ID) {
		return pgerr.New(pgerr.InvalidObjectDefinition, "infinite recursion detected in rules for relation \"%s\"", r.Name)
	}
	s.remove(old)
	if err := s.checkPlace(&r); err != nil {
		return err
	}
	return s.enter(&r)
}

// reaches reports whether target is among ids or what they depend on.
func (s *Snapshot) reaches(ids []ID, target ID) bool {
	seen := map[ID]bool{}
	for todo := slices.Clone(ids); len(todo) > 0; {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if id == target {
			return true
		}
		if r, ok := s.byID[id]; ok && !seen[id] {
			seen[id] = true
			todo = append(todo, r.DependsOn...)
		}
	}
	return false
}

// checkPlace checks a relation's schema and name.
func (s *Snapshot) checkPlace(r *Relation) error {
	if _, ok := s.schemas[r.Schema]; !ok {
		return noSchema(r.Schema)
	}
	if IsSystemSchema(r.Schema) {
		return pgerr.New(pgerr.InsufficientPrivilege, "permission denied to create \"%s.%s\"", r.Schema, r.Name).
			WithDetail("System catalog modifications are currently disallowed.")
	}
	return s.checkName(r.Schema, r.Name)
}

func (s *Snapshot) checkName(schema, name string) error {
	if _, ok := s.names[qualified{schema, name}]; ok {
		return pgerr.New(pgerr.DuplicateTable, "relation \"%s\" already exists", name)
	}
	return nil
}

// enter checks a relation's parts, gives ids to its constraints and puts it in place.
func (s *Snapshot) enter(r *Relation) error {
	if err := checkColumns(r); err != nil {
		return err
	}
	for _, id := range r.DependsOn {
		if _, ok := s.byID[id]; !ok || id == r.ID {
			return pgerr.Internal("relation \"%s\" depends on %d, which does not exist", r.Name, id)
		}
	}
	if err := s.enterConstraints(r); err != nil {
		return err
	}
	s.put(r)
	return nil
}

func checkColumns(r *Relation) error {
	seen := map[string]bool{}
	for _, c := range r.Columns {
		if c.Dropped {
			continue
		}
		if seen[c.Name] {
			return pgerr.New(pgerr.DuplicateColumn, "column \"%s\" specified more than once", c.Name)
		}
		seen[c.Name] = true
	}
	return nil
}

// enterConstraints gives ids to the constraints that have none. Names of indexes are
// unique in the schema, those of constraints in the table.
func (s *Snapshot) enterConstraints(r *Relation) error {
	r.Uniques, r.Checks = slices.Clone(r.Uniques), slices.Clone(r.Checks)
	seen := map[string]bool{}
	for i := range r.Uniques {
		u := &r.Uniques[i]
		for _, c := range u.Columns {
			if c < 0 || c >= len(r.Columns) {
				return pgerr.Internal("constraint \"%s\" is on column %d of %d", u.Name, c, len(r.Columns))
			}
		}
		if err := s.checkName(r.Schema, u.Name); err != nil {
			return err
		}
		if u.Name == r.Name {
			return pgerr.New(pgerr.DuplicateTable, "relation \"%s\" already exists", u.Name)
		}
		if err := s.enterConstraint(r, u.Name, &u.ID, seen); err != nil {
			return err
		}
	}
	for i := range r.Checks {
		if err := s.enterConstraint(r, r.Checks[i].Name, &r.Checks[i].ID, seen); err != nil {
			return err
		}
	}
	return nil
}

func (s *Snapshot) enterConstraint(r *Relation, name string, id *ID, seen map[string]bool) error {
	if seen[name] {
		return pgerr.New(pgerr.DuplicateObject, "constraint \"%s\" for relation \"%s\" already exists", name, r.Name)
	}
	seen[name] = true
	if *id != 0 {
		return nil
	}
	var err error
	*id, err = s.takeID()
	return err
}

func (c *DropRelations) apply(s *Snapshot) error {
	if _, err := s.DropClosure(c.IDs, false, []string{Public}); err != nil {
		return err
	}
	for _, id := range uniqueIDs(c.IDs) {
		s.remove(s.byID[id])
	}
	return nil
}

func (c *Comment) apply(s *Snapshot) error {
	if c.Schema != "" {
		old, ok := s.schemas[c.Schema]
		if !ok {
			return noSchema(c.Schema)
		}
		s.schemas[c.Schema] = &Schema{ID: old.ID, Name: old.Name, Comment: c.Text}
		return nil
	}
	old, ok := s.byID[c.ID]
	if !ok {
		return pgerr.Internal("relation %d does not exist", c.ID)
	}
	if old.Kind == System {
		return pgerr.New(pgerr.InsufficientPrivilege, "permission denied: \"%s\" is a system catalog", old.Name)
	}
	r := *old
	if c.AttNum == 0 {
		r.Comment = c.Text
	} else {
		r.ColComment = maps.Clone(old.ColComment)
		if c.Text == "" {
			delete(r.ColComment, c.AttNum)
		} else {
			if r.ColComment == nil {
				r.ColComment = map[int16]string{}
			}
			r.ColComment[c.AttNum] = c.Text
		}
	}
	s.byID[c.ID] = &r
	return nil
}

func (c *Batch) apply(s *Snapshot) error {
	for _, step := range c.Changes {
		if err := step.apply(s); err != nil {
			return err
		}
	}
	return nil
}
