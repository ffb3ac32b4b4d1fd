package types

import (
	"math"
	"math/big"
	"math/bits"
)

// int128 is a two's complement 128-bit integer; its zero value is 0.
type int128 struct {
	hi int64
	lo uint64
}

func int128From(v int64) int128 { return int128{v >> 63, uint64(v)} }

// fits reports whether v is in Dec's 112-bit inline range.
func (v int128) fits() bool { return v.hi<<16>>16 == v.hi }

// isInt64 reports whether v fits an int64.
func (v int128) isInt64() bool { return v.hi == int64(v.lo)>>63 }

func (v int128) isZero() bool { return v.hi == 0 && v.lo == 0 }

func (v int128) neg() int128 {
	lo, c := bits.Add64(^v.lo, 1, 0)
	return int128{int64(^uint64(v.hi) + c), lo}
}

// abs is the magnitude as an unsigned pair.
func (v int128) abs() (hi, lo uint64) {
	if v.hi < 0 {
		v = v.neg()
	}
	return uint64(v.hi), v.lo
}

// add is v+w; the caller knows that it does not overflow (both fit 112 bits).
func (v int128) add(w int128) int128 {
	lo, c := bits.Add64(v.lo, w.lo, 0)
	return int128{int64(uint64(v.hi) + uint64(w.hi) + c), lo}
}

// cmp compares v and w as signed numbers.
func (v int128) cmp(w int128) int {
	switch {
	case v.hi < w.hi:
		return -1
	case v.hi > w.hi:
		return 1
	case v.lo < w.lo:
		return -1
	case v.lo > w.lo:
		return 1
	}
	return 0
}

// mul is v·w; ok is false when the product is outside the inline range.
func (v int128) mul(w int128) (p int128, ok bool) {
	vh, vl := v.abs()
	wh, wl := w.abs()
	if vh != 0 && wh != 0 {
		return p, false
	}
	hi, lo := bits.Mul64(vl, wl)
	o1, c1 := bits.Mul64(vh, wl)
	o2, c2 := bits.Mul64(vl, wh)
	hi, k1 := bits.Add64(hi, c1, 0)
	hi, k2 := bits.Add64(hi, c2, 0)
	if o1|o2|k1|k2 != 0 || hi>>47 != 0 {
		return p, false
	}
	p = int128{int64(hi), lo}
	if (v.hi < 0) != (w.hi < 0) {
		p = p.neg()
	}
	return p, true
}

// pow10u holds the powers of ten that fit a uint64.
var pow10u = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// pow10 is 10^n for n ≤ 33, the powers that fit inline.
func pow10(n int) int128 {
	if n < 20 {
		return int128{0, pow10u[n]}
	}
	hi, lo := bits.Mul64(pow10u[19], pow10u[n-19])
	return int128{int64(hi), lo}
}

// scaleUp is v·10^n; ok is false when that leaves the inline range.
func (v int128) scaleUp(n int) (int128, bool) {
	if n == 0 || v.isZero() {
		return v, true
	}
	if n > 33 {
		return v, false
	}
	return v.mul(pow10(n))
}

// divU divides the magnitude of v by d; the quotient is a magnitude.
func divU(hi, lo, d uint64) (qhi, qlo, rem uint64) {
	qhi = hi / d
	qlo, rem = bits.Div64(hi%d, lo, d)
	return qhi, qlo, rem
}

// signed makes an int128 of a magnitude below 2^127.
func signed(neg bool, hi, lo uint64) int128 {
	v := int128{int64(hi), lo}
	if neg {
		return v.neg()
	}
	return v
}

// digits is the number of decimal digits of v, 0 for 0.
func (v int128) digits() int {
	hi, lo := v.abs()
	n := 0
	for hi != 0 {
		hi, lo, _ = divU(hi, lo, pow10u[18])
		n += 18
	}
	for m := 0; ; m++ {
		if m == 20 || lo < pow10u[m] {
			return n + m
		}
	}
}

// appendTo appends the decimal digits of v's magnitude.
func (v int128) appendDigits(dst []byte) []byte {
	hi, lo := v.abs()
	if hi == 0 {
		return appendUint(dst, lo)
	}
	qhi, qlo, rem := divU(hi, lo, pow10u[18])
	dst = int128{int64(qhi), qlo}.appendDigits(dst)
	n := len(dst)
	dst = append(dst, "000000000000000000"...)
	for i := n + 17; i >= n; i-- {
		dst[i] = byte('0' + rem%10)
		rem /= 10
	}
	return dst
}

func (v int128) big() *big.Int {
	hi, lo := v.abs()
	b := new(big.Int).SetUint64(hi)
	b.Lsh(b, 64).Or(b, new(big.Int).SetUint64(lo))
	if v.hi < 0 {
		b.Neg(b)
	}
	return b
}

// int128FromBig converts b; ok is false when b is outside the inline range.
func int128FromBig(b *big.Int) (v int128, ok bool) {
	if b.BitLen() > 111 {
		if b.Sign() >= 0 || b.BitLen() > 112 || b.TrailingZeroBits() != 111 {
			return v, false
		}
		return int128{-1 << 47, 0}, true
	}
	var buf [16]byte
	b.FillBytes(buf[:])
	hi, lo := be64(buf[:8]), be64(buf[8:])
	return signed(b.Sign() < 0, hi, lo), true
}

func (v int128) float64() float64 {
	hi, lo := v.abs()
	f := float64(hi)*math.Exp2(64) + float64(lo)
	if v.hi < 0 {
		return -f
	}
	return f
}
