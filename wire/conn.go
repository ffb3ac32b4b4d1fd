package wire

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgproto3/v2"

	"streamdb/types/pgerr"
)

// conn is one client connection.
type conn struct {
	srv  *Server
	nc   net.Conn
	r    *bufio.Reader
	in   *frameReader // after startup
	out  sender
	res  results
	sess Session

	pid    int32
	secret uint32

	ctx    context.Context // the connection's life
	cancel context.CancelCauseFunc
	stmt   statement

	inSession  atomic.Bool // startup is over
	retireOnce sync.Once
	retired    chan struct{} // closed: end with 57P01 before the next message

	skip   bool // an extended-query message failed: discard until Sync
	desync bool // the client broke a COPY: end after the error is reported
	linger bool // unread input may be in flight: see close
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{srv: s, nc: nc, r: bufio.NewReaderSize(nc, 8<<10), retired: make(chan struct{})}
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	c.stmt.parent = c.ctx
	c.out = sender{nc: nc, timeout: s.cfg.WriteTimeout, lost: c.lost}
	c.res.c = c
	return c
}

// lost notes that the client went away, and ends what it was waiting for.
func (c *conn) lost() { c.cancel(errLost()) }

// retire ends the connection as soon as it is between two messages.
func (c *conn) retire() {
	c.retireOnce.Do(func() { close(c.retired) })
	if !c.inSession.Load() {
		c.nc.SetReadDeadline(time.Unix(1, 0)) // it may sit in startup
	}
}

// serve runs the connection to its end.
func (c *conn) serve() {
	defer c.close()
	err := c.run()
	if err == nil || errors.Is(err, errQuit) || errors.Is(err, errReported) || errors.Is(err, io.EOF) || c.out.gone {
		return
	}
	c.out.buf = appendError(c.out.buf, "FATAL", err)
	c.out.lastWords()
}

// run is serve with panics made errors.
func (c *conn) run() (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.srv.cfg.Log.Error("panic in a connection", "pid", c.pid, "panic", p, "stack", string(debug.Stack()))
			err = Fatal(pgerr.Internal("%v", p))
		}
	}()
	if err := c.startup(); err != nil {
		return err
	}
	return c.loop()
}

// startup brings the connection to its first ReadyForQuery.
func (c *conn) startup() error {
	c.nc.SetReadDeadline(time.Now().Add(c.srv.cfg.AuthTimeout))
	s := startupReader{r: c.r, refuse: c.refuseEncryption, cancel: c.srv.cancels.cancel}
	h, err := s.read()
	if h != nil && h.negotiate {
		c.out.buf = appendNegotiate(c.out.buf, h.unknown)
	}
	if err != nil {
		return err
	}
	if err := c.srv.admit(c); err != nil {
		return err
	}
	if err := c.authenticate(h); err != nil {
		return err
	}
	set, err := parseOptions(h.options)
	if err != nil {
		return err
	}
	h.Settings = append(set, h.Settings...) // the packet's own settings win
	c.inSession.Store(true)
	c.nc.SetReadDeadline(time.Time{})
	c.srv.cancels.add(c)
	c.in = newFrameReader(c.r, c.srv.cfg.MaxMessage)
	c.in.start(c.lost)

	h.PID, h.Remote = c.pid, c.nc.RemoteAddr()
	c.sess, err = c.srv.handler.NewSession(c.ctx, h.Startup)
	if err != nil {
		return cause(c.ctx, err)
	}
	c.parameters([]Setting{{"integer_datetimes", "on"}, {"server_encoding", "UTF8"}})
	c.parameters(c.sess.TakeParameterChanges())
	c.out.message(&pgproto3.BackendKeyData{ProcessID: uint32(c.pid), SecretKey: c.secret})
	return c.ready()
}

func (c *conn) refuseEncryption() error {
	_, err := c.nc.Write([]byte{'N'})
	return err
}

func (c *conn) parameters(set []Setting) {
	for _, s := range set {
		c.out.message(&pgproto3.ParameterStatus{Name: cText(s.Name), Value: cText(s.Value)})
	}
}

// ready tells the client that the next command may come.
func (c *conn) ready() error {
	c.parameters(c.sess.TakeParameterChanges())
	c.out.message(&pgproto3.ReadyForQuery{TxStatus: c.sess.Status()})
	return c.out.flush()
}

// loop serves messages until the connection ends; it never returns nil.
func (c *conn) loop() error {
	idle := true // the last thing sent was ReadyForQuery
	for {
		f, err := c.next(idle)
		if err != nil {
			return err
		}
		err = c.dispatch(f)
		c.in.release(f)
		if err != nil {
			return err
		}
		if c.out.err != nil {
			return c.out.err
		}
		switch f.typ {
		case 'Q', 'S', 'F':
			idle = !c.skip
		case 'P', 'B', 'D', 'E', 'C', 'H':
			idle = false
		}
	}
}

// next waits for the next message.
func (c *conn) next(idle bool) (frame, error) {
	select {
	case <-c.retired:
		return frame{}, errShutdown()
	case f, ok := <-c.in.frames:
		return c.received(f, ok)
	default:
	}
	var expired <-chan time.Time
	if d := c.sess.IdleTimeout(idle); d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		expired = t.C
	}
	select {
	case <-c.retired:
		return frame{}, errShutdown()
	case f, ok := <-c.in.frames:
		return c.received(f, ok)
	case <-expired:
		return frame{}, c.idleTooLong(idle)
	}
}

// received looks at what came from the reader: a message, its last error, or nothing more.
func (c *conn) received(f frame, ok bool) (frame, error) {
	if !ok {
		return f, errQuit
	}
	c.linger = c.linger || isFatal(f.err)
	return f, f.err
}

func (c *conn) idleTooLong(ready bool) error {
	if ready && c.sess.Status() == 'I' {
		return fatalf("57P05", "terminating connection due to idle-session timeout")
	}
	return fatalf("25P03", "terminating connection due to idle-in-transaction timeout")
}

// dispatch serves one message. An error ends the connection; errors of statements are
// reported here and below.
func (c *conn) dispatch(f frame) error {
	if c.skip && f.typ != 'S' && f.typ != 'X' {
		return nil
	}
	switch f.typ {
	case 'Q':
		return c.simpleQuery(f.body)
	case 'P', 'B', 'D', 'E', 'C':
		return c.extended(f)
	case 'H':
		return c.flush(f.body)
	case 'S':
		return c.sync(f.body)
	case 'F':
		return c.functionCall()
	case 'X':
		return errQuit
	}
	return nil // 'd', 'c', 'f': the rest of a COPY that has failed
}

// call runs one call on the session under its own context.
func (c *conn) call(do func(ctx context.Context) error) error {
	ctx := c.stmt.begin()
	defer c.stmt.end()
	if err := do(ctx); err != nil {
		return cause(ctx, err)
	}
	return nil
}

// report tells the client of an error at once: it may be waiting without having asked for
// a flush. It returns an error if the connection must end.
func (c *conn) report(err error) error {
	if isFatal(err) {
		return err
	}
	c.out.buf = appendError(c.out.buf, "ERROR", err)
	c.sess.Failed()
	if c.desync {
		c.linger = true
		return fatalf(pgerr.ProtocolViolation, "terminating connection because protocol synchronization was lost")
	}
	return c.out.flush()
}

// close gives back everything the connection holds.
func (c *conn) close() {
	c.cancel(errLost())
	if c.sess != nil {
		c.closeSession()
	}
	if c.in != nil {
		c.srv.cancels.remove(c)
		c.nc.SetReadDeadline(time.Unix(1, 0))
		c.in.stop()
	}
	if c.linger && !c.out.gone {
		c.drain()
	}
	c.nc.Close()
	c.srv.forget(c)
}

func (c *conn) closeSession() {
	defer func() {
		if p := recover(); p != nil {
			c.srv.cfg.Log.Error("panic while a session closed", "pid", c.pid, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	c.sess.Close()
}

// drain reads a little of what a client is still sending: closing a socket with unread
// input resets it, and the client would never see why it was thrown out.
func (c *conn) drain() {
	tcp, ok := c.nc.(*net.TCPConn)
	if !ok {
		return
	}
	tcp.CloseWrite()
	tcp.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	_, _ = io.CopyN(io.Discard, tcp, 4<<20)
}
