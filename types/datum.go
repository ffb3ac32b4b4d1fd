package types

import (
	"encoding/binary"
	"math"
)

// Datum is one SQL value, NULL included; its type is known from where it stands. Two
// Datums of one type are == exactly when they are image-equal. The zero Datum is NULL.
//
// KindBool, the integers and floats (as IEEE bits) use I; KindNumeric, KindInterval and
// KindUUID use I (low word) and J (high word), long numerics S too; KindBytes uses S.
type Datum struct {
	Kind Kind
	I, J int64
	S    string
}

// Interval is a span of time as PostgreSQL keeps it: three parts that do not mix.
type Interval struct {
	Micros int64
	Days   int32
	Months int32
}

// Dec is the 16-byte slot of a numeric.
//
// The top 16 bits of Hi are a tag: bits 15-14 the form (0 inline, 1 special, 2 long),
// bits 13-0 the display scale. Inline: the other 112 bits are the coefficient in two's
// complement, value = coefficient × 10^−scale. Special: Lo is 0 for NaN, 1 for +Infinity,
// 2 for −Infinity. Long: the low 48 bits of Hi are the length and Lo the offset of the
// digits in the vector's Data (in a Datum: S); see numeric_long.go for their form. A value
// that fits inline is never long, so equal images have equal slots.
type Dec struct{ Lo, Hi uint64 }

// Null returns the NULL datum.
func Null() Datum { return Datum{} }

// IsNull reports whether d is NULL.
func (d Datum) IsNull() bool { return d.Kind == KindNull }

// NewBool returns a boolean.
func NewBool(b bool) Datum {
	if b {
		return Datum{Kind: KindBool, I: 1}
	}
	return Datum{Kind: KindBool}
}

// NewInt16 returns a smallint.
func NewInt16(v int16) Datum { return Datum{Kind: KindInt16, I: int64(v)} }

// NewInt32 returns an integer or a date.
func NewInt32(v int32) Datum { return Datum{Kind: KindInt32, I: int64(v)} }

// NewInt64 returns a bigint, a time, a timestamp or an oid.
func NewInt64(v int64) Datum { return Datum{Kind: KindInt64, I: v} }

// NewFloat32 returns a real. All NaNs are one NaN.
func NewFloat32(v float32) Datum {
	if v != v {
		return Datum{Kind: KindFloat32, I: nan32}
	}
	return Datum{Kind: KindFloat32, I: int64(math.Float32bits(v))}
}

// NewFloat64 returns a double precision. All NaNs are one NaN.
func NewFloat64(v float64) Datum {
	if v != v {
		return Datum{Kind: KindFloat64, I: nan64}
	}
	return Datum{Kind: KindFloat64, I: int64(math.Float64bits(v))}
}

// NewBytes returns a value of KindBytes: text, bytea, jsonb, an array and so on.
func NewBytes(s string) Datum { return Datum{Kind: KindBytes, S: s} }

// NewInterval returns an interval.
func NewInterval(v Interval) Datum {
	return Datum{Kind: KindInterval, I: v.Micros, J: int64(uint32(v.Days)) | int64(v.Months)<<32}
}

// NewUUID returns a uuid.
func NewUUID(u [16]byte) Datum {
	return Datum{
		Kind: KindUUID,
		I:    int64(binary.LittleEndian.Uint64(u[:8])), J: int64(binary.LittleEndian.Uint64(u[8:])),
	}
}

// NewDec returns a numeric from its slot; long is its digits where d is long, else "".
func NewDec(d Dec, long string) Datum {
	return Datum{Kind: KindNumeric, I: int64(d.Lo), J: int64(d.Hi), S: long}
}

// Bool is the value of a boolean; false for NULL.
func (d Datum) Bool() bool { return d.I != 0 }

// Int is the value of any integer, date, time, timestamp or oid.
func (d Datum) Int() int64 { return d.I }

// Float32 is the value of a real.
func (d Datum) Float32() float32 { return math.Float32frombits(uint32(d.I)) }

// Float64 is the value of a double precision.
func (d Datum) Float64() float64 { return math.Float64frombits(uint64(d.I)) }

// Str is the bytes of a KindBytes value.
func (d Datum) Str() string { return d.S }

// Interval is the value of an interval.
func (d Datum) Interval() Interval {
	return Interval{Micros: d.I, Days: int32(d.J), Months: int32(d.J >> 32)}
}

// UUID is the value of a uuid.
func (d Datum) UUID() (u [16]byte) {
	binary.LittleEndian.PutUint64(u[:8], uint64(d.I))
	binary.LittleEndian.PutUint64(u[8:], uint64(d.J))
	return u
}

// Dec is the slot of a numeric.
func (d Datum) Dec() Dec { return Dec{Lo: uint64(d.I), Hi: uint64(d.J)} }
