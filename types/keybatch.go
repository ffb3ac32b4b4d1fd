package types

import (
	"encoding/binary"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// KeyBatch is the equality keys of the existing rows of a batch, in their order: key k is
// Data[Off[k]:Off[k+1]] with hash Hash[k].
type KeyBatch struct {
	Off  []int32
	Data []byte
	Hash []uint64
	cur  []int32 // where the next column of each row goes
}

// Len is the number of keys.
func (k *KeyBatch) Len() int { return len(k.Hash) }

// Key is the n-th key.
func (k *KeyBatch) Key(n int) []byte { return k.Data[k.Off[n]:k.Off[n+1]] }

// Build fills k with the keys of the given columns of b, reusing k's buffers.
func (k *KeyBatch) Build(b *Batch, cols []int) {
	n := b.Len()
	k.Off, k.Hash = sized(k.Off, n+1), sized(k.Hash, n)
	if n == 0 {
		return
	}
	if stride := fixedStride(b, cols); stride > 0 {
		k.buildFixed(b, cols, stride)
	} else if simpleKeys(b, cols) {
		k.buildColumns(b, cols)
	} else {
		k.buildRows(b, cols)
	}
	for i := range k.Hash {
		k.Hash[i] = xxh3.Hash(k.Data[k.Off[i]:k.Off[i+1]])
	}
}

func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

func (k *KeyBatch) buildFixed(b *Batch, cols []int, stride int) {
	n := b.Len()
	k.Data = sized(k.Data, n*stride)
	for i := range k.Off {
		k.Off[i] = int32(i * stride)
	}
	at := 0
	for _, c := range cols {
		if n == 0 {
			return
		}
		v := b.Cols[c]
		fixedColumn(k.Data[at:], v, b.Sel, 0, n, stride)
		at += 1 + v.Kind.Width()
	}
}

// fixedColumn writes one column's keys of the existing rows from … from+n, stride bytes
// apart.
func fixedColumn(dst []byte, v *Vec, sel []int32, from, n, stride int) {
	switch {
	case v.Kind == KindInt64 && sel == nil:
		for i, x := range v.Int64s()[from : from+n] {
			p := dst[i*stride:]
			p[0] = keyValue
			binary.BigEndian.PutUint64(p[1:], uint64(x))
		}
	case v.Kind == KindInt32 && sel == nil:
		for i, x := range v.Int32s()[from : from+n] {
			p := dst[i*stride:]
			p[0] = keyValue
			binary.BigEndian.PutUint32(p[1:], uint32(x))
		}
	default:
		for k := range n {
			i := from + k
			if sel != nil {
				i = int(sel[from+k])
			}
			p := dst[k*stride:]
			p[0] = keyValue
			putFixedKey(p[1:], v, i)
		}
	}
}

// simpleKeys reports whether the length of every key follows from the value's length.
func simpleKeys(b *Batch, cols []int) bool {
	for _, c := range cols {
		v := b.Cols[c]
		if v.Kind == KindBytes && bytesFormOf(v.Type) != formPlain || v.Kind != KindBytes && fixedKeyWidth(v) == 0 {
			return false
		}
	}
	return true
}

func uvarintLen(n int) int { return (bits.Len(uint(n|1)) + 6) / 7 }

// buildColumns measures all keys column by column, then writes them column by column.
func (k *KeyBatch) buildColumns(b *Batch, cols []int) {
	n := b.Len()
	clear(k.Off)
	for _, c := range cols {
		measureColumn(k.Off[1:], b.Cols[c], b)
	}
	for i := range n {
		k.Off[i+1] += k.Off[i]
	}
	k.Data = sized(k.Data, int(k.Off[n]))
	k.cur = append(k.cur[:0], k.Off[:n]...)
	for _, c := range cols {
		k.writeColumn(b.Cols[c], b)
	}
}

// measureColumn adds the length of each row's key of one column to lens.
func measureColumn(lens []int32, v *Vec, b *Batch) {
	w := int32(v.Kind.Width())
	for k := range lens {
		i := b.Row(k)
		switch {
		case v.IsNull(i):
			lens[k]++
		case w > 0:
			lens[k] += 1 + w
		default:
			n := int(v.Off[i+1] - v.Off[i])
			lens[k] += int32(1 + uvarintLen(n) + n)
		}
	}
}

func (k *KeyBatch) writeColumn(v *Vec, b *Batch) {
	w := v.Kind.Width()
	for n := range k.cur {
		i, at := b.Row(n), k.cur[n]
		if v.IsNull(i) {
			k.Data[at] = keyNull
			k.cur[n] = at + 1
			continue
		}
		k.Data[at] = keyValue
		at++
		if w > 0 {
			putFixedKey(k.Data[at:], v, i)
			k.cur[n] = at + int32(w)
			continue
		}
		s := v.Bytes(i)
		at += int32(binary.PutUvarint(k.Data[at:], uint64(len(s))))
		k.cur[n] = at + int32(copy(k.Data[at:], s))
	}
}

func (k *KeyBatch) buildRows(b *Batch, cols []int) {
	k.Data = k.Data[:0]
	k.Off[0] = 0
	for n := range k.Hash {
		k.Data = AppendKeys(k.Data, b, cols, b.Row(n))
		k.Off[n+1] = int32(len(k.Data))
	}
}
