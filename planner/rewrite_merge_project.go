package planner

import (
	"streamdb/expr"
)

// mergeProjects computes in one projection what two in a row compute, unless that would
// compute something twice, and drops projections that only pass on all they get.
func mergeProjects(b *binder, r rel, _ []int) rel {
	return transform(b, r, func(r rel) rel {
		p, ok := r.(*projectRel)
		if !ok {
			return r
		}
		for {
			in, ok := p.in.(*projectRel)
			if !ok || !mergeable(p, in) {
				break
			}
			sub := substitution{}
			for _, it := range in.items {
				sub[it.id] = it.e
			}
			m := &projectRel{in: in.in, items: make([]item, len(p.items))}
			for i, it := range p.items {
				m.items[i] = item{it.id, sub.in(it.e)}
			}
			p = m
		}
		if passesAll(p) {
			return p.in
		}
		return p
	})
}

// mergeable reports whether every computed column of the inner projection is used once at
// most by the outer one, and is the same wherever it is computed.
func mergeable(outer, inner *projectRel) bool {
	count := map[int]int{}
	for _, it := range outer.items {
		walkCols(it.e, func(id int) { count[id]++ })
	}
	for _, it := range inner.items {
		switch it.e.(type) {
		case *expr.Col, *expr.Const, *expr.Param:
			continue
		}
		if count[it.id] > 1 || count[it.id] == 1 && expr.VolatilityOf(it.e) == expr.Volatile {
			return false
		}
	}
	return true
}

// passesAll reports whether p does no more than its input.
func passesAll(p *projectRel) bool {
	have := p.in.columns()
	if len(have) != len(p.items) {
		return false
	}
	for _, it := range p.items {
		if c, ok := it.e.(*expr.Col); !ok || c.Index != it.id {
			return false
		}
	}
	return setOf(have...).hasAll(p.columns())
}
