package expr

import (
	"math"
	"math/big"
	"sort"

	"streamdb/expr/elementary"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// float1 makes a kernel of a function of one double that may raise.
func float1(f func(x float64) (float64, error)) Kernel {
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a, dst := args[0].Float64s(), out.V.Float64s()
		for i := range eachRow(sel, n) {
			v, err := f(a[i])
			dst[i] = v
			if err != nil {
				out.Null(i)
				c.Fail(i, err)
			}
		}
	}
}

// float2 makes a kernel of a function of two doubles that may raise.
func float2(f func(x, y float64) (float64, error)) Kernel {
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a, b, dst := args[0].Float64s(), args[1].Float64s(), out.V.Float64s()
		for i := range eachRow(sel, n) {
			v, err := f(a[i], b[i])
			dst[i] = v
			if err != nil {
				out.Null(i)
				c.Fail(i, err)
			}
		}
	}
}

// pure adapts a function that overflows where it gives an infinity for finite input.
func pure(f func(x float64) float64) func(float64) (float64, error) {
	return func(x float64) (float64, error) {
		v := f(x)
		if math.IsInf(v, 0) && !math.IsInf(x, 0) {
			return 0, floatOverflow()
		}
		return v, nil
	}
}

func inputRange() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "input is out of range")
}

// within adapts a function defined for lo ≤ x ≤ hi.
func within(lo, hi float64, f func(x float64) float64) func(float64) (float64, error) {
	return func(x float64) (float64, error) {
		if x < lo || x > hi {
			return 0, inputRange()
		}
		return f(x), nil
	}
}

// finite adapts a function not defined at the infinities.
func finite(f func(x float64) float64) func(float64) (float64, error) {
	return func(x float64) (float64, error) {
		if math.IsInf(x, 0) {
			return 0, inputRange()
		}
		return f(x), nil
	}
}

func squareRoot(x float64) (float64, error) {
	if x < 0 {
		return 0, pgerr.New(pgerr.InvalidArgumentForPower, "cannot take square root of a negative number")
	}
	return math.Sqrt(x), nil
}

func cubeRoot(x float64) (float64, error) { return math.Cbrt(x), nil }

func power(x, y float64) (float64, error) {
	switch {
	case x != x:
		if y == 0 {
			return 1, nil
		}
		return x, nil
	case y != y:
		if x == 1 {
			return 1, nil
		}
		return y, nil
	case x == 0 && y < 0:
		return 0, pgerr.New(pgerr.InvalidArgumentForPower, "zero raised to a negative power is undefined")
	case x < 0 && math.Floor(y) != y:
		return 0, pgerr.New(pgerr.InvalidArgumentForPower,
			"a negative number raised to a non-integer power yields a complex result")
	}
	v := elementary.Pow(x, y)
	switch {
	case math.IsInf(x, 0) || math.IsInf(y, 0):
		return v, nil
	case math.IsInf(v, 0):
		return 0, floatOverflow()
	case v == 0 && x != 0:
		return 0, floatUnderflow()
	}
	return v, nil
}

func exponential(x float64) (float64, error) {
	v := elementary.Exp(x)
	switch {
	case math.IsInf(x, 0) || x != x:
		return v, nil
	case math.IsInf(v, 0):
		return 0, floatOverflow()
	case v == 0:
		return 0, floatUnderflow()
	}
	return v, nil
}

// logarithm adapts a logarithm.
func logarithm(f func(x float64) float64) func(float64) (float64, error) {
	return func(x float64) (float64, error) {
		switch {
		case x == 0:
			return 0, logOfZero()
		case x < 0:
			return 0, logOfNegative()
		}
		return f(x), nil
	}
}

func logOfZero() error {
	return pgerr.New(pgerr.InvalidArgumentForLog, "cannot take logarithm of zero")
}

func logOfNegative() error {
	return pgerr.New(pgerr.InvalidArgumentForLog, "cannot take logarithm of a negative number")
}

// gcdInts and lcmInts are those of T, which raise where the result does not fit.
func gcdInts[T integer](c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
	a, b, dst := types.Fixed[T](args[0]), types.Fixed[T](args[1]), types.Fixed[T](out.V)
	for i := range eachRow(sel, n) {
		v := gcd(int64(a[i]), int64(b[i]))
		dst[i] = T(v)
		if dst[i] < 0 || uint64(dst[i]) != v {
			failInt[T](c, out, i)
		}
	}
}

// gcd may be 2^63.
func gcd(x, y int64) uint64 {
	a, b := absU(x), absU(y)
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func absU(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

func lcmInts[T integer](c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
	a, b, dst := types.Fixed[T](args[0]), types.Fixed[T](args[1]), types.Fixed[T](out.V)
	for i := range eachRow(sel, n) {
		if a[i] == 0 || b[i] == 0 {
			dst[i] = 0
			continue
		}
		g := new(big.Int).SetUint64(gcd(int64(a[i]), int64(b[i])))
		v := new(big.Int).Mul(big.NewInt(int64(a[i])), big.NewInt(int64(b[i])))
		v.Quo(v.Abs(v), g)
		dst[i] = T(v.Int64())
		if !v.IsInt64() || int64(dst[i]) != v.Int64() {
			failInt[T](c, out, i)
		}
	}
}

func factorial(n int64) (types.Numeric, error) {
	switch {
	case n < 0:
		return types.Numeric{}, pgerr.New(pgerr.NumericValueOutOfRange, "factorial of a negative number is undefined")
	case n > 32177:
		return types.Numeric{}, pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
	}
	return types.NumericFromBig(new(big.Int).MulRange(1, max(n, 1)), 0)
}

// widthBucket is width_bucket over doubles.
func widthBucket(x, lo, hi float64, count int64) (int64, error) {
	bad := func(m string) (int64, error) { return 0, pgerr.New("2201G", "%s", m) }
	switch {
	case count <= 0:
		return bad("count must be greater than zero")
	case x != x || lo != lo || hi != hi:
		return bad("operand, lower bound, and upper bound cannot be NaN")
	case math.IsInf(lo, 0) || math.IsInf(hi, 0):
		return bad("lower and upper bounds must be finite")
	case lo == hi:
		return bad("lower bound cannot equal upper bound")
	}
	below, above := x < lo, x >= hi
	if lo > hi {
		below, above = x > lo, x <= hi
	}
	var b int64
	switch {
	case below:
		b = 0
	case above:
		b = count + 1
	default:
		b = min(int64(float64(count)*((x-lo)/(hi-lo))), count-1) + 1
	}
	if b > math.MaxInt32 {
		return 0, outOfRange("integer")
	}
	return b, nil
}

// arrayWidthBucket is how many of the thresholds, which must ascend, are not above the value.
func arrayWidthBucket(_ *Ctx, a *rowArgs) (types.Datum, error) {
	thresholds, _, err := elemsAt(a, 1)
	if err != nil {
		return types.Datum{}, pgerr.New(pgerr.ArraySubscriptError, "thresholds must be one-dimensional array")
	}
	for _, t := range thresholds {
		if t.IsNull() {
			return types.Datum{}, pgerr.New(pgerr.NullValueNotAllowed, "thresholds array must not contain NULLs")
		}
	}
	x := a.datum(0)
	n := sort.Search(len(thresholds), func(i int) bool { return types.Compare(a.typ(0), x, thresholds[i]) < 0 })
	return int4(n), nil
}

func numericWidthBucket(x, lo, hi types.Numeric, count int64) (int64, error) {
	bad := func(m string) (int64, error) { return 0, pgerr.New("2201G", "%s", m) }
	c := lo.Cmp(hi)
	switch {
	case count <= 0:
		return bad("count must be greater than zero")
	case x.IsNaN() || lo.IsNaN() || hi.IsNaN():
		return bad("operand, lower bound, and upper bound cannot be NaN")
	case lo.IsInf() || hi.IsInf():
		return bad("lower and upper bounds must be finite")
	case c == 0:
		return bad("lower bound cannot equal upper bound")
	case x.Cmp(lo)*c > 0:
		return 0, nil
	case x.Cmp(hi)*c <= 0:
		return count + 1, nil
	}
	num, err := x.Sub(lo)
	if err != nil {
		return 0, err
	}
	den, err := hi.Sub(lo)
	if err != nil {
		return 0, err
	}
	if num, err = num.Mul(types.NumericFromInt64(count)); err != nil {
		return 0, err
	}
	q, err := num.DivTrunc(den)
	if err != nil {
		return 0, err
	}
	b, err := q.Int64()
	if err == nil && b >= math.MaxInt32 {
		return 0, outOfRange("integer")
	}
	return b + 1, err
}
