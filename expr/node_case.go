package expr

import "streamdb/types"

// mix assembles a result from several vectors, one of which is chosen per row.
type mix struct {
	t     types.Type
	vecs  []*types.Vec
	which []int16 // per row: index into vecs, −1 for NULL
	out   scratch
}

// begin forgets the choices; every row is NULL.
func (m *mix) begin(n int) {
	m.vecs = m.vecs[:0]
	if cap(m.which) < n {
		m.which = make([]int16, n)
	}
	m.which = m.which[:n]
	for i := range m.which {
		m.which[i] = -1
	}
}

// take chooses v for the rows of sel.
func (m *mix) take(v *types.Vec, sel []int32, n int) {
	k := int16(len(m.vecs))
	m.vecs = append(m.vecs, v)
	if sel == nil {
		for i := range n {
			m.which[i] = k
		}
		return
	}
	for _, i := range sel {
		m.which[i] = k
	}
}

// result copies the chosen rows together.
func (m *mix) result(sel []int32, n int) *types.Vec {
	m.out.t = m.t
	out := Out{m.out.begin(n)}
	if out.V.Kind != types.KindNumeric && m.mixFixed(out.V, sel, n) {
		return out.V
	}
	for i := range eachRow(sel, n) {
		if k := m.which[i]; k >= 0 {
			out.From(i, m.vecs[k])
		} else {
			out.Null(i)
		}
	}
	m.out.finish(n, nil)
	return &m.out.v
}

// mixFixed is result for kinds whose values are their slots.
func (m *mix) mixFixed(out *types.Vec, sel []int32, n int) bool {
	switch out.Kind.Width() {
	case 1:
		mixSlots[uint8](m, out, sel, n)
	case 2:
		mixSlots[uint16](m, out, sel, n)
	case 4:
		mixSlots[uint32](m, out, sel, n)
	case 8:
		mixSlots[uint64](m, out, sel, n)
	case 16:
		mixSlots[[2]uint64](m, out, sel, n)
	default:
		return false
	}
	return true
}

func mixSlots[T any](m *mix, out *types.Vec, sel []int32, n int) {
	srcs := make([][]T, len(m.vecs))
	for k, v := range m.vecs {
		srcs[k] = types.Fixed[T](v)
	}
	dst := types.Fixed[T](out)
	for i := range eachRow(sel, n) {
		k := m.which[i]
		if k < 0 || m.vecs[k].IsNull(i) {
			var zero T
			dst[i] = zero
			out.SetNull(i)
			continue
		}
		dst[i] = srcs[k][i]
	}
}

// caseNode is a searched CASE.
type caseNode struct {
	mix
	conds, thens []node
	other        node // nil: NULL
	taken, rest  [][]int32
}

func compileCase(e *Case) (node, error) {
	x := &caseNode{mix: mix{t: e.T}}
	for _, w := range e.Whens {
		kids, err := compileAll([]Expr{w.Cond, w.Then})
		if err != nil {
			return nil, err
		}
		x.conds, x.thens = append(x.conds, kids[0]), append(x.thens, kids[1])
	}
	x.taken, x.rest = make([][]int32, len(x.conds)), make([][]int32, len(x.conds))
	if e.Else == nil {
		return x, nil
	}
	var err error
	x.other, err = compile(e.Else)
	return x, err
}

func (x *caseNode) eval(c *Ctx, f *frame, sel []int32) *types.Vec {
	x.begin(f.n)
	run := sel
	for k, cond := range x.conds {
		v := cond.eval(c, f, run)
		x.taken[k] = selectTrue(v, run, f.n, x.taken[k])
		if len(x.taken[k]) > 0 {
			x.take(x.thens[k].eval(c, f, x.taken[k]), x.taken[k], f.n)
		}
		x.rest[k] = without(run, f.n, x.taken[k], x.rest[k][:0])
		run = x.rest[k]
		if len(run) == 0 {
			return x.result(sel, f.n)
		}
	}
	if x.other != nil {
		x.take(x.other.eval(c, f, run), run, f.n)
	}
	return x.result(sel, f.n)
}

// without lists the rows of sel that are not in gone, an ascending part of it.
func without(sel []int32, n int, gone, dst []int32) []int32 {
	if dst == nil {
		dst = make([]int32, 0, 16)
	}
	k := 0
	for i := range eachRow(sel, n) {
		if k < len(gone) && int(gone[k]) == i {
			k++
			continue
		}
		dst = append(dst, int32(i))
	}
	return dst
}

// coalesceNode is COALESCE.
type coalesceNode struct {
	mix
	args []node
	sels [2][]int32
}

func (x *coalesceNode) eval(c *Ctx, f *frame, sel []int32) *types.Vec {
	x.begin(f.n)
	run := sel
	for k, a := range x.args {
		v := a.eval(c, f, run)
		if k == 0 && v.Valid == nil {
			return v
		}
		x.take(v, run, f.n)
		if v.Valid == nil {
			break
		}
		next := x.sels[k&1][:0]
		if next == nil {
			next = make([]int32, 0, 16)
		}
		for _, r := range listed(run, f.n) {
			i := int(r)
			if v.IsNull(i) {
				next = append(next, int32(i))
			}
		}
		x.sels[k&1], run = next, next
		if len(run) == 0 {
			break
		}
	}
	return x.result(sel, f.n)
}

// minMaxNode is GREATEST or LEAST.
type minMaxNode struct {
	mix
	args     []node
	less     *callNode
	lv, rv   vecNode
	greatest bool
	best     scratch
}

func compileMinMax(e *MinMax) (node, error) {
	args, err := compileAll(e.Args)
	if err != nil {
		return nil, err
	}
	fn, err := LessOp(e.T)
	if err != nil {
		return nil, err
	}
	x := &minMaxNode{args: args, greatest: e.Greatest, mix: mix{t: e.T}}
	x.less = applyTo(fn, types.Bool, &x.lv, &x.rv)
	return x, nil
}

func (x *minMaxNode) eval(c *Ctx, f *frame, sel []int32) *types.Vec {
	best := x.args[0].eval(c, f, sel)
	for _, a := range x.args[1:] {
		v := a.eval(c, f, sel)
		x.lv.v, x.rv.v = v, best
		if x.greatest {
			x.lv.v, x.rv.v = best, v
		}
		better := x.less.eval(c, f, sel)
		bs := better.Bools()
		x.begin(f.n)
		x.vecs = append(x.vecs, best, v)
		for _, r := range listed(sel, f.n) {
			i := int(r)
			switch {
			case best.IsNull(i):
				x.which[i] = 1
			case !v.IsNull(i) && bs[i]&1 != 0:
				x.which[i] = 1
			default:
				x.which[i] = 0
			}
		}
		best = x.keep(x.result(sel, f.n))
	}
	return best
}

// keep moves the result out of the way of the next round, which reads it while writing.
func (x *minMaxNode) keep(*types.Vec) *types.Vec {
	x.best, x.out = x.out, x.best
	return &x.best.v
}

// nullIfNode is NULLIF.
type nullIfNode struct {
	mix
	l  node
	eq *callNode
	lv vecNode
}

func compileNullIf(e *NullIf) (node, error) {
	l, err := compile(e.L)
	if err != nil {
		return nil, err
	}
	x := &nullIfNode{l: l, mix: mix{t: e.T}}
	left, err := coerceNode(&x.lv, e.L.Type(), e.Eq.Args[0])
	if err != nil {
		return nil, err
	}
	r, err := compile(e.R)
	if err != nil {
		return nil, err
	}
	x.eq = applyTo(e.Eq, types.Bool, left, r)
	return x, nil
}

func (x *nullIfNode) eval(c *Ctx, f *frame, sel []int32) *types.Vec {
	v := x.l.eval(c, f, sel)
	x.lv.v = v
	eq := x.eq.eval(c, f, sel)
	bs := eq.Bools()
	x.begin(f.n)
	x.vecs = append(x.vecs, v)
	for _, r := range listed(sel, f.n) {
		i := int(r)
		if eq.IsNull(i) || bs[i]&1 == 0 {
			x.which[i] = 0
		}
	}
	return x.result(sel, f.n)
}
