package postgres

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"streamdb/connector"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// source is one upstream table.
type source struct {
	link   *link
	schema types.Schema
	key    []int // of the table here
	env    connector.Env
	open   atomic.Bool // a reader is open

	released atomic.Uint64 // LSN that upstream may forget up to
	seen     atomic.Uint64 // newest LSN heard of
	nudge    chan struct{} // released moved

	// advance is how far the log may move on without changes of our table before a reader
	// reports the new place, so that upstream can forget what other tables wrote.
	advance lsn
	backoff time.Duration // first pause before connecting again
	watch   time.Duration // from one look at the upstream table to the next

	begun chan error // the first attempt to begin reading: nil if it succeeded
	once  sync.Once

	mu    sync.Mutex
	stats connector.Stats
	known *table // the upstream table as it was when we began to read it
}

var (
	_ connector.Source   = (*source)(nil)
	_ connector.Releaser = (*source)(nil)
	_ connector.Dropper  = (*source)(nil)
	_ connector.Observed = (*source)(nil)
	_ connector.Beginner = (*source)(nil)
)

const (
	defaultAdvance = 16 << 20
	firstBackoff   = 100 * time.Millisecond
	mostBackoff    = 10 * time.Second
	watchInterval  = 10 * time.Second
)

func newSource(cfg connector.Config) (*source, error) {
	l, err := newLink(cfg.Options)
	if err != nil {
		return nil, err
	}
	if l.table == "" {
		return nil, pgerr.New(pgerr.WrongObjectType, "a shared source of connector \"postgres-cdc\" has no rows").
			WithHint("Read its tables: CREATE TABLE t (*) FROM %s TABLE 'schema.table'.", cfg.Name)
	}
	if len(cfg.Schema) == 0 {
		return nil, pgerr.Internal("postgres-cdc source without discovered columns")
	}
	if l.slot == "" || l.publication == "" {
		return nil, pgerr.Internal("postgres-cdc source without the names of its slot and publication")
	}
	return &source{
		link: l, schema: cfg.Schema, key: cfg.Key, env: cfg.Env, nudge: make(chan struct{}, 1), advance: defaultAdvance,
		backoff: firstBackoff, watch: watchInterval, begun: make(chan error, 1), stats: connector.Stats{State: "idle", LagBytes: -1},
	}, nil
}

// Schema is the replicated columns.
func (s *source) Schema() types.Schema { return s.schema }

// AppendOnly is false: rows change.
func (s *source) AppendOnly() bool { return false }

// Open makes a reader; it connects when it is first asked for rows. The slot serves one
// reader at a time.
func (s *source) Open(_ context.Context, from connector.Offset) (connector.Reader, error) {
	at, streaming, err := streamPlace(from)
	if err != nil {
		return nil, err
	}
	if !s.open.CompareAndSwap(false, true) {
		return nil, pgerr.New(pgerr.ObjectInUse, "replication slot \"%s\" already has a reader", s.link.slot)
	}
	return &reader{src: s, style: types.DefaultStyle(), streaming: streaming, after: at}, nil
}

// Close does nothing: readers hold the connections.
func (s *source) Close() error { return nil }

// Begun waits for the first attempt to make the slot and begin with the snapshot, and
// returns why it failed.
func (s *source) Begun(ctx context.Context) error {
	select {
	case err := <-s.begun:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-s.begun: // it came first
		return err
	default:
		return context.Cause(ctx)
	}
}

func (s *source) begin(err error) { s.once.Do(func() { s.begun <- err }) }

// Release lets upstream forget its log up to o.
func (s *source) Release(_ context.Context, o connector.Offset) error {
	at, streaming, err := streamPlace(o)
	if err != nil || !streaming {
		return err
	}
	s.releaseTo(at)
	select {
	case s.nudge <- struct{}{}:
	default:
	}
	return nil
}

func (s *source) releaseTo(at lsn) { raise(&s.released, at) }

// raise sets a to at least v.
func raise(a *atomic.Uint64, v lsn) {
	for {
		old := a.Load()
		if old >= uint64(v) || a.CompareAndSwap(old, uint64(v)) {
			return
		}
	}
}

// Stats is the slot's lag and the state of the connection.
func (s *source) Stats() connector.Stats {
	s.mu.Lock()
	st := s.stats
	s.mu.Unlock()
	released, seen := s.released.Load(), s.seen.Load()
	if seen != 0 {
		st.Upstream = lsn(seen).String()
	}
	if released != 0 {
		st.Released = lsn(released).String()
		st.LagBytes = int64(max(seen, released) - released)
	}
	return st
}

func (s *source) note(f func(*connector.Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.stats)
}

// Drop removes the slot, and the publication if its name is of our making.
func (s *source) Drop(ctx context.Context) error {
	c, err := s.link.connect(ctx, false)
	if err != nil {
		return s.notDropped(err)
	}
	defer c.close()
	err = c.dropSlot(ctx, s.link.slot)
	if len(s.link.publication) > len(ownPrefix) && s.link.publication[:len(ownPrefix)] == ownPrefix {
		_, dropped := c.query(ctx, "DROP PUBLICATION IF EXISTS "+ident(s.link.publication))
		err = errors.Join(err, dropped)
	}
	if err != nil {
		return s.notDropped(err)
	}
	return nil
}

// notDropped says what stays behind.
func (s *source) notDropped(err error) error {
	e := *pgerr.From(err)
	e.Message = "could not drop what belongs to table \"" + s.link.name() + "\": " + e.Message
	e.Detail = "Replication slot \"" + s.link.slot + "\" may still exist upstream and keep its log from being removed."
	e.Hint = "There: SELECT pg_drop_replication_slot(" + literal(s.link.slot) + ");"
	return &e
}

// dropSlot drops a slot, if it exists, cutting off a reader that is not gone yet.
func (c *conn) dropSlot(ctx context.Context, slot string) error {
	for {
		rows, err := c.query(ctx, "SELECT active_pid FROM pg_catalog.pg_replication_slots WHERE slot_name = "+literal(slot))
		if err != nil || len(rows) == 0 {
			return err
		}
		if pid := rows[0][0]; pid != "" {
			if _, err := c.query(ctx, "SELECT pg_catalog.pg_terminate_backend("+pid+")"); err != nil {
				return err
			}
		}
		_, err = c.query(ctx, "SELECT pg_catalog.pg_drop_replication_slot("+literal(slot)+")")
		if !pgerr.Is(err, pgerr.ObjectInUse) {
			return err
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// pause waits, or fails when ctx is done.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
