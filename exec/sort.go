package exec

import (
	"bytes"
	"slices"

	"streamdb/planner/plan"
	"streamdb/types"
)

// sorter orders all rows; it emits at the barrier and serves one epoch only.
type sorter struct {
	keys []plan.SortKey
	rows *types.Batch
	ord  []byte
	off  []int
}

func newSorter(n *plan.Sort) *sorter {
	return &sorter{keys: n.Keys, rows: types.NewBatch(n.Schema().Types(), 0), off: []int{0}}
}

// Process keeps the rows with their order keys.
func (s *sorter) Process(_ int, b *types.Batch, _ Emit) error {
	s.rows.AppendBatch(b)
	for k := range b.Len() {
		for _, key := range s.keys {
			s.ord = types.AppendOrderKey(s.ord, b.Cols[key.Column], b.Row(k), key.Desc, key.NullsFirst)
		}
		s.off = append(s.off, len(s.ord))
	}
	return nil
}

func (s *sorter) key(i int32) []byte { return s.ord[s.off[i]:s.off[i+1]] }

// Barrier emits the rows in order, as dense batches.
func (s *sorter) Barrier(_ types.Epoch, out Emit) error {
	idx := make([]int32, s.rows.N)
	for i := range idx {
		idx[i] = int32(i)
	}
	slices.SortStableFunc(idx, func(a, b int32) int { return bytes.Compare(s.key(a), s.key(b)) })
	for chunk := range slices.Chunk(idx, types.MaxBatch) {
		o := &types.Batch{N: len(chunk), Cols: make([]*types.Vec, len(s.rows.Cols))}
		for i, v := range s.rows.Cols {
			o.Cols[i] = types.NewVec(v.Type, len(chunk))
			o.Cols[i].AppendSel(v, chunk)
		}
		if s.rows.W != nil {
			for _, i := range chunk {
				o.W = append(o.W, s.rows.W[i])
			}
		}
		if err := out(o); err != nil {
			return err
		}
	}
	return nil
}
