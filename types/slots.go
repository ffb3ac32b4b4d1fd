package types

import "unsafe"

// Slots is pointer-free memory for fixed-size records with stable ids: the working state
// of aggregates and joins. A record is Stride words. Records lie in chunks; only the first
// chunk is ever moved, while it grows to full size, so growth never pauses. A slice from
// [Slots.Rec] is valid until the next Alloc.
type Slots struct {
	Stride int
	chunks [][]uint64
	n      uint32   // ids handed out
	free   []uint32 // ids given back
}

const (
	slotShift    = 12
	slotMask     = 1<<slotShift - 1
	slotsAtFirst = 32
)

// NewSlots returns empty memory for records of stride words.
func NewSlots(stride int) *Slots { return &Slots{Stride: stride} }

// Alloc hands out the id of a zeroed record.
func (s *Slots) Alloc() uint32 {
	if n := len(s.free); n > 0 {
		id := s.free[n-1]
		s.free = s.free[:n-1]
		return id
	}
	s.grow()
	s.n++
	return s.n - 1
}

// AllocRun hands out up to n new records, at least one, that lie next to each other: the id
// of the first, those of the others following, and the zeroed words of all. It takes none of
// those given back.
func (s *Slots) AllocRun(n int) (first uint32, words []uint64) {
	s.grow()
	from := int(s.n&slotMask) * s.Stride
	words = s.chunks[s.n>>slotShift][from:]
	words = words[:min(n*s.Stride, len(words))]
	first = s.n
	s.n += uint32(len(words) / s.Stride)
	return first, words
}

// grow makes room for record s.n.
func (s *Slots) grow() {
	c := int(s.n >> slotShift)
	switch {
	case c == 0 && len(s.chunks) == 0:
		s.chunks = append(s.chunks, make([]uint64, s.Stride*slotsAtFirst))
	case c == 0 && int(s.n)*s.Stride == len(s.chunks[0]):
		s.chunks[0] = append(s.chunks[0], make([]uint64, len(s.chunks[0]))...)
	case c == len(s.chunks):
		s.chunks = append(s.chunks, make([]uint64, s.Stride<<slotShift))
	}
}

// Free zeroes the record and takes its id back.
func (s *Slots) Free(id uint32) {
	clear(s.Rec(id))
	s.free = append(s.free, id)
}

// Rec is the record's words.
func (s *Slots) Rec(id uint32) []uint64 {
	i := int(id&slotMask) * s.Stride
	return s.chunks[id>>slotShift][i : i+s.Stride : i+s.Stride]
}

// Word is one word of a record.
func (s *Slots) Word(id uint32, off int) *uint64 {
	return &s.chunks[id>>slotShift][int(id&slotMask)*s.Stride+off]
}

// Cap is the number of ids ever handed out; freed ids below it have zeroed records.
func (s *Slots) Cap() uint32 { return s.n }

// Len is the number of records in use.
func (s *Slots) Len() int { return int(s.n) - len(s.free) }

// MemSize is the bytes the chunks take.
func (s *Slots) MemSize() int {
	n := 4 * cap(s.free)
	for _, c := range s.chunks {
		n += 8 * cap(c)
	}
	return n
}

// Records is a list of records of one [Slots], found once and then reached without looking
// for them. It is valid until the next Alloc.
type Records struct {
	IDs []uint32
	at  []*uint64 // the first word of each
}

// Locate makes r the list of the records of ids, which it keeps.
func (r *Records) Locate(s *Slots, ids []uint32) {
	if cap(r.at) < len(ids) {
		r.at = make([]*uint64, len(ids))
	}
	r.IDs, r.at = ids, r.at[:len(ids)]
	for k, id := range ids {
		r.at[k] = &s.chunks[id>>slotShift][int(id&slotMask)*s.Stride]
	}
}

// Sized makes r a list of n records whose ids and first words the caller then sets. It
// reuses the memory of r.
func (r *Records) Sized(n int) (ids []uint32, at []*uint64) {
	if cap(r.at) < n {
		r.at = make([]*uint64, n)
	}
	if cap(r.IDs) < n {
		r.IDs = make([]uint32, n)
	}
	r.IDs, r.at = r.IDs[:n], r.at[:n]
	return r.IDs, r.at
}

// Reset makes r an empty list.
func (r *Records) Reset() { r.IDs, r.at = r.IDs[:0], r.at[:0] }

// Pick makes r, which has not been used with Locate, the list of those of another at some
// places.
func (r *Records) Pick(from *Records, at []int32) {
	if cap(r.at) < len(at) || cap(r.IDs) < len(at) {
		r.at, r.IDs = make([]*uint64, len(from.at)), make([]uint32, len(from.at))
	}
	r.IDs, r.at = r.IDs[:len(at)], r.at[:len(at)]
	for n, k := range at {
		r.IDs[n] = from.IDs[k]
		r.at[n] = from.at[k]
	}
}

// Append adds the k-th of another list.
func (r *Records) Append(from *Records, k int) {
	r.IDs, r.at = append(r.IDs, from.IDs[k]), append(r.at, from.at[k])
}

// At points to word off of the k-th record. The words behind it in the record can be reached
// through it.
func (r *Records) At(k, off int) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(r.at[k]), off*8)
}

// Word is word off of the k-th record.
func (r *Records) Word(k, off int) *uint64 { return (*uint64)(r.At(k, off)) }
