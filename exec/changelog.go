package exec

import (
	"sync"

	"streamdb/state"
	"streamdb/types"
)

// Saver gathers what the participants of a checkpoint hand over at its barrier. It is
// implemented by package checkpoint.
type Saver interface {
	// Wants reports whether a participant is to save at this barrier.
	Wants(participant string) bool
	// Reached is told when a participant has come to the barrier and has yet to save.
	Reached(participant string)
	// Save takes a participant's deltas, at the barrier or later.
	Save(participant string, deltas []*state.Delta)
}

// Barrier ends an epoch in-band.
type Barrier struct {
	Epoch types.Epoch
	Save  Saver // not nil: a checkpoint is taken at this barrier
}

// Changelog is the delta of one relation per epoch: immutable batches, shared by
// reference, which may be on loan from a source's reader ([Cursor]). Upper is the first
// incomplete epoch, since the oldest at which the relation's contents can be read: deltas
// after since are kept. Every cursor stands where it is, so a slow reader delays no other.
//
// The newest epochs are in memory. With a [Spiller], the oldest ones go to files when
// memory is scarce, and cursors read them back from there:
//
//	runs (files)              memory
//	first → … → last    →    head → … → open
type Changelog struct {
	mu    sync.Mutex
	first *spilledRun // the oldest epochs; nil: none are in files
	last  *spilledRun
	head  *epochDelta // the oldest delta in memory
	open  *epochDelta // the newest, not complete
	since types.Epoch
	upper types.Epoch
	skip  types.Epoch // deltas up to here are not kept at all
	seq   uint64
	wake  map[chan<- struct{}]struct{}
	ended error // why there will be no more epochs

	bytes    int64 // of the batches in memory
	appended int64 // bytes of all batches ever
	front    int64 // how many of them the reader that is furthest ahead has read
	readers  int
	waiting  bool // somebody waits for readers to get on
	widened  []widening

	spiller  *Spiller // nil: everything stays in memory
	spilling bool     // the spiller has been told
	limit    int64    // bytes to keep for late readers before whoever fills the log waits
}

// epochDelta is one epoch's changes. Its fields are guarded by the changelog's mutex.
type epochDelta struct {
	barrier Barrier // valid once closed
	closed  bool
	batches []loggedBatch
	bytes   int64
	start   int64  // bytes appended to the log before it
	seq     uint64 // of the last batch before it
	next    *epochDelta
	run     *spilledRun // where it is now, nil: in memory
	off     int64       // where in the run's file it begins
}

// epochBytes is what an epoch takes without its batches.
const epochBytes = 128

// loggedBatch is one batch; read is how many bytes were appended up to its end.
type loggedBatch struct {
	b    *types.Batch // nil: it was lent and has gone back
	seq  uint64
	read int64
	loan *loan // nil: it is the log's
}

// NewChangelog returns a changelog whose contents up to epoch since are complete.
func NewChangelog(since types.Epoch) *Changelog {
	d := &epochDelta{}
	return &Changelog{
		head: d, open: d, since: since, upper: since + 1, wake: map[chan<- struct{}]struct{}{}, limit: DefaultMaxLag,
	}
}

// Append adds a batch, which must not change any more, to the open epoch and returns its
// sequence number.
func (c *Changelog) Append(b *types.Batch) uint64 { return c.append(b, nil) }

// append is Append for a batch that is lent, if loan is not nil.
func (c *Changelog) append(b *types.Batch, loan *loan) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq++
	if c.upper <= c.skip {
		return c.seq
	}
	loan.hold()
	n := int64(b.MemSize())
	c.appended += n
	c.open.batches = append(c.open.batches, loggedBatch{b, c.seq, c.appended, loan})
	c.grow(c.open, n)
	c.notify()
	return c.seq
}

// Skip says that nobody will read what comes before the end of epoch e, as of a view that
// is filled in that epoch: it is not kept.
func (c *Changelog) Skip(e types.Epoch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skip, c.since = e, max(c.since, e)
}

// grow counts n more bytes in memory, of epoch d; c.mu is held.
func (c *Changelog) grow(d *epochDelta, n int64) {
	d.bytes += n
	c.bytes += n
	if c.spiller != nil {
		c.spiller.total.Add(n)
	}
}

// Close ends the open epoch.
func (c *Changelog) Close(br Barrier) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := &epochDelta{start: c.appended, seq: c.seq}
	c.grow(c.open, epochBytes)
	c.open.barrier, c.open.closed, c.open.next = br, true, d
	c.open = d
	c.upper = br.Epoch + 1
	c.notify()
	c.spillIfLarge()
}

// End says that there will be no more epochs, and why.
func (c *Changelog) End(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = err
	c.notify()
}

// notify wakes whoever waits; c.mu is held.
func (c *Changelog) notify() {
	for ch := range c.wake {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// Subscribe makes every change send to ch, which has room for one, without blocking.
func (c *Changelog) Subscribe(ch chan<- struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wake[ch] = struct{}{}
}

// Unsubscribe ends what Subscribe began.
func (c *Changelog) Unsubscribe(ch chan<- struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.wake, ch)
}

// Bounds returns since and upper, and the reason if the changelog has ended.
func (c *Changelog) Bounds() (since, upper types.Epoch, ended error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.since, c.upper, c.ended
}

// Bytes is the size of what is kept in memory and in files.
func (c *Changelog) Bytes() (memory, files int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes, c.fileBytes()
}

func (c *Changelog) fileBytes() int64 {
	var n int64
	for r := c.first; r != nil; r = r.next {
		n += r.file.Size
	}
	return n
}

// Trim forgets the deltas up to epoch e; contents can then not be read before e.
func (c *Changelog) Trim(e types.Epoch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = max(c.since, min(e, c.upper-1))
	if c.trimRuns(e) || c.first == nil && c.trimMemory(e) {
		c.notify() // for a source that waits for room
	}
}

// trimRuns forgets the files that hold nothing after epoch e; c.mu is held.
func (c *Changelog) trimRuns(e types.Epoch) (trimmed bool) {
	for c.first != nil && c.first.end <= e {
		r := c.first
		r.trimmed = true
		c.spiller.remove(r)
		if c.first = r.next; c.first == nil {
			c.last = nil
		}
		trimmed = true
	}
	if trimmed && c.first == nil {
		c.trimMemory(e)
	}
	return trimmed
}

func (c *Changelog) trimMemory(e types.Epoch) (trimmed bool) {
	for c.head.closed && c.head.barrier.Epoch <= e {
		c.grow(c.head, -c.head.bytes)
		c.head.giveBack()
		c.head = c.head.next
		trimmed = true
	}
	return trimmed
}

// giveBack ends the loans among the batches of an epoch that is not kept any more; the
// changelog's mutex is held.
func (d *epochDelta) giveBack() {
	for i := range d.batches {
		if l := &d.batches[i]; l.loan != nil {
			l.loan.release()
			l.b, l.loan = nil, nil
		}
	}
}

// forget gives up everything that is kept: nobody reads the log any more.
func (c *Changelog) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for ; c.first != nil; c.first = c.first.next {
		c.first.trimmed = true
		c.spiller.remove(c.first)
	}
	c.last = nil
	for d := c.head; d != nil; d = d.next {
		c.grow(d, -d.bytes)
	}
	c.head, c.spiller = c.open, nil
}

// kept calls f with each batch of epochs after e whose sequence number is in (from, to].
func (c *Changelog) kept(e types.Epoch, from, to uint64, f func(b *types.Batch, seq uint64)) error {
	c.mu.Lock()
	var runs []*spilledRun
	for r := c.first; r != nil; r = r.next {
		if r.end > e && r.fromSeq < to && r.toSeq > from {
			runs = append(runs, r)
		}
	}
	var found []loggedBatch
	for d := c.head; d != nil; d = d.next {
		if d.closed && d.barrier.Epoch <= e {
			continue
		}
		for _, l := range d.batches {
			if l.seq > from && l.seq <= to {
				l.loan.hold() // for good: it is not known how long f's caller reads it
				found = append(found, l)
			}
		}
	}
	widened := c.widened
	c.mu.Unlock()
	for _, r := range runs {
		if err := r.each(e, from, to, widened[r.widened:], f); err != nil {
			return err
		}
	}
	for _, l := range found {
		f(l.b, l.seq)
	}
	return nil
}

// After calls f with each batch of epochs after e, the open one included, whose sequence
// number is above seq, and returns the newest sequence number: what comes later is after
// that one.
func (c *Changelog) After(e types.Epoch, seq uint64, f func(b *types.Batch)) (last uint64, err error) {
	last = c.lastSeq()
	return last, c.kept(e, seq, last, func(b *types.Batch, _ uint64) { f(b) })
}

// lastSeq is the sequence number of the newest batch.
func (c *Changelog) lastSeq() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seq
}
