package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"streamdb/types/pgerr"
)

const (
	statusInterval = 5 * time.Second // far below upstream's wal_sender_timeout
	// statusPause keeps an upstream that is shutting down, and asks again after every
	// answer, from asking as fast as we answer.
	statusPause  = 100 * time.Millisecond
	pollInterval = 200 * time.Millisecond
	queueLength  = 1024
)

// queued is one message of the stream, or, with nil data, the news that the log is known
// up to end and holds nothing for us before that.
type queued struct {
	data   []byte
	end    lsn
	urgent bool // upstream waits to hear that end is durable here, as it does to shut down
}

// stream is a running START_REPLICATION. A goroutine reads ahead into a bounded queue and,
// the reader asking or not, keeps telling upstream that we live and what it may forget.
type stream struct {
	src     *source
	conn    *conn
	queue   chan queued
	ended   chan struct{} // the pump is done; err is set
	err     error
	cancel  context.CancelFunc
	broken  chan error    // what watch found, for the pump
	watched chan struct{} // watch is done
	owed    bool          // upstream asked for a status
	told    time.Time     // when it last got one
}

// startStream begins to read the slot behind at.
func (s *source) startStream(ctx context.Context, at lsn) (*stream, error) {
	if err := s.checkNow(ctx, at); err != nil {
		return nil, err
	}
	c, err := s.link.connect(ctx, true)
	if err != nil {
		return nil, err
	}
	sql := "START_REPLICATION SLOT " + ident(s.link.slot) + " LOGICAL " + at.String() +
		" (proto_version '1', publication_names " + literal(ident(s.link.publication)) + ")"
	if err := c.startCopyBoth(ctx, sql); err != nil {
		c.close()
		return nil, err
	}
	run, cancel := context.WithCancel(context.Background())
	t := &stream{src: s, conn: c, queue: make(chan queued, queueLength), ended: make(chan struct{}), cancel: cancel,
		broken: make(chan error, 1), watched: make(chan struct{})}
	go t.pump(run)
	go t.watch(run)
	return t, nil
}

// checkNow checks slot, table and publication over a connection of its own.
func (s *source) checkNow(ctx context.Context, at lsn) error {
	c, err := s.link.connect(ctx, false)
	if err != nil {
		return err
	}
	defer c.close()
	if err := s.checkSlot(ctx, c, at); err != nil {
		return err
	}
	return s.checkTable(ctx, c)
}

// checkTable checks that the table is what it was, and that its changes come.
func (s *source) checkTable(ctx context.Context, c *conn) error {
	if err := s.check(ctx, c); err != nil {
		return err
	}
	return c.checkStillPublished(ctx, s.link)
}

// watch looks at the table from time to time: that it was dropped, or taken out of the
// publication, does not come with the changes. What upstream has no answer to now is left
// for the next time.
func (t *stream) watch(ctx context.Context) {
	defer close(t.watched)
	tick := time.NewTicker(t.src.watch)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		c, err := t.src.link.connect(ctx, false)
		if err != nil {
			continue
		}
		err = t.src.checkTable(ctx, c)
		c.close()
		if _, lost := errors.AsType[*lostError](err); err != nil && !lost && ctx.Err() == nil {
			t.broken <- err
			return
		}
	}
}

// checkSlot makes sure that the slot still has everything behind at: upstream would skip
// what it may have forgotten without a word.
func (s *source) checkSlot(ctx context.Context, c *conn, at lsn) error {
	const hint = "Drop the table here and create it anew."
	rows, err := c.query(ctx, "SELECT confirmed_flush_lsn, coalesce(wal_status, '') FROM pg_catalog.pg_replication_slots WHERE slot_name = "+literal(s.link.slot))
	if err != nil {
		return err
	}
	if len(rows) == 0 || rows[0][1] == "lost" {
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "replication slot \"%s\" is gone upstream", s.link.slot).
			WithDetail("Changes behind %v are lost.", at).WithHint(hint)
	}
	confirmed, err := parseLSN(rows[0][0])
	if err != nil {
		return err
	}
	if confirmed > at {
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "replication slot \"%s\" has moved beyond the place to resume from", s.link.slot).
			WithDetail("The slot is at %v, this side at %v: changes between are lost.", confirmed, at).WithHint(hint)
	}
	s.releaseTo(confirmed)
	return nil
}

// startCopyBoth sends a command and waits until upstream streams.
func (c *conn) startCopyBoth(ctx context.Context, sql string) error {
	c.pg.Frontend().SendQuery(&pgproto3.Query{String: sql})
	if err := c.pg.Frontend().Flush(); err != nil {
		return upstream("could not start replication", err)
	}
	for {
		m, err := c.pg.ReceiveMessage(ctx)
		if err != nil {
			return upstream("could not start replication", err)
		}
		switch m := m.(type) {
		case *pgproto3.ErrorResponse:
			return upstream("could not start replication", pgconn.ErrorResponseToPgError(m))
		case *pgproto3.CopyBothResponse:
			return nil
		}
	}
}

// pump reads until the connection or the stream ends.
func (t *stream) pump(ctx context.Context) {
	defer close(t.ended)
	status := time.NewTicker(statusInterval)
	defer status.Stop()
	for t.err == nil && ctx.Err() == nil {
		select {
		case <-status.C:
			t.err = t.sendStatus()
			continue
		case <-t.src.nudge:
			t.err = t.sendStatus()
			continue
		case t.err = <-t.broken:
			continue
		default:
		}
		if t.owed && time.Since(t.told) > statusPause {
			t.err = t.sendStatus()
			continue
		}
		wait, cancel := context.WithTimeout(ctx, pollInterval)
		m, err := t.conn.pg.ReceiveMessage(wait)
		cancel()
		switch {
		case err == nil:
			t.err = t.handle(ctx, m, status.C)
		case !pgconn.Timeout(err):
			t.err = upstream("connection lost", err)
		}
	}
}

// handle takes one protocol message.
func (t *stream) handle(ctx context.Context, m pgproto3.BackendMessage, status <-chan time.Time) error {
	switch m := m.(type) {
	case *pgproto3.ErrorResponse:
		return upstream("replication failed", pgconn.ErrorResponseToPgError(m))
	case *pgproto3.CopyDone:
		return &lostError{pgerr.New(cannotConnect, "upstream PostgreSQL ended the replication")}
	case *pgproto3.CopyData:
		return t.copyData(ctx, m.Data, status)
	}
	return nil
}

// copyData takes a keepalive or a piece of the log.
func (t *stream) copyData(ctx context.Context, data []byte, status <-chan time.Time) error {
	switch {
	case len(data) >= 18 && data[0] == 'k':
		end := lsn(binary.BigEndian.Uint64(data[1:]))
		raise(&t.src.seen, end)
		select {
		case t.queue <- queued{end: end, urgent: data[17] != 0}:
		default: // the reader has enough to do; the next one will tell
		}
		t.owed = t.owed || data[17] != 0
		return nil
	case len(data) >= 25 && data[0] == 'w':
		raise(&t.src.seen, lsn(binary.BigEndian.Uint64(data[9:])))
		m := queued{data: append([]byte(nil), data[25:]...)}
		for {
			select {
			case t.queue <- m:
				return nil
			case <-status:
			case <-t.src.nudge:
			case <-ctx.Done():
				return nil
			}
			if err := t.sendStatus(); err != nil {
				return err
			}
		}
	}
	return pgerr.New(pgerr.ProtocolViolation, "upstream sent an unknown replication message")
}

// postgresEpoch is 2000-01-01 in Unix seconds.
const postgresEpoch = 946684800

// sendStatus tells upstream what it may forget.
func (t *stream) sendStatus() error {
	released := t.src.released.Load()
	data := make([]byte, 0, 34)
	data = append(data, 'r')
	data = binary.BigEndian.AppendUint64(data, max(t.src.seen.Load(), released)) // received
	data = binary.BigEndian.AppendUint64(data, released)                         // durable here
	data = binary.BigEndian.AppendUint64(data, released)                         // applied
	data = binary.BigEndian.AppendUint64(data, uint64(time.Now().UnixMicro()-postgresEpoch*1_000_000))
	data = append(data, 0)
	encoded, err := (&pgproto3.CopyData{Data: data}).Encode(nil)
	if err == nil {
		err = t.conn.pg.Frontend().SendUnbufferedEncodedCopyData(encoded)
	}
	if err != nil {
		return upstream("connection lost", err)
	}
	t.owed, t.told = false, time.Now()
	return nil
}

// close ends the pump and the connection.
func (t *stream) close() {
	t.cancel()
	<-t.watched
	<-t.ended
	if t.err == nil {
		t.sendStatus() //nolint:errcheck // a courtesy
	}
	t.conn.close()
}
