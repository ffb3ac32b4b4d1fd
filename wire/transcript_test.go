package wire

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"streamdb/wire/wiretest"
)

// TestTranscripts replays testdata/*.pt. With STREAMDB_WIRE_ADDR=host:port the same files, except *_own.pt, are replayed against
// that server, which may be PostgreSQL 15 (and -rewrite then takes its answers).
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.pt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".pt"), func(t *testing.T) {
			addr := os.Getenv("STREAMDB_WIRE_ADDR")
			if addr == "" {
				addr, _ = serveStub(t, &stubHandler{}, Config{MaxMessage: 1 << 20})
			} else if strings.HasSuffix(file, "_own.pt") {
				t.Skip("about this server only")
			}
			wiretest.Replay(t, addr, "postgres", "postgres", file)
		})
	}
}

// serveStub serves h on a loopback port until the test ends.
func serveStub(t testing.TB, h Handler, cfg Config) (addr string, s *Server) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s = NewServer(h, cfg)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Shutdown(canceledContext())
		if err := <-served; err != ErrServerClosed {
			t.Error("Serve:", err)
		}
	})
	return l.Addr().String(), s
}
