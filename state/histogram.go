package state

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// histogram counts durations in buckets a quarter of a power of two wide.
type histogram struct {
	buckets [64 * 4]atomic.Uint64
	sum     atomic.Int64
}

// Latency sums up a kind of wait.
type Latency struct {
	Count uint64
	Avg   time.Duration
	P99   time.Duration // upper bound of its bucket, at most 25 % too high
}

func (h *histogram) add(d time.Duration) {
	n := uint64(max(d, 1))
	exp := bits.Len64(n) - 1
	quarter := uint64(0)
	if exp >= 2 {
		quarter = n >> (exp - 2) & 3
	}
	h.buckets[exp*4+int(quarter)].Add(1)
	h.sum.Add(int64(d))
}

func (h *histogram) summary() Latency {
	var s Latency
	for i := range h.buckets {
		s.Count += h.buckets[i].Load()
	}
	if s.Count == 0 {
		return s
	}
	s.Avg = time.Duration(h.sum.Load() / int64(s.Count))
	seen := uint64(0)
	for i := range h.buckets {
		if seen += h.buckets[i].Load(); seen*100 >= s.Count*99 {
			s.P99 = time.Duration(float64(uint64(1)<<(i/4)) * float64(5+i%4) / 4)
			break
		}
	}
	return s
}
