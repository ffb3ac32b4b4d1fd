package types

import (
	"math/big"
	"strings"

	"streamdb/types/pgerr"
)

// Numeric is PostgreSQL's numeric in a form to compute with: coefficient × 10^−scale, or
// NaN, or an infinity. Its zero value is 0. Values are immutable.
type Numeric struct {
	form  numForm
	scale int32
	small int128   // the coefficient when big is nil
	big   *big.Int // the coefficient when it is outside the inline range
}

type numForm uint8

const (
	numFinite numForm = iota
	numNaN
	numInf
	numNegInf
)

// The special values.
var (
	NumericNaN    = Numeric{form: numNaN}
	NumericInf    = Numeric{form: numInf}
	NumericNegInf = Numeric{form: numNegInf}
)

var bigTen = big.NewInt(10)

// bigPow10 is 10^n.
func bigPow10(n int) *big.Int {
	if n < 20 {
		return new(big.Int).SetUint64(pow10u[n])
	}
	return new(big.Int).Exp(bigTen, big.NewInt(int64(n)), nil)
}

// newNumeric makes a finite value of a coefficient that it takes over.
func newNumeric(c *big.Int, scale int) Numeric {
	if v, ok := int128FromBig(c); ok {
		return Numeric{small: v, scale: int32(scale)}
	}
	return Numeric{big: c, scale: int32(scale)}
}

func smallNumeric(c int128, scale int) Numeric {
	if c.fits() {
		return Numeric{small: c, scale: int32(scale)}
	}
	return Numeric{big: c.big(), scale: int32(scale)}
}

// coef is the coefficient; read only.
func (n Numeric) coef() *big.Int {
	if n.big != nil {
		return n.big
	}
	return n.small.big()
}

func numericFromSlot(d Dec, long string) Numeric {
	switch d.Hi >> 62 {
	case formInline:
		h, l, s, _ := DecInline(d)
		return Numeric{small: int128{h, l}, scale: int32(s)}
	case formSpecial:
		return Numeric{form: numNaN + numForm(min(d.Lo, 2))}
	}
	return Numeric{big: longBig(long), scale: int32(d.Hi >> 48 & maxScale)}
}

// NumericFromDatum is the value of a numeric datum, which must not be NULL.
func NumericFromDatum(d Datum) Numeric { return numericFromSlot(d.Dec(), d.S) }

// NumericAt is row i of a numeric vector, which must not be NULL.
func NumericAt(v *Vec, i int) Numeric {
	d := v.Decs()[i]
	return numericFromSlot(d, string(v.long(d)))
}

// ToDatum is n as a datum. n must be within PostgreSQL's limits, as all results here are.
func (n Numeric) ToDatum() Datum {
	d, long := n.slot()
	return NewDec(d, string(long))
}

// slot is n as a slot and the digits of a long one (whose Lo is 0).
func (n Numeric) slot() (Dec, []byte) {
	switch {
	case n.form != numFinite:
		return Dec{Lo: uint64(n.form - numNaN), Hi: formSpecial << 62}, nil
	case n.big == nil:
		d, _ := MakeDec(n.small.hi, n.small.lo, int(n.scale))
		return d, nil
	}
	digits := longDigits(n.big)
	return Dec{Hi: formLong<<62 | uint64(n.scale)<<48 | uint64(len(digits))}, digits
}

// AppendNumeric appends n to a numeric vector.
func (v *Vec) AppendNumeric(n Numeric) {
	d, long := n.slot()
	if long != nil {
		d.Lo = uint64(len(v.Data))
		v.Data = append(v.Data, long...)
	}
	i := v.N
	v.Resize(i + 1)
	v.Decs()[i] = d
}

// SetNumeric overwrites row i of a numeric vector with n.
func (v *Vec) SetNumeric(i int, n Numeric) {
	d, long := n.slot()
	if long != nil {
		d.Lo = uint64(len(v.Data))
		v.Data = append(v.Data, long...)
	}
	v.SetValid(i)
	v.Decs()[i] = d
}

// IsNaN reports whether n is NaN.
func (n Numeric) IsNaN() bool { return n.form == numNaN }

// IsInf reports whether n is an infinity.
func (n Numeric) IsInf() bool { return n.form >= numInf }

// Sign is −1, 0 or 1; 0 for NaN.
func (n Numeric) Sign() int {
	switch {
	case n.form == numInf:
		return 1
	case n.form == numNegInf:
		return -1
	case n.form == numNaN:
		return 0
	case n.big != nil:
		return n.big.Sign()
	case n.small.hi < 0:
		return -1
	case n.small.isZero():
		return 0
	}
	return 1
}

// Scale is the display scale: the digits after the point, trailing zeros included.
func (n Numeric) Scale() int { return int(n.scale) }

// MinScale is the fewest digits after the point that show n exactly.
func (n Numeric) MinScale() int { return int(n.TrimScale().scale) }

// TrimScale is n without trailing zeros after the point.
func (n Numeric) TrimScale() Numeric {
	if n.form != numFinite || n.scale == 0 {
		return n
	}
	if n.big == nil {
		d, _ := MakeDec(n.small.hi, n.small.lo, int(n.scale))
		return numericFromSlot(stripDec(d), "")
	}
	c, s, r := n.big, int(n.scale), new(big.Int)
	for step := 4096; step > 0; step /= 8 {
		for p := bigPow10(step); s >= step; s -= step {
			q, _ := new(big.Int).QuoRem(c, p, r)
			if r.Sign() != 0 {
				break
			}
			c = q
		}
	}
	return newNumeric(c, s)
}

// Cmp compares n and b by value; NaN is greatest and equal to itself.
func (n Numeric) Cmp(b Numeric) int {
	if n.form != numFinite || b.form != numFinite {
		return specialRank(n.form) - specialRank(b.form)
	}
	if n.big == nil && b.big == nil {
		if n.scale == b.scale {
			return n.small.cmp(b.small)
		}
		x, y, ok := alignSmall(n, b)
		if ok {
			return x.cmp(y)
		}
	}
	if s, t := n.Sign(), b.Sign(); s != t {
		return s - t
	}
	x, y, _ := alignBig(n, b)
	return x.Cmp(y)
}

func specialRank(f numForm) int {
	return [...]int{numFinite: 1, numNaN: 3, numInf: 2, numNegInf: 0}[f]
}

// alignSmall brings two small values to one scale within 112 bits, if that goes.
func alignSmall(a, b Numeric) (x, y int128, ok bool) {
	x, y = a.small, b.small
	if a.scale < b.scale {
		x, ok = x.scaleUp(int(b.scale - a.scale))
	} else {
		y, ok = y.scaleUp(int(a.scale - b.scale))
	}
	return x, y, ok
}

// alignBig brings two finite values to one scale.
func alignBig(a, b Numeric) (x, y *big.Int, scale int) {
	x, y = a.coef(), b.coef()
	if a.scale < b.scale {
		x = new(big.Int).Mul(x, bigPow10(int(b.scale-a.scale)))
	} else if b.scale < a.scale {
		y = new(big.Int).Mul(y, bigPow10(int(a.scale-b.scale)))
	}
	return x, y, int(max(a.scale, b.scale))
}

// String is the text form.
func (n Numeric) String() string { return string(n.AppendText(nil)) }

// AppendText appends the text form.
func (n Numeric) AppendText(dst []byte) []byte {
	switch n.form {
	case numNaN:
		return append(dst, "NaN"...)
	case numInf:
		return append(dst, "Infinity"...)
	case numNegInf:
		return append(dst, "-Infinity"...)
	}
	if n.Sign() < 0 {
		dst = append(dst, '-')
	}
	at := len(dst)
	if n.big != nil {
		dst = append(dst, strings.TrimPrefix(n.big.String(), "-")...)
	} else {
		dst = n.small.appendDigits(dst)
	}
	s := int(n.scale)
	if s == 0 {
		return dst
	}
	for len(dst)-at <= s {
		dst = append(dst, '0')
		copy(dst[at+1:], dst[at:])
		dst[at] = '0'
	}
	dst = append(dst, '.')
	copy(dst[len(dst)-s:], dst[len(dst)-s-1:])
	dst[len(dst)-s-1] = '.'
	return dst
}

var errNumericOverflow = "value overflows numeric format"

func numericOverflow() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "%s", errNumericOverflow)
}

// checked refuses a result beyond 131072 digits before the point.
func (n Numeric) checked() (Numeric, error) {
	if n.big != nil && n.big.BitLen() > 435000 && n.intDigits() > 131072 {
		return Numeric{}, numericOverflow()
	}
	return n, nil
}

// digits is the number of decimal digits of the coefficient, 0 for 0.
func (n Numeric) digits() int {
	if n.big == nil {
		return n.small.digits()
	}
	e := int(float64(n.big.BitLen()-1) * 0.30102999566398119)
	if n.big.CmpAbs(bigPow10(e)) < 0 {
		return e
	}
	if n.big.CmpAbs(bigPow10(e+1)) >= 0 {
		return e + 2
	}
	return e + 1
}

// intDigits is the number of digits before the point, ≤ 0 for values below 0.1.
func (n Numeric) intDigits() int { return n.digits() - int(n.scale) }
