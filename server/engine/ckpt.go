package engine

import (
	"context"
	"encoding/json"
	"time"

	"streamdb/catalog"
	"streamdb/checkpoint"
	"streamdb/connector"
	"streamdb/exec"
	"streamdb/state"
	"streamdb/types"
)

// checkpointing is the engine as the checkpoint coordinator sees it.
type checkpointing Engine

// Begin closes an epoch with r in its barrier. The catalog, the log position and the
// tables' changes are taken in the same step.
func (c *checkpointing) Begin(r *checkpoint.Round) (checkpoint.Begun, error) {
	e := (*Engine)(c)
	e.ddl.Lock()
	defer e.ddl.Unlock()
	snap := e.cat.Current()
	encoded, err := snap.Encode()
	if err != nil {
		return checkpoint.Begun{}, err
	}
	b := checkpoint.Begun{Drops: e.orphans()}
	m := meta{Version: 1, Catalog: encoded, RowIDs: map[catalog.ID]int64{}, Filled: map[catalog.ID]uint32{}}
	filled := map[string]catalog.ID{}
	var tables []*Relation
	_, err = e.epochs.Advance(r, func(epoch types.Epoch) {
		b.Epoch, b.LogPos = epoch, e.store.Log().End()
		m.Reserved = e.reserved
		e.durable.begin(func() *exec.Pin { return e.epochs.PinLocked(epoch) })
		for _, desc := range snap.UserRelations() {
			rel := e.Relation(desc.ID)
			if rel == nil {
				continue
			}
			status, _ := rel.Status()
			switch {
			case rel.Table != nil:
				tables = append(tables, rel)
				m.RowIDs[desc.ID] = rel.nextID.Load()
			case rel.Source != nil:
				b.Participants = append(b.Participants, rel.name)
			case status == Running:
				m.Filled[desc.ID], filled[rel.name] = rel.gen, desc.ID
				b.Participants = append(b.Participants, rel.name)
			}
		}
		b.Participants = append(b.Participants, "tables")
		r.Expect(epoch, b.Participants)
		saveTables(r, tables, epoch)
	})
	if err != nil {
		return checkpoint.Begun{}, err
	}
	b.Meta = func(gone func(participant string) bool) ([]byte, error) {
		for name, id := range filled {
			if gone(name) { // what stopped meanwhile has handed over nothing
				delete(m.Filled, id)
			}
		}
		return json.Marshal(m)
	}
	return b, nil
}

// saveTables gives what changed in the tables, as they are now.
func saveTables(r *checkpoint.Round, tables []*Relation, epoch types.Epoch) {
	into := exec.NewHandover(r, "tables", len(tables)+1)
	var offsets []*state.Delta
	for _, rel := range tables {
		if rel.Feed != nil {
			offsets = append(offsets, rel.Feed.save()...)
		}
		_ = rel.Table.Save(base(rel.ID, rel.gen), epoch, into) // contents do not fail
	}
	into.Add(offsets)
}

// Committed lets go what only the last checkpoint needed.
func (c *checkpointing) Committed(b checkpoint.Begun) error {
	e := (*Engine)(c)
	e.durable.done(e.epochs.Unpin)
	for _, r := range e.Relations() {
		if r.Sink == nil {
			continue
		}
		if err := r.Sink.committed(b.Epoch); err != nil {
			e.cfg.Log.Error("a sink cannot show what is durable; it is tried again", "sink", r.name, "error", err)
			e.ckpt.Changed()
		}
	}
	e.fault("C6")
	for _, r := range e.Relations() {
		releaseSource(e.ctx, r, b.Epoch)
	}
	if err := e.store.Log().Trim(b.LogPos); err != nil {
		return err
	}
	e.fault("C7")
	return nil
}

// holdAfter is how long a checkpoint may take before sources wait for it: long enough for
// one that a hiccup of the disk holds up.
func holdAfter(interval time.Duration) time.Duration {
	if interval == 0 {
		return 0 // they are taken on demand
	}
	return max(2*interval, 2*time.Second)
}

// Hold makes sources wait for a round that takes long, or go on.
func (c *checkpointing) Hold(on bool) { c.epochs.HoldSources(on) }

func (e *Engine) fault(window string) {
	if e.cfg.Fault != nil {
		e.cfg.Fault(window)
	}
}

// releaseSource lets the upstream forget what is durable here. A failure is the source's
// to show: nothing is lost by it.
func releaseSource(ctx context.Context, r *Relation, epoch types.Epoch) {
	var src connector.Source
	var at connector.Offset
	switch {
	case r.Source != nil:
		src, at = r.Source.Connector(), r.Source.OffsetAt(epoch)
	case r.Feed != nil:
		src, at = r.Feed.src, r.Feed.durable(epoch)
	}
	if rel, ok := src.(connector.Releaser); ok && at != nil {
		_ = rel.Release(ctx, at) // the connector reports it in its Stats
	}
}

var _ exec.Saver = (*checkpoint.Round)(nil)
