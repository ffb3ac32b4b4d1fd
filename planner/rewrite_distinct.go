package planner

import (
	"streamdb/planner/plan"
)

// removeDistinct drops a DISTINCT over rows that are distinct already, and one whose only
// reader asks whether there is a row (the right side of a semi or anti join).
func removeDistinct(b *binder, r rel, _ []int) rel {
	return transform(b, r, func(r rel) rel {
		switch n := r.(type) {
		case *aggRel:
			if isDistinct(n) && !n.steady && uniqueOn(keysOf(n.in), setOf(n.keys...)) {
				return &projectRel{in: n.in, items: b.cols.passAll(n.keys)}
			}
		case *joinRel:
			d, ok := n.r.(*aggRel)
			if ok && isDistinct(d) && (n.kind == plan.Semi || n.kind == plan.Anti) {
				return n.withInputs([]rel{n.l, &projectRel{in: d.in, items: b.cols.passAll(d.keys)}})
			}
		}
		return r
	})
}

func isDistinct(a *aggRel) bool { return len(a.aggs) == 0 && !a.global }
