package sql

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"streamdb/types/pgerr"
)

// parser reads one statement from its tokens. The first failure sticks in err.
type parser struct {
	text string // the whole text
	part
	i   int // the next token
	err error
}

// statement parses the statement: the dialect's by hand, any other by PostgreSQL's grammar.
func (p *parser) statement() (Statement, error) {
	switch p.wordAt(0) {
	case "create":
		return p.create()
	case "drop", "comment":
		return p.likeTable()
	case "alter":
		return p.alter()
	case "explain":
		return p.explain()
	case "copy", "declare":
		return p.readSubscription()
	}
	if s, ok := p.command(); ok {
		return s, p.err
	}
	return p.plain()
}

// wordAt is the word of the n-th token, "" past the end and for what is not a word.
func (p *parser) wordAt(n int) string {
	if n < len(p.tokens) {
		return p.tokens[n].word
	}
	return ""
}

// next is the token the parser stands at, nil at the end.
func (p *parser) next() *token {
	if p.i < len(p.tokens) {
		return &p.tokens[p.i]
	}
	return nil
}

// word is the word the parser stands at.
func (p *parser) word() string { return p.wordAt(p.i) }

// at reports whether the next tokens are these words or symbols.
func (p *parser) at(words ...string) bool {
	for n, w := range words {
		if p.i+n >= len(p.tokens) {
			return false
		}
		if t := &p.tokens[p.i+n]; t.word != w && !(t.word == "" && t.text == w) {
			return false
		}
	}
	return true
}

// accept steps over the words if they come next.
func (p *parser) accept(words ...string) bool {
	if p.err != nil || !p.at(words...) {
		return false
	}
	p.i += len(words)
	return true
}

// expect steps over the words, or fails at the first that differs.
func (p *parser) expect(words ...string) {
	for _, w := range words {
		if !p.accept(w) {
			p.fail()
			return
		}
	}
}

// fail records a syntax error at the next token.
func (p *parser) fail() {
	if p.err != nil {
		return
	}
	t := p.next()
	if t == nil && p.semicolon {
		// PostgreSQL names the semicolon that ended the statement too early.
		t = &token{start: p.end - 1, end: p.end, text: ";"}
	}
	p.err = errSyntax(p.text, t)
}

// refuse records a 0A000 at token n.
func (p *parser) refuse(what, hint string, n int) {
	if p.err == nil {
		p.err = pgerr.Unsupported(what, hint).At(CharPos(p.text, Pos(p.tokens[n].start)))
	}
}

// finish fails if tokens are left.
func (p *parser) finish() {
	if p.i < len(p.tokens) {
		p.fail()
	}
}

// maxNameBytes is the longest identifier; PostgreSQL cuts longer ones.
const maxNameBytes = 63

// name reads an identifier.
func (p *parser) name() string {
	t := p.next()
	if t == nil || p.err != nil || !t.isName() {
		p.fail()
		return ""
	}
	p.i++
	if t.word != "" {
		return truncateName(t.word)
	}
	return p.decode(t)
}

// truncateName cuts a name to its maximum length, at a character's border.
func truncateName(name string) string {
	if len(name) <= maxNameBytes {
		return name
	}
	n := maxNameBytes
	for n > 0 && name[n]&0xC0 == 0x80 {
		n--
	}
	return name[:n]
}

// decode lets PostgreSQL's grammar read a quoted identifier or a string constant.
func (p *parser) decode(t *token) string {
	prefix := "SELECT "
	if t.kind != pg_query.Token_SCONST && t.kind != pg_query.Token_USCONST {
		prefix = "SELECT 1 AS "
	}
	result, err := pg_query.Parse(prefix + t.text)
	if err != nil || len(result.Stmts) != 1 {
		p.fail()
		return ""
	}
	target := result.Stmts[0].GetStmt().GetSelectStmt().GetTargetList()[0].GetResTarget()
	if name := target.GetName(); name != "" {
		return name
	}
	return target.GetVal().GetAConst().GetSval().GetSval()
}

// qualifiedName reads a name of one to three parts.
func (p *parser) qualifiedName() QualifiedName {
	pos := NoPos
	if t := p.next(); t != nil {
		pos = Pos(t.start)
	}
	parts := []string{p.name()}
	for p.accept(".") {
		parts = append(parts, p.name())
	}
	c := &converter{text: p.text, tokens: p.tokens}
	q := c.qualified(parts, pos)
	if p.err == nil {
		p.err = c.failure()
	}
	return q
}

// nameList reads (a, b, …).
func (p *parser) nameList() []string {
	p.expect("(")
	list := []string{p.name()}
	for p.accept(",") {
		list = append(list, p.name())
	}
	p.expect(")")
	return list
}

// isString reports whether a string constant comes next.
func (p *parser) isString() bool {
	t := p.next()
	return t != nil && (t.kind == pg_query.Token_SCONST || t.kind == pg_query.Token_USCONST)
}

// stringLiteral reads a string constant.
func (p *parser) stringLiteral() *Literal {
	if p.err != nil || !p.isString() {
		p.fail()
		return nil
	}
	t := p.next()
	value := p.decode(t)
	p.i++
	return &Literal{Pos: Pos(t.start), Kind: LiteralString, Text: value}
}

// ifNotExists reads IF NOT EXISTS.
func (p *parser) ifNotExists() bool { return p.accept("if", "not", "exists") }

// blank overwrites the text of tokens[from:to] in buf, a copy of the statement's text.
func (p *parser) blank(buf []byte, from, to int) {
	if from >= to {
		return
	}
	p.overwrite(buf, p.tokens[from].start, p.tokens[to-1].end, "")
}

// overwrite puts word at start and spaces up to end; offsets are into the whole text.
func (p *parser) overwrite(buf []byte, start, end int, word string) {
	base := p.start()
	for i := start; i < end; i++ {
		c := byte(' ')
		if i-start < len(word) {
			c = word[i-start]
		}
		buf[i-base] = c
	}
}

// subquery parses the query in tokens[from:to].
func (p *parser) subquery(from, to int) *Query {
	if p.err != nil {
		return nil
	}
	if from >= to {
		p.i = to
		p.fail()
		return nil
	}
	sub := &parser{text: p.text, part: part{tokens: p.tokens[from:to], end: p.tokens[to-1].end}}
	s, err := sub.plain()
	if err != nil {
		p.err = p.endedBy(err, to)
		return nil
	}
	q, ok := s.(*Query)
	if !ok {
		p.i = from
		p.fail()
		return nil
	}
	setSource(q, p.text, p.tokens[from].start, p.tokens[to-1].end)
	return q
}

// endedBy blames the token after an embedded query or expression if that ended too early.
func (p *parser) endedBy(err error, to int) error {
	if err != nil && to < len(p.tokens) && pgerr.From(err).Message == "syntax error at end of input" {
		return errSyntax(p.text, &p.tokens[to])
	}
	return err
}
