package sql

// Explain is EXPLAIN.
type Explain struct {
	stmt
	Options []Option // names lower case; EXPLAIN ANALYZE VERBOSE gives analyze and verbose
	Stmt    Statement
}

// TransactionModes are the modes of BEGIN, START TRANSACTION and SET TRANSACTION.
type TransactionModes struct {
	Isolation  string // lower case, such as "repeatable read"; "" when not given
	ReadOnly   *bool
	Deferrable *bool
}

// Begin is BEGIN, with Start START TRANSACTION.
type Begin struct {
	stmt
	Start bool
	Modes TransactionModes
}

// Commit is COMMIT or END.
type Commit struct {
	stmt
	Chain bool
}

// Rollback is ROLLBACK or ABORT.
type Rollback struct {
	stmt
	Chain bool
}

// Savepoint is SAVEPOINT name.
type Savepoint struct {
	stmt
	Name string
}

// ReleaseSavepoint is RELEASE [SAVEPOINT] name.
type ReleaseSavepoint struct {
	stmt
	Name string
}

// RollbackTo is ROLLBACK TO [SAVEPOINT] name.
type RollbackTo struct {
	stmt
	Name string
}

// Set is SET name TO values. SET TIME ZONE sets "timezone", SET NAMES "client_encoding".
type Set struct {
	stmt
	Name        string // lower case
	Local       bool
	Default     bool   // TO DEFAULT
	FromCurrent bool   // FROM CURRENT
	Values      []Expr // *Literal (bare words are strings), or *Cast for TIME ZONE INTERVAL '…'
}

// SetTransaction is SET TRANSACTION, with Session SET SESSION CHARACTERISTICS AS TRANSACTION.
type SetTransaction struct {
	stmt
	Session  bool
	Modes    TransactionModes
	Snapshot string // SET TRANSACTION SNAPSHOT 'id'
}

// Reset is RESET name, or with All RESET ALL.
type Reset struct {
	stmt
	Name string
	All  bool
}

// Show is SHOW name of a setting; SHOW ALL has Name "all".
type Show struct {
	stmt
	Name string
}

// ShowObjects is SHOW TABLES and its relatives.
type ShowObjects struct {
	stmt
	Pos    Pos
	Kind   ShowKind
	From   *QualifiedName // SHOW COLUMNS FROM t, SHOW INDEXES FROM t
	Schema string         // SHOW TABLES FROM schema, "" when not given
	Like   *Literal       // LIKE 'pattern'
}

// ShowKind names what ShowObjects lists, in upper case.
type ShowKind string

// The lists of SHOW.
const (
	ShowTables            ShowKind = "TABLES"
	ShowSources           ShowKind = "SOURCES"
	ShowSinks             ShowKind = "SINKS"
	ShowViews             ShowKind = "VIEWS"
	ShowMaterializedViews ShowKind = "MATERIALIZED VIEWS"
	ShowSchemas           ShowKind = "SCHEMAS"
	ShowDatabases         ShowKind = "DATABASES"
	ShowJobs              ShowKind = "JOBS"
	ShowColumns           ShowKind = "COLUMNS"
	ShowIndexes           ShowKind = "INDEXES"
	ShowParameters        ShowKind = "PARAMETERS"
	ShowFunctions         ShowKind = "FUNCTIONS"
	ShowSubscriptions     ShowKind = "SUBSCRIPTIONS"
	ShowConnections       ShowKind = "CONNECTIONS"
	ShowSecrets           ShowKind = "SECRETS"
	ShowCluster           ShowKind = "CLUSTER"
	ShowProcesslist       ShowKind = "PROCESSLIST"
	ShowInternalTables    ShowKind = "INTERNAL TABLES"
)

// ShowCreate is SHOW CREATE kind name.
type ShowCreate struct {
	stmt
	Kind ObjectKind
	Name QualifiedName
}

// Describe is DESCRIBE name.
type Describe struct {
	stmt
	Name QualifiedName
}

// CancelJobs is CANCEL JOBS n, … .
type CancelJobs struct {
	stmt
	IDs []int64
}

// Flush is FLUSH: wait until all earlier writes are visible in every view.
type Flush struct{ stmt }

// Wait is WAIT: wait until all background DDL is done.
type Wait struct{ stmt }

// Checkpoint is CHECKPOINT [TO 'uri'].
type Checkpoint struct {
	stmt
	To string
}

// Subscribe is SUBSCRIBE [TO] relation or (query) with options and UP TO.
type Subscribe struct {
	stmt
	Relation *QualifiedName // nil with Query
	Query    *Query
	Envelope string   // ENVELOPE …, upper case
	Key      []string // ENVELOPE UPSERT (KEY (…))
	Options  []Option
	AsOf     Expr
	UpTo     Expr
}

// Discard is DISCARD ALL, PLANS, SEQUENCES or TEMP.
type Discard struct {
	stmt
	Target string // upper case
}

// Prepare is PREPARE name (types) AS statement.
type Prepare struct {
	stmt
	Name  string
	Types []*TypeName
	Stmt  Statement
}

// Execute is EXECUTE name (args).
type Execute struct {
	stmt
	Name string
	Args []Expr
}

// Deallocate is DEALLOCATE name, or with an empty Name DEALLOCATE ALL.
type Deallocate struct {
	stmt
	Name string
}

// DeclareCursor is DECLARE name CURSOR FOR query.
type DeclareCursor struct {
	stmt
	Name     string
	Binary   bool
	Scroll   bool
	NoScroll bool
	Hold     bool
	Query    *Query
}

// FetchCursor is FETCH, with Move MOVE.
type FetchCursor struct {
	stmt
	Name      string
	Move      bool
	Direction FetchDirection
	Count     int64 // math.MaxInt64 for ALL
}

// FetchDirection is the direction of a FETCH.
type FetchDirection uint8

// The fetch directions.
const (
	FetchForward FetchDirection = iota
	FetchBackward
	FetchAbsolute
	FetchRelative
)

// CloseCursor is CLOSE name, or with an empty Name CLOSE ALL.
type CloseCursor struct {
	stmt
	Name string
}

// Listen is LISTEN channel.
type Listen struct {
	stmt
	Channel string
}

// Unlisten is UNLISTEN channel, or with an empty Channel UNLISTEN *.
type Unlisten struct {
	stmt
	Channel string
}

// Notify is NOTIFY channel, 'payload'.
type Notify struct {
	stmt
	Channel string
	Payload string
}

// LockTable is LOCK TABLE.
type LockTable struct {
	stmt
	Tables []*TableName
	Mode   int // PostgreSQL's lock mode, 1 (ACCESS SHARE) to 8 (ACCESS EXCLUSIVE)
	NoWait bool
}

// Vacuum is VACUUM, or with Analyze ANALYZE.
type Vacuum struct {
	stmt
	Analyze bool
	Options []Option
	Tables  []QualifiedName
}
