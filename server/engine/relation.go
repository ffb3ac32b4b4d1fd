package engine

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"streamdb/catalog"
	"streamdb/connector"
	"streamdb/exec"
	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Relation is a table, source, materialized view or sink at run time. Exactly one of
// Table, Source and Flow-with-Stored/Sink is set.
type Relation struct {
	ID     catalog.ID
	name   string // as a participant of checkpoints, the same for as long as it runs
	Table  *exec.Table
	Source *exec.Source
	Stored *exec.Stored // of a view
	Sink   *sinkOutput
	Flow   *exec.Dataflow // of a view or sink
	Errors *exec.ErrorSet
	Feed   *feed // of a table with a connector

	// desc is the descriptor that the relation follows.
	desc atomic.Pointer[catalog.Relation]

	reads  []*Relation   // what Flow reads
	ended  chan struct{} // closed once the end of Flow has been noted
	gen    uint32        // generation of its state tables
	nextID atomic.Int64
	hidden int // position of a table's hidden row id, −1: none

	mu     sync.Mutex
	status Status
	reason error
	// refilled is closed once the view has been filled again after a restart, or has ended;
	// nil otherwise.
	refilled chan struct{}
}

// Status is the life of a view or sink.
type Status string

// The statuses. A filling view cannot be read; neither can a stopped one, unless the
// session asks to.
const (
	Filling Status = "filling"
	Running Status = "running"
	Stopped Status = "stopped"
)

// Status is the relation's status, and why it stopped.
func (r *Relation) Status() (Status, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status, r.reason
}

func (r *Relation) setStatus(s Status, reason error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status != Stopped {
		r.status, r.reason = s, reason
	}
	r.endRefill()
}

// endRefill lets reads go on that wait for the view to be filled again. The lock is held.
func (r *Relation) endRefill() {
	if r.refilled != nil {
		close(r.refilled)
		r.refilled = nil
	}
}

// awaitRefill waits for a view that was there before the server started, and is filled
// again because no checkpoint has all of it.
func (e *Engine) awaitRefill(ctx context.Context, r *Relation) error {
	r.mu.Lock()
	refilled := r.refilled
	r.mu.Unlock()
	if refilled == nil {
		return nil
	}
	defer e.relationWait(ctx, "Fill", r)()
	select {
	case <-refilled:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-e.ctx.Done():
		return errShutdown
	}
}

// base is the first of the state tables of a relation. A table's id is never used again,
// so a view that is filled anew gets those of the next generation.
func base(id catalog.ID, gen uint32) state.TableID {
	return state.TableID(id)<<32 | state.TableID(gen)<<16
}

// ownerOf is the relation and generation of a state table.
func ownerOf(t state.TableID) (id catalog.ID, gen uint32) {
	return catalog.ID(t >> 32), uint32(t>>16) & 0xffff
}

// live is the relation as dataflows read it, nil for a sink.
func (r *Relation) live() exec.Relation {
	switch {
	case r.Table != nil:
		return r.Table
	case r.Source != nil:
		return r.Source
	case r.Stored != nil:
		return r.Stored
	}
	return nil
}

// log is the changelog that epochs of the relation end in; nil for a sink.
func (r *Relation) log() *exec.Changelog {
	if l := r.live(); l != nil {
		return l.Changelog()
	}
	return nil
}

// member is the relation as an epoch member, or nil.
func (r *Relation) member() exec.EpochMember {
	switch {
	case r.Table != nil:
		return r.Table
	case r.Source != nil:
		return r.Source
	}
	return nil
}

// participant is a relation's name in checkpoints. The id tells it from one that had the
// name before.
func participant(desc *catalog.Relation) string {
	return fmt.Sprintf("%s %s.%s (%d)", desc.Kind, desc.Schema, desc.Name, desc.ID)
}

// stop ends what runs for the relation, without waiting for data.
func (r *Relation) stop() {
	if r.Feed != nil {
		r.Feed.stop()
	}
	if r.Sink != nil {
		r.Sink.cancel()
	}
	if r.Flow != nil {
		r.Flow.Stop()
		<-r.ended
		r.releaseSources()
	}
}

// releaseSources lets go of the shared readers that the dataflow has read.
func (r *Relation) releaseSources() {
	r.mu.Lock()
	reads := r.reads
	r.reads = nil
	r.mu.Unlock()
	for _, in := range reads {
		if in.Source != nil {
			in.Source.Release()
		}
	}
}

// closeConnector closes what the relation holds outside.
func (r *Relation) closeConnector() {
	if r.Source != nil {
		r.Source.Connector().Close()
	}
	if r.Sink != nil {
		r.Sink.sink.Close()
	}
	if r.Feed != nil {
		r.Feed.src.Close()
	}
}

// dropConnector removes what the relation left behind upstream; the error is to be told.
func (r *Relation) dropConnector(ctx context.Context) error {
	var src connector.Source
	switch {
	case r.Source != nil:
		src = r.Source.Connector()
	case r.Feed != nil:
		src = r.Feed.src
	}
	if d, ok := src.(connector.Dropper); ok {
		return d.Drop(ctx)
	}
	return nil
}

// EachRow calls f with every row of a table as of the newest commit until f fails. The
// table's write lock is held.
func (r *Relation) EachRow(f func(types.Row) error) error {
	var failed error
	b := types.NewBatch(r.Table.Contents.Types(), 1)
	err := r.Table.Contents.Each(func(image []byte, _ int64) {
		if failed != nil {
			return
		}
		b.Reset()
		if failed = types.DecodeRowImage(image, b, 1); failed == nil {
			failed = f(b.RowDatums(0))
		}
	})
	return cmp.Or(failed, err)
}

// readable is nil if the relation can be read, else error 55000 with the reason.
func (r *Relation) readable(name string) error {
	status, reason := r.Status()
	switch status {
	case Filling:
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "materialized view \"%s\" is still being filled", name).
			WithHint("Progress is in SHOW JOBS.")
	case Stopped:
		err := pgerr.New(pgerr.ObjectNotInPrerequisiteState, "relation \"%s\" has stopped", name).
			WithHint("ALTER MATERIALIZED VIEW %s RESUME starts it again.", name)
		if kind := r.desc.Load().Kind; kind == catalog.Table || kind == catalog.Source {
			err.Hint = "It is tried again when the server starts; or drop it, and create it again."
		}
		if reason != nil {
			err.Detail = pgerr.From(reason).Message
		}
		return err
	}
	return nil
}

// physical is the types of a relation's physical columns.
func physical(desc *catalog.Relation) []types.Type { return desc.Types().Types() }
