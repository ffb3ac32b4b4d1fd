package state

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// TestRecoverTo loses the store's tail, the commit log's middle and the commit log
// altogether: each is refused with the last good epoch, and RecoverTo that epoch opens it.
func TestRecoverTo(t *testing.T) {
	losses := map[string]func(t *testing.T, fs *CrashFS){
		"store tail": func(t *testing.T, fs *CrashFS) { cutNewest(t, fs, "d/kv", ".log", 3) },
		"log middle": func(t *testing.T, fs *CrashFS) { flipMiddle(t, fs, "d/log", ".log") },
		"log gone": func(t *testing.T, fs *CrashFS) {
			names, _ := fs.List("d/log")
			for _, n := range names {
				if err := fs.Remove("d/log/" + n); err != nil {
					t.Fatal(err)
				}
			}
		},
	}
	for name, lose := range losses {
		t.Run(name, func(t *testing.T) { recoverFrom(t, lose) })
	}
}

func recoverFrom(t *testing.T, lose func(*testing.T, *CrashFS)) {
	fs := NewCrashFS()
	o := smallOptions(t, fs)
	o.MemTableBytes, o.FoldRuns = 1<<20, -1
	s := mustOpen(t, "d", o)
	m := newModel()
	h := newHistory(m)
	h.noTrim = true
	h.run(s, rand.New(rand.NewPCG(1, 1)), m, 12)
	crashed := CrashClone(fs, 0, nil) // no clean close
	s.Close()
	lose(t, crashed)
	o = smallOptions(t, crashed)
	o.FoldRuns = -1
	_, err := Open("d", o)
	e := pgerr.From(err)
	var good int
	if err == nil || e.Code != pgerr.DataCorrupted {
		t.Fatalf("got %v", err)
	}
	if n, _ := fmt.Sscanf(e.Hint, "The last good state is epoch %d.", &good); n != 1 || !strings.Contains(e.Hint, fmt.Sprintf("--recover-to=%d", good)) {
		t.Fatalf("hint: %q (%v)", e.Hint, err)
	}
	o.RecoverTo = types.Epoch(good + 1)
	if _, err := Open("d", o); err == nil {
		t.Fatal("recovered to an epoch that is not there")
	}
	o.RecoverTo = types.Epoch(good)
	s = mustOpen(t, "d", o)
	rec := h.models[types.Epoch(good)]
	rec.check(t, s)
	meta, _ := s.Load()
	if err := s.Log().Replay(meta.LogPos, func(LogPos, Kind, []byte) error { return nil }); err != nil {
		t.Errorf("replay: %v", err)
	}
	c, next := rec.step(rand.New(rand.NewPCG(2, 2)), 30)
	c.LogPos = s.Log().End()
	if _, err := s.Commit(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	o.RecoverTo = 0
	s = mustOpen(t, "d", o)
	defer s.Close()
	next.check(t, s)
}

// cutNewest shortens the biggest file with the given suffix to a part of it.
func cutNewest(t *testing.T, fs *CrashFS, dir, suffix string, part int) {
	path := biggest(t, fs, dir, suffix)
	data, err := readFile(fs, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeFileAtomic(fs, path, data[:len(data)/part]); err != nil {
		t.Fatal(err)
	}
}

func flipMiddle(t *testing.T, fs *CrashFS, dir, suffix string) {
	path := biggest(t, fs, dir, suffix)
	data, err := readFile(fs, path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 4
	if err := writeFileAtomic(fs, path, data); err != nil {
		t.Fatal(err)
	}
}

func biggest(t *testing.T, fs *CrashFS, dir, suffix string) string {
	names, err := fs.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	var best string
	var size int64
	for _, n := range names {
		info, err := fs.Stat(dir + "/" + n)
		if err == nil && strings.HasSuffix(n, suffix) && info.Size() > size {
			best, size = dir+"/"+n, info.Size()
		}
	}
	return best
}
