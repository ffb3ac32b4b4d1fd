package postgres

import (
	"slices"

	"streamdb/connector"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// change turns an insert, update or delete into rows of our columns. A new row that cannot
// be read is a bad row, and the row that it would have replaced goes.
func (r *reader) change(m changeMessage) error {
	for _, cells := range [][]cell{m.old, m.new} {
		if cells != nil && len(cells) != len(r.relation.columns) {
			return pgerr.New(pgerr.ProtocolViolation, "upstream sent %d values for %d columns", len(cells), len(r.relation.columns))
		}
	}
	switch m.kind {
	case 'I':
		r.update(connector.Change{Op: connector.OpInsert}, m.new)
		return nil
	case 'D':
		if c, ok := r.old(m.old, m.oldKind); ok {
			c.Op = connector.OpDelete
			r.changes = append(r.changes, c)
		}
		return nil
	}
	c := connector.Change{Op: connector.OpUpdate}
	if m.old != nil {
		var ok bool
		if c, ok = r.old(m.old, m.oldKind); ok {
			c.Op = connector.OpUpdate
		}
	}
	if m.oldKind == 'O' {
		fillUnchanged(m.new, m.old)
	}
	r.update(c, m.new)
	return nil
}

// old reads the row before the change, or only its key: a row that could not be read is not
// here, and what it was matters no more. If not even the key can be read, ok is false, and
// an update is an insertion.
func (r *reader) old(cells []cell, kind byte) (c connector.Change, ok bool) {
	if kind == 'O' {
		if row, _, err := r.row(cells); err == nil {
			return connector.Change{Old: row}, true
		}
	}
	row := make(types.Row, len(r.pick))
	for _, i := range r.src.key {
		var err error
		if row[i], err = r.value(i, cells[r.pick[i]]); err != nil {
			return c, false
		}
	}
	return connector.Change{Old: row, OldKeyOnly: true}, true
}

// update adds the new row to an insertion or update.
func (r *reader) update(c connector.Change, cells []cell) {
	var err error
	if c.New, c.Unchanged, err = r.row(cells); err == nil {
		err = r.complete(&c)
	}
	if err == nil {
		r.changes = append(r.changes, c)
		return
	}
	r.badRow(cells, err)
	gone, ok := connector.Change{Old: c.Old, OldKeyOnly: c.OldKeyOnly}, true
	if c.Old == nil { // the key is the same
		gone, ok = r.old(cells, 'K')
	}
	if gone.Op = connector.OpDelete; ok && c.Op == connector.OpUpdate {
		r.changes = append(r.changes, gone)
	}
}

// row reads the cells of our columns.
func (r *reader) row(cells []cell) (row types.Row, unchanged []int, err error) {
	row = make(types.Row, len(r.pick))
	for i, k := range r.pick {
		if cells[k].kind == 'u' {
			unchanged = append(unchanged, i)
		}
		if row[i], err = r.value(i, cells[k]); err != nil {
			return nil, nil, err
		}
	}
	return row, unchanged, nil
}

// value reads a cell of our column i.
func (r *reader) value(i int, c cell) (types.Datum, error) {
	if c.kind != 't' {
		return types.Null(), nil
	}
	d, err := types.ParseText(r.src.schema[i].Type, string(c.text), r.style)
	if err != nil {
		e := *pgerr.From(err)
		e.Column = r.src.schema[i].Name
		return d, &e
	}
	return d, nil
}

// complete reports a NULL where none may be, and a part of a row of which the rest is not
// here.
func (r *reader) complete(c *connector.Change) error {
	if c.Op == connector.OpInsert && len(c.Unchanged) > 0 {
		return connector.ErrPartOfRow
	}
	for i, col := range r.src.schema {
		if col.NotNull && c.New[i].IsNull() && !slices.Contains(c.Unchanged, i) {
			return pgerr.New(pgerr.NotNullViolation, "null value in column \"%s\" violates not-null constraint", col.Name)
		}
	}
	return nil
}

// fillUnchanged takes the values that were not sent with the new row from the whole old one.
func fillUnchanged(now, old []cell) {
	for i := range now {
		if now[i].kind == 'u' {
			now[i] = old[i]
		}
	}
}

func (r *reader) badRow(cells []cell, err error) {
	var payload []byte
	for i, c := range cells {
		if i > 0 {
			payload = append(payload, '\t')
		}
		switch c.kind {
		case 'n':
			payload = append(payload, `\N`...)
		case 't':
			payload = append(payload, c.text...)
		}
	}
	r.bad = append(r.bad, connector.BadRow{Payload: payload, Offset: "transaction at " + r.final.String(), Err: pgerr.From(err)})
}
