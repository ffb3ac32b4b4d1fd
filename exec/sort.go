package exec

import (
	"bytes"
	"slices"

	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
	"streamdb/types/pgerr"
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

// limiter cuts an ordered result; it serves one epoch only.
type limiter struct {
	node    *plan.Limit
	keys    []plan.SortKey
	skip    int64
	left    int64 // −1: no limit
	lastKey []byte
	buf     []byte
	w       []int64
	sel     []int32
}

func newLimiter(env *Env, n *plan.Limit) (*limiter, error) {
	l := &limiter{node: n, left: -1}
	if s, ok := n.Input.(*plan.Sort); ok && n.WithTies {
		l.keys = s.Keys
	}
	var err error
	if n.Count != nil {
		if l.left, err = limitValue(env, n.Count, pgerr.InvalidRowCountInLimit, "LIMIT must not be negative", -1); err != nil {
			return nil, err
		}
	}
	if n.Offset != nil {
		l.skip, err = limitValue(env, n.Offset, pgerr.InvalidRowCountInOffset, "OFFSET must not be negative", 0)
	}
	return l, err
}

func limitValue(env *Env, e expr.Expr, code, msg string, null int64) (int64, error) {
	d, err := expr.EvalConst(env.Expr, e)
	if err != nil {
		return 0, err
	}
	if d.IsNull() {
		return null, nil
	}
	if d.Int() < 0 {
		return 0, pgerr.New(code, "%s", msg)
	}
	return d.Int(), nil
}

// Process passes on what is left of the limit; a weight counts as so many rows.
func (l *limiter) Process(_ int, b *types.Batch, out Emit) error {
	l.sel, l.w = l.sel[:0], make([]int64, b.N)
	for k := range b.Len() {
		row := b.Row(k)
		w := b.Weight(row)
		skipped := min(l.skip, w)
		l.skip -= skipped
		if w -= skipped; w <= 0 {
			continue
		}
		if w = l.take(b, row, w); w == 0 {
			continue
		}
		l.sel = append(l.sel, int32(row))
		l.w[row] = w
	}
	if len(l.sel) == 0 {
		return nil
	}
	return out(&types.Batch{N: b.N, Cols: b.Cols, W: l.w, Sel: l.sel})
}

// take is how many of a row's w repetitions the limit lets through.
func (l *limiter) take(b *types.Batch, row int, w int64) int64 {
	if l.left < 0 {
		return w
	}
	if l.node.WithTies {
		l.buf = l.buf[:0]
		for _, k := range l.keys {
			l.buf = types.AppendOrderKey(l.buf, b.Cols[k.Column], row, k.Desc, k.NullsFirst)
		}
		if l.left == 0 && (l.lastKey == nil || !bytes.Equal(l.buf, l.lastKey)) {
			return 0
		}
		l.left = max(l.left-w, 0)
		l.lastKey = append(l.lastKey[:0], l.buf...)
		return w
	}
	w = min(w, l.left)
	l.left -= w
	return w
}

// Barrier has nothing to emit.
func (l *limiter) Barrier(types.Epoch, Emit) error { return nil }
