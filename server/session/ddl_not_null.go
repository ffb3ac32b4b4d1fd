package session

import (
	"strings"

	"streamdb/catalog"
	"streamdb/planner"
	"streamdb/planner/plan"
	"streamdb/types/pgerr"
)

// followNotNull gives what was planned when more was known of a table's rows the properties
// that its query has now, and refuses where a dataflow relies on NOT NULL.
func (f *follower) followNotNull() error {
	if f.next.Kind != catalog.Table || !losesNotNull(f.was, f.next) {
		return nil
	}
	var relying []string
	for _, d := range dependents(f.snap, f.next.ID) {
		relies, err := f.forgetNotNull(d)
		if err != nil {
			return err
		}
		if relies {
			relying = append(relying, f.snap.Describe(f.s.path(), d))
		}
	}
	if len(relying) > 0 {
		return pgerr.Unsupported("dropping NOT NULL of a column on which the plan of "+strings.Join(relying, ", ")+" relies",
			"Drop the view or sink, drop NOT NULL, and create it again.")
	}
	return nil
}

func losesNotNull(was, next *catalog.Relation) bool {
	for i, c := range was.Columns {
		if c.NotNull && !next.Columns[i].NotNull {
			return true
		}
	}
	return false
}

// forgetNotNull gives a view or sink the properties that its query has now that a column may
// be NULL. relies says that it cannot go on: its dataflow was planned on it.
func (f *follower) forgetNotNull(d *catalog.Relation) (relies bool, err error) {
	if d.Kind == catalog.Table {
		return false, nil // made from a source, whose columns do not change
	}
	v, err := f.s.inferAgain(f.snap, d)
	if err != nil {
		return true, nil //nolint:nilerr // what cannot be planned again is not known to do without
	}
	if d.Kind != catalog.View {
		stored, err := plan.Decode(d.Plan)
		if err != nil {
			return false, err
		}
		if same, err := samePlan(stored, v.Root); err != nil || !same || d.AppendOnly != v.AppendOnly {
			return true, err
		}
	}
	next := copyOf(d)
	for i, c := range v.Schema {
		next.Columns[i].NotNull = c.NotNull
	}
	next.Key = v.Key
	return false, f.change(&catalog.ReplaceRelation{Relation: next})
}

// inferAgain plans the query of a view or sink as when it was made, over another snapshot.
func (s *Session) inferAgain(snap *catalog.Snapshot, d *catalog.Relation) (*planner.View, error) {
	q, err := parseQuery(d.Query)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, i := range d.Live() {
		names = append(names, d.Columns[i].Name)
	}
	env := s.viewEnv(snap, d)
	if d.Kind == catalog.View {
		return planner.InferPlainView(q, names, env)
	}
	return planner.InferView(q, names, env)
}
