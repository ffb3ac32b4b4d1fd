package expr

import (
	"strings"

	"streamdb/types"
)

// comparison is one of the six operators by the results it accepts.
type comparison struct {
	op         string
	lt, eq, gt bool
}

var comparisons = []comparison{
	{"=", false, true, false},
	{"<>", true, false, true},
	{"<", true, false, false},
	{"<=", true, true, false},
	{">", false, false, true},
	{">=", false, true, true},
}

type ordered interface {
	~uint8 | ~int16 | ~int32 | ~int64
}

// compareInts compares values of two integer widths without a call per row.
func compareInts[A, B ordered](op string) Kernel {
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a, b, dst := types.Fixed[A](args[0]), types.Fixed[B](args[1]), out.V.Bools()
		if sel == nil {
			compareDense(op, a[:n], b[:n], dst[:n])
			return
		}
		compareSparse(op, a, b, dst, sel)
	}
}

func compareDense[A, B ordered](op string, a []A, b []B, dst []uint8) {
	b, dst = b[:len(a)], dst[:len(a)]
	switch op {
	case "=":
		for i, x := range a {
			dst[i] = b2u(int64(x) == int64(b[i]))
		}
	case "<>":
		for i, x := range a {
			dst[i] = b2u(int64(x) != int64(b[i]))
		}
	case "<":
		for i, x := range a {
			dst[i] = b2u(int64(x) < int64(b[i]))
		}
	case "<=":
		for i, x := range a {
			dst[i] = b2u(int64(x) <= int64(b[i]))
		}
	case ">":
		for i, x := range a {
			dst[i] = b2u(int64(x) > int64(b[i]))
		}
	case ">=":
		for i, x := range a {
			dst[i] = b2u(int64(x) >= int64(b[i]))
		}
	}
}

func compareSparse[A, B ordered](op string, a []A, b []B, dst []uint8, sel []int32) {
	lt, eq, gt := accepts(op)
	for _, i := range sel {
		x, y := int64(a[i]), int64(b[i])
		dst[i] = b2u(x < y)&lt | b2u(x == y)&eq | b2u(x > y)&gt
	}
}

// accepts says as masks which outcomes of a comparison make op true.
func accepts(op string) (lt, eq, gt uint8) {
	for _, c := range comparisons {
		if c.op == op {
			return b2u(c.lt), b2u(c.eq), b2u(c.gt)
		}
	}
	return 0, 0, 0
}

// compareIntConst compares with a constant right side.
func compareIntConst[A ordered](op string) func(args []Expr) Kernel {
	return func(args []Expr) Kernel {
		k, ok := args[1].(*Const)
		if _, both := args[0].(*Const); !ok || both {
			return nil
		}
		v := k.D.I
		return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
			a, dst := types.Fixed[A](args[0])[:n], out.V.Bools()[:n]
			compareWith(op, a, v, dst)
		}
	}
}

func compareWith[A ordered](op string, a []A, v int64, dst []uint8) {
	dst = dst[:len(a)]
	switch op {
	case "=":
		for i, x := range a {
			dst[i] = b2u(int64(x) == v)
		}
	case "<>":
		for i, x := range a {
			dst[i] = b2u(int64(x) != v)
		}
	case "<":
		for i, x := range a {
			dst[i] = b2u(int64(x) < v)
		}
	case "<=":
		for i, x := range a {
			dst[i] = b2u(int64(x) <= v)
		}
	case ">":
		for i, x := range a {
			dst[i] = b2u(int64(x) > v)
		}
	case ">=":
		for i, x := range a {
			dst[i] = b2u(int64(x) >= v)
		}
	}
}

// compareFloats orders NaN above everything and equal to itself.
func compareFloats[A, B float](op string) Kernel {
	lt, eq, gt := accepts(op)
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a, b, dst := types.Fixed[A](args[0]), types.Fixed[B](args[1]), out.V.Bools()
		one := func(i int) {
			x, y := float64(a[i]), float64(b[i])
			switch {
			case x < y:
				dst[i] = lt
			case x > y:
				dst[i] = gt
			case x == y || (x != x && y != y):
				dst[i] = eq
			case x != x:
				dst[i] = gt
			default:
				dst[i] = lt
			}
		}
		if sel == nil {
			for i := range n {
				one(i)
			}
			return
		}
		for _, i := range sel {
			one(int(i))
		}
	}
}

func compareNumerics(op string) Kernel {
	lt, eq, gt := accepts(op)
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a, b, dst := args[0].Decs(), args[1].Decs(), out.V.Bools()
		for _, r := range listed(sel, n) {
			i := int(r)
			c, ok := types.CmpDec(a[i], b[i])
			if !ok {
				c = types.NumericAt(args[0], i).Cmp(types.NumericAt(args[1], i))
			}
			dst[i] = pick(c, lt, eq, gt)
		}
	}
}

// compareNumericConst compares with a constant right side, which is brought to the scale of
// the column's values: they mostly have one, and only their coefficients are left to compare.
func compareNumericConst(op string) func(args []Expr) Kernel {
	lt, eq, gt := accepts(op)
	return func(args []Expr) Kernel {
		k, ok := args[1].(*Const)
		if _, both := args[0].(*Const); !ok || both {
			return nil
		}
		v := k.D.Dec()
		if _, _, _, inline := types.DecInline(v); !inline {
			return nil
		}
		return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
			a, dst, with := args[0].Decs(), out.V.Bools(), v
			for _, r := range listed(sel, n) {
				x := a[r]
				if !types.SameScale(x, with) {
					var fits bool
					if with, fits = types.RescaleDec(v, x); !fits {
						with = v
						dst[r] = pick(types.NumericAt(args[0], int(r)).Cmp(types.NumericFromDatum(k.D)), lt, eq, gt)
						continue
					}
				}
				dst[r] = pick(types.CmpCoefficients(x, with), lt, eq, gt)
			}
		}
	}
}

func pick(c int, lt, eq, gt uint8) uint8 {
	switch {
	case c < 0:
		return lt
	case c > 0:
		return gt
	}
	return eq
}

// compareTexts compares bytes; equality looks at the lengths first.
func compareTexts(op string) Kernel {
	lt, eq, gt := accepts(op)
	if lt == gt {
		return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
			a, b, dst := args[0], args[1], out.V.Bools()
			for _, r := range listed(sel, n) {
				i := int(r)
				if a.Str(i) == b.Str(i) {
					dst[i] = eq
				} else {
					dst[i] = lt
				}
			}
		}
	}
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a, b, dst := args[0], args[1], out.V.Bools()
		for _, r := range listed(sel, n) {
			i := int(r)
			dst[i] = pick(strings.Compare(a.Str(i), b.Str(i)), lt, eq, gt)
		}
	}
}

// compareTextConst tests equality with a constant.
func compareTextConst(op string) func(args []Expr) Kernel {
	lt, eq, gt := accepts(op)
	return func(args []Expr) Kernel {
		k, ok := args[1].(*Const)
		if _, both := args[0].(*Const); !ok || both {
			return nil
		}
		v := k.D.S
		return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
			a, dst := args[0], out.V.Bools()
			if lt == gt {
				for _, r := range listed(sel, n) {
					i := int(r)
					dst[i] = lt
					if a.Str(i) == v {
						dst[i] = eq
					}
				}
				return
			}
			for _, r := range listed(sel, n) {
				i := int(r)
				dst[i] = pick(strings.Compare(a.Str(i), v), lt, eq, gt)
			}
		}
	}
}

// compareAny uses the types' own order.
func compareAny(op string) Kernel {
	lt, eq, gt := accepts(op)
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		dst := out.V.Bools()
		for _, r := range listed(sel, n) {
			i := int(r)
			dst[i] = pick(types.CompareAt(args[0], i, args[1], i), lt, eq, gt)
		}
	}
}

// compareVia compares after mapping each side to a timestamp: the cross-type comparisons
// of dates.
func compareVia(op string, left, right func(c *Ctx, v int64) (int64, int)) Kernel {
	lt, eq, gt := accepts(op)
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a := rowArgs{vecs: args}
		dst := out.V.Bools()
		for _, r := range listed(sel, n) {
			i := int(r)
			a.i = i
			x, xo := left(c, a.int(0))
			y, yo := right(c, a.int(1))
			switch { // a date beyond the range of timestamps lies outside all of them
			case xo != yo:
				dst[i] = pick(xo-yo, lt, eq, gt)
			case x < y:
				dst[i] = lt
			case x > y:
				dst[i] = gt
			default:
				dst[i] = eq
			}
		}
	}
}
