package expr

import (
	"fmt"
	"strconv"
	"strings"

	"streamdb/types"
)

// String prints #n.
func (e *Col) String() string { return "#" + strconv.Itoa(e.Index) }

// String prints $n.
func (e *Param) String() string { return "$" + strconv.Itoa(e.N) }

// String prints the value as a literal.
func (e *Const) String() string { return literal(e.D, e.T) }

// literal is d as SQL; strings are quoted, other types carry their name where the text
// alone does not say it.
func literal(d types.Datum, t types.Type) string {
	if d.IsNull() {
		return "NULL"
	}
	s := string(d.AppendText(nil, t, types.DefaultStyle()))
	switch t.Info().Category {
	case 'B':
		if d.Bool() {
			return "true"
		}
		return "false"
	case 'N':
		return s
	case 'S', 'X':
		return quoteLiteral(s)
	}
	return quoteLiteral(s) + "::" + t.String()
}

func quoteLiteral(s string) string {
	q := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return " E" + strings.ReplaceAll(q, `\`, `\\`)
	}
	return q
}

// String prints an operator between or before its operands and a function before them.
func (e *Call) String() string {
	if isOperatorName(e.Fn.Name) {
		switch len(e.Args) {
		case 1:
			return "(" + e.Fn.Name + e.Args[0].String() + ")"
		case 2:
			return "(" + e.Args[0].String() + " " + e.Fn.Name + " " + e.Args[1].String() + ")"
		}
	}
	if e.Spread {
		sep := ""
		if len(e.Args) > 1 {
			sep = ", "
		}
		last := len(e.Args) - 1
		return e.Fn.Name + "(" + joinExprs(e.Args[:last], ", ") + sep + "VARIADIC " + e.Args[last].String() + ")"
	}
	return e.Fn.Name + "(" + joinExprs(e.Args, ", ") + ")"
}

func isOperatorName(s string) bool { return strings.Trim(s, "+-*/<>=~!@#%^&|`?") == "" }

func joinExprs(es []Expr, sep string) string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = e.String()
	}
	return strings.Join(parts, sep)
}

// String prints arg::type.
func (e *Cast) String() string { return e.Arg.String() + "::" + e.T.String() }

// String prints the operands joined by AND.
func (e *And) String() string { return "(" + joinExprs(e.Args, " AND ") + ")" }

// String prints the operands joined by OR.
func (e *Or) String() string { return "(" + joinExprs(e.Args, " OR ") + ")" }

// String prints NOT arg.
func (e *Not) String() string { return "(NOT " + e.Arg.String() + ")" }

func not(negate bool) string {
	if negate {
		return "NOT "
	}
	return ""
}

// String prints arg IS [NOT] NULL.
func (e *IsNull) String() string { return "(" + e.Arg.String() + " IS " + not(e.Negate) + "NULL)" }

// String prints arg IS [NOT] TRUE, FALSE or UNKNOWN.
func (e *BoolTest) String() string {
	v := "UNKNOWN"
	if !e.Value.IsNull() {
		v = strings.ToUpper(strconv.FormatBool(e.Value.Bool()))
	}
	return "(" + e.Arg.String() + " IS " + not(e.Negate) + v + ")"
}

// String prints l IS [NOT] DISTINCT FROM r.
func (e *DistinctFrom) String() string {
	return fmt.Sprintf("(%s IS %sDISTINCT FROM %s)", e.L, not(e.Negate), e.R)
}

// String prints the CASE.
func (e *Case) String() string {
	var b strings.Builder
	b.WriteString("CASE")
	for _, w := range e.Whens {
		fmt.Fprintf(&b, " WHEN %s THEN %s", w.Cond, w.Then)
	}
	if e.Else != nil {
		fmt.Fprintf(&b, " ELSE %s", e.Else)
	}
	return b.String() + " END"
}

// String prints COALESCE(…).
func (e *Coalesce) String() string { return "COALESCE(" + joinExprs(e.Args, ", ") + ")" }

// String prints GREATEST(…) or LEAST(…).
func (e *MinMax) String() string {
	if e.Greatest {
		return "GREATEST(" + joinExprs(e.Args, ", ") + ")"
	}
	return "LEAST(" + joinExprs(e.Args, ", ") + ")"
}

// String prints NULLIF(l, r).
func (e *NullIf) String() string { return fmt.Sprintf("NULLIF(%s, %s)", e.L, e.R) }

// String prints arg [NOT] IN (…).
func (e *In) String() string {
	return fmt.Sprintf("(%s %sIN (%s))", e.Arg, not(e.Negate), joinExprs(e.List, ", "))
}

// String prints l op ANY|ALL (array).
func (e *AnyAll) String() string {
	word := "ANY"
	if e.All {
		word = "ALL"
	}
	return fmt.Sprintf("(%s %s %s (%s))", e.L, e.Op.Name, word, e.Array)
}

// String prints ARRAY[…].
func (e *Array) String() string { return "ARRAY[" + joinExprs(e.Elems, ", ") + "]" }

// String prints arg[index].
func (e *Subscript) String() string { return fmt.Sprintf("%s[%s]", e.Arg, e.Index) }

// String prints arg[lower:upper].
func (e *Slice) String() string {
	s := e.Arg.String() + "["
	if e.Lower != nil {
		s += e.Lower.String()
	}
	s += ":"
	if e.Upper != nil {
		s += e.Upper.String()
	}
	return s + "]"
}
