package engine

import (
	"context"
	"errors"
	"slices"

	"streamdb/catalog"
	"streamdb/connector"
	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// ErrDetached is the cause of a context whose client is gone: what it waited for goes on.
var ErrDetached = errors.New("the client is gone")

// Change makes one catalog change durable, then makes the running relations follow it.
// decide is called with the newest snapshot; a nil change does nothing. What a dropped
// relation has upstream is removed last: others need not wait for that. What could not be
// removed there is a [LeftBehindError]; the change is made all the same.
func (e *Engine) Change(ctx context.Context, decide func(*catalog.Snapshot) (catalog.Change, error)) (*catalog.Snapshot, error) {
	return e.ChangeIf(ctx, decide, nil)
}

// ChangeIf is [Engine.Change] for a change that depends on what tables hold: admit is called
// when nobody can write to the tables that get other columns or constraints, and its error
// leaves everything as it was.
func (e *Engine) ChangeIf(ctx context.Context, decide func(*catalog.Snapshot) (catalog.Change, error), admit func() error) (*catalog.Snapshot, error) {
	after, gone, err := e.change(ctx, decide, admit)
	left := &LeftBehindError{}
	for _, r := range gone {
		if err := r.dropConnector(ctx); err != nil {
			left.Errors = append(left.Errors, err)
		}
	}
	switch {
	case len(left.Errors) == 0:
	case err == nil:
		err = left
	default:
		e.cfg.Log.Warn("something of a dropped relation remains upstream", "error", left)
	}
	return after, err
}

// LeftBehindError is what dropped relations had upstream and is still there.
type LeftBehindError struct{ Errors []error }

// Error is the errors, one after another.
func (e *LeftBehindError) Error() string { return errors.Join(e.Errors...).Error() }

func (e *Engine) change(ctx context.Context, decide func(*catalog.Snapshot) (catalog.Change, error), admit func() error) (*catalog.Snapshot, []*Relation, error) {
	goOn := waiting(ctx, "Lock", "catalog")
	defer e.lockDDL()()
	goOn()
	before := e.cat.Current()
	var locked []*Relation
	defer func() {
		for _, r := range locked {
			r.Table.Unlock()
		}
	}()
	after, err := e.cat.Update(decide, func(next *catalog.Snapshot, c catalog.Change) (err error) {
		if locked, err = e.lockAltered(ctx, next); err != nil {
			return err
		}
		if admit != nil {
			if err := admit(); err != nil {
				return err
			}
		}
		return e.logChange(ctx, c)
	})
	if err != nil {
		return nil, nil, err
	}
	e.ckpt.Changed()
	gone := e.stopGone(before, after)
	broken, err := e.follow(before, after, false)
	if len(broken) > 0 {
		undone, uerr := e.undo(broken)
		if uerr != nil { // they are there until they are dropped, and say why they do not run
			for _, id := range broken {
				desc, _ := after.ByID(id)
				e.setRelation(id, stoppedRelation(desc, err, e.gens[id]))
			}
		}
		return after, append(gone, undone...), errors.Join(err, uerr)
	}
	return after, gone, err
}

// lockAltered takes the write locks of the tables whose rows are to be others after the
// change: the log has rows by the old columns and constraints before it, and by the new ones
// after it.
func (e *Engine) lockAltered(ctx context.Context, next *catalog.Snapshot) (locked []*Relation, err error) {
	for _, r := range e.Relations() {
		now, ok := next.ByID(r.ID)
		if !ok || r.Table == nil || now.SameRows(r.desc.Load()) {
			continue
		}
		if !r.Table.Lock(ctx.Done()) {
			return locked, context.Cause(ctx)
		}
		locked = append(locked, r)
	}
	return locked, nil
}

// undo drops relations that were made but cannot run. The ddl lock is held.
func (e *Engine) undo(ids []catalog.ID) ([]*Relation, error) {
	before := e.cat.Current()
	after, err := e.cat.Update(func(*catalog.Snapshot) (catalog.Change, error) {
		return &catalog.DropRelations{IDs: ids}, nil
	}, func(_ *catalog.Snapshot, c catalog.Change) error { return e.logChange(e.ctx, c) })
	if err != nil {
		return nil, err
	}
	return e.stopGone(before, after), nil
}

// logChange makes a catalog change durable.
func (e *Engine) logChange(ctx context.Context, c catalog.Change) error {
	encoded, err := catalog.EncodeChange(c)
	if err != nil {
		return err
	}
	pos, err := e.store.Log().Append(state.KindDDL, append([]byte{ddlChange}, encoded...))
	if err != nil {
		return err
	}
	// The record is in the log: whether it is durable is waited for, whoever gives up.
	return e.store.Log().WaitDurable(context.WithoutCancel(ctx), pos)
}

// stopGone stops what the catalog has no more, and returns it. The ddl lock is held, or
// nothing else runs yet.
func (e *Engine) stopGone(before, after *catalog.Snapshot) (gone []*Relation) {
	for _, desc := range slices.Backward(before.UserRelations()) { // dependents have higher ids
		if _, ok := after.ByID(desc.ID); ok {
			continue
		}
		if r := e.stopAndForget(desc.ID); r != nil {
			gone = append(gone, r)
		}
	}
	return gone
}

// follow starts what is new. Errors of one relation do not keep the others from following;
// broken lists the new ones that could not be started.
func (e *Engine) follow(before, after *catalog.Snapshot, replaying bool) (broken []catalog.ID, err error) {
	var errs []error
	for _, desc := range after.UserRelations() {
		was, ok := before.ByID(desc.ID)
		switch {
		case !ok:
			if err := e.startNew(desc, replaying); err != nil {
				errs, broken = append(errs, err), append(broken, desc.ID)
			}
		case was != desc:
			if err := e.alter(was, desc); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return broken, errors.Join(errs...)
}

func (e *Engine) startNew(desc *catalog.Relation, replaying bool) error {
	how := start{}
	if replaying {
		return e.recoverNew(desc)
	}
	if desc.Kind == catalog.MaterializedView || desc.Kind == catalog.Sink {
		if _, err := e.epochs.Closed(); err != nil {
			return err
		}
		how.job = e.newJob(desc)
	}
	err := e.startRelation(desc, how)
	if how.job != nil {
		how.job.rel.Store(e.Relation(desc.ID))
		if err != nil {
			e.endJob(how.job, err)
		}
	}
	return err
}

// recoverNew starts a relation that was made after the checkpoint.
func (e *Engine) recoverNew(desc *catalog.Relation) error {
	if desc.Kind == catalog.MaterializedView || desc.Kind == catalog.Sink {
		if _, err := e.epochs.Closed(); err != nil {
			return err
		}
	}
	return e.recoverRelation(desc, start{})
}

// alter makes a running relation follow a changed descriptor.
func (e *Engine) alter(was, now *catalog.Relation) error {
	r := e.Relation(now.ID)
	if r == nil {
		return nil
	}
	defer r.desc.Store(now)
	if r.Table == nil {
		return nil
	}
	for i, u := range now.Uniques {
		r.Table.Uniques[i].Rename(u.Name)
	}
	if len(was.Columns) == len(now.Columns) {
		return nil
	}
	return e.addColumns(r, was, now)
}

// addColumns gives every row of a table the new columns' defaults. The table's write lock is
// held, or nothing else runs yet.
func (e *Engine) addColumns(r *Relation, was, now *catalog.Relation) error {
	var cols []types.Type
	for _, c := range now.Columns[len(was.Columns):] {
		cols = append(cols, c.Type)
	}
	return e.epochs.Hold(func() error {
		return r.Table.Widen(cols, now.Added[len(now.Added)-len(cols):])
	})
}

// WaitFilled waits until the view or sink is filled. If ctx is cancelled the relation is
// dropped again, unless its client is merely gone (ErrDetached).
func (e *Engine) WaitFilled(ctx context.Context, id catalog.ID) error {
	err := e.awaitJob(ctx, id)
	if err != nil && !errors.Is(err, ErrDetached) && !errors.Is(err, errShutdown) {
		e.discard(id)
	}
	return err
}

// WaitBegun waits until the connector of a new table has begun to read it. If it cannot, or
// if ctx is cancelled, the table is dropped again, unless its client is merely gone.
func (e *Engine) WaitBegun(ctx context.Context, id catalog.ID) error {
	r := e.Relation(id)
	if r == nil || r.Feed == nil {
		return nil
	}
	b, ok := r.Feed.src.(connector.Beginner)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-ctx.Done():
		case <-e.ctx.Done():
			cancel(errShutdown)
		case <-r.Feed.done: // if it has failed, Begun knows
			cancel(errDropped)
		}
	}()
	err := b.Begun(ctx)
	if err != nil && !errors.Is(err, ErrDetached) && !errors.Is(err, errShutdown) {
		e.discard(id)
	}
	return err
}

var errDropped = pgerr.New(pgerr.UndefinedTable, "the relation was dropped")

// awaitJob waits until the relation's job has ended, and returns its error.
func (e *Engine) awaitJob(ctx context.Context, id catalog.ID) error {
	job := e.jobOf(id)
	if job == nil { // it has ended already
		if r := e.Relation(id); r != nil {
			if s, reason := r.Status(); s == Stopped {
				return reason
			}
		}
		return nil
	}
	if r := e.Relation(id); r != nil {
		defer e.relationWait(ctx, "Fill", r)()
	}
	select {
	case <-job.done:
		return job.err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-e.ctx.Done():
		return errShutdown
	}
}

// CancelJob removes a view that is being filled; one that was there before stops again.
func (e *Engine) CancelJob(id int64) error {
	j, ok := e.Job(id)
	if !ok {
		return pgerr.New(pgerr.UndefinedObject, "job %d does not exist", id)
	}
	if r := j.rel.Load(); j.again.Load() && r != nil && r.Flow != nil {
		r.Flow.Abort(errCanceled)
		return nil
	}
	e.discard(j.Relation)
	return nil
}

var errCanceled = pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request")

// discard drops a relation that could not be filled or begun.
func (e *Engine) discard(id catalog.ID) {
	_, err := e.Change(e.ctx, func(s *catalog.Snapshot) (catalog.Change, error) {
		if _, ok := s.ByID(id); !ok {
			return nil, nil
		}
		ids, err := s.DropClosure([]catalog.ID{id}, true, nil)
		if err != nil {
			return nil, err
		}
		return &catalog.DropRelations{IDs: ids}, nil
	})
	if err != nil {
		e.cfg.Log.Error("something of a relation that could not be filled remains", "id", id, "error", err)
	}
}

// Resume starts a stopped view again by filling it anew. If it fails the view is stopped as
// before, with the new reason; if ctx ends, it goes on.
func (e *Engine) Resume(ctx context.Context, id catalog.ID) error {
	if err := e.restart(id); err != nil {
		return err
	}
	return e.awaitJob(ctx, id)
}

func (e *Engine) restart(id catalog.ID) error {
	defer e.lockDDL()()
	desc, ok := e.cat.Current().ByID(id)
	if !ok {
		return nil
	}
	if r := e.Relation(id); r != nil {
		if s, _ := r.Status(); s != Stopped {
			return nil
		}
	}
	e.stopAndForget(id)
	err := e.startNew(desc, false)
	if err != nil {
		e.setRelation(id, stoppedRelation(desc, err, e.gens[id]))
	} else if j := e.jobOf(id); j != nil {
		j.again.Store(true)
	}
	return err
}
