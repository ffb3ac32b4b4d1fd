package planner

import (
	"slices"

	"streamdb/expr"
)

// sameExpr reports whether two expressions are the same, part by part.
func sameExpr(a, b expr.Expr) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if a == b {
		return true
	}
	if s, ok := a.(*subquery); ok {
		o, ok := b.(*subquery)
		return ok && s.scope == o.scope && s.text == o.text && s.kind == o.kind && s.t == o.t
	}
	if a.Type() != b.Type() || !sameNode(a, b) {
		return false
	}
	return slices.EqualFunc(a.Children(), b.Children(), sameExpr)
}

// sameNode compares what two nodes have beside operands and type.
func sameNode(a, b expr.Expr) bool {
	switch a := a.(type) {
	case *expr.Col:
		b, ok := b.(*expr.Col)
		return ok && a.Index == b.Index
	case *expr.Const:
		b, ok := b.(*expr.Const)
		return ok && a.D == b.D
	case *expr.Param:
		b, ok := b.(*expr.Param)
		return ok && a.N == b.N
	case *expr.Call:
		b, ok := b.(*expr.Call)
		return ok && a.Fn == b.Fn && a.Spread == b.Spread && a.Fn.Vol != expr.Volatile
	case *expr.Cast:
		b, ok := b.(*expr.Cast)
		return ok && a.Context == b.Context
	case *expr.IsNull:
		b, ok := b.(*expr.IsNull)
		return ok && a.Negate == b.Negate
	case *expr.BoolTest:
		b, ok := b.(*expr.BoolTest)
		return ok && a.Negate == b.Negate && a.Value == b.Value
	case *expr.DistinctFrom:
		b, ok := b.(*expr.DistinctFrom)
		return ok && a.Negate == b.Negate && a.Eq == b.Eq
	case *expr.MinMax:
		b, ok := b.(*expr.MinMax)
		return ok && a.Greatest == b.Greatest
	case *expr.In:
		b, ok := b.(*expr.In)
		return ok && a.Negate == b.Negate && a.Eq == b.Eq
	case *expr.AnyAll:
		b, ok := b.(*expr.AnyAll)
		return ok && a.All == b.All && a.Op == b.Op
	case *expr.Case:
		b, ok := b.(*expr.Case)
		return ok && len(a.Whens) == len(b.Whens)
	case *expr.Row:
		b, ok := b.(*expr.Row)
		return ok && slices.Equal(a.Names, b.Names)
	case *expr.Slice:
		b, ok := b.(*expr.Slice)
		return ok && (a.Lower == nil) == (b.Lower == nil) && (a.Upper == nil) == (b.Upper == nil)
	}
	return sameKind(a, b)
}

// sameKind compares nodes that have operands and type only.
func sameKind(a, b expr.Expr) bool {
	var ok bool
	switch a.(type) {
	case *expr.And:
		_, ok = b.(*expr.And)
	case *expr.Or:
		_, ok = b.(*expr.Or)
	case *expr.Not:
		_, ok = b.(*expr.Not)
	case *expr.Coalesce:
		_, ok = b.(*expr.Coalesce)
	case *expr.NullIf:
		_, ok = b.(*expr.NullIf)
	case *expr.Array:
		_, ok = b.(*expr.Array)
	case *expr.Subscript:
		_, ok = b.(*expr.Subscript)
	}
	return ok
}

// sameAgg reports whether two aggregate calls are the same.
func sameAgg(a, b *expr.AggCall) bool {
	if a.Fn != b.Fn || a.Distinct != b.Distinct || a.T != b.T || len(a.Order) != len(b.Order) {
		return false
	}
	for i := range a.Order {
		if a.Order[i].Desc != b.Order[i].Desc || a.Order[i].NullsFirst != b.Order[i].NullsFirst {
			return false
		}
	}
	return (a.Filter == nil) == (b.Filter == nil) && slices.EqualFunc(aggExprs(a), aggExprs(b), sameExpr)
}
