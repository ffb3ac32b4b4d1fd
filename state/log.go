package state

import (
	"context"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"streamdb/types/pgerr"
)

// Log is the commit log: one order of everything acknowledged. Append queues a record;
// one goroutine writes and fsyncs whatever has queued, so that waiters share an fsync.
// All methods are safe for concurrent use.
type Log struct {
	fs      FS
	dir     string
	opts    logOptions
	stopped chan struct{} // closed when the flusher has ended
	wake    chan struct{}

	mu      sync.Mutex
	open    *group // what queues now
	flight  *group // what is being written, or nil
	failed  []span // positions whose records were never written
	segs    []segment
	end     LogPos // end of the newest record queued
	sum     uint64 // its sum
	durable LogPos // everything before is on disk, or in failed
	good    uint64 // sum of the newest durable record
	ledger  LogPos // start of the newest durable checkpoint record; Trim stops there
	closing bool
	full    bool  // what has queued waits for space; nothing more is taken
	dead    error // a failure that cannot be repaired in place

	// The flusher's own.
	file     vfs.File
	fileSize int64
	tail     []byte // spare buffer
	fsyncs   histogram
}

type logOptions struct {
	segmentBytes int64
	reserve      uint64 // free bytes below which records are refused
	noFsync      bool
	fatal        func(error)
	// waitFull is the time between two looks for space when the disk is full: what was
	// taken in waits, since its owner may have acted on it; what comes then is refused. 0:
	// what has queued is refused too.
	waitFull time.Duration
}

// group is the records that one fsync makes durable.
type group struct {
	buf    []byte
	first  LogPos
	rotate bool // start a new segment before anything else
	done   chan struct{}
	err    error // valid once done is closed
}

// span is the end positions from < pos <= to.
type span struct{ from, to LogPos }

func newGroup(first LogPos) *group {
	return &group{first: first, done: make(chan struct{})}
}

// startLog begins to append behind what scan found, in a segment of its own that names
// the good end of the one before: a cut tail needs no repair in place. first is where
// the new records start, scan.end unless positions must be skipped.
func startLog(fs FS, dir string, scan *logScan, first LogPos, opts logOptions) (*Log, error) {
	l := &Log{
		fs: fs, dir: dir, opts: opts,
		stopped: make(chan struct{}), wake: make(chan struct{}, 1),
		open: newGroup(first), segs: scan.segs,
		end: first, sum: scan.sum, durable: scan.end, good: scan.sum, ledger: scan.ledgerStart,
	}
	if err := l.newSegment(first); err != nil {
		return nil, err
	}
	go l.run()
	return l, nil
}

// maxQueued bounds the memory of records that wait for the disk; beyond it Append blocks.
const maxQueued = 64 << 20

// Append queues a record and returns the position behind it, for WaitDurable. The
// payload is copied. The record is lost if the process dies before WaitDurable returns.
func (l *Log) Append(kind Kind, payload []byte) (LogPos, error) {
	if kind == KindCheckpoint {
		return 0, pgerr.Internal("checkpoint records are written by the store alone")
	}
	return l.append(kind, payload, false)
}

// append queues a record; an urgent one may use the reserve of disk space.
func (l *Log) append(kind Kind, payload []byte, urgent bool) (LogPos, error) {
	if len(payload) > maxRecordBytes {
		return 0, pgerr.New(pgerr.ProgramLimitExceeded,
			"commit log record of %d bytes exceeds the limit of %d", len(payload), maxRecordBytes)
	}
	if !urgent {
		if err := checkSpace(l.fs, l.dir, l.opts.reserve, uint64(len(payload))); err != nil {
			return 0, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.open.buf) > maxQueued && l.usable() == nil {
		busy := l.flight
		if busy == nil {
			busy = l.open
		}
		l.mu.Unlock()
		<-busy.done
		l.mu.Lock()
	}
	if err := l.usable(); err != nil {
		return 0, err
	}
	r := record{start: l.end, prev: l.sum, synced: l.durable, kind: kind, payload: payload}
	l.open.buf, l.sum = appendRecord(l.open.buf, r)
	l.end = r.end()
	l.kick()
	return l.end, nil
}

func (l *Log) usable() error {
	if l.dead != nil {
		return l.dead
	}
	if l.closing {
		return pgerr.New(pgerr.AdminShutdown, "the commit log is closed")
	}
	if l.full {
		return diskFull(l.dir)
	}
	return nil
}

func (l *Log) kick() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// WaitDurable returns nil once every record up to pos is on disk, and an error if the
// record that ends at pos never will be. On a full disk it waits for space. When ctx ends first its error comes back and the outcome is open.
func (l *Log) WaitDurable(ctx context.Context, pos LogPos) error {
	l.mu.Lock()
	g, err := l.groupOf(pos)
	l.mu.Unlock()
	if g == nil {
		return err
	}
	select {
	case <-g.done:
		return g.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Sync is WaitDurable without a way out.
func (l *Log) Sync(pos LogPos) error { return l.WaitDurable(context.Background(), pos) }

// groupOf finds whom to wait for; without one the answer is known already.
func (l *Log) groupOf(pos LogPos) (*group, error) {
	for _, f := range l.failed {
		if f.from < pos && pos <= f.to {
			return nil, diskFull(l.dir)
		}
	}
	switch {
	case pos <= l.durable:
		return nil, nil
	case l.dead != nil:
		return nil, l.dead
	case pos > l.end:
		return nil, pgerr.Internal("commit log position %d is beyond the end %d", pos, l.end)
	case l.flight != nil && pos <= l.open.first:
		return l.flight, nil
	default:
		return l.open, nil
	}
}

// End returns the position behind the newest record queued.
func (l *Log) End() LogPos {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end
}

// Durable returns the position up to which everything acknowledged is on disk.
func (l *Log) Durable() LogPos {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.durable
}

// First returns the oldest position from which Replay can start.
func (l *Log) First() LogPos {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.segs[0].first
}

// Rotate makes what is queued durable and starts a new segment, so that everything
// before can be trimmed.
func (l *Log) Rotate(ctx context.Context) error {
	l.mu.Lock()
	if err := l.usable(); err != nil {
		l.mu.Unlock()
		return err
	}
	g := l.open
	g.rotate = true
	l.kick()
	l.mu.Unlock()
	select {
	case <-g.done:
		return g.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Trim deletes the segments that end at or before the given position. The newest
// checkpoint record and what follows it always stay (S3). Oldest first, each deletion
// synced, so that a crash never leaves a gap.
func (l *Log) Trim(before LogPos) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	before = min(before, l.ledger)
	for len(l.segs) > 1 && l.segs[1].first <= before {
		if err := l.fs.Remove(l.segs[0].name); err != nil {
			return ioError("remove", l.segs[0].name, err)
		}
		if err := syncDir(l.fs, l.dir); err != nil {
			return ioError("sync", l.dir, err)
		}
		l.segs = l.segs[1:]
	}
	return nil
}

// Replay calls fn for every durable record that starts at or after from, in order. pos is
// the position behind the record: the place to go on from once it has been applied. The
// payload is valid until fn returns. Damage, a missing start included, is an XX001 error.
func (l *Log) Replay(from LogPos, fn func(pos LogPos, kind Kind, payload []byte) error) error {
	l.mu.Lock()
	segs, until := append([]segment(nil), l.segs...), l.durable
	l.mu.Unlock()
	if from < segs[0].first {
		return damaged("the commit log in \"%s\" begins at position %d, but position %d is needed",
			l.dir, segs[0].first, from)
	}
	for i, seg := range segs {
		end := until
		if i+1 < len(segs) {
			end = segs[i+1].prevEnd
		}
		if end <= from || end <= seg.first {
			continue
		}
		if err := replaySegment(l.fs, seg, from, end, fn); err != nil {
			return err
		}
	}
	return nil
}

func replaySegment(fs FS, seg segment, from, end LogPos, fn func(LogPos, Kind, []byte) error) error {
	r, err := openSegment(fs, seg)
	if err != nil {
		return err
	}
	defer r.close()
	for r.pos() < end {
		rec, ok, err := r.next()
		if err != nil {
			return err
		}
		if !ok {
			return r.damage()
		}
		if rec.start < from {
			continue
		}
		if err := fn(rec.end(), rec.kind, rec.payload); err != nil {
			return err
		}
	}
	return nil
}

// Close writes what is queued and ends the log.
func (l *Log) Close() error {
	l.mu.Lock()
	l.closing = true
	l.kick()
	l.mu.Unlock()
	<-l.stopped
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead != nil {
		return l.dead
	}
	if l.file == nil {
		return nil
	}
	if err := l.file.Close(); err != nil {
		return ioError("close", l.dir, err)
	}
	return nil
}

// logBytes is the size of the files that hold the log.
func (l *Log) logBytes() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var n int64
	for _, s := range l.segs {
		if info, err := l.fs.Stat(s.name); err == nil {
			n += info.Size()
		}
	}
	return n
}
