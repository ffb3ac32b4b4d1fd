package clienttest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"streamdb/server/servertest"
)

// TestListen: without passwords only loopback addresses are listened on, unless the command
// line says that it is meant so.
func TestListen(t *testing.T) {
	for _, addr := range []string{
		"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:0", "[2001:db8::1]:0", "db.example.com:0", "localhost.example.com:0", "0:0", "127.1:0",
	} {
		out := refused(t, "--listen", addr)
		if !strings.Contains(out, "refusing to listen on \""+addr+"\"") || !strings.Contains(out, "--insecure") {
			t.Errorf("%s: %s", addr, out)
		}
	}
	for _, addr := range []string{"127.0.0.1", "localhost:x", "127.0.0.1:99999"} {
		refused(t, "--listen", addr)
	}
	for _, c := range []struct{ addr, ready string }{
		{"127.0.0.1:0", "psql -h 127.0.0.1 -p "},
		{"127.0.0.2:0", "psql -h 127.0.0.2 -p "},
		{"localhost:0", "psql -h "},
		{"[::1]:0", "psql -h ::1 -p "},
	} {
		if got := accepted(t, "--listen", c.addr); !strings.Contains(got, c.ready) && !strings.Contains(got, "cannot assign requested address") {
			t.Errorf("%s: %s", c.addr, got)
		}
	}
	for _, addr := range []string{"0.0.0.0:0", ":0"} {
		if got := accepted(t, "--listen", addr, "--insecure"); !strings.Contains(got, "psql -h 127.0.0.1 -p ") {
			t.Errorf("%s, insecure: %s", addr, got)
		}
	}
}

// refused runs a server that must not start and returns what it says.
func refused(t *testing.T, args ...string) string {
	t.Helper()
	cmd, errs := command(t, args...)
	out, err := cmd.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() != 1 || len(out) > 0 {
		t.Errorf("%v: %v, %s", args, err, out)
	}
	return errs.String()
}

// accepted runs a server until it is ready, and returns the line that says so, or what it
// says instead.
func accepted(t *testing.T, args ...string) string {
	t.Helper()
	cmd, errs := command(t, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		err = cmd.Process.Signal(syscall.SIGTERM)
	}
	if werr := cmd.Wait(); err == nil && werr != nil {
		t.Errorf("%v: %v", args, werr)
	}
	if err != nil {
		return errs.String()
	}
	return line
}

// command is a server over a directory of its own, and what it will write to stderr. It
// does not outlive the test.
func command(t *testing.T, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	bin, err := servertest.Binary()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, bin, append([]string{"start", "--data-dir", filepath.Join(t.TempDir(), "data")}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	errs := &bytes.Buffer{}
	cmd.Stderr = errs
	return cmd, errs
}

// configFile writes a file for --config.
func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "streamdb.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestConfigFile: what --config says holds unless the command line says otherwise, and SHOW
// and pg_settings tell it.
func TestConfigFile(t *testing.T) {
	path := configFile(t, `
# a comment
memory-limit = 2GiB
max_view_lag = "3MiB"
  workers=2
epoch-interval = 250us
checkpoint-interval = 90s
checkpoint-interval = -1s
insecure = no
fsync = off
file-root = '/srv/files'
`)
	srv := servertest.Start(t, "--config", path, "--epoch-interval", "20ms")
	c, err := pgx.Connect(t.Context(), srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	for _, w := range []struct{ name, shown, setting, source string }{
		{"memory_limit", "2GB", "2147483648", "command line"},
		{"max_view_lag", "3MB", "3145728", "command line"},
		{"workers", "2", "2", "command line"},
		{"epoch_interval", "20ms", "20", "command line"},
		{"checkpoint_interval", "-1", "-1", "command line"},
		{"fsync", "off", "off", "command line"},
		{"file_root", "/srv/files", "/srv/files", "command line"},
		{"data_directory", filepath.Join(srv.Dir(), "data"), filepath.Join(srv.Dir(), "data"), "command line"},
		{"listen_addresses", "127.0.0.1", "127.0.0.1", "default"},
	} {
		var setting, source, context string
		if got := one(t, c, "show "+w.name); got != w.shown {
			t.Errorf("%s is %v, want %s", w.name, got, w.shown)
		}
		err := c.QueryRow(t.Context(), "select setting, source, context from pg_settings where name = $1", w.name).Scan(&setting, &source, &context)
		if err != nil || setting != w.setting || source != w.source || context != "postmaster" {
			t.Errorf("%s in pg_settings: %s, %s, %s, %v", w.name, setting, source, context, err)
		}
		if _, err := c.Exec(t.Context(), "set "+w.name+" = '1'"); sqlState(err) != "55P02" {
			t.Errorf("set %s: %v", w.name, err)
		}
	}
}

// TestOptionsRefused: a mistake in an option or in the file keeps the server from starting,
// and is named.
func TestOptionsRefused(t *testing.T) {
	for _, c := range []struct{ config, want string }{
		{"worker = 2", `line 1: unknown setting "worker"`},
		{"\n# x\nstatement_timeout = 5", `line 3: unknown setting "statement-timeout"`},
		{"workers 2", `line 1: unknown setting`},
		{"config = other.conf", `line 1: unknown setting "config"`},
		{"workers = two", `line 1: invalid argument "two"`},
		{"workers = -1", `-1 is outside the valid range for parameter "workers"`},
		{"memory-limit = 2 gallons", `invalid size "2 gallons"`},
		{"listen = 0.0.0.0:0", `refusing to listen on "0.0.0.0:0"`},
	} {
		args := []string{"--config", configFile(t, c.config)}
		if !strings.HasPrefix(c.config, "listen") {
			args = append(args, "--listen", "127.0.0.1:0")
		}
		if out := refused(t, args...); !strings.Contains(out, c.want) {
			t.Errorf("%s: %s", c.config, out)
		}
	}
	if out := refused(t, "--config", filepath.Join(t.TempDir(), "absent")); !strings.Contains(out, "no such file") {
		t.Error(out)
	}
	if out := refused(t, "--listen", "127.0.0.1:0", "--data-dir", configFile(t, "")); !strings.Contains(out, "not a directory") {
		t.Error(out)
	}
	if out := refused(t, "--worker", "2"); !strings.Contains(out, "unknown flag") {
		t.Error(out)
	}
}
