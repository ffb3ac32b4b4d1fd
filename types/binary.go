package types

import (
	"encoding/binary"
	"math"

	"streamdb/types/pgerr"
)

func binaryShort() error {
	return pgerr.New(pgerr.ProtocolViolation, "insufficient data left in message")
}

func binaryBad() error {
	return pgerr.New(pgerr.InvalidBinaryRepresentation, "incorrect binary data format")
}

// AppendBinary appends the binary form of row i, which is not NULL, as PostgreSQL's send
// function does.
func AppendBinary(dst []byte, v *Vec, i int) []byte {
	return v.DatumAlias(i).AppendBinary(dst, v.Type)
}

// AppendBinary appends the binary form of d, a value of type t that is not NULL.
func (d Datum) AppendBinary(dst []byte, t Type) []byte {
	be := binary.BigEndian
	switch d.Kind {
	case KindBool:
		return append(dst, byte(d.I))
	case KindInt16:
		return be.AppendUint16(dst, uint16(d.I))
	case KindInt32, KindFloat32:
		return be.AppendUint32(dst, uint32(d.I))
	case KindInt64:
		if t.Info().Len == 4 {
			return be.AppendUint32(dst, uint32(d.I))
		}
		return be.AppendUint64(dst, uint64(d.I))
	case KindFloat64:
		return be.AppendUint64(dst, uint64(d.I))
	case KindNumeric:
		return appendNumericBinary(dst, numericFromSlot(d.Dec(), d.S))
	case KindInterval:
		v := d.Interval()
		dst = be.AppendUint64(dst, uint64(v.Micros))
		return be.AppendUint32(be.AppendUint32(dst, uint32(v.Days)), uint32(v.Months))
	case KindUUID:
		u := d.UUID()
		return append(dst, u[:]...)
	}
	switch {
	case t.OID == JSONB.OID:
		return append(append(dst, 1), d.S...)
	case t.OID == Char.OID && d.S == "":
		return append(dst, 0)
	case bytesFormOf(t) == formArray:
		return appendArrayBinary(dst, t, d.S)
	case t.OID == Record.OID:
		return appendRecordBinary(dst, d.S)
	}
	return append(dst, d.S...)
}

// ParseBinary reads the binary form of a value of type t as PostgreSQL's receive function
// does, and applies t's modifier.
func ParseBinary(t Type, b []byte) (Datum, error) {
	k := t.Kind()
	if w := binaryWidth(t, k); w > 0 {
		switch {
		case len(b) < w:
			return Datum{}, binaryShort()
		case len(b) > w:
			return Datum{}, binaryBad()
		}
	}
	be := binary.BigEndian
	switch k {
	case KindBool:
		return NewBool(b[0] != 0), nil
	case KindInt16:
		return NewInt16(int16(be.Uint16(b))), nil
	case KindInt32:
		v := int32(be.Uint32(b))
		if t.OID == Date.OID && !validDate(v) {
			return Datum{}, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range")
		}
		return NewInt32(v), nil
	case KindInt64:
		if t.Info().Len == 4 {
			return NewInt64(int64(be.Uint32(b))), nil
		}
		return parseBinary64(t, int64(be.Uint64(b)))
	case KindFloat32:
		return NewFloat32(math.Float32frombits(be.Uint32(b))), nil
	case KindFloat64:
		return NewFloat64(math.Float64frombits(be.Uint64(b))), nil
	case KindNumeric:
		n, err := parseNumericBinary(b)
		if err == nil {
			n, err = n.ApplyMod(t)
		}
		return n.ToDatum(), err
	case KindInterval:
		v := Interval{int64(be.Uint64(b)), int32(be.Uint32(b[8:])), int32(be.Uint32(b[12:]))}
		v, err := ApplyIntervalMod(v, t.Mod)
		return NewInterval(v), err
	case KindUUID:
		return NewUUID([16]byte(b)), nil
	}
	return parseBinaryBytes(t, b)
}

// binaryWidth is the length of the binary form of a fixed-width type, else 0.
func binaryWidth(t Type, k Kind) int {
	if k == KindNumeric || k == KindBytes {
		return 0
	}
	return int(t.Info().Len)
}

func parseBinary64(t Type, v int64) (Datum, error) {
	switch t.OID {
	case Time.OID:
		if v < 0 || v > usPerDay {
			return Datum{}, pgerr.New(pgerr.DatetimeFieldOverflow, "time out of range")
		}
		return NewInt64(RoundTime(v, t.Mod)), nil
	case Timestamp.OID, TimestampTZ.OID:
		if !ValidTimestamp(v) {
			return Datum{}, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range")
		}
		v, err := RoundTimestamp(v, t.Mod)
		return NewInt64(v), err
	}
	return NewInt64(v), nil
}

func parseBinaryBytes(t Type, b []byte) (Datum, error) {
	if bytesFormOf(t) == formArray {
		return parseArrayBinary(t, b)
	}
	s := string(b)
	switch t.OID {
	case Bytea.OID:
		return NewBytes(s), nil
	case Char.OID:
		if len(b) != 1 {
			return Datum{}, binaryShort()
		}
		if b[0] == 0 {
			s = ""
		}
		return NewBytes(s), nil
	case JSONB.OID:
		if len(b) == 0 {
			return Datum{}, binaryShort()
		}
		if b[0] != 1 {
			return Datum{}, pgerr.New(pgerr.InternalError, "unsupported jsonb version number %d", b[0])
		}
		s = s[1:]
	}
	if err := CheckUTF8(s); err != nil {
		return Datum{}, err
	}
	if t.OID == Name.OID && len(s) > 63 {
		return Datum{}, pgerr.New(pgerr.NameTooLong, "identifier too long").
			WithDetail("Identifier must be less than %d characters.", 64)
	}
	return parseTextBytes(t, s, nil)
}

// appendArrayBinary: dimensions, NULL flag, element OID, then (length, lower bound) pairs
// and the elements, each with its length.
func appendArrayBinary(dst []byte, t Type, s string) []byte {
	be := binary.BigEndian
	a := ViewArray(s)
	if a.n == 0 && t.IsVector() { // an empty vector has one dimension, of no length
		a.dims = "\x00\x00\x00\x00\x00\x00\x00\x00"
	}
	hasNull := uint32(0)
	if a.nulls != "" {
		hasNull = 1
	}
	dst = be.AppendUint32(dst, uint32(a.NDim()))
	dst = be.AppendUint32(dst, hasNull)
	dst = be.AppendUint32(dst, uint32(a.Elem.OID))
	for d := range a.NDim() {
		n, low := a.Dim(d)
		dst = be.AppendUint32(be.AppendUint32(dst, uint32(n)), uint32(low))
	}
	for i := range a.n {
		if a.IsNull(i) {
			dst = be.AppendUint32(dst, math.MaxUint32)
			continue
		}
		at := len(dst)
		dst = a.At(i).AppendBinary(append(dst, 0, 0, 0, 0), a.Elem)
		be.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	return dst
}

func parseArrayBinary(t Type, b []byte) (Datum, error) {
	be := binary.BigEndian
	if len(b) < 12 {
		return Datum{}, binaryShort()
	}
	nd, flags, oid := int32(be.Uint32(b)), be.Uint32(b[4:]), OID(be.Uint32(b[8:]))
	b = b[12:]
	elem := t.ElemType()
	switch {
	case nd < 0:
		return Datum{}, pgerr.New(pgerr.InvalidBinaryRepresentation, "invalid number of dimensions: %d", nd)
	case nd > maxDim:
		return Datum{}, tooManyDims(int(nd))
	case flags > 1:
		return Datum{}, pgerr.New(pgerr.InvalidBinaryRepresentation, "invalid array flags")
	case oid != elem.OID:
		return Datum{}, pgerr.New(pgerr.DatatypeMismatch,
			"binary data has array element type %d (%s) instead of expected %d (%s)",
			oid, Type{oid, -1}, elem.OID, elem.Base())
	case len(b) < 8*int(nd):
		return Datum{}, binaryShort()
	}
	dims, n := make([][2]int, nd), 1
	for d := range dims {
		l, low := int32(be.Uint32(b)), int32(be.Uint32(b[4:]))
		if l < 0 || int64(l)*int64(n) > 1<<27 {
			return Datum{}, pgerr.New(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (134217727)")
		}
		dims[d], b, n = [2]int{int(l), int(low)}, b[8:], n*int(l)
	}
	if nd == 0 {
		n = 0
	}
	return readElements(elem, b, n, dims)
}

func readElements(elem Type, b []byte, n int, dims [][2]int) (Datum, error) {
	bld := NewArrayBuilder(elem)
	for range n {
		if len(b) < 4 {
			return Datum{}, binaryShort()
		}
		l := int32(binary.BigEndian.Uint32(b))
		b = b[4:]
		if l == -1 {
			bld.Append(Null())
			continue
		}
		if l < 0 || int(l) > len(b) {
			return Datum{}, binaryShort()
		}
		d, err := ParseBinary(elem, b[:l])
		if err != nil {
			return Datum{}, err
		}
		bld.Append(d)
		b = b[l:]
	}
	if len(b) > 0 {
		return Datum{}, binaryBad()
	}
	return bld.BuildDims(dims), nil
}
