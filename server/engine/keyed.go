package engine

import (
	"context"

	"streamdb/exec"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
)

// keyed is a relation without an index over its key, as a scan that fixes the key reads it.
type keyed struct {
	rel  exec.Snapshotter
	cols []int // in the relation's rows
	key  string
	none bool // a constant is NULL: no row is equal to it
}

// keyedScan makes the reading of rel by the constants of s.
func keyedScan(rel exec.Snapshotter, s *plan.Scan, c *expr.Ctx) (*keyed, error) {
	k := &keyed{rel: rel}
	row, ts := make(types.Row, len(s.Eq)), make([]types.Type, len(s.Eq))
	for i, col := range s.Key {
		d, err := expr.EvalConst(c, s.Eq[i])
		if err != nil {
			return nil, err
		}
		row[i], ts[i] = d, s.Out[col].Type
		k.cols = append(k.cols, s.Columns[col])
		k.none = k.none || d.IsNull()
	}
	k.key = string(types.AppendKeysRow(nil, ts, row))
	return k, nil
}

// Snapshot gives the rows of the key.
func (k *keyed) Snapshot(ctx context.Context, e types.Epoch, yield func(*types.Batch) error) error {
	if k.none {
		return nil
	}
	var buf []byte
	return k.rel.Snapshot(ctx, e, func(b *types.Batch) error {
		found := &types.Batch{N: b.N, Cols: b.Cols, W: b.W, Sel: []int32{}}
		for i := range b.Len() {
			row := b.Row(i)
			if buf = types.AppendKeys(buf[:0], b, k.cols, row); string(buf) == k.key {
				found.Sel = append(found.Sel, int32(row))
			}
		}
		if len(found.Sel) == 0 {
			return nil
		}
		return yield(found)
	})
}
