package planner

import (
	"sort"

	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// isUnknown reports whether e is a literal or parameter whose type its use decides.
func isUnknown(e expr.Expr) bool {
	switch e.(type) {
	case *expr.Const, *expr.Param:
		return e.Type().OID == types.Unknown.OID
	}
	return false
}

// argOf describes e to overload resolution.
func argOf(e expr.Expr) expr.Arg { return expr.Arg{T: e.Type(), IsUnknownLiteral: isUnknown(e)} }

func argsOf(es []expr.Expr) []expr.Arg {
	as := make([]expr.Arg, len(es))
	for i, e := range es {
		as[i] = argOf(e)
	}
	return as
}

// coerce brings e to type t as far as the context allows.
func (b *binder) coerce(e expr.Expr, t types.Type, ctx expr.CastContext, pos sql.Pos) (expr.Expr, error) {
	if p, ok := e.(*expr.Param); ok && isUnknown(e) {
		if t.OID == types.Unknown.OID {
			return e, nil
		}
		if err := b.params.infer(p.N, t); err != nil {
			return nil, b.at(err, pos)
		}
		e = &expr.Param{N: p.N, T: t.Base()}
	}
	if e.Type() == t {
		return e, nil
	}
	out, err := b.env.Ctx.CoerceTo(e, t, ctx)
	return out, b.at(err, pos)
}

// coerceAll brings operands to the types overload resolution chose.
func (b *binder) coerceAll(es []expr.Expr, ts []types.Type, pos []sql.Pos) ([]expr.Expr, error) {
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		t := ts[i]
		if t.Mod < 0 && e.Type().OID == t.OID {
			out[i] = e // a declared type takes any modifier
			continue
		}
		c, err := b.coerce(e, t, expr.CastImplicit, pos[i])
		if err != nil {
			return nil, err
		}
		out[i] = c
	}
	return out, nil
}

// unify brings expressions to one type; context names the construct in errors.
func (b *binder) unify(context string, es []expr.Expr, pos []sql.Pos) ([]expr.Expr, types.Type, error) {
	ts := make([]types.Type, len(es))
	for i, e := range es {
		ts[i] = e.Type()
	}
	t, err := expr.CommonType(context, ts)
	if err != nil {
		n := sort.Search(len(ts)-1, func(n int) bool { // the first that does not fit those before it
			_, err = expr.CommonType(context, ts[:n+1])
			return err != nil
		})
		_, err = expr.CommonType(context, ts[:n+1])
		return nil, t, b.at(err, pos[n])
	}
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		if out[i], err = b.coerceTo(context, e, t, pos[i]); err != nil {
			return nil, t, err
		}
	}
	return out, t, nil
}

func (b *binder) coerceTo(context string, e expr.Expr, t types.Type, pos sql.Pos) (expr.Expr, error) {
	out, err := b.coerce(e, t, expr.CastImplicit, pos)
	if err != nil && !isUnknown(e) && pgerr.Is(err, pgerr.CannotCoerce) {
		return nil, b.fail(pos, pgerr.CannotCoerce, "%s could not convert type %s to %s", context, e.Type().Base(), t.Base())
	}
	return out, err
}

// boolean makes e a condition; clause names where it stands.
func (b *binder) boolean(e expr.Expr, clause string, pos sql.Pos) (expr.Expr, error) {
	if e.Type().OID == types.Bool.OID {
		return e, nil
	}
	if isUnknown(e) {
		return b.coerce(e, types.Bool, expr.CastImplicit, pos)
	}
	return nil, b.fail(pos, pgerr.DatatypeMismatch, "argument of %s must be type boolean, not type %s", clause, e.Type().Base())
}

// known gives an unknown literal or parameter the type text.
func (b *binder) known(e expr.Expr) (expr.Expr, error) {
	if !isUnknown(e) {
		return e, nil
	}
	return b.coerce(e, types.Text, expr.CastImplicit, sql.NoPos)
}
