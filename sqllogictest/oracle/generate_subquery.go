package oracle

import "strings"

// subquery makes an expression of the type around a subquery, or nil.
func (g *generator) subquery(s scope, k Kind) *Expr {
	if k == scalar(Bool) && chance(g.r, 75) {
		return g.predicateSubquery(s)
	}
	if k.Array && k.groupable() && k.Base != JSONB {
		q := g.plainSelect(s, []Kind{scalar(k.Base)})
		q.Items[0] = canonical(q.Items[0])
		q.Ordered = true
		g.cut(g.inner(s), q)
		return &Expr{Kind: k, Form: "ARRAY($Q)", Sub: q, Tag: "subquery ARRAY"}
	}
	inner := g.inner(s)
	if g.limits && k.groupable() && chance(g.r, 60) {
		q := g.plainSelect(s, []Kind{k})
		q.Limit = &Limit{Count: 1, Offset: g.r.IntN(3) / 2, Desc: chance(g.r, 40)}
		return &Expr{Kind: k, Form: "($Q)", Sub: q, Tag: "subquery scalar", Fixed: true}
	}
	from := g.fill(&inner)
	item := g.aggregate(inner, &k)
	if item == nil {
		return nil
	}
	q := &Query{Items: []*Expr{item}, From: from, Where: g.where(inner)}
	return &Expr{Kind: k, Form: "($Q)", Sub: q, Tag: "subquery scalar"}
}

// predicates are the ways to ask a subquery, by what they are counted as.
func predicates() map[string][]string {
	return map[string][]string{
		"EXISTS": {"EXISTS ($Q)"}, "NOT EXISTS": {"NOT EXISTS ($Q)"},
		"IN": {"$1 IN ($Q)"}, "NOT IN": {"$1 NOT IN ($Q)"},
		"ANY": {"$1 = ANY ($Q)", "$1 > ANY ($Q)", "$1 <= SOME ($Q)"}, "ALL": {"$1 <> ALL ($Q)", "$1 >= ALL ($Q)"},
	}
}

// rowPredicates ask for two columns.
func rowPredicates() map[string][]string {
	return map[string][]string{
		"row IN": {"($1, $2) IN ($Q)"}, "row NOT IN": {"($1, $2) NOT IN ($Q)"},
		"row ANY": {"($1, $2) = ANY ($Q)", "ROW($1, $2) < ANY ($Q)"}, "row ALL": {"($1, $2) <> ALL ($Q)", "($1, $2) >= ALL ($Q)"},
	}
}

func (g *generator) predicateSubquery(s scope) *Expr {
	kinds, forms := []Kind{g.comparedKind(s)}, predicates()
	if chance(g.r, 25) {
		kinds, forms = append(kinds, g.comparedKind(s)), rowPredicates()
	}
	name := pick(g.r, sortedKeys(forms)...)
	form := pick(g.r, forms[name]...)
	e := &Expr{Kind: scalar(Bool), Form: "(" + form + ")", Sub: g.plainSelect(s, kinds), Tag: "subquery " + name}
	g.cut(g.inner(s), e.Sub)
	if strings.Contains(form, "$1") {
		for _, k := range kinds {
			e.Kids = append(e.Kids, g.atom(s, k))
		}
	}
	return e
}

// comparedKind is the type of what is compared with a subquery's column.
func (g *generator) comparedKind(s scope) Kind {
	k := g.shownKind(s)
	for k.Array || k.Base == JSON {
		k = g.someKind()
	}
	return k
}

// plainSelect is a SELECT without grouping.
func (g *generator) plainSelect(s scope, kinds []Kind) *Query {
	inner := g.inner(s)
	from := g.fill(&inner)
	q := &Query{From: from, Where: g.where(inner)}
	for _, k := range kinds {
		q.Items = append(q.Items, g.expr(inner, k, 1))
	}
	return q
}
