package planner

import (
	"slices"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// grouping collects the aggregates that belong to a query, wherever they are written.
type grouping struct{ aggs []aggItem }

// add notes an aggregate and returns its column; equal calls share one.
func (g *grouping) add(b *binder, call expr.AggCall) expr.Expr {
	for i := range g.aggs {
		if sameAgg(&g.aggs[i].call, &call) {
			return b.cols.col(g.aggs[i].id)
		}
	}
	id := b.cols.add(call.Fn.Name, call.T)
	g.aggs = append(g.aggs, aggItem{id, call})
	return b.cols.col(id)
}

// groupKeys binds GROUP BY: a column of FROM, an output column by name or number, or an
// expression.
func (b *binder) groupKeys(q *selection) ([]expr.Expr, error) {
	sc := q.sc
	sc.clause = inGroupBy
	var keys []expr.Expr
	out := q.outputs()
	for _, g := range flattenRows(q.s.GroupBy) {
		e, err := b.groupKey(q, out, g)
		if err != nil {
			return nil, err
		}
		if _, err := expr.EqualityOp(e.Type()); err != nil {
			return nil, b.at(err, sql.Start(g))
		}
		for _, id := range colsOf(e) {
			for i := range sc.group.aggs {
				if sc.group.aggs[i].id == id {
					return nil, b.fail(b.placeWithin(id, aggPlace(g)), pgerr.GroupingError, "aggregate functions are not allowed in GROUP BY")
				}
			}
			for _, f := range q.funcs.calls {
				if slices.Contains(f.cols, id) {
					return nil, b.unsupported(g.Position(), "a set-returning function in GROUP BY", "Put it into a subquery in FROM.")
				}
			}
		}
		keys = append(keys, e)
	}
	return keys, nil
}

// aggPlace is where to look for an aggregate in an item of GROUP BY: in the select list if
// the item names or counts a column of it.
func aggPlace(g sql.Expr) sql.Pos {
	switch g.(type) {
	case *sql.Literal, *sql.ColumnRef:
		return 0
	}
	return sql.Start(g)
}

func flattenRows(list []sql.Expr) []sql.Expr {
	var flat []sql.Expr
	for _, e := range list {
		if r, ok := e.(*sql.Row); ok && !r.Explicit {
			flat = append(flat, flattenRows(r.Args)...)
			continue
		}
		flat = append(flat, e)
	}
	return flat
}

func (b *binder) groupKey(q *selection, out []outCol, g sql.Expr) (expr.Expr, error) {
	if ref, ok := g.(*sql.ColumnRef); ok && len(ref.Names) == 1 && !ref.Star {
		for _, c := range q.sc.names.cols {
			if c.name == ref.Names[0] {
				return b.columnRef(q.sc, ref)
			}
		}
	}
	i, err := b.outputIndex(out, g, inGroupBy)
	if err != nil {
		return nil, err
	}
	if i >= 0 {
		if q.targets[i].e, err = b.known(q.targets[i].e); err != nil {
			return nil, err
		}
		return q.targets[i].e, nil
	}
	e, err := b.expr(q.sc, g)
	if err != nil {
		return nil, err
	}
	return b.known(e)
}

// group builds the grouping over r and replaces, in what is computed above it, grouped
// expressions by their columns.
func (b *binder) group(q *selection, r rel, keys []expr.Expr) (rel, error) {
	g := &grouped{b: b, sc: q.sc, keys: keys, ids: make([]int, len(keys)), have: colSet{}}
	items := b.cols.passAll(r.columns())
	own := setOf(r.columns()...)
	for i, k := range keys {
		if c, ok := k.(*expr.Col); ok && own[c.Index] {
			g.ids[i] = c.Index
		} else {
			g.ids[i] = b.cols.add(keyName(q, k), k.Type())
			items = append(items, item{g.ids[i], k})
		}
		g.have[g.ids[i]] = true
	}
	aggs := q.sc.group.aggs
	for _, a := range aggs {
		g.have[a.id] = true
	}
	if err := g.replaceAll(q); err != nil {
		return nil, err
	}
	in, err := b.project(r, items)
	if err != nil {
		return nil, err
	}
	a := &aggRel{keys: unique(append(g.ids, g.extra...)), aggs: aggs, global: len(keys) == 0}
	in, args, err := b.unnest(in, a.exprs())
	if err != nil {
		return nil, err
	}
	a.in = in
	return a.withExprs(args), nil
}

func keyName(q *selection, k expr.Expr) string {
	for _, t := range q.targets {
		if sameExpr(t.e, k) {
			return t.name
		}
	}
	return "key"
}

func unique(ids []int) []int {
	var out []int
	for _, id := range ids {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// grouped rewrites expressions above a grouping.
type grouped struct {
	b     *binder
	sc    *scope
	keys  []expr.Expr
	ids   []int // the keys' columns
	extra []int // columns that depend on the keys, grouped by as well
	have  colSet
}

func (g *grouped) replaceAll(q *selection) error {
	var err error
	for i := range q.targets {
		if q.targets[i].e, err = g.replace(q.targets[i].e); err != nil {
			return err
		}
	}
	for i := range q.order {
		if q.order[i].e != nil {
			if q.order[i].e, err = g.replace(q.order[i].e); err != nil {
				return err
			}
		}
	}
	if q.having != nil {
		if q.having, err = g.replace(q.having); err != nil {
			return err
		}
	}
	for i := range q.funcs.calls {
		f := &q.funcs.calls[i]
		for _, id := range f.cols {
			g.have[id] = true
		}
		for j := range f.args {
			if f.args[j], err = g.replace(f.args[j]); err != nil {
				return err
			}
		}
	}
	return nil
}

// replace puts key columns in the place of what was grouped by, and fails for a column of
// this query that was not.
func (g *grouped) replace(e expr.Expr) (expr.Expr, error) {
	if c, ok := e.(*expr.Col); !ok || !g.have[c.Index] {
		for i, k := range g.keys {
			if sameExpr(k, e) {
				return g.b.cols.col(g.ids[i]), nil
			}
			// NOT (x IS TRUE) has become x IS NOT TRUE.
			if e.Type().OID == types.Bool.OID && sameExpr(k, negate(e)) {
				return &expr.Not{Arg: g.b.cols.col(g.ids[i])}, nil
			}
		}
	}
	switch e := e.(type) {
	case *expr.Col:
		if g.allowed(e.Index) {
			return e, nil
		}
		return nil, g.b.fail(g.place(e), pgerr.GroupingError,
			"column \"%s\" must appear in the GROUP BY clause or be used in an aggregate function", g.name(e.Index))
	case *subquery:
		for _, id := range free(e.rel) {
			if !g.allowed(id) {
				return nil, g.b.fail(g.b.placeWithin(id, e.pos), pgerr.GroupingError, "subquery uses ungrouped column \"%s\" from outer query", g.name(id))
			}
		}
	}
	kids := e.Children()
	if len(kids) == 0 {
		return e, nil
	}
	mapped := make([]expr.Expr, len(kids))
	for i, k := range kids {
		m, err := g.replace(k)
		if err != nil {
			return nil, err
		}
		mapped[i] = m
	}
	return e.WithChildren(mapped), nil
}

// allowed reports whether a column may be used above the grouping: it is grouped by, an
// aggregate, of an outer query, or depends on a primary key that is grouped by.
func (g *grouped) allowed(id int) bool {
	if g.have[id] || g.b.owner[id] != g.sc {
		return true
	}
	for _, t := range g.sc.names.tables {
		i := slices.IndexFunc(t.cols, func(c nameCol) bool { return c.id == id })
		if i < 0 || t.relation == nil || t.relation.Kind != catalog.Table {
			continue
		}
		if pk := t.relation.PrimaryKey(); pk != nil && g.hasKey(t, pk) {
			g.extra = append(g.extra, id)
			g.have[id] = true
			return true
		}
	}
	return false
}

func (g *grouped) hasKey(t *tableEntry, pk []int) bool {
	live := t.relation.Live()
	for _, p := range pk {
		i := slices.Index(live, p)
		if i < 0 || !g.have[t.cols[i].id] {
			return false
		}
	}
	return true
}

func (g *grouped) place(c *expr.Col) sql.Pos {
	if p, ok := g.b.place[c]; ok {
		return p
	}
	return sql.NoPos
}

// placeWithin is where a column is first mentioned after pos.
func (b *binder) placeWithin(id int, pos sql.Pos) sql.Pos {
	best := sql.NoPos
	for c, p := range b.place {
		if c.Index == id && p >= pos && (best < 0 || p < best) {
			best = p
		}
	}
	return best
}

// name is a column as PostgreSQL's messages qualify it.
func (g *grouped) name(id int) string {
	for _, t := range g.sc.names.tables {
		for _, c := range t.cols {
			if c.id == id && t.alias != "" {
				return t.alias + "." + c.name
			}
		}
	}
	return g.b.cols[id].name
}
