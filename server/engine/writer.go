package engine

import (
	"context"

	"streamdb/connector"
	"streamdb/exec"
	"streamdb/types"
)

// tableWriter gathers one transaction's changes to a table and knows the rows as they
// would be with them: last change first, then the table. The table's write lock is held
// while it is used.
type tableWriter struct {
	t    *exec.Table
	key  *exec.Unique         // the primary key, nil if none
	rows map[string]types.Row // by key; nil: deleted here
	net  map[string]int64     // by image
	buf  *types.Batch
}

func newTableWriter(t *exec.Table) *tableWriter {
	w := &tableWriter{
		t: t, rows: map[string]types.Row{}, net: map[string]int64{},
		buf: types.NewBatch(t.Contents.Types(), 1),
	}
	if len(t.Uniques) > 0 {
		w.key = t.Uniques[0]
	}
	return w
}

// image is a row's image, and its key if the table has one.
func (w *tableWriter) image(r types.Row) (image, key string) {
	w.buf.Reset()
	w.buf.AppendRow(r, 1)
	image = string(types.AppendRowImage(nil, w.buf, 0))
	if w.key != nil {
		key = string(types.AppendKeys(nil, w.buf, w.key.Cols, 0))
	}
	return image, key
}

func (w *tableWriter) add(r types.Row, weight int64) {
	image, key := w.image(r)
	w.net[image] += weight
	if w.key == nil {
		return
	}
	if weight > 0 {
		w.rows[key] = r
	} else {
		w.rows[key] = nil
	}
}

// find is the row with the key of r, as the table would have it.
func (w *tableWriter) find(r types.Row) (types.Row, bool) {
	_, key := w.image(r)
	if old, ok := w.rows[key]; ok {
		return old, old != nil
	}
	image, ok := w.key.Lookup([]byte(key))
	if !ok {
		return nil, false
	}
	return w.decode(image), true
}

func (w *tableWriter) decode(image []byte) types.Row {
	w.buf.Reset()
	if err := types.DecodeRowImage(image, w.buf, 1); err != nil {
		panic(err) // an image of our own making
	}
	return w.buf.RowDatums(0)
}

// upsert puts a row, in the place of the one with its key.
func (w *tableWriter) upsert(r types.Row) {
	if w.key != nil {
		if old, ok := w.find(r); ok {
			w.add(old, -1)
		}
	}
	w.add(r, 1)
}

// change applies an upstream change. lacking: rows that could not be decoded are not in the
// table, so that one that is changed or deleted may be absent.
func (w *tableWriter) change(c connector.Change, physical func(types.Row) types.Row, lacking bool) error {
	switch c.Op {
	case connector.OpInsert:
		w.upsert(physical(c.New))
		return nil
	case connector.OpTruncate:
		return w.removeAll()
	}
	if w.key == nil {
		return errNoOldRow
	}
	ref := c.Old
	if ref == nil {
		ref = c.New
	}
	old, ok := w.find(ref)
	switch {
	case !ok && c.Op == connector.OpUpdate && len(c.Unchanged) > 0 && lacking:
		return connector.ErrPartOfRow
	case !ok && !lacking:
		return errNoOldRow
	case ok:
		w.add(old, -1)
	}
	if c.Op == connector.OpUpdate {
		for _, i := range c.Unchanged {
			c.New[i] = old[i]
		}
		w.upsert(c.New)
	}
	return nil
}

// removeAll removes every row, the ones added here included.
func (w *tableWriter) removeAll() error {
	for image, n := range w.net {
		if n > 0 {
			delete(w.net, image)
		}
	}
	w.rows = map[string]types.Row{}
	return w.t.Contents.Each(func(image []byte, weight int64) {
		w.net[string(image)] = -weight
		if w.key != nil {
			_, key := w.image(w.decode(image))
			w.rows[key] = nil
		}
	})
}

// replaceAll makes rows the table's only ones.
func (w *tableWriter) replaceAll(_ context.Context, _ *Engine, rows *types.Batch) error {
	if err := w.removeAll(); err != nil {
		return err
	}
	for i := range rows.N {
		w.upsert(rows.RowDatums(i))
	}
	return nil
}

// delta is the net change.
func (w *tableWriter) delta() *types.Batch {
	b := types.NewBatch(w.t.Contents.Types(), len(w.net))
	for image, n := range w.net {
		if n == 0 {
			continue
		}
		if err := types.DecodeRowImage([]byte(image), b, n); err != nil {
			panic(err) // an image of our own making
		}
	}
	return b
}
