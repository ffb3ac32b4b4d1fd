package planner

import "streamdb/expr"

// free lists the columns a relation uses but does not produce: its references to outer
// queries, in order of appearance. A number is produced in one place only, so that what is
// produced anywhere within is no reference to the outside.
func free(r rel) []int {
	f := freeColumns{used: colSet{}, made: colSet{}}
	f.visit(r)
	var ids []int
	for _, id := range f.order {
		if !f.made[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

type freeColumns struct {
	order      []int // used columns, each once
	used, made colSet
}

func (f *freeColumns) use(id int) {
	if !f.used[id] {
		f.used[id] = true
		f.order = append(f.order, id)
	}
}

func (f *freeColumns) visit(r rel) {
	for _, in := range r.inputs() {
		f.visit(in)
	}
	switch r := r.(type) {
	case *sharedRel:
		for _, id := range r.def.free() {
			f.use(id)
		}
		f.made.addAll(r.cols)
	case *filterRel, *joinRel, *singleRowRel, *sortRel, *limitRel:
	case *projectRel:
		for _, it := range r.items {
			f.made[it.id] = true
		}
	default:
		f.made.addAll(r.columns())
	}
	for _, e := range r.exprs() {
		walkCols(e, f.use)
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
