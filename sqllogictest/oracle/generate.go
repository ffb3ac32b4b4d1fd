package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// generator makes random schemas, changes and queries from one random source.
type generator struct {
	r          *rand.Rand
	functions  map[Kind][]*function // by result
	aggregates []*aggregate
	tables     []*Table
	palette    []Kind                 // the types most columns have
	names      int                    // aliases given so far
	tags       []string               // of all functions
	tagged     map[string][]*function // by tag
	focus      int                    // the tag whose turn it is
}

func newGenerator(seed, round uint64) (*generator, error) {
	all, err := functions()
	if err != nil {
		return nil, err
	}
	g := &generator{
		r:          rand.New(rand.NewPCG(seed, round)),
		functions:  make(map[Kind][]*function),
		aggregates: aggregates(),
		tagged:     make(map[string][]*function),
	}
	slices.SortStableFunc(all, func(a, b *function) int { return compareText(a.identity(), b.identity()) })
	for _, f := range all {
		g.functions[f.result] = append(g.functions[f.result], f)
		if g.tagged[f.tag] == nil {
			g.tags = append(g.tags, f.tag)
		}
		g.tagged[f.tag] = append(g.tagged[f.tag], f)
	}
	g.focus = g.r.IntN(len(g.tags))
	return g, nil
}

func (f *function) identity() string { return fmt.Sprint(f.tag, f.form, f.result, f.args) }

// scope is what an expression may refer to.
type scope struct {
	atoms []*Expr // columns, or group keys and aggregates
	outer []*Expr // columns of the enclosing query, for correlated subqueries
	ctes  []*CTE
	top   bool // the value is shown by the outermost select list
	depth int  // of queries around this expression
}

// maxQueryDepth bounds how deep subqueries nest.
const maxQueryDepth = 2

// relations bounds how many relations one SELECT joins.
const maxRelations = 3

func (g *generator) alias(prefix string) string {
	g.names++
	return fmt.Sprintf("%s%d", prefix, g.names)
}

// someKind is a random type, mostly one of the round's palette.
func (g *generator) someKind() Kind {
	if len(g.palette) > 0 && chance(g.r, 75) {
		return pick(g.r, g.palette...)
	}
	if chance(g.r, 12) {
		return arrayOf(pick(g.r, allBases()...))
	}
	if chance(g.r, 40) {
		return scalar(pick(g.r, Int4, Text, Numeric, Bool, Int8))
	}
	return scalar(pick(g.r, allBases()...))
}

// shownKind is a type for a select item: of a column in scope, or any.
func (g *generator) shownKind(s scope) Kind {
	if len(s.atoms) > 0 && chance(g.r, 75) {
		return s.atoms[g.r.IntN(len(s.atoms))].Kind
	}
	return g.someKind()
}

// expr makes an expression of a type, at most depth functions deep.
func (g *generator) expr(s scope, k Kind, depth int) *Expr {
	if depth <= 0 || chance(g.r, 25) && hasKind(s.atoms, k) {
		return g.atom(s, k)
	}
	if s.depth < maxQueryDepth && chance(g.r, 7) {
		if e := g.subquery(s, k); e != nil {
			return e
		}
	}
	f := g.function(s, k)
	if f == nil {
		return g.atom(s, k)
	}
	return g.apply(s, f, depth)
}

// inFocus makes a call of the function whose turn it is, so that the rare
// ones have their share too.
func (g *generator) inFocus(s scope) *Expr {
	g.focus = (g.focus + 1) % len(g.tags)
	same := atHand(s, g.tagged[g.tags[g.focus]])
	return g.apply(s, same[g.r.IntN(len(same))], 1)
}

// apply makes a call with arguments at most depth-1 functions deep.
func (g *generator) apply(s scope, f *function, depth int) *Expr {
	inner := s
	inner.top = false
	e := &Expr{Kind: f.result, Form: f.form, Tag: functionTag(f), Inexact: f.inexact}
	for _, arg := range f.args {
		if f.leaves {
			e.Kids = append(e.Kids, g.atom(inner, arg))
		} else {
			e.Kids = append(e.Kids, g.expr(inner, arg, depth-1))
		}
	}
	return e
}

func hasKind(atoms []*Expr, k Kind) bool {
	return slices.ContainsFunc(atoms, func(a *Expr) bool { return a.Kind == k })
}

func functionTag(f *function) string {
	if len(f.tag) > 5 && f.tag[:5] == "cast " {
		return f.tag
	}
	return "function " + f.tag
}

// function picks a function with a result type that is allowed here.
func (g *generator) function(s scope, k Kind) *function {
	wantRisky := s.top && chance(g.r, 35)
	var fitting []*function
	for _, f := range g.functions[k] {
		if f.inexact && !s.top || f.risky != wantRisky {
			continue
		}
		fitting = append(fitting, f)
	}
	if len(fitting) == 0 && wantRisky {
		s.top = false
		return g.function(s, k)
	}
	if len(fitting) == 0 {
		return nil
	}
	fitting = atHand(s, fitting)
	// Comparisons exist once per type; picking by tag first keeps the others in.
	tags := make(map[string][]*function)
	var order []string
	for _, f := range fitting {
		if tags[f.tag] == nil {
			order = append(order, f.tag)
		}
		tags[f.tag] = append(tags[f.tag], f)
	}
	same := tags[order[g.r.IntN(len(order))]]
	return same[g.r.IntN(len(same))]
}

// atHand keeps the functions that some column in scope can be an argument of,
// if there are any: a query of constants finds no bugs.
func atHand(s scope, all []*function) []*function {
	var out []*function
	for _, f := range all {
		fits := func(a *Expr) bool { return slices.Contains(f.args, a.Kind) }
		if slices.ContainsFunc(s.atoms, fits) || slices.ContainsFunc(s.outer, fits) {
			out = append(out, f)
		}
	}
	if len(out) == 0 {
		return all
	}
	return out
}

// atom is a column in scope, of the enclosing query, or a constant.
func (g *generator) atom(s scope, k Kind) *Expr {
	from := s.atoms
	if len(s.outer) > 0 && chance(g.r, 30) {
		from = s.outer
	}
	var fitting []*Expr
	for _, a := range from {
		if a.Kind == k || k == scalar(Text) && a.Kind == scalar(Varchar) {
			fitting = append(fitting, a)
		}
	}
	if len(fitting) > 0 && chance(g.r, 85) {
		return fitting[g.r.IntN(len(fitting))]
	}
	if chance(g.r, 8) {
		return leaf(k, "NULL::"+k.castName())
	}
	return leaf(k, literal(g.r, k))
}

// subquery makes an expression of the type around a subquery, or nil.
func (g *generator) subquery(s scope, k Kind) *Expr {
	outer := s.atoms
	if k == scalar(Bool) && chance(g.r, 75) {
		return g.predicateSubquery(s, outer)
	}
	if k.Array && k.groupable() && k.Base != JSONB {
		q := g.plainSelect(s, outer, []Kind{scalar(k.Base)})
		q.Items[0] = canonical(q.Items[0])
		q.Ordered = true
		return &Expr{Kind: k, Form: "ARRAY($Q)", Sub: q, Tag: "subquery ARRAY"}
	}
	inner := g.inner(s, outer)
	from, atoms := g.from(inner)
	inner.atoms = atoms
	item := g.aggregate(inner, &k)
	if item == nil {
		return nil
	}
	q := &Query{Items: []*Expr{item}, From: from, Where: g.where(inner)}
	return &Expr{Kind: k, Form: "($Q)", Sub: q, Tag: "subquery scalar"}
}

func (g *generator) predicateSubquery(s scope, outer []*Expr) *Expr {
	kind := g.shownKind(s)
	for kind.Array {
		kind = g.someKind()
	}
	q := g.plainSelect(s, outer, []Kind{kind})
	left := g.atom(s, kind)
	form := pick(g.r,
		"EXISTS ($Q)", "NOT EXISTS ($Q)", "$1 IN ($Q)", "$1 NOT IN ($Q)",
		"$1 = ANY ($Q)", "$1 > ANY ($Q)", "$1 <> ALL ($Q)", "$1 >= ALL ($Q)")
	tags := map[string]string{
		"EXISTS ($Q)": "EXISTS", "NOT EXISTS ($Q)": "NOT EXISTS", "$1 IN ($Q)": "IN", "$1 NOT IN ($Q)": "NOT IN",
		"$1 = ANY ($Q)": "ANY", "$1 > ANY ($Q)": "ANY", "$1 <> ALL ($Q)": "ALL", "$1 >= ALL ($Q)": "ALL",
	}
	e := &Expr{Kind: scalar(Bool), Form: "(" + form + ")", Sub: q, Tag: "subquery " + tags[form]}
	if form[0] == '$' {
		e.Kids = []*Expr{left}
	}
	return e
}

// inner is the scope of a subquery's own clauses, without columns yet.
func (g *generator) inner(s scope, outer []*Expr) scope {
	return scope{outer: outer, ctes: s.ctes, depth: s.depth + 1}
}

func (g *generator) where(s scope) *Expr {
	if !chance(g.r, 45) {
		return nil
	}
	s.top = false
	if s.depth < maxQueryDepth && chance(g.r, 25) {
		return g.predicateSubquery(s, s.atoms)
	}
	return g.condition(s, 2)
}

// condition makes a boolean expression that is no constant, if it can.
func (g *generator) condition(s scope, depth int) *Expr {
	for range 4 {
		if e := g.expr(s, scalar(Bool), depth); len(e.Kids) > 0 || e.Sub != nil {
			return e
		}
	}
	return g.expr(s, scalar(Bool), depth)
}

// plainSelect is a SELECT without grouping.
func (g *generator) plainSelect(s scope, outer []*Expr, kinds []Kind) *Query {
	inner := g.inner(s, outer)
	from, atoms := g.from(inner)
	inner.atoms = atoms
	q := &Query{From: from, Where: g.where(inner)}
	for _, k := range kinds {
		q.Items = append(q.Items, g.expr(inner, k, 1))
	}
	return q
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
