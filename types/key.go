package types

import "encoding/binary"

// An equality key is one tag byte, 0 for NULL and 1 for a value, and for a value:
//
//	bool, integers        big-endian, as wide as the kind
//	floats                IEEE bits, big-endian; −0 as 0, one NaN
//	numeric               the slot big-endian, trailing zeros removed; digits of a long one
//	interval              days (8) and microseconds of the day (8) of the span
//	uuid                  its 16 bytes
//	bytes                 uvarint length, bytes; bpchar without trailing blanks
//	jsonb, arrays, records their order key (see orderkey.go), which is self-delimiting
const (
	keyNull  = 0
	keyValue = 1
)

// AppendKey appends the equality key of row i: two values of one type are SQL-equal, or
// both NULL, exactly when their keys are the same bytes. Keys are self-delimiting, so a
// concatenation of keys is the key of a row.
func AppendKey(dst []byte, v *Vec, i int) []byte {
	if v.IsNull(i) {
		return append(dst, keyNull)
	}
	switch v.Kind {
	case KindInt32:
		return binary.BigEndian.AppendUint32(append(dst, keyValue), uint32(v.Int32s()[i]))
	case KindInt64:
		return binary.BigEndian.AppendUint64(append(dst, keyValue), uint64(v.Int64s()[i]))
	case KindBytes:
		if bytesFormOf(v.Type) == formPlain {
			return appendLenBytes(append(dst, keyValue), v.Str(i))
		}
	}
	return AppendKeyDatum(dst, v.Type, v.DatumAlias(i))
}

// AppendKeyDatum is [AppendKey] of a value.
func AppendKeyDatum(dst []byte, t Type, d Datum) []byte {
	be := binary.BigEndian
	if d.IsNull() {
		return append(dst, keyNull)
	}
	dst = append(dst, keyValue)
	switch d.Kind {
	case KindBool:
		return append(dst, byte(d.I))
	case KindInt16:
		return be.AppendUint16(dst, uint16(d.I))
	case KindInt32:
		return be.AppendUint32(dst, uint32(d.I))
	case KindInt64:
		return be.AppendUint64(dst, uint64(d.I))
	case KindFloat32:
		return be.AppendUint32(dst, canonF32(d.Float32()))
	case KindFloat64:
		return be.AppendUint64(dst, canonF64(d.Float64()))
	case KindNumeric:
		k, long := keyDec(d.Dec(), d.S)
		return append(be.AppendUint64(be.AppendUint64(dst, k.Hi), k.Lo), long...)
	case KindInterval:
		days, micros := d.Interval().span()
		return be.AppendUint64(be.AppendUint64(dst, uint64(days)), uint64(micros))
	case KindUUID:
		u := d.UUID()
		return append(dst, u[:]...)
	}
	switch bytesFormOf(t) {
	case formBPChar:
		return appendLenBytes(dst, trimBlanks(d.S))
	case formJSONB:
		return appendJSONBOrder(dst, d.S)
	case formArray:
		return appendArrayOrder(dst, d.S)
	case formRecord:
		return appendRecordOrder(dst, d.S)
	}
	return appendLenBytes(dst, d.S)
}

func appendLenBytes(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// keyDec is the one slot of all values equal to d.
func keyDec(d Dec, long string) (Dec, []byte) {
	switch d.Hi >> 62 {
	case formInline:
		return stripDec(d), nil
	case formSpecial:
		return Dec{Lo: d.Lo, Hi: formSpecial << 62}, nil
	}
	return numericFromSlot(d, long).TrimScale().slot()
}

// AppendKeys appends the concatenated equality keys of the given columns of physical
// row i.
func AppendKeys(dst []byte, b *Batch, cols []int, i int) []byte {
	for _, c := range cols {
		dst = AppendKey(dst, b.Cols[c], i)
	}
	return dst
}

// AppendKeysRow is [AppendKeys] of a row of values of the given types.
func AppendKeysRow(dst []byte, ts []Type, r Row) []byte {
	for i, t := range ts {
		dst = AppendKeyDatum(dst, t, r[i])
	}
	return dst
}

// fixedKeyWidth is the bytes after the tag of every non-NULL key of v, 0 if they vary.
func fixedKeyWidth(v *Vec) int {
	if v.Kind == KindNumeric && len(v.Data) > 0 {
		return 0
	}
	return v.Kind.Width()
}

// putFixedKey writes the key of non-NULL row i, without tag, into dst[:width].
func putFixedKey(dst []byte, v *Vec, i int) {
	be := binary.BigEndian
	switch v.Kind {
	case KindBool:
		dst[0] = v.Bools()[i]
	case KindInt16:
		be.PutUint16(dst, uint16(v.Int16s()[i]))
	case KindInt32:
		be.PutUint32(dst, uint32(v.Int32s()[i]))
	case KindInt64:
		be.PutUint64(dst, uint64(v.Int64s()[i]))
	case KindFloat32:
		be.PutUint32(dst, canonF32(v.Float32s()[i]))
	case KindFloat64:
		be.PutUint64(dst, canonF64(v.Float64s()[i]))
	case KindNumeric:
		k, _ := keyDec(v.Decs()[i], "")
		be.PutUint64(dst, k.Hi)
		be.PutUint64(dst[8:], k.Lo)
	case KindInterval:
		days, micros := v.Intervals()[i].span()
		be.PutUint64(dst, uint64(days))
		be.PutUint64(dst[8:], uint64(micros))
	case KindUUID:
		copy(dst, v.UUIDs()[i][:])
	}
}

// floatOrder is bits whose unsigned order is the order of floats, NaN greatest.
func floatOrder(bits uint64) uint64 {
	if bits>>63 != 0 {
		return ^bits
	}
	return bits | 1<<63
}
