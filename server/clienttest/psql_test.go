package clienttest

import (
	"cmp"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestPsql runs the scripts of testdata/psql/*.txt through psql 15; the answers are those
// of PostgreSQL 15 over the same schema, but for *_own.txt. As in [TestProtocol],
// CLIENTTEST_ADDR names another server.
//
//	psql [args…]   the arguments that follow the connection; the script is psql's input
func TestPsql(t *testing.T) {
	psql := findPsql(t)
	addr := cmp.Or(os.Getenv("CLIENTTEST_ADDR"), address())
	files, err := filepath.Glob("testdata/psql/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			if strings.HasSuffix(file, "_own.txt") && addr != address() {
				t.Skip("about streamdb only")
			}
			datadriven.RunTest(t, file, func(t *testing.T, d *datadriven.TestData) string {
				return runPsql(t, psql, addr, d)
			})
		})
	}
}

// findPsql is the path of psql 15.
func findPsql(t *testing.T) string {
	t.Helper()
	for _, p := range []string{"/usr/lib/postgresql/15/bin/psql", "psql"} {
		path, err := exec.LookPath(p)
		if err != nil {
			continue
		}
		if out, err := exec.Command(path, "--version").Output(); err == nil && strings.Contains(string(out), " 15.") {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("psql 15 is not installed")
	}
	t.Skip("psql 15 is not installed")
	return ""
}

func runPsql(t *testing.T, psql, addr string, d *datadriven.TestData) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(psql, "-X", "-h", host, "-p", port, "-U", "root", "-d", "dev")
	for _, a := range d.CmdArgs {
		cmd.Args = append(cmd.Args, a.String())
	}
	cmd.Env = []string{"LC_ALL=C.UTF-8", "HOME=" + t.TempDir(), "PGAPPNAME=clienttest"}
	cmd.Dir = t.TempDir()
	cmd.Stdin = strings.NewReader(d.Input + "\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out) + "(" + err.Error() + ")\n"
	}
	return string(out)
}
