package types

import (
	"encoding/binary"
	"math"
	"strconv"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"streamdb/types/pgerr"
)

// The keys of a field's metadata that keep the SQL type across Arrow.
const (
	arrowOID = "pg.oid"
	arrowMod = "pg.typmod"

	unixEpochDays = 10957 // 2000-01-01 in days since 1970
)

// ArrowType is the Arrow type that values of t become: numeric(p,s) with p ≤ 38 and
// 0 ≤ s ≤ p a decimal128, other numerics and arrays their text.
func ArrowType(t Type) arrow.DataType {
	switch t.Kind() {
	case KindBool:
		return arrow.FixedWidthTypes.Boolean
	case KindInt16:
		return arrow.PrimitiveTypes.Int16
	case KindInt32:
		if t.OID == Date.OID {
			return arrow.FixedWidthTypes.Date32
		}
		return arrow.PrimitiveTypes.Int32
	case KindInt64:
		switch t.OID {
		case Time.OID:
			return arrow.FixedWidthTypes.Time64us
		case Timestamp.OID:
			return &arrow.TimestampType{Unit: arrow.Microsecond}
		case TimestampTZ.OID:
			return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
		}
		return arrow.PrimitiveTypes.Int64
	case KindFloat32:
		return arrow.PrimitiveTypes.Float32
	case KindFloat64:
		return arrow.PrimitiveTypes.Float64
	case KindInterval:
		return arrow.FixedWidthTypes.MonthDayNanoInterval
	case KindUUID:
		return &arrow.FixedSizeBinaryType{ByteWidth: 16}
	case KindNumeric:
		if p, s := t.Precision(), t.Scale(); p > 0 && p <= 38 && s >= 0 && s <= p {
			return &arrow.Decimal128Type{Precision: int32(p), Scale: int32(s)}
		}
		return arrow.BinaryTypes.String
	}
	if t.OID == Bytea.OID {
		return arrow.BinaryTypes.Binary
	}
	return arrow.BinaryTypes.String
}

// ArrowSchema is the Arrow schema of s; the fields' metadata keep the SQL types.
func ArrowSchema(s Schema) *arrow.Schema {
	fs := make([]arrow.Field, len(s))
	for i, c := range s {
		fs[i] = arrow.Field{
			Name: c.Name, Type: ArrowType(c.Type), Nullable: !c.NotNull,
			Metadata: arrow.MetadataFrom(map[string]string{
				arrowOID: strconv.FormatUint(uint64(c.Type.OID), 10),
				arrowMod: strconv.FormatInt(int64(c.Type.Mod), 10),
			}),
		}
	}
	return arrow.NewSchema(fs, nil)
}

// ToArrow is b's existing rows as an Arrow record, weights left out. Columns whose layout
// agrees share b's memory when b is dense: the record is good while b is unchanged. A
// value that the Arrow type cannot hold (NaN as a decimal, an infinite timestamp) is an
// error.
func ToArrow(s Schema, b *Batch) (arrow.Record, error) {
	if b.Sel != nil {
		b = b.Compact()
	}
	cols := make([]arrow.Array, len(b.Cols))
	for i, v := range b.Cols {
		a, err := vecToArrow(v)
		if err != nil {
			return nil, err
		}
		cols[i] = a
	}
	return array.NewRecord(ArrowSchema(s), cols, int64(b.N)), nil
}

func bytesOf[T any](s []T) []byte {
	var z T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(z)))
}

func vecToArrow(v *Vec) (arrow.Array, error) {
	t := ArrowType(v.Type)
	var valid *memory.Buffer
	nulls := 0
	if v.Valid != nil {
		valid = memory.NewBufferBytes(bytesOf(v.Valid))
		nulls = array.UnknownNullCount
	}
	if v.Kind == KindBytes && bytesFormOf(v.Type) < formArray {
		data := array.NewData(t, v.N, []*memory.Buffer{
			valid, memory.NewBufferBytes(bytesOf(v.Off[:v.N+1])), memory.NewBufferBytes(v.Data),
		}, nil, nulls, 0)
		return array.MakeFromData(data), nil
	}
	if v.Kind == KindBytes || v.Kind == KindNumeric && t.ID() == arrow.STRING {
		return textColumn(v), nil
	}
	values, err := arrowValues(v, t)
	if err != nil {
		return nil, err
	}
	bufs := []*memory.Buffer{valid, memory.NewBufferBytes(values)}
	return array.MakeFromData(array.NewData(t, v.N, bufs, nil, nulls, 0)), nil
}

// textColumn is values as their text.
func textColumn(v *Vec) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	st := DefaultStyle()
	var buf []byte
	for i := range v.N {
		if v.IsNull(i) {
			b.AppendNull()
			continue
		}
		buf = AppendText(buf[:0], v, i, st)
		b.Append(string(buf))
	}
	return b.NewArray()
}

func arrowInfinite(t Type) error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "infinite %s has no Arrow form", t.Base())
}

// arrowValues is the value buffer of a fixed-width column, shared where layouts agree.
func arrowValues(v *Vec, t arrow.DataType) ([]byte, error) {
	switch t.ID() {
	case arrow.BOOL:
		bits := make([]byte, (v.N+7)/8)
		for i, x := range v.Bools() {
			bits[i>>3] |= x << (i & 7)
		}
		return bits, nil
	case arrow.DATE32:
		out := make([]int32, v.N)
		for i, d := range v.Int32s() {
			if !finiteDate(d) && !v.IsNull(i) {
				return nil, arrowInfinite(v.Type)
			}
			out[i] = d + unixEpochDays
		}
		return bytesOf(out), nil
	case arrow.TIMESTAMP:
		out := make([]int64, v.N)
		for i, ts := range v.Int64s() {
			if (isInfinite(ts) || ts > math.MaxInt64-unixEpochSec*usPerSec) && !v.IsNull(i) {
				return nil, arrowInfinite(v.Type)
			}
			out[i] = ts + unixEpochSec*usPerSec
		}
		return bytesOf(out), nil
	case arrow.INTERVAL_MONTH_DAY_NANO:
		return arrowIntervals(v)
	case arrow.DECIMAL128:
		return arrowDecimals(v)
	}
	return v.raw0(v.N * v.Kind.Width()), nil
}

// raw0 is the first n bytes of the values.
func (v *Vec) raw0(n int) []byte {
	if n == 0 {
		return nil
	}
	return v.raw(0, n)
}

func arrowIntervals(v *Vec) ([]byte, error) {
	out := make([]arrow.MonthDayNanoInterval, v.N)
	for i, x := range v.Intervals() {
		if (x.Micros > math.MaxInt64/1000 || x.Micros < math.MinInt64/1000) && !v.IsNull(i) {
			return nil, intervalOutOfRange()
		}
		out[i] = arrow.MonthDayNanoInterval{Months: x.Months, Days: x.Days, Nanoseconds: x.Micros * 1000}
	}
	return bytesOf(out), nil
}

func arrowDecimals(v *Vec) ([]byte, error) {
	out := make([]byte, 16*v.N)
	for i := range v.N {
		if v.IsNull(i) {
			continue
		}
		n := NumericAt(v, i)
		if n.form != numFinite {
			return nil, pgerr.New(pgerr.NumericValueOutOfRange, "%s has no Arrow decimal form", n)
		}
		d := decimal128.FromBigInt(n.toScale(v.Type.Scale()).coef())
		binary.LittleEndian.PutUint64(out[16*i:], d.LowBits())
		binary.LittleEndian.PutUint64(out[16*i+8:], uint64(d.HighBits()))
	}
	return out, nil
}
