package exec

import (
	"context"

	"streamdb/state"
	"streamdb/types"
)

// Relation is what a dataflow or a query reads: rows at an epoch, and the changes after it.
type Relation interface {
	// Snapshot calls yield with the rows at epoch e, in batches of all physical columns.
	// The caller has made sure that e stays readable (see [Epochs.Pin]).
	Snapshot(ctx context.Context, e types.Epoch, yield func(*types.Batch) error) error
	// Changelog is the relation's deltas.
	Changelog() *Changelog
}

// Stored is a relation whose rows are kept: a table, or the result of a view.
type Stored struct {
	Log      *Changelog
	Contents *Contents
}

// NewStored returns an empty relation of the given columns, complete up to epoch since.
func NewStored(ts []types.Type, since types.Epoch) *Stored {
	log := NewChangelog(since)
	return &Stored{Log: log, Contents: NewContents(ts, log, true)}
}

// Snapshot reads the contents at epoch e.
func (s *Stored) Snapshot(ctx context.Context, e types.Epoch, yield func(*types.Batch) error) error {
	return s.Contents.Snapshot(ctx, e, yield)
}

// Changelog is the relation's deltas.
func (s *Stored) Changelog() *Changelog { return s.Log }

// Emit takes a batch of the open epoch; it is copied.
func (s *Stored) Emit(b *types.Batch) error {
	c := b.Compact()
	s.Contents.Apply(c, s.Log.Append(c))
	return nil
}

// Save adds the changes of the contents since the last Save, once they are written.
func (s *Stored) Save(base state.TableID, _ types.Epoch, into *Handover) error {
	s.Contents.Save(base, func(d *state.Delta) { into.Add([]*state.Delta{d}) })
	return nil
}

// End closes an epoch.
func (s *Stored) End(br Barrier) error {
	s.Log.Close(br)
	return nil
}

// Fail says that there will be no more epochs.
func (s *Stored) Fail(err error) { s.Log.End(err) }

// Load fills the contents from their state table.
func (s *Stored) Load(base state.TableID, scan func(id state.TableID, f func(key, val []byte) error) error) error {
	return scan(base, s.Contents.Load)
}
