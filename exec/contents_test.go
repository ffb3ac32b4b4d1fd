package exec

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"streamdb/state"
	"streamdb/types"
)

var contentSchema = types.Schema{{Name: "a", Type: types.Int4}, {Name: "b", Type: types.Text}, {Name: "n", Type: types.NumericT}}

// readAt reads a relation's rows at an epoch.
func readAt(r Relation, e types.Epoch) (bag, error) {
	got := bag{}
	err := r.Snapshot(context.Background(), e, func(b *types.Batch) error { got.addBatch(b); return nil })
	return got, err
}

// history is the model of a relation at every epoch.
type history struct {
	mu  sync.Mutex
	at  map[types.Epoch]bag
	low types.Epoch
}

func (h *history) put(e types.Epoch, b bag) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at[e] = b
}

// pick is a random readable epoch and its rows.
func (h *history) pick(rng *rand.Rand, last types.Epoch) (types.Epoch, bag) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.low + types.Epoch(rng.Uint64N(uint64(last-h.low+1)))
	return e, h.at[e]
}

// TestContentsAtEveryEpoch: while a writer changes a relation, readers see at every epoch
// exactly what stood there at its end.
func TestContentsAtEveryEpoch(t *testing.T) {
	s := NewStored(contentSchema.Types(), 0)
	h := &history{at: map[types.Epoch]bag{0: {}}}
	const epochs = 60
	var wg sync.WaitGroup
	wg.Go(func() {
		rng := rand.New(rand.NewPCG(1, 1))
		cur := bag{}
		for e := types.Epoch(1); e <= epochs; e++ {
			cs := randomChanges(rng, contentSchema, cur, 30, false)
			for _, b := range randomBatches(rng, contentSchema, cs) {
				if err := s.Emit(b); err != nil {
					t.Error(err)
				}
				scribble(b)
			}
			h.put(e, cur.clone())
			if err := s.End(Barrier{Epoch: e}); err != nil {
				t.Error(err)
			}
		}
	})
	for reader := range 2 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(2, uint64(reader)))
			for last := types.Epoch(0); last < epochs; {
				_, upper, _ := s.Log.Bounds()
				last = upper - 1
				e, want := h.pick(rng, last)
				got, err := readAt(s, e)
				if d := got.diff(want, contentSchema.Types()); err != nil || d != "" {
					t.Errorf("epoch %d of %d: %v\n%s", e, last, err, d)
					return
				}
			}
		})
	}
	wg.Wait()
	s.Log.Trim(epochs - 5)
	for e := types.Epoch(epochs - 5); e <= epochs; e++ {
		got, _ := readAt(s, e)
		if d := got.diff(h.at[e], contentSchema.Types()); d != "" {
			t.Errorf("epoch %d after trim:\n%s", e, d)
		}
	}
}

// TestContentsSaveAndLoad: contents loaded from what was saved are the contents, and the
// deltas' bookkeeping telescopes.
func TestContentsSaveAndLoad(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	store, cur := newMemState(), bag{}
	s := NewStored(contentSchema.Types(), 0)
	for e := types.Epoch(1); e <= 30; e++ {
		for _, b := range randomBatches(rng, contentSchema, randomChanges(rng, contentSchema, cur, 40, false)) {
			if err := s.Emit(b); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.End(Barrier{Epoch: e}); err != nil {
			t.Fatal(err)
		}
		if rng.IntN(3) > 0 {
			continue
		}
		done := make(chan *state.Delta, 1)
		s.Contents.Save(7, func(d *state.Delta) { done <- d })
		if err := store.apply([]*state.Delta{<-done}); err != nil {
			t.Fatal(err)
		}
		s = NewStored(contentSchema.Types(), e)
		if err := s.Load(7, store.scan); err != nil {
			t.Fatal(err)
		}
		got, _ := readAt(s, e)
		if d := got.diff(cur, contentSchema.Types()); d != "" {
			t.Fatalf("epoch %d after load:\n%s", e, d)
		}
		if want := sumOf(cur); s.Contents.Rows() != want {
			t.Errorf("Rows %d, want %d", s.Contents.Rows(), want)
		}
	}
}

func sumOf(b bag) (n int64) {
	for _, x := range b {
		n += x.w
	}
	return n
}

// TestContentsCompact: rows that come and go do not leave their bytes behind.
func TestContentsCompact(t *testing.T) {
	s := NewStored([]types.Type{types.Text}, 0)
	for e := types.Epoch(1); e <= 200; e++ {
		b := types.NewBatch([]types.Type{types.Text}, 0)
		for i := range 200 {
			b.AppendRow(types.Row{types.NewBytes(fmt.Sprintf("%0200d", int(e)*200+i))}, 1)
			if e > 1 {
				b.AppendRow(types.Row{types.NewBytes(fmt.Sprintf("%0200d", int(e-1)*200+i))}, -1)
			}
		}
		if err := s.Emit(b); err != nil {
			t.Fatal(err)
		}
		if err := s.End(Barrier{Epoch: e}); err != nil {
			t.Fatal(err)
		}
		s.Log.Trim(e)
	}
	if n := s.Contents.Rows(); n != 200 {
		t.Errorf("%d rows", n)
	}
	if size := s.Contents.MemSize(); size > 20<<20 {
		t.Errorf("200 rows of 200 bytes take %d bytes", size)
	}
}
