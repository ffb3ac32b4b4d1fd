package types

import (
	"cmp"
	"slices"
	"strings"

	"streamdb/types/pgerr"
)

// maxJSONDepth bounds nesting where PostgreSQL's bound is its stack.
const maxJSONDepth = 6400

// ValidateJSON checks the text of a json value.
func ValidateJSON(s string) error {
	p := jsonParser{jsonLexer: jsonLexer{s: s}}
	return p.document()
}

// ParseJSONB makes the canonical text of a jsonb value, the form in which it is stored:
// PostgreSQL's output form, with keys sorted by length and bytes, the last of duplicate
// keys, and numbers as numeric prints them.
func ParseJSONB(s string) (string, error) {
	p := jsonParser{jsonLexer: jsonLexer{s: s, unescape: true}, out: make([]byte, 0, len(s)+16)}
	if err := p.document(); err != nil {
		return "", err
	}
	return string(p.out), nil
}

// jsonParser checks the grammar and, with unescape on, writes canonical text to out.
type jsonParser struct {
	jsonLexer
	out   []byte
	depth int
}

func (p *jsonParser) document() error {
	if err := p.next(); err != nil {
		return err
	}
	if err := p.value(); err != nil {
		return err
	}
	if p.tok != jsonEnd {
		return p.expected("end of input")
	}
	return nil
}

// emit appends to the canonical text, if one is wanted.
func (p *jsonParser) emit(s string) {
	if p.unescape {
		p.out = append(p.out, s...)
	}
}

// value reads the value that starts at the current token, and the token after it.
func (p *jsonParser) value() error {
	switch {
	case p.tok == jsonString:
		if p.unescape {
			p.out = AppendJSONString(p.out, aliasString(p.str))
		}
	case p.tok == jsonNumber:
		if err := p.number(); err != nil {
			return err
		}
	case p.tok == jsonWord:
		p.emit(p.s[p.start:p.end])
	case p.is('['):
		return p.nested(p.array)
	case p.is('{'):
		return p.nested(p.object)
	default:
		return p.expected("JSON value")
	}
	return p.next()
}

func (p *jsonParser) number() error {
	if !p.unescape {
		return nil
	}
	n, err := ParseNumeric(p.s[p.start:p.end])
	if err == nil {
		p.out = n.AppendText(p.out)
	}
	return err
}

func (p *jsonParser) nested(f func() error) error {
	if p.depth++; p.depth > maxJSONDepth {
		return pgerr.New(pgerr.StatementTooComplex, "stack depth limit exceeded")
	}
	err := p.next()
	if err == nil {
		err = f()
	}
	p.depth--
	if err != nil {
		return err
	}
	return p.next()
}

func (p *jsonParser) array() error {
	p.emit("[")
	for n := 0; n > 0 || !p.is(']'); n++ {
		if n > 0 {
			p.emit(", ")
		}
		if err := p.value(); err != nil {
			return err
		}
		if p.is(']') {
			break
		}
		if !p.is(',') {
			return p.expected(`"," or "]"`)
		}
		if err := p.next(); err != nil {
			return err
		}
	}
	p.emit("]")
	return nil
}

// jsonPair is one member of an object while it is read: its decoded key and where
// its value stands in the parser's out.
type jsonPair struct {
	key      string
	from, to int
}

func (p *jsonParser) object() error {
	var pairs []jsonPair
	at := len(p.out)
	for n := 0; n > 0 || !p.is('}'); n++ {
		if p.tok != jsonString {
			if n == 0 {
				return p.expected(`string or "}"`)
			}
			return p.expected("string")
		}
		pair := jsonPair{from: len(p.out)}
		if p.unescape {
			pair.key = string(p.str)
		}
		if err := p.member(); err != nil {
			return err
		}
		pair.to = len(p.out)
		if p.unescape {
			pairs = append(pairs, pair)
		}
		if p.is('}') {
			break
		}
		if !p.is(',') {
			return p.expected(`"," or "}"`)
		}
		if err := p.next(); err != nil {
			return err
		}
	}
	if p.unescape {
		p.closeObject(pairs, at)
	}
	return nil
}

// member reads `: value` after a key, and the token after the value.
func (p *jsonParser) member() error {
	if err := p.next(); err != nil {
		return err
	}
	if !p.is(':') {
		return p.expected(`":"`)
	}
	if err := p.next(); err != nil {
		return err
	}
	return p.value()
}

// closeObject replaces the values at out[at:] by the object with sorted, unique keys.
func (p *jsonParser) closeObject(pairs []jsonPair, at int) {
	values := string(p.out[at:])
	slices.SortStableFunc(pairs, func(a, b jsonPair) int { return compareKeys(a.key, b.key) })
	p.out = append(p.out[:at], '{')
	for i, m := range pairs {
		if i+1 < len(pairs) && pairs[i+1].key == m.key {
			continue
		}
		if len(p.out) > at+1 {
			p.out = append(p.out, ", "...)
		}
		p.out = append(AppendJSONString(p.out, m.key), ": "...)
		p.out = append(p.out, values[m.from-at:m.to-at]...)
	}
	p.out = append(p.out, '}')
}

// compareKeys is the order of keys in a jsonb object: by length, then by bytes.
func compareKeys(a, b string) int {
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

// AppendJSONString appends s as a JSON string literal, escaped as PostgreSQL does.
func AppendJSONString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x20:
			dst = append(dst, c)
		case c == '\b':
			dst = append(dst, `\b`...)
		case c == '\f':
			dst = append(dst, `\f`...)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(dst, '"')
}
