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

var (
	rewrite  = flag.Bool("rewrite", false, "write what PostgreSQL answers into the files of testdata")
	allModes = flag.Bool("all-modes", false, "run every file in every mode against PostgreSQL")
)

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
			for _, mode := range postgresModes(name) {
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

// postgresModes are the modes a file runs in. Restarts of PostgreSQL are slow
// and prove only that the runner survives them, so one file has them unless
// all are asked for.
func postgresModes(file string) []sqllogictest.Mode {
	switch {
	case *rewrite:
		return []sqllogictest.Mode{sqllogictest.Adhoc}
	case *allModes || file == "joins/left.slt":
		return sqllogictest.Modes()
	}
	return []sqllogictest.Mode{sqllogictest.Adhoc, sqllogictest.ViewBefore}
}

func postgresRunner(server *pgtest.Server) sqllogictest.Runner {
	return sqllogictest.Runner{
		Engine: "postgres",
		Open: func(ctx context.Context) (sqllogictest.Conn, error) {
			return sqllogictest.Connect(ctx, server.DSN("postgres"))
		},
		Fresh: func(ctx context.Context) error {
			conn, err := sqllogictest.Connect(ctx, server.DSN("postgres"))
			if err != nil {
				return err
			}
			_, err = conn.Exec(ctx, emptyDatabase)
			return errors.Join(err, conn.Close())
		},
		Restart: func(context.Context) error { return server.Restart() },
		Views:   sqllogictest.PlainViews(),
	}
}

// emptyDatabase drops every schema a file may have left; a new database per
// file would cost ten times as much.
const emptyDatabase = `DO $$
DECLARE name text;
BEGIN
	FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$' LOOP
		EXECUTE format('DROP SCHEMA %I CASCADE', name);
	END LOOP;
	CREATE SCHEMA public;
END $$`

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
