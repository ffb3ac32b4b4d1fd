package state

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Delta is what changed in one table since the last checkpoint, as the owner of the
// table hands it over: a write buffer without an allocation per record. It may name a
// key more than once; the last change counts. A Delta is not safe for concurrent use and
// belongs to the store from Commit's call to its return.
type Delta struct {
	table TableID
	buf   []byte // records as in a block
	n     int
	stats TableStats // how the table's statistics change

	expect int
}

// NewDelta returns an empty Delta of one table. A checkpoint may hold several of one
// table, from workers that own different keys.
func NewDelta(id TableID) *Delta { return &Delta{table: id} }

// Table is the table the changes are of.
func (d *Delta) Table() TableID { return d.table }

// Len is the number of changes.
func (d *Delta) Len() int { return d.n }

// Bytes is the size of the encoded changes.
func (d *Delta) Bytes() int { return len(d.buf) }

// Each calls f with every change in the order in which they were made; val is nil for a
// deletion. The slices must not be changed or kept.
func (d *Delta) Each(f func(key, val []byte, deleted bool)) {
	for at := 0; at < len(d.buf); {
		r, n := nextDeltaRecord(d.buf[at:])
		f(r.key, r.val, r.deleted)
		at += n
	}
}

// Stats is how the changes change the statistics of the table.
func (d *Delta) Stats() TableStats { return d.stats }

// Reset empties d and keeps its memory.
func (d *Delta) Reset() { d.buf, d.n, d.stats = d.buf[:0], 0, TableStats{} }

// Expect says how many changes are about to come, so that memory for them is found at once:
// as much for each as those before needed.
func (d *Delta) Expect(n int) { d.expect = d.n + n }

// sampled is how many changes tell how long the others will be.
const sampled = 256

// reserve makes room for the changes expected.
func (d *Delta) reserve() {
	if d.n == sampled && d.expect > sampled {
		d.buf = slices.Grow(d.buf, len(d.buf)/sampled*(d.expect-sampled)*9/8)
	}
}

// Put sets key to val. old is HashKV of the row it replaces, the zero Hash if there is
// none: in the store or by an earlier change of this Delta. Keys are not empty and their
// first byte is the vnode, where the table has one.
func (d *Delta) Put(key, val []byte, old Hash) {
	d.stats.put(HashKV(key, val), old)
	d.buf = appendDeltaRecord(d.buf, key, val, false)
	d.n++
	d.reserve()
}

// Delete removes key, whose row has the HashKV old. With the zero Hash the key was
// absent, and stays so.
func (d *Delta) Delete(key []byte, old Hash) {
	d.stats.drop(old)
	d.buf = appendDeltaRecord(d.buf, key, nil, true)
	d.n++
	d.reserve()
}

// A record is uvarint(len(key)<<1 | deleted), then, unless deleted, uvarint(len(val)),
// then key and value.
func appendDeltaRecord(b, key, val []byte, deleted bool) []byte {
	head := uint64(len(key)) << 1
	if deleted {
		b = binary.AppendUvarint(b, head|1)
		return append(b, key...)
	}
	b = binary.AppendUvarint(b, head)
	b = binary.AppendUvarint(b, uint64(len(val)))
	b = append(b, key...)
	return append(b, val...)
}

// deltaRecord is one decoded change; its slices alias the buffer.
type deltaRecord struct {
	key, val []byte
	deleted  bool
}

// nextDeltaRecord decodes the record at the head of b and returns its length, 0 if b does
// not begin with one.
func nextDeltaRecord(b []byte) (deltaRecord, int) {
	head, at := binary.Uvarint(b)
	if at <= 0 {
		return deltaRecord{}, 0
	}
	keyLen, valLen := head>>1, uint64(0)
	if head&1 == 0 {
		n := 0
		if valLen, n = binary.Uvarint(b[at:]); n <= 0 {
			return deltaRecord{}, 0
		}
		at += n
	}
	left := uint64(len(b) - at)
	if keyLen > left || valLen > left-keyLen {
		return deltaRecord{}, 0
	}
	end := at + int(keyLen)
	return deltaRecord{
		key:     b[at:end:end],
		val:     b[end : end+int(valLen)],
		deleted: head&1 != 0,
	}, end + int(valLen)
}

// recordRef finds one record of a Delta. It carries 18 bytes of its key, from the first on in
// which keys of its bucket differ, so that few records need to be looked at to order them. The
// last two bytes stand above the position.
type recordRef struct {
	hi, lo, tail uint64
}

const positionBits = 48

// newRecordRef takes the bytes that are carried, padded with zeros: equal ones say nothing.
func newRecordRef(key []byte, at int) recordRef {
	var b [24]byte
	if len(key) < 18 {
		copy(b[:], key)
		key = b[:]
	}
	be := binary.BigEndian
	return recordRef{be.Uint64(key), be.Uint64(key[8:]), uint64(be.Uint16(key[16:]))<<positionBits | uint64(at)}
}

// at is the record's position in the buffer.
func (r recordRef) at() int { return int(r.tail & (1<<positionBits - 1)) }

// samePrefix reports whether the bytes carried are the same.
func (r recordRef) samePrefix(o recordRef) bool {
	return r.hi == o.hi && r.lo == o.lo && r.tail>>positionBits == o.tail>>positionBits
}

// sorted returns references to d's records in key order, the last change of each key only.
// Keys are dealt out by their first byte (the vnode), so that each sort stays in cache.
func (d *Delta) sorted() []recordRef {
	var counts [257]int
	var common [256][]byte // what all keys of a bucket begin with
	for at := 0; at < len(d.buf); {
		r, n := nextDeltaRecord(d.buf[at:])
		i := bucketOf(r.key)
		if counts[i+1]++; counts[i+1] == 1 {
			common[i] = r.key
		} else {
			common[i] = commonPrefix(common[i], r.key)
		}
		at += n
	}
	for i := 1; i < len(counts); i++ {
		counts[i] += counts[i-1]
	}
	refs := make([]recordRef, d.n)
	next := counts
	for at := 0; at < len(d.buf); {
		r, n := nextDeltaRecord(d.buf[at:])
		i := bucketOf(r.key)
		refs[next[i]] = newRecordRef(r.key[len(common[i]):], at)
		next[i]++
		at += n
	}
	for i := range 256 {
		slices.SortFunc(refs[counts[i]:counts[i+1]], d.compare)
	}
	return d.lastOfEach(refs)
}

func bucketOf(key []byte) int {
	if len(key) == 0 {
		return 0
	}
	return int(key[0])
}

// commonPrefix is the part of a with which b begins, too.
func commonPrefix(a, b []byte) []byte {
	n := min(len(a), len(b))
	if bytes.Equal(a[:n], b[:n]) {
		return a[:n]
	}
	for i := range n {
		if a[i] != b[i] {
			return a[:i]
		}
	}
	return a[:n]
}

// compare orders by key, then by age.
func (d *Delta) compare(a, b recordRef) int {
	switch {
	case a.hi != b.hi:
		if a.hi < b.hi {
			return -1
		}
		return 1
	case a.lo != b.lo:
		if a.lo < b.lo {
			return -1
		}
		return 1
	case a.tail>>positionBits != b.tail>>positionBits:
		if a.tail < b.tail {
			return -1
		}
		return 1
	}
	if c := bytes.Compare(d.record(a).key, d.record(b).key); c != 0 {
		return c
	}
	return a.at() - b.at()
}

func (d *Delta) record(r recordRef) deltaRecord {
	rec, _ := nextDeltaRecord(d.buf[r.at():])
	return rec
}

// lastOfEach keeps the newest of the records with equal keys.
func (d *Delta) lastOfEach(refs []recordRef) []recordRef {
	kept := refs[:0]
	for i, r := range refs {
		if i+1 < len(refs) && r.samePrefix(refs[i+1]) &&
			bytes.Equal(d.record(r).key, d.record(refs[i+1]).key) {
			continue
		}
		kept = append(kept, r)
	}
	return kept
}
