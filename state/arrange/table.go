package arrange

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"streamdb/types"
)

// None is the id of no record.
const None = none

// A record is three words of key, and the user words. A key of up to 23 bytes lies in the
// record, behind a byte that is its length + 1; a longer one is
//
//	[0xff, 56 bits of its hash] [Ref of its bytes] [the hash]
//
// so that no other key is looked at on the way to the right one.
const (
	wordHead = iota
	wordRef
	wordHash
	// UserWord is the offset of the first user word within a record.
	UserWord

	inlineKey = types.PackedKeyMax
	longKey   = 0xff
)

// Table maps keys to records of words that start zeroed. Keys are byte strings; the
// caller hands in their [types.HashKey], which it needs anyway.
type Table struct {
	Slots *types.Slots // UserWord + n words each
	index index
	arena Arena
	hash  func(key []byte) uint64
	batch *batch // scratch memory
}

// NewTable returns an empty table whose records have userWords words for the caller.
func NewTable(userWords int) *Table {
	return &Table{Slots: types.NewSlots(paddedStride(UserWord + userWords)), hash: types.HashKey}
}

// paddedStride makes records that nearly fill cache lines begin with one: the next best thing
// to fewer words is fewer lines to wait for.
func paddedStride(words int) int {
	const line = 8
	if pad := -words & (line - 1); 7*pad <= words {
		return words + pad
	}
	return words
}

// Len is the number of keys.
func (t *Table) Len() int { return t.index.n }

// packed is a key as it stands in a record; for a long key, without its Ref.
type packed = types.PackedKey

// pack makes the form of a key that can be compared word by word.
func pack(hash uint64, key []byte) (p packed) {
	le := binary.LittleEndian
	n := len(key)
	var a, b, c uint64
	switch {
	case n > inlineKey:
		return packed{longKey | hash<<8, 0, hash}
	case n > 16:
		a, b, c = le.Uint64(key), le.Uint64(key[8:]), le.Uint64(key[n-8:])>>(64-8*(n-16))
	case n > 8:
		a, b = le.Uint64(key), le.Uint64(key[n-8:])>>(64-8*(n-8))
	case n == 8:
		a = le.Uint64(key)
	default:
		for i := n - 1; i >= 0; i-- {
			a = a<<8 | uint64(key[i])
		}
	}
	return packed{uint64(n+1) | a<<8, a>>56 | b<<8, b>>56 | c<<8}
}

// is reports whether the record of id has the key p, whose bytes are key.
func (t *Table) is(id uint32, p *packed, key []byte) bool {
	r := t.Slots.Rec(id)
	if r[wordHead] != p[wordHead] || r[wordHash] != p[wordHash] {
		return false
	}
	if byte(r[wordHead]) != longKey {
		return r[wordRef] == p[wordRef]
	}
	return bytes.Equal(t.arena.Bytes(Ref(r[wordRef])), key)
}

// Find returns the id of key's record, or None.
func (t *Table) Find(hash uint64, key []byte) uint32 {
	p := pack(hash, key)
	return t.find(hash, &p, key)
}

func (t *Table) find(hash uint64, p *packed, key []byte) uint32 {
	if len(t.index.segs) == 0 {
		return None
	}
	s := t.index.seg(hash)
	mask := s.mask()
	tag := uint32(hash)
	for i := tag & mask; ; i = (i + 1) & mask {
		e := s.slots[i]
		if e == 0 {
			return None
		}
		if uint32(e>>32) == tag && t.is(uint32(e)-1, p, key) {
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
	mask := s.mask()
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

// Upsert returns the id of key's record, made now if fresh.
func (t *Table) Upsert(hash uint64, key []byte) (id uint32, fresh bool) {
	p := pack(hash, key)
	if id = t.find(hash, &p, key); id != None {
		return id, false
	}
	return t.add(hash, &p, key), true
}

func (t *Table) add(hash uint64, p *packed, key []byte) uint32 {
	id := t.Slots.Alloc()
	if len(key) > inlineKey {
		p[wordRef] = uint64(t.arena.Add(key))
	}
	copy(t.Slots.Rec(id), p[:])
	t.index.insert(hash, id)
	return id
}

// Key is the key of record id; it must not be changed or kept across an Upsert.
func (t *Table) Key(id uint32) []byte { return t.keyOf(t.Slots.Rec(id)) }

func (t *Table) keyOf(r []uint64) []byte {
	if n := byte(r[wordHead]); n != longKey {
		return unsafe.Slice((*byte)(unsafe.Pointer(&r[wordHead])), 8*UserWord)[1:n]
	}
	return t.arena.Bytes(Ref(r[wordRef]))
}

// Hash is the hash of record id's key.
func (t *Table) Hash(id uint32) uint64 {
	r := t.Slots.Rec(id)
	if byte(r[wordHead]) == longKey {
		return r[wordHash]
	}
	return t.hash(t.keyOf(r))
}

// User is the caller's words of record id, valid until the next Upsert.
func (t *Table) User(id uint32) []uint64 { return t.Slots.Rec(id)[UserWord:] }

// Live reports whether id is that of a record.
func (t *Table) Live(id uint32) bool { return *t.Slots.Word(id, wordHead) != 0 }

// Delete removes record id.
func (t *Table) Delete(id uint32) {
	r := t.Slots.Rec(id)
	t.index.remove(t.Hash(id), id)
	if byte(r[wordHead]) == longKey {
		t.arena.Free(Ref(r[wordRef]))
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
		if r := t.Slots.Rec(id); byte(r[wordHead]) == longKey {
			r[wordRef] = uint64(fresh.Add(t.arena.Bytes(Ref(r[wordRef]))))
		}
		return true
	})
	t.arena = fresh
}

// Each calls f with every record's id, in order of ids, until f returns false.
func (t *Table) Each(f func(id uint32) bool) {
	for id := range t.Slots.Cap() {
		if *t.Slots.Word(id, wordHead) != 0 && !f(id) {
			return
		}
	}
}

// Clear removes every record.
func (t *Table) Clear() { *t = *NewTable(t.Slots.Stride - UserWord) }

// MemSize is the bytes the table takes.
func (t *Table) MemSize() int { return t.Slots.MemSize() + t.index.memSize() + t.arena.MemSize() }
