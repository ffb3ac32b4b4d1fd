package exec

import (
	"bytes"

	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// limiter cuts an ordered result, or each of the groups that follow one another in it. It
// serves one epoch only.
type limiter struct {
	env  *Env
	node *plan.Limit
	ties []plan.SortKey
	// count and offset are programs where every group has its own.
	count, offset *expr.Program
	all           limitCut // otherwise
	now           limitCut // of the rows or group that pass
	group         []byte   // the group's key, nil before the first
	lastKey       []byte
	buf           []byte
	w             []int64
	sel           []int32
	ends          bool // the query is done when nothing is left
}

// limitCut is how many rows to leave out and then to take; left −1: all.
type limitCut struct{ skip, left int64 }

func newLimiter(env *Env, n *plan.Limit) (*limiter, error) {
	l := &limiter{env: env, node: n}
	s, sorted := n.Input.(*plan.Sort)
	if sorted && n.WithTies {
		l.ties = s.Keys
	}
	for i, k := range n.Keys {
		if !sorted || len(s.Keys) <= i || s.Keys[i].Column != k {
			return nil, pgerr.Internal("limit: the rows of a group do not follow one another")
		}
	}
	var err error
	if hasColumns(n.Count) || hasColumns(n.Offset) {
		if l.count, err = compileLimit(n.Count); err != nil {
			return nil, err
		}
		l.offset, err = compileLimit(n.Offset)
		return l, err
	}
	var count, offset types.Datum
	if n.Count != nil {
		if count, err = expr.EvalConst(env.Expr, n.Count); err != nil {
			return nil, err
		}
	}
	if n.Offset != nil {
		if offset, err = expr.EvalConst(env.Expr, n.Offset); err != nil {
			return nil, err
		}
	}
	l.all, err = newLimitCut(count, offset)
	l.now = l.all
	return l, err
}

func hasColumns(e expr.Expr) bool {
	found := false
	if e != nil {
		expr.Columns(e, func(int) { found = true })
	}
	return found
}

func compileLimit(e expr.Expr) (*expr.Program, error) {
	if e == nil {
		e = &expr.Const{T: types.Int8}
	}
	return expr.Compile(e)
}

// newLimitCut reads LIMIT and OFFSET; NULL is none.
func newLimitCut(count, offset types.Datum) (limitCut, error) {
	c := limitCut{left: -1}
	if !offset.IsNull() {
		if c.skip = offset.Int(); c.skip < 0 {
			return c, pgerr.New(pgerr.InvalidRowCountInOffset, "OFFSET must not be negative")
		}
	}
	if !count.IsNull() {
		if c.left = count.Int(); c.left < 0 {
			return c, pgerr.New(pgerr.InvalidRowCountInLimit, "LIMIT must not be negative")
		}
	}
	return c, nil
}

// Process passes on what is left of the limit; a weight counts as so many rows.
func (l *limiter) Process(_ int, b *types.Batch, out Emit) error {
	var count, offset *types.Vec
	if l.count != nil {
		l.env.Expr.Reset()
		count, offset = l.count.Eval(l.env.Expr, b), l.offset.Eval(l.env.Expr, b)
		if err := l.env.report(b); err != nil {
			return err
		}
	}
	l.sel, l.w = l.sel[:0], make([]int64, b.N)
	for k := range b.Len() {
		row := b.Row(k)
		if l.nextGroup(b, row) {
			l.now = l.all
			if l.count != nil {
				var err error
				if l.now, err = newLimitCut(count.Datum(row), offset.Datum(row)); err != nil {
					return err
				}
			}
		}
		if w := l.take(b, row, b.Weight(row)); w > 0 {
			l.sel, l.w[row] = append(l.sel, int32(row)), w
		}
	}
	if len(l.sel) > 0 {
		if err := out(&types.Batch{N: b.N, Cols: b.Cols, W: l.w, Sel: l.sel}); err != nil {
			return err
		}
	}
	if l.ends && l.now.left == 0 {
		return errEnough
	}
	return nil
}

// nextGroup reports whether a row is the first of its group.
func (l *limiter) nextGroup(b *types.Batch, row int) bool {
	if len(l.node.Keys) == 0 {
		return false
	}
	l.buf = l.buf[:0]
	for _, c := range l.node.Keys {
		l.buf = types.AppendOrderKey(l.buf, b.Cols[c], row, false, false)
	}
	if l.group != nil && bytes.Equal(l.buf, l.group) {
		return false
	}
	l.group, l.buf = l.buf, l.group
	return true
}

// take is how many of a row's w repetitions the limit lets through.
func (l *limiter) take(b *types.Batch, row int, w int64) int64 {
	skipped := min(l.now.skip, w)
	l.now.skip -= skipped
	if w -= skipped; w <= 0 || l.now.left < 0 {
		return w
	}
	if l.node.WithTies {
		l.buf = l.buf[:0]
		for _, k := range l.ties {
			l.buf = types.AppendOrderKey(l.buf, b.Cols[k.Column], row, k.Desc, k.NullsFirst)
		}
		if l.now.left == 0 && (l.lastKey == nil || !bytes.Equal(l.buf, l.lastKey)) {
			return 0
		}
		l.now.left = max(l.now.left-w, 0)
		l.lastKey = append(l.lastKey[:0], l.buf...)
		return w
	}
	w = min(w, l.now.left)
	l.now.left -= w
	return w
}

// Barrier has nothing to emit.
func (l *limiter) Barrier(types.Epoch, Emit) error { return nil }
