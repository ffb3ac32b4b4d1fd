package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/planner/plan"
)

// foldConstants computes what is constant or decided by what cannot be NULL, splits
// conditions at their ANDs, and drops relations that a condition which is never true
// empties.
func foldConstants(b *binder, r rel, _ []int) rel {
	return transform(b, r, func(r rel) rel {
		if es := r.exprs(); len(es) > 0 {
			es = decideNulls(r, es)
			folded := make([]expr.Expr, len(es))
			for i, e := range es {
				folded[i] = b.env.Ctx.Fold(e)
			}
			r = r.withExprs(folded)
		}
		switch n := r.(type) {
		case *filterRel:
			preds, never := splitConditions(n.preds)
			if never {
				return emptyRel(n.columns())
			}
			return addPreds(n.in, preds)
		case *joinRel:
			on, never := splitConditions(n.on)
			c := *n
			c.on = on
			switch {
			case never && n.kind == plan.Inner:
				return emptyRel(n.columns())
			case n.kind == plan.Inner && len(on) == 0 && isUnit(n.l):
				return n.r
			case n.kind == plan.Inner && len(on) == 0 && isUnit(n.r):
				return n.l
			}
			if never {
				c.on = []expr.Expr{boolConst(false)}
			}
			return &c
		}
		return r
	})
}

// isUnit reports whether r is one row without columns, which a product does not notice.
func isUnit(r rel) bool {
	v, ok := r.(*valuesRel)
	return ok && len(v.rows) == 1 && len(v.cols) == 0
}

// decideNulls replaces IS [NOT] NULL of what is never NULL.
func decideNulls(r rel, es []expr.Expr) []expr.Expr {
	var known colSet // derived only if there is something to decide
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		out[i] = expr.Map(e, func(x expr.Expr) expr.Expr {
			t, ok := x.(*expr.IsNull)
			if !ok {
				return x
			}
			if known == nil {
				known = colSet{}
				for _, in := range r.inputs() {
					for id, notNull := range notNullColumns(in) {
						known[id] = known[id] || notNull
					}
				}
			}
			if nonNull(t.Arg, known) && !expr.CanRaise(t.Arg) {
				return boolConst(t.Negate)
			}
			return x
		})
	}
	return out
}

// splitConditions flattens ANDs and takes common factors out of ORs; never is set if one
// of the conditions is constant and not true.
func splitConditions(es []expr.Expr) (out []expr.Expr, never bool) {
	for _, e := range es {
		for _, c := range plan.Conjuncts(factorOr(e)) {
			if k, ok := c.(*expr.Const); ok {
				if k.D.IsNull() || !k.D.Bool() {
					return nil, true
				}
				continue
			}
			out = append(out, c)
		}
	}
	return out, false
}

// factorOr turns (k AND a) OR (k AND b) into k AND (a OR b), so that k may serve as a
// join's key. Only factors that cannot raise are taken out, since they are evaluated first
// then.
func factorOr(e expr.Expr) expr.Expr {
	or, ok := e.(*expr.Or)
	if !ok {
		return e
	}
	branches := make([][]expr.Expr, len(or.Args))
	for i, a := range or.Args {
		branches[i] = plan.Conjuncts(a)
	}
	var common []expr.Expr
	for _, c := range branches[0] {
		in := func(b []expr.Expr) bool {
			return slices.ContainsFunc(b, func(x expr.Expr) bool { return sameExpr(x, c) })
		}
		if !expr.CanRaise(c) && !slices.ContainsFunc(branches, func(b []expr.Expr) bool { return !in(b) }) {
			common = append(common, c)
		}
	}
	if len(common) == 0 {
		return e
	}
	rest := make([]expr.Expr, len(branches))
	for i, b := range branches {
		var left []expr.Expr
		for _, x := range b {
			if !slices.ContainsFunc(common, func(c expr.Expr) bool { return sameExpr(x, c) }) {
				left = append(left, x)
			}
		}
		if len(left) == 0 {
			return plan.Conjunction(common) // this branch is no more than the common part
		}
		rest[i] = plan.Conjunction(left)
	}
	return plan.Conjunction(append(common, &expr.Or{Args: rest}))
}
