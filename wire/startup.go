package wire

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
	"strings"

	"streamdb/types/pgerr"
)

// The first words of the packets that may open a connection.
const (
	cancelCode = 80877102
	sslCode    = 80877103
	gssCode    = 80877104
	protocol30 = 3 << 16
)

const maxStartup = 10_000 // bytes of a startup packet, as in PostgreSQL

// startupReader reads what comes before the first regular message.
type startupReader struct {
	r      *bufio.Reader
	refuse func() error                // answers "no" to an encryption request
	cancel func(pid int32, key uint32) // serves a cancel request
}

// hello is a decoded startup packet.
type hello struct {
	Startup
	options   string   // command-line options, not yet parsed
	negotiate bool     // the client asks for more than protocol 3.0
	unknown   []string // protocol options (_pq_.…) that we do not have
}

// read returns the startup packet. errQuit means that the connection is to be closed
// without a word, as PostgreSQL does with what is not its protocol.
func (s *startupReader) read() (*hello, error) {
	var ssl, gss bool
	for {
		code, body, err := s.packet()
		if err != nil {
			return nil, err
		}
		switch {
		case code == cancelCode:
			if len(body) == 8 {
				s.cancel(int32(binary.BigEndian.Uint32(body)), binary.BigEndian.Uint32(body[4:]))
			}
			return nil, errQuit
		case code == sslCode && !ssl, code == gssCode && !gss:
			ssl, gss = ssl || code == sslCode, gss || code == gssCode
			if err := s.refuse(); err != nil {
				return nil, err
			}
		case code>>16 != 3:
			return nil, fatalf(pgerr.FeatureNotSupported,
				"unsupported frontend protocol %d.%d: server supports 3.0 to 3.0", code>>16, code&0xffff)
		default:
			return parseHello(code, body)
		}
	}
}

// packet reads a length, a code and the rest.
func (s *startupReader) packet() (code uint32, body []byte, err error) {
	var head [8]byte
	if _, err := io.ReadFull(s.r, head[:]); err != nil {
		return 0, nil, errQuit
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < 8 || n > maxStartup {
		return 0, nil, errQuit
	}
	body = make([]byte, n-8)
	if _, err := io.ReadFull(s.r, body); err != nil {
		return 0, nil, errQuit
	}
	return binary.BigEndian.Uint32(head[4:]), body, nil
}

func parseHello(code uint32, body []byte) (*hello, error) {
	h := &hello{negotiate: code != protocol30}
	rest := body
	for len(rest) > 0 && rest[0] != 0 {
		name, after, ok1 := bytes.Cut(rest, []byte{0})
		value, after, ok2 := bytes.Cut(after, []byte{0})
		if !ok1 || !ok2 {
			break
		}
		if e := cmp.Or(checkUTF8(name), checkUTF8(value)); e != nil {
			return nil, Fatal(e)
		}
		rest = after
		switch n := string(name); {
		case n == "user":
			h.User = string(value)
		case n == "database":
			h.Database = string(value)
		case n == "options":
			h.options = string(value)
		case n == "replication":
			if err := refuseReplication(string(value)); err != nil {
				return nil, err
			}
		case strings.HasPrefix(n, "_pq_."):
			h.negotiate = true
			h.unknown = append(h.unknown, n)
		default:
			h.Settings = append(h.Settings, Setting{n, string(value)})
		}
	}
	if len(rest) != 1 || rest[0] != 0 {
		return nil, fatalf(pgerr.ProtocolViolation, "invalid startup packet layout: expected terminator as last byte")
	}
	if h.User == "" {
		return h, fatalf(pgerr.InvalidAuthorization, "no PostgreSQL user name specified in startup packet")
	}
	if h.Database == "" {
		h.Database = h.User
	}
	return h, nil
}

func refuseReplication(value string) error {
	switch strings.ToLower(value) {
	case "", "false", "off", "no", "0":
		return nil
	}
	return Fatal(pgerr.Unsupported("a replication connection", "Connect without replication and use a sink."))
}

// parseOptions reads the command-line options that a client may send: -c name=value and
// --name=value.
func parseOptions(s string) ([]Setting, error) {
	var set []Setting
	args := splitOptions(s)
	for i := 0; i < len(args); i++ {
		arg, flag := args[i], ""
		switch {
		case strings.HasPrefix(arg, "--"):
			flag, arg = "--", arg[2:]
		case arg == "-c" && i+1 < len(args):
			i++
			flag, arg = "-c ", args[i]
		case strings.HasPrefix(arg, "-c") && len(arg) > 2:
			flag, arg = "-c ", arg[2:]
		default:
			return nil, fatalf(pgerr.SyntaxError, "invalid command-line argument for server process: %s", arg)
		}
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			return nil, fatalf(pgerr.SyntaxError, "%s%s requires a value", flag, arg)
		}
		set = append(set, Setting{strings.ReplaceAll(name, "-", "_"), value})
	}
	return set, nil
}

// splitOptions cuts at white space; a backslash takes the next character as it is.
func splitOptions(s string) []string {
	var args []string
	var arg []byte
	in := false
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case strings.IndexByte(" \t\n\v\f\r", ch) >= 0:
			if in {
				args, arg, in = append(args, string(arg)), arg[:0], false
			}
		case ch == '\\' && i+1 < len(s):
			i++
			arg, in = append(arg, s[i]), true
		case ch == '\\':
			in = true
		default:
			arg, in = append(arg, ch), true
		}
	}
	if in {
		args = append(args, string(arg))
	}
	return args
}

// appendNegotiate appends NegotiateProtocolVersion, which pgproto3/v2 does not have: we
// speak 3.0, and these are the options we do not know.
func appendNegotiate(dst []byte, unknown []string) []byte {
	at := len(dst) + 1
	dst = append(dst, 'v', 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, protocol30)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(unknown)))
	for _, name := range unknown {
		dst = append(dst, name...)
		dst = append(dst, 0)
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at))
	return dst
}
