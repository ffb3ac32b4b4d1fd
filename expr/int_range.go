package expr

import (
	"math"

	"streamdb/types"
)

// intRange is the test lo ≤ x ≤ hi of an integer column, or of one whose values are ordered
// like integers. Rows are selected by it without a boolean vector in between, and two
// comparisons of a column with constants are one test.
type intRange struct {
	col    int
	lo, hi int64 // lo > hi: no value passes
}

// rangeOf is e as a range, if it compares a column with a constant.
func rangeOf(e Expr) (intRange, bool) {
	call, ok := e.(*Call)
	if !ok || len(call.Args) != 2 {
		return intRange{}, false
	}
	col, ok1 := call.Args[0].(*Col)
	k, ok2 := call.Args[1].(*Const)
	if !ok1 || !ok2 || k.D.IsNull() || !call.Fn.Total || !isInteger(col.T) || !isInteger(k.T) {
		return intRange{}, false
	}
	none := intRange{col: col.Index, lo: 0, hi: -1}
	r := intRange{col: col.Index, lo: math.MinInt64, hi: math.MaxInt64}
	switch v := k.D.I; call.Fn.Name {
	case "=":
		r.lo, r.hi = v, v
	case "<=":
		r.hi = v
	case ">=":
		r.lo = v
	case "<":
		if v == math.MinInt64 {
			return none, true
		}
		r.hi = v - 1
	case ">":
		if v == math.MaxInt64 {
			return none, true
		}
		r.lo = v + 1
	default:
		return intRange{}, false
	}
	return r, true
}

// isInteger reports whether values of t are integers in memory. The comparisons of two such
// types that are total compare those; that of a date with a timestamp is not.
func isInteger(t types.Type) bool {
	switch t.Kind() {
	case types.KindInt16, types.KindInt32, types.KindInt64:
		return true
	}
	return false
}

// pick lists the rows of sel that pass, in buf.
func (r *intRange) pick(v *types.Vec, sel []int32, n int, buf []int32) []int32 {
	buf = roomFor(n, buf)
	if r.lo > r.hi {
		return buf[:0]
	}
	switch v.Kind {
	case types.KindInt16:
		return selectBetween(types.Fixed[int16](v)[:n], v.Valid, r, sel, buf)
	case types.KindInt32:
		return selectBetween(types.Fixed[int32](v)[:n], v.Valid, r, sel, buf)
	}
	return selectBetween(types.Fixed[int64](v)[:n], v.Valid, r, sel, buf)
}

func selectBetween[T ordered](xs []T, valid []uint64, r *intRange, sel, buf []int32) []int32 {
	lo, span, k := r.lo, uint64(r.hi-r.lo), 0
	switch {
	case sel == nil && valid == nil:
		for i, x := range xs {
			buf[k] = int32(i)
			k += int(b2u(uint64(int64(x)-lo) <= span))
		}
	case sel == nil:
		for i, x := range xs {
			buf[k] = int32(i)
			k += int(uint64(b2u(uint64(int64(x)-lo) <= span)) & (valid[i>>6] >> (i & 63)) & 1)
		}
	case valid == nil:
		for _, i := range sel {
			buf[k] = i
			k += int(b2u(uint64(int64(xs[i])-lo) <= span))
		}
	default:
		for _, i := range sel {
			buf[k] = i
			k += int(uint64(b2u(uint64(int64(xs[i])-lo) <= span)) & (valid[i>>6] >> (i & 63)) & 1)
		}
	}
	return buf[:k]
}
