package expr

import (
	"math/big"
	"math/bits"
	"reflect"

	"streamdb/types"
	"streamdb/types/pgerr"
)

func badState() error { return pgerr.New(pgerr.DataCorrupted, "the state of an aggregate is damaged") }

// intSum sums integers in 128 bits: words are the number of rows and the sum, low then
// high. It serves sum and avg; overflow is judged when the result is asked for.
type intSum[T integer] struct {
	words
	result func(sum wide, n int64) (types.Datum, error)
	fast   func(sum, n int64) (types.Dec, bool) // result of sums of 64 bits, or nil
}

// wide is a 128-bit two's complement integer.
type wide struct {
	hi int64
	lo uint64
}

func (x wide) big() *big.Int {
	v := new(big.Int).Lsh(big.NewInt(x.hi), 64)
	return v.Add(v, new(big.Int).SetUint64(x.lo))
}

// addMul adds v × w to the two words at p and p1.
func addMul(lo, hi *uint64, v, w int64) {
	if w == 1 {
		l, c := bits.Add64(*lo, uint64(v), 0)
		*lo = l
		*hi += uint64(v>>63) + c
		return
	}
	h, l := bits.Mul64(uint64(v), uint64(w))
	h -= uint64(v>>63)&uint64(w) + uint64(w>>63)&uint64(v)
	sum, c := bits.Add64(*lo, l, 0)
	*lo = sum
	*hi += h + c
}

// Add sums.
func (intSum[T]) Add(_ *Ctx, g *types.Records, off int, args []*types.Vec, rows []int32, w []int64) {
	v := args[0]
	vals := types.Fixed[T](v)
	if v.Valid == nil && w == nil {
		for k, i := range rows {
			rec, x := (*[3]uint64)(g.At(k, off)), int64(vals[i])
			lo, carry := bits.Add64(rec[1], uint64(x), 0)
			rec[0]++
			rec[1] = lo
			rec[2] += uint64(x>>63) + carry
		}
		return
	}
	for k := range g.IDs {
		i := rows[k]
		if v.IsNull(int(i)) {
			continue
		}
		rec, n := (*[3]uint64)(g.At(k, off)), weight(w, k)
		rec[0] += uint64(n)
		addMul(&rec[1], &rec[2], int64(vals[i]), n)
	}
}

// Result appends the results.
func (a intSum[T]) Result(c *Ctx, s *types.Slots, off int, ids []uint32, out *types.Vec) {
	base := out.N
	out.Resize(base + len(ids))
	for k, id := range ids {
		rec := s.Rec(id)[off : off+3]
		if a.fast != nil && rec[0] != 0 && int64(rec[1])>>63 == int64(rec[2]) {
			if d, ok := a.fast(int64(rec[1]), int64(rec[0])); ok {
				out.Decs()[base+k] = d
				continue
			}
		}
		var d types.Datum
		if rec[0] != 0 {
			var err error
			if d, err = a.result(wide{int64(rec[2]), rec[1]}, int64(rec[0])); err != nil {
				c.Fail(k, err)
				d = types.Datum{}
			}
		}
		out.SetDatum(base+k, d)
	}
}

// appendResult appends a result, or NULL with its error noted.
func appendResult(c *Ctx, k int, out *types.Vec) func(d types.Datum, err error) {
	return func(d types.Datum, err error) {
		if err != nil {
			c.Fail(k, err)
			d = types.Datum{}
		}
		out.AppendDatum(d)
	}
}

func sumToInt8(sum wide, _ int64) (types.Datum, error) {
	if sum.hi != int64(sum.lo)>>63 {
		return types.Datum{}, outOfRange("bigint")
	}
	return int8d(int64(sum.lo)), nil
}

func sumToNumeric(sum wide, _ int64) (types.Datum, error) {
	if d, ok := types.MakeDec(sum.hi, sum.lo, 0); ok {
		return types.NewDec(d, ""), nil
	}
	return numericOr(types.NumericFromBig(sum.big(), 0))
}

func sumToAverage(sum wide, n int64) (types.Datum, error) {
	if d, ok := types.MakeDec(sum.hi, sum.lo, 0); ok {
		return numericOr(types.NumericFromDatum(types.NewDec(d, "")).Div(types.NumericFromInt64(n)))
	}
	v, err := types.NumericFromBig(sum.big(), 0)
	if err != nil {
		return types.Datum{}, err
	}
	return numericOr(v.Div(types.NumericFromInt64(n)))
}

// SameState reports whether two accumulators of the same arguments hold the same words, so
// that one can do for both: those of sum and avg of integers.
func SameState(a, b Linear) bool {
	_, ok := a.(interface{ sharesState() })
	return ok && reflect.TypeOf(a) == reflect.TypeOf(b)
}

func (intSum[T]) sharesState() {}

func newIntSum[T integer](
	result func(wide, int64) (types.Datum, error), fast func(sum, n int64) (types.Dec, bool),
) func(*AggCall) Linear {
	return func(*AggCall) Linear { return intSum[T]{3, result, fast} }
}

func fastSum(sum, _ int64) (types.Dec, bool) { return types.DecFromInt64(sum), true }

// intVariance keeps the number of rows and the sums of values and of squares; the squares
// take three words.
type intVariance[T integer] struct {
	words
	result func(n int64, sum, squares types.Numeric) (types.Datum, error)
}

// Add sums values and squares.
func (intVariance[T]) Add(_ *Ctx, g *types.Records, off int, args []*types.Vec, rows []int32, w []int64) {
	v := args[0]
	vals := types.Fixed[T](v)
	for k := range g.IDs {
		i := rows[k]
		if v.IsNull(int(i)) {
			continue
		}
		rec, n, x := (*[6]uint64)(g.At(k, off)), weight(w, k), int64(vals[i])
		rec[0] += uint64(n)
		addMul(&rec[1], &rec[2], x, n)
		addSquare(rec[3:6], absU(x), n)
	}
}

// addSquare adds x²·n to a 192-bit sum.
func addSquare(sum []uint64, x uint64, n int64) {
	hi, lo := bits.Mul64(x, x)
	m := absU(n)
	h0, l0 := bits.Mul64(lo, m)
	h1, l1 := bits.Mul64(hi, m)
	p0 := l0
	p1, c := bits.Add64(h0, l1, 0)
	p2 := h1 + c
	if n < 0 {
		var b uint64
		sum[0], b = bits.Sub64(sum[0], p0, 0)
		sum[1], b = bits.Sub64(sum[1], p1, b)
		sum[2], _ = bits.Sub64(sum[2], p2, b)
		return
	}
	sum[0], c = bits.Add64(sum[0], p0, 0)
	sum[1], c = bits.Add64(sum[1], p1, c)
	sum[2], _ = bits.Add64(sum[2], p2, c)
}

// Result appends the results.
func (a intVariance[T]) Result(c *Ctx, s *types.Slots, off int, ids []uint32, out *types.Vec) {
	for k, id := range ids {
		rec := s.Rec(id)[off : off+6]
		sum, err1 := types.NumericFromBig(wide{int64(rec[2]), rec[1]}.big(), 0)
		sq := new(big.Int).Lsh(wide{int64(rec[5]), rec[4]}.big(), 64)
		squares, err2 := types.NumericFromBig(sq.Add(sq, new(big.Int).SetUint64(rec[3])), 0)
		if err1 != nil || err2 != nil {
			appendResult(c, k, out)(types.Datum{}, outOfRange("numeric"))
			continue
		}
		appendResult(c, k, out)(a.result(int64(rec[0]), sum, squares))
	}
}

// deviation computes the variance family from exact sums, with PostgreSQL's scales.
type deviation struct{ sample, root bool }

func (d deviation) of(n int64, sum, squares types.Numeric) (types.Datum, error) {
	if n == 0 || (d.sample && n == 1) {
		return types.Datum{}, nil
	}
	count := types.NumericFromInt64(n)
	a, err := count.Mul(squares)
	if err != nil {
		return types.Datum{}, err
	}
	b, err := sum.Mul(sum)
	if err != nil {
		return types.Datum{}, err
	}
	if a, err = a.Sub(b); err != nil {
		return types.Datum{}, err
	}
	if a.Sign() <= 0 {
		return numeric(types.Numeric{}), nil
	}
	div := n
	if d.sample {
		div--
	}
	den, err := count.Mul(types.NumericFromInt64(div))
	if err != nil {
		return types.Datum{}, err
	}
	v, err := a.Div(den)
	if err != nil || !d.root {
		return numericOr(v, err)
	}
	return numericOr(sqrtAt(v, v.Scale()))
}

// sqrtAt is the square root at a given scale.
func sqrtAt(n types.Numeric, scale int) (types.Numeric, error) {
	p := newFixedPoint(2 * (scale + 2))
	v := p.of(n)
	return newFixedPoint(scale+2).round(v.Sqrt(v), scale)
}

func newIntVariance[T integer](d deviation) func(*AggCall) Linear {
	return func(*AggCall) Linear { return intVariance[T]{6, d.of} }
}
