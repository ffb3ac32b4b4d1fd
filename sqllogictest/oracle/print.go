package oracle

import (
	"fmt"
	"strings"
)

// String is the query for the server under test.
func (q *Query) String() string {
	var p printer
	q.print(&p)
	return p.Builder.String()
}

// postgres is the query for PostgreSQL.
func (q *Query) postgres() string {
	p := printer{postgres: true}
	q.print(&p)
	return p.Builder.String()
}

func (q *Query) print(p *printer) {
	if q.Limit != nil {
		q.printCut(p)
		return
	}
	for i, cte := range q.With {
		p.word(i == 0, "WITH ", ", ")
		fmt.Fprintf(p, "%s(%s) AS ", cte.Name, strings.Join(columnNames(len(cte.Query.kinds())), ", "))
		p.word(cte.Materialized != "", cte.Materialized+" (", "(")
		cte.Query.print(p)
		p.word(i == len(q.With)-1, ") ", ")")
	}
	switch {
	case q.Op != "":
		p.WriteString("(")
		q.Left.print(p)
		p.WriteString(") " + q.Op + " (")
		q.Right.print(p)
		p.WriteString(")")
	case q.Values != nil:
		p.WriteString("VALUES ")
		for i, row := range q.Values {
			p.word(i == 0, "(", ", (")
			p.list(row)
			p.WriteString(")")
		}
	default:
		q.printSelect(p)
	}
}

func (q *Query) printSelect(p *printer) {
	p.WriteString("SELECT ")
	p.word(q.Distinct, "DISTINCT ", "")
	p.list(q.Items)
	if q.From != nil {
		p.WriteString(" FROM ")
		q.From.print(p)
	}
	if q.Where != nil {
		p.WriteString(" WHERE ")
		q.Where.print(p)
	}
	if len(q.GroupBy) > 0 {
		p.WriteString(" GROUP BY ")
		p.list(q.GroupBy)
	}
	if q.Having != nil {
		p.WriteString(" HAVING ")
		q.Having.print(p)
	}
	p.word(q.Ordered, " ORDER BY 1", "")
}

func (f *From) print(p *printer) {
	if f.Join != "" {
		f.printJoin(p)
		return
	}
	p.word(f.Lateral, "LATERAL ", "")
	names := make([]string, len(f.Columns))
	for i, c := range f.Columns {
		names[i] = c.Name
	}
	columns := "(" + strings.Join(names, ", ") + ")"
	switch {
	case f.Query != nil:
		p.WriteString("(")
		f.Query.print(p)
		p.WriteString(") AS " + f.Alias + columns)
	case f.Call != nil:
		f.Call.print(p)
		p.word(f.Ordinality, " WITH ORDINALITY AS ", " AS ")
		p.WriteString(f.Alias + columns)
	default:
		p.WriteString(f.relation(p.postgres) + " AS " + f.Alias)
		p.word(f.Renamed, columns, "")
	}
}

// relation is the named relation, with its windows if it has any.
func (f *From) relation(postgres bool) string {
	w := f.Tumble
	switch {
	case w == nil:
		return f.Name
	case postgres:
		origin := fmt.Sprintf("'1970-01-01 00:00:00+00'::%s", w.Type)
		if w.Type == "timestamp" {
			origin = "'1970-01-01'::timestamp"
		}
		if w.Offset != "" {
			origin = fmt.Sprintf("(%s + INTERVAL '%s')", origin, w.Offset)
		}
		bin := fmt.Sprintf("date_bin(INTERVAL '%s', %s, %s)", w.Size, w.Column, origin)
		return fmt.Sprintf("(SELECT *, %s AS window_start, %s + INTERVAL '%s' AS window_end FROM %s)", bin, bin, w.Size, f.Name)
	case w.Offset != "":
		return fmt.Sprintf("TUMBLE(%s, %s, INTERVAL '%s', INTERVAL '%s')", f.Name, w.Column, w.Size, w.Offset)
	}
	return fmt.Sprintf("TUMBLE(%s, %s, INTERVAL '%s')", f.Name, w.Column, w.Size)
}

func (f *From) printJoin(p *printer) {
	f.Left.print(p)
	p.word(f.Natural, " NATURAL", "")
	p.WriteString(" " + f.Join + " JOIN ")
	right := f.Right.Join != ""
	p.word(right, "(", "")
	f.Right.print(p)
	p.word(right, ")", "")
	switch {
	case f.Natural:
	case f.Using != nil:
		p.WriteString(" USING (" + strings.Join(f.Using, ", ") + ")")
	case f.On != nil:
		p.WriteString(" ON ")
		f.On.print(p)
	}
}

func (p *printer) list(list []*Expr) {
	for i, e := range list {
		p.word(i == 0, "", ", ")
		e.print(p)
	}
}
