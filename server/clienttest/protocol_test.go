package clienttest

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"streamdb/wire/wiretest"
)

// TestProtocol replays testdata/protocol/*.pt, whose answers are PostgreSQL 15's; those in
// *_own.pt are streamdb's, where they differ. With CLIENTTEST_ADDR=host:port the files are
// replayed against that PostgreSQL, which has the same schema, and -rewrite takes its answers.
func TestProtocol(t *testing.T) {
	files, err := filepath.Glob("testdata/protocol/*.pt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	other := os.Getenv("CLIENTTEST_ADDR")
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".pt")
		t.Run(name, func(t *testing.T) {
			if other != "" && strings.HasSuffix(name, "_own") {
				t.Skip("about streamdb only")
			}
			wiretest.Replay(t, cmp.Or(other, address()), "root", "dev", file)
		})
	}
}
