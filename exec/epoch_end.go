package exec

import (
	"streamdb/state"
	"streamdb/types"
)

// epochEnd is what the tasks of a dataflow hand over at one barrier. The last of them ends
// the epoch: it is always one that gives to the output, since a task hands over before it
// passes the barrier on.
type epochEnd struct {
	barrier Barrier
	tasks   int
	errs    []*errorDelta
	save    *Handover     // nil: no checkpoint is taken
	ended   chan struct{} // closed once the output has the epoch
}

// ending is the end of the epoch that a task has come to.
func (d *Dataflow) ending(br Barrier) *epochEnd {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.ends[br.Epoch]
	if e == nil {
		e = &epochEnd{barrier: br, ended: make(chan struct{})}
		if br.Save != nil && br.Save.Wants(d.cfg.Name) {
			e.save = NewHandover(br.Save, d.cfg.Name, len(d.tasks)+2) // with the errors and the output
		}
		d.ends[br.Epoch] = e
	}
	return e
}

// deliver hands over what a task has at a barrier. A task that gives to the output waits
// there until the epoch is ended and, at a checkpoint, the output knows what it is to save:
// the task's next rows belong to the next epoch.
func (d *Dataflow) deliver(t *task, e *epochEnd, errs *errorDelta) error {
	d.mu.Lock()
	e.tasks++
	if errs != nil {
		e.errs = append(e.errs, errs)
	}
	last := e.tasks == len(d.tasks)
	if last {
		delete(d.ends, e.barrier.Epoch)
	}
	d.mu.Unlock()
	if last {
		defer close(e.ended)
		return d.endEpoch(e)
	}
	if !t.last {
		return nil
	}
	select {
	case <-e.ended:
		return nil
	case <-d.stop:
		return errStopped
	}
}

// endEpoch closes an epoch that all tasks have delivered.
func (d *Dataflow) endEpoch(e *epochEnd) error {
	br := e.barrier
	for _, errs := range e.errs {
		d.cfg.Errors.merge(errs)
	}
	d.cfg.Errors.End(br.Epoch)
	if e.save != nil {
		br.Save.Reached(d.cfg.Name)
		e.save.Add([]*state.Delta{d.cfg.Errors.Save(d.cfg.Base + errorTable)})
		if err := d.cfg.Out.Save(d.cfg.Base, br.Epoch, e.save); err != nil {
			return err
		}
	}
	d.epoch.Store(uint64(br.Epoch))
	if err := d.cfg.Out.End(br); err != nil {
		return err
	}
	if d.cfg.Fresh && br.Epoch == d.cfg.From && d.cfg.Filled != nil {
		d.cfg.Filled()
	}
	return nil
}

// outputOp is the root of the last fragment: it hands over to the output.
type outputOp struct{ d *Dataflow }

// Process hands the batch over.
func (o outputOp) Process(_ int, b *types.Batch, _ Emit) error {
	o.d.out.Lock()
	defer o.d.out.Unlock()
	return o.d.cfg.Out.Emit(b)
}

// Barrier has nothing to do: the dataflow ends the epoch of the output.
func (o outputOp) Barrier(types.Epoch, Emit) error { return nil }
