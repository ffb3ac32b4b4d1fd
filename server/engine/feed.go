package engine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"streamdb/connector"
	"streamdb/exec"
	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// feed fills a table from a connector. What it applies is not in the commit log: a
// checkpoint holds the rows together with the offset behind them, and upstream is released
// only up to a durable offset, so that after a crash the rest is read again.
type feed struct {
	e      *Engine
	rel    *Relation
	src    connector.Source
	base   state.TableID // of the table
	hidden int           // position of the hidden row id, −1: none

	staged   *types.Batch // rows of a snapshot that is not whole yet
	inSnap   bool
	waiting  []connector.Change
	waitRows *types.Batch
	bad      bool     // a row of the table could not be decoded, so that it is not here
	badRows  []badRow // that came with what is gathered

	mu      sync.Mutex
	offset  connector.Offset
	saved   state.Hash
	lacking bool // bad, as of the offset
	savedIt state.Hash
	marks   map[types.Epoch]connector.Offset
	failure error

	rows   atomic.Int64
	cancel context.CancelFunc
	done   chan struct{}
}

// badRow is a row that could not be decoded, and where it stood.
type badRow struct {
	err *pgerr.Error
	row string
}

// CloseEpoch notes the offset of the epoch's end; the commit lock is held.
func (f *feed) CloseEpoch(br exec.Barrier) {
	f.mu.Lock()
	if br.Save != nil { // only a checkpoint's epoch is asked for, before the next one begins
		f.marks = map[types.Epoch]connector.Offset{br.Epoch: f.offset}
	}
	f.mu.Unlock()
	f.rel.Errors.End(br.Epoch)
	f.rel.Table.CloseEpoch(br)
}

// durable is the offset at the end of a durable epoch, nil if not known.
func (f *feed) durable(e types.Epoch) connector.Offset {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.marks[e]
}

// State is the offset and why the feed stopped, nil while it has not.
func (f *feed) State() (connector.Offset, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.offset, f.failure
}

var (
	feedKey    = []byte{0, 'o'}
	lackingKey = []byte{0, 'l'} // there are rows upstream that are not here
)

// The state tables of a feed, beside those of its table.
const (
	feedOffset = 1
	feedErrors = 7
)

// save gives the offset's record and the errors; the commit lock is held.
func (f *feed) save() []*state.Delta {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := state.NewDelta(f.base + feedOffset)
	d.Put(feedKey, f.offset, f.saved)
	f.saved = state.HashKV(feedKey, f.offset)
	switch {
	case f.lacking && f.savedIt == (state.Hash{}):
		f.savedIt = d.Put(lackingKey, []byte{1}, state.Hash{})
	case !f.lacking && f.savedIt != (state.Hash{}):
		d.Delete(lackingKey, f.savedIt)
		f.savedIt = state.Hash{}
	}
	return []*state.Delta{d, f.rel.Errors.Save(f.base + feedErrors)}
}

func (f *feed) load(scan func(id state.TableID, f func(key, val []byte) error) error) error {
	if err := scan(f.base+feedOffset, f.loadOffset); err != nil {
		return err
	}
	return scan(f.base+feedErrors, f.rel.Errors.Load)
}

func (f *feed) loadOffset(key, val []byte) error {
	if bytes.Equal(key, lackingKey) {
		f.bad, f.lacking, f.savedIt = true, true, state.HashKV(key, val)
		return nil
	}
	if len(val) > 0 {
		f.offset = append(connector.Offset(nil), val...)
	}
	f.saved = state.HashKV(key, val)
	return nil
}

func (f *feed) start() {
	ctx, cancel := context.WithCancel(f.e.ctx)
	f.cancel, f.done = cancel, make(chan struct{})
	go func() {
		defer close(f.done)
		err := f.run(ctx)
		if err != nil && ctx.Err() == nil && !errors.Is(err, io.EOF) {
			f.mu.Lock()
			f.failure = err
			f.mu.Unlock()
			f.e.cfg.Log.Error("a table's source stopped", "table", f.rel.ID, "error", err)
		}
	}()
}

func (f *feed) stop() {
	if f.cancel != nil {
		f.cancel()
		<-f.done
	}
}

func (f *feed) run(ctx context.Context) error {
	r, err := f.src.Open(ctx, f.offset)
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		c, err := r.Next(ctx, connector.Limit{})
		if err != nil {
			return err
		}
		if err := f.take(ctx, c); err != nil {
			return err
		}
	}
}

// take gathers a chunk and applies what is whole.
func (f *feed) take(ctx context.Context, c connector.Chunk) error {
	for _, bad := range c.Bad {
		f.badRows = append(f.badRows, badRow{bad.Err, bad.Offset + ": " + string(bad.Payload)})
	}
	f.bad = f.bad && !c.SnapshotStart || len(c.Bad) > 0
	if c.SnapshotStart {
		f.staged, f.inSnap = types.NewBatch(f.rel.Table.Contents.Types(), 0), true
	}
	if c.Batch != nil {
		f.gather(c.Batch)
	}
	f.waiting = append(f.waiting, c.Changes...)
	f.rows.Add(int64(c.Rows()))
	if c.InTxn || f.inSnap && !c.SnapshotDone {
		return nil
	}
	return f.apply(ctx, c.After)
}

// gather keeps new rows, with a row id where the table has hidden ones.
func (f *feed) gather(b *types.Batch) {
	into := f.staged
	if !f.inSnap {
		if f.waitRows == nil {
			f.waitRows = types.NewBatch(f.rel.Table.Contents.Types(), 0)
		}
		into = f.waitRows
	}
	for k := range b.Len() {
		into.AppendRow(f.physical(b.RowDatums(b.Row(k))), 1)
	}
}

// physical adds the hidden row id to a row.
func (f *feed) physical(r types.Row) types.Row {
	if f.hidden < 0 {
		return r
	}
	return append(r, types.NewInt64(f.rel.nextID.Add(1)))
}

// apply commits what was gathered, together with the offset behind it.
func (f *feed) apply(ctx context.Context, after connector.Offset) error {
	t := f.rel.Table
	f.e.epochs.AwaitSourceRoom(t.Log, ctx.Done())
	f.e.memory.awaitEasy(ctx)
	if !t.Lock(ctx.Done()) {
		return ctx.Err()
	}
	defer t.Unlock()
	w := newTableWriter(t)
	if f.inSnap {
		if err := w.replaceAll(ctx, f.e, f.staged); err != nil {
			return err
		}
	}
	if err := f.applyChanges(w); err != nil {
		return err
	}
	delta := w.delta()
	_, err := f.e.epochs.Commit(func() error {
		if delta.N > 0 {
			f.rel.Table.Apply(delta)
		}
		f.mu.Lock()
		f.offset, f.lacking = after, f.bad
		f.mu.Unlock()
		for _, bad := range f.badRows {
			f.rel.Errors.Add(bad.err, 1, bad.row)
		}
		return nil
	})
	f.staged, f.inSnap, f.waiting, f.waitRows, f.badRows = nil, false, nil, nil, nil
	return err
}

func (f *feed) applyChanges(w *tableWriter) error {
	if f.waitRows != nil {
		for i := range f.waitRows.N {
			w.upsert(f.waitRows.RowDatums(i))
		}
	}
	for _, c := range f.waiting {
		err := w.change(c, f.physical, f.bad)
		if errors.Is(err, connector.ErrPartOfRow) {
			f.rel.Errors.Add(connector.ErrPartOfRow, 1, "")
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

var errNoOldRow = pgerr.New(pgerr.DataCorrupted, "upstream changed a row that is not here")

// finite reports whether the source has an end; the feed is done there.
func (f *feed) finite() bool {
	s, ok := f.src.(connector.Finite)
	return ok && s.Finite()
}

// Connector is the external source.
func (f *feed) Connector() connector.Source { return f.src }

// Rows is the number of rows and changes taken so far.
func (f *feed) Rows() int64 { return f.rows.Load() }
