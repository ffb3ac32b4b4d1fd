package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
)

// A subquery in an expression becomes a join of the relation the expression is evaluated
// over with the subquery's: dependent where the subquery is correlated.

// filter keeps the rows of r for which all conditions hold. Conditions without subqueries
// come first, so that the joins see fewer rows.
func (b *binder) filter(r rel, preds []expr.Expr) (rel, error) {
	var plain, rest, general []expr.Expr
	for _, p := range preds {
		if hasSubquery(p) {
			rest = append(rest, p)
		} else {
			plain = append(plain, p)
		}
	}
	if len(plain) > 0 {
		r = &filterRel{in: r, preds: plain}
	}
	for _, p := range rest {
		joined, err := b.filterSubquery(r, p)
		if err != nil {
			return nil, err
		}
		if joined == nil {
			general = append(general, p)
			continue
		}
		r = joined
	}
	if len(general) == 0 {
		return r, nil
	}
	r, general, err := b.unnest(r, general)
	if err != nil {
		return nil, err
	}
	return &filterRel{in: r, preds: general}, nil
}

// filterSubquery applies a condition that is nothing but EXISTS, IN, ANY or ALL as a semi
// or anti join; nil for others.
func (b *binder) filterSubquery(r rel, p expr.Expr) (rel, error) {
	e, not := p, false
	if n, ok := p.(*expr.Not); ok {
		e, not = n.Arg, true
	}
	s, ok := e.(*subquery)
	if ok && (s.cmp == nil || !hasSubquery(s.cmp)) {
		switch {
		case s.kind == existsQuery && !not:
			return &joinRel{kind: plan.Semi, l: r, r: s.rel}, nil
		case s.kind == existsQuery:
			return &joinRel{kind: plan.Anti, l: r, r: s.rel}, nil
		case s.kind == anyQuery && !not:
			return &joinRel{kind: plan.Semi, l: r, r: s.rel, on: plan.Conjuncts(s.cmp)}, nil
		case s.kind == anyQuery && b.plainNotIn(r, s):
			return &joinRel{kind: plan.Anti, l: r, r: s.rel, on: plan.Conjuncts(s.cmp)}, nil
		case s.kind == anyQuery && s.eq && len(s.cols) == 1:
			return b.filterNotIn(r, s)
		case s.kind == anyQuery:
			// False for every row: no row for which the comparison is true or NULL.
			return &joinRel{kind: plan.Anti, l: r, r: s.rel, on: []expr.Expr{&expr.BoolTest{Arg: s.cmp, Value: types.NewBool(false), Negate: true}}}, nil
		case s.kind == allQuery && !not:
			return &joinRel{kind: plan.Anti, l: r, r: s.rel, on: []expr.Expr{&expr.BoolTest{Arg: s.cmp, Value: types.NewBool(true), Negate: true}}}, nil
		}
	}
	return nil, nil
}

// sides are the outer side and the subquery's column of an equality.
func (s *subquery) sides() (x, y expr.Expr) {
	kids := s.cmp.Children()
	return kids[0], kids[1]
}

// plainNotIn reports whether no comparison of NOT IN can be NULL.
func (b *binder) plainNotIn(r rel, s *subquery) bool {
	return s.eq && nonNull(s.cmp, notNullColumns(r), notNullColumns(s.rel))
}

// nonNull reports whether e is never NULL given columns that are not.
func nonNull(e expr.Expr, sets ...colSet) bool {
	return plan.NotNullFunc(e, func(id int) bool {
		return slices.ContainsFunc(sets, func(s colSet) bool { return s[id] })
	})
}

// filterNotIn is x NOT IN (query) where NULLs may occur: true if the query has no row at
// all, or if x is not NULL, no y is, and none equals x.
func (b *binder) filterNotIn(r rel, s *subquery) (rel, error) {
	def := share(s.rel)
	one, ren := b.rereadAs(def, s.cols)
	anti := &joinRel{kind: plan.Anti, l: r, r: one, on: []expr.Expr{ren.in(s.cmp)}}
	r2, empty, hasNull, err := b.emptyOrNull(anti, def, s)
	if err != nil {
		return nil, err
	}
	x, _ := s.sides()
	ok := &expr.Or{Args: []expr.Expr{
		empty,
		&expr.And{Args: []expr.Expr{&expr.IsNull{Arg: x, Negate: true}, &expr.Not{Arg: hasNull}}},
	}}
	return &filterRel{in: r2, preds: []expr.Expr{ok}}, nil
}

// rereadAs reads a shared relation under new numbers, and says how to rename.
func (b *binder) rereadAs(def *shared, cols []int) (rel, substitution) {
	r, names := b.readShared(def)
	ren := substitution{}
	for i, id := range def.cols {
		if slices.Contains(cols, id) {
			ren[id] = b.cols.col(names[i].id)
		}
	}
	return r, ren
}

// emptyOrNull joins r with two facts about a subquery's rows: whether there are none, and
// whether y is NULL in one. Grouping by the facts means that r is only touched when one
// of them changes.
func (b *binder) emptyOrNull(r rel, def *shared, s *subquery) (rel, expr.Expr, expr.Expr, error) {
	in, ren := b.rereadAs(def, s.cols)
	_, y := s.sides()
	counts, count, known, err := b.countRows(in, ren.in(y))
	if err != nil {
		return nil, nil, nil, err
	}
	zero := &expr.Const{D: types.NewInt64(0), T: types.Int8}
	none := positions(s.pos, 2)
	empty, err := b.operator("=", count, zero, s.pos, none)
	if err != nil {
		return nil, nil, nil, err
	}
	hasNull, err := b.operator("<>", count, known, s.pos, none)
	if err != nil {
		return nil, nil, nil, err
	}
	items := []item{{b.cols.add("empty", types.Bool), empty}, {b.cols.add("has_null", types.Bool), hasNull}}
	facts := &aggRel{in: &projectRel{in: counts, items: items}, keys: []int{items[0].id, items[1].id}, steady: b.env.View}
	out := &joinRel{kind: plan.Inner, l: r, r: facts}
	return out, b.cols.col(items[0].id), b.cols.col(items[1].id), nil
}

// countRows counts rows, and rows in which e is not NULL.
func (b *binder) countRows(in rel, e expr.Expr) (a *aggRel, all, known expr.Expr, err error) {
	a = &aggRel{in: in, global: true}
	all, err = b.addAgg(a, "count")
	if err != nil {
		return nil, nil, nil, err
	}
	known, err = b.addAgg(a, "count", e)
	return a, all, known, err
}

// addAgg adds an aggregate and returns its column.
func (b *binder) addAgg(a *aggRel, name string, args ...expr.Expr) (expr.Expr, error) {
	f, ts, ret, err := expr.ResolveAgg(name, argsOf(args))
	if err != nil {
		return nil, err
	}
	args, err = b.coerceAll(args, ts, positions(-1, len(args)))
	if err != nil {
		return nil, err
	}
	id := b.cols.add(name, ret)
	a.aggs = append(a.aggs, aggItem{id, expr.AggCall{Fn: f, Args: args, T: ret}})
	return b.cols.col(id), nil
}

// project computes items over r.
func (b *binder) project(r rel, items []item) (rel, error) {
	p := &projectRel{items: items}
	in, es, err := b.unnest(r, p.exprs())
	if err != nil {
		return nil, err
	}
	p.in = in
	return p.withExprs(es), nil
}

// unnest joins r with every subquery of the expressions, which then are over the result's
// columns.
func (b *binder) unnest(r rel, es []expr.Expr) (rel, []expr.Expr, error) {
	if !slices.ContainsFunc(es, hasSubquery) {
		return r, es, nil
	}
	var failed error
	// One that stands in several places, maybe as copies, is joined once.
	done := map[rel]expr.Expr{}
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		out[i] = expr.Map(e, func(x expr.Expr) expr.Expr {
			s, ok := x.(*subquery)
			if !ok || failed != nil {
				return x
			}
			if v, ok := done[s.rel]; ok {
				return v
			}
			var v expr.Expr
			if r, v, failed = b.unnestOne(r, s); failed != nil {
				return x
			}
			done[s.rel] = v
			return v
		})
	}
	return r, out, failed
}

// unnestOne joins r with one subquery and returns its value.
func (b *binder) unnestOne(r rel, s *subquery) (rel, expr.Expr, error) {
	switch s.kind {
	case scalarQuery:
		return scalarJoin(r, s.rel), s.cmp, nil
	case existsQuery:
		found := item{b.cols.add("found", types.Bool), &expr.Const{D: types.NewBool(true), T: types.Bool}}
		d := &aggRel{in: &projectRel{in: s.rel, items: []item{found}}, keys: []int{found.id}}
		return &joinRel{kind: plan.Left, l: r, r: d}, &expr.IsNull{Arg: b.cols.col(found.id), Negate: true}, nil
	case arrayQuery:
		return b.unnestArray(r, s)
	case anyQuery:
		if s.eq && len(s.cols) == 1 {
			return b.unnestIn(r, s)
		}
	}
	return b.unnestQuantified(r, s)
}

// scalarJoin joins with a relation that may have one row at most.
func scalarJoin(r, sub rel) rel {
	switch rowsOfRel(sub) {
	case exactlyOne:
		return &joinRel{kind: plan.Inner, l: r, r: sub}
	case atMostOne:
		return &joinRel{kind: plan.Left, l: r, r: sub}
	}
	return &joinRel{kind: plan.Left, l: r, r: &singleRowRel{in: sub}}
}

// unnestArray is array_agg over the subquery, and an empty array where it has no rows.
func (b *binder) unnestArray(r rel, s *subquery) (rel, expr.Expr, error) {
	a := &aggRel{in: s.rel, global: true}
	v, err := b.addAgg(a, "array_agg", s.cmp)
	if err != nil {
		return nil, nil, err
	}
	for _, k := range s.order {
		a.aggs[0].call.Order = append(a.aggs[0].call.Order, expr.SortKey{Expr: b.cols.col(k.col), Desc: k.desc, NullsFirst: k.nullsFirst})
	}
	empty, err := b.coerce(&expr.Const{D: types.NewBytes("{}"), T: types.Unknown}, v.Type(), expr.CastImplicit, s.pos)
	if err != nil {
		return nil, nil, err
	}
	value := &expr.Coalesce{Args: []expr.Expr{v, empty}, T: v.Type()}
	return &joinRel{kind: plan.Inner, l: r, r: a}, value, nil
}

// unnestIn is x IN (query) as a value: an outer join with the distinct values finds a
// match; without one, NULL where x or a y is NULL and the query has rows, else false.
func (b *binder) unnestIn(r rel, s *subquery) (rel, expr.Expr, error) {
	x, y := s.sides()
	strict := nonNull(x, notNullColumns(r)) && nonNull(y, notNullColumns(s.rel))
	def := share(s.rel)
	one, ren := b.rereadAs(def, s.cols)
	key := item{b.cols.add("match", y.Type()), ren.in(y)}
	d := &aggRel{in: &projectRel{in: one, items: []item{key}}, keys: []int{key.id}}
	cmp := s.cmp.WithChildren([]expr.Expr{x, b.cols.col(key.id)})
	var out rel = &joinRel{kind: plan.Left, l: r, r: d, on: []expr.Expr{cmp}}
	match := &expr.IsNull{Arg: b.cols.col(key.id), Negate: true}
	if strict {
		return out, match, nil
	}
	out, empty, hasNull, err := b.emptyOrNull(out, def, s)
	if err != nil {
		return nil, nil, err
	}
	unsure := &expr.Or{Args: []expr.Expr{&expr.IsNull{Arg: x}, hasNull}}
	value := &expr.Case{T: types.Bool, Else: boolConst(false), Whens: []expr.When{
		{Cond: match, Then: boolConst(true)},
		{Cond: empty, Then: boolConst(false)},
		{Cond: unsure, Then: &expr.Const{T: types.Bool}},
	}}
	return out, value, nil
}

func boolConst(v bool) expr.Expr { return &expr.Const{D: types.NewBool(v), T: types.Bool} }

// unnestQuantified is op ANY or ALL as a value, from counts of what the comparison gives.
func (b *binder) unnestQuantified(r rel, s *subquery) (rel, expr.Expr, error) {
	v := item{b.cols.add("cmp", types.Bool), s.cmp}
	agg, stop := "bool_or", true
	if s.kind == allQuery {
		agg, stop = "bool_and", false
	}
	a, all, known, err := b.countRows(&projectRel{in: s.rel, items: []item{v}}, b.cols.col(v.id))
	if err != nil {
		return nil, nil, err
	}
	decided, err := b.addAgg(a, agg, b.cols.col(v.id))
	if err != nil {
		return nil, nil, err
	}
	hasNull, err := b.operator("<>", all, known, s.pos, positions(s.pos, 2))
	if err != nil {
		return nil, nil, err
	}
	value := &expr.Case{T: types.Bool, Else: boolConst(!stop), Whens: []expr.When{
		{Cond: &expr.BoolTest{Arg: decided, Value: types.NewBool(stop)}, Then: boolConst(stop)},
		{Cond: hasNull, Then: &expr.Const{T: types.Bool}},
	}}
	return &joinRel{kind: plan.Inner, l: r, r: a}, value, nil
}
