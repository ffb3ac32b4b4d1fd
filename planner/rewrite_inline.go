package planner

import "streamdb/expr"

// inlineShared replaces a shared relation that is read once by the relation itself, so that
// the other rules see through it: a CTE used once is no more than a subquery.
func inlineShared(b *binder, r rel, _ []int) rel {
	reads := map[*shared]int{}
	countReads(r, reads)
	var visit func(rel) rel
	done := map[*shared]*shared{}
	visit = func(r rel) rel {
		b.poll()
		if s, ok := r.(*sharedRel); ok {
			def, ok := done[s.def]
			if !ok {
				def = newShared(visit(s.def.in), s.def.cols)
				done[s.def] = def
			}
			if reads[s.def] > 1 {
				return &sharedRel{def: def, cols: s.cols}
			}
			items := make([]item, len(s.cols))
			for i, id := range s.cols {
				items[i] = item{id, &expr.Col{Index: def.cols[i], T: b.typeOf(def.cols[i])}}
			}
			return &projectRel{in: def.in, items: items}
		}
		ins := r.inputs()
		if len(ins) == 0 {
			return r
		}
		mapped := make([]rel, len(ins))
		for i, in := range ins {
			mapped[i] = visit(in)
		}
		return r.withInputs(mapped)
	}
	return visit(r)
}

// countReads counts the readers of every shared relation.
func countReads(r rel, reads map[*shared]int) {
	if s, ok := r.(*sharedRel); ok {
		reads[s.def]++
		if reads[s.def] == 1 {
			countReads(s.def.in, reads)
		}
		return
	}
	for _, in := range r.inputs() {
		countReads(in, reads)
	}
}
