package expr

import (
	"math"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// inSetNode is IN over constants that can be looked up by their key.
type inSetNode struct {
	arg     node
	ints    map[int64]struct{} // for integer kinds
	strs    map[string]struct{}
	hasNull bool
	negate  bool
	out     scratch
}

func compileIn(e *In) (node, error) {
	if n, err := compileInSet(e); n != nil || err != nil {
		return n, err
	}
	var arg vecNode
	left, err := coerceNode(&arg, e.Arg.Type(), e.Eq.Args[0])
	if err != nil {
		return nil, err
	}
	or := &logicNode{stop: 1, out: scratch{t: types.Bool}}
	for _, x := range e.List {
		item, err := compile(x)
		if err != nil {
			return nil, err
		}
		or.args = append(or.args, applyTo(e.Eq, types.Bool, left, item))
	}
	value, err := compile(e.Arg)
	if err != nil {
		return nil, err
	}
	n := node(&withNode{value: value, cell: &arg, body: or})
	if e.Negate {
		n = &callNode{kernel: notKernel, args: []node{n}, strict: true, total: true, vecs: make([]*types.Vec, 1), out: scratch{t: types.Bool}}
	}
	return n, nil
}

// withNode computes a value once, for a body that reads it from cell.
type withNode struct {
	value node
	cell  *vecNode
	body  node
}

func (x *withNode) eval(c *Ctx, f *frame, sel []int32) *types.Vec {
	x.cell.v = x.value.eval(c, f, sel)
	return x.body.eval(c, f, sel)
}

// compileInSet builds the look-up form, or nothing if the list does not allow it.
func compileInSet(e *In) (node, error) {
	t := e.Eq.Args[0]
	if isPolymorphic(t) || e.Eq.Args[0] != e.Eq.Args[1] || e.Arg.Type().OID != t.OID || len(e.List) < 3 {
		return nil, nil //nolint:nilnil // not applicable
	}
	x := &inSetNode{negate: e.Negate, out: scratch{t: types.Bool}}
	switch t.Kind() {
	case types.KindInt16, types.KindInt32, types.KindInt64:
		x.ints = make(map[int64]struct{}, len(e.List))
	case types.KindBytes:
		if t.OID != types.Text.OID {
			return nil, nil //nolint:nilnil // not applicable
		}
		x.strs = make(map[string]struct{}, len(e.List))
	default:
		return nil, nil //nolint:nilnil // not applicable
	}
	for _, item := range e.List {
		k, ok := item.(*Const)
		switch {
		case !ok:
			return nil, nil //nolint:nilnil // not applicable
		case k.D.IsNull():
			x.hasNull = true
		case x.ints != nil:
			x.ints[k.D.I] = struct{}{}
		default:
			x.strs[k.D.S] = struct{}{}
		}
	}
	var err error
	x.arg, err = compile(e.Arg)
	return x, err
}

func (x *inSetNode) eval(c *Ctx, f *frame, sel []int32) *types.Vec {
	v := x.arg.eval(c, f, sel)
	out := x.out.begin(f.n)
	dst := out.Bools()
	a := rowArgs{vecs: []*types.Vec{v}}
	for _, r := range listed(sel, f.n) {
		i := int(r)
		if v.IsNull(i) {
			out.SetNull(i)
			continue
		}
		a.i = i
		found := false
		if x.ints != nil {
			_, found = x.ints[a.int(0)]
		} else {
			_, found = x.strs[a.str(0)]
		}
		if !found && x.hasNull {
			out.SetNull(i)
			continue
		}
		dst[i] = b2u(found != x.negate)
	}
	return out
}

// anyAllNode is L op ANY or ALL (array): the pairs of all rows are compared in one call.
type anyAllNode struct {
	l, array node
	lt, et   types.Type
	op       node
	lv, ev   vecNode
	all      bool
	out      scratch
	lbuf     types.Vec
	ebuf     types.Vec
	owner    []int32
}

func compileAnyAll(e *AnyAll) (node, error) {
	kids, err := compileAll([]Expr{e.L, e.Array})
	if err != nil {
		return nil, err
	}
	x := &anyAllNode{
		l: kids[0], array: kids[1], lt: e.L.Type(), et: e.Array.Type().ElemType().Base(), all: e.All,
		out: scratch{t: types.Bool},
	}
	left, err := coerceNode(&x.lv, x.lt, e.Op.Args[0])
	if err != nil {
		return nil, err
	}
	right, err := coerceNode(&x.ev, x.et, e.Op.Args[1])
	if err != nil {
		return nil, err
	}
	x.op = applyTo(e.Op, types.Bool, left, right)
	return x, nil
}

func (x *anyAllNode) eval(c *Ctx, f *frame, sel []int32) *types.Vec {
	l, arr := x.l.eval(c, f, sel), x.array.eval(c, f, sel)
	x.lbuf.Init(x.lt, f.n)
	x.ebuf.Init(x.et, f.n)
	x.owner = x.owner[:0]
	out := x.out.begin(f.n)
	dst := out.Bools()
	for _, r := range listed(sel, f.n) {
		i := int(r)
		dst[i] = b2u(x.all)
		if arr.IsNull(i) {
			out.SetNull(i)
			continue
		}
		view := types.ViewArray(arr.Str(i))
		for k := range view.Len() {
			x.lbuf.AppendFrom(l, i)
			x.ebuf.AppendDatum(view.At(k))
			x.owner = append(x.owner, int32(i))
		}
	}
	if len(x.owner) == 0 {
		return out
	}
	x.lv.v, x.ev.v = &x.lbuf, &x.ebuf
	sub := Ctx{Style: c.Style, Now: c.Now, Session: c.Session, Interrupt: c.Interrupt}
	hit := x.op.eval(&sub, &frame{n: len(x.owner)}, nil)
	for _, e := range sub.Errs {
		c.Fail(int(x.owner[e.Row]), e.Err)
	}
	x.reduce(hit, out, dst)
	return out
}

// reduce folds the comparisons of each row: one that equals stop decides it, else one that
// is NULL makes it NULL.
func (x *anyAllNode) reduce(hit, out *types.Vec, dst []uint8) {
	bs, stop := hit.Bools(), b2u(!x.all)
	for k, i := range x.owner {
		switch {
		case dst[i] == stop && !out.IsNull(int(i)):
		case hit.IsNull(k):
			out.SetNull(int(i))
		case bs[k]&1 == stop:
			dst[i] = stop
			out.SetValid(int(i))
		}
	}
}

// compileArray builds ARRAY[…].
func compileArray(e *Array) (node, error) {
	args, err := compileAll(e.Elems)
	if err != nil {
		return nil, err
	}
	elem := e.T.ElemType()
	nested := len(e.Elems) > 0 && e.Elems[0].Type().IsArray() && e.Elems[0].Type().OID == e.T.OID
	k := perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		b := types.NewArrayBuilder(elem)
		for i := range a.vecs {
			b.Append(a.datum(i))
		}
		return b.Build(), nil
	})
	if nested {
		k = perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return nestArrays(elem, a) })
	}
	n := kernelNode(k, e.T, args...)
	n.strict = false
	return n, nil
}

// nestArrays makes an array of one more dimension out of arrays of one shape.
func nestArrays(elem types.Type, a *rowArgs) (types.Datum, error) {
	b := types.NewArrayBuilder(elem)
	var dims [][2]int
	outer, empty := 0, 0
	for k := range a.vecs {
		if a.null(k) {
			empty++
			continue
		}
		view := types.ViewArray(a.str(k))
		if view.Len() == 0 {
			empty++
			continue
		}
		shape := make([][2]int, view.NDim())
		for d := range shape {
			shape[d][0], shape[d][1] = view.Dim(d)
		}
		if dims == nil {
			dims = shape
		}
		if !sameShape(dims, shape) {
			return types.Datum{}, pgerr.New(pgerr.ArraySubscriptError,
				"multidimensional arrays must have array expressions with matching dimensions")
		}
		outer++
		for i := range view.Len() {
			b.Append(view.At(i))
		}
	}
	if outer > 0 && empty > 0 {
		return types.Datum{}, pgerr.New(pgerr.ArraySubscriptError,
			"multidimensional arrays must have array expressions with matching dimensions")
	}
	return b.BuildDims(append([][2]int{{outer, 1}}, dims...)), nil
}

func sameShape(a, b [][2]int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func compileSubscript(e *Subscript) (node, error) {
	if e.Arg.Type().OID == types.JSONB.OID {
		return compileJSONSubscript(e)
	}
	if n, err := matchGroup(e); n != nil || err != nil {
		return n, err
	}
	args, err := compileAll([]Expr{e.Arg, e.Index})
	if err != nil {
		return nil, err
	}
	return kernelNode(perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		view := types.ViewArray(a.str(0))
		if view.NDim() != 1 {
			return types.Datum{}, nil
		}
		n, lower := view.Dim(0)
		if k := a.int(1) - int64(lower); k >= 0 && k < int64(n) {
			return view.At(int(k)), nil
		}
		return types.Datum{}, nil
	}), e.T, args...), nil
}

func compileSlice(e *Slice) (node, error) {
	args, err := compileAll(e.Children())
	if err != nil {
		return nil, err
	}
	hasLower, hasUpper := e.Lower != nil, e.Upper != nil
	return kernelNode(perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		view := types.ViewArray(a.str(0))
		bounds := [2]int{math.MinInt32, math.MaxInt32}
		if hasLower {
			bounds[0] = int(a.int(1))
		}
		if hasUpper {
			bounds[1] = int(a.int(a.len() - 1))
		}
		return view.Slice(bounds), nil
	}), e.Type(), args...), nil
}
