package exec

import "streamdb/types"

// Widen adds columns, with the same values in every row, behind the table's columns. The
// write lock and the commit lock are held. Batches already in the changelog are widened
// too, so that scans at earlier epochs still find their rows; readers that know the old
// columns by position are not disturbed.
func (t *Table) Widen(cols []types.Type, values types.Row) {
	t.Log.widen(cols, values)
	t.Contents.widen(cols, values)
	for _, u := range t.Uniques {
		u.index.Clear()
	}
	_ = t.Reindex() // the images are of our own making
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

// widen rewrites every row. A row's image decides its segment, so all are locked.
func (c *Contents) widen(cols []types.Type, values types.Row) {
	old := c.types
	for i := range c.segs {
		c.segs[i].mu.Lock()
		defer c.segs[i].mu.Unlock()
	}
	rows := types.NewBatch(old, 0)
	for i := range c.segs {
		s := &c.segs[i]
		s.rows.T.Each(func(id uint32) bool {
			return types.DecodeRowImage(s.rows.Image(id), rows, int64(*s.rows.Weight(id))) == nil
		})
	}
	var image []byte
	c.each(rows, func(s *segment, hash uint64, image []byte, w int64) { s.change(hash, image, -w) }, &image)
	wide := widened(rows, cols, values)
	c.types = append(old[:len(old):len(old)], cols...)
	c.each(wide, func(s *segment, hash uint64, image []byte, w int64) { s.change(hash, image, w) }, &image)
}

func (c *Contents) each(b *types.Batch, f func(s *segment, hash uint64, image []byte, w int64), buf *[]byte) {
	for i := range b.N {
		*buf = types.AppendRowImage((*buf)[:0], b, i)
		h := types.HashKey(*buf)
		f(&c.segs[segmentOf(h)], h, *buf, b.Weight(i))
	}
}
