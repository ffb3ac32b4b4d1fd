package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/planner/plan"
)

// orderJoins rebuilds a tree of inner joins as a left-deep one in the order of FROM, except
// that a relation without an equality to those before it waits until there is one: FROM a,
// b, c WHERE a.x = c.x AND c.y = b.y joins a, c, b and never multiplies a by b. Trees
// without such a product stay as written.
func orderJoins(_ *binder, r rel, _ []int) rel {
	o := &joinOrderer{done: map[*shared]*shared{}}
	return o.rel(r)
}

// joinOrderer goes from the top down, so that a tree of joins is taken apart once.
type joinOrderer struct{ done map[*shared]*shared }

func (o *joinOrderer) rel(r rel) rel {
	if s, ok := r.(*sharedRel); ok {
		def, ok := o.done[s.def]
		if !ok {
			def = newShared(o.rel(s.def.in), s.def.cols)
			o.done[s.def] = def
		}
		return &sharedRel{def: def, cols: s.cols}
	}
	if !flattens(r) {
		return o.inputs(r)
	}
	t := &joinTree{}
	t.flatten(r)
	if len(t.leaves) < 3 || !t.hasProduct {
		return o.asWritten(r)
	}
	for i, leaf := range t.leaves {
		t.leaves[i] = o.rel(leaf)
	}
	return t.build()
}

// asWritten keeps a tree of joins and goes on below it.
func (o *joinOrderer) asWritten(r rel) rel {
	if !flattens(r) {
		return o.rel(r)
	}
	c := *r.(*joinRel)
	c.l, c.r = o.asWritten(c.l), o.asWritten(c.r)
	return &c
}

func (o *joinOrderer) inputs(r rel) rel {
	ins := r.inputs()
	if len(ins) == 0 {
		return r
	}
	mapped := make([]rel, len(ins))
	for i, in := range ins {
		mapped[i] = o.rel(in)
	}
	return r.withInputs(mapped)
}

// flattens reports whether r is a join whose inputs may be joined in another order.
func flattens(r rel) bool {
	j, ok := r.(*joinRel)
	return ok && j.kind == plan.Inner && !mayRaise(j.on...)
}

// joinTree is a tree of inner joins taken apart.
type joinTree struct {
	leaves     []rel
	preds      []expr.Expr
	hasProduct bool
}

func (t *joinTree) flatten(r rel) {
	if !flattens(r) {
		t.leaves = append(t.leaves, r)
		return
	}
	j := r.(*joinRel)
	l, rr := joinedColumns(j)
	t.hasProduct = t.hasProduct || len(l) == 0 && len(rr) == 0 && !hasEquality(j)
	t.flatten(j.l)
	t.flatten(j.r)
	t.preds = append(t.preds, j.on...)
}

func hasEquality(j *joinRel) bool {
	left, right := setOf(j.l.columns()...), setOf(j.r.columns()...)
	return slices.ContainsFunc(j.on, func(e expr.Expr) bool {
		_, _, _, ok := equality(e, left, right)
		return ok
	})
}

func (t *joinTree) build() rel {
	out := t.leaves[0]
	rest := slices.Clone(t.leaves[1:])
	have := setOf(out.columns()...)
	for len(rest) > 0 {
		next := max(slices.IndexFunc(rest, func(r rel) bool { return t.connected(have, r) }), 0)
		leaf := rest[next]
		rest = slices.Delete(rest, next, next+1)
		have.addAll(leaf.columns())
		on, later := split(t.preds, func(e expr.Expr) bool { return within(e, have) })
		t.preds = later
		out = &joinRel{kind: plan.Inner, l: out, r: leaf, on: on}
	}
	return addPreds(out, t.preds)
}

// connected reports whether an equality ties r to the columns joined so far.
func (t *joinTree) connected(have colSet, r rel) bool {
	own := setOf(r.columns()...)
	return slices.ContainsFunc(t.preds, func(e expr.Expr) bool {
		_, _, _, ok := equality(e, have, own)
		return ok
	})
}
