package types

import "streamdb/types/pgerr"

// dims are the dimensions of a.
func (a ArrayView) dimList() [][2]int {
	d := make([][2]int, a.NDim())
	for i := range d {
		n, low := a.Dim(i)
		d[i] = [2]int{n, low}
	}
	return d
}

func rebuild(elem Type, es []Datum, dims [][2]int) Datum {
	b := NewArrayBuilder(elem)
	for _, e := range es {
		b.Append(e)
	}
	return b.BuildDims(dims)
}

// Subscript is a[i1][i2]…; NULL outside the bounds or with another number of subscripts.
func (a ArrayView) Subscript(subs ...int) Datum {
	if len(subs) != a.NDim() || len(subs) == 0 {
		return Null()
	}
	at := 0
	for d, s := range subs {
		n, low := a.Dim(d)
		if s < low || s >= low+n {
			return Null()
		}
		at = at*n + s - low
	}
	return a.At(at)
}

// Slice is a[low:high]…, one pair of bounds for each of the first dimensions, the others
// whole; the result's lower bounds are 1.
func (a ArrayView) Slice(bounds ...[2]int) Datum {
	nd := a.NDim()
	if nd == 0 || len(bounds) > nd {
		return NewArray(a.Elem)
	}
	from, dims := make([]int, nd), make([][2]int, nd)
	for d := range nd {
		n, first := a.Dim(d)
		low, high := first, first+n-1
		if d < len(bounds) {
			low, high = max(low, bounds[d][0]), min(high, bounds[d][1])
		}
		if low > high {
			return NewArray(a.Elem)
		}
		from[d], dims[d] = low-first, [2]int{high - low + 1, 1}
	}
	b := NewArrayBuilder(a.Elem)
	a.slice(b, 0, 0, from, dims)
	return b.BuildDims(dims)
}

// slice appends the elements of dimension d within bounds; at is the index so far.
func (a ArrayView) slice(b *ArrayBuilder, d, at int, from []int, dims [][2]int) {
	n, _ := a.Dim(d)
	for i := from[d]; i < from[d]+dims[d][0]; i++ {
		if d+1 == len(dims) {
			b.Append(a.At(at*n + i))
		} else {
			a.slice(b, d+1, at*n+i, from, dims)
		}
	}
}

func arrayData(msg string) error { return pgerr.New(pgerr.DataException, "%s", msg) }

// ArrayAppend is array_append; a may be NULL (ok as an empty array).
func ArrayAppend(elem Type, a, e Datum) (Datum, error) {
	v := ViewArray(a.S)
	if v.NDim() == 0 {
		return NewArray(elem, e), nil
	}
	if v.NDim() != 1 {
		return Datum{}, arrayData("argument must be empty or one-dimensional array")
	}
	_, low := v.Dim(0)
	return rebuild(elem, append(v.Elems(), e), [][2]int{{v.n + 1, low}}), nil
}

// ArrayPrepend is array_prepend.
func ArrayPrepend(elem Type, e, a Datum) (Datum, error) {
	v := ViewArray(a.S)
	if v.NDim() == 0 {
		return NewArray(elem, e), nil
	}
	if v.NDim() != 1 {
		return Datum{}, arrayData("argument must be empty or one-dimensional array")
	}
	_, low := v.Dim(0)
	return rebuild(elem, append([]Datum{e}, v.Elems()...), [][2]int{{v.n + 1, low}}), nil
}

// ArrayCat is array_cat of two arrays that are not NULL.
func ArrayCat(elem Type, x, y Datum) (Datum, error) {
	a, b := ViewArray(x.S), ViewArray(y.S)
	switch {
	case a.NDim() == 0:
		return y, nil
	case b.NDim() == 0:
		return x, nil
	}
	bad := pgerr.New(pgerr.ArraySubscriptError, "cannot concatenate incompatible arrays")
	da, db := a.dimList(), b.dimList()
	es := append(a.Elems(), b.Elems()...)
	switch len(da) - len(db) {
	case 0:
		if !sameShape(da[1:], db[1:]) {
			return Datum{}, bad.WithDetail("Arrays with differing element dimensions are not compatible for concatenation.")
		}
		da[0][0] += db[0][0]
		return rebuild(elem, es, da), nil
	case 1:
		if !sameShape(da[1:], db) {
			return Datum{}, bad.WithDetail("Arrays with differing dimensions are not compatible for concatenation.")
		}
		da[0][0]++
		return rebuild(elem, es, da), nil
	case -1:
		if !sameShape(da, db[1:]) {
			return Datum{}, bad.WithDetail("Arrays with differing dimensions are not compatible for concatenation.")
		}
		db[0][0]++
		return rebuild(elem, es, db), nil
	}
	return Datum{}, bad.WithDetail("Arrays of %d and %d dimensions are not compatible for concatenation.", len(da), len(db))
}

func sameShape(a, b [][2]int) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Matches reports whether element i equals e, where NULL equals NULL.
func (a ArrayView) Matches(i int, e Datum) bool {
	if a.IsNull(i) || e.IsNull() {
		return a.IsNull(i) && e.IsNull()
	}
	return Compare(a.Elem, a.At(i), e) == 0
}

// Position is array_position(a, e, start): a subscript, 0 when there is none.
func (a ArrayView) Position(e Datum, start int) (int, error) {
	if a.NDim() > 1 {
		return 0, pgerr.New(pgerr.FeatureNotSupported, "searching for elements in multidimensional arrays is not supported")
	}
	if a.n == 0 {
		return 0, nil
	}
	_, low := a.Dim(0)
	for i := max(start-low, 0); i < a.n; i++ {
		if a.Matches(i, e) {
			return i + low, nil
		}
	}
	return 0, nil
}

// Positions is array_positions: the subscripts of all elements equal to e.
func (a ArrayView) Positions(e Datum) (Datum, error) {
	if a.NDim() > 1 {
		return Datum{}, pgerr.New(pgerr.FeatureNotSupported, "searching for elements in multidimensional arrays is not supported")
	}
	b := NewArrayBuilder(Int4)
	for i := range a.n {
		if _, low := a.Dim(0); a.Matches(i, e) {
			b.Append(NewInt32(int32(i + low)))
		}
	}
	return b.Build(), nil
}

// ArrayRemove is array_remove.
func ArrayRemove(x, e Datum) (Datum, error) {
	a := ViewArray(x.S)
	if a.NDim() > 1 {
		return Datum{}, pgerr.New(pgerr.FeatureNotSupported, "removing elements from multidimensional arrays is not supported")
	}
	b := NewArrayBuilder(a.Elem)
	for i := range a.n {
		if !a.Matches(i, e) {
			b.Append(a.At(i))
		}
	}
	if b.n == a.n {
		return x, nil
	}
	_, low := a.Dim(0)
	return b.BuildDims([][2]int{{b.n, low}}), nil
}

// ArrayReplace is array_replace.
func ArrayReplace(x, old, e Datum) Datum {
	a := ViewArray(x.S)
	es := a.Elems()
	for i := range es {
		if a.Matches(i, old) {
			es[i] = e
		}
	}
	return rebuild(a.Elem, es, a.dimList())
}

// ArrayContains is a @> b: every element of b equals one of a; NULLs equal nothing.
func ArrayContains(a, b ArrayView) bool {
	for j := range b.n {
		if b.IsNull(j) || !a.has(b.At(j)) {
			return false
		}
	}
	return true
}

// ArrayOverlaps is a && b: an element is in both.
func ArrayOverlaps(a, b ArrayView) bool {
	for j := range b.n {
		if !b.IsNull(j) && a.has(b.At(j)) {
			return true
		}
	}
	return false
}

func (a ArrayView) has(e Datum) bool {
	for i := range a.n {
		if !a.IsNull(i) && Compare(a.Elem, a.At(i), e) == 0 {
			return true
		}
	}
	return false
}
