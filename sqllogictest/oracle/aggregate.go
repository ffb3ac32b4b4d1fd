package oracle

import (
	"slices"
	"strconv"
	"strings"
)

// aggregate is an aggregate function over arguments of certain types.
type aggregate struct {
	tag     string
	result  Kind
	form    string // $1 and $2 are the arguments, ~ is where DISTINCT may stand, ! where FILTER does
	args    []Kind
	inexact bool
	leaves  bool // arguments are columns or constants
	loose   bool // the result needs its normal form
	noDist  bool // DISTINCT is not allowed or means nothing
	sorts   bool // the arguments need their normal form
	finite  bool // may raise an error over extreme values
}

// aggregates lists every aggregate with every argument type.
func aggregates() []*aggregate {
	all := []*aggregate{
		{tag: "count(*)", result: scalar(Int8), form: "count(*)!", noDist: true},
		{tag: "count", result: scalar(Int8), form: "count(~$1)!", args: []Kind{scalar(Record)}},
		{tag: "count", result: scalar(Int8), form: "count(~ROW($1, $2))!", args: []Kind{scalar(Int4), scalar(Text)}},
	}
	for _, b := range allBases() {
		all = append(all, overAny(b)...)
	}
	all = append(all, arithmetic()...)
	for _, name := range []string{"bool_and", "bool_or", "every"} {
		all = append(all, &aggregate{tag: name, result: scalar(Bool), form: name + "(~$1)!", args: []Kind{scalar(Bool)}})
	}
	for _, name := range []string{"bit_and", "bit_or", "bit_xor"} {
		for _, b := range []Base{Int2, Int4, Int8} {
			all = append(all, &aggregate{tag: name, result: scalar(b), form: name + "(~$1)!", args: []Kind{scalar(b)}})
		}
	}
	all = append(all, collecting()...)
	slices.SortStableFunc(all, func(a, b *aggregate) int { return strings.Compare(a.form, b.form) })
	return all
}

// overAny are the aggregates of any type.
func overAny(b Base) []*aggregate {
	k := scalar(b)
	all := []*aggregate{
		{tag: "count", result: scalar(Int8), form: "count(~$1)!", args: []Kind{k}},
		{tag: "array_agg", result: arrayOf(b), form: "array_agg(~$1 ORDER BY $1)!", args: []Kind{k}, sorts: true},
		{tag: "array_agg", result: arrayOf(b), form: "array_agg(~$1 ORDER BY $1 DESC NULLS LAST)!", args: []Kind{k}, sorts: true},
		{tag: "array_agg", result: arrayOf(b), form: "array_agg($1 ORDER BY $2 NULLS FIRST, $1 DESC)!", args: []Kind{k, scalar(Int4)}, sorts: true, noDist: true},
	}
	minimax := []Kind{arrayOf(b)}
	switch b {
	case Bool, Bytea, UUID, JSONB: // PostgreSQL 15 has no min and max for these
	default:
		minimax = append(minimax, k)
	}
	for _, arg := range minimax {
		result := arg
		if arg == scalar(Varchar) {
			result = scalar(Text)
		}
		if arg == arrayOf(b) && k.manyFaced() {
			continue // which of two equal arrays comes out is open
		}
		for _, name := range []string{"min", "max"} {
			all = append(all, &aggregate{tag: name, result: result, form: name + "(~$1)!", args: []Kind{arg}, loose: arg.manyFaced()})
		}
	}
	return all
}

// arithmetic are the aggregates of numbers and intervals.
func arithmetic() []*aggregate {
	var all []*aggregate
	for _, s := range []struct{ arg, sum, avg Base }{
		{Int2, Int8, Numeric}, {Int4, Int8, Numeric}, {Int8, Numeric, Numeric}, {Numeric, Numeric, Numeric},
		{Float4, Float4, Float8}, {Float8, Float8, Float8}, {Interval, Interval, Interval},
	} {
		float := s.arg == Float4 || s.arg == Float8
		add := func(name string, result Base, leaves bool) {
			all = append(all, &aggregate{
				tag: name, result: scalar(result), form: name + "(~$1)!", args: []Kind{scalar(s.arg)},
				inexact: float, leaves: leaves, finite: float,
			})
		}
		add("sum", s.sum, false)
		add("avg", s.avg, false)
		if s.arg == Interval {
			continue
		}
		// The spread of values that are close together, but far from 0, is noise
		// in floats: columns are not.
		for _, name := range []string{"stddev", "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp"} {
			add(name, s.avg, true)
		}
	}
	return all
}

// collecting are the aggregates that keep their values, over a total order.
func collecting() []*aggregate {
	text, number, bytes := scalar(Text), scalar(Int4), scalar(Bytea)
	all := []*aggregate{
		{tag: "string_agg", result: text, form: "string_agg(~$1, ',' ORDER BY $1)!", args: []Kind{text}},
		{tag: "string_agg", result: text, form: "string_agg($1, '; ' ORDER BY $1 DESC)!", args: []Kind{text}, noDist: true},
		{tag: "string_agg", result: text, form: "string_agg($1, $2::text ORDER BY $2 DESC NULLS LAST, $1)!", args: []Kind{text, number}, noDist: true},
		{tag: "string_agg", result: bytes, form: `string_agg(~$1, '\x2c'::bytea ORDER BY $1)!`, args: []Kind{bytes}, noDist: true},
		{tag: "jsonb_object_agg", result: scalar(JSONB), form: "jsonb_object_agg(coalesce($1, 'k'), $2 ORDER BY $1, $2)!", args: []Kind{text, number}, noDist: true},
		{tag: "json_object_agg", result: text, form: "CAST(json_object_agg(coalesce($1, 'k'), $2 ORDER BY $1, $2)! AS text)", args: []Kind{text, number}, noDist: true},
	}
	for _, b := range []Base{Int4, Text, Numeric, Date, JSONB, Bool} {
		k := []Kind{scalar(b)}
		all = append(all,
			&aggregate{tag: "jsonb_agg", result: scalar(JSONB), form: "jsonb_agg(~$1 ORDER BY $1)!", args: k, sorts: true},
			&aggregate{tag: "json_agg", result: text, form: "CAST(json_agg($1 ORDER BY $1 DESC)! AS text)", args: k, sorts: true, noDist: true})
	}
	return all
}

// aggregate makes a call of an aggregate with the given result (nil: any),
// over the rows the scope describes, or returns nil if there is none.
func (g *generator) aggregate(s scope, want *Kind) *Expr {
	a := g.someAggregate(s, want)
	if a == nil {
		return nil
	}
	inner := s
	inner.top = false
	inner.outer = nil // a call over outer columns alone would belong to the outer query
	call := &Expr{Kind: a.result, Tag: "aggregate " + a.tag, Inexact: a.inexact, Fixed: true}
	distinct := !a.noDist && chance(g.r, 15)
	for _, k := range a.args {
		arg := g.atom(inner, k)
		if !a.leaves {
			arg = g.expr(inner, k, 1)
		}
		if a.sorts || distinct && a.tag != "count" {
			arg = canonical(arg)
		}
		call.Kids = append(call.Kids, arg)
	}
	form := strings.Replace(a.form, "~", "", 1)
	if distinct {
		form = strings.Replace(a.form, "~", "DISTINCT ", 1)
		call.Tag += "\nclause DISTINCT aggregate"
	}
	filter := ""
	if chance(g.r, 15) {
		call.Kids = append(call.Kids, g.condition(inner, 1))
		filter = " FILTER (WHERE $" + strconv.Itoa(len(call.Kids)) + ")"
		call.Tag += "\nclause FILTER"
	}
	if strings.Contains(form, "ORDER BY") {
		call.Tag += "\nclause ORDER BY in aggregate"
	}
	call.Form = strings.Replace(form, "!", filter, 1)
	if a.loose {
		return canonical(call)
	}
	return call
}

// someAggregate picks by tag, preferring one that some column is an argument of.
func (g *generator) someAggregate(s scope, want *Kind) *aggregate {
	tags := make(map[string][]*aggregate)
	var order []string
	for _, a := range g.aggregates {
		if want != nil && a.result != *want || a.inexact && !s.top || a.finite && g.extremes {
			continue
		}
		if tags[a.tag] == nil {
			order = append(order, a.tag)
		}
		tags[a.tag] = append(tags[a.tag], a)
	}
	if len(order) == 0 {
		return nil
	}
	if tags["count(*)"] != nil && chance(g.r, 8) {
		return tags["count(*)"][0]
	}
	fits := func(a *aggregate) bool {
		return len(a.args) > 0 && (hasKind(s.atoms, a.args[0]) || a.args[0].Base == Record && len(s.rows) > 0)
	}
	for range 6 {
		same := slices.DeleteFunc(slices.Clone(tags[pick(g.r, order...)]), func(a *aggregate) bool { return !fits(a) })
		if len(same) > 0 {
			return pick(g.r, same...)
		}
	}
	return pick(g.r, tags[pick(g.r, order...)]...)
}
