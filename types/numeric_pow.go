package types

import (
	"math"
	"math/big"

	"github.com/cockroachdb/apd/v3"

	"streamdb/types/pgerr"
)

// guardDigits is how many digits more than the result needs transcendental functions are
// computed with before the one rounding.
const guardDigits = 12

// apd is n as an apd decimal.
func (n Numeric) apd() *apd.Decimal {
	d := new(apd.Decimal)
	d.Coeff.SetMathBigInt(n.Abs().coef())
	d.Negative = n.Sign() < 0
	d.Exponent = -n.scale
	return d
}

// fromAPD rounds d half away from zero to scale s.
func fromAPD(d *apd.Decimal, s int) (Numeric, error) {
	if d.Form != apd.Finite {
		return Numeric{}, numericOverflow()
	}
	c := new(big.Int).Set(d.Coeff.MathBigInt())
	if d.Negative {
		c.Neg(c)
	}
	switch shift := s + int(d.Exponent); {
	case shift > 150000:
		return Numeric{}, numericOverflow()
	case shift >= 0:
		c.Mul(c, bigPow10(shift))
	case -shift > 200000:
		c.SetInt64(0)
	default:
		c = roundBig(c, -shift)
	}
	return newNumeric(c, s).checked()
}

func apdContext(digits int) *apd.Context {
	return &apd.Context{
		Precision: uint32(max(digits, 1) + guardDigits), Rounding: apd.RoundDown,
		MaxExponent: 200000, MinExponent: -200000,
	}
}

// clampScale is s within what PostgreSQL allows a computed scale to be, and not below the
// given display scales.
func clampScale(s int, least ...int32) int {
	for _, l := range least {
		s = max(s, int(l))
	}
	return min(max(s, 0), 1000)
}

// Sqrt is the square root.
func (n Numeric) Sqrt() (Numeric, error) {
	if n.Sign() < 0 {
		return n, pgerr.New(pgerr.InvalidArgumentForPower, "cannot take square root of a negative number")
	}
	if n.form != numFinite {
		return n, nil
	}
	w, _ := n.topDigit()
	half := (w+1)*2 - 1
	if w < 0 {
		half = 1 - (1-w*4)/2
	}
	s := clampScale(16-half, n.scale)
	if n.Sign() == 0 {
		return Numeric{scale: int32(s)}, nil
	}
	// floor(sqrt(c × 10^(2(s+1)−scale))) has one digit more than wanted
	up := 2*(s+1) - int(n.scale)
	r := new(big.Int).Sqrt(new(big.Int).Mul(n.coef(), bigPow10(up)))
	return newNumeric(roundBig(r, 1), s).checked()
}

// Exp is e^n.
func (n Numeric) Exp() (Numeric, error) {
	switch n.form {
	case numNaN, numInf:
		return n, nil
	case numNegInf:
		return Numeric{}, nil
	}
	val := n.Float64Lossy()
	weight := max(min(val*0.434294481903252, 2000), -2000)
	s := clampScale(16-int(weight), n.scale)
	if math.Abs(val) >= 6000 {
		if val > 0 {
			return Numeric{}, numericOverflow()
		}
		return Numeric{scale: int32(s)}, nil
	}
	return expAt(n.coef(), int(n.scale), s, int(max(val*0.4343, 0))+1)
}

// lnWeight estimates the decimal exponent of ln(n), n > 0, as PostgreSQL does.
func (n Numeric) lnWeight() int {
	if n.Sign() <= 0 {
		return 0
	}
	if n.Cmp(NumericFromInt64Scaled(9, 1)) >= 0 && n.Cmp(NumericFromInt64Scaled(11, 1)) <= 0 {
		x, _ := n.Sub(NumericFromInt64(1))
		if x.Sign() == 0 {
			return 0
		}
		w, d := x.topDigit()
		return w*4 + int(math.Log10(float64(d)))
	}
	digits, exp := n.leading8()
	ln := math.Log(digits) + float64(exp)*2.302585092994046
	return int(math.Log10(math.Abs(ln)))
}

// leading8 is the first two base-10000 digits and the power of ten that goes with them.
func (n Numeric) leading8() (digits float64, exp int) {
	w, d := n.topDigit()
	rest, _ := n.Abs().Sub(newNumeric(new(big.Int).Mul(big.NewInt(int64(d)), bigPow10(max(w*4, 0))), 0))
	if w < 0 {
		rest, _ = n.Abs().Sub(NumericFromInt64Scaled(int64(d), -w*4))
	}
	if rest.Sign() == 0 {
		return float64(d), w * 4
	}
	d2 := 0
	if w2, x := rest.topDigit(); w2 == w-1 {
		d2 = x
	}
	return float64(d)*10000 + float64(d2), (w - 1) * 4
}

func checkLog(n Numeric) error {
	switch {
	case n.form == numNaN:
		return nil
	case n.Sign() < 0:
		return pgerr.New(pgerr.InvalidArgumentForLog, "cannot take logarithm of a negative number")
	case n.Sign() == 0:
		return pgerr.New(pgerr.InvalidArgumentForLog, "cannot take logarithm of zero")
	}
	return nil
}

// Ln is the natural logarithm.
func (n Numeric) Ln() (Numeric, error) {
	if err := checkLog(n); err != nil || n.form != numFinite {
		return n, err
	}
	s := clampScale(16-n.lnWeight(), n.scale)
	return n.lnAt(s)
}

// lnAt is ln(n) to scale s.
func (n Numeric) lnAt(s int) (Numeric, error) {
	r := new(apd.Decimal)
	if _, err := apdContext(s+8).Ln(r, n.apd()); err != nil {
		return Numeric{}, numericOverflow()
	}
	return fromAPD(r, s)
}

// Log is the logarithm of m to base n.
func (n Numeric) Log(m Numeric) (Numeric, error) {
	if n.form == numNaN || m.form == numNaN {
		return NumericNaN, nil
	}
	if err := checkLog(n); err != nil {
		return n, err
	}
	if err := checkLog(m); err != nil {
		return n, err
	}
	if n.form == numInf || m.form == numInf {
		switch {
		case n.form == m.form:
			return NumericNaN, nil
		case n.form == numInf:
			return Numeric{}, nil
		}
		return NumericInf, nil
	}
	bw, mw := n.lnWeight(), m.lnWeight()
	s := clampScale(16-(mw-bw), n.scale, m.scale)
	lnB, err := n.lnAt(max(s+mw-2*bw+8, 0) + guardDigits)
	if err != nil {
		return n, err
	}
	lnM, err := m.lnAt(max(s+8, 0) + guardDigits)
	if err != nil {
		return n, err
	}
	if lnB.Sign() == 0 {
		return n, divisionByZero()
	}
	return lnM.divAt(lnB, s).checked()
}

// Log10 is the logarithm to base 10.
func (n Numeric) Log10() (Numeric, error) { return NumericFromInt64(10).Log(n) }

// Power is n^e.
func (n Numeric) Power(e Numeric) (Numeric, error) {
	if n.form != numFinite || e.form != numFinite {
		return powerSpecial(n, e)
	}
	isInt := e.TrimScale().scale == 0
	switch {
	case n.Sign() == 0 && e.Sign() < 0:
		return n, pgerr.New(pgerr.InvalidArgumentForPower, "zero raised to a negative power is undefined")
	case n.Sign() < 0 && !isInt:
		return n, pgerr.New(pgerr.InvalidArgumentForPower,
			"a negative number raised to a non-integer power yields a complex result")
	}
	if isInt {
		if k, err := e.Int32(); err == nil {
			return n.powInt(int(k), clampScale(16, n.scale))
		}
	}
	if n.Sign() == 0 {
		return Numeric{scale: 16}, nil
	}
	neg := n.Sign() < 0
	odd := neg && e.isOdd()
	r, err := n.Abs().powReal(e)
	if odd {
		r = r.Neg()
	}
	return r, err
}

// isOdd reports whether an integral value is odd.
func (n Numeric) isOdd() bool { return n.TrimScale().coef().Bit(0) == 1 }

// powReal is n^e by exp(e·ln n), n > 0.
func (n Numeric) powReal(e Numeric) (Numeric, error) {
	lnW := n.lnWeight()
	rough, err := n.lnAt(clampScale(8 - lnW))
	if err != nil {
		return n, err
	}
	prod, err := rough.Mul(e)
	if err != nil {
		return n, err
	}
	val := prod.Float64Lossy()
	if math.Abs(val) > 6020 {
		if val > 0 {
			return Numeric{}, numericOverflow()
		}
		return Numeric{scale: 1000}, nil
	}
	val *= 0.434294481903252
	s := clampScale(16-int(val), n.scale, e.scale)
	digits := max(s+int(val), 1) + e.digits() + 8
	ln, x := new(apd.Decimal), new(apd.Decimal)
	ctx := apdContext(digits)
	if _, err := ctx.Ln(ln, n.apd()); err != nil {
		return Numeric{}, numericOverflow()
	}
	if _, err := ctx.Mul(x, ln, e.apd()); err != nil {
		return Numeric{}, numericOverflow()
	}
	exp, err := fromAPD(x, digits)
	if err != nil {
		return n, err
	}
	return expAt(exp.coef(), digits, s, max(int(val), 0)+1)
}

// powInt is n^k to scale s.
func (n Numeric) powInt(k, s int) (Numeric, error) {
	switch k {
	case 0:
		return NumericFromInt64(1).toScale(s), nil
	case 1:
		return n.toScale(s), nil
	case -1:
		return NumericFromInt64(1).divAt(n, s).checked()
	case 2:
		p, err := n.Mul(n)
		return p.toScale(s), err
	}
	if n.Sign() == 0 {
		return Numeric{scale: int32(s)}, nil
	}
	f, p := n.leading8()
	weight := float64(k) * (math.Log10(f) + float64(p))
	if weight > (32767+1)*4 {
		return Numeric{}, numericOverflow()
	}
	if weight+1 < float64(-s) || weight+1 < -2000 {
		return Numeric{scale: int32(s)}, nil
	}
	digits := max(s+int(weight), 1) + 24
	ctx := apdContext(digits)
	r, b := apd.New(1, 0), n.apd()
	for m := max(k, -k); m > 0; m >>= 1 {
		if m&1 == 1 {
			if _, err := ctx.Mul(r, r, b); err != nil {
				return Numeric{}, numericOverflow()
			}
		}
		if m > 1 {
			if _, err := ctx.Mul(b, b, b); err != nil {
				return Numeric{}, numericOverflow()
			}
		}
	}
	if k < 0 {
		if _, err := ctx.Quo(r, apd.New(1, 0), r); err != nil {
			return Numeric{}, numericOverflow()
		}
	}
	return fromAPD(r, s)
}

// powerSpecial is n^e where one of them is NaN or infinite.
func powerSpecial(n, e Numeric) (Numeric, error) {
	one := NumericFromInt64(1)
	switch {
	case n.form == numFinite && n.Cmp(one) == 0, e.form == numFinite && e.Sign() == 0:
		return one, nil
	case n.form == numNaN || e.form == numNaN:
		return NumericNaN, nil
	case n.form == numFinite && n.Sign() == 0:
		if e.form == numNegInf {
			return n, pgerr.New(pgerr.InvalidArgumentForPower, "zero raised to a negative power is undefined")
		}
		return Numeric{}, nil
	case e.form != numFinite:
		if c := n.Abs().Cmp(one); c == 0 {
			return one, nil
		} else if (c > 0) == (e.form == numInf) {
			return NumericInf, nil
		}
		return Numeric{}, nil
	case n.form == numNegInf && e.TrimScale().scale != 0:
		return n, pgerr.New(pgerr.InvalidArgumentForPower,
			"a negative number raised to a non-integer power yields a complex result")
	case e.Sign() < 0:
		return Numeric{}, nil
	case n.form == numInf:
		return n, nil
	}
	if e.isOdd() {
		return NumericNegInf, nil
	}
	return NumericInf, nil
}

// Factorial is n!.
func Factorial(n int64) (Numeric, error) {
	switch {
	case n < 0:
		return Numeric{}, pgerr.New(pgerr.NumericValueOutOfRange, "factorial of a negative number is undefined")
	case n > 32177:
		return Numeric{}, numericOverflow()
	}
	return newNumeric(new(big.Int).MulRange(1, max(n, 1)), 0).checked()
}

// WidthBucket is the bucket of n among count equal ones between low and high: 0 below, and
// count+1 above.
func (n Numeric) WidthBucket(low, high Numeric, count int32) (int32, error) {
	bad := func(msg string) (int32, error) {
		return 0, pgerr.New(pgerr.InvalidArgumentForWidthBucket, "%s", msg)
	}
	switch {
	case count <= 0:
		return bad("count must be greater than zero")
	case n.form == numNaN || low.form == numNaN || high.form == numNaN:
		return bad("operand, lower bound, and upper bound cannot be NaN")
	case low.form != numFinite || high.form != numFinite:
		return bad("lower and upper bounds must be finite")
	}
	c := low.Cmp(high)
	if c == 0 {
		return bad("lower bound cannot equal upper bound")
	}
	if c > 0 {
		n, low, high = n.Neg(), low.Neg(), high.Neg()
	}
	if n.Cmp(low) < 0 {
		return 0, nil
	}
	if n.Cmp(high) >= 0 {
		if count == math.MaxInt32 {
			return 0, pgerr.New(pgerr.NumericValueOutOfRange, "integer out of range")
		}
		return count + 1, nil
	}
	x, l, _ := alignBig(n, low)
	s := max(n.scale, low.scale)
	up := Numeric{big: new(big.Int).Mul(new(big.Int).Sub(x, l), big.NewInt(int64(count))), scale: s}
	h, l2, _ := alignBig(high, low)
	width := Numeric{big: new(big.Int).Sub(h, l2), scale: max(high.scale, low.scale)}
	a, b, _ := alignBig(up, width)
	return int32(new(big.Int).Quo(a, b).Int64()) + 1, nil
}
