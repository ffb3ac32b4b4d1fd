package oracle

import (
	"maps"
	"slices"
)

// from makes a FROM clause and returns what it offers.
func (g *generator) from(s scope) (*From, []*Expr) {
	n := pick(g.r, 1, 1, 1, 2, 2, maxRelations)
	if s.depth > 1 {
		n = pick(g.r, 1, 1, 1, 2)
	}
	left, atoms := g.relation(s, nil)
	for range n - 1 {
		left, atoms = g.join(s, left, atoms)
	}
	return left, atoms
}

// join adds a relation. Functions and lateral subqueries may refer to what
// stands left of them.
func (g *generator) join(s scope, left *From, leftAtoms []*Expr) (*From, []*Expr) {
	lateral := chance(g.r, 22)
	var lateralAtoms []*Expr
	if lateral {
		lateralAtoms = leftAtoms
	}
	right, rightAtoms := g.relation(s, lateralAtoms)
	both := append(leftAtoms[:len(leftAtoms):len(leftAtoms)], rightAtoms...)
	j := &From{Left: left, Right: right}
	switch {
	case lateral && chance(g.r, 60), !lateral && chance(g.r, 8):
		j.Join = "CROSS"
		return j, both
	case lateral:
		j.Join = pick(g.r, "INNER", "LEFT")
	default:
		j.Join = pick(g.r, "INNER", "INNER", "LEFT", "LEFT", "RIGHT", "FULL")
	}
	if !lateral && left.Join == "" && chance(g.r, 35) {
		if atoms := g.using(j); atoms != nil {
			return j, atoms
		}
	}
	if !lateral && (j.Join == "INNER" || j.Join == "LEFT") && chance(g.r, 8) {
		j.On = g.joinOperator(leftAtoms, rightAtoms)
		return j, both
	}
	j.On = g.joinCondition(leftAtoms, rightAtoms)
	// PostgreSQL only runs a FULL JOIN whose equality it can hash or merge.
	if chance(g.r, 25) {
		on := s
		on.atoms, on.top, on.depth = both, false, maxQueryDepth
		on.outer = nil
		j.On = &Expr{Kind: scalar(Bool), Form: "($1 AND $2)", Kids: []*Expr{j.On, g.condition(on, 1)}, Tag: "join residual condition of " + j.Join}
	}
	return j, both
}

// using turns the join into one by equal names. The columns get names of their
// own, so that only those with equal types have the same. It returns what the
// join offers, or nil if no columns fit.
func (g *generator) using(j *From) []*Expr {
	var pairs [][2]int
	for l, a := range j.Left.Columns {
		for r, b := range j.Right.Columns {
			if a.Kind == b.Kind && a.Kind != scalar(Bool) {
				pairs = append(pairs, [2]int{l, r})
			}
		}
	}
	// The columns of windows come after those that an ALTER adds.
	if len(pairs) == 0 || g.altering && (j.Left.Tumble != nil || j.Right.Tumble != nil) {
		return nil
	}
	j.Left.rename(g)
	j.Right.rename(g)
	j.Natural = !g.altering && chance(g.r, 60)
	var merged []*Expr
	for _, pair := range [][2]int{pick(g.r, pairs...), pick(g.r, pairs...)} {
		l, r := &j.Left.Columns[pair[0]], &j.Right.Columns[pair[1]]
		if l.shared || r.shared || len(merged) > 0 && chance(g.r, 60) {
			continue
		}
		name := g.alias("k")
		l.Name, r.Name, l.shared, r.shared = name, name, true, true
		j.Using = append(j.Using, name)
		column := leaf(l.Kind, name)
		if l.Loose || r.Loose {
			column = canonical(column)
		}
		merged = append(merged, column)
	}
	return append(merged, append(j.Left.atoms(), j.Right.atoms()...)...)
}

// rename gives every column a name that nothing else has.
func (f *From) rename(g *generator) {
	f.Columns = slices.Clone(f.Columns)
	for i := range f.Columns {
		f.Columns[i].Name = g.alias("u")
	}
	f.Renamed = true
}

// joinCondition equates two columns of one type, or two as text.
func (g *generator) joinCondition(left, right []*Expr) *Expr {
	l, r, ok := g.sameKind(left, right)
	if ok {
		return &Expr{Kind: scalar(Bool), Form: "($1 = $2)", Kids: []*Expr{l, r}}
	}
	return &Expr{Kind: scalar(Bool), Form: "(CAST($1 AS text) = CAST($2 AS text))", Kids: []*Expr{l, r}}
}

// joinOperator compares two columns without an equality.
func (g *generator) joinOperator(left, right []*Expr) *Expr {
	l, r, ok := g.sameKind(left, right)
	form := pick(g.r, "($1 < $2)", "($1 >= $2)", "($1 <> $2)", "($1 IS NOT DISTINCT FROM $2)")
	if !ok {
		form = "(($1 IS NULL) = ($2 IS NULL))"
	}
	return &Expr{Kind: scalar(Bool), Form: form, Kids: []*Expr{l, r}, Tag: "join without equality"}
}

// sameKind picks a column of each side, of one type if there are such.
func (g *generator) sameKind(left, right []*Expr) (l, r *Expr, ok bool) {
	for range 20 {
		l, r := left[g.r.IntN(len(left))], right[g.r.IntN(len(right))]
		if l.Kind == r.Kind && l.Kind != scalar(Bool) {
			return l, r, true
		}
	}
	return left[g.r.IntN(len(left))], right[g.r.IntN(len(right))], false
}

// relation makes one FROM item that is no join. With lateral atoms it is a
// function or a subquery that may use them.
func (g *generator) relation(s scope, lateral []*Expr) (*From, []*Expr) {
	switch {
	case lateral != nil && (s.depth >= maxQueryDepth || chance(g.r, 65)):
		return g.call(s, lateral)
	case lateral != nil:
		return g.derived(s, lateral)
	case chance(g.r, 8):
		return g.call(s, nil)
	case s.depth < maxQueryDepth && chance(g.r, 18):
		return g.derived(s, nil)
	case len(s.ctes) > 0 && chance(g.r, 70):
		return g.cteReference(s)
	case len(g.views) > 0 && !g.hideViews && chance(g.r, 20):
		v := pick(g.r, g.views...)
		f := &From{Name: v.Name, Alias: g.alias("v"), Columns: v.Columns}
		return f, f.atoms()
	}
	t := g.tables[g.r.IntN(len(g.tables))]
	f := &From{Name: t.Name, Alias: g.alias("t"), Columns: t.Columns}
	if chance(g.r, 12) && !g.noTumble {
		g.tumble(f)
	}
	return f, f.atoms()
}

// tumble adds windows over a column with a time, if there is one.
func (g *generator) tumble(f *From) {
	for _, c := range f.Columns {
		if c.Kind != scalar(Timestamp) && c.Kind != scalar(Timestamptz) && c.Kind != scalar(Date) {
			continue
		}
		w := &Tumble{Column: c.Name, Type: string(c.Kind.Base), Size: pick(g.r, "10 minutes", "7 hours", "24:00:00", "1.5 seconds")}
		if c.Kind == scalar(Date) {
			w.Type = string(Timestamp)
		}
		if chance(g.r, 30) {
			w.Offset = pick(g.r, "1 minute", "-00:00:00.5", "3 hours")
		}
		f.Tumble = w
		window := scalar(Base(w.Type))
		f.Columns = append(slices.Clone(f.Columns), Column{Name: "window_start", Kind: window}, Column{Name: "window_end", Kind: window})
		return
	}
}

// atoms are the item's columns, in normal form where that is needed.
func (f *From) atoms() []*Expr {
	atoms := make([]*Expr, len(f.Columns))
	for i, c := range f.Columns {
		atoms[i] = leaf(c.Kind, f.Alias+"."+c.Name)
		if c.Loose {
			atoms[i] = canonical(atoms[i])
		}
	}
	return atoms
}

// allAtoms are the columns of all items of a FROM clause.
func (f *From) allAtoms() []*Expr {
	if f.Join == "" {
		return f.atoms()
	}
	return append(f.Left.allAtoms(), f.Right.allAtoms()...)
}

// rows are the whole rows of the items whose values all print in one way.
func (f *From) rows() []*Expr {
	if f.Join != "" {
		return append(f.Left.rows(), f.Right.rows()...)
	}
	loose := slices.ContainsFunc(f.Columns, func(c Column) bool { return c.Loose })
	if f.Call != nil || loose {
		return nil
	}
	return []*Expr{leaf(scalar(Record), f.Alias)}
}

func (g *generator) cteReference(s scope) (*From, []*Expr) {
	cte := s.ctes[g.r.IntN(len(s.ctes))]
	f := &From{Name: cte.Name, Alias: g.alias("x"), Columns: queryColumns(cte.Query)}
	return f, f.atoms()
}

func queryColumns(q *Query) []Column {
	kinds := q.kinds()
	columns := make([]Column, len(kinds))
	for i, name := range columnNames(len(kinds)) {
		columns[i] = Column{Name: name, Kind: kinds[i], Loose: i < len(q.Loose) && q.Loose[i]}
	}
	return columns
}

func (g *generator) derived(s scope, lateral []*Expr) (*From, []*Expr) {
	inner := scope{outer: lateral, lateral: true, ctes: s.ctes, depth: s.depth + 1}
	var q *Query
	switch {
	case lateral == nil && chance(g.r, 15):
		q = g.valuesList(inner, nil)
	case chance(g.r, 8):
		with := g.with(&inner)
		q = g.body(inner)
		q.With = with
	default:
		q = g.body(inner)
	}
	g.cut(inner, q)
	f := &From{Query: q, Alias: g.alias("d"), Lateral: lateral != nil, Columns: queryColumns(q)}
	return f, f.atoms()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
