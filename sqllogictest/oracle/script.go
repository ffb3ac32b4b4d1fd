package oracle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"streamdb/sqllogictest"
)

// script writes the case as a sqllogictest file, with PG's answers.
func (c *shrinker) script(ctx context.Context) (string, error) {
	var b strings.Builder
	if c.subject != nil {
		fmt.Fprintf(&b, "# differs in mode %s\n", c.mode)
	}
	for _, t := range c.tables {
		if err := c.scriptStatement(ctx, &b, t.Create()); err != nil {
			return "", err
		}
	}
	for _, v := range c.views {
		if _, _, err := c.o.pg.exec(ctx, v.createPostgres()); err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "statement ok\n%s\n\n", v.create(c.o.cfg.Views))
	}
	for _, step := range c.steps {
		for _, sql := range step.texts() {
			if err := c.scriptStatement(ctx, &b, sql); err != nil {
				return "", err
			}
		}
	}
	if c.subject != nil {
		if err := c.scriptQuery(ctx, &b); err != nil {
			return "", err
		}
	}
	if _, _, err := c.o.pg.exec(ctx, "ROLLBACK"); err != nil {
		return "", err
	}
	for _, v := range slices.Backward(c.views) {
		if err := c.o.dropView(ctx, v); err != nil {
			return "", err
		}
	}
	for _, t := range c.tables {
		if _, _, err := c.o.pg.exec(ctx, "DROP TABLE "+t.Name); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

func (c *shrinker) scriptStatement(ctx context.Context, b *strings.Builder, sql string) error {
	_, state, err := c.o.pg.exec(ctx, sql)
	if state != "" {
		fmt.Fprintf(b, "statement error (%s)\n%s\n\n", state, sql)
	} else {
		fmt.Fprintf(b, "statement ok\n%s\n\n", sql)
	}
	return err
}

func (c *shrinker) scriptQuery(ctx context.Context, b *strings.Builder) error {
	result, state, err := c.o.pg.query(ctx, c.subject.pg)
	if err != nil {
		return err
	}
	if state != "" {
		fmt.Fprintf(b, "query error (%s)\n%s\n", state, c.subject.sql)
		return nil
	}
	sort, word := sqllogictest.RowSort, " rowsort"
	if c.subject.how.ordered {
		sort, word = sqllogictest.NoSort, ""
	}
	fmt.Fprintf(b, "query %s%s\n%s\n----\n", result.Types, word, c.subject.sql)
	for _, line := range sqllogictest.ResultLines(result, sort) {
		b.WriteString(line + "\n")
	}
	return nil
}
