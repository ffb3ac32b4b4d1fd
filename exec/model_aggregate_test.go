package exec

import (
	"math/big"
	"slices"
	"strings"

	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// modelGroup is the rows of one group.
type modelGroup struct {
	rows  []*bagRow
	shown types.Row // the key columns with the smallest image
}

// aggregate groups and computes each aggregate from the list of its argument rows.
func (m *model) aggregate(n *plan.Aggregate, out bag) {
	in := n.Input.Schema()
	groups := map[string]*modelGroup{}
	if n.Global && len(n.Keys) == 0 {
		groups[""] = &modelGroup{shown: types.Row{}}
	}
	for _, x := range m.of(n.Input).rows() {
		if !m.argumentsHold(n, x) {
			continue
		}
		k := equalityKey(in, n.Keys, x.row)
		g := groups[k]
		if g == nil {
			g = &modelGroup{}
			groups[k] = g
		}
		g.rows = append(g.rows, x)
		key := make(types.Row, len(n.Keys))
		for i, c := range n.Keys {
			key[i] = x.row[c]
		}
		if g.shown == nil || rowImage(key) < rowImage(g.shown) {
			g.shown = key
		}
	}
	for _, g := range groups {
		row := append(types.Row{}, g.shown...)
		var failed error
		for i := range n.Aggs {
			d, err := m.oneAggregate(&n.Aggs[i], g.rows)
			if err != nil && failed == nil {
				failed = err
			}
			row = append(row, d)
		}
		if failed != nil {
			m.fail(failed, 1)
			continue
		}
		out.add(row, 1)
	}
}

// argumentsHold evaluates all aggregates' filters, arguments and order keys over a row; one
// that raises takes the row out of the group.
func (m *model) argumentsHold(n *plan.Aggregate, x *bagRow) bool {
	for i := range n.Aggs {
		a := &n.Aggs[i]
		if a.Filter != nil {
			d, ok := m.eval(a.Filter, x.row, x.w)
			if !ok {
				return false
			}
			if !isTrue(d) {
				continue
			}
		}
		for _, e := range a.Args {
			if _, ok := m.eval(e, x.row, x.w); !ok {
				return false
			}
		}
		for _, k := range a.Order {
			if _, ok := m.eval(k.Expr, x.row, x.w); !ok {
				return false
			}
		}
	}
	return true
}

// modelArg is one argument row with its order keys.
type modelArg struct {
	args, order types.Row
	w           int64
}

// oneAggregate computes a call over the rows of a group.
func (m *model) oneAggregate(a *expr.AggCall, rows []*bagRow) (types.Datum, error) {
	var in []modelArg
	for _, x := range rows {
		if a.Filter != nil {
			if d, _ := m.eval(a.Filter, x.row, 0); !isTrue(d) {
				continue
			}
		}
		args, _ := m.project(a.Args, x.row, 0)
		if a.Fn.SkipNulls && len(args) > 0 && args[0].IsNull() {
			continue
		}
		arg := modelArg{args: args, w: x.w}
		for _, k := range a.Order {
			d, _ := m.eval(k.Expr, x.row, 0)
			arg.order = append(arg.order, d)
		}
		in = append(in, arg)
	}
	slices.SortFunc(in, func(x, y modelArg) int { return compareArgs(a, x, y) })
	if a.Distinct {
		in = distinctArgs(a, in)
	}
	return fold(a, in)
}

// compareArgs is the aggregate's order: its ORDER BY, then (without one, or for DISTINCT)
// the arguments, ties by image.
func compareArgs(a *expr.AggCall, x, y modelArg) int {
	for i, k := range a.Order {
		if c := compareNulls(k.Expr.Type(), x.order[i], y.order[i], k.Desc, k.NullsFirst); c != 0 {
			return c
		}
	}
	if len(a.Order) == 0 || a.Distinct {
		for i, e := range a.Args {
			if c := compareNulls(e.Type(), x.args[i], y.args[i], false, false); c != 0 {
				return c
			}
		}
	}
	return strings.Compare(rowImage(x.args), rowImage(y.args))
}

func compareNulls(t types.Type, x, y types.Datum, desc, nullsFirst bool) int {
	if x.IsNull() || y.IsNull() {
		switch {
		case x.IsNull() && y.IsNull():
			return 0
		case x.IsNull() == nullsFirst:
			return -1
		}
		return 1
	}
	c := types.Compare(t, x, y)
	if desc {
		return -c
	}
	return c
}

// distinctArgs keeps the first of each class of SQL-equal argument rows.
func distinctArgs(a *expr.AggCall, in []modelArg) []modelArg {
	seen := map[string]bool{}
	var out []modelArg
	for _, x := range in {
		var k []byte
		for i, e := range a.Args {
			k = types.AppendKeyDatum(k, e.Type(), x.args[i])
		}
		if !seen[string(k)] {
			seen[string(k)] = true
			x.w = 1
			out = append(out, x)
		}
	}
	return out
}

// fold computes the aggregates that the tests use.
func fold(a *expr.AggCall, in []modelArg) (types.Datum, error) {
	switch a.Fn.Name {
	case "count":
		var n int64
		for _, x := range in {
			n += x.w
		}
		return types.NewInt64(n), nil
	case "min", "max":
		return foldExtreme(a, in), nil
	case "sum", "avg":
		return foldSum(a, in)
	case "bool_or":
		var d types.Datum
		for _, x := range in {
			d = types.NewBool(x.args[0].Bool() || isTrue(d))
		}
		return d, nil
	case "bit_xor":
		var d types.Datum
		for _, x := range in {
			d = types.NewInt64(d.Int() ^ x.args[0].Int()*(x.w&1))
		}
		return d, nil
	case "array_agg":
		var elems []types.Datum
		for _, x := range in {
			for range x.w {
				elems = append(elems, x.args[0])
			}
		}
		if elems == nil {
			return types.Datum{}, nil
		}
		return types.NewArray(a.Args[0].Type(), elems...), nil
	case "string_agg":
		return foldString(in), nil
	case "refuses_three":
		var n int64
		for _, x := range in {
			if !x.args[0].IsNull() && x.args[0].Int() == 3 {
				return types.Datum{}, errThree
			}
			n += x.w
		}
		return types.NewInt64(n), nil
	}
	panic("no model of " + a.Fn.Name)
}

var errThree = pgerr.New(pgerr.InvalidParameterValue, "three is refused")

func foldExtreme(a *expr.AggCall, in []modelArg) types.Datum {
	var best types.Datum
	for _, x := range in { // ascending, so that of equal values the smallest image comes first
		d := x.args[0]
		if best.IsNull() || a.Fn.Name == "max" && types.Compare(a.Args[0].Type(), d, best) > 0 {
			best = d
		}
	}
	return best
}

func foldString(in []modelArg) types.Datum {
	var s strings.Builder
	n := 0
	for _, x := range in {
		for range x.w {
			if n++; n > 1 {
				s.WriteString(x.args[1].S)
			}
			s.WriteString(x.args[0].S)
		}
	}
	if n == 0 {
		return types.Datum{}
	}
	return types.NewBytes(s.String())
}

// foldSum is sum and avg of integers, numerics, floats that are exact, and intervals.
func foldSum(a *expr.AggCall, in []modelArg) (types.Datum, error) {
	t := a.Args[0].Type()
	var n int64
	num, f, scale := new(big.Int), 0.0, 0
	exact := types.Numeric{}
	var months, days, micros int64
	for _, x := range in {
		d := x.args[0]
		n += x.w
		switch t.Kind() {
		case types.KindInt32, types.KindInt64:
			num.Add(num, new(big.Int).Mul(big.NewInt(d.Int()), big.NewInt(x.w)))
		case types.KindNumeric:
			scale = max(scale, types.NumericFromDatum(d).Scale())
			p, err := types.NumericFromDatum(d).Mul(types.NumericFromInt64(x.w))
			if err != nil {
				return types.Datum{}, err
			}
			if exact, err = exact.Add(p); err != nil {
				return types.Datum{}, err
			}
		case types.KindFloat64:
			f += d.Float64() * float64(x.w)
		case types.KindInterval:
			months += int64(d.Interval().Months) * x.w
			days += int64(d.Interval().Days) * x.w
			micros += d.Interval().Micros * x.w
		}
	}
	if n == 0 {
		return types.Datum{}, nil
	}
	switch t.Kind() {
	case types.KindFloat64:
		if a.Fn.Name == "avg" {
			f /= float64(n)
		}
		return types.NewFloat64(f), nil
	case types.KindInterval:
		if months != int64(int32(months)) || days != int64(int32(days)) {
			return types.Datum{}, pgerr.New(pgerr.DatetimeFieldOverflow, "interval out of range")
		}
		return types.NewInterval(types.Interval{Months: int32(months), Days: int32(days), Micros: micros}), nil
	case types.KindInt32, types.KindInt64:
		if a.T == types.Int8 {
			return types.NewInt64(num.Int64()), nil
		}
		exact, _ = types.NumericFromBig(num, 0)
	}
	if a.Fn.Name == "avg" {
		q, err := exact.Div(types.NumericFromInt64(n))
		return q.ToDatum(), err
	}
	return exact.ToDatum(), nil
}
