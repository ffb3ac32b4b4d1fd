package types

// Slots is pointer-free memory for fixed-size records with stable ids: the working state
// of aggregates and joins. A record is Stride words; records lie in chunks that never
// move, so growth never pauses and a slice from [Slots.Rec] stays valid.
type Slots struct {
	Stride int
	chunks [][]uint64
	n      uint32   // ids handed out
	free   []uint32 // ids given back
}

const (
	slotShift = 12
	slotMask  = 1<<slotShift - 1
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
	if int(s.n>>slotShift) == len(s.chunks) {
		s.chunks = append(s.chunks, make([]uint64, s.Stride<<slotShift))
	}
	s.n++
	return s.n - 1
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

// Len is the number of records in use.
func (s *Slots) Len() int { return int(s.n) - len(s.free) }

// MemSize is the bytes the chunks take.
func (s *Slots) MemSize() int { return len(s.chunks)*s.Stride<<slotShift*8 + 4*cap(s.free) }
