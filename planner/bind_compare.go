package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// operator applies a binary operator to bound operands.
func (b *binder) operator(op string, l, r expr.Expr, pos sql.Pos, argPos []sql.Pos) (expr.Expr, error) {
	la, ra := argOf(l), argOf(r)
	f, ts, ret, err := expr.ResolveOp(op, &la, &ra)
	if err != nil {
		return nil, b.at(err, pos)
	}
	args, err := b.coerceAll([]expr.Expr{l, r}, ts, argPos)
	if err != nil {
		return nil, err
	}
	return &expr.Call{Fn: f, Args: args, T: ret}, nil
}

func (b *binder) operatorName(o sql.Operator, pos sql.Pos) (string, error) {
	if o.Schema != "" && o.Schema != "pg_catalog" {
		return "", b.fail(pos, pgerr.UndefinedFunction, "operator does not exist: %s.%s", o.Schema, o.Name)
	}
	if o.Name == "!=" {
		return "<>", nil
	}
	return o.Name, nil
}

func (b *binder) binary(sc *scope, e *sql.Binary) (expr.Expr, error) {
	op, err := b.operatorName(e.Op, e.Pos)
	if err != nil {
		return nil, err
	}
	if l, ok := e.Left.(*sql.Row); ok {
		switch r := e.Right.(type) {
		case *sql.Row:
			return b.compareRows(sc, op, l, r, e.Pos)
		case *sql.Subquery:
			if r.Kind == sql.ScalarSubquery {
				return b.compareRowSubquery(sc, op, l, r, e.Pos)
			}
		}
	}
	args, pos, err := b.exprs(sc, []sql.Expr{e.Left, e.Right})
	if err != nil {
		return nil, err
	}
	return b.operator(op, args[0], args[1], e.Pos, pos)
}

func (b *binder) unary(sc *scope, e *sql.Unary) (expr.Expr, error) {
	op, err := b.operatorName(e.Op, e.Pos)
	if err != nil {
		return nil, err
	}
	arg, err := b.expr(sc, e.Arg)
	if err != nil {
		return nil, err
	}
	a := argOf(arg)
	f, ts, ret, err := expr.ResolveOp(op, nil, &a)
	if err != nil {
		return nil, b.at(err, e.Pos)
	}
	args, err := b.coerceAll([]expr.Expr{arg}, ts, []sql.Pos{sql.Start(e.Arg)})
	if err != nil {
		return nil, err
	}
	return &expr.Call{Fn: f, Args: args, T: ret}, nil
}

// compareRows binds (a, b) op (c, d).
func (b *binder) compareRows(sc *scope, op string, l, r *sql.Row, pos sql.Pos) (expr.Expr, error) {
	ls, lp, err := b.exprs(sc, l.Args)
	if err != nil {
		return nil, err
	}
	rs, rp, err := b.exprs(sc, r.Args)
	if err != nil {
		return nil, err
	}
	return b.rowComparison(op, ls, rs, pos, lp, rp)
}

// rowComparison spells a comparison of rows out column by column: the first columns that
// differ decide, and a NULL met before makes the result NULL.
func (b *binder) rowComparison(op string, ls, rs []expr.Expr, pos sql.Pos, lp, rp []sql.Pos) (expr.Expr, error) {
	if len(ls) != len(rs) {
		return nil, b.fail(pos, pgerr.SyntaxError, "unequal number of entries in row expressions")
	}
	if len(ls) == 0 {
		return nil, b.fail(pos, pgerr.FeatureNotSupported, "cannot compare rows of zero length")
	}
	each := func(op string, i int) (expr.Expr, error) {
		return b.operator(op, ls[i], rs[i], pos, []sql.Pos{lp[i], rp[i]})
	}
	switch op {
	case "=", "<>":
		parts := make([]expr.Expr, len(ls))
		for i := range ls {
			p, err := each(op, i)
			if err != nil {
				return nil, err
			}
			parts[i] = p
		}
		if op == "<>" {
			return disjunction(parts), nil
		}
		return conjunction(parts), nil
	case "<", "<=", ">", ">=":
	default:
		return nil, b.unsupported(pos, "operator "+op+" over rows", "Compare the columns one by one.")
	}
	last := len(ls) - 1
	acc, err := each(op, last)
	for i := last - 1; i >= 0 && err == nil; i-- {
		var strict, equal expr.Expr
		if strict, err = each(op[:1], i); err != nil {
			break
		}
		if equal, err = each("=", i); err != nil {
			break
		}
		acc = disjunction([]expr.Expr{strict, conjunction([]expr.Expr{equal, acc})})
	}
	return acc, err
}

func conjunction(es []expr.Expr) expr.Expr {
	if len(es) == 1 {
		return es[0]
	}
	return &expr.And{Args: es}
}

func disjunction(es []expr.Expr) expr.Expr {
	if len(es) == 1 {
		return es[0]
	}
	return &expr.Or{Args: es}
}

// inList binds IN over a list: one common type for all if there is one, otherwise an
// equality for each element.
func (b *binder) inList(sc *scope, e *sql.InList) (expr.Expr, error) {
	if row, ok := e.Left.(*sql.Row); ok {
		return b.inRows(sc, row, e)
	}
	left, err := b.expr(sc, e.Left)
	if err != nil {
		return nil, err
	}
	list, pos, err := b.exprs(sc, e.List)
	if err != nil {
		return nil, err
	}
	if len(list) > 1 {
		if in, ok, err := b.commonIn(left, list, e, pos); ok || err != nil {
			return in, err
		}
	}
	parts := make([]expr.Expr, len(list))
	for i, x := range list {
		if parts[i], err = b.operator("=", left, x, e.Pos, []sql.Pos{sql.Start(e.Left), pos[i]}); err != nil {
			return nil, err
		}
	}
	out := disjunction(parts)
	if e.Not {
		out = negate(out)
	}
	return out, nil
}

// commonIn makes an In if all operands have a common type; ok is false if not.
func (b *binder) commonIn(left expr.Expr, list []expr.Expr, e *sql.InList, pos []sql.Pos) (in expr.Expr, ok bool, err error) {
	ts := []types.Type{left.Type()}
	for _, x := range list {
		ts = append(ts, x.Type())
	}
	t, err := expr.CommonType("IN", ts)
	if err != nil {
		return nil, false, nil //nolint:nilerr // each element is compared on its own then
	}
	t = t.Base()
	la, ra := argOf(left), expr.Arg{T: t}
	eq, want, _, err := expr.ResolveOp("=", &la, &ra)
	if err != nil {
		return nil, false, b.at(err, e.Pos)
	}
	args, err := b.coerceAll([]expr.Expr{left}, want[:1], []sql.Pos{sql.Start(e.Left)})
	if err != nil {
		return nil, false, err
	}
	out := &expr.In{Eq: eq, Arg: args[0], Negate: e.Not}
	for i, x := range list {
		if isUnknown(x) { // a literal is read as the common type, such as regclass, first
			if x, err = b.coerce(x, t, expr.CastImplicit, pos[i]); err != nil {
				return nil, false, err
			}
		}
		if x, err = b.coerce(x, want[1], expr.CastImplicit, pos[i]); err != nil {
			return nil, false, err
		}
		out.List = append(out.List, x)
	}
	return out, true, nil
}

// inRows binds (a, b) IN ((c, d), …).
func (b *binder) inRows(sc *scope, left *sql.Row, e *sql.InList) (expr.Expr, error) {
	parts := make([]expr.Expr, len(e.List))
	for i, x := range e.List {
		row, ok := x.(*sql.Row)
		if !ok {
			return nil, b.unsupported(x.Position(), "a row compared with a single value", "Write (a, b) IN ((c, d), …).")
		}
		p, err := b.compareRows(sc, "=", left, row, e.Pos)
		if err != nil {
			return nil, err
		}
		parts[i] = p
	}
	out := disjunction(parts)
	if e.Not {
		out = negate(out)
	}
	return out, nil
}

func (b *binder) between(sc *scope, e *sql.Between) (expr.Expr, error) {
	if _, ok := e.Arg.(*sql.Row); ok {
		return b.rowBetween(sc, e)
	}
	args, pos, err := b.exprs(sc, []sql.Expr{e.Arg, e.Low, e.High})
	if err != nil {
		return nil, err
	}
	inside := func(low, high int) (expr.Expr, error) {
		ge, err := b.operator(">=", args[0], args[low], e.Pos, []sql.Pos{pos[0], pos[low]})
		if err != nil {
			return nil, err
		}
		le, err := b.operator("<=", args[0], args[high], e.Pos, []sql.Pos{pos[0], pos[high]})
		if err != nil {
			return nil, err
		}
		return &expr.And{Args: []expr.Expr{ge, le}}, nil
	}
	out, err := inside(1, 2)
	if err != nil {
		return nil, err
	}
	if e.Symmetric {
		swapped, err := inside(2, 1)
		if err != nil {
			return nil, err
		}
		out = &expr.Or{Args: []expr.Expr{out, swapped}}
	}
	if e.Not {
		out = negate(out)
	}
	return out, nil
}

// rowBetween is BETWEEN of a row: two comparisons of rows, in which a NULL decides as it
// does in any other.
func (b *binder) rowBetween(sc *scope, e *sql.Between) (expr.Expr, error) {
	inside := func(low, high sql.Expr) (expr.Expr, error) {
		ge, err := b.binary(sc, &sql.Binary{Pos: e.Pos, Op: sql.Operator{Name: ">="}, Left: e.Arg, Right: low})
		if err != nil {
			return nil, err
		}
		le, err := b.binary(sc, &sql.Binary{Pos: e.Pos, Op: sql.Operator{Name: "<="}, Left: e.Arg, Right: high})
		return &expr.And{Args: []expr.Expr{ge, le}}, err
	}
	out, err := inside(e.Low, e.High)
	if err == nil && e.Symmetric {
		var swapped expr.Expr
		swapped, err = inside(e.High, e.Low)
		out = &expr.Or{Args: []expr.Expr{out, swapped}}
	}
	if err == nil && e.Not {
		out = negate(out)
	}
	return out, err
}

func (b *binder) distinctFrom(sc *scope, e *sql.DistinctFrom) (expr.Expr, error) {
	ls, rs := []sql.Expr{e.Left}, []sql.Expr{e.Right}
	l, lok := e.Left.(*sql.Row)
	r, rok := e.Right.(*sql.Row)
	if lok && rok {
		if len(l.Args) != len(r.Args) {
			return nil, b.fail(e.Pos, pgerr.SyntaxError, "unequal number of entries in row expressions")
		}
		ls, rs = l.Args, r.Args
	}
	parts := make([]expr.Expr, len(ls))
	for i := range ls {
		args, pos, err := b.exprs(sc, []sql.Expr{ls[i], rs[i]})
		if err != nil {
			return nil, err
		}
		if test := nullTest(args[0], args[1], ls[i], rs[i], e.Not); test != nil {
			parts[i] = test // needs no equality of the type
			continue
		}
		if parts[i], err = b.distinct(args[0], args[1], e.Not, e.Pos, pos); err != nil {
			return nil, err
		}
	}
	if e.Not {
		return conjunction(parts), nil
	}
	return disjunction(parts), nil
}

// nullTest is the IS NULL that a comparison with a bare NULL is; nil if neither is one.
func nullTest(l, r expr.Expr, ls, rs sql.Expr, not bool) expr.Expr {
	if isNullLiteral(ls) {
		l, rs = r, ls
	}
	if !isNullLiteral(rs) || l.Type().OID == types.Unknown.OID || l.Type().OID == types.Record.OID {
		return nil
	}
	return &expr.IsNull{Arg: l, Negate: !not}
}

func isNullLiteral(e sql.Expr) bool {
	l, ok := e.(*sql.Literal)
	return ok && l.Kind == sql.LiteralNull
}

// distinct is l IS DISTINCT FROM r, with not its negation.
func (b *binder) distinct(l, r expr.Expr, not bool, pos sql.Pos, argPos []sql.Pos) (expr.Expr, error) {
	eq, err := b.operator("=", l, r, pos, argPos)
	if err != nil {
		return nil, err
	}
	call, ok := eq.(*expr.Call)
	if !ok || call.T.OID != types.Bool.OID {
		return nil, b.fail(pos, pgerr.DatatypeMismatch, "IS DISTINCT FROM requires = operator to yield boolean")
	}
	return &expr.DistinctFrom{Eq: call.Fn, L: call.Args[0], R: call.Args[1], Negate: not}, nil
}

// anyArray binds l op ANY (array).
func (b *binder) anyArray(sc *scope, e *sql.AnyArray) (expr.Expr, error) {
	op, err := b.operatorName(e.Op, e.Pos)
	if err != nil {
		return nil, err
	}
	args, pos, err := b.exprs(sc, []sql.Expr{e.Left, e.Array})
	if err != nil {
		return nil, err
	}
	la, ra := argOf(args[0]), expr.Arg{T: types.Unknown, IsUnknownLiteral: true}
	if !isUnknown(args[1]) {
		elem := args[1].Type().ElemType()
		if elem.OID == 0 {
			return nil, b.fail(e.Pos, pgerr.WrongObjectType, "op ANY/ALL (array) requires array on right side")
		}
		ra = expr.Arg{T: elem.Base()}
	}
	f, ts, ret, err := expr.ResolveOp(op, &la, &ra)
	if err != nil {
		return nil, b.at(err, e.Pos)
	}
	if ret.OID != types.Bool.OID {
		return nil, b.fail(e.Pos, pgerr.WrongObjectType, "op ANY/ALL (array) requires operator to yield boolean")
	}
	arr, ok := ts[1].ArrayType()
	if !ok {
		return nil, b.fail(e.Pos, pgerr.UndefinedObject, "could not find array type for data type %s", ts[1])
	}
	if !isUnknown(args[1]) && args[1].Type().ElemType().OID == ts[1].OID {
		arr = args[1].Type() // int2vector and the like are compared as they are
	}
	args, err = b.coerceAll(args, []types.Type{ts[0], arr}, pos)
	if err != nil {
		return nil, err
	}
	return &expr.AnyAll{Op: f, L: args[0], Array: args[1], All: e.All}, nil
}

// positions repeats one position.
func positions(pos sql.Pos, n int) []sql.Pos { return slices.Repeat([]sql.Pos{pos}, n) }
