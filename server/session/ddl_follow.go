package session

import (
	"slices"
	"strings"
	"time"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner"
	"streamdb/planner/plan"
	"streamdb/server/settings"
	"streamdb/sql"
	"streamdb/types/pgerr"
)

// follower makes what reads an altered relation follow it.
type follower struct {
	s         *Session
	before    *catalog.Snapshot
	was, next *catalog.Relation
	snap      *catalog.Snapshot // with the changes made so far
	changes   []catalog.Change
}

func (f *follower) change(c catalog.Change) (err error) {
	f.snap, err = f.snap.Apply(c)
	f.changes = append(f.changes, c)
	return err
}

// following is the change of a relation's descriptor to next, with what it does to the
// relations that depend on it.
func (s *Session) following(snap *catalog.Snapshot, next *catalog.Relation) (catalog.Change, error) {
	f := &follower{s: s, before: snap, snap: snap, next: next}
	f.was, _ = snap.ByID(next.ID)
	if err := f.change(&catalog.ReplaceRelation{Relation: next}); err != nil {
		return nil, err
	}
	if err := f.followNames(); err != nil {
		return nil, err
	}
	if err := f.followNotNull(); err != nil {
		return nil, err
	}
	if len(f.changes) == 1 {
		return f.changes[0], nil
	}
	return &catalog.Batch{Changes: f.changes}, nil
}

// followNames rewrites the queries of views and sinks whose text would not mean the same any
// more. Plain views are planned from it; of the others it only says what they are.
func (f *follower) followNames() error {
	if f.was.QualifiedName() == f.next.QualifiedName() && slices.EqualFunc(f.was.Columns, f.next.Columns,
		func(a, b catalog.Column) bool { return a.Name == b.Name }) {
		return nil
	}
	for _, d := range dependents(f.before, f.next.ID) {
		next := copyOf(d)
		if d.Kind == catalog.Table {
			var err error
			if next.SQL, err = sql.WithFrom(d.SQL, f.next.QualifiedName()); err != nil {
				return err
			}
		} else {
			query, err := f.rewritten(d)
			if err != nil {
				return err
			}
			next.Query = query
			if query == d.Query {
				continue
			}
			if next.SQL, err = f.createText(next); err != nil {
				return err
			}
		}
		if err := f.change(&catalog.ReplaceRelation{Relation: next}); err != nil {
			return err
		}
	}
	return nil
}

// rewritings are the ways to follow an altered relation, the ones that read best first.
var rewritings = []planner.Rewriting{
	{},
	{Alias: true},
	{Alias: true, ColumnAliases: true},
	{Alias: true, ColumnAliases: true, SpellOut: true},
}

// rewritten is the query of d so that it says under the new names what it said under the old
// ones. Whether it does is seen by planning both.
func (f *follower) rewritten(d *catalog.Relation) (string, error) {
	names := &planner.Names{}
	q, before, err := f.meaning(f.before, d, d.Query, names)
	if err != nil {
		return d.Query, nil //nolint:nilerr // it was broken before
	}
	// The row of a table as a value follows the table, as in PostgreSQL.
	lenient := d.Kind == catalog.View && names.WholeRows(f.was.ID)
	same := func(text string) bool {
		_, after, err := f.meaning(f.snap, d, text, nil)
		return err == nil && before.equals(after, lenient)
	}
	if !lenient && same(d.Query) {
		return d.Query, nil
	}
	for _, r := range rewritings {
		r.Old, r.New, r.Name = f.was, f.next, f.nameIn(d)
		names.Rewrite(r)
		if text := sql.Format(q); same(text) {
			return text, nil
		}
		names = &planner.Names{}
		if q, _, err = f.meaning(f.before, d, d.Query, names); err != nil {
			return "", err
		}
	}
	if same(d.Query) || d.Kind != catalog.View {
		return d.Query, nil
	}
	return "", pgerr.Unsupported("rewriting the query of "+f.before.Describe(f.s.path(), d)+", which names it,",
		"Drop the view first and create it again.")
}

// nameIn is what a view calls the altered relation.
func (f *follower) nameIn(d *catalog.Relation) sql.QualifiedName {
	if found, ok := f.snap.Lookup(d.SearchPath, "", f.next.Name); ok && found.ID == f.next.ID {
		return sql.QualifiedName{Pos: sql.NoPos, Name: f.next.Name}
	}
	return sql.QualifiedName{Pos: sql.NoPos, Schema: f.next.Schema, Name: f.next.Name}
}

// meaning is what a query computes from the relations it names, and what its columns are
// called.
type meaning struct {
	fingerprint [16]byte
	columns     []planner.OutColumn
}

func (m meaning) equals(o meaning, lenient bool) bool {
	return (lenient || m.fingerprint == o.fingerprint) && slices.EqualFunc(m.columns, o.columns, func(a, b planner.OutColumn) bool {
		return a.Name == b.Name && a.Type == b.Type
	})
}

// meaning plans a query as d's in a snapshot. Views in it stand for themselves.
func (f *follower) meaning(snap *catalog.Snapshot, d *catalog.Relation, text string, names *planner.Names) (*sql.Query, meaning, error) {
	q, err := parseQuery(text)
	if err != nil {
		return nil, meaning{}, err
	}
	env := f.s.viewEnv(snap, d)
	env.Resolver, env.Names = opaqueViews{resolver{snap, d.SearchPath, f.s.user}}, names
	p, err := planner.PlanQuery(q, env)
	if err != nil {
		return nil, meaning{}, err
	}
	sum, err := plan.Fingerprint(p.Root)
	return q, meaning{sum, p.Columns}, err
}

// opaqueViews resolves plain views as if they were tables.
type opaqueViews struct{ resolver }

// Relation finds a relation by name.
func (o opaqueViews) Relation(schema, name string) (*catalog.Relation, error) {
	r, err := o.resolver.Relation(schema, name)
	if err != nil || r.Kind != catalog.View {
		return r, err
	}
	table := *r
	table.Kind, table.Key = catalog.Table, nil
	return &table, nil
}

// createText is the statement that SHOW CREATE shows for an altered relation.
func (f *follower) createText(r *catalog.Relation) (string, error) {
	name := r.QualifiedName()
	switch {
	case r.Kind == catalog.Table && r.Connector == "":
		return r.CreateTable(), nil
	case r.Kind == catalog.View || r.Kind == catalog.MaterializedView:
		if _, m, err := f.meaning(f.snap, r, r.Query, nil); err != nil || !slices.EqualFunc(m.columns, r.Columns,
			func(o planner.OutColumn, c catalog.Column) bool { return o.Name == c.Name }) {
			name += " (" + strings.Join(quoted(r), ", ") + ")"
		}
		return "CREATE " + strings.ToUpper(r.Kind.String()) + " " + name + " AS " + strings.TrimRight(r.Query, "; \t\r\n"), nil
	case r.Kind == catalog.Sink && f.was.ID != r.ID:
		return sql.WithQuery(r.SQL, r.Query)
	}
	return sql.WithName(r.SQL, name)
}

func quoted(r *catalog.Relation) []string {
	var names []string
	for _, i := range r.Live() {
		names = append(names, catalog.QuoteIdent(r.Columns[i].Name))
	}
	return names
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

func samePlan(a, b plan.Node) (bool, error) {
	x, err := plan.Fingerprint(a)
	if err != nil {
		return false, err
	}
	y, err := plan.Fingerprint(b)
	return x == y, err
}

// viewEnv is what planning a view depends on: what it kept of the session that made it.
func (s *Session) viewEnv(snap *catalog.Snapshot, d *catalog.Relation) *planner.Env {
	style := settings.Style(func(name string) string { return d.Settings[name] })
	style.Now = time.Now()
	c := expr.NewCtx(style, microsAt(style.Now))
	c.Session, c.Interrupt = s, s.interrupt
	return &planner.Env{Resolver: resolver{snap, d.SearchPath, s.user}, Ctx: c}
}
