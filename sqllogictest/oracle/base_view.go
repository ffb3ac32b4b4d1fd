package oracle

import (
	"context"
	"fmt"
	"strings"

	"streamdb/sqllogictest"
)

// BaseView is a view that queries may read, so that there are views on views.
// PostgreSQL has a plain view in its place.
type BaseView struct {
	Name         string
	Query        *Query
	Columns      []Column
	Materialized bool
}

// baseView makes a view that never fails; one may read another.
func (g *generator) baseView() *BaseView {
	q := g.body(scope{depth: 1})
	return &BaseView{Name: g.alias("b"), Query: q, Columns: queryColumns(q), Materialized: chance(g.r, 60)}
}

// create is the view's CREATE statement for the SUT.
func (v *BaseView) create(syntax sqllogictest.ViewSyntax) string {
	if !v.Materialized {
		syntax = sqllogictest.PlainViews()
	}
	return syntax.Create(v.Name, columnNames(len(v.Query.kinds())), v.Query.String())
}

func (v *BaseView) createPostgres() string {
	return fmt.Sprintf("CREATE VIEW %s (%s) AS %s", v.Name, strings.Join(columnNames(len(v.Query.kinds())), ", "), v.Query.postgres())
}

// makeViews makes the views that others read. Those that PostgreSQL does not
// take, or that the SUT refuses, are left out.
func (r *round) makeViews(ctx context.Context) error {
	for range pick(r.g.r, 0, 1, 1, 2) {
		v := r.g.baseView()
		_, state, err := r.o.pg.exec(ctx, v.createPostgres())
		if err != nil {
			return err
		}
		if state != "" {
			r.o.report.Invalid++
			r.o.logf("invalid (%s): %s", state, v.createPostgres())
			continue
		}
		_, state, err = r.o.sut.exec(ctx, v.create(r.o.cfg.Views))
		switch {
		case err != nil:
			return err
		case state == "":
			r.g.views = append(r.g.views, v)
			continue
		case state == "0A000":
			r.o.report.Refused["view"]++
			r.o.logf("refused: %s", v.create(r.o.cfg.Views))
		default:
			r.found = append(r.found, finding{sql: v.create(r.o.cfg.Views), reason: "creating the view failed with SQLSTATE " + state})
		}
		if _, _, err := r.o.pg.exec(ctx, "DROP VIEW "+v.Name); err != nil {
			return err
		}
	}
	return nil
}

// createView makes a view again, for a smaller case.
func (c *shrinker) createView(ctx context.Context, v *BaseView) (state string, err error) {
	if _, state, err = c.o.pg.exec(ctx, v.createPostgres()); err != nil || state != "" {
		return state, err
	}
	_, state, err = c.o.sut.exec(ctx, v.create(c.o.cfg.Views))
	return state, err
}

// dropView drops a view on both sides, where it is.
func (o *oracle) dropView(ctx context.Context, v *BaseView) error {
	if _, _, err := o.pg.exec(ctx, "DROP VIEW IF EXISTS "+v.Name); err != nil {
		return err
	}
	drop := sqllogictest.PlainViews().Drop
	if v.Materialized {
		drop = o.cfg.Views.Drop
	}
	_, _, err := o.sut.exec(ctx, drop(v.Name))
	return err
}
