package postgres

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"streamdb/connector/format"
	"streamdb/types"
)

// TestCopyAgrees compares how format reads COPY data with how the server reads it.
func TestCopyAgrees(t *testing.T) {
	u := newUpstream(t)
	u.exec("CREATE TABLE t (a text, b text)")
	text, csv := format.DefaultCopy(format.CopyText), format.DefaultCopy(format.CopyCSV)
	escape := csv
	escape.Escape = '\\'
	for _, c := range []struct {
		opts format.CopyOptions
		sql  string
		in   []string
	}{
		{text, "text", []string{
			"1\tx\n2\t\\N\n\t\n", `a\tb\\c\x41\101\q` + "\t" + `\b\f\n\r\v\N` + "\n", "a\\\tb\tc\\\nd\n", "1\t2\n\\.\n3\t4\n", "1\t2",
			"1\t2\t3\n", "1\n", "\n", "1\t2\r\n3\t4\r\n", "1\t2\r3\t4\r", "1\t2\n3\r\t4\n", "1\t2\r\n3\t4\n", "1\t2\r\n3\r4\n",
			"1\t2\\.\n", "\\.x\ty\n", "a\\\n\tb\n", "a\\", "a\tb\\", `\0\x\8` + "\t\\777\n", `\xe9` + "\tb\n", `\xc3\xa9` + "\tb\n",
			"\\\\N\t\\N\n", "\xff\tb\n", "a\tb\n\n", "\\.\r\n", "a\tb\n\\.\n\n",
		}},
		{csv, "csv", []string{
			"1,x\n2,\n,\"\"\n", "\"a,\"\"b\"\"\",\"c\nd\"\ne\"f\"g, h \n", "1,\"x\n2,y\n", "1,2\n\\.\n3,4\n", "1,2\n3,\r4\n",
			"1,\"x\r\ny\"\n", "1,2\r\n3,\"a\nb\"\r\n", "\"\"\"\",\"a\"\"\"\n", "1,\\.\n", "\n", "a,b\n\n", "\\.,x\n", "1,\"\\.\"\n",
			"1,\"a\n\\.\nb\"\n", "1,2\r", "1,\"2\"\"\n",
		}},
		{escape, `csv, ESCAPE '\'`, []string{`"a\"b\\c\d",x` + "\n", `"a\\",x` + "\n", `a\"b,x"` + "\n\"\n"}},
	} {
		for _, in := range c.in {
			want, got := u.copyIn(in, c.sql), copyAll(in, c.opts)
			if got != want {
				t.Errorf("%s %q\n got %q\nwant %q", c.sql, in, got, want)
			}
		}
	}
}

// copyIn is what the server makes of the data: its rows, or its error.
func (u *upstreamDB) copyIn(in, sql string) string {
	u.t.Helper()
	u.exec("TRUNCATE t")
	_, err := u.conn.PgConn().CopyFrom(context.Background(), strings.NewReader(in), "COPY t FROM STDIN WITH (FORMAT "+sql+")")
	if err != nil {
		return strings.TrimPrefix(err.Error(), "ERROR: ")
	}
	return u.one("SELECT coalesce(string_agg(coalesce('[' || a || ']', 'NULL') || coalesce('[' || b || ']', 'NULL'), E'\\n' ORDER BY ctid), '') FROM t")
}

func copyAll(in string, o format.CopyOptions) string {
	var rows []string
	for r := format.NewCopyReader(strings.NewReader(in), o, []string{"a", "b"}); ; {
		fields, err := r.Next()
		if errors.Is(err, io.EOF) {
			return strings.Join(rows, "\n")
		}
		if err != nil {
			return err.Error()
		}
		var row strings.Builder
		for _, f := range fields {
			if f == nil {
				row.WriteString("NULL")
			} else {
				row.WriteString("[" + string(f) + "]")
			}
		}
		rows = append(rows, row.String())
	}
}

// TestJSONAgrees compares how format writes and reads rows as JSON with the server.
func TestJSONAgrees(t *testing.T) {
	u := newUpstream(t)
	u.exec("CREATE TABLE t (i int, n numeric, f float8, r real, b bool, s text, d date, ts timestamp, tz timestamptz, iv interval, u uuid, by bytea, j jsonb, a int[], ta text[])")
	u.exec(`INSERT INTO t VALUES (1, 1.50, 0.1, 1e10, true, E'a"\\\n\t\u0001é', '2024-02-29', '2024-02-29 12:34:56.789', '2024-02-29 12:34:56+02',
		'1 mon 2 days', '00112233-4455-6677-8899-aabbccddeeff', '\x01ff', '{"k": [1, null]}', '{1,NULL,3}', '{"x y",NULL,"q\"",""}'),
		(NULL, 'NaN', 'Infinity', '-0', false, '', 'infinity', '-infinity', 'infinity', '-1 day 00:00:01', NULL, '', 'null', '{}', '{}'),
		(-7, -123456789012345678901234567890.000, 1e-7, 'NaN', NULL, NULL, '0044-03-15 BC', '1999-12-31 23:59:59', NULL, NULL, NULL, NULL, NULL, NULL, NULL)`)
	u.exec("SET timezone = 'UTC'")
	s := u.create(u.withKey("t"))
	r := u.open(s, nil)
	c := r.next()
	w := format.NewJSONWriter(s.schema)
	back := format.NewJSON(s.schema, types.DefaultStyle())
	again := types.NewBatch(s.schema.Types(), 4)
	for i := range c.Batch.N {
		got := string(w.Append(nil, c.Batch, i))
		id := c.Batch.Cols[s.schema.Index("pk")].Int32s()[i]
		want := u.one("SELECT row_to_json(t)::text FROM t WHERE pk = " + string('0'+id))
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if err := back.Append(again, []byte(got)); err != nil {
			t.Errorf("reading %s back: %v", got, err)
			continue
		}
		j := s.schema.Index("j") // a JSON null read back is NULL
		for k, v := range again.Cols {
			if k != j && v.Datum(again.N-1) != c.Batch.Cols[k].Datum(i) {
				t.Errorf("%s of %s came back as %v", s.schema[k].Name, got, v.Datum(again.N-1))
			}
		}
	}
}

// withKey gives a table a key.
func (u *upstreamDB) withKey(table string) map[string]string {
	u.t.Helper()
	u.exec("ALTER TABLE " + table + " ADD pk serial PRIMARY KEY")
	return u.options(table)
}
