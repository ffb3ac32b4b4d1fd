package oracle

import (
	"context"
	"slices"
	"strings"

	"streamdb/sqllogictest"
)

// maxShrunk bounds how many findings of one round are reduced.
const maxShrunk = 3

// shrinkFindings reduces what the round found and reports it.
func (r *round) shrinkFindings(ctx context.Context) error {
	for i, f := range r.found {
		d := Difference{Seed: r.o.cfg.Seed, Round: r.number, Mode: f.mode, SQL: f.sql, Reason: f.reason}
		c := &shrinker{o: r.o, tables: r.g.tables, views: r.g.views, steps: cloneSteps(f.steps), subject: f.subject, mode: f.mode, tries: r.o.cfg.ShrinkTries}
		if i < maxShrunk && c.tries > 0 {
			if err := c.shrink(ctx); err != nil {
				return err
			}
		}
		text, err := c.script(ctx)
		if err != nil {
			return err
		}
		d.Script = text
		r.o.report.Differences = append(r.o.report.Differences, d)
		r.o.logf("%s", d)
	}
	return nil
}

func cloneSteps(steps []*Step) []*Step {
	out := make([]*Step, len(steps))
	for i, s := range steps {
		c := *s
		c.Rows = slices.Clone(s.Rows)
		c.Steps = cloneSteps(s.Steps)
		if s.Steps == nil {
			c.Steps = nil
		}
		out[i] = &c
	}
	return out
}

// shrinker looks for the smallest case in which the servers still differ.
type shrinker struct {
	o       *oracle
	tables  []*Table
	views   []*BaseView
	steps   []*Step
	subject *subject
	mode    sqllogictest.Mode
	tries   int
}

// shrink reduces changes, rows and the query, until nothing can go.
func (c *shrinker) shrink(ctx context.Context) error {
	if ok, err := c.differs(ctx); err != nil || !ok {
		return err // it does not happen again from the start: reported whole
	}
	for before := -1; c.tries > 0 && before != c.size(); {
		before = c.size()
		for _, pass := range []func(context.Context) error{c.dropSteps, c.flatten, c.dropRows, c.dropViews, c.shrinkQueries, c.dropTables} {
			if err := pass(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *shrinker) size() int {
	n := len(c.tables)
	if c.subject != nil {
		n += len(c.subject.sql)
	}
	for _, v := range c.views {
		n += len(v.create(c.o.cfg.Views))
	}
	for _, s := range c.steps {
		n += len(strings.Join(s.texts(), "\n"))
	}
	return n
}

// differs builds the case from nothing and tells whether it still differs.
func (c *shrinker) differs(ctx context.Context) (bool, error) {
	c.tries--
	out, err := c.play(ctx)
	if err != nil {
		return false, err
	}
	for _, v := range slices.Backward(c.views) {
		if err := c.o.dropView(ctx, v); err != nil {
			return false, err
		}
	}
	for _, t := range slices.Backward(c.tables) {
		for _, s := range []*side{&c.o.pg, &c.o.sut} {
			if _, _, lost := s.exec(ctx, "DROP TABLE IF EXISTS "+t.Name); lost != nil {
				return false, lost
			}
		}
	}
	return out, err
}

const shrinkView = "o_shrink"

// play runs the case and drops its view; the caller drops the tables.
func (c *shrinker) play(ctx context.Context) (bool, error) {
	for _, t := range c.tables {
		if _, err := c.o.bothDo(ctx, statement{sql: t.Create()}); err != nil {
			return false, err
		}
	}
	for _, v := range c.views {
		if state, err := c.createView(ctx, v); err != nil || state != "" {
			return false, err
		}
	}
	if c.subject == nil {
		return c.changesDiffer(ctx)
	}
	s := *c.subject
	s.views = make(map[sqllogictest.Mode]string)
	failed, err := c.playQuery(ctx, &s)
	if err != nil {
		return false, err
	}
	out, err := c.judge(ctx, &s, failed)
	if len(s.views) > 0 && err == nil {
		_, _, err = c.o.sut.exec(ctx, c.o.cfg.Views.Drop(shrinkView))
	}
	return out, err
}

func (c *shrinker) changesDiffer(ctx context.Context) (bool, error) {
	differ := false
	for _, step := range c.steps {
		for _, st := range step.statements() {
			reason, err := c.o.bothDo(ctx, st)
			if err != nil {
				return false, err
			}
			differ = differ || reason != "" && reason != refused
		}
	}
	_, err := c.o.bothDo(ctx, statement{sql: "ROLLBACK"}) // a failed COMMIT may have left a block open
	return differ, err
}

// playQuery applies the changes, with the view of the mode created where the
// mode says; failed is the SQLSTATE of creating it.
func (c *shrinker) playQuery(ctx context.Context, s *subject) (failed string, err error) {
	create := func(mode sqllogictest.Mode) error {
		_, state, err := c.o.sut.exec(ctx, c.o.cfg.Views.Create(shrinkView, columnNames(s.columns), s.sql))
		if failed = state; state == "" && err == nil {
			s.views[mode] = shrinkView
		}
		return err
	}
	if c.mode == sqllogictest.ViewBefore || c.mode == sqllogictest.ViewRestart {
		if err := create(sqllogictest.ViewBefore); err != nil {
			return failed, err
		}
	}
	if _, err := c.changesDiffer(ctx); err != nil {
		return failed, err
	}
	switch c.mode {
	case sqllogictest.ViewAfter:
		err = create(sqllogictest.ViewAfter)
	case sqllogictest.ViewRestart:
		err = c.restart(ctx)
	case sqllogictest.Adhoc, sqllogictest.ViewBefore:
	}
	return failed, err
}

func (c *shrinker) restart(ctx context.Context) error {
	if err := c.o.cfg.Restart(ctx); err != nil {
		return err
	}
	if err := c.o.pg.connect(ctx); err != nil {
		return err
	}
	return c.o.sut.connect(ctx)
}

func (c *shrinker) judge(ctx context.Context, s *subject, createState string) (bool, error) {
	want, state, err := c.o.pg.query(ctx, s.pg)
	if err != nil || strings.HasPrefix(state, "42") {
		return false, err // no longer a valid query
	}
	if createState != "" {
		return createState != "0A000", nil
	}
	if s.binary {
		pg, sut := c.o.pg.conn.(binaryConn), c.o.sut.conn.(binaryConn)
		reason, _, err := binaryDiffers(ctx, pg, sut, s)
		return reason != "", err
	}
	v, err := c.o.ask(ctx, s, c.mode, want, state)
	return v.reason != "", err
}

// attempt keeps a change of the case if it still differs, else undoes it.
func (c *shrinker) attempt(ctx context.Context, undo func()) (bool, error) {
	if c.tries <= 0 {
		undo()
		return false, nil
	}
	ok, err := c.differs(ctx)
	if !ok {
		undo()
	}
	return ok, err
}

// dropSteps leaves out runs of steps, long ones first.
func (c *shrinker) dropSteps(ctx context.Context) error {
	for n := len(c.steps); n > 0; n /= 2 {
		for i := 0; i+n <= len(c.steps); {
			before := c.steps
			c.steps = slices.Delete(slices.Clone(before), i, i+n)
			ok, err := c.attempt(ctx, func() { c.steps = before })
			if err != nil {
				return err
			}
			if !ok {
				i += n
			}
		}
	}
	return nil
}

// flatten takes transactions apart.
func (c *shrinker) flatten(ctx context.Context) error {
	for i := 0; i < len(c.steps); i++ {
		if c.steps[i].Steps == nil {
			continue
		}
		before := c.steps
		c.steps = slices.Replace(slices.Clone(before), i, i+1, before[i].Steps...)
		if _, err := c.attempt(ctx, func() { c.steps = before }); err != nil {
			return err
		}
	}
	return nil
}

// dropRows leaves out rows of inserts, and statements of transactions.
func (c *shrinker) dropRows(ctx context.Context) error {
	for _, s := range c.steps {
		if err := dropFrom(ctx, c, &s.Rows); err != nil {
			return err
		}
		if err := dropFrom(ctx, c, &s.Steps); err != nil {
			return err
		}
		for _, inner := range s.Steps {
			if err := dropFrom(ctx, c, &inner.Rows); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropFrom leaves out elements of a list, of which one must stay.
func dropFrom[T any](ctx context.Context, c *shrinker, list *[]T) error {
	for i := len(*list) - 1; i >= 0 && len(*list) > 1; i-- {
		before := *list
		*list = slices.Delete(slices.Clone(before), i, i+1)
		if _, err := c.attempt(ctx, func() { *list = before }); err != nil {
			return err
		}
	}
	return nil
}
