package arrange

// Multiset keeps rows, as images, with weights. Rows may be chained: all rows with the
// same link (a key's record elsewhere) form a list that starts at a head the caller
// keeps.
type Multiset struct {
	T *Table
}

// The user words of a multiset's record; a caller's own words follow.
const (
	rowWeight = UserWord + iota
	rowNext   // id + 1 of the next row of the chain
	rowPrev   // id + 1 of the previous row
	// RowUser is the offset within [Table.User] of the caller's first word.
	RowUser = rowPrev + 1 - UserWord
)

// NewMultiset returns an empty multiset with userWords words a row for the caller.
func NewMultiset(userWords int) *Multiset { return &Multiset{T: NewTable(RowUser + userWords)} }

// Upsert returns the id of the row with this image, made with weight 0 if fresh.
func (m *Multiset) Upsert(hash uint64, image []byte) (id uint32, fresh bool) {
	return m.T.Upsert(hash, image)
}

// Weight is the weight of row id, which may be negative within an epoch.
func (m *Multiset) Weight(id uint32) *uint64 { return m.T.Slots.Word(id, rowWeight) }

// Image is the image of row id.
func (m *Multiset) Image(id uint32) []byte { return m.T.Key(id) }

// Link puts row id at the front of the chain that starts at *head (0: empty).
func (m *Multiset) Link(head *uint64, id uint32) {
	r := m.T.Slots.Rec(id)
	r[rowNext], r[rowPrev] = *head, 0
	if *head != 0 {
		*m.T.Slots.Word(uint32(*head-1), rowPrev) = uint64(id) + 1
	}
	*head = uint64(id) + 1
}

// Unlink takes row id out of the chain that starts at *head.
func (m *Multiset) Unlink(head *uint64, id uint32) {
	r := m.T.Slots.Rec(id)
	next, prev := r[rowNext], r[rowPrev]
	if prev == 0 {
		*head = next
	} else {
		*m.T.Slots.Word(uint32(prev-1), rowNext) = next
	}
	if next != 0 {
		*m.T.Slots.Word(uint32(next-1), rowPrev) = prev
	}
}

// Next is the row after id in its chain, or None. A chain is walked from
// First(head) by Next.
func (m *Multiset) Next(id uint32) uint32 { return uint32(*m.T.Slots.Word(id, rowNext)) - 1 }

// First is the first row of the chain that starts at head, or None.
func First(head uint64) uint32 { return uint32(head) - 1 }
