package session

import (
	"context"
	"strings"
	"time"

	"streamdb/expr"
	"streamdb/planner"
	"streamdb/server/engine"
	"streamdb/server/settings"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

// current is the transaction the next statement belongs to.
func (s *Session) current() *engine.Txn {
	if s.txn == nil {
		s.txn, s.txid = s.e.Begin(s.block, s.floor), 0
		s.txnStart = s.now
		s.set.Begin()
	}
	ms, _ := settings.Millis(s.set.Value("lock_timeout"))
	s.txn.LockTimeout = time.Duration(ms) * time.Millisecond
	return s.txn
}

// finishImplicit commits the implicit transaction, if there is one.
func (s *Session) finishImplicit(ctx context.Context) error {
	if s.block || s.txn == nil {
		s.endSettings(true)
		return nil
	}
	return s.commit(ctx)
}

func (s *Session) commit(ctx context.Context) error {
	txn := s.txn
	s.txn, s.block, s.failed, s.queried, s.txnStart = nil, false, false, false, time.Time{}
	if txn == nil {
		s.endSettings(true)
		return nil
	}
	epoch, err := txn.Commit(ctx)
	s.floor = max(s.floor, epoch)
	s.endSettings(err == nil)
	return err
}

func (s *Session) endSettings(committed bool) {
	if !s.block {
		s.set.End(committed)
		s.outside = implicit{}
	}
}

func (s *Session) rollback() {
	if s.txn != nil {
		s.txn.Rollback()
	}
	s.txn, s.block, s.failed, s.queried, s.txnStart = nil, false, false, false, time.Time{}
	s.set.End(false)
	s.outside = implicit{}
}

// endsBlock reports whether a statement may run in an aborted block.
func endsBlock(st sql.Statement) bool {
	switch st.(type) {
	case *sql.Commit, *sql.Rollback, *sql.RollbackTo:
		return true
	}
	return false
}

// buildControl compiles statements of transactions, settings and prepared statements.
func (s *Session) buildControl(c *compiled) (bool, error) {
	run, err := s.control(c.stmt, c.text)
	if run == nil {
		return err != nil, err
	}
	c.run = func(ctx context.Context, x *execution) (err error) {
		x.tag, err = run(ctx)
		return err
	}
	return true, nil
}

type action func(ctx context.Context) (tag string, err error)

func (s *Session) control(stmt sql.Statement, text string) (action, error) {
	switch st := stmt.(type) {
	case *sql.Begin:
		return s.beginBlock(st)
	case *sql.Commit:
		return s.endBlock("COMMIT", s.commitBlock, st.Chain), nil
	case *sql.Rollback:
		return s.endBlock("ROLLBACK", s.rollbackBlock, st.Chain), nil
	case *sql.Savepoint:
		return s.inBlock("SAVEPOINT", func() error {
			s.current().Savepoint(st.Name)
			s.set.Savepoint(st.Name)
			return nil
		}), nil
	case *sql.ReleaseSavepoint:
		return s.inBlock("RELEASE", func() error {
			s.set.Release(st.Name)
			return s.current().ReleaseSavepoint(st.Name)
		}), nil
	case *sql.RollbackTo:
		return s.inBlock("ROLLBACK", func() error {
			err := s.current().RollbackTo(st.Name)
			if err == nil {
				s.set.RollbackTo(st.Name)
				s.failed = false
			}
			return err
		}), nil
	case *sql.Set:
		return s.setSetting(st, text)
	case *sql.SetTransaction:
		return s.setTransaction(st)
	case *sql.Reset:
		return s.resetSetting(st), nil
	case *sql.Discard:
		return s.discard(st), nil
	case *sql.Prepare:
		return s.prepare(st, text)
	case *sql.Deallocate:
		return s.deallocate(st), nil
	case *sql.Flush:
		return s.flush, nil
	case *sql.Wait:
		return s.wait, nil
	case *sql.Checkpoint:
		return s.checkpoint(st)
	case *sql.CancelJobs:
		return s.cancelJobs(st), nil
	}
	return s.harmless(stmt)
}

// harmless compiles what clients send and what has nothing to do here.
func (s *Session) harmless(stmt sql.Statement) (action, error) {
	switch st := stmt.(type) {
	case *sql.Vacuum:
		return s.vacuum(st)
	case *sql.LockTable:
		return nil, pgerr.Unsupported("LOCK TABLE", "Blocks have snapshot isolation: try again on error 40001.")
	case *sql.Unlisten:
		return done("UNLISTEN"), nil
	case *sql.Listen:
		return nil, pgerr.Unsupported("LISTEN", "Poll the view.")
	case *sql.Notify:
		return nil, pgerr.Unsupported("NOTIFY", "Insert into a table that the others read.")
	case *sql.DeclareCursor:
		return nil, pgerr.Unsupported("DECLARE CURSOR", "Use a portal with a row limit (the driver's fetch size).")
	case *sql.FetchCursor:
		return nil, pgerr.Unsupported("FETCH", "Use a portal with a row limit (the driver's fetch size).")
	case *sql.CloseCursor:
		if st.Name == "" {
			return done("CLOSE CURSOR ALL"), nil
		}
		return nil, pgerr.New(pgerr.InvalidCursorName, "cursor \"%s\" does not exist", st.Name)
	case *sql.Subscribe:
		return nil, pgerr.Unsupported("SUBSCRIBE", "Poll the view, or CREATE SINK.")
	case *sql.Unsupported:
		return nil, pgerr.Unsupported(st.What, st.Hint)
	}
	return nil, nil
}

// vacuum has nothing to do: it is accepted for tables that exist.
func (s *Session) vacuum(st *sql.Vacuum) (action, error) {
	for _, t := range st.Tables {
		if _, ok := s.e.Catalog().Lookup(s.path(), t.Schema, t.Name); !ok {
			return nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", t.String())
		}
	}
	if st.Analyze {
		return done("ANALYZE"), nil
	}
	return func(context.Context) (string, error) {
		if s.block || s.txn != nil {
			return "", pgerr.New(pgerr.ActiveTransaction, "VACUUM cannot run inside a transaction block")
		}
		return "VACUUM", nil
	}, nil
}

func done(tag string) action {
	return func(context.Context) (string, error) { return tag, nil }
}

func (s *Session) inBlock(tag string, f func() error) action {
	return func(context.Context) (string, error) {
		if !s.block {
			name := tag
			switch tag {
			case "RELEASE":
				name = "RELEASE SAVEPOINT"
			case "ROLLBACK":
				name = "ROLLBACK TO SAVEPOINT"
			}
			return "", pgerr.New(pgerr.NoActiveTransaction, "%s can only be used in transaction blocks", name)
		}
		return tag, f()
	}
}

// settingText is the text of SET's values.
func settingText(values []sql.Expr, text string) (string, error) {
	var parts []string
	for _, v := range values {
		switch l := v.(type) {
		case *sql.Literal:
			parts = append(parts, l.Text)
		case *sql.Cast:
			return intervalZone(l)
		case *sql.Param:
			err := pgerr.New(pgerr.SyntaxError, "syntax error at or near \"$%d\"", l.Number)
			return "", err.At(sql.CharPos(text, l.Pos))
		default:
			return "", pgerr.New(pgerr.InvalidParameterValue, "a setting takes constants")
		}
	}
	return strings.Join(parts, ", "), nil
}

// intervalZone is the zone of SET TIME ZONE INTERVAL '…'.
func intervalZone(c *sql.Cast) (string, error) {
	l, ok := c.Arg.(*sql.Literal)
	if !ok {
		return "", pgerr.New(pgerr.InvalidParameterValue, "a setting takes constants")
	}
	d, err := types.ParseText(types.IntervalT, l.Text, types.DefaultStyle())
	if err != nil {
		return "", err
	}
	secs := d.Interval().Micros / 1e6
	sign := '+'
	if secs < 0 {
		sign, secs = '-', -secs
	}
	zone := tagf("<%c%02d>%c%02d", sign, secs/3600, flip(sign), secs/3600)
	if secs%3600 != 0 {
		zone = tagf("<%[1]c%02[2]d:%02[3]d>%[4]c%02[2]d:%02[3]d", sign, secs/3600, secs/60%60, flip(sign))
	}
	return zone, nil
}

// flip turns ISO's sign into POSIX's.
func flip(sign rune) rune {
	if sign == '+' {
		return '-'
	}
	return '+'
}

func (s *Session) setSetting(st *sql.Set, text string) (action, error) {
	if st.FromCurrent {
		return nil, pgerr.Unsupported("SET … FROM CURRENT", "Name the value.")
	}
	value, err := settingText(st.Values, text)
	if err != nil {
		return nil, err
	}
	if st.Default {
		value = ""
	}
	return func(context.Context) (string, error) {
		if done, err := s.setOwn(st.Name, value, st.Default); done || err != nil {
			return "SET", err
		}
		if st.Local && !s.block {
			s.notice(wire.SeverityWarning, pgerr.New(pgerr.NoActiveTransaction, "SET LOCAL can only be used in transaction blocks"))
			return "SET", nil
		}
		if s.block {
			s.current()
		}
		if st.Default {
			return "SET", s.set.Reset(st.Name, st.Local)
		}
		return "SET", s.set.Set(st.Name, value, st.Local)
	}, nil
}

func (s *Session) resetSetting(st *sql.Reset) action {
	return func(context.Context) (string, error) {
		if st.All {
			s.set.ResetAll()
			return "RESET", nil
		}
		if done, err := s.setOwn(st.Name, "", true); done || err != nil {
			return "RESET", err
		}
		return "RESET", s.set.Reset(st.Name, false)
	}
}

func (s *Session) discard(st *sql.Discard) action {
	return func(ctx context.Context) (string, error) {
		if st.Target == "ALL" {
			if s.block {
				return "", pgerr.New(pgerr.ActiveTransaction, "DISCARD ALL cannot run inside a transaction block")
			}
			s.set.ResetAll()
			clear(s.stmts)
			s.closePortals()
		}
		return "DISCARD " + st.Target, nil
	}
}

func (s *Session) prepare(st *sql.Prepare, text string) (action, error) {
	oids := make([]types.OID, len(st.Types))
	for i, t := range st.Types {
		rt, err := planner.ResolveType(t)
		if err != nil {
			return nil, at(err, text, t.Pos)
		}
		oids[i] = rt.OID
	}
	return func(context.Context) (string, error) {
		if s.stmts[st.Name] != nil {
			return "", pgerr.New(pgerr.DuplicatePreparedStatement, "prepared statement \"%s\" already exists", st.Name)
		}
		c, err := s.compile(st.Stmt, "", oids) // errors of EXECUTE have no place in its text
		if err != nil {
			if _, placed := s.compile(st.Stmt, text, oids); placed != nil {
				err = placed // this one has
			}
			return "", err
		}
		s.stmts[st.Name] = &prepared{c: c, sql: st.Src().Text, from: s.now, own: true}
		return "PREPARE", nil
	}, nil
}

func (s *Session) deallocate(st *sql.Deallocate) action {
	return func(context.Context) (string, error) {
		if st.Name == "" {
			clear(s.stmts)
			return "DEALLOCATE ALL", nil
		}
		if s.stmts[st.Name] == nil {
			return "", pgerr.New(pgerr.InvalidStatementName, "prepared statement \"%s\" does not exist", st.Name)
		}
		delete(s.stmts, st.Name)
		return "DEALLOCATE", nil
	}
}

// flush waits until everything committed so far is visible in every running view.
func (s *Session) flush(ctx context.Context) (string, error) {
	at, err := s.e.Flush(ctx)
	s.floor = max(s.floor, at)
	return "FLUSH", err
}

// wait waits until no view is being filled and every source with an end that is being read
// has come to it, and all views have what was read.
func (s *Session) wait(ctx context.Context) (string, error) {
	for _, j := range s.e.Jobs() {
		select {
		case <-j.Done():
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
	at, err := s.e.WaitSources(ctx)
	s.floor = max(s.floor, at)
	return "WAIT", cancelled(ctx, err)
}

func (s *Session) checkpoint(st *sql.Checkpoint) (action, error) {
	if st.To != "" {
		return nil, pgerr.Unsupported("CHECKPOINT TO", "Plain CHECKPOINT makes the present epoch durable.")
	}
	return func(ctx context.Context) (string, error) { return "CHECKPOINT", s.e.Checkpoint(ctx) }, nil
}

func (s *Session) cancelJobs(st *sql.CancelJobs) action {
	return func(context.Context) (string, error) {
		for _, id := range st.IDs {
			if err := s.e.CancelJob(id); err != nil {
				return "", err
			}
		}
		return "CANCEL JOBS", nil
	}
}

// buildExecute compiles EXECUTE name(args).
func (s *Session) buildExecute(c *compiled, st *sql.Execute) error {
	p, err := s.statement(st.Name)
	if err != nil {
		return err
	}
	if p.c == nil {
		c.run = func(context.Context, *execution) error { return nil }
		return nil
	}
	if err := s.refresh(p); err != nil {
		return err
	}
	if len(st.Args) != len(p.c.params) {
		return pgerr.New(pgerr.SyntaxError, "wrong number of parameters for prepared statement \"%s\"", st.Name).
			WithDetail("Expected %d parameters but got %d.", len(p.c.params), len(st.Args))
	}
	params := make([]expr.Expr, len(st.Args))
	for i, a := range st.Args {
		d, err := s.constant(i+1, a, p.c.params[i], c.text)
		if err != nil {
			return err
		}
		params[i] = &expr.Const{D: d, T: p.c.params[i]}
	}
	inner := p.c
	c.cols = inner.cols
	c.run = func(ctx context.Context, x *execution) error {
		x.c, x.params = inner, params
		return inner.run(ctx, x)
	}
	return nil
}
