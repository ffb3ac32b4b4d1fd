package state

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"streamdb/types/pgerr"
)

// damageScene is a closed data directory and everything that must be read from it.
type damageScene struct {
	fs    *CrashFS
	m     *model
	log   []string
	from  LogPos
	files []string
}

// newDamageScene makes a directory with every kind of file in it: several log segments,
// sorted tables, a memtable's worth of Pebble's log, unfolded blocks.
func newDamageScene(t *testing.T, seed uint64) *damageScene {
	rng := rand.New(rand.NewPCG(seed, 9))
	sc := &damageScene{fs: NewCrashFS(), m: newModel()}
	o := smallOptions(t, sc.fs)
	s := mustOpen(t, "d", o)
	h := newHistory(sc.m)
	h.noTrim = true
	for range 3 {
		sc.m = h.run(s, rng, sc.m, 8)
		if err := s.Fold(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = mustOpen(t, "d", o)
	}
	sc.m = h.run(s, rng, sc.m, 5)
	sc.from = s.Log().First()
	var err error
	if sc.log, _, err = replayAll(s.Log(), sc.from); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"d", "d/kv", "d/log"} {
		names, err := sc.fs.List(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			path := dir + "/" + name
			if info, err := sc.fs.Stat(path); err == nil && !info.IsDir() && name != lockFile {
				sc.files = append(sc.files, path)
			}
		}
	}
	slices.Sort(sc.files)
	return sc
}

// fileClass names the kind of a file, for the tally.
func fileClass(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case strings.HasPrefix(path, "d/log/"):
		return "commit log"
	case strings.HasSuffix(name, ".sst"):
		return "sst"
	case strings.HasSuffix(name, ".log"):
		return "WAL"
	case strings.HasPrefix(name, "marker."):
		return "marker"
	}
	return strings.TrimRight(name, "-0123456789")
}

// hurt does one random injury to a file of a copy of the scene.
func (sc *damageScene) hurt(t *testing.T, rng *rand.Rand, path string) (*CrashFS, string) {
	fs := CrashClone(sc.fs, 100, rng)
	data, err := readFile(fs, path)
	if err != nil {
		t.Fatal(err)
	}
	what := "deleted"
	kind := rng.IntN(10)
	switch {
	case kind == 0 || len(data) == 0:
		if err := errors.Join(fs.Remove(path), syncDir(fs, fs.PathDir(path))); err != nil {
			t.Fatal(err)
		}
		return fs, what
	case kind <= 2:
		n := rng.IntN(len(data))
		data, what = data[:n], fmt.Sprintf("cut to %d of %d bytes", n, len(data))
	case kind == 3:
		at := rng.IntN(len(data))
		end := min(len(data), at+512)
		clear(data[at:end])
		what = fmt.Sprintf("zeroed from %d to %d", at, end)
	default:
		at, bit := rng.IntN(len(data)), rng.IntN(8)
		data[at] ^= 1 << bit
		what = fmt.Sprintf("bit %d of byte %d of %d flipped", bit, at, len(data))
	}
	f, err := fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Sync(), f.Close(), syncDir(fs, fs.PathDir(path))); err != nil {
		t.Fatal(err)
	}
	return fs, what
}

// read opens a directory and reads everything; wrong answers come back as silent.
func (sc *damageScene) read(o OpenOptions) (silent string, refusal error) {
	s, err := Open("d", o)
	if err != nil {
		return "", err
	}
	defer s.Close()
	if d, err := sc.m.diff(s); err != nil {
		return "", err
	} else if d != "" {
		return d, nil
	}
	log, _, err := replayAll(s.Log(), sc.from)
	if err != nil {
		return "", err
	}
	if len(log) < len(sc.log) || !slices.Equal(log[:len(sc.log)], sc.log) {
		return fmt.Sprintf("log of %d records, want %d", len(log), len(sc.log)), nil
	}
	return "", nil
}

// TestDamageIsNeverSilent flips bits, cuts, zeroes and deletes in every class of file:
// the answers must be right, or there is a refusal that names the place. STREAMDB_FLIPS
// sets how many injuries.
func TestDamageIsNeverSilent(t *testing.T) {
	trials := knob("STREAMDB_FLIPS", 400)
	if testing.Short() {
		trials = 60
	}
	tally := map[string][2]int{}
	var sc *damageScene
	for i := range trials {
		if i%200 == 0 {
			sc = newDamageScene(t, uint64(i))
		}
		rng := rand.New(rand.NewPCG(uint64(i), 10))
		path := sc.files[i%len(sc.files)]
		fs, what := sc.hurt(t, rng, path)
		refused := sc.tryDamaged(t, fs, path+" "+what)
		n := tally[fileClass(path)]
		n[0]++
		if refused {
			n[1]++
		}
		tally[fileClass(path)] = n
	}
	for class, n := range tally {
		t.Logf("%-12s %4d injuries, %4d refused, the others harmless", class, n[0], n[1])
	}
}

// tryDamaged reads an injured directory and reports whether it was refused.
func (sc *damageScene) tryDamaged(t *testing.T, fs *CrashFS, what string) bool {
	type outcome struct {
		silent  string
		refusal error
	}
	got := make(chan outcome, 2)
	o := smallOptions(t, fs)
	o.FoldRuns = -1
	o.Fatal = func(err error) {
		got <- outcome{refusal: err}
		select {} // as if the process had ended
	}
	check := CrashClone(fs, 100, rand.New(rand.NewPCG(1, 1)))
	go func() {
		silent, refusal := sc.read(o)
		got <- outcome{silent, refusal}
	}()
	var r outcome
	select {
	case r = <-got:
	case <-time.After(20 * time.Second):
		t.Errorf("%s: no answer", what)
		return false
	}
	if r.silent != "" {
		t.Errorf("%s: silent: %s", what, r.silent)
		return false
	}
	report, err := Check(check, "d")
	// A lost oldest segment looks trimmed, until someone asks for it.
	if err == nil && report.OK() && r.refusal != nil && !strings.Contains(r.refusal.Error(), "begins at position") {
		t.Errorf("%s: check finds nothing, but opening says %v\n%v", what, r.refusal, report.Lines)
	}
	if r.refusal == nil {
		return false
	}
	e := pgerr.From(r.refusal)
	if e.Code != pgerr.DataCorrupted || !strings.Contains(e.Message, "d/") {
		t.Errorf("%s: refused with %s %s", what, e.Code, e.Message)
	}
	return true
}
