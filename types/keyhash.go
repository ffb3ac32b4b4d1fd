package types

import (
	"encoding/binary"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// The parts of XXH3's secret and primes that its forms for short inputs use.
const (
	secret0  = 0xbe4ba423396cfeb8
	secret8  = 0x1cad21f72c81017c
	secret16 = 0xdb979083e96dd4de
	secret24 = 0x1f67b3b7a4a44072
	secret32 = 0x78e5c0cc4ee679cb
	secret40 = 0x2172ffcc7dd05a82
	secret48 = 0x8e2443f7744608b8

	xxPrime64  = 0x9e3779b185ebca87
	xxAvalanch = 0x165667919e3779f9
)

// hashStride sets dst[i] to the [HashKey] of the i-th key of stride bytes in data, which
// begin pitch bytes apart. Keys of 9 to 32 bytes, which most are, are hashed without a call
// for each.
func hashStride(dst []uint64, data []byte, stride, pitch int) {
	switch {
	case stride > 8 && stride <= 16:
		hash9to16(dst, data, stride, pitch)
	case stride > 16 && stride <= 32:
		hash17to32(dst, data, stride, pitch)
	default:
		for i := range dst {
			dst[i] = xxh3.Hash(data[i*pitch:][:stride])
		}
	}
}

func hash9to16(dst []uint64, data []byte, stride, pitch int) {
	le := binary.LittleEndian
	for i := range dst {
		key := data[i*pitch:][:stride]
		lo := le.Uint64(key) ^ (secret24 ^ secret32)
		hi := le.Uint64(key[stride-8:]) ^ (secret40 ^ secret48)
		h := uint64(stride) + bits.ReverseBytes64(lo) + hi + mulFold(lo, hi)
		h ^= h >> 37
		h *= xxAvalanch
		dst[i] = h ^ h>>32
	}
}

func hash17to32(dst []uint64, data []byte, stride, pitch int) {
	le := binary.LittleEndian
	start := uint64(stride) * xxPrime64
	for i := range dst {
		key := data[i*pitch:][:stride]
		end := key[stride-16:]
		h := start + mulFold(le.Uint64(key)^secret0, le.Uint64(key[8:])^secret8) +
			mulFold(le.Uint64(end)^secret16, le.Uint64(end[8:])^secret24)
		h ^= h >> 37
		h *= xxAvalanch
		dst[i] = h ^ h>>32
	}
}

func mulFold(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	return hi ^ lo
}
