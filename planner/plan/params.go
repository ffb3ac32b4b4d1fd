package plan

import (
	"slices"

	"streamdb/expr"
)

// BindParams replaces the parameters of a plan: $1 by values[0], and so on. Values are
// constants of the parameters' types. Nodes without parameters stay as they are.
func BindParams(root Node, values []expr.Expr) Node {
	if len(values) == 0 {
		return root
	}
	return Rewrite(root, func(n Node) Node { return bindNode(n, values) })
}

// BindParamsIn is [BindParams] for an expression; nil stays nil.
func BindParamsIn(e expr.Expr, values []expr.Expr) expr.Expr {
	if e == nil || len(values) == 0 {
		return e
	}
	return expr.Map(e, func(x expr.Expr) expr.Expr {
		if p, ok := x.(*expr.Param); ok && p.N <= len(values) {
			return values[p.N-1]
		}
		return x
	})
}

func hasParam(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(x expr.Expr) bool {
		_, ok := x.(*expr.Param)
		found = found || ok
		return !found
	})
	return found
}

func bindAll(es, values []expr.Expr) []expr.Expr {
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		out[i] = BindParamsIn(e, values)
	}
	return out
}

func bindNode(n Node, values []expr.Expr) Node {
	if !slices.ContainsFunc(Exprs(n), hasParam) {
		return n
	}
	switch n := n.(type) {
	case *Scan:
		c := *n
		c.Eq = bindAll(n.Eq, values)
		return &c
	case *Values:
		c := *n
		c.Rows = make([][]expr.Expr, len(n.Rows))
		for i, r := range n.Rows {
			c.Rows[i] = bindAll(r, values)
		}
		return &c
	case *Filter:
		c := *n
		c.Pred = BindParamsIn(n.Pred, values)
		return &c
	case *Project:
		c := *n
		c.Exprs = bindAll(n.Exprs, values)
		return &c
	case *Join:
		c := *n
		c.Residual = BindParamsIn(n.Residual, values)
		return &c
	case *Aggregate:
		return bindAggregate(n, values)
	case *TableFunc:
		c := *n
		c.Funcs = slices.Clone(n.Funcs)
		for i := range c.Funcs {
			c.Funcs[i].Args = bindAll(c.Funcs[i].Args, values)
		}
		return &c
	case *Limit:
		c := *n
		c.Count, c.Offset = BindParamsIn(n.Count, values), BindParamsIn(n.Offset, values)
		return &c
	}
	return n
}

func bindAggregate(n *Aggregate, values []expr.Expr) Node {
	c := *n
	c.Aggs = slices.Clone(n.Aggs)
	for i := range c.Aggs {
		a := &c.Aggs[i]
		a.Args = bindAll(a.Args, values)
		a.Order = slices.Clone(a.Order)
		for k := range a.Order {
			a.Order[k].Expr = BindParamsIn(a.Order[k].Expr, values)
		}
		a.Filter = BindParamsIn(a.Filter, values)
	}
	return &c
}
