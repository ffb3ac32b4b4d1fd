package planner

import "streamdb/expr"

// free lists the columns a relation uses but does not produce: its references to outer
// queries, in order of appearance.
func free(r rel) []int {
	var ids []int
	seen := colSet{}
	add := func(id int) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	freeColumns(r, add)
	return ids
}

func freeColumns(r rel, add func(int)) {
	if s, ok := r.(*sharedRel); ok {
		for _, id := range s.def.free() {
			add(id)
		}
		return
	}
	have := colSet{}
	for _, in := range r.inputs() {
		have.addAll(in.columns())
	}
	need := func(id int) {
		if !have[id] {
			add(id)
		}
	}
	for _, in := range r.inputs() {
		freeColumns(in, need)
	}
	for _, e := range r.exprs() {
		walkCols(e, need)
	}
}

// dependsOn reports whether r refers to a column of s from within.
func dependsOn(r rel, s colSet) bool {
	for _, id := range free(r) {
		if s[id] {
			return true
		}
	}
	return false
}

// substitution replaces columns by expressions.
type substitution map[int]expr.Expr

// in rewrites an expression.
func (s substitution) in(e expr.Expr) expr.Expr {
	if len(s) == 0 || e == nil {
		return e
	}
	return expr.Map(e, func(x expr.Expr) expr.Expr {
		switch x := x.(type) {
		case *expr.Col:
			if to, ok := s[x.Index]; ok {
				return to
			}
		case *subquery:
			c := *x
			c.rel = s.free(x.rel)
			return &c
		}
		return x
	})
}

// inAll rewrites several expressions.
func (s substitution) inAll(es []expr.Expr) []expr.Expr {
	if len(s) == 0 {
		return es
	}
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		out[i] = s.in(e)
	}
	return out
}

// free rewrites the references of r, at any depth, to columns that r does not produce.
// Numbers are never reused, so that no reference can be taken for another.
func (s substitution) free(r rel) rel {
	if len(s) == 0 || !dependsOn(r, s.set()) {
		return r
	}
	return s.rewrite(r, map[*shared]*shared{})
}

func (s substitution) set() colSet {
	set := make(colSet, len(s))
	for id := range s {
		set[id] = true
	}
	return set
}

func (s substitution) rewrite(r rel, done map[*shared]*shared) rel {
	if sh, ok := r.(*sharedRel); ok {
		def, ok := done[sh.def]
		if !ok {
			def = sh.def
			if dependsOn(def.in, s.set()) {
				def = newShared(s.rewrite(def.in, done), def.cols)
			}
			done[sh.def] = def
		}
		return &sharedRel{def: def, cols: sh.cols}
	}
	ins := r.inputs()
	mapped := make([]rel, len(ins))
	for i, in := range ins {
		mapped[i] = s.rewrite(in, done)
	}
	if len(ins) > 0 {
		r = r.withInputs(mapped)
	}
	if es := r.exprs(); len(es) > 0 {
		r = r.withExprs(s.inAll(es))
	}
	return r
}
