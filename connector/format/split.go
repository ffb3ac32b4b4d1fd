package format

import (
	"bytes"

	"streamdb/types/pgerr"
)

// splitter takes a line apart into fields. What it returns is valid until its next call.
type splitter struct {
	opts    CopyOptions
	fields  [][]byte
	scratch []byte
}

// split returns the fields of a line, nil for NULL.
func (s *splitter) split(line []byte) ([][]byte, error) {
	s.fields = s.fields[:0]
	if cap(s.scratch) < len(line) {
		s.scratch = make([]byte, 0, 2*len(line)) // unescaping never lengthens
	}
	s.scratch = s.scratch[:0]
	if s.opts.Format == CopyCSV {
		return s.splitCSV(line)
	}
	return s.splitText(line)
}

// splitText undoes COPY's text form: backslash escapes, the null string unescaped.
func (s *splitter) splitText(line []byte) ([][]byte, error) {
	null, delim := s.opts.Null, s.opts.Delimiter
	for start := 0; ; {
		i := start
		escapes := false
		for i < len(line) && line[i] != delim {
			if line[i] == '\\' {
				escapes = true
				i++
			}
			i++
		}
		i = min(i, len(line))
		field := line[start:i:i]
		switch {
		case string(field) == null:
			field = nil
		case escapes:
			field = s.unescape(field)
			if err := checkText(field); err != nil {
				return nil, err
			}
		}
		s.fields = append(s.fields, field)
		if i >= len(line) {
			return s.fields, nil
		}
		start = i + 1
	}
}

// unescape undoes the escapes of one text field.
func (s *splitter) unescape(f []byte) []byte {
	start := len(s.scratch)
	for i := 0; i < len(f); i++ {
		c := f[i]
		if c != '\\' {
			s.scratch = append(s.scratch, c)
			continue
		}
		if i++; i == len(f) {
			break // a backslash before the end of the data is dropped
		}
		switch c = f[i]; c {
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
		case 'v':
			c = '\v'
		case 'x':
			if n, digits := number(f[i+1:], 16, 2); digits > 0 {
				c, i = n, i+digits
			}
		case '0', '1', '2', '3', '4', '5', '6', '7':
			n, digits := number(f[i:], 8, 3)
			c, i = n, i+digits-1
		}
		s.scratch = append(s.scratch, c)
	}
	return s.scratch[start:len(s.scratch):len(s.scratch)]
}

// number reads up to most digits of the given base; the value is taken modulo 256.
func number(b []byte, base, most int) (n byte, digits int) {
	for digits < min(most, len(b)) {
		c := b[digits]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return n, digits
		}
		if int(c) >= base {
			return n, digits
		}
		n = n*byte(base) + c
		digits++
	}
	return n, digits
}

// splitCSV undoes csv. Quotes may open and close anywhere in a field, as in PostgreSQL.
func (s *splitter) splitCSV(line []byte) ([][]byte, error) {
	delim, quote := s.opts.Delimiter, s.opts.Quote
	for {
		i := 0
		for i < len(line) && line[i] != delim && line[i] != quote {
			i++
		}
		field, quoted := line[:i:i], false
		if i < len(line) && line[i] == quote {
			var err error
			if field, i, err = s.unquote(line, i); err != nil {
				return nil, err
			}
			quoted = true
		}
		col := len(s.fields)
		if string(field) == s.opts.Null &&
			(!quoted && !at(s.opts.ForceNotNull, col) || quoted && at(s.opts.ForceNull, col)) {
			field = nil
		}
		s.fields = append(s.fields, field)
		if i >= len(line) {
			return s.fields, nil
		}
		line = line[i+1:]
	}
}

// unquote reads a field with quotes, the first of them at i, and returns where it ends.
func (s *splitter) unquote(line []byte, i int) (field []byte, end int, err error) {
	start := len(s.scratch)
	s.scratch = append(s.scratch, line[:i]...)
	in := false
	for ; i < len(line); i++ {
		c := line[i]
		switch {
		case !in && c == s.opts.Delimiter:
			return s.scratch[start:len(s.scratch):len(s.scratch)], i, nil
		case !in && c == s.opts.Quote:
			in = true
		case in && c == s.opts.Escape && i+1 < len(line) && (line[i+1] == s.opts.Escape || line[i+1] == s.opts.Quote):
			i++
			s.scratch = append(s.scratch, line[i])
		case in && c == s.opts.Quote:
			in = false
		default:
			s.scratch = append(s.scratch, c)
		}
	}
	if in {
		return nil, 0, pgerr.New(pgerr.BadCopyFileFormat, "unterminated CSV quoted field")
	}
	return s.scratch[start:len(s.scratch):len(s.scratch)], len(line), nil
}

// CSV takes records of a csv file apart, for callers that keep track of places in it.
type CSV struct{ splitter }

// NewCSV splits by the given options.
func NewCSV(opts CopyOptions) *CSV { return &CSV{splitter{opts: opts}} }

// RecordEnd is the index behind the first record of buf, its line end included; 0 when the
// record is not whole. A record ends at an LF outside quotes.
func (c *CSV) RecordEnd(buf []byte) int {
	quote, escape := c.opts.Quote, c.opts.Escape
	i := bytes.IndexByte(buf, '\n')
	if i < 0 {
		return 0
	}
	if bytes.IndexByte(buf[:i], quote) < 0 {
		return i + 1
	}
	in := false
	for i, b := 0, byte(0); i < len(buf); i++ {
		switch b = buf[i]; {
		case in && escape != quote && b == escape:
			if i+1 < len(buf) && (buf[i+1] == quote || buf[i+1] == escape) {
				i++
			}
		case b == quote:
			in = !in
		case b == '\n' && !in:
			return i + 1
		}
	}
	return 0
}

// Split returns the fields of a record, whose line end is cut off, nil for NULL. They are
// valid until the next call.
func (c *CSV) Split(record []byte) ([][]byte, error) {
	if err := checkText(record); err != nil {
		return nil, err
	}
	return c.split(record)
}
