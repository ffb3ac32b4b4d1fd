package sql

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// refuseDialectClauses refuses the clauses of streaming dialects inside queries that
// PostgreSQL's grammar would reject without a word of help, or take for an alias.
func (p *parser) refuseDialectClauses() error {
	for i := range p.tokens {
		prev := ""
		if i > 0 {
			prev = p.tokens[i-1].text
		}
		if strings.EqualFold(prev, "as") || prev == "." {
			continue
		}
		p.i = i
		switch p.word() {
		case "emit":
			if p.at("emit", "on", "window", "close") || p.at("emit", "immediately") {
				p.refuse("EMIT here", "EMIT ON WINDOW CLOSE belongs at the end of CREATE MATERIALIZED VIEW or of a sink's query.", i)
			}
		case "for":
			if p.at("for", "system_time", "as", "of") {
				p.refuse("FOR SYSTEM_TIME AS OF", "Join the table without it: the result then follows the table's changes.", i)
			}
		case "asof":
			if j := p.afterJoinType(i + 1); p.wordAt(j) == "join" {
				p.refuse("ASOF JOIN", "Join to a subquery that picks the latest row; for an alias write AS asof.", i)
			}
		case "struct", "map":
			if p.at("struct", "<") {
				p.refuse("the type STRUCT", "Use jsonb, or one column per field.", i)
			}
		}
	}
	p.i = 0
	return p.err
}

// afterJoinType skips LEFT, INNER and the like from token i.
func (p *parser) afterJoinType(i int) int {
	switch p.wordAt(i) {
	case "left", "right", "full":
		i++
		if p.wordAt(i) == "outer" {
			i++
		}
	case "inner":
		i++
	}
	return i
}

// optionList reads (name = value, …), names dotted or quoted, a trailing comma tolerated.
func (p *parser) optionList() []Option {
	var list []Option
	p.expect("(")
	for p.err == nil && !p.accept(")") {
		list = append(list, p.optionItem())
		if !p.accept(",") {
			p.expect(")")
			break
		}
	}
	return list
}

func (p *parser) optionItem() Option {
	t := p.next()
	if t == nil {
		p.fail()
		return Option{}
	}
	o := Option{Pos: Pos(t.start), Name: p.optionWord()}
	for p.accept(".") {
		o.Name += "." + p.optionWord()
	}
	if p.accept("=") {
		o.Value = p.optionValue()
	}
	return o
}

// optionWord reads one part of an option's name; any word will do, reserved ones too.
func (p *parser) optionWord() string {
	t := p.next()
	if t == nil || p.err != nil {
		p.fail()
		return ""
	}
	if t.word != "" {
		p.i++
		return t.word
	}
	if p.isString() {
		return p.stringLiteral().Text
	}
	return p.name()
}

// optionValue reads a string, a number, or a word with what may follow it in parentheses.
func (p *parser) optionValue() *Literal {
	t := p.next()
	switch {
	case t == nil:
		p.fail()
		return nil
	case p.isString():
		return p.stringLiteral()
	case t.word == "secret" && p.i+1 < len(p.tokens) && p.tokens[p.i+1].isName():
		p.refuse("SECRET", "Write the value; it is shown as *** everywhere.", p.i)
		return nil
	case t.word != "":
		return p.wordValue()
	}
	sign := ""
	if t.is("-") || t.is("+") {
		p.i++
		if t.is("-") {
			sign = "-"
		}
	}
	n := p.next()
	if n == nil || n.kind != pg_query.Token_ICONST && n.kind != pg_query.Token_FCONST {
		p.fail()
		return nil
	}
	p.i++
	return numberLiteral(sign+n.text, Pos(t.start))
}

// wordValue reads word[.word…] or word(…) as written.
func (p *parser) wordValue() *Literal {
	first := p.next()
	p.i++
	for p.accept(".") {
		p.optionWord()
	}
	if p.at("(") {
		p.i = min(closing(p.tokens, p.i)+1, len(p.tokens))
	}
	text := p.text[first.start:p.tokens[p.i-1].end]
	if p.tokens[p.i-1].start == first.start {
		text = first.word
	}
	return &Literal{Pos: Pos(first.start), Kind: LiteralString, Text: text}
}

// formatClause reads FORMAT f ENCODE e [(…)] [KEY ENCODE e [(…)]].
func (p *parser) formatClause() *FormatEncode {
	f := &FormatEncode{Pos: Pos(p.next().start)}
	p.expect("format")
	f.Format = strings.ToUpper(p.optionWord())
	p.expect("encode")
	f.Encode = strings.ToUpper(p.optionWord())
	if p.at("(") {
		f.Options = p.optionList()
	}
	if p.accept("key", "encode") {
		f.KeyEncode = strings.ToUpper(p.optionWord())
		if p.at("(") {
			f.KeyOptions = p.optionList()
		}
	}
	return f
}

// includeClause reads INCLUDE field ['name' [type]] [AS alias].
func (p *parser) includeClause() Include {
	in := Include{Pos: Pos(p.next().start)}
	p.expect("include")
	in.Field = p.optionWord()
	if p.isString() {
		in.Inner = p.stringLiteral().Text
		if t := p.next(); t != nil && t.isName() && !p.at("include") && !p.at("format") {
			in.Type = &TypeName{Pos: Pos(t.start), Names: []string{p.name()}}
		}
	}
	if p.accept("as") {
		in.Alias = p.name()
	}
	return in
}

// emitClause looks for EMIT ON WINDOW CLOSE or EMIT IMMEDIATELY among the tokens from i on,
// outside parentheses. It returns where the clause begins and ends; both len(tokens) without.
func (p *parser) emitClause(i int) (begin, end int, onClose bool) {
	saved := p.i
	defer func() { p.i = saved }()
	for depth := 0; i < len(p.tokens); i++ {
		switch {
		case p.tokens[i].is("("):
			depth++
		case p.tokens[i].is(")"):
			depth--
		}
		p.i = i
		switch {
		case depth > 0:
		case p.at("emit", "on", "window", "close"):
			return i, i + 4, true
		case p.at("emit", "immediately"):
			return i, i + 2, false
		}
	}
	return len(p.tokens), len(p.tokens), false
}
