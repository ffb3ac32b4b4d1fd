package wire

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// client is a raw protocol client: it sends any bytes and prints what comes back.
type client struct {
	nc net.Conn
	r  *bufio.Reader
	k  []byte // BackendKeyData
}

// dial connects a client that has sent nothing yet.
func dial(t testing.TB, addr string) *client {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return &client{nc: nc, r: bufio.NewReader(nc)}
}

// login connects and reads up to the first ReadyForQuery.
func login(t testing.TB, addr string) *client {
	t.Helper()
	c := dial(t, addr)
	c.write(startupPacket(protocol30, "user", "postgres", "database", "postgres"))
	if got := c.until(t, 'Z'); !strings.HasSuffix(got, "ReadyForQuery I\n") {
		t.Fatalf("login: %s", got)
	}
	return c
}

func (c *client) write(b []byte) { c.nc.Write(b) }

// receive reads one message.
func (c *client) receive(wait time.Duration) (byte, []byte, error) {
	c.nc.SetReadDeadline(time.Now().Add(wait))
	return readMessage(c.r)
}

func readMessage(r io.Reader) (byte, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n < 4 || n > 1<<28 {
		return 0, nil, fmt.Errorf("message %q of length %d", head[0], n)
	}
	body := make([]byte, n-4)
	_, err := io.ReadFull(r, body)
	return head[0], body, err
}

// until prints messages up to and including one of type typ, or the end of the connection.
func (c *client) until(t testing.TB, typ byte) string {
	t.Helper()
	var out strings.Builder
	for {
		got, body, err := c.receive(5 * time.Second)
		if err != nil {
			if ne, ok := err.(net.Error); ok && ne.Timeout() {
				t.Fatalf("no message for 5 s after:\n%s", out.String())
			}
			return out.String() + "EOF\n"
		}
		switch got {
		case 'K':
			c.k = body
		case 'S':
			if name, _, _ := strings.Cut(string(body), "\x00"); name != "application_name" {
				continue // each server has its own
			}
		}
		if s := describeMessage(got, body); s != "" {
			out.WriteString(s + "\n")
		}
		if got == typ {
			return out.String()
		}
	}
}

// message frames a body.
func message(typ byte, parts ...any) []byte {
	b := []byte{typ, 0, 0, 0, 0}
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(append(b, p...), 0)
		case []byte:
			b = append(b, p...)
		case byte:
			b = append(b, p)
		case int16:
			b = binary.BigEndian.AppendUint16(b, uint16(p))
		case int32:
			b = binary.BigEndian.AppendUint32(b, uint32(p))
		}
	}
	binary.BigEndian.PutUint32(b[1:], uint32(len(b)-1))
	return b
}

func startupPacket(version uint32, pairs ...string) []byte {
	b := make([]byte, 4)
	b = binary.BigEndian.AppendUint32(b, version)
	for _, p := range pairs {
		b = append(append(b, p...), 0)
	}
	b = append(b, 0)
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

func cancelPacket(key []byte) []byte {
	return append([]byte{0, 0, 0, 16, 0x04, 0xd2, 0x16, 0x2e}, key...)
}

var messageNames = map[byte]string{
	'1': "ParseComplete", '2': "BindComplete", '3': "CloseComplete", 'n': "NoData", 's': "PortalSuspended",
	'I': "EmptyQueryResponse", 'c': "CopyDone", 'Z': "ReadyForQuery", 'C': "CommandComplete", 'K': "BackendKeyData",
	'R': "Authentication", 'S': "ParameterStatus", 'T': "RowDescription", 'D': "DataRow", 't': "ParameterDescription",
	'E': "ErrorResponse", 'N': "NoticeResponse", 'G': "CopyInResponse", 'H': "CopyOutResponse", 'd': "CopyData",
	'v': "NegotiateProtocolVersion",
}

// describeMessage prints a backend message on one line, without what differs from run to
// run.
func describeMessage(typ byte, body []byte) string {
	name := messageNames[typ]
	switch typ {
	case 'K', 'R':
		return name
	case 'Z':
		return name + " " + string(body)
	case 'C', 'S':
		return fmt.Sprintf("%s %s", name, strings.ReplaceAll(strings.TrimSuffix(string(body), "\x00"), "\x00", "="))
	case 'T':
		return name + describeColumns(body)
	case 'D':
		return name + describeRow(body)
	case 't':
		for i := 2; i+4 <= len(body); i += 4 {
			name += fmt.Sprintf(" %d", binary.BigEndian.Uint32(body[i:]))
		}
		return name
	case 'E', 'N':
		return describeError(body)
	case '1', '2', '3', 'n', 's', 'I', 'c':
		return name
	}
	return fmt.Sprintf("%s %q", name, body)
}

func describeColumns(b []byte) (s string) {
	for b = b[2:]; len(b) > 0; {
		name, rest, _ := strings.Cut(string(b), "\x00")
		b = []byte(rest)
		typlen, mod := int16(binary.BigEndian.Uint16(b[10:])), int32(binary.BigEndian.Uint32(b[12:]))
		s += fmt.Sprintf(" %s:oid=%d,len=%d,mod=%d,format=%d", name, binary.BigEndian.Uint32(b[6:]), typlen, mod, binary.BigEndian.Uint16(b[16:]))
		b = b[18:]
	}
	return s
}

func describeRow(b []byte) (s string) {
	for b = b[2:]; len(b) > 0; {
		n := int32(binary.BigEndian.Uint32(b))
		b = b[4:]
		if n < 0 {
			s += " NULL"
			continue
		}
		if n > 100 {
			s += fmt.Sprintf(" <%d bytes>", n)
		} else {
			s += fmt.Sprintf(" %q", b[:n])
		}
		b = b[n:]
	}
	return s
}

func describeError(b []byte) string {
	f := map[byte]string{}
	for len(b) > 1 {
		value, rest, _ := strings.Cut(string(b[1:]), "\x00")
		f[b[0]] = value
		b = []byte(rest)
	}
	s := fmt.Sprintf("%s %s %s", f['V'], f['C'], f['M'])
	for _, k := range []byte("DHPWstcn") {
		if f[k] != "" {
			s += fmt.Sprintf(" | %c: %s", k, f[k])
		}
	}
	return s
}
