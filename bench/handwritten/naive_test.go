package handwritten

import (
	"math/big"
	"time"

	"streamdb/types"
)

// The queries again, over Go's maps, to check the loops: each answers with what the relation
// holds after an epoch, and diff makes the changes of it.

type (
	naiveRow    string // the values of a row, as hash sees them
	naiveResult map[naiveRow]uint64
)

// rowOf is a row and its hash.
func rowOf(values ...int64) (naiveRow, uint64) {
	h, text := uint64(1), ""
	for _, v := range values {
		h = mix(h, uint64(v))
		text += " " + big.NewInt(v).String()
	}
	return naiveRow(text), h
}

func (r naiveResult) add(values ...int64) {
	row, h := rowOf(values...)
	r[row] = h
}

// diff adds what changed from was to is.
func (r *Result) diff(was, is naiveResult) {
	for row, h := range was {
		if _, ok := is[row]; !ok {
			r.Rows++
			r.Checksum -= h
		}
	}
	for row, h := range is {
		if _, ok := was[row]; !ok {
			r.Rows++
			r.Checksum += h
		}
	}
}

// naiveAverage is the truncated quotient with avgScale digits, as two words.
func naiveAverage(sum *big.Int, n int64) (hi, lo int64) {
	q := new(big.Int).Mul(sum, big.NewInt(avgUnit))
	q.Quo(q, big.NewInt(n))
	l := new(big.Int).And(q, new(big.Int).SetUint64(1<<64-1)).Uint64()
	return int64(new(big.Int).Rsh(q, 64).Uint64()), int64(l)
}

type naiveBid struct {
	auction, bidder, price, time int64
	extra                        string
}

func bidsOf(e Epoch) (out []naiveBid) {
	for _, b := range e.Bids {
		for i := range b.N {
			r := b.RowDatums(i)
			out = append(out, naiveBid{r[0].Int(), r[1].Int(), r[2].Int(), r[3].Int(), b.Cols[BidExtra].Str(i)})
		}
	}
	return out
}

func naiveQ1(epochs []Epoch) (r Result) {
	for _, e := range epochs {
		for _, b := range bidsOf(e) {
			_, h := rowOf(b.auction, b.bidder, b.price*908, b.time)
			for _, c := range []byte(b.extra) {
				h = mix(h, uint64(c))
			}
			r.Rows++
			r.Checksum += h
		}
	}
	return r
}

func naiveQ2(epochs []Epoch) (r Result) {
	for _, e := range epochs {
		for _, b := range bidsOf(e) {
			if b.auction%123 == 0 {
				_, h := rowOf(b.auction, b.price)
				r.Rows++
				r.Checksum += h
			}
		}
	}
	return r
}

func naiveQ17(epochs []Epoch) (r Result) {
	type key struct{ auction, day int64 }
	groups := map[key][]int64{}
	was := naiveResult{}
	y2k := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, e := range epochs {
		for _, b := range bidsOf(e) {
			day := y2k.Add(time.Duration(b.time) * time.Microsecond).Truncate(24 * time.Hour)
			k := key{b.auction, int64(day.Sub(y2k).Hours() / 24)}
			groups[k] = append(groups[k], b.price)
		}
		is := naiveResult{}
		for k, prices := range groups {
			var ranks [3]int64
			sum, low, high := new(big.Int), prices[0], prices[0]
			for _, p := range prices {
				switch {
				case p < 10000:
					ranks[0]++
				case p < 1000000:
					ranks[1]++
				default:
					ranks[2]++
				}
				sum.Add(sum, big.NewInt(p))
				low, high = min(low, p), max(high, p)
			}
			hi, lo := naiveAverage(sum, int64(len(prices)))
			is.add(k.auction, k.day, int64(len(prices)), ranks[0], ranks[1], ranks[2], low, high, hi, lo, sum.Int64())
		}
		r.diff(was, is)
		was = is
	}
	return r
}

func naiveQ4(epochs []Epoch) (r Result) {
	type group struct{ id, category int64 }
	var auctions []types.Row
	byID := map[int64][]naiveBid{}
	was := naiveResult{}
	for _, e := range epochs {
		for _, b := range e.Auctions {
			for i := range b.N {
				auctions = append(auctions, b.RowDatums(i))
			}
		}
		for _, b := range bidsOf(e) {
			byID[b.auction] = append(byID[b.auction], b)
		}
		highest := map[group]int64{}
		for _, a := range auctions {
			g := group{a[AuctionID].Int(), a[AuctionCategory].Int()}
			for _, b := range byID[g.id] {
				if old, ok := highest[g]; a[AuctionTime].Int() <= b.time && b.time <= a[AuctionExpires].Int() && (!ok || b.price > old) {
					highest[g] = b.price
				}
			}
		}
		sums, counts := map[int64]int64{}, map[int64]int64{}
		for g, high := range highest {
			sums[g.category] += high
			counts[g.category]++
		}
		is := naiveResult{}
		for c, sum := range sums {
			hi, lo := naiveAverage(big.NewInt(sum), counts[c])
			is.add(c, hi, lo)
		}
		r.diff(was, is)
		was = is
	}
	return r
}
