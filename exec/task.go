package exec

import (
	"runtime/debug"
	"sync/atomic"
	"time"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// task is one fragment at one worker: a goroutine that reads its inputs in turn, stops
// reading each one that delivered the barrier until all have (alignment), and then ends
// the epoch.
type task struct {
	d       *Dataflow
	worker  int
	env     *Env
	graph   *graph
	inputs  []*input
	senders []*sender
	last    bool // its rows go to the output
	wake    chan struct{}
	errs    *errorDelta  // of the open epoch; nil: none
	mem     atomic.Int64 // bytes of the operators' state
	step0   atomic.Int64 // when the current step began, in ns since 1970; 0: it waits
	pushed  int          // batches since mem was set
	saving  *saving      // what the last checkpoint still waits for
}

// measureEvery is the number of batches after which a task looks what its state takes, in
// the midst of an epoch: an epoch may be long.
const measureEvery = 64

// input is what a task reads: a relation, or a queue of an exchange.
type input struct {
	feed    feed
	rel     Relation                     // nil: a queue
	cursor  *Cursor                      // on rel's changelog
	push    []func(b *types.Batch) error // the leaves it feeds
	blocked bool                         // delivered the barrier
	barrier Barrier
}

func newTask(d *Dataflow, worker int, last bool) *task {
	t := &task{d: d, worker: worker, last: last, wake: make(chan struct{}, 1)}
	t.env = &Env{
		Expr: expr.NewCtx(d.cfg.Style, 0), Worker: worker, Workers: d.workers, Durable: true, Stopped: d.stop, Brake: d.cfg.Brake,
		Error: func(err *pgerr.Error, w int64, b *types.Batch, row int) error {
			if stop := t.env.interrupted(); stop != nil {
				return stop // the error may be that the evaluation was told to end
			}
			if w == 0 {
				return nil
			}
			if t.errs == nil {
				t.errs = t.d.cfg.Errors.delta()
			}
			t.errs.add(err, w, rowText(b, row))
			return nil
		},
	}
	t.env.Expr.Interrupt = t.env.interrupted
	return t
}

// poke wakes the task.
func (t *task) poke() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// build makes the task's operators. Its rows go to the dataflow's output, or to queues.
func (t *task) build(f *fragment, queues map[*plan.Exchange]queueGrid) error {
	var sinks []sink
	if f.root != nil {
		sinks = append(sinks, sink{f.root, outputOp{t.d}})
	}
	for _, x := range f.sends {
		s := newSender(t.env, x.Keys, x.Schema().Types(), queues[x][t.worker])
		t.senders = append(t.senders, s)
		sinks = append(sinks, sink{x.Input, s})
	}
	g, err := buildGraph(t.env, sinks, &t.d.props)
	t.graph = g
	return err
}

// attach takes a cursor on every relation the task scans, and its ends of the queues.
func (t *task) attach(queues map[*plan.Exchange]queueGrid) error {
	byRel := map[catalog.ID]*input{}
	for _, l := range t.graph.scans {
		in := byRel[l.node.Relation]
		if in == nil {
			rel := t.d.cfg.Inputs(l.node.Relation)
			if rel == nil {
				return pgerr.Internal("relation %d is not running", l.node.Relation)
			}
			var err error
			if in, err = t.open(rel); err != nil {
				return err
			}
			byRel[l.node.Relation] = in
		}
		in.push = append(in.push, l.push)
	}
	for _, l := range t.graph.receives {
		for _, from := range queues[l.node] {
			t.inputs = append(t.inputs, &input{feed: from[t.worker], push: []func(*types.Batch) error{l.src.emit}})
		}
	}
	if len(t.inputs) == 0 {
		_, err := t.open(t.d.cfg.Clock)
		return err
	}
	return nil
}

func (t *task) open(rel Relation) (*input, error) {
	cur, ok := rel.Changelog().Cursor(t.d.cfg.From)
	if !ok {
		return nil, pgerr.Internal("%s: a changelog does not reach back to epoch %d", t.d.cfg.Name, t.d.cfg.From)
	}
	in := &input{rel: rel, feed: cur, cursor: cur}
	if t.d.workers > 1 {
		cur.Deal(t.worker, t.d.workers)
	}
	if _, ok := rel.(*Source); !ok { // a source's batches are large, seldom take anything back, and must not be read ahead
		in.feed = &netting{feed: in.feed}
	}
	t.inputs = append(t.inputs, in)
	rel.Changelog().Subscribe(t.wake)
	return in, nil
}

// detach stops listening to the inputs.
func (t *task) detach() {
	for _, in := range t.inputs {
		if in.rel != nil {
			in.rel.Changelog().Unsubscribe(t.wake)
			in.cursor.Close()
		}
	}
}

// run runs the task until it is stopped or fails. A panic of an operator is the failure
// of its dataflow alone.
func (t *task) run() (err error) {
	defer func() {
		p := recover()
		if e, ok := p.(*pgerr.Error); ok {
			err = e
		} else if p != nil {
			err = pgerr.Internal("%v", p).WithDetail("%s", debug.Stack())
		}
	}()
	if t.d.cfg.Fresh && t.worker == 0 {
		if err := t.graph.start(); err != nil {
			return err
		}
	}
	for {
		if err := t.step(); err != nil {
			return err
		}
	}
}

// step reads what the inputs have, in turn, until each has delivered the barrier; then it
// ends the epoch. It waits when there is nothing to read.
func (t *task) step() error {
	t.step0.Store(time.Now().UnixNano())
	progress, aligned, rows := false, true, 0
	for _, in := range t.inputs {
		if in.blocked {
			continue
		}
		b, br, ready, err := in.feed.Next()
		switch {
		case err != nil:
			return inputFailed(err)
		case b != nil:
			if err := t.push(in, b); err != nil {
				return err
			}
			rows += b.Len()
		case ready:
			in.blocked, in.barrier = true, br
		}
		progress = progress || ready
		aligned = aligned && in.blocked
	}
	saving := t.saving != nil
	t.save(rows) // no fewer records than rows: else they might come faster than they go
	if aligned {
		return t.align()
	}
	if progress || saving {
		return nil
	}
	t.step0.Store(0)
	select {
	case <-t.wake:
		return nil
	case <-t.d.stop:
		return errStopped
	}
}

func (t *task) push(in *input, b *types.Batch) error {
	if err := t.env.interrupted(); err != nil {
		return err
	}
	if in.rel != nil {
		t.d.rows.Add(int64(b.Len()))
	}
	for _, push := range in.push {
		if err := push(b); err != nil {
			return err
		}
	}
	if t.pushed++; t.pushed%measureEvery == 0 {
		t.mem.Store(int64(t.graph.memSize()))
	}
	return nil
}

// align ends the epoch that every input has delivered.
func (t *task) align() error {
	br := t.inputs[0].barrier
	for _, in := range t.inputs {
		if in.barrier.Epoch != br.Epoch {
			return pgerr.Internal("barriers out of step: %d and %d", br.Epoch, in.barrier.Epoch)
		}
		in.blocked = false
	}
	return t.end(br)
}

// save writes a slice of what the last checkpoint is to have, if anything is left.
func (t *task) save(n int) {
	if t.saving != nil && !t.saving.step(max(n, saveSlice)) {
		t.saving = nil
	}
}

// saveAll writes what is left for the last checkpoint.
func (t *task) saveAll() {
	for t.saving != nil {
		t.save(saveSlice)
	}
}

// end lets the operators emit what the epoch changed, says what they are to save if a
// checkpoint is taken, and only then passes the barrier on.
func (t *task) end(br Barrier) error {
	if err := t.graph.barrier(br.Epoch); err != nil {
		return err
	}
	e := t.d.ending(br)
	if e.save != nil {
		t.saveAll()
		t.saving = t.graph.freeze(e.save)
	}
	t.mem.Store(int64(t.graph.memSize()))
	errs := t.errs
	t.errs = nil
	if err := t.d.deliver(t, e, errs); err != nil {
		return err
	}
	for _, s := range t.senders {
		if err := s.close(br); err != nil {
			return err
		}
	}
	if t.last && t.d.cfg.Room != nil {
		t.d.cfg.Room(t.d.stop)
	}
	return nil
}
