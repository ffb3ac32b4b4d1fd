package arrange

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"streamdb/types"
)

// tableModel is a Table beside the Go map it must agree with.
type tableModel struct {
	t     *testing.T
	table *Table
	ids   map[string]uint32
	vals  map[string]uint64
	hash  func(key []byte) uint64
}

func newTableModel(t *testing.T, hash func([]byte) uint64) *tableModel {
	table := NewTable(2)
	table.hash = hash
	return &tableModel{t: t, table: table, ids: map[string]uint32{}, vals: map[string]uint64{}, hash: hash}
}

func (m *tableModel) upsert(key string, val uint64) {
	m.t.Helper()
	id, fresh := m.table.Upsert(m.hash([]byte(key)), []byte(key))
	old, known := m.ids[key]
	if fresh == known || known && old != id {
		m.t.Fatalf("Upsert(%q) = %d, %v; the model has %d, %v", key, id, fresh, old, known)
	}
	u := m.table.User(id)
	if fresh && (u[0] != 0 || u[1] != 0) {
		m.t.Fatalf("a fresh record is not zeroed: %v", u)
	}
	u[0], u[1] = val, ^val
	m.ids[key], m.vals[key] = id, val
}

func (m *tableModel) find(key string) {
	m.t.Helper()
	id := m.table.Find(m.hash([]byte(key)), []byte(key))
	want, known := m.ids[key]
	if !known {
		want = None
	}
	if id != want {
		m.t.Fatalf("Find(%q) = %d, want %d", key, id, want)
	}
}

func (m *tableModel) remove(key string) {
	if id, ok := m.ids[key]; ok {
		m.table.Delete(id)
		delete(m.ids, key)
		delete(m.vals, key)
	}
}

// check compares everything.
func (m *tableModel) check() {
	m.t.Helper()
	if m.table.Len() != len(m.ids) {
		m.t.Fatalf("Len = %d, want %d", m.table.Len(), len(m.ids))
	}
	seen := 0
	m.table.Each(func(id uint32) bool {
		key := string(m.table.Key(id))
		if want, ok := m.ids[key]; !ok || want != id {
			m.t.Fatalf("Each gives %d for %q, want %d, %v", id, key, want, ok)
		}
		if u := m.table.User(id); u[0] != m.vals[key] || u[1] != ^m.vals[key] {
			m.t.Fatalf("%q holds %v, want %d", key, u, m.vals[key])
		}
		if m.table.Hash(id) != m.hash([]byte(key)) {
			m.t.Fatalf("%q has another hash", key)
		}
		seen++
		return true
	})
	if seen != len(m.ids) {
		m.t.Fatalf("Each gave %d records, want %d", seen, len(m.ids))
	}
	for key := range m.ids {
		m.find(key)
	}
}

// randomKey is a key of 0 to 27 bytes, of which up to 23 lie in the record; now and then a
// long one, or one of zero bytes only.
func randomKey(rng *rand.Rand, universe int) string {
	n := rng.IntN(universe)
	switch n % 9 {
	case 0:
		return string(bytes.Repeat([]byte{byte(n)}, n%300)) + fmt.Sprint(n)
	case 1:
		return string(make([]byte, n%30))
	}
	k := fmt.Sprintf("%027d", n)
	return k[27-max(n%28, len(strings.TrimLeft(k, "0"))):]
}

func TestTableAgainstMap(t *testing.T) {
	hashes := map[string]func([]byte) uint64{
		"xxh3": types.HashKey,
		// Few distinct hashes: equal tags, long probe runs, gaps closed over the end.
		"colliding": func(k []byte) uint64 { return types.HashKey(k) | 0xffffffff_fffffff0 },
		// Equal tags with different hashes.
		"tag": func(k []byte) uint64 { return types.HashKey(k) &^ 0xfffffff0 },
	}
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			m := newTableModel(t, hash)
			universe, steps := 500, 20000
			if name == "xxh3" {
				universe, steps = 20000, 120000
			}
			for i := range steps {
				key := randomKey(rng, universe)
				switch rng.IntN(5) {
				case 0, 1, 2:
					m.upsert(key, rng.Uint64())
				case 3:
					m.remove(key)
				default:
					m.find(key)
				}
				if i%(steps/8) == 0 {
					m.check()
				}
			}
			m.check()
			for key := range m.ids {
				m.remove(key)
			}
			m.check()
		})
	}
}

// TestUpsertAll looks batches of keys up, repeated ones and new ones among them, in tables
// of all sizes.
func TestUpsertAll(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	m := newTableModel(t, types.HashKey)
	var kb types.KeyBatch
	var recs types.Records
	var fresh []int32
	col := []types.Type{types.Text, types.Int8}
	for universe := 10; universe < 200_000; universe *= 3 {
		for range 20 {
			b := types.NewBatch(col, 0)
			for range rng.IntN(1000) {
				number := types.NewInt64(int64(rng.IntN(universe)))
				b.AppendRow(types.Row{types.NewBytes(randomKey(rng, universe)), number}, 1)
			}
			kb.Build(b, []int{rng.IntN(2)}) // keys of many lengths, or of one
			fresh = m.table.UpsertRecords(&kb, &recs, fresh)
			for k, id := range recs.IDs {
				key := string(kb.Key(k))
				if recs.Word(k, 0) != m.table.Slots.Word(id, 0) {
					t.Fatalf("key %q: not the record of id %d", key, id)
				}
				want, known := m.ids[key]
				isFresh := len(fresh) > 0 && fresh[0] == int32(k)
				if known == isFresh || known && id != want {
					t.Fatalf("key %q: id %d fresh %v, want %d known %v", key, id, isFresh, want, known)
				}
				if isFresh {
					fresh = fresh[1:]
					u := m.table.User(id)
					u[0], u[1] = uint64(id), ^uint64(id)
					m.ids[key], m.vals[key] = id, uint64(id)
				}
			}
			if len(fresh) > 0 {
				t.Fatalf("%d keys too many are fresh", len(fresh))
			}
			for key := range m.ids {
				if rng.IntN(3) == 0 {
					m.remove(key)
				}
			}
		}
		m.check()
	}
}

// TestTableGrowsPastSplit fills a table beyond one segment, empties it to a tenth and fills
// it again; freed ids are handed out again.
func TestTableGrowsPastSplit(t *testing.T) {
	m := newTableModel(t, types.HashKey)
	const n = 6 * splitAt
	for round := range 2 {
		for i := range n {
			m.upsert(fmt.Sprintf("a key too long for a record %d", i), uint64(round*n+i))
			if i == splitAt-1 || i == splitAt || i == splitAt+1 {
				m.check()
			}
		}
		m.check()
		for i := range n {
			if i%10 != 0 {
				m.remove(fmt.Sprintf("a key too long for a record %d", i))
			}
		}
		m.check()
	}
	if ids := m.table.Slots.Cap(); ids > n {
		t.Errorf("%d ids handed out for at most %d records", ids, n)
	}
}

// TestTableCompactsArena: deleting long keys does not leave their bytes behind for ever.
func TestTableCompactsArena(t *testing.T) {
	m := newTableModel(t, types.HashKey)
	long := bytes.Repeat([]byte("x"), 1000)
	key := func(i int) string { return fmt.Sprintf("%s%d", long, i) }
	for i := range 5000 {
		m.upsert(key(i), uint64(i))
		if i >= 10 {
			m.remove(key(i - 10))
		}
	}
	m.check()
	if size := m.table.arena.MemSize(); size > 2<<20 {
		t.Errorf("the arena takes %d bytes for 10 keys of 1 kB", size)
	}
}

func TestArena(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var a Arena
	var refs []Ref
	var want [][]byte
	for i := range 3000 {
		n := rng.IntN(2000)
		if i%500 == 0 {
			n = 1<<chunkBits + rng.IntN(1<<chunkBits) // longer than a chunk
		}
		b := make([]byte, n)
		for k := range b {
			b[k] = byte(rng.Uint32())
		}
		refs, want = append(refs, a.Add(b)), append(want, b)
	}
	for i, r := range refs {
		if !bytes.Equal(a.Bytes(r), want[i]) {
			t.Fatalf("string %d of %d bytes came back changed", i, len(want[i]))
		}
	}
	if a.Add(nil) != 0 || a.Bytes(0) != nil {
		t.Error("the empty string is not the zero Ref")
	}
}

// TestMultisetChains links and unlinks rows at random and compares every chain with a set.
func TestMultisetChains(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	m := NewMultiset(1)
	const keys = 7
	var heads [keys]uint64
	chains := [keys]map[string]uint64{}
	for k := range chains {
		chains[k] = map[string]uint64{}
	}
	for range 20000 {
		n := rng.IntN(400)
		k := n % keys
		image := fmt.Sprintf("row %d", n)
		if rng.IntN(2) == 0 {
			id, fresh := m.Upsert(types.HashKey([]byte(image)), []byte(image))
			if _, known := chains[k][image]; known == fresh {
				t.Fatalf("%q: fresh %v", image, fresh)
			}
			if fresh {
				m.Link(&heads[k], id)
			}
			*m.Weight(id)++
			chains[k][image]++
		} else if _, known := chains[k][image]; known {
			id := m.T.Find(types.HashKey([]byte(image)), []byte(image))
			m.Unlink(&heads[k], id)
			m.T.Delete(id)
			delete(chains[k], image)
		}
	}
	for k := range keys {
		n := 0
		for id := First(heads[k]); id != None; id = m.Next(id) {
			if w := chains[k][string(m.Image(id))]; w == 0 || w != *m.Weight(id) {
				t.Fatalf("chain %d: %q has weight %d, want %d", k, m.Image(id), *m.Weight(id), w)
			}
			n++
		}
		if n != len(chains[k]) {
			t.Errorf("chain %d has %d rows, want %d", k, n, len(chains[k]))
		}
	}
}
