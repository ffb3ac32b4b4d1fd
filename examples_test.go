package streamdb_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"streamdb/server/servertest"
	"streamdb/sqllogictest"
)

// TestExamples runs examples/NAME.sql and compares what it prints with NAME.out. The parts
// NAME-1.sql, NAME-2.sql, … run against one server that is killed in between.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("examples/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(f, ".sql")
		if part := strings.LastIndexByte(name, '-'); part > 0 && name[part:] != "-1" {
			continue // runs after its first part
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			server := servertest.Start(t)
			runExample(t, server, name)
			base, parts := strings.CutSuffix(name, "-1")
			for n := 2; parts; n++ {
				next := fmt.Sprintf("%s-%d", base, n)
				if _, err := os.Stat(next + ".sql"); err != nil {
					break
				}
				server.Kill()
				if err := server.Resume(); err != nil {
					t.Fatal(err)
				}
				runExample(t, server, next)
			}
		})
	}
}

func runExample(t *testing.T, server *servertest.Server, name string) {
	t.Helper()
	script, err := os.ReadFile(name + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := sqllogictest.Connect(t.Context(), server.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the server ends with the test
	got, failed := runScript(t.Context(), conn, string(script))
	if failed {
		t.Fatalf("%s.sql:\n%s", name, got)
	}
	if got == "" {
		return
	}
	if *rewrite {
		if err := os.WriteFile(name+".out", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name + ".out")
	if err != nil {
		t.Fatal(err)
	}
	if !matchesOutput(got, string(want)) {
		t.Errorf("%s.sql: got\n%s\nwant\n%s", name, got, want)
	}
}

// TestDemo runs the demo for a second: it ends with 0 and leaves nothing behind.
func TestDemo(t *testing.T) {
	bin, err := servertest.Binary()
	if err != nil {
		t.Fatal(err)
	}
	tmp := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "examples/demo.sh")
	cmd.Env = append(os.Environ(), "DEMO_SECONDS=1", "STREAMDB="+bin, "TMPDIR="+tmp)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, part := range []string{"psql -h 127.0.0.1 -p ", "seller", "channel", "window_start", "big_bids", "The demo is over."} {
		if !strings.Contains(string(out), part) {
			t.Errorf("no %q in\n%s", part, out)
		}
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
