package connectortest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"streamdb/connector"
	"streamdb/types"
)

// SinkCase is one kind of sink under test. Its rows are of [SinkSchema].
type SinkCase struct {
	// Open makes a sink over what the test's earlier sinks left behind. It calls fail at
	// every step at which a crash would matter, and gives up with its error.
	Open func(t *testing.T, fail func(step string) error) connector.Sink
	// Shown is what outsiders see, a line "+key value" or "-key value" per row, in any
	// order; nil: the sink shows nothing.
	Shown func(t *testing.T) []string
	// AppendOnly: the sink takes no deletions.
	AppendOnly bool
}

// SinkSchema is the columns of the rows the suite writes.
func SinkSchema() types.Schema {
	return types.Schema{{Name: "key", Type: types.Int4}, {Name: "value", Type: types.Text}}
}

var errCrash = errors.New("crash")

// Sink runs the contract of [connector.Sink]: a run without crashes, then one run for each
// step, in which the sink dies there, is opened anew and recovered. fresh makes an empty
// case for each.
func Sink(t *testing.T, fresh func(t *testing.T) SinkCase) {
	for at := 0; ; at++ {
		crashed := false
		ok := t.Run(fmt.Sprintf("crash at step %d", at), func(t *testing.T) {
			run := sinkRun{c: fresh(t), crashAt: at, rng: rand.New(rand.NewPCG(3, 4))}
			run.all(t)
			crashed = run.crashed
		})
		if !ok || !crashed {
			return // the last run got through without a crash
		}
	}
}

// sinkRun plays the checkpoints of one run.
type sinkRun struct {
	c         SinkCase
	rng       *rand.Rand
	crashAt   int         // the step that fails; counts down
	crashed   bool        // once in this run
	down      bool        // and not yet recovered
	committed types.Epoch // of the last durable checkpoint
	sink      connector.Sink
}

const sinkEpochs = 6

func (r *sinkRun) fail(step string) error {
	r.crashAt--
	if r.crashAt == -1 {
		r.crashed, r.down = true, true
		return fmt.Errorf("%w at %q", errCrash, step)
	}
	return nil
}

// reopen is what a restart does, until it succeeds.
func (r *sinkRun) reopen(t *testing.T) {
	t.Helper()
	for {
		if r.sink != nil {
			r.sink.Close() //nolint:errcheck // it crashed
		}
		r.down = false
		r.sink = r.c.Open(t, r.fail)
		err := r.sink.Recover(context.Background(), r.committed)
		if err == nil {
			return
		}
		if !r.down {
			t.Fatalf("Recover: %v", err)
		}
	}
}

// step is one checkpoint; false means it crashed.
func (r *sinkRun) step(t *testing.T, epoch types.Epoch, rows []*types.Batch) bool {
	t.Helper()
	for range 2 { // every call may be repeated
		if err := r.sink.Prepare(context.Background(), epoch, rows); err != nil {
			return r.survive(t, "Prepare", err)
		}
	}
	if r.fail("prepared") != nil {
		return false
	}
	r.committed = epoch
	if r.fail("durable") != nil {
		return false
	}
	for range 2 {
		if err := r.sink.Commit(context.Background(), epoch); err != nil {
			return r.survive(t, "Commit", err)
		}
	}
	return true
}

func (r *sinkRun) survive(t *testing.T, what string, err error) bool {
	t.Helper()
	if !r.down {
		t.Fatalf("%s: %v", what, err)
	}
	return false
}

func (r *sinkRun) all(t *testing.T) {
	var want []string
	r.reopen(t)
	for next := types.Epoch(1); next <= sinkEpochs; next++ {
		lines, rows := r.rows(next)
		want = append(want, lines...)
		number := next * 10
		for !r.step(t, number, rows) {
			r.reopen(t)
			if r.committed == number {
				break
			}
			number++ // epochs are never used twice
		}
	}
	r.reopen(t)
	if err := r.sink.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if r.c.Shown == nil {
		return
	}
	got := r.c.Shown(t)
	slices.Sort(got)
	slices.Sort(want)
	diff(t, "shown", got, want)
}

// rows makes the changes of one checkpoint; the fourth has none.
func (r *sinkRun) rows(n types.Epoch) (lines []string, rows []*types.Batch) {
	if n == 4 {
		return nil, nil
	}
	for range 2 {
		b := types.NewBatch(SinkSchema().Types(), 8)
		for k := range 3 {
			w := int64(1 + r.rng.IntN(2))
			if !r.c.AppendOnly && r.rng.IntN(3) == 0 {
				w = -w
			}
			value := fmt.Sprintf("v%d \"%d\"", n, r.rng.IntN(10))
			b.AppendRow(types.Row{types.NewInt32(int32(k)), types.NewBytes(value)}, w)
			for i := range max(w, -w) {
				_ = i
				lines = append(lines, fmt.Sprintf("%c%d %s", "-+"[(w/max(w, -w)+1)/2], k, value))
			}
		}
		rows = append(rows, b)
	}
	return lines, rows
}
