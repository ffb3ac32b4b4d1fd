package session

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner"
	"streamdb/planner/plan"
	"streamdb/server/settings"
	"streamdb/types/pgerr"
)

// follower makes the views and sinks that read a changed relation follow it.
type follower struct {
	s       *Session
	snap    *catalog.Snapshot // with the changes made so far
	changes []catalog.Change
}

func (f *follower) change(c catalog.Change) (err error) {
	f.snap, err = f.snap.Apply(c)
	f.changes = append(f.changes, c)
	return err
}

// following is the change of a table's descriptor to next, with what becomes of the views
// and sinks that were planned when more was known of its rows.
func (s *Session) following(snap *catalog.Snapshot, next *catalog.Relation) (catalog.Change, error) {
	f := &follower{s: s, snap: snap}
	if err := f.change(&catalog.ReplaceRelation{Relation: next}); err != nil {
		return nil, err
	}
	was, _ := snap.ByID(next.ID)
	if !losesNotNull(was, next) {
		return f.changes[0], nil
	}
	var relying []string
	for _, d := range dependents(snap, next.ID) {
		relies, err := f.forgetNotNull(d)
		if err != nil {
			return nil, err
		}
		if relies {
			relying = append(relying, snap.Describe(s.path(), d))
		}
	}
	if len(relying) > 0 {
		return nil, pgerr.Unsupported("dropping NOT NULL of a column on which the plan of "+strings.Join(relying, ", ")+" relies",
			"Drop the view or sink, drop NOT NULL, and create it again.")
	}
	return &catalog.Batch{Changes: f.changes}, nil
}

func losesNotNull(was, next *catalog.Relation) bool {
	for i, c := range was.Columns {
		if c.NotNull && !next.Columns[i].NotNull {
			return true
		}
	}
	return false
}

// dependents lists what reads a relation, directly or through others, in an order in which
// nothing stands before what it reads.
func dependents(snap *catalog.Snapshot, id catalog.ID) []*catalog.Relation {
	var out []*catalog.Relation
	seen := map[catalog.ID]bool{}
	var visit func(id catalog.ID)
	visit = func(id catalog.ID) {
		for _, d := range snap.Dependents(id) {
			if seen[d] {
				continue
			}
			seen[d] = true
			visit(d)
			r, _ := snap.ByID(d)
			out = append(out, r)
		}
	}
	visit(id)
	slices.Reverse(out)
	return out
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

func samePlan(a, b plan.Node) (bool, error) {
	x, err := plan.Fingerprint(a)
	if err != nil {
		return false, err
	}
	y, err := plan.Fingerprint(b)
	return bytes.Equal(x[:], y[:]), err
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

// viewEnv is what planning a view depends on: what it kept of the session that made it.
func (s *Session) viewEnv(snap *catalog.Snapshot, d *catalog.Relation) *planner.Env {
	style := settings.Style(func(name string) string { return d.Settings[name] })
	style.Now = time.Now()
	c := expr.NewCtx(style, microsAt(style.Now))
	c.Session, c.Interrupt = s, s.interrupt
	return &planner.Env{Resolver: resolver{snap, d.SearchPath, s.user}, Ctx: c}
}
