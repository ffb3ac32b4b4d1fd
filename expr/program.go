package expr

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Program is a compiled expression. It owns scratch vectors, so one goroutine uses it at a
// time; compile once per worker.
type Program struct {
	T    types.Type
	root node
	f    frame
}

// frame is the batch under evaluation.
type frame struct {
	cols []*types.Vec
	n    int
}

// node is one compiled operation. eval computes the rows of sel (nil: all) of the frame
// into a vector of f.n rows that stays valid until the node's next eval; rows outside sel
// hold nothing of meaning. A row that fails is noted in c and NULL.
type node interface {
	eval(c *Ctx, f *frame, sel []int32) *types.Vec
}

// Compile compiles a bound expression without planner nodes or parameters.
func Compile(e Expr) (*Program, error) {
	n, err := compile(e)
	if err != nil {
		return nil, err
	}
	return &Program{T: e.Type(), root: n}, nil
}

// Eval computes the expression for the rows of b that exist. The result has b.N rows of
// which only those of b.Sel mean something; it may alias a column of b and is valid until
// the next Eval. Rows that failed are noted in c and NULL.
func (p *Program) Eval(c *Ctx, b *types.Batch) *types.Vec {
	p.f.cols, p.f.n = b.Cols, b.N
	return p.root.eval(c, &p.f, b.Sel)
}

// Predicate is a compiled condition.
type Predicate struct {
	conjuncts []conjunct
	f         frame
	a, b      []int32
}

// conjunct is one of the conditions that must be true: a boolean node, or none and a range.
type conjunct struct {
	node
	intRange
}

// CompilePredicate compiles a boolean expression for [Predicate.Filter].
func CompilePredicate(e Expr) (*Predicate, error) {
	if e.Type().OID != types.Bool.OID {
		return nil, pgerr.Internal("a predicate of type %s", e.Type())
	}
	p := &Predicate{}
	for _, c := range conjuncts(e, nil) {
		if r, ok := rangeOf(c); ok {
			p.addRange(r)
			continue
		}
		n, err := compile(c)
		if err != nil {
			return nil, err
		}
		p.conjuncts = append(p.conjuncts, conjunct{node: n})
	}
	return p, nil
}

// addRange adds a test to those that a row must pass; two of one column in a row are one.
func (p *Predicate) addRange(r intRange) {
	if n := len(p.conjuncts); n > 0 {
		if last := &p.conjuncts[n-1]; last.node == nil && last.col == r.col {
			last.lo, last.hi = max(last.lo, r.lo), min(last.hi, r.hi)
			return
		}
	}
	p.conjuncts = append(p.conjuncts, conjunct{intRange: r})
}

func conjuncts(e Expr, dst []Expr) []Expr {
	if a, ok := e.(*And); ok {
		for _, x := range a.Args {
			dst = conjuncts(x, dst)
		}
		return dst
	}
	return append(dst, e)
}

// Filter appends to dst the rows of b, ascending, for which the condition is true and
// nothing failed. As in a WHERE clause, a conjunct is not evaluated for rows that an
// earlier one did not find true.
func (p *Predicate) Filter(c *Ctx, b *types.Batch, dst []int32) []int32 {
	p.f.cols, p.f.n = b.Cols, b.N
	sel := b.Sel
	for k, n := range p.conjuncts {
		buf := &p.a
		if k&1 == 1 {
			buf = &p.b
		}
		if n.node != nil {
			*buf = selectTrue(n.eval(c, &p.f, sel), sel, b.N, *buf)
		} else {
			*buf = n.pick(b.Cols[n.col], sel, b.N, *buf)
		}
		sel = *buf
		if len(sel) == 0 {
			return dst
		}
	}
	if len(c.Errs) > 0 {
		return c.DropFailed(sel, b.N, dst)
	}
	return append(dst, sel...)
}

// selectTrue lists the rows of sel at which v is true, in buf.
func selectTrue(v *types.Vec, sel []int32, n int, buf []int32) []int32 {
	buf = roomFor(n, buf)
	bs, k := v.Bools(), 0
	switch {
	case sel == nil && v.Valid == nil:
		for i, x := range bs {
			buf[k] = int32(i)
			k += int(x & 1)
		}
	case sel == nil:
		for i, x := range bs {
			buf[k] = int32(i)
			k += int(uint64(x) & (v.Valid[i>>6] >> (i & 63)) & 1)
		}
	case v.Valid == nil:
		for _, i := range sel {
			buf[k] = i
			k += int(bs[i] & 1)
		}
	default:
		for _, i := range sel {
			buf[k] = i
			k += int(uint64(bs[i]) & (v.Valid[i>>6] >> (i & 63)) & 1)
		}
	}
	return buf[:k]
}

// roomFor is buf, or another, with room for n rows and at least one.
func roomFor(n int, buf []int32) []int32 {
	if want := max(n, 1); cap(buf) < want {
		buf = make([]int32, want)
	}
	return buf[:cap(buf)]
}

// EvalRow computes e over one row of values.
func EvalRow(c *Ctx, e Expr, row types.Row) (types.Datum, error) {
	if k, ok := e.(*Const); ok {
		return k.D, nil
	}
	p, err := Compile(e)
	if err != nil {
		return types.Datum{}, err
	}
	b := &types.Batch{N: 1, Cols: make([]*types.Vec, len(row))}
	Walk(e, func(x Expr) bool {
		if col, ok := x.(*Col); ok && b.Cols[col.Index] == nil {
			b.Cols[col.Index] = types.NewVec(col.T, 1)
			b.Cols[col.Index].AppendDatum(row[col.Index])
		}
		return true
	})
	sub := *c
	sub.Errs, sub.failed = nil, nil
	v := p.Eval(&sub, b)
	if len(sub.Errs) > 0 {
		return types.Datum{}, sub.Errs[0].Err
	}
	return v.Datum(0), nil
}

// EvalConst computes an expression without columns.
func EvalConst(c *Ctx, e Expr) (types.Datum, error) { return EvalRow(c, e, nil) }
