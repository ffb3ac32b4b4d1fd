package crashtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"streamdb/server/engine"
	"streamdb/state"
	"streamdb/types/pgerr"
)

// TestDamage flips bits in, and shortens, files of every class of a data directory: the database then gives the right answers, or refuses and names what is damaged.
func TestDamage(t *testing.T) {
	flips := knob("STREAMDB_FLIPS", 2000) / 2
	t.Run("closed", func(t *testing.T) { damageEveryClass(t, flips, false) })
	t.Run("killed", func(t *testing.T) { damageEveryClass(t, flips, true) })
}

func damageEveryClass(t *testing.T, flips int, killed bool) {
	fs, l := lived(t, killed)
	files := map[string][]string{} // by class
	walk(t, fs, "db", func(name string, _ int64) {
		files[class(name)] = append(files[class(name)], name)
	})
	var classes []string
	for c := range files {
		classes = append(classes, c)
	}
	slices.Sort(classes)
	rng := rand.New(rand.NewPCG(8, 8))
	refused, unharmed := map[string]int{}, map[string]int{}
	for i := range flips {
		c := classes[i%len(classes)]
		name := files[c][rng.IntN(len(files[c]))]
		clone := state.CrashClone(fs, 100, rand.New(rand.NewPCG(uint64(i), 1)))
		what, ok := damage(t, clone, name, rng, i%3 == 2)
		if !ok {
			continue
		}
		if l.survives(t, clone, what) {
			unharmed[c]++
		} else {
			refused[c]++
		}
		if t.Failed() {
			return
		}
	}
	for _, c := range classes {
		t.Logf("%s: %d refused, %d without harm", c, refused[c], unharmed[c])
	}
}

// lived is a data directory with a life behind it, closed, with sorted tables; or left as
// it is after a checkpoint, with everything in Pebble's own log.
func lived(t *testing.T, killed bool) (*state.CrashFS, *life) {
	l := &life{rng: rand.New(rand.NewPCG(77, 1)), ticks: newUpstream()}
	fs := state.NewCrashFS()
	db := mustOpen(t, fs, l.ticks, func(cfg *engine.Config) {
		if killed {
			cfg.Open.FoldRuns, cfg.Open.MemTableBytes = -1, 1<<20
		}
	})
	l.begin(db)
	m := l.last().clone()
	for _, d := range derivedRelations {
		m.derived[d.name] = true
		kind, with := "materialized view", ""
		if d.sink {
			kind, with = "sink", " with (connector = 'box')"
		}
		m = m.clone()
		l.step(db, m, "create "+kind+" "+d.name+" as "+d.query+with)
	}
	for range 60 {
		if x := l.rng.IntN(10); x < 7 {
			l.write(db)
		} else if l.ticks.add(1); x > 7 {
			db.run(`checkpoint`)
		}
	}
	if killed {
		db.run(`checkpoint`)
		fs = state.CrashClone(fs, 100, rand.New(rand.NewPCG(1, 1)))
	}
	db.close()
	return fs, l
}

// class is what kind of file it is.
func class(name string) string {
	base := path.Base(name)
	switch dir := path.Base(path.Dir(name)); {
	case dir == "log":
		return "commit log"
	case strings.HasPrefix(base, "MANIFEST"), strings.HasPrefix(base, "OPTIONS"), strings.HasPrefix(base, "marker"):
		name, _, _ := strings.Cut(base, "-")
		name, _, _ = strings.Cut(name, ".")
		return dir + "/" + name
	default:
		return dir + "/*" + path.Ext(base)
	}
}

func walk(t *testing.T, fs state.FS, dir string, f func(name string, size int64)) {
	names, err := fs.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, base := range names {
		name := dir + "/" + base
		info, err := fs.Stat(name)
		switch {
		case err != nil:
			t.Fatal(err)
		case info.IsDir():
			walk(t, fs, name, f)
		case info.Size() > 0:
			f(name, info.Size())
		}
	}
}

// damage flips a bit of a file, or cuts its end off.
func damage(t *testing.T, fs state.FS, name string, rng *rand.Rand, cut bool) (what string, ok bool) {
	f, err := fs.Open(name)
	if err != nil {
		return "", false // the clone has not kept it
	}
	data, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil || len(data) == 0 {
		return "", false
	}
	at := rng.IntN(len(data))
	if cut {
		what, data = fmt.Sprintf("%s cut to %d of %d bytes", name, at, len(data)), data[:at]
	} else {
		bit := rng.IntN(8)
		what = fmt.Sprintf("%s, bit %d of byte %d of %d", name, bit, at, len(data))
		data[at] ^= 1 << bit
	}
	w, err := fs.Create(name, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = w.Write(data); err == nil {
		err = w.Sync()
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return what, true
}

// survives opens a damaged directory: it is right, or it is refused by name, when it is
// opened, when it is closed, or in between, by the end of the process.
func (l *life) survives(t *testing.T, fs *state.CrashFS, what string) bool {
	t.Helper()
	refusal := make(chan error, 1)
	go func() {
		err := errors.New("the test has failed")
		defer func() { refusal <- err }() // even then
		err = l.useDamaged(t, fs, what, refusal)
	}()
	err := <-refusal
	if err == nil {
		return true
	}
	if text := err.Error(); !strings.Contains(text, "db") && !strings.Contains(text, "table") {
		t.Errorf("%s: the refusal names nothing: %v", what, err)
	}
	if code := pgerr.From(err).Code; code != pgerr.DataCorrupted && code != pgerr.IOError {
		t.Errorf("%s: refused with %s: %v", what, code, err)
	}
	return false
}

// useDamaged opens, checks and closes; what would end the process goes to fatal.
func (l *life) useDamaged(t *testing.T, fs *state.CrashFS, what string, fatal chan<- error) error {
	db, err := open(t, fs, l.ticks, func(cfg *engine.Config) {
		cfg.Open.Fatal = func(err error) { fatal <- err; select {} }
	})
	if err != nil {
		return err
	}
	if _, ok := l.check(db, promise{l.acked, l.acked, l.epoch}); !ok {
		t.Errorf("served in silence: %s", what)
	}
	db.s.Close()
	return db.e.Close(context.Background())
}
