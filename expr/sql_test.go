package expr

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"streamdb/types"
)

// sqlParser binds a small part of SQL's expressions, enough to write test data: literals,
// columns a, b, c…, calls, operators, casts, ARRAY[…] and subscripts.
type sqlParser struct {
	src  string
	toks []string
	at   int
	c    *Ctx
	cols map[string]*Col
}

func lex(s string) (toks []string) {
	for i := 0; i < len(s); {
		start := i
		switch ch := s[i]; {
		case ch == ' ':
			i++
			continue
		case ch == '\'' || ch == 'E' && i+1 < len(s) && s[i+1] == '\'':
			i += strings.IndexByte(s[i:], '\'') + 1
			for i < len(s) && (s[i] != '\'' || i+1 < len(s) && s[i+1] == '\'') {
				if s[i] == '\'' {
					i++
				}
				i++
			}
			i++
		case ch >= '0' && ch <= '9' || ch == '.' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.' || s[i] == 'e' || (s[i] == '-' || s[i] == '+') && s[i-1] == 'e') {
				i++
			}
		case ch == '_' || ch|0x20 >= 'a' && ch|0x20 <= 'z':
			for i < len(s) && (s[i] == '_' || s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z' || s[i] >= '0' && s[i] <= '9') {
				i++
			}
		case strings.HasPrefix(s[i:], "::"):
			i += 2
		case strings.IndexByte("()[],:.", ch) >= 0:
			i++
		default:
			for i < len(s) && strings.IndexByte("+-*/<>=~!@#%^&|`?", s[i]) >= 0 {
				i++
			}
			if i == start {
				panic("lex " + s[i:])
			}
			for i-start > 1 && (s[i-1] == '-' || s[i-1] == '+') && !strings.ContainsAny(s[start:i], "~!@#%^&|`?") {
				i--
			}
		}
		toks = append(toks, s[start:i])
	}
	return toks
}

func (p *sqlParser) peek() string {
	if p.at < len(p.toks) {
		return p.toks[p.at]
	}
	return ""
}

func (p *sqlParser) next() string { t := p.peek(); p.at++; return t }

func (p *sqlParser) expect(t string) {
	if got := p.next(); got != t {
		panic(fmt.Sprintf("%s: expected %s, got %q", p.src, t, got))
	}
}

type sqlError struct{ err error }

func must[T any](v T, err error) T {
	if err != nil {
		panic(sqlError{err})
	}
	return v
}

// parseSQL binds src; errors of the user's are returned.
func parseSQL(c *Ctx, src string, cols map[string]*Col) (e Expr, err error) {
	defer func() {
		if r := recover(); r != nil {
			se, ok := r.(sqlError)
			if !ok {
				panic(r)
			}
			err = se.err
		}
	}()
	p := &sqlParser{src: src, toks: lex(src), c: c, cols: cols}
	e = p.expr(0)
	if p.at < len(p.toks) {
		panic("left over: " + src + " at " + p.peek())
	}
	if e.Type().OID == types.Unknown.OID {
		e = must(c.CoerceTo(e, types.Text, CastImplicit))
	}
	return e, nil
}

func precedence(t string) int {
	switch strings.ToLower(t) {
	case "or":
		return 1
	case "and":
		return 2
	case "is":
		return 4
	case "<", ">", "=", "<=", ">=", "<>", "!=":
		return 5
	case "+", "-":
		return 8
	case "*", "/", "%":
		return 9
	case "^":
		return 10
	case "::":
		return 13
	case "[":
		return 12
	}
	if t != "" && isOperatorName(t) {
		return 7
	}
	return 0
}

func (p *sqlParser) expr(min int) Expr {
	l := p.prefix()
	for {
		t := p.peek()
		prec := precedence(t)
		if prec == 0 || prec <= min {
			return l
		}
		p.at++
		l = p.infix(l, t, prec)
	}
}

func (p *sqlParser) boolean(e Expr) Expr { return must(p.c.CoerceTo(e, types.Bool, CastImplicit)) }

func (p *sqlParser) infix(l Expr, t string, prec int) Expr {
	switch strings.ToLower(t) {
	case "or":
		return &Or{Args: []Expr{p.boolean(l), p.boolean(p.expr(prec))}}
	case "and":
		return &And{Args: []Expr{p.boolean(l), p.boolean(p.expr(prec))}}
	case "is":
		negate := strings.EqualFold(p.peek(), "not")
		if negate {
			p.at++
		}
		p.expect("null")
		return &IsNull{Arg: l, Negate: negate}
	case "::":
		return must(p.c.CoerceTo(l, p.typeName(), CastExplicit))
	case "[":
		i := p.expr(0)
		if p.peek() == ":" {
			p.at++
			x := &Slice{Arg: l, Lower: i, Upper: p.expr(0)}
			p.expect("]")
			return x
		}
		p.expect("]")
		return &Subscript{Arg: l, Index: i, T: l.Type().ElemType()}
	}
	r := p.expr(prec)
	f, ts, ret, err := ResolveOp(t, argOf(l), argOf(r))
	must(f, err)
	return &Call{Fn: f, Args: []Expr{p.coerce(l, ts[0]), p.coerce(r, ts[1])}, T: ret}
}

func argOf(e Expr) *Arg {
	return &Arg{T: e.Type(), IsUnknownLiteral: e.Type().OID == types.Unknown.OID}
}

func (p *sqlParser) coerce(e Expr, t types.Type) Expr { return must(p.c.CoerceTo(e, t, CastImplicit)) }

func (p *sqlParser) typeName() types.Type {
	name := strings.ToLower(p.next())
	t, ok := TypeBySQLName(name)
	if !ok {
		panic("no type " + name)
	}
	if p.peek() == "(" && (t.OID == types.NumericT.OID || t.OID == types.VarChar.OID || t.OID == types.BPChar.OID || t.Info().Category == 'D') {
		p.at++
		n, _ := strconv.Atoi(p.next())
		scale := 0
		if p.peek() == "," {
			p.at++
			scale, _ = strconv.Atoi(p.next())
		}
		p.expect(")")
		switch {
		case t.OID == types.NumericT.OID:
			t = types.NumericType(n, scale)
		case t.Info().Category == 'S':
			t.Mod = int32(n) + 4
		default:
			t.Mod = int32(n)
		}
	}
	for p.peek() == "[" {
		p.at++
		p.expect("]")
		t, _ = t.ArrayType()
	}
	return t
}

func number(t string) Expr {
	if !strings.ContainsAny(t, ".e") {
		if v, err := strconv.ParseInt(t, 10, 64); err == nil {
			if v == int64(int32(v)) {
				return &Const{D: types.NewInt32(int32(v)), T: types.Int4}
			}
			return &Const{D: types.NewInt64(v), T: types.Int8}
		}
	}
	return &Const{D: must(types.ParseNumeric(t)).ToDatum(), T: types.NumericT}
}

func (p *sqlParser) prefix() Expr {
	t := p.next()
	switch {
	case t == "(":
		e := p.expr(0)
		p.expect(")")
		return e
	case t == "-" && p.peek() != "" && p.peek()[0] >= '0' && p.peek()[0] <= '9':
		return number("-" + p.next())
	case t[0] >= '0' && t[0] <= '9' || t[0] == '.':
		return number(t)
	case t[0] == '\'':
		return &Const{D: types.NewBytes(strings.ReplaceAll(t[1:len(t)-1], "''", "'")), T: types.Unknown}
	case strings.HasPrefix(t, "E'"):
		return &Const{D: types.NewBytes(strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`, "''", "'").Replace(t[2 : len(t)-1])), T: types.Unknown}
	case isOperatorName(t):
		prec := 11
		if t != "-" && t != "+" {
			prec = 7
		}
		r := p.expr(prec)
		f, ts, ret, err := ResolveOp(t, nil, argOf(r))
		must(f, err)
		return &Call{Fn: f, Args: []Expr{p.coerce(r, ts[0])}, T: ret}
	}
	return p.word(t)
}

func (p *sqlParser) word(t string) Expr {
	switch strings.ToLower(t) {
	case "null":
		return &Const{T: types.Unknown}
	case "true", "false":
		return &Const{D: types.NewBool(strings.EqualFold(t, "true")), T: types.Bool}
	case "not":
		return &Not{Arg: p.boolean(p.expr(3))}
	case "array":
		return p.array()
	case "pg_catalog":
		p.expect(".")
		t = p.next()
	}
	if p.peek() != "" && p.peek()[0] == '\'' {
		p.at--
		ty := p.typeName()
		return must(p.c.CoerceTo(p.prefix(), ty, CastExplicit))
	}
	if p.peek() != "(" {
		if c := p.cols[t]; c != nil {
			return c
		}
		panic("no column " + t + " in " + p.src)
	}
	return p.call(strings.ToLower(t))
}

func (p *sqlParser) list(end string) (es []Expr) {
	for p.peek() != end {
		es = append(es, p.expr(0))
		if p.peek() == "," {
			p.at++
		}
	}
	p.expect(end)
	return es
}

func (p *sqlParser) array() Expr {
	p.expect("[")
	es := p.list("]")
	ts := make([]types.Type, len(es))
	for i, e := range es {
		ts[i] = e.Type()
	}
	t := types.Text
	if len(ts) > 0 {
		t = must(CommonType("ARRAY", ts))
	}
	for i := range es {
		es[i] = p.coerce(es[i], t)
	}
	at := t
	if !t.IsArray() {
		at, _ = t.ArrayType()
	}
	return &Array{Elems: es, T: at}
}

func (p *sqlParser) call(name string) Expr {
	p.expect("(")
	es := p.list(")")
	args := make([]Arg, len(es))
	for i, e := range es {
		args[i] = *argOf(e)
	}
	f, ts, ret, err := ResolveFunc(name, args)
	must(f, err)
	for i := range es {
		es[i] = p.coerce(es[i], ts[i])
	}
	return &Call{Fn: f, Args: es, T: ret}
}

func testCtx(t testing.TB, zone string) *Ctx {
	t.Helper()
	st := types.DefaultStyle()
	if zone != "" {
		loc, name, ok := types.LoadZone(zone)
		if !ok {
			t.Fatalf("no zone %s", zone)
		}
		st.TimeZone, st.TimeZoneName = loc, name
	}
	return NewCtx(st, 0)
}
