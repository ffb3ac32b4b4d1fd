package engine

import (
	"context"

	"streamdb/exec"
	"streamdb/types"
)

// Wait is what a statement waits for, in the terms of pg_stat_activity.
type Wait struct {
	Type  string // wait_event_type
	Event string // wait_event
}

type waitKey struct{}

// WithWaits returns a context under which note is told of everything the statement waits
// for, and of the zero Wait when it goes on. It is called in the goroutine that waits.
func WithWaits(ctx context.Context, note func(Wait)) context.Context {
	return context.WithValue(ctx, waitKey{}, note)
}

// waiting notes a wait; what it returns ends it.
func waiting(ctx context.Context, kind, event string) func() {
	note, ok := ctx.Value(waitKey{}).(func(Wait))
	if !ok {
		return func() {}
	}
	note(Wait{kind, event})
	return func() { note(Wait{}) }
}

// relationWait notes a wait for a relation: the locked table, the view being filled.
func (e *Engine) relationWait(ctx context.Context, kind string, r *Relation) func() {
	name := "relation"
	if desc, ok := e.cat.Current().ByID(r.ID); ok {
		name = desc.Schema + "." + desc.Name
	}
	return waiting(ctx, kind, name)
}

// pinEpoch is [exec.Epochs.Pin], the wait for the relation that is furthest behind noted.
func (e *Engine) pinEpoch(ctx context.Context, rels []*Relation, logs []*exec.Changelog, at types.Epoch) (*exec.Pin, error) {
	var late *Relation
	least := at
	for _, r := range rels {
		if st, _ := r.Status(); st == Stopped {
			continue
		}
		if _, upper, _ := r.log().Bounds(); upper <= least {
			late, least = r, upper
		}
	}
	if late != nil {
		defer e.relationWait(ctx, "Epoch", late)()
	}
	return e.epochs.Pin(ctx, logs, at)
}
