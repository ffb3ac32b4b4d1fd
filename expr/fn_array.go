package expr

import (
	"iter"
	"strconv"
	"strings"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// arrayFuncs lists the functions and operators on arrays.
func arrayFuncs() []*Func {
	fs := shapeFuncs()
	fs = append(fs, changeFuncs()...)
	fs = append(fs, searchFuncs()...)
	fs = append(fs, arrayTextFuncs()...)
	return append(fs, fillFuncs()...)
}

func view(a *rowArgs, k int) types.ArrayView { return types.ViewArray(a.str(k)) }

func shapeFuncs() []*Func {
	dim := func(f func(length, lower int) int) Kernel {
		return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			v, d := view(a, 0), a.int(1)
			if d < 1 || d > int64(v.NDim()) {
				return types.Datum{}, nil
			}
			return int4(f(v.Dim(int(d) - 1))), nil
		})
	}
	return []*Func{
		fn("array_length(anyarray,int4) int4", dim(func(n, _ int) int { return n })).safe(),
		fn("array_lower(anyarray,int4) int4", dim(func(_, lower int) int { return lower })).safe(),
		fn("array_upper(anyarray,int4) int4", dim(func(n, lower int) int { return lower + n - 1 })).safe(),
		fn("cardinality(anyarray) int4", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return int4(view(a, 0).Len()), nil })).safe(),
		fn("array_ndims(anyarray) int4", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			if n := view(a, 0).NDim(); n > 0 {
				return int4(n), nil
			}
			return types.Datum{}, nil
		})).safe(),
		fn("array_dims(anyarray) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			v := view(a, 0)
			var b strings.Builder
			for d := range v.NDim() {
				n, lower := v.Dim(d)
				b.WriteString("[" + strconv.Itoa(lower) + ":" + strconv.Itoa(lower+n-1) + "]")
			}
			if b.Len() == 0 {
				return types.Datum{}, nil
			}
			return str(b.String()), nil
		})).safe(),
	}
}

// builderFor builds an array of type t.
func builderFor(t types.Type) *types.ArrayBuilder { return types.NewArrayBuilder(t.ElemType()) }

// elemsAt is the elements of argument k; none for NULL. More dimensions than one are not
// for functions that add elements.
func elemsAt(a *rowArgs, k int) (es []types.Datum, lower int, err error) {
	if a.null(k) {
		return nil, 1, nil
	}
	v := view(a, k)
	switch v.NDim() {
	case 0:
		return nil, 1, nil
	case 1:
		_, lower = v.Dim(0)
		return v.Elems(), lower, nil
	}
	return nil, 0, pgerr.New("22000", "argument must be empty or one-dimensional array")
}

func build(t types.Type, lower int, es ...types.Datum) types.Datum {
	b := builderFor(t)
	for _, e := range es {
		b.Append(e)
	}
	return b.BuildDims([][2]int{{len(es), lower}})
}

func changeFuncs() []*Func {
	app := perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		es, lower, err := elemsAt(a, 0)
		if err != nil {
			return types.Datum{}, err
		}
		return build(typeOfArray(a, 0, 1), lower, append(es, a.datum(1))...), nil
	})
	prep := perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		es, lower, err := elemsAt(a, 1)
		if err != nil {
			return types.Datum{}, err
		}
		return build(typeOfArray(a, 1, 0), lower, append([]types.Datum{a.datum(0)}, es...)...), nil
	})
	cat := perRow(catArrays)
	return []*Func{
		fn("array_append(anycompatiblearray,anycompatible) anycompatiblearray", app).nullable(),
		fn("array_prepend(anycompatible,anycompatiblearray) anycompatiblearray", prep).nullable(),
		fn("array_cat(anycompatiblearray,anycompatiblearray) anycompatiblearray", cat).nullable(),
		fn("||(anycompatiblearray,anycompatible) anycompatiblearray", app).nullable(),
		fn("||(anycompatible,anycompatiblearray) anycompatiblearray", prep).nullable(),
		fn("||(anycompatiblearray,anycompatiblearray) anycompatiblearray", cat).nullable(),
		fn("array_remove(anycompatiblearray,anycompatible) anycompatiblearray", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			if a.null(0) {
				return types.Datum{}, nil
			}
			es, lower, err := elemsAt(a, 0)
			if err != nil {
				return types.Datum{}, pgerr.New(pgerr.FeatureNotSupported,
					"removing elements from multidimensional arrays is not supported")
			}
			var kept []types.Datum
			for _, e := range es {
				if !sameDatum(a.typ(1), e, a.datum(1)) {
					kept = append(kept, e)
				}
			}
			return build(a.typ(0), lower, kept...), nil
		})).nullable(),
		fn("array_replace(anycompatiblearray,anycompatible,anycompatible) anycompatiblearray", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			if a.null(0) {
				return types.Datum{}, nil
			}
			v := view(a, 0)
			b := builderFor(a.typ(0))
			for _, e := range v.Elems() {
				if sameDatum(a.typ(1), e, a.datum(1)) {
					e = a.datum(2)
				}
				b.Append(e)
			}
			return buildLike(b, v), nil
		})).nullable(),
		fn("trim_array(anyarray,int4) anyarray", perRow(trimArray)),
	}
}

// typeOfArray is the array type of argument k, or that over argument e where k is NULL.
func typeOfArray(a *rowArgs, k, e int) types.Type {
	if t := a.typ(k); t.Info().Elem != 0 {
		return t
	}
	t, _ := a.typ(e).ArrayType()
	return t
}

func sameDatum(t types.Type, a, b types.Datum) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	return types.Compare(t, a, b) == 0
}

func catArrays(_ *Ctx, a *rowArgs) (types.Datum, error) {
	switch {
	case a.null(0) && a.null(1):
		return types.Datum{}, nil
	case a.null(0):
		return a.datum(1), nil
	case a.null(1):
		return a.datum(0), nil
	}
	x, y := view(a, 0), view(a, 1)
	switch {
	case x.NDim() == 0:
		return a.datum(1), nil
	case y.NDim() == 0:
		return a.datum(0), nil
	}
	dims, ok := catDims(x, y)
	if !ok {
		return types.Datum{}, pgerr.New(pgerr.ArraySubscriptError, "cannot concatenate incompatible arrays").
			WithDetail("Arrays with differing element dimensions are not compatible for concatenation.")
	}
	b := builderFor(a.typ(0))
	for _, v := range []types.ArrayView{x, y} {
		for k := range v.Len() {
			b.Append(v.At(k))
		}
	}
	return b.BuildDims(dims), nil
}

// catDims is the shape of x followed by y, which may be an element of x or the reverse.
func catDims(x, y types.ArrayView) ([][2]int, bool) {
	shape := func(v types.ArrayView) (s [][2]int) {
		for d := range v.NDim() {
			n, lower := v.Dim(d)
			s = append(s, [2]int{n, lower})
		}
		return s
	}
	a, b := shape(x), shape(y)
	inner := func(p, q [][2]int) bool {
		for i := range p {
			if p[i][0] != q[i][0] {
				return false
			}
		}
		return true
	}
	switch {
	case len(a) == len(b) && inner(a[1:], b[1:]):
		a[0][0] += b[0][0]
		return a, true
	case len(a) == len(b)+1 && inner(a[1:], b):
		a[0][0]++
		return a, true
	case len(b) == len(a)+1 && inner(b[1:], a):
		b[0][0]++
		return b, true
	}
	return nil, false
}

func trimArray(_ *Ctx, a *rowArgs) (types.Datum, error) {
	v, n := view(a, 0), a.int(1)
	length := 0
	if v.NDim() > 0 {
		length, _ = v.Dim(0)
	}
	if n < 0 || n > int64(length) {
		return types.Datum{}, pgerr.New(pgerr.ArraySubscriptError, "number of elements to trim must be between 0 and %d", length)
	}
	if length == 0 || n == int64(length) {
		return build(a.typ(0), 1), nil
	}
	b := builderFor(a.typ(0))
	keep := v.Len() / length * (length - int(n))
	for k := range keep {
		b.Append(v.At(k))
	}
	dims := [][2]int{{length - int(n), 1}}
	for d := 1; d < v.NDim(); d++ {
		l, _ := v.Dim(d)
		dims = append(dims, [2]int{l, 1})
	}
	return b.BuildDims(dims), nil
}

func searchFuncs() []*Func {
	return []*Func{
		fn("array_position(anycompatiblearray,anycompatible) int4", perRow(arrayPosition)).nullable(),
		fn("array_position(anycompatiblearray,anycompatible,int4) int4", perRow(arrayPosition)).nullable(),
		fn("array_positions(anycompatiblearray,anycompatible) _int4", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			if a.null(0) {
				return types.Datum{}, nil
			}
			es, lower, err := elemsAt(a, 0)
			if err != nil {
				return types.Datum{}, multiDimSearch()
			}
			b := types.NewArrayBuilder(types.Int4)
			for k, e := range es {
				if sameDatum(a.typ(1), e, a.datum(1)) {
					b.Append(int4(k + lower))
				}
			}
			return b.Build(), nil
		})).nullable(),
		fn("@>(anyarray,anyarray) bool", arrayTest(containsAll)).safe(),
		fn("<@(anyarray,anyarray) bool", arrayTest(func(t types.Type, x, y []types.Datum) bool { return containsAll(t, y, x) })).safe(),
		fn("&&(anyarray,anyarray) bool", arrayTest(overlap)).safe(),
	}
}

func multiDimSearch() error {
	return pgerr.New(pgerr.FeatureNotSupported, "searching for elements in multidimensional arrays is not supported")
}

func arrayPosition(_ *Ctx, a *rowArgs) (types.Datum, error) {
	if a.null(0) {
		return types.Datum{}, nil
	}
	es, lower, err := elemsAt(a, 0)
	if err != nil {
		return types.Datum{}, multiDimSearch()
	}
	from := int64(lower)
	if a.len() == 3 && len(es) > 0 {
		if a.null(2) {
			return types.Datum{}, pgerr.New(pgerr.NullValueNotAllowed, "initial position must not be null")
		}
		from = a.int(2)
	}
	for k, e := range es {
		if int64(k+lower) >= from && sameDatum(a.typ(1), e, a.datum(1)) {
			return int4(k + lower), nil
		}
	}
	return types.Datum{}, nil
}

func arrayTest(f func(t types.Type, x, y []types.Datum) bool) Kernel {
	return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		return boolean(f(a.typ(0).ElemType(), view(a, 0).Elems(), view(a, 1).Elems())), nil
	})
}

func containsAll(t types.Type, x, y []types.Datum) bool {
	for _, want := range y {
		if !containsDatum(t, x, want) {
			return false
		}
	}
	return true
}

func overlap(t types.Type, x, y []types.Datum) bool {
	for _, e := range y {
		if containsDatum(t, x, e) {
			return true
		}
	}
	return false
}

func containsDatum(t types.Type, es []types.Datum, want types.Datum) bool {
	if want.IsNull() {
		return false
	}
	for _, e := range es {
		if !e.IsNull() && types.Compare(t, e, want) == 0 {
			return true
		}
	}
	return false
}

func arrayTextFuncs() []*Func {
	toText := perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
		if a.null(0) || a.null(1) {
			return types.Datum{}, nil
		}
		v := view(a, 0)
		var parts []string
		for _, e := range v.Elems() {
			switch {
			case !e.IsNull():
				parts = append(parts, c.text(v.Elem, e))
			case a.len() == 3 && !a.null(2):
				parts = append(parts, a.str(2))
			}
		}
		if len(a.str(1)) > 0 && len(parts) > maxText/len(a.str(1)) {
			return types.Datum{}, tooLong()
		}
		return str(strings.Join(parts, a.str(1))), nil
	})
	toArray := perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		if a.null(0) {
			return types.Datum{}, nil
		}
		b := types.NewArrayBuilder(types.Text)
		for p := range splitText(a) {
			b.Append(p)
		}
		return b.Build(), nil
	})
	toTable := func(_ *Ctx, args types.Row, emit func(types.Row) bool) error {
		if args[0].IsNull() {
			return nil
		}
		for p := range splitPieces(args[0].S, args[1], optional(args, 2)) {
			if !emit(types.Row{p}) {
				return nil
			}
		}
		return nil
	}
	table2, table3 := srf("string_to_table(text,text) setof text", toTable), srf("string_to_table(text,text,text) setof text", toTable)
	return []*Func{
		fn("array_to_string(anyarray,text) text", toText).nullable().stable().safe(),
		fn("array_to_string(anyarray,text,text) text", toText).nullable().stable().safe(),
		fn("string_to_array(text,text) _text", toArray).nullable().safe(),
		fn("string_to_array(text,text,text) _text", toArray).nullable().safe(),
		table2.nullable(), table3.nullable(),
	}
}

func optional(r types.Row, k int) types.Datum {
	if k < len(r) {
		return r[k]
	}
	return types.Datum{}
}

func splitText(a *rowArgs) iter.Seq[types.Datum] {
	null := types.Datum{}
	if a.len() == 3 {
		null = a.datum(2)
	}
	return splitPieces(a.str(0), a.datum(1), null)
}

// splitPieces splits at sep (NULL: between characters); pieces equal to null become NULL.
func splitPieces(s string, sep, null types.Datum) iter.Seq[types.Datum] {
	var parts iter.Seq[string]
	switch {
	case s == "":
		return func(func(types.Datum) bool) {}
	case sep.IsNull():
		parts = strings.SplitSeq(s, "")
	case sep.S == "":
		parts = func(yield func(string) bool) { yield(s) }
	default:
		parts = strings.SplitSeq(s, sep.S)
	}
	return func(yield func(types.Datum) bool) {
		for p := range parts {
			d := types.Datum{}
			if null.IsNull() || p != null.S {
				d = str(p)
			}
			if !yield(d) {
				return
			}
		}
	}
}

func fillFuncs() []*Func {
	fill := perRow(arrayFill)
	return []*Func{
		fn("array_fill(anyelement,_int4) anyarray", fill).nullable(),
		fn("array_fill(anyelement,_int4,_int4) anyarray", fill).nullable(),
	}
}

func hasNull(v types.ArrayView) bool {
	for k := range v.Len() {
		if v.IsNull(k) {
			return true
		}
	}
	return false
}

func arrayFill(_ *Ctx, a *rowArgs) (types.Datum, error) {
	if a.null(1) || (a.len() == 3 && a.null(2)) {
		return types.Datum{}, pgerr.New(pgerr.NullValueNotAllowed, "dimension array or low bound array cannot be null")
	}
	dims := view(a, 1)
	if dims.NDim() > 1 || a.len() == 3 && view(a, 2).NDim() > 1 {
		return types.Datum{}, errSubscripts().WithDetail("Dimension array must be one dimensional.")
	}
	if hasNull(dims) || a.len() == 3 && hasNull(view(a, 2)) {
		return types.Datum{}, pgerr.New(pgerr.NullValueNotAllowed, "dimension values cannot be null")
	}
	n := 1
	var shape [][2]int
	for k := range dims.Len() {
		l := int(dims.At(k).I)
		if l < 0 || l > 1<<24 || n*max(l, 1) > 1<<24 {
			return types.Datum{}, pgerr.New(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", maxArrayElements)
		}
		n *= l
		shape = append(shape, [2]int{l, 1})
	}
	if a.len() == 3 {
		lower := view(a, 2)
		if lower.Len() != len(shape) {
			return types.Datum{}, pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts").
				WithDetail("Low bound array has different size than dimensions array.")
		}
		for k := range shape {
			shape[k][1] = int(lower.At(k).I)
		}
	}
	b := types.NewArrayBuilder(a.typ(0))
	if len(shape) == 0 || n == 0 {
		return b.Build(), nil
	}
	for range n {
		b.Append(a.datum(0))
	}
	return b.BuildDims(shape), nil
}
