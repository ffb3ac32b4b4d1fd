package engine

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"time"

	"streamdb/connector"
	"streamdb/exec"
	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// sinkOutput leads a dataflow's result to a sink: the changes between two checkpoints are
// prepared at the barrier of the second and committed once it is durable.
type sinkOutput struct {
	sink    connector.Sink
	ctx     context.Context
	cancel  context.CancelFunc
	log     *exec.Changelog // epochs only: how far the sink is
	pending []*types.Batch

	mu       sync.Mutex
	prepared []types.Epoch // not committed yet, in order
}

func newSinkOutput(ctx context.Context, sink connector.Sink, since types.Epoch) *sinkOutput {
	s := &sinkOutput{sink: sink, log: exec.NewChangelog(since)}
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s
}

// Emit hands a batch to a sink that takes them as they come, or keeps it for the next
// checkpoint.
func (s *sinkOutput) Emit(b *types.Batch) error {
	if st, ok := s.sink.(connector.Stager); ok {
		return st.Stage(s.ctx, b)
	}
	s.pending = append(s.pending, b.Compact())
	return nil
}

// Save prepares what came since the last checkpoint: it is staged, durable and unseen,
// before the checkpoint can commit (C2). A full disk is waited out.
func (s *sinkOutput) Save(_ state.TableID, at types.Epoch, into *exec.Handover) error {
	err := s.sink.Prepare(s.ctx, at, s.pending)
	for pgerr.Is(err, pgerr.DiskFull) || errors.Is(err, syscall.ENOSPC) {
		select {
		case <-time.After(fullDiskPause):
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		}
		err = s.sink.Prepare(s.ctx, at, s.pending)
	}
	if err != nil {
		return err
	}
	s.pending = nil
	s.mu.Lock()
	s.prepared = append(s.prepared, at)
	s.mu.Unlock()
	into.Add(nil)
	return nil
}

// fullDiskPause is the time between two looks for space.
const fullDiskPause = 200 * time.Millisecond

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

// committed shows what was prepared up to a durable epoch. What cannot be shown now is
// tried again the next time.
func (s *sinkOutput) committed(e types.Epoch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.prepared) > 0 && s.prepared[0] <= e {
		if err := s.sink.Commit(s.ctx, s.prepared[0]); err != nil {
			return err
		}
		s.prepared = s.prepared[1:]
	}
	return nil
}
