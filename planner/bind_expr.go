package planner

import (
	"math"
	"slices"
	"strconv"

	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// expr binds one expression.
func (b *binder) expr(sc *scope, e sql.Expr) (expr.Expr, error) {
	if err := b.enter(); err != nil {
		return nil, err
	}
	defer b.leave()
	switch e := e.(type) {
	case *sql.ColumnRef:
		return b.columnRef(sc, e)
	case *sql.Literal:
		return b.literal(e)
	case *sql.Param:
		if b.env.NoParams {
			return nil, b.fail(e.Pos, pgerr.UndefinedParameter, "there is no parameter $%d", e.Number)
		}
		return b.params.use(e.Number), nil
	case *sql.Binary:
		return b.binary(sc, e)
	case *sql.FuncCall:
		return b.funcCall(sc, e)
	case *sql.Cast:
		return b.cast(sc, e)
	case *sql.Logic:
		return b.logic(sc, e)
	case *sql.Not:
		arg, err := b.booleanArg(sc, e.Arg, "NOT")
		if err != nil {
			return nil, err
		}
		return negate(arg), nil
	case *sql.IsNull:
		return b.isNull(sc, e)
	case *sql.IsBool:
		return b.isBool(sc, e)
	case *sql.Unary:
		return b.unary(sc, e)
	case *sql.Case:
		return b.caseExpr(sc, e)
	case *sql.Subquery:
		return b.subqueryExpr(sc, e)
	case *sql.AnySubquery:
		return b.anySubquery(sc, e)
	}
	return b.rareExpr(sc, e)
}

// rareExpr binds the less common expressions.
func (b *binder) rareExpr(sc *scope, e sql.Expr) (expr.Expr, error) {
	switch e := e.(type) {
	case *sql.InList:
		return b.inList(sc, e)
	case *sql.Between:
		return b.between(sc, e)
	case *sql.DistinctFrom:
		return b.distinctFrom(sc, e)
	case *sql.AnyArray:
		return b.anyArray(sc, e)
	case *sql.Coalesce:
		args, t, err := b.sameType(sc, "COALESCE", e.Args)
		if err != nil {
			return nil, err
		}
		return &expr.Coalesce{Args: args, T: t}, nil
	case *sql.MinMax:
		return b.minMax(sc, e)
	case *sql.NullIf:
		return b.nullIf(sc, e)
	case *sql.ArrayLit:
		return b.arrayLit(sc, e, types.Type{})
	case *sql.Subscript:
		return b.subscript(sc, e)
	case *sql.ValueFunction:
		return b.valueFunction(e)
	case *sql.Collate:
		return b.collate(sc, e)
	case *sql.Row:
		return b.row(sc, e)
	case *sql.FieldSelect:
		return b.fieldSelect(sc, e)
	case *sql.GroupingCall:
		return nil, b.unsupported(e.Pos, "GROUPING", "")
	case *sql.Default:
		return nil, b.fail(e.Pos, pgerr.SyntaxError, "DEFAULT is not allowed in this context")
	case *sql.CurrentOf:
		return nil, b.unsupported(e.Pos, "WHERE CURRENT OF", "Select the rows by key.")
	case *sql.NamedArg:
		return nil, b.fail(e.Pos, pgerr.SyntaxError, "named arguments are not allowed here")
	}
	return nil, pgerr.Internal("expression %T", e)
}

// exprs binds several expressions.
func (b *binder) exprs(sc *scope, es []sql.Expr) ([]expr.Expr, []sql.Pos, error) {
	out, pos := make([]expr.Expr, len(es)), make([]sql.Pos, len(es))
	for i, e := range es {
		x, err := b.expr(sc, e)
		if err != nil {
			return nil, nil, err
		}
		out[i], pos[i] = x, sql.Start(e)
	}
	return out, pos, nil
}

// sameType binds the operands of COALESCE and its like and brings them to one type.
func (b *binder) sameType(sc *scope, context string, es []sql.Expr) ([]expr.Expr, types.Type, error) {
	defer b.noSets(sc)()
	args, pos, err := b.exprs(sc, es)
	if err != nil {
		return nil, types.Type{}, err
	}
	return b.unify(context, args, pos)
}

// noSets forbids set-returning functions until the function it returns is called: where
// operands are not always evaluated.
func (b *binder) noSets(sc *scope) func() {
	keep := sc.funcs
	sc.funcs = nil
	return func() { sc.funcs = keep }
}

func (b *binder) literal(l *sql.Literal) (expr.Expr, error) {
	switch l.Kind {
	case sql.LiteralNull:
		return &expr.Const{T: types.Unknown}, nil
	case sql.LiteralBool:
		return &expr.Const{D: types.NewBool(l.Text == "true"), T: types.Bool}, nil
	case sql.LiteralString:
		return &expr.Const{D: types.NewBytes(l.Text), T: types.Unknown}, nil
	case sql.LiteralInteger:
		if n, err := strconv.ParseInt(l.Text, 10, 64); err == nil {
			if n >= math.MinInt32 && n <= math.MaxInt32 {
				return &expr.Const{D: types.NewInt32(int32(n)), T: types.Int4}, nil
			}
			return &expr.Const{D: types.NewInt64(n), T: types.Int8}, nil
		}
		return b.numeric(l)
	case sql.LiteralDecimal:
		return b.numeric(l)
	}
	return nil, b.unsupported(l.Pos, "a bit string", "Use integer or bytea.")
}

func (b *binder) numeric(l *sql.Literal) (expr.Expr, error) {
	text := &expr.Const{D: types.NewBytes(l.Text), T: types.Unknown}
	return b.coerce(text, types.NumericT, expr.CastImplicit, l.Pos)
}

// booleanArg binds an operand of AND, OR or NOT.
func (b *binder) booleanArg(sc *scope, e sql.Expr, op string) (expr.Expr, error) {
	x, err := b.expr(sc, e)
	if err != nil {
		return nil, err
	}
	return b.boolean(x, op, sql.Start(e))
}

func (b *binder) logic(sc *scope, e *sql.Logic) (expr.Expr, error) {
	op := "AND"
	if e.Or {
		op = "OR"
	}
	args := make([]expr.Expr, len(e.Args))
	for i, a := range e.Args {
		x, err := b.booleanArg(sc, a, op)
		if err != nil {
			return nil, err
		}
		args[i] = x
	}
	if e.Or {
		return &expr.Or{Args: args}, nil
	}
	return &expr.And{Args: args}, nil
}

// negate is NOT e, simplified where e has a negation of its own.
func negate(e expr.Expr) expr.Expr {
	switch e := e.(type) {
	case *expr.IsNull:
		return &expr.IsNull{Arg: e.Arg, Negate: !e.Negate}
	case *expr.BoolTest:
		return &expr.BoolTest{Arg: e.Arg, Value: e.Value, Negate: !e.Negate}
	case *expr.DistinctFrom:
		c := *e
		c.Negate = !e.Negate
		return &c
	case *expr.In:
		c := *e
		c.Negate = !e.Negate
		return &c
	case *expr.Not:
		return e.Arg
	}
	return &expr.Not{Arg: e}
}

func (b *binder) isNull(sc *scope, e *sql.IsNull) (expr.Expr, error) {
	if row, ok := e.Arg.(*sql.Row); ok {
		return b.rowIsNull(sc, row, e.Not)
	}
	arg, err := b.expr(sc, e.Arg)
	if err != nil {
		return nil, err
	}
	// A parameter gets no type from IS NULL, as in PostgreSQL.
	if _, isParam := arg.(*expr.Param); !isParam {
		if arg, err = b.known(arg); err != nil {
			return nil, err
		}
	}
	return &expr.IsNull{Arg: arg, Negate: e.Not}, nil
}

// rowIsNull holds if every field is NULL, or for IS NOT NULL if none is.
func (b *binder) rowIsNull(sc *scope, row *sql.Row, not bool) (expr.Expr, error) {
	args := make([]expr.Expr, len(row.Args))
	for i, a := range row.Args {
		x, err := b.isNull(sc, &sql.IsNull{Pos: row.Pos, Not: not, Arg: a})
		if err != nil {
			return nil, err
		}
		args[i] = x
	}
	return conjunction(args), nil
}

func (b *binder) isBool(sc *scope, e *sql.IsBool) (expr.Expr, error) {
	names := [...]string{sql.IsTrue: "TRUE", sql.IsFalse: "FALSE", sql.IsUnknown: "UNKNOWN"}
	clause := "IS " + names[e.Value]
	if e.Not {
		clause = "IS NOT " + names[e.Value]
	}
	arg, err := b.booleanArg(sc, e.Arg, clause)
	if err != nil {
		return nil, err
	}
	t := &expr.BoolTest{Arg: arg, Negate: e.Not}
	if e.Value != sql.IsUnknown {
		t.Value = types.NewBool(e.Value == sql.IsTrue)
	}
	return t, nil
}

// caseExpr binds both forms of CASE; the simple form compares its operand with each value.
func (b *binder) caseExpr(sc *scope, e *sql.Case) (expr.Expr, error) {
	defer b.noSets(sc)()
	conds, err := b.caseConditions(sc, e)
	if err != nil {
		return nil, err
	}
	// The ELSE comes first in deciding the type, as in PostgreSQL.
	results, pos := []expr.Expr{&expr.Const{T: types.Unknown}}, []sql.Pos{e.Pos}
	if e.Else != nil {
		if results[0], err = b.expr(sc, e.Else); err != nil {
			return nil, err
		}
		pos[0] = sql.Start(e.Else)
	}
	for _, w := range e.Whens {
		r, err := b.expr(sc, w.Then)
		if err != nil {
			return nil, err
		}
		results, pos = append(results, r), append(pos, sql.Start(w.Then))
	}
	results, t, err := b.unify("CASE", results, pos)
	if err != nil {
		return nil, err
	}
	out := &expr.Case{T: t}
	for i, c := range conds {
		out.Whens = append(out.Whens, expr.When{Cond: c, Then: results[i+1]})
	}
	if e.Else != nil {
		out.Else = results[0]
	}
	return out, nil
}

func (b *binder) caseConditions(sc *scope, e *sql.Case) ([]expr.Expr, error) {
	conds := make([]expr.Expr, len(e.Whens))
	var operand expr.Expr
	if e.Arg != nil {
		var err error
		if operand, err = b.expr(sc, e.Arg); err != nil {
			return nil, err
		}
		if operand, err = b.known(operand); err != nil {
			return nil, err
		}
	}
	for i, w := range e.Whens {
		c, err := b.expr(sc, w.Cond)
		if err != nil {
			return nil, err
		}
		if operand != nil {
			pos := []sql.Pos{sql.Start(e.Arg), sql.Start(w.Cond)}
			c, err = b.operator("=", operand, c, w.Pos, pos)
		} else {
			c, err = b.boolean(c, "CASE/WHEN", sql.Start(w.Cond))
		}
		if err != nil {
			return nil, err
		}
		conds[i] = c
	}
	return conds, nil
}

func (b *binder) minMax(sc *scope, e *sql.MinMax) (expr.Expr, error) {
	name := "GREATEST"
	if e.Least {
		name = "LEAST"
	}
	args, t, err := b.sameType(sc, name, e.Args)
	if err != nil {
		return nil, err
	}
	if _, err := expr.LessOp(t); err != nil {
		return nil, b.fail(e.Pos, pgerr.UndefinedFunction, "could not identify a comparison function for type %s", t.Base())
	}
	return &expr.MinMax{Greatest: !e.Least, Args: args, T: t}, nil
}

func (b *binder) nullIf(sc *scope, e *sql.NullIf) (expr.Expr, error) {
	args, pos, err := b.exprs(sc, []sql.Expr{e.Left, e.Right})
	if err != nil {
		return nil, err
	}
	eq, err := b.operator("=", args[0], args[1], e.Pos, pos)
	if err != nil {
		return nil, err
	}
	call, ok := eq.(*expr.Call)
	if !ok {
		return nil, pgerr.Internal("= is %T", eq)
	}
	// The result is the left operand itself, as it was compared.
	return &expr.NullIf{Eq: call.Fn, L: call.Args[0], R: call.Args[1], T: call.Args[0].Type()}, nil
}

// arrayLit binds ARRAY[…]; want is the element type a cast asks for, or the zero Type.
func (b *binder) arrayLit(sc *scope, e *sql.ArrayLit, want types.Type) (expr.Expr, error) {
	elems, pos := make([]expr.Expr, len(e.Elems)), make([]sql.Pos, len(e.Elems))
	for i, x := range e.Elems {
		var err error
		if nested, ok := x.(*sql.ArrayLit); ok {
			elems[i], err = b.arrayLit(sc, nested, want)
		} else {
			elems[i], err = b.expr(sc, x)
		}
		if err != nil {
			return nil, err
		}
		pos[i] = sql.Start(x)
	}
	if want.OID != 0 {
		return b.arrayOf(elems, want, pos)
	}
	if len(elems) == 0 {
		err := pgerr.New(pgerr.IndeterminateDatatype, "cannot determine type of empty array").
			WithHint("Explicitly cast to the desired type, for example ARRAY[]::integer[].")
		return nil, b.at(err, e.Pos)
	}
	elems, t, err := b.unify("ARRAY", elems, pos)
	if err != nil {
		return nil, err
	}
	if t.IsArray() {
		return &expr.Array{Elems: elems, T: t}, nil
	}
	arr, ok := t.ArrayType()
	if !ok {
		return nil, b.fail(e.Pos, pgerr.UndefinedObject, "could not find array type for data type %s", t)
	}
	return &expr.Array{Elems: elems, T: arr}, nil
}

// arrayOf coerces the elements of an array that is cast to elem[].
func (b *binder) arrayOf(elems []expr.Expr, elem types.Type, pos []sql.Pos) (expr.Expr, error) {
	arr, _ := elem.ArrayType()
	to := elem
	if slices.ContainsFunc(elems, func(e expr.Expr) bool { return e.Type().IsArray() }) {
		to = arr // with one array in it they all have to be
	}
	out := make([]expr.Expr, len(elems))
	for i, e := range elems {
		c, err := b.coerce(e, to, expr.CastExplicit, pos[i])
		if err != nil {
			return nil, err
		}
		out[i] = c
	}
	return &expr.Array{Elems: out, T: arr}, nil
}

func (b *binder) subscript(sc *scope, e *sql.Subscript) (expr.Expr, error) {
	arg, err := b.expr(sc, e.Arg)
	if err != nil {
		return nil, err
	}
	if arg.Type().OID == types.JSONB.OID {
		return b.jsonSubscript(sc, arg, e)
	}
	elem := arg.Type().ElemType()
	if arg.Type().OID == types.Name.OID {
		return nil, b.unsupported(e.Pos, "a subscript of type name", "Use substr(…::text, n, 1).")
	}
	if e.Chained {
		return nil, b.unsupported(e.Pos, "more than one subscript of an array", "Arrays have one dimension; use unnest for what has more.")
	}
	if elem.OID == 0 {
		return nil, b.fail(sql.Start(e), pgerr.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", arg.Type().Base())
	}
	bound := func(x sql.Expr) (expr.Expr, error) {
		if x == nil {
			return nil, nil
		}
		i, err := b.expr(sc, x)
		if err != nil {
			return nil, err
		}
		i, err = b.coerce(i, types.Int4, expr.CastAssignment, sql.Start(x))
		if pgerr.Is(err, pgerr.CannotCoerce) {
			return nil, b.fail(sql.Start(x), pgerr.DatatypeMismatch, "array subscript must have type integer")
		}
		return i, err
	}
	lower, err := bound(e.Index)
	if err != nil {
		return nil, err
	}
	if !e.Slice {
		return &expr.Subscript{Arg: arg, Index: lower, T: elem}, nil
	}
	upper, err := bound(e.Upper)
	if err != nil {
		return nil, err
	}
	return &expr.Slice{Arg: arg, Lower: lower, Upper: upper}, nil
}

// jsonSubscript is jsonb[key]: a path of one step.
func (b *binder) jsonSubscript(sc *scope, arg expr.Expr, e *sql.Subscript) (expr.Expr, error) {
	if e.Slice {
		return nil, b.fail(e.Pos, pgerr.DatatypeMismatch, "jsonb subscript does not support slices")
	}
	i, err := b.expr(sc, e.Index)
	if err != nil {
		return nil, err
	}
	if i, err = b.known(i); err != nil {
		return nil, err
	}
	for _, t := range []types.Type{types.Int4, types.Text} {
		if expr.CanCoerce(i.Type(), t, expr.CastImplicit) {
			i, err = b.coerce(i, t, expr.CastImplicit, sql.Start(e.Index))
			return &expr.Subscript{Arg: arg, Index: i, T: types.JSONB}, err
		}
	}
	bad := pgerr.New(pgerr.DatatypeMismatch, "subscript type %s is not supported", i.Type().Base()).
		WithHint("jsonb subscript must be coercible to either integer or text.")
	return nil, b.at(bad, sql.Start(e.Index))
}

func (b *binder) collate(sc *scope, e *sql.Collate) (expr.Expr, error) {
	switch name := e.Name[len(e.Name)-1]; name {
	case "C", "POSIX", "default", "ucs_basic", "C.UTF-8", "C.utf8":
		x, err := b.expr(sc, e.Arg)
		if err != nil {
			return nil, err
		}
		return b.known(x)
	default:
		return nil, b.unsupported(e.Pos, "collation \""+name+"\"", "All text is compared by code point, as collation \"C\" does.")
	}
}
