package clienttest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"streamdb/server/servertest"
	"streamdb/sqllogictest/pgtest"
)

// secret is a password that nobody but its author may see.
const secret = "hunter2-in-the-clear"

// TestSecrets uses a password and then looks for it everywhere: in the rows of every system
// relation, in SHOW CREATE, plans, errors and the log.
func TestSecrets(t *testing.T) {
	up := pgtest.Start(t)
	upstream(t, up, "create role repl login superuser password '"+secret+"'", "create table a (id int primary key, v text)",
		"create table b (id int primary key)", "insert into a values (1, 'x')")
	srv := servertest.Start(t, "--verbose")
	connection := func() *pgx.Conn {
		c, err := pgx.Connect(t.Context(), srv.DSN())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(context.Background()) })
		return c
	}
	with := fmt.Sprintf("connector = 'postgres-cdc', hostname = '127.0.0.1', port = %d, username = 'repl', database.name = 'postgres', PassWord = '%s'", up.Port(), secret)
	c := connection()
	run(t, c, fmt.Sprintf("create source shared with (%s)", with))
	run(t, c, "create table b (*) from shared table 'public.b'")
	run(t, c, "create materialized view m as select count(*) from b")
	creator := connection() // whose last statement is the one with the password
	run(t, creator, fmt.Sprintf("create table a (*) with (%s, table.name = 'a')", with))
	preparer := connection()
	if _, err := preparer.Prepare(t.Context(), "named", fmt.Sprintf("create table c (*) with (%s, table.name = 'a')", with)); err != nil {
		t.Fatal(err)
	}

	var said strings.Builder
	said.WriteString(everything(t, c))
	said.WriteString(failures(t, c, with))
	for _, text := range []string{
		"show create table a", "show create source shared", "show create table b", "show processlist", "show all",
		"explain create sink k from m with (connector = 'blackhole', password = '" + secret + "')",
		"explain create materialized view n as select v from a where v = 'postgres://root:" + secret + "@h/dev'",
		"explain select * from a", "describe a",
	} {
		shown := resultText(t, c, text)
		if strings.HasPrefix(text, "show create") && !strings.Contains(text, " b") && !strings.Contains(shown, "PassWord = '***'") {
			t.Errorf("%s: %s", text, shown)
		}
		said.WriteString(strings.ReplaceAll(text, secret, "") + shown)
	}
	said.WriteString(resultText(t, preparer, "select * from pg_prepared_statements"))
	// A password that is no longer right: the reason must not quote it.
	upstream(t, up, "alter role repl password 'another'")
	if err := srv.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	said.WriteString(everything(t, connection()))
	if log := srv.Log(); strings.Contains(log, "level=ERROR") {
		t.Error("something that was refused stayed")
	}
	said.WriteString(srv.Log())
	if before, after, found := strings.Cut(said.String(), secret); found {
		t.Errorf("shown: …%s%s%s…", before[max(0, len(before)-600):], secret, after[:min(200, len(after))])
	}
	for _, there := range []string{"PassWord = '***'", "show create", "explain create", "select count(*) from b"} {
		if !strings.Contains(said.String(), there) {
			t.Errorf("%s is not among what was looked at", there)
		}
	}
}

// upstream runs statements on PostgreSQL.
func upstream(t *testing.T, up *pgtest.Server, texts ...string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), up.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	for _, text := range texts {
		run(t, c, text)
	}
}

// everything is the contents of all system relations, each after its name.
func everything(t *testing.T, c *pgx.Conn) string {
	t.Helper()
	names := resultText(t, c, `select n.nspname || '.' || relname from pg_class c join pg_namespace n on n.oid = relnamespace
		where n.nspname in ('pg_catalog', 'information_schema', 'streamdb') order by 1`)
	var all strings.Builder
	for name := range strings.Lines(names) {
		all.WriteString(name)
		all.WriteString(resultText(t, c, "select * from "+strings.TrimSpace(name)))
	}
	return all.String()
}

// failures is what statements with the password say that go wrong in many ways.
func failures(t *testing.T, c *pgx.Conn, with string) string {
	t.Helper()
	var all strings.Builder
	for _, text := range []string{
		"create table a (*) with (%s, table.name = 'a')",                        // exists
		"create table c (*) with (%s, table.name = 'nowhere')",                  // no such table
		"create table c (id bytea) with (%s, table.name = 'a')",                 // another shape
		"create table c (*) with (%s, table.name = 'a', nonsense = '1')",        // no such option
		"create table c (*) with (%s, table.name = 'a', ssl.mode = 'x')",        // no such value
		"create table c (*) with (%s, table.name = 'a', ssl.mode = 'required')", // no connection
		"create table c (*) with (%s)",                                          // which table?
		"create table c (*) with (%s, table.name = 'a', password = 'twice')",    // which password?
		"create table c (x nonsense) with (%s, table.name = 'a')",
		"create table nowhere.c (*) with (%s, table.name = 'a')",
		"create source s with (%s) format nonsense encode json",
		"create sink s from m with (%s)",
		"create materialized view v with (%s) as select 1",
		"explain create table c (*) with (%s, table.name = 'a')",
	} {
		_, err := c.Exec(t.Context(), fmt.Sprintf(text, with), pgx.QueryExecModeSimpleProtocol)
		e, ok := err.(*pgconn.PgError)
		if !ok {
			t.Errorf("%s: %v", fmt.Sprintf(text, "…"), err)
			continue
		}
		fmt.Fprintf(&all, "%+v\n", *e)
	}
	return all.String()
}

// resultText is the rows of a statement, a line each.
func resultText(t *testing.T, c *pgx.Conn, text string) string {
	t.Helper()
	results, err := c.PgConn().Exec(t.Context(), text).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var b strings.Builder
	for _, r := range results {
		for _, row := range r.Rows {
			for i, v := range row {
				if i > 0 {
					b.WriteString(" | ")
				}
				b.Write(v)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}
