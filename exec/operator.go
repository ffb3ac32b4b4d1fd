package exec

import (
	"errors"

	"streamdb/expr"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Emit passes a batch on. The receiver reads it only until it returns.
type Emit func(b *types.Batch) error

// Operator turns the deltas of its inputs into the delta of its output. One goroutine
// calls it.
type Operator interface {
	// Process takes one batch of input port. Changes may come in any order within an
	// epoch, and counts may be negative until the barrier.
	Process(port int, b *types.Batch, out Emit) error
	// Barrier ends epoch e: every input has delivered all of it. The operator emits what
	// the epoch changed and has not been emitted yet.
	Barrier(e types.Epoch, out Emit) error
}

// Env is what an operator may touch beside its state.
type Env struct {
	Expr *expr.Ctx
	// Worker of Workers: the operator owns the vnodes that vnodeOwner gives it.
	Worker, Workers int
	// Once says that there is one epoch, in which rows are only inserted.
	Once bool
	// Durable says that state will be saved, so that dirty records are tracked.
	Durable bool
	// Error takes one row of the error delta: err with weight w, for row of b (b nil: the
	// row is not known). An ad-hoc query returns the error and so ends.
	Error func(err *pgerr.Error, w int64, b *types.Batch, row int) error
	// Stopped is closed when the dataflow or query is to end; loops that may be long look.
	Stopped <-chan struct{}
	// Brake, if not nil, is called now and then; it takes its time when memory is short.
	Brake func()
	calls int
}

// brakeEvery is how many batches, or other steps that may be many, lie between two calls of
// Brake.
const brakeEvery = 16

// errStopped ends a task that was told to stop.
var errStopped = errors.New("stopped")

// interrupted returns errStopped once the dataflow is to end.
func (env *Env) interrupted() error {
	if env.calls++; env.Brake != nil && env.calls%brakeEvery == 0 {
		env.Brake()
	}
	select {
	case <-env.Stopped:
		return errStopped
	default:
		return nil
	}
}

// report moves the rows that failed in the evaluation over b to the error delta.
func (env *Env) report(b *types.Batch) error {
	for _, f := range env.Expr.Errs {
		if err := env.Error(f.Err, b.Weight(int(f.Row)), b, int(f.Row)); err != nil {
			return err
		}
	}
	return nil
}

// dropFailed reports the rows that failed and returns the rows of b that remain, in
// scratch if any failed.
func (env *Env) dropFailed(b *types.Batch, scratch *[]int32) ([]int32, error) {
	if len(env.Expr.Errs) == 0 {
		return b.Sel, nil
	}
	if err := env.report(b); err != nil {
		return nil, err
	}
	*scratch = env.Expr.DropFailed(b.Sel, b.N, noRows(*scratch))
	env.Expr.Reset()
	return *scratch, nil
}

// noRows is the selection of no rows, in the memory of sel: never nil, which would select
// all of them.
func noRows(sel []int32) []int32 {
	if sel == nil {
		return make([]int32, 0, 64)
	}
	return sel[:0]
}

// stateless is embedded by operators that keep nothing between batches.
type stateless struct{}

// Barrier has nothing to emit.
func (stateless) Barrier(types.Epoch, Emit) error { return nil }
