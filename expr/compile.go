package expr

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// compile builds the node for e.
func compile(e Expr) (node, error) {
	switch e := e.(type) {
	case *Col:
		return &colNode{e.Index}, nil
	case *Const:
		return &constNode{d: e.D, t: e.T}, nil
	case *Call:
		return compileCall(e)
	case *Cast:
		return compileCast(e)
	case *And:
		return compileLogic(e.Args, 0)
	case *Or:
		return compileLogic(e.Args, 1)
	case *Not:
		return compileUnary(e.Arg, notKernel)
	case *IsNull:
		if e.Arg.Type().OID == types.Record.OID {
			return compileRecordIsNull(e)
		}
		return compileIsNull(e)
	case *Row:
		return compileRow(e)
	case *BoolTest:
		return compileBoolTest(e)
	case *DistinctFrom:
		return compileDistinct(e)
	case *Case:
		return compileCase(e)
	case *Coalesce:
		kids, err := compileAll(e.Args)
		return &coalesceNode{args: kids, mix: mix{t: e.T}}, err
	case *MinMax:
		return compileMinMax(e)
	case *NullIf:
		return compileNullIf(e)
	case *In:
		return compileIn(e)
	case *AnyAll:
		return compileAnyAll(e)
	case *Array:
		return compileArray(e)
	case *Subscript:
		return compileSubscript(e)
	case *Slice:
		return compileSlice(e)
	case *Param:
		return nil, pgerr.Internal("parameter $%d was not bound", e.N)
	}
	return nil, pgerr.Internal("%T reached the expression compiler", e)
}

func compileAll(es []Expr) ([]node, error) {
	ns := make([]node, len(es))
	for i, e := range es {
		n, err := compile(e)
		if err != nil {
			return nil, err
		}
		ns[i] = n
	}
	return ns, nil
}

// colNode reads a column.
type colNode struct{ index int }

func (x *colNode) eval(_ *Ctx, f *frame, _ []int32) *types.Vec { return f.cols[x.index] }

// constNode is a value; its vector is kept from batch to batch.
type constNode struct {
	d    types.Datum
	t    types.Type
	full *types.Vec
	view types.Vec
}

func (x *constNode) eval(_ *Ctx, f *frame, _ []int32) *types.Vec {
	if x.full == nil {
		x.full = types.NewVec(x.t, f.n)
	}
	for x.full.N < f.n {
		x.full.AppendDatum(x.d)
	}
	x.view = *x.full
	x.view.N = f.n
	if x.view.Kind == types.KindBytes {
		x.view.Off = x.full.Off[:f.n+1]
	}
	return &x.view
}

// vecNode returns a vector that its owner has set: a value computed once for several uses.
type vecNode struct{ v *types.Vec }

func (x *vecNode) eval(*Ctx, *frame, []int32) *types.Vec { return x.v }

// callNode applies a kernel.
type callNode struct {
	kernel Kernel
	args   []node
	strict bool
	total  bool // the kernel may run on rows with NULL arguments
	vecs   []*types.Vec
	out    scratch
	res    Out // of a kernel's run
	sel    []int32
}

// scratch is a result vector with its buffers kept from batch to batch.
type scratch struct {
	t     types.Type
	v     types.Vec
	valid []uint64
}

// begin makes the vector ready for n rows: valid slots, or no rows yet for KindBytes.
func (s *scratch) begin(n int) *types.Vec {
	s.v.Init(s.t, n)
	if s.v.Kind != types.KindBytes {
		s.v.Resize(n)
	}
	return &s.v
}

// finish fills the vector up to n rows and makes NULL the rows at which an argument is.
func (s *scratch) finish(n int, args []*types.Vec) {
	if s.v.N < n {
		s.v.Resize(n)
	}
	for _, a := range args {
		if a == nil || a.Valid == nil {
			continue
		}
		if s.v.Valid == nil {
			s.valid = append(s.valid[:0], a.Valid[:(n+63)/64]...)
			s.v.Valid = s.valid
			continue
		}
		for i := range s.v.Valid {
			s.v.Valid[i] &= a.Valid[i]
		}
	}
}

func compileCall(e *Call) (node, error) {
	if e.Fn.Set {
		return nil, pgerr.Internal("set-returning function %s in a scalar expression", e.Fn.Name)
	}
	if e.Fn.Kernel == nil && e.Fn.Special == nil {
		return nil, pgerr.Internal("function %s has no body", e.Fn.Sig())
	}
	if !e.Fn.NotStrict && anyNullConst(e.Args) {
		return &constNode{t: e.T}, nil
	}
	if e.Spread {
		return compileSpread(e)
	}
	for _, fused := range []func(*Call) (node, error){compileScale, compileModEquals} {
		if n, err := fused(e); n != nil || err != nil {
			return n, err
		}
	}
	args, err := compileAll(e.Args)
	if err != nil {
		return nil, err
	}
	x := &callNode{
		kernel: e.Fn.Kernel, args: args, strict: !e.Fn.NotStrict, total: e.Fn.Total,
		vecs: make([]*types.Vec, len(args)), out: scratch{t: e.T},
	}
	if e.Fn.Special != nil {
		x.specialise(e)
	}
	return x, nil
}

// specialise lets the function build a kernel for its constant arguments, which are then
// not spread out into vectors.
func (x *callNode) specialise(e *Call) {
	k := e.Fn.Special(e.Args)
	if k == nil {
		return
	}
	x.kernel = k
	for i, a := range e.Args {
		if _, ok := a.(*Const); ok {
			x.args[i] = nil
		}
	}
}

func anyNullConst(es []Expr) bool {
	for _, e := range es {
		if c, ok := e.(*Const); ok && c.D.IsNull() {
			return true
		}
	}
	return false
}

func (x *callNode) eval(c *Ctx, f *frame, sel []int32) *types.Vec {
	for i, a := range x.args {
		if a != nil {
			x.vecs[i] = a.eval(c, f, sel)
		}
	}
	run := sel
	if x.strict && !x.total {
		run = x.nonNull(sel, f.n)
	}
	x.res.V = x.out.begin(f.n)
	if run == nil || len(run) > 0 {
		x.kernel(c, x.vecs, run, f.n, &x.res)
	}
	if x.strict {
		x.out.finish(f.n, x.vecs)
	} else {
		x.out.finish(f.n, nil)
	}
	return &x.out.v
}

// nonNull lists the rows of sel at which no argument is NULL; sel itself if that is all.
func (x *callNode) nonNull(sel []int32, n int) []int32 {
	nulls := x.vecs[:0:0]
	for _, v := range x.vecs {
		if v != nil && v.Valid != nil {
			nulls = append(nulls, v)
		}
	}
	for k, v := range nulls {
		if k > 0 {
			x.sel = keepValid(v, x.sel, x.sel[:0])
			continue
		}
		if sel == nil {
			x.sel = validRows(v, n, x.sel[:0])
		} else {
			x.sel = keepValid(v, sel, x.sel[:0])
		}
	}
	if len(nulls) == 0 {
		return sel
	}
	if x.sel == nil {
		x.sel = make([]int32, 0, 8)
	}
	return x.sel
}

func keepValid(v *types.Vec, sel, dst []int32) []int32 {
	for _, i := range sel {
		if v.Valid[i>>6]>>(i&63)&1 != 0 {
			dst = append(dst, i)
		}
	}
	return dst
}

func validRows(v *types.Vec, n int, dst []int32) []int32 {
	for i := range n {
		if v.Valid[i>>6]>>(i&63)&1 != 0 {
			dst = append(dst, int32(i))
		}
	}
	return dst
}

// compileUnary applies a strict total kernel boolean → boolean.
func compileUnary(arg Expr, k Kernel) (node, error) {
	a, err := compile(arg)
	if err != nil {
		return nil, err
	}
	return &callNode{
		kernel: k, args: []node{a}, strict: true, total: true,
		vecs: make([]*types.Vec, 1), out: scratch{t: types.Bool},
	}, nil
}
