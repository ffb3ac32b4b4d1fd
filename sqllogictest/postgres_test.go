package sqllogictest_test

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"streamdb/sqllogictest"
	"streamdb/sqllogictest/pgtest"
)

var rewrite = flag.Bool("rewrite", false, "write what PostgreSQL answers into the files of testdata")

// TestPostgres runs every file against PostgreSQL itself, which is how their
// expectations were made. Its plain views stand in for incremental ones.
func TestPostgres(t *testing.T) {
	server := pgtest.Start(t)
	runner := postgresRunner(server)
	if *rewrite {
		runner.Rewrite = func(name string, data []byte) error {
			return os.WriteFile(filepath.Join("testdata", name), data, 0o644)
		}
	}
	fsys := os.DirFS("testdata")
	var total sqllogictest.Report
	for _, name := range sltFiles(t, fsys) {
		t.Run(strings.TrimSuffix(name, ".slt"), func(t *testing.T) {
			for _, mode := range postgresModes() {
				report, err := runner.Run(t.Context(), fsys, name, mode)
				if err != nil {
					t.Fatal(err)
				}
				for _, failure := range report.Failures {
					t.Error(failure)
				}
				total.Add(report)
			}
		})
	}
	t.Log(total.String())
}

// postgresModes leaves restarts out where tests must be quick.
func postgresModes() []sqllogictest.Mode {
	if *rewrite {
		return []sqllogictest.Mode{sqllogictest.Adhoc}
	}
	if testing.Short() {
		return []sqllogictest.Mode{sqllogictest.Adhoc, sqllogictest.ViewBefore}
	}
	return sqllogictest.Modes()
}

func postgresRunner(server *pgtest.Server) sqllogictest.Runner {
	return sqllogictest.Runner{
		Engine: "postgres",
		Open: func(ctx context.Context) (sqllogictest.Conn, error) {
			return sqllogictest.Connect(ctx, server.DSN("slt"))
		},
		Fresh: func(ctx context.Context) error {
			conn, err := sqllogictest.Connect(ctx, server.DSN("postgres"))
			if err != nil {
				return err
			}
			_, dropErr := conn.Exec(ctx, "DROP DATABASE IF EXISTS slt WITH (FORCE)")
			_, createErr := conn.Exec(ctx, "CREATE DATABASE slt")
			return errors.Join(dropErr, createErr, conn.Close())
		},
		Restart: func(context.Context) error { return server.Restart() },
		Views:   sqllogictest.PlainViews(),
	}
}

func sltFiles(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".slt") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
