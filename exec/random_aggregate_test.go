package exec

import (
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
)

// aggInput is the columns every aggregate test reads, by position.
var aggInput = []types.Type{
	types.Int4, types.Int8, types.Text, types.NumericT, types.Float8, types.IntervalT, types.Bool, types.BPChar,
}

// aggregate groups a new relation by a few columns, or none.
func (p *lawPlan) aggregate(makeAgg func(n plan.Node) expr.AggCall) plan.Node {
	n := p.scan(aggInput)
	var keys []int
	for c := range aggInput {
		if p.rng.IntN(6) == 0 {
			keys = append(keys, c)
		}
	}
	return p.aggregateOf(n, keys, makeAgg)
}

func (p *lawPlan) aggregateOf(n plan.Node, keys []int, makeAgg func(n plan.Node) expr.AggCall) plan.Node {
	a := &plan.Aggregate{Input: n, Keys: keys, Global: len(keys) == 0, Together: p.rng.IntN(4) > 0}
	for _, k := range keys {
		a.Out = append(a.Out, n.Schema()[k])
	}
	for range 1 + p.rng.IntN(4) {
		c := makeAgg(n)
		a.Aggs = append(a.Aggs, c)
		a.Out = append(a.Out, types.Column{Name: c.Fn.Name, Type: c.T})
	}
	return a
}

// call makes an aggregate call, now and then with a FILTER that may raise.
func (p *lawPlan) call(n plan.Node, sig string, ret types.Type, args ...expr.Expr) expr.AggCall {
	fn, ok := expr.AggBySig(sig)
	if !ok {
		panic("no aggregate " + sig)
	}
	c := expr.AggCall{Fn: fn, Args: args, T: ret}
	if p.rng.IntN(3) == 0 {
		c.Filter = p.predicate(n)
	}
	return c
}

// colOf is a column of n of type t, or a constant if there is none.
func (p *lawPlan) colOf(n plan.Node, t types.Type) expr.Expr {
	for i, c := range n.Schema() {
		if c.Type == t {
			return col(n, i)
		}
	}
	return constant(t, domain(t)[0])
}

func (p *lawPlan) linearAgg(n plan.Node) expr.AggCall {
	switch p.rng.IntN(9) {
	case 0:
		return p.call(n, "count()", types.Int8)
	case 1:
		return p.call(n, "count(any)", types.Int8, p.colOf(n, types.Text))
	case 2:
		return p.call(n, "sum(int4)", types.Int8, op("/", constant(types.Int4, types.NewInt32(6)), col(n, 0)))
	case 3:
		return p.call(n, "sum(int8)", types.NumericT, p.colOf(n, types.Int8))
	case 4:
		return p.call(n, "avg(int4)", types.NumericT, col(n, 0))
	case 5:
		return p.call(n, "sum(numeric)", types.NumericT, p.colOf(n, types.NumericT))
	case 6:
		return p.call(n, "sum(float8)", types.Float8, p.colOf(n, types.Float8))
	case 7:
		return p.call(n, "sum(interval)", types.IntervalT, p.colOf(n, types.IntervalT))
	}
	return p.call(n, "bool_or(bool)", types.Bool, p.colOf(n, types.Bool))
}

func (p *lawPlan) distinctAgg(n plan.Node) expr.AggCall {
	var c expr.AggCall
	switch p.rng.IntN(5) {
	case 0:
		c = p.call(n, "count(any)", types.Int8, p.colOf(n, types.Text))
	case 1:
		c = p.call(n, "sum(int8)", types.NumericT, p.colOf(n, types.Int8))
	case 2:
		c = p.call(n, "count(any)", types.Int8, p.colOf(n, types.NumericT)) // 1.0 and 1.00 count once
	case 3:
		c = p.call(n, "avg(int4)", types.NumericT, col(n, 0))
	default:
		c = p.call(n, "min(int4)", types.Int4, col(n, 0))
	}
	c.Distinct = true
	return c
}

// laneAgg is one of few, so that several keep the same values.
func (p *lawPlan) laneAgg(n plan.Node) expr.AggCall {
	var c expr.AggCall
	switch p.rng.IntN(4) {
	case 0:
		c = p.call(n, "sum(int8)", types.NumericT, p.colOf(n, types.Int8))
	case 1:
		c = p.call(n, "count(any)", types.Int8, p.colOf(n, types.Text))
	default:
		c = p.call(n, "count(any)", types.Int8, p.colOf(n, types.Int8))
	}
	c.Distinct = true
	if c.Filter == nil && p.coin() {
		c.Filter = p.predicate(n)
	}
	return c
}

func (p *lawPlan) firstAgg(n plan.Node) expr.AggCall {
	name := []string{"min", "max"}[p.rng.IntN(2)]
	switch p.rng.IntN(7) {
	case 0:
		return p.call(n, name+"(int4)", types.Int4, col(n, 0))
	case 1:
		return p.call(n, name+"(text)", types.Text, p.colOf(n, types.Text))
	case 2:
		return p.call(n, name+"(numeric)", types.NumericT, p.colOf(n, types.NumericT))
	case 3:
		return p.call(n, name+"(float8)", types.Float8, p.colOf(n, types.Float8))
	case 4:
		return p.call(n, name+"(interval)", types.IntervalT, p.colOf(n, types.IntervalT))
	case 5:
		return p.call(n, name+"(bpchar)", types.BPChar, p.colOf(n, types.BPChar))
	}
	return p.call(n, name+"(int8)", types.Int8, p.colOf(n, types.Int8))
}

// refusesThree collects, and raises when a group has a three.
var refusesThree = &expr.Agg{
	Name: "refuses_three", Args: []types.Type{types.Int4}, Ret: types.Int8,
	Collect: func(_ *expr.Ctx, _ *expr.AggCall, rows func(func(types.Row, int64) bool)) (types.Datum, error) {
		var n int64
		var err error
		rows(func(r types.Row, count int64) bool {
			n += count
			if !r[0].IsNull() && r[0].Int() == 3 {
				err = errThree
			}
			return err == nil
		})
		return types.NewInt64(n), err
	},
}

func (p *lawPlan) collectAgg(n plan.Node) expr.AggCall {
	var c expr.AggCall
	switch p.rng.IntN(5) {
	case 0:
		c = p.call(n, "array_agg(anynonarray)", types.Type{OID: types.Text.Info().Array, Mod: -1}, p.colOf(n, types.Text))
	case 1:
		c = p.call(n, "array_agg(anynonarray)", types.Type{OID: types.NumericT.Info().Array, Mod: -1}, p.colOf(n, types.NumericT))
	case 2:
		c = p.call(n, "string_agg(text,text)", types.Text, p.colOf(n, types.Text), constant(types.Text, types.NewBytes(",")))
	case 3:
		return expr.AggCall{Fn: refusesThree, Args: []expr.Expr{col(n, 0)}, T: types.Int8}
	default:
		return p.call(n, "bit_xor(int8)", types.Int8, p.colOf(n, types.Int8))
	}
	if c.Distinct = p.rng.IntN(4) == 0; c.Distinct {
		if p.coin() {
			c.Order = []expr.SortKey{{Expr: c.Args[0], Desc: true, NullsFirst: p.coin()}}
		}
		return c
	}
	for range p.rng.IntN(3) {
		e := col(n, p.rng.IntN(len(n.Schema())))
		if p.rng.IntN(6) == 0 {
			e = op("/", constant(types.Int4, types.NewInt32(1)), col(n, 0))
		}
		c.Order = append(c.Order, expr.SortKey{Expr: e, Desc: p.coin(), NullsFirst: p.coin()})
	}
	return c
}

func (p *lawPlan) anyAgg(n plan.Node) expr.AggCall {
	switch p.rng.IntN(4) {
	case 0:
		return p.linearAgg(n)
	case 1:
		return p.distinctAgg(n)
	case 2:
		return p.firstAgg(n)
	}
	return p.collectAgg(n)
}

// appendAgg is an aggregate that is kept more cheaply while nothing is retracted.
func (p *lawPlan) appendAgg(n plan.Node) expr.AggCall {
	if p.rng.IntN(4) == 0 {
		return p.call(n, "bit_xor(int8)", types.Int8, p.colOf(n, types.Int8))
	}
	return p.firstAgg(n)
}
