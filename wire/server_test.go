package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"streamdb/types"
	"streamdb/types/pgerr"
	"streamdb/wire/wiretest"
)

func canceledContext() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// eventually waits for something another goroutine does.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("still not so after 5 s: ", what)
}

func expect(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Fatalf("got:\n%swant:\n%s", got, want)
	}
}

const canceled = "ERROR 57014 canceling statement due to user request\nReadyForQuery I\n"

func TestCancelRequest(t *testing.T) {
	addr, _ := serveStub(t, &stubHandler{}, Config{})
	c := wiretest.Login(t, addr, "postgres", "postgres")

	// A cancel while nothing runs hits nothing.
	cancel := func(key []byte) {
		other := wiretest.Dial(t, addr)
		other.Write(wiretest.CancelPacket(key))
		expect(t, other.Until(t, 0), "EOF\n")
	}
	cancel(c.Key)
	c.Write(wiretest.Message('Q', "select 1"))
	if got := c.Until(t, 'Z'); strings.Contains(got, "ERROR") {
		t.Fatal(got)
	}

	c.Write(wiretest.Message('Q', "select pg_sleep(60)"))
	wrong := slices.Clone(c.Key)
	wrong[7]++
	cancel(wrong)
	if typ, _, err := c.Receive(30 * time.Millisecond); err == nil {
		t.Fatalf("a wrong key caused %q", typ)
	}
	cancel(c.Key)
	expect(t, c.Until(t, 'Z'), canceled)

	// In COPY and in the extended protocol.
	c.Write(wiretest.Message('Q', "copy t from stdin"))
	c.Until(t, 'G')
	cancel(c.Key)
	got := c.Until(t, 'Z')
	if !strings.Contains(got, "ERROR 57014 canceling statement due to user request") {
		t.Fatal(got)
	}
	c.Write(wiretest.Message('P', "", "select pg_sleep(60)", int16(0)))
	c.Write(wiretest.Message('B', "", "", int16(0), int16(0), int16(0)))
	c.Write(wiretest.Message('E', "", int32(0)))
	c.Write(wiretest.Message('S'))
	for range 200 { // until one hits the Execute
		cancel(c.Key)
		if _, _, err := c.Receive(10 * time.Millisecond); err == nil { // ParseComplete
			break
		}
	}
	expect(t, c.Until(t, 'Z'), "BindComplete\n"+canceled)
}

func TestCancelAndTerminateBackend(t *testing.T) {
	addr, s := serveStub(t, &stubHandler{}, Config{})
	c := wiretest.Login(t, addr, "postgres", "postgres")
	pid := int32(c.Key[0])<<24 | int32(c.Key[1])<<16 | int32(c.Key[2])<<8 | int32(c.Key[3])
	if s.CancelBackend(pid+1) || s.TerminateBackend(pid+1) {
		t.Error("found a connection that is not there")
	}
	c.Write(wiretest.Message('Q', "select pg_sleep(60)"))
	time.Sleep(20 * time.Millisecond)
	if !s.CancelBackend(pid) {
		t.Error("connection not found")
	}
	expect(t, c.Until(t, 'Z'), canceled)
	c.Write(wiretest.Message('Q', "select pg_sleep(60)"))
	time.Sleep(20 * time.Millisecond)
	s.TerminateBackend(pid)
	expect(t, c.Until(t, 0), "FATAL 57P01 terminating connection due to administrator command\nEOF\n")
}

// A client that goes away takes its running statement with it.
func TestDisconnectCancels(t *testing.T) {
	h := &stubHandler{}
	addr, _ := serveStub(t, h, Config{})
	c := wiretest.Login(t, addr, "postgres", "postgres")
	c.Write(wiretest.Message('Q', "select pg_sleep(60)"))
	c.Write(wiretest.Message('Q', "select 1"))
	time.Sleep(20 * time.Millisecond)
	c.Conn.Close()
	eventually(t, "session closed", func() bool { return h.open.Load() == 0 })
}

func TestShutdown(t *testing.T) {
	before := runtime.NumGoroutine()
	h := &stubHandler{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(h, Config{})
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	addr := l.Addr().String()

	stranger, idle, busy, short := wiretest.Dial(t, addr), wiretest.Login(t, addr, "postgres", "postgres"), wiretest.Login(t, addr, "postgres", "postgres"), wiretest.Login(t, addr, "postgres", "postgres")
	hoarder := wiretest.Login(t, addr, "postgres", "postgres")
	hoarder.Conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	hoarder.Write(wiretest.Message('Q', "select repeat('x',50000000)")) // more than the socket takes
	busy.Write(wiretest.Message('Q', "select pg_sleep(60)"))
	short.Write(wiretest.Message('Q', "select pg_sleep(1)"))
	eventually(t, "the stranger is known", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.conns) == 5 })
	time.Sleep(50 * time.Millisecond)

	ctx, cancel := context.WithTimeout(context.Background(), 1500*time.Millisecond)
	defer cancel()
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(ctx) }()
	const bye = "FATAL 57P01 terminating connection due to administrator command\nEOF\n"
	expect(t, idle.Until(t, 0), bye)
	expect(t, stranger.Until(t, 0), "EOF\n")
	if got := short.Until(t, 0); !strings.Contains(got, "CommandComplete SELECT 1\n") || !strings.HasSuffix(got, bye) {
		t.Errorf("the running statement: %s", got)
	}
	expect(t, busy.Until(t, 0), bye)
	if err := <-down; !errors.Is(err, context.DeadlineExceeded) {
		t.Error("Shutdown:", err)
	}
	if err := <-served; err != ErrServerClosed {
		t.Error("Serve:", err)
	}
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("still listening")
	}
	if n := h.open.Load(); n != 0 {
		t.Errorf("%d sessions left", n)
	}
	eventually(t, "no goroutine left", func() bool { return runtime.NumGoroutine() <= before })
	if err := s.Serve(l); err != ErrServerClosed {
		t.Error("Serve after Shutdown:", err)
	}
}

func TestConnectionLimit(t *testing.T) {
	addr, _ := serveStub(t, &stubHandler{}, Config{MaxConnections: 2})
	a := wiretest.Login(t, addr, "postgres", "postgres")
	wiretest.Login(t, addr, "postgres", "postgres")
	third := func() string {
		c := wiretest.Dial(t, addr)
		c.Write(wiretest.StartupPacket(protocol30, "user", "postgres"))
		return c.Until(t, 'Z')
	}
	expect(t, third(), "FATAL 53300 sorry, too many clients already\nEOF\n")

	// A cancel request needs no place.
	a.Write(wiretest.Message('Q', "select pg_sleep(60)"))
	time.Sleep(20 * time.Millisecond)
	other := wiretest.Dial(t, addr)
	other.Write(wiretest.CancelPacket(a.Key))
	expect(t, a.Until(t, 'Z'), canceled)

	a.Write(wiretest.Message('X'))
	a.Until(t, 0)
	eventually(t, "place free", func() bool { return strings.HasSuffix(third(), "ReadyForQuery I\n") })

	// Sockets that never say a word are bounded too.
	for range 40 {
		wiretest.Dial(t, addr)
	}
	last := wiretest.Dial(t, addr)
	expect(t, last.Until(t, 0), "EOF\n")
}

func TestTimeouts(t *testing.T) {
	h := &stubHandler{idle: 50 * time.Millisecond}
	addr, _ := serveStub(t, h, Config{AuthTimeout: 50 * time.Millisecond})
	expect(t, wiretest.Dial(t, addr).Until(t, 0), "EOF\n")
	expect(t, wiretest.Login(t, addr, "postgres", "postgres").Until(t, 0), "FATAL 57P05 terminating connection due to idle-session timeout\nEOF\n")
	c := wiretest.Login(t, addr, "postgres", "postgres")
	c.Write(wiretest.Message('Q', "begin"))
	c.Until(t, 'Z')
	const inTransaction = "FATAL 25P03 terminating connection due to idle-in-transaction timeout\nEOF\n"
	expect(t, c.Until(t, 0), inTransaction)
	// A sequence that never comes to its Sync holds what it has taken.
	c = wiretest.Login(t, addr, "postgres", "postgres")
	c.Write(slices.Concat(
		wiretest.Message('P', "", "select 1", int16(0)), wiretest.Message('B', "", "", int16(0), int16(0), int16(0)),
		wiretest.Message('E', "", int32(0)), wiretest.Message('H')))
	if got := c.Until(t, 0); !strings.HasSuffix(got, "CommandComplete SELECT 1\n"+inTransaction) {
		t.Error(got)
	}
}

// A client that stops reading loses its connection, and the statement with it.
func TestWriteTimeout(t *testing.T) {
	h := &stubHandler{}
	addr, _ := serveStub(t, h, Config{WriteTimeout: 50 * time.Millisecond})
	c := wiretest.Login(t, addr, "postgres", "postgres")
	c.Write(wiretest.Message('Q', "select repeat('x',50000000)"))
	eventually(t, "session closed", func() bool { return h.open.Load() == 0 })
}

func TestEncryptionRequests(t *testing.T) {
	addr, _ := serveStub(t, &stubHandler{}, Config{})
	c := wiretest.Dial(t, addr)
	for _, code := range []byte{0x2f, 0x30} { // SSL, GSS
		c.Write([]byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, code})
		if b, err := c.Reader().ReadByte(); b != 'N' || err != nil {
			t.Fatalf("%q %v", b, err)
		}
	}
	c.Write([]byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}) // once more
	expect(t, c.Until(t, 0), "FATAL 0A000 unsupported frontend protocol 1234.5679: server supports 3.0 to 3.0\nEOF\n")
}

// Many pipelined statements, more than are read ahead, in one write.
func TestPipeline(t *testing.T) {
	addr, _ := serveStub(t, &stubHandler{}, Config{})
	c := wiretest.Login(t, addr, "postgres", "postgres")
	const n = 2000
	var b []byte
	for range n {
		b = append(b, wiretest.Message('P', "", "select 1", int16(0))...)
		b = append(b, wiretest.Message('B', "", "", int16(0), int16(0), int16(0))...)
		b = append(b, wiretest.Message('E', "", int32(0))...)
	}
	b = append(b, wiretest.Message('S')...)
	b = append(b, wiretest.Message('Q', "select '"+strings.Repeat("x", 3<<20)+"'")...) // an error that quotes much
	go c.Write(b)
	if got := strings.Count(c.Until(t, 'Z'), "CommandComplete SELECT 1\n"); got != n {
		t.Errorf("%d statements", got)
	}
	if got := c.Until(t, 'Z'); !strings.HasPrefix(got, "ERROR 42601 syntax error") {
		t.Errorf("%.100s", got)
	}
}

// A big result arrives whole, in several writes.
func TestBigResult(t *testing.T) {
	addr, _ := serveStub(t, &stubHandler{}, Config{})
	c := wiretest.Login(t, addr, "postgres", "postgres")
	c.Write(wiretest.Message('Q', "select generate_series(1,20000); select repeat('x',3000000)"))
	got := c.Until(t, 'Z')
	if n := strings.Count(got, "\nDataRow"); n != 20001 || !strings.Contains(got, `DataRow "20000"`) ||
		!strings.Contains(got, "DataRow <3000000 bytes>\nCommandComplete SELECT 1\nReadyForQuery I\n") {
		t.Errorf("%d rows", n)
	}
}

// A length word alone must not cost memory.
func TestLengthCostsNothing(t *testing.T) {
	addr, _ := serveStub(t, &stubHandler{}, Config{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 20 {
		c := wiretest.Login(t, addr, "postgres", "postgres")
		c.Write([]byte{'Q', 0x03, 0xff, 0xff, 0xff, 'x'}) // 64 MiB announced
	}
	time.Sleep(50 * time.Millisecond)
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

func TestErrorFields(t *testing.T) {
	e := &pgerr.Error{
		Code: "23505", Message: "m\x00\xff", Detail: "d", Hint: "h", Position: 7, Where: "w",
		Schema: "s", Table: "t", Column: "c", Constraint: "n",
	}
	typ, body, err := wiretest.ReadMessage(strings.NewReader(string(appendError(nil, "ERROR", e))))
	if typ != 'E' || err != nil {
		t.Fatal(typ, err)
	}
	expect(t, wiretest.DescribeMessage(typ, body)+"\n", "ERROR 23505 m\uFFFD | D: d | H: h | P: 7 | W: w | s: s | t: t | c: c | n: n\n")
	typ, body, _ = wiretest.ReadMessage(strings.NewReader(string(appendNotice(nil, Notice{SeverityWarning, e}))))
	if typ != 'N' || body[0] != 'S' || !strings.HasPrefix(wiretest.DescribeMessage(typ, body), "WARNING 23505") {
		t.Errorf("%q", body)
	}
	if got := pgerr.From(cause(canceledContext(), io.EOF)); got.Message != "EOF" {
		t.Error(got)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errLost())
	if err := cause(ctx, ctx.Err()); !errors.Is(err, ErrConnectionLost) || !isFatal(err) || pgerr.From(err).Code != "08006" {
		t.Error(err)
	}
}

func TestParseOptions(t *testing.T) {
	set, err := parseOptions(`  -c a=1 -cb.c=2 --search-path=x\ y\\  `)
	want := []Setting{{"a", "1"}, {"b.c", "2"}, {"search_path", `x y\`}}
	if err != nil || !slices.Equal(set, want) {
		t.Errorf("%q %v", set, err)
	}
	for text, want := range map[string]string{
		"-c":    "invalid command-line argument for server process: -c",
		"x":     "invalid command-line argument for server process: x",
		"-c a":  "-c a requires a value",
		"--a-b": "--a-b requires a value",
	} {
		if _, err := parseOptions(text); err == nil || pgerr.From(err).Message != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func BenchmarkDataRow(b *testing.B) {
	batch := types.NewBatch([]types.Type{types.Int8, types.Int4, types.Text, types.Int8, types.Int4}, 1000)
	for i := range 1000 {
		n := int64(i) * 1_000_003
		batch.AppendRow(types.Row{types.NewInt64(n), types.NewInt32(int32(i)), types.NewBytes("some text"), types.NewInt64(n), types.NewInt32(7)}, 1)
	}
	w := &results{c: &conn{out: sender{nc: discardConn{}}}, ctx: b.Context()}
	w.Columns(make([]Column, 5))
	st := &types.Style{}
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Rows(batch, st); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/row")
}

type discardConn struct{ net.Conn }

func (discardConn) Write(p []byte) (int, error) { return len(p), nil }

func BenchmarkSimpleQuery(b *testing.B) {
	addr, _ := serveStub(b, &stubHandler{}, Config{})
	c := wiretest.Login(b, addr, "postgres", "postgres")
	q := wiretest.Message('Q', "select 1")
	for b.Loop() {
		c.Write(q)
		for typ := byte(0); typ != 'Z'; {
			typ, _, _ = wiretest.ReadMessage(c.Reader())
		}
	}
}
