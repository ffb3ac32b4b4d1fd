package pgcatalog

import (
	"streamdb/catalog"
	"streamdb/types"
)

// Input is what the relations show. Functions may be nil: their relations are empty then.
// All instants are µs since 2000-01-01 UTC, 0 for none.
type Input struct {
	Snapshot *catalog.Snapshot
	Database string
	User     string // the one superuser, owner of everything, with OID [OwnerOID]
	Now      int64
	Settings func() []SettingRow
	Sessions func() []Activity
	Prepared func() []PreparedRow // of the asking session
	Cursors  func() []CursorRow   // of the asking session
	// Rows estimates how many rows a relation holds; ok is false when it is not known.
	Rows func(catalog.ID) (rows int64, ok bool)
}

// OwnerOID is the OID of the role that owns everything; DatabaseOID is the database's.
const (
	OwnerOID    = 10
	DatabaseOID = 5
)

// SettingRow is one row of pg_settings; empty texts other than Setting, Boot and Reset are
// NULL.
type SettingRow struct {
	Name, Setting, Unit, Category, Short, Extra string
	Context                                     string // user, superuser, postmaster, internal…
	VarType                                     string // bool, integer, real, string, enum
	Source                                      string // default, session, configuration file…
	Min, Max                                    string
	Enum                                        []string
	Boot, Reset                                 string
}

// Activity is one row of pg_stat_activity; empty texts are NULL.
type Activity struct {
	PID                                            int32
	User, Database, Application                    string
	ClientAddr                                     string
	ClientPort                                     int32 // −1 for a Unix socket
	BackendStart, XactStart, QueryStart, StateTime int64
	WaitType, Wait                                 string
	State                                          string // active, idle, idle in transaction…
	Query                                          string
	BackendType                                    string // "client backend"
}

// PreparedRow is one row of pg_prepared_statements.
type PreparedRow struct {
	Name, Statement string
	Time            int64
	Params          []types.OID
	FromSQL         bool
}

// CursorRow is one row of pg_cursors.
type CursorRow struct {
	Name, Statement              string
	Holdable, Binary, Scrollable bool
	Time                         int64
}
