package exec

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"streamdb/state"
	"streamdb/types"
)

// Spiller moves the oldest complete epochs of changelogs from memory to files. One does it
// for all of them, in the background: whoever fills a changelog never waits for the disk,
// only for room ([Epochs.AwaitRoom]).
//
// What a changelog may hold in memory before it is told to the spiller is an eighth of the
// budget, and much less while all of them together hold more than the budget; the newest
// part stays, where views that keep up read.
type Spiller struct {
	files  *state.Spill
	budget int64
	log    *slog.Logger

	total    atomic.Int64 // bytes in memory of all changelogs
	squeezed atomic.Bool

	mu   sync.Mutex
	logs []*Changelog  // too large
	gone []*spilledRun // not kept any more
	poke chan struct{}

	failing bool // of Run alone
}

// NewSpiller returns a spiller for changelogs that shall take budget bytes of memory
// together. Run does the work.
func NewSpiller(files *state.Spill, budget int64, log *slog.Logger) *Spiller {
	return &Spiller{files: files, budget: budget, log: log, poke: make(chan struct{}, 1)}
}

// Files is how many bytes are in files.
func (sp *Spiller) Files() int64 { return sp.files.Bytes() }

// high is how much a changelog may have in memory.
func (sp *Spiller) high() int64 {
	if sp.squeezed.Load() || sp.total.Load() > sp.budget {
		return sp.budget / 64
	}
	return sp.budget / 8
}

// keep is how much of it stays there when the rest goes.
func (sp *Spiller) keep() int64 { return sp.high() / 4 * 3 }

// overrun reports whether a changelog with so many bytes in memory has to wait for the
// spiller.
func (sp *Spiller) overrun(bytes int64) bool { return bytes > 2*sp.high() }

// Squeeze makes changelogs keep little in memory, or as much as usual again.
func (sp *Spiller) Squeeze(on bool) { sp.squeezed.Store(on) }

// spillIfLarge tells the spiller; c.mu is held.
func (c *Changelog) spillIfLarge() {
	sp := c.spiller
	if sp == nil || c.spilling || c.bytes-c.open.bytes <= sp.high() {
		return
	}
	c.spilling = true
	sp.mu.Lock()
	defer sp.mu.Unlock()
	sp.logs = append(sp.logs, c)
	sp.nudge()
}

// remove deletes a file, soon.
func (sp *Spiller) remove(r *spilledRun) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	sp.gone = append(sp.gone, r)
	sp.nudge()
}

func (sp *Spiller) nudge() {
	select {
	case sp.poke <- struct{}{}:
	default:
	}
}

// spillRetry is the time between two attempts to write while the disk is full, or to trim.
const spillRetry = time.Second

// Run works until ctx is done. trim lets changelogs forget what nobody needs any more; it is
// called while there are files, because epochs, whose end does so, come only with input.
func (sp *Spiller) Run(ctx context.Context, trim func()) {
	again := time.NewTimer(spillRetry)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sp.poke:
		case <-again.C:
			if sp.Files() > 0 {
				trim()
			}
		}
		err := sp.work(ctx)
		if err != nil {
			sp.failed(err)
		}
		if err != nil || sp.Files() > 0 {
			again.Reset(spillRetry)
		}
	}
}

// work removes the files that are not needed, and writes what is to be written.
func (sp *Spiller) work(ctx context.Context) error {
	sp.mu.Lock()
	logs, gone := sp.logs, sp.gone
	sp.logs, sp.gone = nil, nil
	sp.mu.Unlock()
	for _, r := range gone {
		r.file.Remove()
	}
	for i, c := range logs {
		if err := sp.spill(ctx, c); err != nil {
			sp.putBack(logs[i:])
			return err
		}
		sp.worked()
	}
	return nil
}

// putBack keeps changelogs for the next attempt.
func (sp *Spiller) putBack(logs []*Changelog) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	sp.logs = append(sp.logs, logs...)
}

func (sp *Spiller) failed(err error) {
	if !sp.failing {
		sp.failing = true
		sp.log.Warn("changes that late views have yet to read cannot be written to disk: sources wait for the views", "error", err)
	}
}

func (sp *Spiller) worked() {
	if sp.failing {
		sp.failing = false
		sp.log.Warn("changes that late views have yet to read can be written to disk again")
	}
}

// spill writes a changelog's oldest epochs until it is small enough.
func (sp *Spiller) spill(ctx context.Context, c *Changelog) error {
	for ctx.Err() == nil {
		t := c.oldest(sp.keep())
		if len(t.epochs) == 0 {
			return nil
		}
		run, err := sp.write(&t)
		if err != nil {
			return err
		}
		if !c.moved(&t, run) {
			run.file.Remove()
		}
	}
	return nil
}

// spillable is epochs to be written, and what their batches were when they were picked.
type spillable struct {
	epochs  []*epochDelta
	batches [][]loggedBatch
	offs    []int64 // where each is in the file
	bytes   int64
	widened int
}

// spilledRunBytes bounds one file, but for a single epoch that is larger.
const spilledRunBytes = 32 << 20

// oldest picks the oldest complete epochs so that keep bytes stay; none ends the
// changelog's turn.
func (c *Changelog) oldest(keep int64) spillable {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := spillable{widened: len(c.widened)}
	if c.spiller == nil {
		return t
	}
	for d := c.head; d.closed && t.bytes < spilledRunBytes && c.bytes-c.open.bytes-t.bytes > keep; d = d.next {
		t.epochs = append(t.epochs, d)
		t.batches = append(t.batches, append([]loggedBatch(nil), d.batches...))
		for _, l := range d.batches {
			l.loan.hold() // for good: they are about to go to a file
		}
		t.bytes += d.bytes
	}
	c.spilling = len(t.epochs) > 0
	return t
}

// write makes a file of epochs.
func (sp *Spiller) write(t *spillable) (*spilledRun, error) {
	w, err := sp.files.Create(t.bytes)
	if err != nil {
		return nil, err
	}
	first, last := t.epochs[0], t.epochs[len(t.epochs)-1]
	r := &spilledRun{
		end: last.barrier.Epoch, start: first.start, fromSeq: first.seq, toSeq: first.seq,
		saves: map[types.Epoch]Saver{}, widened: t.widened,
	}
	for i, d := range t.epochs {
		t.offs = append(t.offs, w.Size())
		for _, l := range t.batches[i] {
			addBatch(w, d.barrier.Epoch, l)
			r.toSeq = l.seq
		}
		w.Add(uint64(d.barrier.Epoch), barrierSeq, nil)
		if d.barrier.Save != nil {
			r.saves[d.barrier.Epoch] = d.barrier.Save
		}
	}
	r.file, err = w.Finish()
	return r, err
}

// moved puts a file in the place of its epochs; false if they were trimmed meanwhile.
func (c *Changelog) moved(t *spillable, r *spilledRun) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := t.epochs[len(t.epochs)-1]
	if c.spiller == nil || last.barrier.Epoch <= c.since && c.first == nil {
		return false
	}
	next := last.next
	trimmed := true
	for i, d := range t.epochs {
		if trimmed = trimmed && d != c.head; trimmed {
			continue
		}
		c.grow(d, -d.bytes)
		d.batches, d.next = nil, nil
		d.run, d.off = r, t.offs[i]
	}
	c.head = next
	if c.last == nil {
		c.first = r
	} else {
		c.last.next = r
	}
	c.last = r
	c.notify()
	return true
}
