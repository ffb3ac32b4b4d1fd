package format

import (
	"strings"
	"testing"
	"time"

	"streamdb/types"
)

var style = types.DefaultStyle()

func schema(cols ...any) (s types.Schema) {
	for i := 0; i < len(cols); i += 2 {
		s = append(s, types.Column{Name: cols[i].(string), Type: cols[i+1].(types.Type)})
	}
	return s
}

// show prints a row as text.
func show(b *types.Batch, i int) string {
	var out []string
	for _, c := range b.Cols {
		if c.IsNull(i) {
			out = append(out, "NULL")
			continue
		}
		out = append(out, string(types.AppendText(nil, c, i, style)))
	}
	return strings.Join(out, "|")
}

func TestJSON(t *testing.T) {
	intArray, _ := types.Int4.ArrayType()
	textArray, _ := types.Text.ArrayType()
	s := schema("a", types.Int4, "b", types.Text, "n", types.NumericT, "f", types.Float8, "ok", types.Bool,
		"j", types.JSONB, "ia", intArray, "ta", textArray)
	const null8 = "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL"
	for _, c := range []struct{ in, want string }{
		{`{"a":1,"b":"x","n":1.50,"f":2.5,"ok":true,"j":{"k":[1, 2]},"ia":[1,null,3],"ta":["x","a\"b\\c","",null]}`,
			`1|x|1.50|2.5|t|{"k": [1, 2]}|{1,NULL,3}|{x,"a\"b\\c","",NULL}`},
		{`{}`, null8},
		{" { } \r\n", null8},
		{`{"b":"y","a":-7,"zz":[{"a":9},"}"],"n":"NaN"}`, `-7|y|NaN|NULL|NULL|NULL|NULL|NULL`},
		{`{"a":1,"a":2}`, `2` + null8[4:]},
		{`{"a":null,"b":null,"j":null}`, null8},
		{`{"b":"\u00e9\ud83d\ude00\n\/\t"}`, "NULL|é😀\n/\t|NULL|NULL|NULL|NULL|NULL|NULL"},
		{`{"\u0061":5}`, `5` + null8[4:]},
		{`{"b":12.0}`, `NULL|12.0|NULL|NULL|NULL|NULL|NULL|NULL`},
		{`{"b":{"x": 1}}`, `NULL|{"x": 1}|NULL|NULL|NULL|NULL|NULL|NULL`},
		{`{"a":"12","ok":"off","f":1e-3}`, `12|NULL|NULL|0.001|f|NULL|NULL|NULL`},
		{`{"j":"text"}`, `NULL|NULL|NULL|NULL|NULL|"text"|NULL|NULL`},
		{`{"a":1.5}`, `22P02 invalid input syntax for type integer: "1.5"`},
		{`{"a":99999999999}`, `22003 value "99999999999" is out of range for type integer`},
		{`{"a":true}`, `22P02 invalid input syntax for type integer: "true"`},
		{`{"a":[1]}`, `22P02 invalid input syntax for type integer: "[1]"`},
		{`{"a":1`, `22P02 invalid input syntax for type json`},
		{`{"a":1,}`, `22P02 invalid input syntax for type json`},
		{`{"a":01}`, `22P02 invalid input syntax for type json`},
		{`{"a":1}x`, `22P02 invalid input syntax for type json`},
		{`[1]`, `22P02 invalid input syntax for type json`},
		{``, `22P02 invalid input syntax for type json`},
		{`{"b":"a` + "\n" + `"}`, `22P02 invalid input syntax for type json`},
		{`{"b":"\x"}`, `22P02 invalid input syntax for type json`},
		{`{"b":"\ud800"}`, `22P02 invalid input syntax for type json`},
		{`{"b":"\u0000"}`, `22P05 unsupported Unicode escape sequence`},
		{"{\"b\":\"\xff\"}", `22021 invalid byte sequence for encoding "UTF8": 0xff`},
		{`{"zz":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}`, `54001 stack depth limit exceeded`},
		{`{"zz":nul}`, `22P02 invalid input syntax for type json`},
	} {
		j, b := NewJSON(s, style), types.NewBatch(s.Types(), 4)
		for range 2 { // after a good row too
			err := j.Append(b, []byte(c.in))
			got := ""
			if err != nil {
				e := pgError(err)
				got = e.Code + " " + e.Message
			} else {
				got = show(b, b.N-1)
			}
			if got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
			}
			for i, v := range b.Cols {
				if v.N != b.N {
					t.Fatalf("%s: column %d has %d rows of %d", c.in, i, v.N, b.N)
				}
			}
		}
	}
}

// TestNowIsNoValue: without a present time in the style, words for it are refused.
func TestNowIsNoValue(t *testing.T) {
	s := schema("t", types.Timestamp)
	b, now := types.NewBatch(s.Types(), 1), *style
	now.Now = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	if err := NewJSON(s, style).Append(b, []byte(`{"t":"Today"}`)); err == nil || pgError(err).Code != "22007" {
		t.Errorf("got %v", err)
	}
	if err := NewJSON(s, &now).Append(b, []byte(`{"t":"Today"}`)); err != nil || show(b, 0) != "2024-05-06 00:00:00" {
		t.Errorf("got %v %s", err, show(b, 0))
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":"\u00e9","t":"2020-02-29T12:34:56.789Z","c":[{"x":null}]}`))
	s := schema("a", types.Int8, "b", types.Text, "t", types.Timestamp, "c", types.JSONB)
	f.Fuzz(func(t *testing.T, in []byte) {
		j, b := NewJSON(s, style), types.NewBatch(s.Types(), 1)
		n := 0
		if j.Append(b, in) == nil {
			n = 1
		}
		for _, v := range b.Cols {
			if v.N != n || b.N != n {
				t.Fatalf("%d rows in a column, %d in the batch", v.N, b.N)
			}
		}
	})
}

func TestStampAgreesWithInput(t *testing.T) {
	for _, s := range []string{
		"2000-01-01 00:00:00", "1999-12-31T23:59:59.999999", "2024-02-29 12:00:00.5", "0001-01-01 00:00:00",
		"1900-03-01 00:00:00", "1900-02-28 23:00:00", "9999-12-31 23:59:59", "2015-07-15T00:00:00.123Z",
	} {
		got, _, ok := parseStamp([]byte(s))
		want, err := types.ParseTimestamp(s, style)
		if !ok || err != nil || got != want {
			t.Errorf("%s: %d %v, want %d %v", s, got, ok, want, err)
		}
	}
	for _, s := range []string{"1900-02-29 00:00:00", "2000-13-01 00:00:00", "2000-01-01 24:00:00", "2000-01-01 00:00:60", "2000-01-01 00:00:00.", "2000-01-01 00:00:00.1234567", "2000-01-01"} {
		if _, _, ok := parseStamp([]byte(s)); ok {
			t.Errorf("%s was taken", s)
		}
	}
}

func BenchmarkJSONBid(b *testing.B) {
	s := schema("auction", types.Int8, "bidder", types.Int8, "price", types.Int8, "channel", types.VarChar,
		"url", types.VarChar, "date_time", types.Timestamp, "extra", types.VarChar)
	line := []byte(`{"auction":1000123,"bidder":2000456,"price":1234567,"channel":"channel-1234","url":"https://www.nexmark.com/abcde/fghij/klmno/item.htm?query=1&channel_id=123456789","date_time":"2015-07-15T00:00:12.345","extra":"` + strings.Repeat("x", 68) + `"}`)
	j, batch := NewJSON(s, style), types.NewBatch(s.Types(), types.MaxBatch)
	n := 0
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if batch.N == types.MaxBatch {
			batch.Reset()
		}
		if err := j.Append(batch, line); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
