package wiretest

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// Replay replays a file, which is a dialogue with the server at addr:
//
//	connect [k=v ...]        a new connection; prints up to ReadyForQuery or the end
//	socket                   a new connection that has sent nothing
//	send                     sends messages, one a line (see encodeLine)
//	until                    reads up to the named message, one name a line; END: to the end
//	quiet                    nothing comes for 30 ms
//
// Connections are of user to database, unless connect says otherwise.
func Replay(t *testing.T, addr, user, database, file string) {
	var c *Client
	datadriven.RunTest(t, file, func(t *testing.T, d *datadriven.TestData) string {
		switch d.Cmd {
		case "connect":
			c = Dial(t, addr)
			pairs := []string{"user", user, "database", database}
			for _, a := range d.CmdArgs {
				pairs = append(pairs, a.Key, strings.Join(a.Vals, ","))
			}
			c.Write(StartupPacket(Protocol30, pairs...))
			return c.Until(t, 'Z')
		case "socket":
			c = Dial(t, addr)
			return ""
		case "send":
			var out []byte
			for line := range strings.Lines(d.Input) {
				b, err := encodeLine(strings.TrimSpace(line))
				if err != nil {
					d.Fatalf(t, "%v", err)
				}
				out = append(out, b...)
			}
			c.Write(out) // all at once: pipelined
			return ""
		case "until":
			return readUntil(t, c, d)
		case "quiet":
			if typ, body, err := c.Receive(30 * time.Millisecond); err == nil {
				return DescribeMessage(typ, body)
			} else if !isTimeout(err) {
				return err.Error()
			}
			return ""
		}
		d.Fatalf(t, "unknown command %s", d.Cmd)
		return ""
	})
}

func readUntil(t *testing.T, c *Client, d *datadriven.TestData) (out string) {
	for line := range strings.Lines(d.Input) {
		want := byte(0)
		for typ, name := range MessageNames {
			if name == strings.TrimSpace(line) {
				want = typ
			}
		}
		out += c.Until(t, want)
	}
	return out
}

// encodeLine makes a frontend message from a line: its name and Go-quoted or plain words.
//
//	Query "text" · Parse "name" "text" oid… · Describe S|P "name" · Close S|P "name"
//	Bind "portal" "stmt" value…  (value: "text", 0xhex for binary, NULL; last: formats=1,0)
//	Execute "portal" maxrows · Sync · Flush · Terminate · CopyData "…" · CopyDone
//	CopyFail "…" · Raw hex
func encodeLine(line string) ([]byte, error) {
	w, err := words(line)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", line, err)
	}
	if len(w) == 0 {
		return nil, fmt.Errorf("%q: no message", line)
	}
	switch a := w[1:]; w[0] {
	case "Query":
		return Message('Q', a[0]), nil
	case "Parse":
		var oids []byte
		for _, o := range a[2:] {
			n, _ := strconv.Atoi(o)
			oids = append(oids, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
		}
		return Message('P', a[0], a[1], int16(len(oids)/4), oids), nil
	case "Bind":
		return encodeBind(a), nil
	case "Describe":
		return Message('D', a[0][0], a[1]), nil
	case "Close":
		return Message('C', a[0][0], a[1]), nil
	case "Execute":
		n, _ := strconv.Atoi(a[1])
		return Message('E', a[0], int32(n)), nil
	case "CopyData":
		return Message('d', []byte(a[0])), nil
	case "CopyFail":
		return Message('f', a[0]), nil
	case "Raw":
		return hex.DecodeString(strings.Join(a, ""))
	}
	if typ, ok := map[string]byte{"Sync": 'S', "Flush": 'H', "Terminate": 'X', "CopyDone": 'c'}[w[0]]; ok {
		return Message(typ), nil
	}
	return nil, fmt.Errorf("unknown message %q", w[0])
}

func encodeBind(a []string) []byte {
	parts := []any{a[0], a[1]}
	var formats, values, results []any
	for _, v := range a[2:] {
		if list, ok := strings.CutPrefix(v, "formats="); ok {
			for f := range strings.SplitSeq(list, ",") {
				n, _ := strconv.Atoi(f)
				results = append(results, int16(n))
			}
			continue
		}
		format, raw := int16(0), []byte(v)
		if h, ok := strings.CutPrefix(v, "0x"); ok {
			format = 1
			raw, _ = hex.DecodeString(h)
		}
		formats = append(formats, format)
		if v == "NULL" {
			values = append(values, int32(-1))
		} else {
			values = append(values, int32(len(raw)), raw)
		}
	}
	parts = append(append(parts, int16(len(formats))), formats...)
	parts = append(append(parts, int16(len(formats))), values...)
	parts = append(append(parts, int16(len(results))), results...)
	return Message('B', parts...)
}

// words splits a line at blanks, except inside Go string quotes.
func words(line string) (w []string, err error) {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if line[0] == '"' {
			q, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, err
			}
			s, _ := strconv.Unquote(q)
			w, line = append(w, s), line[len(q):]
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		w, line = append(w, word), rest
	}
	return w, nil
}
