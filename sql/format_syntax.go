package sql

// syntaxCall writes a call in the special syntax it was written in. It reports false for
// one that has none.
func (f *formatter) syntaxCall(c *FuncCall) bool {
	a := c.Args
	switch c.Name[len(c.Name)-1] {
	case "timezone":
		f.operandExpr(a[1])
		f.put(" AT TIME ZONE ")
		f.operandExpr(a[0])
	case "extract":
		f.infix("EXTRACT(", a[0], " FROM ", a[1], ")")
	case "position":
		f.infix("POSITION(", a[1], " IN ", a[0], ")")
	case "overlaps":
		f.infix("(", a[0], ", ", a[1], ") OVERLAPS ")
		f.infix("(", a[2], ", ", a[3], ")")
	case "overlay":
		f.infix("OVERLAY(", a[0], " PLACING ", a[1], " FROM ", a[2])
		f.fromFor(a[3:])
	case "substring":
		f.infix("SUBSTRING(", a[0], " FROM ", a[1])
		f.fromFor(a[2:])
	case "btrim":
		f.trim("BOTH", a)
	case "ltrim":
		f.trim("LEADING", a)
	case "rtrim":
		f.trim("TRAILING", a)
	case "normalize":
		f.put("NORMALIZE(")
		f.expr(a[0])
		f.normalForm(a[1:], ", ")
		f.put(")")
	case "is_normalized":
		f.operandExpr(a[0])
		f.put(" IS")
		f.normalForm(a[1:], " ")
		f.put(" NORMALIZED")
	case "pg_collation_for":
		f.infix("COLLATION FOR (", a[0], ")")
	case "system_user":
		f.put("SYSTEM_USER")
	default:
		return false
	}
	return true
}

// infix writes words and expressions in turn.
func (f *formatter) infix(parts ...any) {
	for _, p := range parts {
		switch v := p.(type) {
		case string:
			f.put(v)
		case Expr:
			f.operandExpr(v)
		}
	}
}

func (f *formatter) fromFor(rest []Expr) {
	if len(rest) > 0 {
		f.put(" FOR ")
		f.operandExpr(rest[0])
	}
	f.put(")")
}

func (f *formatter) trim(side string, args []Expr) {
	f.put("TRIM(", side, " ")
	if n := len(args) - 1; n > 0 {
		f.operandExpr(args[n])
		f.put(" ")
		args = args[:n]
	}
	f.put("FROM ")
	f.exprs(args)
	f.put(")")
}

// normalForm writes NFC and the like, which the grammar makes a string.
func (f *formatter) normalForm(rest []Expr, sep string) {
	if len(rest) == 0 {
		return
	}
	if l, ok := rest[0].(*Literal); ok {
		f.put(sep, l.Text)
	}
}
