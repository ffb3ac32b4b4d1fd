package oracle

import (
	"context"
	"fmt"
	"slices"

	"streamdb/sqllogictest"
)

// compareAll asks PG and the SUT for every query, in each mode.
func (r *round) compareAll(ctx context.Context, modes ...sqllogictest.Mode) error {
	for _, s := range r.queries {
		if s.done || r.broken {
			continue
		}
		want, state, err := r.o.pg.query(ctx, s.pg)
		if err != nil {
			return err
		}
		if state == "57014" { // statement_timeout: a product of too many rows
			s.done = true
			continue
		}
		if state != "" && !s.erred {
			s.erred = true
			r.o.report.Erring++
		}
		for _, mode := range modes {
			if s.done {
				break
			}
			if err := r.compare(ctx, s, mode, want, state); err != nil {
				return err
			}
		}
	}
	return nil
}

// compare asks the SUT in one mode.
func (r *round) compare(ctx context.Context, s *subject, mode sqllogictest.Mode, want sqllogictest.Result, state string) error {
	verdict, err := r.o.ask(ctx, s, mode, want, state)
	if err != nil {
		return err
	}
	switch {
	case verdict.refused:
		r.o.report.Refused[mode.String()]++
		r.o.logf("refused: %s", s.sql)
	case verdict.skipped:
	case verdict.reason != "":
		r.differ(s, mode, verdict.reason)
	default:
		if state == "" && len(want.Rows) == 0 {
			r.o.report.Empty++
		}
		r.agree(s)
	}
	return nil
}

// agree notes an agreement.
func (r *round) agree(s *subject) {
	r.o.report.Comparisons++
	if r.o.seen[s.sql] {
		return
	}
	r.o.seen[s.sql] = true
	r.o.report.Queries++
	coverage(r.o.report.Coverage).add(s.tags)
}

// differ notes a disagreement, unless it is a known one.
func (r *round) differ(s *subject, mode sqllogictest.Mode, reason string) {
	text := mode.String() + ": " + s.sql + "\n" + reason
	for _, k := range r.o.known {
		if k.pattern.MatchString(text) {
			r.o.report.Known[k.reason]++
			return
		}
	}
	s.done = true
	r.found = append(r.found, finding{subject: s, sql: s.sql, mode: mode, reason: reason, steps: slices.Clone(r.steps)})
}

// verdict is the outcome of one question to the SUT.
type verdict struct {
	refused bool
	skipped bool // there is nothing to compare
	reason  string
}

// ask puts one question to the SUT and judges the answer by PG's: its rows,
// or the SQLSTATE of its error.
func (o *oracle) ask(ctx context.Context, s *subject, mode sqllogictest.Mode, want sqllogictest.Result, state string) (verdict, error) {
	v, err := o.askIn(ctx, s, mode, want, state)
	if err != nil || state == "" || v.reason == "" {
		return v, err
	}
	// PG computes constants while it plans, needed or not; nobody else must.
	_, planned, err := o.pg.query(ctx, "EXPLAIN "+s.pg)
	if err == nil && planned != "" {
		return verdict{skipped: true}, nil
	}
	return v, err
}

// askIn asks in one mode.
func (o *oracle) askIn(ctx context.Context, s *subject, mode sqllogictest.Mode, want sqllogictest.Result, state string) (verdict, error) {
	if mode == sqllogictest.Adhoc {
		got, gotState, err := o.sut.query(ctx, s.sql)
		v := judgeAnswer(s, want, got, state, gotState)
		if v == (verdict{}) && gotState == "" {
			v.reason = describe(want, got)
		}
		return v, err
	}
	var out verdict
	views := []sqllogictest.Mode{mode}
	if mode == sqllogictest.ViewRestart {
		views = []sqllogictest.Mode{sqllogictest.ViewBefore, sqllogictest.ViewAfter}
	}
	out.skipped = true
	for _, m := range views {
		view := s.views[m]
		if view == "" {
			continue
		}
		v, err := o.askView(ctx, s, view, want, state)
		if err != nil || v.reason != "" {
			return v, err
		}
		out.skipped = out.skipped && v.skipped
	}
	return out, nil
}

func (o *oracle) askView(ctx context.Context, s *subject, view string, want sqllogictest.Result, state string) (verdict, error) {
	v := verdict{skipped: true}
	if state == "" {
		got, gotState, err := o.sut.query(ctx, "SELECT * FROM "+view)
		if v = judgeAnswer(s, want, got, state, gotState); err != nil || v.reason != "" {
			return v, err
		}
	}
	if o.cfg.ErrorCount == nil || state == "" && !s.erred {
		return v, nil
	}
	n, err := o.cfg.ErrorCount(ctx, o.sut.conn, view)
	switch {
	case state != "" && n == 0:
		v = verdict{reason: fmt.Sprintf("the query fails on PostgreSQL with SQLSTATE %s, but the view has no errors", state)}
	case state == "" && n > 0:
		v = verdict{reason: fmt.Sprintf("the query does not fail on PostgreSQL any more, but %d errors of the view are left", n)}
	default:
		v.skipped = false
	}
	return v, err
}

// describe compares the names and types of columns.
func describe(want, got sqllogictest.Result) string {
	if slices.Equal(want.Columns, got.Columns) && slices.Equal(want.OIDs, got.OIDs) {
		return ""
	}
	return fmt.Sprintf("columns expected %q of types %v, got %q of types %v", want.Columns, want.OIDs, got.Columns, got.OIDs)
}

// binaryConn is a session that can fetch results in binary format.
type binaryConn interface {
	QueryBinary(ctx context.Context, sql string) (sqllogictest.Result, error)
}

// compareBinary asks for every query in binary format, over the extended
// protocol.
func (r *round) compareBinary(ctx context.Context) error {
	pg, pgCan := r.o.pg.conn.(binaryConn)
	sut, sutCan := r.o.sut.conn.(binaryConn)
	if !pgCan || !sutCan || r.broken {
		return nil
	}
	for _, s := range r.queries {
		if s.done {
			continue
		}
		reason, state, err := binaryDiffers(ctx, pg, sut, s)
		switch {
		case err != nil:
			return err
		case state == "0A000":
			r.o.report.Refused["binary"]++
			r.o.logf("refused in binary format: %s", s.sql)
		case reason != "":
			s.binary = true
			r.differ(s, sqllogictest.Adhoc, "in binary format: "+reason)
		case state == "":
			r.agree(s)
		}
	}
	return nil
}

// binaryDiffers asks both for a query in binary format. A state is the SQLSTATE
// of one that does not answer.
func binaryDiffers(ctx context.Context, pg, sut binaryConn, s *subject) (reason, state string, lost error) {
	want, err := pg.QueryBinary(ctx, s.pg)
	if state, lost = judge(s.pg, err); lost != nil || state != "" {
		return "", state, lost // the text modes have said so
	}
	got, err := sut.QueryBinary(ctx, s.sql)
	if state, lost = judge(s.sql, err); lost != nil || state == "0A000" {
		return "", state, lost
	}
	if state != "" {
		return "the query fails with SQLSTATE " + state, state, nil
	}
	return s.how.binary(want, got), "", nil
}

func judgeAnswer(s *subject, want, got sqllogictest.Result, wantState, gotState string) verdict {
	switch {
	case gotState == "0A000" && wantState != gotState:
		return verdict{refused: true}
	case gotState != "" && wantState == "":
		return verdict{reason: "the query fails with SQLSTATE " + gotState + ", and does not on PostgreSQL"}
	case gotState == "" && wantState != "":
		return verdict{reason: "the query fails on PostgreSQL with SQLSTATE " + wantState + ", and does not here"}
	case wantState != "":
		return verdict{}
	}
	return verdict{reason: s.how.differ(want, got)}
}
