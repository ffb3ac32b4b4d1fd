package oracle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"streamdb/sqllogictest"
)

// batches is how many times per round the tables change before all queries
// are compared.
const batches = 5

// round is one schema with its changes and queries.
type round struct {
	o       *oracle
	g       *generator
	number  uint64
	queries []*subject
	steps   []*Step // applied so far
	found   []finding
	broken  bool // a change did different things, so that the tables differ
}

// subject is a query under comparison.
type subject struct {
	query   *Query // nil where a LIMIT was put around its text
	adhoc   bool   // it has a LIMIT, which views do not have
	sql     string // for the SUT
	pg      string // for PostgreSQL
	how     comparison
	columns int
	views   map[sqllogictest.Mode]string // the views that exist
	tags    map[string]bool
	erred   bool // on PG, over some data
	binary  bool // it differs in binary format only
	done    bool // a difference was found, or PG cannot run it
}

// finding is a difference to shrink once the round is over.
type finding struct {
	subject *subject // nil: a change itself
	sql     string
	mode    sqllogictest.Mode
	reason  string
	steps   []*Step
}

func newRound(o *oracle, g *generator, number uint64) *round {
	g.schema()
	return &round{o: o, g: g, number: number}
}

func (r *round) run(ctx context.Context) error {
	for _, t := range r.g.tables {
		if err := r.both(ctx, t.Create()); err != nil {
			return err
		}
	}
	if err := r.makeViews(ctx); err != nil {
		return err
	}
	if err := r.makeQueries(ctx, r.o.cfg.QueriesPerRound); err != nil {
		return err
	}
	if err := r.createViews(ctx, sqllogictest.ViewBefore); err != nil {
		return err
	}
	for n := range batches {
		if r.g.altering && n == 2 && !r.broken {
			if err := r.alter(ctx); err != nil {
				return err
			}
		}
		if err := r.change(ctx, r.g.batch(n == 0)); err != nil {
			return err
		}
		if err := r.compareAll(ctx, sqllogictest.Adhoc, sqllogictest.ViewBefore); err != nil {
			return err
		}
	}
	if r.broken {
		return r.finish(ctx)
	}
	if err := r.compareBinary(ctx); err != nil {
		return err
	}
	if err := r.createViews(ctx, sqllogictest.ViewAfter); err != nil {
		return err
	}
	if err := r.compareAll(ctx, sqllogictest.ViewAfter); err != nil {
		return err
	}
	if r.o.cfg.Restart != nil && int(r.number)%r.o.cfg.RestartEvery == 0 {
		if err := r.restart(ctx); err != nil {
			return err
		}
	}
	if err := r.change(ctx, r.g.batch(false)); err != nil {
		return err
	}
	if err := r.compareAll(ctx, sqllogictest.ViewBefore, sqllogictest.ViewAfter); err != nil {
		return err
	}
	return r.finish(ctx)
}

func (r *round) finish(ctx context.Context) error {
	if err := r.cleanUp(ctx); err != nil {
		return err
	}
	return r.shrinkFindings(ctx)
}

// both runs a statement that must succeed on both sides.
func (r *round) both(ctx context.Context, sql string) error {
	_, pgState, err := r.o.pg.exec(ctx, sql)
	if err != nil {
		return err
	}
	_, sutState, err := r.o.sut.exec(ctx, sql)
	if err != nil {
		return err
	}
	if pgState != "" || sutState != "" {
		return fmt.Errorf("%s: SQLSTATE %q on PostgreSQL, %q on the server under test", sql, pgState, sutState)
	}
	return nil
}

// alter adds a column to a table, and queries that may read it.
func (r *round) alter(ctx context.Context) error {
	if err := r.change(ctx, []*Step{r.g.addColumn()}); err != nil || r.broken {
		return err
	}
	if err := r.makeQueries(ctx, max(1, r.o.cfg.QueriesPerRound/5)); err != nil {
		return err
	}
	return r.createViews(ctx, sqllogictest.ViewAfter)
}

// makeQueries makes queries that PG accepts over the tables as they are.
func (r *round) makeQueries(ctx context.Context, n int) error {
	for range n {
		q := r.g.query()
		s := &subject{
			query: q, adhoc: q.limited(), sql: q.String(), pg: q.postgres(), how: comparisonOf(q), columns: len(q.kinds()),
			views: make(map[sqllogictest.Mode]string), tags: q.features(),
		}
		if chance(r.g.r, 8) {
			r.limit(s)
		}
		r.o.report.Generated++
		_, state, err := r.o.pg.query(ctx, s.pg)
		if err != nil {
			return err
		}
		if strings.HasPrefix(state, "42") {
			r.o.report.Invalid++
			r.o.logf("invalid (%s): %s", state, s.pg)
			continue
		}
		r.queries = append(r.queries, s)
	}
	return nil
}

// limit makes a subject an ad hoc query with a total order and a LIMIT.
func (r *round) limit(s *subject) {
	for _, inexact := range s.how.inexact {
		if inexact {
			return
		}
	}
	if slices.Contains(s.query.kinds(), scalar(JSON)) { // which has no order
		return
	}
	names := columnNames(s.columns)
	order := make([]string, 0, 2*len(names))
	for _, n := range names {
		order = append(order, n+pick(r.g.r, "", " DESC", " NULLS FIRST", " DESC NULLS LAST"))
	}
	for _, n := range names {
		order = append(order, n+"::text")
	}
	rest := fmt.Sprintf(") AS q(%s) ORDER BY %s LIMIT %d OFFSET %d",
		strings.Join(names, ", "), strings.Join(order, ", "), 1+r.g.r.IntN(6), r.g.r.IntN(3))
	s.sql, s.pg = "SELECT * FROM ("+s.sql+rest, "SELECT * FROM ("+s.pg+rest
	s.how.ordered = true
	s.query, s.adhoc = nil, true
	s.tags["clause LIMIT"] = true
}

func (r *round) createViews(ctx context.Context, mode sqllogictest.Mode) error {
	for i, s := range r.queries {
		if s.adhoc || s.done || s.views[mode] != "" {
			continue
		}
		name := fmt.Sprintf("o%d_%s", i, strings.ReplaceAll(mode.String(), "-", "_"))
		_, state, err := r.o.sut.exec(ctx, r.o.cfg.Views.Create(name, columnNames(s.columns), s.sql))
		switch {
		case err != nil:
			return err
		case state == "":
			s.views[mode] = name
		case state == "0A000":
			r.o.report.Refused[mode.String()]++
			r.o.logf("refused: %s", s.sql)
		default:
			r.differ(s, mode, "creating the view failed with SQLSTATE "+state)
		}
	}
	return nil
}

// change applies a batch to both sides; every statement must do the same.
func (r *round) change(ctx context.Context, batch []*Step) error {
	for _, step := range batch {
		if r.broken {
			return nil
		}
		r.steps = append(r.steps, step)
		for _, st := range step.statements() {
			if err := r.statement(ctx, st); err != nil {
				return err
			}
		}
		r.count(step)
	}
	return nil
}

// count notes that a change did the same on both sides.
func (r *round) count(step *Step) {
	if r.broken {
		return
	}
	for _, tags := range step.tags() {
		for tag := range strings.SplitSeq(tags, "\n") {
			r.o.report.Coverage[tag]++
		}
	}
	delete(r.o.report.Coverage, "")
}

func (r *round) statement(ctx context.Context, st statement) error {
	reason, err := r.o.bothDo(ctx, st)
	switch {
	case err != nil:
		return err
	case reason == refused:
		r.o.report.Refused["statement"]++
		r.o.logf("refused: %s", st.sql)
	case reason != "":
		r.found = append(r.found, finding{sql: st.sql, reason: reason, steps: slices.Clone(r.steps)})
	default:
		r.o.report.Comparisons++
		return nil
	}
	r.broken = true
	return nil
}

// restart kills the SUT; its views must say the same afterwards.
func (r *round) restart(ctx context.Context) error {
	if err := r.o.cfg.Restart(ctx); err != nil {
		return fmt.Errorf("restarting the server: %w", err)
	}
	r.o.report.Restarts++
	if err := r.o.pg.connect(ctx); err != nil { // PG may live in the same server in tests
		return err
	}
	if err := r.o.sut.connect(ctx); err != nil {
		return err
	}
	return r.compareAll(ctx, sqllogictest.ViewRestart)
}

// cleanUp drops everything, so that the next round starts empty.
func (r *round) cleanUp(ctx context.Context) error {
	for _, s := range []*side{&r.o.pg, &r.o.sut} {
		// A change that went wrong may have left a transaction open.
		if _, _, err := s.exec(ctx, "ROLLBACK"); err != nil {
			return err
		}
	}
	for _, s := range r.queries {
		for _, view := range s.views {
			if _, _, err := r.o.sut.exec(ctx, r.o.cfg.Views.Drop(view)); err != nil {
				return err
			}
		}
	}
	for _, v := range slices.Backward(r.g.views) {
		if err := r.o.dropView(ctx, v); err != nil {
			return err
		}
	}
	for _, t := range r.g.tables {
		if err := r.both(ctx, "DROP TABLE "+t.Name); err != nil {
			return err
		}
	}
	return nil
}
