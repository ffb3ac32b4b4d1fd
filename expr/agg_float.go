package expr

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"

	"streamdb/types"
)

// floatSum sums floats exactly, so that a retraction leaves no trace of the value: a
// record holds the number of rows and a 128-bit window of the sum in units of 2^-64, which
// takes every value between about 2^-12 and 2^62 whole. Values outside it, and what
// overflows it, go to side storage in units of 2^-1074; NaN and the infinities are counted
// there too.
type floatSum[T float] struct {
	squares bool
	side    map[uint32]*floatSide
	result  func(x *floatTotal) (types.Datum, error)
}

// floatSide is the part of a sum outside the window.
type floatSide struct {
	sum                 big.Int // units of 2^-1074
	squares             big.Int // units of 2^-2148
	nan, posInf, negInf int64
}

// floatTotal is a sum in full.
type floatTotal struct {
	rows int64
	floatSide
}

const (
	windowExp = -64
	floatExp  = -1074
)

func newFloatSum[T float](squares bool, result func(x *floatTotal) (types.Datum, error)) func(*AggCall) Linear {
	return func(*AggCall) Linear {
		return &floatSum[T]{squares: squares, side: map[uint32]*floatSide{}, result: result}
	}
}

// MemSize is about the bytes of what lies outside the windows.
func (a *floatSum[T]) MemSize() int { return len(a.side) * 512 }

// Words is rows and the window, low then high.
func (a *floatSum[T]) Words() int { return 3 }

// Add sums.
func (a *floatSum[T]) Add(_ *Ctx, g *types.Records, off int, args []*types.Vec, rows []int32, w []int64) {
	v := args[0]
	vals := types.Fixed[T](v)
	for k, id := range g.IDs {
		i := rows[k]
		if v.IsNull(int(i)) {
			continue
		}
		rec, n, f := (*[3]uint64)(g.At(k, off)), weight(w, k), float64(vals[i])
		rec[0] += uint64(n)
		if a.squares || !addWindow(rec[:], f, n) {
			a.addSide(rec[:], id, f, n)
		}
	}
}

// splitFloat is |f| = m × 2^e for finite f.
func splitFloat(f float64) (m uint64, e int) {
	b := math.Float64bits(f)
	m, e = b&(1<<52-1), int(b>>52&0x7ff)
	if e == 0 {
		return m, floatExp
	}
	return m | 1<<52, e - 1075
}

// addWindow adds f × n to the window, if it fits there exactly and leaves room.
func addWindow(rec []uint64, f float64, n int64) bool {
	m, e := splitFloat(f)
	if m == 0 {
		return true
	}
	shift := e - windowExp
	if z := bits.TrailingZeros64(m); shift < 0 && shift+z >= 0 {
		m, shift = m>>-shift, 0
	}
	if shift < 0 || shift > 62 || n > 1<<20 || n < -(1<<20) || uint64(int64(rec[2])>>61+1) > 1 {
		return false
	}
	if absU(n) != 1 {
		hi, lo := bits.Mul64(m, absU(n))
		if hi != 0 || shift > 40 {
			return false
		}
		m = lo
	}
	if bits.Len64(m)+shift > 124 {
		return false
	}
	hi, lo := m>>(64-uint(shift)), m<<uint(shift)
	var c uint64
	if (f < 0) != (n < 0) {
		rec[1], c = bits.Sub64(rec[1], lo, 0)
		rec[2], _ = bits.Sub64(rec[2], hi, c)
		return true
	}
	rec[1], c = bits.Add64(rec[1], lo, 0)
	rec[2], _ = bits.Add64(rec[2], hi, c)
	return true
}

func (a *floatSum[T]) addSide(rec []uint64, id uint32, f float64, n int64) {
	x := a.side[id]
	if x == nil {
		x = &floatSide{}
		a.side[id] = x
	}
	x.add(f, n, a.squares)
	if rec[0] == 0 && rec[1]|rec[2] == 0 && x.empty() {
		delete(a.side, id)
	}
}

func (x *floatSide) empty() bool {
	return x.sum.Sign() == 0 && x.squares.Sign() == 0 && x.nan|x.posInf|x.negInf == 0
}

func (x *floatSide) add(f float64, n int64, squares bool) {
	switch {
	case f != f:
		x.nan += n
		return
	case math.IsInf(f, 1):
		x.posInf += n
		return
	case math.IsInf(f, -1):
		x.negInf += n
		return
	}
	m, e := splitFloat(f)
	v := new(big.Int).SetUint64(m)
	if f < 0 {
		v.Neg(v)
	}
	v.Lsh(v, uint(e-floatExp))
	times := big.NewInt(n)
	if squares {
		sq := new(big.Int).Mul(v, v)
		x.squares.Add(&x.squares, sq.Mul(sq, times))
	}
	x.sum.Add(&x.sum, v.Mul(v, times))
}

// total is the record in full: window and side together.
func (a *floatSum[T]) total(rec []uint64, id uint32) *floatTotal {
	t := &floatTotal{rows: int64(rec[0])}
	w := wide{int64(rec[2]), rec[1]}.big()
	t.sum.Lsh(w, windowExp-floatExp)
	if x := a.side[id]; x != nil {
		t.sum.Add(&t.sum, &x.sum)
		t.squares.Set(&x.squares)
		t.nan, t.posInf, t.negInf = x.nan, x.posInf, x.negInf
	}
	return t
}

// Result appends the results.
func (a *floatSum[T]) Result(c *Ctx, s *types.Slots, off int, ids []uint32, out *types.Vec) {
	for k, id := range ids {
		rec := s.Rec(id)[off : off+3]
		if rec[0] == 0 {
			out.AppendNull()
			continue
		}
		appendResult(c, k, out)(a.result(a.total(rec, id)))
	}
}

// float is the sum, rounded once.
func (t *floatTotal) float() (float64, error) {
	switch {
	case t.nan > 0, t.posInf > 0 && t.negInf > 0:
		return math.NaN(), nil
	case t.posInf > 0:
		return math.Inf(1), nil
	case t.negInf > 0:
		return math.Inf(-1), nil
	}
	f, _ := scaled(&t.sum, floatExp).Float64()
	if math.IsInf(f, 0) {
		return 0, floatOverflow()
	}
	return f, nil
}

// scaled is v × 2^e, exactly.
func scaled(v *big.Int, e int) *big.Float {
	f := new(big.Float).SetInt(v)
	return f.SetMantExp(f, e)
}

func floatTotalOf(t *floatTotal) (types.Datum, error) {
	f, err := t.float()
	return float8(f), err
}

func realTotalOf(t *floatTotal) (types.Datum, error) {
	f, err := t.float()
	r := float32(f)
	if err == nil && math.IsInf(float64(r), 0) && !math.IsInf(f, 0) {
		err = floatOverflow()
	}
	return types.NewFloat32(r), err
}

func floatAverageOf(t *floatTotal) (types.Datum, error) {
	f, err := t.float()
	return float8(f / float64(t.rows)), err
}

// floatDeviation is the variance family over doubles, from exact sums.
func floatDeviation(d deviation) func(t *floatTotal) (types.Datum, error) {
	return func(t *floatTotal) (types.Datum, error) {
		switch {
		case d.sample && t.rows == 1:
			return types.Datum{}, nil
		case t.nan != 0 || t.posInf != 0 || t.negInf != 0:
			return float8(math.NaN()), nil
		}
		n := big.NewInt(t.rows)
		a := new(big.Int).Mul(n, &t.squares)
		a.Sub(a, new(big.Int).Mul(&t.sum, &t.sum))
		div := t.rows
		if d.sample {
			div--
		}
		den := new(big.Float).SetInt(n.Mul(n, big.NewInt(div)))
		q := new(big.Float).SetPrec(200).Quo(scaled(a, 2*floatExp), den)
		if d.root {
			q.Sqrt(q)
		}
		f, _ := q.Float64()
		if math.IsInf(f, 0) {
			return types.Datum{}, floatOverflow()
		}
		return float8(f), nil
	}
}

// AppendState writes rows, special counts and the sums in full, so that the bytes depend
// only on the rows present.
func (a *floatSum[T]) AppendState(dst []byte, s *types.Slots, off int, id uint32) []byte {
	t := a.total(s.Rec(id)[off:off+3], id)
	for _, v := range []int64{t.rows, t.nan, t.posInf, t.negInf} {
		dst = binary.AppendVarint(dst, v)
	}
	return appendScaled(appendScaled(dst, &t.sum), &t.squares)
}

// appendScaled writes a big integer less its trailing zero bits.
func appendScaled(dst []byte, v *big.Int) []byte {
	z := v.TrailingZeroBits()
	return appendBig(binary.AppendVarint(dst, int64(z)), new(big.Int).Rsh(v, z))
}

func (r *stateReader) scaled() *big.Int {
	z := r.varint()
	v := r.big()
	if z < 0 || z > 8192 {
		r.bad = true
		return v
	}
	return v.Lsh(v, uint(z))
}

// LoadState reads what AppendState wrote.
func (a *floatSum[T]) LoadState(src []byte, s *types.Slots, off int, id uint32) ([]byte, error) {
	r := stateReader{src: src}
	rows := r.varint()
	x := &floatSide{nan: r.varint(), posInf: r.varint(), negInf: r.varint()}
	x.sum.Set(r.scaled())
	x.squares.Set(r.scaled())
	if r.bad {
		return nil, badState()
	}
	rec := s.Rec(id)[off : off+3]
	rec[0], rec[1], rec[2] = uint64(rows), 0, 0
	if w := new(big.Int).Rsh(&x.sum, windowExp-floatExp); w.BitLen() < 124 {
		lo := new(big.Int).And(w, new(big.Int).SetUint64(math.MaxUint64))
		rec[1], rec[2] = lo.Uint64(), uint64(new(big.Int).Rsh(w, 64).Int64())
		x.sum.Sub(&x.sum, w.Lsh(w, windowExp-floatExp))
	}
	if !x.empty() {
		a.side[id] = x
	}
	return r.src, nil
}

// Release frees the side storage.
func (a *floatSum[T]) Release(_ *types.Slots, _ int, id uint32) { delete(a.side, id) }
