package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// generator makes random schemas, changes and queries from one random source.
type generator struct {
	values
	functions  map[Kind][]*function // by result
	aggregates []*aggregate
	calls      []*call
	tables     []*Table
	views      []*BaseView
	hideViews  bool
	altering   bool                   // tables get columns while queries stand
	noTumble   bool                   // the SUT does not have it
	copying    bool                   // both sessions know COPY
	palette    []Kind                 // the types most columns have
	names      int                    // aliases given so far
	tags       []string               // of all functions
	tagged     map[string][]*function // by tag
	focus      int                    // the tag whose turn it is
	limits     bool                   // the query is ad hoc only: its subqueries may have LIMIT
}

func newGenerator(seed, round uint64) (*generator, error) {
	all, err := functions()
	if err != nil {
		return nil, err
	}
	g := &generator{
		values:     values{r: rand.New(rand.NewPCG(seed, round))},
		functions:  make(map[Kind][]*function),
		aggregates: aggregates(),
		calls:      calls(),
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
	// A round has about so many turns: each begins where the one before ended.
	g.focus = int(round*97) % len(g.tags)
	g.extremes = chance(g.r, 20)
	g.altering = chance(g.r, 30)
	return g, nil
}

func (f *function) identity() string { return fmt.Sprint(f.tag, f.form, f.result, f.args) }

// scope is what an expression may refer to.
type scope struct {
	atoms   []*Expr // columns, or group keys and aggregates
	rows    []*Expr // whole rows
	outer   []*Expr // columns of the enclosing query, for correlated subqueries
	keys    []*Expr // of a grouped query: what subqueries may refer to
	ctes    []*CTE
	top     bool // the value is shown by the outermost select list
	grouped bool
	lateral bool // outer are columns that stand left in the same FROM
	depth   int  // of queries around this expression
}

// visible are the columns that a subquery may refer to.
func (s scope) visible() []*Expr {
	if s.grouped {
		return s.keys
	}
	return s.atoms
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
	if g.extremes && len(same) > 1 { // prefer those that cannot fail
		if safe := slices.DeleteFunc(slices.Clone(same), g.mayFail); len(safe) > 0 && chance(g.r, 70) {
			same = safe
		}
	}
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
		if f.inexact && !s.top || g.mayFail(f) != wantRisky {
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

// mayFail tells whether the function may raise an error over the round's
// values. Where it does, it stands for the outermost select list only.
func (g *generator) mayFail(f *function) bool { return f.risky || f.finite && g.extremes }

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
	if k.Base == Record {
		return g.wholeRow(s)
	}
	from, outer := s.atoms, len(s.outer) > 0 && chance(g.r, 30)
	if outer {
		from = s.outer
	}
	var fitting []*Expr
	for _, a := range from {
		if a.Kind == k || k == scalar(Text) && a.Kind == scalar(Varchar) {
			fitting = append(fitting, a)
		}
	}
	if len(fitting) > 0 && chance(g.r, 85) {
		found := fitting[g.r.IntN(len(fitting))]
		if !outer {
			return found
		}
		tagged := *found
		tagged.Tag = "subquery correlated"
		if s.lateral {
			tagged.Tag = "from lateral reference"
		}
		return &tagged
	}
	if chance(g.r, 8) {
		return leaf(k, "NULL::"+k.castName())
	}
	return leaf(k, g.literal(k))
}

// wholeRow is a row of a relation, or a constant one.
func (g *generator) wholeRow(s scope) *Expr {
	if len(s.rows) > 0 && chance(g.r, 90) {
		return pick(g.r, s.rows...)
	}
	return leaf(scalar(Record), g.literal(scalar(Record)))
}

// inner is the scope of a subquery's own clauses, without columns yet.
func (g *generator) inner(s scope) scope {
	outer := s.visible()
	if chance(g.r, 25) { // from two levels further out
		outer = append(outer[:len(outer):len(outer)], s.outer...)
	}
	return scope{outer: outer, ctes: s.ctes, depth: s.depth + 1}
}

// fill makes the FROM clause of a scope, which then offers its columns.
func (g *generator) fill(s *scope) *From {
	from, atoms := g.from(*s)
	s.atoms, s.rows = atoms, nil
	if !g.altering { // a row of a table grows with the table
		s.rows = from.rows()
	}
	return from
}

func (g *generator) where(s scope) *Expr {
	if !chance(g.r, 45) {
		return nil
	}
	s.top = false
	if s.depth < maxQueryDepth && chance(g.r, 25) {
		return g.predicateSubquery(s)
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

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
