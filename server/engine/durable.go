package engine

import (
	"context"
	"sync"

	"streamdb/exec"
	"streamdb/types"
)

// durable keeps the epoch of the last checkpoint readable while somebody reads only durable
// epochs (SET visibility = 'durable'): what such a reader has seen, no crash takes back.
type durable struct {
	mu    sync.Mutex
	users int
	next  *exec.Pin // of the checkpoint under way
	last  *exec.Pin // of the last finished one
}

// begin pins the epoch of a checkpoint that begins; the commit lock is held.
func (d *durable) begin(pin func() *exec.Pin) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.users > 0 && d.next == nil {
		d.next = pin()
	}
}

// done makes the epoch of a finished checkpoint the one that is read.
func (d *durable) done(unpin func(*exec.Pin)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.next == nil {
		return
	}
	if d.last != nil {
		unpin(d.last)
	}
	d.last, d.next = d.next, nil
}

// UseDurable says that a session reads durable epochs from now on, until ReleaseDurable.
func (e *Engine) UseDurable() {
	e.durable.mu.Lock()
	defer e.durable.mu.Unlock()
	e.durable.users++
}

// ReleaseDurable ends what UseDurable began.
func (e *Engine) ReleaseDurable() {
	e.durable.mu.Lock()
	defer e.durable.mu.Unlock()
	if e.durable.users--; e.durable.users == 0 && e.durable.last != nil {
		e.epochs.Unpin(e.durable.last)
		e.durable.last = nil
	}
}

// PinDurable pins the newest durable epoch; the first time it takes a checkpoint.
func (e *Engine) PinDurable(ctx context.Context) (*exec.Pin, error) {
	for {
		e.durable.mu.Lock()
		if last := e.durable.last; last != nil {
			defer e.durable.mu.Unlock()
			return e.epochs.PinAt(last.At), nil
		}
		e.durable.mu.Unlock()
		if err := e.Checkpoint(ctx); err != nil {
			return nil, err
		}
	}
}

// Unpin gives back what PinDurable gave.
func (e *Engine) Unpin(p *exec.Pin) { e.epochs.Unpin(p) }

// DurableEpoch is the epoch of the last checkpoint.
func (e *Engine) DurableEpoch() types.Epoch {
	for _, c := range e.ckpt.History() {
		if c.Status == "completed" {
			return c.Epoch
		}
	}
	return 0
}
