package types

import (
	"encoding/binary"

	"github.com/zeebo/xxh3"
)

// VNodes is the number of virtual nodes, fixed for ever.
const VNodes = 256

// VNode is the virtual node of a key hash: its top 8 bits.
func VNode(hash uint64) int { return int(hash >> 56) }

// HashKey is the hash of an equality key: xxh3 with seed 0, fixed for ever.
func HashKey(key []byte) uint64 { return xxh3.Hash(key) }

// HashKeys sets dst[i], for every existing row i of b, to the hash of the concatenated
// equality keys of cols, and returns dst grown to b.N. Entries of rows that do not exist
// are undefined.
func HashKeys(b *Batch, cols []int, dst []uint64) []uint64 {
	if cap(dst) < b.N {
		dst = make([]uint64, b.N)
	}
	dst = dst[:b.N]
	if len(cols) == 1 && b.Sel == nil {
		if v := b.Cols[cols[0]]; v.Valid == nil {
			switch v.Kind {
			case KindInt64:
				return hashInt64s(dst, v.Int64s())
			case KindInt32:
				return hashInt32s(dst, v.Int32s())
			}
		}
	}
	if stride := fixedStride(b, cols); stride > 0 {
		return hashFixed(b, cols, stride, dst)
	}
	var buf []byte
	for k := range b.Len() {
		i := b.Row(k)
		buf = AppendKeys(buf[:0], b, cols, i)
		dst[i] = xxh3.Hash(buf)
	}
	return dst
}

func hashInt64s(dst []uint64, s []int64) []uint64 {
	buf := [9]byte{keyValue}
	for i, x := range s {
		binary.BigEndian.PutUint64(buf[1:], uint64(x))
		dst[i] = xxh3.Hash(buf[:])
	}
	return dst
}

func hashInt32s(dst []uint64, s []int32) []uint64 {
	buf := [5]byte{keyValue}
	for i, x := range s {
		binary.BigEndian.PutUint32(buf[1:], uint32(x))
		dst[i] = xxh3.Hash(buf[:])
	}
	return dst
}

// fixedStride is the length of every row's key when none is NULL and all are
// fixed-width, else 0.
func fixedStride(b *Batch, cols []int) int {
	stride := 0
	for _, c := range cols {
		v := b.Cols[c]
		w := fixedKeyWidth(v)
		if w == 0 || v.Valid != nil {
			return 0
		}
		stride += 1 + w
	}
	return stride
}

// hashChunk is how many keys are laid out before they are hashed: few enough to stay in
// the first-level cache.
const hashChunk = 128

func hashFixed(b *Batch, cols []int, stride int, dst []uint64) []uint64 {
	buf := make([]byte, hashChunk*stride)
	for from := 0; from < b.Len(); from += hashChunk {
		n := min(hashChunk, b.Len()-from)
		at := 0
		for _, c := range cols {
			v := b.Cols[c]
			fixedColumn(buf[at:], v, b.Sel, from, n, stride)
			at += 1 + v.Kind.Width()
		}
		for k := range n {
			dst[b.Row(from+k)] = xxh3.Hash(buf[k*stride : (k+1)*stride])
		}
	}
	return dst
}
