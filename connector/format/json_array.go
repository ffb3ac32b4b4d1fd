package format

import (
	"bytes"
)

// arrayLiteral is the SQL array literal of a JSON array that was checked already.
func (j *JSON) arrayLiteral(raw []byte) ([]byte, error) {
	sub := JSON{in: raw, pos: 1}
	out := []byte{'{'}
	for first := true; ; first = false {
		sub.space()
		if sub.take(']') {
			return append(out, '}'), nil
		}
		if !first {
			sub.take(',')
			sub.space()
			out = append(out, ',')
		}
		start := sub.pos
		switch raw[start] {
		case '"':
			sub.pos++
			s, err := sub.str()
			if err != nil {
				return nil, err
			}
			out = appendQuoted(out, s)
		case '[':
			if err := sub.skip(1); err != nil {
				return nil, err
			}
			nested, err := j.arrayLiteral(raw[start:sub.pos])
			if err != nil {
				return nil, err
			}
			out = append(out, nested...)
		default:
			if err := sub.skip(1); err != nil {
				return nil, err
			}
			if e := raw[start:sub.pos]; bytes.Equal(e, []byte("null")) {
				out = append(out, "NULL"...)
			} else {
				out = appendQuoted(out, e)
			}
		}
	}
}

// appendQuoted appends an element of an array literal in quotes.
func appendQuoted(dst, s []byte) []byte {
	dst = append(dst, '"')
	for _, c := range s {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}
