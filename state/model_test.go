package state

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// model is the store as plain maps: what must be read back.
type model struct {
	epoch  types.Epoch
	meta   []byte
	tables map[TableID]map[string]string
}

func newModel() *model { return &model{tables: map[TableID]map[string]string{}} }

func (m *model) clone() *model {
	c := &model{epoch: m.epoch, meta: m.meta, tables: map[TableID]map[string]string{}}
	for id, rows := range m.tables {
		c.tables[id] = map[string]string{}
		for k, v := range rows {
			c.tables[id][k] = v
		}
	}
	return c
}

// step makes a random checkpoint and applies it to a copy of the model.
func (m *model) step(rng *rand.Rand, maxKeys int) (*Checkpoint, *model) {
	next := m.clone()
	next.epoch += types.Epoch(1 + rng.IntN(3))
	next.meta = binary.BigEndian.AppendUint64(nil, rng.Uint64())
	c := &Checkpoint{Epoch: next.epoch, Meta: next.meta}
	for id := TableID(1); id <= 3; id++ {
		if next.tables[id] != nil && rng.IntN(40) == 0 {
			c.Drops = append(c.Drops, id)
			delete(next.tables, id)
			continue
		}
		if rng.IntN(3) == 0 {
			continue
		}
		if next.tables[id] == nil {
			next.tables[id] = map[string]string{}
		}
		rows := next.tables[id]
		parts := []*Delta{NewDelta(id), NewDelta(id)}
		for range 1 + rng.IntN(maxKeys) {
			n := rng.IntN(4 * maxKeys)
			changeRow(rng, rows, parts[n%2], key(n))
		}
		c.Deltas = append(c.Deltas, parts...)
	}
	return c, next
}

func key(n int) []byte {
	k := []byte{byte(n * 37)}
	if n%5 == 0 {
		return append(k, fmt.Sprintf("a long key %030d", n)...)
	}
	return binary.BigEndian.AppendUint64(k, uint64(n))
}

func changeRow(rng *rand.Rand, rows map[string]string, d *Delta, k []byte) {
	old, had := rows[string(k)]
	var h Hash
	if had {
		h = HashKV(k, []byte(old))
	}
	if rng.IntN(4) == 0 {
		d.Delete(k, h)
		delete(rows, string(k))
		return
	}
	v := bytes.Repeat([]byte{byte(rng.Uint32())}, rng.IntN(60))
	d.Put(k, v, h)
	rows[string(k)] = string(v)
}

// diff compares a store with the model; "" means equal.
func (m *model) diff(s *Store) (string, error) {
	meta, err := s.Load()
	if err != nil {
		return "", err
	}
	if meta.Epoch != m.epoch || !bytes.Equal(meta.Data, m.meta) {
		return fmt.Sprintf("epoch %d, want %d", meta.Epoch, m.epoch), nil
	}
	for id := TableID(1); id <= 3; id++ {
		rows, last := m.tables[id], ""
		n := 0
		wrong := "" // the verdict on a scan comes at its end
		_, err := s.ScanTable(context.Background(), id, func(k, v []byte) error {
			if want, ok := rows[string(k)]; !ok || want != string(v) {
				wrong = fmt.Sprintf("table %d: row %x is %x, want %x %v", id, k, v, want, ok)
			}
			if n > 0 && string(k) <= last {
				wrong = fmt.Sprintf("table %d: %x after %x", id, k, last)
			}
			last = string(k)
			n++
			return nil
		})
		if err != nil || wrong != "" {
			return wrong, err
		}
		if n != len(rows) {
			return fmt.Sprintf("table %d: %d rows, want %d", id, n, len(rows)), nil
		}
	}
	return "", nil
}

func (m *model) check(t *testing.T, s *Store) {
	t.Helper()
	d, err := m.diff(s)
	if err != nil {
		t.Fatal(err)
	}
	if d != "" {
		t.Fatal(d)
	}
}

// smallOptions makes every mechanism come into play with a few keys.
func smallOptions(t testing.TB, fs FS) OpenOptions {
	return OpenOptions{
		FS: fs, CacheBytes: 1 << 20, MemTableBytes: 64 << 10, SegmentBytes: 4 << 10,
		PlainRows: 20, BlockBytes: 512, BatchBytes: 2 << 10, FoldRuns: 4, FoldSSTSize: 2 << 10,
		Fatal: func(err error) { t.Errorf("fatal: %v", err); panic(err) },
	}
}

func mustOpen(t testing.TB, dir string, o OpenOptions) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStoreEqualsModelAcrossReopens(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 1))
		o := smallOptions(t, NewCrashFS())
		m := newModel()
		s := mustOpen(t, "d", o)
		for range 120 {
			c, next := m.step(rng, 5+rng.IntN(60))
			if _, err := s.Commit(context.Background(), c); err != nil {
				t.Fatal(err)
			}
			m = next
			switch rng.IntN(12) {
			case 0:
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = mustOpen(t, "d", o)
				m.check(t, s)
			case 1:
				if err := s.Fold(context.Background()); err != nil {
					t.Fatal(err)
				}
			case 2:
				m.check(t, s)
			}
		}
		m.check(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := Check(o.FS, "d")
		if err != nil || !r.OK() {
			t.Fatalf("check: %v\n%v", err, r.Lines)
		}
	}
}

func TestCommitRefusesContradictions(t *testing.T) {
	s := mustOpen(t, "d", smallOptions(t, NewCrashFS()))
	defer s.Close()
	ctx := context.Background()
	d := NewDelta(1)
	d.Delete([]byte("k"), HashKV([]byte("k"), nil))
	for name, c := range map[string]*Checkpoint{
		"epoch 0":         {},
		"row not there":   {Epoch: 1, Deltas: []*Delta{d}},
		"table 0":         {Epoch: 1, Deltas: []*Delta{{n: 1}}},
		"dropped at once": {Epoch: 1, Deltas: []*Delta{d}, Drops: []TableID{1}},
	} {
		if _, err := s.Commit(ctx, c); !pgerr.Is(err, pgerr.InternalError) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if m, _ := s.Load(); m.Epoch != 0 {
		t.Errorf("epoch %d after refusals", m.Epoch)
	}
}

func TestSecondServerIsRefused(t *testing.T) {
	o := smallOptions(t, nil)
	dir := t.TempDir()
	s := mustOpen(t, dir, o)
	defer s.Close()
	_, err := Open(dir, o)
	if !pgerr.Is(err, pgerr.ObjectInUse) || !strings.Contains(err.Error(), "is in use by another process") {
		t.Errorf("got %v", err)
	}
	if _, err := Check(nil, dir); !pgerr.Is(err, pgerr.ObjectInUse) {
		t.Errorf("check: got %v", err)
	}
}

func TestUnknownFormatIsRefused(t *testing.T) {
	fs := NewCrashFS()
	o := smallOptions(t, fs)
	if err := mustOpen(t, "d", o).Close(); err != nil {
		t.Fatal(err)
	}
	if err := writeFileAtomic(fs, "d/FORMAT", []byte(formatLine(2))); err != nil {
		t.Fatal(err)
	}
	_, err := Open("d", o)
	if !pgerr.Is(err, pgerr.ConfigFileError) || !strings.Contains(err.Error(), "has format 2") {
		t.Errorf("got %v", err)
	}
}
