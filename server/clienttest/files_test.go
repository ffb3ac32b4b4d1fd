package clienttest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"streamdb/server/servertest"
)

// TestFileRoot: sources read and sinks write below --file-root and nowhere else, whatever
// path or link leads there.
func TestFileRoot(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	for path, text := range map[string]string{filepath.Join(root, "in.csv"): "1\n2\n", filepath.Join(outside, "in.csv"): "666\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	relative, err := filepath.Rel(root, outside)
	if err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{
		"file.csv": filepath.Join(outside, "in.csv"), "dir": outside, "relative": relative, "inner.csv": "in.csv",
	} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	srv := servertest.Start(t, "--file-root", root)
	c, err := pgx.Connect(t.Context(), srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	run(t, c, "create table t (k int primary key)")
	for _, path := range []string{
		filepath.Join(outside, "in.csv"), filepath.Join(relative, "in.csv"), "x/../" + filepath.Join(relative, "in.csv"), "file.csv", "dir/in.csv", "dir/*.csv",
		"relative/in.csv", filepath.Join(root, "file.csv"), filepath.Join(root, relative, "in.csv"), "/etc/passwd", "..", "",
	} {
		if got, err := readFile(t, c, path); strings.Contains(got, "666") || got != "" && err == nil {
			t.Errorf("source of %q: %s", path, got)
		} else if err == nil && !strings.Contains(path, "*") {
			t.Errorf("source of %q: silently nothing", path)
		}
	}
	for _, path := range []string{"in.csv", filepath.Join(root, "in.csv"), "./in.csv", "x/../in.csv", "inner.csv", "in*.csv"} {
		if got, err := readFile(t, c, path); err != nil || !strings.HasPrefix(got, "1\n") {
			t.Errorf("source of %q: %s, %v", path, got, err)
		}
	}
	for _, path := range []string{outside, relative, "dir", "dir/sub", "relative", "x/../" + relative, filepath.Join(root, "dir"), "..", "/"} {
		if err := writeFile(t, c, path); sqlState(err) == "" {
			t.Errorf("sink to %q: %v", path, err)
		}
	}
	for _, path := range []string{"out", filepath.Join(root, "out2"), "deep/out"} {
		if err := writeFile(t, c, path); err != nil {
			t.Errorf("sink to %q: %v", path, err)
		}
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
		t.Errorf("outside there are %v, %v", entries, err)
	}
	if matches, _ := filepath.Glob(filepath.Join(root, "out", "*.jsonl")); len(matches) == 0 {
		t.Error("the sink wrote nothing below the root either")
	}
}

// readFile is the rows of a source of a path, a line each.
func readFile(t *testing.T, c *pgx.Conn, path string) (string, error) {
	t.Helper()
	_, err := c.Exec(t.Context(), fmt.Sprintf("create source s (k int) with (connector = 'file', path = '%s', format = 'csv')", path))
	if err != nil {
		return "", err
	}
	defer run(t, c, "drop source s")
	results, err := c.PgConn().Exec(t.Context(), "select k from s order by 1").ReadAll()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, row := range results[0].Rows {
		fmt.Fprintf(&b, "%s\n", row[0])
	}
	return b.String(), nil
}

// writeFile lets a sink write what is in t to a path.
func writeFile(t *testing.T, c *pgx.Conn, path string) error {
	t.Helper()
	_, err := c.Exec(t.Context(), fmt.Sprintf("create sink s from t with (connector = 'file', path = '%s')", path))
	if err != nil {
		return err
	}
	defer run(t, c, "drop sink s")
	run(t, c, "insert into t values (1) on conflict do nothing")
	run(t, c, "delete from t")
	run(t, c, "insert into t values (1)")
	run(t, c, "checkpoint")
	return nil
}

// TestNoFileRoot: a server without --file-root touches no file.
func TestNoFileRoot(t *testing.T) {
	c := connect(t)
	for _, text := range []string{
		"create source nowhere (k int) with (connector = 'file', path = 'in.csv', format = 'csv')",
		"create table nowhere (k int) with (connector = 'file', path = '/etc/passwd', format = 'csv')",
		"create sink nowhere as select 1 as k with (connector = 'file', path = 'out')",
	} {
		if _, err := c.Exec(t.Context(), text); sqlState(err) != "55000" || !strings.Contains(err.Error(), "files are not enabled") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
