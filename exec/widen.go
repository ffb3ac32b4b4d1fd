package exec

import "streamdb/types"

// Widen adds columns, with the same values in every row, behind the table's columns. The
// write lock and the commit lock are held. Batches already in the changelog are widened
// too, so that scans at earlier epochs still find their rows; readers that know the old
// columns by position are not disturbed.
func (t *Table) Widen(cols []types.Type, values types.Row) error {
	t.Log.widen(cols, values)
	if err := t.Contents.widen(cols, values); err != nil {
		return err
	}
	for _, u := range t.Uniques {
		u.index.Clear()
	}
	return t.Reindex()
}

func (c *Changelog) widen(cols []types.Type, values types.Row) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for d := c.head; d != nil; d = d.next {
		for i := range d.batches {
			d.batches[i].b = widened(d.batches[i].b, cols, values)
		}
	}
	c.widened = append(c.widened, widening{cols, values})
}

// widening is columns added to a table: what lies in files is widened when it is read.
type widening struct {
	cols   []types.Type
	values types.Row
}

func widenAll(b *types.Batch, ws []widening) *types.Batch {
	for _, w := range ws {
		b = widened(b, w.cols, w.values)
	}
	return b
}

// widened is b with more columns; it shares b's.
func widened(b *types.Batch, cols []types.Type, values types.Row) *types.Batch {
	w := &types.Batch{N: b.N, Cols: append([]*types.Vec(nil), b.Cols...), W: b.W, Sel: b.Sel}
	for i, t := range cols {
		v := types.NewVec(t, b.N)
		for range b.N {
			v.AppendDatum(values[i])
		}
		w.Cols = append(w.Cols, v)
	}
	return w
}

// widen rewrites every row. A row's image decides its segment, so all are locked. Scans that
// are under way go on with a copy.
func (c *Contents) widen(cols []types.Type, values types.Row) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.segs {
		c.segs[i].mu.Lock()
		defer c.segs[i].mu.Unlock()
	}
	c.keep()
	old := c.types
	rows := types.NewBatch(old, 0)
	var err error
	for i := range c.segs {
		c.segs[i].each(func(image []byte, w int64) bool {
			err = types.DecodeRowImage(image, rows, w)
			return err == nil
		})
		if err != nil {
			return err
		}
	}
	var image []byte
	c.each(rows, func(s *segment, hash uint64, image []byte, w int64) { s.change(hash, image, -w) }, &image)
	wide := widened(rows, cols, values)
	c.types = append(old[:len(old):len(old)], cols...)
	c.each(wide, func(s *segment, hash uint64, image []byte, w int64) { s.change(hash, image, w) }, &image)
	c.level()
	return nil
}

// level notes in every segment that all batches so far have been applied: a row's batch may
// have been applied to another segment than the one where the row lies now. All is locked.
func (c *Contents) level() {
	var last uint64
	for i := range c.segs {
		last = max(last, c.segs[i].applied)
	}
	for i := range c.segs {
		c.segs[i].applied = last
	}
}

// keep gives scans under way a copy of the rows. All is locked.
func (c *Contents) keep() {
	var kept *[segments]keptSegment
	for s := range c.scans {
		if s.kept != nil {
			continue
		}
		if kept == nil {
			kept = new([segments]keptSegment)
			for i := range c.segs {
				kept[i].applied = c.segs[i].applied
				c.segs[i].each(func(image []byte, w int64) bool {
					kept[i].rows = append(kept[i].rows, keptRow{string(image), w})
					return true
				})
			}
		}
		s.kept = kept
	}
}

func (c *Contents) each(b *types.Batch, f func(s *segment, hash uint64, image []byte, w int64), buf *[]byte) {
	for i := range b.N {
		*buf = types.AppendRowImage((*buf)[:0], b, i)
		h := types.HashKey(*buf)
		f(&c.segs[segmentOf(h)], h, *buf, b.Weight(i))
	}
}
