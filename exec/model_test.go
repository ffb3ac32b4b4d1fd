package exec

import (
	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// model answers plans in plain Go, row by row, over whole relations. It shares nothing with
// the operators but the evaluation of expressions.
type model struct {
	inputs map[catalog.ID]bag
	errs   errorBag
	done   map[plan.Node]bag
}

// answer is what the plan computes over inputs, and the errors its rows raise.
func answer(n plan.Node, inputs map[catalog.ID]bag) (bag, errorBag) {
	m := &model{inputs: inputs, errs: errorBag{}, done: map[plan.Node]bag{}}
	return m.of(n), m.errs
}

func (m *model) of(n plan.Node) bag {
	b, ok := m.done[n]
	if !ok {
		b = m.compute(n)
		m.done[n] = b
	}
	return b
}

func (m *model) compute(n plan.Node) bag {
	out := bag{}
	switch n := n.(type) {
	case *plan.Scan:
		for _, x := range m.inputs[n.Relation] {
			r := make(types.Row, len(n.Columns))
			for i, c := range n.Columns {
				r[i] = x.row[c]
			}
			out.add(r, x.w)
		}
	case *plan.Values:
		for _, es := range n.Rows {
			if r, ok := m.project(es, nil, 1); ok {
				out.add(r, 1)
			}
		}
	case *plan.Filter:
		for _, x := range m.of(n.Input) {
			if d, ok := m.eval(n.Pred, x.row, x.w); ok && isTrue(d) {
				out.add(x.row, x.w)
			}
		}
	case *plan.Project:
		for _, x := range m.of(n.Input) {
			if r, ok := m.project(n.Exprs, x.row, x.w); ok {
				out.add(r, x.w)
			}
		}
	case *plan.Union:
		for _, in := range n.Ins {
			for _, x := range m.of(in) {
				out.add(x.row, x.w)
			}
		}
	case *plan.Join:
		m.join(n, out)
	case *plan.Aggregate:
		m.aggregate(n, out)
	case *plan.SetOp:
		m.setOp(n, out)
	case *plan.TableFunc:
		m.tableFunc(n, out)
	case *plan.SingleRow:
		m.singleRow(n, out)
	case *plan.Exchange:
		return m.of(n.Input)
	default:
		panic("no model of this node")
	}
	return out
}

// fail notes err with weight w.
func (m *model) fail(err error, w int64) {
	e := pgerr.From(err)
	m.errs.add(e.Code+" "+e.Message, w)
}

// eval computes e over a row; ok is false if it raises.
func (m *model) eval(e expr.Expr, r types.Row, w int64) (types.Datum, bool) {
	d, err := expr.EvalRow(expr.NewCtx(types.DefaultStyle(), 0), e, r)
	if err != nil {
		m.fail(err, w)
	}
	return d, err == nil
}

func (m *model) project(es []expr.Expr, r types.Row, w int64) (types.Row, bool) {
	out := make(types.Row, len(es))
	for i, e := range es {
		d, ok := m.eval(e, r, w)
		if !ok {
			return nil, false
		}
		out[i] = d
	}
	return out, true
}

func isTrue(d types.Datum) bool { return !d.IsNull() && d.Bool() }

// equalityKey is the same for rows that are SQL-equal in the given columns.
func equalityKey(s types.Schema, cols []int, r types.Row) string {
	var k []byte
	for _, c := range cols {
		k = types.AppendKeyDatum(k, s[c].Type, r[c])
	}
	return string(k)
}

func allColumns(s types.Schema) []int {
	cols := make([]int, len(s))
	for i := range cols {
		cols[i] = i
	}
	return cols
}

// join is a nested loop.
func (m *model) join(n *plan.Join, out bag) {
	left, right := m.of(n.Left), m.of(n.Right)
	nulls := func(w int) types.Row { return make(types.Row, w) }
	matched := map[*bagRow]bool{}
	for _, l := range left {
		for _, r := range right {
			if !m.keysMatch(n, l.row, r.row) {
				continue
			}
			both := append(append(types.Row{}, l.row...), r.row...)
			if n.Residual != nil {
				if d, ok := m.eval(n.Residual, both, l.w*r.w); !ok || !isTrue(d) {
					continue
				}
			}
			matched[l], matched[r] = true, true
			if n.Kind == plan.Inner || n.Kind == plan.Left || n.Kind == plan.Full {
				out.add(both, l.w*r.w)
			}
		}
	}
	for _, l := range left {
		switch {
		case n.Kind == plan.Semi && matched[l], n.Kind == plan.Anti && !matched[l]:
			out.add(l.row, l.w)
		case (n.Kind == plan.Left || n.Kind == plan.Full) && !matched[l]:
			out.add(append(append(types.Row{}, l.row...), nulls(len(n.Right.Schema()))...), l.w)
		}
	}
	for _, r := range right {
		if n.Kind == plan.Full && !matched[r] {
			out.add(append(nulls(len(n.Left.Schema())), r.row...), r.w)
		}
	}
}

func (m *model) keysMatch(n *plan.Join, l, r types.Row) bool {
	for i, c := range n.LeftKeys {
		a, b := l[c], r[n.RightKeys[i]]
		if a.IsNull() || b.IsNull() {
			if !n.NullSafe[i] || a.IsNull() != b.IsNull() {
				return false
			}
			continue
		}
		if types.Compare(n.Left.Schema()[c].Type, a, b) != 0 {
			return false
		}
	}
	return true
}

// setOp counts the copies of each row on both sides; a result shows the smallest image on
// the left.
func (m *model) setOp(n *plan.SetOp, out bag) {
	type counts struct {
		l, r int64
		min  *bagRow
	}
	s := n.Out
	byKey := map[string]*counts{}
	at := func(r types.Row) *counts {
		k := equalityKey(s, allColumns(s), r)
		if byKey[k] == nil {
			byKey[k] = &counts{}
		}
		return byKey[k]
	}
	for _, x := range m.of(n.Left).rows() {
		c := at(x.row)
		c.l += x.w
		if c.min == nil {
			c.min = x
		}
	}
	for _, x := range m.of(n.Right) {
		at(x.row).r += x.w
	}
	for _, c := range byKey {
		var w int64
		switch {
		case n.Except && n.All:
			w = max(c.l-c.r, 0)
		case n.Except && c.r == 0:
			w = min(c.l, 1)
		case !n.Except && n.All:
			w = min(c.l, c.r)
		case !n.Except:
			w = min(c.l, c.r, 1)
		}
		if w > 0 {
			out.add(c.min.row, w)
		}
	}
}

// tableFunc runs the functions for every row and zips what they give.
func (m *model) tableFunc(n *plan.TableFunc, out bag) {
	for _, x := range m.of(n.Input) {
		var lists [][]types.Row
		longest, failed := 0, false
		var argLists [][]types.Datum
		for _, f := range n.Funcs {
			args, ok := m.project(f.Args, x.row, x.w)
			if !ok {
				failed = true
				break
			}
			argLists = append(argLists, args)
		}
		for i := 0; i < len(n.Funcs) && !failed; i++ {
			rows, err := callSet(n.Funcs[i].Fn, argLists[i])
			if err != nil {
				m.fail(err, x.w)
				failed = true
				break
			}
			lists = append(lists, rows)
			longest = max(longest, len(rows))
		}
		if failed {
			continue
		}
		padded := longest == 0 && n.Outer
		if padded {
			longest = 1
		}
		for k := range longest {
			row := append(types.Row{}, x.row...)
			for i, f := range n.Funcs {
				if k < len(lists[i]) {
					row = append(row, lists[i][k]...)
				} else {
					row = append(row, make(types.Row, len(f.Cols))...)
				}
			}
			if n.Ordinality && padded {
				row = append(row, types.Datum{})
			} else if n.Ordinality {
				row = append(row, types.NewInt64(int64(k)+1))
			}
			out.add(row, x.w)
		}
	}
}

func callSet(f *expr.Func, args types.Row) (rows []types.Row, err error) {
	for _, a := range args {
		if a.IsNull() && !f.NotStrict {
			return nil, nil
		}
	}
	err = f.Rows(expr.NewCtx(types.DefaultStyle(), 0), args, func(r types.Row) bool {
		rows = append(rows, append(types.Row{}, r...))
		return true
	})
	return rows, err
}

// singleRow lets the rows of keys with one row through.
func (m *model) singleRow(n *plan.SingleRow, out bag) {
	count := map[string]int64{}
	in := m.of(n.Input)
	for _, x := range in {
		count[equalityKey(n.Schema(), n.Keys, x.row)] += x.w
	}
	for _, x := range in {
		if count[equalityKey(n.Schema(), n.Keys, x.row)] == 1 {
			out.add(x.row, 1)
		}
	}
	for _, c := range count {
		if c > 1 {
			m.errs.add("21000 more than one row returned by a subquery used as an expression", 1)
		}
	}
}
