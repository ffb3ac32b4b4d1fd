package oracle

import "slices"

// query makes a complete query for the outermost level.
func (g *generator) query() *Query {
	s := scope{top: true}
	g.limits = chance(g.r, 12)
	defer func() { g.limits = false }()
	var with []*CTE
	if chance(g.r, 15) {
		with = g.with(&s)
	}
	q := g.body(s)
	q.With = with
	return q
}

// with makes one or two CTEs, the second of which may read the first.
func (g *generator) with(s *scope) []*CTE {
	var out []*CTE
	for range 1 + g.r.IntN(2) {
		inner := scope{ctes: s.ctes, depth: s.depth + 1}
		cte := &CTE{Name: g.alias("w"), Query: g.body(inner)}
		if chance(g.r, 40) {
			cte.Materialized = pick(g.r, "MATERIALIZED", "NOT MATERIALIZED")
		}
		out = append(out, cte)
		s.ctes = append(s.ctes[:len(s.ctes):len(s.ctes)], cte)
	}
	return out
}

// body makes a query of any row type in the scope of the enclosing one.
func (g *generator) body(s scope) *Query {
	switch {
	case chance(g.r, 14):
		return g.setOperation(s)
	case chance(g.r, 3):
		return g.valuesList(s, nil)
	case chance(g.r, 40):
		return g.groupedSelect(s)
	default:
		return g.rowSelect(s, nil)
	}
}

// columns picks a row type unless one is wanted. Types of set operations and
// DISTINCT must be groupable.
func (g *generator) columns(s scope, kinds []Kind, groupable bool) []Kind {
	if kinds != nil {
		return kinds
	}
	for range 1 + g.r.IntN(4) {
		k := g.shownKind(s)
		for groupable && !k.groupable() {
			k = g.someKind()
		}
		kinds = append(kinds, k)
	}
	return kinds
}

func (g *generator) setOperation(s scope) *Query {
	kinds := g.columns(scope{atoms: g.tableAtoms()}, nil, true)
	inner := s
	inner.top = false
	op := pick(g.r, "UNION", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL")
	q := &Query{Op: op, Left: g.rowSelect(inner, kinds), Right: g.rowSelect(inner, kinds)}
	if chance(g.r, 15) {
		q.Right = g.valuesList(inner, kinds)
	}
	g.mixTypes(inner, q)
	for _, side := range []*Query{q.Left, q.Right} {
		for i := range side.Items {
			side.Items[i] = canonical(side.Items[i])
		}
		for _, row := range side.Values {
			for i := range row {
				row[i] = canonical(row[i])
			}
		}
	}
	q.Loose = make([]bool, len(kinds))
	return q
}

// mixTypes gives a column of the right side another type, which the left one's
// takes in.
func (g *generator) mixTypes(s scope, q *Query) {
	narrow := map[Kind]Base{
		scalar(Numeric): Int4, scalar(Int8): Int4, scalar(Int4): Int2, scalar(Float8): Float4,
		scalar(Text): Varchar, scalar(Timestamp): Date,
	}
	kinds := q.Left.kinds()
	for i := range q.Right.Items {
		base, ok := narrow[kinds[i]]
		if !ok || !chance(g.r, 25) {
			continue
		}
		s.atoms = q.Right.From.allAtoms()
		q.Right.Items[i] = g.atom(s, scalar(base))
		q.Mixed = true
	}
}

// tableAtoms offers the columns of all tables, only for their types.
func (g *generator) tableAtoms() []*Expr {
	var atoms []*Expr
	for _, t := range g.tables {
		for _, c := range t.Columns {
			atoms = append(atoms, leaf(c.Kind, c.Name))
		}
	}
	return atoms
}

func (g *generator) valuesList(s scope, kinds []Kind) *Query {
	s.top = false
	s.atoms = nil
	kinds = g.columns(s, kinds, true)
	q := &Query{Loose: make([]bool, len(kinds))}
	for range 1 + g.r.IntN(3) {
		row := make([]*Expr, len(kinds))
		for i, k := range kinds {
			row[i] = g.expr(s, k, 1)
		}
		q.Values = append(q.Values, row)
	}
	return q
}

// rowSelect is a SELECT without grouping, perhaps DISTINCT.
func (g *generator) rowSelect(s scope, kinds []Kind) *Query {
	inner := s
	inner.depth = s.depth + 1
	from := g.fill(&inner)
	distinct := chance(g.r, 15)
	groupable := distinct
	for _, k := range kinds {
		groupable = groupable && k.groupable()
	}
	distinct = distinct && groupable
	q := &Query{From: from, Where: g.where(inner), Distinct: distinct}
	inner.top = s.top && !distinct
	for _, k := range g.columns(inner, kinds, distinct) {
		item := g.expr(inner, k, 2)
		loose := distinct && k.manyFaced() && !s.top && chance(g.r, 50)
		if distinct && !loose {
			item = canonical(item)
		}
		q.Items = append(q.Items, item)
		q.Loose = append(q.Loose, loose)
	}
	if inner.top && kinds == nil {
		for range pick(g.r, 5, 7, 9, 12, 16) {
			q.Items = append(q.Items, g.inFocus(inner))
			q.Loose = append(q.Loose, false)
		}
	}
	return q
}

// groupedSelect has GROUP BY, or aggregates over everything. Its items are
// made of the keys and of aggregate calls.
func (g *generator) groupedSelect(s scope) *Query {
	inner := s
	inner.depth = s.depth + 1
	inner.top = false
	from := g.fill(&inner)
	q := &Query{From: from, Where: g.where(inner)}
	var grouped []*Expr
	for range g.r.IntN(3) {
		key := g.groupKey(inner)
		q.GroupBy = append(q.GroupBy, key)
		grouped = append(grouped, canonical(key))
	}
	rows := inner
	rows.top = s.top
	q.Items = append(q.Items, grouped...)
	for range 1 + g.r.IntN(3) {
		q.Items = append(q.Items, g.aggregate(rows, nil))
	}
	rows.top = false
	after := inner
	after.atoms, after.rows, after.grouped = grouped, nil, true
	for _, key := range q.GroupBy {
		if isColumn(inner, key) {
			after.keys = append(after.keys, key)
		}
	}
	if chance(g.r, 40) {
		q.Items = append(q.Items, g.overGroups(rows, after, g.someKind()))
	}
	if chance(g.r, 25) {
		q.Having = g.overGroups(rows, after, scalar(Bool))
	}
	q.Loose = make([]bool, len(q.Items))
	return q
}

// groupKey is mostly a column.
func (g *generator) groupKey(s scope) *Expr {
	for range 8 {
		k := g.shownKind(s)
		if !k.groupable() {
			continue
		}
		key := g.expr(s, k, pick(g.r, 0, 0, 0, 1))
		if len(key.Kids) > 0 || key.Sub == nil && isColumn(s, key) {
			return key
		}
	}
	// A constant key would mean an output position; a cast one does not.
	return leaf(scalar(Int4), "'1'::integer")
}

func isColumn(s scope, e *Expr) bool {
	return slices.Contains(s.atoms, e)
}

// overGroups makes an expression over group keys and aggregate results.
func (g *generator) overGroups(rows, after scope, k Kind) *Expr {
	for range 2 {
		if call := g.aggregate(rows, nil); call != nil {
			after.atoms = append(after.atoms[:len(after.atoms):len(after.atoms)], call)
		}
	}
	return g.expr(after, k, 2)
}
