package wiretest

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// Protocol30 is the version number of protocol 3.0.
const Protocol30 = 196608

// ReadMessage reads one message.
func ReadMessage(r io.Reader) (byte, []byte, error) {
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

// Message frames a body.
func Message(typ byte, parts ...any) []byte {
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

// StartupPacket is the first message of a connection.
func StartupPacket(version uint32, pairs ...string) []byte {
	b := make([]byte, 4)
	b = binary.BigEndian.AppendUint32(b, version)
	for _, p := range pairs {
		b = append(append(b, p...), 0)
	}
	b = append(b, 0)
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

// CancelPacket asks to cancel the statement of the connection with this key.
func CancelPacket(key []byte) []byte {
	return append([]byte{0, 0, 0, 16, 0x04, 0xd2, 0x16, 0x2e}, key...)
}

// MessageNames are the names of backend messages.
var MessageNames = map[byte]string{
	'1': "ParseComplete", '2': "BindComplete", '3': "CloseComplete", 'n': "NoData", 's': "PortalSuspended",
	'I': "EmptyQueryResponse", 'c': "CopyDone", 'Z': "ReadyForQuery", 'C': "CommandComplete", 'K': "BackendKeyData",
	'R': "Authentication", 'S': "ParameterStatus", 'T': "RowDescription", 'D': "DataRow", 't': "ParameterDescription",
	'E': "ErrorResponse", 'N': "NoticeResponse", 'G': "CopyInResponse", 'H': "CopyOutResponse", 'd': "CopyData",
	'v': "NegotiateProtocolVersion",
}

// DescribeMessage prints a backend message on one line, without what differs from run to
// run.
func DescribeMessage(typ byte, body []byte) string {
	name := MessageNames[typ]
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
