package expr

import (
	"math"
	"math/bits"

	"streamdb/types"
)

// compileScale builds an integer column times a numeric constant, such as 0.908 * price, as
// one kernel without the conversion in between; nil if e is not that.
func compileScale(e *Call) (node, error) {
	if e.Fn.Name != "*" || len(e.Args) != 2 || e.T.OID != types.NumericT.OID {
		return nil, nil
	}
	cast, by := castOfInt(e.Args[0]), e.Args[1]
	if cast == nil {
		cast, by = castOfInt(e.Args[1]), e.Args[0]
	}
	c, ok := by.(*Const)
	if cast == nil || !ok {
		return nil, nil
	}
	hi, lo, scale, inline := types.DecInline(c.D.Dec())
	k := int64(lo)
	if !inline || hi != k>>63 || k < -maxFactor || k > maxFactor {
		return nil, nil
	}
	arg, err := compile(cast.Arg)
	if err != nil {
		return nil, err
	}
	return kernelNode(scaleKernel(cast.Arg.Type(), k, scale), e.T, arg), nil
}

// maxFactor is small enough for its product with any int64 to be an inline numeric, which has
// 112 bits.
const maxFactor = 1<<47 - 1

// castOfInt is e if it is an integer made a numeric of any precision, else nil.
func castOfInt(e Expr) *Cast {
	c, ok := e.(*Cast)
	if !ok || c.T.OID != types.NumericT.OID || c.T.Mod >= 0 {
		return nil
	}
	switch c.Arg.Type().OID {
	case types.Int2.OID, types.Int4.OID, types.Int8.OID:
		return c
	}
	return nil
}

func scaleKernel(t types.Type, k int64, scale int) Kernel {
	switch t.OID {
	case types.Int2.OID:
		return scaleInts[int16](k, scale)
	case types.Int4.OID:
		return scaleInts[int32](k, scale)
	}
	return scaleInts[int64](k, scale)
}

func scaleInts[T integer](k int64, scale int) Kernel {
	zero, _ := types.MakeDec(0, 0, scale)
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		scaleInto(types.Fixed[T](args[0])[:n], out.V.Decs()[:n], sel, k, zero.Hi)
	}
}

// scaleInto sets dst to a·k as inline numerics, the scale of which is in top. Four values at a
// time are looked at together: if none is negative, nor too large for its product to be an
// int64, the upper word of each result is top, and one multiplication is all there is to do.
func scaleInto[T integer](a []T, dst []types.Dec, sel []int32, k int64, top uint64) {
	if sel != nil {
		scaleSel(a, dst, sel, k, top)
		return
	}
	var most uint64 // of a, for the short way; with a factor below 1 that is 0
	if k > 0 {
		most = uint64(math.MaxInt64 / k)
	}
	for len(a) >= 4 && len(dst) >= 4 {
		x0, x1, x2, x3 := int64(a[0]), int64(a[1]), int64(a[2]), int64(a[3])
		if uint64(x0|x1|x2|x3) <= most {
			dst[0] = types.Dec{Lo: uint64(x0 * k), Hi: top}
			dst[1] = types.Dec{Lo: uint64(x1 * k), Hi: top}
			dst[2] = types.Dec{Lo: uint64(x2 * k), Hi: top}
			dst[3] = types.Dec{Lo: uint64(x3 * k), Hi: top}
		} else {
			scaleWide(a[:4], dst[:4], k, top)
		}
		a, dst = a[4:], dst[4:]
	}
	scaleWide(a, dst, k, top)
}

// scaleWide is scaleInto for values of any size, with products of 128 bits.
func scaleWide[T integer](a []T, dst []types.Dec, k int64, top uint64) {
	factor, negative := uint64(k), uint64(k>>63)
	a = a[:len(dst)]
	for i := range dst {
		x := int64(a[i])
		hi, lo := bits.Mul64(uint64(x), factor)
		hi -= uint64(x>>63)&factor + negative&uint64(x)
		dst[i] = types.Dec{Lo: lo, Hi: hi&(1<<48-1) | top}
	}
}

// scaleSel is scaleWide for the rows of sel; written out again, since a call would take as
// long as it does.
func scaleSel[T integer](a []T, dst []types.Dec, sel []int32, k int64, top uint64) {
	factor, negative := uint64(k), uint64(k>>63)
	for _, i := range sel {
		x := int64(a[i])
		hi, lo := bits.Mul64(uint64(x), factor)
		hi -= uint64(x>>63)&factor + negative&uint64(x)
		dst[i] = types.Dec{Lo: lo, Hi: hi&(1<<48-1) | top}
	}
}

// modIntConst specialises % for a constant divisor of 2 or more: a multiplication in place of
// the division, of which a processor does few at a time.
func modIntConst[T integer](args []Expr) Kernel {
	c, ok := args[1].(*Const)
	if _, both := args[0].(*Const); !ok || both || c.D.I < 2 {
		return nil
	}
	d := newDivisor(uint64(c.D.I))
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		remainders(d, types.Fixed[T](args[0])[:n], types.Fixed[T](out.V)[:n], sel)
	}
}

// divIntConst divides by a constant that no dividend fails for: neither zero nor −1.
func divIntConst[A, T integer](args []Expr) Kernel {
	c, ok := args[1].(*Const)
	if _, both := args[0].(*Const); !ok || both || c.D.IsNull() || c.D.I == 0 || c.D.I == -1 {
		return nil
	}
	d := T(c.D.I)
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a, dst := types.Fixed[A](args[0]), types.Fixed[T](out.V)
		if sel == nil {
			for i, x := range a[:n] {
				dst[i] = T(x) / d
			}
			return
		}
		for _, i := range sel {
			dst[i] = T(a[i]) / d
		}
	}
}

// compileModEquals builds a % d = r with constants as one kernel, the usual way to pick every
// so many; nil if e is not that.
func compileModEquals(e *Call) (node, error) {
	if e.Fn.Name != "=" || len(e.Args) != 2 {
		return nil, nil
	}
	mod, isCall := e.Args[0].(*Call)
	r, isConst := e.Args[1].(*Const)
	if !isCall || !isConst || mod.Spread || mod.Fn.Name != "%" || mod.Fn.Special == nil {
		return nil, nil
	}
	d, ok := mod.Args[1].(*Const)
	if !ok || d.D.I < 2 || mod.Args[0].Type().OID != types.Int8.OID || mod.T.OID != types.Int8.OID {
		return nil, nil
	}
	arg, err := compile(mod.Args[0])
	if err != nil {
		return nil, err
	}
	return kernelNode(modEquals(newDivisor(uint64(d.D.I)), r.D.I), e.T, arg), nil
}

func modEquals(d divisor, r int64) Kernel {
	if r == 0 {
		m := newMultiples(d.d)
		return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
			m.mark(args[0].Int64s()[:n], out.V.Bools()[:n], sel)
		}
	}
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		d.equals(args[0].Int64s()[:n], out.V.Bools()[:n], sel, r)
	}
}

// The loops stand in functions of their own: in a closure that the compiler has moved to
// where it is made, nothing is inlined.

func (d divisor) equals(a []int64, dst []uint8, sel []int32, r int64) {
	if sel != nil {
		for _, i := range sel {
			dst[i] = b2u(d.rem(a[i]) == r)
		}
		return
	}
	dst = dst[:len(a)]
	for i, x := range a {
		dst[i] = b2u(d.rem(x) == r)
	}
}

func remainders[T integer](d divisor, a, dst []T, sel []int32) {
	if sel != nil {
		for _, i := range sel {
			dst[i] = T(d.rem(int64(a[i])))
		}
		return
	}
	dst = dst[:len(a)]
	for i, x := range a {
		dst[i] = T(d.rem(int64(x)))
	}
}

func (m multiples) mark(a []int64, dst []uint8, sel []int32) {
	if sel != nil {
		for _, i := range sel {
			dst[i] = b2u(m.has(a[i]))
		}
		return
	}
	dst = dst[:len(a)]
	for i, x := range a {
		dst[i] = b2u(m.has(x))
	}
}

// multiples are those of d, 2 ≤ d < 2^63, which are found without a remainder. With d = c·2^k
// and c odd, a product with the inverse of c modulo 2^64 maps the multiples of c, and only
// them, to the integers from −⌊2^63/c⌋ to ⌊(2^63−1)/c⌋; of these, multiples of d have k zeros at
// the end, which a rotation makes the uppermost bits.
type multiples struct {
	inverse, add, most uint64
	k                  int
}

func newMultiples(d uint64) multiples {
	k := bits.TrailingZeros64(d)
	c := d >> k
	inverse := c // right in 3 bits, and in twice as many after each round
	for range 5 {
		inverse *= 2 - c*inverse
	}
	// What add moves the least multiple to is 0, even if that is −2^63.
	add := (1 << 63 / c) >> k << k
	return multiples{inverse: inverse, add: add, most: add>>k + math.MaxInt64/c>>k, k: k}
}

// has reports whether x is one.
func (m multiples) has(x int64) bool {
	return bits.RotateLeft64(uint64(x)*m.inverse+m.add, -m.k) <= m.most
}

// divisor divides magnitudes up to 2^63 by d, 2 ≤ d < 2^63. With 2^(s−1) < d ≤ 2^s and
// m = ⌊2^(63+s) / d⌋ + 1 it is 2^(63+s) < m·d ≤ 2^(63+s) + 2^s, and so ⌊x/d⌋ =
// ⌊x·m / 2^(63+s)⌋ for every x below 2^63 (Granlund and Montgomery).
type divisor struct {
	d, m  uint64
	shift uint // s − 1: what is left of 63+s after the high word is taken
	least int64
}

func newDivisor(d uint64) divisor {
	s := uint(bits.Len64(d - 1))
	q, _ := bits.Div64(1<<(s-1), 0, d)
	return divisor{d: d, m: q + 1, shift: s - 1, least: -1 << 63 % int64(d)}
}

// rem is x % d as Go and SQL have it: with the sign of x.
func (d divisor) rem(x int64) int64 {
	sign := x >> 63
	u := uint64((x ^ sign) - sign)
	if int64(u) < 0 {
		return d.least
	}
	hi, _ := bits.Mul64(u, d.m)
	r := int64(u - hi>>(d.shift&63)*d.d)
	return (r ^ sign) - sign
}
