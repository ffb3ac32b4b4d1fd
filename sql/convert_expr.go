package sql

import (
	"math/big"
	"strconv"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"streamdb/types/pgerr"
)

// expr converts one expression; nil stays nil.
func (c *converter) expr(n *pg_query.Node) Expr {
	if n == nil || n.Node == nil || !c.enter() {
		return nil
	}
	defer func() { c.depth-- }()
	switch v := n.Node.(type) {
	case *pg_query.Node_AConst:
		return c.constant(v.AConst)
	case *pg_query.Node_ColumnRef:
		return c.columnRef(v.ColumnRef)
	case *pg_query.Node_AExpr:
		return c.operation(v.AExpr)
	case *pg_query.Node_BoolExpr:
		return c.logic(v.BoolExpr)
	case *pg_query.Node_FuncCall:
		return c.funcCall(v.FuncCall)
	case *pg_query.Node_TypeCast:
		return &Cast{Pos: c.pos(v.TypeCast.Location), Arg: c.expr(v.TypeCast.Arg), Type: c.typeName(v.TypeCast.TypeName)}
	case *pg_query.Node_ParamRef:
		return c.param(v.ParamRef)
	case *pg_query.Node_SubLink:
		return c.subLink(v.SubLink)
	case *pg_query.Node_CaseExpr:
		return c.caseExpr(v.CaseExpr)
	case *pg_query.Node_NullTest:
		not := v.NullTest.Nulltesttype == pg_query.NullTestType_IS_NOT_NULL
		return &IsNull{Pos: c.pos(v.NullTest.Location), Not: not, Arg: c.expr(v.NullTest.Arg)}
	case *pg_query.Node_BooleanTest:
		return c.booleanTest(v.BooleanTest)
	default:
		return c.rareExpr(n)
	}
}

// rareExpr converts the less common expressions.
func (c *converter) rareExpr(n *pg_query.Node) Expr {
	switch v := n.Node.(type) {
	case *pg_query.Node_AIndirection:
		return c.indirection(v.AIndirection)
	case *pg_query.Node_AArrayExpr:
		return &ArrayLit{Pos: c.pos(v.AArrayExpr.Location), Elems: c.exprs(v.AArrayExpr.Elements)}
	case *pg_query.Node_RowExpr:
		explicit := v.RowExpr.RowFormat == pg_query.CoercionForm_COERCE_EXPLICIT_CALL
		return &Row{Pos: c.pos(v.RowExpr.Location), Explicit: explicit, Args: c.exprs(v.RowExpr.Args)}
	case *pg_query.Node_CoalesceExpr:
		return &Coalesce{Pos: c.pos(v.CoalesceExpr.Location), Args: c.exprs(v.CoalesceExpr.Args)}
	case *pg_query.Node_MinMaxExpr:
		least := v.MinMaxExpr.Op == pg_query.MinMaxOp_IS_LEAST
		return &MinMax{Pos: c.pos(v.MinMaxExpr.Location), Least: least, Args: c.exprs(v.MinMaxExpr.Args)}
	case *pg_query.Node_SqlvalueFunction:
		return c.valueFunction(v.SqlvalueFunction)
	case *pg_query.Node_CollateClause:
		return &Collate{Pos: c.pos(v.CollateClause.Location), Arg: c.expr(v.CollateClause.Arg), Name: names(v.CollateClause.Collname)}
	case *pg_query.Node_NamedArgExpr:
		return &NamedArg{Pos: c.pos(v.NamedArgExpr.Location), Name: v.NamedArgExpr.Name, Arg: c.expr(v.NamedArgExpr.Arg)}
	case *pg_query.Node_GroupingFunc:
		return &GroupingCall{Pos: c.pos(v.GroupingFunc.Location), Args: c.exprs(v.GroupingFunc.Args)}
	case *pg_query.Node_GroupingSet:
		return c.groupingSet(v.GroupingSet)
	case *pg_query.Node_SetToDefault:
		return &Default{Pos: c.pos(v.SetToDefault.Location)}
	case *pg_query.Node_CurrentOfExpr:
		return &CurrentOf{Pos: NoPos, Cursor: v.CurrentOfExpr.CursorName}
	default:
		return c.refusedExpr(n)
	}
}

// refusedExpr refuses the expressions of SQL/XML and SQL/JSON, and whatever else comes.
func (c *converter) refusedExpr(n *pg_query.Node) Expr {
	switch v := n.Node.(type) {
	case *pg_query.Node_XmlExpr:
		c.unsupported("an XML expression", "", v.XmlExpr.Location)
	case *pg_query.Node_XmlSerialize:
		c.unsupported("XMLSERIALIZE", "", v.XmlSerialize.Location)
	case *pg_query.Node_JsonIsPredicate:
		c.unsupported("IS JSON", "Cast to jsonb, which raises an error for text that is not JSON.", v.JsonIsPredicate.Location)
	case *pg_query.Node_JsonObjectConstructor:
		c.unsupported("JSON_OBJECT", "Use jsonb_build_object.", v.JsonObjectConstructor.Location)
	case *pg_query.Node_JsonArrayConstructor:
		c.unsupported("JSON_ARRAY", "Use jsonb_build_array.", v.JsonArrayConstructor.Location)
	case *pg_query.Node_JsonArrayQueryConstructor:
		c.unsupported("JSON_ARRAY", "Use jsonb_agg in a subquery.", v.JsonArrayQueryConstructor.Location)
	case *pg_query.Node_JsonObjectAgg:
		c.unsupported("JSON_OBJECTAGG", "Use jsonb_object_agg.", v.JsonObjectAgg.GetConstructor().GetLocation())
	case *pg_query.Node_JsonArrayAgg:
		c.unsupported("JSON_ARRAYAGG", "Use jsonb_agg.", v.JsonArrayAgg.GetConstructor().GetLocation())
	default:
		c.unsupported("this expression", "", -1)
	}
	return nil
}

func (c *converter) exprs(nodes []*pg_query.Node) []Expr {
	if len(nodes) == 0 {
		return nil
	}
	out := make([]Expr, 0, len(nodes))
	for _, n := range nodes {
		out = append(out, c.expr(n))
	}
	return out
}

// constant keeps a constant as text; the planner gives it a type.
func (c *converter) constant(k *pg_query.A_Const) *Literal {
	pos := c.pos(k.Location)
	switch v := k.Val.(type) {
	case *pg_query.A_Const_Ival:
		return &Literal{Pos: pos, Kind: LiteralInteger, Text: itoa(int64(v.Ival.GetIval()))}
	case *pg_query.A_Const_Fval:
		return numberLiteral(v.Fval.Fval, pos)
	case *pg_query.A_Const_Boolval:
		return &Literal{Pos: pos, Kind: LiteralBool, Text: boolText(v.Boolval.Boolval)}
	case *pg_query.A_Const_Sval:
		return &Literal{Pos: pos, Kind: LiteralString, Text: v.Sval.Sval}
	case *pg_query.A_Const_Bsval:
		return &Literal{Pos: pos, Kind: LiteralBitString, Text: v.Bsval.Bsval}
	}
	return &Literal{Pos: pos, Kind: LiteralNull}
}

// numberLiteral classes a number's text and makes it plain decimal.
func numberLiteral(text string, pos Pos) *Literal {
	sign, digits := "", text
	if strings.HasPrefix(text, "-") {
		sign, digits = "-", text[1:]
	}
	if strings.IndexByte(digits, '_') >= 0 {
		digits = strings.ReplaceAll(digits, "_", "")
	}
	if len(digits) > 1 && digits[0] == '0' && strings.IndexByte("xXoObB", digits[1]) >= 0 {
		if n, ok := new(big.Int).SetString(digits, 0); ok {
			digits = n.String()
		}
	}
	if !allDigits(digits) {
		return &Literal{Pos: pos, Kind: LiteralDecimal, Text: sign + digits}
	}
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	if digits == "0" {
		sign = ""
	}
	if sign+digits != text {
		text = sign + digits
	}
	return &Literal{Pos: pos, Kind: LiteralInteger, Text: text}
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

func boolText(b bool) string { return strconv.FormatBool(b) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func (c *converter) param(p *pg_query.ParamRef) Expr {
	if p.Number < 1 {
		c.fail(pgerr.New(pgerr.UndefinedParameter, "there is no parameter $%d", p.Number).At(CharPos(c.text, c.pos(p.Location))))
		return nil
	}
	return &Param{Pos: c.pos(p.Location), Number: int(p.Number)}
}

func (c *converter) columnRef(r *pg_query.ColumnRef) Expr {
	ref := &ColumnRef{Pos: c.pos(r.Location), Names: make([]string, 0, len(r.Fields))}
	for _, f := range r.Fields {
		switch v := f.Node.(type) {
		case *pg_query.Node_AStar:
			ref.Star = true
		case *pg_query.Node_String_:
			ref.Names = append(ref.Names, v.String_.Sval)
		}
	}
	return ref
}

// indirection unfolds a list of fields and subscripts into nested expressions.
func (c *converter) indirection(a *pg_query.A_Indirection) Expr {
	e := c.expr(a.Arg)
	if e == nil {
		return nil
	}
	chained := false
	for _, step := range a.Indirection {
		if !c.enter() {
			break
		}
		before := chained
		chained = step.GetAIndices() != nil
		switch v := step.Node.(type) {
		case *pg_query.Node_String_:
			e = &FieldSelect{Pos: e.Position(), Arg: e, Field: v.String_.Sval}
		case *pg_query.Node_AStar:
			e = &FieldSelect{Pos: e.Position(), Arg: e, Star: true}
		case *pg_query.Node_AIndices:
			e = c.subscript(e, v.AIndices, before)
		}
	}
	c.depth -= len(a.Indirection)
	return e
}

func (c *converter) subscript(arg Expr, i *pg_query.A_Indices, chained bool) Expr {
	s := &Subscript{Pos: arg.Position(), Arg: arg, Slice: i.IsSlice, Chained: chained}
	if i.IsSlice {
		s.Index, s.Upper = c.expr(i.Lidx), c.expr(i.Uidx)
	} else {
		s.Index = c.expr(i.Uidx)
	}
	return s
}

func (c *converter) logic(b *pg_query.BoolExpr) Expr {
	if b.Boolop == pg_query.BoolExprType_NOT_EXPR {
		return &Not{Pos: c.pos(b.Location), Arg: c.expr(b.Args[0])}
	}
	return &Logic{Pos: c.pos(b.Location), Or: b.Boolop == pg_query.BoolExprType_OR_EXPR, Args: c.exprs(b.Args)}
}

func operatorOf(nodes []*pg_query.Node) Operator {
	parts := names(nodes)
	switch len(parts) {
	case 0:
		return Operator{}
	case 1:
		return Operator{Name: parts[0]}
	}
	return Operator{Schema: parts[len(parts)-2], Name: parts[len(parts)-1]}
}

// operation converts what PostgreSQL's grammar calls an A_Expr.
func (c *converter) operation(a *pg_query.A_Expr) Expr {
	pos, op := c.pos(a.Location), operatorOf(a.Name)
	switch a.Kind {
	case pg_query.A_Expr_Kind_AEXPR_OP_ANY, pg_query.A_Expr_Kind_AEXPR_OP_ALL:
		all := a.Kind == pg_query.A_Expr_Kind_AEXPR_OP_ALL
		return &AnyArray{Pos: pos, Op: op, All: all, Left: c.expr(a.Lexpr), Array: c.expr(a.Rexpr)}
	case pg_query.A_Expr_Kind_AEXPR_DISTINCT, pg_query.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		not := a.Kind == pg_query.A_Expr_Kind_AEXPR_NOT_DISTINCT
		return &DistinctFrom{Pos: pos, Not: not, Left: c.expr(a.Lexpr), Right: c.expr(a.Rexpr)}
	case pg_query.A_Expr_Kind_AEXPR_NULLIF:
		return &NullIf{Pos: pos, Left: c.expr(a.Lexpr), Right: c.expr(a.Rexpr)}
	case pg_query.A_Expr_Kind_AEXPR_IN:
		return &InList{Pos: pos, Not: op.Name == "<>", Left: c.expr(a.Lexpr), List: c.exprs(a.Rexpr.GetList().GetItems())}
	case pg_query.A_Expr_Kind_AEXPR_BETWEEN, pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN,
		pg_query.A_Expr_Kind_AEXPR_BETWEEN_SYM, pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		return c.between(a)
	}
	if a.Lexpr == nil {
		return &Unary{Pos: pos, Op: op, Arg: c.expr(a.Rexpr)}
	}
	return &Binary{Pos: pos, Op: op, Left: c.expr(a.Lexpr), Right: c.expr(a.Rexpr)}
}

func (c *converter) between(a *pg_query.A_Expr) Expr {
	b := &Between{Pos: c.pos(a.Location), Arg: c.expr(a.Lexpr)}
	switch a.Kind {
	case pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN:
		b.Not = true
	case pg_query.A_Expr_Kind_AEXPR_BETWEEN_SYM:
		b.Symmetric = true
	case pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		b.Not, b.Symmetric = true, true
	}
	if bounds := a.Rexpr.GetList().GetItems(); len(bounds) == 2 {
		b.Low, b.High = c.expr(bounds[0]), c.expr(bounds[1])
	}
	return b
}

func (c *converter) booleanTest(b *pg_query.BooleanTest) Expr {
	t := &IsBool{Pos: c.pos(b.Location), Arg: c.expr(b.Arg)}
	switch b.Booltesttype {
	case pg_query.BoolTestType_IS_NOT_TRUE:
		t.Not = true
	case pg_query.BoolTestType_IS_FALSE:
		t.Value = IsFalse
	case pg_query.BoolTestType_IS_NOT_FALSE:
		t.Not, t.Value = true, IsFalse
	case pg_query.BoolTestType_IS_UNKNOWN:
		t.Value = IsUnknown
	case pg_query.BoolTestType_IS_NOT_UNKNOWN:
		t.Not, t.Value = true, IsUnknown
	}
	return t
}

func (c *converter) caseExpr(k *pg_query.CaseExpr) Expr {
	out := &Case{Pos: c.pos(k.Location), Arg: c.expr(k.Arg), Else: c.expr(k.Defresult)}
	for _, n := range k.Args {
		w := n.GetCaseWhen()
		out.Whens = append(out.Whens, When{Pos: c.pos(w.GetLocation()), Cond: c.expr(w.GetExpr()), Then: c.expr(w.GetResult())})
	}
	return out
}

func (c *converter) subLink(s *pg_query.SubLink) Expr {
	pos, q := c.pos(s.Location), c.query(s.Subselect.GetSelectStmt())
	switch s.SubLinkType {
	case pg_query.SubLinkType_EXISTS_SUBLINK:
		return &Subquery{Pos: pos, Kind: ExistsSubquery, Query: q}
	case pg_query.SubLinkType_ARRAY_SUBLINK:
		return &Subquery{Pos: pos, Kind: ArraySubquery, Query: q}
	case pg_query.SubLinkType_ANY_SUBLINK, pg_query.SubLinkType_ALL_SUBLINK:
		op := operatorOf(s.OperName)
		if op.Name == "" {
			op.Name = "=" // IN
		}
		all := s.SubLinkType == pg_query.SubLinkType_ALL_SUBLINK
		return &AnySubquery{Pos: pos, Op: op, All: all, Left: c.expr(s.Testexpr), Query: q}
	}
	return &Subquery{Pos: pos, Query: q}
}

var valueFuncs = map[pg_query.SQLValueFunctionOp]ValueFunc{
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_DATE:        CurrentDate,
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME:        CurrentTime,
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N:      CurrentTime,
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP:   CurrentTimestamp,
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N: CurrentTimestamp,
	pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME:           LocalTime,
	pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME_N:         LocalTime,
	pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP:      LocalTimestamp,
	pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:    LocalTimestamp,
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_ROLE:        CurrentRole,
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_USER:        CurrentUser,
	pg_query.SQLValueFunctionOp_SVFOP_USER:                User,
	pg_query.SQLValueFunctionOp_SVFOP_SESSION_USER:        SessionUser,
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG:     CurrentCatalog,
	pg_query.SQLValueFunctionOp_SVFOP_CURRENT_SCHEMA:      CurrentSchema,
}

func (c *converter) valueFunction(f *pg_query.SQLValueFunction) Expr {
	v := &ValueFunction{Pos: c.pos(f.Location), Func: valueFuncs[f.Op], Precision: -1}
	switch f.Op {
	case pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N, pg_query.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N,
		pg_query.SQLValueFunctionOp_SVFOP_LOCALTIME_N, pg_query.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:
		v.Precision = int(f.Typmod)
	}
	return v
}

func (c *converter) funcCall(f *pg_query.FuncCall) Expr {
	return &FuncCall{
		Pos:         c.pos(f.Location),
		Name:        names(f.Funcname),
		Args:        c.exprs(f.Args),
		Star:        f.AggStar,
		Distinct:    f.AggDistinct,
		Variadic:    f.FuncVariadic,
		WithinGroup: f.AggWithinGroup,
		OrderBy:     c.orderBy(f.AggOrder),
		Filter:      c.expr(f.AggFilter),
		Over:        c.window(f.Over),
		SQLSyntax:   f.Funcformat == pg_query.CoercionForm_COERCE_SQL_SYNTAX,
	}
}

func (c *converter) groupingSet(g *pg_query.GroupingSet) Expr {
	out := &GroupingSet{Pos: c.pos(g.Location), Items: c.exprs(g.Content)}
	switch g.Kind {
	case pg_query.GroupingSetKind_GROUPING_SET_ROLLUP:
		out.Kind = GroupingRollup
	case pg_query.GroupingSetKind_GROUPING_SET_CUBE:
		out.Kind = GroupingCube
	case pg_query.GroupingSetKind_GROUPING_SET_SETS:
		out.Kind = GroupingSets
	}
	return out
}

// typeName converts a type as written; nil stays nil.
func (c *converter) typeName(t *pg_query.TypeName) *TypeName {
	if t == nil {
		return nil
	}
	if t.PctType {
		c.unsupported("%TYPE", "Write the type's name.", t.Location)
	}
	out := &TypeName{Pos: c.pos(t.Location), Names: names(t.Names), Mods: c.exprs(t.Typmods), SetOf: t.Setof}
	for _, b := range t.ArrayBounds {
		out.ArrayDims = append(out.ArrayDims, int(b.GetInteger().GetIval()))
	}
	return out
}
