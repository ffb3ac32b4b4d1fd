package sql

// Start is where the text of an expression begins, which is where PostgreSQL points when
// the value of the whole is at fault; Position is where its operator stands.
func Start(e Expr) Pos {
	var first Expr
	switch e := e.(type) {
	case *Binary:
		first = e.Left
	case *Logic:
		first = e.Args[0]
	case *AnyArray:
		first = e.Left
	case *AnySubquery:
		first = e.Left
	case *InList:
		first = e.Left
	case *Between:
		first = e.Arg
	case *DistinctFrom:
		first = e.Left
	case *IsNull:
		first = e.Arg
	case *IsBool:
		first = e.Arg
	case *Collate:
		first = e.Arg
	case *Subscript:
		first = e.Arg
	case *FieldSelect:
		first = e.Arg
	case *Cast:
		start := Start(e.Arg)
		if _, ok := e.Arg.(*Literal); !ok && e.Pos >= 0 && e.Pos < start {
			return e.Pos // CAST (…
		}
		return start
	}
	if first == nil {
		return e.Position()
	}
	return Start(first)
}
