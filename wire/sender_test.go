package wire

import (
	"errors"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgproto3/v2"

	"streamdb/types/pgerr"
	"streamdb/wire/wiretest"
)

// endless is a message that is too long to encode.
type endless struct{}

func (endless) Encode([]byte) ([]byte, error) { return nil, errors.New("message body too large") }

// TestMessageTooLong: a message that cannot be sent ends the connection, and the client is
// told why.
func TestMessageTooLong(t *testing.T) {
	near, far := net.Pipe()
	s := sender{nc: near, lost: func() { t.Error("the connection is not lost") }}
	s.message(endless{})
	s.message(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	err := s.flush()
	var e *pgerr.Error
	if !isFatal(err) || !errors.As(err, &e) || e.Code != pgerr.ProgramLimitExceeded {
		t.Fatal(err)
	}
	s.buf = appendError(s.buf, "FATAL", err)
	go func() {
		s.lastWords()
		near.Close()
	}()
	typ, body, err := wiretest.ReadMessage(far)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, wiretest.DescribeMessage(typ, body), "FATAL 54000 a message to the client cannot be encoded: message body too large")
	if _, _, err := wiretest.ReadMessage(far); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
}
