package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"streamdb/types/pgerr"
)

const (
	smallMessage = 10_000  // PostgreSQL's limit for messages that carry only names
	queueFrames  = 64      // frames read ahead
	queueBytes   = 1 << 20 // bytes read ahead, not counting the last frame
	keepBuffer   = 16 << 10
)

// frame is one frontend message, or the error that ends the stream.
type frame struct {
	typ  byte
	body []byte
	err  error // io.EOF: the client is gone; a fatal error: framing is lost
}

// frameReader cuts a client's bytes into frames and keeps a bounded number of them ready.
type frameReader struct {
	r     *bufio.Reader
	limit int // largest message, its length word included

	frames  chan frame    // closed after the last one
	queued  atomic.Int64  // bytes of frames not yet released
	drained chan struct{} // a token when queued shrank
	done    chan struct{} // closed by stop
	stopped sync.WaitGroup

	free chan []byte // small buffers to use again
}

func newFrameReader(r *bufio.Reader, limit int) *frameReader {
	return &frameReader{
		r: r, limit: limit,
		frames: make(chan frame, queueFrames), drained: make(chan struct{}, 1), done: make(chan struct{}),
		free: make(chan []byte, 4),
	}
}

// start reads in the background until the client is done, gone or out of step. It calls
// lost at once when the client went away without saying goodbye.
func (r *frameReader) start(lost func()) {
	r.stopped.Go(func() {
		defer close(r.frames)
		for {
			f := r.read()
			if f.err != nil && !isFatal(f.err) {
				lost()
			}
			select {
			case r.frames <- f:
			case <-r.done:
				return
			}
			if f.err != nil || f.typ == 'X' || !r.makeRoom() {
				return
			}
		}
	})
}

// stop ends the reading. The caller must have made a blocked Read return.
func (r *frameReader) stop() {
	close(r.done)
	r.stopped.Wait()
}

// makeRoom waits until few enough bytes are queued.
func (r *frameReader) makeRoom() bool {
	for r.queued.Load() > queueBytes {
		select {
		case <-r.drained:
		case <-r.done:
			return false
		}
	}
	return true
}

// release gives a frame's buffer back when its message has been served.
func (r *frameReader) release(f frame) {
	r.queued.Add(-int64(len(f.body)))
	select {
	case r.drained <- struct{}{}:
	default:
	}
	if cap(f.body) == 0 || cap(f.body) > keepBuffer {
		return
	}
	select {
	case r.free <- f.body:
	default:
	}
}

func (r *frameReader) read() (f frame) {
	defer func() {
		if p := recover(); p != nil {
			f = frame{err: Fatal(pgerr.Internal("reading a message: %v", p))}
		}
	}()
	var head [5]byte
	if _, err := io.ReadFull(r.r, head[:]); err != nil {
		return frame{err: io.EOF}
	}
	n := int64(binary.BigEndian.Uint32(head[1:]))
	if err := checkHead(head[0], n, int64(r.limit)); err != nil {
		return frame{err: err}
	}
	body, err := r.readBody(int(n) - 4)
	if err != nil {
		return frame{err: io.EOF}
	}
	r.queued.Add(int64(len(body)))
	return frame{typ: head[0], body: body}
}

// checkHead judges a message by its type and length word. After an error nobody knows
// where the next message begins.
func checkHead(typ byte, n, limit int64) error {
	switch typ {
	case 'Q', 'F', 'B', 'P', 'd':
	case 'E', 'D', 'C', 'H', 'S', 'X', 'c', 'f':
		limit = min(limit, smallMessage)
	default:
		return fatalf(pgerr.ProtocolViolation, "invalid frontend message type %d", typ)
	}
	if n < 4 {
		return fatalf(pgerr.ProtocolViolation, "invalid message length")
	}
	if n > limit {
		return Fatal(violation("message length %d exceeds the limit of %d bytes", n, limit))
	}
	return nil
}

// readBody reads n bytes, taking memory only as they come, so that a length word alone
// costs nothing.
func (r *frameReader) readBody(n int) ([]byte, error) {
	var b []byte
	if n <= keepBuffer {
		select {
		case b = <-r.free:
		default:
		}
	}
	const step = 64 << 10
	if cap(b) < min(n, step) {
		b = make([]byte, 0, min(n, step))
	}
	b = b[:0]
	for len(b) < n {
		if len(b) == cap(b) {
			grown := make([]byte, len(b), min(n, 2*cap(b)))
			copy(grown, b)
			b = grown
		}
		have := len(b)
		b = b[:min(n, cap(b))]
		if _, err := io.ReadFull(r.r, b[have:]); err != nil {
			return nil, errors.Join(io.ErrUnexpectedEOF, err)
		}
	}
	return b, nil
}
