package oracle

import (
	"context"
	"fmt"
	"strings"
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

func (v *BaseView) create() string {
	return fmt.Sprintf("CREATE %s %s (%s) AS %s", v.class(), v.Name, strings.Join(columnNames(len(v.Query.kinds())), ", "), v.Query)
}

func (v *BaseView) createPostgres() string {
	return fmt.Sprintf("CREATE VIEW %s (%s) AS %s", v.Name, strings.Join(columnNames(len(v.Query.kinds())), ", "), v.Query.postgres())
}

func (v *BaseView) class() string {
	if v.Materialized {
		return "MATERIALIZED VIEW"
	}
	return "VIEW"
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
		_, state, err = r.o.sut.exec(ctx, v.create())
		switch {
		case err != nil:
			return err
		case state == "":
			r.g.views = append(r.g.views, v)
			continue
		case state == "0A000":
			r.o.report.Refused["view"]++
			r.o.logf("refused: %s", v.create())
		default:
			r.found = append(r.found, finding{sql: v.create(), reason: "creating the view failed with SQLSTATE " + state})
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
	_, state, err = c.o.sut.exec(ctx, v.create())
	return state, err
}

// dropView drops a view on both sides, if it is there.
func (o *oracle) dropView(ctx context.Context, v *BaseView) error {
	if _, _, err := o.pg.exec(ctx, "DROP VIEW IF EXISTS "+v.Name); err != nil {
		return err
	}
	_, _, err := o.sut.exec(ctx, "DROP "+v.class()+" IF EXISTS "+v.Name)
	return err
}
