package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// stubHandler opens sessions that know a few canned statements and answer them as
// PostgreSQL 15 does, so that transcripts hold for both.
type stubHandler struct {
	open atomic.Int32 // sessions not yet closed
	idle time.Duration
}

func (h *stubHandler) NewSession(_ context.Context, s Startup) (Session, error) {
	if s.Database == "nosuch" {
		return nil, pgerr.New(pgerr.InvalidCatalogName, "database %q does not exist", s.Database)
	}
	changes := []Setting{{"server_version", "15.0"}, {"application_name", ""}}
	for _, set := range s.Settings {
		switch set.Name {
		case "application_name":
			changes[1] = set
		case "statement_timeout", "search_path", "client_encoding":
		default:
			return nil, pgerr.New(pgerr.UndefinedObject, "unrecognized configuration parameter %q", set.Name)
		}
	}
	h.open.Add(1)
	return &stubSession{
		h: h, startup: s, status: 'I',
		stmts: map[string]*stubStmt{}, portals: map[string]*stubPortal{},
		changes: changes,
	}, nil
}

type stubStmt struct {
	text   string
	params []types.OID
	cols   []Column
}

type stubPortal struct {
	stmt *stubStmt
	args []types.Datum
	cols []Column
	pos  int
}

type stubSession struct {
	h       *stubHandler
	startup Startup
	status  byte
	stmts   map[string]*stubStmt
	portals map[string]*stubPortal
	changes []Setting
	table   [][]byte // what COPY put into t
}

func intCol(name string) []Column  { return []Column{{Name: name, Type: types.Int4}} }
func textCol(name string) []Column { return []Column{{Name: name, Type: types.Text}} }

var (
	stubInt    = regexp.MustCompile(`^select (\d+)$`)
	stubSeries = regexp.MustCompile(`^select generate_series\(1,(\d+)\)$`)
	stubSleep  = regexp.MustCompile(`^select pg_sleep\((\d+)\)$`)
	stubSet    = regexp.MustCompile(`^set (\w+) = '(.*)'$`)
	stubDo     = regexp.MustCompile(`(?s)^do \$\$ begin raise (\w+) '(.*)'; end \$\$$`)
	stubRepeat = regexp.MustCompile(`^select repeat\('x',(\d+)\)$`)
)

// analyze finds what a statement returns.
func (s *stubSession) analyze(text string) (*stubStmt, error) {
	st := &stubStmt{text: text}
	if s.status == 'E' && text != "rollback" && text != "commit" {
		return nil, pgerr.New(pgerr.InFailedTransaction, "current transaction is aborted, commands ignored until end of transaction block")
	}
	switch {
	case stubInt.MatchString(text), text == "select 1/0", text == "stub panic":
		st.cols = intCol("?column?")
	case stubSeries.MatchString(text):
		st.cols = intCol("generate_series")
	case stubRepeat.MatchString(text):
		st.cols = textCol("repeat")
	case text == "select null::text":
		st.cols = textCol("text")
	case stubSleep.MatchString(text):
		st.cols = []Column{{Name: "pg_sleep", Type: types.Void}}
	case text == "select $1::int4":
		st.params, st.cols = []types.OID{types.Int4.OID}, intCol("int4")
	case text == "select $1::text":
		st.params, st.cols = []types.OID{types.Text.OID}, textCol("text")
	case text == "select nosuch":
		return nil, pgerr.New(pgerr.UndefinedColumn, `column "nosuch" does not exist`).At(8)
	case text == "", text == "begin", text == "commit", text == "rollback", stubSet.MatchString(text), stubDo.MatchString(text),
		text == "create temp table t (x text)", text == "copy t from stdin", text == "copy t to stdout",
		text == "copy t from stdin, three bytes", text == "stub forget", text == "stub weight", text == "stub fatal":
	default:
		return nil, pgerr.New(pgerr.SyntaxError, "syntax error at or near %q", text).At(1)
	}
	return st, nil
}

func (s *stubSession) SimpleQuery(ctx context.Context, text string, w ResultWriter) error {
	delete(s.portals, "")
	parts := strings.Split(text, ";")
	if stubDo.MatchString(text) {
		parts = []string{text}
	}
	ran := false
	for _, p := range parts {
		if p = strings.TrimSpace(p); p == "" {
			continue
		}
		ran = true
		st, err := s.analyze(p)
		if err != nil {
			return err
		}
		if err := s.run(ctx, &stubPortal{stmt: st, cols: st.cols}, 0, w); err != nil {
			return err
		}
	}
	if !ran {
		return w.Empty()
	}
	return nil
}

func (s *stubSession) Parse(_ context.Context, name, text string, _ []types.OID) error {
	text = strings.TrimSpace(text)
	if strings.Contains(text, ";") {
		return pgerr.New(pgerr.SyntaxError, "cannot insert multiple commands into a prepared statement")
	}
	st, err := s.analyze(text)
	if err != nil {
		return err
	}
	if name != "" && s.stmts[name] != nil {
		return pgerr.New(pgerr.DuplicatePreparedStatement, "prepared statement %q already exists", name)
	}
	s.stmts[name] = st
	return nil
}

func (s *stubSession) stmt(name string) (*stubStmt, error) {
	if st := s.stmts[name]; st != nil {
		return st, nil
	}
	return nil, pgerr.New(pgerr.InvalidStatementName, "prepared statement %q does not exist", name)
}

func (s *stubSession) portal(name string) (*stubPortal, error) {
	if p := s.portals[name]; p != nil {
		return p, nil
	}
	return nil, pgerr.New(pgerr.InvalidCursorName, "portal %q does not exist", name)
}

func (s *stubSession) DescribeStatement(_ context.Context, name string) ([]types.OID, []Column, error) {
	st, err := s.stmt(name)
	if err != nil {
		return nil, nil, err
	}
	return st.params, st.cols, nil
}

func (s *stubSession) Bind(_ context.Context, portal, stmt string, params []Param, formats []int16) error {
	st, err := s.stmt(stmt)
	if err != nil {
		return err
	}
	if len(params) != len(st.params) {
		return pgerr.New(pgerr.ProtocolViolation, "bind message supplies %d parameters, but prepared statement %q requires %d",
			len(params), stmt, len(st.params))
	}
	if portal != "" && s.portals[portal] != nil {
		return pgerr.New(pgerr.DuplicateCursor, "cursor %q already exists", portal)
	}
	if len(formats) > 1 && len(formats) != len(st.cols) {
		return pgerr.New(pgerr.ProtocolViolation, "bind message has %d result formats but query has %d columns", len(formats), len(st.cols))
	}
	p := &stubPortal{stmt: st}
	for i, arg := range params {
		d, err := stubArg(st.params[i], arg)
		if err != nil {
			return err
		}
		p.args = append(p.args, d)
	}
	for i, c := range st.cols {
		c.Format = formatOf(formats, i)
		p.cols = append(p.cols, c)
	}
	s.portals[portal] = p
	return nil
}

func stubArg(oid types.OID, p Param) (types.Datum, error) {
	switch {
	case p.Value == nil:
		return types.Null(), nil
	case oid == types.Text.OID:
		return types.NewBytes(string(p.Value)), nil
	case p.Format == 1 && len(p.Value) < 4:
		return types.Null(), &pgerr.Error{Code: pgerr.ProtocolViolation, Message: "insufficient data left in message", Where: "unnamed portal parameter $1"}
	case p.Format == 1:
		return types.NewInt32(int32(binary.BigEndian.Uint32(p.Value))), nil
	}
	n, err := strconv.ParseInt(string(p.Value), 10, 32)
	if err != nil {
		return types.Null(), &pgerr.Error{
			Code: pgerr.InvalidTextRepresentation, Message: fmt.Sprintf("invalid input syntax for type integer: %q", p.Value),
			Where: "unnamed portal parameter $1 = '...'",
		}
	}
	return types.NewInt32(int32(n)), nil
}

func (s *stubSession) DescribePortal(_ context.Context, name string) ([]Column, error) {
	p, err := s.portal(name)
	if err != nil {
		return nil, err
	}
	return p.cols, nil
}

func (s *stubSession) Execute(ctx context.Context, portal string, maxRows int, w ResultWriter) error {
	p, err := s.portal(portal)
	if err != nil {
		return err
	}
	return s.run(ctx, p, maxRows, w)
}

// run executes p for at most maxRows rows.
func (s *stubSession) run(ctx context.Context, p *stubPortal, maxRows int, w ResultWriter) error {
	text := p.stmt.text
	if m := stubSleep.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		select {
		case <-time.After(time.Duration(n) * time.Second):
		case <-ctx.Done():
			return ctx.Err() // the protocol must find the cause
		}
	}
	if p.cols != nil {
		return s.runRows(ctx, p, maxRows, w)
	}
	switch text {
	case "":
		return w.Empty()
	case "begin":
		s.status = 'T'
		return w.Complete("BEGIN")
	case "commit", "rollback":
		tag := strings.ToUpper(text)
		if s.status == 'E' {
			tag = "ROLLBACK"
		}
		s.status = 'I'
		clear(s.portals)
		return w.Complete(tag)
	case "create temp table t (x text)":
		return w.Complete("CREATE TABLE")
	case "copy t from stdin", "copy t from stdin, three bytes":
		return s.copyIn(w, strings.HasSuffix(text, "bytes"))
	case "copy t to stdout":
		return s.copyOut(w)
	case "stub forget":
		return nil
	case "stub fatal":
		return Fatal(pgerr.New(pgerr.IOError, "out of luck"))
	case "stub weight":
		return s.weights(w)
	}
	if m := stubDo.FindStringSubmatch(text); m != nil {
		w.Notice(Notice{Severity: strings.ToUpper(m[1]), Body: pgerr.New(pgerr.SuccessfulCompletion, "%s", m[2])})
		return w.Complete("DO")
	}
	m := stubSet.FindStringSubmatch(text)
	s.changes = append(s.changes, Setting{m[1], m[2]})
	return w.Complete("SET")
}

func (s *stubSession) runRows(ctx context.Context, p *stubPortal, maxRows int, w ResultWriter) error {
	if p.stmt.text == "select 1/0" {
		return pgerr.New(pgerr.DivisionByZero, "division by zero")
	}
	w.Columns(p.cols)
	total := 1
	if m := stubSeries.FindStringSubmatch(p.stmt.text); m != nil {
		total, _ = strconv.Atoi(m[1])
	}
	end := total
	if maxRows > 0 {
		end = min(total, p.pos+maxRows)
	}
	from := p.pos
	for p.pos < end {
		b := types.NewBatch([]types.Type{p.cols[0].Type}, 100)
		for ; b.N < 100 && p.pos < end; p.pos++ {
			d, err := s.value(p)
			if err != nil {
				return err
			}
			b.AppendRow(types.Row{d}, 1)
		}
		if err := w.Rows(b, &types.Style{}); err != nil {
			return err
		}
	}
	if maxRows > 0 && p.pos-from == maxRows {
		return w.Suspended()
	}
	return w.Complete(fmt.Sprintf("SELECT %d", p.pos-from))
}

// value is the row that p stands at.
func (s *stubSession) value(p *stubPortal) (types.Datum, error) {
	text := p.stmt.text
	switch {
	case text == "stub panic":
		panic("the stub panics")
	case len(p.args) > 0:
		return p.args[0], nil
	case text == "select null::text":
		return types.Null(), nil
	case p.cols[0].Type == types.Void:
		return types.NewBytes(""), nil
	}
	if m := stubInt.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		return types.NewInt32(int32(n)), nil
	}
	if m := stubRepeat.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		return types.NewBytes(strings.Repeat("x", n)), nil
	}
	return types.NewInt32(int32(p.pos + 1)), nil
}

func (s *stubSession) weights(w ResultWriter) error {
	b := types.NewBatch([]types.Type{types.Int4}, 3)
	for i := range 3 {
		b.AppendRow(types.Row{types.NewInt32(int32(i))}, int64(i+1))
	}
	b.Sel = []int32{0, 2}
	w.Columns(intCol("n"))
	if err := w.Rows(b, &types.Style{}); err != nil {
		return err
	}
	return w.Complete("SELECT 4")
}

func (s *stubSession) copyIn(w ResultWriter, three bool) error {
	r, err := w.CopyIn(0, 1)
	if err != nil {
		return err
	}
	if three {
		if _, err := io.ReadFull(r, make([]byte, 3)); err != nil {
			return err
		}
		return w.Complete("COPY 0")
	}
	data, err := io.ReadAll(r)
	if err != nil {
		if e := pgerr.From(err); !isFatal(err) {
			e.Where = fmt.Sprintf("COPY t, line %d", bytes.Count(data, []byte("\n"))+1)
		}
		return err
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	lines = lines[:len(lines)-1]
	s.table = append(s.table, lines...)
	return w.Complete(fmt.Sprintf("COPY %d", len(lines)))
}

func (s *stubSession) copyOut(w ResultWriter) error {
	out, err := w.CopyOut(0, 1)
	if err != nil {
		return err
	}
	for _, line := range s.table {
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return w.Complete(fmt.Sprintf("COPY %d", len(s.table)))
}

func (s *stubSession) CloseStatement(_ context.Context, name string) error {
	delete(s.stmts, name)
	return nil
}

func (s *stubSession) ClosePortal(_ context.Context, name string) error {
	delete(s.portals, name)
	return nil
}

func (s *stubSession) Sync(context.Context) error {
	if s.status == 'I' {
		clear(s.portals)
	}
	return nil
}

func (s *stubSession) Failed() {
	if s.status == 'T' {
		s.status = 'E'
	}
}

func (s *stubSession) Status() byte { return s.status }

func (s *stubSession) TakeParameterChanges() []Setting {
	set := s.changes
	s.changes = nil
	return set
}

// IdleTimeout counts within a sequence only while its transaction is open, as here it
// always is.
func (s *stubSession) IdleTimeout(bool) time.Duration { return s.h.idle }

func (s *stubSession) Close() { s.h.open.Add(-1) }
