package wire

import (
	"net"
	"time"

	"streamdb/types/pgerr"
)

const (
	flushAt    = 32 << 10  // buffered bytes that are worth a system call
	keepOutput = 128 << 10 // largest buffer kept when it is empty
)

// sender collects what a connection sends. After a failure it swallows everything; err
// tells.
type sender struct {
	nc      net.Conn
	timeout time.Duration // longest that one write may block, 0 for ever
	buf     []byte
	err     error  // the first failure
	gone    bool   // it was a write: nothing reaches the client any more
	lost    func() // called at the first failed write
}

// flush sends the buffer.
func (s *sender) flush() error {
	if s.err == nil && len(s.buf) > 0 {
		s.write(s.timeout)
	}
	s.buf = s.buf[:0]
	if cap(s.buf) > keepOutput {
		s.buf = nil
	}
	return s.err
}

func (s *sender) write(timeout time.Duration) {
	if timeout > 0 {
		s.nc.SetWriteDeadline(time.Now().Add(timeout))
	}
	if _, err := s.nc.Write(s.buf); err != nil {
		s.err, s.gone = err, true
		if s.lost != nil {
			s.lost()
		}
	}
}

// lastWords sends the buffer to a client that may not be reading: it waits only a moment.
func (s *sender) lastWords() {
	if !s.gone && len(s.buf) > 0 {
		s.write(time.Second)
	}
	s.buf = nil
}

// message appends an encoded pgproto3 message. One that is too long for the protocol ends
// the connection: without it the client would take what follows for something else.
func (s *sender) message(m interface{ Encode([]byte) ([]byte, error) }) {
	b, err := m.Encode(s.buf)
	if err != nil {
		if s.err == nil {
			s.err = Fatal(pgerr.New(pgerr.ProgramLimitExceeded, "a message to the client cannot be encoded: %s", err))
		}
		return
	}
	s.buf = b
}
