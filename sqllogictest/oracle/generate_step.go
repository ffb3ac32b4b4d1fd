package oracle

import (
	"fmt"
	"strings"
)

// batch makes the changes between two comparisons.
func (g *generator) batch(first bool) []*Step {
	// In a transaction a materialized view does not show its writes.
	g.hideViews = true
	defer func() { g.hideViews = false }()
	var steps []*Step
	if first {
		for _, t := range g.tables {
			steps = append(steps, g.insert(t, 4+g.r.IntN(10)))
		}
		return steps
	}
	for range 3 + g.r.IntN(4) {
		switch {
		case chance(g.r, 17):
			steps = append(steps, g.transaction())
		case chance(g.r, 4):
			steps = append(steps, g.renaming())
		default:
			steps = append(steps, g.change())
		}
	}
	return steps
}

// addColumn gives a table one more column.
func (g *generator) addColumn() *Step {
	t := pick(g.r, g.tables...)
	name := g.alias("added")
	t.add(g, g.someKind(), name)
	i := len(t.Columns) - 1
	if t.Constraints[i] == " UNIQUE" { // of several rows with one default
		t.Constraints[i] = ""
	}
	return &Step{Tag: "change ALTER TABLE ADD COLUMN", Table: t.Name, SQL: fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s%s", t.Name, name, t.Types[i], t.Constraints[i])}
}

// renaming changes a table or a column under another name. What reads it finds
// it under the old one again.
func (g *generator) renaming() *Step {
	t := pick(g.r, g.tables...)
	i := g.r.IntN(len(t.Columns))
	c := t.Columns[i]
	from, to := "COLUMN "+c.Name+" TO renamed", "COLUMN renamed TO "+c.Name
	table, inner := t.Name, g.insert(t, 1+g.r.IntN(3))
	if chance(g.r, 40) {
		table, from, to = "renamed", "TO renamed", "TO "+t.Name
		inner.Table = "renamed"
	}
	return &Step{Tag: "change ALTER TABLE RENAME", Steps: []*Step{
		{SQL: fmt.Sprintf("ALTER TABLE %s RENAME %s", t.Name, from)}, inner,
		{SQL: fmt.Sprintf("ALTER TABLE %s RENAME %s", table, to)},
	}}
}

func (g *generator) transaction() *Step {
	tx := &Step{Tag: "change transaction COMMIT", End: "COMMIT"}
	if chance(g.r, 30) {
		tx.Tag, tx.End = "change transaction ROLLBACK", "ROLLBACK"
	}
	add := func(n int) {
		for range n {
			tx.Steps = append(tx.Steps, g.change())
			if chance(g.r, 25) { // it must see its own writes
				t := pick(g.r, g.tables...)
				tx.Steps = append(tx.Steps, &Step{Tag: "change SELECT in transaction", Table: t.Name, SQL: "SELECT * FROM " + t.Name})
			}
		}
	}
	add(1 + g.r.IntN(3))
	for depth := range pick(g.r, 0, 0, 1, 1, 2) {
		name := string(rune('s' + depth))
		tx.Steps = append(tx.Steps, &Step{Tag: "change SAVEPOINT", SQL: "SAVEPOINT " + name})
		add(1 + g.r.IntN(2))
		if chance(g.r, 25) {
			tx.Steps = append(tx.Steps, &Step{Tag: "change failing statement", SQL: "SELECT 1 / 0"}, g.change())
		}
		end := pick(g.r, "ROLLBACK TO SAVEPOINT "+name, "RELEASE SAVEPOINT "+name)
		tx.Steps = append(tx.Steps, &Step{Tag: "change " + end[:len(end)-2], SQL: end})
		add(g.r.IntN(2))
	}
	return tx
}

func (g *generator) change() *Step {
	t := pick(g.r, g.tables...)
	switch n := g.r.IntN(100); {
	case n < 24:
		return g.insert(t, 1+g.r.IntN(5))
	case n < 30:
		return g.insertSelect(t)
	case n < 36 && g.copying:
		return g.copyIn(t)
	case n < 38 && g.copying:
		return g.copyOut(t)
	case n < 48 && t.Key > 0:
		return g.upsert(t)
	case n < 66:
		return g.update(t)
	case n < 70 && t.Key < len(t.Columns):
		return g.updateFrom(t)
	case n < 72 && t.Key > 0:
		return g.updateKey(t)
	case n < 88:
		return g.returning(t, &Step{Tag: "change DELETE", Table: t.Name, SQL: fmt.Sprintf("DELETE FROM %s WHERE %s", t.Name, g.predicate(t))})
	case n < 97:
		return g.deleteUsing(t)
	default:
		return &Step{Tag: "change TRUNCATE", Table: t.Name, SQL: "TRUNCATE " + t.Name}
	}
}

// returning lets some changes answer with the rows.
func (g *generator) returning(t *Table, s *Step) *Step {
	if !chance(g.r, 25) {
		return s
	}
	suffix := " RETURNING " + pick(g.r, "*", t.Columns[0].Name, "coalesce("+t.Columns[0].Name+"::text, 'none') AS shown, "+t.Columns[len(t.Columns)-1].Name)
	if s.Rows != nil {
		s.Suffix += suffix
	} else {
		s.SQL += suffix
	}
	s.Tag += "\nchange RETURNING"
	return s
}

// value is a constant for a column. One with a precision has no room for the
// extremes.
func (g *generator) value(t *Table, i int) string {
	v := g.values
	v.extremes = v.extremes && !strings.Contains(t.Types[i], "(")
	return v.literal(t.Columns[i].Kind)
}

func (g *generator) row(t *Table) []string {
	row := make([]string, len(t.Columns))
	for i := range t.Columns {
		switch {
		case i < t.Key:
			row[i] = g.value(t, i)
		case t.Constraints[i] != "" && chance(g.r, 15):
			row[i] = "DEFAULT"
		case chance(g.r, 22) && (t.Constraints[i] != " NOT NULL" || chance(g.r, 20)):
			row[i] = "NULL"
		default:
			row[i] = g.value(t, i)
		}
	}
	return row
}

// insert makes rows, some of them twice. Rows with a key that exists are
// passed over, so that most inserts succeed.
func (g *generator) insert(t *Table, n int) *Step {
	s := &Step{Tag: "change INSERT VALUES", Table: t.Name}
	for range n {
		row := g.row(t)
		s.Rows = append(s.Rows, row)
		if chance(g.r, 20) {
			s.Rows = append(s.Rows, row)
		}
	}
	if (t.Key > 0 || t.hasUnique()) && chance(g.r, 85) {
		s.Suffix = " ON CONFLICT DO NOTHING"
		s.Tag += "\nchange ON CONFLICT DO NOTHING"
	}
	return g.returning(t, s)
}

// insertSelect copies rows of a table. Keys are constant or may fail, so that
// the order of rows decides nothing.
func (g *generator) insertSelect(t *Table) *Step {
	from := pick(g.r, g.tables...)
	source := &From{Name: from.Name, Alias: g.alias("t"), Columns: from.Columns}
	s := scope{atoms: source.atoms(), depth: maxQueryDepth}
	q := &Query{From: source, Where: g.condition(s, 1)}
	var names []string
	for i, c := range t.Columns {
		if i >= t.Key && chance(g.r, 20) {
			continue
		}
		names = append(names, c.Name)
		if i < t.Key || t.unique(i) {
			q.Items = append(q.Items, leaf(c.Kind, g.literal(c.Kind)))
		} else {
			q.Items = append(q.Items, g.expr(s, c.Kind, 1))
		}
	}
	if len(names) == 0 {
		return g.insert(t, 1)
	}
	if t.Key > 0 || t.hasUnique() { // which of several rows with one key stays must not matter
		for i := range q.Items {
			q.Items[i] = leaf(q.Items[i].Kind, g.literal(q.Items[i].Kind))
		}
	}
	step := &Step{Tag: "change INSERT SELECT", Table: t.Name, SQL: fmt.Sprintf("INSERT INTO %s (%s) %s", t.Name, strings.Join(names, ", "), q.postgres())}
	if t.Key > 0 || t.hasUnique() {
		step.SQL += " ON CONFLICT DO NOTHING"
	}
	return g.returning(t, step)
}

func (g *generator) upsert(t *Table) *Step {
	s := &Step{Tag: "change ON CONFLICT DO UPDATE", Table: t.Name, Rows: [][]string{g.row(t)}}
	if t.Key == len(t.Columns) {
		return g.insert(t, 1)
	}
	c := t.Columns[t.Key+g.r.IntN(len(t.Columns)-t.Key)]
	value := "excluded." + c.Name
	if chance(g.r, 30) {
		value = fmt.Sprintf("coalesce(%s.%s, excluded.%s)", t.Name, c.Name, c.Name)
	}
	s.Suffix = fmt.Sprintf(" ON CONFLICT (%s) DO UPDATE SET %s = %s", t.keyColumns(), c.Name, value)
	if chance(g.r, 25) {
		s.Suffix += fmt.Sprintf(" WHERE %s.%s IS NOT NULL OR excluded.%s IS NULL", t.Name, c.Name, c.Name)
	}
	return g.returning(t, s)
}

// update changes columns that are no key, for an update that meets a key
// another row still has fails or not depending on the order of rows.
func (g *generator) update(t *Table) *Step {
	if t.Key == len(t.Columns) {
		return g.insert(t, 1)
	}
	i := t.Key + g.r.IntN(len(t.Columns)-t.Key)
	c := t.Columns[i]
	value := g.value(t, i)
	own := &From{Name: t.Name, Alias: t.Name, Columns: t.Columns}
	s := scope{atoms: own.atoms(), depth: maxQueryDepth - 1}
	switch {
	case chance(g.r, 15):
		value = "NULL"
	case chance(g.r, 8):
		value = "DEFAULT"
	case !t.unique(i) && (c.Kind == scalar(Int4) || c.Kind == scalar(Numeric)) && chance(g.r, 50) && !g.extremes:
		value = c.Name + " + 1"
	case !t.unique(i) && chance(g.r, 30):
		value = g.expr(s, c.Kind, 1).postgres()
	}
	where := g.predicate(t)
	if chance(g.r, 25) {
		where = g.condition(s, 1).postgres()
	}
	step := &Step{Tag: "change UPDATE", Table: t.Name, SQL: fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s", t.Name, c.Name, value, where)}
	return g.returning(t, step)
}

// updateKey moves one row.
func (g *generator) updateKey(t *Table) *Step {
	var where []string
	for _, c := range t.Columns[:t.Key] {
		where = append(where, c.Name+" = "+g.literal(c.Kind))
	}
	c := t.Columns[0]
	return &Step{Tag: "change UPDATE of a key", Table: t.Name, SQL: fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s",
		t.Name, c.Name, g.literal(c.Kind), strings.Join(where, " AND "))}
}

// updateFrom takes values from another relation, which has one row for each.
func (g *generator) updateFrom(t *Table) *Step {
	i := t.Key + g.r.IntN(len(t.Columns)-t.Key)
	from := pick(g.r, g.tables...)
	key, other := t.Columns[0], from.Columns[0]
	if t.unique(i) || key.Kind != other.Kind || !key.Kind.groupable() || key.Kind.manyFaced() {
		return g.update(t)
	}
	sql := fmt.Sprintf("UPDATE %s SET %s = %s FROM (SELECT DISTINCT %s FROM %s) AS s(k) WHERE s.k = %s.%s",
		t.Name, t.Columns[i].Name, g.literal(t.Columns[i].Kind), other.Name, from.Name, t.Name, key.Name)
	return g.returning(t, &Step{Tag: "change UPDATE FROM", Table: t.Name, SQL: sql})
}

// deleteUsing deletes by what other tables have.
func (g *generator) deleteUsing(t *Table) *Step {
	from := pick(g.r, g.tables...)
	own := &From{Name: t.Name, Alias: t.Name, Columns: t.Columns}
	if chance(g.r, 50) {
		where := g.predicateSubquery(scope{atoms: own.atoms(), depth: maxQueryDepth - 1})
		return &Step{Tag: "change DELETE with a subquery", Table: t.Name, SQL: fmt.Sprintf("DELETE FROM %s WHERE %s AND %s", t.Name, where.postgres(), g.predicate(t))}
	}
	other := &From{Name: from.Name, Alias: "o", Columns: from.Columns}
	on := g.joinCondition(own.atoms(), other.atoms())
	return &Step{Tag: "change DELETE USING", Table: t.Name, SQL: fmt.Sprintf("DELETE FROM %s USING %s AS o WHERE %s AND %s.%s",
		t.Name, from.Name, on, t.Name, g.predicate(t))}
}

// predicate selects some rows of a table.
func (g *generator) predicate(t *Table) string {
	c := pick(g.r, t.Columns...)
	if chance(g.r, 50) {
		c = t.Columns[0]
	}
	if chance(g.r, 12) {
		return c.Name + " IS NULL"
	}
	op := pick(g.r, "=", "=", "=", "<", ">=")
	return fmt.Sprintf("%s %s %s", c.Name, op, g.literal(c.Kind))
}

// copyIn makes rows for COPY FROM STDIN. Most tables with a key have a row of
// them already, and take none.
func (g *generator) copyIn(t *Table) *Step {
	s := &Step{Tag: "change COPY FROM", Table: t.Name, Copy: pick(g.r, "text", "csv")}
	n := 1 + g.r.IntN(4)
	if t.Key > 0 {
		n = 1
	}
	for range n {
		row := make([]string, len(t.Columns))
		for i, c := range t.Columns {
			row[i] = g.input(c.Kind)
			if i >= t.Key && chance(g.r, 22) {
				row[i] = null
			}
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// copyOut reads a table through COPY TO STDOUT.
func (g *generator) copyOut(t *Table) *Step {
	what := pick(g.r, t.Name, fmt.Sprintf("(SELECT * FROM %s WHERE %s)", t.Name, g.predicate(t)))
	return &Step{Tag: "change COPY TO", Table: t.Name, SQL: fmt.Sprintf("COPY %s TO STDOUT (FORMAT %s)", what, pick(g.r, "text", "csv"))}
}
