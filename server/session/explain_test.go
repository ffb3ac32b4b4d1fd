package session

import (
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	s := newSession(t)
	orders(t, s)
	for _, c := range []struct{ text, want string }{
		{"SELECT id FROM orders WHERE id > 3", "Scan public.orders"},
		{"INSERT INTO orders VALUES (1, 2) ON CONFLICT (id) DO NOTHING", "Insert public.orders: on conflict (id) do nothing\n  "},
		{"INSERT INTO orders VALUES (1, 2)", "Insert public.orders\n  "},
		{`UPDATE orders SET "Amount" = 3`, "Update public.orders\n  "},
		{"DELETE FROM orders", "Delete public.orders\n  "},
		{"CREATE MATERIALIZED VIEW v AS SELECT id FROM orders", "Materialized view v  [key: id]\n  "},
		{"CREATE MATERIALIZED VIEW v AS SELECT id FROM orders LIMIT 1", "ERROR 0A000"},
		{"CREATE SINK k FROM orders WITH (connector = 'blackhole', password = 'hunter2')", "Sink k  [key: id]\n  "},
		{"CREATE SINK k FROM nope WITH (connector = 'blackhole')", "ERROR 42P01: relation \"nope\" does not exist"},
		{"SELECT 'http://u:hunter2@h' FROM orders", "'http://u:***@h'"},
	} {
		got := ask(t, s, "EXPLAIN "+c.text)
		if !strings.Contains(got, c.want) || strings.Contains(got, "hunter2") {
			t.Errorf("EXPLAIN %s\n%s", c.text, got)
		}
	}
}

func TestExplainOptions(t *testing.T) {
	s := newSession(t)
	for _, c := range []struct{ text, want string }{
		{"EXPLAIN (VERBOSE, COSTS off, FORMAT text) SELECT 1", ""},
		{"EXPLAIN VERBOSE SELECT 1", ""},
		{"EXPLAIN ANALYZE SELECT 1", "0A000: EXPLAIN ANALYZE is not supported"},
		{"EXPLAIN (ANALYZE false) SELECT 1", ""},
		{"EXPLAIN (FORMAT json) SELECT 1", "0A000: EXPLAIN (FORMAT JSON) is not supported"},
		{"EXPLAIN (FORMAT what) SELECT 1", `22023: unrecognized value for EXPLAIN option "format": "what"`},
		{"EXPLAIN (nonsense) SELECT 1", `42601: unrecognized EXPLAIN option "nonsense"`},
		{"EXPLAIN (costs maybe) SELECT 1", "42601: costs requires a Boolean value"},
		{"EXPLAIN (wal) SELECT 1", "22023: EXPLAIN option WAL requires ANALYZE"},
	} {
		got := ask(t, s, c.text)
		if c.want != "" && got != "ERROR "+c.want+"\n" || c.want == "" && !strings.HasSuffix(got, "EXPLAIN\n") {
			t.Errorf("%s\n%s", c.text, got)
		}
	}
}
