package settings

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// Scope is who sets a setting.
type Scope int

// The scopes of settings.
const (
	PerSession Scope = iota // the session, with SET
	AtStart                 // the command line, or the file of --config
	BuiltIn                 // nobody
)

// String is the scope as pg_settings calls it.
func (s Scope) String() string { return [...]string{"user", "postmaster", "internal"}[s] }

// Def is one setting.
type Def struct {
	Name    string // as SHOW ALL spells it
	Default string
	Report  bool // told to the client when it changes
	Scope   Scope
	Doc     string
	// parse checks a value and returns its canonical form.
	parse func(d *Def, v string) (string, error)
	// values are what an enumerated setting may be.
	values []string
	// unit is what a bare number of a duration or size counts in; low and high bound a
	// number, in that unit.
	unit      string
	low, high int64
}

// All is the table of settings, by name.
func All() []*Def { return table }

// Find finds a setting, ignoring case.
func Find(name string) (*Def, bool) {
	i, ok := slices.BinarySearchFunc(table, strings.ToLower(name), func(d *Def, n string) int {
		return strings.Compare(strings.ToLower(d.Name), n)
	})
	if !ok {
		return nil, false
	}
	return table[i], true
}

// Parse checks a value and returns its canonical form.
func (d *Def) Parse(v string) (string, error) { return d.parse(d, v) }

// table is what a session can set. The first part changes results; the rest is known to
// clients and does no harm.
var table = sorted([]*Def{
	{Name: "DateStyle", Default: "ISO, MDY", Report: true, parse: dateStyle, Doc: "Output format of dates and timestamps."},
	{Name: "IntervalStyle", Default: "postgres", Report: true, parse: enum, values: []string{"postgres", "postgres_verbose", "sql_standard", "iso_8601"}, Doc: "Output format of intervals."},
	{Name: "TimeZone", Default: "UTC", Report: true, parse: timeZone, Doc: "Time zone of timestamps with time zone."},
	{Name: "extra_float_digits", Default: "1", parse: whole, low: -15, high: 3, Doc: "Digits of floats; above 0: shortest exact."},
	{Name: "bytea_output", Default: "hex", parse: enum, values: []string{"hex", "escape"}, Doc: "Output format of bytea."},
	{Name: "search_path", Default: `"$user", public`, parse: anything, Doc: "Schemas searched for unqualified names."},
	{Name: "default_transaction_isolation", Default: "repeatable read", parse: isolation, values: isolations, Doc: "Isolation of new transaction blocks."},
	{Name: "transaction_isolation", Default: "repeatable read", parse: isolation, values: isolations, Doc: "Isolation of the current transaction."},
	{Name: "default_transaction_read_only", Default: "off", Report: true, parse: boolean, Doc: "New transactions are read only."},
	{Name: "transaction_read_only", Default: "off", parse: boolean, Doc: "The current transaction is read only."},
	{Name: "default_transaction_deferrable", Default: "off", parse: boolean, Doc: "Has no effect."},
	{Name: "transaction_deferrable", Default: "off", parse: boolean, Doc: "Has no effect."},
	{Name: "statement_timeout", Default: "0", parse: duration, unit: "ms", high: math.MaxInt32, Doc: "Longest time a statement may take; 0: any."},
	{Name: "lock_timeout", Default: "0", parse: duration, unit: "ms", high: math.MaxInt32, Doc: "Longest wait for a lock; 0: any."},
	{Name: "idle_in_transaction_session_timeout", Default: "0", parse: duration, unit: "ms", high: math.MaxInt32, Doc: "Longest idle time in a transaction, or in a pipeline that has begun one; then the connection ends. 0: any."},
	{Name: "idle_session_timeout", Default: "0", parse: duration, unit: "ms", high: math.MaxInt32, Doc: "Longest idle time outside a transaction; then the connection ends. 0: any."},
	{Name: "background_ddl", Default: "off", parse: boolean, Doc: "CREATE MATERIALIZED VIEW does not wait until the view is filled."},
	{Name: "visibility", Default: "latest", parse: enum, values: []string{"latest", "durable"}, Doc: "Which epochs reads see."},
	{Name: "read_stopped_views", Default: "off", parse: boolean, Doc: "A stopped view is read as it stands, with a warning."},
	{Name: "max_transaction_bytes", Default: "64MB", Scope: BuiltIn, parse: size, unit: "B", high: math.MaxInt64, Doc: "Largest transaction block."},

	{Name: "memory_limit", Default: "0", Scope: AtStart, parse: size, unit: "B", high: math.MaxInt64, Doc: "Memory the engine may use; 0: any. Without the option three fifths of the machine's."},
	{Name: "max_view_lag", Default: "4GB", Scope: AtStart, parse: size, unit: "B", high: math.MaxInt64, Doc: "Changes a relation keeps for its slowest view before it is slowed."},
	{Name: "workers", Default: "1", Scope: AtStart, parse: whole, low: 1, high: math.MaxInt32, Doc: "Workers per view."},
	{Name: "epoch_interval", Default: "10ms", Scope: AtStart, parse: duration, unit: "ms", high: math.MaxInt32, Doc: "Time between epochs while there is input."},
	{Name: "checkpoint_interval", Default: "1s", Scope: AtStart, parse: duration, unit: "ms", low: -1, high: math.MaxInt32, Doc: "Time between checkpoints while something changes; -1: on demand."},
	{Name: "fsync", Default: "on", Scope: AtStart, parse: boolean, Doc: "Commits are durable before they are acknowledged."},
	{Name: "file_root", Default: "", Scope: AtStart, parse: anything, Doc: "Directory below which file sources and sinks may work; empty: none may."},
	{Name: "data_directory", Default: "streamdb-data", Scope: AtStart, parse: anything, Doc: "The database's directory."},
	{Name: "listen_addresses", Default: "127.0.0.1", Scope: AtStart, parse: anything, Doc: "Address listened on."},
	{Name: "port", Default: "4566", Scope: AtStart, parse: whole, low: 1, high: 65535, Doc: "Port listened on."},

	{Name: "application_name", Default: "", Report: true, parse: anything, Doc: "Name of the application."},
	{Name: "client_encoding", Default: "UTF8", Report: true, parse: encoding, Doc: "Encoding of the client; UTF8 only."},
	{Name: "client_min_messages", Default: "notice", parse: enum, values: []string{"debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"}, Doc: "Least severe message sent."},
	{Name: "standard_conforming_strings", Default: "on", Report: true, parse: mustBe("on"), Doc: "Backslashes in strings are themselves."},
	{Name: "escape_string_warning", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "backslash_quote", Default: "safe_encoding", parse: enum, values: []string{"safe_encoding", "on", "off"}, Doc: "Has no effect."},
	{Name: "check_function_bodies", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "row_security", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "default_tablespace", Default: "", parse: anything, Doc: "Has no effect."},
	{Name: "default_table_access_method", Default: "heap", parse: mustBe("heap"), Doc: "Has no effect."},
	{Name: "default_with_oids", Default: "off", parse: mustBe("off"), Doc: "Has no effect."},
	{Name: "xmloption", Default: "content", parse: enum, values: []string{"content", "document"}, Doc: "Has no effect."},
	{Name: "synchronous_commit", Default: "on", parse: enum, values: []string{"local", "remote_write", "remote_apply", "on", "off"}, Doc: "Commits are always durable."},
	{Name: "session_replication_role", Default: "origin", parse: mustBe("origin"), Doc: "Has no effect."},
	{Name: "lc_messages", Default: "C.UTF-8", parse: anything, Doc: "Has no effect."},
	{Name: "lc_monetary", Default: "C.UTF-8", parse: anything, Doc: "Has no effect."},
	{Name: "lc_numeric", Default: "C.UTF-8", parse: anything, Doc: "Has no effect."},
	{Name: "lc_time", Default: "C.UTF-8", parse: anything, Doc: "Has no effect."},
	{Name: "lc_collate", Default: "C.UTF-8", Scope: BuiltIn, parse: anything, Doc: "Collation."},
	{Name: "lc_ctype", Default: "C.UTF-8", Scope: BuiltIn, parse: anything, Doc: "Character classes."},
	{Name: "work_mem", Default: "4MB", parse: size, unit: "kB", low: 64, high: math.MaxInt32, Doc: "Has no effect."},
	{Name: "maintenance_work_mem", Default: "64MB", parse: size, unit: "kB", low: 1024, high: math.MaxInt32, Doc: "Has no effect."},
	{Name: "effective_cache_size", Default: "4GB", parse: size, unit: "8kB", low: 1, high: math.MaxInt32, Doc: "Has no effect."},
	{Name: "jit", Default: "off", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_seqscan", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_indexscan", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_bitmapscan", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_hashjoin", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_mergejoin", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_nestloop", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_async_append", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_gathermerge", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_hashagg", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_incremental_sort", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_indexonlyscan", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_material", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_memoize", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_parallel_append", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_parallel_hash", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_partition_pruning", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_sort", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_tidscan", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_partitionwise_aggregate", Default: "off", parse: boolean, Doc: "Has no effect."},
	{Name: "enable_partitionwise_join", Default: "off", parse: boolean, Doc: "Has no effect."},
	{Name: "seq_page_cost", Default: "1", parse: cost, Doc: "Has no effect."},
	{Name: "random_page_cost", Default: "4", parse: cost, Doc: "Has no effect."},
	{Name: "cpu_tuple_cost", Default: "0.01", parse: cost, Doc: "Has no effect."},
	{Name: "cpu_index_tuple_cost", Default: "0.005", parse: cost, Doc: "Has no effect."},
	{Name: "cpu_operator_cost", Default: "0.0025", parse: cost, Doc: "Has no effect."},
	{Name: "parallel_setup_cost", Default: "1000", parse: cost, Doc: "Has no effect."},
	{Name: "parallel_tuple_cost", Default: "0.1", parse: cost, Doc: "Has no effect."},
	{Name: "default_statistics_target", Default: "100", parse: whole, low: 1, high: 10000, Doc: "Has no effect."},
	{Name: "from_collapse_limit", Default: "8", parse: whole, low: 1, high: math.MaxInt32, Doc: "Has no effect."},
	{Name: "join_collapse_limit", Default: "8", parse: whole, low: 1, high: math.MaxInt32, Doc: "Has no effect."},
	{Name: "geqo_threshold", Default: "12", parse: whole, low: 2, high: math.MaxInt32, Doc: "Has no effect."},
	{Name: "max_parallel_workers_per_gather", Default: "2", parse: whole, low: 0, high: 1024, Doc: "Has no effect."},
	{Name: "max_parallel_workers", Default: "8", parse: whole, low: 0, high: 1024, Doc: "Has no effect."},
	{Name: "max_parallel_maintenance_workers", Default: "2", parse: whole, low: 0, high: 1024, Doc: "Has no effect."},
	{Name: "effective_io_concurrency", Default: "1", parse: whole, low: 0, high: 1000, Doc: "Has no effect."},
	{Name: "constraint_exclusion", Default: "partition", parse: enum, values: []string{"partition", "on", "off"}, Doc: "Has no effect."},
	{Name: "default_toast_compression", Default: "pglz", parse: enum, values: []string{"pglz", "lz4"}, Doc: "Has no effect."},
	{Name: "min_parallel_table_scan_size", Default: "8MB", parse: size, unit: "8kB", high: math.MaxInt32, Doc: "Has no effect."},
	{Name: "min_parallel_index_scan_size", Default: "512kB", parse: size, unit: "8kB", high: math.MaxInt32, Doc: "Has no effect."},
	{Name: "temp_buffers", Default: "8MB", parse: size, unit: "8kB", low: 100, high: math.MaxInt32, Doc: "Has no effect."},
	{Name: "geqo", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "cursor_tuple_fraction", Default: "0.1", parse: fraction, high: 1, Doc: "Has no effect."},
	{Name: "plan_cache_mode", Default: "auto", parse: enum, values: []string{"auto", "force_generic_plan", "force_custom_plan"}, Doc: "Has no effect."},
	{Name: "synchronize_seqscans", Default: "on", parse: boolean, Doc: "Has no effect."},
	{Name: "gin_fuzzy_search_limit", Default: "0", parse: whole, high: math.MaxInt32, Doc: "Has no effect."},
	{Name: "tcp_keepalives_idle", Default: "0", parse: whole, high: math.MaxInt32, Doc: "Has no effect."},
	{Name: "tcp_keepalives_interval", Default: "0", parse: whole, high: math.MaxInt32, Doc: "Has no effect."},
	{Name: "tcp_keepalives_count", Default: "0", parse: whole, high: math.MaxInt32, Doc: "Has no effect."},
	{Name: "log_statement", Default: "none", parse: enum, values: []string{"none", "ddl", "mod", "all"}, Doc: "Has no effect."},
	{Name: "log_min_messages", Default: "warning", parse: enum, values: []string{"debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error", "log", "fatal", "panic"}, Doc: "Has no effect."},
	{Name: "password_encryption", Default: "scram-sha-256", parse: enum, values: []string{"md5", "scram-sha-256"}, Doc: "Has no effect: there are no passwords."},
	{Name: "log_min_duration_statement", Default: "-1", parse: duration, unit: "ms", low: -1, high: math.MaxInt32, Doc: "Has no effect."},
	{Name: "array_nulls", Default: "on", parse: mustBe("on"), Doc: "NULL in array literals."},
	{Name: "transform_null_equals", Default: "off", parse: mustBe("off"), Doc: "Has no effect."},
	{Name: "quote_all_identifiers", Default: "off", parse: mustBe("off"), Doc: "Has no effect."},
	{Name: "compute_query_id", Default: "auto", parse: enum, values: []string{"auto", "regress", "on", "off"}, Doc: "Has no effect."},
	{Name: "stats_fetch_consistency", Default: "cache", parse: enum, values: []string{"none", "cache", "snapshot"}, Doc: "Has no effect."},

	{Name: "server_version", Default: ServerVersion, Report: true, Scope: BuiltIn, parse: anything, Doc: "PostgreSQL version spoken."},
	{Name: "server_version_num", Default: ServerVersionNum, Scope: BuiltIn, parse: whole, high: math.MaxInt32, Doc: "The same as a number."},
	{Name: "server_encoding", Default: "UTF8", Scope: BuiltIn, parse: anything, Doc: "Encoding of the database."},
	{Name: "integer_datetimes", Default: "on", Scope: BuiltIn, parse: boolean, Doc: "Timestamps are integers."},
	{Name: "in_hot_standby", Default: "off", Report: true, Scope: BuiltIn, parse: boolean, Doc: "Not a standby."},
	{Name: "is_superuser", Default: "on", Report: true, Scope: BuiltIn, parse: boolean, Doc: "The user may do everything."},
	{Name: "session_authorization", Default: "root", Report: true, Scope: BuiltIn, parse: anything, Doc: "The user's name."},
	{Name: "role", Default: "none", parse: anything, Doc: "The user set by SET ROLE: none or the session's own."},
	{Name: "max_identifier_length", Default: "63", Scope: BuiltIn, parse: whole, high: math.MaxInt32, Doc: "Longest identifier."},
	{Name: "max_index_keys", Default: "32", Scope: BuiltIn, parse: whole, high: math.MaxInt32, Doc: "Most columns of a key."},
	{Name: "max_connections", Default: "100", Scope: BuiltIn, parse: whole, high: math.MaxInt32, Doc: "Most connections."},
	{Name: "block_size", Default: "8192", Scope: BuiltIn, parse: whole, high: math.MaxInt32, Doc: "Has no meaning here."},
	{Name: "segment_size", Default: "1GB", Scope: BuiltIn, parse: size, unit: "8kB", high: math.MaxInt32, Doc: "Has no meaning here."},
	{Name: "wal_level", Default: "replica", Scope: BuiltIn, parse: anything, Doc: "Has no meaning here."},
	{Name: "shared_preload_libraries", Default: "", Scope: BuiltIn, parse: anything, Doc: "None."},
	{Name: "data_checksums", Default: "on", Scope: BuiltIn, parse: boolean, Doc: "Stored data has checksums."},
	{Name: "ssl", Default: "off", Scope: BuiltIn, parse: boolean, Doc: "No TLS."},
	{Name: "streamdb_version", Default: Version, Report: true, Scope: BuiltIn, parse: anything, Doc: "Version of streamdb."},
})

// The versions the server reports.
const (
	Version          = "0.1.0"
	ServerVersion    = "15.10 (streamdb " + Version + ")"
	ServerVersionNum = "150010"
)

func sorted(ds []*Def) []*Def {
	slices.SortFunc(ds, func(a, b *Def) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return ds
}

func invalid(d *Def, v string) *pgerr.Error {
	return pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"%s\": \"%s\"", d.Name, v)
}

func anything(_ *Def, v string) (string, error) { return v, nil }

func boolean(d *Def, v string) (string, error) {
	switch strings.ToLower(v) {
	case "on", "true", "yes", "1", "t", "y", "tr", "tru", "ye":
		return "on", nil
	case "off", "false", "no", "0", "f", "n", "of", "fa", "fal", "fals":
		return "off", nil
	}
	return "", pgerr.New(pgerr.InvalidParameterValue, "parameter \"%s\" requires a Boolean value", d.Name)
}

func enum(d *Def, v string) (string, error) {
	if l := strings.ToLower(v); slices.Contains(d.values, l) {
		return l, nil
	}
	return "", invalid(d, v).WithHint("Available values: %s.", strings.Join(d.values, ", "))
}

func mustBe(only string) func(*Def, string) (string, error) {
	return func(d *Def, v string) (string, error) {
		if b, err := boolean(d, v); strings.EqualFold(v, only) || err == nil && b == only {
			return only, nil
		}
		return "", pgerr.Unsupported(fmt.Sprintf("setting \"%s\" to \"%s\"", d.Name, v), fmt.Sprintf("It is always \"%s\".", only))
	}
}

// isolations are the names of isolation levels; see [isolation].
var isolations = []string{"serializable", "repeatable read", "read committed", "read uncommitted"}

func isolation(d *Def, v string) (string, error) {
	switch l := strings.ToLower(v); l {
	case "repeatable read", "read committed", "read uncommitted":
		return l, nil
	case "serializable":
		return "", pgerr.Unsupported("isolation level SERIALIZABLE", "Blocks have snapshot isolation: use REPEATABLE READ.")
	}
	return "", invalid(d, v).WithHint("Available values: %s.", strings.Join(isolations, ", "))
}

// encodings are PostgreSQL's other client encodings, without punctuation.
const encodings = ` BIG5 EUCCN EUCJP EUCJIS2004 EUCKR EUCTW GB18030 GBK ISO88595 ISO88596 ISO88597 ISO88598 JOHAB
	KOI8 KOI8R KOI8U LATIN1 LATIN2 LATIN3 LATIN4 LATIN5 LATIN6 LATIN7 LATIN8 LATIN9 LATIN10 MULEINTERNAL
	SJIS SHIFTJIS2004 UHC WIN WIN866 WIN874 WIN1250 WIN1251 WIN1252 WIN1253 WIN1254 WIN1255 WIN1256 WIN1257 WIN1258 `

func encoding(d *Def, v string) (string, error) {
	name := strings.NewReplacer("-", "", "_", "", "'", "", " ", "").Replace(strings.ToUpper(v))
	switch name {
	case "UTF8", "UNICODE", "DEFAULT":
		return "UTF8", nil
	case "SQLASCII":
		return "SQL_ASCII", nil
	}
	if !slices.Contains(strings.Fields(encodings), name) {
		return "", invalid(d, v)
	}
	return "", pgerr.Unsupported(fmt.Sprintf("client encoding \"%s\"", v), "The client must use UTF8.")
}

func timeZone(d *Def, v string) (string, error) {
	if strings.EqualFold(v, "default") || strings.EqualFold(v, "local") {
		return d.Default, nil
	}
	if hours, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err == nil {
		if !(math.Abs(hours) <= 167) {
			return "", invalid(d, v).WithDetail("UTC timezone offset is out of range.")
		}
		return types.FixedOffset(int(hours * 3600)).String(), nil
	}
	_, name, ok := types.LoadZone(v)
	if !ok {
		return "", invalid(d, v)
	}
	return name, nil
}
