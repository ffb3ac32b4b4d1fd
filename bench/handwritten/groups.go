package handwritten

import (
	"math/bits"
	"unsafe"
)

// group is one row of q17's state, in one cache line.
type group struct {
	auction      int64
	day          int32  // days since 2000-01-01
	total        uint32 // bids; 0: the slot is free
	rank1, rank2 uint32 // bids below 10,000 and below 1,000,000
	low, high    int64
	sumHi, sumLo uint64
	mark         uint64 // epoch of the last touch; in the log: the slot
}

const (
	groupShift = 6 // 64 bytes
	probeRows  = 256
)

// groups is a table of groups with open addressing, at most 2/3 full.
type groups struct {
	slots []group
	shift uint // of a hash, to make it a slot
	used  int
	epoch uint64
	log   []group // what each group was before its first touch in this epoch
	at    [probeRows]uint32
}

func newGroups(bitsOfSlots uint) *groups {
	return &groups{slots: make([]group, 1<<bitsOfSlots), shift: 64 - bitsOfSlots, epoch: 1}
}

func (g *groups) home(auction int64, day int32) uint32 {
	return uint32((uint64(auction) ^ uint64(day)<<44) * 0x9e3779b97f4a7c15 >> g.shift)
}

// add counts a batch of bids, in groups small enough for the cache to hold their slots.
func (g *groups) add(auctions, prices, times []int64) {
	for len(auctions) > 0 {
		n := min(len(auctions), probeRows)
		if 3*(g.used+n) > 2*len(g.slots) {
			g.grow()
		}
		g.addSome(auctions[:n], prices[:n], times[:n])
		auctions, prices, times = auctions[n:], prices[n:], times[n:]
	}
}

func (g *groups) addSome(auctions, prices, times []int64) {
	at := g.at[:len(auctions)]
	var days [probeRows]int32
	for i, a := range auctions {
		days[i] = dayOf(times[i])
		at[i] = g.home(a, days[i])
	}
	prefetch(unsafe.Pointer(unsafe.SliceData(g.slots)), &at[0], len(at), groupShift)
	mask := uint32(len(g.slots) - 1)
	for i, a := range auctions {
		s := at[i]
		for g.slots[s].total != 0 && (g.slots[s].auction != a || g.slots[s].day != days[i]) {
			s = (s + 1) & mask
		}
		gr := &g.slots[s]
		if gr.mark != g.epoch {
			g.touch(gr, s, a, days[i])
		}
		gr.count(prices[i])
	}
}

// touch logs what a group is at its first touch in an epoch, and makes it if it is new.
func (g *groups) touch(gr *group, slot uint32, auction int64, day int32) {
	g.log = append(g.log, *gr)
	g.log[len(g.log)-1].mark = uint64(slot)
	if gr.total == 0 {
		*gr = group{auction: auction, day: day, low: 1<<63 - 1, high: -1 << 63}
		g.used++
	}
	gr.mark = g.epoch
}

// count adds one bid.
func (gr *group) count(price int64) {
	gr.total++
	// Prices are all over the range: branches would be guessed wrong.
	below1, below2 := one(price < 10000), one(price < 1000000)
	gr.rank1 += below1
	gr.rank2 += below2 - below1
	gr.low, gr.high = min(gr.low, price), max(gr.high, price)
	var carry uint64
	gr.sumLo, carry = bits.Add64(gr.sumLo, uint64(price), 0)
	gr.sumHi, _ = bits.Add64(gr.sumHi, uint64(price>>63), carry)
}

// one is 1 for true, else 0, without a branch.
func one(b bool) (n uint32) {
	if b {
		n = 1
	}
	return n
}

// grow doubles the table. What the log holds moves along.
func (g *groups) grow() {
	old := g.slots
	g.slots, g.shift = make([]group, 2*len(old)), g.shift-1
	mask := uint32(len(g.slots) - 1)
	moved := make([]uint32, len(g.log))
	for i := range g.log {
		now := &old[g.log[i].mark]
		now.mark |= uint64(i+1) << 32 // epochs stay below 2^32
	}
	for i := range old {
		if old[i].total == 0 {
			continue
		}
		s := g.home(old[i].auction, old[i].day)
		for g.slots[s].total != 0 {
			s = (s + 1) & mask
		}
		if k := old[i].mark >> 32; k != 0 {
			moved[k-1] = s
			old[i].mark &= 1<<32 - 1
		}
		g.slots[s] = old[i]
	}
	for i, s := range moved {
		g.log[i].mark = uint64(s)
	}
}

// barrier gives changed what each touched group was (total 0: nothing) and is, and begins the
// next epoch.
func (g *groups) barrier(changed func(was, is *group)) {
	for log := g.log; len(log) > 0; {
		n := min(len(log), probeRows)
		at := g.at[:n]
		for i := range at {
			at[i] = uint32(log[i].mark)
		}
		prefetch(unsafe.Pointer(unsafe.SliceData(g.slots)), &at[0], n, groupShift)
		for i, s := range at {
			changed(&log[i], &g.slots[s])
		}
		log = log[n:]
	}
	g.log = g.log[:0]
	g.epoch++
}
