package expr

import (
	"slices"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// Out is where a kernel puts its results. Fixed-width kernels write V's slots directly;
// for KindBytes the rows are put in ascending order and Out fills the rows between.
type Out struct {
	V *types.Vec
}

// pollRows is how many rows a kernel that may be slow computes between two looks at
// [Ctx.Interrupt].
const pollRows = 64

// maxVector is the most bytes that the strings of one result may have together.
const maxVector = 1 << 30

// full reports whether the result must not grow.
func (o *Out) full() bool { return o.V.Kind == types.KindBytes && len(o.V.Data) > maxVector }

// room fails if a string of n bytes cannot be added.
func (o *Out) room(c *Ctx, n int) error {
	switch {
	case n > maxText:
		return tooLong()
	case o.full():
		return o.mayGoOn(c)
	}
	return nil
}

// mayGoOn fails if the evaluation is to stop or the result is full.
func (o *Out) mayGoOn(c *Ctx) error {
	if o.full() {
		return pgerr.New(pgerr.OutOfMemory, "out of memory").
			WithDetail("The strings of one batch of results have over %d MB.", maxVector>>20)
	}
	return c.interrupted()
}

// skipTo makes row i the next one to be appended to a KindBytes vector.
func (o *Out) skipTo(i int) {
	if o.V.N < i {
		o.V.Resize(i)
	}
}

// Str puts a KindBytes value.
func (o *Out) Str(i int, s string) {
	o.skipTo(i)
	o.V.AppendStr(s)
}

// Bytes puts a KindBytes value.
func (o *Out) Bytes(i int, b []byte) {
	o.skipTo(i)
	o.V.AppendBytes(b)
}

// repeat puts one KindBytes value at n rows from i on.
func (o *Out) repeat(i int, b []byte, n int) {
	o.skipTo(i)
	v := o.V
	start, all := len(v.Data), n*len(b)
	v.Data = slices.Grow(v.Data, all)
	v.Data = append(v.Data, b...)
	for done := len(b); done < all; done = len(v.Data) - start {
		v.Data = append(v.Data, v.Data[start:start+min(done, all-done)]...)
	}
	v.Off = slices.Grow(v.Off, n)
	for k := range n {
		v.Off = append(v.Off, int32(start+(k+1)*len(b)))
	}
	o.skipTo(i + n)
}

// Begin opens row i of a KindBytes vector: the caller appends to V.Data and calls End.
func (o *Out) Begin(i int) { o.skipTo(i) }

// End closes the value that Begin opened.
func (o *Out) End() { o.V.EndBytes() }

// Null makes row i NULL.
func (o *Out) Null(i int) {
	if o.V.Kind == types.KindBytes {
		o.skipTo(i)
		o.V.AppendNull()
		return
	}
	o.V.SetDatum(i, types.Datum{})
}

// Put puts a value of any kind.
func (o *Out) Put(i int, d types.Datum) {
	switch {
	case d.IsNull():
		o.Null(i)
	case o.V.Kind == types.KindBytes:
		o.Str(i, d.S)
	default:
		o.V.SetDatum(i, d)
	}
}

// From puts row i of v, a vector of the same kind.
func (o *Out) From(i int, v *types.Vec) {
	switch {
	case v.IsNull(i):
		o.Null(i)
	case o.V.Kind == types.KindBytes:
		o.Bytes(i, v.Bytes(i))
	case o.V.Kind == types.KindNumeric:
		o.V.SetDatum(i, v.Datum(i))
	default:
		copyFixed(o.V, v, i)
	}
}

// copyFixed copies row i's slot of a fixed-width kind other than numeric.
func copyFixed(dst, src *types.Vec, i int) {
	dst.SetValid(i)
	switch dst.Kind.Width() {
	case 1:
		types.Fixed[uint8](dst)[i] = types.Fixed[uint8](src)[i]
	case 2:
		types.Fixed[uint16](dst)[i] = types.Fixed[uint16](src)[i]
	case 4:
		types.Fixed[uint32](dst)[i] = types.Fixed[uint32](src)[i]
	case 8:
		types.Fixed[uint64](dst)[i] = types.Fixed[uint64](src)[i]
	case 16:
		types.Fixed[[2]uint64](dst)[i] = types.Fixed[[2]uint64](src)[i]
	}
}
