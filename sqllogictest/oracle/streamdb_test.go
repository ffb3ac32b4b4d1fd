package oracle_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"streamdb/server/servertest"
	"streamdb/sqllogictest"
	"streamdb/sqllogictest/oracle"
	"streamdb/sqllogictest/pgtest"
)

// rare is how many compared queries must contain a feature at least, in a run
// of the usual size or a longer one.
const rare = 20

func TestMain(m *testing.M) {
	code := m.Run()
	servertest.RemoveBinary()
	os.Exit(code)
}

// TestStreamdb compares the real binary with PostgreSQL.
func TestStreamdb(t *testing.T) {
	const usual = 4000
	postgres, server := pgtest.Start(t), servertest.Start(t)
	report, err := oracle.Run(t.Context(), oracle.Config{
		PG: func(ctx context.Context) (sqllogictest.Conn, error) {
			return sqllogictest.Connect(ctx, postgres.DSN("postgres"))
		},
		SUT:        func(ctx context.Context) (sqllogictest.Conn, error) { return sqllogictest.Connect(ctx, server.DSN()) },
		Restart:    restarts(server),
		ErrorCount: standingErrors,
		Queries:    queriesOr(usual),
		Seed:       *seed,
		First:      *first,
		Log:        t.Output(),
	})
	if printErr := report.Print(t.Output()); printErr != nil {
		t.Error(printErr)
	}
	if err != nil {
		t.Fatal(err)
	}
	if n := len(report.Differences); n > 0 {
		t.Errorf("%d differences, the first is %s", n, report.Differences[0])
	}
	seldom, err := report.Rare(rare)
	if err != nil {
		t.Fatal(err)
	}
	if report.Queries >= usual && len(seldom) > 0 {
		t.Errorf("in fewer than %d queries: %s", rare, strings.Join(seldom, ", "))
	}
}

// restarts kills the server, every other time just after a checkpoint: what is not in it
// comes back from the log.
func restarts(server *servertest.Server) func(context.Context) error {
	n := 0
	return func(ctx context.Context) error {
		if n++; n%2 == 0 {
			return server.Restart(ctx)
		}
		conn, err := sqllogictest.Connect(ctx, server.DSN())
		if err != nil {
			return err
		}
		_, err = conn.Exec(ctx, "CHECKPOINT")
		return errors.Join(err, conn.Close(), server.Restart(ctx))
	}
}

// standingErrors counts the rows of a view that raise an error now.
func standingErrors(ctx context.Context, conn sqllogictest.Conn, view string) (int, error) {
	result, err := conn.Query(ctx, "SELECT 1 FROM streamdb.errors WHERE object = 'public."+view+"'")
	return len(result.Rows), err
}
