package sql

import (
	"strconv"
	"strings"
)

// expr writes an expression; operands that are not of one piece get parentheses.
func (f *formatter) expr(e Expr) {
	switch v := e.(type) {
	case *Literal:
		f.literal(v)
	case *Param:
		f.put("$", strconv.Itoa(v.Number))
	case *ColumnRef:
		f.columnRef(v)
	case *Binary:
		f.binary(v)
	case *Unary:
		f.operator(v.Op)
		f.put(" ")
		if sign(v) && sign(v.Arg) {
			f.expr(v.Arg) // a chain of signs must not nest deeper than it was written
		} else {
			f.operandExpr(v.Arg)
		}
	case *Logic:
		f.logic(v)
	case *Not:
		f.put("NOT ")
		f.operandExpr(v.Arg)
	case *FuncCall:
		f.call(v)
	case *Cast:
		f.operandExpr(v.Arg)
		f.put("::", v.Type.String())
	case *Case:
		f.caseExpr(v)
	case *Subquery:
		f.put([...]string{"(", "EXISTS (", "ARRAY("}[v.Kind])
		f.query(v.Query)
		f.put(")")
	default:
		if !f.predicate(e) {
			f.keyword(e)
		}
	}
}

// predicate writes the tests that SQL spells in words.
func (f *formatter) predicate(e Expr) bool {
	switch v := e.(type) {
	case *AnyArray:
		f.quantified(v.Left, v.Op, v.All)
		f.put("(")
		f.expr(v.Array)
		f.put(")")
	case *AnySubquery:
		if v.Op == (Operator{Name: "="}) && !v.All {
			f.operandExpr(v.Left)
			f.put(" IN ")
		} else {
			f.quantified(v.Left, v.Op, v.All)
		}
		f.put("(")
		f.query(v.Query)
		f.put(")")
	case *InList:
		f.operandExpr(v.Left)
		f.put(not(v.Not), " IN (")
		f.exprs(v.List)
		f.put(")")
	case *Between:
		f.between(v)
	case *DistinctFrom:
		f.operandExpr(v.Left)
		f.put(" IS", not(v.Not), " DISTINCT FROM ")
		f.operandExpr(v.Right)
	case *IsNull:
		f.operandExpr(v.Arg)
		f.put(" IS", not(v.Not), " NULL")
	case *IsBool:
		f.operandExpr(v.Arg)
		f.put(" IS", not(v.Not), [...]string{" TRUE", " FALSE", " UNKNOWN"}[v.Value])
	case *Collate:
		f.operandExpr(v.Arg)
		f.put(" COLLATE ", formatNames(v.Name))
	default:
		return false
	}
	return true
}

func not(on bool) string {
	if on {
		return " NOT"
	}
	return ""
}

func (f *formatter) quantified(left Expr, op Operator, all bool) {
	f.operandExpr(left)
	f.put(" ")
	f.operator(op)
	if all {
		f.put(" ALL ")
	} else {
		f.put(" ANY ")
	}
}

func (f *formatter) between(b *Between) {
	f.operandExpr(b.Arg)
	f.put(not(b.Not), " BETWEEN ")
	if b.Symmetric {
		f.put("SYMMETRIC ")
	}
	f.operandExpr(b.Low)
	f.put(" AND ")
	f.operandExpr(b.High)
}

// keyword writes the expressions that look like calls, and the rest.
func (f *formatter) keyword(e Expr) {
	switch v := e.(type) {
	case *NullIf:
		f.callOf("NULLIF", []Expr{v.Left, v.Right})
	case *Coalesce:
		f.callOf("COALESCE", v.Args)
	case *MinMax:
		if v.Least {
			f.callOf("LEAST", v.Args)
		} else {
			f.callOf("GREATEST", v.Args)
		}
	case *ArrayLit:
		f.put("ARRAY[")
		f.exprs(v.Elems)
		f.put("]")
	case *Row:
		if v.Explicit {
			f.put("ROW")
		}
		f.callOf("", v.Args)
	case *GroupingCall:
		f.callOf("GROUPING", v.Args)
	case *GroupingSet:
		f.callOf([...]string{"", "ROLLUP", "CUBE", "GROUPING SETS"}[v.Kind], v.Items)
	case *FieldSelect:
		f.put("(")
		f.expr(v.Arg)
		f.put(").")
		if v.Star {
			f.put("*")
		} else {
			f.put(QuoteIdent(v.Field))
		}
	case *Subscript:
		if v.Chained {
			f.expr(v.Arg)
		} else {
			f.put("(")
			f.expr(v.Arg)
			f.put(")")
		}
		f.subscript(v.Index, v.Upper, v.Slice)
	case *NamedArg:
		f.put(QuoteIdent(v.Name), " => ")
		f.expr(v.Arg)
	case *ValueFunction:
		f.put(strings.ToUpper(string(v.Func)))
		if v.Precision >= 0 {
			f.put("(", strconv.Itoa(v.Precision), ")")
		}
	case *Default:
		f.put("DEFAULT")
	case *CurrentOf:
		f.put("CURRENT OF ", QuoteIdent(v.Cursor))
	}
}

func (f *formatter) callOf(name string, args []Expr) {
	f.put(name, "(")
	f.exprs(args)
	f.put(")")
}

func (f *formatter) subscript(index, upper Expr, slice bool) {
	f.put("[")
	if index != nil {
		f.expr(index)
	}
	if slice {
		f.put(" : ")
		if upper != nil {
			f.expr(upper)
		}
	}
	f.put("]")
}

func (f *formatter) literal(l *Literal) {
	switch l.Kind {
	case LiteralNull:
		f.put("NULL")
	case LiteralString:
		f.put(QuoteLiteral(l.Text))
	case LiteralBitString:
		f.put(strings.ToUpper(l.Text[:1]), "'", l.Text[1:], "'")
	case LiteralBool:
		f.put(strings.ToUpper(l.Text))
	default:
		f.put(l.Text)
	}
}

func (f *formatter) columnRef(r *ColumnRef) {
	f.put(formatNames(r.Names))
	if r.Star {
		if len(r.Names) > 0 {
			f.put(".")
		}
		f.put("*")
	}
}

func (f *formatter) operator(op Operator) {
	if op.Schema != "" {
		f.put("OPERATOR(", QuoteIdent(op.Schema), ".", op.Name, ")")
		return
	}
	f.put(op.Name)
}

// isPiece reports whether e can be an operand without parentheses.
func isPiece(e Expr) bool {
	switch v := e.(type) {
	case *Literal:
		return !strings.HasPrefix(v.Text, "-") || v.Kind == LiteralString
	case *Param, *ColumnRef, *Case, *Subquery, *NullIf, *Coalesce, *MinMax, *ArrayLit, *Row, *GroupingCall,
		*ValueFunction, *Default, *FieldSelect, *Subscript:
		return true
	case *FuncCall:
		return !v.SQLSyntax
	}
	return false
}

// operandExpr writes an operand.
func (f *formatter) operandExpr(e Expr) {
	if isPiece(e) {
		f.expr(e)
		return
	}
	f.put("(")
	f.expr(e)
	f.put(")")
}

// precedence orders the binary operators that associate to the left; 0 for the others.
func precedence(op Operator) int {
	if op.Schema != "" {
		return 0
	}
	switch op.Name {
	case "=", "<", ">", "<=", ">=", "<>", "~~", "!~~", "~~*", "!~~*":
		return 0
	case "+", "-":
		return 2
	case "*", "/", "%":
		return 3
	case "^":
		return 4
	}
	return 1
}

// binary leaves a chain of operators without parentheses, so that a long one does not nest.
func (f *formatter) binary(b *Binary) {
	left, ok := b.Left.(*Binary)
	if p := precedence(b.Op); ok && p > 0 && precedence(left.Op) >= p {
		f.binary(left)
	} else {
		f.operandExpr(b.Left)
	}
	f.put(" ")
	f.operator(b.Op)
	f.put(" ")
	f.operandExpr(b.Right)
}

func (f *formatter) logic(l *Logic) {
	word := " AND "
	if l.Or {
		word = " OR "
	}
	for i, arg := range l.Args {
		if i > 0 {
			f.put(word)
		}
		f.operandExpr(arg)
	}
}

func (f *formatter) caseExpr(c *Case) {
	f.put("CASE")
	if c.Arg != nil {
		f.put(" ")
		f.expr(c.Arg)
	}
	for _, w := range c.Whens {
		f.put(" WHEN ")
		f.expr(w.Cond)
		f.put(" THEN ")
		f.expr(w.Then)
	}
	if c.Else != nil {
		f.put(" ELSE ")
		f.expr(c.Else)
	}
	f.put(" END")
}

func (f *formatter) call(c *FuncCall) {
	if c.SQLSyntax && f.syntaxCall(c) {
		return
	}
	f.put(formatNames(c.Name), "(")
	if c.Distinct {
		f.put("DISTINCT ")
	}
	if c.Star {
		f.put("*")
	}
	f.list(len(c.Args), func(i int) {
		if c.Variadic && i == len(c.Args)-1 {
			f.put("VARIADIC ")
		}
		f.expr(c.Args[i])
	})
	if len(c.OrderBy) > 0 {
		if c.WithinGroup {
			f.put(") WITHIN GROUP (ORDER BY ")
		} else {
			f.put(" ORDER BY ")
		}
		f.orderBy(c.OrderBy)
	}
	f.put(")")
	if c.Filter != nil {
		f.put(" FILTER (WHERE ")
		f.expr(c.Filter)
		f.put(")")
	}
	if c.Over != nil {
		f.put(" OVER ")
		f.window(c.Over)
	}
}

// sign reports whether e is a signed expression. Signs bind tightest and may follow each
// other without parentheses.
func sign(e Expr) bool {
	u, ok := e.(*Unary)
	return ok && u.Op.Schema == "" && (u.Op.Name == "+" || u.Op.Name == "-")
}
