package types

import (
	"encoding/binary"
	"math/big"
)

// An order key is one tag byte, which places NULL, and a memcomparable form: integers
// big-endian with the sign bit flipped; floats likewise with negatives inverted; numeric a
// class byte, exponent and digit pairs; bytes with 0 escaped as 00 FF and closed by 00 01;
// arrays and jsonb token by token. Descending inverts all bytes after the tag.

// AppendOrderKey appends the order key of row i: the byte order of keys (made with the
// same desc and nullsFirst) is the SQL order of the values. Keys are self-delimiting.
func AppendOrderKey(dst []byte, v *Vec, i int, desc, nullsFirst bool) []byte {
	return AppendOrderKeyDatum(dst, v.Type, v.DatumAlias(i), desc, nullsFirst)
}

// AppendOrderKeyDatum is [AppendOrderKey] of a value.
func AppendOrderKeyDatum(dst []byte, t Type, d Datum, desc, nullsFirst bool) []byte {
	if d.IsNull() {
		if nullsFirst {
			return append(dst, 0)
		}
		return append(dst, 2)
	}
	dst = append(dst, 1)
	at := len(dst)
	dst = appendOrder(dst, t, d)
	if desc {
		invert(dst[at:])
	}
	return dst
}

func invert(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}

// appendOrder appends the ascending memcomparable form of a non-NULL value.
func appendOrder(dst []byte, t Type, d Datum) []byte {
	be := binary.BigEndian
	switch d.Kind {
	case KindBool:
		return append(dst, byte(d.I))
	case KindInt16:
		return be.AppendUint16(dst, uint16(d.I)^1<<15)
	case KindInt32:
		return be.AppendUint32(dst, uint32(d.I)^1<<31)
	case KindInt64:
		return be.AppendUint64(dst, uint64(d.I)^1<<63)
	case KindFloat32:
		return be.AppendUint64(dst, floatOrder(canonF64(float64(d.Float32()))))
	case KindFloat64:
		return be.AppendUint64(dst, floatOrder(canonF64(d.Float64())))
	case KindNumeric:
		return appendNumericOrder(dst, numericFromSlot(d.Dec(), d.S))
	case KindInterval:
		days, micros := d.Interval().span()
		return be.AppendUint64(be.AppendUint64(dst, uint64(days)^1<<63), uint64(micros))
	case KindUUID:
		u := d.UUID()
		return append(dst, u[:]...)
	}
	switch bytesFormOf(t) {
	case formBPChar:
		return appendEscaped(dst, trimBlanks(d.S))
	case formJSONB:
		return appendJSONBOrder(dst, d.S)
	case formArray:
		return appendArrayOrder(dst, d.S)
	case formRecord:
		return appendRecordOrder(dst, d.S)
	}
	return appendEscaped(dst, d.S)
}

// appendEscaped appends s so that the end sorts below any further byte.
func appendEscaped(dst []byte, s string) []byte {
	for i := range len(s) {
		dst = append(dst, s[i])
		if s[i] == 0 {
			dst = append(dst, 0xff)
		}
	}
	return append(dst, 0, 1)
}

// The class bytes of a numeric's order key.
const (
	orderNegInf = iota
	orderNegative
	orderZero
	orderPositive
	orderInf
	orderNaN
)

// appendNumericOrder appends class, biased decimal exponent and the digits in pairs
// (1 … 100) closed by 0; a negative number's are inverted.
func appendNumericOrder(dst []byte, n Numeric) []byte {
	switch n.form {
	case numNaN:
		return append(dst, orderNaN)
	case numInf:
		return append(dst, orderInf)
	case numNegInf:
		return append(dst, orderNegInf)
	}
	sign := n.Sign()
	if sign == 0 {
		return append(dst, orderZero)
	}
	dst = append(dst, byte(orderZero+sign))
	at := len(dst)
	var buf [40]byte
	digits := buf[:0]
	if n.big == nil {
		digits = n.small.appendDigits(digits)
	} else {
		digits = append(digits, new(big.Int).Abs(n.big).String()...)
	}
	exp := len(digits) - int(n.scale)
	dst = binary.BigEndian.AppendUint32(dst, uint32(exp)^1<<31)
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	for i := 0; i < len(digits); i += 2 {
		p := (digits[i] - '0') * 10
		if i+1 < len(digits) {
			p += digits[i+1] - '0'
		}
		dst = append(dst, p+1)
	}
	dst = append(dst, 0)
	if sign < 0 {
		invert(dst[at:])
	}
	return dst
}
