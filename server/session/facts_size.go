package session

import (
	"streamdb/catalog"
	"streamdb/exec"
	"streamdb/server/engine"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// sizes is the memory of one relation in bytes.
type sizes struct {
	rows      int64 // what it keeps
	indexes   int64 // of unique constraints
	operators int64 // state of the view's or sink's operators
	errors    int64 // of its rows, as far as kept
	changes   int64 // changelog not trimmed yet, in memory
	spilled   int64 // and on disk
}

func (z sizes) total() int64 { return z.rows + z.indexes + z.operators + z.errors + z.changes }

// contentsOf is the rows a relation keeps; nil for nil, sources and sinks.
func contentsOf(r *engine.Relation) *exec.Contents {
	switch {
	case r == nil:
	case r.Table != nil:
		return r.Table.Contents
	case r.Stored != nil:
		return r.Stored.Contents
	}
	return nil
}

// changelogOf is the changelog a relation is read by; nil for nil and sinks.
func changelogOf(r *engine.Relation) *exec.Changelog {
	switch {
	case r == nil:
	case r.Table != nil:
		return r.Table.Log
	case r.Stored != nil:
		return r.Stored.Log
	case r.Source != nil:
		return r.Source.Changelog()
	}
	return nil
}

// sizesOf measures a running relation.
func sizesOf(r *engine.Relation) sizes {
	z := sizes{errors: r.Errors.MemSize()}
	if c := contentsOf(r); c != nil {
		z.rows = int64(c.MemSize())
	}
	if r.Table != nil {
		z.indexes = max(0, int64(r.Table.MemSize())-z.rows)
	}
	if r.Flow != nil {
		z.operators = r.Flow.MemSize()
	}
	if l := changelogOf(r); l != nil {
		z.changes, z.spilled = l.Bytes()
	}
	return z
}

// sizeFact is one of the functions of a relation's size: 0 for what keeps nothing, NULL for
// what does not exist.
func sizeFact(part func(sizes) int64) fact {
	return func(s *Session, args types.Row) (types.Datum, error) {
		id := objectID(args[0])
		if r := s.e.Relation(id); r != nil {
			return types.NewInt64(part(sizesOf(r))), nil
		}
		snap := s.e.Catalog()
		_, exists := snap.ByID(id)
		if table, _, ok := snap.IndexByID(id); ok {
			return types.NewInt64(s.indexSize(table)), nil
		}
		if !exists {
			return types.Null(), nil
		}
		return types.NewInt64(0), nil
	}
}

// indexSize is the share of one index in its table's indexes.
func (s *Session) indexSize(table *catalog.Relation) int64 {
	r := s.e.Relation(table.ID)
	if r == nil {
		return 0
	}
	return sizesOf(r).indexes / int64(len(table.Uniques))
}

// tablespaceSize is the size of a tablespace: everything is in pg_default.
func tablespaceSize(s *Session, args types.Row) (types.Datum, error) {
	const defaultOID, globalOID = 1663, 1664
	switch a := args[0]; {
	case a.Kind == types.KindBytes && a.Str() == "pg_default", a.Kind != types.KindBytes && a.I == defaultOID:
		return databaseSize(s, types.Row{types.NewBytes(Database)})
	case a.Kind == types.KindBytes && a.Str() == "pg_global", a.Kind != types.KindBytes && a.I == globalOID:
		return types.NewInt64(0), nil
	case a.Kind == types.KindBytes:
		return types.Null(), pgerr.New(pgerr.UndefinedObject, "tablespace \"%s\" does not exist", a.Str())
	}
	return types.Null(), nil
}

// databaseSize is what the data directory holds.
func databaseSize(s *Session, args types.Row) (types.Datum, error) {
	if args[0].Kind == types.KindBytes && args[0].Str() != Database {
		return types.Null(), pgerr.New(pgerr.InvalidCatalogName, "database \"%s\" does not exist", args[0].Str())
	}
	st := s.e.StoreStats()
	return types.NewInt64(st.StoreBytes + st.LogBytes), nil
}
