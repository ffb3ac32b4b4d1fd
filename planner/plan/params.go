package plan

import (
	"streamdb/expr"
	"streamdb/types"
)

// BindParams puts values in the place of the parameters of a plan: values[n-1] for $n.
func BindParams(root Node, values []types.Datum) Node {
	if len(values) == 0 {
		return root
	}
	return MapExprs(root, func(e expr.Expr) expr.Expr { return BindExprParams(e, values) })
}

// BindExprParams puts values in the place of the parameters of an expression.
func BindExprParams(e expr.Expr, values []types.Datum) expr.Expr {
	if e == nil || len(values) == 0 {
		return e
	}
	return expr.Map(e, func(x expr.Expr) expr.Expr {
		if p, ok := x.(*expr.Param); ok && p.N <= len(values) {
			return &expr.Const{D: values[p.N-1], T: p.T}
		}
		return x
	})
}

// MapExprs rebuilds a plan with f applied to every expression of every node.
func MapExprs(root Node, f func(expr.Expr) expr.Expr) Node {
	return Rewrite(root, func(n Node) Node { return mapNode(n, f) })
}

func mapNode(n Node, f func(expr.Expr) expr.Expr) Node {
	switch n := n.(type) {
	case *Scan:
		c := *n
		c.Eq = mapAll(n.Eq, f)
		return &c
	case *Values:
		c := *n
		c.Rows = make([][]expr.Expr, len(n.Rows))
		for i, r := range n.Rows {
			c.Rows[i] = mapAll(r, f)
		}
		return &c
	case *Filter:
		c := *n
		c.Pred = f(n.Pred)
		return &c
	case *Project:
		c := *n
		c.Exprs = mapAll(n.Exprs, f)
		return &c
	case *Join:
		c := *n
		c.Residual = mapOne(n.Residual, f)
		return &c
	case *Aggregate:
		c := *n
		c.Aggs = make([]expr.AggCall, len(n.Aggs))
		for i, a := range n.Aggs {
			c.Aggs[i] = mapAgg(a, f)
		}
		return &c
	case *TableFunc:
		c := *n
		c.Funcs = make([]SetCall, len(n.Funcs))
		for i, s := range n.Funcs {
			s.Args = mapAll(s.Args, f)
			c.Funcs[i] = s
		}
		return &c
	case *Limit:
		c := *n
		c.Count, c.Offset = mapOne(n.Count, f), mapOne(n.Offset, f)
		return &c
	}
	return n
}

func mapAgg(a expr.AggCall, f func(expr.Expr) expr.Expr) expr.AggCall {
	a.Args, a.Filter = mapAll(a.Args, f), mapOne(a.Filter, f)
	order := make([]expr.SortKey, len(a.Order))
	for i, k := range a.Order {
		k.Expr = f(k.Expr)
		order[i] = k
	}
	a.Order = order
	return a
}

func mapOne(e expr.Expr, f func(expr.Expr) expr.Expr) expr.Expr {
	if e == nil {
		return nil
	}
	return f(e)
}

func mapAll(es []expr.Expr, f func(expr.Expr) expr.Expr) []expr.Expr {
	if es == nil {
		return nil
	}
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		out[i] = mapOne(e, f)
	}
	return out
}
