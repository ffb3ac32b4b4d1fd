package planner

import (
	"slices"

	"streamdb/expr"
)

// rule is one rewrite of a whole relation of which the columns ids are wanted. It keeps
// the rows; it may change the order of columns and add some.
type rule struct {
	name  string
	apply func(b *binder, r rel, ids []int) rel
}

// before and after are the rules around the removal of dependent joins, in order. A rule's
// file says why it is right.
func before() []rule {
	return []rule{
		{"inline", inlineShared},
		{"fold", foldConstants},
		{"push_down", pushDown},
	}
}

func after() []rule {
	return []rule{
		{"inline", inlineShared},
		{"fold", foldConstants},
		{"outer_join", simplifyOuterJoins},
		{"push_down", pushDown},
		{"outer_join", simplifyOuterJoins},
		{"push_down", pushDown},
		{"distinct", removeDistinct},
		{"join_order", orderJoins},
		{"join_keys", findJoinKeys},
		{"merge_project", mergeProjects},
		{"prune", pruneColumns},
		{"merge_project", mergeProjects},
		{"distinct", removeDistinct},
		{"lookup", findLookups},
	}
}

// simplify simplifies a relation with the given result columns and removes its dependent joins.
func (b *binder) simplify(r rel, ids []int) (_ rel, err error) {
	defer catchStop(&err)
	if r, err = b.decorrelate(b.applyAll(closeProjections(b, r), before(), ids)); err != nil {
		return nil, err
	}
	return b.applyAll(r, after(), ids), nil
}

func (b *binder) applyAll(r rel, rules []rule, ids []int) rel {
	for _, rule := range rules {
		if b.env.NoRewrite && rule.name != "inline" {
			continue
		}
		r = rule.apply(b, r, ids)
	}
	return r
}

// transform rebuilds r bottom-up: f gets every relation with its inputs rebuilt, and every
// shared definition once.
func transform(b *binder, r rel, f func(rel) rel) rel {
	return (&transformer{b, f, map[*shared]*shared{}}).rel(r)
}

type transformer struct {
	b    *binder
	f    func(rel) rel
	done map[*shared]*shared
}

func (t *transformer) rel(r rel) rel {
	t.b.poll()
	if s, ok := r.(*sharedRel); ok {
		def, ok := t.done[s.def]
		if !ok {
			def = newShared(t.rel(s.def.in), s.def.cols)
			t.done[s.def] = def
		}
		return &sharedRel{def: def, cols: s.cols}
	}
	ins := r.inputs()
	if len(ins) > 0 {
		mapped := make([]rel, len(ins))
		for i, in := range ins {
			mapped[i] = t.rel(in)
		}
		r = r.withInputs(mapped)
	}
	return t.f(r)
}

// emptyRel is a relation without rows.
func emptyRel(cols []int) rel { return &valuesRel{cols: cols} }

// addPreds puts a filter over r, merged with one that is there, without repeating a
// condition.
func addPreds(r rel, preds []expr.Expr) rel {
	if f, ok := r.(*filterRel); ok && !mayRaise(preds...) {
		r, preds = f.in, slices.Concat(f.preds, preds)
	}
	var out []expr.Expr
	seen := exprSet{}
	for _, p := range preds {
		if !expr.IsTrue(p) && seen.add(p) {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return r
	}
	return &filterRel{in: r, preds: out}
}
