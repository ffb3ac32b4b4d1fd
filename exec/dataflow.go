package exec

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"streamdb/catalog"
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
	// Save adds the changes of the output's own state, whose first table is base, as it is
	// at the barrier that ends epoch at; it may do so later.
	Save(base state.TableID, at types.Epoch, into *Handover) error
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
	// Room, if not nil, waits between two epochs while the readers of the output are too far
	// behind, or until stop.
	Room  func(stop <-chan struct{})
	Brake func() // see [Env]
	// Workers is how many goroutines share the work of each operator; 0 is 1. It may change
	// from start to start.
	Workers int
}

// outputTables is how many state tables are left to the output and the errors.
const (
	outputTables = 8
	errorTable   = 7
	opTables     = 16
)

// Dataflow is the running graph of one view or sink: every fragment of its plan (the whole,
// if there is one worker) as a task at every worker.
type Dataflow struct {
	cfg     DataflowConfig
	workers int
	props   plan.Deriver
	tasks   []*task
	fillers []*filler
	tables  *stateTables
	stop    chan struct{}
	done    chan struct{}
	once    sync.Once
	abort   atomic.Pointer[error] // why it was told to end
	err     error                 // valid once done is closed

	out  sync.Mutex // one task at a time gives to the output
	mu   sync.Mutex
	ends map[types.Epoch]*epochEnd

	rows  atomic.Int64 // taken in so far
	epoch atomic.Uint64
}

// queueGrid is the queues of one exchange: from each worker to each worker.
type queueGrid [][]*queue

// NewDataflow builds a dataflow and takes its cursors; From must be readable in all inputs
// until the dataflow has caught up. Run starts it.
func NewDataflow(cfg DataflowConfig) (*Dataflow, error) {
	d := &Dataflow{
		cfg: cfg, workers: max(cfg.Workers, 1), ends: map[types.Epoch]*epochEnd{},
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	if d.workers > 1 {
		d.cfg.Plan = plan.Distribute(cfg.Plan)
	}
	err := d.build()
	if err == nil && !cfg.Fresh {
		err = d.load()
	}
	if err != nil {
		d.detach()
		return nil, err
	}
	return d, nil
}

// build makes the tasks, the queues between them, and their operators.
func (d *Dataflow) build() error {
	frags := cut(d.cfg.Plan)
	graphs := make([][]*graph, d.workers)
	byFragment := make([][]*task, len(frags))
	wakes := map[*plan.Exchange][]*task{} // the tasks that read an exchange, by worker
	for i, f := range frags {
		for w := range d.workers {
			t := newTask(d, w, f.root != nil)
			byFragment[i] = append(byFragment[i], t)
			d.tasks = append(d.tasks, t)
		}
		for n := range f.nodes {
			for _, in := range n.Inputs() {
				if x, ok := in.(*plan.Exchange); ok {
					wakes[x] = byFragment[i]
				}
			}
		}
	}
	queues := map[*plan.Exchange]queueGrid{}
	for x, readers := range wakes {
		queues[x] = newGrid(readers)
	}
	for i, f := range frags {
		for w, t := range byFragment[i] {
			if err := t.build(f, queues); err != nil {
				return err
			}
			graphs[w] = append(graphs[w], t.graph)
			if err := t.attach(queues); err != nil {
				return err
			}
		}
		if d.cfg.Fresh {
			d.fill(byFragment[i])
		}
	}
	d.tables = newStateTables(d.cfg.Plan, graphs, d.cfg.Base+opTables)
	return nil
}

func newGrid(readers []*task) queueGrid {
	g := make(queueGrid, len(readers))
	for from := range g {
		for _, t := range readers {
			g[from] = append(g[from], newQueue(t.wake))
		}
	}
	return g
}

// fill puts the rows of epoch From before what the cursors give, for the tasks of one
// fragment.
func (d *Dataflow) fill(tasks []*task) {
	for i, in := range tasks[0].inputs {
		if in.rel == nil {
			continue
		}
		f := &filler{d: d, rel: in.rel, tasks: tasks}
		for _, t := range tasks {
			fl := &fill{rows: make(chan *types.Batch, queueDepth), from: d.cfg.From, then: t.inputs[i].feed}
			t.inputs[i].feed = fl
			f.fills = append(f.fills, fl)
		}
		d.fillers = append(d.fillers, f)
	}
}

// detach stops listening to the inputs.
func (d *Dataflow) detach() {
	for _, t := range d.tasks {
		t.detach()
	}
}

func (d *Dataflow) load() error {
	if err := d.cfg.Out.Load(d.cfg.Base, d.cfg.Load); err != nil {
		return err
	}
	if err := d.cfg.Load(d.cfg.Base+errorTable, d.cfg.Errors.Load); err != nil {
		return err
	}
	return d.tables.load(d.cfg.Load)
}

// StateTables lists the state tables of a dataflow with this base.
func (d *Dataflow) StateTables() []state.TableID {
	var ids []state.TableID
	for i := range state.TableID(outputTables) {
		ids = append(ids, d.cfg.Base+i)
	}
	for i := range d.tables.count {
		ids = append(ids, d.cfg.Base+opTables+state.TableID(i))
	}
	return ids
}

// Stop ends the dataflow at the next batch, without waiting for data, and waits for it.
func (d *Dataflow) Stop() {
	d.once.Do(func() { close(d.stop) })
	<-d.done
}

// Abort ends the dataflow as Stop does, with err as the reason.
func (d *Dataflow) Abort(err error) {
	d.abort.CompareAndSwap(nil, &err)
	d.Stop()
}

// Forget gives the operators' state back. The dataflow has ended.
func (d *Dataflow) Forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tasks, d.fillers = nil, nil
	d.tables = &stateTables{count: d.tables.count}
}

// Done is closed when the dataflow has ended; Err then says why.
func (d *Dataflow) Done() <-chan struct{} { return d.done }

// Err is why the dataflow ended; nil if it was stopped. It is valid once Done is closed.
func (d *Dataflow) Err() error { return d.err }

// MemSize is the bytes of the operators' state, as of a moment ago.
func (d *Dataflow) MemSize() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	var n int64
	for _, t := range d.tasks {
		n += t.mem.Load()
	}
	return n
}

// Step is when the longest step under way of a task began; zero if none works. What a step
// takes is not in MemSize before it ends.
func (d *Dataflow) Step() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	var first int64
	for _, t := range d.tasks {
		if at := t.step0.Load(); at != 0 && (first == 0 || at < first) {
			first = at
		}
	}
	if first == 0 {
		return time.Time{}
	}
	return time.Unix(0, first)
}

// Lag is the bytes of changes of its inputs that the dataflow has not read yet.
func (d *Dataflow) Lag() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	var most int64
	for _, t := range d.tasks {
		var n int64
		for _, in := range t.inputs {
			if in.cursor != nil {
				n += in.cursor.Lag()
			}
		}
		most = max(most, n)
	}
	return most
}

// Epoch is the last epoch the dataflow has completed.
func (d *Dataflow) Epoch() types.Epoch { return types.Epoch(d.epoch.Load()) }

// RowsIn is the number of rows taken in so far.
func (d *Dataflow) RowsIn() int64 { return d.rows.Load() }

// Run runs the dataflow until it is stopped or fails.
func (d *Dataflow) Run() {
	defer close(d.done)
	d.epoch.Store(uint64(d.cfg.From))
	if !d.cfg.Fresh && d.cfg.Filled != nil {
		d.cfg.Filled()
	}
	var wg sync.WaitGroup
	errs := make(chan error, len(d.tasks)+len(d.fillers))
	start := func(run func() error) {
		wg.Go(func() {
			if err := run(); err != nil {
				errs <- err
				d.once.Do(func() { close(d.stop) })
			}
		})
	}
	for _, f := range d.fillers {
		start(f.run)
	}
	for _, t := range d.tasks {
		start(t.run)
	}
	wg.Wait()
	d.detach()
	for len(errs) > 0 && d.err == nil { // the first to fail stopped the others
		if err := <-errs; !errors.Is(err, errStopped) {
			d.err = err
		}
	}
	if p := d.abort.Load(); p != nil && d.err == nil {
		d.err = *p
	}
	if d.err == nil {
		d.cfg.Out.Fail(pgerr.New(pgerr.ObjectNotInPrerequisiteState, "%s was stopped", d.cfg.Name))
		return
	}
	d.cfg.Out.Fail(d.err)
}

func inputFailed(err error) error {
	return fmt.Errorf("a relation it reads has stopped: %w", err)
}
