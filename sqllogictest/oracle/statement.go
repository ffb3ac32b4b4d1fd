package oracle

import (
	"context"
	"fmt"
	"strings"

	"streamdb/sqllogictest"
)

// outcome is what a statement did.
type outcome struct {
	tag   string
	state string // SQLSTATE
	rows  *sqllogictest.Result
	text  string // of COPY TO
}

// refused is the reason when the SUT does not support a statement.
const refused = "refused"

// bothDo runs a statement on both sides and says how they differ, if they do.
func (o *oracle) bothDo(ctx context.Context, st statement) (reason string, err error) {
	want, err := o.pg.do(ctx, st)
	if err != nil {
		return "", err
	}
	got, err := o.sut.do(ctx, st)
	if err != nil {
		return "", err
	}
	if want.state != "" && got.state == "" && idle(got) {
		return o.failTogether(ctx, st)
	}
	switch {
	case got.state == "0A000" && want.state != got.state:
		return refused, nil
	case !sameState(want.state, got.state) || want.tag != got.tag:
		return fmt.Sprintf("PostgreSQL: %s%s; server under test: %s%s", want.tag, want.state, got.tag, got.state), nil
	case want.text != got.text:
		return fmt.Sprintf("PostgreSQL copies out\n%sthe server under test\n%s", want.text, got.text), nil
	case want.rows != nil && got.rows != nil:
		return comparison{}.differ(*want.rows, *got.rows), nil
	}
	return "", nil
}

// idle tells whether a statement that succeeded changed nothing.
func idle(o outcome) bool {
	return strings.HasSuffix(o.tag, " 0") || o.rows != nil && len(o.rows.Rows) == 0
}

// failTogether deals with a statement that fails on PG because it computes
// constants while it plans, though no row needs them, and did nothing on the
// SUT. A block of the SUT must fail as well, so that both go on alike.
func (o *oracle) failTogether(ctx context.Context, st statement) (reason string, err error) {
	if !o.pg.conn.InTransaction() {
		_, state, err := o.pg.query(ctx, "EXPLAIN "+st.sql)
		if err == nil && state == "" {
			reason = "the statement fails on PostgreSQL, though not while it plans, and changes nothing here"
		}
		return reason, err
	}
	_, _, err = o.sut.query(ctx, "SELECT 1 / 0")
	return "", err
}

// do runs a statement of any kind.
func (s *side) do(ctx context.Context, st statement) (out outcome, lost error) {
	copier, _ := s.conn.(copier)
	switch {
	case st.copy:
		var err error
		out.tag, err = copier.CopyFrom(ctx, st.sql, st.data)
		out.state, lost = judge(st.sql, err)
	case strings.HasPrefix(st.sql, "COPY"):
		text, err := copier.CopyTo(ctx, st.sql)
		out.text = sortedLines(text)
		out.state, lost = judge(st.sql, err)
	case strings.HasPrefix(st.sql, "SELECT") || strings.Contains(st.sql, " RETURNING "):
		var rows sqllogictest.Result
		rows, out.state, lost = s.query(ctx, st.sql)
		out.rows = &rows
	default:
		out.tag, out.state, lost = s.exec(ctx, st.sql)
	}
	return out, lost
}
