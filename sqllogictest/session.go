package sqllogictest

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// session is one run of one file.
type session struct {
	runner    *Runner
	mode      Mode
	records   []Record // those that run on this engine, up to halt
	conns     map[string]*sessionConn
	views     viewSet
	restartAt map[int]bool // records before which the server restarts
	labels    map[string]string
	threshold int
	rewriter  rewriter
	report    Report
}

// sessionConn is a connection and what must be repeated when it is reopened.
type sessionConn struct {
	Conn
	replay []string
}

func newSession(r *Runner, mode Mode, records []Record) *session {
	s := &session{runner: r, mode: mode, conns: make(map[string]*sessionConn), labels: make(map[string]string)}
	for _, rec := range records {
		if !rec.runsOn(r.Engine) {
			s.report.Skipped++
			continue
		}
		if rec.Kind == Halt {
			break
		}
		s.records = append(s.records, rec)
	}
	if mode != Adhoc {
		syntax := r.Views
		if syntax.Create == nil {
			syntax = MaterializedViews()
		}
		s.views = newViewSet(syntax, s.records, mode != ViewAfter)
	}
	if mode == ViewRestart {
		s.restartAt = restartPoints(s.records)
	}
	return s
}

func (s *session) rewriting() bool { return s.runner.Rewrite != nil && s.mode == Adhoc }

func (s *session) run(ctx context.Context) error {
	for i := range s.records {
		if s.restartAt[i] && !s.inTransaction() {
			if err := s.restart(ctx); err != nil {
				return err
			}
		}
		if err := s.record(ctx, i); err != nil {
			return fmt.Errorf("%s: %w", s.records[i].Position(), err)
		}
	}
	return nil
}

func (s *session) record(ctx context.Context, i int) error {
	r := &s.records[i]
	switch r.Kind {
	case Restart:
		return s.restart(ctx)
	case HashThreshold:
		s.threshold = r.Threshold
		return nil
	case Statement:
		return s.statement(ctx, i, r)
	case Query:
		return s.query(ctx, i, r)
	case Halt:
	}
	return nil
}

func (s *session) fail(r *Record, format string, args ...any) {
	s.report.Failures = append(s.report.Failures, Failure{Record: *r, Mode: s.mode, Reason: fmt.Sprintf(format, args...)})
}

// conn returns the connection of that name, opening it at first use.
func (s *session) conn(ctx context.Context, name string) (*sessionConn, error) {
	if c := s.conns[name]; c != nil {
		return c, nil
	}
	c, err := s.runner.Open(ctx)
	if err != nil {
		return nil, err
	}
	s.conns[name] = &sessionConn{Conn: c}
	return s.conns[name], nil
}

func (s *session) inTransaction() bool {
	for _, c := range s.conns {
		if c.InTransaction() {
			return true
		}
	}
	return false
}

func (s *session) closeConns() error {
	var errs []error
	for _, c := range s.conns {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// restart kills and restarts the server, opens every connection again and
// repeats what had changed its session.
func (s *session) restart(ctx context.Context) error {
	if s.runner.Restart == nil {
		return errors.New("the file restarts the server, and the runner has no way to")
	}
	for _, c := range s.conns {
		_ = c.Close() // the server is killed under it anyway
	}
	if err := s.runner.Restart(ctx); err != nil {
		return fmt.Errorf("restarting the server: %w", err)
	}
	s.report.Restarts++
	for name, old := range s.conns {
		c, err := s.runner.Open(ctx)
		if err != nil {
			return err
		}
		s.conns[name] = &sessionConn{Conn: c, replay: old.replay}
		for _, sql := range old.replay {
			if _, err := c.Exec(ctx, sql); err != nil {
				return fmt.Errorf("repeating %q: %w", sql, err)
			}
		}
	}
	return nil
}

func (s *session) statement(ctx context.Context, i int, r *Record) error {
	facts := statementFactsOf(r.SQL)
	if facts.destructive {
		if err := s.views.dropAll(ctx, s); err != nil {
			return err
		}
	}
	c, err := s.conn(ctx, r.Connection)
	if err != nil {
		return err
	}
	s.report.Statements++
	tag, err := c.Exec(ctx, r.SQL)
	if err != nil && SQLState(err) == "" {
		return err
	}
	s.checkStatement(r, tag, err)
	if err == nil && facts.replay {
		c.replay = append(c.replay, r.SQL)
	}
	if facts.ddl || facts.setting {
		return s.views.createEarly(ctx, s, i)
	}
	return nil
}

func (s *session) checkStatement(r *Record, tag string, err error) {
	if s.checkError(r, err) || r.WantCount == AnyCount {
		return
	}
	n, ok := tagCount(tag)
	switch {
	case !ok:
		s.fail(r, "the command tag %q has no count", tag)
	case s.rewriting():
		s.rewriter.count(r, n)
	case n != r.WantCount:
		s.fail(r, "expected %d rows, got %d", r.WantCount, n)
	}
}

// checkError judges a record's error and tells whether that settles it.
func (s *session) checkError(r *Record, err error) bool {
	switch {
	case r.WantError == nil && err == nil:
		return false
	case r.WantError == nil:
		s.fail(r, "unexpected error: %v", err)
	case err == nil:
		s.fail(r, "expected an error %s, got none", r.WantError)
	case s.rewriting():
		s.rewriter.failure(r, err)
	case !r.WantError.Match(err):
		s.fail(r, "expected an error %s, got: %v", r.WantError, err)
	}
	return true
}

func (s *session) query(ctx context.Context, i int, r *Record) error {
	c, err := s.conn(ctx, r.Connection)
	if err != nil {
		return err
	}
	s.report.Queries++
	sql, sort := r.SQL, r.Sort
	if s.views.wants(i) && !s.inTransaction() {
		view, err := s.views.ready(ctx, s, i, r)
		if err != nil {
			return err
		}
		if view == "" {
			return nil // its failure is in the report
		}
		s.report.ThroughView++
		sql = "SELECT * FROM " + view
		if sort == NoSort {
			sort = RowSort
		}
	} else if s.mode != Adhoc {
		s.report.AsAdhoc++
	}
	got, err := c.Query(ctx, sql)
	if err != nil && SQLState(err) == "" {
		return err
	}
	if !s.checkError(r, err) {
		s.checkRows(r, got, sort)
	}
	return s.views.drop(ctx, s, i)
}

func (s *session) checkRows(r *Record, got Result, sort Sort) {
	if s.rewriting() {
		s.rewriter.query(r, got, s.threshold)
	} else if len(got.Columns) != len(r.Types) {
		s.fail(r, "expected %d columns, got %d", len(r.Types), len(got.Columns))
		return
	} else if diff := compareRows(got, r.Want, sort); diff != "" {
		s.fail(r, "wrong result\n%s", diff)
		return
	}
	if r.Label == "" {
		return
	}
	hash := hashLine(formatRows(got.Rows, RowSort))
	if before, ok := s.labels[r.Label]; ok && before != hash {
		s.fail(r, "the result differs from that of an earlier query with the label %s", r.Label)
	}
	s.labels[r.Label] = hash
}

// maxRestarts bounds the restarts of a ViewRestart run, which are slow.
const maxRestarts = 3

// restartPoints picks queries that directly follow a statement, spread over
// the file, so that views are read right after the server came back.
func restartPoints(records []Record) map[int]bool {
	var heads []int
	for i := 1; i < len(records); i++ {
		if records[i].Kind == Query && records[i-1].Kind == Statement {
			heads = append(heads, i)
		}
	}
	points := make(map[int]bool)
	n := min(maxRestarts, len(heads))
	for k := range n {
		points[heads[(len(heads)-1)*(k+1)/n]] = true
	}
	return points
}

// viewConn is the connection views are created and dropped on.
func (s *session) viewConn(ctx context.Context) (*sessionConn, error) {
	return s.conn(ctx, "")
}

// sortedKeys makes runs repeatable where a map is walked.
func sortedKeys[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
