package oracle

import (
	"fmt"
	"strings"
)

// Query is a query tree: a set operation (Op, Left, Right), a VALUES list
// (Values), or a SELECT (the other fields).
type Query struct {
	With []*CTE

	Op          string // UNION, INTERSECT, EXCEPT, each with or without ALL
	Left, Right *Query

	Values [][]*Expr

	Distinct bool
	Items    []*Expr
	From     *From
	Where    *Expr
	GroupBy  []*Expr
	Having   *Expr
	Ordered  bool // ORDER BY 1, for ARRAY()

	// Loose marks output columns whose equal values may print differently from
	// one evaluation to the next.
	Loose []bool
}

// CTE is one WITH item.
type CTE struct {
	Name  string
	Query *Query
}

// From is a FROM item: a table or CTE (Name), a subquery (Query), a function
// call (Call), or a join (Join, Left, Right, On).
type From struct {
	Name       string
	Query      *Query
	Call       *Expr
	Ordinality bool
	Lateral    bool
	Alias      string
	Columns    []Column // what the item offers; of a call and a subquery, named here

	Join        string // INNER, LEFT, RIGHT, FULL, CROSS
	Left, Right *From
	On          *Expr
}

// Column is a column a FROM item offers.
type Column struct {
	Name  string
	Kind  Kind
	Loose bool
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

func (q *Query) String() string {
	var b strings.Builder
	q.print(&b)
	return b.String()
}

func (q *Query) print(b *strings.Builder) {
	for i, cte := range q.With {
		b.WriteString(pickWord(i == 0, "WITH ", ", "))
		fmt.Fprintf(b, "%s(%s) AS (", cte.Name, strings.Join(columnNames(len(cte.Query.kinds())), ", "))
		cte.Query.print(b)
		b.WriteString(")")
		if i == len(q.With)-1 {
			b.WriteString(" ")
		}
	}
	switch {
	case q.Op != "":
		b.WriteString("(")
		q.Left.print(b)
		b.WriteString(") " + q.Op + " (")
		q.Right.print(b)
		b.WriteString(")")
	case q.Values != nil:
		b.WriteString("VALUES ")
		for i, row := range q.Values {
			b.WriteString(pickWord(i == 0, "(", ", ("))
			printList(b, row)
			b.WriteString(")")
		}
	default:
		q.printSelect(b)
	}
}

func (q *Query) printSelect(b *strings.Builder) {
	b.WriteString("SELECT ")
	if q.Distinct {
		b.WriteString("DISTINCT ")
	}
	printList(b, q.Items)
	if q.From != nil {
		b.WriteString(" FROM ")
		q.From.print(b)
	}
	if q.Where != nil {
		b.WriteString(" WHERE ")
		q.Where.print(b)
	}
	if len(q.GroupBy) > 0 {
		b.WriteString(" GROUP BY ")
		printList(b, q.GroupBy)
	}
	if q.Having != nil {
		b.WriteString(" HAVING ")
		q.Having.print(b)
	}
	if q.Ordered {
		b.WriteString(" ORDER BY 1")
	}
}

func (f *From) print(b *strings.Builder) {
	if f.Join != "" {
		f.printJoin(b)
		return
	}
	if f.Lateral {
		b.WriteString("LATERAL ")
	}
	names := make([]string, len(f.Columns))
	for i, c := range f.Columns {
		names[i] = c.Name
	}
	columns := "(" + strings.Join(names, ", ") + ")"
	switch {
	case f.Query != nil:
		b.WriteString("(")
		f.Query.print(b)
		b.WriteString(") AS " + f.Alias + columns)
	case f.Call != nil:
		f.Call.print(b)
		b.WriteString(pickWord(f.Ordinality, " WITH ORDINALITY AS ", " AS "))
		b.WriteString(f.Alias + columns)
	default:
		b.WriteString(f.Name + " AS " + f.Alias)
	}
}

func (f *From) printJoin(b *strings.Builder) {
	f.Left.print(b)
	b.WriteString(" " + f.Join + " JOIN ")
	right := f.Right.Join != ""
	b.WriteString(pickWord(right, "(", ""))
	f.Right.print(b)
	b.WriteString(pickWord(right, ")", ""))
	if f.On != nil {
		b.WriteString(" ON ")
		f.On.print(b)
	}
}

func printList(b *strings.Builder, list []*Expr) {
	for i, e := range list {
		b.WriteString(pickWord(i == 0, "", ", "))
		e.print(b)
	}
}

func pickWord(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
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
