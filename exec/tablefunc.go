package exec

import (
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
)

// tableFunc applies set-returning functions to each row.
//
//	d(F A) = F dA
type tableFunc struct {
	stateless
	env   *Env
	node  *plan.TableFunc
	calls []setCall
	out   batcher
	sel   []int32
}

type setCall struct {
	fn    *expr.Func
	progs []*expr.Program
	args  []*types.Vec
	width int
	rows  []types.Row
}

func newTableFunc(env *Env, n *plan.TableFunc) (*tableFunc, error) {
	t := &tableFunc{env: env, node: n, out: newBatcher(n.Out.Types())}
	for _, f := range n.Funcs {
		progs, err := compileAll(f.Args)
		if err != nil {
			return nil, err
		}
		t.calls = append(t.calls, setCall{
			fn: f.Fn, progs: progs, args: make([]*types.Vec, len(progs)), width: len(f.Cols),
		})
	}
	return t, nil
}

// Process emits, for each row, the row beside each result row.
func (t *tableFunc) Process(_ int, b *types.Batch, out Emit) error {
	t.env.Expr.Reset()
	for i := range t.calls {
		c := &t.calls[i]
		for k, p := range c.progs {
			c.args[k] = p.Eval(t.env.Expr, b)
		}
	}
	sel, err := t.env.dropFailed(b, &t.sel)
	if err != nil {
		return err
	}
	in := types.Batch{N: b.N, Cols: b.Cols, W: b.W, Sel: sel}
	for k := range in.Len() {
		if err := t.row(&in, in.Row(k), out); err != nil {
			return err
		}
	}
	return t.out.flush(out)
}

// row emits the results of one input row.
func (t *tableFunc) row(b *types.Batch, row int, out Emit) error {
	longest := 0
	for i := range t.calls {
		c := &t.calls[i]
		if err := t.call(c, row); err != nil {
			t.env.Expr.Reset()
			t.env.Expr.Fail(row, err)
			return t.env.report(b)
		}
		longest = max(longest, len(c.rows))
	}
	if longest == 0 && t.node.Outer {
		return t.emit(b, row, -1, out)
	}
	for n := range longest {
		if err := t.emit(b, row, n, out); err != nil {
			return err
		}
	}
	return nil
}

// call gathers the result rows of one function for one input row.
func (t *tableFunc) call(c *setCall, row int) error {
	c.rows = c.rows[:0]
	args := make(types.Row, len(c.args))
	for i, v := range c.args {
		args[i] = v.Datum(row)
		if args[i].IsNull() && !c.fn.NotStrict {
			return nil
		}
	}
	return c.fn.Rows(t.env.Expr, args, func(r types.Row) bool {
		c.rows = append(c.rows, append(types.Row(nil), r...))
		return len(c.rows)&1023 != 0 || t.env.interrupted() == nil
	})
}

// emit adds input row with the n-th result of each function; functions that gave fewer
// rows, and all for n = −1, give NULLs.
func (t *tableFunc) emit(b *types.Batch, row, n int, out Emit) error {
	o := t.out.b
	for k, v := range b.Cols {
		o.Cols[k].AppendFrom(v, row)
	}
	at := len(b.Cols)
	for i := range t.calls {
		c := &t.calls[i]
		for k := range c.width {
			if n >= 0 && n < len(c.rows) {
				o.Cols[at].AppendDatum(c.rows[n][k])
			} else {
				o.Cols[at].AppendNull()
			}
			at++
		}
	}
	if t.node.Ordinality {
		if n < 0 {
			o.Cols[at].AppendNull()
		} else {
			o.Cols[at].AppendDatum(types.NewInt64(int64(n) + 1))
		}
	}
	addWeight(o, b.Weight(row))
	return t.out.full(out)
}
