package types

import (
	"unsafe"

	"streamdb/types/pgerr"
)

// A batch as bytes is its buffers as they lie in memory, for files that this process
// writes and reads back: nothing is converted, and what is read aliases the bytes. All
// parts begin at multiples of 8.
//
//	rows 4, columns 4, weighted 8
//	per column: OID 4, modifier 4, present|nullable 8, size of Data 8
//	weights, then per column: validity, then values, or offsets and Data

const (
	colPresent  = 1 << iota // a column that nobody reads may be missing
	colNullable             // it has a validity bitmap
)

// AppendBatchBytes appends a dense batch as bytes; len(dst) is a multiple of 8.
func AppendBatchBytes(dst []byte, b *Batch) []byte {
	weighted := 0
	if b.W != nil {
		weighted = 1
	}
	dst = appendRaw(dst, []uint32{uint32(b.N), uint32(len(b.Cols))})
	dst = appendRaw(dst, []uint64{uint64(weighted)})
	for _, v := range b.Cols {
		if v == nil {
			dst = appendRaw(dst, make([]uint64, 3))
			continue
		}
		flags := colPresent
		if v.Valid != nil {
			flags |= colNullable
		}
		dst = appendRaw(dst, []uint32{uint32(v.Type.OID), uint32(v.Type.Mod)})
		dst = appendRaw(dst, []uint64{uint64(flags), uint64(len(v.rawData()))})
	}
	dst = appendRaw(dst, b.W)
	for _, v := range b.Cols {
		if v == nil {
			continue
		}
		if v.Valid != nil {
			dst = appendRaw(dst, v.Valid[:(v.N+63)/64])
		}
		if v.Kind == KindBytes {
			dst = appendRaw(dst, v.Off[:v.N+1])
		} else {
			dst = appendRaw(dst, v.buf[:(v.N*v.Kind.Width()+7)/8])
		}
		dst = appendRaw(dst, v.rawData())
	}
	return dst
}

// rawData is the bytes that values of v point into.
func (v *Vec) rawData() []byte {
	if v.Kind == KindBytes {
		return v.Data[:v.Off[v.N]]
	}
	return v.Data
}

// appendRaw appends the memory of s and pads it to 8 bytes.
func appendRaw[T any](dst []byte, s []T) []byte {
	var one T
	dst = append(dst, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(one)))...)
	for len(dst)%8 != 0 {
		dst = append(dst, 0)
	}
	return dst
}

// BatchOfBytes is the batch that [AppendBatchBytes] wrote. It aliases data, which must not
// change any more and begin at a multiple of 8 in memory.
func BatchOfBytes(data []byte) (*Batch, error) {
	r := rawReader{data: data}
	head, flags := rawSlice[uint32](&r, 2), rawSlice[uint64](&r, 1)
	if r.short {
		return nil, errBatchBytes
	}
	b := &Batch{N: int(head[0])}
	type column struct {
		typ  []uint32
		size []uint64
	}
	cols := make([]column, 0, min(int(head[1]), len(data)/24))
	for range int(head[1]) {
		c := column{rawSlice[uint32](&r, 2), rawSlice[uint64](&r, 2)}
		if r.short {
			return nil, errBatchBytes
		}
		cols = append(cols, c)
	}
	if flags[0] != 0 {
		b.W = rawSlice[int64](&r, b.N)
	}
	for _, c := range cols {
		var v *Vec
		if c.size[0]&colPresent != 0 {
			v = r.vec(Type{OID(c.typ[0]), int32(c.typ[1])}, b.N, c.size[0]&colNullable != 0, c.size[1])
		}
		b.Cols = append(b.Cols, v)
	}
	if r.short || len(r.data) > 0 {
		return nil, errBatchBytes
	}
	return b, nil
}

var errBatchBytes = pgerr.New(pgerr.DataCorrupted, "malformed batch")

// rawReader takes slices off the begin of data.
type rawReader struct {
	data  []byte
	short bool // something asked for more than there was
}

func (r *rawReader) vec(t Type, n int, nullable bool, size uint64) *Vec {
	v := &Vec{Type: t, Kind: t.Kind(), N: n}
	if nullable {
		v.Valid = rawSlice[uint64](r, (n+63)/64)
	}
	if v.Kind == KindBytes {
		v.Off = rawSlice[int32](r, n+1)
		if !r.short && uint64(v.Off[n]) != size {
			r.short = true
		}
	} else {
		v.buf = rawSlice[uint64](r, (n*v.Kind.Width()+7)/8)
	}
	if size > uint64(len(r.data)) {
		r.short = true
		return v
	}
	v.Data = rawSlice[byte](r, int(size))
	return v
}

func rawSlice[T any](r *rawReader, n int) []T {
	var one T
	size := n * int(unsafe.Sizeof(one))
	padded := (size + 7) &^ 7
	if r.short || padded > len(r.data) {
		r.short = true
		return nil
	}
	s := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(r.data))), n)
	r.data = r.data[padded:]
	return s[:n:n]
}
