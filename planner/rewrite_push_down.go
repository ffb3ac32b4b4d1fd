package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/planner/plan"
)

// pushDown moves conditions towards the relations whose columns they use, so that rows are
// dropped early and conditions over both sides of a join become the join's. A condition
// that may raise an error stays where it is: moved below a filter or join it could raise
// for rows that never reach it.
func pushDown(b *binder, r rel, _ []int) rel {
	p := &pushDowner{b: b, done: map[*shared]*shared{}}
	return p.push(r, nil)
}

type pushDowner struct {
	b    *binder
	done map[*shared]*shared
}

// push applies preds, none of which may raise, to r as far down as possible.
func (p *pushDowner) push(r rel, preds []expr.Expr) rel {
	p.b.poll()
	switch n := r.(type) {
	case *filterRel:
		return p.filter(n, preds)
	case *projectRel:
		return p.project(n, preds)
	case *joinRel:
		return p.join(n, preds)
	case *aggRel:
		keys := exactColumns(p.b, n.keys)
		down, stay := split(preds, func(e expr.Expr) bool { return !n.global && len(colsOf(e)) > 0 && within(e, keys) })
		return p.over(n, stay, down)
	case *unionRel:
		return p.union(n, preds)
	case *setOpRel:
		return p.setOp(n, preds)
	case *tableFuncRel:
		own := setOf(n.in.columns()...)
		down, stay := split(preds, func(e expr.Expr) bool { return within(e, own) })
		return p.over(n, stay, down)
	case *sortRel:
		return p.over(n, nil, preds)
	case *sharedRel:
		def, ok := p.done[n.def]
		if !ok {
			def = newShared(p.push(n.def.in, nil), n.def.cols)
			p.done[n.def] = def
		}
		return addPreds(&sharedRel{def: def, cols: n.cols}, preds)
	}
	if len(r.inputs()) == 0 {
		return addPreds(r, preds)
	}
	return p.over(r, preds, nil) // limit, single row
}

// over pushes down into the only input and keeps stay above.
func (p *pushDowner) over(r rel, stay, down []expr.Expr) rel {
	return addPreds(r.withInputs([]rel{p.push(r.inputs()[0], down)}), stay)
}

func split(es []expr.Expr, f func(expr.Expr) bool) (yes, no []expr.Expr) {
	for _, e := range es {
		if f(e) {
			yes = append(yes, e)
		} else {
			no = append(no, e)
		}
	}
	return yes, no
}

// movable reports whether a condition may be evaluated elsewhere: it neither raises nor
// differs from one evaluation to the next.
func movable(e expr.Expr) bool { return !expr.CanRaise(e) && expr.VolatilityOf(e) != expr.Volatile }

// exactColumns are the columns among ids whose equal values are the same value: only of
// these does a group's or set's row tell what its rows had.
func exactColumns(b *binder, ids []int) colSet {
	s := colSet{}
	for _, id := range ids {
		s[id] = plan.ExactEquality(b.typeOf(id))
	}
	return s
}

func (p *pushDowner) filter(n *filterRel, preds []expr.Expr) rel {
	down, stay := split(n.preds, movable)
	in := p.push(n.in, slices.Concat(down, preds))
	if len(stay) == 0 {
		return in
	}
	return &filterRel{in: in, preds: stay}
}

// project moves conditions below the expressions they use, computed in place.
func (p *pushDowner) project(n *projectRel, preds []expr.Expr) rel {
	sub := substitution{}
	for _, it := range n.items {
		sub[it.id] = it.e
	}
	var down, stay []expr.Expr
	for _, e := range preds {
		if m := sub.in(e); movable(m) {
			down = append(down, m)
		} else {
			stay = append(stay, e)
		}
	}
	return p.over(n, stay, down)
}

// join sends conditions to the sides. What holds for the result holds for a side that is
// kept whole; the join's own condition may only thin out a side that is not.
func (p *pushDowner) join(n *joinRel, preds []expr.Expr) rel {
	left, right := setOf(n.l.columns()...), setOf(n.r.columns()...)
	onMove, on := split(n.on, movable)
	var toLeft, toRight, stay []expr.Expr
	if n.kind == plan.Inner {
		onMove, preds = slices.Concat(onMove, preds), nil
	}
	for _, e := range onMove {
		switch {
		case within(e, left) && (n.kind == plan.Inner || n.kind == plan.Semi) && len(colsOf(e)) > 0:
			toLeft = append(toLeft, e)
		case within(e, right) && n.kind != plan.Full && len(colsOf(e)) > 0:
			toRight = append(toRight, e)
		default:
			on = append(on, e)
		}
	}
	for _, e := range preds {
		if within(e, left) && n.kind != plan.Full {
			toLeft = append(toLeft, e)
		} else {
			stay = append(stay, e)
		}
	}
	c := *n
	c.on = on
	c.l, c.r = p.push(n.l, toLeft), p.push(n.r, toRight)
	return addPreds(&c, stay)
}

func (p *pushDowner) union(n *unionRel, preds []expr.Expr) rel {
	c := *n
	c.ins = make([]rel, len(n.ins))
	for i, in := range n.ins {
		c.ins[i] = p.push(in, rename(p.b, n.cols, n.from[i]).inAll(preds))
	}
	return &c
}

func rename(b *binder, from, to []int) substitution {
	s := substitution{}
	for i, id := range from {
		s[id] = b.cols.col(to[i])
	}
	return s
}

func (p *pushDowner) setOp(n *setOpRel, preds []expr.Expr) rel {
	exact := exactColumns(p.b, n.cols)
	down, stay := split(preds, func(e expr.Expr) bool { return within(e, exact) })
	c := *n
	c.l = p.push(n.l, rename(p.b, n.cols, n.lcols).inAll(down))
	c.r = p.push(n.r, rename(p.b, n.cols, n.rcols).inAll(down))
	return addPreds(&c, stay)
}
