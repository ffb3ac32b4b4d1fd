package clienttest

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"streamdb/server/servertest"
)

//go:embed testdata/schema.sql
var schema string

// server is the one process that most tests share; they leave its schema as it is.
var server *servertest.Server

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "clienttest")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	defer servertest.RemoveBinary()
	if server, err = servertest.Launch(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Kill()
	if err := load(server.DSN(), schema); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if code != 0 {
		fmt.Fprintf(os.Stderr, "server log:\n%s", server.Log())
	}
	return code
}

// connect opens a connection of pgx that ends with the test.
func connect(tb testing.TB) *pgx.Conn {
	tb.Helper()
	c, err := pgx.Connect(tb.Context(), server.DSN())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close(context.Background()) })
	return c
}

// address is the server's host:port.
func address() string { return fmt.Sprintf("127.0.0.1:%d", server.Port()) }
