package handwritten

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// cpu is the CPU time of this process, which other processes do not disturb as much as they
// do the clock on the wall.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func report(b *testing.B, spent time.Duration, rows int, unit string) {
	b.ReportMetric(float64(spent)/float64(rows), "cpu-ns/"+unit)
	b.ReportMetric(float64(rows)/spent.Seconds()/1e6, "M"+unit+"s/cpu-s")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkNexmark runs each query over 2 million events, a barrier after every 100,000.
func BenchmarkNexmark(b *testing.B) {
	const events = 2_000_000
	epochs, err := Generate(1, events, 100_000)
	if err != nil {
		b.Fatal(err)
	}
	for _, l := range loops {
		b.Run(l.name, func(b *testing.B) {
			l.loop(epochs, false)
			start, n := cpu(), 0
			for b.Loop() {
				l.loop(epochs, false)
				n++
			}
			report(b, cpu()-start, n*events, "event")
		})
	}
}

// The benchmarks below repeat the setups in which the structures were first measured.

// BenchmarkGroups updates groups drawn evenly from many, with no barrier in between. The
// prototype took 5.9 ns a row for 1,000 keys and 15 for a million.
func BenchmarkGroups(b *testing.B) {
	for _, size := range []struct {
		name string
		keys int
	}{{"1k", 1000}, {"1M", 1_000_000}} {
		b.Run("keys="+size.name, func(b *testing.B) {
			const rows = 1 << 22
			ids, prices, times := randomColumns(rows, size.keys)
			g := newGroups(21)
			g.add(ids, prices, times)
			start, n := cpu(), 0
			for b.Loop() {
				g.add(ids, prices, times)
				n++
			}
			report(b, cpu()-start, n*rows, "row")
		})
	}
}

// BenchmarkBarrier touches groups four times each in an epoch, and measures what the barrier
// costs for each group touched, its old and new row included. The prototype took 6 ns for
// rows of two numbers.
func BenchmarkBarrier(b *testing.B) {
	for _, dirty := range []int{1000, 100_000, 1_000_000} {
		b.Run("dirty="+map[int]string{1000: "1k", 100_000: "100k", 1_000_000: "1M"}[dirty], func(b *testing.B) {
			ids, prices, times := randomColumns(1_000_000, 1_000_000)
			for i := range ids {
				ids[i] = int64(i)
			}
			g := newGroups(21)
			g.add(ids, prices, times)
			out := newOutput(q17Columns)
			changed := func(was, is *group) {
				if !out.room(2) {
					out.n = 0
				}
				was.put(out, -1)
				is.put(out, +1)
			}
			g.barrier(func(*group, *group) {})
			picked, _, _ := randomColumns(4*dirty, dirty)
			var barriers time.Duration
			touched := 0
			for b.Loop() {
				for at := 0; at < len(picked); at += 1_000_000 {
					to := min(at+1_000_000, len(picked))
					g.add(picked[at:to], prices[:to-at], times[:to-at])
				}
				touched += len(g.log)
				start := cpu()
				g.barrier(changed)
				barriers += cpu() - start
			}
			report(b, barriers, touched, "group")
		})
	}
}

// BenchmarkJoin stores and joins two auctions and two bids of every id, the sides in turn,
// from empty: each row meets one row, on average. The prototype took 128 ns a row.
func BenchmarkJoin(b *testing.B) {
	const rows = 1_000_000
	ids := make([]int64, rows)
	for i := range ids {
		ids[i] = int64(i / 4)
	}
	var side [2][]int64
	rng := rand.New(rand.NewPCG(3, 4))
	rng.Shuffle(rows, func(i, k int) { ids[i], ids[k] = ids[k], ids[i] })
	seen := map[int64]int{}
	for _, id := range ids {
		s := seen[id] & 1
		seen[id]++
		side[s] = append(side[s], id)
	}
	_, prices, times := randomColumns(rows, 1)
	expires := make([]int64, rows)
	for i := range expires {
		expires[i] = 1 << 60
	}
	for i := range times {
		times[i] = 1
	}
	start, n := cpu(), 0
	for b.Loop() {
		j := newJoin(12)
		for at := 0; at < rows/2; at += 4096 {
			to := min(at+4096, rows/2)
			k := to - at
			j.addAuctions(side[0][at:to], times[:k], expires[:k], times[:k])
			j.addBids(side[1][at:to], prices[at:to], times[:k])
		}
		n++
	}
	report(b, cpu()-start, n*rows, "row")
}

// randomColumns is bids for auctions below keys, all of one day.
func randomColumns(rows, keys int) (ids, prices, times []int64) {
	rng := rand.New(rand.NewPCG(1, 2))
	ids, prices, times = make([]int64, rows), make([]int64, rows), make([]int64, rows)
	for i := range ids {
		ids[i], prices[i] = rng.Int64N(int64(keys)), rng.Int64N(1e8)
	}
	return ids, prices, times
}
