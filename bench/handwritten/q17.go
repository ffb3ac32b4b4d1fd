package handwritten

import "math/bits"

const (
	microsPerDay = 24 * 60 * 60 * 1_000_000
	avgScale     = 16 // digits after the point of an average
	avgUnit      = 10_000_000_000_000_000
)

// dayOf is the day of a time in µs, both since 2000-01-01.
func dayOf(t int64) int32 {
	d := t / microsPerDay
	if t < d*microsPerDay {
		d--
	}
	return int32(d)
}

// The columns of q17's result: the average has two, as its 128 bits.
const q17Columns = 11

// Q17 keeps statistics of each auction's bids by day: their number, how many are below
// 10,000, below 1,000,000 and above, the lowest, highest and average price, and the sum.
func Q17(epochs []Epoch, check bool) Result {
	s := &sink{check: check}
	out := newOutput(q17Columns)
	g := newGroups(12)
	changed := func(was, is *group) {
		if !out.room(2) {
			s.emit(out)
			out.n = 0
		}
		if was.total != 0 {
			was.put(out, -1)
		}
		is.put(out, +1)
	}
	for _, e := range epochs {
		for _, b := range e.Bids {
			g.add(b.Cols[BidAuction].Int64s(), b.Cols[BidPrice].Int64s(), b.Cols[BidTime].Int64s())
		}
		g.barrier(changed)
		if out.n > 0 {
			s.emit(out)
			out.n = 0
		}
	}
	return s.Result
}

// put adds a row of the result.
func (gr *group) put(o *output, weight int64) {
	i, c := o.n, o.cols
	hi, lo := average(gr.sumHi, gr.sumLo, uint64(gr.total))
	c[0][i], c[1][i] = gr.auction, int64(gr.day)
	c[2][i], c[3][i] = int64(gr.total), int64(gr.rank1)
	c[4][i], c[5][i] = int64(gr.rank2), int64(gr.total-gr.rank1-gr.rank2)
	c[6][i], c[7][i] = gr.low, gr.high
	c[8][i], c[9][i] = int64(hi), int64(lo)
	c[10][i] = int64(gr.sumLo)
	o.w[i] = weight
	o.n++
}

// average is sum / n with avgScale digits after the point, cut off, for a sum ≥ 0 of fewer
// than 2^64 · n.
func average(sumHi, sumLo, n uint64) (hi, lo uint64) {
	whole, rest := bits.Div64(sumHi, sumLo, n)
	hi, lo = bits.Mul64(rest, avgUnit)
	fraction, _ := bits.Div64(hi, lo, n)
	hi, lo = bits.Mul64(whole, avgUnit)
	var carry uint64
	lo, carry = bits.Add64(lo, fraction, 0)
	return hi + carry, lo
}
