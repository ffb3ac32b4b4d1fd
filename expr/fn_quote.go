package expr

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// quoteFuncs lists the functions that write SQL.
func quoteFuncs() []*Func {
	return []*Func{
		fn("quote_ident(text) text", text1(QuoteIdent)).safe(),
		fn("quote_literal(text) text", text1(sqlLiteral)).safe(),
		fn("quote_literal(anyelement) text", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			return str(sqlLiteral(c.text(a.typ(0), a.datum(0)))), nil
		})).stable().safe(),
		fn("quote_nullable(text) text", perRow(quoteNullable)).nullable().safe(),
		fn("quote_nullable(anyelement) text", perRow(quoteNullable)).nullable().stable().safe(),
	}
}

func quoteNullable(c *Ctx, a *rowArgs) (types.Datum, error) {
	if a.null(0) {
		return str("NULL"), nil
	}
	return str(sqlLiteral(c.text(a.typ(0), a.datum(0)))), nil
}

func sqlLiteral(s string) string {
	q := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return "E" + strings.ReplaceAll(q, `\`, `\\`)
	}
	return q
}

// QuoteIdent quotes an identifier unless it can stand as it is.
func QuoteIdent(s string) string {
	safe := s != "" && !reservedWords[s] && (s[0] >= 'a' && s[0] <= 'z' || s[0] == '_')
	for i := 0; safe && i < len(s); i++ {
		ch := s[i]
		safe = ch >= 'a' && ch <= 'z' || ch >= '0' && ch <= '9' || ch == '_'
	}
	if safe {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// reservedWords are the key words that must be quoted as identifiers: all of PostgreSQL's
// that are not unreserved.
var reservedWords = wordSet(`all analyse analyze and any array as asc asymmetric authorization between bigint binary
bit boolean both case cast char character check coalesce collate collation column concurrently constraint create cross
current_catalog current_date current_role current_schema current_time current_timestamp current_user dec decimal default
deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest
group grouping having ilike in initially inner inout int integer intersect interval into is isnull join lateral leading
least left like limit localtime localtimestamp national natural nchar none normalize not notnull null nullif numeric
offset on only or order out outer overlaps overlay placing position precision primary real references returning right
row select session_user setof similar smallint some substring symmetric table tablesample then time timestamp to
trailing treat trim true union unique user using values varchar variadic verbose when where window with xmlattributes
xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`)

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// format is format(): %s, %I, %L with positions, widths and the flag -.
func format(c *Ctx, a *rowArgs) (types.Datum, error) {
	if a.null(0) {
		return types.Datum{}, nil
	}
	p := formatter{c: c, a: a, src: a.str(0), next: 1}
	for p.at < len(p.src) {
		if p.src[p.at] != '%' {
			p.out = append(p.out, p.src[p.at])
			p.at++
			continue
		}
		p.at++
		if err := p.spec(); err != nil {
			return types.Datum{}, err
		}
		if len(p.out) > maxText {
			return types.Datum{}, tooLong()
		}
	}
	return str(string(p.out)), nil
}

type formatter struct {
	c    *Ctx
	a    *rowArgs
	src  string
	at   int
	next int // the argument that comes next
	out  []byte
}

func unterminatedSpec() error {
	return pgerr.New(pgerr.InvalidParameterValue, "unterminated format() type specifier").
		WithHint("For a single \"%%\" use \"%%%%\".")
}

// number reads digits; ok is false if there are none.
func (p *formatter) number() (n int, ok bool) {
	start := p.at
	for p.at < len(p.src) && p.src[p.at] >= '0' && p.src[p.at] <= '9' {
		n = min(n*10+int(p.src[p.at]-'0'), 1<<24)
		p.at++
	}
	return n, p.at > start
}

// argument reads "n$".
func (p *formatter) argument() (n int, ok bool) {
	save := p.at
	if n, ok = p.number(); ok && p.at < len(p.src) && p.src[p.at] == '$' {
		p.at++
		return n, true
	}
	p.at = save
	return 0, false
}

func (p *formatter) spec() error {
	if p.at < len(p.src) && p.src[p.at] == '%' {
		p.out = append(p.out, '%')
		p.at++
		return nil
	}
	arg, given := p.argument()
	if given && arg == 0 {
		return pgerr.New(pgerr.InvalidParameterValue, "format specifies argument 0, but arguments are numbered from 1")
	}
	left := false
	for p.at < len(p.src) && p.src[p.at] == '-' {
		left = true
		p.at++
	}
	width, err := p.width(&left)
	if err != nil {
		return err
	}
	if p.at >= len(p.src) {
		return unterminatedSpec()
	}
	if !given {
		arg = p.next
	}
	kind := p.src[p.at]
	p.at++
	if !strings.ContainsRune("sIL", rune(kind)) {
		return pgerr.New(pgerr.InvalidParameterValue, "unrecognized format() type specifier \"%c\"", kind).
			WithHint("For a single \"%%\" use \"%%%%\".")
	}
	if arg >= p.a.len() {
		return pgerr.New(pgerr.InvalidParameterValue, "too few arguments for format()")
	}
	p.next = arg + 1
	return p.value(kind, arg, width, left)
}

// width reads a width, *, or *n$.
func (p *formatter) width(left *bool) (int, error) {
	if p.at >= len(p.src) || p.src[p.at] != '*' {
		n, _ := p.number()
		return n, nil
	}
	p.at++
	arg, given := p.argument()
	if !given {
		arg = p.next
	} else if arg == 0 {
		return 0, pgerr.New(pgerr.InvalidParameterValue, "format specifies argument 0, but arguments are numbered from 1")
	}
	if arg >= p.a.len() {
		return 0, pgerr.New(pgerr.InvalidParameterValue, "too few arguments for format()")
	}
	p.next = arg + 1
	if p.a.null(arg) {
		return 0, nil
	}
	n, err := strconv.Atoi(p.c.text(p.a.typ(arg), p.a.datum(arg)))
	if err != nil {
		return 0, pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", "integer",
			p.c.text(p.a.typ(arg), p.a.datum(arg)))
	}
	if n < 0 {
		*left = true
		n = -n
	}
	return min(n, 1<<24), nil
}

func (p *formatter) value(kind byte, arg, width int, left bool) error {
	s := ""
	switch null := p.a.null(arg); {
	case null && kind == 'I':
		return pgerr.New(pgerr.NullValueNotAllowed, "null values cannot be formatted as an SQL identifier")
	case null && kind == 'L':
		s = "NULL"
	case null:
	default:
		s = p.c.text(p.a.typ(arg), p.a.datum(arg))
		if kind == 'I' {
			s = QuoteIdent(s)
		} else if kind == 'L' {
			s = sqlLiteral(s)
		}
	}
	fill := strings.Repeat(" ", max(0, width-len([]rune(s))))
	if left {
		p.out = append(append(p.out, s...), fill...)
	} else {
		p.out = append(append(p.out, fill...), s...)
	}
	return nil
}

func unknownEncoding(name string) error {
	return pgerr.New(pgerr.InvalidParameterValue, "unrecognized encoding: \"%s\"", name)
}

func encodeBytes(s, name string) (types.Datum, error) {
	switch strings.ToLower(name) {
	case "hex":
		return str(hex.EncodeToString([]byte(s))), nil
	case "base64":
		e := base64.StdEncoding.EncodeToString([]byte(s))
		var b strings.Builder
		for ; len(e) > 76; e = e[76:] {
			b.WriteString(e[:76] + "\n")
		}
		return str(b.String() + e), nil
	case "escape":
		var b strings.Builder
		for i := range len(s) {
			switch ch := s[i]; {
			case ch == 0 || ch >= 0x80:
				o := strconv.FormatUint(uint64(ch), 8)
				b.WriteString(`\` + strings.Repeat("0", 3-len(o)) + o)
			case ch == '\\':
				b.WriteString(`\\`)
			default:
				b.WriteByte(ch)
			}
		}
		return str(b.String()), nil
	}
	return types.Datum{}, unknownEncoding(name)
}

func decodeBytes(s, name string) (types.Datum, error) {
	switch strings.ToLower(name) {
	case "hex":
		return decodeHex(s)
	case "base64":
		clean := strings.Map(func(r rune) rune {
			if strings.ContainsRune(" \t\n\r", r) {
				return -1
			}
			return r
		}, s)
		for _, r := range clean {
			if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=", r) {
				return types.Datum{}, pgerr.New(pgerr.InvalidParameterValue, "invalid symbol \"%c\" found while decoding base64 sequence", r)
			}
		}
		b, err := base64.StdEncoding.DecodeString(clean)
		if err != nil {
			return types.Datum{}, pgerr.New(pgerr.InvalidParameterValue, "invalid base64 end sequence").
				WithHint("Input data is missing padding, is truncated, or is otherwise corrupted.")
		}
		return str(string(b)), nil
	case "escape":
		return types.ParseText(types.Bytea, s, types.DefaultStyle())
	}
	return types.Datum{}, unknownEncoding(name)
}

func decodeHex(s string) (types.Datum, error) {
	var out []byte
	var high byte
	half := false
	for _, r := range s {
		if strings.ContainsRune(" \t\n\r", r) {
			continue
		}
		v, err := strconv.ParseUint(string(r), 16, 8)
		if err != nil {
			return types.Datum{}, pgerr.New(pgerr.InvalidParameterValue, "invalid hexadecimal digit: \"%c\"", r)
		}
		if half {
			out = append(out, high<<4|byte(v))
		}
		high, half = byte(v), !half
	}
	if half {
		return types.Datum{}, pgerr.New(pgerr.InvalidParameterValue, "invalid hexadecimal data: odd number of digits")
	}
	return str(string(out)), nil
}
