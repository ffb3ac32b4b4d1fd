// Package blackhole is the sink that takes rows and keeps their number: for measuring what
// comes before it.
package blackhole

import (
	"context"
	"sync"

	"streamdb/connector"
	"streamdb/types"
)

// Sink counts what it is given.
type Sink struct {
	mu      sync.Mutex
	staged  Counts // of the next epoch
	pending map[types.Epoch]prepared
	total   Counts
}

// prepared is an epoch that is not committed yet.
type prepared struct{ staged, given Counts }

// Counts is what a sink was given, in rows by weight and in epochs with rows.
type Counts struct{ Inserted, Deleted, Epochs int64 }

var (
	_ connector.Sink   = (*Sink)(nil)
	_ connector.Stager = (*Sink)(nil)
)

// Spec is the blackhole connector.
func Spec() *connector.Spec {
	return &connector.Spec{
		Name:    "blackhole",
		Doc:     "takes rows and forgets them",
		NewSink: func(connector.Config) (connector.Sink, error) { return New(), nil },
	}
}

// New makes an empty sink.
func New() *Sink { return &Sink{pending: map[types.Epoch]prepared{}} }

// add counts the rows of a batch.
func (c *Counts) add(b *types.Batch) {
	if b.W == nil {
		c.Inserted += int64(b.Len())
		return
	}
	for k := range b.Len() {
		if w := b.Weight(b.Row(k)); w > 0 {
			c.Inserted += w
		} else {
			c.Deleted -= w
		}
	}
}

// Stage counts rows of the next epoch.
func (s *Sink) Stage(_ context.Context, b *types.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.staged.add(b)
	return nil
}

// Prepare counts the rows of an epoch.
func (s *Sink) Prepare(_ context.Context, epoch types.Epoch, rows []*types.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pending[epoch] // if it is prepared again, what was staged stays
	p.staged.Inserted += s.staged.Inserted
	p.staged.Deleted += s.staged.Deleted
	s.staged, p.given = Counts{}, Counts{}
	for _, b := range rows {
		p.given.add(b)
	}
	s.pending[epoch] = p
	return nil
}

// Commit adds the epoch's counts to the total.
func (s *Sink) Commit(_ context.Context, epoch types.Epoch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pending[epoch]
	delete(s.pending, epoch)
	if p == (prepared{}) {
		return nil
	}
	s.total.Inserted += p.staged.Inserted + p.given.Inserted
	s.total.Deleted += p.staged.Deleted + p.given.Deleted
	s.total.Epochs++
	return nil
}

// Recover commits or forgets what is pending. Counts do not outlive the process.
func (s *Sink) Recover(ctx context.Context, committed types.Epoch) error {
	s.mu.Lock()
	var done []types.Epoch
	for e := range s.pending {
		if e <= committed {
			done = append(done, e)
		} else {
			delete(s.pending, e)
		}
	}
	s.mu.Unlock()
	for _, e := range done {
		if err := s.Commit(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// Counts is what was committed since the sink was made.
func (s *Sink) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Close does nothing.
func (s *Sink) Close() error { return nil }
