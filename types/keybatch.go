package types

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/zeebo/xxh3"
)

// KeyBatch is the equality keys of the existing rows of a batch, in their order: key k is
// Data[Off[k]:Off[k+1]] with hash Hash[k], unless all keys are of one length.
type KeyBatch struct {
	Off  []int32
	Data []byte
	Hash []uint64

	stride int         // the length of every key; 0: they differ, and Off has them
	pitch  int         // how far apart in Data they begin
	words  []PackedKey // the memory of Data, if they are packed
	cur    []int32     // where the next column of each row goes
}

// PackedKey is a key of up to [PackedKeyMax] bytes as three words that can be compared: in
// memory a byte that is its length + 1, the key, and zeros.
type PackedKey = [3]uint64

// PackedKeyMax is the length of the longest key that can be packed.
const PackedKeyMax = 23

// Len is the number of keys.
func (k *KeyBatch) Len() int { return len(k.Hash) }

// Key is the n-th key.
func (k *KeyBatch) Key(n int) []byte {
	if k.stride > 0 {
		return k.Data[n*k.pitch:][:k.stride]
	}
	return k.Data[k.Off[n]:k.Off[n+1]]
}

// Packed is all keys in their packed form, or nil if they are not kept in it.
func (k *KeyBatch) Packed() []PackedKey {
	if k.stride == 0 || k.stride > PackedKeyMax {
		return nil
	}
	return k.words
}

// Build fills k with the keys of the given columns of b, reusing k's buffers.
func (k *KeyBatch) Build(b *Batch, cols []int) {
	n := b.Len()
	k.Off, k.Hash, k.stride = sized(k.Off, n+1), sized(k.Hash, n), 0
	if n == 0 {
		return
	}
	if stride := evenStride(b, cols); stride > 0 {
		if k.pack(b, cols, stride) {
			return
		}
		k.buildEven(b, cols, stride)
		hashStride(k.Hash, k.Data, stride, k.pitch)
		return
	}
	if k.words != nil {
		k.words, k.Data = nil, nil // of another form
	}
	if simpleKeys(b, cols) {
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

// evenStride is the length of every row's key if it is the same for all: no NULLs, and
// strings of one length, such as dates or codes. Else it is 0.
func evenStride(b *Batch, cols []int) int {
	stride := 0
	for _, c := range cols {
		v := b.Cols[c]
		w := fixedKeyWidth(v)
		if v.Kind == KindBytes && bytesFormOf(v.Type) == formPlain {
			if w = evenLength(v, b); w >= 0 {
				w += uvarintLen(w)
			}
		}
		if w <= 0 || v.Valid != nil {
			return 0
		}
		stride += 1 + w
	}
	return stride
}

// evenLength is the length of all strings of a column, −1 if they differ.
func evenLength(v *Vec, b *Batch) int {
	first := b.Row(0)
	n := v.Off[first+1] - v.Off[first]
	if b.Sel != nil {
		for _, i := range b.Sel {
			if v.Off[i+1]-v.Off[i] != n {
				return -1
			}
		}
		return int(n)
	}
	at := v.Off[0]
	for _, next := range v.Off[1 : b.N+1] {
		if next-at != n {
			return -1
		}
		at = next
	}
	return int(n)
}

func (k *KeyBatch) buildEven(b *Batch, cols []int, stride int) {
	n := b.Len()
	if stride <= PackedKeyMax {
		k.size(n, stride)
		for i := range k.words {
			k.words[i] = PackedKey{uint64(stride + 1)}
		}
	} else {
		if k.words != nil {
			k.words, k.Data = nil, nil
		}
		k.stride, k.pitch = stride, stride
		k.Data = sized(k.Data, n*stride)
	}
	at := 0
	for _, c := range cols {
		v := b.Cols[c]
		if v.Kind == KindBytes {
			at += evenColumn(k.Data[at:], v, b, k.pitch)
			continue
		}
		fixedColumn(k.Data[at:], v, b.Sel, 0, n, k.pitch)
		at += 1 + v.Kind.Width()
	}
}

// size makes Data the memory of n packed keys of stride bytes, behind their first byte.
func (k *KeyBatch) size(n, stride int) {
	k.words = sized(k.words, n)
	k.stride, k.pitch = stride, int(unsafe.Sizeof(PackedKey{}))
	k.Data = unsafe.Slice((*byte)(unsafe.Pointer(&k.words[0])), n*k.pitch)[1:]
}

// evenColumn writes one column's keys, strings of one length, stride bytes apart, and
// returns how long each is.
func evenColumn(dst []byte, v *Vec, b *Batch, stride int) int {
	row := b.Row(0)
	var head [1 + binary.MaxVarintLen64]byte
	head[0] = keyValue
	h := 1 + binary.PutUvarint(head[1:], uint64(v.Off[row+1]-v.Off[row]))
	n := h + int(v.Off[row+1]-v.Off[row])
	le := binary.LittleEndian
	short := h == 2 && n >= h+8 && n <= h+16 // two words that may overlap
	if size := n - h; short && b.Sel == nil {
		all := v.Data[v.Off[0]:]
		for k := range b.N {
			s, p := all[k*size:][:size], dst[k*stride:][:n]
			p[0], p[1] = keyValue, head[1]
			first, last := le.Uint64(s), le.Uint64(s[size-8:])
			le.PutUint64(p[2:], first)
			le.PutUint64(p[n-8:], last)
		}
		return n
	}
	for k := range b.Len() {
		s, p := v.Bytes(b.Row(k)), dst[k*stride:][:n]
		if short {
			p[0], p[1] = keyValue, head[1]
			first, last := le.Uint64(s), le.Uint64(s[len(s)-8:])
			le.PutUint64(p[2:], first)
			le.PutUint64(p[n-8:], last)
			continue
		}
		copy(p, head[:h])
		copy(p[h:], s)
	}
	return n
}

// fixedColumn writes one column's keys of the existing rows from … from+n, stride bytes
// apart.
func fixedColumn(dst []byte, v *Vec, sel []int32, from, n, stride int) {
	switch {
	case v.Kind == KindInt64 && sel == nil:
		for i, x := range v.Int64s()[from : from+n] {
			p := dst[i*stride:][:9]
			p[0] = keyValue
			binary.BigEndian.PutUint64(p[1:], uint64(x))
		}
	case v.Kind == KindInt32 && sel == nil:
		for i, x := range v.Int32s()[from : from+n] {
			p := dst[i*stride:]
			p[0] = keyValue
			binary.BigEndian.PutUint32(p[1:], uint32(x))
		}
	case v.Kind == KindInt64:
		xs := v.Int64s()
		for k, i := range sel[from : from+n] {
			p := dst[k*stride:][:9]
			p[0] = keyValue
			binary.BigEndian.PutUint64(p[1:], uint64(xs[i]))
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
