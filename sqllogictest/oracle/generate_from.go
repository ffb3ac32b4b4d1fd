package oracle

import "fmt"

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
	j.On = g.joinCondition(leftAtoms, rightAtoms)
	// PostgreSQL only runs a FULL JOIN whose equality it can hash or merge.
	if chance(g.r, 25) {
		on := s
		on.atoms, on.top, on.depth = both, false, maxQueryDepth
		on.outer = nil
		j.On = &Expr{Kind: scalar(Bool), Form: "($1 AND $2)", Kids: []*Expr{j.On, g.condition(on, 1)}, Tag: "clause residual join condition"}
	}
	return j, both
}

// joinCondition equates two columns of one type, or two as text.
func (g *generator) joinCondition(left, right []*Expr) *Expr {
	for range 20 {
		l, r := left[g.r.IntN(len(left))], right[g.r.IntN(len(right))]
		if l.Kind == r.Kind && l.Kind != scalar(Bool) {
			return &Expr{Kind: scalar(Bool), Form: "($1 = $2)", Kids: []*Expr{l, r}}
		}
	}
	l, r := left[g.r.IntN(len(left))], right[g.r.IntN(len(right))]
	return &Expr{Kind: scalar(Bool), Form: "(CAST($1 AS text) = CAST($2 AS text))", Kids: []*Expr{l, r}}
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
	}
	t := g.tables[g.r.IntN(len(g.tables))]
	f := &From{Name: t.Name, Alias: g.alias("t"), Columns: t.Columns}
	return f, f.atoms()
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
	inner := scope{outer: lateral, ctes: s.ctes, depth: s.depth + 1}
	var q *Query
	if lateral == nil && chance(g.r, 15) {
		q = g.values(inner, nil)
	} else {
		q = g.body(inner, nil)
	}
	f := &From{Query: q, Alias: g.alias("d"), Lateral: lateral != nil, Columns: queryColumns(q)}
	return f, f.atoms()
}

// call makes a set-returning function.
func (g *generator) call(s scope, lateral []*Expr) (*From, []*Expr) {
	args := scope{atoms: lateral, depth: maxQueryDepth, ctes: s.ctes}
	f := &From{Alias: g.alias("f"), Lateral: lateral != nil && chance(g.r, 50)}
	column := func(k Kind) {
		f.Columns = append(f.Columns, Column{Name: fmt.Sprintf("c%d", len(f.Columns)+1), Kind: k})
	}
	arg := func(k Kind) *Expr { return g.expr(args, k, 1) }
	switch g.r.IntN(8) {
	case 0:
		f.Call = &Expr{Form: "generate_series(1, abs($1) % 5)", Kids: []*Expr{arg(scalar(Int4))}, Tag: "from generate_series"}
		column(scalar(Int4))
	case 1:
		f.Call = &Expr{Form: "generate_series($1, $1 + interval '3 days', interval '1 day')", Kids: []*Expr{g.atom(args, scalar(Timestamp))}, Tag: "from generate_series"}
		column(scalar(Timestamp))
	case 2:
		f.Call = &Expr{Form: "generate_series(5 - abs($1) % 4, 1, -2)", Kids: []*Expr{arg(scalar(Int8))}, Tag: "from generate_series"}
		column(scalar(Int8))
	case 3:
		safe := "CASE WHEN jsonb_typeof($1) = 'array' THEN $1 ELSE '[]'::jsonb END"
		f.Call = &Expr{Form: "jsonb_array_elements(" + safe + ")", Kids: []*Expr{arg(scalar(JSONB))}, Tag: "from jsonb_array_elements"}
		column(scalar(JSONB))
	case 4:
		safe := "CASE WHEN jsonb_typeof($1) = 'object' THEN $1 ELSE '{}'::jsonb END"
		f.Call = &Expr{Form: "jsonb_each_text(" + safe + ")", Kids: []*Expr{arg(scalar(JSONB))}, Tag: "from jsonb_each_text"}
		column(scalar(Text))
		column(scalar(Text))
	case 5:
		a, b := pick(g.r, allBases()...), pick(g.r, Int4, Text)
		f.Call = &Expr{Form: "unnest($1, $2)", Kids: []*Expr{arg(arrayOf(a)), arg(arrayOf(b))}, Tag: "from unnest of two"}
		column(scalar(a))
		column(scalar(b))
	default:
		b := g.arrayBase(lateral)
		f.Call = &Expr{Form: "unnest($1)", Kids: []*Expr{arg(arrayOf(b))}, Tag: "from unnest"}
		column(scalar(b))
	}
	if lateral != nil {
		f.Call.Tag += "\nfrom lateral function"
	}
	if chance(g.r, 35) {
		f.Ordinality = true
		column(scalar(Int8))
	}
	return f, f.atoms()
}

// arrayBase prefers the element type of an array at hand.
func (g *generator) arrayBase(atoms []*Expr) Base {
	for _, a := range atoms {
		if a.Kind.Array && chance(g.r, 70) {
			return a.Kind.Base
		}
	}
	return pick(g.r, allBases()...)
}
