package wire

import (
	"bytes"
	"encoding/hex"
	"io"
	"net"
	"testing"
	"time"

	"streamdb/wire/wiretest"
)

// script is a connection whose client has already sent everything.
type script struct {
	in  *bytes.Reader
	out bytes.Buffer
}

func (s *script) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s *script) Write(p []byte) (int, error) { return s.out.Write(p) }
func (s *script) Close() error                { return nil }
func (s *script) LocalAddr() net.Addr         { return &net.TCPAddr{} }
func (s *script) RemoteAddr() net.Addr        { return &net.TCPAddr{} }

func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// play serves one connection that sends input, and counts the messages of the answer by
// type. It fails if the answer is not made of whole messages.
func play(t *testing.T, input []byte) map[byte]int {
	nc := &script{in: bytes.NewReader(input)}
	s := NewServer(&stubHandler{}, Config{MaxMessage: 1 << 20})
	s.start(nc)
	s.wg.Wait()
	count := map[byte]int{}
	answer := bytes.TrimLeft(nc.out.Bytes(), "N") // to encryption requests: no messages
	for out := bytes.NewReader(answer); ; {
		typ, body, err := wiretest.ReadMessage(out)
		if err == io.EOF {
			return count
		}
		if err != nil || wiretest.MessageNames[typ] == "" {
			t.Fatalf("answer breaks off: %v at %q\n%q", err, typ, nc.out.Bytes())
		}
		if typ == 'E' && bytes.Contains(body, []byte("CXX000")) {
			t.Fatalf("internal error: %q", body)
		}
		count[typ]++
	}
}

var hello30 = wiretest.StartupPacket(protocol30, "user", "postgres")

func FuzzStartup(f *testing.F) {
	f.Add(hello30)
	f.Add(wiretest.StartupPacket(protocol30+2, "user", "u", "_pq_.x", "1", "options", `-c a=b\ c --d=e`))
	f.Add(wiretest.CancelPacket(make([]byte, 8)))
	f.Add(append([]byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}, hello30...))
	f.Add([]byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		play(t, b)
	})
}

// FuzzMessage sends one message of any type and body to a session in each state.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{ // frames on which decoders of pgproto3/v2 panic, and the like
		"70 7800", "51", "46", "46 00000001000000010000000901", "66", "42 000000000001fffffffe0000",
		"50 00000005", "43 53", "44 53", "45 00ffffffff", "64 78", "63", "53", "48", "58", "79",
		"42 00000002000000010000", "42 0000000000ffff", "42 0000ffff", "50 0000ffff",
	} {
		typ, _ := hex.DecodeString(seed[:2])
		body, _ := hex.DecodeString(string(bytes.TrimSpace([]byte(seed[2:]))))
		f.Add(typ[0], body)
	}
	f.Fuzz(func(t *testing.T, typ byte, body []byte) {
		odd := wiretest.Message(typ, body)
		for _, before := range [][]byte{
			nil,
			wiretest.Message('Q', "begin"),
			wiretest.Message('P', "", "select nosuch", int16(0)),
			wiretest.Message('Q', "copy t from stdin"),
		} {
			in := append(append(bytes.Clone(hello30), before...), odd...)
			in = append(append(in, wiretest.Message('S')...), wiretest.Message('X')...)
			play(t, in)
		}
	})
}

// FuzzSequence sends sequences of well-formed messages, one per input byte, and checks
// that every Sync outside COPY is answered exactly once.
func FuzzSequence(f *testing.F) {
	f.Add([]byte("\x00\x08\x10\x18\x20"))
	f.Add([]byte{1, 9, 5, 5, 6, 7, 12, 14, 15})
	f.Add([]byte{10, 11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	stmts := []string{"select 1", "select nosuch", "select $1::int4", "begin", "rollback", "select generate_series(1,3)", "", "select 1/0"}
	names := []string{"", "a"}
	f.Fuzz(func(t *testing.T, ops []byte) {
		in := bytes.Clone(hello30)
		syncs, queries := 0, 0
		for _, op := range ops[:min(len(ops), 200)] {
			arg := int(op >> 4)
			name, stmt := names[arg%2], stmts[arg%len(stmts)]
			switch op & 15 {
			case 0, 1, 2:
				in = append(in, wiretest.Message('P', name, stmt, int16(0))...)
			case 3, 4:
				in = append(in, wiretest.Message('B', name, name, int16(0), int16(0), int16(0))...)
			case 5:
				in = append(in, wiretest.Message('B', name, "", int16(0), int16(1), int32(1), []byte("7"), int16(1), int16(arg&1))...)
			case 6:
				in = append(in, wiretest.Message('D', "SP"[arg%2], name)...)
			case 7, 8, 9:
				in = append(in, wiretest.Message('E', name, int32(arg%3))...)
			case 10:
				in = append(in, wiretest.Message('C', "SP"[arg%2], name)...)
			case 11:
				in = append(in, wiretest.Message('H')...)
			case 12:
				in, queries = append(in, wiretest.Message('Q', stmt)...), queries+1
			case 13:
				in, queries = append(in, wiretest.Message('F')...), queries+1
			default:
				in, syncs = append(in, wiretest.Message('S')...), syncs+1
			}
		}
		count := play(t, append(in, wiretest.Message('X')...))
		if z := count['Z']; z < 1+syncs || z > 1+syncs+queries {
			t.Errorf("%d ReadyForQuery for %d Sync and %d queries", z, syncs, queries)
		}
	})
}
