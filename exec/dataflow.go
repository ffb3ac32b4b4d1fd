package exec

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Output is where a dataflow's result goes: the contents of a view, or a sink.
type Output interface {
	// Emit takes a batch of the open epoch; it is copied.
	Emit(b *types.Batch) error
	// End closes an epoch, after Save at the barrier of a checkpoint.
	End(br Barrier) error
	// Save gives the changes of the output's own state, whose first table is base, at the
	// barrier that ends epoch at.
	Save(base state.TableID, at types.Epoch) ([]*state.Delta, error)
	// Load fills that state.
	Load(base state.TableID, scan func(id state.TableID, f func(key, val []byte) error) error) error
	// Fail says that there will be no more epochs.
	Fail(err error)
}

// DataflowConfig is what a dataflow is made of.
type DataflowConfig struct {
	Name   string // as a participant of checkpoints
	Plan   plan.Node
	Inputs func(id catalog.ID) Relation
	// Clock gives the epochs to a plan that reads nothing.
	Clock  Relation
	Out    Output
	Errors *ErrorSet
	Style  *types.Style
	// Base is the first of the dataflow's state tables: the output's, then the errors',
	// then the operators'.
	Base state.TableID
	// From is the epoch to start at. Fresh: the inputs are read at From first; else the
	// state is that of From, filled by Load.
	From  types.Epoch
	Fresh bool
	Load  func(id state.TableID, f func(key, val []byte) error) error
	// Filled is called once the dataflow has caught up with From.
	Filled func()
}

// outputTables is how many state tables are left to the output and the errors.
const (
	outputTables = 8
	errorTable   = 7
	opTables     = 16
)

// Dataflow is the running graph of one view or sink.
type Dataflow struct {
	cfg    DataflowConfig
	graph  *graph
	inputs []*input
	wake   chan struct{}
	stop   chan struct{}
	done   chan struct{}
	once   sync.Once
	err    error // valid once done is closed

	mem   atomic.Int64
	rows  atomic.Int64 // taken in so far
	epoch atomic.Uint64
}

// input is one relation read by the dataflow.
type input struct {
	leaves  []*scanLeaf
	rel     Relation
	cur     *Cursor
	blocked bool // delivered the barrier
	barrier Barrier
}

// NewDataflow builds a dataflow and takes its cursors; From must be readable in all inputs
// until the dataflow has caught up. Run starts it.
func NewDataflow(cfg DataflowConfig) (*Dataflow, error) {
	d := &Dataflow{cfg: cfg, wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	env := &Env{
		Expr: expr.NewCtx(cfg.Style, 0), Workers: 1, Durable: true, Stopped: d.stop,
		Error: func(err *pgerr.Error, w int64, b *types.Batch, row int) error {
			cfg.Errors.Add(err, w, rowText(b, row))
			return nil
		},
	}
	env.Expr.Interrupt = env.interrupted
	g, err := buildGraph(env, cfg.Plan, outputOp{cfg.Out})
	if err != nil {
		return nil, err
	}
	d.graph = g
	if err = d.attach(); err == nil && !cfg.Fresh {
		err = d.load()
	}
	if err != nil {
		d.detach()
		return nil, err
	}
	return d, nil
}

// detach stops listening to the inputs.
func (d *Dataflow) detach() {
	for _, in := range d.inputs {
		in.rel.Changelog().Unsubscribe(d.wake)
	}
}

// attach takes a cursor on every relation the graph scans.
func (d *Dataflow) attach() error {
	byRel := map[catalog.ID]*input{}
	for _, l := range d.graph.scans {
		in := byRel[l.node.Relation]
		if in == nil {
			rel := d.cfg.Inputs(l.node.Relation)
			if rel == nil {
				return pgerr.Internal("relation %d is not running", l.node.Relation)
			}
			var err error
			if in, err = d.open(rel); err != nil {
				return err
			}
			byRel[l.node.Relation] = in
		}
		in.leaves = append(in.leaves, l)
	}
	if len(d.inputs) == 0 {
		_, err := d.open(d.cfg.Clock)
		return err
	}
	return nil
}

func (d *Dataflow) open(rel Relation) (*input, error) {
	cur, ok := rel.Changelog().Cursor(d.cfg.From)
	if !ok {
		return nil, pgerr.Internal("%s: a changelog does not reach back to epoch %d", d.cfg.Name, d.cfg.From)
	}
	in := &input{rel: rel, cur: cur}
	d.inputs = append(d.inputs, in)
	rel.Changelog().Subscribe(d.wake)
	return in, nil
}

// outputOp is the root of the graph: it hands over to the output.
type outputOp struct{ out Output }

// Process hands the batch over.
func (o outputOp) Process(_ int, b *types.Batch, _ Emit) error { return o.out.Emit(b) }

// Barrier has nothing to do: the dataflow ends the epoch of the output.
func (o outputOp) Barrier(types.Epoch, Emit) error { return nil }

func (d *Dataflow) load() error {
	if err := d.cfg.Out.Load(d.cfg.Base, d.cfg.Load); err != nil {
		return err
	}
	if err := d.cfg.Load(d.cfg.Base+errorTable, d.cfg.Errors.Load); err != nil {
		return err
	}
	return d.graph.load(d.cfg.Base+opTables, d.cfg.Load)
}

// StateTables lists the state tables of a dataflow with this base.
func (d *Dataflow) StateTables() []state.TableID {
	var ids []state.TableID
	for i := range state.TableID(outputTables) {
		ids = append(ids, d.cfg.Base+i)
	}
	for i := range d.graph.stateTables() {
		ids = append(ids, d.cfg.Base+opTables+state.TableID(i))
	}
	return ids
}

// Stop ends the dataflow at the next batch, without waiting for data, and waits for it.
func (d *Dataflow) Stop() {
	d.once.Do(func() { close(d.stop) })
	<-d.done
}

// Done is closed when the dataflow has ended; Err then says why.
func (d *Dataflow) Done() <-chan struct{} { return d.done }

// Err is why the dataflow ended; nil if it was stopped. It is valid once Done is closed.
func (d *Dataflow) Err() error { return d.err }

// MemSize is the bytes of the operators' state, as of the last barrier.
func (d *Dataflow) MemSize() int64 { return d.mem.Load() }

// Epoch is the last epoch the dataflow has completed.
func (d *Dataflow) Epoch() types.Epoch { return types.Epoch(d.epoch.Load()) }

// RowsIn is the number of rows taken in so far.
func (d *Dataflow) RowsIn() int64 { return d.rows.Load() }

// Run runs the dataflow until it is stopped or fails.
func (d *Dataflow) Run() {
	defer close(d.done)
	err := d.guarded()
	d.detach()
	if errors.Is(err, errStopped) {
		d.cfg.Out.Fail(pgerr.New(pgerr.ObjectNotInPrerequisiteState, "%s was stopped", d.cfg.Name))
		return
	}
	d.err = err
	d.cfg.Out.Fail(err)
}

// guarded turns a panic of an operator into the failure of this dataflow alone.
func (d *Dataflow) guarded() (err error) {
	defer func() {
		p := recover()
		if e, ok := p.(*pgerr.Error); ok {
			err = e
		} else if p != nil {
			err = pgerr.Internal("%v", p).WithDetail("%s", debug.Stack())
		}
	}()
	if d.cfg.Fresh {
		if err := d.fill(); err != nil {
			return err
		}
	}
	if d.cfg.Filled != nil {
		d.cfg.Filled()
	}
	d.epoch.Store(uint64(d.cfg.From))
	for {
		if err := d.step(); err != nil {
			return err
		}
	}
}

// fill reads the inputs as of epoch From, which thereby becomes the first epoch of the
// output.
func (d *Dataflow) fill() error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	go func() {
		select {
		case <-d.stop:
			cancel(errStopped)
		case <-ctx.Done():
		}
	}()
	for _, in := range d.inputs {
		if err := d.await(ctx, in); err != nil {
			return err
		}
		err := in.rel.Snapshot(ctx, d.cfg.From, func(b *types.Batch) error { return d.push(in, b) })
		if err != nil {
			return err
		}
	}
	if err := d.graph.start(); err != nil {
		return err
	}
	return d.end(Barrier{Epoch: d.cfg.From})
}

// await waits until the input has completed epoch From.
func (d *Dataflow) await(ctx context.Context, in *input) error {
	for {
		_, upper, err := in.rel.Changelog().Bounds()
		if err != nil {
			return inputFailed(err)
		}
		if upper > d.cfg.From {
			return nil
		}
		select {
		case <-d.wake:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func inputFailed(err error) error {
	return fmt.Errorf("a relation it reads has stopped: %w", err)
}

func (d *Dataflow) push(in *input, b *types.Batch) error {
	select {
	case <-d.stop:
		return errStopped
	default:
	}
	d.rows.Add(int64(b.Len()))
	for _, l := range in.leaves {
		if err := l.push(b); err != nil {
			return err
		}
	}
	return nil
}

// step reads what the inputs have, in turn, until each has delivered the barrier; then it
// ends the epoch. It waits when there is nothing to read.
func (d *Dataflow) step() error {
	progress, aligned := false, true
	for _, in := range d.inputs {
		if in.blocked {
			continue
		}
		b, br, ready, err := in.cur.Next()
		switch {
		case err != nil:
			return inputFailed(err)
		case b != nil:
			if err := d.push(in, b); err != nil {
				return err
			}
		case ready:
			in.blocked, in.barrier = true, br
		}
		progress = progress || ready
		aligned = aligned && in.blocked
	}
	if aligned {
		return d.align()
	}
	if progress {
		return nil
	}
	select {
	case <-d.wake:
		return nil
	case <-d.stop:
		return errStopped
	}
}

// align ends the epoch that every input has delivered.
func (d *Dataflow) align() error {
	br := d.inputs[0].barrier
	for _, in := range d.inputs {
		if in.barrier.Epoch != br.Epoch {
			return pgerr.Internal("barriers out of step: %d and %d", br.Epoch, in.barrier.Epoch)
		}
		in.blocked = false
	}
	return d.end(br)
}

// end lets the operators emit what the epoch changed, hands their state over if a
// checkpoint is taken, and only then passes the barrier on.
func (d *Dataflow) end(br Barrier) error {
	if err := d.graph.barrier(br.Epoch); err != nil {
		return err
	}
	d.cfg.Errors.End(br.Epoch)
	if br.Save != nil && br.Save.Wants(d.cfg.Name) {
		deltas, err := d.cfg.Out.Save(d.cfg.Base, br.Epoch)
		if err != nil {
			return err
		}
		deltas = append(deltas, d.cfg.Errors.Save(d.cfg.Base+errorTable))
		br.Save.Save(d.cfg.Name, append(deltas, d.graph.save(d.cfg.Base+opTables)...))
	}
	d.mem.Store(int64(d.graph.memSize()))
	d.epoch.Store(uint64(br.Epoch))
	return d.cfg.Out.End(br)
}
