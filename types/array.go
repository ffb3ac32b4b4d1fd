package types

import (
	"encoding/binary"
	"strings"
)

// An array value (KindBytes) is self-describing, all numbers little-endian:
//
//	4  element type OID
//	1  number of dimensions, 0 for an empty array, at most 6
//	1  1 when a NULL bitmap follows the dimensions, else 0
//	8  per dimension: length and lower bound, int32 each
//	   the NULL bitmap, bit i of byte i/8 set: element i is NULL
//	   fixed-width elements: their little-endian bytes, NULLs as zeros
//	   others: the end offset of each element (uint32), then the bytes; a numeric element is
//	   its image (image.go)
//
// Equal images are equal bytes. int2vector and oidvector are such arrays with lower
// bound 0.
const maxDim = 6

// ArrayView reads an array value in place.
type ArrayView struct {
	Elem  Type
	kind  Kind
	n     int
	dims  string // 8 bytes a dimension
	nulls string
	ends  string // end offsets of elements that are not fixed-width
	vals  string
}

// ViewArray opens an array datum's bytes. Damaged bytes give an empty array.
func ViewArray(s string) ArrayView {
	v, _ := viewArray(s, Type{})
	return v
}

// viewArray opens s, checking it whole when t is a known array type.
func viewArray(s string, t Type) (v ArrayView, ok bool) {
	if len(s) < 6 || s[4] > maxDim || s[5] > 1 {
		return v, false
	}
	v.Elem = Type{OID(le32(s)), -1}
	if e := t.Info().Elem; t.OID != 0 && e != 0 && e != v.Elem.OID {
		return v, false
	}
	v.kind = v.Elem.Kind()
	nd, hasNulls := int(s[4]), s[5] == 1
	s = s[6:]
	if len(s) < 8*nd {
		return ArrayView{Elem: v.Elem}, false
	}
	dims, n := s[:8*nd], 0
	if nd > 0 {
		n = 1
	}
	for d := range nd {
		l := int64(le32(dims[8*d:]))
		if l <= 0 || l*int64(n) > 1<<27 {
			return ArrayView{Elem: v.Elem}, false
		}
		n *= int(l)
	}
	s = s[8*nd:]
	nb := 0
	if hasNulls {
		nb = (n + 7) / 8
	}
	w := v.kind.Width()
	if w == 0 || v.kind == KindNumeric {
		w = 4
	}
	if len(s) < nb+n*w {
		return ArrayView{Elem: v.Elem}, false
	}
	nulls, s := s[:nb], s[nb:]
	a := ArrayView{Elem: v.Elem, kind: v.kind, n: n, dims: dims, nulls: nulls, vals: s}
	if a.fixed() {
		return a, len(s) == n*w
	}
	a.ends, a.vals = s[:4*n], s[4*n:]
	if !a.checkEnds() {
		return ArrayView{Elem: v.Elem}, false
	}
	return a, true
}

func (a *ArrayView) fixed() bool { return a.kind != KindBytes && a.kind != KindNumeric }

// checkEnds checks that the elements lie one after another within vals.
func (a *ArrayView) checkEnds() bool {
	last := uint32(0)
	for i := range a.n {
		e := le32(a.ends[4*i:])
		if e < last || int(e) > len(a.vals) {
			return false
		}
		if a.kind == KindNumeric && !a.IsNull(i) {
			_, _, rest, err := readDecImage([]byte(a.vals[last:e]))
			if err != nil || len(rest) > 0 {
				return false
			}
		}
		last = e
	}
	return int(last) == len(a.vals)
}

func le32(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

func le64(s string) uint64 { return uint64(le32(s)) | uint64(le32(s[4:]))<<32 }

// IsVector reports whether t is int2vector or oidvector.
func (t Type) IsVector() bool { return t.OID == Int2Vector.OID || t.OID == OidVector.OID }

// Len is the number of elements, over all dimensions.
func (a ArrayView) Len() int { return a.n }

// NDim is the number of dimensions; 0 for an empty array.
func (a ArrayView) NDim() int { return len(a.dims) / 8 }

// Dim is the length and lower bound of dimension d, counted from 0.
func (a ArrayView) Dim(d int) (length, lower int) {
	return int(int32(le32(a.dims[8*d:]))), int(int32(le32(a.dims[8*d+4:])))
}

// IsNull reports whether element i is NULL.
func (a ArrayView) IsNull(i int) bool {
	return a.nulls != "" && a.nulls[i>>3]>>(i&7)&1 != 0
}

// At is element i, in storage order, counted from 0; it aliases the array.
func (a ArrayView) At(i int) Datum {
	if a.IsNull(i) {
		return Datum{}
	}
	switch a.kind {
	case KindBool:
		return NewBool(a.vals[i] != 0)
	case KindInt16:
		return NewInt16(int16(uint16(a.vals[2*i]) | uint16(a.vals[2*i+1])<<8))
	case KindInt32:
		return NewInt32(int32(le32(a.vals[4*i:])))
	case KindFloat32:
		return Datum{Kind: KindFloat32, I: int64(le32(a.vals[4*i:]))}
	case KindInt64, KindFloat64:
		return Datum{Kind: a.kind, I: int64(le64(a.vals[8*i:]))}
	case KindInterval, KindUUID:
		return Datum{Kind: a.kind, I: int64(le64(a.vals[16*i:])), J: int64(le64(a.vals[16*i+8:]))}
	}
	from := uint32(0)
	if i > 0 {
		from = le32(a.ends[4*i-4:])
	}
	s := a.vals[from:le32(a.ends[4*i:])]
	if a.kind != KindNumeric {
		return NewBytes(s)
	}
	d, long, _, err := readDecImage([]byte(s))
	if err != nil {
		return Datum{}
	}
	return NewDec(d, string(long))
}

// Elems copies the elements out.
func (a ArrayView) Elems() []Datum {
	es := make([]Datum, a.n)
	for i := range es {
		es[i] = a.At(i)
	}
	return es
}

// ArrayBuilder collects the elements of an array.
type ArrayBuilder struct {
	elem  Type
	n     int
	nulls []byte // nil while there is none
	ends  []byte
	vals  []byte
}

// NewArrayBuilder returns a builder of an array over elem.
func NewArrayBuilder(elem Type) *ArrayBuilder { return &ArrayBuilder{elem: elem.Base()} }

// Len is the number of elements so far.
func (b *ArrayBuilder) Len() int { return b.n }

// Append adds an element.
func (b *ArrayBuilder) Append(d Datum) {
	k := b.elem.Kind()
	switch {
	case d.IsNull():
		for len(b.nulls) < b.n/8+1 {
			b.nulls = append(b.nulls, 0)
		}
		b.nulls[b.n>>3] |= 1 << (b.n & 7)
		if k != KindNumeric {
			b.vals = append(b.vals, make([]byte, k.Width())...)
		}
	case k == KindBytes:
		b.vals = append(b.vals, d.S...)
	default:
		b.vals = appendImageValue(b.vals, d)
	}
	if k == KindBytes || k == KindNumeric {
		b.ends = binary.LittleEndian.AppendUint32(b.ends, uint32(len(b.vals)))
	}
	b.n++
}

// Build is the one-dimensional array of the elements with lower bound 1; an empty array
// when there are none.
func (b *ArrayBuilder) Build() Datum { return b.build([][2]int{{b.n, 1}}) }

// BuildDims is the array of the elements with the given dimensions (length, lower bound);
// the lengths' product must be Len.
func (b *ArrayBuilder) BuildDims(dims [][2]int) Datum { return b.build(dims) }

func (b *ArrayBuilder) build(dims [][2]int) Datum {
	le := binary.LittleEndian
	if b.n == 0 {
		dims = nil
	}
	out := make([]byte, 0, 6+8*len(dims)+b.n/8+1+len(b.ends)+len(b.vals))
	out = le.AppendUint32(out, uint32(b.elem.OID))
	out = append(out, byte(len(dims)), 0)
	for _, d := range dims {
		out = le.AppendUint32(le.AppendUint32(out, uint32(d[0])), uint32(d[1]))
	}
	if b.nulls != nil {
		out[5] = 1
		for len(b.nulls) < (b.n+7)/8 {
			b.nulls = append(b.nulls, 0)
		}
		out = append(out, b.nulls...)
	}
	return NewBytes(string(append(append(out, b.ends...), b.vals...)))
}

// NewArray is the one-dimensional array of elems.
func NewArray(elem Type, elems ...Datum) Datum {
	b := NewArrayBuilder(elem)
	for _, e := range elems {
		b.Append(e)
	}
	return b.Build()
}

// compareArrays is PostgreSQL's order: element by element, NULL after all values, then
// the number of elements, then dimensions and lower bounds.
func compareArrays(x, y string) int {
	a, b := ViewArray(x), ViewArray(y)
	for i := range min(a.n, b.n) {
		p, q := a.At(i), b.At(i)
		c := 0
		switch {
		case p.IsNull() && q.IsNull():
		case p.IsNull():
			c = 1
		case q.IsNull():
			c = -1
		default:
			c = Compare(a.Elem, p, q)
		}
		if c != 0 {
			return c
		}
	}
	if a.n != b.n {
		return a.n - b.n
	}
	return strings.Compare(string(a.appendShape(nil)), string(b.appendShape(nil)))
}

// appendArrayOrder appends the memcomparable form: the elements' order keys, NULLs last,
// closed by 0, then the shape.
func appendArrayOrder(dst []byte, s string) []byte {
	a := ViewArray(s)
	for i := range a.n {
		dst = AppendOrderKeyDatum(dst, a.Elem, a.At(i), false, false)
	}
	return a.appendShape(append(dst, 0))
}

// appendShape appends dimensions, lengths and lower bounds in comparable form.
func (a ArrayView) appendShape(dst []byte) []byte {
	dst = append(dst, byte(a.NDim()))
	for d := range a.NDim() {
		l, _ := a.Dim(d)
		dst = binary.BigEndian.AppendUint32(dst, uint32(l))
	}
	for d := range a.NDim() {
		_, low := a.Dim(d)
		dst = binary.BigEndian.AppendUint32(dst, uint32(low)^1<<31)
	}
	return dst
}
