package exec

import (
	"context"

	"streamdb/types"
)

// feed is where an input's batches and barriers come from: a [Cursor], a queue, or a fill
// with a cursor behind it.
type feed interface {
	// Next returns the next batch, or the barrier that ends the epoch in hand, or ready
	// false if there is neither yet; err when there will be no more.
	Next() (b *types.Batch, br Barrier, ready bool, err error)
}

// fill is one worker's part of a relation's rows at the epoch a dataflow starts from; then
// the barrier of that epoch, and what the cursor gives.
type fill struct {
	rows  chan *types.Batch // closed at the end
	from  types.Epoch
	then  feed
	ended bool
}

// Next gives the rows, the barrier, and then what follows.
func (f *fill) Next() (b *types.Batch, br Barrier, ready bool, err error) {
	if f.ended {
		return f.then.Next()
	}
	select {
	case b, more := <-f.rows:
		if more {
			return b, Barrier{}, true, nil
		}
		f.ended = true
		return nil, Barrier{Epoch: f.from}, true, nil
	default:
		return nil, Barrier{}, false, nil
	}
}

// filler reads a relation at an epoch and deals its rows out to the tasks that read it.
type filler struct {
	d     *Dataflow
	rel   Relation
	tasks []*task
	fills []*fill
}

// run reads, once the relation has completed the epoch. An error fails the dataflow.
func (f *filler) run() error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	go func() {
		select {
		case <-f.d.stop:
			cancel(errStopped)
		case <-ctx.Done():
		}
	}()
	if err := f.await(ctx); err != nil {
		return err
	}
	n := 0
	err := f.rel.Snapshot(ctx, f.d.cfg.From, func(b *types.Batch) error {
		if b.Len() == 0 {
			return nil
		}
		w := n % len(f.fills)
		n++
		select {
		case f.fills[w].rows <- b.Compact():
			f.tasks[w].poke()
			return nil
		case <-f.d.stop:
			return errStopped
		}
	})
	if err != nil {
		return err
	}
	for w, fl := range f.fills {
		close(fl.rows)
		f.tasks[w].poke()
	}
	return nil
}

// await waits until the relation has completed the epoch.
func (f *filler) await(ctx context.Context) error {
	wake := make(chan struct{}, 1)
	log := f.rel.Changelog()
	log.Subscribe(wake)
	defer log.Unsubscribe(wake)
	for {
		_, upper, err := log.Bounds()
		if err != nil {
			return inputFailed(err)
		}
		if upper > f.d.cfg.From {
			return nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
