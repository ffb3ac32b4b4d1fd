package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"streamdb/connector"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// reader reads the snapshot, if need be, and then the stream; it connects again by itself.
type reader struct {
	src       *source
	style     *types.Style
	streaming bool
	after     lsn // behind the last commit delivered or gathered
	failed    error
	pause     time.Duration // before the next attempt

	snap   *snapshot
	stream *stream

	relation *relationMessage // of our table, nil until upstream has sent it
	pick     []int            // our columns in it

	// What was gathered for the next chunk. mark and badMark are how much of it belongs to
	// whole transactions.
	changes       []connector.Change
	bad           []connector.BadRow
	mark, badMark int

	inTxn bool
	final lsn // where the transaction will commit
	count int // its changes so far
	// delivered is the number of changes that chunks returned already hold of the
	// transaction that commits at partial.
	partial   lsn
	delivered int
}

var _ connector.Reader = (*reader)(nil)

// Next returns what comes next. While upstream cannot be reached it waits and tries again.
func (r *reader) Next(ctx context.Context, limit connector.Limit) (connector.Chunk, error) {
	if r.failed != nil {
		return connector.Chunk{}, r.failed
	}
	for {
		if err := context.Cause(ctx); err != nil {
			return connector.Chunk{}, err
		}
		if r.streaming && !r.inTxn && streamOffset(r.after).Reached(limit.Until) && len(r.changes)+len(r.bad) == 0 {
			return connector.Chunk{After: streamOffset(r.after)}, nil
		}
		c, err := r.step(ctx, limit)
		if err == nil {
			r.pause = 0
			return c, nil
		}
		if ctx.Err() != nil {
			return connector.Chunk{}, context.Cause(ctx)
		}
		if _, lost := errors.AsType[*lostError](err); !lost {
			r.failed = err
			r.hangUp()
			r.src.note(func(s *connector.Stats) { s.State, s.LastError = "stopped", err.Error() })
			return connector.Chunk{}, err
		}
		if err := r.lost(ctx, err); err != nil {
			return connector.Chunk{}, err
		}
	}
}

// lost cleans up after a broken connection and waits before the next attempt.
func (r *reader) lost(ctx context.Context, err error) error {
	r.hangUp()
	r.src.env.Logger().Warn("upstream connection lost", "table", r.src.link.name(), "error", err.Error())
	r.src.note(func(s *connector.Stats) {
		s.State, s.LastError = "reconnecting", err.Error()
		s.Reconnects++
	})
	r.pause = min(max(2*r.pause, r.src.backoff), mostBackoff)
	return pause(ctx, r.pause)
}

// hangUp closes the connections and forgets the transaction that was not whole.
func (r *reader) hangUp() {
	if r.snap != nil {
		r.snap.close()
		r.snap = nil
	}
	if r.stream != nil {
		r.stream.close()
		r.stream = nil
	}
	r.changes, r.bad = r.changes[:r.mark], r.bad[:r.badMark]
	r.inTxn, r.relation = false, nil
}

// Close ends reading and frees the slot for the next reader.
func (r *reader) Close() error {
	r.hangUp()
	if r.src.open.CompareAndSwap(true, false) && r.failed == nil {
		r.src.note(func(s *connector.Stats) { s.State = "idle" })
	}
	r.failed = pgerr.Internal("reader is closed")
	return nil
}

// step connects if need be and makes one chunk.
func (r *reader) step(ctx context.Context, limit connector.Limit) (c connector.Chunk, err error) {
	if !r.streaming {
		return r.stepSnapshot(ctx, limit)
	}
	if r.stream == nil {
		if r.stream, err = r.src.startStream(ctx, r.after); err != nil {
			return c, err
		}
		r.src.note(func(s *connector.Stats) { s.State = "streaming" })
	}
	return r.gather(ctx, limit)
}

func (r *reader) stepSnapshot(ctx context.Context, limit connector.Limit) (c connector.Chunk, err error) {
	defer func() {
		if ctx.Err() == nil {
			r.src.begin(err)
		}
	}()
	if r.snap == nil {
		if r.snap, err = r.src.startSnapshot(ctx); err != nil {
			return c, err
		}
		r.src.note(func(s *connector.Stats) { s.State, s.SnapshotRow = "snapshot", 0 })
	}
	c, done, err := r.snap.next(ctx, limit.Rows())
	if err != nil {
		return c, err
	}
	r.src.note(func(s *connector.Stats) { s.SnapshotRow = int64(r.snap.count) })
	if done {
		r.streaming, r.after = true, r.snap.at
		r.snap.close()
		r.snap = nil
	}
	return c, nil
}

// gather takes messages until a chunk is full, or whole transactions are there and nothing
// more is waiting.
func (r *reader) gather(ctx context.Context, limit connector.Limit) (connector.Chunk, error) {
	for {
		n := len(r.changes) + len(r.bad)
		if n >= limit.Rows() || !r.inTxn && n > 0 && streamOffset(r.after).Reached(limit.Until) {
			return r.chunk(), nil
		}
		var m queued
		select {
		case m = <-r.stream.queue:
		default:
			if n > 0 && !r.inTxn {
				return r.chunk(), nil
			}
			var err error
			if m, err = r.receive(ctx); err != nil {
				return connector.Chunk{}, err
			}
		}
		before := r.after
		if err := r.take(m); err != nil {
			return connector.Chunk{}, err
		}
		moved := r.after != before
		if moved && (m.data == nil || streamOffset(r.after).Reached(limit.Until)) || r.after >= before+r.src.advance && !r.inTxn {
			return r.chunk(), nil
		}
	}
}

// receive waits for a message.
func (r *reader) receive(ctx context.Context) (queued, error) {
	select {
	case m := <-r.stream.queue:
		return m, nil
	case <-ctx.Done():
		return queued{}, context.Cause(ctx)
	case <-r.stream.ended:
		select {
		case m := <-r.stream.queue: // what came before the end
			return m, nil
		default:
			return queued{}, r.stream.err
		}
	}
}

// chunk hands out what was gathered.
func (r *reader) chunk() connector.Chunk {
	c := connector.Chunk{Changes: r.changes, Bad: r.bad, After: streamOffset(r.after), InTxn: r.inTxn}
	if r.inTxn {
		r.partial, r.delivered = r.final, r.count
	}
	r.changes, r.bad, r.mark, r.badMark = nil, nil, 0, 0
	return c
}

// take works one message in.
func (r *reader) take(m queued) error {
	if m.data == nil {
		if !r.inTxn && m.end > r.after && (m.urgent || m.end >= r.after+r.src.advance) {
			r.after = m.end
		}
		return nil
	}
	message, err := decode(m.data)
	if err != nil {
		return err
	}
	switch m := message.(type) {
	case beginMessage:
		r.inTxn, r.final, r.count = true, m.final, 0
	case commitMessage:
		r.commit(m.end)
	case relationMessage:
		return r.setRelation(&m)
	case truncateMessage:
		if r.relation != nil && slices.Contains(m.relations, r.relation.id) && r.fresh() {
			r.changes = append(r.changes, connector.Change{Op: connector.OpTruncate})
		}
	case changeMessage:
		if r.relation != nil && m.relation == r.relation.id && r.fresh() {
			return r.change(m)
		}
	}
	return nil
}

// fresh counts a change of the transaction, and reports whether it was not delivered before
// the connection broke.
func (r *reader) fresh() bool {
	r.count++
	return r.final != r.partial || r.count > r.delivered
}

// commit ends a transaction; one that ends at or before where we stand was here already.
func (r *reader) commit(end lsn) {
	r.inTxn = false
	if end <= r.after {
		r.changes, r.bad = r.changes[:r.mark], r.bad[:r.badMark]
		return
	}
	r.after, r.mark, r.badMark = end, len(r.changes), len(r.bad)
	r.partial, r.delivered = 0, 0
}

// setRelation takes upstream's description of the table. If it is not as it was when we began
// to read, the table was altered.
func (r *reader) setRelation(m *relationMessage) error {
	if !r.src.isOurs(m) {
		return nil // another table of the publication
	}
	if what := r.src.differs(m); what != "" {
		return r.altered(what)
	}
	if r.relation != nil && r.relation.identity != m.identity {
		return r.altered(identityChanged)
	}
	r.pick = r.pick[:0]
	for _, want := range r.src.schema {
		r.pick = append(r.pick, slices.IndexFunc(m.columns, func(c relationColumn) bool { return c.name == want.Name }))
	}
	r.relation = m
	return nil
}

func (r *reader) altered(what string) error {
	return r.src.altered(what).WithDetail("Changes up to %v were taken.", r.after)
}
