package postgres

import (
	"streamdb/connector"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// change turns an insert, update or delete into rows of our columns. One that cannot be
// read is a bad row.
func (r *reader) change(m changeMessage) error {
	c := connector.Change{OldKeyOnly: m.oldKind == 'K'}
	var err error
	switch m.kind {
	case 'I':
		c.Op = connector.OpInsert
	case 'U':
		c.Op = connector.OpUpdate
	case 'D':
		c.Op = connector.OpDelete
	}
	if m.old != nil {
		if c.Old, _, err = r.row(m.old); err != nil {
			return r.badRow(m.old, err)
		}
	}
	if m.new != nil {
		if c.New, c.Unchanged, err = r.row(m.new); err != nil {
			return r.badRow(m.new, err)
		}
	}
	r.fillUnchanged(&c)
	r.changes = append(r.changes, c)
	return nil
}

// row reads the cells of our columns.
func (r *reader) row(cells []cell) (row types.Row, unchanged []int, err error) {
	if len(cells) != len(r.relation.columns) {
		return nil, nil, pgerr.New(pgerr.ProtocolViolation, "upstream sent %d values for %d columns", len(cells), len(r.relation.columns))
	}
	row = make(types.Row, len(r.pick))
	for i, k := range r.pick {
		switch c := cells[k]; c.kind {
		case 'u':
			unchanged = append(unchanged, i)
		case 't':
			if row[i], err = types.ParseText(r.src.schema[i].Type, string(c.text), r.style); err != nil {
				e := *pgerr.From(err)
				e.Column = r.src.schema[i].Name
				return nil, nil, &e
			}
		}
	}
	return row, unchanged, nil
}

// fillUnchanged takes unsent values from the whole old row, where upstream sends it.
func (r *reader) fillUnchanged(c *connector.Change) {
	if c.Old == nil || c.OldKeyOnly {
		return
	}
	for _, i := range c.Unchanged {
		c.New[i] = c.Old[i]
	}
	c.Unchanged = nil
}

func (r *reader) badRow(cells []cell, err error) error {
	if pgerr.Is(err, pgerr.ProtocolViolation) {
		return err
	}
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
	return nil
}
