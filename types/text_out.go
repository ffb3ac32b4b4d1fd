package types

import (
	"encoding/hex"
	"strconv"
)

// AppendText appends the text form of row i, which is not NULL, as PostgreSQL's output
// function writes it.
func AppendText(dst []byte, v *Vec, i int, st *Style) []byte {
	switch v.Kind {
	case KindBool:
		if v.Bools()[i] != 0 {
			return append(dst, 't')
		}
		return append(dst, 'f')
	case KindInt16:
		return strconv.AppendInt(dst, int64(v.Int16s()[i]), 10)
	case KindInt32:
		if v.Type.OID == Date.OID {
			return AppendDate(dst, v.Int32s()[i], st)
		}
		return strconv.AppendInt(dst, int64(v.Int32s()[i]), 10)
	case KindInt64:
		return appendText64(dst, v.Type, v.Int64s()[i], st)
	case KindFloat64:
		return AppendFloat64(dst, v.Float64s()[i], st.ExtraFloatDigits)
	case KindBytes:
		return appendTextBytes(dst, v.Type, v.Str(i), st)
	}
	return v.DatumAlias(i).AppendText(dst, v.Type, st)
}

// AppendText appends the text form of d, a value of type t that is not NULL.
func (d Datum) AppendText(dst []byte, t Type, st *Style) []byte {
	switch d.Kind {
	case KindBool:
		if d.I != 0 {
			return append(dst, 't')
		}
		return append(dst, 'f')
	case KindInt32:
		if t.OID == Date.OID {
			return AppendDate(dst, int32(d.I), st)
		}
		return strconv.AppendInt(dst, d.I, 10)
	case KindInt64:
		return appendText64(dst, t, d.I, st)
	case KindFloat32:
		return AppendFloat32(dst, d.Float32(), st.ExtraFloatDigits)
	case KindFloat64:
		return AppendFloat64(dst, d.Float64(), st.ExtraFloatDigits)
	case KindNumeric:
		return numericFromSlot(d.Dec(), d.S).AppendText(dst)
	case KindInterval:
		return AppendInterval(dst, d.Interval(), st.IntervalStyle)
	case KindUUID:
		return appendUUID(dst, d.UUID())
	case KindBytes:
		return appendTextBytes(dst, t, d.S, st)
	}
	return strconv.AppendInt(dst, d.I, 10)
}

func appendText64(dst []byte, t Type, v int64, st *Style) []byte {
	switch t.OID {
	case Time.OID:
		return AppendTime(dst, v)
	case Timestamp.OID:
		return AppendTimestamp(dst, v, st)
	case TimestampTZ.OID:
		return AppendTimestampTZ(dst, v, st)
	case RegProc.OID, RegProcedure.OID, RegClass.OID, RegType.OID, RegNS.OID, RegRole.OID:
		if v == 0 {
			return append(dst, '-')
		}
	}
	return strconv.AppendInt(dst, v, 10)
}

func appendTextBytes(dst []byte, t Type, s string, st *Style) []byte {
	switch t.OID {
	case Text.OID, VarChar.OID, BPChar.OID, Name.OID, JSON.OID, JSONB.OID, Char.OID, Unknown.OID:
		return append(dst, s...)
	case Bytea.OID:
		return appendBytea(dst, s, st.ByteaHex)
	}
	switch bytesFormOf(t) {
	case formArray:
		return appendArrayText(dst, t, s, st)
	case formRecord:
		return appendRecordText(dst, s, st)
	}
	return append(dst, s...)
}

func appendBytea(dst []byte, s string, asHex bool) []byte {
	if asHex {
		return hex.AppendEncode(append(dst, `\x`...), []byte(s))
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\\':
			dst = append(dst, `\\`...)
		case c < 0x20 || c > 0x7e:
			dst = append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func appendUUID(dst []byte, u [16]byte) []byte {
	for i, b := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		const digits = "0123456789abcdef"
		dst = append(dst, digits[b>>4], digits[b&15])
	}
	return dst
}
