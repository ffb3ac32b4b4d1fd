package arrange

import (
	"bytes"
	"unsafe"

	"streamdb/types"
)

// None is the id of no record.
const None = none

// A record is [hash][key: inline flag and length, or Ref][16 inline key bytes][user words].
const (
	wordHash = iota
	wordKey
	wordInline
	_
	// UserWord is the offset of the first user word within a record.
	UserWord

	inlineKey     = 16
	inlineFlag    = 1 << 63
	inlineKeyMask = 0xff
)

// Table maps keys to records of words that start zeroed. Keys are byte strings with a
// hash the caller computes (the same for equal keys).
type Table struct {
	Slots *types.Slots // UserWord + n words each
	index index
	arena Arena
}

// NewTable returns an empty table whose records have userWords words for the caller.
func NewTable(userWords int) *Table {
	return &Table{Slots: types.NewSlots(UserWord + userWords)}
}

// Len is the number of keys.
func (t *Table) Len() int { return t.index.n }

// Find returns the id of key's record, or None.
func (t *Table) Find(hash uint64, key []byte) uint32 {
	if len(t.index.segs) == 0 {
		return None
	}
	s := t.index.seg(hash)
	mask := uint32(len(s.slots) - 1)
	tag := uint32(hash)
	for i := tag & mask; ; i = (i + 1) & mask {
		e := s.slots[i]
		if e == 0 {
			return None
		}
		if uint32(e>>32) == tag && t.is(uint32(e)-1, hash, key) {
			return uint32(e) - 1
		}
	}
}

// FindHash returns the first record with this hash that match accepts, or None.
func (t *Table) FindHash(hash uint64, match func(id uint32) bool) uint32 {
	if len(t.index.segs) == 0 {
		return None
	}
	s := t.index.seg(hash)
	mask := uint32(len(s.slots) - 1)
	tag := uint32(hash)
	for i := tag & mask; s.slots[i] != 0; i = (i + 1) & mask {
		if uint32(s.slots[i]>>32) != tag {
			continue
		}
		if id := uint32(s.slots[i]) - 1; t.Hash(id) == hash && match(id) {
			return id
		}
	}
	return None
}

// is reports whether record id has this hash and key.
func (t *Table) is(id uint32, hash uint64, key []byte) bool {
	r := t.Slots.Rec(id)
	return r[wordHash] == hash && bytes.Equal(t.keyOf(r), key)
}

// Upsert returns the id of key's record, made now if fresh.
func (t *Table) Upsert(hash uint64, key []byte) (id uint32, fresh bool) {
	if id = t.Find(hash, key); id != None {
		return id, false
	}
	id = t.Slots.Alloc()
	r := t.Slots.Rec(id)
	r[wordHash] = hash
	if len(key) <= inlineKey {
		r[wordKey] = inlineFlag | uint64(len(key))
		copy(inlineBytes(r), key)
	} else {
		r[wordKey] = uint64(t.arena.Add(key))
	}
	t.index.insert(hash, id)
	return id, true
}

func inlineBytes(r []uint64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&r[wordInline])), inlineKey)
}

func (t *Table) keyOf(r []uint64) []byte {
	if k := r[wordKey]; k&inlineFlag != 0 {
		return inlineBytes(r)[:k&inlineKeyMask]
	}
	return t.arena.Bytes(Ref(r[wordKey]))
}

// Key is the key of record id; it must not be changed or kept across an Upsert.
func (t *Table) Key(id uint32) []byte { return t.keyOf(t.Slots.Rec(id)) }

// Hash is the hash of record id's key.
func (t *Table) Hash(id uint32) uint64 { return *t.Slots.Word(id, wordHash) }

// User is the caller's words of record id, valid until the next Upsert.
func (t *Table) User(id uint32) []uint64 { return t.Slots.Rec(id)[UserWord:] }

// Delete removes record id.
func (t *Table) Delete(id uint32) {
	r := t.Slots.Rec(id)
	t.index.remove(r[wordHash], id)
	if r[wordKey]&inlineFlag == 0 {
		t.arena.Free(Ref(r[wordKey]))
	}
	t.Slots.Free(id)
	if t.arena.Wasteful() {
		t.compact()
	}
}

// compact copies the live keys into a fresh arena.
func (t *Table) compact() {
	var fresh Arena
	t.Each(func(id uint32) bool {
		if r := t.Slots.Rec(id); r[wordKey]&inlineFlag == 0 {
			r[wordKey] = uint64(fresh.Add(t.arena.Bytes(Ref(r[wordKey]))))
		}
		return true
	})
	t.arena = fresh
}

// Each calls f with every record's id, in order of ids, until f returns false.
func (t *Table) Each(f func(id uint32) bool) {
	for id := range t.Slots.Cap() {
		if *t.Slots.Word(id, wordKey) != 0 && !f(id) {
			return
		}
	}
}

// Clear removes every record.
func (t *Table) Clear() { *t = *NewTable(t.Slots.Stride - UserWord) }

// MemSize is the bytes the table takes.
func (t *Table) MemSize() int { return t.Slots.MemSize() + t.index.memSize() + t.arena.MemSize() }
