package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// subquery is a subquery in a bound expression. It does not outlive the clause it stands
// in: [binder.unnest] turns it into a join.
type subquery struct {
	kind subqueryKind
	rel  rel
	cols []int // the result's columns
	// cmp is the value over cols and outer columns: a comparison for ANY and ALL, the
	// column itself or a row comparison for a scalar subquery, nil for EXISTS.
	cmp   expr.Expr
	eq    bool      // cmp is an equality, of one column or several
	order []sortKey // of ARRAY(…)
	t     types.Type
	pos   sql.Pos
	// scope and text tell whether two subqueries are the same: one text means one thing in
	// one scope.
	scope *scope
	text  string
}

type subqueryKind uint8

const (
	scalarQuery subqueryKind = iota
	existsQuery
	anyQuery
	allQuery
	arrayQuery
)

// Type is the type of the value.
func (s *subquery) Type() types.Type { return s.t }

// Children is the comparison, if there is one.
func (s *subquery) Children() []expr.Expr {
	if s.cmp == nil {
		return nil
	}
	return []expr.Expr{s.cmp}
}

// WithChildren replaces the comparison.
func (s *subquery) WithChildren(kids []expr.Expr) expr.Expr {
	c := *s
	if len(kids) > 0 {
		c.cmp = kids[0]
	}
	return &c
}

// String prints a placeholder.
func (s *subquery) String() string { return "(subquery)" }

// outer lists the columns of the surrounding query that the subquery uses.
func (s *subquery) outer() []int {
	ids := free(s.rel)
	if s.cmp == nil {
		return ids
	}
	own := setOf(s.cols...)
	for _, id := range colsOf(s.cmp) {
		if !own[id] && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// walkSubqueries calls f for every subquery in e, not for those within.
func walkSubqueries(e expr.Expr, f func(*subquery)) {
	expr.Walk(e, func(x expr.Expr) bool {
		if s, ok := x.(*subquery); ok {
			f(s)
		}
		return true
	})
}

func hasSubquery(e expr.Expr) bool {
	found := false
	walkSubqueries(e, func(*subquery) { found = true })
	return found
}

// subqueryExpr binds (query), EXISTS (query) and ARRAY(query).
func (b *binder) subqueryExpr(sc *scope, e *sql.Subquery) (expr.Expr, error) {
	q := e.Query
	if e.Kind == sql.ExistsSubquery {
		q = withoutLimit(q)
	}
	bound, err := b.queryParts(q, sc, true)
	if err != nil {
		return nil, err
	}
	s := &subquery{pos: e.Pos, t: types.Bool, scope: sc, text: sql.FormatExpr(e)}
	if e.Kind == sql.ExistsSubquery {
		bound.finish(b, false)
		s.kind, s.rel = existsQuery, bound.rel
		return s, nil
	}
	if len(bound.out) != 1 {
		return nil, b.fail(e.Pos, pgerr.SyntaxError, "subquery must return only one column")
	}
	id := bound.out[0].id
	s.t, s.cols, s.cmp = b.typeOf(id), []int{id}, b.cols.col(id)
	if e.Kind == sql.ScalarSubquery {
		bound.finish(b, false)
		s.rel = bound.rel
		return s, nil
	}
	arr, ok := s.t.ArrayType()
	if s.t.IsArray() {
		arr, ok = s.t, true
	}
	if !ok {
		return nil, b.fail(e.Pos, pgerr.UndefinedObject, "could not find array type for data type %s", s.t.Base())
	}
	s.kind, s.t, s.order = arrayQuery, arr, bound.order
	if bound.limited() {
		bound.rel = &sortRel{in: bound.rel, keys: bound.order}
		bound.cut()
	}
	s.rel = bound.rel
	return s, nil
}

// anySubquery binds IN (query) and op ANY or ALL (query).
func (b *binder) anySubquery(sc *scope, e *sql.AnySubquery) (expr.Expr, error) {
	op, err := b.operatorName(e.Op, e.Pos)
	if err != nil {
		return nil, err
	}
	left := []sql.Expr{e.Left}
	if row, ok := e.Left.(*sql.Row); ok {
		left = row.Args
	}
	ls, lp, err := b.exprs(sc, left)
	if err != nil {
		return nil, err
	}
	s := &subquery{kind: anyQuery, t: types.Bool, pos: e.Pos, scope: sc, text: sql.FormatExpr(e)}
	rs, err := b.subqueryColumns(sc, s, e.Query, len(ls))
	if err != nil {
		return nil, err
	}
	// x <> ALL (q) is NOT x = ANY (q), which has the better plan.
	invert := e.All && op == "<>" && len(ls) == 1
	switch {
	case invert:
		op = "="
	case e.All:
		s.kind = allQuery
	}
	s.eq = op == "=" && s.kind == anyQuery
	if s.cmp, err = b.rowComparison(op, ls, rs, e.Pos, lp, positions(e.Pos, len(rs))); err != nil {
		return nil, err
	}
	if s.cmp.Type().OID != types.Bool.OID {
		return nil, b.fail(e.Pos, pgerr.DatatypeMismatch, "operator %s must return type boolean, not type %s", op, s.cmp.Type())
	}
	if invert {
		return negate(s), nil
	}
	return s, nil
}

// subqueryColumns binds a subquery of n columns and returns them.
func (b *binder) subqueryColumns(sc *scope, s *subquery, q *sql.Query, n int) ([]expr.Expr, error) {
	bound, err := b.query(q, sc, true)
	if err != nil {
		return nil, err
	}
	switch {
	case len(bound.out) > n:
		return nil, b.fail(s.pos, pgerr.SyntaxError, "subquery has too many columns")
	case len(bound.out) < n:
		return nil, b.fail(s.pos, pgerr.SyntaxError, "subquery has too few columns")
	}
	s.rel, s.cols = bound.rel, bound.ids()
	rs := make([]expr.Expr, n)
	for i, id := range s.cols {
		rs[i] = b.cols.col(id)
	}
	return rs, nil
}

// compareRowSubquery binds (a, b) op (query), a comparison with its only row.
func (b *binder) compareRowSubquery(sc *scope, op string, l *sql.Row, q *sql.Subquery, pos sql.Pos) (expr.Expr, error) {
	ls, lp, err := b.exprs(sc, l.Args)
	if err != nil {
		return nil, err
	}
	s := &subquery{kind: scalarQuery, t: types.Bool, pos: q.Pos, scope: sc, text: sql.FormatExpr(l) + op + sql.FormatExpr(q)}
	rs, err := b.subqueryColumns(sc, s, q.Query, len(ls))
	if err != nil {
		return nil, err
	}
	s.cmp, err = b.rowComparison(op, ls, rs, pos, lp, positions(pos, len(rs)))
	return s, err
}
