package state

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"

	"streamdb/types"
)

// benchDelta fills a Delta with n of total int64-keyed rows of 64 bytes, spread evenly.
func benchDelta(d *Delta, n, total, round int) {
	var k [25]byte
	var v [64]byte
	var old Hash
	d.Reset()
	step := max(1, total/n)
	for i := range n {
		id := uint64(i*step+round%step) * 0x9E3779B97F4A7C15 // scattered over the key space
		k[0] = byte(id >> 56)
		binary.BigEndian.PutUint64(k[1:], id)
		binary.BigEndian.PutUint64(v[:], uint64(round))
		d.Put(k[:], v[:], old)
	}
}

func benchStore(b *testing.B) *Store {
	b.Helper()
	s := mustOpen(b, b.TempDir(), OpenOptions{FoldRuns: -1})
	b.Cleanup(func() { s.Close() })
	return s
}

// BenchmarkCommit is one checkpoint of so many dirty keys, without its fold.
func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) {
			s, d := benchStore(b), NewDelta(1)
			epoch := types.Epoch(0)
			for b.Loop() {
				b.StopTimer()
				benchDelta(d, n, n, int(epoch))
				epoch++
				b.StartTimer()
				if _, err := s.Commit(context.Background(), &Checkpoint{Epoch: epoch, Deltas: []*Delta{d}}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/key")
		})
	}
}

// BenchmarkFold folds ten checkpoints of 100,000 keys each over a table of a million.
func BenchmarkFold(b *testing.B) {
	s, d := benchStore(b), NewDelta(1)
	const n, runs = 100_000, 10
	epoch := types.Epoch(0)
	for b.Loop() {
		b.StopTimer()
		for range runs {
			benchDelta(d, n, 10*n, int(epoch))
			epoch++
			if _, err := s.Commit(context.Background(), &Checkpoint{Epoch: epoch, Deltas: []*Delta{d}}); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		if err := s.Fold(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n/runs, "ns/key")
}

// BenchmarkScan reads and verifies a table of a million rows.
func BenchmarkScan(b *testing.B) {
	s, d := benchStore(b), NewDelta(1)
	const n = 1_000_000
	benchDelta(d, n, n, 0)
	if _, err := s.Commit(context.Background(), &Checkpoint{Epoch: 1, Deltas: []*Delta{d}}); err != nil {
		b.Fatal(err)
	}
	scan := func(b *testing.B) {
		for b.Loop() {
			if _, err := s.ScanTable(context.Background(), 1, func(_, _ []byte) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
	}
	b.Run("blocks", scan)
	if err := s.Fold(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.Run("folded", scan)
}

// BenchmarkAppendSync is one writer that waits for each record of 200 bytes.
func BenchmarkAppendSync(b *testing.B) {
	s, p := benchStore(b), make([]byte, 200)
	for b.Loop() {
		pos, err := s.Log().Append(KindTxn, p)
		if err == nil {
			err = s.Log().Sync(pos)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDeltaPut is the cost on the operator's side, with fresh memory.
func BenchmarkDeltaPut(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) {
			for b.Loop() {
				benchDelta(NewDelta(1), n, n, 0)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/key")
		})
	}
}
