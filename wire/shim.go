package wire

import (
	"encoding/binary"
	"strconv"

	"streamdb/types"
)

func appendText(dst []byte, v *types.Vec, i int, _ *types.Style) []byte {
	switch v.Kind {
	case types.KindInt32:
		return strconv.AppendInt(dst, int64(v.Int32s()[i]), 10)
	case types.KindInt64:
		return strconv.AppendInt(dst, v.Int64s()[i], 10)
	case types.KindBytes:
		return append(dst, v.Bytes(i)...)
	}
	panic("wire: values of this kind cannot be sent yet")
}

func appendBinary(dst []byte, v *types.Vec, i int) []byte {
	switch v.Kind {
	case types.KindInt32:
		return binary.BigEndian.AppendUint32(dst, uint32(v.Int32s()[i]))
	case types.KindInt64:
		return binary.BigEndian.AppendUint64(dst, uint64(v.Int64s()[i]))
	case types.KindBytes:
		return append(dst, v.Bytes(i)...)
	}
	panic("wire: values of this kind cannot be sent yet")
}
