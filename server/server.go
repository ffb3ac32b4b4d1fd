package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"streamdb/connector"
	"streamdb/server/engine"
	"streamdb/server/session"
	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

// Config is the settings of a server.
type Config struct {
	DataDir            string
	Listen             string // host:port
	Insecure           bool   // allow listening on other than loopback addresses
	MemoryLimit        int64  // bytes; 0: none
	MaxViewLag         int64  // bytes; 0: 4 GiB
	FileRoot           string // files of sources and sinks lie below it; "": none may be used
	Connectors         connector.Table
	Workers            int           // per view; 0: 1
	EpochInterval      time.Duration // 0: 10 ms
	CheckpointInterval time.Duration // 0: 1 s; negative: on demand only
	NoFsync            bool
	RecoverTo          uint64
	Log                *slog.Logger
}

// check refuses what would be unsafe.
func (c *Config) check() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return pgerr.New(pgerr.ConfigFileError, "invalid listen address \"%s\": %v", c.Listen, err)
	}
	ip := net.ParseIP(host)
	loopback := host == "localhost" || ip != nil && ip.IsLoopback()
	if !loopback && !c.Insecure {
		return pgerr.New(pgerr.ConfigFileError, "refusing to listen on \"%s\": there are no passwords yet", c.Listen).
			WithHint("Listen on 127.0.0.1, or say --insecure.")
	}
	return nil
}

// Server is one running server.
type Server struct {
	cfg    Config
	engine *engine.Engine
	wire   *wire.Server
	lis    net.Listener
	done   chan error
}

// Start opens the data directory, recovers, and accepts connections.
func Start(cfg Config) (*Server, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	lis, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, err
	}
	options, err := cfg.options(lis.Addr())
	if err != nil {
		lis.Close()
		return nil, err
	}
	e, err := engine.Open(engine.Config{
		Dir: cfg.DataDir, System: session.SystemRelations(), Connectors: cfg.Connectors,
		EpochInterval: cfg.EpochInterval, CheckpointInterval: cfg.CheckpointInterval,
		FileRoot: cfg.FileRoot, Workers: cfg.Workers, MemoryLimit: cfg.MemoryLimit, MaxViewLag: cfg.MaxViewLag, Log: cfg.Log,
		Open: state.OpenOptions{
			NoFsync: cfg.NoFsync, RecoverTo: types.Epoch(cfg.RecoverTo),
			Logf: func(format string, args ...any) { cfg.Log.Warn("store: " + fmt.Sprintf(format, args...)) },
		},
	})
	if err != nil {
		lis.Close()
		return nil, err
	}
	sessions := &session.Server{Engine: e, Options: options}
	s := &Server{cfg: cfg, engine: e, lis: lis, done: make(chan error, 1)}
	s.wire = wire.NewServer(sessions, wire.Config{Log: cfg.Log})
	sessions.Cancel, sessions.Terminate = s.wire.CancelBackend, s.wire.TerminateBackend
	go func() { s.done <- s.wire.Serve(lis) }()
	return s, nil
}

// Addr is the address the server listens on.
func (s *Server) Addr() *net.TCPAddr { return s.lis.Addr().(*net.TCPAddr) }

// Engine is the database beneath, for tests.
func (s *Server) Engine() *engine.Engine { return s.engine }

// Shutdown ends the connections, checkpoints and closes the data directory. ctx bounds it.
func (s *Server) Shutdown(ctx context.Context) error {
	drain, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	err := s.wire.Shutdown(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil // the connections were cut: what they did is recovered or rolled back
	}
	if serr := <-s.done; err == nil && !errors.Is(serr, wire.ErrServerClosed) {
		err = serr
	}
	return errors.Join(err, s.engine.Close(ctx))
}
