package types

import (
	"cmp"
	"math/bits"
)

const (
	formInline  = 0
	formSpecial = 1
	formLong    = 2

	maxScale = 16383 // the most digits after the point
)

// The special numerics.
var (
	DecNaN    = Dec{Lo: 0, Hi: formSpecial << 62}
	DecInf    = Dec{Lo: 1, Hi: formSpecial << 62}
	DecNegInf = Dec{Lo: 2, Hi: formSpecial << 62}
)

// DecInline takes an inline slot apart: the coefficient (hi, lo in two's complement) and
// the display scale. ok is false for special and long slots.
func DecInline(d Dec) (hi int64, lo uint64, scale int, ok bool) {
	return int64(d.Hi<<16) >> 16, d.Lo, int(d.Hi >> 48), d.Hi>>62 == formInline
}

// MakeDec builds an inline slot; ok is false when the coefficient needs more than 112
// bits or scale is outside 0 … 16383.
func MakeDec(hi int64, lo uint64, scale int) (d Dec, ok bool) {
	if uint(scale) > maxScale || hi<<16>>16 != hi {
		return Dec{}, false
	}
	return Dec{Lo: lo, Hi: uint64(hi)&(1<<48-1) | uint64(scale)<<48}, true
}

// DecFromInt64 is the inline slot of an integer.
func DecFromInt64(v int64) Dec { return Dec{Lo: uint64(v), Hi: uint64(v>>63) & (1<<48 - 1)} }

// alignDec brings two inline slots to their larger scale.
func alignDec(a, b Dec) (x, y int128, scale int, ok bool) {
	xh, xl, xs, ok1 := DecInline(a)
	yh, yl, ys, ok2 := DecInline(b)
	x, y = int128{xh, xl}, int128{yh, yl}
	if !ok1 || !ok2 {
		return x, y, 0, false
	}
	if xs == ys {
		return x, y, xs, true
	}
	if xs < ys {
		x, ok = x.scaleUp(ys - xs)
		return x, y, ys, ok
	}
	y, ok = y.scaleUp(xs - ys)
	return x, y, xs, ok
}

// AddDec is a+b on inline slots; ok is false when [Numeric] must do it.
func AddDec(a, b Dec) (Dec, bool) {
	x, y, s, ok := alignDec(a, b)
	if !ok {
		return Dec{}, false
	}
	z := x.add(y)
	return MakeDec(z.hi, z.lo, s)
}

// SubDec is a−b on inline slots; ok is false when [Numeric] must do it.
func SubDec(a, b Dec) (Dec, bool) {
	x, y, s, ok := alignDec(a, b)
	if !ok {
		return Dec{}, false
	}
	z := x.add(y.neg())
	return MakeDec(z.hi, z.lo, s)
}

// MulDec is a·b on inline slots; ok is false when [Numeric] must do it.
func MulDec(a, b Dec) (Dec, bool) {
	xh, xl, xs, ok1 := DecInline(a)
	yh, yl, ys, ok2 := DecInline(b)
	if !ok1 || !ok2 {
		return Dec{}, false
	}
	z, ok := int128{xh, xl}.mul(int128{yh, yl})
	if !ok {
		return Dec{}, false
	}
	return MakeDec(z.hi, z.lo, xs+ys)
}

// DivInts is the quotient of two integers, b not 0, at the scale PostgreSQL chooses; ok is
// false when [Numeric] must do it.
func DivInts(a, b int64) (Dec, bool) {
	w1, f1 := topDigitOf(a)
	w2, f2 := topDigitOf(b)
	q := w1 - w2
	if f1 <= f2 {
		q--
	}
	scale := max(16-q*4, 0)
	x, ok := divSmall(int128From(a), int128From(b), scale)
	if !ok {
		return Dec{}, false
	}
	return MakeDec(x.hi, x.lo, scale)
}

// topDigitOf is the weight and value of an integer's first digit to the base 10,000.
func topDigitOf(v int64) (weight int, digit uint64) {
	_, u := int128From(v).abs()
	for u >= 10_000 {
		u /= 10_000
		weight++
	}
	return weight, u
}

// NegDec is −a on an inline slot; ok is false when [Numeric] must do it.
func NegDec(a Dec) (Dec, bool) {
	h, l, s, ok := DecInline(a)
	if !ok {
		return Dec{}, false
	}
	z := int128{h, l}.neg()
	return MakeDec(z.hi, z.lo, s)
}

// CmpDec compares inline slots by value; ok is false when [Numeric] must do it.
func CmpDec(a, b Dec) (c int, ok bool) {
	x, y, _, ok := alignDec(a, b)
	return x.cmp(y), ok
}

// SameScale reports whether a, and b, which must be inline, are inline slots of one scale.
func SameScale(a, b Dec) bool { return a.Hi>>48 == b.Hi>>48 }

// RescaleDec is d, an inline slot, with the scale of slot to; ok is false if to is not inline,
// its scale is smaller, or the result is not inline.
func RescaleDec(d, to Dec) (_ Dec, ok bool) {
	hi, lo, from, _ := DecInline(d)
	_, _, scale, inline := DecInline(to)
	if !inline || scale < from {
		return Dec{}, false
	}
	x, ok := int128{hi, lo}.scaleUp(scale - from)
	if !ok {
		return Dec{}, false
	}
	return MakeDec(x.hi, x.lo, scale)
}

// CmpCoefficients compares inline slots of one scale.
func CmpCoefficients(a, b Dec) int {
	if x, y := int64(a.Hi<<16), int64(b.Hi<<16); x != y {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a.Lo, b.Lo)
}

// stripDec removes trailing zeros after the point from an inline slot: the one form of
// all SQL-equal values.
func stripDec(d Dec) Dec {
	h, l, s, _ := DecInline(d)
	if s == 0 {
		return d
	}
	v := int128{h, l}
	if v.isZero() {
		return Dec{}
	}
	neg := v.hi < 0
	hi, lo := v.abs()
	for s > 0 {
		var qhi, qlo, rem uint64
		if hi == 0 {
			qlo, rem = lo/10, lo%10
		} else {
			qhi = hi / 10
			qlo, rem = bits.Div64(hi%10, lo, 10)
		}
		if rem != 0 {
			break
		}
		hi, lo = qhi, qlo
		s--
	}
	v = signed(neg, hi, lo)
	d, _ = MakeDec(v.hi, v.lo, s)
	return d
}
