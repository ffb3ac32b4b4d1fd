package wire

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"sync"
)

// statement is the context of the call that a connection is in, for others to cancel.
type statement struct {
	parent context.Context

	mu      sync.Mutex
	running bool
	ctx     context.Context // used again until it has been cancelled
	cancel  context.CancelCauseFunc
}

// begin returns the context for a call on the session; end must follow.
func (s *statement) begin() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil || s.ctx.Err() != nil {
		s.ctx, s.cancel = context.WithCancelCause(s.parent)
	}
	s.running = true
	return s.ctx
}

func (s *statement) end() {
	s.mu.Lock()
	s.running = false
	s.mu.Unlock()
}

// interrupt cancels the running call, if there is one: a cancel that comes too late must
// not hit the next statement.
func (s *statement) interrupt(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running {
		s.cancel(cause)
	}
}

// registry finds connections by process ID, for cancel requests.
type registry struct {
	mu    sync.Mutex
	last  int32
	conns map[int32]*conn
}

// add gives c a process ID that no other connection has, and a secret.
func (r *registry) add(c *conn) {
	var secret [4]byte
	rand.Read(secret[:]) // never fails
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conns == nil {
		r.conns = make(map[int32]*conn)
	}
	for {
		r.last = max(1, (r.last+1)&0x7fffffff)
		if r.conns[r.last] == nil {
			break
		}
	}
	c.pid, c.secret = r.last, binary.BigEndian.Uint32(secret[:])
	r.conns[c.pid] = c
}

func (r *registry) remove(c *conn) {
	r.mu.Lock()
	delete(r.conns, c.pid)
	r.mu.Unlock()
}

func (r *registry) find(pid int32) *conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.conns[pid]
}

// cancel serves a cancel request. A wrong secret is ignored, and nobody is told.
func (r *registry) cancel(pid int32, secret uint32) {
	c := r.find(pid)
	if c != nil && subtle.ConstantTimeEq(int32(c.secret), int32(secret)) == 1 {
		c.stmt.interrupt(errCanceled())
	}
}

// CancelBackend cancels the statement that connection pid is running, as
// pg_cancel_backend does. It reports whether there is such a connection.
func (s *Server) CancelBackend(pid int32) bool {
	c := s.cancels.find(pid)
	if c != nil {
		c.stmt.interrupt(errCanceled())
	}
	return c != nil
}

// TerminateBackend ends connection pid with 57P01, as pg_terminate_backend does. It
// reports whether there is such a connection.
func (s *Server) TerminateBackend(pid int32) bool {
	c := s.cancels.find(pid)
	if c != nil {
		c.retire()
		c.stmt.interrupt(errShutdown())
	}
	return c != nil
}
