// Package servertest runs the real streamdb binary for tests: started on a free port over
// a directory of its own, killed without warning and started again.
package servertest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is one streamdb process, or what is left of it.
type Server struct {
	dir  string
	port int
	args []string

	mu  sync.Mutex
	cmd *exec.Cmd
	log bytes.Buffer
}

var build = sync.OnceValues(func() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	bin := filepath.Join(os.TempDir(), fmt.Sprintf("streamdb-test-%d", os.Getpid()))
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/streamdb")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building streamdb: %w\n%s", err, out)
	}
	return bin, nil
})

// Binary is the path of the streamdb binary, built once per test process. Set
// STREAMDB_BINARY to use one that is there.
func Binary() (string, error) {
	if bin := os.Getenv("STREAMDB_BINARY"); bin != "" {
		return bin, nil
	}
	return build()
}

// RemoveBinary deletes what Binary built; for TestMain.
func RemoveBinary() {
	os.Remove(filepath.Join(os.TempDir(), fmt.Sprintf("streamdb-test-%d", os.Getpid())))
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = up
	}
}

// Start starts a server over a new directory; the test ends it.
func Start(tb testing.TB, args ...string) *Server {
	tb.Helper()
	s, err := Launch(tb.TempDir(), args...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		s.Kill()
		if tb.Failed() {
			tb.Logf("server log:\n%s", s.Log())
		}
	})
	return s
}

// Launch starts a server over dir.
func Launch(dir string, args ...string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, port: port, args: args}
	return s, s.start()
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func (s *Server) start() error {
	bin, err := Binary()
	if err != nil {
		return err
	}
	args := append([]string{
		"start", "--data-dir", filepath.Join(s.dir, "data"), "--listen", fmt.Sprintf("127.0.0.1:%d", s.port),
	}, s.args...)
	cmd := exec.Command(bin, args...)
	// The server must not outlive a test process that dies.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = &lockedWriter{s}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ready := make(chan error, 1)
	go func() {
		line, err := bufio.NewReader(out).ReadString('\n')
		if err == nil && !strings.Contains(line, "ready") {
			err = errors.New(line)
		}
		ready <- err
		_, _ = io.Copy(io.Discard, out) // ends when the server does
	}()
	select {
	case err = <-ready:
	case <-time.After(time.Minute):
		err = errors.New("not ready within a minute")
	}
	if err != nil {
		end(cmd)
		return fmt.Errorf("server did not start: %w\n%s", err, s.Log())
	}
	s.mu.Lock()
	s.cmd = cmd
	s.mu.Unlock()
	return nil
}

// end kills a process that may have ended already; being killed is an error to Wait.
func end(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// lockedWriter keeps what the server logs.
type lockedWriter struct{ s *Server }

// Write keeps p.
func (w *lockedWriter) Write(p []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.s.log.Write(p)
}

// Log is what the server has logged so far.
func (s *Server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// Dir is the directory whose subdirectory data is the server's.
func (s *Server) Dir() string { return s.dir }

// Port is the port the server listens on, the same after a restart.
func (s *Server) Port() int { return s.port }

// PID is the server's process id, 0 while it does not run.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return 0
	}
	return s.cmd.Process.Pid
}

// DSN is the connection string.
func (s *Server) DSN() string {
	return fmt.Sprintf("postgres://root@127.0.0.1:%d/dev?sslmode=disable", s.port)
}

// Kill ends the server with SIGKILL.
func (s *Server) Kill() {
	s.mu.Lock()
	cmd := s.cmd
	s.cmd = nil
	s.mu.Unlock()
	if cmd != nil {
		end(cmd)
	}
}

// Stop ends the server with SIGTERM and returns its error.
func (s *Server) Stop() error {
	s.mu.Lock()
	cmd := s.cmd
	s.cmd = nil
	s.mu.Unlock()
	if cmd == nil {
		return nil
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return cmd.Wait()
}

// Restart kills the server and starts it again.
func (s *Server) Restart(context.Context) error {
	s.Kill()
	return s.start()
}

// Resume starts the server again after Kill or Stop.
func (s *Server) Resume() error { return s.start() }
