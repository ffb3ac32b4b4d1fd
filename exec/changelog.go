package exec

import (
	"math"
	"sync"

	"streamdb/state"
	"streamdb/types"
)

// Saver gathers what the participants of a checkpoint hand over at its barrier. It is
// implemented by package checkpoint.
type Saver interface {
	// Wants reports whether a participant is to save at this barrier.
	Wants(participant string) bool
	// Save takes a participant's deltas; the participant goes on at once.
	Save(participant string, deltas []*state.Delta)
}

// Barrier ends an epoch in-band.
type Barrier struct {
	Epoch types.Epoch
	Save  Saver // not nil: a checkpoint is taken at this barrier
}

// Changelog is the delta of one relation per epoch: immutable batches, shared by
// reference. Upper is the first incomplete epoch, since the oldest at which the
// relation's contents can be read: deltas after since are kept. Cursors keep what they
// have not read by themselves, so a slow reader delays no other.
type Changelog struct {
	mu    sync.Mutex
	head  *epochDelta // the oldest kept delta
	open  *epochDelta // the newest, not complete
	since types.Epoch
	upper types.Epoch
	seq   uint64
	wake  map[chan<- struct{}]struct{}
	bytes int   // of the kept batches
	ended error // why there will be no more epochs
}

// epochDelta is one epoch's changes. Its fields are guarded by the changelog's mutex.
type epochDelta struct {
	barrier Barrier // valid once closed
	closed  bool
	batches []loggedBatch
	bytes   int
	next    *epochDelta
}

type loggedBatch struct {
	b   *types.Batch
	seq uint64
}

// NewChangelog returns a changelog whose contents up to epoch since are complete.
func NewChangelog(since types.Epoch) *Changelog {
	d := &epochDelta{}
	return &Changelog{head: d, open: d, since: since, upper: since + 1, wake: map[chan<- struct{}]struct{}{}}
}

// Append adds a batch, which must not change any more, to the open epoch and returns its
// sequence number.
func (c *Changelog) Append(b *types.Batch) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq++
	c.open.batches = append(c.open.batches, loggedBatch{b, c.seq})
	n := b.MemSize()
	c.open.bytes += n
	c.bytes += n
	c.notify()
	return c.seq
}

// Close ends the open epoch.
func (c *Changelog) Close(br Barrier) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := &epochDelta{}
	c.open.barrier, c.open.closed, c.open.next = br, true, d
	c.open = d
	c.upper = br.Epoch + 1
	c.notify()
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

// Bytes is the size of the kept batches.
func (c *Changelog) Bytes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}

// Trim forgets the deltas up to epoch e; contents can then not be read before e.
func (c *Changelog) Trim(e types.Epoch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.head.closed && c.head.barrier.Epoch <= e {
		defer c.notify() // for a source that waits for room
	}
	for c.head.closed && c.head.barrier.Epoch <= e {
		c.bytes -= c.head.bytes
		c.head = c.head.next
	}
	c.since = max(c.since, min(e, c.upper-1))
}

// afterSeq calls f with each batch of epochs after e whose sequence number is in
// (from, to].
func (c *Changelog) afterSeq(e types.Epoch, from, to uint64, f func(b *types.Batch, seq uint64)) {
	c.mu.Lock()
	var found []loggedBatch
	for d := c.head; d != nil; d = d.next {
		if d.closed && d.barrier.Epoch <= e {
			continue
		}
		for _, l := range d.batches {
			if l.seq > from && l.seq <= to {
				found = append(found, l)
			}
		}
	}
	c.mu.Unlock()
	for _, l := range found {
		f(l.b, l.seq)
	}
}

// After calls f with each batch of epochs after e, the open one included.
func (c *Changelog) After(e types.Epoch, f func(b *types.Batch)) {
	c.afterSeq(e, 0, math.MaxUint64, func(b *types.Batch, _ uint64) { f(b) })
}

// Cursor reads a changelog from an epoch on, batch by batch.
type Cursor struct {
	log   *Changelog
	after types.Epoch
	at    *epochDelta
	n     int // batches of at already read
}

// Cursor returns a reader of all deltas after epoch e, which may be one the log has yet to
// reach; ok is false if they are not all kept any more.
func (c *Changelog) Cursor(e types.Epoch) (cur *Cursor, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e < c.since {
		return nil, false
	}
	d := c.head
	for d.closed && d.barrier.Epoch <= e {
		d = d.next
	}
	return &Cursor{log: c, after: e, at: d}, true
}

// Next returns the next batch, or the barrier that ends the epoch in hand, or ready false
// if there is neither yet; err once the changelog has ended.
func (cur *Cursor) Next() (b *types.Batch, br Barrier, ready bool, err error) {
	cur.log.mu.Lock()
	defer cur.log.mu.Unlock()
	for cur.at.closed && cur.at.barrier.Epoch <= cur.after {
		cur.at = cur.at.next
	}
	if !cur.at.closed && cur.log.upper <= cur.after { // the open epoch may be after itself
		return nil, Barrier{}, false, cur.log.ended
	}
	if cur.n < len(cur.at.batches) {
		cur.n++
		return cur.at.batches[cur.n-1].b, Barrier{}, true, nil
	}
	if cur.at.closed {
		br = cur.at.barrier
		cur.at, cur.n = cur.at.next, 0
		return nil, br, true, nil
	}
	return nil, Barrier{}, false, cur.log.ended
}
