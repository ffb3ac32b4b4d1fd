package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
)

// pull takes one correlated thing at the top of a dependent join's right side out of it; ok
// is false where none of the simple cases applies.
func (d *decorrelator) pull(j *joinRel, outer colSet) (rel, bool, error) {
	if j.kind == plan.Left && len(j.on) == 0 && rowsOfRel(j.r) == exactlyOne {
		c := *j
		c.kind = plan.Inner
		return &c, true, nil
	}
	switch r := j.r.(type) {
	case *filterRel:
		out, ok := pullFilter(j, r, outer)
		return out, ok, nil
	case *projectRel:
		out, ok := d.pullProject(j, r, outer)
		return out, ok, nil
	case *joinRel:
		out, ok := pullCondition(j, r, outer)
		return out, ok, nil
	case *tableFuncRel:
		out, ok := pullFunction(j, r)
		return out, ok, nil
	case *sortRel:
		return j.withInputs([]rel{j.l, r.in}), true, nil
	case *singleRowRel:
		if onePerOuterRow(r.in, outer) {
			return j.withInputs([]rel{j.l, r.in}), true, nil
		}
	case *aggRel:
		switch {
		case !keepsRight(j.kind) && !r.global && len(r.aggs) == 0:
			return j.withInputs([]rel{j.l, r.in}), true, nil // duplicates make no difference
		case j.kind == plan.Inner && r.global:
			return d.pullGlobal(j, r)
		}
	}
	return nil, false, nil
}

// pullFilter moves correlated conditions into the join's.
func pullFilter(j *joinRel, f *filterRel, outer colSet) (rel, bool) {
	var stay, move []expr.Expr
	for _, p := range f.preds {
		if uses(p, outer) {
			move = append(move, p)
		} else {
			stay = append(stay, p)
		}
	}
	if len(move) == 0 {
		return nil, false
	}
	c := *j
	c.on = slices.Concat(move, j.on)
	c.r = f.in
	if len(stay) > 0 {
		c.r = &filterRel{in: f.in, preds: stay}
	}
	return &c, true
}

// pullCondition moves correlated conditions of an inner join below into a filter over it.
func pullCondition(j, in *joinRel, outer colSet) (rel, bool) {
	if in.kind != plan.Inner || !slices.ContainsFunc(in.on, func(e expr.Expr) bool { return uses(e, outer) }) {
		return nil, false
	}
	bare := *in
	bare.on = nil
	return j.withInputs([]rel{j.l, &filterRel{in: &bare, preds: in.on}}), true
}

// pullProject computes above the join what its right side computed. Of an outer join, rows
// without match must stay NULL, so that a marker tells them apart.
func (d *decorrelator) pullProject(j *joinRel, p *projectRel, outer colSet) (rel, bool) {
	sub := substitution{}
	plain := true
	own := setOf(p.in.columns()...)
	for _, it := range p.items {
		sub[it.id] = it.e
		c, isCol := it.e.(*expr.Col)
		plain = plain && isCol && own[c.Index]
		if isCol && c.Index == it.id {
			delete(sub, it.id)
		}
	}
	c := *j
	c.r, c.on = p.in, sub.inAll(j.on)
	if !keepsRight(j.kind) {
		return &c, true
	}
	items := slices.Concat(d.b.cols.passAll(j.l.columns()), p.items)
	if j.kind == plan.Inner || plain {
		return &projectRel{in: &c, items: items}, true
	}
	if j.kind != plan.Left || dependsOn(p.in, outer) {
		return nil, false
	}
	mark := item{d.b.cols.add("matched", types.Bool), boolConst(true)}
	c.r = &projectRel{in: p.in, items: append(d.b.cols.passAll(p.in.columns()), mark)}
	for i := len(j.l.columns()); i < len(items); i++ {
		e := items[i].e
		items[i].e = &expr.Case{T: e.Type(), Whens: []expr.When{{Cond: &expr.IsNull{Arg: d.b.cols.col(mark.id), Negate: true}, Then: e}}}
	}
	return &projectRel{in: &c, items: items}, true
}

// pullFunction applies functions to the left rows themselves.
func pullFunction(j *joinRel, f *tableFuncRel) (rel, bool) {
	v, ok := f.in.(*valuesRel)
	if !ok || len(v.rows) != 1 || len(v.cols) > 0 || f.outer {
		return nil, false
	}
	c := *f
	c.in = j.l
	switch {
	case j.kind == plan.Inner && len(j.on) > 0:
		return &filterRel{in: &c, preds: j.on}, true
	case j.kind == plan.Inner:
		return &c, true
	case j.kind == plan.Left && len(j.on) == 0:
		c.outer = true
		return &c, true
	}
	return nil, false
}

// pullGlobal is a scalar aggregate: L ⋈ agg(R(A)) becomes L left join agg(R) by A, with
// what an aggregate gives for no rows (zero for counts) where there is no group.
func (d *decorrelator) pullGlobal(j *joinRel, a *aggRel) (rel, bool, error) {
	p, err := newPusher(d, j.l, correlation(j), a.in, a.exprs())
	if err != nil {
		return nil, false, err
	}
	in, m, err := p.push(a.in)
	if err != nil {
		return nil, false, err
	}
	aggs, items := d.b.renumber(a.aggs)
	grouped := (&aggRel{in: in, keys: mapped(p.outer, m), aggs: aggs}).withExprs(asCols(d.b, m).inAll(a.exprs()))
	on, err := d.joinOn(p.outer, m, grouped)
	if err != nil {
		return nil, false, err
	}
	out := &joinRel{kind: plan.Left, l: p.l, r: grouped, on: on}
	var r rel = &projectRel{in: out, items: slices.Concat(d.b.cols.passAll(j.l.columns()), items)}
	if len(j.on) > 0 {
		r = &filterRel{in: r, preds: j.on}
	}
	return r, true, nil
}

// onePerOuterRow reports whether r has one row at most for each row of the outer query,
// because it equates a key with outer columns.
func onePerOuterRow(r rel, outer colSet) bool {
	fixed := colSet{}
	for {
		switch n := r.(type) {
		case *projectRel:
			r = n.in
			continue
		case *filterRel:
			own := setOf(n.in.columns()...)
			for _, p := range n.preds {
				if x, _, _, ok := equality(p, own, outer); ok {
					if c, isCol := stripCast(x).(*expr.Col); isCol {
						fixed[c.Index] = true
					}
				}
			}
			r = n.in
			continue
		}
		return uniqueOn(keysOf(r), fixed)
	}
}

// mapped maps columns.
func mapped(ids []int, m map[int]int) []int {
	out := make([]int, len(ids))
	for i, id := range ids {
		out[i] = m[id]
	}
	return out
}

// asCols is a mapping of columns as a substitution.
func asCols(b *binder, m map[int]int) substitution {
	s := substitution{}
	for from, to := range m {
		s[from] = b.cols.col(to)
	}
	return s
}
