package postgres

import (
	"context"
	"errors"
	"io"
	"sync"
)

const feedSize = 64 << 10

// feed is a pipe whose reader can stop waiting without breaking it.
type feed struct {
	ctx   context.Context // of the reader's current call
	in    chan []byte
	quit  chan struct{} // the reader is gone
	once  sync.Once
	rest  []byte
	err   error // why the writer ended; read it only after in is closed
	broke error // err, once the reader met it
}

var errFeedStopped = errors.New("reader is gone")

func newFeed() *feed {
	return &feed{in: make(chan []byte, 2), quit: make(chan struct{}), ctx: context.Background()}
}

// Write hands a copy of b to the reader.
func (f *feed) Write(b []byte) (int, error) {
	select {
	case f.in <- append([]byte(nil), b...):
		return len(b), nil
	case <-f.quit:
		return 0, errFeedStopped
	}
}

// end is the writer's last word: nil for a good end.
func (f *feed) end(err error) {
	f.err = err
	close(f.in)
}

// stop is the reader's last word.
func (f *feed) stop() { f.once.Do(func() { close(f.quit) }) }

// Read returns what was written. When ctx is done it fails, and can be called again.
func (f *feed) Read(b []byte) (int, error) {
	if len(f.rest) == 0 {
		select {
		case <-f.ctx.Done():
			return 0, context.Cause(f.ctx)
		case piece, ok := <-f.in:
			if !ok {
				f.broke = f.err
				if f.err == nil {
					return 0, io.EOF
				}
				return 0, f.err
			}
			f.rest = piece
		}
	}
	n := copy(b, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// failed reports whether err, which the reader's caller met, comes from the pipe and not
// from the data in it.
func (f *feed) failed(err error) bool {
	return err != nil && (f.broke != nil || f.ctx.Err() != nil && errors.Is(err, context.Cause(f.ctx)))
}
