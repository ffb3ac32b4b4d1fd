package state

import (
	"bytes"
	"encoding/binary"
	"slices"
)

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

// at is the record's position: its chunk and where it begins in it.
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
	d.each(func(_ int, r deltaRecord) {
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
	d.each(func(at int, r deltaRecord) {
		i := bucketOf(r.key)
		refs[next[i]] = newRecordRef(r.key[len(common[i]):], at)
		next[i]++
	})
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
