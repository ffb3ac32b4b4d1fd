package types

import (
	"math/big"
	"math/bits"

	"streamdb/types/pgerr"
)

func divisionByZero() error { return pgerr.New(pgerr.DivisionByZero, "division by zero") }

// Add is n+m.
func (n Numeric) Add(m Numeric) (Numeric, error) {
	if n.form != numFinite || m.form != numFinite {
		return addSpecial(n, m), nil
	}
	if n.big == nil && m.big == nil {
		if x, y, ok := alignSmall(n, m); ok {
			return smallNumeric(x.add(y), int(max(n.scale, m.scale))), nil
		}
	}
	x, y, s := alignBig(n, m)
	return newNumeric(new(big.Int).Add(x, y), s).checked()
}

func addSpecial(n, m Numeric) Numeric {
	switch {
	case n.form == numFinite:
		return m
	case m.form == numFinite || n.form == m.form:
		return n
	}
	return NumericNaN
}

// Sub is n−m.
func (n Numeric) Sub(m Numeric) (Numeric, error) { return n.Add(m.Neg()) }

// Neg is −n.
func (n Numeric) Neg() Numeric {
	switch {
	case n.form == numNaN:
		return n
	case n.form == numInf:
		return NumericNegInf
	case n.form == numNegInf:
		return NumericInf
	case n.big != nil:
		return newNumeric(new(big.Int).Neg(n.big), int(n.scale))
	}
	return smallNumeric(n.small.neg(), int(n.scale))
}

// Abs is |n|.
func (n Numeric) Abs() Numeric {
	if n.Sign() < 0 {
		return n.Neg()
	}
	return n
}

// Mul is n·m.
func (n Numeric) Mul(m Numeric) (Numeric, error) {
	if n.form != numFinite || m.form != numFinite {
		return mulSpecial(n, m), nil
	}
	s := int(n.scale + m.scale)
	if n.big == nil && m.big == nil && s <= maxScale {
		if p, ok := n.small.mul(m.small); ok {
			return Numeric{small: p, scale: int32(s)}, nil
		}
	}
	c := new(big.Int).Mul(n.coef(), m.coef())
	if s > maxScale {
		c, s = roundBig(c, s-maxScale), maxScale
	}
	return newNumeric(c, s).checked()
}

func mulSpecial(n, m Numeric) Numeric {
	if n.form == numNaN || m.form == numNaN {
		return NumericNaN
	}
	switch n.Sign() * m.Sign() {
	case 1:
		return NumericInf
	case -1:
		return NumericNegInf
	}
	return NumericNaN
}

// roundBig is c / 10^n rounded half away from zero.
func roundBig(c *big.Int, n int) *big.Int {
	return divRound(c, bigPow10(n))
}

// divRound is a/b rounded half away from zero.
func divRound(a, b *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Lsh(r, 1).CmpAbs(b) >= 0 {
		if a.Sign()*b.Sign() < 0 {
			return q.Sub(q, bigOne)
		}
		return q.Add(q, bigOne)
	}
	return q
}

var bigOne = big.NewInt(1)

// topDigit is PostgreSQL's weight (position of the first base-10000 digit) and that digit.
func (n Numeric) topDigit() (weight, digit int) {
	d := n.digits()
	if d == 0 {
		return 0, 0
	}
	e := d - 1 - int(n.scale) // value = x.yyy × 10^e
	weight = e >> 2
	keep := e - 4*weight + 1 // decimal digits of the first base-10000 digit
	if n.big == nil {
		hi, lo := n.small.abs()
		return weight, leadingDigits(hi, lo, d, keep)
	}
	q := new(big.Int).Quo(new(big.Int).Abs(n.big), bigPow10(d-keep))
	return weight, int(q.Int64())
}

// leadingDigits is the first keep of the d decimal digits of a magnitude, padded with
// zeros on the right.
func leadingDigits(hi, lo uint64, d, keep int) int {
	for ; d > keep; d -= min(d-keep, 18) {
		hi, lo, _ = divU(hi, lo, pow10u[min(d-keep, 18)])
	}
	return int(lo * pow10u[keep-d])
}

// divScale is the scale PostgreSQL gives the quotient n/m.
func divScale(n, m Numeric) int {
	w1, f1 := n.topDigit()
	w2, f2 := m.topDigit()
	q := w1 - w2
	if f1 <= f2 {
		q--
	}
	return min(max(16-q*4, int(n.scale), int(m.scale), 0), 1000)
}

// Div is n/m at the scale PostgreSQL chooses.
func (n Numeric) Div(m Numeric) (Numeric, error) {
	if n.form != numFinite || m.form != numFinite {
		return divSpecial(n, m)
	}
	if m.Sign() == 0 {
		return Numeric{}, divisionByZero()
	}
	return n.divAt(m, divScale(n, m)).checked()
}

func divSpecial(n, m Numeric) (Numeric, error) {
	switch {
	case n.form == numNaN || m.form == numNaN:
		return NumericNaN, nil
	case n.form == numFinite:
		return Numeric{}, nil
	case m.form != numFinite:
		return NumericNaN, nil
	case m.Sign() == 0:
		return Numeric{}, divisionByZero()
	case n.Sign() == m.Sign():
		return NumericInf, nil
	}
	return NumericNegInf, nil
}

// divAt is n/m rounded half away from zero to scale s; m is not 0.
func (n Numeric) divAt(m Numeric, s int) Numeric {
	up := s + int(m.scale) - int(n.scale) // n's coefficient × 10^up / m's
	if n.big == nil && m.big == nil && up >= 0 {
		if q, ok := divSmall(n.small, m.small, up); ok {
			return smallNumeric(q, s)
		}
	}
	a, b := n.coef(), m.coef()
	if up >= 0 {
		a = new(big.Int).Mul(a, bigPow10(up))
	} else {
		b = new(big.Int).Mul(b, bigPow10(-up))
	}
	return newNumeric(divRound(a, b), s)
}

// divSmall is a × 10^up / b rounded half away from zero, where 128 bits suffice.
func divSmall(a, b int128, up int) (int128, bool) {
	x, ok := a.scaleUp(up)
	bh, bl := b.abs()
	if !ok || bh != 0 || bl>>63 != 0 {
		return x, false
	}
	hi, lo := x.abs()
	qh, ql, rem := divU(hi, lo, bl)
	if rem<<1 >= bl {
		var c uint64
		ql, c = bits.Add64(ql, 1, 0)
		qh += c
	}
	return signed((x.hi < 0) != (b.hi < 0), qh, ql), true
}

// DivTrunc is div(n, m): the quotient truncated to an integer.
func (n Numeric) DivTrunc(m Numeric) (Numeric, error) {
	if n.form != numFinite || m.form != numFinite {
		return divSpecial(n, m)
	}
	if m.Sign() == 0 {
		return Numeric{}, divisionByZero()
	}
	x, y, _ := alignBig(n, m)
	return newNumeric(new(big.Int).Quo(x, y), 0).checked()
}

// Mod is n % m, with n's sign.
func (n Numeric) Mod(m Numeric) (Numeric, error) {
	switch {
	case n.form == numNaN || m.form == numNaN:
		return NumericNaN, nil
	case n.form != numFinite:
		if m.form == numFinite && m.Sign() == 0 {
			return Numeric{}, divisionByZero()
		}
		return NumericNaN, nil
	case m.form != numFinite:
		return n, nil
	case m.Sign() == 0:
		return Numeric{}, divisionByZero()
	}
	if n.small.isInt64() && m.small.isInt64() && n.big == nil && m.big == nil && n.scale == m.scale {
		return Numeric{small: int128From(modInt64(int64(n.small.lo), int64(m.small.lo))), scale: n.scale}, nil
	}
	x, y, s := alignBig(n, m)
	return newNumeric(new(big.Int).Rem(x, y), s), nil
}

// modInt64 is a % b, which Go leaves undefined for no pair but C traps on one.
func modInt64(a, b int64) int64 {
	if b == -1 {
		return 0
	}
	return a % b
}

// GCD is gcd(n, m): non-negative, at the larger scale.
func (n Numeric) GCD(m Numeric) Numeric {
	if n.form != numFinite || m.form != numFinite {
		return NumericNaN
	}
	x, y, s := alignBig(n, m)
	return newNumeric(new(big.Int).GCD(nil, nil, new(big.Int).Abs(x), new(big.Int).Abs(y)), s)
}

// LCM is lcm(n, m): non-negative, at the larger scale.
func (n Numeric) LCM(m Numeric) (Numeric, error) {
	if n.form != numFinite || m.form != numFinite {
		return NumericNaN, nil
	}
	x, y, s := alignBig(n, m)
	if x.Sign() == 0 || y.Sign() == 0 {
		return Numeric{scale: int32(s)}, nil
	}
	x, y = new(big.Int).Abs(x), new(big.Int).Abs(y)
	g := new(big.Int).GCD(nil, nil, x, y)
	return newNumeric(x.Mul(x.Quo(x, g), y), s).checked()
}
