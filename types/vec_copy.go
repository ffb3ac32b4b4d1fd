package types

import "unsafe"

// AppendFrom appends row i of src, a vector of the same kind.
func (v *Vec) AppendFrom(src *Vec, i int) {
	if src.IsNull(i) {
		v.AppendNull()
		return
	}
	switch v.Kind {
	case KindBytes:
		v.AppendBytes(src.Bytes(i))
		return
	case KindNumeric:
		d := src.Decs()[i]
		n := v.N
		v.Resize(n + 1)
		v.Decs()[n] = v.moveDec(src, d)
		return
	}
	n := v.N
	v.Resize(n + 1)
	w := v.Kind.Width()
	copy(v.raw(n, w), src.raw(i, w))
}

// raw is the bytes of w-wide row i.
func (v *Vec) raw(i, w int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(v.buf)), i*w)), w)
}

// bytes is the memory of all fixed-width values.
func (v *Vec) bytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v.buf))), v.N*v.Kind.Width())
}

func (v *Vec) moveDec(src *Vec, d Dec) Dec {
	if d.Hi>>62 != 2 {
		return d
	}
	l := src.long(d)
	d.Lo = uint64(len(v.Data))
	v.Data = append(v.Data, l...)
	return d
}

// AppendSel appends the rows of src that sel lists, in its order; a nil sel means all.
func (v *Vec) AppendSel(src *Vec, sel []int32) {
	if sel == nil {
		v.appendAll(src)
		return
	}
	base := v.N
	switch v.Kind {
	case KindBytes:
		for _, i := range sel {
			v.Data = append(v.Data, src.Data[src.Off[i]:src.Off[i+1]]...)
			v.Off = append(v.Off, int32(len(v.Data)))
		}
		v.N += len(sel)
		if v.Valid != nil {
			v.growValid(base, v.N)
		}
	case KindNumeric:
		v.Resize(base + len(sel))
		d, s := v.Decs()[base:], src.Decs()
		for k, i := range sel {
			d[k] = v.moveDec(src, s[i])
		}
	case KindBool:
		gather[uint8](v, src, sel)
	case KindInt16:
		gather[int16](v, src, sel)
	case KindInt32, KindFloat32:
		gather[int32](v, src, sel)
	case KindInt64, KindFloat64:
		gather[int64](v, src, sel)
	default:
		gather[[2]uint64](v, src, sel)
	}
	if src.Valid != nil {
		for k, i := range sel {
			if src.IsNull(int(i)) {
				v.SetNull(base + k)
			}
		}
	}
}

func gather[T any](v, src *Vec, sel []int32) {
	base := v.N
	v.Resize(base + len(sel))
	d, s := Fixed[T](v)[base:], Fixed[T](src)
	for k, i := range sel {
		d[k] = s[i]
	}
}

func (v *Vec) appendAll(src *Vec) {
	base := v.N
	switch v.Kind {
	case KindBytes:
		shift := int32(len(v.Data)) - src.Off[0]
		v.Data = append(v.Data, src.Data[src.Off[0]:src.Off[src.N]]...)
		for _, o := range src.Off[1 : src.N+1] {
			v.Off = append(v.Off, o+shift)
		}
		v.N += src.N
		if v.Valid != nil {
			v.growValid(base, v.N)
		}
	case KindNumeric:
		v.Resize(base + src.N)
		d := v.Decs()[base:]
		for i, s := range src.Decs() {
			d[i] = v.moveDec(src, s)
		}
	default:
		v.Resize(base + src.N)
		w := v.Kind.Width()
		copy(v.bytes()[base*w:], src.bytes())
	}
	if src.Valid != nil {
		for i := range src.N {
			if src.IsNull(i) {
				v.SetNull(base + i)
			}
		}
	}
}

// Clone returns a copy of v that shares nothing with it.
func (v *Vec) Clone() *Vec {
	c := NewVec(v.Type, v.N)
	c.appendAll(v)
	return c
}

// MemSize is the bytes v's buffers take, by capacity.
func (v *Vec) MemSize() int {
	return 8*cap(v.buf) + 8*cap(v.Valid) + 4*cap(v.Off) + cap(v.Data)
}
