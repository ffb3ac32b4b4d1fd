package exec

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// groupLog is the epoch log of an aggregate: the groups touched, in chunks, each with the
// output rows they had before.
type groupLog struct {
	types  []types.Type
	chunks []*groupChunk // in use, then spare ones
	used   int
	minus  []int32
	plus   []int32
	diff   []bool
	old    []uint32
	w      []int64
	out    types.Batch
}

type groupChunk struct {
	ids  []uint32
	at   []int32              // by group: its row in old; −1: it had none
	old  *types.Batch         // rows before the epoch
	errs map[int]*pgerr.Error // of rows of old that raised
}

// chunk is the chunk to log to.
func (l *groupLog) chunk() *groupChunk {
	if l.used > 0 && len(l.chunks[l.used-1].ids) < types.MaxBatch {
		return l.chunks[l.used-1]
	}
	if l.used == len(l.chunks) {
		l.chunks = append(l.chunks, &groupChunk{old: types.NewBatch(l.types, 0)})
	}
	l.used++
	return l.chunks[l.used-1]
}

func (c *groupChunk) reset() {
	c.ids, c.at, c.errs = c.ids[:0], c.at[:0], nil
	c.old.Reset()
}

// logOld logs newly touched groups with their present rows.
func (a *aggregate) logOld(ids []uint32) error {
	if len(ids) == 0 {
		return nil
	}
	l := &a.log
	c := l.chunk()
	l.old = l.old[:0]
	for _, id := range ids {
		at := int32(-1)
		if a.present(id) {
			at = int32(c.old.N + len(l.old))
			l.old = append(l.old, id)
		}
		c.at = append(c.at, at)
	}
	c.ids = append(c.ids, ids...)
	if len(l.old) == 0 {
		return nil
	}
	errs, err := a.appendResults(l.old, c.old)
	for row, e := range errs {
		if c.errs == nil {
			c.errs = errs
			break
		}
		c.errs[row] = e
	}
	return err
}

// Barrier emits the changes of the touched groups.
func (a *aggregate) Barrier(_ types.Epoch, out Emit) error {
	if a.global && !a.shown {
		a.newly = a.newly[:0]
		id, _ := a.t.Upsert(types.HashKey(nil), nil)
		if w := a.t.Slots.Word(id, groupMark); uint32(*w>>32) != a.epoch {
			a.touch(w, id)
		}
		if err := a.logOld(a.newly); err != nil {
			return err
		}
	}
	if a.log.used == 0 {
		return nil
	}
	chunks := a.log.chunks[:a.log.used]
	if a.values {
		a.ids = a.ids[:0]
		for _, c := range chunks {
			a.ids = append(a.ids, c.ids...)
		}
		for _, g := range a.all {
			if err := g.settle(a.ids); err != nil {
				return err
			}
		}
	}
	for _, c := range chunks {
		if err := a.emit(c, out); err != nil {
			return err
		}
		for _, id := range c.ids {
			a.reap(id)
		}
		c.reset()
	}
	a.log.used = 0
	a.shown = a.global
	a.nextEpoch()
	return nil
}

// nextEpoch counts epochs. When the serial starts anew, the marks do: 1 on what is not
// saved, 0 on the rest.
func (a *aggregate) nextEpoch() {
	if a.epoch++; a.epoch > 0 {
		return
	}
	a.t.Each(func(id uint32) bool {
		w := a.t.Slots.Word(id, groupMark)
		touched := uint64(0)
		if uint32(*w>>32) >= a.unsaved {
			touched = 1 << 32
		}
		*w = touched | *w&(1<<32-1)
		return true
	})
	a.epoch, a.unsaved = 2, 1
}

// emit emits the pairs of one chunk: first all rows taken back, then all new ones.
func (a *aggregate) emit(c *groupChunk, out Emit) error {
	l := &a.log
	a.fresh.Reset()
	errs, err := a.appendResults(c.ids, a.fresh)
	if err != nil {
		return err
	}
	a.compare(c)
	l.minus, l.plus = noRows(l.minus), l.plus[:0]
	for i, id := range c.ids {
		w := int64(*a.t.Slots.Word(id, groupWeight))
		if w < 0 {
			return pgerr.Internal("aggregate: group of negative weight")
		}
		before, now := c.at[i] >= 0, w > 0 || a.global
		if c.errs != nil || errs != nil {
			var err error
			if before, now, err = a.raise(c, i, errs[i], before, now); err != nil {
				return err
			}
		}
		if before && now && !l.diff[i] {
			continue
		}
		if before {
			l.minus = append(l.minus, c.at[i])
		}
		if now {
			l.plus = append(l.plus, int32(i))
		}
	}
	if len(l.minus) > 0 {
		for len(l.w) < c.old.N {
			l.w = append(l.w, -1)
		}
		l.out = types.Batch{N: c.old.N, Cols: c.old.Cols, W: l.w[:c.old.N], Sel: l.minus}
		if err := out(&l.out); err != nil {
			return err
		}
	}
	if len(l.plus) == 0 {
		return nil
	}
	l.out = types.Batch{N: a.fresh.N, Cols: a.fresh.Cols, Sel: l.plus}
	return out(&l.out)
}

// raise moves group i's errors to the error delta: a result that raises is no row.
func (a *aggregate) raise(c *groupChunk, i int, now *pgerr.Error, before, after bool) (had, has bool, err error) {
	if before {
		if old := c.errs[int(c.at[i])]; old != nil {
			before = false
			if err := a.env.Error(old, -1, nil, 0); err != nil {
				return false, false, err
			}
		}
	}
	if after && now != nil {
		after = false
		if err := a.env.Error(now, 1, nil, 0); err != nil {
			return false, false, err
		}
	}
	return before, after, nil
}

// compare notes which groups' rows differ from what they were; their keys can only where
// equal keys may look different.
func (a *aggregate) compare(c *groupChunk) {
	l := &a.log
	l.diff = append(l.diff[:0], make([]bool, len(c.ids))...)
	first := len(a.keys)
	if a.minKey != nil {
		first = 0
	}
	for k := first; k < len(a.fresh.Cols); k++ {
		compareColumn(c.old.Cols[k], c.at, a.fresh.Cols[k], l.diff)
	}
}

// compareColumn notes the rows i of now that are not row at[i] of old, where there is one.
func compareColumn(old *types.Vec, at []int32, now *types.Vec, diff []bool) {
	if old.N == 0 {
		return
	}
	switch dense := old.Valid == nil && now.Valid == nil; {
	case dense && now.Kind == types.KindInt64:
		compareFixed[int64](old, at, now, diff)
	case dense && now.Kind == types.KindInt32:
		compareFixed[int32](old, at, now, diff)
	case dense && now.Kind == types.KindNumeric && len(old.Data) == 0 && len(now.Data) == 0:
		compareFixed[types.Dec](old, at, now, diff)
	default:
		for i, o := range at {
			if o >= 0 && !sameValue(old, int(o), now, i) {
				diff[i] = true
			}
		}
	}
}

func compareFixed[T comparable](old *types.Vec, at []int32, now *types.Vec, diff []bool) {
	x, y := types.Fixed[T](old), types.Fixed[T](now)
	for i, o := range at {
		if o >= 0 && x[o] != y[i] {
			diff[i] = true
		}
	}
}
