package oracle

import (
	"fmt"
	"strings"
)

// Limit cuts the result of a subquery, under an order that makes the answer one: by all
// columns and their texts, or by all columns WITH TIES.
type Limit struct {
	Count, Offset int
	Outer         *Expr // added to Count: it depends on the row of the query around; or nil
	Desc          bool
	Ties          bool
}

// cut puts a LIMIT on a subquery now and then, in a query that is ad hoc only.
func (g *generator) cut(s scope, q *Query) {
	if !g.limits || q.Limit != nil || chance(g.r, 30) {
		return
	}
	for _, k := range q.kinds() {
		if !k.groupable() {
			return
		}
	}
	q.Limit = &Limit{Count: g.r.IntN(4), Offset: g.r.IntN(3) / 2, Desc: chance(g.r, 40), Ties: chance(g.r, 15)}
	if g.outerInt(s) != nil && chance(g.r, 60) {
		q.Limit.Outer = g.outerInt(s)
	}
}

// outerInt is an integer between 0 and 2 that depends on the query around, or nil.
func (g *generator) outerInt(s scope) *Expr {
	for _, e := range s.outer {
		if e.Kind == scalar(Int4) || e.Kind == scalar(Int2) {
			return &Expr{Kind: scalar(Int4), Form: "coalesce(abs($1 % 3), 0)", Kids: []*Expr{e}, Fixed: true}
		}
	}
	return nil
}

// limited reports whether the query or one in it has a LIMIT.
func (q *Query) limited() bool {
	found := false
	q.walk(func(**Expr) {}, func(sub *Query) { found = found || sub.Limit != nil })
	return found
}

// printCut prints a query with its LIMIT, as it stands if its columns can be ordered by
// there, or from around it.
func (q *Query) printCut(p *printer) {
	l, bare := q.Limit, *q
	bare.Limit, bare.Ordered = nil, false
	plain := q.Op == "" && q.Values == nil && !q.Distinct
	names := columnNames(len(q.kinds()))
	p.word(plain, "", "SELECT * FROM (")
	bare.print(p)
	p.word(plain, "", ") AS cut("+strings.Join(names, ", ")+")")
	for i := range names {
		p.word(i == 0, " ORDER BY ", ", ")
		fmt.Fprint(p, i+1)
		p.word(l.Desc, " DESC", "")
	}
	for i := range names {
		if l.Ties {
			break
		}
		p.WriteString(", (")
		if plain {
			q.Items[i].print(p)
		} else {
			p.WriteString(names[i])
		}
		p.WriteString(")::text")
	}
	if l.Offset > 0 {
		fmt.Fprintf(p, " OFFSET %d", l.Offset)
	}
	p.word(l.Ties, " FETCH FIRST (", " LIMIT (")
	fmt.Fprint(p, l.Count)
	if l.Outer != nil {
		p.WriteString(" + ")
		l.Outer.print(p)
	}
	p.word(l.Ties, ") ROWS WITH TIES", ")")
}
