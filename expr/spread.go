package expr

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// ResolveSpread chooses the overload for a call whose last argument is VARIADIC, an array
// that stands for the last arguments; see [Call.Spread]. A function that is not variadic
// takes it like any array, and the call is not to be spread.
func ResolveSpread(name string, args []Arg) (f *Func, ts []types.Type, ret types.Type, err error) {
	fs := functions().byName[name]
	if isOperatorName(name) {
		fs = nil
	}
	cands := layOut(len(args), len(fs), func(i int) ([]types.Type, bool) { return spreadArgs(fs[i]), false })
	f, ts, ret, err = settle(name, fs, cands, args)
	if err == nil && f.Variadic && !ts[len(ts)-1].IsArray() {
		err = pgerr.New(pgerr.DatatypeMismatch, "VARIADIC argument must be an array")
	}
	return f, ts, ret, err
}

// spreadArgs is the parameters of f with the last as an array of what repeats.
func spreadArgs(f *Func) []types.Type {
	if !f.Variadic {
		return f.Args
	}
	args := append([]types.Type(nil), f.Args...)
	last := &args[len(args)-1]
	if arr, ok := last.ArrayType(); ok {
		*last = arr
	}
	return args
}

// spreadNode calls a variadic function row by row, as rows differ in their number of
// arguments.
type spreadNode struct {
	fn   *Func
	args []node
	t    types.Type
	out  scratch
	one  scratch
	vecs []*types.Vec // the arguments of one row
}

func compileSpread(e *Call) (node, error) {
	args, err := compileAll(e.Args)
	return &spreadNode{fn: e.Fn, args: args, t: e.T, out: scratch{t: e.T}, one: scratch{t: e.T}}, err
}

func (x *spreadNode) eval(c *Ctx, f *frame, sel []int32) *types.Vec {
	vecs := make([]*types.Vec, len(x.args))
	for i, a := range x.args {
		vecs[i] = a.eval(c, f, sel)
	}
	out := Out{x.out.begin(f.n)}
	inner := Ctx{Style: c.Style, Now: c.Now, Session: c.Session, Interrupt: c.Interrupt}
	for i := range eachRow(sel, f.n) {
		if !x.gather(vecs, i) {
			out.Null(i)
			continue
		}
		inner.Reset()
		one := Out{x.one.begin(1)}
		x.fn.Kernel(&inner, x.vecs, nil, 1, &one)
		x.one.finish(1, nil)
		if len(inner.Errs) > 0 {
			c.Fail(i, inner.Errs[0].Err)
			out.Null(i)
			continue
		}
		out.Put(i, x.one.v.DatumAlias(0))
	}
	x.out.finish(f.n, nil)
	return &x.out.v
}

// gather makes the arguments of row i; ok is false if the result is NULL without a call.
func (x *spreadNode) gather(vecs []*types.Vec, i int) (ok bool) {
	last := len(vecs) - 1
	x.vecs = x.vecs[:0]
	for _, v := range vecs[:last] {
		x.add(v.Type, v.DatumAlias(i))
	}
	switch {
	case !vecs[last].IsNull(i):
		arr := types.ViewArray(vecs[last].Str(i))
		for k := range arr.Len() {
			x.add(arr.Elem, arr.At(k))
		}
	case x.fn.Name != "format": // which takes no array for an empty one
		return false
	}
	for _, v := range x.vecs {
		if !x.fn.NotStrict && v.IsNull(0) {
			return false
		}
	}
	return true
}

// add appends an argument, in the vector of an earlier row if there is one.
func (x *spreadNode) add(t types.Type, d types.Datum) {
	n := len(x.vecs)
	if n < cap(x.vecs) {
		x.vecs = x.vecs[:n+1]
	} else {
		x.vecs = append(x.vecs, nil)
	}
	if x.vecs[n] == nil {
		x.vecs[n] = &types.Vec{}
	}
	x.vecs[n].Init(t, 1)
	x.vecs[n].AppendDatum(d)
}
