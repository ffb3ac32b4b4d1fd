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

	inlineKey = 23
	longKey   = 0xff
)

// Table maps keys to records of words that start zeroed. Keys are byte strings; the
// caller hands in their [types.HashKey], which it needs anyway.
type Table struct {
	Slots *types.Slots // UserWord + n words each
	index index
	arena Arena
	hash  func(key []byte) uint64
	group *group // scratch memory
}

// NewTable returns an empty table whose records have userWords words for the caller.
func NewTable(userWords int) *Table {
	return &Table{Slots: types.NewSlots(UserWord + userWords), hash: types.HashKey}
}

// Len is the number of keys.
func (t *Table) Len() int { return t.index.n }

// packed is a key as it stands in a record; for a long key, without its Ref.
type packed [UserWord]uint64

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

// probeGroup is how many keys are looked up together, and fewRecords how many records are
// so few that they lie in the cache anyway.
const (
	probeGroup = 64
	fewRecords = 1 << 12
)

// UpsertAll is [Table.Upsert] of all keys, in order: it returns their ids, and the
// positions of those made now. Both reuse the memory of the slices given.
//
// In a large table every look-up waits for memory twice, for the index and for the record.
// So the first words of a group of keys are fetched together before any is compared.
func (t *Table) UpsertAll(keys *types.KeyBatch, ids []uint32, fresh []int32) ([]uint32, []int32) {
	n := keys.Len()
	if cap(ids) < n {
		ids = make([]uint32, n)
	}
	ids, fresh = ids[:n], fresh[:0]
	if t.group == nil {
		t.group = new(group)
	}
	g := t.group
	g.data = nil
	if keys.Stride > 0 && keys.Stride <= inlineKey {
		g.mask = packMask(keys.Stride)
		g.data = keys.Data[:n*keys.Stride+types.KeySlack]
	}
	for from := 0; from < n; from += probeGroup {
		to := min(from+probeGroup, n)
		g.pack(keys, from, to)
		hashes, into := keys.Hash[from:to], ids[from:to]
		if t.index.n > fewRecords {
			t.fetch(hashes, g)
		} else {
			for k := range g.records {
				g.records[k] = &g.none
			}
		}
		for k, h := range hashes {
			p := &g.keys[k&(probeGroup-1)]
			if r := g.records[k&(probeGroup-1)]; *r == *p && byte(p[wordHead]) != longKey {
				into[k] = g.ids[k&(probeGroup-1)]
				continue
			}
			key := keys.Key(from + k)
			id := t.find(h, p, key)
			if id == None {
				id = t.add(h, p, key)
				fresh = append(fresh, int32(from+k))
			}
			into[k] = id
		}
	}
	return ids, fresh
}

// group is the keys that are looked up together.
type group struct {
	keys    [probeGroup]packed
	records [probeGroup]*packed // the key of the record that the first look finds, or none
	none    packed
	ids     [probeGroup]uint32 // and its id
	places  [probeGroup]unsafe.Pointer
	data    []byte // of keys of one length, which mask cuts out; else nil
	mask    packed
}

// pack packs the keys from … to.
func (g *group) pack(keys *types.KeyBatch, from, to int) {
	if g.data == nil {
		for k := from; k < to; k++ {
			g.keys[k-from] = pack(keys.Hash[k], keys.Key(k))
		}
		return
	}
	le, head := binary.LittleEndian, uint64(keys.Stride+1)
	for k := range to - from {
		key := g.data[(from+k)*keys.Stride:][:types.KeySlack]
		a, b, c := le.Uint64(key), le.Uint64(key[8:]), le.Uint64(key[16:])
		a, b, c = a&g.mask[0], b&g.mask[1], c&g.mask[2]
		g.keys[k&(probeGroup-1)] = packed{head | a<<8, a>>56 | b<<8, b>>56 | c<<8}
	}
}

// packMask has the bits of the bytes of a key of n bytes.
func packMask(n int) (m packed) {
	for i := range n {
		m[i/8] |= 0xff << (i % 8 * 8)
	}
	return m
}

// fetch finds the record of each hash that has its place or the next one in the index. Of a
// table of more than fewRecords, no record is moved any more.
func (t *Table) fetch(hashes []uint64, g *group) {
	for k, h := range hashes {
		s := t.index.seg(h)
		g.places[k&(probeGroup-1)] = unsafe.Pointer(&s.slots[uint32(h)&s.mask()])
	}
	prefetch(&g.places[0], len(hashes))
	for k, h := range hashes {
		p := (*[2]uint64)(g.places[k&(probeGroup-1)])
		e, next := p[0], p[1]
		if uint32(next>>32) == uint32(h) {
			e = next
		}
		id := uint32(0)
		if uint32(e>>32) == uint32(h) {
			id = uint32(e)
		}
		g.ids[k&(probeGroup-1)] = id - 1
	}
	for k := range hashes {
		r := &g.none
		if id := g.ids[k&(probeGroup-1)]; id != None {
			r = (*packed)(t.Slots.Rec(id))
		}
		g.records[k&(probeGroup-1)] = r
	}
	prefetch((*unsafe.Pointer)(unsafe.Pointer(&g.records[0])), len(hashes))
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
