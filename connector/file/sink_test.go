package file

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"streamdb/connector"
	"streamdb/connector/connectortest"
	"streamdb/types"
	"streamdb/types/pgerr"
)

func openSink(t *testing.T, root string, opts connector.Options) *sink {
	t.Helper()
	s, err := SinkSpec().OpenSink(connector.Config{
		Env: connector.Env{FileRoot: root}, Options: opts, Schema: connectortest.SinkSchema(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.(*sink)
}

// shown reads the committed files back as JSON.
func shown(t *testing.T, dir string) (lines []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			type row struct {
				Key   int
				Value string
			}
			var l struct {
				row
				Op  string
				Row *row
			}
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if l.Row == nil {
				l.Row = &row{Key: l.Key, Value: l.Value}
			}
			lines = append(lines, fmt.Sprintf("%s%d %s", map[string]string{"insert": "+", "": "+", "delete": "-"}[l.Op], l.Row.Key, l.Row.Value))
		}
	}
	return lines
}

func TestSinkContract(t *testing.T) {
	for _, kind := range []string{"upsert", "append-only"} {
		t.Run(kind, func(t *testing.T) {
			connectortest.Sink(t, func(t *testing.T) connectortest.SinkCase {
				root := t.TempDir()
				return connectortest.SinkCase{
					Open: func(t *testing.T, fail func(string) error) connector.Sink {
						s := openSink(t, root, connector.Options{"path": "out", "type": kind})
						s.fail, s.sync = fail, func(*os.File) error { return nil }
						return s
					},
					Shown:      func(t *testing.T) []string { return shown(t, filepath.Join(root, "out")) },
					AppendOnly: kind == "append-only",
				}
			})
		})
	}
}

// TestOneSinkToADirectory: two would overwrite each other's files.
func TestOneSinkToADirectory(t *testing.T) {
	root := t.TempDir()
	first := openSink(t, root, connector.Options{"path": "out"})
	cfg := connector.Config{
		Env: connector.Env{FileRoot: root}, Options: connector.Options{"path": "out/../out"}, Schema: connectortest.SinkSchema(),
	}
	if _, err := SinkSpec().OpenSink(cfg); !pgerr.Is(err, pgerr.ObjectInUse) {
		t.Errorf("a second sink: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := SinkSpec().OpenSink(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func TestSinkRefusals(t *testing.T) {
	s := openSink(t, t.TempDir(), connector.Options{"path": "out", "type": "append-only"})
	defer s.Close()
	b := types.NewBatch(connectortest.SinkSchema().Types(), 1)
	b.AppendRow(types.Row{types.NewInt32(1), types.NewBytes("x")}, -1)
	err := s.Prepare(t.Context(), 1, []*types.Batch{b})
	if err == nil || err.Error() != "an append-only sink cannot take a deleted or changed row (SQLSTATE 55000)" {
		t.Errorf("got %v", err)
	}
	b.W[0] = 1
	if err := s.Prepare(t.Context(), 7, []*types.Batch{b}); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	if err := s.Recover(t.Context(), 0); err == nil || !strings.Contains(err.Error(), `directory "out" holds files already`) {
		t.Errorf("filling it again: %v", err)
	}
	if err := s.Recover(t.Context(), 6); err == nil || !strings.Contains(err.Error(), "holds epoch 7, later than epoch 6") {
		t.Errorf("recovering behind the sink: %v", err)
	}
}
