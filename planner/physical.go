package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// lowerer turns relations over numbered columns into plan nodes over positions.
type lowerer struct {
	cols   columnTable
	props  plan.Deriver
	shared map[*shared]plan.Node
}

// lower builds the plan of r with the given columns, in order.
func (b *binder) lower(r rel, ids []int) (plan.Node, error) {
	l := &lowerer{cols: b.cols, shared: map[*shared]plan.Node{}}
	n, layout, err := l.node(r)
	if err != nil {
		return nil, err
	}
	n = l.exact(n, layout, ids)
	return n, checkColumns(n)
}

// checkColumns fails for a plan in which a column was lost, a bug of a rewrite.
func checkColumns(root plan.Node) error {
	var lost error
	plan.Walk(root, func(n plan.Node) bool {
		for _, e := range plan.Exprs(n) {
			expr.Columns(e, func(i int) {
				if i < 0 {
					lost = pgerr.Internal("a column is missing below %T: %s", n, e)
				}
			})
		}
		return true
	})
	return lost
}

// node builds a plan node; layout says which column stands at each position.
func (l *lowerer) node(r rel) (n plan.Node, layout []int, err error) {
	if s, ok := r.(*sharedRel); ok {
		n, err := l.sharedNode(s)
		return n, s.cols, err
	}
	ins := r.inputs()
	nodes, layouts := make([]plan.Node, len(ins)), make([][]int, len(ins))
	for i, in := range ins {
		if nodes[i], layouts[i], err = l.node(in); err != nil {
			return nil, nil, err
		}
	}
	return l.build(r, nodes, layouts)
}

func (l *lowerer) sharedNode(s *sharedRel) (plan.Node, error) {
	if n, ok := l.shared[s.def]; ok {
		return n, nil
	}
	n, layout, err := l.node(s.def.in)
	if err != nil {
		return nil, err
	}
	n = l.exact(n, layout, s.def.cols)
	l.shared[s.def] = n
	return n, nil
}

// exact brings a node's columns into the given order.
func (l *lowerer) exact(n plan.Node, layout, ids []int) plan.Node {
	if slices.Equal(layout, ids) {
		return n
	}
	p := &plan.Project{Input: n, Exprs: make([]expr.Expr, len(ids)), Out: l.schema(ids)}
	for i, id := range ids {
		p.Exprs[i] = &expr.Col{Index: slices.Index(layout, id), T: l.cols[id].typ}
	}
	return l.finish(p, p.Out)
}

// schema names and types columns.
func (l *lowerer) schema(ids []int) types.Schema {
	s := make(types.Schema, len(ids))
	for i, id := range ids {
		s[i] = types.Column{Name: l.cols[id].name, Type: l.cols[id].typ}
	}
	return s
}

// finish notes in a new node's schema what is known not to be NULL.
func (l *lowerer) finish(n plan.Node, out types.Schema) plan.Node {
	for i, notNull := range l.props.Props(n).NotNull {
		out[i].NotNull = notNull
	}
	return n
}

// positional rewrites an expression from column numbers to positions.
func positional(e expr.Expr, layout []int) expr.Expr {
	if e == nil {
		return nil
	}
	return expr.Map(e, func(x expr.Expr) expr.Expr {
		if c, ok := x.(*expr.Col); ok {
			return &expr.Col{Index: slices.Index(layout, c.Index), T: c.T}
		}
		return x
	})
}

func positionalAll(es []expr.Expr, layout []int) []expr.Expr {
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		out[i] = positional(e, layout)
	}
	return out
}

func indexes(ids, layout []int) []int {
	out := make([]int, len(ids))
	for i, id := range ids {
		out[i] = slices.Index(layout, id)
	}
	return out
}

func (l *lowerer) build(r rel, in []plan.Node, lay [][]int) (plan.Node, []int, error) {
	cols := r.columns()
	out := l.schema(cols)
	switch r := r.(type) {
	case *scanRel:
		return l.scanWithOID(r), cols, nil
	case *valuesRel:
		return l.finish(&plan.Values{Rows: r.rows, Out: out}, out), cols, nil
	case *filterRel:
		return &plan.Filter{Input: in[0], Pred: plan.Conjunction(positionalAll(r.preds, lay[0]))}, lay[0], nil
	case *projectRel:
		return l.finish(&plan.Project{Input: in[0], Exprs: positionalAll(r.exprs(), lay[0]), Out: out}, out), cols, nil
	case *joinRel:
		n, cols := l.join(r, in, lay)
		return n, cols, nil
	case *aggRel:
		n := &plan.Aggregate{Input: in[0], Keys: indexes(r.keys, lay[0]), Global: r.global, Out: out}
		for _, a := range r.aggs {
			call, _ := withAggExprs(a.call, positionalAll(aggExprs(&a.call), lay[0]))
			n.Aggs = append(n.Aggs, call)
		}
		n.Together = severalDistinct(n.Aggs)
		return l.finish(n, out), cols, nil
	case *unionRel:
		n := &plan.Union{Out: out}
		for i := range in {
			n.Ins = append(n.Ins, l.exact(in[i], lay[i], r.from[i]))
		}
		return l.finish(n, out), cols, nil
	case *setOpRel:
		n := &plan.SetOp{Except: r.except, All: r.all, Out: out}
		n.Left, n.Right = l.exact(in[0], lay[0], r.lcols), l.exact(in[1], lay[1], r.rcols)
		return l.finish(n, out), cols, nil
	case *tableFuncRel:
		n, cols := l.tableFunc(r, in[0], lay[0])
		return n, cols, nil
	case *singleRowRel:
		return &plan.SingleRow{Input: in[0], Keys: indexes(r.keys, lay[0])}, lay[0], nil
	case *sortRel:
		n := &plan.Sort{Input: in[0]}
		for _, k := range r.keys {
			n.Keys = append(n.Keys, plan.SortKey{Column: slices.Index(lay[0], k.col), Desc: k.desc, NullsFirst: k.nullsFirst})
		}
		return n, lay[0], nil
	case *limitRel:
		n := &plan.Limit{Input: in[0], Keys: indexes(r.keys, lay[0]), WithTies: r.withTies}
		n.Count, n.Offset = positional(r.count, lay[0]), positional(r.offset, lay[0])
		return n, lay[0], nil
	}
	return nil, nil, pgerr.Internal("relation %T", r)
}

func (l *lowerer) scan(r *scanRel) plan.Node {
	t := r.table
	n := &plan.Scan{
		Relation: t.ID, Name: t.Schema + "." + t.Name, Kind: t.Kind, Columns: r.positions,
		Out: l.schema(r.cols), Append: t.AppendOnly, Eq: r.eq,
	}
	for i, p := range r.positions {
		n.Out[i].NotNull = t.Columns[p].NotNull
	}
	if keys := scanKeys(r); keys != nil {
		n.Key = indexes(keys[0], r.cols)
	}
	return n
}

func (l *lowerer) join(r *joinRel, in []plan.Node, lay [][]int) (plan.Node, []int) {
	both := slices.Concat(lay[0], lay[1])
	n := &plan.Join{Kind: r.kind, Left: in[0], Right: in[1], Residual: plan.Conjunction(positionalAll(r.on, both))}
	for _, k := range r.keys {
		n.LeftKeys = append(n.LeftKeys, slices.Index(lay[0], k.l))
		n.RightKeys = append(n.RightKeys, slices.Index(lay[1], k.r))
		n.NullSafe = append(n.NullSafe, k.nullSafe)
	}
	layout := both
	if !keepsRight(r.kind) {
		layout = lay[0]
	}
	n.Out = l.schema(layout)
	return l.finish(n, n.Out), layout
}

func (l *lowerer) tableFunc(r *tableFuncRel, in plan.Node, layout []int) (plan.Node, []int) {
	n := &plan.TableFunc{Input: in, Ordinality: r.ord >= 0, Outer: r.outer}
	cols := slices.Clone(layout)
	for _, f := range r.funcs {
		n.Funcs = append(n.Funcs, plan.SetCall{Fn: f.fn, Args: positionalAll(f.args, layout), Cols: l.schema(f.cols)})
		cols = append(cols, f.cols...)
	}
	if r.ord >= 0 {
		cols = append(cols, r.ord)
	}
	n.Out = l.schema(cols)
	return l.finish(n, n.Out), cols
}

// severalDistinct reports whether more than one call has DISTINCT.
func severalDistinct(aggs []expr.AggCall) bool {
	n := 0
	for i := range aggs {
		if aggs[i].Distinct {
			n++
		}
	}
	return n > 1
}
