package oracle

import (
	"fmt"
	"strings"
)

// Table is a generated table. Its first columns are the key if it has one.
type Table struct {
	Name        string
	Columns     []Column
	Types       []string // declared, by column
	Constraints []string // by column, and defaults
	Key         int      // columns of the primary key; 0: none
	Created     int      // columns of the CREATE statement; ALTER adds the others
}

// schema makes two to four tables.
func (g *generator) schema() {
	for range 6 {
		g.palette = append(g.palette, g.someKind())
	}
	for i := range 2 + g.r.IntN(3) {
		t := &Table{Name: fmt.Sprintf("r%d", i+1)}
		if chance(g.r, 65) {
			t.Key = pick(g.r, 1, 1, 1, 2)
		}
		for j := range 3 + g.r.IntN(5) {
			k := g.someKind()
			if j < t.Key || j == 0 && chance(g.r, 50) {
				k = scalar(pick(g.r, Int4, Int4, Int8, Text, Int2))
			}
			t.add(g, k, string(rune('a'+j)))
		}
		t.Created = len(t.Columns)
		g.tables = append(g.tables, t)
	}
}

// add adds a column.
func (t *Table) add(g *generator, k Kind, name string) {
	constraint := ""
	if len(t.Columns) >= t.Key {
		constraint = g.constraint(k, name)
	}
	t.Columns = append(t.Columns, Column{Name: name, Kind: k})
	t.Types = append(t.Types, columnType(g.r, k))
	t.Constraints = append(t.Constraints, constraint)
}

// constraint is what a column demands, mostly nothing.
func (g *generator) constraint(k Kind, name string) string {
	switch n := g.r.IntN(100); {
	case n < 6:
		return " DEFAULT " + g.literal(k)
	case n < 12 && g.altering: // ADD COLUMN takes nothing else
		return ""
	case n < 9:
		return " NOT NULL"
	case n < 12 && !k.Array && k.Base != JSONB && k.Base != Bool:
		return fmt.Sprintf(" CHECK (%s <> %s)", name, g.literal(k))
	case n < 14 && (k == scalar(Int4) || k == scalar(Text)):
		return " UNIQUE"
	}
	return ""
}

// unique tells whether the column must differ from row to row.
func (t *Table) unique(i int) bool { return i < t.Key || t.Constraints[i] == " UNIQUE" }

// hasUnique tells whether a column beside the key must differ from row to row.
func (t *Table) hasUnique() bool {
	for i := t.Key; i < len(t.Columns); i++ {
		if t.unique(i) {
			return true
		}
	}
	return false
}

// Create is the table's CREATE statement.
func (t *Table) Create() string {
	parts := make([]string, t.Created)
	for i := range parts {
		parts[i] = t.Columns[i].Name + " " + t.Types[i] + t.Constraints[i]
		if i == 0 && t.Key == 1 {
			parts[i] += " PRIMARY KEY"
		}
	}
	if t.Key > 1 {
		parts = append(parts, "PRIMARY KEY ("+t.keyColumns()+")")
	}
	return fmt.Sprintf("CREATE TABLE %s (%s)", t.Name, strings.Join(parts, ", "))
}

func (t *Table) keyColumns() string {
	names := make([]string, t.Key)
	for i := range names {
		names[i] = t.Columns[i].Name
	}
	return strings.Join(names, ", ")
}
