package postgres

import (
	"bufio"
	"context"
	"errors"
	"io"

	"streamdb/connector"
	"streamdb/connector/format"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// snapshot is a COPY of the table as it was where a new slot begins.
type snapshot struct {
	at    lsn
	conn  *conn // in the transaction with the exported snapshot
	feed  *feed
	copy  *format.CopyReader
	rows  *format.Rows
	count uint64
	// What was read for the next chunk; it stays when a call of next is cancelled.
	batch     *types.Batch
	bad       []connector.BadRow
	delivered bool // the last chunk was returned
	started   bool // so was the first

	cancel context.CancelFunc // of the COPY
	ended  chan struct{}
}

// startSnapshot makes the slot anew and begins to copy.
func (s *source) startSnapshot(ctx context.Context) (*snapshot, error) {
	replication, err := s.link.connect(ctx, true)
	if err != nil {
		return nil, err
	}
	defer replication.close()
	c, err := s.link.connect(ctx, false)
	if err != nil {
		return nil, err
	}
	snap, err := s.exportSnapshot(ctx, replication, c)
	if err != nil {
		c.close()
		return nil, err
	}
	return snap, nil
}

// exportSnapshot makes publication and slot and lets c see the table as of the slot.
func (s *source) exportSnapshot(ctx context.Context, replication, c *conn) (*snapshot, error) {
	if err := c.publish(ctx, s.link); err != nil {
		return nil, err
	}
	// CREATE made sure that the name was free, so what stands there now is left over from
	// an earlier snapshot of ours.
	if err := c.dropSlot(ctx, s.link.slot); err != nil {
		return nil, err
	}
	rows, err := replication.query(ctx, "CREATE_REPLICATION_SLOT "+ident(s.link.slot)+" LOGICAL pgoutput EXPORT_SNAPSHOT")
	if err != nil {
		return nil, err
	}
	if len(rows) != 1 || len(rows[0]) < 3 {
		return nil, pgerr.New(pgerr.ProtocolViolation, "upstream did not describe the replication slot it made")
	}
	at, err := parseLSN(rows[0][1])
	if err != nil {
		return nil, err
	}
	if _, err := c.query(ctx, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"); err != nil {
		return nil, err
	}
	if _, err := c.query(ctx, "SET TRANSACTION SNAPSHOT "+literal(rows[0][2])); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.known = nil // what the snapshot shows is the beginning
	s.mu.Unlock()
	if err := s.check(ctx, c); err != nil {
		return nil, err
	}
	return s.copyFrom(c, at), nil
}

// copyFrom starts the COPY, which runs as far ahead as the feed and the socket hold.
func (s *source) copyFrom(c *conn, at lsn) *snapshot {
	names := make([]string, len(s.schema))
	for i, col := range s.schema {
		names[i] = col.Name
	}
	f := newFeed()
	run, cancel := context.WithCancel(context.Background())
	snap := &snapshot{
		at: at, conn: c, feed: f, cancel: cancel, ended: make(chan struct{}),
		copy:  format.NewCopyReader(f, format.DefaultCopy(format.CopyText), names),
		rows:  format.NewRows(s.schema, types.DefaultStyle()),
		batch: types.NewBatch(s.schema.Types(), types.MaxBatch),
	}
	sql := "COPY (SELECT " + columnList(s.schema) + " FROM ONLY " + s.link.sql() + ") TO STDOUT"
	go func() {
		defer close(snap.ended)
		w := bufio.NewWriterSize(f, feedSize)
		_, err := c.pg.CopyTo(run, w, sql)
		if err == nil {
			err = w.Flush()
		}
		if err != nil {
			err = upstream("could not copy the table", err)
		}
		f.end(err)
	}()
	return snap
}

// next returns rows; done with the last of them.
func (p *snapshot) next(ctx context.Context, most int) (c connector.Chunk, done bool, err error) {
	p.feed.ctx = ctx
	if p.delivered {
		p.batch.Reset()
		p.bad, p.delivered = nil, false
	}
	for !done && p.batch.N+len(p.bad) < most {
		fields, err := p.copy.Next()
		switch {
		case errors.Is(err, io.EOF):
			done = true
			continue
		case p.feed.failed(err):
			return c, false, err
		case err == nil:
			err = p.rows.Append(p.batch, fields)
		}
		if err != nil {
			p.bad = append(p.bad, connector.BadRow{
				Payload: append([]byte(nil), p.copy.Raw()...), Offset: "snapshot at " + p.at.String(), Err: pgerr.From(err),
			})
		}
		p.count++
	}
	c = connector.Chunk{Batch: p.batch, Bad: p.bad, SnapshotStart: !p.started, SnapshotDone: done, After: snapshotOffset(p.at, p.count)}
	if done {
		c.After = streamOffset(p.at)
	}
	p.delivered, p.started = true, true
	return c, done, nil
}

// close ends the COPY and the connection.
func (p *snapshot) close() {
	p.cancel()
	p.feed.stop()
	<-p.ended
	p.conn.close()
}
