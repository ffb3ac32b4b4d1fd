package state

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"streamdb/types/pgerr"
)

// writeSpill writes a file of n records: record i has tag i and i*step bytes.
func writeSpill(t *testing.T, s *Spill, n, step int) (*SpillFile, []int64) {
	t.Helper()
	w, err := s.Create(1 << 10)
	if err != nil {
		t.Fatal(err)
	}
	var offs []int64
	for i := range n {
		offs = append(offs, w.Add(uint64(i), uint64(10*i), func(dst []byte) []byte {
			return append(dst, strings.Repeat("x", i*step)...)
		}))
	}
	f, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return f, offs
}

func TestSpillReadsBack(t *testing.T) {
	fs := NewCrashFS()
	s := mustOpen(t, "db", OpenOptions{FS: fs, Fatal: func(err error) { panic(err) }})
	f, offs := writeSpill(t, s.Spill(), 30, 1)
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	at := int64(0)
	for i := range 30 {
		rec, err := r.Header(at)
		if err != nil || at != offs[i] || rec.Tag != uint64(i) || rec.Seq != uint64(10*i) {
			t.Fatalf("record %d at %d: %+v, %v", i, at, rec, err)
		}
		b, err := r.Payload(rec)
		if err != nil || string(b) != strings.Repeat("x", i) {
			t.Fatalf("record %d: %q, %v", i, b, err)
		}
		at = rec.Next
	}
	if at != f.Size || s.Spill().Bytes() != f.Size || s.Spill().Files() != 1 {
		t.Errorf("%d bytes read of %d; %d bytes in %d files", at, f.Size, s.Spill().Bytes(), s.Spill().Files())
	}
	f.Remove()
	f.Remove()
	if s.Spill().Bytes() != 0 || s.Spill().Files() != 0 {
		t.Errorf("%d bytes in %d files after removing the only one", s.Spill().Bytes(), s.Spill().Files())
	}
	if _, err := r.Header(0); err != nil {
		t.Errorf("a reader that has a removed file open: %v", err)
	}
	if _, err := f.Open(); err == nil {
		t.Error("a removed file can be opened")
	}
}

// TestSpillIsEmptiedAtOpen: whatever a crash leaves in the folder is gone afterwards.
func TestSpillIsEmptiedAtOpen(t *testing.T) {
	fs := NewCrashFS()
	s := mustOpen(t, "db", OpenOptions{FS: fs, Fatal: func(err error) { panic(err) }})
	writeSpill(t, s.Spill(), 10, 1)
	crashed := CrashClone(fs, 100, rand.New(rand.NewPCG(1, 1)))
	again := mustOpen(t, "db", OpenOptions{FS: crashed})
	names, err := crashed.List(crashed.PathJoin("db", spillDir))
	if err != nil || len(names) > 0 {
		t.Errorf("left behind: %v, %v", names, err)
	}
	if again.Spill().Bytes() != 0 {
		t.Errorf("%d bytes", again.Spill().Bytes())
	}
}

// TestSpillDamageIsFound: no changed byte of a file goes unnoticed.
func TestSpillDamageIsFound(t *testing.T) {
	fs := NewCrashFS()
	s := mustOpen(t, "db", OpenOptions{FS: fs, Fatal: func(err error) { panic(err) }})
	f, _ := writeSpill(t, s.Spill(), 5, 8)
	for at := range f.Size {
		flipByte(t, fs, f.path, at)
		err := readSpill(f)
		flipByte(t, fs, f.path, at)
		if !pgerr.Is(err, pgerr.DataCorrupted) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

// readSpill reads all of a file as [writeSpill] wrote it.
func readSpill(f *SpillFile) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	for at := int64(0); at < f.Size; {
		rec, err := r.Header(at)
		if err != nil {
			return err
		}
		if _, err := r.Payload(rec); err != nil {
			return err
		}
		at = rec.Next
	}
	return nil
}

func flipByte(t *testing.T, fs FS, path string, at int64) {
	t.Helper()
	f, err := fs.OpenReadWrite(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 0x10
	if _, err := f.WriteAt(b[:], at); err != nil {
		t.Fatal(err)
	}
}

// TestSpillFullDisk: a file for which there is no space is refused and leaves nothing.
func TestSpillFullDisk(t *testing.T) {
	mem := NewCrashFS()
	full := ""
	fs := Intercept(mem, func(op, path string) error {
		if op == full && strings.HasSuffix(path, ".spill") {
			return syscall.ENOSPC
		}
		return nil
	})
	s := mustOpen(t, "db", OpenOptions{FS: fs, Fatal: func(err error) { panic(err) }})
	for _, full = range []string{"create", "write"} {
		w, err := s.Spill().Create(1 << 10)
		if err == nil {
			w.Add(1, 1, func(dst []byte) []byte { return fmt.Append(dst, "some") })
			_, err = w.Finish()
		}
		if !pgerr.Is(err, pgerr.DiskFull) {
			t.Errorf("%s: %v", full, err)
		}
		if names, err := mem.List(mem.PathJoin("db", spillDir)); err != nil || len(names) > 0 {
			t.Errorf("%s leaves %v, %v", full, names, err)
		}
	}
	full = ""
	if f, _ := writeSpill(t, s.Spill(), 3, 1); s.Spill().Bytes() != f.Size {
		t.Errorf("%d bytes", s.Spill().Bytes())
	}
}
