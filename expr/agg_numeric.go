package expr

import (
	"encoding/binary"
	"math/big"
	"slices"

	"streamdb/types"
)

// numericSum sums numerics exactly, with or without squares. The scale of a sum is the
// largest among the values present, so a retraction may lower it.
//
// While all values have one scale and the sum fits, a record is inline: rows, sum low,
// sum high, scale+1. Else the last word is sideForm and the rest lies in side. The form
// written by AppendState depends only on the rows present.
type numericSum struct {
	squares bool
	side    map[uint32]*numericSide
	result  func(x *numericSide) (types.Datum, error)
}

const sideForm = ^uint64(0)

// numericSide is a sum in full: the values' coefficients brought to scale.
type numericSide struct {
	sum, squares        big.Int // at scale, and at twice scale
	scale               int
	counts              map[int]int64 // rows per scale
	nan, posInf, negInf int64
}

func newNumericSum(squares bool, result func(x *numericSide) (types.Datum, error)) func(*AggCall) Linear {
	return func(*AggCall) Linear {
		return &numericSum{squares: squares, side: map[uint32]*numericSide{}, result: result}
	}
}

// MemSize is about the bytes of the sums that are not inline.
func (a *numericSum) MemSize() int { return len(a.side) * 512 }

// Words is rows, sum (two words) and scale.
func (a *numericSum) Words() int { return 4 }

// Add sums.
func (a *numericSum) Add(_ *Ctx, g *types.Records, off int, args []*types.Vec, rows []int32, w []int64) {
	v := args[0]
	decs := v.Decs()
	for k, id := range g.IDs {
		i := int(rows[k])
		if v.IsNull(i) {
			continue
		}
		rec, n := (*[4]uint64)(g.At(k, off)), weight(w, k)
		if !a.squares && addInline(rec[:], decs[i], n) {
			continue
		}
		x := a.spread(rec[:], id)
		x.add(types.NumericAt(v, i), n, a.squares)
		a.settle(rec[:], id, x)
	}
}

// addInline tries to add to an inline record.
func addInline(rec []uint64, d types.Dec, n int64) bool {
	hi, lo, scale, ok := types.DecInline(d)
	if !ok || rec[3] == sideForm || (rec[3] != 0 && rec[3] != uint64(scale)+1) || hi != int64(lo)>>63 {
		return false
	}
	if h := int64(rec[2]) >> 32; h != 0 && h != -1 { // far from overflow, or leave it to side
		return false
	}
	rec[0] += uint64(n)
	addMul(&rec[1], &rec[2], int64(lo), n)
	rec[3] = uint64(scale) + 1
	if rec[0] == 0 && rec[1]|rec[2] == 0 {
		rec[3] = 0
	}
	return true
}

// spread moves a record to side storage.
func (a *numericSum) spread(rec []uint64, id uint32) *numericSide {
	if rec[3] == sideForm {
		return a.side[id]
	}
	x := &numericSide{counts: map[int]int64{}}
	if rec[3] != 0 {
		x.scale = int(rec[3] - 1)
		x.counts[x.scale] = int64(rec[0])
		x.sum.Set(wide{int64(rec[2]), rec[1]}.big())
	}
	a.side[id] = x
	rec[0], rec[1], rec[2], rec[3] = 0, 0, 0, sideForm
	return x
}

// add folds one value in, n times.
func (x *numericSide) add(v types.Numeric, n int64, squares bool) {
	switch {
	case v.IsNaN():
		x.nan += n
		return
	case v.IsInf() && v.Sign() > 0:
		x.posInf += n
		return
	case v.IsInf():
		x.negInf += n
		return
	}
	c, scale, _ := v.BigInt()
	if x.counts[scale] += n; x.counts[scale] == 0 {
		delete(x.counts, scale)
	}
	if scale > x.scale {
		x.rescale(scale)
	}
	c = new(big.Int).Mul(c, pow10Big(x.scale-scale))
	times := big.NewInt(n)
	if squares {
		sq := new(big.Int).Mul(c, c)
		x.squares.Add(&x.squares, sq.Mul(sq, times))
	}
	x.sum.Add(&x.sum, c.Mul(c, times))
}

// rescale brings the sums to another scale; going down is exact once the rows that needed
// the digits are gone.
func (x *numericSide) rescale(scale int) {
	d := scale - x.scale
	switch {
	case d > 0:
		x.sum.Mul(&x.sum, pow10Big(d))
		x.squares.Mul(&x.squares, pow10Big(2*d))
	case d < 0:
		x.sum.Quo(&x.sum, pow10Big(-d))
		x.squares.Quo(&x.squares, pow10Big(-2*d))
	}
	x.scale = scale
}

// present is the number of rows and the largest scale among them.
func (x *numericSide) present() (n int64, scale int) {
	for s, c := range x.counts {
		n += c
		scale = max(scale, s)
	}
	return n, scale
}

// transient reports whether some count is negative: a retraction that came early, so that
// the digits it still holds must be kept.
func (x *numericSide) transient() bool {
	for _, c := range x.counts {
		if c < 0 {
			return true
		}
	}
	return false
}

// settle makes an empty record empty, so that side storage lives no longer than it must.
func (a *numericSum) settle(rec []uint64, id uint32, x *numericSide) {
	if len(x.counts) == 0 && x.nan|x.posInf|x.negInf == 0 && x.sum.Sign() == 0 && x.squares.Sign() == 0 {
		delete(a.side, id)
		clear(rec)
	}
}

// view is the record in full, without changing it.
func (a *numericSum) view(rec []uint64, id uint32) *numericSide {
	if rec[3] == sideForm {
		return a.side[id]
	}
	x := &numericSide{counts: map[int]int64{}}
	if rec[3] != 0 {
		x.scale = int(rec[3] - 1)
		if rec[0] != 0 {
			x.counts[x.scale] = int64(rec[0])
		}
		x.sum.Set(wide{int64(rec[2]), rec[1]}.big())
	}
	return x
}

// Result appends the results.
func (a *numericSum) Result(c *Ctx, s *types.Slots, off int, ids []uint32, out *types.Vec) {
	for k, id := range ids {
		x := a.view(s.Rec(id)[off:off+4], id)
		appendResult(c, k, out)(a.result(x))
	}
}

// special is the result where NaN or an infinity takes part.
func (x *numericSide) special() (types.Numeric, bool) {
	switch {
	case x.nan > 0, x.posInf > 0 && x.negInf > 0:
		return types.NumericNaN, true
	case x.posInf > 0:
		return types.NumericInf, true
	case x.negInf > 0:
		return types.NumericNegInf, true
	}
	return types.Numeric{}, false
}

// total is the finite sum at the scale of the rows present.
func (x *numericSide) total() (types.Numeric, error) {
	_, scale := x.present()
	sum := new(big.Int).Set(&x.sum)
	if scale < x.scale {
		sum.Quo(sum, pow10Big(x.scale-scale))
	} else {
		scale = x.scale
	}
	return types.NumericFromBig(sum, scale)
}

// totalSquares is the sum of squares at twice the scale of the rows present.
func (x *numericSide) totalSquares() (types.Numeric, error) {
	_, scale := x.present()
	sum := new(big.Int).Set(&x.squares)
	if scale < x.scale {
		sum.Quo(sum, pow10Big(2*(x.scale-scale)))
	} else {
		scale = x.scale
	}
	return types.NumericFromBig(sum, 2*scale)
}

func (x *numericSide) rows() int64 {
	n, _ := x.present()
	return n + x.nan + x.posInf + x.negInf
}

func numericTotal(x *numericSide) (types.Datum, error) {
	if x.rows() == 0 {
		return types.Datum{}, nil
	}
	if v, ok := x.special(); ok {
		return numeric(v), nil
	}
	return numericOr(x.total())
}

func numericAverage(x *numericSide) (types.Datum, error) {
	n := x.rows()
	if n == 0 {
		return types.Datum{}, nil
	}
	if v, ok := x.special(); ok {
		return numeric(v), nil
	}
	v, err := x.total()
	if err != nil {
		return types.Datum{}, err
	}
	return numericOr(v.Div(types.NumericFromInt64(n)))
}

func numericDeviation(d deviation) func(x *numericSide) (types.Datum, error) {
	return func(x *numericSide) (types.Datum, error) {
		n := x.rows()
		if n == 0 || (d.sample && n == 1) {
			return types.Datum{}, nil
		}
		if _, ok := x.special(); ok {
			return numeric(types.NumericNaN), nil
		}
		sum, err := x.total()
		if err != nil {
			return types.Datum{}, err
		}
		squares, err := x.totalSquares()
		if err != nil {
			return types.Datum{}, err
		}
		return d.of(n, sum, squares)
	}
}

// AppendState writes the record: the special counts, the counts by scale, the sums at the
// scale of the rows present.
func (a *numericSum) AppendState(dst []byte, s *types.Slots, off int, id uint32) []byte {
	x := a.view(s.Rec(id)[off:off+4], id)
	if _, scale := x.present(); scale < x.scale && !x.transient() {
		x.rescale(scale)
	}
	for _, v := range []int64{x.nan, x.posInf, x.negInf, int64(x.scale), int64(len(x.counts))} {
		dst = binary.AppendVarint(dst, v)
	}
	scales := make([]int, 0, len(x.counts))
	for sc := range x.counts {
		scales = append(scales, sc)
	}
	slices.Sort(scales)
	for _, sc := range scales {
		dst = binary.AppendVarint(binary.AppendVarint(dst, int64(sc)), x.counts[sc])
	}
	return appendBig(appendBig(dst, &x.sum), &x.squares)
}

// LoadState reads what AppendState wrote.
func (a *numericSum) LoadState(src []byte, s *types.Slots, off int, id uint32) ([]byte, error) {
	r := stateReader{src: src}
	x := &numericSide{counts: map[int]int64{}}
	x.nan, x.posInf, x.negInf = r.varint(), r.varint(), r.varint()
	x.scale = int(r.varint())
	for n := r.varint(); n > 0 && !r.bad; n-- {
		sc := int(r.varint())
		x.counts[sc] = r.varint()
	}
	x.sum.Set(r.big())
	x.squares.Set(r.big())
	if r.bad || x.scale < 0 || x.scale > 16383 {
		return nil, badState()
	}
	rec := s.Rec(id)[off : off+4]
	if !a.inline(rec, x) {
		a.side[id] = x
		rec[0], rec[1], rec[2], rec[3] = 0, 0, 0, sideForm
		a.settle(rec, id, x)
	}
	return r.src, nil
}

// inline puts x into the record's words if it fits.
func (a *numericSum) inline(rec []uint64, x *numericSide) bool {
	n, ok := x.counts[x.scale]
	if a.squares || !ok || len(x.counts) != 1 || x.nan|x.posInf|x.negInf != 0 || x.sum.BitLen() > 95 {
		return false
	}
	lo := new(big.Int).And(&x.sum, new(big.Int).SetUint64(^uint64(0)))
	hi := new(big.Int).Rsh(&x.sum, 64)
	rec[0], rec[1], rec[2], rec[3] = uint64(n), lo.Uint64(), uint64(hi.Int64()), uint64(x.scale)+1
	return true
}

// Release frees the side storage.
func (a *numericSum) Release(_ *types.Slots, _ int, id uint32) { delete(a.side, id) }

// appendBig writes a big integer: twice the length plus the sign bit, then the magnitude.
func appendBig(dst []byte, v *big.Int) []byte {
	b := v.Bytes()
	dst = binary.AppendVarint(dst, int64(len(b))<<1|int64(v.Sign()&2>>1))
	return append(dst, b...)
}

// stateReader reads the pieces of a state.
type stateReader struct {
	src []byte
	bad bool
}

func (r *stateReader) varint() int64 {
	v, n := binary.Varint(r.src)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.src = r.src[n:]
	return v
}

func (r *stateReader) big() *big.Int {
	n := r.varint()
	neg := n&1 != 0
	n >>= 1
	if r.bad || n < 0 || n > int64(len(r.src)) {
		r.bad = true
		return new(big.Int)
	}
	v := new(big.Int).SetBytes(r.src[:n])
	r.src = r.src[n:]
	if neg {
		v.Neg(v)
	}
	return v
}
