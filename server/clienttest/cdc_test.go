package clienttest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"streamdb/server/servertest"
	"streamdb/sqllogictest/pgtest"
)

// cdc is a server, and a PostgreSQL whose tables it replicates.
type cdc struct {
	t    *testing.T
	up   *pgtest.Server
	srv  *servertest.Server
	conn *pgx.Conn
}

func newCDC(t *testing.T) *cdc {
	c := &cdc{t: t, up: pgtest.Start(t), srv: servertest.Start(t)}
	c.connect()
	return c
}

func (c *cdc) connect() {
	c.t.Helper()
	conn, err := pgx.Connect(c.t.Context(), c.srv.DSN())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close(context.Background()) })
	c.conn = conn
}

// with is the options of a table that the role replicates.
func (c *cdc) with(role, table string) string {
	return fmt.Sprintf("connector = 'postgres-cdc', hostname = '127.0.0.1', port = %d, username = '%s', password = 'pw', database.name = 'postgres', table.name = '%s'",
		c.up.Port(), role, table)
}

// until waits until a query answers so, a row a line.
func (c *cdc) until(query string, want ...string) {
	c.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		got := strings.ReplaceAll(strings.TrimSpace(resultText(c.t, c.conn, query)), " | ", " ")
		if got == strings.Join(want, "\n") {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%s:\n%s\nwant\n%s", query, got, strings.Join(want, "\n"))
		}
	}
}

// TestUndecodableUpstreamRows: a row that does not fit here is left out until it fits, whatever
// happens to it meanwhile, a restart included; and the row that it was before goes.
func TestUndecodableUpstreamRows(t *testing.T) {
	for _, identity := range []string{"DEFAULT", "FULL"} {
		t.Run(identity, func(t *testing.T) {
			c := newCDC(t)
			upstream(t, c.up, "create table t (id int primary key, n numeric, v text)", "alter table t replica identity "+identity,
				"alter table t alter v set storage external", "insert into t values (1, 1, 'a'), (2, 22222, 'b'), (3, 3, 'c'), (9, 9, 'i')")
			run(t, c.conn, "create table t (id int, n numeric(3, 1), v text) with ("+c.with(pgtest.SuperUser, "t")+")")
			c.until("select * from t order by id", "1 1.0 a", "3 3.0 c", "9 9.0 i")
			if err := c.srv.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			c.connect()
			upstream(t, c.up, "update t set v = 'bb' where id = 2", "update t set n = 33333 where id = 3", "insert into t values (4, 4, 'd')")
			c.until("select * from t order by id", "1 1.0 a", "4 4.0 d", "9 9.0 i")
			upstream(t, c.up, "update t set n = 2 where id = 2", "delete from t where id = 3", "update t set id = 5, n = 55555 where id = 4",
				"update t set id = 6, n = 6 where id = 5", "insert into t values (7, 77777, repeat('x', 9000))", "update t set n = 7 where id = 7",
				"delete from t where id = 9")
			rest := []string{"1 1.0 1", "2 2.0 2", "6 6.0 1"}
			if identity == "FULL" { // brings the whole row
				rest = append(rest, "7 7.0 9000")
			}
			c.until("select id, n, length(v) from t order by id", rest...)
			c.until("select status, reason is null from streamdb.sources", "streaming t")
		})
	}
}

// TestNullWhereNoneMayBe: upstream may drop a NOT NULL that holds here.
func TestNullWhereNoneMayBe(t *testing.T) {
	c := newCDC(t)
	upstream(t, c.up, "create table t (id int primary key, v text not null)", "insert into t values (1, 'a')")
	run(t, c.conn, "create table t (*) with ("+c.with(pgtest.SuperUser, "t")+")")
	c.until("select status from streamdb.sources", "streaming")
	upstream(t, c.up, "alter table t alter v drop not null", "insert into t values (2, null), (3, 'c')", "update t set v = null where id = 1")
	c.until("select * from t", "3 c")
	c.until("select code, message from streamdb.errors order by row", strings.Repeat("23502 null value in column \"v\" violates not-null constraint\n", 2)[:2*60-1])
}

// TestDropWithoutUpstream: what cannot be dropped upstream is said, for each table, and
// everything is dropped here.
func TestDropWithoutUpstream(t *testing.T) {
	c := newCDC(t)
	upstream(t, c.up, "create table a (id int primary key)", "create table b (id int primary key)")
	shared := strings.Replace(c.with(pgtest.SuperUser, ""), ", table.name = ''", "", 1)
	cfg, err := pgx.ParseConfig(c.srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	cfg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if n.Severity == "WARNING" {
			said = append(said, n.Message+" "+n.Detail+" "+n.Hint)
		}
	}
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	run(t, conn, "create source s with ("+shared+")")
	run(t, conn, "create table a (*) from s table 'public.a'")
	run(t, conn, "create table b (*) from s table 'b'")
	if err := c.up.Stop(); err != nil {
		t.Fatal(err)
	}
	run(t, conn, "drop source s cascade")
	slices.Sort(said)
	for i, table := range []string{"a", "b"} {
		if len(said) != 2 || !strings.HasPrefix(said[i], `could not drop what belongs to table "public.`+table+`"`) || !strings.Contains(said[i], "pg_drop_replication_slot('streamdb_") {
			t.Errorf("said %q", said)
		}
	}
	c.until("select count(*) from streamdb.sources", "0")
}

// TestCreateFailsAtOnce: what keeps a table from being replicated is said by CREATE TABLE,
// of which nothing is left then, here or upstream.
func TestCreateFailsAtOnce(t *testing.T) {
	c := newCDC(t)
	upstream(t, c.up, "create table t (id int primary key)", "create role plain login password 'pw'", "create role repl login replication password 'pw'",
		"create role reader login replication password 'pw'", "grant select on t to reader", "create publication p for table t", "create database other",
		"create table w (id int primary key, v text, w int not null unique)")
	for _, f := range []struct{ with, want string }{
		{c.with("plain", "t"), "42501 upstream PostgreSQL: must be superuser or replication role to start walsender"},
		{c.with("repl", "t"), "42501 upstream PostgreSQL: permission denied for database postgres"},
		{c.with("repl", "t") + ", publication.name = 'p'", "42501 upstream PostgreSQL: permission denied for table t"},
		{c.with(pgtest.SuperUser, "t") + ", slot.name = 'Not Lower'", "42602 upstream PostgreSQL: replication slot name \"Not Lower\" contains invalid character"},
	} {
		_, err := c.conn.Exec(t.Context(), "create table t (*) with ("+f.with+")")
		if got := fmt.Sprint(err); err == nil || !strings.Contains(sqlState(err)+" "+got, f.want[6:]) || sqlState(err) != f.want[:5] {
			t.Errorf("%s: got %v, want %s", f.with, err, f.want)
		}
		c.until("select count(*) from streamdb.sources", "0")
	}
	for _, text := range []string{
		"create table w (id int, v text, w int primary key) with (" + c.with(pgtest.SuperUser, "w") + ")",
		"create table w (id int, v text, w int, primary key (id, w)) with (" + c.with(pgtest.SuperUser, "w") + ")",
	} {
		if _, err := c.conn.Exec(t.Context(), text); err == nil || !strings.Contains(err.Error(), "must be the one upstream") {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{
		"create source s with (" + c.with(pgtest.SuperUser, "t") + ")",
		"create source s (id int) with (" + strings.Replace(c.with(pgtest.SuperUser, ""), ", table.name = ''", "", 1) + ")",
	} {
		if _, err := c.conn.Exec(t.Context(), text); sqlState(err) != "42809" {
			t.Errorf("%s: %v", text, err)
		}
	}
	run(t, c.conn, "create table t (*) with ("+c.with("reader", "t")+", publication.name = 'p')")
	run(t, c.conn, "create table w (w int, v text, id int primary key) with ("+c.with(pgtest.SuperUser, "w")+")")
	run(t, c.conn, "drop table t; drop table w")
	conn, err := pgx.Connect(t.Context(), c.up.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if n := one(t, conn, "select count(*) from pg_replication_slots"); n != int64(0) {
		t.Errorf("%v slots are left", n)
	}
	if n := one(t, conn, "select count(*) from pg_publication"); n != int64(1) {
		t.Errorf("%v publications are left, one was there before", n)
	}
}
