package state

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"streamdb/types/pgerr"
)

func openTestLog(t testing.TB, fs FS, o logOptions) *Log {
	t.Helper()
	if err := fs.MkdirAll("log", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syncDir(fs, ""); err != nil {
		t.Fatal(err)
	}
	scan, err := scanLog(fs, "log")
	if err != nil {
		t.Fatal(err)
	}
	if o.segmentBytes == 0 {
		o.segmentBytes = 1 << 10
	}
	if o.fatal == nil {
		o.fatal = func(err error) { t.Errorf("fatal: %v", err) }
	}
	l, err := startLog(fs, "log", scan, scan.end, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func replayAll(l *Log, from LogPos) (payloads []string, ends []LogPos, err error) {
	err = l.Replay(from, func(pos LogPos, _ Kind, p []byte) error {
		payloads, ends = append(payloads, string(p)), append(ends, pos)
		return nil
	})
	return payloads, ends, err
}

func TestLogRoundTrip(t *testing.T) {
	fs := NewCrashFS()
	rng := rand.New(rand.NewPCG(1, 2))
	var want []string
	var ends []LogPos
	l := openTestLog(t, fs, logOptions{})
	for i := range 300 {
		p := bytes.Repeat([]byte{byte(i)}, rng.IntN(200))
		pos, err := l.Append(KindTxn, p)
		if err != nil {
			t.Fatal(err)
		}
		want, ends = append(want, string(p)), append(ends, pos)
		if i%7 == 0 {
			if err := l.Sync(pos); err != nil {
				t.Fatal(err)
			}
		}
		if i%50 == 49 {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = openTestLog(t, fs, logOptions{})
		}
	}
	if err := l.Rotate(context.Background()); err != nil {
		t.Fatal(err)
	}
	got, gotEnds, err := replayAll(l, 0)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) || fmt.Sprint(gotEnds) != fmt.Sprint(ends) {
		t.Fatalf("replay differs: %d records, want %d, %v", len(got), len(want), err)
	}
	got, _, err = replayAll(l, ends[99])
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want[100:]) {
		t.Fatalf("replay from the middle differs: %v", err)
	}
	l.ledger = ends[150]
	if err := l.Trim(l.End()); err != nil {
		t.Fatal(err)
	}
	if l.First() > ends[150] || l.First() <= ends[100] {
		t.Errorf("trimmed to %d, the ledger is at %d", l.First(), ends[150])
	}
	if _, _, err := replayAll(l, 0); !pgerr.Is(err, pgerr.DataCorrupted) {
		t.Errorf("replay from a trimmed position: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(KindTxn, nil); err == nil {
		t.Error("append after close")
	}
}

func TestLogGroupsConcurrentWriters(t *testing.T) {
	fs := NewCrashFS()
	l := openTestLog(t, fs, logOptions{})
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := range 50 {
				pos, err := l.Append(KindDDL, fmt.Appendf(nil, "%d/%d", w, i))
				if err == nil {
					err = l.WaitDurable(context.Background(), pos)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	l.Close()
	l = openTestLog(t, CrashClone(fs, 0, nil), logOptions{})
	defer l.Close()
	got, _, err := replayAll(l, 0)
	if err != nil || len(got) != 800 {
		t.Errorf("%d records, %v", len(got), err)
	}
}

func TestLogRefusesForeignCheckpointRecords(t *testing.T) {
	l := openTestLog(t, NewCrashFS(), logOptions{})
	defer l.Close()
	if _, err := l.Append(KindCheckpoint, nil); !pgerr.Is(err, pgerr.InternalError) {
		t.Errorf("got %v", err)
	}
	if err := l.Sync(l.End() + 1); !pgerr.Is(err, pgerr.InternalError) {
		t.Errorf("waiting beyond the end: %v", err)
	}
}

func FuzzDecodeRecord(f *testing.F) {
	b, _ := appendRecord(nil, record{start: 7, kind: KindTxn, payload: []byte("hello")})
	f.Add(b, uint64(7))
	f.Fuzz(func(t *testing.T, b []byte, start uint64) {
		r, ok := decodeRecord(b, LogPos(start))
		if !ok {
			return
		}
		if again, _ := appendRecord(nil, r); !bytes.HasPrefix(b, again[:36]) {
			t.Errorf("record does not encode to itself")
		}
	})
}

func FuzzReadSegment(f *testing.F) {
	head := segment{}.encodeHeader()
	b, sum := appendRecord(head, record{kind: KindTxn, payload: []byte("one")})
	b, _ = appendRecord(b, record{start: 43, prev: sum, synced: 43, kind: KindDDL, payload: []byte("two")})
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		fs := NewCrashFS()
		writeFileAtomic(fs, segmentName(0), b)
		if s, err := scanLog(fs, ""); err == nil && len(b) > 0 && s.end > LogPos(len(b)) {
			t.Errorf("end %d beyond the file's %d bytes", s.end, len(b))
		}
	})
}

func FuzzDeltaBlock(f *testing.F) {
	d := NewDelta(1)
	d.Put([]byte("k"), []byte("v"), Hash{})
	d.Delete([]byte("l"), Hash{})
	b := append(make([]byte, blockHeaderSize), d.chunks[0]...)
	sealBlock(b, 2)
	f.Add(b)
	f.Add(d.chunks[0])
	f.Fuzz(func(t *testing.T, b []byte) {
		records, _, ok := openBlock(b)
		if !ok {
			records = b
		}
		for len(records) > 0 {
			r, n := nextDeltaRecord(records)
			if n == 0 {
				return
			}
			if len(r.key)+len(r.val) >= n {
				t.Fatalf("record of %d bytes holds %d", n, len(r.key)+len(r.val))
			}
			records = records[n:]
		}
	})
}
