package exec

import (
	"context"
	"errors"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Snapshotter gives a relation's rows at an epoch: a [Relation], a transaction's view of
// one, or a system relation.
type Snapshotter interface {
	Snapshot(ctx context.Context, e types.Epoch, yield func(*types.Batch) error) error
}

// Query runs a plan once, over the relations at one epoch: every relation's rows are its
// only delta. Result batches go to out; their weights are numbers of repetitions.
type Query struct {
	Plan   plan.Node
	Epoch  types.Epoch
	Inputs func(s *plan.Scan) (Snapshotter, error)
	Ctx    *expr.Ctx
	Brake  func() // see [Env]
}

// Run runs the query. The first row that raises an error ends it with that error.
func (q *Query) Run(ctx context.Context, out Emit) error {
	env := &Env{
		Expr: q.Ctx, Workers: 1, Once: true, Stopped: ctx.Done(), Brake: q.Brake,
		Error: func(err *pgerr.Error, _ int64, _ *types.Batch, _ int) error { return err },
	}
	if q.Ctx.Interrupt == nil {
		q.Ctx.Interrupt = ctx.Err
	}
	g, err := buildGraph(env, []sink{{q.Plan, collector{out}}}, new(plan.Deriver))
	if err != nil {
		return err
	}
	g.endsAtLimit(q.Plan)
	if err := q.feed(ctx, g); err != nil && !errors.Is(err, errEnough) {
		if errors.Is(err, errStopped) || ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
	return nil
}

func (q *Query) feed(ctx context.Context, g *graph) error {
	if err := g.start(); err != nil {
		return err
	}
	// Relations named last are read first: the right sides of joins are then in place when
	// the left side's rows probe them.
	read := map[catalog.ID]bool{}
	for i := len(g.scans) - 1; i >= 0; i-- {
		l := g.scans[i]
		if l.node.Eq == nil && read[l.node.Relation] {
			continue
		}
		leaves := []*scanLeaf{l}
		if l.node.Eq == nil {
			read[l.node.Relation] = true
			leaves = sameRelation(g.scans, l.node.Relation)
		}
		src, err := q.Inputs(l.node)
		if err != nil {
			return err
		}
		err = src.Snapshot(ctx, q.Epoch, func(b *types.Batch) error {
			for _, l := range leaves {
				if err := l.push(b); err != nil {
					return err
				}
			}
			return g.env.interrupted()
		})
		if err != nil {
			return err
		}
	}
	return g.barrier(q.Epoch)
}

// errEnough ends a query whose result is whole before its inputs are at their ends.
var errEnough = errors.New("the limit is reached")

// endsAtLimit finds the limit under which everything else of a plan lies: when it is reached,
// nothing that is still to be read can change the result.
func (g *graph) endsAtLimit(n plan.Node) {
	for {
		switch n.(type) {
		case *plan.Project, *plan.Filter:
			n = n.Inputs()[0]
			continue
		case *plan.Limit:
			for _, o := range g.order {
				if l, ok := o.op.(*limiter); ok && o.plan == n {
					l.ends = !l.node.WithTies && len(l.node.Keys) == 0
				}
			}
		}
		return
	}
}

func sameRelation(scans []*scanLeaf, id catalog.ID) []*scanLeaf {
	var same []*scanLeaf
	for _, l := range scans {
		if l.node.Relation == id && l.node.Eq == nil {
			same = append(same, l)
		}
	}
	return same
}

// collector is the root of a query: it hands the result on.
type collector struct{ out Emit }

// Process hands a batch of the result on.
func (c collector) Process(_ int, b *types.Batch, _ Emit) error { return c.out(b) }

// Barrier has nothing to emit.
func (collector) Barrier(types.Epoch, Emit) error { return nil }
