package plan

import (
	"slices"

	"streamdb/expr"
)

// Conjuncts splits a condition at its ANDs; nil has none.
func Conjuncts(e expr.Expr) []expr.Expr {
	if e == nil {
		return nil
	}
	and, ok := e.(*expr.And)
	if !ok {
		return []expr.Expr{e}
	}
	var out []expr.Expr
	for _, a := range and.Args {
		out = append(out, Conjuncts(a)...)
	}
	return out
}

// Conjunction joins conditions by AND; nil for none.
func Conjunction(cs []expr.Expr) expr.Expr {
	switch len(cs) {
	case 0:
		return nil
	case 1:
		return cs[0]
	}
	return &expr.And{Args: slices.Clone(cs)}
}

// NotNull reports whether e is never NULL, given which columns are not (nil: none known).
// It may say no where the answer is yes.
func NotNull(e expr.Expr, cols []bool) bool {
	return NotNullFunc(e, func(c int) bool { return c >= 0 && c < len(cols) && cols[c] })
}

// NotNullFunc is [NotNull] with the columns given as a function.
func NotNullFunc(e expr.Expr, col func(int) bool) bool {
	all := func(es ...expr.Expr) bool {
		return !slices.ContainsFunc(es, func(e expr.Expr) bool { return !NotNullFunc(e, col) })
	}
	switch e := e.(type) {
	case *expr.Col:
		return col(e.Index)
	case *expr.Const:
		return !e.D.IsNull()
	case *expr.Call:
		return neverMakesNull(e.Fn) && all(e.Args...)
	case *expr.Cast, *expr.And, *expr.Or, *expr.Not, *expr.In:
		return all(e.Children()...)
	case *expr.IsNull, *expr.BoolTest, *expr.DistinctFrom, *expr.Array:
		return true
	case *expr.Coalesce:
		return slices.ContainsFunc(e.Args, func(a expr.Expr) bool { return NotNullFunc(a, col) })
	case *expr.MinMax:
		return slices.ContainsFunc(e.Args, func(a expr.Expr) bool { return NotNullFunc(a, col) })
	case *expr.Case:
		for _, w := range e.Whens {
			if !NotNullFunc(w.Then, col) {
				return false
			}
		}
		return e.Else != nil && NotNullFunc(e.Else, col)
	}
	return false
}

// neverMakesNull holds for arithmetic, comparison and matching, which give NULL only for a
// NULL operand. Other functions may give NULL for anything, as jsonb's -> does.
func neverMakesNull(f *expr.Func) bool {
	switch f.Name {
	case "+", "-", "*", "/", "%", "||", "=", "<>", "<", "<=", ">", ">=", "~~", "!~~", "~~*", "!~~*", "~", "!~",
		"lower", "upper", "length", "abs", "date_trunc":
		return !f.NotStrict
	}
	return false
}

// RejectsNull reports whether condition e cannot be true when column col is NULL.
func RejectsNull(e expr.Expr, col int) bool {
	return RejectsNullSet(e, func(c int) bool { return c == col })
}

// RejectsNullSet reports whether condition e cannot be true when all the columns of a set
// are NULL.
func RejectsNullSet(e expr.Expr, in func(int) bool) bool {
	switch e := e.(type) {
	case *expr.And:
		return slices.ContainsFunc(e.Args, func(a expr.Expr) bool { return RejectsNullSet(a, in) })
	case *expr.Or:
		return !slices.ContainsFunc(e.Args, func(a expr.Expr) bool { return !RejectsNullSet(a, in) })
	case *expr.IsNull:
		return e.Negate && nullIfNull(e.Arg, in)
	case *expr.BoolTest:
		if e.Value.IsNull() {
			return e.Negate && nullIfNull(e.Arg, in)
		}
		return !e.Negate && (nullIfNull(e.Arg, in) || e.Value.Bool() && RejectsNullSet(e.Arg, in))
	case *expr.Const:
		return e.D.IsNull() || !e.D.Bool()
	}
	return nullIfNull(e, in)
}

// nullIfNull reports whether e is NULL whenever the columns of the set are NULL.
func nullIfNull(e expr.Expr, in func(int) bool) bool {
	switch e := e.(type) {
	case *expr.Col:
		return in(e.Index)
	case *expr.Const:
		return e.D.IsNull()
	case *expr.Call:
		return !e.Fn.NotStrict && slices.ContainsFunc(e.Args, func(a expr.Expr) bool { return nullIfNull(a, in) })
	case *expr.Cast:
		return nullIfNull(e.Arg, in)
	case *expr.Not:
		return nullIfNull(e.Arg, in)
	case *expr.In:
		return nullIfNull(e.Arg, in)
	case *expr.AnyAll:
		return nullIfNull(e.Array, in)
	case *expr.Subscript:
		return nullIfNull(e.Arg, in)
	case *expr.Coalesce:
		return !slices.ContainsFunc(e.Args, func(a expr.Expr) bool { return !nullIfNull(a, in) })
	}
	return false
}
