package session

import (
	"slices"
	"strings"
	"testing"

	"streamdb/expr"
	"streamdb/types"
)

// TestFactsComplete checks that every function that asks the session has an answer.
func TestFactsComplete(t *testing.T) {
	names := expr.SessionFuncs()
	for _, n := range names {
		if facts[n] == nil {
			t.Errorf("no answer for %s", n)
		}
	}
	for n := range facts {
		if !slices.Contains(names, n) {
			t.Errorf("%s is no function of the session", n)
		}
	}
}

func TestFacts(t *testing.T) {
	s := newSession(t)
	orders(t, s)
	for _, c := range []struct{ query, want string }{
		{`current_database(), current_user, session_user, current_schema()`, "dev | root | root | public"},
		{`current_schemas(true), current_schemas(false)`, "{pg_catalog,public} | {public}"},
		{`pg_backend_pid(), pg_is_in_recovery(), inet_server_port()`, "7 | f | NULL"},
		{`pg_get_userbyid(10), pg_get_userbyid(11)`, "root | unknown (OID=11)"},
		{`'orders'::regclass, 'orders'::regclass::oid, 'pg_catalog.pg_class'::regclass`, "orders | 16384 | pg_class"},
		{`to_regclass('nope'), 'public'::regnamespace`, "NULL | public"},
		{`pg_get_indexdef('orders_pkey'::regclass)`, "CREATE UNIQUE INDEX orders_pkey ON public.orders USING btree (id)"},
		{`pg_get_indexdef('orders_pkey'::regclass, 1, false)`, "id"},
		{`pg_get_viewdef('orders'::regclass), pg_get_viewdef(1::oid)`, "NULL | NULL"},
		{`col_description('orders'::regclass, 1), col_description('orders'::regclass, 2)`, "number of the order | NULL"},
		{`obj_description('streamdb.jobs'::regclass)`, "Views and sinks that are being filled. CANCEL JOBS id removes one."},
		{`pg_table_is_visible('orders'::regclass), pg_table_is_visible(1::oid), pg_type_is_visible(23::oid)`, "t | NULL | t"},
		{`pg_relation_size('orders') >= 0, pg_relation_size('pg_class'), pg_relation_size(99999::oid::regclass)`, "t | 0 | NULL"},
		{`pg_database_size('dev') > 0, pg_get_serial_sequence('orders', 'id')`, "t | NULL"},
		{`set_config('timezone', 'Europe/Rome', false), current_setting('TimeZone')`, "Europe/Rome | Europe/Rome"},
		{`has_table_privilege('orders', 'SELECT'), txid_current() > 0`, "t | t"},
		{`pg_postmaster_start_time() <= now()`, "t"},
	} {
		lines := strings.Split(ask(t, s, "SELECT "+c.query), "\n")
		if got := lines[min(1, len(lines)-1)]; got != c.want {
			t.Errorf("SELECT %s\n got %s\nwant %s", c.query, strings.Join(lines, "\n"), c.want)
		}
	}
	if v := ask(t, s, "SELECT version()"); !strings.Contains(v, "\nPostgreSQL 15.10 (streamdb ") || !strings.Contains(v, "64-bit") {
		t.Error(v)
	}
}

func TestSignals(t *testing.T) {
	s := newSession(t)
	var cancelled int32
	s.srv.Cancel = func(pid int32) bool { cancelled = pid; return pid == 7 }
	if got := ask(t, s, "SELECT pg_cancel_backend(7)"); !strings.Contains(got, "\nt\n") || cancelled != 7 {
		t.Error(got)
	}
	got := ask(t, s, "SELECT pg_cancel_backend(8)")
	if !strings.Contains(got, "\nf\n") || !strings.Contains(got, "WARNING: PID 8 is not a PostgreSQL server process\n") {
		t.Error(got)
	}
	if got := ask(t, s, "SELECT pg_terminate_backend(9)"); !strings.Contains(got, "\nf\n") {
		t.Error(got)
	}
}

func TestSearchPathSkipsMissingSchemas(t *testing.T) {
	s := newSession(t)
	if err := s.SetSetting("search_path", "nope, information_schema, public", false); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s.SearchPath(true), " "); got != "pg_catalog information_schema public" {
		t.Error(got)
	}
	if oid, found, err := s.LookupReg(types.RegClass, "tables"); err != nil || !found || oid == 0 {
		t.Error(oid, found, err)
	}
}

// TestSleepEndsWithTimeout checks that a statement that waits can be stopped.
func TestSleepEndsWithTimeout(t *testing.T) {
	s := newSession(t)
	got := ask(t, s, "SET statement_timeout = '20ms'; SELECT pg_sleep(60)")
	if !strings.HasSuffix(got, "ERROR 57014: canceling statement due to statement timeout\n") {
		t.Error(got)
	}
}
