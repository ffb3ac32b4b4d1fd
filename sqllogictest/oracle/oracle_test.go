package oracle_test

import (
	"context"
	"errors"
	"flag"
	"strings"
	"testing"

	"streamdb/sqllogictest"
	"streamdb/sqllogictest/oracle"
	"streamdb/sqllogictest/pgtest"
)

var (
	queries = flag.Int("queries", 0, "distinct queries to compare; 0: what is usual for the test")
	first   = flag.Uint64("first", 1, "round to begin with")
	seed    = flag.Uint64("seed", 1, "seed of everything random")
)

func queriesOr(usual int) int {
	if *queries > 0 {
		return *queries
	}
	return usual
}

// twoDatabases gives the configuration of a run of PostgreSQL against itself.
func twoDatabases(t *testing.T) oracle.Config {
	t.Helper()
	server := pgtest.Start(t)
	conn, err := sqllogictest.Connect(t.Context(), server.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), "CREATE DATABASE sut")
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Fatal(err)
	}
	open := func(database string) func(context.Context) (sqllogictest.Conn, error) {
		return func(ctx context.Context) (sqllogictest.Conn, error) {
			return sqllogictest.Connect(ctx, server.DSN(database))
		}
	}
	return oracle.Config{
		PG: open("postgres"), SUT: open("sut"), Views: sqllogictest.PlainViews(),
		Restart:  func(context.Context) error { return server.Restart() },
		NoTumble: true,
		Log:      t.Output(),
	}
}

func TestPostgresAgreesWithItself(t *testing.T) {
	cfg := twoDatabases(t)
	cfg.Queries, cfg.Seed = queriesOr(80), *seed
	report, err := oracle.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Print(t.Output()); err != nil {
		t.Error(err)
	}
	if n := len(report.Differences); n > 0 {
		t.Errorf("%d differences, the first is %s", n, report.Differences[0])
	}
	if bad := report.Invalid + report.Erring; bad*100 > report.Generated*15 {
		t.Errorf("%d of %d queries fail on PostgreSQL", bad, report.Generated)
	}
}

// narrow is a server that takes every outer join for an inner one.
type narrow struct{ sqllogictest.Conn }

func (n narrow) Exec(ctx context.Context, sql string) (string, error) {
	return n.Conn.Exec(ctx, strings.ReplaceAll(sql, " LEFT JOIN ", " INNER JOIN "))
}

func (n narrow) Query(ctx context.Context, sql string) (sqllogictest.Result, error) {
	return n.Conn.Query(ctx, strings.ReplaceAll(sql, " LEFT JOIN ", " INNER JOIN "))
}

func TestDifferencesAreFoundAndShrunk(t *testing.T) {
	report := runAgainst(t, 5, func(c sqllogictest.Conn) sqllogictest.Conn { return narrow{c} })
	script := report.Differences[0].Script
	if !strings.Contains(script, "LEFT JOIN") || len(script) > 1200 {
		t.Errorf("the case was not reduced:\n%s", script)
	}
}

// forgetful is a server that does not delete.
type forgetful struct{ sqllogictest.Conn }

func (f forgetful) Exec(ctx context.Context, sql string) (string, error) {
	if strings.HasPrefix(sql, "DELETE") {
		sql = strings.Replace(sql, " WHERE ", " WHERE false AND ", 1)
	}
	return f.Conn.Exec(ctx, sql)
}

func TestChangesThatDifferAreFoundAndShrunk(t *testing.T) {
	report := runAgainst(t, 7, func(c sqllogictest.Conn) sqllogictest.Conn { return forgetful{c} })
	script := report.Differences[0].Script
	if !strings.Contains(script, "DELETE") || len(script) > 600 {
		t.Errorf("the case was not reduced:\n%s", script)
	}
}

func runAgainst(t *testing.T, seed uint64, wrap func(sqllogictest.Conn) sqllogictest.Conn) oracle.Report {
	t.Helper()
	cfg := twoDatabases(t)
	sut := cfg.SUT
	cfg.SUT = func(ctx context.Context) (sqllogictest.Conn, error) {
		conn, err := sut(ctx)
		return wrap(conn), err
	}
	cfg.Queries, cfg.Seed, cfg.MaxDifferences, cfg.QueriesPerRound, cfg.Restart = 100, seed, 1, 4, nil
	cfg.ShrinkTries = 150
	report, err := oracle.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Differences) == 0 {
		t.Fatal("a wrong server was not found out")
	}
	return report
}
