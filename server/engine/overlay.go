package engine

import (
	"context"

	"streamdb/exec"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
)

// overlay is a table as its transaction sees it: the rows at the transaction's epoch with
// the transaction's own changes.
type overlay struct {
	rel exec.Relation
	own *types.Batch // net changes
}

// Snapshot gives the rows, own deletions left out and own insertions added.
func (o *overlay) Snapshot(ctx context.Context, e types.Epoch, yield func(*types.Batch) error) error {
	gone := map[string]int64{}
	fresh := &types.Batch{N: o.own.N, Cols: o.own.Cols, W: o.own.W}
	for i := range o.own.N {
		if w := o.own.Weight(i); w < 0 {
			gone[string(types.AppendRowImage(nil, o.own, i))] -= w
		} else {
			fresh.Sel = append(fresh.Sel, int32(i))
		}
	}
	var image []byte
	err := o.rel.Snapshot(ctx, e, func(b *types.Batch) error {
		if len(gone) == 0 {
			return yield(b)
		}
		left := &types.Batch{N: b.N, Cols: b.Cols, W: b.W, Sel: make([]int32, 0, b.Len())}
		for k := range b.Len() {
			row := b.Row(k)
			image = types.AppendRowImage(image[:0], b, row)
			if gone[string(image)] == 0 {
				left.Sel = append(left.Sel, int32(row))
			}
		}
		return yield(left)
	})
	if err != nil || len(fresh.Sel) == 0 {
		return err
	}
	return yield(fresh)
}

// lookup is the row of a table with one primary key.
type lookup struct {
	e   *Engine
	t   *exec.Table
	key []byte
	own *types.Batch
}

// Snapshot gives the row, if there is one.
func (l *lookup) Snapshot(_ context.Context, e types.Epoch, yield func(*types.Batch) error) error {
	u := l.t.Uniques[0]
	net := map[string]int64{}
	count := func(b *types.Batch, sign int64) {
		for k := range b.Len() {
			row := b.Row(k)
			if string(types.AppendKeys(nil, b, u.Cols, row)) == string(l.key) {
				net[string(types.AppendRowImage(nil, b, row))] += sign * b.Weight(row)
			}
		}
	}
	// The index has the newest row: take back what came after the epoch. Most of it, which may
	// lie in files, is looked at before commits are held up.
	later := func(b *types.Batch) { count(b, -1) }
	ts := l.t.Contents.Types()
	seq, err := l.t.Log.After(e, 0, later)
	if err != nil {
		return err
	}
	err = l.e.epochs.Hold(func() error {
		if now := l.t.Contents.Types(); len(now) > len(ts) { // the rows have been widened: again
			ts, seq = now, 0
			clear(net)
		}
		if image, ok := u.Lookup(l.key); ok {
			net[string(image)]++
		}
		_, err := l.t.Log.After(e, seq, later)
		return err
	})
	if err != nil {
		return err
	}
	if l.own != nil {
		count(l.own, 1)
	}
	b := types.NewBatch(ts, 1)
	for image, n := range net {
		if n <= 0 {
			continue
		}
		if err := types.DecodeRowImage([]byte(image), b, n); err != nil {
			return err
		}
	}
	if b.N == 0 {
		return nil
	}
	return yield(b)
}

// lookupKey is the key a scan's constants make; ok is false if they do not cover the
// primary key, and found false-like rows (a NULL) give a key that no row has.
func (r *Relation) lookupKey(s *plan.Scan, c *expr.Ctx) (key []byte, ok bool, err error) {
	if len(r.Table.Uniques) == 0 || len(s.Eq) != len(r.Table.Uniques[0].Cols) || len(s.Key) != len(s.Eq) {
		return nil, false, nil
	}
	u := r.Table.Uniques[0]
	ts := r.Table.Contents.Types()
	byCol := map[int]types.Datum{}
	for i, k := range s.Key {
		d, err := expr.EvalConst(c, s.Eq[i])
		if err != nil {
			return nil, false, err
		}
		byCol[s.Columns[k]] = d
	}
	b := &types.Batch{N: 1}
	cols := make([]int, len(u.Cols))
	for i, col := range u.Cols {
		d, found := byCol[col]
		if !found {
			return nil, false, nil
		}
		v := types.NewVec(ts[col], 1)
		v.AppendDatum(d)
		b.Cols = append(b.Cols, v)
		cols[i] = i
	}
	return types.AppendKeys(nil, b, cols, 0), true, nil
}
