package wire

import (
	"context"
	"encoding/binary"

	"github.com/jackc/pgproto3/v2"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// results is the ResultWriter of a connection, used again for every statement.
type results struct {
	c      *conn
	ctx    context.Context
	simple bool

	cols    []Column
	binary  []bool
	open    bool // a result has begun and is not yet complete
	done    bool // one of Complete, Suspended and Empty was written
	copyIn  *copyReader
	copyOut bool
}

var _ ResultWriter = (*results)(nil)

// reset prepares w for one call on the session.
func (w *results) reset(ctx context.Context, simple bool) {
	*w = results{c: w.c, ctx: ctx, simple: simple, binary: w.binary[:0]}
}

// ended checks what a call left behind. A result without an end would leave the client
// waiting, so that is an error of the session.
func (w *results) ended(err error) error {
	if w.copyIn != nil {
		w.copyIn.release()
	}
	if err == nil && (w.open || !w.done) {
		err = pgerr.Internal("a statement ended without completing its result")
	}
	w.ctx, w.copyIn = nil, nil
	return err
}

// Columns implements ResultWriter.
func (w *results) Columns(cols []Column) error {
	w.cols, w.open = cols, true
	w.binary = w.binary[:0]
	for _, c := range cols {
		w.binary = append(w.binary, c.Format == 1)
	}
	if !w.simple {
		return nil
	}
	w.c.out.message(rowDescription(cols))
	return w.c.out.err
}

func rowDescription(cols []Column) *pgproto3.RowDescription {
	d := &pgproto3.RowDescription{Fields: make([]pgproto3.FieldDescription, len(cols))}
	for i, c := range cols {
		d.Fields[i] = pgproto3.FieldDescription{
			Name:                 []byte(cText(c.Name)),
			TableOID:             c.TableOID,
			TableAttributeNumber: uint16(c.AttNum),
			DataTypeOID:          uint32(c.Type.OID),
			DataTypeSize:         c.Type.Info().Len,
			TypeModifier:         c.Type.Mod,
			Format:               c.Format,
		}
	}
	return d
}

// Rows implements ResultWriter.
func (w *results) Rows(b *types.Batch, st *types.Style) error {
	if err := w.checkRows(b); err != nil {
		return err
	}
	out := &w.c.out
	for k := range b.Len() {
		i := b.Row(k)
		n := b.Weight(i)
		if n < 1 {
			return pgerr.Internal("a result row has weight %d", n)
		}
		for ; n > 0; n-- {
			start := len(out.buf)
			out.buf = appendDataRow(out.buf, b.Cols, w.binary, i, st)
			if len(out.buf)-start > maxRow {
				out.buf = out.buf[:start]
				return errRowTooLong()
			}
			if len(out.buf) < flushAt {
				continue
			}
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

const maxRow = 1 << 30 // the longest message that clients must take

func errRowTooLong() error {
	return pgerr.New(pgerr.ProgramLimitExceeded, "a result row exceeds the limit of %d bytes", maxRow)
}

func (w *results) checkRows(b *types.Batch) error {
	if w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	if !w.open || len(b.Cols) != len(w.cols) {
		return pgerr.Internal("%d columns of rows for a result of %d", len(b.Cols), len(w.cols))
	}
	if b.Len() == 0 {
		return nil
	}
	for _, c := range w.cols { // with the first row, as PostgreSQL
		if c.Format != 0 && c.Format != 1 {
			return pgerr.New(pgerr.InvalidParameterValue, "unsupported format code: %d", c.Format)
		}
	}
	return nil
}

// appendDataRow appends physical row i as a DataRow. This is the path of every result
// row, so it encodes straight from the columns into the output buffer.
func appendDataRow(dst []byte, cols []*types.Vec, binaryFmt []bool, i int, st *types.Style) []byte {
	start := len(dst)
	dst = append(dst, 'D', 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(cols)))
	for k, v := range cols {
		if v.IsNull(i) {
			dst = append(dst, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		at := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		if binaryFmt[k] {
			dst = types.AppendBinary(dst, v, i)
		} else {
			dst = types.AppendText(dst, v, i, st)
		}
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	binary.BigEndian.PutUint32(dst[start+1:], uint32(len(dst)-start-1))
	return dst
}

// Complete implements ResultWriter.
func (w *results) Complete(tag string) error {
	if w.copyIn != nil {
		err := w.copyIn.finish()
		w.copyIn = nil
		if err != nil {
			return err
		}
	}
	if w.copyOut {
		w.copyOut = false
		w.c.out.message(&pgproto3.CopyDone{})
	}
	w.open, w.done = false, true
	w.c.out.message(&pgproto3.CommandComplete{CommandTag: []byte(cText(tag))})
	return w.soft()
}

// Suspended implements ResultWriter.
func (w *results) Suspended() error {
	w.open, w.done = false, true
	w.c.out.message(&pgproto3.PortalSuspended{})
	return w.c.out.flush()
}

// Empty implements ResultWriter.
func (w *results) Empty() error {
	w.done = true
	w.c.out.message(&pgproto3.EmptyQueryResponse{})
	return w.soft()
}

// Notice implements ResultWriter.
func (w *results) Notice(n Notice) error {
	w.c.out.buf = appendNotice(w.c.out.buf, n)
	return w.soft()
}

// soft sends the buffer if it is worth it. It is no point of cancellation: the statement
// that just completed has taken effect.
func (w *results) soft() error {
	if len(w.c.out.buf) < flushAt {
		return w.c.out.err
	}
	return w.c.out.flush()
}

// Flush implements ResultWriter.
func (w *results) Flush() error {
	err := w.c.out.flush()
	if w.c.out.gone {
		return errLost()
	}
	if err != nil {
		return err
	}
	if w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	return nil
}
