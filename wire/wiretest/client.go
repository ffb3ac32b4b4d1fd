// Package wiretest speaks the protocol byte by byte, for tests: any message can be sent, and
// what comes back is printed a line a message.
package wiretest

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// Client is a raw protocol client: it sends any bytes and prints what comes back.
type Client struct {
	Conn net.Conn
	Key  []byte // BackendKeyData, once it has come
	r    *bufio.Reader
}

// Dial connects a client that has sent nothing yet.
func Dial(t testing.TB, addr string) *Client {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return &Client{Conn: nc, r: bufio.NewReader(nc)}
}

// Login connects a user to a database and reads up to the first ReadyForQuery.
func Login(t testing.TB, addr, user, database string) *Client {
	t.Helper()
	c := Dial(t, addr)
	c.Write(StartupPacket(Protocol30, "user", user, "database", database))
	if got := c.Until(t, 'Z'); !strings.HasSuffix(got, "ReadyForQuery I\n") {
		t.Fatalf("login: %s", got)
	}
	return c
}

// Write sends bytes as they are. A server that hangs up shows in what comes back.
func (c *Client) Write(b []byte) { _, _ = c.Conn.Write(b) }

// Reader reads what the server sends.
func (c *Client) Reader() *bufio.Reader { return c.r }

// Receive reads one message.
func (c *Client) Receive(wait time.Duration) (byte, []byte, error) {
	c.Conn.SetReadDeadline(time.Now().Add(wait))
	return ReadMessage(c.r)
}

func isTimeout(err error) bool {
	ne, ok := errors.AsType[net.Error](err)
	return ok && ne.Timeout()
}

// Until prints messages up to and including one of type typ, or the end of the connection.
func (c *Client) Until(t testing.TB, typ byte) string {
	t.Helper()
	var out strings.Builder
	for {
		got, body, err := c.Receive(5 * time.Second)
		if err != nil {
			if isTimeout(err) {
				t.Fatalf("no message for 5 s after:\n%s", out.String())
			}
			return out.String() + "EOF\n"
		}
		switch got {
		case 'K':
			c.Key = body
		case 'S':
			if name, _, _ := strings.Cut(string(body), "\x00"); name != "application_name" {
				continue // each server has its own
			}
		}
		if s := DescribeMessage(got, body); s != "" {
			out.WriteString(s + "\n")
		}
		if got == typ {
			return out.String()
		}
	}
}
