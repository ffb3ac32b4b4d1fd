// Package pgtest starts throw-away PostgreSQL 15 servers for tests.
//
// A server lives in its own directory below os.TempDir, listens on a free TCP
// port and on a Unix socket in that directory, has fsync off and wal_level
// logical, and uses the locale C.UTF-8 with the encoding UTF8. PostgreSQL
// refuses to run as root, so a root caller gets a server that runs as
// "postgres", or "nobody" where there is no such user.
//
// The result of initdb is kept as a template in os.TempDir, keyed by server
// version and user; later servers start from a copy of it.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// startTimeout bounds how long a server may take to accept connections.
const startTimeout = 30 * time.Second

// SuperUser is the role every server is created with; it needs no password.
const SuperUser = "postgres"

// Server is a running PostgreSQL.
type Server struct {
	dir     string // holds the data directory, the socket and the log
	bin     string
	port    int
	account *account // nil: runs as the caller
	exited  chan struct{}
	process *os.Process
}

// Option changes how a server is started.
type Option func(*options)

type options struct {
	conf []string
}

// Conf adds lines to postgresql.conf, such as "timezone = 'UTC'".
func Conf(lines ...string) Option {
	return func(o *options) { o.conf = append(o.conf, lines...) }
}

// Start starts a server that stops when the test ends. A failure ends the test.
func Start(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	s, err := Launch(opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Stop(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// Launch starts a server; the caller must Stop it.
func Launch(opts ...Option) (*Server, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	who, err := unprivileged()
	if err != nil {
		return nil, err
	}
	template, err := templateDir(bin, who)
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, account: who}
	if s.dir, err = os.MkdirTemp("", "pgtest-"); err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	if err := s.prepare(template, o.conf); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	if err := s.run(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	return s, nil
}

// DSN returns a connection string for a database over TCP.
func (s *Server) DSN(database string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", SuperUser, s.port, database)
}

// Port is the TCP port on 127.0.0.1.
func (s *Server) Port() int { return s.port }

// SocketDir is the directory of the Unix socket.
func (s *Server) SocketDir() string { return s.dir }

// Bin is the path of one of the server's programs, such as psql.
func (s *Server) Bin(program string) string { return filepath.Join(s.bin, program) }

// Kill ends the server without a shutdown checkpoint, as a crash would. Its
// data stays for Restart.
func (s *Server) Kill() error { return s.end(syscall.SIGQUIT) }

// Restart starts the server again on its data and its port. A running server
// is killed first.
func (s *Server) Restart() error {
	if err := s.Kill(); err != nil {
		return err
	}
	return s.run()
}

// Stop ends the server and removes its directory.
func (s *Server) Stop() error {
	return errors.Join(s.end(syscall.SIGINT), os.RemoveAll(s.dir))
}

func (s *Server) end(sig syscall.Signal) error {
	if s.process == nil {
		return nil
	}
	err := s.process.Signal(sig)
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("pgtest: stopping the server: %w", err)
	}
	<-s.exited
	s.process = nil
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) prepare(template string, conf []string) error {
	if err := copyTree(template, s.data(), s.account); err != nil {
		return fmt.Errorf("pgtest: copying the initdb template: %w", err)
	}
	if err := s.account.own(s.dir); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	port, err := freePort()
	if err != nil {
		return fmt.Errorf("pgtest: looking for a free port: %w", err)
	}
	s.port = port
	lines := append([]string{
		"listen_addresses = '127.0.0.1'",
		"port = " + strconv.Itoa(port),
		"unix_socket_directories = '" + s.dir + "'",
		"wal_level = logical",
		"max_replication_slots = 20",
		"max_wal_senders = 20",
		"fsync = off",
		"full_page_writes = off",
		"jit = off", // compiling costs tests more than it saves
		"shared_buffers = 32MB",
		"timezone = 'UTC'",
		"log_timezone = 'UTC'",
	}, conf...)
	f, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	_, err = f.WriteString("\n" + strings.Join(lines, "\n") + "\n")
	return errors.Join(err, f.Close())
}

func (s *Server) run() error {
	logPath := filepath.Join(s.dir, "log")
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(s.Bin("postgres"), "-D", s.data())
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Dir = s.dir
	cmd.SysProcAttr = s.account.sysProcAttr()
	s.exited = make(chan struct{})
	if err := startTied(cmd, s.exited); err != nil {
		return fmt.Errorf("pgtest: starting %s: %w", cmd.Path, err)
	}
	s.process = cmd.Process
	if err := s.awaitReady(); err != nil {
		text, readErr := os.ReadFile(logPath)
		err = fmt.Errorf("pgtest: PostgreSQL did not start: %w\nserver log:\n%s", err, text)
		return errors.Join(err, readErr, s.end(syscall.SIGQUIT))
	}
	return nil
}

// awaitReady returns when the server answers a connection, or has exited.
func (s *Server) awaitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgconn.Connect(ctx, s.DSN("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.exited:
			return errors.New("the server process exited")
		case <-ctx.Done():
			return fmt.Errorf("no connection within %s: %w", startTimeout, err)
		case <-tick.C:
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.Join(fmt.Errorf("unexpected address %v", l.Addr()), l.Close())
	}
	return addr.Port, l.Close()
}
