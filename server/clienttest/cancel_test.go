package clienttest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"streamdb/wire/wiretest"
)

// slowStatement is a statement that takes until it is cancelled; its text begins with a
// comment that pg_stat_activity finds it by.
type slowStatement struct {
	name string
	run  func(ctx context.Context, c *pgconn.PgConn, mark string) error
	wait string // wait_event_type, or "" for one that is busy
}

func slowStatements() []slowStatement {
	exec := func(text string) func(context.Context, *pgconn.PgConn, string) error {
		return func(ctx context.Context, c *pgconn.PgConn, mark string) error {
			return c.Exec(ctx, mark+text).Close()
		}
	}
	var tables []string
	for i := range 4000 {
		tables = append(tables, fmt.Sprintf("orders t%d", i))
	}
	return []slowStatement{
		{"parsing", exec("select " + strings.Repeat("'x', ", 1<<20) + "1"), ""},
		{"planning a join", exec("select 1 from " + strings.Join(tables, ", ")), ""},
		{"a query", exec("select count(*) from generate_series(1, 10000000000) g"), ""},
		{"a join", exec("select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b where a + b < 0"), ""},
		{"a long match", exec("select sum(regexp_count(repeat('ab', 8000000), '(a|b)(b|a)')) from generate_series(1, 1000)"), ""},
		{"pg_sleep", exec("select pg_sleep(600)"), "Timeout"},
		{"an insert", exec("insert into cancel_t select g from generate_series(1, 10000000000) g"), ""},
		{"an update", exec("update cancel_b set k = k where k in (select a.k from cancel_b a, cancel_b b, cancel_b c where a.k + b.k + c.k < 0)"), ""},
		{"filling a view", exec("create materialized view cancel_v as select a.k + b.k + c.k as x from cancel_b a, cancel_b b, cancel_b c"), "Fill"},
		{"COPY TO", func(ctx context.Context, c *pgconn.PgConn, mark string) error {
			_, err := c.CopyTo(ctx, io.Discard, mark+"copy (select g from generate_series(1, 10000000000) g) to stdout")
			return err
		}, ""},
		{"COPY FROM", func(ctx context.Context, c *pgconn.PgConn, mark string) error {
			_, err := c.CopyFrom(ctx, endless{}, mark+"copy cancel_t from stdin")
			return err
		}, ""},
		{"a table's lock", exec("insert into cancel_locked values (1)"), "Lock"},
		{"a lock in a block", exec("begin; insert into cancel_locked values (1)"), "Lock"},
	}
}

// endless gives rows for ever.
type endless struct{}

// Read fills p with rows.
func (endless) Read(p []byte) (int, error) {
	return copy(p, bytes.Repeat([]byte("1\n"), len(p)/2)), nil
}

func cancelTables(t *testing.T) {
	c := connect(t)
	run(t, c, "create table cancel_t (k bigint); create table cancel_b (k int); create table cancel_locked (k int primary key)")
	t.Cleanup(func() {
		if err := load(server.DSN(), "drop table cancel_t, cancel_b, cancel_locked cascade"); err != nil {
			t.Error(err)
		}
	})
	run(t, c, "insert into cancel_b select g from generate_series(1, 3000) g")
	// A pipeline without Sync keeps the lock of the table that it wrote to.
	l := wiretest.Login(t, address(), "root", "dev")
	l.Write(wiretest.Message('P', "", "insert into cancel_locked values (2)", int16(0)))
	l.Write(wiretest.Message('B', "", "", int16(0), int16(0), int16(0)))
	l.Write(wiretest.Message('E', "", int32(0)))
	l.Write(wiretest.Message('H'))
	l.Until(t, 'C')
}

// TestCancel cancels everything that may take long, by the protocol's request.
func TestCancel(t *testing.T) {
	cancelTables(t)
	watch := connect(t)
	for _, s := range slowStatements() {
		t.Run(strings.ReplaceAll(s.name, " ", "_"), func(t *testing.T) {
			c := connect(t).PgConn()
			mark := fmt.Sprintf("/* cancel %s */ ", s.name)
			done := make(chan error, 1)
			go func() { done <- s.run(context.Background(), c, mark) }()
			awaitActive(t, watch, mark, s.wait)
			if err := c.CancelRequest(t.Context()); err != nil {
				t.Fatal(err)
			}
			cancelled(t, c, <-done, "canceling statement due to user request")
		})
	}
	if n := one(t, watch, "select count(*) from pg_class where relname = 'cancel_v'"); n != int64(0) {
		t.Error("the view that was being filled is there")
	}
}

// TestStatementTimeout lets everything that may take long run into statement_timeout.
func TestStatementTimeout(t *testing.T) {
	cancelTables(t)
	for _, s := range slowStatements() {
		t.Run(strings.ReplaceAll(s.name, " ", "_"), func(t *testing.T) {
			conn := connect(t)
			run(t, conn, "set statement_timeout = '100ms'")
			c := conn.PgConn()
			cancelled(t, c, s.run(t.Context(), c, ""), "canceling statement due to statement timeout")
		})
	}
}

// TestLockTimeout ends the wait for a lock alone.
func TestLockTimeout(t *testing.T) {
	cancelTables(t)
	c := connect(t)
	run(t, c, "set lock_timeout = '10ms'")
	if _, err := c.Exec(t.Context(), "insert into cancel_locked values (1)"); sqlState(err) != "55P03" {
		t.Error(err)
	}
	run(t, c, "insert into cancel_t values (1)")
}

// cancelled checks how a statement ended, and that its connection goes on.
func cancelled(t *testing.T, c *pgconn.PgConn, err error, message string) {
	t.Helper()
	if sqlState(err) != "57014" || !strings.Contains(err.Error(), message) {
		t.Error(err)
	}
	if err := c.Exec(t.Context(), "rollback; select 1").Close(); err != nil {
		t.Error("afterwards:", err)
	}
}

// awaitActive waits until the statement with a mark runs, and waits for what is told.
func awaitActive(t *testing.T, c *pgx.Conn, mark, wait string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		n := one(t, c, `select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()
			and starts_with(query, $1) and (wait_event_type = $2 or $2 = '')`, mark, wait)
		if n == int64(1) {
			return
		}
	}
	t.Fatal("the statement never ran")
}

// TestPsqlInterrupt presses Ctrl-C in psql.
func TestPsqlInterrupt(t *testing.T) {
	psql := findPsql(t)
	watch := connect(t)
	cmd := exec.Command(psql, "-X", "-h", "127.0.0.1", "-p", fmt.Sprint(server.Port()), "-U", "root", "-d", "dev",
		"-c", "/* interrupt */ select pg_sleep(600)")
	cmd.Env = []string{"LC_ALL=C.UTF-8", "HOME=" + t.TempDir()}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitActive(t, watch, "/* interrupt */", "")
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // with status 1, as the statement failed
	if out.String() != "Cancel request sent\nERROR:  canceling statement due to user request\n" {
		t.Errorf("psql said %q", out.String())
	}
}
