package state

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"runtime"
	"slices"
)

// recordRef finds one record of a Delta. It carries 16 bytes of its key, from the first on in
// which keys of its bucket differ, or those of the bucket that would else carry the same; and
// the record's length. So few records need to be looked at before they are copied: they lie
// anywhere, and each look waits for memory.
type recordRef struct {
	hi, lo uint64
	place  uint64 // position<<lengthBits | length, 0 if it is longer
}

const (
	lengthBits = 24
	maxLength  = 1<<lengthBits - 1
)

// newRecordRef takes the bytes that are carried, padded with zeros: equal ones say nothing.
func newRecordRef(key []byte, at, length int) recordRef {
	if length > maxLength {
		length = 0
	}
	return recordRef{place: uint64(at)<<lengthBits | uint64(length)}.carrying(key)
}

// carrying is r with the first bytes of key.
func (r recordRef) carrying(key []byte) recordRef {
	var b [16]byte
	if len(key) < 16 {
		copy(b[:], key)
		key = b[:]
	}
	r.hi, r.lo = binary.BigEndian.Uint64(key), binary.BigEndian.Uint64(key[8:])
	return r
}

// at is the record's position: its chunk and where it begins in it.
func (r recordRef) at() int { return int(r.place >> lengthBits) }

// samePrefix reports whether the bytes carried are the same.
func (r recordRef) samePrefix(o recordRef) bool { return r.hi == o.hi && r.lo == o.lo }

// bytes is a record as it is encoded.
func (d *Delta) bytes(r recordRef) []byte {
	b := d.encoded(r.at())
	n := int(r.place & maxLength)
	if n == 0 {
		_, n = nextDeltaRecord(b)
	}
	return b[:n]
}

// length is the number of those bytes.
func (d *Delta) length(r recordRef) int {
	if n := int(r.place & maxLength); n > 0 {
		return n
	}
	return len(d.bytes(r))
}

// sorted returns references to d's records in key order, the last change of each key only.
// Keys are dealt out by their first byte (the vnode), so that each sort stays in cache.
func (d *Delta) sorted() []recordRef {
	var counts [257]int
	var common [256][]byte // what all keys of a bucket begin with
	d.each(func(_, _ int, r deltaRecord) {
		i := bucketOf(r.key)
		if counts[i+1]++; counts[i+1] == 1 {
			common[i] = r.key
		} else {
			common[i] = commonPrefix(common[i], r.key)
		}
	})
	for i := 1; i < len(counts); i++ {
		counts[i] += counts[i-1]
	}
	refs := make([]recordRef, d.n)
	next := counts
	d.each(func(at, length int, r deltaRecord) {
		i := bucketOf(r.key)
		refs[next[i]] = newRecordRef(r.key[len(common[i]):], at, length)
		next[i]++
	})
	for i := range 256 {
		d.sort(refs[counts[i]:counts[i+1]], len(common[i]))
		runtime.Gosched() // what answers somebody goes first
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

// fewRecords is how many records may as well be looked at.
const fewRecords = 8

// sort orders records, whose keys agree in some bytes before those that are carried, by key,
// then by age. Those that agree in the bytes carried, too, are given other ones.
func (d *Delta) sort(refs []recordRef, agreed int) {
	slices.SortFunc(refs, compareCarried)
	for len(refs) > 1 {
		n := 1
		for n < len(refs) && refs[0].samePrefix(refs[n]) {
			n++
		}
		if n > 1 {
			d.sortAlike(refs[:n], agreed)
		}
		refs = refs[n:]
	}
}

// sortAlike is sort of records that carry the same bytes.
func (d *Delta) sortAlike(refs []recordRef, agreed int) {
	if len(refs) <= fewRecords {
		slices.SortFunc(refs, d.compare)
		return
	}
	common := d.record(refs[0]).key
	for _, r := range refs[1:] {
		common = commonPrefix(common, d.record(r).key)
	}
	if len(common) <= agreed { // some keys end here
		slices.SortFunc(refs, d.compare)
		return
	}
	for i, r := range refs {
		refs[i] = r.carrying(d.record(r).key[len(common):])
	}
	d.sort(refs, len(common))
}

func compareCarried(a, b recordRef) int {
	if c := cmp.Compare(a.hi, b.hi); c != 0 {
		return c
	}
	return cmp.Compare(a.lo, b.lo)
}

// compare orders records that carry the same bytes by key, then by age.
func (d *Delta) compare(a, b recordRef) int {
	if c := bytes.Compare(d.record(a).key, d.record(b).key); c != 0 {
		return c
	}
	return a.at() - b.at()
}

func (d *Delta) record(r recordRef) deltaRecord {
	rec, _ := nextDeltaRecord(d.encoded(r.at()))
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
