package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types/pgerr"
)

// boundQuery is a query whose names are bound: its relation, which may have more columns
// than the result, the result's columns, and what is to be done to the rows at the end.
type boundQuery struct {
	rel           rel
	out           []outCol
	order         []sortKey
	count, offset expr.Expr
	withTies      bool
	// from is what FROM made visible: LIMIT may not use it, but says so.
	from namespace
}

// outCol is a column of a query's result. lit is set where it is a literal or parameter
// whose type the context may still decide.
type outCol struct {
	name string
	id   int
	lit  expr.Expr
	pos  sql.Pos
}

func (q *boundQuery) ids() []int {
	ids := make([]int, len(q.out))
	for i, o := range q.out {
		ids[i] = o.id
	}
	return ids
}

func (q *boundQuery) names() []nameCol {
	cols := make([]nameCol, len(q.out))
	for i, o := range q.out {
		cols[i] = nameCol{o.name, o.id}
	}
	return cols
}

// finish makes the relation one of exactly the result's columns. The order of rows is kept
// if asked for, or needed for a limit.
func (q *boundQuery) finish(b *binder, keepOrder bool) {
	if len(q.order) > 0 && (keepOrder || q.limited()) {
		q.rel = &sortRel{in: q.rel, keys: q.order}
	}
	q.cut()
	if ids := q.ids(); !slices.Equal(ids, q.rel.columns()) {
		q.rel = &projectRel{in: q.rel, items: b.cols.passAll(ids)}
	}
	q.order = nil
}

// query binds a subquery, whose order has no meaning. outer is the scope around it, nil
// for none. With resolve, literals of unknown type become text.
func (b *binder) query(q *sql.Query, outer *scope, resolve bool) (*boundQuery, error) {
	bound, err := b.queryParts(q, outer, resolve)
	if err != nil {
		return nil, err
	}
	bound.finish(b, false)
	return bound, nil
}

// queryParts binds a query without finishing it.
func (b *binder) queryParts(q *sql.Query, outer *scope, resolve bool) (*boundQuery, error) {
	if err := b.enter(); err != nil {
		return nil, err
	}
	defer b.leave()
	if len(q.Locking) > 0 {
		return nil, b.unsupported(sql.NoPos, "SELECT … FOR UPDATE or FOR SHARE", "Conflicting writes are found at COMMIT.")
	}
	outer, err := b.with(outer, q.With)
	if err != nil {
		return nil, err
	}
	var bound *boundQuery
	switch body := q.Body.(type) {
	case *sql.Select:
		bound, err = b.selectQuery(body, q.OrderBy, outer, resolve)
	case *sql.Values:
		bound, err = b.values(body, outer)
	case *sql.SetOp:
		bound, err = b.setOp(body, outer)
	default:
		err = pgerr.Internal("query body %T", body)
	}
	if err != nil {
		return nil, err
	}
	if _, isSelect := q.Body.(*sql.Select); !isSelect {
		if err := b.orderByOutput(bound, q); err != nil {
			return nil, err
		}
	}
	return bound, b.limits(bound, q, outer)
}

// cte is a common table expression in scope.
type cte struct {
	name string
	cols []nameCol
	def  *shared // nil while it is being bound itself
}

// with binds a WITH clause into a scope of its own around the query.
func (b *binder) with(outer *scope, w *sql.With) (*scope, error) {
	if w == nil {
		return outer, nil
	}
	sc := &scope{parent: outer}
	for _, c := range w.CTEs {
		if slices.ContainsFunc(sc.ctes, func(o *cte) bool { return o.name == c.Name }) {
			return nil, b.fail(c.Pos, pgerr.DuplicateAlias, "WITH query name \"%s\" specified more than once", c.Name)
		}
		q, ok := c.Stmt.(*sql.Query)
		if !ok {
			return nil, b.unsupported(c.Pos, "a data-modifying statement in WITH", "Run it as a statement of its own.")
		}
		inner := sc
		if w.Recursive {
			inner = &scope{parent: sc, ctes: []*cte{{name: c.Name}}}
		}
		bound, err := b.query(q, inner, true)
		if err != nil {
			return nil, err
		}
		cols := bound.names()
		if len(c.Columns) > len(cols) {
			return nil, b.fail(c.Pos, pgerr.InvalidColumnReference,
				"WITH query \"%s\" has %d columns available but %d columns specified", c.Name, len(cols), len(c.Columns))
		}
		for i, name := range c.Columns {
			cols[i].name = name
		}
		sc.ctes = append(sc.ctes, &cte{name: c.Name, cols: cols, def: share(bound.rel)})
	}
	return sc, nil
}

func findCTE(sc *scope, name string) *cte {
	for s := sc; s != nil; s = s.parent {
		for _, c := range s.ctes {
			if c.name == name {
				return c
			}
		}
	}
	return nil
}

// readCTE is one reading of a CTE: the same rows under columns of its own.
func (b *binder) readCTE(sc *scope, c *cte, t *sql.TableName) (rel, namespace, error) {
	if c.def == nil {
		return nil, namespace{}, b.unsupported(t.Pos, "WITH RECURSIVE", "Write out the levels that are needed as joins.")
	}
	r, cols := b.readShared(c.def)
	for i := range cols {
		cols[i].name = c.cols[i].name
	}
	entry := &tableEntry{alias: c.name, cols: cols}
	derived := b.derive(entry, r)
	ns, err := b.named(sc, entry, t.Alias)
	return derived, ns, err
}

// readShared reads a shared relation under new column numbers.
func (b *binder) readShared(def *shared) (*sharedRel, []nameCol) {
	r := &sharedRel{def: def}
	var cols []nameCol
	for _, id := range def.cols {
		c := b.cols.copyOf(id)
		r.cols = append(r.cols, c)
		cols = append(cols, nameCol{b.cols[id].name, c})
	}
	return r, cols
}

// values binds VALUES: constants as they are, anything else as a union of rows.
func (b *binder) values(v *sql.Values, outer *scope) (*boundQuery, error) {
	sc := &scope{parent: outer, clause: inValues}
	rows, places := make([][]expr.Expr, len(v.Rows)), make([][]sql.Pos, len(v.Rows))
	for i, row := range v.Rows {
		for _, e := range row {
			bound, err := b.listed(sc, e)
			if err != nil {
				return nil, err
			}
			rows[i] = append(rows[i], bound...)
			places[i] = append(places[i], positions(sql.Start(e), len(bound))...)
		}
		if len(rows[i]) != len(rows[0]) {
			return nil, b.fail(row[0].Position(), pgerr.SyntaxError, "VALUES lists must all be the same length")
		}
	}
	out := make([]outCol, len(rows[0]))
	for j := range out {
		col, pos := make([]expr.Expr, len(rows)), make([]sql.Pos, len(rows))
		for i := range rows {
			col[i], pos[i] = rows[i][j], places[i][j]
		}
		es, t, err := b.unify("VALUES", col, pos)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			rows[i][j] = es[i]
		}
		name := columnN(j)
		out[j] = outCol{name: name, id: b.cols.add(name, t), pos: pos[0]}
	}
	bound := &boundQuery{out: out}
	var err error
	bound.rel, err = b.rowsOf(rows, bound.ids())
	return bound, err
}

// rowsOf is a relation of the given rows.
func (b *binder) rowsOf(rows [][]expr.Expr, ids []int) (rel, error) {
	plain := true
	for _, row := range rows {
		for _, e := range row {
			plain = plain && !hasSubquery(e) && len(colsOf(e)) == 0
		}
	}
	if plain {
		return &valuesRel{rows: rows, cols: ids}, nil
	}
	if len(rows) == 1 {
		items := make([]item, len(ids))
		for j, e := range rows[0] {
			items[j] = item{ids[j], e}
		}
		return b.project(oneRow(), items)
	}
	u := &unionRel{cols: ids}
	for _, row := range rows {
		items := make([]item, len(row))
		for j, e := range row {
			items[j] = item{b.cols.copyOf(ids[j]), e}
		}
		p, err := b.project(oneRow(), items)
		if err != nil {
			return nil, err
		}
		u.ins, u.from = append(u.ins, p), append(u.from, p.columns())
	}
	return u, nil
}

// orderByOutput binds ORDER BY of VALUES and set operations, which see the result only.
func (b *binder) orderByOutput(bound *boundQuery, q *sql.Query) error {
	for _, o := range q.OrderBy {
		i, err := b.outputIndex(bound.out, o.Expr, inOrderBy)
		if err != nil {
			return err
		}
		if i < 0 {
			names := namespace{cols: bound.names()}
			if _, err := b.expr(&scope{names: names, clause: inOrderBy}, o.Expr); pgerr.Is(err, pgerr.UndefinedColumn) || pgerr.Is(err, pgerr.UndefinedTable) {
				return err
			}
			err := pgerr.New(pgerr.FeatureNotSupported, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause").
				WithDetail("Only result column names can be used, not expressions or functions.").
				WithHint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.")
			return b.at(err, sql.Start(o.Expr))
		}
		key, err := b.sortKey(bound.out[i].id, o)
		if err != nil {
			return err
		}
		bound.order = append(bound.order, key)
	}
	return nil
}

// sortKey gives ORDER BY's direction to a column.
func (b *binder) sortKey(id int, o sql.OrderItem) (sortKey, error) {
	k := sortKey{col: id}
	if _, err := expr.LessOp(b.cols[id].typ); err != nil {
		err := pgerr.New(pgerr.UndefinedFunction, "could not identify an ordering operator for type %s", b.cols[id].typ.Base()).
			WithHint("Use an explicit ordering operator or modify the query.")
		return k, b.at(err, sql.Start(o.Expr))
	}
	desc, first, err := b.direction(o)
	k.desc, k.nullsFirst = desc, first
	return k, err
}

func (b *binder) direction(o sql.OrderItem) (desc, nullsFirst bool, err error) {
	switch o.Dir {
	case sql.SortDesc:
		desc = true
	case sql.SortUsing:
		if o.Using.Name != "<" && o.Using.Name != ">" {
			return false, false, b.unsupported(o.Pos, "ORDER BY … USING "+o.Using.Name, "Use ASC or DESC.")
		}
		desc = o.Using.Name == ">"
	}
	nullsFirst = desc
	switch o.Nulls {
	case sql.NullsFirst:
		nullsFirst = true
	case sql.NullsLast:
		nullsFirst = false
	}
	return desc, nullsFirst, nil
}
