package arrange

import (
	"unsafe"

	"streamdb/types"
)

// probeGroup is how many keys are looked up together, and fewRecords how many records are
// so few that they lie in the cache anyway.
const (
	probeGroup = 64
	fewRecords = 1 << 12
)

// batch is the memory for looking up a batch of keys.
type batch struct {
	recs   types.Records
	keys   [probeGroup]packed
	aims   [2]aim // of two groups in turn
	none   packed // stands for the record of a key that must be looked for
	absent packed // and of one that had none
}

// aim is the places in the index where the keys of a group may be.
type aim struct {
	places [probeGroup]unsafe.Pointer
	moves  int // of the index, when they were found
}

// UpsertAll is [Table.Upsert] of all keys, in order: it returns their ids, and the
// positions of those made now. Both reuse the memory of the slices given.
func (t *Table) UpsertAll(keys *types.KeyBatch, ids []uint32, fresh []int32) ([]uint32, []int32) {
	r := &t.scratch().recs
	r.IDs = ids
	fresh = t.UpsertRecords(keys, r, fresh)
	ids, r.IDs = r.IDs, nil
	return ids, fresh
}

// UpsertRecords is [Table.UpsertAll] that makes recs the list of the keys' records.
//
// In a large table every look-up waits for memory twice, for the index and for the record.
// So the keys are taken in groups, and while one group is compared with its records, those
// of the next one are on their way, as are the index entries of the one after that.
func (t *Table) UpsertRecords(keys *types.KeyBatch, recs *types.Records, fresh []int32) []int32 {
	n := keys.Len()
	fresh = fresh[:0]
	ids, at := recs.Sized(n)
	if t.index.n <= fewRecords {
		// Records may move, so they are located in the end.
		for k, h := range keys.Hash {
			key, isFresh := keys.Key(k), false
			if ids[k], isFresh = t.Upsert(h, key); isFresh {
				fresh = append(fresh, int32(k))
			}
		}
		recs.Locate(t.Slots, ids)
		return fresh
	}
	b := t.scratch()
	aimed, taken, matched := 0, 0, 0 // keys so far
	for round := 0; matched < n; round++ {
		if aimed < n {
			to := min(aimed+probeGroup, n)
			t.aim(keys.Hash[aimed:to], &b.aims[round&1])
			aimed = to
		}
		if round == 0 {
			continue
		}
		if round > 1 {
			to := min(matched+probeGroup, n)
			fresh = t.match(keys, matched, ids[matched:to], at[matched:to], fresh)
			matched = to
		}
		if taken < n {
			to := min(taken+probeGroup, n)
			t.take(keys.Hash[taken:to], &b.aims[(round-1)&1], ids[taken:to], at[taken:to])
			taken = to
		}
	}
	return fresh
}

func (t *Table) scratch() *batch {
	if t.batch == nil {
		t.batch = new(batch)
	}
	return t.batch
}

// aim finds the place of each hash in the index and has it fetched.
func (t *Table) aim(hashes []uint64, a *aim) {
	a.moves = t.index.moves
	for k, h := range hashes {
		s := t.index.seg(h)
		a.places[k&(probeGroup-1)] = unsafe.Pointer(&s.slots[uint32(h)&s.mask()])
	}
	prefetch(&a.places[0], len(hashes), window*8)
}

// take finds the record of each hash that is not far from its place in the index, and has it
// fetched.
func (t *Table) take(hashes []uint64, a *aim, ids []uint32, at []*uint64) {
	if a.moves != t.index.moves {
		t.aim(hashes, a)
	}
	ids, at = ids[:len(hashes)], at[:len(hashes)]
	for k, h := range hashes {
		p := (*[window]uint64)(a.places[k&(probeGroup-1)])
		tag, e := uint32(h), uint64(0)
		e0, e1, e2, e3 := p[0], p[1], p[2], p[3]
		if uint32(e3>>32) == tag {
			e = e3
		}
		if uint32(e2>>32) == tag {
			e = e2
		}
		if uint32(e1>>32) == tag {
			e = e1
		}
		if uint32(e0>>32) == tag {
			e = e0
		}
		id := uint32(e) - 1
		ids[k] = id
		if id != None {
			at[k] = t.Slots.Word(id, 0)
			continue
		}
		at[k] = &t.batch.none[0]
		if e0 == 0 || e1 == 0 || e2 == 0 || e3 == 0 {
			at[k] = &t.batch.absent[0]
		}
	}
	prefetch((*unsafe.Pointer)(unsafe.Pointer(&at[0])), len(at), 8*t.Slots.Stride)
}

// match compares the keys from … with the records found for them, and looks for or makes
// the right ones of the others. Of a table of more than fewRecords, no record is moved any
// more.
func (t *Table) match(keys *types.KeyBatch, from int, ids []uint32, at []*uint64, fresh []int32) []int32 {
	ps := t.pack(keys, from, len(ids))
	at, ps = at[:len(ids)], ps[:len(ids)]
	var made uint64 // a bit for the hash of each key made here
	for k := range ids {
		p := &ps[k]
		if *(*packed)(unsafe.Pointer(at[k])) == *p && byte(p[wordHead]) != longKey {
			continue
		}
		key, h := keys.Key(from+k), keys.Hash[from+k]
		id := None
		if at[k] != &t.batch.absent[0] || made>>(h&63)&1 != 0 {
			id = t.find(h, p, key)
		}
		if id == None {
			id = t.add(h, p, key)
			fresh = append(fresh, int32(from+k))
			made |= 1 << (h & 63)
		}
		ids[k], at[k] = id, t.Slots.Word(id, 0)
	}
	return fresh
}

// pack is the packed forms of n keys.
func (t *Table) pack(keys *types.KeyBatch, from, n int) []packed {
	if all := keys.Packed(); all != nil {
		return all[from : from+n]
	}
	for k := range n {
		t.batch.keys[k&(probeGroup-1)] = pack(keys.Hash[from+k], keys.Key(from+k))
	}
	return t.batch.keys[:n]
}
