package format

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"streamdb/types/pgerr"
)

func pgError(err error) *pgerr.Error { return pgerr.From(err) }

// copyAll decodes all of in, one line of text per row or error.
func copyAll(r io.Reader, o CopyOptions, columns ...string) []string {
	c := NewCopyReader(r, o, columns)
	var out []string
	for len(out) < 100 {
		fields, err := c.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			out = append(out, pgError(err).Code+" "+pgError(err).Message)
			continue
		}
		row := make([]string, len(fields))
		for i, f := range fields {
			row[i] = "NULL"
			if f != nil {
				row[i] = "[" + string(f) + "]"
			}
		}
		out = append(out, strings.Join(row, " "))
	}
	return out
}

func TestCopyIn(t *testing.T) {
	text, csv := DefaultCopy(CopyText), DefaultCopy(CopyCSV)
	header, match := csv, csv
	header.Header, match.Header = HeaderSkip, HeaderMatch
	force := csv
	force.ForceNotNull, force.ForceNull = []bool{true, false}, []bool{false, true}
	escape := csv
	escape.Escape = '\\'
	for _, c := range []struct {
		name, in string
		opts     CopyOptions
		want     string
	}{
		{"text", "1\tx\n2\t\\N\n\t\n", text, "[1] [x];[2] NULL;[] []"},
		{"text escapes", `a\tb\\c\x41\101\q` + "\t" + `\b\f\n\r\v\N` + "\n", text, "[a\tb\\cAAq] [\b\f\n\r\vN]"},
		{"text escaped delimiter and newline", "a\\\tb\tc\\\nd\n", text, "[a\tb] [c\nd]"},
		{"text end marker", "1\t2\n\\.\n3\t4\n", text, "[1] [2]"},
		{"text end marker in a row", "1\t2\\.\n3\t4\n", text, "[1] [2]"},
		{"text end marker of another style", "1\t2\n\\.\r\n", text, "[1] [2];22P04 end-of-copy marker does not match previous newline style"},
		{"text unfinished marker", "1\t2\n\\.", text, "[1] [2];22P04 end-of-copy marker corrupt"},
		{"text corrupt marker", "\\.x\ty\n", text, "22P04 end-of-copy marker corrupt"},
		{"text last backslash", "a\tb\\", text, "[a] [b]"},
		{"text no last newline", "1\t2", text, "[1] [2]"},
		{"text too many", "1\t2\t3\n4\t5\n", text, "22P04 extra data after last expected column;[4] [5]"},
		{"text too few", "1\n\n", text, `22P04 missing data for column "b";22P04 missing data for column "b"`},
		{"text crlf", "1\t2\r\n3\t4\r\n", text, "[1] [2];[3] [4]"},
		{"text cr", "1\t2\r3\t4\r", text, "[1] [2];[3] [4]"},
		{"text stray cr", "1\t2\n3\r\t4\n", text, "[1] [2];22P04 literal carriage return found in data"},
		{"text bad bytes", "\xff\t2\n3\t4\n", text, `22021 invalid byte sequence for encoding "UTF8": 0xff;[3] [4]`},
		{"text escaped bad bytes", `\xff` + "\t2\n", text, `22021 invalid byte sequence for encoding "UTF8": 0xff`},
		{"csv", "1,x\n2,\n,\"\"\n", csv, "[1] [x];[2] NULL;NULL []"},
		{"csv quotes", "\"a,\"\"b\"\"\",\"c\nd\"\ne\"f\"g, h \n", csv, "[a,\"b\"] [c\nd];[efg] [ h ]"},
		{"csv unterminated", "1,\"x\n2,y\n", csv, "22P04 unterminated CSV quoted field"},
		{"csv end marker", "1,2\n\\.\n3,4\n", csv, "[1] [2]"},
		{"csv header", "a,b\n1,2\n", header, "[1] [2]"},
		{"csv match", "a,b\n1,2\n", match, "[1] [2]"},
		{"csv mismatch", "a,c\n1,2\n", match, `22P04 column name mismatch in header line field 2: got "c", expected "b";[1] [2]`},
		{"csv force", ",\"\"\n", force, "[] NULL"},
		{"csv escape", `"a\"b\\c\d",x` + "\n", escape, `[a"b\c\d] [x]`},
		{"csv stray cr", "1,2\n3,\r4\n", csv, "[1] [2];22P04 unquoted carriage return found in data"},
		{"csv crlf in quotes", "1,\"x\r\ny\"\n", csv, "[1] [x\r\ny]"},
	} {
		for _, r := range []io.Reader{strings.NewReader(c.in), iotest.OneByteReader(strings.NewReader(c.in)), iotest.DataErrReader(strings.NewReader(c.in))} {
			if got := strings.Join(copyAll(r, c.opts, "a", "b"), ";"); got != c.want {
				t.Errorf("%s: %q\n got %q\nwant %q", c.name, c.in, got, c.want)
			}
		}
	}
}

// TestCopyRoundTrip: what AppendCopyRow writes, CopyReader reads, in whatever pieces.
func TestCopyRoundTrip(t *testing.T) {
	value := rapid.Custom(func(t *rapid.T) []byte {
		if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
			return nil
		}
		s := rapid.StringOfN(rapid.SampledFrom([]rune("a\\.N,\"\t\n\r\v\b;é' ")), 0, 6, -1).Draw(t, "s")
		return []byte(s)
	})
	rapid.Check(t, func(t *rapid.T) {
		o := DefaultCopy(CopyFormat(rapid.IntRange(0, 1).Draw(t, "format")))
		o.Delimiter = rapid.SampledFrom([]byte{o.Delimiter, ';', '|'}).Draw(t, "delimiter")
		if o.Format == CopyCSV {
			o.Escape = rapid.SampledFrom([]byte(`"'`)).Draw(t, "escape")
			o.Null = rapid.SampledFrom([]string{"", "a", "NULL"}).Draw(t, "null")
		}
		width := rapid.IntRange(1, 3).Draw(t, "width")
		rows := rapid.SliceOfN(rapid.SliceOfN(value, width, width), 0, 5).Draw(t, "rows")
		var data []byte
		for _, r := range rows {
			data = AppendCopyRow(data, &o, r)
		}
		c := NewCopyReader(iotest.OneByteReader(bytes.NewReader(data)), o, []string{"a", "b", "c"}[:width])
		for _, want := range rows {
			got, err := c.Next()
			if err != nil {
				t.Fatalf("%q: %v", data, err)
			}
			for i := range want {
				if (got[i] == nil) != (want[i] == nil) || !bytes.Equal(got[i], want[i]) {
					t.Fatalf("%q: got %q, want %q", data, got, want)
				}
			}
		}
		if _, err := c.Next(); !errors.Is(err, io.EOF) {
			t.Fatalf("%q: %v at the end", data, err)
		}
	})
}

func TestCopyOut(t *testing.T) {
	text, csv := DefaultCopy(CopyText), DefaultCopy(CopyCSV)
	force := csv
	force.ForceQuote = []bool{true}
	row := func(s ...string) (f [][]byte) {
		for _, v := range s {
			if v == "NULL" {
				f = append(f, nil)
			} else {
				f = append(f, []byte(v))
			}
		}
		return f
	}
	for _, c := range []struct {
		opts CopyOptions
		row  [][]byte
		want string
	}{
		{text, row("a\tb", "NULL", `c\d`, "e\nf"), `a\tb` + "\t\\N\t" + `c\\d` + "\t" + `e\nf` + "\n"},
		{csv, row("a,b", "NULL", "", `c"d`, "e\nf", " g"), `"a,b",,"","c""d","e` + "\n" + `f", g` + "\n"},
		{csv, row(`\.`), "\"\\.\"\n"},
		{csv, row(`\.`, "x"), "\\.,x\n"},
		{force, row("a", "b"), "\"a\",b\n"},
	} {
		if got := string(AppendCopyRow(nil, &c.opts, c.row)); got != c.want {
			t.Errorf("%q: got %q, want %q", c.row, got, c.want)
		}
	}
	if got := string(AppendCopyHeader(nil, &force, []string{"a", "b c"})); got != "a,b c\n" {
		t.Errorf("header %q", got)
	}
}
