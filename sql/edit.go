package sql

import "streamdb/types/pgerr"

// WithName is the text of a CREATE statement with another name, as SQL spells it, for what
// it makes.
func WithName(text, name string) (string, error) {
	s, err := parseCreate(text)
	if err != nil {
		return "", err
	}
	var at Pos
	switch s := s.(type) {
	case *CreateTable:
		at = s.Name.Pos
	case *CreateSource:
		at = s.Name.Pos
	case *CreateSink:
		at = s.Name.Pos
	default:
		return "", pgerr.Internal("no name to replace in %T", s)
	}
	return replaceName(text, at, name)
}

// WithFrom is the text of a CREATE TABLE … FROM source with another name for the source;
// any other text as it is.
func WithFrom(text, source string) (string, error) {
	s, err := parseCreate(text)
	if t, ok := s.(*CreateTable); ok && t.FromSource != nil {
		return replaceName(text, t.FromSource.Pos, source)
	}
	return text, err
}

// WithQuery is the text of a CREATE SINK with another query, in place of FROM relation or
// its own.
func WithQuery(text, query string) (string, error) {
	s, err := parseCreate(text)
	if err != nil {
		return "", err
	}
	sink, ok := s.(*CreateSink)
	if !ok {
		return "", pgerr.Internal("no query to replace in %T", s)
	}
	if q := sink.Query; q != nil {
		start := int(q.Src().Offset)
		return text[:start] + query + text[start+len(q.Src().Text):], nil
	}
	tokens, err := scan(text)
	if err != nil {
		return "", err
	}
	first, last := nameTokens(tokens, sink.From.Pos)
	if first < 1 {
		return "", pgerr.Internal("a sink without FROM")
	}
	return text[:tokens[first-1].start] + "AS " + query + text[tokens[last].end:], nil
}

func parseCreate(text string) (Statement, error) {
	stmts, err := Parse(text)
	if err != nil {
		return nil, err
	}
	if len(stmts) != 1 {
		return nil, pgerr.Internal("%d statements in the place of one", len(stmts))
	}
	return stmts[0], nil
}

func replaceName(text string, at Pos, name string) (string, error) {
	tokens, err := scan(text)
	if err != nil {
		return "", err
	}
	first, last := nameTokens(tokens, at)
	if first < 0 {
		return "", pgerr.Internal("no name at %d", at)
	}
	return text[:tokens[first].start] + name + text[tokens[last].end:], nil
}

// nameTokens finds the tokens of a name with its dots; −1 if there is none at that place.
func nameTokens(tokens []token, at Pos) (first, last int) {
	for i := range tokens {
		if Pos(tokens[i].start) != at {
			continue
		}
		last = i
		for last+2 < len(tokens) && tokens[last+1].is(".") {
			last += 2
		}
		return i, last
	}
	return -1, -1
}
