package state

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"streamdb/types/pgerr"
)

// window makes the write operations from..to fail.
type window struct {
	n, from, to atomic.Int64
	err         error
	kinds       map[errorfs.OpKind]bool
}

func (w *window) String() string { return "window" }

func (w *window) MaybeError(op errorfs.Op) error {
	if !w.kinds[op.Kind] {
		return nil
	}
	if n := w.n.Add(1); n < w.from.Load() || n >= w.to.Load() {
		return nil
	}
	return w.err
}

func newWindow(err error, kinds ...errorfs.OpKind) *window {
	w := &window{err: err, kinds: map[errorfs.OpKind]bool{}}
	for _, k := range kinds {
		w.kinds[k] = true
	}
	return w
}

// TestDiskFullAtEveryWrite fills the disk for a while at every n-th write: calls fail
// with 53100 or not at all, what was refused never comes back, and work goes on after.
func TestDiskFullAtEveryWrite(t *testing.T) {
	step := 7
	if testing.Short() {
		step = 40
	}
	for n := 1; n < 450 && !t.Failed(); n += step {
		diskFullRun(t, int64(n))
	}
}

func diskFullRun(t *testing.T, n int64) {
	fs := NewCrashFS()
	w := newWindow(syscall.ENOSPC, errorfs.OpCreate, errorfs.OpFileWrite, errorfs.OpFileWriteAt, errorfs.OpLink, errorfs.OpRename)
	o := smallOptions(t, errorfs.Wrap(fs, w))
	o.retryEvery = time.Microsecond
	s := mustOpen(t, "d", o)
	w.n.Store(0)
	w.from.Store(n)
	w.to.Store(n + 1 + n%9)
	m := newModel()
	h := newHistory(m)
	m = h.run(s, rand.New(rand.NewPCG(uint64(n), 3)), m, 25)
	w.from.Store(1 << 40)
	m = h.run(s, rand.New(rand.NewPCG(uint64(n), 4)), m, 3)
	m.check(t, s)
	if len(h.never) > 20 {
		t.Errorf("%d checkpoints refused", len(h.never))
	}
	p := h.promise()
	crashed := CrashClone(fs, 50, rand.New(rand.NewPCG(uint64(n), 5)))
	h.verify(t, smallOptions(t, crashed), p)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	h.verify(t, smallOptions(t, fs), p)
}

// TestLogDiskFullIsAnError pins down the error and that the log recovers from it.
func TestLogDiskFullIsAnError(t *testing.T) {
	fs := NewCrashFS()
	w := newWindow(syscall.ENOSPC, errorfs.OpFileWrite, errorfs.OpCreate)
	l := openTestLog(t, errorfs.Wrap(fs, w), logOptions{})
	defer l.Close()
	put := func(text string) (LogPos, error) {
		pos, err := l.Append(KindTxn, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return pos, l.Sync(pos)
	}
	if _, err := put("before"); err != nil {
		t.Fatal(err)
	}
	w.to.Store(1 << 40)
	lost, err := put("lost")
	if !pgerr.Is(err, pgerr.DiskFull) {
		t.Errorf("got %v", err)
	}
	if _, err := put("lost too"); !pgerr.Is(err, pgerr.DiskFull) {
		t.Errorf("got %v", err)
	}
	w.to.Store(0)
	if _, err := put("after"); err != nil {
		t.Errorf("once there is space: %v", err)
	}
	if err := l.Sync(lost); !pgerr.Is(err, pgerr.DiskFull) {
		t.Errorf("the lost record counts as durable: %v", err)
	}
	got, _, err := replayAll(l, 0)
	if err != nil || len(got) != 2 || got[0] != "before" || got[1] != "after" {
		t.Errorf("replay: %q, %v", got, err)
	}
}

// TestAcceptedRecordWaitsForSpace: what the log has taken in, and its owner may have acted
// on, waits for space; what comes meanwhile is refused. A close gives up what still waits.
func TestAcceptedRecordWaitsForSpace(t *testing.T) {
	fs := NewCrashFS()
	w := newWindow(syscall.ENOSPC, errorfs.OpFileWrite, errorfs.OpCreate)
	l := openTestLog(t, errorfs.Wrap(fs, w), logOptions{waitFull: time.Millisecond})
	wait := func(text string) chan error {
		pos, err := l.Append(KindTxn, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- l.Sync(pos) }()
		return done
	}
	w.to.Store(1 << 40)
	waits := wait("waits")
	for {
		if _, err := l.Append(KindTxn, []byte("perhaps")); pgerr.Is(err, pgerr.DiskFull) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-waits:
		t.Fatalf("did not wait: %v", err)
	case <-time.After(5 * time.Millisecond):
	}
	w.to.Store(0)
	if err := <-waits; err != nil {
		t.Errorf("with space again: %v", err)
	}
	if err := <-wait("after"); err != nil {
		t.Errorf("after: %v", err)
	}
	w.to.Store(1 << 40)
	lost := wait("lost")
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := <-lost; !pgerr.Is(err, pgerr.DiskFull) {
		t.Errorf("the record given up by the close: %v", err)
	}
	again := openTestLog(t, fs, logOptions{})
	defer again.Close()
	got, _, err := replayAll(again, 0)
	if n := len(got); err != nil || n < 2 || got[0] != "waits" || got[n-1] != "after" {
		t.Errorf("replay: %q, %v", got, err)
	}
}

// TestReserveIsKept refuses work before the disk is really full.
func TestReserveIsKept(t *testing.T) {
	fs := NewCrashFS()
	o := smallOptions(t, fs)
	o.DiskReserve = 1 << 20
	s := mustOpen(t, "d", o)
	defer s.Close()
	fs.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: 1 << 18, TotalBytes: 1 << 30})
	pos, err := s.Log().Append(KindTxn, []byte("x"))
	if err == nil {
		err = s.Log().Sync(pos)
	}
	if !pgerr.Is(err, pgerr.DiskFull) {
		t.Errorf("log: %v", err)
	}
	c, next := newModel().step(rand.New(rand.NewPCG(1, 1)), 10)
	if _, err := s.Commit(context.Background(), c); !pgerr.Is(err, pgerr.DiskFull) {
		t.Errorf("commit: %v", err)
	}
	fs.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: 1 << 29, TotalBytes: 1 << 30})
	if _, err := s.Commit(context.Background(), c); err != nil {
		t.Errorf("with space again: %v", err)
	}
	next.check(t, s)
}

// TestFailedSyncIsFatal fails the n-th fsync or write with EIO: the process must end
// there and then, and everything acknowledged before must be found by the next one.
func TestFailedSyncIsFatal(t *testing.T) {
	step := 6
	if testing.Short() {
		step = 40
	}
	fatals := 0
	for n := 1; n < 420 && !t.Failed(); n += step {
		fatals += failedSyncRun(t, int64(n))
	}
	if fatals == 0 {
		t.Error("no failure was fatal")
	}
}

func failedSyncRun(t *testing.T, n int64) int {
	fs := NewCrashFS()
	w := newWindow(syscall.EIO, errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileWrite)
	m := newModel()
	h := newHistory(m)
	type death struct {
		fs *CrashFS
		p  promise
	}
	died := make(chan death, 100)
	o := smallOptions(t, errorfs.Wrap(fs, w))
	o.Fatal = func(error) {
		p := h.promise()
		died <- death{CrashClone(fs, 50, rand.New(rand.NewPCG(uint64(n), 1))), p}
		select {} // as if the process had ended
	}
	s := mustOpen(t, "d", o)
	w.n.Store(0)
	w.from.Store(n)
	w.to.Store(n + 1)
	over := make(chan error, 1)
	go func() {
		h.run(s, rand.New(rand.NewPCG(uint64(n), 3)), m, 25)
		over <- s.Close()
	}()
	select {
	case d := <-died:
		d.p.tried = h.promise().tried
		h.mu.Lock() // for good: the run is dead, but does not know it
		h.verify(t, smallOptions(t, d.fs), d.p)
		return 1
	case err := <-over:
		if err != nil {
			t.Errorf("operation %d: %v", n, err)
		}
		h.verify(t, smallOptions(t, fs), h.promise())
		return 0
	case <-time.After(20 * time.Second):
		t.Errorf("operation %d: neither an end nor an error", n)
		return 0
	}
}
