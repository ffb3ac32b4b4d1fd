package handwritten

// Q4 keeps the average, by category, of the auctions' highest bids in their time.
func Q4(epochs []Epoch, check bool) Result {
	s := &sink{check: check}
	j := newJoin(12)
	avg := &categories{at: map[int64]int{}}
	out := newOutput(3)
	for _, e := range epochs {
		for _, b := range e.Auctions {
			j.addAuctions(b.Cols[AuctionID].Int64s(), b.Cols[AuctionTime].Int64s(),
				b.Cols[AuctionExpires].Int64s(), b.Cols[AuctionCategory].Int64s())
		}
		for _, b := range e.Bids {
			j.addBids(b.Cols[BidAuction].Int64s(), b.Cols[BidPrice].Int64s(), b.Cols[BidTime].Int64s())
		}
		j.barrier(avg)
		avg.barrier(s, out)
	}
	return s.Result
}

// barrier hands the changed maxima on and begins the next epoch.
func (j *join) barrier(avg *categories) {
	for _, t := range j.log {
		rec := j.auctions.rec(t.group)
		if t.bids == 0 {
			avg.change(rec.category, rec.high, 1)
		} else {
			avg.change(rec.category, rec.high-t.high, 0)
		}
	}
	j.log = j.log[:0]
	j.epoch++
}

// category is a row of q4's result and what it was when last emitted.
type category struct {
	id               int64
	sum, n           uint64 // of highest bids, all ≥ 0
	sumWas, countWas uint64
	dirty            bool
}

// categories is the outer query's state. It is small: its table does not matter.
type categories struct {
	rows  []category
	at    map[int64]int
	dirty []int
}

func (c *categories) change(id, sum int64, n uint64) {
	i, ok := c.at[id]
	if !ok {
		i = len(c.rows)
		c.at[id] = i
		c.rows = append(c.rows, category{id: id})
	}
	row := &c.rows[i]
	row.sum += uint64(sum)
	row.n += n
	if !row.dirty {
		row.dirty = true
		c.dirty = append(c.dirty, i)
	}
}

func (c *categories) barrier(s *sink, out *output) {
	for _, i := range c.dirty {
		row := &c.rows[i]
		if !out.room(2) {
			s.emit(out)
			out.n = 0
		}
		if row.countWas != 0 {
			out.putAverage(row.id, row.sumWas, row.countWas, -1)
		}
		out.putAverage(row.id, row.sum, row.n, +1)
		row.sumWas, row.countWas, row.dirty = row.sum, row.n, false
	}
	c.dirty = c.dirty[:0]
	if out.n > 0 {
		s.emit(out)
		out.n = 0
	}
}

func (o *output) putAverage(id int64, sum, n uint64, weight int64) {
	hi, lo := average(0, sum, n)
	o.cols[0][o.n], o.cols[1][o.n], o.cols[2][o.n] = id, int64(hi), int64(lo)
	o.w[o.n] = weight
	o.n++
}
