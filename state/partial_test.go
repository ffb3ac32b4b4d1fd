package state

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// shortFS has room for so many more bytes: a write beyond gets as far as it can, which is
// how a disk really fills up. Bytes that are there already can be written again.
type shortFS struct {
	vfs.FS
	room atomic.Int64
}

func (f *shortFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if f.room.Load() <= 0 {
		return nil, syscall.ENOSPC
	}
	file, err := f.FS.Create(name, c)
	if err != nil {
		return nil, err
	}
	return &shortFile{File: file, fs: f}, nil
}

type shortFile struct {
	vfs.File
	fs *shortFS
}

func (f *shortFile) Write(b []byte) (int, error) {
	left := f.fs.room.Add(-int64(len(b)))
	if left >= 0 {
		return f.File.Write(b)
	}
	f.fs.room.Store(0)
	n, err := f.File.Write(b[:max(0, int64(len(b))+left)])
	if err == nil {
		err = syscall.ENOSPC
	}
	return n, err
}

// TestHalfWrittenGroupNeverComesBack fills the disk in the middle of a group, at every
// length: its whole records that did reach the file were refused all the same (S2).
func TestHalfWrittenGroupNeverComesBack(t *testing.T) {
	for room := int64(1); room < 420; room += 3 {
		mem := NewCrashFS()
		fs := &shortFS{FS: mem}
		fs.room.Store(1 << 40)
		l := openTestLog(t, fs, logOptions{segmentBytes: 1 << 20})
		if pos, err := l.Append(KindTxn, []byte("before")); err != nil || l.Sync(pos) != nil {
			t.Fatal("no room for the first record")
		}
		fs.room.Store(room)
		l.mu.Lock() // so that all three are one group
		for range 3 {
			r := record{start: l.end, prev: l.sum, synced: l.durable, kind: KindTxn, payload: make([]byte, 100)}
			l.open.buf, l.sum = appendRecord(l.open.buf, r)
			l.end = r.end()
		}
		end := l.end
		l.kick()
		l.mu.Unlock()
		if err := l.Sync(end); !pgerr.Is(err, pgerr.DiskFull) {
			t.Fatalf("room for %d bytes: %v", room, err)
		}
		for _, unsynced := range []int{0, 50, 100} {
			crashed := CrashClone(mem, unsynced, rand.New(rand.NewPCG(uint64(room), 1)))
			again := openTestLog(t, crashed, logOptions{})
			if got, _, err := replayAll(again, 0); err != nil || len(got) != 1 {
				t.Fatalf("room for %d bytes: %d records are back, %v", room, len(got), err)
			}
			again.Close()
		}
		fs.room.Store(1 << 40)
		if pos, err := l.Append(KindTxn, make([]byte, 100)); err != nil || l.Sync(pos) != nil {
			t.Fatal("the log does not go on")
		}
		l.Close()
		again := openTestLog(t, mem, logOptions{})
		if got, _, err := replayAll(again, 0); err != nil || len(got) != 2 {
			t.Fatalf("room for %d bytes, at the end: %d records, %v", room, len(got), err)
		}
		again.Close()
	}
}

// TestScanNoticesEveryKindOfChange changes rows behind the store's back: each change
// leaves Pebble's own check sums right, so that only the digest can tell.
func TestScanNoticesEveryKindOfChange(t *testing.T) {
	row := func(s *Store, k string) []byte { return append(rowPrefix(1), k...) }
	changes := map[string]func(s *Store) error{
		"row lost":    func(s *Store) error { return s.db.Delete(row(s, "b"), pebble.Sync) },
		"row changed": func(s *Store) error { return s.db.Set(row(s, "b"), []byte("X"), pebble.Sync) },
		"row added":   func(s *Store) error { return s.db.Set(row(s, "d"), []byte("4"), pebble.Sync) },
		"rows swapped": func(s *Store) error {
			if err := s.db.Set(row(s, "a"), []byte("2"), pebble.Sync); err != nil {
				return err
			}
			return s.db.Set(row(s, "b"), []byte("1"), pebble.Sync)
		},
	}
	for name, change := range changes {
		fs := NewCrashFS()
		s := mustOpen(t, "d", smallOptions(t, fs))
		d := NewDelta(1)
		for i, k := range []string{"a", "b", "c"} {
			d.Put([]byte(k), []byte{byte('1' + i)}, Hash{})
		}
		if _, err := s.Commit(context.Background(), &Checkpoint{Epoch: 1, Deltas: []*Delta{d}}); err != nil {
			t.Fatal(err)
		}
		if err := change(s); err != nil {
			t.Fatal(err)
		}
		_, err := s.ScanTable(context.Background(), 1, func(_, _ []byte) error { return nil })
		if !pgerr.Is(err, pgerr.DataCorrupted) || !strings.Contains(err.Error(), `table 1 in "d/kv"`) {
			t.Errorf("%s: scan says %v", name, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if r, err := Check(fs, "d"); err != nil || r.OK() {
			t.Errorf("%s: check says %v %v", name, r.Lines, err)
		}
	}
}

// TestLedgerNoticesLostEpoch takes the store back to an older epoch that is sound in itself.
func TestLedgerNoticesLostEpoch(t *testing.T) {
	fs := NewCrashFS()
	o := smallOptions(t, fs)
	s := mustOpen(t, "d", o)
	commit := func(e uint64) {
		d := NewDelta(1)
		d.Put([]byte{byte(e)}, nil, Hash{})
		if _, err := s.Commit(context.Background(), &Checkpoint{Epoch: types.Epoch(e), Deltas: []*Delta{d}}); err != nil {
			t.Fatal(err)
		}
	}
	commit(1)
	old := CrashClone(fs, 0, nil)
	commit(2)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := fs.RemoveAll("d/kv"); err != nil {
		t.Fatal(err)
	}
	if ok, err := vfs.Clone(old, fs, "d/kv", "d/kv"); err != nil || !ok {
		t.Fatal(ok, err)
	}
	_, err := Open("d", o)
	if !pgerr.Is(err, pgerr.DataCorrupted) || !strings.Contains(err.Error(), "holds epoch 1, but epoch 2 was committed") {
		t.Errorf("got %v", err)
	}
}
