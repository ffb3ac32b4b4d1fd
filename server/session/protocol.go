package session

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"streamdb/expr"
	"streamdb/server/engine"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

// prepared is a prepared statement.
type prepared struct {
	c    *compiled // nil: the empty statement
	sql  string
	from time.Time
	own  bool // made by PREPARE
}

// portal is a statement bound to its parameters. With a row limit its result is kept and
// handed out piece by piece.
type portal struct {
	c       *compiled
	params  []expr.Expr
	formats []int16
	cols    []wire.Column
	started bool
	rows    []*types.Batch
	at      int // rows of rows[0] already sent
	tag     string
}

var errAborted = pgerr.New(pgerr.InFailedTransaction, "current transaction is aborted, commands ignored until end of transaction block")

// SimpleQuery runs every statement of text. Statements outside a block share one implicit
// transaction; DDL commits it first, since DDL is atomic with an epoch of its own.
func (s *Session) SimpleQuery(ctx context.Context, text string, w wire.ResultWriter) error {
	delete(s.portals, "") // those with a name live as long as their transaction
	s.begin(ctx)
	s.note("active", text)
	defer func() { s.note(s.idleState(), "") }()
	stmts, err := s.parse(ctx, text)
	if err != nil {
		return err
	}
	if len(stmts) == 0 {
		return w.Empty()
	}
	for _, st := range stmts {
		if err := s.simple(ctx, st, text, len(stmts) == 1, w); err != nil {
			return err
		}
	}
	return s.finishImplicit(ctx)
}

func (s *Session) simple(ctx context.Context, st sql.Statement, text string, lone bool, w wire.ResultWriter) error {
	if s.failed && !endsBlock(st) {
		return errAborted
	}
	ctx, cancel := s.statementContext(ctx)
	defer cancel()
	s.interrupt = interruptOf(ctx)
	c, err := s.compileSimple(st, text)
	if err != nil {
		return err
	}
	if c.cols != nil {
		if err := w.Columns(c.cols); err != nil {
			return err
		}
	}
	x := &execution{s: s, c: c, w: w, rows: s.send(w, c.cols, s.getStyle())}
	if err := s.run(ctx, x); err != nil {
		return cancelled(ctx, err)
	}
	if lone && !s.block && !endsBlock(st) {
		// A lone statement must not be acknowledged before it is durable.
		if err := s.finishImplicit(ctx); err != nil {
			return err
		}
	}
	if err := s.flushNotices(w); err != nil || x.sent {
		return err
	}
	return w.Complete(x.tag)
}

// run runs a statement. One whose table was altered since it was planned is planned again.
func (s *Session) run(ctx context.Context, x *execution) error {
	s.queried = s.queried || s.block && asksData(x.c.stmt)
	if !s.block && !s.outside.begun {
		s.outside = implicit{begun: true, readOnly: s.set.On("transaction_read_only")}
	}
	for {
		err := x.c.run(ctx, x)
		if !errors.Is(err, engine.ErrAltered) {
			return err
		}
		if x.c, err = s.fresh(x.c); err != nil {
			return err
		}
	}
}

// begin notes the instant of a statement and what ends it.
func (s *Session) begin(ctx context.Context) { s.now, s.interrupt = time.Now(), interruptOf(ctx) }

// interruptOf says why what runs under ctx must end; nil while it need not.
func interruptOf(ctx context.Context) func() error {
	return func() error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return nil
	}
}

func (s *Session) idleState() string {
	switch s.Status() {
	case 'T':
		return "idle in transaction"
	case 'E':
		return "idle in transaction (aborted)"
	}
	return "idle"
}

// Parse makes a prepared statement.
func (s *Session) Parse(ctx context.Context, name, text string, oids []types.OID) error {
	ctx, cancel := s.statementContext(ctx)
	defer cancel()
	s.begin(ctx)
	if name != "" && s.stmts[name] != nil {
		return pgerr.New(pgerr.DuplicatePreparedStatement, "prepared statement \"%s\" already exists", name)
	}
	delete(s.stmts, name)
	stmts, err := s.parse(ctx, text)
	if err != nil {
		return err
	}
	if len(stmts) > 1 {
		return pgerr.New(pgerr.SyntaxError, "cannot insert multiple commands into a prepared statement")
	}
	p := &prepared{sql: text, from: s.now}
	if len(stmts) == 1 {
		if s.failed && !endsBlock(stmts[0]) {
			return errAborted
		}
		if p.c, err = s.compile(stmts[0], text, oids); err != nil {
			return err
		}
	}
	s.stmts[name] = p
	return nil
}

func (s *Session) statement(name string) (*prepared, error) {
	p := s.stmts[name]
	if p == nil {
		if name == "" {
			return nil, pgerr.New(pgerr.InvalidStatementName, "unnamed prepared statement does not exist")
		}
		return nil, pgerr.New(pgerr.InvalidStatementName, "prepared statement \"%s\" does not exist", name)
	}
	return p, nil
}

// DescribeStatement gives a statement's parameters and columns.
func (s *Session) DescribeStatement(ctx context.Context, name string) ([]types.OID, []wire.Column, error) {
	ctx, cancel := s.statementContext(ctx)
	defer cancel()
	s.begin(ctx)
	p, err := s.statement(name)
	if err != nil || p.c == nil {
		return nil, nil, err
	}
	if s.failed && p.c.cols != nil {
		return nil, nil, errAborted // PostgreSQL: it may have to look at the catalog
	}
	if !s.failed {
		if err := s.refresh(p); err != nil {
			return nil, nil, err
		}
	}
	return p.c.paramOIDs(), p.c.cols, nil
}

// Bind makes a portal.
func (s *Session) Bind(ctx context.Context, name, stmt string, params []wire.Param, formats []int16) error {
	ctx, cancel := s.statementContext(ctx)
	defer cancel()
	s.begin(ctx)
	p, err := s.statement(stmt)
	if err != nil {
		return err
	}
	if name != "" && s.portals[name] != nil {
		return pgerr.New(pgerr.DuplicateCursor, "cursor \"%s\" already exists", name)
	}
	if p.c == nil {
		s.portals[name] = &portal{}
		return nil
	}
	if s.failed && !endsBlock(p.c.stmt) {
		return errAborted
	}
	if err := s.refresh(p); err != nil {
		return err
	}
	po := &portal{c: p.c, formats: append([]int16(nil), formats...)}
	if po.params, err = s.bindParams(name, stmt, p.c, params); err != nil {
		return err
	}
	if n := len(formats); n > 1 && n != len(p.c.cols) {
		return pgerr.New(pgerr.ProtocolViolation, "bind message has %d result formats but query has %d columns", n, len(p.c.cols))
	}
	po.cols = formatted(p.c.cols, formats)
	s.portals[name] = po
	return nil
}

func formatted(cols []wire.Column, formats []int16) []wire.Column {
	if cols == nil {
		return nil
	}
	out := append([]wire.Column{}, cols...)
	for i := range out {
		switch len(formats) {
		case 0:
		case 1:
			out[i].Format = formats[0]
		default:
			out[i].Format = formats[i]
		}
	}
	return out
}

func (s *Session) bindParams(portal, stmt string, c *compiled, params []wire.Param) ([]expr.Expr, error) {
	if len(params) != len(c.params) {
		return nil, pgerr.New(pgerr.ProtocolViolation, "bind message supplies %d parameters, but prepared statement \"%s\" requires %d",
			len(params), stmt, len(c.params))
	}
	out := make([]expr.Expr, len(params))
	for i, p := range params {
		d, err := s.bindParam(c.params[i], p)
		if err != nil {
			return nil, inParam(err, portal, i+1, p)
		}
		out[i] = &expr.Const{D: d, T: c.params[i]}
	}
	return out, nil
}

// inParam says which parameter an error is about, but not its value.
func inParam(err error, portal string, n int, p wire.Param) error {
	e := *pgerr.From(err)
	where := "unnamed portal"
	if portal != "" {
		where = tagf("portal \"%s\"", portal)
	}
	where = tagf("%s parameter $%d", where, n)
	switch {
	case p.Format == 0:
		where += " = '...'"
	case e.Code == pgerr.InvalidBinaryRepresentation && e.Message == "incorrect binary data format":
		e.Message += tagf(" in bind parameter %d", n)
	}
	if e.Where != "" {
		where = e.Where + "\n" + where
	}
	e.Where = where
	return &e
}

func (s *Session) bindParam(t types.Type, p wire.Param) (types.Datum, error) {
	switch {
	case p.Value == nil:
		return types.Datum{}, nil
	case p.Format == 1:
		return types.ParseBinary(t, p.Value)
	}
	return s.parseParam(t, string(p.Value))
}

// DescribePortal gives a portal's columns.
func (s *Session) DescribePortal(_ context.Context, name string) ([]wire.Column, error) {
	p, err := s.portal(name)
	if err != nil {
		return nil, err
	}
	if s.failed && p.cols != nil {
		return nil, errAborted
	}
	return p.cols, nil
}

func (s *Session) portal(name string) (*portal, error) {
	p := s.portals[name]
	if p == nil {
		return nil, pgerr.New(pgerr.InvalidCursorName, "portal \"%s\" does not exist", name)
	}
	return p, nil
}

// Execute runs a portal, or goes on with it.
func (s *Session) Execute(ctx context.Context, name string, maxRows int, w wire.ResultWriter) error {
	s.begin(ctx)
	p, err := s.portal(name)
	if err != nil {
		return err
	}
	if p.c == nil {
		return w.Empty()
	}
	if s.failed && !endsBlock(p.c.stmt) {
		return errAborted
	}
	s.note("active", p.c.text)
	defer func() { s.note(s.idleState(), "") }()
	ctx, cancel := s.statementContext(ctx)
	defer cancel()
	if p.cols != nil {
		if err := w.Columns(p.cols); err != nil {
			return err
		}
	}
	if p.started && p.cols == nil {
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "portal \"%s\" cannot be run", name)
	}
	if maxRows > 0 && p.cols != nil || p.started {
		return s.executeSome(ctx, p, maxRows, w)
	}
	p.started = true
	x := &execution{s: s, c: p.c, params: p.params, w: w, rows: s.send(w, p.cols, s.getStyle())}
	if err := s.run(ctx, x); err != nil {
		return cancelled(ctx, err)
	}
	p.tag = x.tag
	if err := s.flushNotices(w); err != nil || x.sent {
		return err
	}
	return w.Complete(x.tag)
}

// executeSome hands out at most maxRows rows (0: all that are left) of a kept result.
func (s *Session) executeSome(ctx context.Context, p *portal, maxRows int, w wire.ResultWriter) error {
	if !p.started {
		p.started = true
		x := &execution{s: s, c: p.c, params: p.params, w: w, rows: func(b *types.Batch) error {
			p.rows = append(p.rows, repeated(b))
			return nil
		}}
		if err := s.run(ctx, x); err != nil {
			return cancelled(ctx, err)
		}
		p.tag = x.tag
	}
	if err := s.flushNotices(w); err != nil {
		return err
	}
	sent, send := 0, s.send(w, p.cols, s.getStyle())
	for len(p.rows) > 0 && (maxRows == 0 || sent < maxRows) {
		b := p.rows[0]
		n := b.N - p.at
		if maxRows > 0 {
			n = min(n, maxRows-sent)
		}
		part := &types.Batch{N: b.N, Cols: b.Cols, Sel: make([]int32, n)}
		for i := range part.Sel {
			part.Sel[i] = int32(p.at + i)
		}
		if err := send(part); err != nil {
			return err
		}
		sent += n
		if p.at += n; p.at == b.N {
			p.rows, p.at = p.rows[1:], 0
		}
	}
	if maxRows > 0 && sent == maxRows {
		return w.Suspended()
	}
	return w.Complete(countTag(p.tag, sent))
}

// countTag is a command tag whose count, if it has one, is that of this Execute alone.
func countTag(tag string, n int) string {
	at := strings.LastIndexByte(tag, ' ')
	if at < 0 {
		return tag
	}
	if _, err := strconv.ParseUint(tag[at+1:], 10, 64); err != nil {
		return tag
	}
	return tagf("%s %d", tag[:at], n)
}

// repeated is a dense copy of b with every row as often as its weight says.
func repeated(b *types.Batch) *types.Batch {
	c := types.NewBatch(b.Types(), b.Len())
	for k := range b.Len() {
		row := b.Row(k)
		for range b.Weight(row) {
			c.AppendFrom(b, row, 1)
		}
	}
	return c
}

// CloseStatement forgets a prepared statement.
func (s *Session) CloseStatement(_ context.Context, name string) error {
	delete(s.stmts, name)
	return nil
}

// ClosePortal forgets a portal.
func (s *Session) ClosePortal(_ context.Context, name string) error {
	delete(s.portals, name)
	return nil
}

func (s *Session) closePortals() { clear(s.portals) }

// Sync ends the implicit transaction, and with it the portals.
func (s *Session) Sync(ctx context.Context) error {
	if s.block {
		return nil
	}
	s.closePortals()
	return s.finishImplicit(ctx)
}

// Failed is told of every reported error: a block is aborted, an implicit transaction
// rolled back.
func (s *Session) Failed() {
	s.notices = nil
	if s.block {
		s.failed = true
		return
	}
	s.rollback()
	s.closePortals()
}

func tagf(format string, args ...any) string { return fmt.Sprintf(format, args...) }
