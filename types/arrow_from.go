package types

import (
	"encoding/binary"
	"math"
	"strconv"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"streamdb/types/pgerr"
)

// FromArrow is an Arrow record as a dense batch. Fields written by [ArrowSchema] come back
// in their SQL types; others get the nearest one. Text and binary columns without offset
// share the record's memory: the batch is good while the record is.
func FromArrow(r arrow.Record) (*Batch, error) {
	b := &Batch{N: int(r.NumRows()), Cols: make([]*Vec, r.NumCols())}
	for i := range b.Cols {
		v, err := arrowToVec(r.Schema().Field(i), r.Column(i))
		if err != nil {
			return nil, err
		}
		b.Cols[i] = v
	}
	return b, nil
}

// TypeFromArrow is the SQL type of an Arrow field.
func TypeFromArrow(f arrow.Field) (Type, error) {
	if s, ok := f.Metadata.GetValue(arrowOID); ok {
		oid, err := strconv.ParseUint(s, 10, 32)
		m, _ := f.Metadata.GetValue(arrowMod)
		mod, _ := strconv.ParseInt(m, 10, 32)
		t := Type{OID(oid), int32(mod)}
		if err == nil && arrow.TypeEqual(ArrowType(t), f.Type) {
			return t, nil
		}
	}
	switch f.Type.ID() {
	case arrow.BOOL:
		return Bool, nil
	case arrow.INT8, arrow.INT16, arrow.UINT8:
		return Int2, nil
	case arrow.INT32, arrow.UINT16:
		return Int4, nil
	case arrow.INT64, arrow.UINT32:
		return Int8, nil
	case arrow.FLOAT32:
		return Float4, nil
	case arrow.FLOAT64:
		return Float8, nil
	case arrow.STRING, arrow.LARGE_STRING:
		return Text, nil
	case arrow.BINARY, arrow.LARGE_BINARY:
		return Bytea, nil
	case arrow.DATE32, arrow.DATE64:
		return Date, nil
	case arrow.TIME32, arrow.TIME64:
		return Time, nil
	case arrow.TIMESTAMP:
		if f.Type.(*arrow.TimestampType).TimeZone != "" {
			return TimestampTZ, nil
		}
		return Timestamp, nil
	case arrow.DECIMAL128:
		d := f.Type.(*arrow.Decimal128Type)
		return NumericType(int(d.Precision), int(d.Scale)), nil
	case arrow.INTERVAL_MONTH_DAY_NANO:
		return IntervalT, nil
	case arrow.FIXED_SIZE_BINARY:
		if f.Type.(*arrow.FixedSizeBinaryType).ByteWidth == 16 {
			return UUID, nil
		}
		return Bytea, nil
	}
	return Type{}, pgerr.Unsupported("Arrow type "+f.Type.String(), "Cast the column to a simple type first.")
}

func arrowToVec(f arrow.Field, a arrow.Array) (*Vec, error) {
	t, err := TypeFromArrow(f)
	if err != nil {
		return nil, err
	}
	if v := shareArrow(t, a); v != nil {
		return v, nil
	}
	v := NewVec(t, a.Len())
	for i := range a.Len() {
		if a.IsNull(i) {
			v.AppendNull()
			continue
		}
		d, err := arrowDatum(t, a, i)
		if err != nil {
			return nil, err
		}
		v.AppendDatum(d)
	}
	return v, nil
}

// shareArrow views a column whose layout agrees with a Vec's; nil when it does not.
func shareArrow(t Type, a arrow.Array) *Vec {
	d := a.Data()
	id := a.DataType().ID()
	if d.Offset() != 0 || id != arrow.STRING && id != arrow.BINARY || t.Kind() != KindBytes ||
		bytesFormOf(t) == formArray || a.Len() == 0 {
		return nil
	}
	bufs := d.Buffers()
	off := bufs[1].Bytes()
	v := &Vec{Type: t, Kind: KindBytes, N: a.Len()}
	v.Off = unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(off))), v.N+1)[: v.N+1 : v.N+1]
	if bufs[2] != nil {
		n := int(v.Off[v.N])
		v.Data = bufs[2].Bytes()[:n:n] // appending must not reach into the record
	}
	if a.NullN() > 0 {
		v.NeedValid()
		for i := range v.N {
			if a.IsNull(i) {
				v.SetNull(i)
			}
		}
	}
	return v
}

// arrowDatum is a non-NULL value as one of type t.
func arrowDatum(t Type, a arrow.Array, i int) (Datum, error) {
	switch a := a.(type) {
	case *array.Boolean:
		return NewBool(a.Value(i)), nil
	case *array.Int8:
		return NewInt16(int16(a.Value(i))), nil
	case *array.Uint8:
		return NewInt16(int16(a.Value(i))), nil
	case *array.Int16:
		return NewInt16(a.Value(i)), nil
	case *array.Uint16:
		return NewInt32(int32(a.Value(i))), nil
	case *array.Int32:
		return NewInt32(a.Value(i)), nil
	case *array.Uint32:
		return NewInt64(int64(a.Value(i))), nil
	case *array.Int64:
		return NewInt64(a.Value(i)), nil
	case *array.Float32:
		return NewFloat32(a.Value(i)), nil
	case *array.Float64:
		return NewFloat64(a.Value(i)), nil
	case *array.MonthDayNanoInterval:
		x := a.Value(i)
		return NewInterval(Interval{Micros: x.Nanoseconds / 1000, Days: x.Days, Months: x.Months}), nil
	case *array.Decimal128:
		n, err := NumericFromBig(a.Value(i).BigInt(), max(t.Scale(), 0))
		return n.ToDatum(), err
	}
	if d, ok, err := arrowTemporal(a, i); ok {
		return d, err
	}
	return arrowText(t, a, i)
}

// arrowTemporal is a date, time or timestamp; ok is false for other arrays.
func arrowTemporal(a arrow.Array, i int) (d Datum, ok bool, err error) {
	var us, days int64
	switch a := a.(type) {
	case *array.Date32:
		days = int64(a.Value(i))
	case *array.Date64:
		days = int64(a.Value(i)) / 86400000
	case *array.Time32:
		us = int64(a.Value(i)) * perUnit(a.DataType().(*arrow.Time32Type).Unit)
		return NewInt64(us), true, nil
	case *array.Time64:
		us = scaleTime(int64(a.Value(i)), a.DataType().(*arrow.Time64Type).Unit)
		return NewInt64(us), true, nil
	case *array.Timestamp:
		x, u := int64(a.Value(i)), a.DataType().(*arrow.TimestampType).Unit
		if m := perUnit(u); x > math.MaxInt64/m || x < math.MinInt64/m {
			return d, true, timestampOutOfRange()
		}
		us = scaleTime(x, u)
		if us < minTimestamp+unixEpochSec*usPerSec || !ValidTimestamp(us-unixEpochSec*usPerSec) {
			return d, true, timestampOutOfRange()
		}
		return NewInt64(us - unixEpochSec*usPerSec), true, nil
	default:
		return d, false, nil
	}
	if days -= unixEpochDays; days < minDate || days >= endDate {
		return d, true, pgDatetime("date out of range")
	}
	return NewInt32(int32(days)), true, nil
}

// perUnit is the microseconds of a unit, 1 for nanoseconds.
func perUnit(u arrow.TimeUnit) int64 {
	switch u {
	case arrow.Second:
		return usPerSec
	case arrow.Millisecond:
		return 1000
	}
	return 1
}

func scaleTime(v int64, u arrow.TimeUnit) int64 {
	if u == arrow.Nanosecond {
		return v / 1000
	}
	return v * perUnit(u)
}

// arrowText is a text or binary value as one of type t: its bytes where t keeps them, else
// parsed.
func arrowText(t Type, a arrow.Array, i int) (Datum, error) {
	var s string
	switch a := a.(type) {
	case *array.String:
		s = a.Value(i)
	case *array.LargeString:
		s = a.Value(i)
	case *array.Binary:
		return NewBytes(string(a.Value(i))), nil
	case *array.LargeBinary:
		return NewBytes(string(a.Value(i))), nil
	case *array.FixedSizeBinary:
		b := a.Value(i)
		if t.OID == UUID.OID {
			return Datum{
				Kind: KindUUID,
				I:    int64(binary.LittleEndian.Uint64(b)), J: int64(binary.LittleEndian.Uint64(b[8:])),
			}, nil
		}
		return NewBytes(string(b)), nil
	default:
		return Datum{}, pgerr.Unsupported("Arrow array "+a.DataType().String(), "Cast the column to a simple type first.")
	}
	if t.Kind() == KindBytes && bytesFormOf(t) == formPlain {
		return NewBytes(s), nil
	}
	return ParseText(t, s, DefaultStyle())
}
