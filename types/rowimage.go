package types

import (
	"encoding/binary"
	"math"
)

// The bits of NaN in an image.
const (
	nan32 = 0x7fc00000
	nan64 = 0x7ff8000000000000
)

// AppendRowImage appends the exact image of physical row i: a bitmap of its NULLs (bit k
// of byte k/8 set: column k is NULL), then the values that are not NULL (image.go). Two
// rows of one schema are image-equal exactly when their images are the same bytes.
func AppendRowImage(dst []byte, b *Batch, i int) []byte {
	at := len(dst)
	for range (len(b.Cols) + 7) / 8 {
		dst = append(dst, 0)
	}
	for k, v := range b.Cols {
		if v.Valid != nil && v.IsNull(i) {
			dst[at+k>>3] |= 1 << (k & 7)
			continue
		}
		dst = appendCell(dst, v, i)
	}
	return dst
}

// appendCell appends the image of non-NULL row i without its tag.
func appendCell(dst []byte, v *Vec, i int) []byte {
	le := binary.LittleEndian
	switch v.Kind {
	case KindBool:
		return append(dst, v.Bools()[i])
	case KindInt16:
		return le.AppendUint16(dst, uint16(v.Int16s()[i]))
	case KindInt32:
		return le.AppendUint32(dst, uint32(v.Int32s()[i]))
	case KindInt64:
		return le.AppendUint64(dst, uint64(v.Int64s()[i]))
	case KindFloat32:
		f := v.Float32s()[i]
		if f != f {
			return le.AppendUint32(dst, nan32)
		}
		return le.AppendUint32(dst, math.Float32bits(f))
	case KindFloat64:
		f := v.Float64s()[i]
		if f != f {
			return le.AppendUint64(dst, nan64)
		}
		return le.AppendUint64(dst, math.Float64bits(f))
	case KindNumeric:
		d := v.Decs()[i]
		if d.Hi>>62 == formLong {
			return appendDecImage(dst, d, aliasString(v.long(d)))
		}
		return appendDecImage(dst, d, "")
	case KindBytes:
		s := v.Off[i]
		b := v.Data[s:v.Off[i+1]]
		return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
	}
	return append(dst, v.raw(i, v.Kind.Width())...)
}

// AppendRowImageRow is [AppendRowImage] of a row of values.
func AppendRowImageRow(dst []byte, r Row) []byte {
	at := len(dst)
	for range (len(r) + 7) / 8 {
		dst = append(dst, 0)
	}
	for k, d := range r {
		if d.IsNull() {
			dst[at+k>>3] |= 1 << (k & 7)
			continue
		}
		dst = appendImageValue(dst, d)
	}
	return dst
}

// DecodeRowImage appends the row whose image src is to the dense batch b, with weight w.
// On damaged bytes it returns an error and leaves b unchanged.
func DecodeRowImage(src []byte, b *Batch, w int64) error {
	rest, err := DecodeRowPrefix(src, b)
	if err == nil && len(rest) > 0 {
		err = errImage("bytes after the row")
	}
	if err != nil {
		for _, v := range b.Cols {
			v.truncate(b.N)
		}
		return err
	}
	b.addWeight(w)
	return nil
}

// DecodeRowPrefix appends the columns of the row whose image starts src to b's columns,
// without counting the row, and returns what follows. The caller counts it or truncates.
func DecodeRowPrefix(src []byte, b *Batch) (rest []byte, err error) {
	nb := (len(b.Cols) + 7) / 8
	if len(src) < nb {
		return nil, errImage("row cut short")
	}
	nulls, src := src[:nb], src[nb:]
	if r := len(b.Cols) & 7; r != 0 && nulls[nb-1]>>r != 0 {
		return nil, errImage("NULL bitmap")
	}
	for k, v := range b.Cols {
		if nulls[k>>3]>>(k&7)&1 != 0 {
			v.AppendNull()
			continue
		}
		if src, err = decodeValue(src, v, isArrayVec(v)); err != nil {
			return nil, err
		}
	}
	return src, nil
}
