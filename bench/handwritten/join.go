package handwritten

import "unsafe"

// An index of auction ids serves both sides of the join: one miss finds the auctions and the
// bids of an id.
type joinSlot struct {
	id       int64
	auctions uint32 // number of the newest record, from 1; 0: none
	bids     uint32
}

// auctionRec is a stored auction. The first one with its id and category also is the group
// of q4's inner query and keeps its maximum.
type auctionRec struct {
	time, expires, category int64
	high                    int64
	next                    uint32 // the record before of the same id
	owner                   uint32 // the record that is the group
	bids                    uint32 // whether any bid counted; 0: high is not set
	mark                    uint32 // epoch in which high first changed last
}

// bidRec is a stored bid.
type bidRec struct {
	time, price int64
	next        uint32
}

const (
	joinSlotShift = 4
	chunkBits     = 13
	chunkRecs     = 1 << chunkBits
)

// chunks is records in pieces that never move. Numbers start at 1.
type chunks[T any] struct {
	list [][]T
	n    uint32
}

func (c *chunks[T]) rec(number uint32) *T { return &c.list[number>>chunkBits][number%chunkRecs] }

func (c *chunks[T]) add() (uint32, *T) {
	c.n++
	if int(c.n>>chunkBits) == len(c.list) {
		c.list = append(c.list, make([]T, chunkRecs))
	}
	return c.n, c.rec(c.n)
}

// join is bid ⋈ auction on the id, both sides stored, with the maximum of the price of the
// bids in an auction's time. Both sides are append-only.
type join struct {
	slots    []joinSlot
	shift    uint
	used     int
	auctions chunks[auctionRec]
	bids     chunks[bidRec]
	epoch    uint32
	log      []touched // the groups whose maximum changed in this epoch
	at       [probeRows]uint32
}

// touched is a group before its first change in an epoch.
type touched struct {
	high  int64
	group uint32
	bids  uint32
}

func newJoin(bitsOfSlots uint) *join {
	j := &join{slots: make([]joinSlot, 1<<bitsOfSlots), shift: 64 - bitsOfSlots, epoch: 1}
	j.auctions.list, j.bids.list = make([][]auctionRec, 0, 16), make([][]bidRec, 0, 16)
	j.auctions.list = append(j.auctions.list, make([]auctionRec, chunkRecs))
	j.bids.list = append(j.bids.list, make([]bidRec, chunkRecs))
	return j
}

func (j *join) home(id int64) uint32 { return uint32(uint64(id) * 0x9e3779b97f4a7c15 >> j.shift) }

// find lists the slots of up to probeRows ids, making those that are missing.
func (j *join) find(ids []int64) []uint32 {
	if 3*(j.used+len(ids)) > 2*len(j.slots) {
		j.grow()
	}
	at := j.at[:len(ids)]
	for i, id := range ids {
		at[i] = j.home(id)
	}
	prefetch(unsafe.Pointer(unsafe.SliceData(j.slots)), &at[0], len(at), joinSlotShift)
	mask := uint32(len(j.slots) - 1)
	for i, id := range ids {
		s := at[i]
		for j.slots[s].auctions|j.slots[s].bids != 0 && j.slots[s].id != id {
			s = (s + 1) & mask
		}
		at[i] = s
		if j.slots[s].auctions|j.slots[s].bids == 0 {
			// Taken at once: another row of this group may have the same id. No record has
			// number 0, and the caller puts the true number over this one.
			j.slots[s] = joinSlot{id: id, bids: fresh}
			j.used++
		}
	}
	return at
}

// fresh stands for "no bids" in a slot that has been made but not filled.
const fresh = ^uint32(0)

func (j *join) grow() {
	old := j.slots
	j.slots, j.shift = make([]joinSlot, 2*len(old)), j.shift-1
	mask := uint32(len(j.slots) - 1)
	for _, o := range old {
		if o.auctions|o.bids == 0 {
			continue
		}
		s := j.home(o.id)
		for j.slots[s].auctions|j.slots[s].bids != 0 {
			s = (s + 1) & mask
		}
		j.slots[s] = o
	}
}

// addBids joins bids with the auctions stored, and stores them.
func (j *join) addBids(ids, prices, times []int64) {
	for len(ids) > 0 {
		n := min(len(ids), probeRows)
		at := j.find(ids[:n])
		j.warmAuctions(at)
		for i, s := range at {
			slot := &j.slots[s]
			if slot.bids == fresh {
				slot.bids = 0
			}
			number, b := j.bids.add()
			*b = bidRec{time: times[i], price: prices[i], next: slot.bids}
			slot.bids = number
			for a := slot.auctions; a != 0; {
				rec := j.auctions.rec(a)
				if rec.time <= times[i] && times[i] <= rec.expires {
					j.raise(rec.owner, prices[i])
				}
				a = rec.next
			}
		}
		ids, prices, times = ids[n:], prices[n:], times[n:]
	}
}

// addAuctions joins auctions with the bids stored, and stores them.
func (j *join) addAuctions(ids, times, expires, categories []int64) {
	for len(ids) > 0 {
		n := min(len(ids), probeRows)
		at := j.find(ids[:n])
		j.warmBids(at)
		for i, s := range at {
			slot := &j.slots[s]
			if slot.bids == fresh {
				slot.bids = 0
			}
			owner := j.owner(slot, categories[i])
			number, a := j.auctions.add()
			if owner == 0 {
				owner = number
			}
			*a = auctionRec{time: times[i], expires: expires[i], category: categories[i], next: slot.auctions, owner: owner}
			slot.auctions = number
			for k := slot.bids; k != 0; {
				b := j.bids.rec(k)
				if times[i] <= b.time && b.time <= expires[i] {
					j.raise(owner, b.price)
				}
				k = b.next
			}
		}
		ids, times, expires, categories = ids[n:], times[n:], expires[n:], categories[n:]
	}
}

// owner is the auction of this id that is the group of a category; 0: none yet.
func (j *join) owner(slot *joinSlot, category int64) uint32 {
	for a := slot.auctions; a != 0; {
		rec := j.auctions.rec(a)
		if rec.category == category {
			return rec.owner
		}
		a = rec.next
	}
	return 0
}

// raise puts a price into a group's maximum.
func (j *join) raise(group uint32, price int64) {
	rec := j.auctions.rec(group)
	if rec.bids != 0 && rec.high >= price {
		return
	}
	if rec.mark != j.epoch {
		rec.mark = j.epoch
		j.log = append(j.log, touched{rec.high, group, rec.bids})
	}
	rec.high, rec.bids = price, 1
}

// warmAuctions touches the first auction of each slot: independent loads, whose misses
// overlap, where the loop after them would wait for each. Inlined, they would be left out.
//
//go:noinline
func (j *join) warmAuctions(at []uint32) (sum int64) {
	for _, s := range at {
		sum += j.auctions.rec(j.slots[s].auctions).time
	}
	return sum
}

// warmBids touches the newest bid of each slot.
//
//go:noinline
func (j *join) warmBids(at []uint32) (sum int64) {
	for _, s := range at {
		if b := j.slots[s].bids; b != fresh {
			sum += j.bids.rec(b).time
		}
	}
	return sum
}
