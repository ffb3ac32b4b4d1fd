package types

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// The image of a value is its exact form: fixed-width kinds are their little-endian bytes
// (NaN in its one form), bytes are a uvarint length and the bytes, and a numeric is one
// head byte and what it says:
//
//	low nibble 0 … 14   the coefficient's length in bytes; high nibble: the scale, where 15
//	                    means that the scale follows as a uvarint; then the coefficient,
//	                    little-endian two's complement, as short as possible
//	low nibble 15       high nibble 0 NaN, 1 Infinity, 2 −Infinity, 3 long: uvarint scale,
//	                    uvarint length, digits (numeric_long.go)
//
// A single image has a tag byte before it: 0 NULL, 1 value.

// AppendImage appends the exact, self-delimiting image of row i.
func AppendImage(dst []byte, v *Vec, i int) []byte { return AppendImageDatum(dst, v.DatumAlias(i)) }

// AppendImageDatum is [AppendImage] of a value.
func AppendImageDatum(dst []byte, d Datum) []byte {
	if d.IsNull() {
		return append(dst, 0)
	}
	return appendImageValue(append(dst, 1), d)
}

func appendImageValue(dst []byte, d Datum) []byte {
	le := binary.LittleEndian
	switch d.Kind {
	case KindBool:
		return append(dst, byte(d.I))
	case KindInt16:
		return le.AppendUint16(dst, uint16(d.I))
	case KindInt32, KindFloat32:
		return le.AppendUint32(dst, uint32(d.I))
	case KindInt64, KindFloat64:
		return le.AppendUint64(dst, uint64(d.I))
	case KindNumeric:
		return appendDecImage(dst, d.Dec(), d.S)
	case KindInterval, KindUUID:
		return le.AppendUint64(le.AppendUint64(dst, uint64(d.I)), uint64(d.J))
	}
	return appendLenBytes(dst, d.S)
}

func appendDecImage(dst []byte, d Dec, long string) []byte {
	switch d.Hi >> 62 {
	case formSpecial:
		return append(dst, byte(d.Lo)<<4|15)
	case formLong:
		dst = binary.AppendUvarint(append(dst, 3<<4|15), d.Hi>>48&maxScale)
		return appendLenBytes(dst, long)
	}
	hi, lo, scale, _ := DecInline(d)
	n := coefLen(int128{hi, lo})
	if scale < 15 {
		dst = append(dst, byte(scale<<4|n))
	} else {
		dst = binary.AppendUvarint(append(dst, byte(15<<4|n)), uint64(scale))
	}
	at := len(dst)
	dst = binary.LittleEndian.AppendUint64(dst, lo)
	if n > 8 {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(hi))
	}
	return dst[:at+n]
}

// coefLen is the bytes v needs in two's complement, 0 for 0.
func coefLen(v int128) int {
	if v.isInt64() {
		if v.lo == 0 {
			return 0
		}
		return (bits.Len64(v.lo^uint64(v.hi)) + 8) / 8
	}
	return 8 + (bits.Len64(uint64(v.hi^v.hi>>63))+8)/8
}

// errImage is damage found while decoding.
func errImage(what string) error { return fmt.Errorf("damaged value image: %s", what) }

// readDecImage reads a numeric's image; long aliases src.
func readDecImage(src []byte) (d Dec, long, rest []byte, err error) {
	if len(src) == 0 {
		return d, nil, nil, errImage("numeric cut short")
	}
	head := src[0]
	src = src[1:]
	n, s := int(head&15), uint64(head>>4)
	if n == 15 {
		if s < 3 {
			return Dec{Lo: s, Hi: formSpecial << 62}, nil, src, nil
		}
		return readLongImage(head, src)
	}
	if s == 15 {
		if s, src, err = readUvarint(src); err != nil || s < 15 || s > maxScale {
			return d, nil, nil, errImage("numeric scale")
		}
	}
	if len(src) < n {
		return d, nil, nil, errImage("numeric cut short")
	}
	var buf [16]byte
	copy(buf[:], src[:n])
	if n > 0 && int8(src[n-1]) < 0 {
		for i := n; i < 16; i++ {
			buf[i] = 0xff
		}
	}
	v := int128{int64(binary.LittleEndian.Uint64(buf[8:])), binary.LittleEndian.Uint64(buf[:])}
	d, ok := MakeDec(v.hi, v.lo, int(s))
	if !ok || coefLen(v) != n {
		return d, nil, nil, errImage("numeric coefficient")
	}
	return d, nil, src[n:], nil
}

func readLongImage(head byte, src []byte) (d Dec, long, rest []byte, err error) {
	if head>>4 != 3 {
		return d, nil, nil, errImage("numeric form")
	}
	s, src, err := readUvarint(src)
	if err != nil || s > maxScale {
		return d, nil, nil, errImage("numeric scale")
	}
	long, rest, err = readLenBytes(src)
	if err != nil || !validLong(long) {
		return d, nil, nil, errImage("numeric digits")
	}
	return Dec{Hi: formLong<<62 | s<<48 | uint64(len(long))}, long, rest, nil
}

func readUvarint(src []byte) (uint64, []byte, error) {
	if len(src) > 0 && src[0] < 0x80 {
		return uint64(src[0]), src[1:], nil
	}
	v, n := binary.Uvarint(src)
	if n <= 0 || src[n-1] == 0 {
		return 0, nil, errImage("length")
	}
	return v, src[n:], nil
}

func readLenBytes(src []byte) (b, rest []byte, err error) {
	n, src, err := readUvarint(src)
	if err != nil {
		return nil, nil, err
	}
	if n > uint64(len(src)) {
		return nil, nil, errImage("bytes cut short")
	}
	return src[:n], src[n:], nil
}

// DecodeImage appends the value whose image starts src to v and returns what follows it.
// On an error v is unchanged.
func DecodeImage(src []byte, v *Vec) (rest []byte, err error) {
	if len(src) == 0 || src[0] > 1 {
		return nil, errImage("tag")
	}
	if src[0] == 0 {
		v.AppendNull()
		return src[1:], nil
	}
	return decodeValue(src[1:], v, isArrayVec(v))
}

func isArrayVec(v *Vec) bool { return v.Kind == KindBytes && bytesFormOf(v.Type) == formArray }

// decodeValue appends a non-NULL value read from src.
func decodeValue(src []byte, v *Vec, array bool) (rest []byte, err error) {
	if v.Kind == KindBytes {
		b, rest, err := readLenBytes(src)
		if err != nil {
			return nil, err
		}
		if array {
			if _, ok := viewArray(aliasString(b), v.Type); !ok {
				return nil, errImage("array")
			}
		}
		v.AppendBytes(b)
		return rest, nil
	}
	if v.Kind == KindNumeric {
		return decodeDec(src, v)
	}
	w, i := v.Kind.Width(), v.N
	if len(src) < w {
		return nil, errImage("value cut short")
	}
	if v.Kind == KindBool && src[0] > 1 {
		return nil, errImage("boolean")
	}
	if otherNaN(src, v.Kind) {
		return nil, errImage("float")
	}
	v.Resize(i + 1)
	copy(v.raw(i, w), src[:w]) // memory is little-endian on every machine we build for
	return src[w:], nil
}

// otherNaN reports whether src starts with a float that is not a number and is not the one
// such value that images have: rows are told apart by the bytes of their images.
func otherNaN(src []byte, k Kind) bool {
	switch k {
	case KindFloat32:
		b := binary.LittleEndian.Uint32(src)
		return b != nan32 && math.IsNaN(float64(math.Float32frombits(b)))
	case KindFloat64:
		b := binary.LittleEndian.Uint64(src)
		return b != nan64 && math.IsNaN(math.Float64frombits(b))
	}
	return false
}

func decodeDec(src []byte, v *Vec) ([]byte, error) {
	d, long, rest, err := readDecImage(src)
	if err != nil {
		return nil, err
	}
	if long != nil {
		d.Lo = uint64(len(v.Data))
		v.Data = append(v.Data, long...)
	}
	i := v.N
	v.Resize(i + 1)
	v.Decs()[i] = d
	return rest, nil
}

// DecodeImageDatum reads the value of type t whose image starts src.
func DecodeImageDatum(src []byte, t Type) (d Datum, rest []byte, err error) {
	v := NewVec(t, 1)
	rest, err = DecodeImage(src, v)
	if err != nil {
		return Datum{}, nil, err
	}
	return v.Datum(0), rest, nil
}
