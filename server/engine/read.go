package engine

import (
	"context"
	"slices"
	"time"

	"streamdb/catalog"
	"streamdb/exec"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Reading is what one statement's reads depend on.
type Reading struct {
	// AtLeast is the epoch that must be visible: the session's last commit or read.
	AtLeast types.Epoch
	// At, if not 0, is the exact epoch, which the caller has pinned.
	At types.Epoch
	// System gives a system relation's rows.
	System func(id catalog.ID) (exec.Snapshotter, error)
	// Own is what the transaction has changed, by table; it is added to the rows read.
	Own func(id catalog.ID) *types.Batch
	// Stopped says that views that have stopped may be read as they stand; Warn is told of
	// each.
	Stopped bool
	Warn    func(name string)
}

// Read runs a plan over one epoch, the newest at which everything it reads is complete,
// and returns that epoch.
func (e *Engine) Read(ctx context.Context, root plan.Node, c *expr.Ctx, rd Reading, out exec.Emit) (types.Epoch, error) {
	rels, err := e.readable(ctx, root, rd)
	if err != nil {
		return 0, err
	}
	if len(rels) > 0 || !readsSystem(root) {
		var done func()
		if ctx, done, err = e.memory.admit(ctx, len(rels) > 0); err != nil {
			return 0, err
		}
		defer done()
	}
	at := rd.At
	if at == 0 {
		pin, err := e.pin(ctx, rels, rd.AtLeast)
		if err != nil {
			return 0, err
		}
		defer e.epochs.Unpin(pin)
		at = pin.At
	} else {
		pin := e.epochs.PinAt(at) // the transaction's own may be taken away
		defer e.epochs.Unpin(pin)
		if err := e.awaitEpoch(ctx, rels, at); err != nil {
			return 0, err
		}
	}
	q := exec.Query{Plan: root, Epoch: at, Ctx: c, Brake: e.memory.brake, Inputs: func(s *plan.Scan) (exec.Snapshotter, error) {
		return e.scanInput(s, c, rd)
	}}
	return at, q.Run(ctx, out)
}

// readsSystem reports whether a plan reads system relations: those must answer when memory
// is tight, to say why.
func readsSystem(root plan.Node) bool {
	found := false
	plan.Walk(root, func(n plan.Node) bool {
		s, ok := n.(*plan.Scan)
		found = found || ok && s.Kind == catalog.System
		return !found
	})
	return found
}

// readable lists the running relations a plan reads, or says which cannot be read.
func (e *Engine) readable(ctx context.Context, root plan.Node, rd Reading) ([]*Relation, error) {
	var rels []*Relation
	var err error
	plan.Walk(root, func(n plan.Node) bool {
		s, ok := n.(*plan.Scan)
		if !ok || err != nil || s.Kind == catalog.System {
			return true
		}
		var r *Relation
		if r, err = e.running(ctx, s.Relation); err != nil {
			return false
		}
		if r == nil {
			err = missing(s.Name)
			return false
		}
		if err = e.awaitRefill(ctx, r); err != nil {
			return false
		}
		if err = r.readable(s.Name); err != nil && rd.Stopped {
			if st, _ := r.Status(); st == Stopped {
				err = nil
				rd.Warn(s.Name)
			}
		}
		if !slices.Contains(rels, r) {
			rels = append(rels, r)
		}
		return true
	})
	return rels, err
}

// pin picks and keeps the epoch of a read. Tables that have changes of the open epoch get
// it closed first, so that a statement sees every commit before it.
func (e *Engine) pin(ctx context.Context, rels []*Relation, atLeast types.Epoch) (*exec.Pin, error) {
	atLeast = max(atLeast, types.Epoch(e.acked.Load()))
	var logs []*exec.Changelog
	for _, r := range rels {
		if r.Table != nil || atLeast > e.epochs.Last() {
			if _, err := e.epochs.Closed(); err != nil {
				return nil, err
			}
		}
		if st, _ := r.Status(); st != Stopped {
			logs = append(logs, r.log())
		}
	}
	return e.pinEpoch(ctx, rels, logs, min(atLeast, e.epochs.Last()))
}

// awaitEpoch waits until all relations that run have completed an epoch.
func (e *Engine) awaitEpoch(ctx context.Context, rels []*Relation, at types.Epoch) error {
	var logs []*exec.Changelog
	for _, r := range rels {
		if st, _ := r.Status(); st == Stopped {
			continue
		}
		if since, _, _ := r.log().Bounds(); since > at {
			return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "a relation was made after the transaction's snapshot").
				WithHint("Read it in a new transaction.")
		}
		logs = append(logs, r.log())
	}
	p, err := e.pinEpoch(ctx, rels, logs, at)
	if err != nil {
		return err
	}
	e.epochs.Unpin(p)
	return nil
}

// scanInput is what a scan of an ad-hoc query reads.
func (e *Engine) scanInput(s *plan.Scan, c *expr.Ctx, rd Reading) (exec.Snapshotter, error) {
	if s.Kind == catalog.System {
		return rd.System(s.Relation)
	}
	r := e.Relation(s.Relation)
	if r == nil || r.live() == nil {
		return nil, missing(s.Name)
	}
	var own *types.Batch
	if rd.Own != nil {
		own = rd.Own(s.Relation)
	}
	if own != nil && len(own.Cols) != len(r.desc.Load().Columns) {
		return nil, errConflict // the table was altered after the transaction had changed it
	}
	if r.Table != nil && s.Eq != nil {
		key, ok, err := r.lookupKey(s, c)
		if err != nil {
			return nil, err
		}
		if ok {
			return &lookup{e: e, t: r.Table, key: key, own: own}, nil
		}
	}
	if r.Source != nil && r.Source.Finite() {
		if offset, running, _ := r.Source.State(); offset == nil && !running {
			return wholeSource{r.Source}, nil
		}
	}
	var rel exec.Snapshotter = r.live()
	if own != nil && own.N > 0 {
		rel = &overlay{rel: r.live(), own: own}
	}
	if s.Eq != nil {
		return keyedScan(rel, s, c)
	}
	return rel, nil
}

// wholeSource is a source with an end that no view reads: there is no place in it that
// others agree on, so it is read to its end.
type wholeSource struct{ s *exec.Source }

// Snapshot reads the source.
func (w wholeSource) Snapshot(ctx context.Context, _ types.Epoch, yield func(*types.Batch) error) error {
	return w.s.Whole(ctx, yield)
}

// WaitSources waits until every source with an end that is being read, or fills a table, has
// come to it, and all views have what was read.
func (e *Engine) WaitSources(ctx context.Context) (types.Epoch, error) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for _, r := range e.Relations() {
		if err := e.awaitEnd(ctx, r, tick.C); err != nil {
			return 0, err
		}
		if r.Feed != nil && r.Feed.finite() {
			select {
			case <-r.Feed.done:
			case <-ctx.Done():
				return 0, context.Cause(ctx)
			}
		}
	}
	at, err := e.epochs.Advance(nil, nil) // what was read last may lie in an epoch still open
	if err != nil {
		return 0, err
	}
	if _, err := e.Flush(ctx); err != nil {
		return 0, err
	}
	return at, nil
}

// awaitEnd waits until a source with an end has come to it.
func (e *Engine) awaitEnd(ctx context.Context, r *Relation, tick <-chan time.Time) error {
	atEnd := func() bool { return r.Source == nil || !r.Source.Finite() || r.Source.AtEnd() }
	if atEnd() {
		return nil
	}
	defer e.relationWait(ctx, "Source", r)()
	for !atEnd() {
		select {
		case <-tick:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// Flush waits until everything committed so far is visible in every running view, and
// returns the epoch that has it.
func (e *Engine) Flush(ctx context.Context) (types.Epoch, error) {
	at, err := e.epochs.Closed()
	if err != nil {
		return 0, err
	}
	var rels []*Relation
	for _, r := range e.Relations() {
		if st, _ := r.Status(); st == Running && r.Stored != nil {
			rels = append(rels, r)
		}
	}
	return at, e.awaitEpoch(ctx, rels, at)
}
