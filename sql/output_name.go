package sql

// OutputName is the name PostgreSQL gives to a result column without an alias, and
// "?column?" where it has no better idea.
func OutputName(e Expr) string {
	if name, _ := outputName(e); name != "" {
		return name
	}
	return "?column?"
}

// outputName also tells how good a name is: 1 for a type's name, which yields to a better
// one from inside the cast, 2 for a column's or function's.
func outputName(e Expr) (name string, strength int) {
	switch v := e.(type) {
	case *ColumnRef:
		if len(v.Names) > 0 && !v.Star {
			return v.Names[len(v.Names)-1], 2
		}
	case *FieldSelect:
		if !v.Star {
			return v.Field, 2
		}
	case *Subscript:
		return outputName(v.Arg)
	case *FuncCall:
		return v.Name[len(v.Name)-1], 2
	case *Cast:
		if name, strength := outputName(v.Arg); strength > 1 {
			return name, strength
		}
		return v.Type.Names[len(v.Type.Names)-1], 1
	case *Collate:
		return outputName(v.Arg)
	case *Case:
		if name, strength := outputName(v.Else); strength > 1 {
			return name, strength
		}
		return "case", 1
	case *Subquery:
		return subqueryName(v)
	default:
		return keywordName(e)
	}
	return "", 0
}

func subqueryName(s *Subquery) (string, int) {
	switch s.Kind {
	case ExistsSubquery:
		return "exists", 2
	case ArraySubquery:
		return "array", 2
	}
	q := s.Query
	for {
		op, ok := q.Body.(*SetOp)
		if !ok {
			break
		}
		q = op.Left
	}
	sel, ok := q.Body.(*Select)
	if !ok {
		return "column1", 2
	}
	if len(sel.Targets) == 0 {
		return "", 0
	}
	if t := sel.Targets[0]; t.Alias != "" {
		return t.Alias, 2
	}
	return OutputName(sel.Targets[0].Expr), 2
}

// keywordName names the expressions that are named after their keyword.
func keywordName(e Expr) (string, int) {
	switch v := e.(type) {
	case *NullIf:
		return "nullif", 2
	case *Coalesce:
		return "coalesce", 2
	case *MinMax:
		if v.Least {
			return "least", 2
		}
		return "greatest", 2
	case *ArrayLit:
		return "array", 2
	case *Row:
		return "row", 2
	case *GroupingCall:
		return "grouping", 2
	case *ValueFunction:
		return string(v.Func), 2
	}
	return "", 0
}
