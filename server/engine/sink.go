package engine

import (
	"context"

	"streamdb/connector"
	"streamdb/exec"
	"streamdb/state"
	"streamdb/types"
)

// sinkOutput leads a dataflow's result to a sink: the changes between two checkpoints are
// prepared at the barrier of the second and committed once it is durable.
type sinkOutput struct {
	sink     connector.Sink
	ctx      context.Context
	name     string
	log      *exec.Changelog // epochs only: how far the sink is
	pending  []*types.Batch
	prepared chan types.Epoch
}

// stager is a sink that takes rows as they come, so that they need not be kept until the
// next checkpoint.
type stager interface {
	Stage(ctx context.Context, b *types.Batch) error
}

func newSinkOutput(ctx context.Context, name string, sink connector.Sink, since types.Epoch) *sinkOutput {
	return &sinkOutput{sink: sink, ctx: ctx, name: name, log: exec.NewChangelog(since), prepared: make(chan types.Epoch, 1)}
}

// Emit keeps a batch for the next checkpoint.
func (s *sinkOutput) Emit(b *types.Batch) error {
	if st, ok := s.sink.(stager); ok {
		return st.Stage(s.ctx, b)
	}
	s.pending = append(s.pending, b.Compact())
	return nil
}

// Save prepares what came since the last checkpoint: it is staged, durable and unseen,
// before the checkpoint can commit (C2).
func (s *sinkOutput) Save(_ state.TableID, at types.Epoch) ([]*state.Delta, error) {
	if err := s.sink.Prepare(s.ctx, at, s.pending); err != nil {
		return nil, err
	}
	s.pending = nil
	return nil, nil
}

// End closes an epoch.
func (s *sinkOutput) End(br exec.Barrier) error {
	s.log.Close(br)
	return nil
}

// Load has no state: what was prepared lies with the sink.
func (s *sinkOutput) Load(state.TableID, func(state.TableID, func(key, val []byte) error) error) error {
	return nil
}

// Fail says that there will be no more epochs.
func (s *sinkOutput) Fail(err error) { s.log.End(err) }

// committed shows what was prepared up to a durable epoch.
func (s *sinkOutput) committed(ctx context.Context, e types.Epoch) error {
	return s.sink.Commit(ctx, e)
}
