package oracle

import (
	"context"
	"slices"
	"strings"
)

// dropTables leaves out tables that nothing mentions.
func (c *shrinker) dropTables(ctx context.Context) error {
	if c.subject != nil && c.subject.query == nil {
		return nil
	}
	for i := len(c.tables) - 1; i >= 0 && len(c.tables) > 1; i-- {
		name := c.tables[i].Name
		mentioned := slices.ContainsFunc(c.steps, func(s *Step) bool {
			return strings.Contains(strings.Join(s.texts(), "\n")+"\n", name)
		})
		if mentioned || c.read(name) {
			continue
		}
		before := c.tables
		c.tables = slices.Delete(slices.Clone(before), i, i+1)
		if _, err := c.attempt(ctx, func() { c.tables = before }); err != nil {
			return err
		}
	}
	return nil
}

// read tells whether a query reads the relation.
func (c *shrinker) read(name string) bool {
	return c.subject != nil && c.subject.query.tables()[name] ||
		slices.ContainsFunc(c.views, func(v *BaseView) bool { return v.Query.tables()[name] })
}

// dropViews leaves out views that nothing reads.
func (c *shrinker) dropViews(ctx context.Context) error {
	if c.subject != nil && c.subject.query == nil {
		return nil
	}
	for i := len(c.views) - 1; i >= 0; i-- {
		if c.read(c.views[i].Name) {
			continue
		}
		before := c.views
		c.views = slices.Delete(slices.Clone(before), i, i+1)
		if _, err := c.attempt(ctx, func() { c.views = before }); err != nil {
			return err
		}
	}
	return nil
}

// shrinkQueries makes the query smaller, then the views it reads.
func (c *shrinker) shrinkQueries(ctx context.Context) error {
	if c.subject != nil && c.subject.query != nil {
		s := *c.subject // the round's own subject keeps its text
		c.subject = &s
		if err := c.shrinkQuery(ctx, s.query, c.subject.refresh); err != nil {
			return err
		}
	}
	for _, v := range c.views {
		if err := c.shrinkQuery(ctx, v.Query, func() {}); err != nil {
			return err
		}
	}
	return nil
}

// shrinkQuery applies the edits of a query tree, one at a time.
func (c *shrinker) shrinkQuery(ctx context.Context, q *Query, refresh func()) error {
	for at := 0; c.tries > 0; {
		edits := q.edits()
		if at >= len(edits) {
			return nil
		}
		undo := edits[at]()
		refresh()
		ok, err := c.attempt(ctx, func() {
			undo()
			refresh()
		})
		if err != nil {
			return err
		}
		if !ok {
			at++
		}
	}
	return nil
}

func (s *subject) refresh() {
	s.sql, s.pg = s.query.String(), s.query.postgres()
	s.how = comparisonOf(s.query)
	s.columns = len(s.query.kinds())
}
