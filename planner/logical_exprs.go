package planner

import (
	"slices"

	"streamdb/expr"
)

func (r *scanRel) exprs() []expr.Expr      { return r.eq }
func (r *filterRel) exprs() []expr.Expr    { return r.preds }
func (r *joinRel) exprs() []expr.Expr      { return r.on }
func (r *unionRel) exprs() []expr.Expr     { return nil }
func (r *setOpRel) exprs() []expr.Expr     { return nil }
func (r *singleRowRel) exprs() []expr.Expr { return nil }
func (r *sortRel) exprs() []expr.Expr      { return nil }
func (r *sharedRel) exprs() []expr.Expr    { return nil }

func (r *valuesRel) exprs() []expr.Expr { return slices.Concat(r.rows...) }

func (r *projectRel) exprs() []expr.Expr {
	es := make([]expr.Expr, len(r.items))
	for i, it := range r.items {
		es[i] = it.e
	}
	return es
}

func (r *aggRel) exprs() []expr.Expr {
	var es []expr.Expr
	for i := range r.aggs {
		es = append(es, aggExprs(&r.aggs[i].call)...)
	}
	return es
}

// aggExprs are the expressions of an aggregate call: arguments, order, filter.
func aggExprs(c *expr.AggCall) []expr.Expr {
	es := slices.Clone(c.Args)
	for _, k := range c.Order {
		es = append(es, k.Expr)
	}
	if c.Filter != nil {
		es = append(es, c.Filter)
	}
	return es
}

// withAggExprs puts back what aggExprs gave, changed, and returns the rest of es.
func withAggExprs(c expr.AggCall, es []expr.Expr) (expr.AggCall, []expr.Expr) {
	n := len(c.Args)
	c.Args, es = es[:n:n], es[n:]
	c.Order = slices.Clone(c.Order)
	for i := range c.Order {
		c.Order[i].Expr, es = es[0], es[1:]
	}
	if c.Filter != nil {
		c.Filter, es = es[0], es[1:]
	}
	return c, es
}

func (r *tableFuncRel) exprs() []expr.Expr {
	var es []expr.Expr
	for i := range r.funcs {
		es = append(es, r.funcs[i].args...)
	}
	return es
}

func (r *limitRel) exprs() []expr.Expr {
	var es []expr.Expr
	if r.count != nil {
		es = append(es, r.count)
	}
	if r.offset != nil {
		es = append(es, r.offset)
	}
	return es
}

func (r *scanRel) withExprs(es []expr.Expr) rel   { c := *r; c.eq = es; return &c }
func (r *filterRel) withExprs(es []expr.Expr) rel { c := *r; c.preds = es; return &c }
func (r *joinRel) withExprs(es []expr.Expr) rel   { c := *r; c.on = es; return &c }
func (r *unionRel) withExprs([]expr.Expr) rel     { return r }
func (r *setOpRel) withExprs([]expr.Expr) rel     { return r }
func (r *singleRowRel) withExprs([]expr.Expr) rel { return r }
func (r *sortRel) withExprs([]expr.Expr) rel      { return r }
func (r *sharedRel) withExprs([]expr.Expr) rel    { return r }

func (r *valuesRel) withExprs(es []expr.Expr) rel {
	c := *r
	c.rows = make([][]expr.Expr, len(r.rows))
	for i, row := range r.rows {
		n := len(row)
		c.rows[i], es = es[:n:n], es[n:]
	}
	return &c
}

func (r *projectRel) withExprs(es []expr.Expr) rel {
	c := *r
	c.items = make([]item, len(r.items))
	for i, it := range r.items {
		c.items[i] = item{it.id, es[i]}
	}
	return &c
}

func (r *aggRel) withExprs(es []expr.Expr) rel {
	c := *r
	c.aggs = make([]aggItem, len(r.aggs))
	for i, a := range r.aggs {
		c.aggs[i].id = a.id
		c.aggs[i].call, es = withAggExprs(a.call, es)
	}
	return &c
}

func (r *tableFuncRel) withExprs(es []expr.Expr) rel {
	c := *r
	c.funcs = slices.Clone(r.funcs)
	for i := range c.funcs {
		n := len(c.funcs[i].args)
		c.funcs[i].args, es = es[:n:n], es[n:]
	}
	return &c
}

func (r *limitRel) withExprs(es []expr.Expr) rel {
	c := *r
	if r.count != nil {
		c.count, es = es[0], es[1:]
	}
	if r.offset != nil {
		c.offset = es[0]
	}
	return &c
}
