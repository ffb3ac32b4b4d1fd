package exec

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

func TestErrorSet(t *testing.T) {
	store := newMemState()
	s := NewErrorSet(0)
	for _, total := range []int64{3, 6} {
		s.Add(errThree, 2, "(3)")
		s.Add(errManyRows, 1, "")
		s.End(1)
		if err := store.apply([]*state.Delta{s.Save(5)}); err != nil {
			t.Fatal(err)
		}
		s.Add(errManyRows, -1, "")
		s.End(2)
		loaded := NewErrorSet(0)
		if err := store.scan(5, loaded.Load); err != nil {
			t.Fatal(err)
		}
		if len(loaded.Entries()) != 2 {
			t.Errorf("loaded %+v", loaded.Entries())
		}
		if err := store.apply([]*state.Delta{s.Save(5)}); err != nil {
			t.Fatal(err)
		}
		s = NewErrorSet(0)
		if err := store.scan(5, s.Load); err != nil {
			t.Fatal(err)
		}
		es := s.Entries()
		if len(es) != 1 || es[0].Weight != 2 || es[0].Epoch != 1 || es[0].Row != "(3)" || es[0].Message != errThree.Message {
			t.Errorf("left %+v", es)
		}
		s.Add(errThree, -2, "(3)")
		s.End(3)
		if err := store.apply([]*state.Delta{s.Save(5)}); err != nil {
			t.Fatal(err)
		}
		if len(s.Entries()) != 0 || len(store.tables[5]) != 1 || s.Total() != total {
			t.Errorf("left %+v, stored %d", s.Entries(), len(store.tables[5]))
		}
	}
}

// TestErrorSetKeepsNewest: with a limit the oldest rows go, in memory and in the store.
func TestErrorSetKeepsNewest(t *testing.T) {
	store := newMemState()
	s := NewErrorLog(3)
	for i := range 10 {
		s.Add(errThree, 1, fmt.Sprint(i))
		s.End(types.Epoch(i))
		if err := store.apply([]*state.Delta{s.Save(5)}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.Entries()); n != 4 || len(store.tables[5]) != 5 || s.Total() != 10 {
		t.Errorf("%d rows, %d stored, %d in all", n, len(store.tables[5]), s.Total())
	}
	s = NewErrorLog(3)
	if err := store.scan(5, s.Load); err != nil {
		t.Fatal(err)
	}
	s.Add(errThree, 1, "new")
	for _, e := range s.Entries() {
		if e.Row == "7" {
			t.Error("the oldest row is kept")
		}
		if e.Counted && e.Weight != 8 {
			t.Errorf("%d rows are counted", e.Weight)
		}
	}
	if n := len(s.Entries()); n != 4 || s.Total() != 11 {
		t.Errorf("after load: %d rows, %d in all", n, s.Total())
	}
}

// errorsRun is a small set beside a model of all that stands.
type errorsRun struct {
	rng   *rand.Rand
	set   *ErrorSet
	store *memState
	model map[string]int64 // by code and row
	total int64
}

// TestErrorSetThinsOut: whatever comes and goes, in whatever order, at several tasks, the rows that
// are kept have the right weights, the others are counted, and so it is after a restart.
func TestErrorSetThinsOut(t *testing.T) {
	for seed := range uint64(200) {
		r := &errorsRun{rng: rand.New(rand.NewPCG(seed, 7)), set: NewErrorSet(8), store: newMemState(), model: map[string]int64{}}
		for e := types.Epoch(1); e < 40; e++ {
			if err := r.epoch(e); err != nil {
				t.Fatalf("seed %d, epoch %d: %v", seed, e, err)
			}
		}
	}
}

func (r *errorsRun) epoch(e types.Epoch) error {
	if err := r.change([]*errorDelta{r.set.delta(), r.set.delta()}); err != nil {
		return err
	}
	r.set.End(e)
	if err := r.check(); err != nil {
		return err
	}
	if r.rng.IntN(3) > 0 {
		return nil
	}
	if err := r.store.apply([]*state.Delta{r.set.Save(5)}); err != nil {
		return err
	}
	r.set = NewErrorSet(8)
	if err := r.store.scan(5, r.set.Load); err != nil {
		return err
	}
	if err := r.check(); err != nil {
		return fmt.Errorf("after a restart: %w", err)
	}
	return nil
}

// change takes rows back and brings others, the same ones too, in random order.
func (r *errorsRun) change(tasks []*errorDelta) error {
	type step struct {
		code, row string
		w         int64
	}
	var steps []step
	codes := []string{pgerr.DivisionByZero, pgerr.InvalidParameterValue}
	most := []int{3, 60}[r.rng.IntN(2)]
	for range r.rng.IntN(most) {
		steps = append(steps, step{codes[r.rng.IntN(2)], fmt.Sprint(r.rng.IntN(60)), 1 + r.rng.Int64N(2)})
	}
	all := r.rng.IntN(4) == 0
	for key, w := range r.model {
		if all || r.rng.IntN(8) == 0 {
			steps = append(steps, step{key[:5], key[5:], -w})
		}
	}
	r.rng.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	for _, s := range steps {
		tasks[r.rng.IntN(len(tasks))].add(pgerr.New(s.code, "no"), s.w, s.row)
		r.total += max(s.w, 0)
		key := s.code + s.row
		if r.model[key] += s.w; r.model[key] == 0 {
			delete(r.model, key)
		}
	}
	for _, d := range tasks {
		if len(d.rows) > 8 {
			return fmt.Errorf("a task keeps %d rows", len(d.rows))
		}
		r.set.merge(d)
	}
	return nil
}

func (r *errorsRun) check() error {
	sums, kept := map[string]int64{}, 0
	for key, w := range r.model {
		sums[key[:5]] += w
	}
	for _, e := range r.set.Entries() {
		sums[e.Code] -= e.Weight
		if e.Counted {
			continue
		}
		kept++
		if w := r.model[e.Code+e.Row]; w != e.Weight {
			return fmt.Errorf("row %s has weight %d, want %d", e.Row, e.Weight, w)
		}
	}
	for code, diff := range sums {
		if diff != 0 {
			return fmt.Errorf("%d errors of %s are missing", diff, code)
		}
	}
	if kept > 8 || len(r.model) <= 1 && kept < len(r.model) && r.set.kept.thin == 0 {
		return fmt.Errorf("%d of %d rows are kept", kept, len(r.model))
	}
	if len(r.model) == 0 && (r.set.kept.thin != 0 || r.set.MemSize() != 0) {
		return fmt.Errorf("nothing stands, but the set is thinned out (%d) or takes memory (%d)", r.set.kept.thin, r.set.MemSize())
	}
	if r.set.Total() != r.total {
		return fmt.Errorf("%d errors in all, want %d", r.set.Total(), r.total)
	}
	return nil
}

// TestErrorTextIsCut: a row of a megabyte is not kept whole, nor cut within a character.
func TestErrorTextIsCut(t *testing.T) {
	s := NewErrorSet(8)
	s.Add(errThree, 1, "x"+strings.Repeat("é", 1<<20))
	if row := s.Entries()[0].Row; len(row) > errorTextMax+10 || !strings.HasSuffix(row, "é…") {
		t.Errorf("%d bytes are kept, ending with %q", len(row), row[len(row)-6:])
	}
	s.Add(errThree, -1, "x"+strings.Repeat("é", 1<<20))
	if s.End(1); len(s.Entries()) != 0 {
		t.Errorf("left %+v", s.Entries())
	}
}
