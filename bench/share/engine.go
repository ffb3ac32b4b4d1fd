package share

import (
	"fmt"

	"streamdb/bench/handwritten"
	"streamdb/bench/nexmark"
	"streamdb/catalog"
	"streamdb/exec"
	"streamdb/expr"
	"streamdb/planner"
	"streamdb/planner/plan"
	"streamdb/sql"
	"streamdb/state"
	"streamdb/types"
)

// planOf plans a Nexmark query as that of a view.
func planOf(name string) (plan.Node, error) {
	text, err := nexmark.SQL(name)
	if err != nil {
		return nil, err
	}
	stmts, err := sql.Parse(text)
	if err != nil {
		return nil, err
	}
	q, ok := stmts[0].(*sql.Query)
	if !ok {
		return nil, fmt.Errorf("share: %s is no query", name)
	}
	r, err := newResolver()
	if err != nil {
		return nil, err
	}
	v, err := planner.InferView(q, nil, &planner.Env{Resolver: r, Text: text, Ctx: expr.NewCtx(types.DefaultStyle(), 0)})
	if err != nil {
		return nil, err
	}
	return v.Root, nil
}

// counter takes a dataflow's rows and counts them, as the blackhole sink does.
type counter struct {
	rows int64
	last types.Epoch
	done chan struct{} // closed when the last epoch has ended
	err  error         // valid once done is closed
}

// Emit counts the rows of a batch.
func (c *counter) Emit(b *types.Batch) error {
	c.rows += int64(b.Len())
	return nil
}

// End notices the last epoch.
func (c *counter) End(br exec.Barrier) error {
	if br.Epoch == c.last {
		close(c.done)
	}
	return nil
}

// Save is not called: there are no checkpoints.
func (c *counter) Save(state.TableID, types.Epoch, *exec.Handover) error { return nil }

// Load has nothing to load.
func (c *counter) Load(state.TableID, func(state.TableID, func(key, val []byte) error) error) error {
	return nil
}

// Fail is told of the end, too.
func (c *counter) Fail(err error) {
	select {
	case <-c.done:
	default:
		c.err = err
		close(c.done)
	}
}

// engine is a dataflow that is ready to run, once.
type engine struct {
	flow *exec.Dataflow
	out  *counter
}

func newEngine(root plan.Node, epochs []handwritten.Epoch) (*engine, error) {
	in := newInputs(epochs)
	out := &counter{last: types.Epoch(len(epochs)), done: make(chan struct{})}
	flow, err := exec.NewDataflow(exec.DataflowConfig{
		Name: "share", Plan: root, Inputs: func(id catalog.ID) exec.Relation { return in[id] },
		Out: out, Errors: exec.NewErrorSet(1), Style: types.DefaultStyle(), Fresh: true, Workers: 1,
	})
	return &engine{flow, out}, err
}

// run takes all epochs through the dataflow and returns the number of rows that came out.
func (e *engine) run() (rows int64, err error) {
	go e.flow.Run()
	<-e.out.done
	e.flow.Stop()
	return e.out.rows, e.out.err
}
