package planner

import (
	"fmt"
	"slices"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// evaluator computes plans row by row, as plainly as can be: the meaning of plan nodes that
// rewrites must keep.
type evaluator struct {
	ctx    *expr.Ctx
	tables map[catalog.ID][]types.Row // all physical columns
	memo   map[plan.Node][]types.Row
}

func (ev *evaluator) run(n plan.Node) ([]types.Row, error) {
	if rows, ok := ev.memo[n]; ok {
		return rows, nil
	}
	var ins [][]types.Row
	for _, in := range n.Inputs() {
		rows, err := ev.run(in)
		if err != nil {
			return nil, err
		}
		ins = append(ins, rows)
	}
	rows, err := ev.node(n, ins)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if len(r) != len(n.Schema()) {
			return nil, fmt.Errorf("%T gives %d columns instead of %d", n, len(r), len(n.Schema()))
		}
	}
	ev.memo[n] = rows
	return rows, nil
}

func (ev *evaluator) node(n plan.Node, in [][]types.Row) ([]types.Row, error) {
	switch n := n.(type) {
	case *plan.Scan:
		return ev.scan(n)
	case *plan.Values:
		return ev.each(make([]types.Row, len(n.Rows)), func(i int, _ types.Row) ([]types.Row, error) {
			r, err := ev.exprs(n.Rows[i], nil)
			return []types.Row{r}, err
		})
	case *plan.Filter:
		return ev.each(in[0], func(_ int, r types.Row) ([]types.Row, error) {
			ok, err := ev.holds(n.Pred, r)
			if !ok || err != nil {
				return nil, err
			}
			return []types.Row{r}, nil
		})
	case *plan.Project:
		return ev.each(in[0], func(_ int, r types.Row) ([]types.Row, error) {
			out, err := ev.exprs(n.Exprs, r)
			return []types.Row{out}, err
		})
	case *plan.Join:
		return ev.join(n, in[0], in[1])
	case *plan.Aggregate:
		return ev.aggregate(n, in[0])
	case *plan.Union:
		return slices.Concat(in...), nil
	case *plan.SetOp:
		return setOpRows(n, in[0], in[1]), nil
	case *plan.TableFunc:
		return ev.tableFunc(n, in[0])
	case *plan.SingleRow:
		return in[0], singleRows(n, in[0])
	case *plan.Sort:
		rows := slices.Clone(in[0])
		slices.SortStableFunc(rows, func(a, b types.Row) int { return compareBy(n.Input.Schema(), n.Keys, a, b) })
		return rows, nil
	case *plan.Limit:
		return ev.limit(n, in[0])
	}
	return nil, fmt.Errorf("%T", n)
}

func (ev *evaluator) each(rows []types.Row, f func(int, types.Row) ([]types.Row, error)) ([]types.Row, error) {
	var out []types.Row
	for i, r := range rows {
		got, err := f(i, r)
		if err != nil {
			return nil, err
		}
		out = append(out, got...)
	}
	return out, nil
}

func (ev *evaluator) exprs(es []expr.Expr, r types.Row) (types.Row, error) {
	out := make(types.Row, len(es))
	for i, e := range es {
		d, err := expr.EvalRow(ev.ctx, e, r)
		if err != nil {
			return nil, err
		}
		out[i] = d
	}
	return out, nil
}

func (ev *evaluator) holds(e expr.Expr, r types.Row) (bool, error) {
	if e == nil {
		return true, nil
	}
	d, err := expr.EvalRow(ev.ctx, e, r)
	return !d.IsNull() && d.Bool(), err
}

func (ev *evaluator) scan(n *plan.Scan) ([]types.Row, error) {
	var out []types.Row
	for _, r := range ev.tables[n.Relation] {
		row := make(types.Row, len(n.Columns))
		for i, c := range n.Columns {
			row[i] = r[c]
		}
		same := true
		for i, e := range n.Eq {
			d, err := expr.EvalConst(ev.ctx, e)
			if err != nil {
				return nil, err
			}
			t := n.Out[n.Key[i]].Type
			same = same && key(t, d) == key(t, row[n.Key[i]])
		}
		if same {
			out = append(out, row)
		}
	}
	return out, nil
}

func key(t types.Type, d types.Datum) string { return string(types.AppendKeyDatum(nil, t, d)) }

func rowKey(s types.Schema, cols []int, r types.Row) string {
	k := ""
	for _, c := range cols {
		k += key(s[c].Type, r[c]) + "|"
	}
	return k
}

func (ev *evaluator) matches(n *plan.Join, l, r types.Row) (bool, error) {
	ls, rs := n.Left.Schema(), n.Right.Schema()
	for i, lk := range n.LeftKeys {
		rk := n.RightKeys[i]
		if ls[lk].Type.OID != rs[rk].Type.OID {
			return false, fmt.Errorf("join keys of types %s and %s", ls[lk].Type, rs[rk].Type)
		}
		if (l[lk].IsNull() || r[rk].IsNull()) && !n.NullSafe[i] {
			return false, nil
		}
		if key(ls[lk].Type, l[lk]) != key(rs[rk].Type, r[rk]) {
			return false, nil
		}
	}
	return ev.holds(n.Residual, slices.Concat(l, r))
}

func (ev *evaluator) join(n *plan.Join, ls, rs []types.Row) ([]types.Row, error) {
	var out []types.Row
	hit := make([]bool, len(rs))
	for _, l := range ls {
		found := false
		for j, r := range rs {
			ok, err := ev.matches(n, l, r)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
			found, hit[j] = true, true
			if n.Kind != plan.Semi && n.Kind != plan.Anti {
				out = append(out, slices.Concat(l, r))
			}
		}
		switch {
		case n.Kind == plan.Semi && found, n.Kind == plan.Anti && !found:
			out = append(out, l)
		case !found && (n.Kind == plan.Left || n.Kind == plan.Full):
			out = append(out, slices.Concat(l, make(types.Row, len(n.Right.Schema()))))
		}
	}
	if n.Kind == plan.Full {
		for j, r := range rs {
			if !hit[j] {
				out = append(out, slices.Concat(make(types.Row, len(n.Left.Schema())), r))
			}
		}
	}
	return out, nil
}

func (ev *evaluator) aggregate(n *plan.Aggregate, rows []types.Row) ([]types.Row, error) {
	groups := map[string][]types.Row{}
	var order []string
	s := n.Input.Schema()
	for _, r := range rows {
		k := rowKey(s, n.Keys, r)
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], r)
	}
	if n.Global && len(order) == 0 {
		order = append(order, "")
	}
	var out []types.Row
	for _, k := range order {
		row := make(types.Row, 0, len(n.Out))
		for _, c := range n.Keys {
			row = append(row, groups[k][0][c])
		}
		for i := range n.Aggs {
			d, err := ev.agg(&n.Aggs[i], groups[k])
			if err != nil {
				return nil, err
			}
			row = append(row, d)
		}
		out = append(out, row)
	}
	return out, nil
}

// agg computes one aggregate over a group.
func (ev *evaluator) agg(c *expr.AggCall, rows []types.Row) (types.Datum, error) {
	args, err := ev.aggRows(c, rows)
	if err != nil {
		return types.Datum{}, err
	}
	if c.Fn.NewLinear == nil {
		return c.Fn.Collect(ev.ctx, c, func(yield func(types.Row, int64) bool) {
			for _, a := range args {
				if !yield(a, 1) {
					return
				}
			}
		})
	}
	acc := c.Fn.NewLinear(c)
	slots := types.NewSlots(acc.Words())
	id := slots.Alloc()
	vecs := make([]*types.Vec, len(c.Args))
	ids, which := make([]uint32, len(args)), make([]int32, len(args))
	for i := range vecs {
		vecs[i] = types.NewVec(c.Args[i].Type(), len(args))
		for _, a := range args {
			vecs[i].AppendDatum(a[i])
		}
	}
	for i := range args {
		ids[i], which[i] = id, int32(i)
	}
	ctx := *ev.ctx
	ctx.Errs = nil
	var records types.Records
	records.Locate(slots, ids)
	acc.Add(&ctx, &records, 0, vecs, which, nil)
	out := types.NewVec(c.T, 1)
	acc.Result(&ctx, slots, 0, []uint32{id}, out)
	if len(ctx.Errs) > 0 {
		return types.Datum{}, ctx.Errs[0].Err
	}
	return out.Datum(0), nil
}

// aggRows are the argument rows that take part, in the aggregate's order.
func (ev *evaluator) aggRows(c *expr.AggCall, rows []types.Row) ([]types.Row, error) {
	type entry struct{ args, keys types.Row }
	var all []entry
	seen := map[string]bool{}
	for _, r := range rows {
		if ok, err := ev.holds(c.Filter, r); err != nil || !ok {
			if err != nil {
				return nil, err
			}
			continue
		}
		args, err := ev.exprs(c.Args, r)
		if err != nil {
			return nil, err
		}
		if c.Fn.SkipNulls && len(args) > 0 && args[0].IsNull() {
			continue
		}
		k := ""
		for i, a := range args {
			k += key(c.Args[i].Type(), a) + "|"
		}
		if c.Distinct && seen[k] {
			continue
		}
		seen[k] = true
		e := entry{args: args}
		for _, o := range c.Order {
			d, err := expr.EvalRow(ev.ctx, o.Expr, r)
			if err != nil {
				return nil, err
			}
			e.keys = append(e.keys, d)
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b entry) int {
		for i, o := range c.Order {
			if v := compareOne(o.Expr.Type(), a.keys[i], b.keys[i], o.Desc, o.NullsFirst); v != 0 {
				return v
			}
		}
		for i := range a.args {
			if v := compareOne(c.Args[i].Type(), a.args[i], b.args[i], c.Fn.Desc, false); v != 0 {
				return v
			}
		}
		return 0
	})
	out := make([]types.Row, len(all))
	for i, e := range all {
		out[i] = e.args
	}
	return out, nil
}

func compareOne(t types.Type, a, b types.Datum, desc, nullsFirst bool) int {
	if a.IsNull() || b.IsNull() {
		switch {
		case a.IsNull() && b.IsNull():
			return 0
		case a.IsNull() == nullsFirst:
			return -1
		}
		return 1
	}
	v := types.Compare(t, a, b)
	if desc {
		return -v
	}
	return v
}

func compareBy(s types.Schema, keys []plan.SortKey, a, b types.Row) int {
	for _, k := range keys {
		if v := compareOne(s[k.Column].Type, a[k.Column], b[k.Column], k.Desc, k.NullsFirst); v != 0 {
			return v
		}
	}
	return 0
}

func setOpRows(n *plan.SetOp, ls, rs []types.Row) []types.Row {
	all := make([]int, len(n.Out))
	for i := range all {
		all[i] = i
	}
	right := map[string]int{}
	for _, r := range rs {
		right[rowKey(n.Out, all, r)]++
	}
	emitted := map[string]bool{}
	var out []types.Row
	for _, l := range ls {
		k := rowKey(n.Out, all, l)
		has := right[k] > 0
		if n.All {
			right[k]--
		} else if emitted[k] {
			continue
		}
		if has != n.Except {
			emitted[k] = true
			out = append(out, l)
		}
	}
	return out
}

func singleRows(n *plan.SingleRow, rows []types.Row) error {
	seen := map[string]bool{}
	for _, r := range rows {
		k := rowKey(n.Schema(), n.Keys, r)
		if seen[k] {
			return pgerr.New(pgerr.CardinalityViolation, "more than one row returned by a subquery used as an expression")
		}
		seen[k] = true
	}
	return nil
}

func (ev *evaluator) tableFunc(n *plan.TableFunc, rows []types.Row) ([]types.Row, error) {
	return ev.each(rows, func(_ int, r types.Row) ([]types.Row, error) {
		var parts [][]types.Row
		longest := 0
		for _, f := range n.Funcs {
			got, err := ev.callSet(f, r)
			if err != nil {
				return nil, err
			}
			parts = append(parts, got)
			longest = max(longest, len(got))
		}
		if longest == 0 && n.Outer {
			return []types.Row{slices.Concat(r, make(types.Row, len(n.Out)-len(r)))}, nil
		}
		var out []types.Row
		for i := range longest {
			row := slices.Clone(r)
			for k, f := range n.Funcs {
				if i < len(parts[k]) {
					row = append(row, parts[k][i]...)
				} else {
					row = append(row, make(types.Row, len(f.Cols))...)
				}
			}
			if n.Ordinality {
				row = append(row, types.NewInt64(int64(i+1)))
			}
			out = append(out, row)
		}
		return out, nil
	})
}

func (ev *evaluator) callSet(f plan.SetCall, r types.Row) ([]types.Row, error) {
	args, err := ev.exprs(f.Args, r)
	if err != nil {
		return nil, err
	}
	if !f.Fn.NotStrict && slices.ContainsFunc(args, types.Datum.IsNull) {
		return nil, nil
	}
	var out []types.Row
	err = f.Fn.Rows(ev.ctx, args, func(row types.Row) bool {
		out = append(out, slices.Clone(row))
		return true
	})
	return out, err
}

func (ev *evaluator) limit(n *plan.Limit, rows []types.Row) ([]types.Row, error) {
	var out []types.Row
	for len(rows) > 0 {
		size := 1
		for size < len(rows) && sameKeys(n.Schema(), n.Keys, rows[0], rows[size]) {
			size++
		}
		cut, err := ev.limitGroup(n, rows[:size])
		if err != nil {
			return nil, err
		}
		out, rows = append(out, cut...), rows[size:]
	}
	return out, nil
}

func sameKeys(s types.Schema, keys []int, a, b types.Row) bool {
	for _, k := range keys {
		if compareBy(s, []plan.SortKey{{Column: k}}, a, b) != 0 {
			return false
		}
	}
	return true
}

func (ev *evaluator) limitGroup(n *plan.Limit, rows []types.Row) ([]types.Row, error) {
	bound := func(e expr.Expr, otherwise int) (int, error) {
		if e == nil {
			return otherwise, nil
		}
		d, err := expr.EvalRow(ev.ctx, e, rows[0])
		if err != nil || d.IsNull() {
			return otherwise, err
		}
		return int(d.Int()), nil
	}
	from, err := bound(n.Offset, 0)
	if err != nil {
		return nil, err
	}
	count, err := bound(n.Count, len(rows))
	if err != nil {
		return nil, err
	}
	from = min(from, len(rows))
	to := min(from+count, len(rows))
	if sort, ok := n.Input.(*plan.Sort); ok && n.WithTies && to > from {
		for to < len(rows) && compareBy(n.Schema(), sort.Keys, rows[to-1], rows[to]) == 0 {
			to++
		}
	}
	return rows[from:to], nil
}
