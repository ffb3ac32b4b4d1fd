package handwritten

import (
	"math/rand/v2"
	"testing"

	"streamdb/types"
)

var loops = []struct {
	name  string
	loop  func([]Epoch, bool) Result
	naive func([]Epoch) Result
}{
	{"q1", Q1, naiveQ1},
	{"q2", Q2, naiveQ2},
	{"q4", Q4, naiveQ4},
	{"q17", Q17, naiveQ17},
}

func TestNexmark(t *testing.T) {
	epochs, err := Generate(1, 60_000, 7_000)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, epochs)
}

// TestHostile has what Nexmark does not: few ids in both sides with many rows each, ids seen
// again with another category, days before 2000, prices at both ends.
func TestHostile(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var epochs []Epoch
	for range 6 {
		var e Epoch
		for range 1 + rng.IntN(3) {
			a := types.NewBatch([]types.Type{types.Int8, types.Timestamp, types.Timestamp, types.Int8}, 0)
			for range rng.IntN(100) {
				from := rng.Int64N(4 * microsPerDay)
				a.AppendRow(ints(rng.Int64N(40), from, from+rng.Int64N(microsPerDay), rng.Int64N(3)), 1)
			}
			e.Auctions = append(e.Auctions, a)
			e.Bids = append(e.Bids, randomBids(rng, 500))
		}
		epochs = append(epochs, e, Epoch{})
	}
	compare(t, epochs)
}

func randomBids(rng *rand.Rand, n int) *types.Batch {
	b := types.NewBatch([]types.Type{types.Int8, types.Int8, types.Int8, types.Timestamp, types.VarChar}, 0)
	for range n {
		price := []int64{0, 9999, 10000, 999999, 1000000, 1 << 40, rng.Int64N(1e8)}[rng.IntN(7)]
		row := ints(rng.Int64N(400), rng.Int64(), price, rng.Int64N(8*microsPerDay)-4*microsPerDay)
		b.AppendRow(append(row, types.NewBytes("x")), 1)
	}
	return b
}

func ints(values ...int64) types.Row {
	r := make(types.Row, len(values))
	for i, v := range values {
		r[i] = types.NewInt64(v)
	}
	return r
}

func compare(t *testing.T, epochs []Epoch) {
	t.Helper()
	for _, l := range loops {
		got, want := l.loop(epochs, true), l.naive(epochs)
		if got != want || got.Rows == 0 {
			t.Errorf("%s: got %+v, want %+v", l.name, got, want)
		}
		if got := l.loop(epochs, false); got != (Result{Rows: want.Rows}) {
			t.Errorf("%s unchecked: got %+v, want %d rows", l.name, got, want.Rows)
		}
	}
}
