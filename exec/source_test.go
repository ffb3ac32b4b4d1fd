package exec

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"streamdb/catalog"
	"streamdb/connector"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// numbers is a source of the numbers 0, 1, 2 … as far as they were released.
type numbers struct {
	mu    sync.Mutex
	more  chan struct{} // closed and replaced when limit grows
	limit uint64
	end   uint64 // io.EOF there; 0: never
	txn   uint64 // an upstream transaction covers each so many numbers; 0: none
	bad   uint64 // every so many-th is a bad row; 0: none
	fail  map[uint64]error
	opens int
}

func newNumbers() *numbers { return &numbers{more: make(chan struct{})} }

func (n *numbers) release(limit uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.limit = limit
	close(n.more)
	n.more = make(chan struct{})
}

func (n *numbers) Schema() types.Schema { return types.Schema{{Name: "a", Type: types.Int8}} }
func (n *numbers) AppendOnly() bool     { return true }
func (n *numbers) Close() error         { return nil }

func (n *numbers) Open(_ context.Context, from connector.Offset) (connector.Reader, error) {
	at, _ := from.Number()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.opens++
	return &numbersReader{n: n, at: at, b: types.NewBatch(oneInt, 0)}, nil
}

type numbersReader struct {
	n  *numbers
	at uint64
	b  *types.Batch
}

func (r *numbersReader) Close() error { return nil }

// Next gives seven numbers at a time.
func (r *numbersReader) Next(ctx context.Context, limit connector.Limit) (connector.Chunk, error) {
	scribble(r.b)
	r.b.Reset()
	for {
		r.n.mu.Lock()
		upto, more, end := r.n.limit, r.n.more, r.n.end
		r.n.mu.Unlock()
		if u, ok := limit.Until.Number(); ok && limit.Until != nil {
			upto = min(upto, u)
			if r.at >= u {
				return connector.Chunk{After: connector.OffsetAt(r.at)}, nil
			}
		}
		if err := r.n.fail[r.at]; err != nil {
			return connector.Chunk{}, err
		}
		if end > 0 && r.at >= end {
			return connector.Chunk{}, io.EOF
		}
		if r.at < upto {
			return r.chunk(min(upto, r.at+7)), nil
		}
		select {
		case <-ctx.Done():
			return connector.Chunk{}, context.Cause(ctx)
		case <-more:
		}
	}
}

func (r *numbersReader) chunk(upto uint64) connector.Chunk {
	var c connector.Chunk
	if t := r.n.txn; t > 0 {
		upto = min(upto, r.at/t*t+t)
	}
	for ; r.at < upto; r.at++ {
		if r.n.bad > 0 && r.at%r.n.bad == 0 {
			c.Bad = append(c.Bad, connector.BadRow{Payload: []byte("?"), Offset: "line", Err: errThree})
			continue
		}
		r.b.AppendRow(intRow(int64(r.at)), 1)
	}
	c.Batch, c.After = r.b, connector.OffsetAt(r.at)
	if t := r.n.txn; t > 0 && r.at%t != 0 {
		c.InTxn, c.After = true, connector.OffsetAt(r.at/t*t)
	}
	return c
}

// source attaches a source to the world.
func (w *world) source(id catalog.ID, n connector.Source, at connector.Offset) *Source {
	var s *Source
	w.ep.Attach(func(last types.Epoch) ([]EpochMember, []*Changelog) {
		s = NewSource("numbers", n, last, at, w.ep)
		w.rels[id] = s
		return []EpochMember{s}, []*Changelog{s.Changelog()}
	})
	return s
}

// eventually waits for a condition that needs no further input.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// waits reports whether a source waits for its readers.
func waits(src *Source) bool {
	src.log.mu.Lock()
	defer src.log.mu.Unlock()
	return src.log.waiting
}

func (w *world) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { w.ep.Run(ctx, func(err error) { w.t.Error(err) }); close(done) }()
	w.t.Cleanup(func() { cancel(); <-done })
}

// below is the numbers below n, as a bag.
func below(n int64) bag {
	b := bag{}
	for v := range n {
		b.add(intRow(v), 1)
	}
	return b
}

// TestSourceViewsAgree: views created before, during and after reading hold the same rows.
func TestSourceViewsAgree(t *testing.T) {
	n := newNumbers()
	w := newWorld(t, 1)
	src := w.source(1, n, nil)
	w.run()
	p := scanOf(1, n.Schema())
	views := []*view{w.view(2, "before", p)}
	w.settled(views[0])
	if n.opens > 1 {
		t.Errorf("an unused source was opened %d times", n.opens)
	}
	src.Use(nil)
	t.Cleanup(src.Release)
	for i := range 20 {
		n.release(uint64(i * 23))
		if i%6 == 5 {
			views = append(views, w.view(catalog.ID(3+i), "during", p))
		}
	}
	eventually(t, "not read", func() bool { return src.Rows() == 19*23 })
	views = append(views, w.view(100, "after", p))
	for _, v := range views {
		w.expectRows(v.flow.cfg.Name, v, below(19*23), n.Schema())
	}
	w.expectRows("SELECT from the source", src, below(19*23), n.Schema())
}

// TestSourceReadsOnlyWhenUsed, and goes on where it stopped.
func TestSourceReadsOnlyWhenUsed(t *testing.T) {
	n := newNumbers()
	w := newWorld(t, 1)
	src := w.source(1, n, nil)
	v := w.view(2, "v", scanOf(1, n.Schema()))
	n.release(10)
	w.expectRows("unused", v, bag{}, n.Schema())
	for i := range 5 {
		src.Use(nil)
		n.release(uint64(10 * (i + 1)))
		eventually(t, "not read", func() bool { return src.Rows() == int64(10*(i+1)) })
		src.Release()
		w.expectRows("used", v, below(int64(10*(i+1))), n.Schema())
	}
}

// TestSourceKeepsTransactionsWhole: an epoch that ends within an upstream transaction has
// nothing of it, its offset stands before it, and a reader that is stopped there reads it
// again.
func TestSourceKeepsTransactionsWhole(t *testing.T) {
	n := newNumbers()
	n.txn = 20
	w := newWorld(t, 1)
	src := w.source(1, n, nil)
	src.Base = 50
	v := w.view(2, "v", scanOf(1, n.Schema()))
	src.Use(nil)
	n.release(30)
	eventually(t, "not read", func() bool { return src.Rows() == 20 })
	saver := newMemSaver()
	if _, err := w.ep.Advance(saver, nil); err != nil {
		t.Fatal(err)
	}
	w.expectRows("the first transaction", v, below(20), n.Schema())
	src.Release()
	src.Use(nil)
	t.Cleanup(src.Release)
	n.release(40)
	eventually(t, "not read", func() bool { return src.Rows() == 40 })
	w.expectRows("whole", v, below(40), n.Schema())
	store := newMemState()
	saved, err := saver.of("numbers")
	if err == nil {
		err = store.apply(saved)
	}
	if err != nil {
		t.Fatal(err)
	}
	again := NewSource("numbers", n, 9, nil, w.ep)
	again.Base = 50
	if err := again.Load(store.scan); err != nil {
		t.Fatal(err)
	}
	if at, _ := again.offset.Number(); at != 20 {
		t.Errorf("the saved offset is %d", at)
	}
}

func TestSourceBadRows(t *testing.T) {
	n := newNumbers()
	n.bad = 5
	w := newWorld(t, 1)
	src := w.source(1, n, nil)
	v := w.view(2, "v", countBy(scanOf(1, n.Schema())))
	src.Use(nil)
	t.Cleanup(src.Release)
	n.release(50)
	eventually(t, "not read", func() bool { return src.Rows() == 40 })
	w.settled(v)
	if es := src.Errors.Entries(); len(es) != 1 || es[0].Weight != 10 || src.Errors.Total() != 10 {
		t.Errorf("errors %+v, %d in all", es, src.Errors.Total())
	}
}

// TestSourceEnds: after the end of the input, and after a failure, epochs go on.
func TestSourceEnds(t *testing.T) {
	for _, failure := range []error{nil, pgerr.New(pgerr.IOError, "connection lost")} {
		n := newNumbers()
		n.end = 21
		n.fail = map[uint64]error{21: failure}
		w := newWorld(t, 1)
		src := w.source(1, n, nil)
		v := w.view(2, "v", scanOf(1, n.Schema()))
		src.Use(nil)
		n.release(100)
		eventually(t, "not read", func() bool { return src.Rows() == 21 })
		eventually(t, "failure not noted", func() bool {
			_, _, err := src.State()
			return errors.Is(err, failure)
		})
		for range 3 {
			w.commitNothing()
			w.expectRows("ended", v, below(21), n.Schema())
		}
		src.Release()
		w.commitNothing()
		w.expectRows("released", v, below(21), n.Schema())
	}
}

// commitNothing makes the next epoch due.
func (w *world) commitNothing() { w.ep.Dirty() }

// TestSourceWaits: a source that is too far ahead waits until its rows were taken, and then
// goes on by itself, though nothing else happens.
func TestSourceWaits(t *testing.T) {
	n := newNumbers()
	w := newWorld(t, 1)
	src := w.source(1, n, nil)
	src.MaxAhead, src.log.limit = 2000, 2000
	w.run()
	v := w.view(2, "v", scanOf(1, n.Schema()))
	src.Use(nil)
	t.Cleanup(src.Release)
	n.release(7000)
	eventually(t, "the source waits for ever", func() bool { return src.Rows() == 7000 })
	w.expectRows("all", v, below(7000), n.Schema())

	pin := w.ep.PinAt(w.ep.Last()) // a reader that takes its time holds the source back
	n.release(14000)
	eventually(t, "the source does not wait", func() bool { return src.log.full() && waits(src) })
	if rows := src.Rows(); rows > 8000 {
		t.Errorf("%d rows were read ahead", rows)
	}
	w.ep.Unpin(pin)
	eventually(t, "the source waits for ever", func() bool { return src.Rows() == 14000 })
}

// TestSourceHeld: a source that is held reads no more than the chunk it is at, ends epochs
// all the same, and goes on by itself.
func TestSourceHeld(t *testing.T) {
	n := newNumbers()
	w := newWorld(t, 1)
	src := w.source(1, n, nil)
	w.run()
	v := w.view(2, "v", scanOf(1, n.Schema()))
	src.Use(nil)
	t.Cleanup(src.Release)
	w.ep.HoldSources(true)
	n.release(700)
	eventually(t, "the source reads nothing", func() bool { return src.Rows() == 7 && src.Held() })
	w.commitNothing()
	w.expectRows("while it is held", v, below(7), n.Schema())
	w.ep.HoldSources(false)
	eventually(t, "the source is held for ever", func() bool { return src.Rows() == 700 })
	w.expectRows("all", v, below(700), n.Schema())
}
