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
	return transform(r, func(r rel) rel {
		j, ok := r.(*joinRel)
		if !ok || j.kind != plan.Inner {
			return r
		}
		t := &joinTree{}
		t.flatten(j)
		if len(t.leaves) < 3 || !t.hasProduct {
			return r
		}
		return t.build()
	})
}

// joinTree is a tree of inner joins taken apart.
type joinTree struct {
	leaves     []rel
	preds      []expr.Expr
	hasProduct bool
}

func (t *joinTree) flatten(r rel) {
	j, ok := r.(*joinRel)
	if !ok || j.kind != plan.Inner || mayRaise(j.on...) {
		t.leaves = append(t.leaves, r)
		return
	}
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
