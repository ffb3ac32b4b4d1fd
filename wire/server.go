package wire

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"streamdb/types/pgerr"
)

// ErrServerClosed is what Serve returns after Shutdown.
var ErrServerClosed = errors.New("wire: server closed")

// Config bounds what clients can take. Zero fields get the defaults.
type Config struct {
	MaxConnections int           // clients past startup; default 100
	MaxMessage     int           // bytes of one frontend message; default 64 MiB
	AuthTimeout    time.Duration // from connecting to being let in; default 60 s
	WriteTimeout   time.Duration // a client may stop reading for so long; default 10 min
	KeepAlive      net.KeepAliveConfig
	Log            *slog.Logger // default: nowhere
}

func (c Config) withDefaults() Config {
	setDefault(&c.MaxConnections, 100)
	setDefault(&c.MaxMessage, 64<<20)
	setDefault(&c.AuthTimeout, time.Minute)
	setDefault(&c.WriteTimeout, 10*time.Minute)
	if !c.KeepAlive.Enable {
		c.KeepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func setDefault[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

// Server accepts clients and serves each on its own.
type Server struct {
	handler Handler
	cfg     Config
	cancels registry

	mu        sync.Mutex
	closing   bool
	listeners map[net.Listener]bool
	conns     map[*conn]bool // value: admitted, that is counted in clients
	clients   int
	wg        sync.WaitGroup // one per connection
}

// NewServer returns a server that opens its sessions with h.
func NewServer(h Handler, cfg Config) *Server {
	return &Server{
		handler: h, cfg: cfg.withDefaults(),
		listeners: make(map[net.Listener]bool), conns: make(map[*conn]bool),
	}
}

// Serve accepts connections on l until Shutdown, and then returns [ErrServerClosed]. It
// closes l. Several listeners may be served at once.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	if !s.listen(l) {
		return ErrServerClosed
	}
	defer s.unlisten(l)
	var pause time.Duration
	for {
		nc, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			s.start(nc)
		case s.isClosing():
			return ErrServerClosed
		case errors.Is(err, net.ErrClosed):
			return err
		default: // out of file descriptors, most likely: others will close theirs
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.cfg.Log.Warn("accept failed", "error", err, "pause", pause)
			time.Sleep(pause)
		}
	}
}

func (s *Server) listen(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.listeners[l] = true
	return true
}

func (s *Server) unlisten(l net.Listener) {
	s.mu.Lock()
	delete(s.listeners, l)
	s.mu.Unlock()
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// start serves nc in its own goroutine, unless too many sockets are already in startup.
func (s *Server) start(nc net.Conn) {
	if tcp, ok := nc.(*net.TCPConn); ok {
		tcp.SetKeepAliveConfig(s.cfg.KeepAlive)
	}
	c := newConn(s, nc)
	s.mu.Lock()
	defer s.mu.Unlock()
	strangers := len(s.conns) - s.clients
	if s.closing || strangers >= 2*s.cfg.MaxConnections+16 {
		nc.Close()
		return
	}
	s.conns[c] = false
	s.wg.Go(c.serve)
}

// admit counts c as a client, or refuses it.
func (s *Server) admit(c *conn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return fatalf(pgerr.CannotConnectNow, "the database system is shutting down")
	}
	if s.clients >= s.cfg.MaxConnections {
		return fatalf(pgerr.TooManyConnections, "sorry, too many clients already")
	}
	s.clients++
	s.conns[c] = true
	return nil
}

// forget takes c off the books.
func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns[c] {
		s.clients--
	}
	delete(s.conns, c)
}

// shutdownGrace is how long cancelled statements may take to end.
const shutdownGrace = time.Second

// Shutdown stops accepting and ends every connection with FATAL 57P01: idle ones at once,
// busy ones after their current statement or, when ctx is done, by cancelling it. It
// returns when all are gone; ctx's error means that statements had to be cancelled.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	for l := range s.listeners {
		l.Close()
	}
	s.mu.Unlock()
	s.each((*conn).retire)

	gone := make(chan struct{})
	go func() { s.wg.Wait(); close(gone) }()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
	}
	s.each(func(c *conn) { c.stmt.interrupt(errShutdown()) })
	select {
	case <-gone:
		return ctx.Err()
	case <-time.After(shutdownGrace):
	}
	s.each(func(c *conn) { c.nc.Close() }) // clients that do not read
	select {
	case <-gone:
	case <-time.After(shutdownGrace): // a session that ignores its context
		s.cfg.Log.Error("connections outlive the shutdown")
	}
	return ctx.Err()
}

// each applies do to every connection.
func (s *Server) each(do func(*conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		do(c)
	}
}
