package exec

import (
	"errors"

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
	// ordinal is the number of the row in hand, while results are streamed; else 0.
	ordinal int64
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
	if len(t.calls) == 1 {
		return t.stream(b, row, out)
	}
	longest := 0
	for i := range t.calls {
		c := &t.calls[i]
		if err := t.call(c, row); err != nil {
			return t.failed(b, row, err)
		}
		longest = max(longest, len(c.rows))
	}
	if longest == 0 && t.node.Outer {
		return t.emit(b, row, -1, b.Weight(row), out)
	}
	for n := range longest {
		if n&1023 == 1023 {
			if err := t.env.interrupted(); err != nil {
				return err
			}
		}
		if err := t.emit(b, row, n, b.Weight(row), out); err != nil {
			return err
		}
	}
	return nil
}

// failed moves a row to the error delta.
func (t *tableFunc) failed(b *types.Batch, row int, err error) error {
	if stop := t.env.interrupted(); stop != nil {
		return stop
	}
	t.env.Expr.Reset()
	t.env.Expr.Fail(row, err)
	return t.env.report(b)
}

// stream emits the results of the only function as they come, however many. If it fails
// on the way, what was emitted is taken back by running it again so far.
func (t *tableFunc) stream(b *types.Batch, row int, out Emit) error {
	c, w := &t.calls[0], b.Weight(row)
	c.rows = append(c.rows[:0], nil)
	n, limit := 0, -1
	var stop error
	run := func(w int64) error {
		n = 0
		return t.each(c, row, func(r types.Row) bool {
			if n == limit {
				return false
			}
			c.rows[0] = r
			t.ordinal = int64(n + 1)
			stop = t.emit(b, row, 0, w, out)
			if n++; stop == nil && n&1023 == 0 {
				stop = t.env.interrupted()
			}
			return stop == nil
		})
	}
	err := run(w)
	switch {
	case stop != nil:
		return stop
	case err != nil:
		limit = n
		_ = run(-w)
		return errors.Join(stop, t.failed(b, row, err))
	case n == 0 && t.node.Outer:
		return t.emit(b, row, -1, w, out)
	}
	return nil
}

// each calls emit with the result rows of one function for one input row.
func (t *tableFunc) each(c *setCall, row int, emit func(types.Row) bool) error {
	args := make(types.Row, len(c.args))
	for i, v := range c.args {
		args[i] = v.Datum(row)
		if args[i].IsNull() && !c.fn.NotStrict {
			return nil
		}
	}
	return c.fn.Rows(t.env.Expr, args, emit)
}

// call gathers the result rows of one function for one input row.
func (t *tableFunc) call(c *setCall, row int) error {
	c.rows = c.rows[:0]
	var stop error
	err := t.each(c, row, func(r types.Row) bool {
		c.rows = append(c.rows, append(types.Row(nil), r...))
		if len(c.rows)&1023 == 0 {
			stop = t.env.interrupted()
		}
		return stop == nil
	})
	if stop != nil {
		return stop
	}
	return err
}

// emit adds input row with the n-th result of each function; functions that gave fewer
// rows, and all for n = −1, give NULLs.
func (t *tableFunc) emit(b *types.Batch, row, n int, w int64, out Emit) error {
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
	if t.node.Ordinality && n < 0 {
		o.Cols[at].AppendNull()
	} else if t.node.Ordinality {
		o.Cols[at].AppendDatum(types.NewInt64(max(t.ordinal, int64(n)+1)))
	}
	addWeight(o, w)
	return t.out.full(out)
}
