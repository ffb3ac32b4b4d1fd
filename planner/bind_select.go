package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/sql"
	"streamdb/types/pgerr"
)

// selection is a SELECT while it is being bound: its parts, all over the columns of FROM
// until grouping replaces what has been grouped.
type selection struct {
	sc      *scope
	s       *sql.Select
	targets []target
	where   []expr.Expr
	having  expr.Expr // whole, as it may be grouped by
	order   []orderTarget
	funcs   setCalls
}

// target is an item of the select list, stars expanded.
type target struct {
	name string
	e    expr.Expr
	pos  sql.Pos
}

// orderTarget is an item of ORDER BY: a target by its index, or an expression of its own.
type orderTarget struct {
	target int // −1: e
	e      expr.Expr
	o      sql.OrderItem
}

// selectQuery binds a SELECT with its ORDER BY.
func (b *binder) selectQuery(s *sql.Select, order []sql.OrderItem, outer *scope, resolve bool) (*boundQuery, error) {
	if err := b.refuseSelect(s); err != nil {
		return nil, err
	}
	q := &selection{s: s, sc: &scope{parent: outer, group: &grouping{}, clause: inSelect}}
	r, err := b.from(q.sc, s.From)
	if err != nil {
		return nil, err
	}
	if err := b.clauses(q, order, resolve || s.Distinct); err != nil {
		return nil, err
	}
	keys, err := b.groupKeys(q)
	if err != nil {
		return nil, err
	}
	if r, err = b.filter(r, q.where); err != nil {
		return nil, err
	}
	if len(s.GroupBy) > 0 || len(q.sc.group.aggs) > 0 || s.Having != nil {
		if r, err = b.group(q, r, keys); err != nil {
			return nil, err
		}
	}
	if q.having != nil {
		if r, err = b.filter(r, plan.Conjuncts(q.having)); err != nil {
			return nil, err
		}
	}
	if r, err = b.callSets(r, &q.funcs); err != nil {
		return nil, err
	}
	return b.selectList(q, r)
}

func (b *binder) refuseSelect(s *sql.Select) error {
	switch {
	case len(s.Windows) > 0:
		return b.unsupported(sql.NoPos, "the WINDOW clause", windowHint)
	case len(s.DistinctOn) > 0:
		return b.unsupported(s.DistinctOn[0].Position(), "SELECT DISTINCT ON",
			"Join with a subquery that computes min or max of the order column per group.")
	case s.GroupDistinct:
		return b.unsupported(sql.NoPos, "GROUP BY DISTINCT", "")
	}
	for _, g := range s.GroupBy {
		if set, ok := g.(*sql.GroupingSet); ok {
			return b.unsupported(set.Pos, "GROUPING SETS, ROLLUP or CUBE", "Combine one GROUP BY per grouping set with UNION ALL.")
		}
	}
	return nil
}

const windowHint = "Window functions are not supported yet; join with a grouped subquery."

// clauses binds the expressions of all clauses but GROUP BY, in PostgreSQL's order, which
// decides how parameters get their types.
func (b *binder) clauses(q *selection, order []sql.OrderItem, resolve bool) error {
	sc := q.sc
	sc.clause, sc.funcs = inSelect, &q.funcs
	if err := b.targets(q, q.s.Targets); err != nil {
		return err
	}
	sc.funcs = nil
	var err error
	if q.where, err = b.condition(sc, q.s.Where, inWhere); err != nil {
		return err
	}
	if q.having, err = b.wholeCondition(sc, q.s.Having, inHaving); err != nil {
		return err
	}
	sc.clause, sc.funcs = inOrderBy, &q.funcs
	if err := b.orderBy(q, order); err != nil {
		return err
	}
	sc.funcs = nil
	if resolve {
		for i := range q.targets {
			if q.targets[i].e, err = b.known(q.targets[i].e); err != nil {
				return b.at(err, q.targets[i].pos)
			}
		}
	}
	return nil
}

// condition binds a boolean clause and splits it at its ANDs.
func (b *binder) condition(sc *scope, e sql.Expr, cl clause) ([]expr.Expr, error) {
	bound, err := b.wholeCondition(sc, e, cl)
	if bound == nil || err != nil {
		return nil, err
	}
	return plan.Conjuncts(bound), nil
}

// wholeCondition binds a boolean clause; nil stands for none.
func (b *binder) wholeCondition(sc *scope, e sql.Expr, cl clause) (expr.Expr, error) {
	if e == nil {
		return nil, nil
	}
	keep := sc.clause
	sc.clause = cl
	defer func() { sc.clause = keep }()
	bound, err := b.expr(sc, e)
	if err != nil {
		return nil, err
	}
	return b.boolean(bound, string(cl), sql.Start(e))
}

// maxTargets is the most columns a select list may have.
const maxTargets = 1664

// targets binds a select list, expanding stars.
func (b *binder) targets(q *selection, list []sql.Target) error {
	for i, t := range list {
		if ref, ok := t.Expr.(*sql.ColumnRef); ok && ref.Star {
			cols, err := b.star(q.sc, ref)
			if err != nil {
				return err
			}
			b.names.star(q, i, cols)
			for _, c := range cols {
				col := b.cols.col(c.id)
				b.place[col] = ref.Pos
				q.targets = append(q.targets, target{c.name, col, ref.Pos})
			}
			continue
		}
		if f, ok := t.Expr.(*sql.FieldSelect); ok && f.Star {
			return b.unsupported(f.Pos, "(row).*", "Name the columns.")
		}
		e, err := b.expr(q.sc, t.Expr)
		if err != nil {
			return err
		}
		name := t.Alias
		if name == "" {
			name = sql.OutputName(t.Expr)
		}
		b.names.target(&list[i], name)
		q.targets = append(q.targets, target{name, e, sql.Start(t.Expr)})
	}
	if len(q.targets) > maxTargets {
		return pgerr.New(pgerr.TooManyColumns, "target lists can have at most %d entries", maxTargets)
	}
	return nil
}

// star expands * or t.*.
func (b *binder) star(sc *scope, ref *sql.ColumnRef) ([]nameCol, error) {
	switch len(ref.Names) {
	case 0:
		if len(sc.names.tables) == 0 && len(sc.names.cols) == 0 {
			return nil, b.fail(ref.Pos, pgerr.SyntaxError, "SELECT * with no tables specified is not valid")
		}
		return sc.names.cols, nil
	case 1:
		t, err := b.tableNamed(sc, "", ref.Names[0], ref.Pos)
		if err != nil {
			return nil, err
		}
		return t.cols, nil
	case 2:
		t, err := b.tableNamed(sc, ref.Names[0], ref.Names[1], ref.Pos)
		if err != nil {
			return nil, err
		}
		return t.cols, nil
	}
	return nil, b.unsupported(ref.Pos, "a cross-database reference", "")
}

// outputs shows the select list to clauses that name its items; equal expressions have
// equal ids.
func (q *selection) outputs() []outCol {
	out := make([]outCol, len(q.targets))
	for i, t := range q.targets {
		id := slices.IndexFunc(q.targets[:i], func(o target) bool { return sameExpr(o.e, t.e) })
		if id < 0 {
			id = i
		}
		out[i] = outCol{name: t.name, id: id, pos: t.pos}
	}
	return out
}

func (b *binder) orderBy(q *selection, order []sql.OrderItem) error {
	out := q.outputs()
	for _, o := range order {
		i, err := b.outputIndex(out, o.Expr, inOrderBy)
		if err != nil {
			return err
		}
		t := orderTarget{target: i, o: o}
		if i < 0 {
			if t.e, err = b.expr(q.sc, o.Expr); err != nil {
				return err
			}
			if t.e, err = b.known(t.e); err != nil {
				return err
			}
			t.target = slices.IndexFunc(q.targets, func(x target) bool { return sameExpr(x.e, t.e) })
		}
		if t.target < 0 && q.s.Distinct {
			return b.fail(sql.Start(o.Expr), pgerr.InvalidColumnReference,
				"for SELECT DISTINCT, ORDER BY expressions must appear in select list")
		}
		q.order = append(q.order, t)
	}
	return nil
}

// callSets applies the set-returning functions of a select list: their rows side by side,
// the shorter ones padded with NULL.
func (b *binder) callSets(r rel, s *setCalls) (rel, error) {
	if len(s.calls) == 0 {
		return r, nil
	}
	tf := &tableFuncRel{funcs: s.calls, ord: -1}
	in, args, err := b.unnest(r, tf.exprs())
	if err != nil {
		return nil, err
	}
	tf.in = in
	return tf.withExprs(args), nil
}

// selectList computes the targets and the order's own expressions, then DISTINCT.
func (b *binder) selectList(q *selection, r rel) (*boundQuery, error) {
	bound := &boundQuery{from: q.sc.names}
	var items []item
	fresh := setOf(r.columns()...)
	for _, t := range q.targets {
		it := b.targetItem(t.name, t.e, fresh)
		items = append(items, it)
		o := outCol{name: t.name, id: it.id, pos: t.pos}
		if isUnknown(t.e) {
			o.lit = t.e
		}
		bound.out = append(bound.out, o)
	}
	for _, o := range q.order {
		i := o.target
		if i < 0 {
			i = len(items)
			items = append(items, b.targetItem("", o.e, fresh))
		}
		key, err := b.sortKey(items[i].id, o.o)
		if err != nil {
			return nil, err
		}
		bound.order = append(bound.order, key)
	}
	var err error
	if bound.rel, err = b.project(r, items); err != nil {
		return nil, err
	}
	if q.s.Distinct {
		if err := b.checkEquality(bound.ids(), bound.out); err != nil {
			return nil, err
		}
		bound.rel = &aggRel{in: bound.rel, keys: bound.ids()}
	}
	return bound, nil
}

// targetItem numbers a target: a column of FROM keeps its number the first time. Columns
// of outer queries do not, since the join with the outer query has them already.
func (b *binder) targetItem(name string, e expr.Expr, fresh colSet) item {
	if c, ok := e.(*expr.Col); ok {
		if fresh[c.Index] {
			fresh[c.Index] = false
			return item{c.Index, e}
		}
		return item{b.cols.copyOf(c.Index), e}
	}
	return item{b.cols.add(name, e.Type()), e}
}
