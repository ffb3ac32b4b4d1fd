package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/jackc/pgproto3/v2"

	"streamdb/types/pgerr"
)

// copyReader is what a client sends during COPY FROM STDIN, as a stream.
type copyReader struct {
	c   *conn
	ctx context.Context
	f   frame  // the CopyData message being read
	b   []byte // what is left of it
	err error  // io.EOF after CopyDone
}

// Read implements io.Reader.
func (r *copyReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.b) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.next()
	}
	n := copy(p, r.b)
	r.b = r.b[n:]
	if len(r.b) == 0 {
		r.release()
	}
	return n, nil
}

// release gives the current frame back.
func (r *copyReader) release() {
	if r.f.typ != 0 {
		r.c.in.release(r.f)
	}
	r.f, r.b = frame{}, nil
}

// next waits for a message and sets b or err.
func (r *copyReader) next() {
	r.release()
	if r.ctx.Err() != nil { // before the frames, which may all be there
		r.err = context.Cause(r.ctx)
		return
	}
	f := frame{err: io.EOF}
	select {
	case next, ok := <-r.c.in.frames:
		if ok {
			f = next
		}
	case <-r.ctx.Done():
		r.err = context.Cause(r.ctx)
		return
	}
	if f.err != nil {
		r.err = f.err
		if errors.Is(f.err, io.EOF) {
			r.err = errLost()
		}
		return
	}
	r.f = f
	switch f.typ {
	case 'd':
		r.b = f.body
	case 'c':
		r.err = io.EOF
	case 'f':
		r.err = copyFailed(f.body)
	case 'H', 'S': // the rest of the sequence that started the COPY
	case 'X':
		r.err = errQuitCopy()
	default:
		r.c.desync = true
		r.err = violation("unexpected message type 0x%02X during COPY from stdin", f.typ)
	}
}

func errQuitCopy() error {
	return fatalf("08006", "unexpected EOF on client connection with an open transaction")
}

func copyFailed(body []byte) error {
	msg, err := decodeCopyFail(body)
	if err != nil {
		return err
	}
	return pgerr.New(pgerr.QueryCanceled, "COPY from stdin failed: %s", msg)
}

// finish discards what the session did not read, up to the client's CopyDone.
func (r *copyReader) finish() error {
	for r.err == nil {
		r.next()
	}
	r.release()
	if errors.Is(r.err, io.EOF) {
		return nil
	}
	return r.err
}

// CopyIn implements ResultWriter.
func (w *results) CopyIn(format int16, ncols int) (io.Reader, error) {
	m := &pgproto3.CopyInResponse{OverallFormat: byte(format), ColumnFormatCodes: copyFormats(format, ncols)}
	w.c.out.message(m)
	w.copyIn = &copyReader{c: w.c, ctx: w.ctx}
	return w.copyIn, w.Flush()
}

func copyFormats(format int16, ncols int) []uint16 {
	codes := make([]uint16, ncols)
	for i := range codes {
		codes[i] = uint16(format)
	}
	return codes
}

// CopyOut implements ResultWriter.
func (w *results) CopyOut(format int16, ncols int) (io.Writer, error) {
	m := &pgproto3.CopyOutResponse{OverallFormat: byte(format), ColumnFormatCodes: copyFormats(format, ncols)}
	w.c.out.message(m)
	w.copyOut = true
	return copyWriter{w}, nil
}

// copyWriter makes each Write one CopyData message.
type copyWriter struct{ w *results }

// Write implements io.Writer.
func (cw copyWriter) Write(p []byte) (int, error) {
	if len(p) > maxRow {
		return 0, errRowTooLong()
	}
	out := &cw.w.c.out
	out.buf = append(out.buf, 'd')
	out.buf = binary.BigEndian.AppendUint32(out.buf, uint32(len(p)+4))
	out.buf = append(out.buf, p...)
	if len(out.buf) < flushAt {
		return len(p), nil
	}
	if err := cw.w.Flush(); err != nil {
		return 0, err
	}
	return len(p), nil
}
