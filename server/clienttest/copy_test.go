package clienttest

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"streamdb/sqllogictest/pgtest"
)

const copySchema = `create table u (x text, y text);
create table n (id int primary key, v numeric(5, 2) default 7, w text not null default 'dd')`

// copyRows are the rows that COPY … TO writes.
const copyRows = `insert into u values ('a', 'b'), (null, ''), (e'tab\tnl\ncr\rbs\\', 'q"q'''), ('\.', '\N'), ('NULL', ' x '), ('é,;|', 'N')`

// copyOptionLists are tried in both directions.
var copyOptionLists = []string{
	"", "csv", "csv header", "(null 'NULL')", "(header)", "(header match)", "(header maybe)", "(delimiter '|')", "(delimiter ',', null '')",
	"(delimiter 'ab')", "(delimiter '.')", "(delimiter E'\\n')", "(null E'a\\nb')", "(null 'x', delimiter 'x')",
	"(format csv, null 'NULL')", "(format csv, delimiter ';')", "(format csv, quote '''')", "(format csv, quote 'N')",
	"(format csv, quote '''', escape '\\')", "(format csv, escape '\\')", "(format csv, force_quote *)", "(format csv, force_quote (x))",
	"(format csv, force_not_null (x))", "(format csv, force_null (x), null 'NULL')", "(force_quote (x))", "(force_null (x))", "(quote 'x')",
	"(format csv, force_quote x)", "(format csv, force_quote (nosuch))", "(format csv, force_null (nosuch))", "(format csv, quote ',')",
	"(format csv, null '\"')", "(format text, format csv)", "(header on, header off)", "(delimiter '|', delimiter ';')", "(format)", "(null)",
	"(format xml)", "(nosuch)", "(encoding 'utf-8')",
}

// copyInputs are read with each list of options.
var copyInputs = []string{
	"", "a\tb\n", "a,b\n", "x,y\n1,2\n", "x\ty\n1\t2\n", "\"a\"\"b\",c\n", "'a''b',c\n", "'a\\'b',c\n", "NaNNb,c\n", "NULL,\"NULL\"\n",
	"a\tb\n\\.\nc\td\n", "a\tb\r\n\\.\r\n", "a,b\n\\.\nc,d\n", "a|b\n", "a;b\n", "\\N\tb\n",
}

// TestCopyAsPostgres compares COPY with PostgreSQL's: what is read, what is written, and
// which errors there are.
func TestCopyAsPostgres(t *testing.T) {
	ours, theirs := copyTables(t, server.DSN()), copyTables(t, pgtest.Start(t).DSN("postgres"))
	compare := func(statement, data string) {
		t.Helper()
		if got, want := copyAnswer(t, ours, statement, data), copyAnswer(t, theirs, statement, data); got != want {
			t.Errorf("%s with %q\n got %q\nwant %q", statement, data, got, want)
		}
	}
	for _, opts := range copyOptionLists {
		for _, data := range copyInputs {
			compare("copy u from stdin "+opts, data)
			compare("copy (select * from u order by x, y) to stdout", "")
			compare("truncate u", "")
		}
	}
	for _, where := range []string{"id > 1", "v is null or w = 'a'", "null", "id", "nosuch = 1", "id in (select 2)", "count(*) > 1", "1 / (id - 2) > 0"} {
		compare("copy n from stdin where "+where, "1\t1\ta\n2\t\\N\tb\n3\t3\tc\n")
		compare("copy (select * from n order by id) to stdout", "")
		compare("truncate n", "")
	}
	compare(copyRows, "")
	for _, opts := range copyOptionLists {
		compare("copy (select * from u order by x, y) to stdout "+opts, "")
		compare("copy (select 'a' as y) to stdout "+opts, "")
	}
	compare("copy u (y) to stdout (format csv, force_quote (x))", "")
}

func copyTables(t *testing.T, dsn string) *pgconn.PgConn {
	t.Helper()
	c, err := pgconn.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Exec(context.Background(), "drop schema copying cascade").Close(); err != nil {
			t.Error(err)
		}
		c.Close(context.Background())
	})
	for _, text := range append([]string{"create schema copying", "set search_path = copying"}, strings.Split(copySchema, ";")...) {
		if err := c.Exec(t.Context(), text).Close(); err != nil {
			t.Fatal(text, err)
		}
	}
	return c
}

// copyAnswer runs a statement: its tag, what came, and the code and text of its error.
func copyAnswer(t *testing.T, c *pgconn.PgConn, statement, data string) string {
	t.Helper()
	var out strings.Builder
	var tag pgconn.CommandTag
	var err error
	switch {
	case strings.Contains(statement, "from stdin"):
		tag, err = c.CopyFrom(t.Context(), strings.NewReader(data), statement)
	case strings.HasPrefix(statement, "copy"):
		tag, err = c.CopyTo(t.Context(), &out, statement)
	default:
		err = c.Exec(t.Context(), statement).Close()
	}
	if err != nil {
		e, ok := err.(*pgconn.PgError)
		if !ok {
			t.Fatal(statement, err)
		}
		return e.Code + " " + e.Message
	}
	return tag.String() + "\n" + out.String()
}
