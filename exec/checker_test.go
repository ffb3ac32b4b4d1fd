package exec

import (
	"bytes"
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"streamdb/planner/plan"
	"streamdb/state"
	"streamdb/types"
)

// edgeChecker watches one edge of a graph: the batches fit the schema, and at every barrier
// what has passed so far sums up to a relation.
type edgeChecker struct {
	name  string
	types []types.Type
	sum   bag
	epoch bag // of this epoch alone
	plan  plan.Node
}

func (c *edgeChecker) check(b *types.Batch) error {
	if len(b.Cols) != len(c.types) {
		return fmt.Errorf("%s: %d columns, want %d", c.name, len(b.Cols), len(c.types))
	}
	for i, v := range b.Cols {
		if v.Type.OID != c.types[i].OID || v.N != b.N {
			return fmt.Errorf("%s: column %d is %d rows of %s, want %d of %s", c.name, i, v.N, v.Type, b.N, c.types[i])
		}
	}
	if b.W != nil && len(b.W) != b.N {
		return fmt.Errorf("%s: %d weights for %d rows", c.name, len(b.W), b.N)
	}
	for k, i := range b.Sel {
		if i < 0 || int(i) >= b.N || k > 0 && b.Sel[k-1] >= i {
			return fmt.Errorf("%s: selection %v of %d rows", c.name, b.Sel, b.N)
		}
	}
	if b.Len() == 0 {
		return fmt.Errorf("%s: empty batch", c.name)
	}
	c.sum.addBatch(b)
	if _, ok := c.plan.(*plan.Aggregate); ok {
		return c.pairs(b)
	}
	return nil
}

// pairs checks that an aggregate emits one −/+ pair at most per key and epoch, and none
// that changes nothing.
func (c *edgeChecker) pairs(b *types.Batch) error {
	n := c.plan.(*plan.Aggregate)
	for k := range b.Len() {
		r, w := b.RowDatums(b.Row(k)), b.Weight(b.Row(k))
		key := types.Row{types.NewBytes(equalityKey(n.Out, allColumns(n.Out[:len(n.Keys)]), r)), types.NewBool(w > 0)}
		c.epoch.add(key, 1)
		if w != 1 && w != -1 || c.epoch[rowImage(key)].w > 1 {
			return fmt.Errorf("%s: more than one pair for %s", c.name, rowString(r, c.types))
		}
	}
	return nil
}

func (c *edgeChecker) barrier() error {
	for _, x := range c.sum {
		if x.w < 0 {
			return fmt.Errorf("%s: weight %d of %s", c.name, x.w, rowString(x.row, c.types))
		}
	}
	clear(c.epoch)
	return nil
}

// checkers watches all edges of graphs built from one plan, one graph after the other.
type checkers []*edgeChecker

func (cs *checkers) attach(g *graph) {
	n := 0
	watch := func(o *opNode) {
		for i := range o.outs {
			if n == len(*cs) {
				*cs = append(*cs, &edgeChecker{
					name: fmt.Sprintf("output %d of %T", i, o.plan), types: o.plan.Schema().Types(),
					sum: bag{}, epoch: bag{}, plan: o.plan,
				})
			}
			o.outs[i].check = (*cs)[n].check
			n++
		}
	}
	for _, l := range g.scans {
		watch(&l.src)
	}
	for _, l := range g.constants {
		watch(&l.src)
	}
	for _, o := range g.order {
		if o.plan != nil {
			watch(o)
		}
	}
}

func (cs checkers) barrier() error {
	for _, c := range cs {
		if err := c.barrier(); err != nil {
			return err
		}
	}
	return nil
}

// memState is the state tables of one dataflow in a map, kept by the deltas it hands over.
type memState struct {
	tables map[state.TableID]map[string][]byte
	stats  map[state.TableID]state.TableStats
}

func newMemState() *memState {
	return &memState{map[state.TableID]map[string][]byte{}, map[state.TableID]state.TableStats{}}
}

// apply puts deltas into the tables and checks that their bookkeeping telescopes: the sum
// of the hashes of what is there is the sum of what the deltas say.
func (m *memState) apply(deltas []*state.Delta) error {
	for _, d := range deltas {
		id := d.Table()
		t := m.tables[id]
		if t == nil {
			t = map[string][]byte{}
			m.tables[id] = t
		}
		var bad error
		d.Each(func(key, val []byte, deleted bool) {
			if _, ok := t[string(key)]; deleted && !ok {
				bad = fmt.Errorf("table %d: %x deleted but not there", id, key)
			}
			delete(t, string(key))
			if !deleted {
				t[string(key)] = bytes.Clone(val)
			}
		})
		if bad != nil {
			return bad
		}
		m.stats[id] = addStats(m.stats[id], d.Stats())
	}
	for id, t := range m.tables {
		if want := statsOf(t); m.stats[id] != want {
			return fmt.Errorf("table %d: the deltas add up to %+v, the rows to %+v", id, m.stats[id], want)
		}
	}
	return nil
}

func statsOf(t map[string][]byte) state.TableStats {
	d := state.NewDelta(0)
	for k, v := range t {
		d.Put([]byte(k), v, state.Hash{})
	}
	return d.Stats()
}

func addStats(a, b state.TableStats) state.TableStats {
	lo, carry := bits.Add64(a.Digest.Lo, b.Digest.Lo, 0)
	hi, _ := bits.Add64(a.Digest.Hi, b.Digest.Hi, carry)
	return state.TableStats{Rows: a.Rows + b.Rows, Bytes: a.Bytes + b.Bytes, Digest: state.Digest{Hi: hi, Lo: lo}}
}

// scan reads a table in the order of its keys.
func (m *memState) scan(id state.TableID, f func(key, val []byte) error) error {
	t := m.tables[id]
	for _, k := range slices.Sorted(maps.Keys(t)) {
		if err := f([]byte(k), t[k]); err != nil {
			return err
		}
	}
	return nil
}
