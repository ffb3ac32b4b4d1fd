package sequence

import (
	"context"
	"io"
	"time"

	"streamdb/connector"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Events makes rows from event numbers.
type Events interface {
	// Fill puts the rows of the events from … upto−1, at most maxRows of them, into the
	// empty batch b, and returns the first event it did not get to. An event may have no row.
	Fill(b *types.Batch, from, upto uint64, maxRows int) uint64
}

// Unbounded is the event count of a sequence without end.
const Unbounded = ^uint64(0)

// maxEvents bounds the events one call of Next looks at where few of them have rows.
const maxEvents = 1 << 18

// Reader is the [connector.Reader] over a sequence of events.
type Reader struct {
	events Events
	next   uint64
	count  uint64
	pace   *Pace
	types  []types.Type
	own    connector.OwnBatch
	gave   time.Time // when the last batch was
}

var _ connector.Reader = (*Reader)(nil)

// Open starts a reader at from over events 0 … count−1.
func Open(events Events, schema types.Schema, from connector.Offset, count uint64, pace *Pace) (*Reader, error) {
	n, ok := from.Number()
	if !ok {
		return nil, pgerr.New(pgerr.DataCorrupted, "source offset %x is not an event number", []byte(from))
	}
	pace.opened(n)
	return &Reader{events: events, next: n, count: count, pace: pace, types: schema.Types()}, nil
}

// Next returns the rows of the events that are due.
func (r *Reader) Next(ctx context.Context, limit connector.Limit) (connector.Chunk, error) {
	upto := r.count
	if limit.Until != nil {
		u, ok := limit.Until.Number()
		if !ok {
			return connector.Chunk{}, pgerr.New(pgerr.DataCorrupted, "source offset %x is not an event number", []byte(limit.Until))
		}
		if r.next >= u {
			return connector.Chunk{After: connector.OffsetAt(r.next)}, nil
		}
		upto = min(upto, u)
	}
	if err := context.Cause(ctx); err != nil {
		return connector.Chunk{}, err
	}
	if r.next >= upto {
		return connector.Chunk{}, io.EOF
	}
	due, err := r.pace.wait(ctx, r.next, uint64(limit.Rows()), r.gave)
	if err != nil {
		return connector.Chunk{}, err
	}
	r.gave = time.Now()
	upto = min(upto, due, r.next+maxEvents)
	b := r.own.For(limit, r.types)
	r.next = r.events.Fill(b, r.next, upto, limit.Rows())
	return connector.Chunk{Batch: b, After: connector.OffsetAt(r.next)}, nil
}

// Close does nothing: a reader holds only memory.
func (r *Reader) Close() error { return nil }
