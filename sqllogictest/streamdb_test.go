package sqllogictest_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"streamdb/server/servertest"
	"streamdb/sqllogictest"
)

var onlyMode = flag.String("mode", "", "run the streamdb files in this mode only")

func TestMain(m *testing.M) {
	code := m.Run()
	servertest.RemoveBinary()
	os.Exit(code)
}

// TestStreamdb runs every file against the real binary in all four modes.
func TestStreamdb(t *testing.T) { runStreamdb(t, streamdbModes(t)) }

// TestStreamdbWorkers runs every file with three workers per view, killed and restarted.
func TestStreamdbWorkers(t *testing.T) {
	runStreamdb(t, []sqllogictest.Mode{sqllogictest.ViewRestart}, "--workers", "3")
}

func runStreamdb(t *testing.T, modes []sqllogictest.Mode, args ...string) {
	server := servertest.Start(t, args...)
	runner := sqllogictest.Runner{
		Engine: "streamdb",
		Open: func(ctx context.Context) (sqllogictest.Conn, error) {
			return sqllogictest.Connect(ctx, server.DSN())
		},
		Fresh:   func(ctx context.Context) error { return emptyStreamdb(ctx, server.DSN()) },
		Restart: server.Restart,
	}
	fsys := os.DirFS("testdata")
	var total sqllogictest.Report
	for _, name := range sltFiles(t, fsys) {
		for _, mode := range modes {
			t.Run(fmt.Sprintf("%s/%v", strings.TrimSuffix(name, ".slt"), mode), func(t *testing.T) {
				report, err := runner.Run(t.Context(), fsys, name, mode)
				if err != nil {
					t.Fatal(err)
				}
				for _, failure := range report.Failures {
					t.Error(failure)
				}
				total.Add(report)
			})
		}
	}
	t.Log(total.String())
}

// TestOwn runs the files on what PostgreSQL does not have: sources, views over changing
// data with restarts, errors as data. Their expectations are written by hand and by
// -rewrite, to be read when they change.
func TestOwn(t *testing.T) {
	server := servertest.Start(t, "--file-root", t.TempDir())
	runner := sqllogictest.Runner{
		Engine: "streamdb",
		Open: func(ctx context.Context) (sqllogictest.Conn, error) {
			return sqllogictest.Connect(ctx, server.DSN())
		},
		Fresh:   func(ctx context.Context) error { return emptyStreamdb(ctx, server.DSN()) },
		Restart: server.Restart,
	}
	const dir = "testdata_streamdb"
	if *rewrite {
		runner.Rewrite = func(name string, data []byte) error {
			return os.WriteFile(filepath.Join(dir, name), data, 0o644)
		}
	}
	fsys := os.DirFS(dir)
	for _, name := range sltFiles(t, fsys) {
		t.Run(strings.TrimSuffix(name, ".slt"), func(t *testing.T) {
			report, err := runner.Run(t.Context(), fsys, name, sqllogictest.Adhoc)
			if err != nil {
				t.Fatal(err)
			}
			for _, failure := range report.Failures {
				t.Error(failure)
			}
		})
	}
}

func streamdbModes(t *testing.T) []sqllogictest.Mode {
	if *onlyMode == "" {
		return sqllogictest.Modes()
	}
	m, err := sqllogictest.ParseMode(*onlyMode)
	if err != nil {
		t.Fatal(err)
	}
	return []sqllogictest.Mode{m}
}

// emptyStreamdb drops every user schema and object.
func emptyStreamdb(ctx context.Context, dsn string) error {
	conn, err := sqllogictest.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
	return errors.Join(err, conn.Close())
}
