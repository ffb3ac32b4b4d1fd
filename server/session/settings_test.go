package session

import (
	"fmt"
	"strings"
	"testing"

	"streamdb/server/settings"
)

// settingCases are, for each setting that a session sets: a value it takes, how SHOW prints
// it, a value it refuses and with which error. "" is a value that does not exist.
const settingCases = `
application_name                    | psql it              | psql it              |           |
array_nulls                         | yes                  | on                   | off       | 0A000
background_ddl                      | true                 | on                   | perhaps   | 22023
backslash_quote                     | OFF                  | off                  | perhaps   | 22023
bytea_output                        | escape               | escape               | base64    | 22023
check_function_bodies               | off                  | off                  | 2         | 22023
client_encoding                     | utf-8                | UTF8                 | latin1    | 0A000
client_min_messages                 | error                | error                | panic     | 22023
compute_query_id                    | on                   | on                   | perhaps   | 22023
cursor_tuple_fraction               | 0.25                 | 0.25                 | 1.5       | 22023
DateStyle                           | german               | German, DMY          | roman     | 22023
default_table_access_method         | heap                 | heap                 | columnar  | 0A000
default_tablespace                  | pg_default           | pg_default           |           |
default_transaction_deferrable      | on                   | on                   | perhaps   | 22023
default_transaction_isolation       | read committed       | read committed       | serializable | 0A000
default_transaction_read_only       | on                   | on                   | perhaps   | 22023
default_with_oids                   | false                | off                  | on        | 0A000
effective_cache_size                | 1GB                  | 1GB                  | 1TiB      | 22023
enable_bitmapscan                   | off                  | off                  | perhaps   | 22023
enable_hashjoin                     | off                  | off                  | perhaps   | 22023
enable_indexscan                    | off                  | off                  | perhaps   | 22023
enable_mergejoin                    | off                  | off                  | perhaps   | 22023
enable_nestloop                     | off                  | off                  | perhaps   | 22023
enable_seqscan                      | off                  | off                  | perhaps   | 22023
escape_string_warning               | off                  | off                  | perhaps   | 22023
extra_float_digits                  | 3                    | 3                    | 4         | 22023
enable_async_append                 | off                  | off                  | perhaps   | 22023
enable_gathermerge                  | off                  | off                  | perhaps   | 22023
enable_hashagg                      | off                  | off                  | perhaps   | 22023
enable_incremental_sort             | off                  | off                  | perhaps   | 22023
enable_indexonlyscan                | off                  | off                  | perhaps   | 22023
enable_material                     | off                  | off                  | perhaps   | 22023
enable_memoize                      | off                  | off                  | perhaps   | 22023
enable_parallel_append              | off                  | off                  | perhaps   | 22023
enable_parallel_hash                | off                  | off                  | perhaps   | 22023
enable_partition_pruning            | off                  | off                  | perhaps   | 22023
enable_sort                         | off                  | off                  | perhaps   | 22023
enable_tidscan                      | off                  | off                  | perhaps   | 22023
enable_partitionwise_aggregate      | on                   | on                   | perhaps   | 22023
enable_partitionwise_join           | on                   | on                   | perhaps   | 22023
seq_page_cost                       | 1.5                  | 1.5                  | -1        | 22023
random_page_cost                    | 1.5                  | 1.5                  | -1        | 22023
cpu_tuple_cost                      | 1.5                  | 1.5                  | -1        | 22023
cpu_index_tuple_cost                | 1.5                  | 1.5                  | -1        | 22023
cpu_operator_cost                   | 1.5                  | 1.5                  | -1        | 22023
parallel_setup_cost                 | 1.5                  | 1.5                  | -1        | 22023
parallel_tuple_cost                 | 1.5                  | 1.5                  | -1        | 22023
default_statistics_target           | 3                    | 3                    | -1        | 22023
from_collapse_limit                 | 3                    | 3                    | -1        | 22023
join_collapse_limit                 | 3                    | 3                    | -1        | 22023
geqo_threshold                      | 3                    | 3                    | -1        | 22023
max_parallel_workers_per_gather     | 3                    | 3                    | -1        | 22023
max_parallel_workers                | 3                    | 3                    | -1        | 22023
max_parallel_maintenance_workers    | 3                    | 3                    | -1        | 22023
effective_io_concurrency            | 3                    | 3                    | -1        | 22023
constraint_exclusion                | on                   | on                   | perhaps   | 22023
default_toast_compression           | lz4                  | lz4                  | perhaps   | 22023
min_parallel_table_scan_size        | 1MB                  | 1MB                  | x         | 22023
min_parallel_index_scan_size        | 1MB                  | 1MB                  | x         | 22023
temp_buffers                        | 1MB                  | 1MB                  | x         | 22023
geqo                                | off                  | off                  | perhaps   | 22023
gin_fuzzy_search_limit              | 10                   | 10                   | -1        | 22023
idle_in_transaction_session_timeout | 90s                  | 90s                  | -1        | 22023
idle_session_timeout                | 1h                   | 1h                   | soon      | 22023
IntervalStyle                       | sql_standard         | sql_standard         | roman     | 22023
jit                                 | on                   | on                   | perhaps   | 22023
lc_messages                         | C                    | C                    |           |
lc_monetary                         | C                    | C                    |           |
lc_numeric                          | C                    | C                    |           |
lc_time                             | C                    | C                    |           |
lock_timeout                        | 120000               | 2min                 | 1 week    | 22023
log_min_duration_statement          | 250                  | 250ms                | -2        | 22023
log_min_messages                    | fatal                | fatal                | perhaps   | 22023
log_statement                       | ddl                  | ddl                  | perhaps   | 22023
maintenance_work_mem                | 2048                 | 2MB                  | 1kB       | 22023
plan_cache_mode                     | force_custom_plan    | force_custom_plan    | perhaps   | 22023
password_encryption                 | md5                  | md5                  | perhaps   | 22023
quote_all_identifiers               | off                  | off                  | on        | 0A000
read_stopped_views                  | on                   | on                   | perhaps   | 22023
row_security                        | off                  | off                  | perhaps   | 22023
search_path                         | a, public            | a, public            |           |
session_replication_role            | origin               | origin               | replica   | 0A000
standard_conforming_strings         | on                   | on                   | off       | 0A000
statement_timeout                   | 1500                 | 1500ms               | -1        | 22023
stats_fetch_consistency             | none                 | none                 | perhaps   | 22023
synchronize_seqscans                | off                  | off                  | perhaps   | 22023
synchronous_commit                  | remote_write         | remote_write         | perhaps   | 22023
tcp_keepalives_count                | 3                    | 3                    | x         | 22023
tcp_keepalives_idle                 | 3                    | 3                    | x         | 22023
tcp_keepalives_interval             | 3                    | 3                    | x         | 22023
TimeZone                            | europe/rome          | Europe/Rome          | Europe/Atlantis | 22023
transform_null_equals               | off                  | off                  | on        | 0A000
visibility                          | durable              | durable              | maybe     | 22023
work_mem                            | 64                   | 64kB                 | 63        | 22023
xmloption                           | document             | document             | perhaps   | 22023
`

// TestSettings shows, sets, sets wrong and resets each setting there is, and looks it up in
// pg_settings each time. Those the session cannot set say so.
func TestSettings(t *testing.T) {
	cases := map[string][]string{}
	for line := range strings.Lines(strings.TrimSpace(settingCases)) {
		f := strings.Split(line, "|")
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		cases[f[0]] = f[1:]
	}
	s := newSession(t)
	for _, d := range settings.All() {
		c, ok := cases[d.Name]
		delete(cases, d.Name)
		switch {
		case isMode(d.Name) || d.Name == "role" || d.Name == "session_authorization":
			// The session's own; sqllogictest's transactions have them.
		case d.Scope != settings.PerSession:
			checkFixedSetting(t, s, d)
		case !ok:
			t.Errorf("%s has no case", d.Name)
		default:
			checkSetting(t, s, d, c[0], c[1], c[2], c[3])
		}
	}
	for name := range cases {
		t.Errorf("%s is no setting", name)
	}
}

func checkSetting(t *testing.T, s *Session, d *settings.Def, value, shown, wrong, code string) {
	t.Helper()
	expectAnswer(t, s, "SHOW "+d.Name, d.Name+":text\n"+d.Default+"\nSHOW\n")
	expectRow(t, s, d, d.Default, "default")
	expectAnswer(t, s, fmt.Sprintf("BEGIN; SET %s = '%s'", d.Name, value), "BEGIN\nSET\n")
	expectAnswer(t, s, "SHOW "+d.Name, d.Name+":text\n"+shown+"\nSHOW\n")
	source := "session"
	if shown == d.Default {
		source = "default"
	}
	expectRow(t, s, d, shown, source)
	expectAnswer(t, s, "RESET "+d.Name+"; SHOW "+d.Name, "RESET\n"+d.Name+":text\n"+d.Default+"\nSHOW\n")
	expectAnswer(t, s, fmt.Sprintf("SET LOCAL %s = '%s'; COMMIT; SHOW %[1]s", d.Name, value), "SET\nCOMMIT\n"+d.Name+":text\n"+d.Default+"\nSHOW\n")
	if wrong != "" {
		if got := ask(t, s, fmt.Sprintf("SET %s = '%s'", d.Name, wrong)); !strings.HasPrefix(got, "ERROR "+code+": ") {
			t.Errorf("SET %s = %s: %s", d.Name, wrong, got)
		}
		expectAnswer(t, s, "SHOW "+d.Name, d.Name+":text\n"+d.Default+"\nSHOW\n")
	}
}

// checkFixedSetting: the value is shown, and neither SET nor RESET nor set_config changes it.
func checkFixedSetting(t *testing.T, s *Session, d *settings.Def) {
	t.Helper()
	expectAnswer(t, s, "SHOW "+d.Name, d.Name+":text\n"+d.Default+"\nSHOW\n")
	expectRow(t, s, d, d.Default, "default")
	refusal := fmt.Sprintf("ERROR 55P02: parameter \"%s\" cannot be changed\n", d.Name)
	if d.Scope == settings.AtStart {
		refusal = fmt.Sprintf("ERROR 55P02: parameter \"%s\" cannot be changed without restarting the server\n", d.Name)
	}
	for _, format := range []string{"SET %s = '1'", "SET %s TO DEFAULT", "RESET %s", "SELECT set_config('%s', '1', false)"} {
		got := ask(t, s, fmt.Sprintf(format, d.Name))
		if !strings.HasSuffix(got, refusal) {
			t.Errorf(format+": %s", d.Name, got)
		}
	}
}

func expectAnswer(t *testing.T, s *Session, text, want string) {
	t.Helper()
	if got := ask(t, s, text); got != want {
		t.Errorf("%s\n got %s\nwant %s", text, got, want)
	}
}

// expectRow looks at a setting's row of pg_settings. The values there are numbers of the
// unit where there is one.
func expectRow(t *testing.T, s *Session, d *settings.Def, value, source string) {
	t.Helper()
	orNull := func(v string) string {
		if v == "" {
			return "NULL"
		}
		return v
	}
	low, high := d.Range()
	want := fmt.Sprintf("%s | %s | %s | %s | %s | %s | %s | %s | %s\nSELECT 1\n", d.InUnit(value), orNull(d.Unit()), d.Scope, d.Kind(), source,
		orNull(low), orNull(high), d.InUnit(d.Default), d.InUnit(d.Default))
	got := ask(t, s, "SELECT setting, unit, context, vartype, source, min_val, max_val, boot_val, reset_val FROM pg_settings WHERE name = '"+d.Name+"'")
	if _, rows, _ := strings.Cut(got, "\n"); rows != want {
		t.Errorf("%s in pg_settings\n got %s\nwant %s", d.Name, rows, want)
	}
}
