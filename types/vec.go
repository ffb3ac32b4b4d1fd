package types

import (
	"math"
	"unsafe"
)

// Vec is one column of a batch. Fixed-width values are reached with the typed accessors
// ([Vec.Int64s]…), which alias the vector; KindBytes values with [Vec.Bytes] and the
// Append methods.
type Vec struct {
	Type  Type
	Kind  Kind
	N     int      // rows
	Valid []uint64 // bit i%64 of word i/64 set: row i is not NULL; nil: no row is NULL
	buf   []uint64 // fixed-width values, 8-byte aligned; grows in place, never shrinks
	Off   []int32  // KindBytes: N+1 offsets into Data
	Data  []byte   // KindBytes: the bytes; KindNumeric: digits of long values
}

// NewVec returns an empty vector of type t with room for n rows.
func NewVec(t Type, n int) *Vec {
	v := &Vec{}
	v.Init(t, n)
	return v
}

// Init makes v an empty vector of type t with room for n rows, keeping its buffers.
func (v *Vec) Init(t Type, n int) {
	v.Type, v.Kind, v.N = t, t.Kind(), 0
	v.Valid, v.Data = nil, v.Data[:0]
	if v.Kind == KindBytes {
		if v.Off == nil {
			v.Off = make([]int32, 1, n+1)
		}
		v.Off = append(v.Off[:0], 0)
		return
	}
	v.reserve(n)
}

// Resize sets the number of rows of a fixed-width vector; new values are undefined (not
// zeroed) and valid. For KindBytes it appends empty values or truncates.
func (v *Vec) Resize(n int) {
	old := v.N
	v.N = n
	if v.Kind == KindBytes {
		for len(v.Off) < n+1 {
			v.Off = append(v.Off, int32(len(v.Data)))
		}
		v.Off = v.Off[:n+1]
		v.Data = v.Data[:v.Off[n]]
	} else {
		v.reserve(n)
	}
	if v.Valid != nil {
		v.growValid(old, n)
	}
}

func (v *Vec) reserve(n int) {
	words := (n*v.Kind.Width() + 7) / 8
	if words <= len(v.buf) {
		return
	}
	grown := make([]uint64, max(words, 2*len(v.buf)))
	copy(grown, v.buf)
	v.buf = grown
}

// growValid makes the bitmap cover n rows, rows old… marked valid.
func (v *Vec) growValid(old, n int) {
	words := (n + 63) / 64
	for len(v.Valid) < words {
		v.Valid = append(v.Valid, 0)
	}
	v.Valid = v.Valid[:words]
	for i := old; i < n; i++ {
		v.Valid[i>>6] |= 1 << (i & 63)
	}
}

// NeedValid makes sure v has a validity bitmap and returns it.
func (v *Vec) NeedValid() []uint64 {
	if v.Valid == nil {
		v.Valid = make([]uint64, (v.N+63)/64)
		for i := range v.Valid {
			v.Valid[i] = math.MaxUint64
		}
	}
	return v.Valid
}

// IsNull reports whether row i is NULL.
func (v *Vec) IsNull(i int) bool { return v.Valid != nil && v.Valid[i>>6]>>(i&63)&1 == 0 }

// SetNull makes row i NULL.
func (v *Vec) SetNull(i int) { v.NeedValid()[i>>6] &^= 1 << (i & 63) }

// SetValid makes row i not NULL; its value is whatever stands in its slot.
func (v *Vec) SetValid(i int) {
	if v.Valid != nil {
		v.Valid[i>>6] |= 1 << (i & 63)
	}
}

// Fixed views the fixed-width values of v as T, whose size must be the kind's width.
func Fixed[T any](v *Vec) []T {
	if v.N == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(v.buf))), v.N)
}

// Bools views a KindBool vector: 0 or 1 each.
func (v *Vec) Bools() []uint8 { return Fixed[uint8](v) }

// Int16s views a KindInt16 vector.
func (v *Vec) Int16s() []int16 { return Fixed[int16](v) }

// Int32s views a KindInt32 vector.
func (v *Vec) Int32s() []int32 { return Fixed[int32](v) }

// Int64s views a KindInt64 vector.
func (v *Vec) Int64s() []int64 { return Fixed[int64](v) }

// Float32s views a KindFloat32 vector.
func (v *Vec) Float32s() []float32 { return Fixed[float32](v) }

// Float64s views a KindFloat64 vector.
func (v *Vec) Float64s() []float64 { return Fixed[float64](v) }

// Decs views a KindNumeric vector's slots.
func (v *Vec) Decs() []Dec { return Fixed[Dec](v) }

// Intervals views a KindInterval vector.
func (v *Vec) Intervals() []Interval { return Fixed[Interval](v) }

// UUIDs views a KindUUID vector.
func (v *Vec) UUIDs() [][16]byte { return Fixed[[16]byte](v) }

// Bytes is row i of a KindBytes vector; it aliases the vector.
func (v *Vec) Bytes(i int) []byte { return v.Data[v.Off[i]:v.Off[i+1]] }

// Str is row i of a KindBytes vector as a string that aliases the vector.
func (v *Vec) Str(i int) string {
	b := v.Bytes(i)
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// AppendBytes appends one non-NULL value to a KindBytes vector.
func (v *Vec) AppendBytes(b []byte) {
	v.Data = append(v.Data, b...)
	v.EndBytes()
}

// AppendStr appends one non-NULL value to a KindBytes vector.
func (v *Vec) AppendStr(s string) {
	v.Data = append(v.Data, s...)
	v.EndBytes()
}

// EndBytes closes a value whose bytes the caller appended to v.Data.
func (v *Vec) EndBytes() {
	v.Off = append(v.Off, int32(len(v.Data)))
	v.N++
	if v.Valid != nil {
		v.growValid(v.N-1, v.N)
	}
}

// AppendNull appends a NULL.
func (v *Vec) AppendNull() {
	v.Resize(v.N + 1)
	if v.Kind != KindBytes {
		v.zero(v.N - 1)
	}
	v.SetNull(v.N - 1)
}

// zero clears the slot of row i, so that NULLs have one image.
func (v *Vec) zero(i int) {
	w := v.Kind.Width()
	clear(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(v.buf)), i*w)), w))
}

// long is the digits of a long numeric slot of this vector.
func (v *Vec) long(d Dec) []byte {
	if d.Hi>>62 != 2 {
		return nil
	}
	return v.Data[d.Lo : d.Lo+d.Hi&(1<<48-1)]
}

// Datum is row i as a value that owns its bytes.
func (v *Vec) Datum(i int) Datum {
	if v.IsNull(i) {
		return Datum{}
	}
	switch v.Kind {
	case KindBool:
		return Datum{Kind: KindBool, I: int64(v.Bools()[i])}
	case KindInt16:
		return NewInt16(v.Int16s()[i])
	case KindInt32:
		return NewInt32(v.Int32s()[i])
	case KindInt64:
		return NewInt64(v.Int64s()[i])
	case KindFloat32:
		return NewFloat32(v.Float32s()[i])
	case KindFloat64:
		return NewFloat64(v.Float64s()[i])
	case KindNumeric:
		d := v.Decs()[i]
		if l := v.long(d); l != nil {
			d.Lo = 0
			return NewDec(d, string(l))
		}
		return NewDec(d, "")
	case KindInterval:
		return NewInterval(v.Intervals()[i])
	case KindUUID:
		return NewUUID(v.UUIDs()[i])
	default:
		return NewBytes(string(v.Bytes(i)))
	}
}

// AppendDatum appends d, whose kind must be v's or NULL.
func (v *Vec) AppendDatum(d Datum) {
	if d.IsNull() {
		v.AppendNull()
		return
	}
	if v.Kind == KindBytes {
		v.AppendStr(d.S)
		return
	}
	i := v.N
	v.Resize(i + 1)
	v.set(i, d)
}

// SetDatum overwrites row i of a fixed-width vector with d.
func (v *Vec) SetDatum(i int, d Datum) {
	if d.IsNull() {
		v.zero(i)
		v.SetNull(i)
		return
	}
	v.SetValid(i)
	v.set(i, d)
}

func (v *Vec) set(i int, d Datum) {
	switch v.Kind {
	case KindBool:
		v.Bools()[i] = uint8(d.I)
	case KindInt16:
		v.Int16s()[i] = int16(d.I)
	case KindInt32:
		v.Int32s()[i] = int32(d.I)
	case KindInt64:
		v.Int64s()[i] = d.I
	case KindFloat32:
		v.Float32s()[i] = d.Float32()
	case KindFloat64:
		v.Float64s()[i] = d.Float64()
	case KindNumeric:
		v.Decs()[i] = v.internDec(d.Dec(), d.S)
	case KindInterval:
		v.Intervals()[i] = d.Interval()
	case KindUUID:
		v.UUIDs()[i] = d.UUID()
	}
}

// internDec copies the digits of a long numeric into v and returns the slot that points
// at them; short slots pass through.
func (v *Vec) internDec(d Dec, long string) Dec {
	if d.Hi>>62 != 2 {
		return d
	}
	d.Lo = uint64(len(v.Data))
	v.Data = append(v.Data, long...)
	return d
}
