package session

import (
	"context"
	"errors"
	"strings"
	"testing"

	"streamdb/catalog"
	"streamdb/types"
)

// TestSystemRelations reads every system relation: values have their columns' kinds, and
// NOT NULL columns no NULL.
func TestSystemRelations(t *testing.T) {
	s := newSession(t)
	orders(t, s)
	seen := map[catalog.ID]string{}
	for _, desc := range SystemRelations() {
		name := desc.Schema + "." + desc.Name
		if other, dup := seen[desc.ID]; dup || desc.ID >= catalog.FirstUserID {
			t.Fatalf("%s has id %d, as %q", name, desc.ID, other)
		}
		seen[desc.ID] = name
		scan, err := s.system(desc.ID)
		if err != nil {
			t.Fatal(err)
		}
		err = scan.Snapshot(context.Background(), 0, func(b *types.Batch) error {
			if b.N == 0 || b.N > types.MaxBatch {
				t.Errorf("%s: a batch of %d rows", name, b.N)
			}
			for i := range b.N {
				for k, c := range desc.Columns {
					if d := b.Cols[k].Datum(i); d.IsNull() && c.NotNull {
						t.Errorf("%s.%s is NULL", name, c.Name)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.system(1); err == nil {
		t.Error("a relation that does not exist was read")
	}
}

// TestSystemScanStops checks that an error or the end of the context ends a scan.
func TestSystemScanStops(t *testing.T) {
	s := newSession(t)
	desc, _ := s.e.Catalog().Lookup(nil, "pg_catalog", "pg_attribute")
	scan, err := s.system(desc.ID)
	if err != nil {
		t.Fatal(err)
	}
	n, broken := 0, errors.New("broken")
	err = scan.Snapshot(context.Background(), 0, func(*types.Batch) error { n++; return broken })
	if !errors.Is(err, broken) || n != 1 {
		t.Errorf("%v after %d batches", err, n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := scan.Snapshot(ctx, 0, func(*types.Batch) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestStreamdbDocumented(t *testing.T) {
	doc := StreamdbDoc()
	for _, tab := range streamdbTables {
		if !strings.HasSuffix(tab.doc, ".") {
			t.Errorf("streamdb.%s: %q is no sentence", tab.name, tab.doc)
		}
		names := map[string]bool{}
		for _, c := range tab.columns {
			if names[c.name] || !strings.HasSuffix(c.doc, ".") {
				t.Errorf("streamdb.%s.%s is there twice or without a sentence", tab.name, c.name)
			}
			names[c.name] = true
			if !strings.Contains(doc, "| `"+c.name+"` | "+c.typ.String()+" |") {
				t.Errorf("streamdb.%s.%s is missing in the text", tab.name, c.name)
			}
		}
	}
}

func TestStreamdbRelations(t *testing.T) {
	s := newSession(t)
	orders(t, s)
	for _, c := range []struct{ query, want string }{
		{"SELECT id, schema, name, rows, connector, errors FROM streamdb.tables", "16384 | public | orders | 0 | NULL | 0\nSELECT 1\n"},
		{"SELECT count(*) FROM streamdb.views", "0\nSELECT 1\n"},
		{"SELECT tables >= 0, durable_epoch <= epoch, fsyncs >= 0 FROM streamdb.store", "t | t | t\nSELECT 1\n"},
		{"SELECT part FROM streamdb.memory WHERE object IS NULL ORDER BY 1", "heap\nlimit\nprocess\nrelations\nstore\nSELECT 5\n"},
		{"CHECKPOINT; SELECT kind, status, error, align_ms >= 0 FROM streamdb.checkpoints", "manual | completed | NULL | t\nSELECT 1\n"},
		{"SELECT pid, usename, datname, state, query FROM pg_stat_activity", "7 | root | dev | active | SELECT pid, usename, datname, state, query FROM pg_stat_activity\nSELECT 1\n"},
		{"SELECT relname FROM pg_class WHERE oid = 15000", "views\nSELECT 1\n"},
	} {
		if got := ask(t, s, c.query); !strings.HasSuffix(got, c.want) {
			t.Errorf("%s\n got %s\nwant %s", c.query, got, c.want)
		}
	}
}

// TestStreamdbRunning looks at a view, a sink and a source that run.
func TestStreamdbRunning(t *testing.T) {
	s := newSession(t)
	for _, c := range []struct{ text, want string }{
		{"CREATE TABLE t (id int PRIMARY KEY, v int)", "CREATE TABLE\n"},
		{"INSERT INTO t VALUES (1, 2), (2, 0)", "INSERT 0 2\n"},
		{"CREATE MATERIALIZED VIEW m AS SELECT id, 10 / v AS q FROM t", "CREATE MATERIALIZED VIEW\n"},
		{"CREATE SINK k FROM m WITH (connector = 'blackhole')", "CREATE SINK\n"},
		{"CREATE SOURCE g (a int) WITH (connector = 'datagen', \"fields.a.kind\" = 'sequence', \"fields.a.start\" = '1', \"fields.a.end\" = '3')", "CREATE SOURCE\n"},
		{"FLUSH; SELECT name, status, reason, lag_epochs, rows, errors, append_only, key, definition FROM streamdb.views",
			"m | running | NULL | 0 | 1 | 1 | f | id | SELECT id, 10 / v AS q FROM t\nSELECT 1\n"},
		{"SELECT plan LIKE '%Scan public.t%' FROM streamdb.views", "t\nSELECT 1\n"},
		{"SELECT object, code, message, weight FROM streamdb.errors", "public.m | 22012 | division by zero | 1\nSELECT 1\n"},
		{"SELECT name, connector, status, reason, rows_in, definition FROM streamdb.sinks",
			"k | blackhole | running | NULL | 1 | CREATE SINK k FROM m WITH (connector = 'blackhole')\nSELECT 1\n"},
		{"SELECT name, kind, connector, status, position, rows, bad_rows FROM streamdb.sources",
			"g | source | datagen | idle | NULL | 0 | 0\nSELECT 1\n"},
		{"SELECT name, rows FROM streamdb.tables", "t | 2\nSELECT 1\n"},
		{"SELECT object, part FROM streamdb.memory WHERE object = 'public.t' AND part <> 'changes' ORDER BY 2",
			"public.t | indexes\npublic.t | rows\nSELECT 2\n"},
		{"SELECT count(*) FROM streamdb.jobs", "0\nSELECT 1\n"},
		{"SHOW SINKS", "Name:text\nk\nSHOW\n"},
		{"SHOW CREATE MATERIALIZED VIEW m", "public.m | CREATE MATERIALIZED VIEW m AS SELECT id, 10 / v AS q FROM t\nSHOW\n"},
		{"DESCRIBE m", "id | integer | f | key | f | NULL\nq | integer | t | NULL | f | NULL\nDESCRIBE\n"},
	} {
		if got := ask(t, s, c.text); !strings.HasSuffix(got, c.want) {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}
