package planner

import (
	"slices"
	"sync"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
)

// rel is a relation over numbered columns. Relations are immutable trees; only what a
// [sharedRel] points to is reached more than once.
type rel interface {
	// columns are the numbers of its columns, in order.
	columns() []int
	inputs() []rel
	withInputs(in []rel) rel
	// exprs are the expressions evaluated over the inputs' columns.
	exprs() []expr.Expr
	withExprs(es []expr.Expr) rel
}

// scanRel reads positions of a catalog relation.
type scanRel struct {
	table     *catalog.Relation
	positions []int
	cols      []int
	eq        []expr.Expr // constants for all key columns: a look-up
}

// valuesRel is a constant relation.
type valuesRel struct {
	rows [][]expr.Expr
	cols []int
}

// filterRel keeps rows for which all conditions are true.
type filterRel struct {
	in    rel
	preds []expr.Expr
}

// item is one column of a projection; a column passed on keeps its number.
type item struct {
	id int
	e  expr.Expr
}

// projectRel computes columns; its columns are exactly its items.
type projectRel struct {
	in    rel
	items []item
	// open passes on all that in has besides. Entries of FROM may get a column while what
	// reads them is bound, and closeProjections settles it then.
	open bool
}

// joinKey is one equality of a join.
type joinKey struct {
	l, r     int
	nullSafe bool
}

// joinRel joins. Its right side, and only that, may use columns of the left one: then it is
// a dependent join, to be removed before the plan is built. The output is left columns ++
// right columns, left columns only for semi and anti joins.
type joinRel struct {
	kind plan.JoinKind
	l, r rel
	on   []expr.Expr
	keys []joinKey // filled late, by the rewrite that finds them
}

// aggItem is one aggregate and its column.
type aggItem struct {
	id   int
	call expr.AggCall
}

// aggRel groups. A key column keeps its number above.
type aggRel struct {
	in     rel
	keys   []int
	aggs   []aggItem
	global bool
	// steady marks a DISTINCT that is there to pass on no change where its input changes
	// without changing its columns.
	steady bool
}

// unionRel is UNION ALL; from[i] are the columns of input i that make cols.
type unionRel struct {
	ins  []rel
	from [][]int
	cols []int
}

// setOpRel is INTERSECT or EXCEPT of lcols and rcols.
type setOpRel struct {
	except, all  bool
	l, r         rel
	lcols, rcols []int
	cols         []int
}

// funcItem is one set-returning function and its columns.
type funcItem struct {
	fn   *expr.Func
	args []expr.Expr
	cols []int
}

// tableFuncRel applies set-returning functions to each row; ord is the ordinality column
// or −1.
type tableFuncRel struct {
	in    rel
	funcs []funcItem
	ord   int
	outer bool
}

// singleRowRel raises 21000 for keys with more than one row.
type singleRowRel struct {
	in   rel
	keys []int
}

type sortKey struct {
	col              int
	desc, nullsFirst bool
}

// sortRel orders rows.
type sortRel struct {
	in   rel
	keys []sortKey
}

// limitRel cuts rows: of every group of rows with equal keys, if there are keys, by which
// a sortRel below it orders first then.
type limitRel struct {
	in            rel
	keys          []int
	count, offset expr.Expr
	withTies      bool
}

// sharedRel is one reading of a relation that is computed once: cols[i] is its own number
// for the definition's cols[i].
type sharedRel struct {
	def  *shared
	cols []int
}

// shared is a relation read by several sharedRels, of which they see cols.
type shared struct {
	in   rel
	cols []int
	// What is known of it, derived once: shared relations that read shared relations would
	// be walked once per path otherwise.
	free    func() []int
	notNull func() colSet
	keys    func() [][]int
}

// share makes a definition of all columns of r.
func share(r rel) *shared { return newShared(r, r.columns()) }

// newShared makes a definition of the given columns of r.
func newShared(r rel, cols []int) *shared {
	s := &shared{cols: cols}
	s.define(r)
	return s
}

// define sets the relation of a definition.
func (s *shared) define(r rel) {
	s.in = r
	s.free = sync.OnceValue(func() []int { return free(r) })
	s.notNull = sync.OnceValue(func() colSet { return notNullColumns(r) })
	s.keys = sync.OnceValue(func() [][]int { return keysOf(r) })
}

func (r *scanRel) columns() []int      { return r.cols }
func (r *valuesRel) columns() []int    { return r.cols }
func (r *filterRel) columns() []int    { return r.in.columns() }
func (r *unionRel) columns() []int     { return r.cols }
func (r *setOpRel) columns() []int     { return r.cols }
func (r *singleRowRel) columns() []int { return r.in.columns() }
func (r *sortRel) columns() []int      { return r.in.columns() }
func (r *limitRel) columns() []int     { return r.in.columns() }
func (r *sharedRel) columns() []int    { return r.cols }

func (r *projectRel) columns() []int {
	cols := make([]int, len(r.items))
	for i, it := range r.items {
		cols[i] = it.id
	}
	if r.open {
		for _, id := range r.in.columns() {
			if !slices.Contains(cols, id) {
				cols = append(cols, id)
			}
		}
	}
	return cols
}

// closeProjections makes items of all columns that open projections pass on.
func closeProjections(b *binder, r rel) rel {
	return transform(b, r, func(r rel) rel {
		n, ok := r.(*projectRel)
		if !ok || !n.open {
			return r
		}
		own := len(n.items)
		return &projectRel{in: n.in, items: append(slices.Clone(n.items), b.cols.passAll(n.columns()[own:])...)}
	})
}

// columns goes down the left sides in a loop: a wide FROM is a deep tree, and a copy at
// every level of it would cost the square of its width.
func (r *joinRel) columns() []int {
	var rights []rel
	var left rel = r
	for {
		j, ok := left.(*joinRel)
		if !ok {
			break
		}
		if keepsRight(j.kind) {
			rights = append(rights, j.r)
		}
		left = j.l
	}
	cols := slices.Clone(left.columns())
	for _, right := range slices.Backward(rights) {
		cols = append(cols, right.columns()...)
	}
	return cols
}

func (r *aggRel) columns() []int {
	cols := slices.Clone(r.keys)
	for i := range r.aggs {
		cols = append(cols, r.aggs[i].id)
	}
	return cols
}

func (r *tableFuncRel) columns() []int {
	cols := slices.Clone(r.in.columns())
	for i := range r.funcs {
		cols = append(cols, r.funcs[i].cols...)
	}
	if r.ord >= 0 {
		cols = append(cols, r.ord)
	}
	return cols
}

func (r *scanRel) inputs() []rel      { return nil }
func (r *valuesRel) inputs() []rel    { return nil }
func (r *sharedRel) inputs() []rel    { return nil }
func (r *filterRel) inputs() []rel    { return []rel{r.in} }
func (r *projectRel) inputs() []rel   { return []rel{r.in} }
func (r *joinRel) inputs() []rel      { return []rel{r.l, r.r} }
func (r *aggRel) inputs() []rel       { return []rel{r.in} }
func (r *unionRel) inputs() []rel     { return r.ins }
func (r *setOpRel) inputs() []rel     { return []rel{r.l, r.r} }
func (r *tableFuncRel) inputs() []rel { return []rel{r.in} }
func (r *singleRowRel) inputs() []rel { return []rel{r.in} }
func (r *sortRel) inputs() []rel      { return []rel{r.in} }
func (r *limitRel) inputs() []rel     { return []rel{r.in} }

func (r *scanRel) withInputs([]rel) rel         { return r }
func (r *valuesRel) withInputs([]rel) rel       { return r }
func (r *sharedRel) withInputs([]rel) rel       { return r }
func (r *filterRel) withInputs(in []rel) rel    { c := *r; c.in = in[0]; return &c }
func (r *projectRel) withInputs(in []rel) rel   { c := *r; c.in = in[0]; return &c }
func (r *joinRel) withInputs(in []rel) rel      { c := *r; c.l, c.r = in[0], in[1]; return &c }
func (r *aggRel) withInputs(in []rel) rel       { c := *r; c.in = in[0]; return &c }
func (r *unionRel) withInputs(in []rel) rel     { c := *r; c.ins = in; return &c }
func (r *setOpRel) withInputs(in []rel) rel     { c := *r; c.l, c.r = in[0], in[1]; return &c }
func (r *tableFuncRel) withInputs(in []rel) rel { c := *r; c.in = in[0]; return &c }
func (r *singleRowRel) withInputs(in []rel) rel { c := *r; c.in = in[0]; return &c }
func (r *sortRel) withInputs(in []rel) rel      { c := *r; c.in = in[0]; return &c }
func (r *limitRel) withInputs(in []rel) rel     { c := *r; c.in = in[0]; return &c }
