package oracle

import (
	"fmt"
	"strings"
)

// Table is a generated table. Its first column is the key if it has one.
type Table struct {
	Name    string
	Columns []Column
	Types   []string // declared, by column
	Keyed   bool
}

// schema makes two to four tables.
func (g *generator) schema() {
	for range 6 {
		g.palette = append(g.palette, g.someKind())
	}
	for i := range 2 + g.r.IntN(3) {
		t := &Table{Name: fmt.Sprintf("r%d", i+1), Keyed: chance(g.r, 65)}
		for j := range 3 + g.r.IntN(5) {
			k := g.someKind()
			if j == 0 && (t.Keyed || chance(g.r, 50)) {
				k = scalar(pick(g.r, Int4, Int4, Int8, Text, Int2))
			}
			t.Columns = append(t.Columns, Column{Name: string(rune('a' + j)), Kind: k})
			t.Types = append(t.Types, columnType(g.r, k))
		}
		g.tables = append(g.tables, t)
	}
}

// Create is the table's CREATE statement.
func (t *Table) Create() string {
	parts := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		parts[i] = c.Name + " " + t.Types[i]
		if i == 0 && t.Keyed {
			parts[i] += " PRIMARY KEY"
		}
	}
	return fmt.Sprintf("CREATE TABLE %s (%s)", t.Name, strings.Join(parts, ", "))
}

// Step is one change: a statement (SQL), an insert (Rows, with a suffix such
// as ON CONFLICT), or a transaction (Steps, ended by End).
type Step struct {
	Table  string
	SQL    string
	Rows   [][]string
	Suffix string
	Steps  []*Step
	End    string
}

// statements are the SQL texts of the step, in order.
func (s *Step) statements() []string {
	switch {
	case s.Steps != nil:
		out := []string{"BEGIN"}
		for _, step := range s.Steps {
			out = append(out, step.statements()...)
		}
		return append(out, s.End)
	case s.Rows != nil:
		rows := make([]string, len(s.Rows))
		for i, row := range s.Rows {
			rows[i] = "(" + strings.Join(row, ", ") + ")"
		}
		return []string{fmt.Sprintf("INSERT INTO %s VALUES %s%s", s.Table, strings.Join(rows, ", "), s.Suffix)}
	}
	return []string{s.SQL}
}

// batch makes the changes between two comparisons.
func (g *generator) batch(first bool) []*Step {
	var steps []*Step
	if first {
		for _, t := range g.tables {
			steps = append(steps, g.insert(t, 4+g.r.IntN(10)))
		}
		return steps
	}
	for range 3 + g.r.IntN(4) {
		if chance(g.r, 15) {
			steps = append(steps, g.transaction())
		} else {
			steps = append(steps, g.change())
		}
	}
	return steps
}

func (g *generator) transaction() *Step {
	tx := &Step{End: pick(g.r, "COMMIT", "COMMIT", "ROLLBACK")}
	for range 1 + g.r.IntN(3) {
		tx.Steps = append(tx.Steps, g.change())
	}
	if chance(g.r, 40) {
		tx.Steps = append(tx.Steps, &Step{SQL: "SAVEPOINT s"}, g.change(),
			&Step{SQL: pick(g.r, "ROLLBACK TO SAVEPOINT s", "RELEASE SAVEPOINT s")})
	}
	return tx
}

func (g *generator) change() *Step {
	t := g.tables[g.r.IntN(len(g.tables))]
	switch n := g.r.IntN(100); {
	case n < 35:
		return g.insert(t, 1+g.r.IntN(5))
	case n < 45 && t.Keyed:
		return g.upsert(t)
	case n < 75:
		return g.update(t)
	case n < 97:
		return &Step{Table: t.Name, SQL: fmt.Sprintf("DELETE FROM %s WHERE %s", t.Name, g.predicate(t))}
	default:
		return &Step{Table: t.Name, SQL: "TRUNCATE " + t.Name}
	}
}

func (g *generator) row(t *Table) []string {
	row := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		switch {
		case i == 0 && t.Keyed:
			row[i] = literal(g.r, c.Kind)
		case chance(g.r, 22):
			row[i] = "NULL"
		default:
			row[i] = literal(g.r, c.Kind)
		}
	}
	return row
}

// insert makes rows, some of them twice. Rows with a key that exists are
// passed over, so that most inserts succeed.
func (g *generator) insert(t *Table, n int) *Step {
	s := &Step{Table: t.Name}
	for range n {
		row := g.row(t)
		s.Rows = append(s.Rows, row)
		if chance(g.r, 20) {
			s.Rows = append(s.Rows, row)
		}
	}
	if t.Keyed && chance(g.r, 85) {
		s.Suffix = " ON CONFLICT DO NOTHING"
	}
	return s
}

func (g *generator) upsert(t *Table) *Step {
	s := &Step{Table: t.Name, Rows: [][]string{g.row(t)}}
	c := t.Columns[1+g.r.IntN(len(t.Columns)-1)]
	s.Suffix = fmt.Sprintf(" ON CONFLICT (%s) DO UPDATE SET %s = excluded.%s", t.Columns[0].Name, c.Name, c.Name)
	return s
}

// update changes a column that is no key, for an update that meets a key
// another row still has fails or not depending on the order of rows.
func (g *generator) update(t *Table) *Step {
	c := t.Columns[1+g.r.IntN(len(t.Columns)-1)]
	value := literal(g.r, c.Kind)
	switch {
	case chance(g.r, 15):
		value = "NULL"
	case c.Kind == scalar(Int4) || c.Kind == scalar(Numeric):
		value = pick(g.r, value, c.Name+" + 1")
	}
	return &Step{Table: t.Name, SQL: fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s", t.Name, c.Name, value, g.predicate(t))}
}

// predicate selects some rows of a table.
func (g *generator) predicate(t *Table) string {
	c := t.Columns[g.r.IntN(len(t.Columns))]
	if chance(g.r, 50) {
		c = t.Columns[0]
	}
	if chance(g.r, 12) {
		return c.Name + " IS NULL"
	}
	op := pick(g.r, "=", "=", "=", "<", ">=")
	return fmt.Sprintf("%s %s %s", c.Name, op, literal(g.r, c.Kind))
}
