package oracle

import "fmt"

// Query is a query tree: a set operation (Op, Left, Right), a VALUES list
// (Values), or a SELECT (the other fields).
type Query struct {
	With []*CTE

	Op          string // UNION, INTERSECT, EXCEPT, each with or without ALL
	Left, Right *Query
	Mixed       bool // the sides have columns of different types

	Values [][]*Expr

	Distinct bool
	Items    []*Expr
	From     *From
	Where    *Expr
	GroupBy  []*Expr
	Having   *Expr
	Ordered  bool // ORDER BY 1, for ARRAY()

	Limit *Limit

	// Loose marks output columns whose equal values may print differently from
	// one evaluation to the next.
	Loose []bool
}

// CTE is one WITH item.
type CTE struct {
	Name         string
	Query        *Query
	Materialized string // MATERIALIZED, NOT MATERIALIZED or nothing
}

// From is a FROM item: a table, view or CTE (Name), a subquery (Query), a
// function call (Call), or a join (Join, Left, Right and On, Using or Natural).
type From struct {
	Name       string
	Tumble     *Tumble // windows over the table
	Renamed    bool    // the alias names the columns
	Query      *Query
	Call       *Expr
	Ordinality bool
	Lateral    bool
	Alias      string
	Columns    []Column // what the item offers; of a call and a subquery, named here

	Join        string // INNER, LEFT, RIGHT, FULL, CROSS
	Left, Right *From
	On          *Expr
	Using       []string
	Natural     bool
}

// Tumble adds the columns window_start and window_end to a table.
type Tumble struct {
	Column, Type string // of the time
	Size, Offset string // intervals; Offset may be empty
}

// Column is a column a FROM item offers.
type Column struct {
	Name   string
	Kind   Kind
	Loose  bool
	shared bool // USING merges it with one of the other side
}

// kinds is the row type of the query.
func (q *Query) kinds() []Kind {
	if q.Op != "" {
		return q.Left.kinds()
	}
	items := q.Items
	if q.Values != nil {
		items = q.Values[0]
	}
	out := make([]Kind, len(items))
	for i, e := range items {
		out[i] = e.Kind
	}
	return out
}

// inexactColumns tells which output columns are compared with a tolerance.
func (q *Query) inexactColumns() []bool {
	out := make([]bool, len(q.kinds()))
	if q.Op == "" {
		for i, e := range q.Items {
			out[i] = e.inexact()
		}
	}
	return out
}

// columnNames are the names of the columns of views, CTEs and subqueries.
func columnNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("c%d", i+1)
	}
	return names
}

// walk visits the slot of every expression in the query, and every query in
// it, this one first.
func (q *Query) walk(visit func(slot **Expr), each func(*Query)) {
	each(q)
	down := func(sub *Query) { sub.walk(visit, each) }
	for _, cte := range q.With {
		down(cte.Query)
	}
	if q.Op != "" {
		down(q.Left)
		down(q.Right)
		return
	}
	for _, row := range q.Values {
		walkList(row, visit, down)
	}
	walkList(q.Items, visit, down)
	q.From.walk(visit, down)
	for _, slot := range []**Expr{&q.Where, &q.Having} {
		if *slot != nil {
			visit(slot)
			(*slot).walk(visit, down)
		}
	}
	walkList(q.GroupBy, visit, down)
	if q.Limit != nil && q.Limit.Outer != nil {
		q.Limit.Outer.walk(visit, down)
	}
}

func walkList(list []*Expr, visit func(**Expr), down func(*Query)) {
	for i := range list {
		visit(&list[i])
		list[i].walk(visit, down)
	}
}

func (f *From) walk(visit func(**Expr), down func(*Query)) {
	if f == nil {
		return
	}
	f.Left.walk(visit, down)
	f.Right.walk(visit, down)
	if f.Query != nil {
		down(f.Query)
	}
	if f.Call != nil {
		f.Call.walk(visit, down)
	}
	if f.On != nil {
		visit(&f.On)
		f.On.walk(visit, down)
	}
}

// tables lists the names of the tables and CTEs the query reads.
func (q *Query) tables() map[string]bool {
	names := make(map[string]bool)
	var from func(f *From)
	from = func(f *From) {
		if f == nil {
			return
		}
		if f.Name != "" {
			names[f.Name] = true
		}
		from(f.Left)
		from(f.Right)
	}
	q.walk(func(**Expr) {}, func(sub *Query) { from(sub.From) })
	return names
}
