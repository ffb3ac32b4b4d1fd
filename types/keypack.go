package types

import (
	"encoding/binary"
	"math/bits"
)

// pack fills k, whose keys are all of stride bytes, in one pass where the columns are of a
// common kind: one integer of 64 bits, two, or one and a short string. It reports whether
// they are.
func (k *KeyBatch) pack(b *Batch, cols []int, stride int) bool {
	if len(cols) > 2 || b.Cols[cols[0]].Kind != KindInt64 {
		return false
	}
	first := b.Cols[cols[0]].Int64s()
	if len(cols) == 1 {
		if b.Sel != nil {
			return false
		}
		k.size(len(k.Hash), stride)
		packInt64s(k.words, k.Hash, first)
		return true
	}
	switch second := b.Cols[cols[1]]; {
	case second.Kind == KindInt64:
		k.size(len(k.Hash), stride)
		packInt64Pairs(k.words, k.Hash, first, second.Int64s(), b.Sel)
	case second.Kind == KindBytes && b.Sel == nil && stride >= minTextPair && stride <= PackedKeyMax:
		k.size(len(k.Hash), stride)
		packInt64Texts(k.words, k.Hash, first, second.Data[second.Off[0]:], stride)
	default:
		return false
	}
	return true
}

// packInt64s makes the packed keys of a column of 64-bit integers without NULLs, and their
// hashes, which are those of hash9to16.
func packInt64s(words []PackedKey, hashes []uint64, s []int64) {
	const stride = 9
	s, hashes = s[:len(words)], hashes[:len(words)]
	for i, x := range s {
		rev := bits.ReverseBytes64(uint64(x)) // big-endian in memory
		words[i] = PackedKey{stride + 1 | keyValue<<8 | rev<<16, rev >> 48}
		lo := (keyValue | rev<<8) ^ (secret24 ^ secret32)
		hi := rev ^ (secret40 ^ secret48)
		h := stride + bits.ReverseBytes64(lo) + hi + mulFold(lo, hi)
		hashes[i] = avalanche(h)
	}
}

// packInt64Pairs makes the packed keys of the rows sel of two columns of 64-bit integers,
// and their hashes.
func packInt64Pairs(words []PackedKey, hashes []uint64, s, t []int64, sel []int32) {
	const stride, over = 18, 8 * (18 - 16)
	start := uint64(stride)
	start *= xxPrime64
	hashes = hashes[:len(words)]
	for k := range words {
		i := k
		if sel != nil {
			i = int(sel[k])
		}
		x, y := bits.ReverseBytes64(uint64(s[i])), bits.ReverseBytes64(uint64(t[i]))
		p0, p1, p2 := stride+1|keyValue<<8|x<<16, x>>48|keyValue<<16|y<<24, y>>40
		words[k] = PackedKey{p0, p1, p2}
		hashes[k] = avalanche(start + mix17(p0>>8|p1<<56, p1>>8|p2<<56, p2>>8, over))
	}
}

// minTextPair is the shortest key of an integer and a string that packInt64Texts makes.
const minTextPair = 9 + 2 + 9

// packInt64Texts makes the packed keys of a column of 64-bit integers and one of strings of
// one length, 9 to 12 bytes, that lie one behind the other in text; and their hashes.
func packInt64Texts(words []PackedKey, hashes []uint64, s []int64, text []byte, stride int) {
	size := stride - 11
	head := uint64(keyValue | size<<8)
	s, hashes = s[:len(words)], hashes[:len(words)]
	again := 8 * uint(16-size) & 63 // bits of the last 8 bytes that are among the first 8
	start, over := uint64(stride)*xxPrime64, 8*uint(stride-16)
	for i := range words {
		t := text[i*size:][:size]
		x := bits.ReverseBytes64(uint64(s[i]))
		lo, hi := binary.LittleEndian.Uint64(t), binary.LittleEndian.Uint64(t[size-8:])>>again
		p0, p1, p2 := uint64(stride+1)|keyValue<<8|x<<16, x>>48|head<<16|lo<<32, lo>>32|hi<<32
		words[i] = PackedKey{p0, p1, p2}
		hashes[i] = avalanche(start + mix17(p0>>8|p1<<56, p1>>8|p2<<56, p2>>8, over))
	}
}

// mix17 is the heart of the [HashKey] of 17 to 23 bytes, the first of which are a, b and the
// rest c; over is 8 times their number beyond 16.
func mix17(a, b, c uint64, over uint) uint64 {
	over &= 63
	return mulFold(a^secret0, b^secret8) + mulFold((a>>over|b<<(-over&63))^secret16, (b>>over|c<<(-over&63))^secret24)
}

func avalanche(h uint64) uint64 {
	h ^= h >> 37
	h *= xxAvalanch
	return h ^ h>>32
}
