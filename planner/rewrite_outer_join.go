package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/planner/plan"
)

// simplifyOuterJoins turns an outer join into an inner one where a condition above it
// cannot hold for the rows it adds: they are NULL in every column of one side, and the
// condition rejects that. A full join loses one of its halves likewise.
func simplifyOuterJoins(b *binder, r rel, _ []int) rel {
	if !hasOuterJoin(r, map[*shared]bool{}) {
		return r // and conditions need not be carried through what is computed
	}
	o := &outerJoins{b: b, done: map[*shared]*shared{}}
	return o.visit(r, nil)
}

func hasOuterJoin(r rel, seen map[*shared]bool) bool {
	switch n := r.(type) {
	case *sharedRel:
		if seen[n.def] {
			return false
		}
		seen[n.def] = true
		return hasOuterJoin(n.def.in, seen)
	case *joinRel:
		if n.kind == plan.Left || n.kind == plan.Full {
			return true
		}
	}
	return slices.ContainsFunc(r.inputs(), func(in rel) bool { return hasOuterJoin(in, seen) })
}

type outerJoins struct {
	b    *binder
	done map[*shared]*shared
}

// visit knows that only rows for which all of preds hold matter.
func (o *outerJoins) visit(r rel, preds []expr.Expr) rel {
	o.b.poll()
	switch n := r.(type) {
	case *filterRel:
		return n.withInputs([]rel{o.visit(n.in, append(preds[:len(preds):len(preds)], n.preds...))})
	case *projectRel:
		sub := substitution{}
		for _, it := range n.items {
			sub[it.id] = it.e
		}
		return n.withInputs([]rel{o.visit(n.in, sub.inAll(preds))})
	case *joinRel:
		return o.join(n, preds)
	case *sharedRel:
		def, ok := o.done[n.def]
		if !ok {
			def = newShared(o.visit(n.def.in, nil), n.def.cols)
			o.done[n.def] = def
		}
		return &sharedRel{def: def, cols: n.cols}
	}
	ins := r.inputs()
	if len(ins) == 0 {
		return r
	}
	mapped := make([]rel, len(ins))
	for i, in := range ins {
		mapped[i] = o.visit(in, nil)
	}
	return r.withInputs(mapped)
}

func (o *outerJoins) join(n *joinRel, preds []expr.Expr) rel {
	c := *n
	left, right := setOf(n.l.columns()...), setOf(n.r.columns()...)
	rejects := func(side colSet) bool {
		for _, e := range preds {
			if plan.RejectsNullSet(e, func(id int) bool { return side[id] }) {
				return true
			}
		}
		return false
	}
	noRight, noLeft := rejects(right), rejects(left)
	switch {
	case c.kind == plan.Left && noRight, c.kind == plan.Full && noRight && noLeft:
		c.kind = plan.Inner
	case c.kind == plan.Full && noRight:
		// Rows without a right side do not matter: what is left keeps the right side whole.
		c.kind, c.l, c.r = plan.Left, n.r, n.l
	case c.kind == plan.Full && noLeft:
		c.kind = plan.Left
	}
	all := append(preds[:len(preds):len(preds)], c.on...)
	switch c.kind {
	case plan.Inner:
		c.l, c.r = o.visit(c.l, all), o.visit(c.r, all)
	case plan.Semi:
		c.l, c.r = o.visit(c.l, all), o.visit(c.r, c.on)
	case plan.Left, plan.Anti:
		c.l, c.r = o.visit(c.l, preds), o.visit(c.r, c.on)
	default:
		c.l, c.r = o.visit(c.l, nil), o.visit(c.r, nil)
	}
	return &c
}
