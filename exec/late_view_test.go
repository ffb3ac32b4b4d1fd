package exec

import (
	"context"
	"log/slog"
	"testing"

	"streamdb/types"
)

// spillingWorld is a world whose changelogs have budget bytes of memory, and keep maxLag
// bytes for late readers.
func spillingWorld(t *testing.T, budget, maxLag int64) (*world, *Spiller) {
	w := newWorld(t, 1)
	sp := NewSpiller(spillFolder(t, nil), budget, slog.New(slog.DiscardHandler))
	w.ep.SpillTo(sp, maxLag)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		sp.Run(ctx, w.ep.Trim)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return w, sp
}

// gatedView starts a view that emits nothing before the returned func is called.
func (w *world) gatedView(s types.Schema, workers int) (v *view, open func()) {
	v = &view{plan: scanOf(1, s), errs: NewErrorSet(0), gate: make(chan struct{})}
	w.start(2, v, DataflowConfig{Name: "late", Fresh: true, Workers: workers})
	opened := false
	open = func() {
		if !opened {
			close(v.gate)
		}
		opened = true
	}
	w.t.Cleanup(open) // before the view is stopped
	return v, open
}

// TestLateViewHoldsNobodyBack: while one view of a source takes nothing, another one is
// fresh, far beyond what fits into memory; the late one then catches up by what was kept in
// files, which are gone afterwards.
func TestLateViewHoldsNobodyBack(t *testing.T) {
	for _, workers := range []int{1, 2} {
		const budget, rows = 32 << 10, 70_000
		w, sp := spillingWorld(t, budget, 1<<30)
		n := newNumbers()
		src := w.source(1, n, nil)
		src.MaxAhead = budget / 2
		late, open := w.gatedView(n.Schema(), workers)
		fast := w.view(3, "fast", scanOf(1, n.Schema()))
		w.run()
		src.Use(nil)
		t.Cleanup(src.Release)
		n.release(rows)
		eventually(t, "the source waits for the late view", func() bool { return src.Rows() == rows })
		w.expectRows("fast", fast, below(rows), n.Schema())

		eventually(t, "nothing is moved to files", func() bool { return sp.total.Load() < 2*budget && sp.Files() > 10*budget })
		if lag := late.flow.Lag(); lag < 10*budget {
			t.Errorf("the late view lags by %d bytes only", lag)
		}
		w.expectPast(fast, late, src)

		open()
		w.expectRows("late", late, below(rows), n.Schema())
		eventually(t, "files are left", func() bool { return sp.Files() == 0 })
		if lag := late.flow.Lag(); lag != 0 {
			t.Errorf("%d bytes are still to be read", lag)
		}
	}
}

// expectPast reads fast at the newest epoch that late has: what came after it is taken back
// from files.
func (w *world) expectPast(fast, late *view, src *Source) {
	w.t.Helper()
	p, err := w.ep.Pin(context.Background(), []*Changelog{late.Log, fast.Log}, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	defer w.ep.Unpin(p)
	want, _ := src.OffsetAt(p.At).Number()
	got := uint64(0)
	err = fast.Snapshot(context.Background(), p.At, func(b *types.Batch) error {
		got += uint64(b.Len())
		return nil
	})
	if err != nil || got != want {
		w.t.Errorf("%d rows at epoch %d, want %d: %v", got, p.At, want, err)
	}
}

// TestSourceWaitsAtMaxLag: what is kept for a late view is bounded; only then the source
// waits, and goes on when the view does.
func TestSourceWaitsAtMaxLag(t *testing.T) {
	const budget, maxLag, rows = 16 << 10, 128 << 10, 70_000
	w, sp := spillingWorld(t, budget, maxLag)
	n := newNumbers()
	src := w.source(1, n, nil)
	src.MaxAhead = budget / 2
	late, open := w.gatedView(n.Schema(), 1)
	fast := w.view(3, "fast", scanOf(1, n.Schema()))
	w.run()
	src.Use(nil)
	t.Cleanup(src.Release)
	n.release(rows)
	eventually(t, "the source does not wait", func() bool { return src.log.full() && waits(src) })
	if read := src.Rows(); read == rows || read*8 < maxLag/32 {
		t.Errorf("%d rows were read", read)
	}
	if sp.Files() > 2*maxLag {
		t.Errorf("%d bytes in files", sp.Files())
	}
	open()
	eventually(t, "the source waits for ever", func() bool { return src.Rows() == rows })
	w.expectRows("late", late, below(rows), n.Schema())
	w.expectRows("fast", fast, below(rows), n.Schema())
}

// TestWriterWaitsAtMaxLag: a statement's changes wait for room as a source does, and a stop
// ends the wait.
func TestWriterWaitsAtMaxLag(t *testing.T) {
	w, _ := spillingWorld(t, 4<<10, 32<<10)
	s := types.Schema{{Name: "a", Type: types.Int8}}
	tab := w.table(1, s)
	late, open := w.gatedView(s, 1)
	w.run()
	want := bag{}
	rows := int64(0)
	for !tab.Log.full() {
		w.ep.AwaitRoom(tab.Log, nil)
		w.commit(tab, intBatch(1, rows))
		want.add(intRow(rows), 1)
		if rows++; rows > 10_000 {
			t.Fatal("nobody waits")
		}
	}
	stop := make(chan struct{})
	close(stop)
	w.ep.AwaitRoom(tab.Log, stop)
	open()
	w.ep.AwaitRoom(tab.Log, nil)
	w.commit(tab, intBatch(1, rows))
	want.add(intRow(rows), 1)
	w.expectRows("late", late, want, s)
}
