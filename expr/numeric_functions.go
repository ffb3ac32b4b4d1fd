package expr

import (
	"math"
	"math/big"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// The functions on numeric compute in fixed point with guard digits and round to the scale
// PostgreSQL chooses: enough for 16 significant digits and no less than the input's.

const (
	minSigDigits   = 16
	maxResultScale = 1000
	maxExponent    = 6000 // of e, where PostgreSQL gives up
)

// fixedPoint computes with integers that stand for value × 10^digits.
type fixedPoint struct {
	digits int
	one    *big.Int
}

func newFixedPoint(digits int) fixedPoint {
	return fixedPoint{digits, pow10Big(digits)}
}

func pow10Big(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// of is n in this form.
func (p fixedPoint) of(n types.Numeric) *big.Int {
	c, s, _ := n.BigInt()
	if s <= p.digits {
		return new(big.Int).Mul(c, pow10Big(p.digits-s))
	}
	return new(big.Int).Quo(c, pow10Big(s-p.digits))
}

func (p fixedPoint) mul(a, b *big.Int) *big.Int {
	v := new(big.Int).Mul(a, b)
	return v.Quo(v, p.one)
}

func (p fixedPoint) div(a, b *big.Int) *big.Int {
	v := new(big.Int).Mul(a, p.one)
	return v.Quo(v, b)
}

// round makes a numeric of v at the given scale.
func (p fixedPoint) round(v *big.Int, scale int) (types.Numeric, error) {
	digits := p.digits
	if drop := digits - scale - 2; drop > 0 {
		v, digits = new(big.Int).Quo(v, pow10Big(drop)), scale+2
	}
	n, err := types.NumericFromBig(v, digits)
	if err != nil {
		return n, err
	}
	return n.Round(scale)
}

// steps is how often an argument is halved before a series of as many terms: both cost a
// multiplication each.
func (p fixedPoint) steps() int { return max(8, int(math.Sqrt(float64(p.digits)*math.Log2(10)))) }

// guarded has the digits more that n halvings lose, and a few.
func (p fixedPoint) guarded(n int) (q fixedPoint, guard *big.Int) {
	more := 20 + n/3
	return newFixedPoint(p.digits + more), pow10Big(more)
}

// exp is e^x by halving the argument and Taylor's series.
func (p fixedPoint) exp(x *big.Int) *big.Int {
	steps := p.steps()
	q, guard := p.guarded(steps)
	r := new(big.Int).Mul(x, guard)
	halvings := uint(0)
	for limit := new(big.Int).Rsh(q.one, uint(steps)); r.CmpAbs(limit) > 0; halvings++ {
		r.Quo(r, big.NewInt(2))
	}
	sum, term := new(big.Int).Set(q.one), new(big.Int).Set(q.one)
	for k := int64(1); term.Sign() != 0; k++ {
		term = q.mul(term, r)
		term.Quo(term, big.NewInt(k))
		sum.Add(sum, term)
	}
	for range halvings {
		sum = q.mul(sum, sum)
	}
	return sum.Quo(sum, guard)
}

// ln is the logarithm of x > 0, by square roots towards 1 and the series of atanh.
func (p fixedPoint) ln(x *big.Int) *big.Int {
	steps := p.steps() / 4 // a root costs a few multiplications
	q, guard := p.guarded(steps)
	r := new(big.Int).Mul(x, guard)
	roots := uint(0)
	near := new(big.Int).Rsh(q.one, uint(max(3, steps)))
	lo, hi := new(big.Int).Sub(q.one, near), new(big.Int).Add(q.one, near)
	for ; r.Cmp(lo) < 0 || r.Cmp(hi) > 0; roots++ {
		r.Sqrt(r.Mul(r, q.one))
	}
	z := q.div(new(big.Int).Sub(r, q.one), new(big.Int).Add(r, q.one))
	zz, term, sum := q.mul(z, z), new(big.Int).Set(z), new(big.Int).Set(z)
	for k := int64(3); term.Sign() != 0; k += 2 {
		term = q.mul(term, zz)
		sum.Add(sum, new(big.Int).Quo(term, big.NewInt(k)))
	}
	sum.Lsh(sum, roots+1)
	return sum.Quo(sum, guard)
}

// decimalWeight is the power of ten of n's first digit.
func decimalWeight(n types.Numeric) int {
	c, s, _ := n.BigInt()
	if c.Sign() == 0 {
		return 0
	}
	return len(new(big.Int).Abs(c).String()) - 1 - s
}

func clampScale(s, least int) int { return min(max(s, least, 0), maxResultScale) }

func numericSqrt(n types.Numeric) (types.Numeric, error) {
	switch {
	case n.IsNaN() || (n.IsInf() && n.Sign() > 0):
		return n, nil
	case n.Sign() < 0:
		return n, pgerr.New(pgerr.InvalidArgumentForPower, "cannot take square root of a negative number")
	}
	// PostgreSQL counts in digits of base 10000.
	w := decimalWeight(n)
	weight, _ := floorDiv(int64(w), 4)
	if n.Sign() == 0 {
		weight = 0
	}
	sweight := (int(weight)+1)*4/2 - 1
	scale := clampScale(minSigDigits-sweight, n.Scale())
	p := newFixedPoint(2 * (scale + 2))
	v := p.of(n)
	v.Sqrt(v)
	return newFixedPoint(scale+2).round(v, scale)
}

func numericExp(n types.Numeric) (types.Numeric, error) {
	switch {
	case n.IsNaN():
		return n, nil
	case n.IsInf():
		if n.Sign() > 0 {
			return n, nil
		}
		return types.Numeric{}, nil
	}
	f := n.Float64Lossy()
	if math.Abs(f) >= maxExponent {
		if f > 0 {
			return n, pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
		}
		return types.NumericFromInt64Scaled(0, maxResultScale), nil
	}
	val := max(min(f*math.Log10E, 16383), -maxResultScale)
	scale := clampScale(minSigDigits-int(val), n.Scale())
	p := newFixedPoint(scale + max(int(val), 0) + 8)
	return p.round(p.exp(p.of(n)), scale)
}

// lnWeight estimates the power of ten of |ln n|.
func lnWeight(n types.Numeric) int {
	w := decimalWeight(n)
	f := n.Float64Lossy()
	if f >= 0.9 && f <= 1.1 {
		d, err := n.Sub(types.NumericFromInt64(1))
		if err != nil || d.Sign() == 0 {
			return 0
		}
		return decimalWeight(d)
	}
	c, s, _ := n.BigInt()
	digits := c.String()
	lead, _ := new(big.Float).SetString("0." + digits[:min(len(digits), 16)])
	m, _ := lead.Float64()
	_ = s
	v := math.Abs(math.Log(m) + float64(w+1)*math.Ln10)
	return int(math.Log10(v))
}

func checkLog(n types.Numeric) error {
	switch {
	case n.Sign() == 0 && !n.IsNaN():
		return logOfZero()
	case n.Sign() < 0:
		return logOfNegative()
	}
	return nil
}

func numericLn(n types.Numeric) (types.Numeric, error) {
	if n.IsNaN() {
		return n, nil
	}
	if err := checkLog(n); err != nil {
		return n, err
	}
	if n.IsInf() {
		return n, nil
	}
	scale := clampScale(minSigDigits-lnWeight(n), n.Scale())
	p := newFixedPoint(scale + 8 + max(0, -decimalWeight(n)))
	return p.round(p.ln(p.of(n)), scale)
}

// numericLog is the logarithm of n to a base.
func numericLog(base, n types.Numeric) (types.Numeric, error) {
	if base.IsNaN() || n.IsNaN() {
		return types.NumericNaN, nil
	}
	for _, x := range []types.Numeric{base, n} {
		if err := checkLog(x); err != nil {
			return n, err
		}
	}
	if base.IsInf() || n.IsInf() {
		switch {
		case base.IsInf() && n.IsInf():
			return types.NumericNaN, nil
		case base.IsInf():
			return types.Numeric{}, nil
		}
		return types.NumericInf, nil
	}
	scale := clampScale(minSigDigits-(lnWeight(n)-lnWeight(base)), max(base.Scale(), n.Scale()))
	p := newFixedPoint(scale + 16 + max(0, -decimalWeight(n), -decimalWeight(base)))
	d := p.ln(p.of(base))
	if d.Sign() == 0 {
		return n, divisionByZero()
	}
	return p.round(p.div(p.ln(p.of(n)), d), scale)
}

// numericPower is base ^ e.
func numericPower(base, e types.Numeric) (types.Numeric, error) {
	if base.IsNaN() || e.IsNaN() || base.IsInf() || e.IsInf() {
		return powerSpecial(base, e)
	}
	isInt := e.Trunc(0).Cmp(e) == 0
	switch {
	case base.Sign() == 0 && e.Sign() < 0:
		return base, pgerr.New(pgerr.InvalidArgumentForPower, "zero raised to a negative power is undefined")
	case base.Sign() < 0 && !isInt:
		return base, pgerr.New(pgerr.InvalidArgumentForPower,
			"a negative number raised to a non-integer power yields a complex result")
	case base.Sign() == 0:
		scale := max(minSigDigits, base.Scale(), e.Scale())
		if e.Sign() == 0 {
			return types.NumericFromInt64(1).Round(scale)
		}
		return types.Numeric{}.Round(scale)
	}
	if isInt {
		if k, err := e.Int32(); err == nil {
			return powerInt(base, int64(k))
		}
	}
	neg := base.Sign() < 0
	if m, err := e.Mod(types.NumericFromInt64(2)); err != nil || m.Sign() == 0 {
		neg = false
	}
	b := base.Abs()
	power := e.Float64Lossy() * logOf(b)
	if power > maxExponent*1.0033 { // PostgreSQL's first test has this much tolerance
		return base, pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
	}
	val := power * math.Log10E
	val = math.Max(val, -maxResultScale)
	scale := clampScale(minSigDigits-int(val), max(base.Scale(), e.Scale()))
	p := newFixedPoint(scale + max(int(val), 0) + 16 + max(0, -decimalWeight(b)))
	r, err := p.round(p.exp(p.mul(p.ln(p.of(b)), p.of(e))), scale)
	if neg {
		r = r.Neg()
	}
	return r, err
}

// logOf is ln n as a double, for any size of n > 0.
func logOf(n types.Numeric) float64 {
	w := decimalWeight(n)
	c, _, _ := n.BigInt()
	digits := c.String()
	lead, _ := new(big.Float).SetString("0." + digits[:min(len(digits), 16)])
	m, _ := lead.Float64()
	return math.Log(m) + float64(w+1)*math.Ln10
}

// powerInt multiplies out.
func powerInt(base types.Numeric, k int64) (types.Numeric, error) {
	f := logOf(base.Abs()) * math.Log10E * float64(k)
	if f > 131072 {
		return base, pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
	}
	scale := clampScale(minSigDigits, base.Scale())
	switch k {
	case 0:
		return types.NumericFromInt64(1).Round(scale)
	case 1:
		return base.Round(scale)
	case -1:
		return quotientAt(types.NumericFromInt64(1), base, scale)
	case 2:
		v, err := base.Mul(base)
		if err != nil {
			return v, err
		}
		return v.Round(scale)
	}
	if f+1 < float64(-scale) || f < -float64(maxResultScale)-1 {
		return types.NumericFromInt64Scaled(0, scale), nil
	}
	return powerExact(base, k, scale)
}

// powerExact raises the coefficient exactly where that is feasible.
func powerExact(base types.Numeric, k int64, scale int) (types.Numeric, error) {
	c, s, _ := base.BigInt()
	n := k
	if n < 0 {
		n = -n
	}
	if float64(c.BitLen())*float64(n) < 400000 {
		raised := new(big.Int).Exp(c, big.NewInt(n), nil)
		digits := s * int(n)
		if k < 0 { // 10^digits / raised
			num := pow10Big(digits + scale + 2)
			num.Quo(num, raised)
			return newFixedPoint(scale+2).round(num, scale)
		}
		if drop := digits - scale - 2; drop > 0 {
			raised.Quo(raised, pow10Big(drop))
			digits -= drop
		}
		return newFixedPoint(digits).round(raised, scale)
	}
	return powerRounded(c, s, k, scale, logOf(base.Abs())*math.Log10E*float64(k))
}

// powerRounded is (c/10^s)^k by repeated squaring, of which only the digits that show are
// kept; size is its decimal logarithm.
func powerRounded(c *big.Int, s int, k int64, scale int, size float64) (types.Numeric, error) {
	digits := scale + max(int(size), -scale) + 20
	prec := uint(float64(digits)*math.Log2(10)) + 64 // 64: the error grows with k
	float := func(i *big.Int) *big.Float { return new(big.Float).SetPrec(prec).SetInt(i) }
	b := float(c)
	b.Quo(b, float(pow10Big(s)))
	if k < 0 {
		b.Quo(float(big.NewInt(1)), b)
		k = -k
	}
	r := float(big.NewInt(1))
	for ; k > 0; k >>= 1 {
		if k&1 != 0 {
			r.Mul(r, b)
		}
		if k > 1 {
			b.Mul(b, b)
		}
	}
	v, _ := r.Mul(r, float(pow10Big(scale+4))).Int(nil)
	return newFixedPoint(scale+4).round(v, scale)
}

// quotientAt is a/b rounded to a scale.
func quotientAt(a, b types.Numeric, scale int) (types.Numeric, error) {
	ac, as, _ := a.BigInt()
	bc, bs, _ := b.BigInt()
	up := scale + 2 + bs - as
	num, den := new(big.Int).Set(ac), new(big.Int).Set(bc)
	if up >= 0 {
		num.Mul(num, pow10Big(up))
	} else {
		den.Mul(den, pow10Big(-up))
	}
	return newFixedPoint(scale+2).round(num.Quo(num, den), scale)
}

// powerSpecial follows POSIX pow for NaN and the infinities.
func powerSpecial(base, e types.Numeric) (types.Numeric, error) {
	one := types.NumericFromInt64(1)
	switch {
	case !e.IsNaN() && e.Sign() == 0, !base.IsNaN() && base.Cmp(one) == 0:
		return one, nil
	case base.IsNaN() || e.IsNaN():
		return types.NumericNaN, nil
	case base.Sign() == 0 && e.Sign() < 0:
		return base, pgerr.New(pgerr.InvalidArgumentForPower, "zero raised to a negative power is undefined")
	}
	if base.Sign() < 0 && !e.IsInf() && e.Trunc(0).Cmp(e) != 0 {
		return base, pgerr.New(pgerr.InvalidArgumentForPower,
			"a negative number raised to a non-integer power yields a complex result")
	}
	v := math.Pow(base.Float64Lossy(), e.Float64Lossy())
	switch {
	case math.IsNaN(v):
		return types.NumericNaN, nil
	case math.IsInf(v, 1):
		return types.NumericInf, nil
	case math.IsInf(v, -1):
		return types.NumericNegInf, nil
	}
	return types.NumericFromFloat64(v), nil
}
