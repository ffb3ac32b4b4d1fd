package expr

import (
	"math"
	"math/bits"

	"streamdb/types"
	"streamdb/types/pgerr"
)

func divisionByZero() error { return pgerr.New(pgerr.DivisionByZero, "division by zero") }

// addInts, subInts and mulInts are written out so that their loops have no call.
func addInts[A, B, T integer](c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
	a, b, dst := types.Fixed[A](args[0]), types.Fixed[B](args[1]), types.Fixed[T](out.V)
	if sel != nil {
		for _, i := range sel {
			x, y := T(a[i]), T(b[i])
			v := x + y
			dst[i] = v
			if (x^v)&(y^v) < 0 {
				failInt[T](c, out, int(i))
			}
		}
		return
	}
	for i := range n {
		x, y := T(a[i]), T(b[i])
		v := x + y
		dst[i] = v
		if (x^v)&(y^v) < 0 {
			failInt[T](c, out, i)
		}
	}
}

func subInts[A, B, T integer](c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
	a, b, dst := types.Fixed[A](args[0]), types.Fixed[B](args[1]), types.Fixed[T](out.V)
	if sel != nil {
		for _, i := range sel {
			x, y := T(a[i]), T(b[i])
			v := x - y
			dst[i] = v
			if (x^y)&(x^v) < 0 {
				failInt[T](c, out, int(i))
			}
		}
		return
	}
	for i := range n {
		x, y := T(a[i]), T(b[i])
		v := x - y
		dst[i] = v
		if (x^y)&(x^v) < 0 {
			failInt[T](c, out, i)
		}
	}
}

func mulInts[A, B, T integer](c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
	a, b, dst := types.Fixed[A](args[0]), types.Fixed[B](args[1]), types.Fixed[T](out.V)
	for _, r := range listed(sel, n) {
		i := int(r)
		v, over := mulInt64(int64(a[i]), int64(b[i]))
		dst[i] = T(v)
		if over || int64(T(v)) != v {
			failInt[T](c, out, i)
		}
	}
}

func mulInt64(x, y int64) (v int64, over bool) {
	hi, lo := bits.Mul64(uint64(x), uint64(y))
	hi -= uint64(x>>63)&uint64(y) + uint64(y>>63)&uint64(x)
	return int64(lo), hi != uint64(int64(lo)>>63)
}

func addInt64(x, y int64) (v int64, over bool) {
	v = x + y
	return v, (x^v)&(y^v) < 0
}

func subInt64(x, y int64) (v int64, over bool) {
	v = x - y
	return v, (x^y)&(x^v) < 0
}

func divInts[A, B, T integer](c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
	a, b, dst := types.Fixed[A](args[0]), types.Fixed[B](args[1]), types.Fixed[T](out.V)
	for _, r := range listed(sel, n) {
		i := int(r)
		x, y := T(a[i]), T(b[i])
		switch y {
		case 0:
			out.Null(i)
			c.Fail(i, divisionByZero())
		case -1:
			dst[i] = -x
			if x != 0 && -x == x {
				failInt[T](c, out, i)
			}
		default:
			dst[i] = x / y
		}
	}
}

func modInts[A, B, T integer](c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
	a, b, dst := types.Fixed[A](args[0]), types.Fixed[B](args[1]), types.Fixed[T](out.V)
	for _, r := range listed(sel, n) {
		i := int(r)
		x, y := T(a[i]), T(b[i])
		switch y {
		case 0:
			out.Null(i)
			c.Fail(i, divisionByZero())
		case -1:
			dst[i] = 0
		default:
			dst[i] = x % y
		}
	}
}

func intName[T integer]() string {
	var v T
	switch any(v).(type) {
	case int16:
		return "smallint"
	case int32:
		return "integer"
	}
	return "bigint"
}

func failInt[T integer](c *Ctx, out *Out, i int) {
	out.Null(i)
	c.Fail(i, outOfRange(intName[T]()))
}

// mapInts applies a total function of two integers of one width.
func mapInts[T integer](f func(x, y T) T) Kernel {
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a, b, dst := types.Fixed[T](args[0]), types.Fixed[T](args[1]), types.Fixed[T](out.V)
		for _, r := range listed(sel, n) {
			i := int(r)
			dst[i] = f(a[i], b[i])
		}
	}
}

// shiftInts applies a shift by an integer.
func shiftInts[T integer](f func(x T, by int32) T) Kernel {
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a, b, dst := types.Fixed[T](args[0]), args[1].Int32s(), types.Fixed[T](out.V)
		for _, r := range listed(sel, n) {
			i := int(r)
			dst[i] = f(a[i], b[i])
		}
	}
}

// unaryInts applies a function of one integer that overflows on the least value only.
func unaryInts[T integer](f func(x T) T) Kernel {
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a, dst := types.Fixed[T](args[0]), types.Fixed[T](out.V)
		for _, r := range listed(sel, n) {
			i := int(r)
			v := f(a[i])
			dst[i] = v
			if v == a[i] && v < 0 && -v == v {
				failInt[T](c, out, i)
			}
		}
	}
}

// floatOp is an arithmetic operator on floats.
type floatOp byte

// arithFloats computes in T, the wider of A and B, and checks as PostgreSQL does.
func arithFloats[A, B, T float](op floatOp) Kernel {
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a, b, dst := types.Fixed[A](args[0]), types.Fixed[B](args[1]), types.Fixed[T](out.V)
		for _, r := range listed(sel, n) {
			i := int(r)
			x, y := T(a[i]), T(b[i])
			var v T
			switch op {
			case '+':
				v = x + y
			case '-':
				v = x - y
			case '*':
				v = x * y
			case '/':
				if y == 0 && x == x {
					out.Null(i)
					c.Fail(i, divisionByZero())
					continue
				}
				v = x / y
			}
			dst[i] = v
			if isInf(v) && !isInf(x) && !isInf(y) {
				out.Null(i)
				c.Fail(i, floatOverflow())
			} else if v == 0 && underflows(op, float64(x), float64(y)) {
				out.Null(i)
				c.Fail(i, floatUnderflow())
			}
		}
	}
}

func isInf[T float](v T) bool { return math.IsInf(float64(v), 0) }

// underflows reports whether a zero result of * or / is not a true zero.
func underflows(op floatOp, x, y float64) bool {
	switch op {
	case '*':
		return x != 0 && y != 0
	case '/':
		return x != 0 && !math.IsInf(y, 0)
	}
	return false
}

func unaryFloats[T float](f func(x T) T) Kernel {
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a, dst := types.Fixed[T](args[0]), types.Fixed[T](out.V)
		for _, r := range listed(sel, n) {
			i := int(r)
			dst[i] = f(a[i])
		}
	}
}

// arithNumerics tries the inline slots first.
func arithNumerics(fast func(a, b types.Dec) (types.Dec, bool), slow func(a, b types.Numeric) (types.Numeric, error)) Kernel {
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a, b, dst := args[0].Decs(), args[1].Decs(), out.V.Decs()
		for _, r := range listed(sel, n) {
			i := int(r)
			if fast != nil {
				if d, ok := fast(a[i], b[i]); ok {
					dst[i] = d
					continue
				}
			}
			v, err := slow(types.NumericAt(args[0], i), types.NumericAt(args[1], i))
			if err != nil {
				out.Null(i)
				c.Fail(i, err)
				continue
			}
			out.V.SetNumeric(i, v)
		}
	}
}

// numericConst specialises an inline operation for a constant right side.
func numericConst(fast func(a, b types.Dec) (types.Dec, bool), slow func(a, b types.Numeric) (types.Numeric, error)) func([]Expr) Kernel {
	return func(args []Expr) Kernel {
		k, ok := args[1].(*Const)
		if _, both := args[0].(*Const); !ok || both {
			return nil
		}
		y, yn := k.D.Dec(), types.NumericFromDatum(k.D)
		return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
			a, dst := args[0].Decs(), out.V.Decs()
			for _, r := range listed(sel, n) {
				i := int(r)
				if d, ok := fast(a[i], y); ok {
					dst[i] = d
					continue
				}
				v, err := slow(types.NumericAt(args[0], i), yn)
				if err != nil {
					out.Null(i)
					c.Fail(i, err)
					continue
				}
				out.V.SetNumeric(i, v)
			}
		}
	}
}

// numeric1 makes a kernel of a function of one numeric.
func numeric1(f func(n types.Numeric) (types.Numeric, error)) Kernel {
	return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return numericOr(f(a.numeric(0))) })
}

// numeric2 makes a kernel of a function of two numerics.
func numeric2(f func(n, m types.Numeric) (types.Numeric, error)) Kernel {
	return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return numericOr(f(a.numeric(0), a.numeric(1))) })
}

// never adapts a function that does not raise.
func never(f func(n types.Numeric) types.Numeric) func(types.Numeric) (types.Numeric, error) {
	return func(n types.Numeric) (types.Numeric, error) { return f(n), nil }
}
