package sql

// createMaterializedView reads the dialect's WITH and EMIT and leaves the rest to
// PostgreSQL's grammar.
func (p *parser) createMaterializedView() (Statement, error) {
	buf := p.buffer()
	p.ifNotExists()
	p.qualifiedName()
	if p.at("(") {
		p.i = min(closing(p.tokens, p.i)+1, len(p.tokens))
	}
	var options []Option
	if from := p.i; p.at("with", "(") {
		p.i++
		options = p.optionList()
		p.blank(buf, from, p.i)
	}
	if p.err != nil {
		return nil, p.err
	}
	begin, end, onClose := p.emitClause(p.i)
	p.blank(buf, begin, end)
	whole := p.tokens
	if end == len(whole) {
		p.tokens = whole[:begin]
	}
	if err := p.refuseDialectClauses(); err != nil {
		return nil, err
	}
	s, err := p.grammar(buf)
	p.tokens = whole
	if v, ok := s.(*CreateMaterializedView); ok && err == nil {
		v.Options, v.EmitOnWindowClose = options, onClose
	}
	return s, err
}

// createSink reads CREATE SINK [IF NOT EXISTS] name [INTO t [(cols)]] {FROM rel | AS query}
// [WITH (…)] [FORMAT …].
func (p *parser) createSink() (Statement, error) {
	s := &CreateSink{IfNotExists: p.ifNotExists(), Name: p.qualifiedName()}
	if p.accept("into") {
		into := p.qualifiedName()
		s.Into = &into
		if p.at("(") {
			s.IntoColumns = p.nameList()
		}
	}
	switch {
	case p.accept("from"):
		from := p.qualifiedName()
		s.From = &from
	case p.accept("as"):
		p.sinkQuery(s)
	default:
		p.fail()
	}
	if p.at("with", "(") {
		p.i++
		s.Options = p.optionList()
	}
	if p.at("format") {
		s.Format = p.formatClause()
	}
	p.finish()
	if p.err != nil {
		return nil, p.err
	}
	return s, nil
}

// sinkQuery reads the query up to the sink's own clauses.
func (p *parser) sinkQuery(s *CreateSink) {
	from := p.i
	to := p.queryEnd(from)
	begin, end, onClose := p.emitClause(from)
	if begin < to {
		s.EmitOnWindowClose = onClose
		to = begin
		s.Query = p.subquery(from, to)
		p.skipTo(end)
		return
	}
	s.Query = p.subquery(from, to)
	p.skipTo(to)
}

// skipTo moves on, unless an error holds the place where it happened.
func (p *parser) skipTo(i int) {
	if p.err == nil {
		p.i = i
	}
}

// queryEnd finds the first clause after a sink's query: WITH ( or FORMAT … ENCODE, neither
// of which a query can hold outside parentheses.
func (p *parser) queryEnd(from int) int {
	depth := 0
	for i := from; i < len(p.tokens); i++ {
		t := &p.tokens[i]
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		case depth > 0:
		case t.word == "with" && i+1 < len(p.tokens) && p.tokens[i+1].is("("),
			t.word == "format" && p.wordAt(i+2) == "encode":
			return i
		}
	}
	return len(p.tokens)
}
