package state

import (
	"time"

	"streamdb/types/pgerr"
)

// run is the flusher: as soon as something is queued it is written and fsynced, and what
// comes meanwhile is the next group.
func (l *Log) run() {
	defer close(l.stopped)
	for range l.wake {
		for l.takeGroup() {
			l.flush(l.flight)
		}
		l.mu.Lock()
		over := l.closing || l.dead != nil
		l.mu.Unlock()
		if over {
			return
		}
	}
}

// takeGroup closes the open group and makes it the one in flight, if it holds anything.
func (l *Log) takeGroup() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.open
	if l.dead != nil || len(g.buf) == 0 && !g.rotate {
		return false
	}
	l.flight, l.open = g, newGroup(l.end)
	l.open.buf, l.tail = l.tail[:0], nil
	return true
}

// flush makes one group durable and tells its waiters.
func (l *Log) flush(g *group) {
	last := g.first + LogPos(len(g.buf))
	if len(g.buf) > 0 || g.rotate {
		if written, err := l.writeOut(g); err != nil {
			if cutErr := l.cut(written); cutErr != nil {
				err = cutErr
			}
			l.fail(g, err)
			return
		}
	}
	if len(g.buf) > 0 {
		if err := l.fsync(); err != nil {
			l.die(g, "fsync", err)
			return
		}
	}
	l.fileSize += int64(len(g.buf))
	l.mu.Lock()
	if len(g.buf) > 0 {
		l.durable, l.good = last, lastSum(l)
	}
	l.release(g, nil)
	l.mu.Unlock()
}

// writeOut writes a group, waiting for space if there is none; written is how much of it
// has got into the file.
func (l *Log) writeOut(g *group) (written int, err error) {
	for {
		if written == 0 {
			err = l.prepare(g)
		}
		if err == nil && written < len(g.buf) {
			var n int
			n, err = l.file.Write(g.buf[written:])
			written += n
		}
		if !isDiskFull(err) && !pgerr.Is(err, pgerr.DiskFull) || !l.waitForSpace() {
			l.setFull(false)
			return written, err
		}
	}
}

// waitForSpace waits a little, and reports whether to try again.
func (l *Log) waitForSpace() bool {
	if l.opts.waitFull == 0 {
		return false
	}
	l.setFull(true)
	time.Sleep(l.opts.waitFull)
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.closing
}

func (l *Log) setFull(full bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.full = full
}

// lastSum is the sum of the flushed group's last record: what the open group's first record names, or
// the newest sum of all when nothing has queued since.
func lastSum(l *Log) uint64 {
	if len(l.open.buf) == 0 {
		return l.sum
	}
	r, _ := decodeRecord(l.open.buf, l.open.first)
	return r.prev
}

// prepare starts a new segment where one is due.
func (l *Log) prepare(g *group) error {
	switch {
	case l.file == nil: // the old segment ended in a failed write
		return l.newSegment(g.first)
	case g.rotate && l.fileSize > segmentHeaderSize:
		return l.newSegment(g.first)
	case l.fileSize >= l.opts.segmentBytes:
		if err := l.newSegment(g.first); !isDiskFull(err) {
			return err
		}
		return nil // the old one will do until there is space
	}
	return nil
}

// newSegment starts the segment whose first record is at first.
func (l *Log) newSegment(first LogPos) error {
	l.mu.Lock()
	seg := segment{
		name:  l.fs.PathJoin(l.dir, segmentName(first)),
		first: first, prevEnd: l.durable, prevSum: l.good,
	}
	l.mu.Unlock()
	f, err := createSegment(l.fs, seg)
	if err != nil {
		return err
	}
	if l.file != nil {
		l.file.Close()
	}
	l.file, l.fileSize = f, segmentHeaderSize
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.segs); n > 0 && l.segs[n-1].first == first {
		l.segs = l.segs[:n-1] // it held no record, and its file has been replaced
	}
	l.segs = append(l.segs, seg)
	l.durable = max(l.durable, first)
	return nil
}

func (l *Log) fsync() error {
	if l.opts.noFsync {
		return nil
	}
	start := time.Now()
	err := l.file.SyncData()
	l.fsyncs.add(time.Since(start))
	return err
}

const cutRetryInterval = 50 * time.Millisecond

// cut makes sure that a half-written group can never be read back: its first header is
// overwritten with zeros before anyone hears that it failed. The blocks exist already,
// so this needs no space on most file systems; on others it waits for some.
func (l *Log) cut(written int) error {
	zeros := make([]byte, min(written, recordHeaderSize))
	for len(zeros) > 0 {
		_, err := l.file.WriteAt(zeros, l.fileSize)
		if err == nil {
			err = l.file.SyncData()
		}
		if err == nil {
			break
		}
		if !isDiskFull(err) {
			return err
		}
		time.Sleep(cutRetryInterval)
	}
	return nil
}

// fail tells everyone in g, and everyone queued behind it (their records name its sum),
// that their records were not written. Their positions are never used again.
func (l *Log) fail(g *group, err error) {
	if !isDiskFull(err) && !pgerr.Is(err, pgerr.DiskFull) {
		l.die(g, "write", err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	err = diskFull(l.dir)
	l.failed = append(l.failed, span{g.first, l.end})
	if n := len(l.failed); n > 1 && l.failed[n-2].to == g.first {
		l.failed[n-2].to = l.end
		l.failed = l.failed[:n-1]
	}
	behind := l.open
	l.open, l.sum = newGroup(l.end), l.good
	l.release(g, err)
	behind.err = err
	close(behind.done)
	if l.file != nil {
		l.file.Close()
		l.file = nil
	}
}

// die is the end after a failed fsync or an input/output error: what the disk holds is
// unknown from here on, so nothing may be acknowledged any more (S4).
func (l *Log) die(g *group, verb string, err error) {
	name := l.dir
	l.mu.Lock()
	if n := len(l.segs); n > 0 {
		name = l.segs[n-1].name
	}
	dead := pgerr.New(pgerr.IOError, "could not %s \"%s\": %v", verb, name, err)
	l.dead = dead
	l.mu.Unlock()
	l.opts.fatal(dead) // before anyone hears of it: there is no answer to give
	l.mu.Lock()
	defer l.mu.Unlock()
	l.release(g, dead)
	l.open.err = dead
	close(l.open.done)
}

// release ends the group in flight. The buffer is kept for the next one unless it is big.
func (l *Log) release(g *group, err error) {
	const keepBytes = 1 << 20
	if cap(g.buf) <= keepBytes {
		l.tail = g.buf[:0]
	}
	g.buf = nil
	g.err = err
	l.flight = nil
	close(g.done)
}
