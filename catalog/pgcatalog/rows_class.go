package pgcatalog

import (
	"fmt"

	"streamdb/catalog"
	"streamdb/types"
)

// The OIDs of access methods.
const (
	heapAM  = 2
	btreeAM = 403
)

// relKind is pg_class.relkind; 0 for what is not in pg_class.
func relKind(r *catalog.Relation) byte {
	switch r.Kind {
	case catalog.Table:
		return 'r'
	case catalog.View:
		return 'v'
	case catalog.MaterializedView:
		return 'm'
	case catalog.Source:
		return 'f'
	case catalog.System:
		if s, ok := shapes()[r.ID]; ok && !s.view {
			return 'r'
		}
		return 'v'
	}
	return 0
}

// eachClass ranges over the relations that are in pg_class, by id.
func eachClass(in *Input) func(yield func(*catalog.Relation, byte) bool) {
	return func(yield func(*catalog.Relation, byte) bool) {
		for _, r := range in.Snapshot.Relations("") {
			if k := relKind(r); k != 0 && !yield(r, k) {
				return
			}
		}
	}
}

func (in *Input) schemaID(name string) catalog.ID {
	if s, ok := in.Snapshot.Schema(name); ok {
		return s.ID
	}
	return 0
}

func (in *Input) rowCount(id catalog.ID) int64 {
	if in.Rows != nil {
		if n, ok := in.Rows(id); ok {
			return n
		}
	}
	return -1
}

func classRows(in *Input, w *writer) {
	w.columns(`oid relname relnamespace relowner relam relfilenode reltuples relhasindex relisshared relpersistence
		relkind relnatts relchecks relhasrules relispopulated relreplident`)
	for r, kind := range eachClass(in) {
		am, file, ident := 0, catalog.ID(0), "n"
		if kind == 'r' || kind == 'm' {
			am, file, ident = heapAM, r.ID, "d"
		}
		if r.Kind == catalog.System {
			file, ident = 0, "n"
		}
		natts := 0
		for _, c := range r.Columns {
			natts += btoi(c.AttNum > 0)
		}
		ns := in.schemaID(r.Schema)
		w.row(r.ID, r.Name, ns, OwnerOID, am, file, in.rowCount(r.ID), len(r.Uniques) > 0, isShared(r), "p",
			kind, natts, len(r.Checks), kind == 'v' || kind == 'm', true, ident)
		for _, u := range r.Uniques {
			w.row(u.ID, u.Name, ns, OwnerOID, btreeAM, u.ID, in.rowCount(r.ID), false, false, "p",
				"i", len(u.Columns), 0, false, true, "n")
		}
	}
}

// isShared reports whether a relation is the same in all databases of a cluster.
func isShared(r *catalog.Relation) bool {
	switch r.ID {
	case 1260, 1261, 1262, 1213, 1214, 2396, 2964, 3592, 6000, 6100, 6243:
		return true
	}
	return false
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func attributeRows(in *Input, w *writer) {
	w.columns(`attrelid attname atttypid attstattarget attlen attnum attndims attcacheoff atttypmod attbyval attalign
		attstorage attnotnull atthasdef attisdropped attislocal attcollation`)
	for r := range eachClass(in) {
		for _, c := range r.Columns {
			if c.AttNum > 0 {
				c.NotNull = notNull(r, &c)
				attributeRow(w, r.ID, c, c.AttNum)
			}
		}
		for _, u := range r.Uniques {
			for i, p := range u.Columns {
				c := r.Columns[p]
				attributeRow(w, u.ID, catalog.Column{Name: c.Name, Type: c.Type}, int16(i+1))
			}
		}
	}
}

// notNull reports whether a column is shown as NOT NULL: PostgreSQL knows that of no view's
// columns.
func notNull(r *catalog.Relation, c *catalog.Column) bool {
	return c.NotNull && r.Kind != catalog.View && r.Kind != catalog.MaterializedView
}

func attributeRow(w *writer, rel catalog.ID, c catalog.Column, attnum int16) {
	t, name, oid := typeRow(c.Type), c.Name, c.Type.OID
	if c.Dropped {
		name, oid = fmt.Sprintf("........pg.dropped.%d........", attnum), 0
	}
	w.row(rel, name, oid, -1, t.length, attnum, btoi(c.Type.IsArray()), -1, c.Type.Mod, t.byVal, t.align,
		t.storage, c.NotNull && !c.Dropped, c.Default != "" && !c.Dropped, c.Dropped, true, t.collation)
}

// defaultOID is the OID of a column's default in pg_attrdef.
func defaultOID(rel catalog.ID, attnum int16) uint32 {
	return 1<<31 | (uint32(rel)<<11|uint32(attnum))&(1<<31-1)
}

func attrdefRows(in *Input, w *writer) {
	w.columns("oid adrelid adnum adbin")
	for r := range eachClass(in) {
		for _, c := range r.Columns {
			if c.Default != "" && !c.Dropped && c.AttNum > 0 {
				w.row(defaultOID(r.ID, c.AttNum), r.ID, c.AttNum, c.Default)
			}
		}
	}
}

func namespaceRows(in *Input, w *writer) {
	w.columns("oid nspname nspowner")
	for _, s := range in.Snapshot.Schemas() {
		w.row(s.ID, s.Name, OwnerOID)
	}
}

func descriptionRows(in *Input, w *writer) {
	w.columns("objoid classoid objsubid description")
	for _, s := range in.Snapshot.Schemas() {
		if s.Comment != "" {
			w.row(s.ID, namespaceClass, 0, s.Comment)
		}
	}
	for r := range eachClass(in) {
		if r.Comment != "" {
			w.row(r.ID, relationClass, 0, r.Comment)
		}
		for _, c := range r.Columns {
			if text := r.ColComment[c.AttNum]; text != "" && !c.Dropped {
				w.row(r.ID, relationClass, c.AttNum, text)
			}
		}
	}
}

// The OIDs of the catalogs that other rows refer to.
const (
	relationClass  = 1259
	namespaceClass = 2615
	rewriteClass   = 2618
	typeClass      = 1247
	procClass      = 1255
	constraintCat  = 2606
	attrdefClass   = 2604
)

// dependRows relates views to what they read, as PostgreSQL does through their rules, and
// defaults, indexes and constraints to their tables.
func dependRows(in *Input, w *writer) {
	w.columns("classid objid objsubid refclassid refobjid refobjsubid deptype")
	for r, kind := range eachClass(in) {
		if kind == 'v' || kind == 'm' {
			if r.Kind != catalog.System {
				w.row(rewriteClass, r.ID, 0, relationClass, r.ID, 0, "i")
			}
			for _, id := range r.DependsOn {
				w.row(rewriteClass, r.ID, 0, relationClass, id, 0, "n")
			}
		}
		if r.Kind != catalog.System {
			w.row(relationClass, r.ID, 0, namespaceClass, in.schemaID(r.Schema), 0, "n")
		}
		for _, u := range r.Uniques {
			w.row(relationClass, u.ID, 0, constraintCat, u.ID, 0, "i")
			for _, p := range u.Columns {
				w.row(constraintCat, u.ID, 0, relationClass, r.ID, r.Columns[p].AttNum, "a")
			}
		}
		for _, c := range r.Columns {
			if c.Default != "" && !c.Dropped {
				w.row(attrdefClass, defaultOID(r.ID, c.AttNum), 0, relationClass, r.ID, c.AttNum, "a")
			}
		}
	}
}

func rewriteRows(in *Input, w *writer) {
	w.columns("oid rulename ev_class ev_type ev_enabled is_instead ev_qual ev_action")
	for r, kind := range eachClass(in) {
		if (kind == 'v' || kind == 'm') && r.Kind != catalog.System {
			w.row(r.ID, "_RETURN", r.ID, "1", "O", true, "<>", r.Query)
		}
	}
}

// opclassOf is the default btree operator class of a type, 0 if there is none.
func opclassOf(t types.Type) types.OID {
	want := t.OID
	switch {
	case t.OID == types.VarChar.OID:
		want = types.Text.OID
	case t.IsArray():
		want = types.AnyArray.OID
	case t.OID == types.RegClass.OID || t.OID == types.RegType.OID || t.OID == types.RegProc.OID:
		want = types.Oid.OID
	}
	for f := range seedLines(opclassText) {
		if seedOID(f[3]) == want {
			return seedOID(f[0])
		}
	}
	return 0
}
