package nexmark

import "math/bits"

const golden = 0x9e3779b97f4a7c15

// mix is a 64-bit finaliser: every input bit moves every output bit.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// stream is one independent sequence of random words, indexed by event number.
type stream uint64

// newStream is the stream with the given number under seed.
func newStream(seed uint64, number int) stream {
	return stream(mix(seed + mix(uint64(number+1)*golden)))
}

// at is word n of the stream.
func (s stream) at(n uint64) uint64 { return mix(uint64(s) + n*golden) }

// draw splits the random word r into a number below n and a fresh random word.
func draw(r, n uint64) (uint64, uint64) { return bits.Mul64(r, n) }
