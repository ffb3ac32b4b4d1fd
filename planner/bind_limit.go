package planner

import (
	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// limited reports whether only some of the rows are wanted.
func (q *boundQuery) limited() bool { return q.count != nil || q.offset != nil }

// cut applies LIMIT and OFFSET.
func (q *boundQuery) cut() {
	if q.limited() {
		q.rel = &limitRel{in: q.rel, count: q.count, offset: q.offset, withTies: q.withTies}
	}
	q.count, q.offset = nil, nil
}

// limits binds LIMIT and OFFSET.
func (b *binder) limits(bound *boundQuery, q *sql.Query, outer *scope) error {
	switch {
	case q.WithTies && q.Limit == nil:
		return pgerr.New(pgerr.InvalidRowCountInLimit, "row count cannot be null in FETCH FIRST ... WITH TIES clause")
	case q.Limit == nil && q.Offset == nil:
		return nil
	}
	var pos sql.Pos
	if q.Limit != nil {
		pos = q.Limit.Position()
	} else {
		pos = q.Offset.Position()
	}
	if q.WithTies && len(bound.order) == 0 {
		return b.fail(pos, pgerr.SyntaxError, "WITH TIES cannot be specified without ORDER BY clause")
	}
	var err error
	if bound.count, err = b.limitExpr(&scope{parent: outer, names: bound.from, clause: inLimit}, q.Limit); err != nil {
		return err
	}
	if bound.offset, err = b.limitExpr(&scope{parent: outer, names: bound.from, clause: inOffset}, q.Offset); err != nil {
		return err
	}
	bound.withTies = q.WithTies
	bound.dropIdleLimits()
	if !bound.limited() {
		return nil
	}
	hint := "Apply it when selecting from the view."
	if b.depth > 1 {
		hint = "Use min, max, or (array_agg(x ORDER BY y))[1] for the first value of x."
	}
	return b.refuseInView(pos, "LIMIT or OFFSET", hint)
}

// dropIdleLimits drops what cuts nothing: OFFSET 0, and a LIMIT of at least one where there
// is one row at most.
func (q *boundQuery) dropIdleLimits() {
	if k, ok := q.offset.(*expr.Const); ok && (k.D.IsNull() || k.D.Int() == 0) {
		q.offset = nil
	}
	if k, ok := q.count.(*expr.Const); ok && (k.D.IsNull() || k.D.Int() >= 1 && q.offset == nil && rowsOfRel(q.rel) != anyNumber) {
		q.count = nil
	}
}

// limitExpr binds the argument of LIMIT or OFFSET; nil stays nil. Columns of outer queries
// are constants to it.
func (b *binder) limitExpr(sc *scope, e sql.Expr) (expr.Expr, error) {
	if e == nil {
		return nil, nil
	}
	cl := sc.clause
	bound, err := b.expr(sc, constantOf(e))
	if err != nil {
		return nil, err
	}
	if hasSubquery(bound) {
		return nil, b.unsupported(e.Position(), "a subquery in "+string(cl), "Use a constant or a parameter.")
	}
	out, err := b.coerce(bound, types.Int8, expr.CastAssignment, sql.Start(e))
	if err != nil && !isUnknown(bound) {
		return nil, b.fail(sql.Start(e), pgerr.DatatypeMismatch, "argument of %s must be type bigint, not type %s", cl, bound.Type().Base())
	}
	for _, id := range colsOf(bound) {
		if !b.ownedAround(sc, id) {
			return nil, b.fail(b.placeWithin(id, sql.Start(e)), pgerr.InvalidColumnReference, "argument of %s must not contain variables", cl)
		}
	}
	return out, err
}

// ownedAround reports whether a column stands in the FROM of a query around that of sc.
func (b *binder) ownedAround(sc *scope, id int) bool {
	for s := sc.parent; s != nil; s = s.parent {
		if b.owner[id] == s {
			return true
		}
	}
	return false
}

// constantOf is x for (SELECT x), and e for others.
func constantOf(e sql.Expr) sql.Expr {
	sub, ok := e.(*sql.Subquery)
	if !ok || sub.Kind != sql.ScalarSubquery {
		return e
	}
	q := sub.Query
	s, ok := q.Body.(*sql.Select)
	if !ok || len(s.Targets) != 1 || q.With != nil || q.Limit != nil || q.Offset != nil || len(s.DistinctOn) > 0 ||
		len(s.From) > 0 || s.Where != nil || len(s.GroupBy) > 0 || s.Having != nil {
		return e
	}
	return s.Targets[0].Expr
}

// withoutLimit drops a LIMIT that makes no difference to EXISTS.
func withoutLimit(q *sql.Query) *sql.Query {
	if l, ok := q.Limit.(*sql.Literal); !ok || l.Kind != sql.LiteralInteger || l.Text == "0" || l.Text[0] == '-' {
		return q
	}
	if o, ok := q.Offset.(*sql.Literal); q.Offset != nil && (!ok || o.Kind != sql.LiteralInteger || o.Text != "0") {
		return q
	}
	c := *q
	c.Limit, c.Offset = nil, nil
	return &c
}
