package expr

import "streamdb/types"

func notKernel(_ *Ctx, args []*types.Vec, _ []int32, _ int, out *Out) {
	src, dst := args[0].Bools(), out.V.Bools()
	for i, b := range src {
		dst[i] = b&1 ^ 1
	}
}

// logicNode is AND (stop = 0) or OR (stop = 1): the first operand that equals stop decides
// a row, and later operands are not evaluated for it.
type logicNode struct {
	args []node
	stop uint8
	out  scratch
	sel  []int32
}

func compileLogic(args []Expr, stop uint8) (node, error) {
	kids, err := compileAll(args)
	return &logicNode{args: kids, stop: stop, out: scratch{t: types.Bool}}, err
}

func (x *logicNode) eval(c *Ctx, f *frame, sel []int32) *types.Vec {
	out := x.out.begin(f.n)
	dst := out.Bools()
	run := sel
	for k, a := range x.args {
		v := a.eval(c, f, run)
		if k == 0 {
			copy(dst, v.Bools())
			if v.Valid != nil {
				x.out.finish(f.n, []*types.Vec{v})
			}
		} else {
			x.merge(v, run)
		}
		if k+1 == len(x.args) {
			break
		}
		run = x.undecided(run, f.n)
		if len(run) == 0 {
			break
		}
	}
	return out
}

// undecided lists the rows of sel that are not stop yet. It may write over sel.
func (x *logicNode) undecided(sel []int32, n int) []int32 {
	v := &x.out.v
	bs := v.Bools()
	dst := x.sel[:0]
	if sel == nil {
		for i := range n {
			if bs[i]&1 != x.stop || v.IsNull(i) {
				dst = append(dst, int32(i))
			}
		}
	} else {
		for _, i := range sel {
			if bs[i]&1 != x.stop || v.IsNull(int(i)) {
				dst = append(dst, i)
			}
		}
	}
	x.sel = dst
	return dst
}

// merge folds operand v into the rows of sel, which are NULL or not stop.
func (x *logicNode) merge(v *types.Vec, sel []int32) {
	out := &x.out.v
	dst, src := out.Bools(), v.Bools()
	for _, i := range sel {
		switch {
		case v.IsNull(int(i)):
			out.SetNull(int(i))
		case src[i]&1 == x.stop:
			dst[i] = x.stop
			out.SetValid(int(i))
		}
	}
}

// testNode is IS [NOT] NULL and the boolean tests: never NULL itself.
type testNode struct {
	arg  node
	test func(v *types.Vec, sel []int32, n int, dst []uint8)
	out  scratch
}

func (x *testNode) eval(c *Ctx, f *frame, sel []int32) *types.Vec {
	v := x.arg.eval(c, f, sel)
	out := x.out.begin(f.n)
	x.test(v, sel, f.n, out.Bools())
	return out
}

func compileIsNull(e *IsNull) (node, error) {
	arg, err := compile(e.Arg)
	flip := uint8(0)
	if e.Negate {
		flip = 1
	}
	test := func(v *types.Vec, _ []int32, n int, dst []uint8) {
		if v.Valid == nil {
			for i := range dst {
				dst[i] = flip
			}
			return
		}
		for i := range n {
			dst[i] = uint8(v.Valid[i>>6]>>(i&63)&1) ^ 1 ^ flip
		}
	}
	return &testNode{arg: arg, test: test, out: scratch{t: types.Bool}}, err
}

func compileBoolTest(e *BoolTest) (node, error) {
	if e.Value.IsNull() {
		return compileIsNull(&IsNull{Arg: e.Arg, Negate: e.Negate})
	}
	arg, err := compile(e.Arg)
	want := e.Value.Bool()
	test := func(v *types.Vec, _ []int32, n int, dst []uint8) {
		bs := v.Bools()
		for i := range n {
			is := !v.IsNull(i) && (bs[i]&1 != 0) == want
			dst[i] = b2u(is != e.Negate)
		}
	}
	return &testNode{arg: arg, test: test, out: scratch{t: types.Bool}}, err
}

func b2u(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// distinctNode is IS [NOT] DISTINCT FROM over the equality of both sides.
type distinctNode struct {
	l, r   node
	eq     *callNode
	lv, rv vecNode
	negate bool
	out    scratch
}

func compileDistinct(e *DistinctFrom) (node, error) {
	kids, err := compileAll([]Expr{e.L, e.R})
	if err != nil {
		return nil, err
	}
	x := &distinctNode{l: kids[0], r: kids[1], negate: e.Negate, out: scratch{t: types.Bool}}
	x.eq = applyTo(e.Eq, types.Bool, &x.lv, &x.rv)
	return x, nil
}

// applyTo is a strict call of fn over nodes.
func applyTo(fn *Func, t types.Type, args ...node) *callNode {
	return &callNode{
		kernel: fn.Kernel, args: args, strict: !fn.NotStrict, total: fn.Total,
		vecs: make([]*types.Vec, len(args)), out: scratch{t: t},
	}
}

func (x *distinctNode) eval(c *Ctx, f *frame, sel []int32) *types.Vec {
	x.lv.v, x.rv.v = x.l.eval(c, f, sel), x.r.eval(c, f, sel)
	eq := x.eq.eval(c, f, sel)
	out := x.out.begin(f.n)
	dst, bs := out.Bools(), eq.Bools()
	for _, r := range listed(sel, f.n) {
		i := int(r)
		ln, rn := x.lv.v.IsNull(i), x.rv.v.IsNull(i)
		same := ln && rn
		if !ln && !rn {
			same = bs[i]&1 != 0
		}
		dst[i] = b2u(same == x.negate)
	}
	return out
}
