package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// join binds an explicit join. A right join becomes a left join with its sides swapped;
// the names keep the written order.
func (b *binder) join(sc *scope, j *sql.Join, lateral namespace) (rel, namespace, error) {
	l, ln, err := b.tableRef(sc, j.Left, lateral)
	if err != nil {
		return nil, ln, err
	}
	r, rn, err := b.tableRef(sc, j.Right, lateral.join(ln))
	if err != nil {
		return nil, rn, err
	}
	if err := b.checkAliases(ln, rn); err != nil {
		return nil, rn, err
	}
	if (j.Kind == sql.RightJoin || j.Kind == sql.FullJoin) && dependsOn(r, setOf(l.columns()...)) {
		return nil, rn, pgerr.New(pgerr.InvalidColumnReference, "invalid reference to FROM-clause entry in a lateral item").
			WithDetail("The combining JOIN type must be INNER or LEFT for a LATERAL reference.")
	}
	var on []expr.Expr
	var merged []mergedCol
	if j.Natural || len(j.Using) > 0 {
		merged, on, err = b.usingColumns(j, ln, rn)
		b.names.natural(j, merged, slices.Concat(ln.tables, rn.tables))
	} else if j.On != nil {
		on, err = b.joinCondition(sc, j.On, lateral, ln.join(rn))
	}
	if err != nil {
		return nil, rn, err
	}
	out, err := b.joined(j.Kind, l, r, on)
	if err != nil {
		return nil, rn, err
	}
	ns := ln.join(rn)
	if merged != nil {
		out, ns.cols = b.mergeColumns(sc, j.Kind, out, merged, ln, rn)
	}
	return b.aliasJoin(sc, j, out, ns, merged)
}

// joined makes the relation of a join, subqueries of its condition included.
func (b *binder) joined(kind sql.JoinKind, l, r rel, on []expr.Expr) (rel, error) {
	if kind == sql.RightJoin {
		l, r, kind = r, l, sql.LeftJoin
	}
	kinds := map[sql.JoinKind]plan.JoinKind{sql.InnerJoin: plan.Inner, sql.LeftJoin: plan.Left, sql.FullJoin: plan.Full}
	if !slices.ContainsFunc(on, hasSubquery) {
		return &joinRel{kind: kinds[kind], l: l, r: r, on: on}, nil
	}
	if kind == sql.InnerJoin {
		return b.filter(&joinRel{kind: plan.Inner, l: l, r: r}, on)
	}
	return b.outerJoinSubqueries(kinds[kind], l, r, on)
}

// outerJoinSubqueries evaluates the subqueries of an outer join's condition below the join,
// over the side that is not kept whole. Those that look at the other side too make the
// condition a filter of what is joined with each row of that:
//
//	L left join R on p  =  L left join lateral (R where p) on true
func (b *binder) outerJoinSubqueries(kind plan.JoinKind, l, r rel, on []expr.Expr) (rel, error) {
	if kind == plan.Full {
		return b.fullJoinSubqueries(l, r, on)
	}
	left, both := setOf(l.columns()...), false
	for _, e := range on {
		walkSubqueries(e, func(s *subquery) { both = both || uses(s, left) })
	}
	cols := r.columns()
	var err error
	if both {
		r, err = b.filter(r, on)
		on = nil
	} else {
		r, on, err = b.unnest(r, on)
	}
	if err != nil {
		return nil, err
	}
	j := &joinRel{kind: kind, l: l, r: r, on: on}
	return &projectRel{in: j, items: b.cols.passAll(slices.Concat(l.columns(), cols)), open: true}, nil
}

// fullJoinSubqueries evaluates the subqueries of a full join's condition below the join, each
// over the side it looks at.
func (b *binder) fullJoinSubqueries(l, r rel, on []expr.Expr) (rel, error) {
	lcols, rcols := l.columns(), r.columns()
	left, right := setOf(lcols...), setOf(rcols...)
	on = slices.Clone(on)
	for i, e := range on {
		overLeft, overRight := false, false
		walkSubqueries(e, func(s *subquery) {
			overLeft, overRight = overLeft || uses(s, left), overRight || uses(s, right)
		})
		if overLeft && overRight {
			return nil, pgerr.Unsupported("a condition of a full join with subqueries over both sides", "Move the subqueries into the sides of the join.")
		}
		side := &r
		if overLeft {
			side = &l
		}
		below, one, err := b.unnest(*side, on[i:i+1])
		if err != nil {
			return nil, err
		}
		*side, on[i] = below, one[0]
	}
	j := &joinRel{kind: plan.Full, l: l, r: r, on: on}
	return &projectRel{in: j, items: b.cols.passAll(slices.Concat(lcols, rcols)), open: true}, nil
}

// joinCondition binds ON, which sees both sides and, in a lateral item, what is before.
func (b *binder) joinCondition(sc *scope, on sql.Expr, lateral, both namespace) ([]expr.Expr, error) {
	names, cl := sc.names, sc.clause
	defer func() { sc.names, sc.clause = names, cl }()
	hidden := sc.hidden
	sc.names, sc.clause, sc.hidden = both, inOn, append(slices.Clone(hidden), lateral.tables...)
	defer func() { sc.hidden = hidden }()
	e, err := b.expr(sc, on)
	if err != nil {
		return nil, err
	}
	if e, err = b.boolean(e, "JOIN/ON", sql.Start(on)); err != nil {
		return nil, err
	}
	if expr.IsTrue(e) {
		return nil, nil
	}
	return plan.Conjuncts(e), nil
}

// mergedCol is a column of USING: what it is called and what it is on either side.
type mergedCol struct {
	name string
	l, r int
	e    [2]expr.Expr // both sides in their common type
	typ  types.Type   // that type; without a modifier if the sides' differ
	id   int
}

// usingColumns binds USING and NATURAL into equalities.
func (b *binder) usingColumns(j *sql.Join, ln, rn namespace) ([]mergedCol, []expr.Expr, error) {
	using := j.Using
	if j.Natural {
		using = nil
		for _, c := range ln.cols {
			if slices.ContainsFunc(rn.cols, func(r nameCol) bool { return r.name == c.name }) {
				using = append(using, c.name)
			}
		}
	}
	merged := []mergedCol{}
	var on []expr.Expr
	for _, name := range using {
		if slices.ContainsFunc(merged, func(m mergedCol) bool { return m.name == name }) {
			return nil, nil, pgerr.New(pgerr.DuplicateColumn, "column name \"%s\" appears more than once in USING clause", name)
		}
		l, err := usingColumn(ln, name, "left")
		if err != nil {
			return nil, nil, err
		}
		r, err := usingColumn(rn, name, "right")
		if err != nil {
			return nil, nil, err
		}
		pos := []sql.Pos{sql.NoPos, sql.NoPos}
		es, t, err := b.unify("JOIN/USING", []expr.Expr{b.cols.col(l), b.cols.col(r)}, pos)
		if err != nil {
			return nil, nil, err
		}
		eq, err := b.operator("=", b.cols.col(l), b.cols.col(r), sql.NoPos, pos)
		if err != nil {
			return nil, nil, err
		}
		merged = append(merged, mergedCol{name: name, l: l, r: r, e: [2]expr.Expr{es[0], es[1]}, typ: t})
		on = append(on, eq)
	}
	return merged, on, nil
}

func usingColumn(n namespace, name, side string) (int, error) {
	id := -1
	for _, c := range n.cols {
		if c.name != name {
			continue
		}
		if id >= 0 {
			return 0, pgerr.New(pgerr.AmbiguousColumn, "common column name \"%s\" appears more than once in %s table", name, side)
		}
		id = c.id
	}
	if id < 0 {
		return 0, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" specified in USING clause does not exist in %s table", name, side)
	}
	return id, nil
}

// mergeColumns puts the merged columns first: the value of the side that is kept whole, of
// either side for a full join; for an inner join of a side that has the common type, the left
// one if both have.
func (b *binder) mergeColumns(sc *scope, kind sql.JoinKind, r rel, merged []mergedCol, ln, rn namespace) (rel, []nameCol) {
	var cols []nameCol
	items := b.cols.passAll(r.columns())
	hide := colSet{}
	for i := range merged {
		m := &merged[i]
		hide[m.l], hide[m.r] = true, true
		asIs := func(e expr.Expr) bool {
			c, ok := e.(*expr.Col)
			return ok && c.T == m.typ
		}
		e := m.e[0]
		switch {
		case kind == sql.FullJoin:
			e = &expr.Coalesce{Args: m.e[:], T: m.typ}
		case kind == sql.RightJoin, kind != sql.LeftJoin && !asIs(m.e[0]) && asIs(m.e[1]):
			e = m.e[1]
		}
		if c, ok := e.(*expr.Col); ok && asIs(e) {
			m.id = c.Index
		} else {
			m.id = b.cols.add(m.name, m.typ)
			items = append(items, item{m.id, e})
		}
		cols = append(cols, nameCol{m.name, m.id})
	}
	b.own(sc, cols)
	for _, c := range slices.Concat(ln.cols, rn.cols) {
		if !hide[c.id] {
			cols = append(cols, c)
		}
	}
	if len(items) > len(r.columns()) {
		r = &projectRel{in: r, items: items, open: true}
	}
	return r, cols
}

// aliasJoin applies (a JOIN b) AS x, which hides the tables within, and USING (…) AS x.
func (b *binder) aliasJoin(sc *scope, j *sql.Join, r rel, ns namespace, merged []mergedCol) (rel, namespace, error) {
	if j.UsingAlias != "" {
		t := &tableEntry{alias: j.UsingAlias}
		for _, m := range merged {
			t.cols = append(t.cols, nameCol{m.name, m.id})
		}
		if err := b.checkAliases(ns, namespaceOf(t)); err != nil {
			return nil, namespace{}, err
		}
		ns.tables = append(slices.Clone(ns.tables), t)
	}
	if j.Alias == nil {
		return r, ns, nil
	}
	ns, err := b.named(sc, &tableEntry{cols: ns.cols}, j.Alias)
	return r, ns, err
}
