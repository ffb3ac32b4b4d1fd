package sql

import "strings"

// fastInsert is the bulk of a text that begins with INSERT INTO t [(columns)] VALUES and at
// least two rows of plain constants. Such rows are read here at a small fraction of the
// cost of PostgreSQL's parser, which sees one short row and spaces in their place.
type fastInsert struct {
	rows       [][]Expr
	start, end int // of their text
}

// standInRow is as short as a row can be.
const standInRow = "(0)"

// fastInsertRows reads the rows. It returns text with all rows but a stand-in blanked, or
// text itself and nil if there is anything but constants.
func fastInsertRows(text string) (string, *fastInsert) {
	r := &rowReader{text: text}
	if !r.header() {
		return text, nil
	}
	start := r.i
	rows := r.rows()
	if len(rows) < 2 {
		return text, nil
	}
	blanked := text[:start] + standInRow + strings.Repeat(" ", r.i-start-len(standInRow)) + text[r.i:]
	return blanked, &fastInsert{rows: rows, start: start, end: r.i}
}

// restore puts the rows in place of the stand-in. It reports false if the statement turned
// out to be something else, such as VALUES with a UNION after it.
func (f *fastInsert) restore(text string, stmts []Statement) bool {
	if len(stmts) == 0 {
		return false
	}
	ins, ok := stmts[0].(*Insert)
	if !ok || ins.Query == nil {
		return false
	}
	values, ok := ins.Query.Body.(*Values)
	if !ok || len(values.Rows) != 1 {
		return false
	}
	values.Rows = f.rows
	src := ins.Src()
	end := int(src.Offset) + len(src.Text)
	if end == f.start+len(standInRow) {
		end = f.end
	}
	src.Text = text[src.Offset:end]
	ins.setSource(src)
	return true
}

// rowReader is a scanner for the few tokens a bulk INSERT is made of.
type rowReader struct {
	text string
	i    int
	slab []Literal // literals are allocated in blocks
}

func (r *rowReader) peek() byte {
	if r.i < len(r.text) {
		return r.text[r.i]
	}
	return 0
}

func (r *rowReader) space() {
	for r.i < len(r.text) {
		switch r.text[r.i] {
		case ' ', '\t', '\n', '\r', '\f', '\v':
			r.i++
		default:
			return
		}
	}
}

// symbol steps over white space and c.
func (r *rowReader) symbol(c byte) bool {
	r.space()
	if r.peek() != c {
		return false
	}
	r.i++
	return true
}

func isNameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// word reads an unquoted word, "" if none comes.
func (r *rowReader) word() string {
	r.space()
	start := r.i
	if !isNameStart(r.peek()) {
		return ""
	}
	for isNameStart(r.peek()) || isDigit(r.peek()) || r.peek() == '$' {
		r.i++
	}
	return r.text[start:r.i]
}

// header reads INSERT INTO name [(columns)] VALUES, up to the first row. What the names
// are is left to PostgreSQL's grammar.
func (r *rowReader) header() bool {
	if !strings.EqualFold(r.word(), "insert") || !strings.EqualFold(r.word(), "into") || !r.identifier() {
		return false
	}
	for r.symbol('.') {
		if !r.identifier() {
			return false
		}
	}
	if r.symbol('(') {
		for {
			if !r.identifier() {
				return false
			}
			if !r.symbol(',') {
				break
			}
		}
		if !r.symbol(')') {
			return false
		}
	}
	if !strings.EqualFold(r.word(), "values") {
		return false
	}
	r.space()
	return r.peek() == '('
}

// identifier steps over a plain or quoted name.
func (r *rowReader) identifier() bool {
	if r.word() != "" {
		return true
	}
	if r.peek() != '"' {
		return false
	}
	end := strings.IndexByte(r.text[r.i+1:], '"')
	if end <= 0 {
		return false
	}
	r.i += end + 2
	return r.peek() != '"'
}

// rows reads (…), (…), …; nil if anything but constants is among them.
func (r *rowReader) rows() [][]Expr {
	var rows [][]Expr
	width := 1
	for {
		if !r.symbol('(') {
			return nil
		}
		row := make([]Expr, 0, width)
		for {
			e := r.constant()
			if e == nil {
				return nil
			}
			row = append(row, e)
			if r.symbol(',') {
				continue
			}
			if !r.symbol(')') {
				return nil
			}
			break
		}
		rows = append(rows, row)
		width = len(row)
		end := r.i
		if !r.symbol(',') {
			r.i = end
			return rows
		}
	}
}

// literal allocates a Literal.
func (r *rowReader) literal(kind LiteralKind, text string, pos int) *Literal {
	if len(r.slab) == cap(r.slab) {
		r.slab = make([]Literal, 0, 512)
	}
	r.slab = append(r.slab, Literal{Pos: Pos(pos), Kind: kind, Text: text})
	return &r.slab[len(r.slab)-1]
}

// constant reads a number, a string, NULL, TRUE, FALSE or DEFAULT; nil for anything else.
func (r *rowReader) constant() Expr {
	r.space()
	start := r.i
	switch c := r.peek(); {
	case c == '\'':
		return r.str()
	case isDigit(c), c == '-', c == '.':
		return r.number()
	}
	switch word := r.word(); {
	case r.peek() == '\'': // E'…', B'…' and the like
		return nil
	case strings.EqualFold(word, "null"):
		return r.literal(LiteralNull, "", start)
	case strings.EqualFold(word, "true"):
		return r.literal(LiteralBool, "true", start)
	case strings.EqualFold(word, "false"):
		return r.literal(LiteralBool, "false", start)
	case strings.EqualFold(word, "default"):
		return &Default{Pos: Pos(start)}
	}
	return nil
}

// str reads '…', in which only a doubled quote is special.
func (r *rowReader) str() Expr {
	start, doubled := r.i, false
	r.i++
	for {
		end := strings.IndexByte(r.text[r.i:], '\'')
		if end < 0 {
			return nil
		}
		r.i += end + 1
		if r.peek() != '\'' {
			break
		}
		doubled = true
		r.i++
	}
	text := r.text[start+1 : r.i-1]
	if doubled {
		text = strings.ReplaceAll(text, "''", "'")
	}
	return r.literal(LiteralString, text, start)
}

// number reads [-]digits[.digits][e[±]digits]. What follows is checked by the caller, which
// wants a comma or parenthesis.
func (r *rowReader) number() Expr {
	start := r.i
	if r.peek() == '-' {
		r.i++
	}
	digits := r.digits()
	if r.peek() == '.' {
		r.i++
		digits += r.digits()
	}
	if digits == 0 {
		return nil
	}
	if r.peek() == 'e' || r.peek() == 'E' {
		r.i++
		if r.peek() == '+' || r.peek() == '-' {
			r.i++
		}
		if r.digits() == 0 {
			return nil
		}
	}
	lit := numberLiteral(r.text[start:r.i], Pos(start))
	return r.literal(lit.Kind, lit.Text, start)
}

func (r *rowReader) digits() int {
	start := r.i
	for isDigit(r.peek()) {
		r.i++
	}
	return r.i - start
}
