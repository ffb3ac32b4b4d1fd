package plan

import (
	"slices"

	"streamdb/expr"
)

// Exprs lists the expressions a node evaluates over its inputs' columns (a join's over
// both, left first), or over none (Values, Scan).
func Exprs(n Node) []expr.Expr {
	switch n := n.(type) {
	case *Scan:
		return n.Eq
	case *Values:
		return slices.Concat(n.Rows...)
	case *Filter:
		return []expr.Expr{n.Pred}
	case *Project:
		return n.Exprs
	case *Join:
		return present(n.Residual)
	case *Aggregate:
		var es []expr.Expr
		for i := range n.Aggs {
			a := &n.Aggs[i]
			es = append(es, a.Args...)
			for _, k := range a.Order {
				es = append(es, k.Expr)
			}
			es = append(es, present(a.Filter)...)
		}
		return es
	case *TableFunc:
		var es []expr.Expr
		for _, f := range n.Funcs {
			es = append(es, f.Args...)
		}
		return es
	case *Limit:
		return present(n.Count, n.Offset)
	}
	return nil
}

func present(es ...expr.Expr) []expr.Expr {
	return slices.DeleteFunc(es, func(e expr.Expr) bool { return e == nil })
}
