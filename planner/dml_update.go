package planner

import (
	"slices"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/sql"
	"streamdb/types/pgerr"
)

// PlanUpdate plans an UPDATE; see [Update].
func PlanUpdate(s *sql.Update, env *Env) (*Update, error) {
	b := newBinder(env)
	m, err := b.modified(s.With, s.Table, s.From)
	if err != nil {
		return nil, err
	}
	u := &Update{Table: m.table}
	m.sc.clause = inUpdate
	set, err := b.updateSet(m, s.Set)
	if err != nil {
		return nil, err
	}
	if err := b.restrict(m, s.Where); err != nil {
		return nil, err
	}
	var extra []int
	if u.Returning, extra, err = b.returning(m.sc, s.Returning, m.ids); err != nil {
		return nil, err
	}
	if u.Checks, err = b.checks(m.table); err != nil {
		return nil, err
	}
	items := b.cols.passAll(m.ids)
	for p, id := range m.ids {
		e := set[p]
		if e == nil {
			e = b.cols.col(id)
		}
		items = append(items, item{b.cols.copyOf(id), e})
	}
	u.Extra = len(extra)
	u.Rows, err = b.modifiedRows(m, append(items, b.cols.passAll(extra)...))
	return u, err
}

// PlanDelete plans a DELETE; see [Delete].
func PlanDelete(s *sql.Delete, env *Env) (*Delete, error) {
	b := newBinder(env)
	m, err := b.modified(s.With, s.Table, s.Using)
	if err != nil {
		return nil, err
	}
	d := &Delete{Table: m.table}
	if err := b.restrict(m, s.Where); err != nil {
		return nil, err
	}
	var extra []int
	if d.Returning, extra, err = b.returning(m.sc, s.Returning, m.ids); err != nil {
		return nil, err
	}
	d.Extra = len(extra)
	d.Rows, err = b.modifiedRows(m, b.cols.passAll(slices.Concat(m.ids, extra)))
	return d, err
}

// modification is an UPDATE or DELETE while it is being bound: the table with all its
// physical columns, joined with what FROM or USING adds.
type modification struct {
	table *catalog.Relation
	sc    *scope
	rel   rel
	ids   []int
	// joins are subqueries whose columns are assigned together.
	joins []rel
}

func (b *binder) modified(with *sql.With, target *sql.TableName, from []sql.TableRef) (*modification, error) {
	outer, err := b.with(nil, with)
	if err != nil {
		return nil, err
	}
	t, err := b.target(target)
	if err != nil {
		return nil, err
	}
	s, cols := b.scan(t, physical(t))
	entry := &tableEntry{alias: t.Name, schema: t.Schema, relation: t}
	for _, p := range t.Live() {
		entry.cols = append(entry.cols, cols[p])
	}
	m := &modification{table: t, rel: s, ids: s.cols, sc: &scope{parent: outer}}
	if target.Alias != nil {
		entry.alias, entry.schema = target.Alias.Name, ""
	}
	ns := namespaceOf(entry)
	b.own(m.sc, entry.cols)
	if len(from) > 0 {
		r, err := b.from(m.sc, from)
		if err != nil {
			return nil, err
		}
		if err := b.checkAliases(ns, m.sc.names); err != nil {
			return nil, err
		}
		m.rel = &joinRel{kind: plan.Inner, l: s, r: r}
		ns = ns.join(m.sc.names)
	}
	m.sc.names = ns
	return m, nil
}

// restrict applies WHERE.
func (b *binder) restrict(m *modification, where sql.Expr) error {
	preds, err := b.condition(m.sc, where, inWhere)
	if err != nil {
		return err
	}
	m.rel, err = b.filter(m.rel, preds)
	return err
}

// modifiedRows plans the query of the rows to change.
func (b *binder) modifiedRows(m *modification, items []item) (*Query, error) {
	for _, sub := range m.joins {
		m.rel = scalarJoin(m.rel, sub)
	}
	items = b.distinctIDs(items)
	r, err := b.project(m.rel, items)
	if err != nil {
		return nil, err
	}
	bound := &boundQuery{rel: r}
	for _, it := range items {
		bound.out = append(bound.out, outCol{name: b.cols[it.id].name, id: it.id, pos: sql.NoPos})
	}
	return b.planBound(bound)
}

// updateSet binds SET, in which several columns may be assigned from one subquery.
func (b *binder) updateSet(m *modification, list []sql.Assignment) (map[int]expr.Expr, error) {
	var plain []sql.Assignment
	fromQuery := map[int]expr.Expr{}
	for _, a := range list {
		q, ok := a.Value.(*sql.Subquery)
		if !a.Multi || !ok || q.Kind != sql.ScalarSubquery {
			plain = append(plain, a)
			continue
		}
		bound, err := b.query(q.Query, m.sc, true)
		if err != nil {
			return nil, err
		}
		if len(bound.out) != len(a.Targets) {
			return nil, b.fail(q.Pos, pgerr.SyntaxError, "number of columns does not match number of values")
		}
		m.joins = append(m.joins, bound.rel)
		for i, t := range a.Targets {
			p, err := b.columnNamed(m.table, t)
			if err != nil {
				return nil, err
			}
			if fromQuery[p], err = b.assign(b.cols.col(bound.out[i].id), &m.table.Columns[p], t.Pos); err != nil {
				return nil, err
			}
		}
	}
	set, err := b.assignments(m.sc, m.table, plain)
	if err != nil {
		return nil, err
	}
	for p, e := range fromQuery {
		if set[p] != nil {
			return nil, assignedTwice(m.table, p)
		}
		set[p] = e
	}
	return set, nil
}

func assignedTwice(t *catalog.Relation, p int) error {
	return pgerr.New(pgerr.SyntaxError, "multiple assignments to same column \"%s\"", t.Columns[p].Name)
}

// assignments binds a SET list to values by column position.
func (b *binder) assignments(sc *scope, t *catalog.Relation, list []sql.Assignment) (map[int]expr.Expr, error) {
	set := map[int]expr.Expr{}
	for _, a := range list {
		values := []sql.Expr{a.Value}
		if a.Multi {
			row, ok := a.Value.(*sql.Row)
			if !ok {
				return nil, b.unsupported(a.Targets[0].Pos, "assignment of several columns from something other than a row", "Assign them one by one.")
			}
			var err error
			if values, err = b.spelled(sc, row.Args); err != nil {
				return nil, err
			}
		}
		if len(values) != len(a.Targets) {
			return nil, b.fail(a.Targets[0].Pos, pgerr.SyntaxError, "number of columns does not match number of values")
		}
		for i, target := range a.Targets {
			p, err := b.columnNamed(t, target)
			if err != nil {
				return nil, err
			}
			if set[p] != nil {
				return nil, assignedTwice(t, p)
			}
			if set[p], err = b.assigned(sc, t, p, values[i]); err != nil {
				return nil, err
			}
		}
	}
	return set, nil
}

// spelled replaces t.* by the columns of t.
func (b *binder) spelled(sc *scope, list []sql.Expr) ([]sql.Expr, error) {
	var out []sql.Expr
	for _, e := range list {
		ref, ok := e.(*sql.ColumnRef)
		if !ok || !ref.Star {
			out = append(out, e)
			continue
		}
		cols, err := b.star(sc, ref)
		if err != nil {
			return nil, err
		}
		for _, c := range cols {
			out = append(out, &sql.ColumnRef{Pos: ref.Pos, Names: append(slices.Clone(ref.Names), c.name)})
		}
	}
	return out, nil
}
