package planner

import (
	"streamdb/expr"
	"streamdb/planner/plan"
)

// WithParams returns the query with its parameters replaced by constants.
func (q *Query) WithParams(values []expr.Expr) *Query {
	c := *q
	c.Root = plan.BindParams(q.Root, values)
	return &c
}

// WithParams returns the statement with its parameters replaced by constants.
func (in *Insert) WithParams(values []expr.Expr) *Insert {
	c := *in
	c.Rows = in.Rows.WithParams(values)
	c.Returning = in.Returning.withParams(values)
	if in.OnConflict != nil {
		o := *in.OnConflict
		if o.Set != nil {
			o.Set = bindParams(o.Set, values)
		}
		o.Where = plan.BindParamsIn(o.Where, values)
		c.OnConflict = &o
	}
	return &c
}

// WithParams returns the statement with its parameters replaced by constants.
func (u *Update) WithParams(values []expr.Expr) *Update {
	c := *u
	c.Rows, c.Returning = u.Rows.WithParams(values), u.Returning.withParams(values)
	return &c
}

// WithParams returns the statement with its parameters replaced by constants.
func (d *Delete) WithParams(values []expr.Expr) *Delete {
	c := *d
	c.Rows, c.Returning = d.Rows.WithParams(values), d.Returning.withParams(values)
	return &c
}

func (r *Returning) withParams(values []expr.Expr) *Returning {
	if r == nil {
		return nil
	}
	return &Returning{Exprs: bindParams(r.Exprs, values), Columns: r.Columns}
}

func bindParams(es, values []expr.Expr) []expr.Expr {
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		out[i] = plan.BindParamsIn(e, values)
	}
	return out
}
