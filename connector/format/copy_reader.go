package format

import (
	"bytes"
	"errors"
	"io"

	"streamdb/types/pgerr"
)

// CopyReader decodes the data of COPY … FROM, read from anywhere in pieces of any size.
type CopyReader struct {
	opts    CopyOptions
	columns []string
	lines   lineReader
	split   splitter
	line    int
	raw     []byte
	done    bool
}

// NewCopyReader reads rows of the given columns from r.
func NewCopyReader(r io.Reader, opts CopyOptions, columns []string) *CopyReader {
	return &CopyReader{
		opts: opts, columns: columns,
		lines: lineReader{r: r, csv: opts.Format == CopyCSV, quote: opts.Quote, escape: opts.Escape},
		split: splitter{opts: opts},
	}
}

// Line is the number of the line the last Next was about, from 1; a quoted newline does not
// count.
func (c *CopyReader) Line() int { return c.line }

// Raw is the text of that line, valid until the next Next.
func (c *CopyReader) Raw() []byte { return c.raw }

// Next returns the fields of the next row, nil for NULL; they are valid until the next
// call. io.EOF follows the last row. An error about one row does not stop the reader: the
// next call goes on behind that row.
func (c *CopyReader) Next() ([][]byte, error) {
	if c.done {
		return nil, io.EOF
	}
	for {
		line, err := c.lines.next()
		if err != nil {
			// After an error of the data there is no telling where the next line begins; after
			// one of the reader it may be asked again.
			if _, malformed := errors.AsType[*pgerr.Error](err); malformed {
				c.line++
				c.done = true
			} else if errors.Is(err, io.EOF) {
				c.done = true
				if c.line == 0 && c.opts.Header == HeaderMatch {
					c.line++
					if err := c.header(nil); err != nil {
						return nil, err
					}
				}
			}
			return nil, err
		}
		c.line++
		c.raw = line
		if c.lines.csv && string(line) == `\.` {
			c.done = true
			return nil, io.EOF
		}
		if err := checkText(line); err != nil {
			return nil, err
		}
		if c.line == 1 && c.opts.Header != HeaderNone {
			if err := c.header(line); err != nil {
				return nil, err
			}
			continue
		}
		return c.fields(line)
	}
}

func (c *CopyReader) fields(line []byte) ([][]byte, error) {
	if len(c.columns) == 0 && len(line) == 0 {
		return [][]byte{}, nil
	}
	f, err := c.split.split(line)
	if err != nil {
		return nil, err
	}
	if len(f) > len(c.columns) {
		return nil, pgerr.New(pgerr.BadCopyFileFormat, "extra data after last expected column")
	}
	if len(f) < len(c.columns) {
		return nil, pgerr.New(pgerr.BadCopyFileFormat, "missing data for column \"%s\"", c.columns[len(f)])
	}
	return f, nil
}

// header checks the first line under HEADER MATCH.
func (c *CopyReader) header(line []byte) error {
	if c.opts.Header != HeaderMatch {
		return nil
	}
	names, err := c.split.split(line)
	if err != nil {
		return err
	}
	if len(names) != len(c.columns) {
		return pgerr.New(pgerr.BadCopyFileFormat, "wrong number of fields in header line: got %d, expected %d", len(names), len(c.columns))
	}
	for i, want := range c.columns {
		if names[i] == nil {
			return pgerr.New(pgerr.BadCopyFileFormat, "column name mismatch in header line field %d: got null value (\"%s\"), expected \"%s\"", i+1, c.opts.Null, want)
		}
		if string(names[i]) != want {
			return pgerr.New(pgerr.BadCopyFileFormat, "column name mismatch in header line field %d: got \"%s\", expected \"%s\"", i+1, names[i], want)
		}
	}
	return nil
}

// lineReader cuts a stream into lines. The first line decides what ends a line: LF, CR or
// CRLF. In csv, newlines in quotes are data; in text, those behind a backslash are.
type lineReader struct {
	r             io.Reader
	csv           bool
	quote, escape byte
	eol           string // "" until the first line ended

	buf        []byte
	start, pos int // of the line, and how far it was looked at
	eof        bool
	inQuote    bool
	escaped    bool // the byte at pos is behind an escape
	marked     bool // text: the end marker was met
}

const readSize = 64 << 10

// next returns the next line without its end. io.EOF follows the last.
func (l *lineReader) next() ([]byte, error) {
	for !l.marked {
		end, after, err := l.scan()
		if err != nil {
			return nil, err
		}
		if after > 0 {
			line := l.buf[l.start:end]
			l.start, l.pos, l.inQuote, l.escaped = after, after, false, false
			return line, nil
		}
		if l.eof {
			return l.last()
		}
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
	return nil, io.EOF
}

// last is what stands behind the last line end.
func (l *lineReader) last() ([]byte, error) {
	if l.inQuote {
		return nil, pgerr.New(pgerr.BadCopyFileFormat, "unterminated CSV quoted field")
	}
	line := l.buf[l.start:]
	l.start, l.pos = len(l.buf), len(l.buf)
	if len(line) == 0 {
		return nil, io.EOF
	}
	return line, nil
}

// fill reads more behind the unfinished line, which moves to the front.
func (l *lineReader) fill() error {
	n := copy(l.buf, l.buf[l.start:])
	l.buf, l.pos, l.start = l.buf[:n], l.pos-l.start, 0
	if cap(l.buf)-n < readSize/2 {
		l.buf = append(make([]byte, 0, 2*cap(l.buf)+readSize), l.buf...)
	}
	got, err := l.r.Read(l.buf[n:cap(l.buf)])
	l.buf = l.buf[:n+got]
	if errors.Is(err, io.EOF) {
		l.eof, err = true, nil
	}
	return err
}

// scan looks for the end of the line: where it ends and where the next begins, 0 if the
// buffer holds no end yet.
func (l *lineReader) scan() (end, after int, err error) {
	for ; l.pos < len(l.buf); l.pos++ {
		c := l.buf[l.pos]
		if l.csv {
			if l.quotes(c) || l.inQuote {
				continue
			}
		} else if l.escaped {
			if c == '.' {
				return l.marker()
			}
			l.escaped = false
			continue
		} else if c == '\\' {
			l.escaped = true
			continue
		}
		switch {
		case c == '\n' && (l.eol == "" || l.eol == "\n"):
			l.eol = "\n"
			return l.pos, l.pos + 1, nil
		case c == '\n':
			return 0, 0, l.strayNewline()
		case c == '\r' && l.eol == "\r":
			return l.pos, l.pos + 1, nil
		case c == '\r' && l.eol == "\n":
			return 0, 0, l.strayReturn()
		case c == '\r':
			if l.pos+1 == len(l.buf) && !l.eof {
				return 0, 0, nil // a line feed may follow
			}
			if l.pos+1 < len(l.buf) && l.buf[l.pos+1] == '\n' {
				l.eol = "\r\n"
				return l.pos, l.pos + 2, nil
			}
			if l.eol == "\r\n" {
				return 0, 0, l.strayReturn()
			}
			l.eol = "\r"
			return l.pos, l.pos + 1, nil
		}
	}
	return 0, 0, nil
}

// marker deals with the end marker \. of the text form. What stands before it on its line is
// the last row.
func (l *lineReader) marker() (end, after int, err error) {
	behind := l.buf[l.pos+1:]
	if len(behind) < max(len(l.eol), 1) && !l.eof {
		return 0, 0, nil
	}
	switch {
	case l.eol == "\r\n" && bytes.HasPrefix(behind, []byte("\n")), l.eol == "\n" && bytes.HasPrefix(behind, []byte("\r")),
		l.eol == "\r" && bytes.HasPrefix(behind, []byte("\n")):
		return 0, 0, pgerr.New(pgerr.BadCopyFileFormat, "end-of-copy marker does not match previous newline style")
	case l.eol != "" && !bytes.HasPrefix(behind, []byte(l.eol)), len(behind) == 0 || behind[0] != '\n' && behind[0] != '\r':
		return 0, 0, pgerr.New(pgerr.BadCopyFileFormat, "end-of-copy marker corrupt")
	}
	l.marked = true
	if end = l.pos - 1; end == l.start {
		return 0, 0, io.EOF
	}
	return end, len(l.buf), nil
}

// quotes follows quoting in csv, and reports whether c has to do with it.
func (l *lineReader) quotes(c byte) bool {
	if l.escaped {
		l.escaped = false
		if c == l.quote || c == l.escape {
			return true
		}
	}
	if l.inQuote && c == l.escape && l.escape != l.quote {
		l.escaped = true
		return true
	}
	if c == l.quote {
		l.inQuote = !l.inQuote
		return true
	}
	return false
}

func (l *lineReader) strayReturn() error {
	if l.csv {
		return pgerr.New(pgerr.BadCopyFileFormat, "unquoted carriage return found in data").
			WithHint("Use quoted CSV field to represent carriage return.")
	}
	return pgerr.New(pgerr.BadCopyFileFormat, "literal carriage return found in data").
		WithHint("%s", `Use "\r" to represent carriage return.`)
}

func (l *lineReader) strayNewline() error {
	if l.csv {
		return pgerr.New(pgerr.BadCopyFileFormat, "unquoted newline found in data").
			WithHint("Use quoted CSV field to represent newline.")
	}
	return pgerr.New(pgerr.BadCopyFileFormat, "literal newline found in data").
		WithHint("%s", `Use "\n" to represent newline.`)
}
