package types

import (
	"strings"
	"unicode/utf8"

	"streamdb/types/pgerr"
)

type jsonTok uint8

const (
	jsonEnd jsonTok = iota
	jsonString
	jsonNumber
	jsonWord // true, false, null
	jsonPunct
)

// jsonLexer cuts JSON text into tokens and makes PostgreSQL's errors about it.
type jsonLexer struct {
	s          string
	start, end int // the current token
	tok        jsonTok
	unescape   bool // also decode strings into str
	str        []byte
}

// is reports whether the current token is the punctuation c.
func (l *jsonLexer) is(c byte) bool { return l.tok == jsonPunct && l.s[l.start] == c }

// next reads the next token.
func (l *jsonLexer) next() error {
	i := l.end
	for i < len(l.s) && (l.s[i] == ' ' || l.s[i] == '\t' || l.s[i] == '\n' || l.s[i] == '\r') {
		i++
	}
	l.start, l.end = i, i
	if i == len(l.s) {
		l.tok = jsonEnd
		return nil
	}
	switch c := l.s[i]; {
	case strings.IndexByte("{}[],:", c) >= 0:
		l.tok, l.end = jsonPunct, i+1
		return nil
	case c == '"':
		l.tok = jsonString
		return l.lexString()
	case c == '-' || isDigit(c):
		l.tok = jsonNumber
		return l.lexNumber()
	}
	for l.end < len(l.s) && jsonAlnum(l.s[l.end]) {
		l.end++
	}
	if l.end == l.start {
		l.end++
		return l.invalidToken()
	}
	switch l.s[l.start:l.end] {
	case "true", "false", "null":
		l.tok = jsonWord
		return nil
	}
	return l.invalidToken()
}

func jsonAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c == '_' || c >= 0x80
}

func (l *jsonLexer) lexNumber() error {
	i, s := l.start, l.s
	digits := func() bool {
		at := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		return i > at
	}
	if s[i] == '-' {
		i++
	}
	ok := true
	if i < len(s) && s[i] == '0' {
		i++
	} else {
		ok = digits()
	}
	if ok && i < len(s) && s[i] == '.' {
		i++
		ok = digits()
	}
	if ok && i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		ok = digits()
	}
	for i < len(s) && jsonAlnum(s[i]) {
		ok = false
		i++
	}
	l.end = i
	if !ok {
		return l.invalidToken()
	}
	return nil
}

func (l *jsonLexer) lexString() error {
	l.str = l.str[:0]
	s := l.s
	for i := l.start + 1; ; i++ {
		if i >= len(s) {
			l.end = len(s)
			return l.invalidToken()
		}
		switch c := s[i]; {
		case c == '"':
			l.end = i + 1
			return nil
		case c < 0x20:
			l.end = i
			return l.fail("Character with value 0x%02x must be escaped.", c)
		case c == '\\':
			n, err := l.lexEscape(i)
			if err != nil {
				return err
			}
			i += n - 1
		default:
			l.str = append(l.str, c)
		}
	}
}

// lexEscape reads the escape at s[i] and returns its length.
func (l *jsonLexer) lexEscape(i int) (int, error) {
	s := l.s
	if i+1 >= len(s) {
		l.end = len(s)
		return 0, l.invalidToken()
	}
	switch c := s[i+1]; c {
	case '"', '\\', '/':
		l.str = append(l.str, c)
	case 'b':
		l.str = append(l.str, '\b')
	case 'f':
		l.str = append(l.str, '\f')
	case 'n':
		l.str = append(l.str, '\n')
	case 'r':
		l.str = append(l.str, '\r')
	case 't':
		l.str = append(l.str, '\t')
	case 'u':
		return l.lexUnicode(i)
	default:
		_, n := utf8.DecodeRuneInString(s[i+1:])
		l.end = i + 1 + n
		return 0, l.fail("Escape sequence \"\\%s\" is invalid.", s[i+1:i+1+n])
	}
	return 2, nil
}

func (l *jsonLexer) lexUnicode(i int) (int, error) {
	r, err := l.hex4(i + 2)
	if err != nil || !l.unescape {
		return 6, err
	}
	switch {
	case r == 0:
		l.end = i + 6
		return 0, l.where(pgerr.New(pgerr.UntranslatableCharacter, "unsupported Unicode escape sequence").
			WithDetail("\\u0000 cannot be converted to text."))
	case r >= 0xdc00 && r < 0xe000:
		l.end = i + 6
		return 0, l.fail("Unicode low surrogate must follow a high surrogate.")
	case r < 0xd800 || r >= 0xe000:
		l.str = utf8.AppendRune(l.str, r)
		return 6, nil
	}
	l.end = min(i+7, len(l.s))
	if i+7 >= len(l.s) || l.s[i+6] != '\\' || l.s[i+7] != 'u' {
		return 0, l.fail("Unicode low surrogate must follow a high surrogate.")
	}
	low, err := l.hex4(i + 8)
	if err != nil {
		return 0, err
	}
	l.end = i + 12
	if low >= 0xd800 && low < 0xdc00 {
		return 0, l.fail("Unicode high surrogate must not follow a high surrogate.")
	}
	if low < 0xdc00 || low >= 0xe000 {
		return 0, l.fail("Unicode low surrogate must follow a high surrogate.")
	}
	l.str = utf8.AppendRune(l.str, 0x10000+(r-0xd800)<<10+(low-0xdc00))
	return 12, nil
}

func (l *jsonLexer) hex4(i int) (rune, error) {
	var r rune
	for k := i; k < i+4; k++ {
		if k >= len(l.s) {
			l.end = len(l.s)
			return 0, l.invalidToken()
		}
		d := hexValue(l.s[k])
		if d < 0 {
			_, n := utf8.DecodeRuneInString(l.s[k:])
			l.end = k + n
			return 0, l.fail("\"\\u\" must be followed by four hexadecimal digits.")
		}
		r = r<<4 | rune(d)
	}
	return r, nil
}

func (l *jsonLexer) invalidToken() error {
	return l.fail("Token \"%s\" is invalid.", l.s[l.start:l.end])
}

// expected is the error of a token that is not what the grammar wants there.
func (l *jsonLexer) expected(what string) error {
	if l.tok == jsonEnd {
		return l.fail("The input string ended unexpectedly.")
	}
	return l.fail("Expected %s, but found \"%s\".", what, l.s[l.start:l.end])
}

func (l *jsonLexer) fail(detail string, args ...any) error {
	return l.where(pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type json").
		WithDetail(detail, args...))
}

// where adds the line of the error, as PostgreSQL shows it.
func (l *jsonLexer) where(e *pgerr.Error) error {
	line, lineStart := 1, 0
	for i := range l.start {
		if l.s[i] == '\n' {
			line, lineStart = line+1, i+1
		}
	}
	from := lineStart
	for l.end-from >= 50 {
		_, n := utf8.DecodeRuneInString(l.s[from:])
		from += n
	}
	if from-lineStart <= 3 {
		from = lineStart
	}
	prefix, suffix := "", ""
	if from > lineStart {
		prefix = "..."
	}
	if l.tok != jsonEnd && l.end < len(l.s) && l.s[l.end] != '\n' && l.s[l.end] != '\r' {
		suffix = "..."
	}
	e.Where = pgerr.New("", "JSON data, line %d: %s%s%s", line, prefix, l.s[from:l.end], suffix).Message
	return e
}

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
