package arrange

// index maps hashes to record ids by open addressing: an entry is 32 bits of the hash and
// the id + 1. It has one segment while small and then 256, chosen by the top byte of those
// 32 bits, each doubling alone, so that growth never pauses for the whole table.
type index struct {
	segs  []segment
	n     int
	moves int // how often entries were given other memory
}

// window is how many neighbouring slots can be read from anywhere in a segment: behind its
// last slot there are copies of the first ones.
const window = 4

// segment has a power of two of slots, and the copies.
type segment struct {
	slots []uint64
	n     int
}

func newSegment(size int) segment { return segment{slots: make([]uint64, size+window-1)} }

func (s *segment) size() int { return len(s.slots) - (window - 1) }

// mask takes the place of a hash out of it.
func (s *segment) mask() uint32 { return uint32(len(s.slots) - window) }

// copyFirst renews the copies of the first slots after slot i has changed.
func (s *segment) copyFirst(i uint32) {
	if i < window-1 {
		s.slots[s.size()+int(i)] = s.slots[i]
	}
}

const (
	none      = ^uint32(0)
	splitAt   = 1 << 13 // entries at which one segment becomes 256
	smallest  = 16
	loadLimit = 4 // of 8
)

func (x *index) seg(hash uint64) *segment {
	if len(x.segs) == 256 {
		return &x.segs[uint32(hash)>>24]
	}
	return &x.segs[0]
}

// insert adds an entry; the caller knows there is none equal.
func (x *index) insert(hash uint64, id uint32) {
	if len(x.segs) == 0 {
		x.segs = []segment{newSegment(smallest)}
	}
	if len(x.segs) == 1 && x.n >= splitAt {
		x.split()
	}
	s := x.seg(hash)
	if (s.n+1)*8 > s.size()*loadLimit {
		s.resize(2 * s.size())
		x.moves++
	}
	s.put(uint64(uint32(hash))<<32 | uint64(id+1))
	x.n++
}

func (s *segment) put(e uint64) {
	mask := s.mask()
	i := uint32(e>>32) & mask
	for s.slots[i] != 0 {
		i = (i + 1) & mask
	}
	s.slots[i] = e
	s.n++
	s.copyFirst(i)
}

func (s *segment) resize(size int) {
	old := s.slots
	*s = newSegment(size)
	for _, e := range old[:len(old)-(window-1)] {
		if e != 0 {
			s.put(e)
		}
	}
}

// remove deletes the entry of id, closing the gap it leaves.
func (x *index) remove(hash uint64, id uint32) {
	s := x.seg(hash)
	mask := s.mask()
	want := uint64(uint32(hash))<<32 | uint64(id+1)
	i := uint32(hash) & mask
	for s.slots[i] != want {
		i = (i + 1) & mask
	}
	for j := (i + 1) & mask; s.slots[j] != 0; j = (j + 1) & mask {
		home := uint32(s.slots[j]>>32) & mask
		if (j-home)&mask >= (j-i)&mask { // the entry may move back to i
			s.slots[i] = s.slots[j]
			s.copyFirst(i)
			i = j
		}
	}
	s.slots[i] = 0
	s.copyFirst(i)
	s.n--
	x.n--
}

func (x *index) memSize() int {
	n := 0
	for i := range x.segs {
		n += 8 * len(x.segs[i].slots)
	}
	return n
}

// split spreads the one segment over 256.
func (x *index) split() {
	old := x.segs[0]
	x.moves++
	x.segs = make([]segment, 256)
	for i := range x.segs {
		x.segs[i] = newSegment(2 * splitAt / 256)
	}
	for _, e := range old.slots[:old.size()] {
		if e == 0 {
			continue
		}
		s := &x.segs[e>>56]
		if (s.n+1)*8 > s.size()*loadLimit {
			s.resize(2 * s.size())
		}
		s.put(e)
	}
}
