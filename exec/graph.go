package exec

import (
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// graph is a plan built into operators. Batches enter at its leaves and leave at its root;
// a node of the plan that is used twice is one operator with two edges out of it.
type graph struct {
	env   *Env
	order []*opNode // inputs before what reads them
	scans []*scanLeaf
	// receives are where rows come in from other tasks.
	receives []*receiveLeaf
	// constants are emitted once, in the first epoch of a dataflow that starts from nothing.
	constants []*valuesLeaf
}

// opNode is one operator and where its output goes.
type opNode struct {
	plan  plan.Node
	op    Operator
	outs  []edge
	table state.TableID // the first of its state tables
}

// sink is where the rows of a node of the plan end up.
type sink struct {
	from plan.Node
	op   Operator
}

type edge struct {
	to    *opNode
	port  int
	check func(b *types.Batch) error // looks at every batch; only in tests
}

// emit passes a batch to everything that reads the node.
func (n *opNode) emit(b *types.Batch) error {
	for i := range n.outs {
		e := &n.outs[i]
		if e.check != nil {
			if err := e.check(b); err != nil {
				return err
			}
		}
		if err := e.to.op.Process(e.port, b, e.to.emit); err != nil {
			return err
		}
	}
	return nil
}

// scanLeaf is where a relation's rows enter.
type scanLeaf struct {
	node *plan.Scan
	src  opNode
	b    types.Batch
}

// push passes on the columns of b that the scan reads.
func (l *scanLeaf) push(b *types.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	l.b = types.Batch{N: b.N, Cols: l.b.Cols[:0], W: b.W, Sel: b.Sel}
	for _, c := range l.node.Columns {
		l.b.Cols = append(l.b.Cols, b.Cols[c])
	}
	return l.src.emit(&l.b)
}

// receiveLeaf is where rows of an exchange enter.
type receiveLeaf struct {
	node *plan.Exchange
	src  opNode
}

// valuesLeaf is a constant relation.
type valuesLeaf struct {
	node *plan.Values
	src  opNode
}

// push computes the rows and passes them on.
func (l *valuesLeaf) push(env *Env) error {
	b := types.NewBatch(l.node.Out.Types(), len(l.node.Rows))
rows:
	for _, exprs := range l.node.Rows {
		row := make(types.Row, len(exprs))
		for i, e := range exprs {
			var err error
			if row[i], err = expr.EvalConst(env.Expr, e); err == nil {
				continue
			}
			if err := env.Error(pgerr.From(err), 1, nil, 0); err != nil {
				return err
			}
			continue rows
		}
		b.AppendRow(row, 1)
	}
	if b.N == 0 {
		return nil
	}
	return l.src.emit(b)
}

// buildGraph makes the operators between leaves and sinks. Leaves are scans, constants and
// exchanges, through which other tasks send.
func buildGraph(env *Env, sinks []sink, props *plan.Deriver) (*graph, error) {
	g := &graph{env: env}
	bld := builder{g: g, built: map[plan.Node]*opNode{}, props: props}
	for _, s := range sinks {
		top := &opNode{op: s.op}
		if err := bld.connect(s.from, top, 0); err != nil {
			return nil, err
		}
		g.order = append(g.order, top)
	}
	return g, nil
}

type builder struct {
	g     *graph
	built map[plan.Node]*opNode
	props *plan.Deriver
}

// connect builds n, unless it is built, and leads its output to a port of to.
func (b *builder) connect(n plan.Node, to *opNode, port int) error {
	src, ok := b.built[n]
	if !ok {
		var err error
		if src, err = b.node(n); err != nil {
			return err
		}
		b.built[n] = src
	}
	src.outs = append(src.outs, edge{to: to, port: port})
	return nil
}

func (b *builder) node(n plan.Node) (*opNode, error) {
	switch n := n.(type) {
	case *plan.Scan:
		l := &scanLeaf{node: n, src: opNode{plan: n}}
		b.g.scans = append(b.g.scans, l)
		return &l.src, nil
	case *plan.Values:
		l := &valuesLeaf{node: n, src: opNode{plan: n}}
		b.g.constants = append(b.g.constants, l)
		return &l.src, nil
	case *plan.Exchange:
		l := &receiveLeaf{node: n, src: opNode{plan: n}}
		b.g.receives = append(b.g.receives, l)
		return &l.src, nil
	}
	op, err := b.operator(n)
	if err != nil {
		return nil, err
	}
	o := &opNode{plan: n, op: op}
	for port, in := range n.Inputs() {
		if err := b.connect(in, o, port); err != nil {
			return nil, err
		}
	}
	b.g.order = append(b.g.order, o)
	return o, nil
}

// grows reports whether the rows of n are never retracted.
func (b *builder) grows(n plan.Node) bool { return b.g.env.Once || b.props.Props(n).AppendOnly }

func (b *builder) operator(n plan.Node) (Operator, error) {
	env := b.g.env
	switch n := n.(type) {
	case *plan.Filter:
		return newFilter(env, n.Pred)
	case *plan.Project:
		return newProject(env, n.Exprs)
	case *plan.Join:
		return newJoin(env, n, [2]bool{b.grows(n.Left), b.grows(n.Right)})
	case *plan.Aggregate:
		return newAggregate(env, n, b.grows(n.Input))
	case *plan.Union:
		return union{}, nil
	case *plan.SetOp:
		return newSetOp(env, n)
	case *plan.TableFunc:
		return newTableFunc(env, n)
	case *plan.SingleRow:
		return newSingleRow(env, n), nil
	case *plan.Sort:
		return newSorter(n), nil
	case *plan.Limit:
		return newLimiter(env, n)
	}
	return nil, pgerr.Internal("no operator for %T", n)
}

// start emits the constants.
func (g *graph) start() error {
	for _, c := range g.constants {
		if err := c.push(g.env); err != nil {
			return err
		}
	}
	return nil
}

// barrier ends epoch e, inputs before what reads them.
func (g *graph) barrier(e types.Epoch) error {
	for _, n := range g.order {
		if err := n.op.Barrier(e, n.emit); err != nil {
			return err
		}
	}
	return nil
}

// memSize is the bytes of all operators' state.
func (g *graph) memSize() int {
	n := 0
	for _, o := range g.order {
		if s, ok := o.op.(Stateful); ok {
			n += s.MemSize()
		}
	}
	return n
}
