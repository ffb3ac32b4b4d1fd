package handwritten

import "streamdb/types"

// Q1 converts prices: SELECT auction, bidder, 0.908 * price, date_time, extra FROM bid.
// The price comes out in thousandths.
func Q1(epochs []Epoch, check bool) Result {
	s := &sink{check: check}
	price := make([]int64, types.MaxBatch)
	out := &output{cols: make([][]int64, 4), text: make([]*types.Vec, 1)}
	for _, e := range epochs {
		for _, b := range e.Bids {
			in := b.Cols[BidPrice].Int64s()
			converted := price[:len(in)]
			for i, p := range in {
				converted[i] = p * 908
			}
			out.n = b.N
			out.cols[0], out.cols[1] = b.Cols[BidAuction].Int64s(), b.Cols[BidBidder].Int64s()
			out.cols[2], out.cols[3] = converted, b.Cols[BidTime].Int64s()
			out.text[0] = b.Cols[BidExtra]
			s.emit(out)
		}
	}
	return s.Result
}

// Q2 picks auctions: SELECT auction, price FROM bid WHERE auction % 123 = 0.
func Q2(epochs []Epoch, check bool) Result {
	s := &sink{check: check}
	sel := make([]int32, types.MaxBatch)
	out := &output{cols: make([][]int64, 2)}
	for _, e := range epochs {
		for _, b := range e.Bids {
			auctions := b.Cols[BidAuction].Int64s()
			n := 0
			for i, a := range auctions {
				// Written always, kept if the row passes: no branch to guess wrong.
				sel[n] = int32(i)
				if a%123 == 0 {
					n++
				}
			}
			if n == 0 {
				continue
			}
			out.n, out.sel = b.N, sel[:n]
			out.cols[0], out.cols[1] = auctions, b.Cols[BidPrice].Int64s()
			s.emit(out)
		}
	}
	return s.Result
}
