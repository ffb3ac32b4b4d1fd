package connector

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Pick checks declared columns against the ones a connector with a schema of its own can
// fill, and returns for each declared column its position there. nil declared means all.
// Types must agree up to what lies alike in memory: text for varchar, timestamptz for
// timestamp.
func Pick(declared, own types.Schema) ([]int, error) {
	if declared == nil {
		cols := make([]int, len(own))
		for i := range cols {
			cols[i] = i
		}
		return cols, nil
	}
	cols := make([]int, len(declared))
	for i, d := range declared {
		k := own.Index(d.Name)
		if k < 0 {
			names := make([]string, len(own))
			for j, c := range own {
				names[j] = c.Name
			}
			return nil, pgerr.New(pgerr.UndefinedColumn, "the source has no column \"%s\"", d.Name).
				WithHint("Its columns are %s.", list(names))
		}
		if !sameLayout(d.Type, own[k].Type) {
			return nil, pgerr.New(pgerr.DatatypeMismatch, "column \"%s\" of the source is of type %s, not %s",
				d.Name, own[k].Type, d.Type)
		}
		if d.NotNull && !own[k].NotNull {
			return nil, NotAlwaysThere(d.Name)
		}
		cols[i] = k
	}
	return cols, nil
}

// NotAlwaysThere refuses NOT NULL of a column that may come without a value.
func NotAlwaysThere(column string) error {
	return pgerr.Unsupported("NOT NULL of column \""+column+"\", which the source may leave empty,", "Leave it out, and filter in a view.")
}

func sameLayout(a, b types.Type) bool {
	if a.OID == b.OID {
		return a.Mod == b.Mod || a.Mod < 0
	}
	text := func(t types.Type) bool { return t == types.Text || t == types.VarChar }
	stamp := func(t types.Type) bool { return t == types.Timestamp || t == types.TimestampTZ }
	return text(a) && text(b) || stamp(a) && stamp(b)
}

// RequireColumns is the error for a connector that cannot find columns by itself.
func RequireColumns(connector string) error {
	return pgerr.New(pgerr.InvalidTableDefinition, "connector \"%s\" needs a list of columns", connector).
		WithHint("Declare them: CREATE SOURCE s (a integer, b text) WITH (…).")
}
