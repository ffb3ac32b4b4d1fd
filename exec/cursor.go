package exec

import (
	"sync/atomic"

	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Cursor reads a changelog from an epoch on, batch by batch: from files as long as it is
// that far behind, then from memory. A batch of a source is valid until the next call of Next
// or Close. It is for one goroutine.
type Cursor struct {
	log         *Changelog
	after       types.Epoch  // it gives what follows this epoch
	part, parts uint64       // it reads only its part of the batches; parts 0: all
	read        atomic.Int64 // bytes of the log up to where it stands

	at  *epochDelta // in memory
	n   int         // batches of at already read
	seq uint64      // of the last batch read from memory
	on  *loan       // the batch given last, if it is lent

	run  *spilledRun // not nil: it stands in a file
	off  int64
	file *state.SpillReader
}

// Cursor returns a reader of all deltas after epoch e, which may be one the log has yet to
// reach; ok is false if they are not all kept any more. It must be closed.
func (c *Changelog) Cursor(e types.Epoch) (cur *Cursor, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e < c.since {
		return nil, false
	}
	c.readers++
	cur = &Cursor{log: c, after: e}
	cur.seek()
	return cur, true
}

// seek finds the place behind epoch after; the log's mutex is held.
func (cur *Cursor) seek() {
	cur.run, cur.off, cur.at, cur.n = nil, 0, nil, 0
	for r := cur.log.first; r != nil; r = r.next {
		if r.end > cur.after {
			cur.run = r
			cur.read.Store(max(cur.read.Load(), r.start))
			return
		}
	}
	d := cur.log.head
	for d.closed && d.barrier.Epoch <= cur.after {
		d = d.next
	}
	cur.at = d
	cur.read.Store(max(cur.read.Load(), d.start))
}

// Deal makes the cursor leave out the batches that belong to other parts than part, of
// parts in all; barriers are everybody's.
func (cur *Cursor) Deal(part, parts int) { cur.part, cur.parts = uint64(part), uint64(parts) }

func (cur *Cursor) mine(seq uint64) bool { return cur.parts == 0 || seq%cur.parts == cur.part }

// Lag is the bytes of the log that the cursor has not read yet. Anyone may ask.
func (cur *Cursor) Lag() int64 {
	cur.log.mu.Lock()
	defer cur.log.mu.Unlock()
	return cur.log.appended - cur.read.Load()
}

// Close gives the cursor up.
func (cur *Cursor) Close() {
	if cur.file != nil {
		cur.file.Close()
		cur.file = nil
	}
	cur.log.mu.Lock()
	defer cur.log.mu.Unlock()
	cur.log.readers--
	cur.on.release()
	cur.on = nil
}

// Next returns the next batch, or the barrier that ends the epoch in hand, or ready false
// if there is neither yet; err once the changelog has ended.
func (cur *Cursor) Next() (b *types.Batch, br Barrier, ready bool, err error) {
	for {
		if cur.run == nil {
			if b, br, ready, err = cur.fromMemory(); cur.run == nil {
				return b, br, ready, err
			}
		}
		b, br, err = cur.fromFiles()
		if err != nil || b != nil || cur.run != nil {
			return b, br, err == nil, err
		}
	}
}

// fromMemory is Next, unless it finds that the cursor's place has gone to a file: cur.run is
// set then.
func (cur *Cursor) fromMemory() (b *types.Batch, br Barrier, ready bool, err error) {
	c := cur.log
	c.mu.Lock()
	defer c.mu.Unlock()
	cur.on.release()
	cur.on = nil
	if err := cur.find(); err != nil || cur.run != nil {
		return nil, Barrier{}, false, err
	}
	if !cur.at.closed && c.upper <= cur.after { // the open epoch may be after itself
		return nil, Barrier{}, false, c.ended
	}
	for cur.n < len(cur.at.batches) {
		l := cur.at.batches[cur.n]
		cur.n++
		cur.seq = l.seq
		cur.advance(l.read)
		switch {
		case !cur.mine(l.seq):
		case l.b == nil:
			return nil, Barrier{}, false, errTrimmed
		default:
			l.loan.hold()
			cur.on = l.loan
			return l.b, Barrier{}, true, nil
		}
	}
	if cur.at.closed {
		br = cur.at.barrier
		cur.after, cur.at, cur.n = br.Epoch, cur.at.next, 0
		return nil, br, true, nil
	}
	return nil, Barrier{}, false, c.ended
}

// find passes over what the cursor does not give, and follows its place to a file; the log's
// mutex is held.
func (cur *Cursor) find() error {
	for {
		r := cur.at.run
		switch {
		case r == nil && cur.at.closed && cur.at.barrier.Epoch <= cur.after:
			cur.at = cur.at.next
		case r == nil:
			return nil
		case !r.trimmed:
			cur.run, cur.off, cur.at, cur.n = r, cur.at.off, nil, 0
			return nil
		default:
			return cur.leave()
		}
	}
}

// advance notes how far the cursor has read; the log's mutex is held.
func (cur *Cursor) advance(read int64) {
	cur.read.Store(read)
	if c := cur.log; read > c.front {
		c.front = read
		if c.waiting {
			c.notify()
		}
	}
}

// fromFiles returns the next batch or barrier in a file; it leaves cur.run nil behind the
// last of them.
func (cur *Cursor) fromFiles() (b *types.Batch, br Barrier, err error) {
	for cur.run != nil {
		if cur.off == cur.run.file.Size {
			if err := cur.leaveRun(); err != nil {
				return nil, Barrier{}, err
			}
			continue
		}
		if cur.file == nil {
			if cur.file, err = cur.run.file.Open(); err != nil {
				return nil, Barrier{}, err
			}
		}
		rec, err := cur.file.Header(cur.off)
		if err != nil {
			return nil, Barrier{}, err
		}
		cur.off = rec.Next
		epoch := types.Epoch(rec.Tag)
		switch {
		case epoch <= cur.after:
		case rec.Seq == barrierSeq:
			cur.after = epoch
			return nil, Barrier{Epoch: epoch, Save: cur.run.saves[epoch]}, nil
		case rec.Seq > cur.seq && cur.mine(rec.Seq):
			b, err := cur.decode(rec)
			return b, Barrier{}, err
		}
	}
	return nil, Barrier{}, nil
}

func (cur *Cursor) decode(rec state.SpillRecord) (*types.Batch, error) {
	b, read, err := decodeSpilled(cur.file, rec)
	if err != nil {
		return nil, err
	}
	c := cur.log
	c.mu.Lock()
	cur.advance(read)
	ws := c.widened[cur.run.widened:]
	c.mu.Unlock()
	return widenAll(b, ws), nil
}

// leaveRun goes on to the next file, or back to memory.
func (cur *Cursor) leaveRun() error {
	if cur.file != nil {
		cur.file.Close()
		cur.file = nil
	}
	cur.log.mu.Lock()
	defer cur.log.mu.Unlock()
	return cur.leave()
}

// leave goes on from where the cursor has read all there was, and which may have been
// trimmed since; the log's mutex is held.
func (cur *Cursor) leave() error {
	if cur.after < cur.log.since {
		return errTrimmed
	}
	cur.seek()
	return nil
}

// errTrimmed cannot come to a view that runs: the log is kept for it.
var errTrimmed = pgerr.Internal("a changelog was trimmed before it was read")
