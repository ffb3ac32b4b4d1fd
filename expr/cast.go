package expr

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// compileCast builds the conversion of e's operand: its body, then the modifier's.
func compileCast(e *Cast) (node, error) {
	arg, err := compile(e.Arg)
	if err != nil {
		return nil, err
	}
	from := e.Arg.Type()
	if from.OID != e.T.OID {
		if arg, err = castNode(arg, from, e.T.Base(), e.Context); err != nil {
			return nil, err
		}
	}
	if e.T.Mod < 0 {
		return arg, nil
	}
	if k := modifierKernel(e.T, e.Context); k != nil {
		return kernelNode(k, e.T, arg), nil
	}
	return arg, nil
}

// coerceNode converts a node's values implicitly from one type to another.
func coerceNode(n node, from, to types.Type) (node, error) {
	if from.OID == to.OID || isPolymorphic(to) {
		return n, nil
	}
	return castNode(n, from, to, CastImplicit)
}

// castNode is the conversion between two types, modifiers aside.
func castNode(arg node, from, to types.Type, cc CastContext) (node, error) {
	if binaryCoercible(from, to) {
		return &relabelNode{arg: arg, t: to}, nil
	}
	k := castKernel(from, to, cc)
	if k == nil {
		return nil, pgerr.New(pgerr.CannotCoerce, "cannot cast type %s to %s", from.Base(), to.Base())
	}
	return kernelNode(k, to, arg), nil
}

// kernelNode is a strict call of a kernel.
func kernelNode(k Kernel, t types.Type, args ...node) *callNode {
	return &callNode{kernel: k, args: args, strict: true, vecs: make([]*types.Vec, len(args)), out: scratch{t: t}}
}

// relabelNode gives its operand's values another type without touching them.
type relabelNode struct {
	arg  node
	t    types.Type
	view types.Vec
}

func (x *relabelNode) eval(c *Ctx, f *frame, sel []int32) *types.Vec {
	x.view = *x.arg.eval(c, f, sel)
	x.view.Type = x.t
	return &x.view
}

// castKernel is the body of the conversion; nil if there is none.
func castKernel(from, to types.Type, cc CastContext) Kernel {
	if (from.IsArray() || from.IsVector()) && to.IsArray() && isArrayLike(from) {
		return castArray(from, to, cc)
	}
	if k := castNumber(from, to); k != nil {
		return k
	}
	if k := castSpecial(from, to); k != nil {
		return k
	}
	switch {
	case to.Info().Category == 'S':
		return castToText(from, to)
	case from.Info().Category == 'S' || from.OID == types.Unknown.OID:
		return castFromText(to)
	}
	return nil
}

// castToText writes a value's text.
func castToText(from, to types.Type) Kernel {
	if isPlainText(from) && from.OID != types.BPChar.OID && to.OID != types.Name.OID {
		return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return str(a.str(0)), nil })
	}
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		for i := range eachRow(sel, n) {
			out.Begin(i)
			start := len(out.V.Data)
			switch {
			case from.OID == types.Bool.OID && to.OID != types.Name.OID:
				out.V.Data = append(out.V.Data, boolWord(args[0].Bools()[i]&1 != 0)...)
			case from.OID == types.BPChar.OID:
				out.V.Data = append(out.V.Data, trimBlanks(args[0].Str(i))...)
			default:
				out.V.Data = c.appendText(out.V.Data, from, args[0].DatumAlias(i))
			}
			if to.OID == types.Name.OID {
				out.V.Data = out.V.Data[:start+len(clipUTF8(string(out.V.Data[start:]), 63))]
			}
			out.End()
		}
	}
}

func boolWord(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// clipUTF8 cuts s to at most n bytes without splitting a character.
func clipUTF8(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

func trimBlanks(s string) string {
	for len(s) > 0 && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}

// castFromText reads a value's text.
func castFromText(to types.Type) Kernel {
	return perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
		s := a.str(0)
		if to.OID == types.Char.OID && len(s) > 1 {
			s = s[:1]
		}
		return c.parse(to, s)
	})
}

// castArray converts every element.
func castArray(from, to types.Type, cc CastContext) Kernel {
	fe, te := from.ElemType().Base(), to.ElemType()
	cell := &vecNode{}
	elem, err := castNode(cell, fe, te.Base(), cc)
	if fe.OID == te.OID {
		elem, err = cell, nil
	}
	if err != nil {
		return nil
	}
	return perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) { return castElems(c, a.str(0), te, cell, elem) })
}

// castElems maps the elements of array s through elem, which reads cell.
func castElems(c *Ctx, s string, te types.Type, cell *vecNode, elem node) (types.Datum, error) {
	view := types.ViewArray(s)
	in := types.NewVec(view.Elem, view.Len())
	for k := range view.Len() {
		in.AppendDatum(view.At(k))
	}
	cell.v = in
	sub := Ctx{Style: c.Style, Now: c.Now, Session: c.Session}
	v := elem.eval(&sub, &frame{n: in.N}, nil)
	if len(sub.Errs) > 0 {
		return types.Datum{}, sub.Errs[0].Err
	}
	b := types.NewArrayBuilder(te)
	for k := range v.N {
		b.Append(v.DatumAlias(k))
	}
	return buildLike(b, view), nil
}

// buildLike builds an array of view's shape.
func buildLike(b *types.ArrayBuilder, view types.ArrayView) types.Datum {
	dims := make([][2]int, view.NDim())
	for d := range dims {
		dims[d][0], dims[d][1] = view.Dim(d)
	}
	return b.BuildDims(dims)
}

// castVolatility is that of the conversion: text of dates and times depends on settings.
func castVolatility(from, to types.Type) Volatility {
	if from.IsArray() && to.IsArray() {
		return castVolatility(from.ElemType(), to.ElemType())
	}
	if isReg(from) && to.Info().Category == 'S' || isReg(to) && from.Info().Category == 'S' {
		return Stable
	}
	f, t := volatileText(from), volatileText(to)
	tz := from.OID == types.TimestampTZ.OID || to.OID == types.TimestampTZ.OID
	switch {
	case f && (to.Info().Category == 'S'), t && from.Info().Category == 'S', tz && from.OID != to.OID:
		return Stable
	}
	return Immutable
}

func volatileText(t types.Type) bool {
	if t.IsArray() {
		t = t.ElemType()
	}
	switch t.OID {
	case types.Date.OID, types.Timestamp.OID, types.TimestampTZ.OID, types.IntervalT.OID, types.Time.OID,
		types.Float4.OID, types.Float8.OID, types.Bytea.OID:
		return t.OID != types.Bytea.OID
	}
	return false
}

// castIsSafe reports whether the conversion cannot raise.
func castIsSafe(from, to types.Type) bool {
	if to.Mod >= 0 && from.OID == to.OID {
		return false
	}
	if binaryCoercible(from, to) {
		return true
	}
	if to.Info().Category == 'S' {
		return to.Mod < 0
	}
	widen := map[types.OID]int{types.Int2.OID: 1, types.Int4.OID: 2, types.Int8.OID: 3, types.Float4.OID: 5, types.Float8.OID: 6}
	f, t := widen[from.OID], widen[to.OID]
	return f > 0 && t > f || f > 0 && f < 4 && to.OID == types.NumericT.OID && to.Mod < 0
}
