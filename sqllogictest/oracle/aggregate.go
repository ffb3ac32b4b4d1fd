package oracle

import (
	"slices"
	"strings"
)

// aggregate is an aggregate function over arguments of certain types.
type aggregate struct {
	tag     string
	result  Kind
	form    string // $1 is the argument, * in "(*" its DISTINCT
	arg     Kind   // zero: no argument
	inexact bool
	loose   bool // the result needs its normal form
	noDist  bool // DISTINCT is not allowed or means nothing
}

// aggregates lists every aggregate with every argument type.
func aggregates() []*aggregate {
	all := []*aggregate{{tag: "count(*)", result: scalar(Int8), form: "count(*)", noDist: true}}
	for _, b := range allBases() {
		k := scalar(b)
		all = append(all, &aggregate{tag: "count", result: scalar(Int8), form: "count(~$1)", arg: k})
		all = append(all, &aggregate{tag: "array_agg", result: arrayOf(b), form: "array_agg(~$1 ORDER BY $1)", arg: k})
		if b == Bool || b == Bytea || b == UUID || b == JSONB {
			continue // PostgreSQL 15 has no min and max for these
		}
		result := k
		if b == Varchar {
			result = scalar(Text)
		}
		for _, name := range []string{"min", "max"} {
			all = append(all, &aggregate{tag: name, result: result, form: name + "(~$1)", arg: k, loose: k.manyFaced()})
		}
	}
	sums := []struct{ arg, sum, avg Base }{
		{Int2, Int8, Numeric}, {Int4, Int8, Numeric}, {Int8, Numeric, Numeric}, {Numeric, Numeric, Numeric},
		{Float4, Float4, Float8}, {Float8, Float8, Float8}, {Interval, Interval, Interval},
	}
	for _, s := range sums {
		inexact := s.arg == Float4 || s.arg == Float8
		for name, result := range map[string]Base{"sum": s.sum, "avg": s.avg} {
			all = append(all, &aggregate{tag: name, result: scalar(result), form: name + "(~$1)", arg: scalar(s.arg), inexact: inexact})
		}
	}
	for _, name := range []string{"bool_and", "bool_or", "every"} {
		all = append(all, &aggregate{tag: name, result: scalar(Bool), form: name + "(~$1)", arg: scalar(Bool)})
	}
	all = append(all,
		&aggregate{tag: "string_agg", result: scalar(Text), form: "string_agg(~$1, ',' ORDER BY $1)", arg: scalar(Text), noDist: true},
		&aggregate{tag: "string_agg", result: scalar(Text), form: "string_agg($1, '; ' ORDER BY $1 DESC)", arg: scalar(Text), noDist: true},
		&aggregate{tag: "array_agg", result: arrayOf(Int4), form: "array_agg(~$1 ORDER BY $1 DESC NULLS LAST)", arg: scalar(Int4)},
		&aggregate{tag: "max", result: arrayOf(Int4), form: "max(~$1)", arg: arrayOf(Int4)},
	)
	// The map above is walked in any order; the list must not depend on it.
	slices.SortStableFunc(all, func(a, b *aggregate) int { return strings.Compare(a.form, b.form) })
	return all
}

// aggregate makes a call of an aggregate with the given result (nil: any),
// over the rows the scope describes, or returns nil if there is none.
func (g *generator) aggregate(s scope, want *Kind) *Expr {
	var fitting []*aggregate
	for _, a := range g.aggregates {
		if (want == nil || a.result == *want) && (!a.inexact || s.top) {
			fitting = append(fitting, a)
		}
	}
	if len(fitting) == 0 {
		return nil
	}
	a := fitting[g.r.IntN(len(fitting))]
	for range 4 { // prefer one that some column is an argument of
		if hasKind(s.atoms, a.arg) {
			break
		}
		a = fitting[g.r.IntN(len(fitting))]
	}
	if i := slices.IndexFunc(fitting, func(a *aggregate) bool { return a.arg == (Kind{}) }); i >= 0 && chance(g.r, 8) {
		a = fitting[i] // count(*)
	}
	call := &Expr{Kind: a.result, Tag: "aggregate " + a.tag, Inexact: a.inexact, Fixed: true}
	distinct := ""
	if a.arg != (Kind{}) {
		inner := s
		inner.top = false
		inner.outer = nil // a call over outer columns alone would belong to the outer query
		arg := g.expr(inner, a.arg, 1)
		if !a.noDist && chance(g.r, 15) {
			distinct = "DISTINCT "
			call.Tag += "\nclause DISTINCT aggregate"
		}
		if a.tag == "array_agg" || distinct != "" && a.tag != "count" {
			arg = canonical(arg)
		}
		call.Kids = []*Expr{arg}
	}
	call.Form = strings.Replace(a.form, "~", distinct, 1)
	if chance(g.r, 15) {
		inner := s
		inner.top = false
		inner.outer = nil
		call.Kids = append(call.Kids, g.condition(inner, 1))
		call.Form += " FILTER (WHERE $" + string(rune('0'+len(call.Kids))) + ")"
		call.Tag += "\nclause FILTER"
	}
	if a.loose {
		return canonical(call)
	}
	return call
}
