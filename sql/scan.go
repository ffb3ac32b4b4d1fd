package sql

import (
	"errors"
	"strings"
	"unicode/utf8"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	pgparser "github.com/pganalyze/pg_query_go/v5/parser"

	"streamdb/types/pgerr"
)

// token is one token of the text, comments excluded. Offsets are into the whole text.
type token struct {
	start, end int
	text       string // as written
	word       string // lower case for a keyword or an unquoted identifier, otherwise ""
	kind       pg_query.Token
	reserved   bool
	operator   bool
}

func (t *token) is(symbol string) bool { return t.text == symbol }

// isName reports whether t can be an identifier.
func (t *token) isName() bool {
	return t.kind == pg_query.Token_IDENT || t.kind == pg_query.Token_UIDENT || (t.word != "" && !t.reserved)
}

// scan splits text into tokens with PostgreSQL's own scanner.
func scan(text string) ([]token, error) {
	result, err := pg_query.Scan(text)
	if err != nil {
		mapped := pgerr.From(pgError(err, text, 0))
		if mapped.Message == "invalid Unicode escape" { // in E'…'; those of U&'…' the grammar reads
			mapped.Code = pgerr.InvalidEscapeSequence
		}
		return nil, mapped
	}
	tokens := make([]token, 0, len(result.Tokens))
	for _, t := range result.Tokens {
		if t.Token == pg_query.Token_SQL_COMMENT || t.Token == pg_query.Token_C_COMMENT {
			continue
		}
		tok := newToken(text, t)
		if end := junkEnd(text, &tok); end > 0 {
			return nil, errJunk(text, &tok, end)
		}
		tokens = append(tokens, tok)
	}
	return tokens, nil
}

// junkEnd is where the name ends that touches a number or parameter, 0 if none does.
// PostgreSQL 15 refuses those; the scanner is of a later version and reads 0x1F and 1_000.
func junkEnd(text string, t *token) int {
	end := t.start
	switch t.kind {
	case pg_query.Token_PARAM:
		end = skipDigits(text, t.start+1)
	case pg_query.Token_ICONST, pg_query.Token_FCONST:
		end = numberEnd(text, t.start)
	}
	if end == t.start || end == len(text) || !isNameByte(text[end]) {
		return 0
	}
	for end < len(text) && isNameByte(text[end]) {
		end++
	}
	return end
}

// numberEnd is the end of the decimal number at an offset.
func numberEnd(text string, i int) int {
	i = skipDigits(text, i)
	if i < len(text) && text[i] == '.' && !strings.HasPrefix(text[i:], "..") {
		i = skipDigits(text, i+1)
	}
	if i < len(text) && text[i]|0x20 == 'e' {
		e := i + 1
		if e < len(text) && (text[e] == '+' || text[e] == '-') {
			e++
		}
		if end := skipDigits(text, e); end > e {
			return end
		}
	}
	return i
}

func skipDigits(text string, i int) int {
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	return i
}

// isNameByte reports whether c continues an unquoted identifier.
func isNameByte(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func errJunk(text string, t *token, end int) error {
	what := "numeric literal"
	if t.kind == pg_query.Token_PARAM {
		what = "parameter"
	}
	return pgerr.New(pgerr.SyntaxError, "trailing junk after %s at or near \"%s\"", what, text[t.start:end]).
		At(CharPos(text, Pos(t.start)))
}

func newToken(text string, t *pg_query.ScanToken) token {
	start, end := int(t.Start), int(t.End)
	if t.Token == pg_query.Token_UIDENT || t.Token == pg_query.Token_USCONST {
		end = unicodeEnd(text, start)
	}
	tok := token{start: start, end: end, text: text[start:end], kind: t.Token}
	tok.reserved = t.KeywordKind == pg_query.KeywordKind_RESERVED_KEYWORD
	if tok.text == "" {
		return tok
	}
	c := tok.text[0]
	switch {
	case t.KeywordKind != pg_query.KeywordKind_NO_KEYWORD,
		t.Token == pg_query.Token_IDENT && c != '"' && !strings.HasPrefix(tok.text, `U&"`):
		tok.word = asciiLower(tok.text)
	case t.Token == pg_query.Token_Op, strings.IndexByte("+-*/%^<>=!:.", c) >= 0:
		tok.operator = tok.text != ":=" && tok.text != "=>" && tok.text != "." && tok.text != ":"
	}
	return tok
}

// unicodeEnd finds the end of U&"…" or U&'…', which pg_query's scanner reports too short.
func unicodeEnd(text string, start int) int {
	if start+2 >= len(text) {
		return len(text)
	}
	quote := text[start+2]
	for i := start + 3; i < len(text); i++ {
		if text[i] != quote {
			continue
		}
		if i+1 < len(text) && text[i+1] == quote {
			i++
			continue
		}
		return i + 1
	}
	return len(text)
}

// asciiLower folds as PostgreSQL folds unquoted names in UTF-8 databases: ASCII only.
func asciiLower(s string) string {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if b[j] >= 'A' && b[j] <= 'Z' {
					b[j] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// pgError turns pg_query's error about text[start:] into the user's error.
func pgError(err error, text string, start int) error {
	pe, ok := errors.AsType[*pgparser.Error](err)
	if !ok {
		// The decoder of the C parser's answer gives up where a tree is too deep.
		if strings.Contains(err.Error(), "recursion depth") {
			return errTooDeep()
		}
		return pgerr.Internal("parser: %v", err)
	}
	if strings.HasPrefix(pe.Message, "memory exhausted") || strings.Contains(pe.Message, "stack depth limit") {
		return errTooDeep()
	}
	e := pgerr.New(codeOf(pe.Message), "%s", pe.Message)
	if strings.HasPrefix(pe.Message, "LIMIT #,#") {
		e.Hint = "Use separate LIMIT and OFFSET clauses."
	}
	if pe.Cursorpos > 0 {
		e.Position = pe.Cursorpos + utf8.RuneCountInString(text[:start])
	}
	return e
}

// codeOf gives the SQLSTATE of an error raised by PostgreSQL's scanner or grammar, which
// pg_query does not hand on.
func codeOf(message string) string {
	switch {
	case strings.HasPrefix(message, "invalid byte sequence"):
		return pgerr.CharacterNotInRepertoire
	case strings.HasPrefix(message, "invalid escape"), strings.HasPrefix(message, "unsafe use of"):
		return pgerr.InvalidEscapeSequence
	case strings.Contains(message, "not yet implemented"), strings.Contains(message, "no longer supported"),
		strings.Contains(message, "not implemented"), strings.Contains(message, "cannot be marked"):
		return pgerr.FeatureNotSupported
	}
	return pgerr.SyntaxError
}

// errSyntax is PostgreSQL's syntax error at token t, or at the end of the input for nil.
func errSyntax(text string, t *token) *pgerr.Error {
	if t == nil {
		return pgerr.New(pgerr.SyntaxError, "syntax error at end of input").At(CharPos(text, Pos(len(text))))
	}
	return pgerr.New(pgerr.SyntaxError, "syntax error at or near \"%s\"", t.text).At(CharPos(text, Pos(t.start)))
}

// CharPos turns a byte offset into text into the 1-based character position of
// pgerr.Error.Position; 0 for NoPos.
func CharPos(text string, pos Pos) int {
	if pos < 0 {
		return 0
	}
	return utf8.RuneCountInString(text[:min(int(pos), len(text))]) + 1
}
