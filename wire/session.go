package wire

import (
	"context"
	"io"
	"net"
	"time"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// Handler opens sessions. The server implements it.
type Handler interface {
	// NewSession opens a session for a client that has been authenticated. An error is
	// reported as FATAL and ends the connection. ctx lives as long as the connection.
	NewSession(ctx context.Context, s Startup) (Session, error)
}

// Setting is a named value: a setting asked for at startup, or a ParameterStatus.
type Setting struct{ Name, Value string }

// Startup is what a client said when it connected.
type Startup struct {
	User     string
	Database string    // the user name if the client named none
	Settings []Setting // settings to apply, in order; later ones win
	PID      int32     // what pg_backend_pid() answers and a cancel request names
	Remote   net.Addr
}

// Session is one client's session. The server implements it.
//
// Calls come one at a time, from one goroutine. Every call gets a context that is
// cancelled when the statement must end; context.Cause then gives the error to return
// (returning ctx.Err() will do): 57014 after a cancel request, [ErrConnectionLost], or
// 57P01 when the server stops. Errors are reported to the client as they are, in the order of calls; one marked
// with [Fatal] also ends the connection.
type Session interface {
	// SimpleQuery runs every statement of text and writes each one's result in order.
	// The first error stops it.
	SimpleQuery(ctx context.Context, text string, w ResultWriter) error

	// Parse makes a prepared statement; name "" is the unnamed one. OID 0, or a parameter
	// beyond paramOIDs, is to be inferred.
	Parse(ctx context.Context, name, text string, paramOIDs []types.OID) error

	// DescribeStatement gives the parameter types and result columns of a statement. Nil
	// columns mean that it returns no rows; columns that are empty but not nil mean rows
	// without columns.
	DescribeStatement(ctx context.Context, name string) ([]types.OID, []Column, error)

	// Bind makes a portal from a statement. params alias the frame: copy what outlives
	// the call. resultFormats is as sent: none (all text), one for all, or one each; it
	// must be echoed in the Format of the portal's columns, odd codes too.
	Bind(ctx context.Context, portal, stmt string, params []Param, resultFormats []int16) error

	// DescribePortal gives a portal's result columns, nil for none.
	DescribePortal(ctx context.Context, name string) ([]Column, error)

	// Execute runs a portal until it ends or has given maxRows rows (0: no limit), and
	// writes rows, then exactly one of Complete, Suspended and Empty.
	Execute(ctx context.Context, portal string, maxRows int, w ResultWriter) error

	// CloseStatement forgets a statement. An unknown name is no error.
	CloseStatement(ctx context.Context, name string) error

	// ClosePortal forgets a portal. An unknown name is no error.
	ClosePortal(ctx context.Context, name string) error

	// Sync ends an extended-query sequence: it commits the implicit transaction, if one is
	// open, and drops its portals. After [Session.Failed] there is nothing to commit.
	Sync(ctx context.Context) error

	// Failed says that an error was reported to the client, whether the session returned
	// it or the protocol raised it: an explicit transaction becomes aborted, an implicit
	// one is rolled back. It may come more than once.
	Failed()

	// Status is the transaction status: 'I' none, 'T' in a block, 'E' in an aborted one.
	Status() byte

	// TakeParameterChanges returns the reported settings that changed since the last call.
	// The first call, after NewSession, returns all of them; server_version must be there.
	TakeParameterChanges() []Setting

	// IdleTimeout is how long the session may wait for the next message in its present
	// state; 0 is for ever. ready: the last thing sent was ReadyForQuery; otherwise the
	// client is within an extended-query sequence.
	IdleTimeout(ready bool) time.Duration

	// Close ends the session and rolls back what is open. It is called exactly once.
	Close()
}

// Column is a result column as RowDescription tells it.
type Column struct {
	Name     string
	Type     types.Type
	TableOID uint32 // of a plain column, else 0
	AttNum   int16  // of a plain column, else 0
	Format   int16  // 0 text, 1 binary
}

// Param is a bound parameter value.
type Param struct {
	Format int16  // 0 text, 1 binary
	Value  []byte // nil: NULL
}

// The severities of a notice.
const (
	SeverityWarning = "WARNING"
	SeverityNotice  = "NOTICE"
	SeverityInfo    = "INFO"
	SeverityLog     = "LOG"
	SeverityDebug   = "DEBUG1"
)

// Notice is a message that is not an error.
type Notice struct {
	Severity string       // one of the constants above
	Body     *pgerr.Error // Code 00000 (or 01000 for a warning) unless there is a better one
}

// ResultWriter takes the results of statements. It is valid only during the call it was
// handed to, and only in that call's goroutine. Output is buffered; an error from a
// method means that the statement must stop: return it.
type ResultWriter interface {
	// Columns begins a result that has rows; every Execute that gives rows begins with it.
	// In simple mode it sends RowDescription; in extended mode the client has asked before,
	// and only the formats count.
	Columns(cols []Column) error

	// Rows sends rows of the columns last given. A weight n ≥ 1 sends the row n times.
	Rows(b *types.Batch, st *types.Style) error

	// Complete ends a statement with its command tag, such as "SELECT 3".
	Complete(tag string) error

	// Suspended ends an Execute that reached its row limit, even if no row is left.
	Suspended() error

	// Empty answers a text without a statement.
	Empty() error

	// Notice sends a notice. The session has already applied client_min_messages.
	Notice(n Notice) error

	// CopyIn starts COPY FROM STDIN of ncols columns and returns what the client sends. The reader
	// gives io.EOF when the client is done, and an error to return if it gave up.
	// Complete discards what was not read.
	CopyIn(format int16, ncols int) (io.Reader, error)

	// CopyOut starts COPY TO STDOUT; each Write sends one CopyData message, which should
	// be one row. Complete ends it.
	CopyOut(format int16, ncols int) (io.Writer, error)

	// Flush sends what is buffered, for results that come little by little.
	Flush() error
}
