package catalog

import (
	"strings"

	"streamdb/types/pgerr"
)

// CheckReplaceView reports whether CREATE OR REPLACE may put view next in the place of
// old: columns may only be added at the end.
func CheckReplaceView(old, next *Relation) error {
	if old.Kind != next.Kind {
		return pgerr.New(pgerr.WrongObjectType, "\"%s\" is not a %s", old.Name, next.Kind)
	}
	before, after := old.Live(), next.Live()
	if len(after) < len(before) {
		return pgerr.New(pgerr.InvalidTableDefinition, "cannot drop columns from view")
	}
	for i, p := range before {
		o, n := old.Columns[p], next.Columns[after[i]]
		if o.Name != n.Name {
			return pgerr.New(pgerr.InvalidTableDefinition, "cannot change name of view column \"%s\" to \"%s\"", o.Name, n.Name).
				WithHint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.")
		}
		if o.Type != n.Type {
			return pgerr.New(pgerr.InvalidTableDefinition, "cannot change data type of view column \"%s\" from %s to %s",
				o.Name, o.Type, n.Type)
		}
	}
	return nil
}

// WrongKind is the error of a DROP or ALTER that names another kind of object than it
// finds.
func WrongKind(r *Relation, want Kind) error {
	err := pgerr.New(pgerr.WrongObjectType, "\"%s\" is not a %s", r.Name, want)
	if r.Kind == System || r.Kind == Index {
		return err
	}
	return err.WithHint("Use DROP %s to remove a %s.", strings.ToUpper(r.Kind.String()), r.Kind)
}
