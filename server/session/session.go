package session

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner"
	"streamdb/server/engine"
	"streamdb/server/settings"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

// Database is the one database there is, User its one user.
const (
	Database = "dev"
	User     = "root"
)

// Session is one client's conversation. One goroutine uses it at a time, but for what
// [Activity] reads.
type Session struct {
	srv  *Server
	e    *engine.Engine
	set  *settings.Set
	user string
	pid  int32

	style   *types.Style // of the settings at styleOf
	styleOf int

	stmts   map[string]*prepared
	portals map[string]*portal
	parsing chan struct{} // holds one while a long text is parsed
	notices []wire.Notice

	txn     *engine.Txn
	txid    int64 // what txid_current said of txn, 0 before it was asked
	block   bool  // BEGIN was given
	failed  bool
	queried bool        // the block has fixed what it sees
	outside implicit    // what holds outside a block
	floor   types.Epoch // the newest epoch the session has written or read
	durable bool        // it reads durable epochs

	started  time.Time
	remote   net.Addr
	activity atomic.Pointer[Activity]
	txnStart time.Time
	now      time.Time // of the statement
	// interrupt fails once the statement being planned is to end.
	interrupt func() error
}

// Activity is what pg_stat_activity shows of a session.
type Activity struct {
	State       string
	Query       string
	Application string
	Wait        engine.Wait // what the statement waits for, zero for nothing
	QueryStart  time.Time
	StateChange time.Time
	XactStart   time.Time
}

// Server is what the sessions share.
type Server struct {
	Engine *engine.Engine
	// Options are the settings of the server that differ from their defaults, in canonical
	// form, by name.
	Options map[string]string
	// Cancel and Terminate are pg_cancel_backend and pg_terminate_backend.
	Cancel, Terminate func(pid int32) bool
	sessions          registry
	lastTxid          atomic.Int64
}

// NewSession begins a conversation.
func (srv *Server) NewSession(_ context.Context, st wire.Startup) (wire.Session, error) {
	if st.User != User {
		return nil, pgerr.New(pgerr.InvalidAuthorization, "role \"%s\" does not exist", st.User).WithHint("The one role is %s.", User)
	}
	if st.Database != "" && st.Database != Database {
		return nil, pgerr.New(pgerr.InvalidCatalogName, "database \"%s\" does not exist", st.Database).WithHint("The one database is %s.", Database)
	}
	s := &Session{
		srv: srv, e: srv.Engine, set: settings.NewSet(), user: st.User, pid: st.PID,
		stmts: map[string]*prepared{}, portals: map[string]*portal{}, parsing: make(chan struct{}, 1), started: time.Now(), remote: st.Remote,
	}
	for name, value := range srv.Options {
		s.set.Fix(name, value)
	}
	s.set.Fix("session_authorization", st.User)
	for _, v := range st.Settings {
		value := v.Value
		if strings.EqualFold(v.Name, "client_encoding") {
			value = strings.Trim(value, "'")
		}
		if strings.EqualFold(v.Name, "replication") {
			continue
		}
		done, err := s.setOwn(v.Name, value, false)
		if !done && err == nil {
			err = s.set.Set(v.Name, value, false)
		}
		if err != nil {
			return nil, err
		}
	}
	s.set.Started()
	s.note("idle", "")
	srv.sessions.add(s)
	return s, nil
}

// Close ends the conversation.
func (s *Session) Close() {
	if s.durable {
		s.e.ReleaseDurable()
	}
	s.rollback()
	s.srv.sessions.remove(s)
}

// note tells pg_stat_activity what the session does.
func (s *Session) note(state, query string) {
	now := time.Now()
	a := Activity{
		State: state, Query: query, QueryStart: now, StateChange: now, XactStart: s.txnStart,
		Application: s.set.Value("application_name"),
	}
	if state != "active" {
		a.Wait = engine.Wait{Type: "Client", Event: "ClientRead"}
	}
	if old := s.activity.Load(); old != nil && query == "" {
		a.Query, a.QueryStart = old.Query, old.QueryStart
	}
	s.activity.Store(&a)
}

// waits tells pg_stat_activity what the statement waits for.
func (s *Session) waits(w engine.Wait) {
	if old := s.activity.Load(); old != nil {
		a := *old
		a.Wait = w
		s.activity.Store(&a)
	}
}

// Status is the transaction status byte of ReadyForQuery.
func (s *Session) Status() byte {
	switch {
	case s.block && s.failed:
		return 'E'
	case s.block:
		return 'T'
	}
	return 'I'
}

// TakeParameterChanges lists the reported settings that changed.
func (s *Session) TakeParameterChanges() []wire.Setting {
	var out []wire.Setting
	for _, c := range s.set.Changes() {
		out = append(out, wire.Setting{Name: c[0], Value: c[1]})
	}
	return out
}

// IdleTimeout is how long the session may be idle. A pipeline that has begun a transaction
// is bounded as a block is: it may hold locks.
func (s *Session) IdleTimeout(ready bool) time.Duration {
	name := "idle_in_transaction_session_timeout"
	switch {
	case s.block || s.txn != nil:
	case ready:
		name = "idle_session_timeout"
	default:
		return 0
	}
	ms, _ := settings.Millis(s.set.Value(name))
	return time.Duration(ms) * time.Millisecond
}

// getStyle is how the session reads and writes values.
func (s *Session) getStyle() *types.Style {
	if s.style == nil || s.styleOf != s.set.Version() {
		s.style, s.styleOf = settings.Style(s.set.Value), s.set.Version()
	}
	st := *s.style
	st.Now = s.now
	if s.txn != nil && !s.txnStart.IsZero() {
		st.Now = s.txnStart
	}
	return &st
}

// microsAt is an instant as timestamps count it.
func microsAt(t time.Time) int64 {
	return t.UnixMicro() - 946684800000000
}

// ctx is the evaluation context of a statement.
func (s *Session) ctx(interrupt func() error) *expr.Ctx {
	st := s.getStyle()
	c := expr.NewCtx(st, microsAt(st.Now))
	c.Session, c.Interrupt = s, interrupt
	return c
}

// env is what planning a statement depends on.
func (s *Session) env(text string, oids []types.OID) *planner.Env {
	return &planner.Env{Resolver: resolver{s.e.Catalog(), s.path(), s.user}, Text: text, Ctx: s.ctx(s.interrupt), ParamTypes: oids}
}

// path is the search path as schemas.
func (s *Session) path() []string { return settings.SearchPath(s.set.Value("search_path"), s.user) }

// resolver finds relations for the planner in one snapshot.
type resolver struct {
	snap *catalog.Snapshot
	path []string
	user string
}

// Relation finds a relation by name.
func (r resolver) Relation(schema, name string) (*catalog.Relation, error) {
	if rel, ok := r.snap.Lookup(r.path, schema, name); ok && rel.Kind != catalog.Sink && rel.Kind != catalog.Index {
		return rel, nil
	}
	if schema != "" {
		return nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", schema+"."+name)
	}
	return nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", name)
}

// ViewQuery is the parsed query of a plain view.
func (r resolver) ViewQuery(view *catalog.Relation) (*sql.Query, error) {
	return parseQuery(view.Query)
}

func parseQuery(text string) (*sql.Query, error) {
	stmts, err := sql.Parse(text)
	if err != nil {
		return nil, err
	}
	if len(stmts) == 1 {
		if q, ok := stmts[0].(*sql.Query); ok {
			return q, nil
		}
	}
	return nil, pgerr.Internal("stored query is not one query")
}

// messageLevels are the severities of notices that client_min_messages tells apart, rising.
var messageLevels = []string{"notice", "warning", "error"}

// notice sends a notice with the next result, unless client_min_messages is above it.
func (s *Session) notice(severity string, err *pgerr.Error) {
	level := slices.Index(messageLevels, strings.ToLower(severity))
	if level >= 0 && level < slices.Index(messageLevels, s.set.Value("client_min_messages")) {
		return
	}
	s.notices = append(s.notices, wire.Notice{Severity: severity, Body: err})
}

func (s *Session) flushNotices(w wire.ResultWriter) error {
	for _, n := range s.notices {
		if err := w.Notice(n); err != nil {
			return err
		}
	}
	s.notices = s.notices[:0]
	return nil
}

// statementContext bounds a statement by statement_timeout.
func (s *Session) statementContext(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = engine.WithWaits(ctx, s.waits)
	ms, _ := settings.Millis(s.set.Value("statement_timeout"))
	if ms == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, time.Duration(ms)*time.Millisecond,
		pgerr.New(pgerr.QueryCanceled, "canceling statement due to statement timeout"))
}

// cancelled replaces the error of a cancelled context by its cause.
func cancelled(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return context.Cause(ctx)
	}
	return err
}
