package planner

import (
	"fmt"
	"slices"

	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Removal of dependent joins, after Neumann and Kemper, "Unnesting Arbitrary Queries".
//
// The right side R of a dependent join L ⋈ R uses columns A of L. In general
//
//	L ⋈ R(A)  =  L ⋈[A ≡ D] (D × R)(D),   D = distinct A of L
//
// where ≡ takes NULLs as equal: R is evaluated once for each distinct A, D being pushed
// down in R until nothing is correlated any more (decorrelate_push.go). Before that, what
// correlates at the top of R is simply pulled up into the join (decorrelate_pull.go), and D
// is not needed where R equates every column of A with one of its own.
//
// Joins are taken from the outside in, so that an inner dependent join finds the columns
// of all outer queries on its left side.
type decorrelator struct {
	b    *binder
	done map[*shared]*shared
}

// decorrelate removes all dependent joins from r.
func (b *binder) decorrelate(r rel) (rel, error) {
	d := &decorrelator{b: b, done: map[*shared]*shared{}}
	return d.run(r)
}

func (d *decorrelator) run(r rel) (rel, error) {
	d.b.poll()
	switch n := r.(type) {
	case *sharedRel:
		return d.shared(n)
	case *joinRel:
		if outer := correlation(n); len(outer) > 0 {
			out, err := d.eliminate(n, outer)
			if err != nil {
				return nil, err
			}
			return d.run(out)
		}
	}
	ins := r.inputs()
	mapped := make([]rel, len(ins))
	for i, in := range ins {
		m, err := d.run(in)
		if err != nil {
			return nil, err
		}
		mapped[i] = m
	}
	if len(ins) == 0 {
		return r, nil
	}
	return r.withInputs(mapped), nil
}

// shared processes a definition once for all its readers.
func (d *decorrelator) shared(s *sharedRel) (rel, error) {
	def, ok := d.done[s.def]
	if !ok {
		in, err := d.run(s.def.in)
		if err != nil {
			return nil, err
		}
		def = newShared(in, s.def.cols)
		d.done[s.def] = def
	}
	return &sharedRel{def: def, cols: s.cols}, nil
}

// correlation lists the columns of the left side that the right side uses.
func correlation(j *joinRel) []int {
	left := setOf(j.l.columns()...)
	var ids []int
	for _, id := range free(j.r) {
		if left[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

// eliminate turns a dependent join into one that depends less, keeping its columns.
func (d *decorrelator) eliminate(j *joinRel, outer []int) (rel, error) {
	cols := j.columns()
	out, ok, err := d.pull(j, setOf(outer...))
	if err != nil {
		return nil, err
	}
	if !ok {
		if out, err = d.push(j, outer); err != nil {
			return nil, err
		}
	}
	if !slices.Equal(cols, out.columns()) {
		out = &projectRel{in: out, items: d.b.cols.passAll(cols)}
	}
	return out, nil
}

// push joins with the right side evaluated for every distinct value of the outer columns.
func (d *decorrelator) push(j *joinRel, outer []int) (rel, error) {
	p, err := newPusher(d, j.l, outer, j.r, nil)
	if err != nil {
		return nil, err
	}
	r, m, err := p.push(j.r)
	if err != nil {
		return nil, err
	}
	on, err := d.joinOn(p.outer, m, r)
	if err != nil {
		return nil, err
	}
	return &joinRel{kind: j.kind, l: p.l, r: r, on: slices.Concat(on, j.on)}, nil
}

// joinOn equates outer columns with their copies; NULLs are equal where a copy may be NULL.
func (d *decorrelator) joinOn(outer []int, m map[int]int, r rel) ([]expr.Expr, error) {
	notNull := notNullColumns(r)
	on := make([]expr.Expr, len(outer))
	for i, a := range outer {
		e, err := d.b.equate(a, m[a], !notNull[m[a]])
		if err != nil {
			return nil, err
		}
		on[i] = e
	}
	return on, nil
}

// equate is a = c, or a IS NOT DISTINCT FROM c, for two columns of one type.
func (b *binder) equate(a, c int, nullSafe bool) (expr.Expr, error) {
	eq, err := b.operator("=", b.cols.col(a), b.cols.col(c), -1, positions(-1, 2))
	if pgerr.Is(err, pgerr.UndefinedFunction) {
		return nil, pgerr.Unsupported(fmt.Sprintf("a subquery that depends on a value of type %s", b.cols.col(a).Type()), "A jsonb or a text can be compared: cast it.")
	}
	if err != nil {
		return nil, err
	}
	call, ok := eq.(*expr.Call)
	if !ok {
		return nil, pgerr.Internal("= is %T", eq)
	}
	if !nullSafe {
		return call, nil
	}
	return &expr.DistinctFrom{Eq: call.Fn, L: call.Args[0], R: call.Args[1], Negate: true}, nil
}

// forEmpty is what an aggregate gives where a group has no rows: zero for counts.
func (b *binder) forEmpty(a aggItem, fresh int) expr.Expr {
	col := b.cols.col(fresh)
	switch a.call.Fn.Name {
	case "count", "regr_count":
		return &expr.Coalesce{Args: []expr.Expr{col, &expr.Const{D: types.NewInt64(0), T: types.Int8}}, T: types.Int8}
	}
	return col
}

// renumber gives an aggregation's results fresh numbers, so that the old ones can name
// what is computed from them.
func (b *binder) renumber(aggs []aggItem) ([]aggItem, []item) {
	fresh, items := make([]aggItem, len(aggs)), make([]item, len(aggs))
	for i, a := range aggs {
		fresh[i] = aggItem{b.cols.copyOf(a.id), a.call}
		items[i] = item{a.id, b.forEmpty(a, fresh[i].id)}
	}
	return fresh, items
}

// mayRaise reports whether any expression may raise an error.
func mayRaise(es ...expr.Expr) bool { return slices.ContainsFunc(es, expr.CanRaise) }

// keepsRight reports whether a join's result has columns of its right side.
func keepsRight(k plan.JoinKind) bool { return k != plan.Semi && k != plan.Anti }
