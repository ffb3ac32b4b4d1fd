package format

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"

	"streamdb/types/pgerr"
)

// plain marks the bytes that stand for themselves inside a JSON string.
var plain = func() (t [256]bool) {
	for i := range t {
		t[i] = i >= 0x20 && i != '"' && i != '\\'
	}
	return t
}()

// plainPrefix is the number of plain bytes that b begins with, found eight at a time: in
// each, the classic tests for a zero byte (after xor) and for a byte below 0x20 leave the
// high bit of the first hit set.
func plainPrefix(b []byte) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	n := 0
	for ; n+8 <= len(b); n += 8 {
		w := binary.LittleEndian.Uint64(b[n:])
		quote, slash := w^('"'*ones), w^('\\'*ones)
		hit := ((quote-ones)&^quote | (slash-ones)&^slash | (w-0x20*ones)&^w) & highs
		if hit != 0 {
			return n + bits.TrailingZeros64(hit)/8
		}
	}
	for n < len(b) && plain[b[n]] {
		n++
	}
	return n
}

// str reads the rest of a string whose opening quote is taken. The result aliases the input
// or the scratch buffer.
func (j *JSON) str() ([]byte, error) {
	start := j.pos
	j.pos += plainPrefix(j.in[j.pos:])
	if j.take('"') {
		return j.in[start : j.pos-1], nil
	}
	j.scratch = append(j.scratch[:0], j.in[start:j.pos]...)
	for j.pos < len(j.in) {
		c := j.in[j.pos]
		j.pos++
		switch {
		case plain[c]:
			j.scratch = append(j.scratch, c)
		case c == '"':
			return j.scratch, nil
		case c == '\\':
			if err := j.escape(); err != nil {
				return nil, err
			}
		default:
			j.pos--
			return nil, j.bad("Character with value 0x" + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]) + " must be escaped.")
		}
	}
	return nil, j.bad("")
}

// escape reads what follows a backslash into the scratch buffer.
func (j *JSON) escape() error {
	if j.pos >= len(j.in) {
		return j.bad("")
	}
	c := j.in[j.pos]
	j.pos++
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		return j.unicode()
	default:
		j.pos--
		return j.bad("Escape sequence \"\\" + string(rune(c)) + "\" is invalid.")
	}
	j.scratch = append(j.scratch, c)
	return nil
}

func (j *JSON) unicode() error {
	r, err := j.hex()
	if err != nil {
		return err
	}
	if r == 0 {
		return pgerr.New(pgerr.UntranslatableCharacter, "unsupported Unicode escape sequence").
			WithDetail("\\u0000 cannot be converted to text.")
	}
	if utf16.IsSurrogate(r) {
		if r >= 0xdc00 {
			return j.bad("Unicode low surrogate must follow a high surrogate.")
		}
		if !j.take('\\') || !j.take('u') {
			return j.bad("Unicode low surrogate must follow a high surrogate.")
		}
		low, err := j.hex()
		if err != nil {
			return err
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			return j.bad("Unicode low surrogate must follow a high surrogate.")
		}
	}
	j.scratch = utf8.AppendRune(j.scratch, r)
	return nil
}

// hex reads four hexadecimal digits.
func (j *JSON) hex() (r rune, err error) {
	for range 4 {
		if j.pos >= len(j.in) {
			return 0, j.bad("")
		}
		c := j.in[j.pos]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, j.bad(`"\u" must be followed by four hexadecimal digits.`)
		}
		r = r<<4 | rune(c)
		j.pos++
	}
	return r, nil
}

// number reads a number by JSON's grammar.
func (j *JSON) number() error {
	start := j.pos
	j.take('-')
	if !j.take('0') && !j.digits() {
		return j.badToken(start)
	}
	if j.take('.') && !j.digits() {
		return j.badToken(start)
	}
	if j.take('e') || j.take('E') {
		if !j.take('+') {
			j.take('-')
		}
		if !j.digits() {
			return j.badToken(start)
		}
	}
	if j.pos < len(j.in) && wordByte(j.in[j.pos]) {
		return j.badToken(start)
	}
	return nil
}

func (j *JSON) digits() bool {
	start := j.pos
	for j.pos < len(j.in) && j.in[j.pos]-'0' <= 9 {
		j.pos++
	}
	return j.pos > start
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c >= 0x80
}

// word takes a literal.
func (j *JSON) word(w string) error {
	start := j.pos
	for j.pos < len(j.in) && wordByte(j.in[j.pos]) {
		j.pos++
	}
	if string(j.in[start:j.pos]) != w {
		return j.badToken(start)
	}
	return nil
}

// badToken is the error for the token that begins at start.
func (j *JSON) badToken(start int) error {
	if j.pos >= len(j.in) && j.pos == start {
		return j.bad("")
	}
	for j.pos < len(j.in) && wordByte(j.in[j.pos]) {
		j.pos++
	}
	end := max(j.pos, min(start+1, len(j.in)))
	return pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type json").
		WithDetail("Token \"%s\" is invalid.", j.in[start:end])
}

// skip reads over one value, checking it.
func (j *JSON) skip(depth int) error {
	if depth > maxJSONDepth {
		return pgerr.New(pgerr.StatementTooComplex, "stack depth limit exceeded").
			WithDetail("JSON may be nested %d deep.", maxJSONDepth)
	}
	if j.pos >= len(j.in) {
		return j.bad("")
	}
	switch c := j.in[j.pos]; {
	case c == '{':
		return j.skipMembers(depth, '}', true)
	case c == '[':
		return j.skipMembers(depth, ']', false)
	case c == '"':
		j.pos++
		_, err := j.str()
		return err
	case c == '-' || c >= '0' && c <= '9':
		return j.number()
	case c == 't':
		return j.word("true")
	case c == 'f':
		return j.word("false")
	case c == 'n':
		return j.word("null")
	}
	return j.badToken(j.pos)
}

// skipMembers reads over an object or array.
func (j *JSON) skipMembers(depth int, end byte, keys bool) error {
	j.pos++
	j.space()
	if j.take(end) {
		return nil
	}
	for {
		j.space()
		if keys {
			if !j.take('"') {
				return j.bad("Expected string.")
			}
			if _, err := j.str(); err != nil {
				return err
			}
			j.space()
			if !j.take(':') {
				return j.bad(`Expected ":".`)
			}
			j.space()
		}
		if err := j.skip(depth + 1); err != nil {
			return err
		}
		j.space()
		if j.take(end) {
			return nil
		}
		if !j.take(',') {
			return j.bad(`Expected "," or "` + string(rune(end)) + `".`)
		}
	}
}
