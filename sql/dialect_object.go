package sql

// stand names PostgreSQL's kind of equal length that stands in for one of ours, so that
// its grammar reads the statement and every offset stays.
var stand = map[string]struct {
	word string
	kind ObjectKind
}{
	"source": {"TABLE ", KindSource},
	"sink":   {"VIEW", KindSink},
}

// likeTable reads DROP and COMMENT ON; those of sources and sinks as if of tables and views.
func (p *parser) likeTable() (Statement, error) {
	n := 1
	if p.wordAt(0) == "comment" {
		n = 2
	}
	switch p.wordAt(n) {
	case "secret", "connection":
		return unsupportedStatement(p.tokens), nil
	}
	return p.standIn(n)
}

// standIn parses the statement with the kind at token n replaced if it is the dialect's.
func (p *parser) standIn(n int) (Statement, error) {
	as, ok := stand[p.wordAt(n)]
	if !ok {
		return p.plain()
	}
	buf := p.buffer()
	p.overwrite(buf, p.tokens[n].start, p.tokens[n].end, as.word)
	s, err := p.grammar(buf)
	if err != nil {
		return nil, err
	}
	switch v := s.(type) {
	case *Drop:
		v.Kind = as.kind
	case *Comment:
		v.Kind = as.kind
	case *Rename:
		v.Kind = as.kind
	case *SetSchema:
		v.Kind = as.kind
	case *AlterTable:
		v.Kind = as.kind
	}
	return s, nil
}

// alter reads ALTER … RESUME and the ALTERs of sources and sinks.
func (p *parser) alter() (Statement, error) {
	last := len(p.tokens) - 1
	if kind, n := p.kindAt(1); kind != "" && last > n && p.wordAt(last) == "resume" {
		p.i = n
		s := &Resume{Kind: kind, Name: p.qualifiedName()}
		p.expect("resume")
		p.finish()
		if p.err != nil {
			return nil, p.err
		}
		return s, nil
	}
	for i := range p.tokens {
		if p.wordAt(i) == "set" && p.wordAt(i+1) == "parallelism" {
			u := unsupportedStatement(p.tokens)
			u.What += " … SET PARALLELISM"
			return u, nil
		}
	}
	return p.standIn(1)
}

// kindAt reads the kind of a relation at token n, and where its name begins.
func (p *parser) kindAt(n int) (ObjectKind, int) {
	switch p.wordAt(n) {
	case "table":
		return KindTable, n + 1
	case "source":
		return KindSource, n + 1
	case "sink":
		return KindSink, n + 1
	case "view":
		return KindView, n + 1
	case "index":
		return KindIndex, n + 1
	case "materialized":
		if p.wordAt(n+1) == "view" {
			return KindMaterializedView, n + 2
		}
	}
	return "", n
}

// explain reads EXPLAIN of the dialect's statements; PostgreSQL's grammar reads the options,
// with a query of no length in the statement's place.
func (p *parser) explain() (Statement, error) {
	const filler = "TABLE x"
	body := explainBody(p.tokens)
	word := p.wordAt(body)
	if word != "create" && word != "subscribe" {
		return p.plain()
	}
	buf := p.buffer()
	p.overwrite(buf, p.tokens[body].start, p.tokens[len(p.tokens)-1].end, filler)
	if p.tokens[len(p.tokens)-1].end-p.tokens[body].start < len(filler) {
		return p.plain()
	}
	s, err := p.grammar(buf)
	if err != nil {
		return nil, err
	}
	e, ok := s.(*Explain)
	if !ok {
		return p.plain()
	}
	e.Stmt, err = parsePart(p.text, part{tokens: p.tokens[body:], end: p.end, semicolon: p.semicolon})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// readSubscription refuses COPY (SUBSCRIBE …) and DECLARE … CURSOR FOR SUBSCRIBE.
func (p *parser) readSubscription() (Statement, error) {
	for i := 1; i < len(p.tokens); i++ {
		if p.wordAt(i) == "subscribe" && (p.tokens[i-1].is("(") && i == 2 || p.wordAt(i-1) == "for") {
			u := unsupportedStatement(p.tokens)
			u.What, u.Hint = u.What+" of SUBSCRIBE", "Poll the view with SELECT."
			return u, nil
		}
	}
	return p.plain()
}
