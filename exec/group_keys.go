package exec

import (
	"encoding/binary"

	"streamdb/state/arrange"
	"streamdb/types"
)

// readableKeys reports whether the values of key columns can be read back from their
// equality keys, so that groups need not keep them twice.
func readableKeys(in types.Schema, cols []int) bool {
	for _, c := range cols {
		if !readableKey(in[c].Type) {
			return false
		}
	}
	return true
}

func readableKey(t types.Type) bool {
	switch t.Kind() {
	case types.KindBool, types.KindInt16, types.KindInt32, types.KindInt64, types.KindUUID:
		return true
	}
	switch t.Base() {
	case types.Text, types.VarChar, types.Bytea, types.Name:
		return true
	}
	return false
}

// appendKeys appends the key columns of records of t to cols, column by column; at is
// scratch memory for the place in each key.
func appendKeys(t *arrange.Table, ids []uint32, cols []*types.Vec, at []int32) []int32 {
	at = append(at[:0], make([]int32, len(ids))...)
	for _, v := range cols {
		if v.Kind == types.KindBytes {
			appendBytesKeys(t, ids, v, at)
		} else {
			appendFixedKeys(t, ids, v, at)
		}
	}
	return at
}

func appendBytesKeys(t *arrange.Table, ids []uint32, v *types.Vec, at []int32) {
	for k, id := range ids {
		key := t.Key(id)[at[k]:]
		if key[0] == 0 {
			v.AppendNull()
			at[k]++
			continue
		}
		n, m := binary.Uvarint(key[1:])
		v.AppendBytes(key[1+m:][:n])
		at[k] += int32(1 + m + int(n))
	}
}

func appendFixedKeys(t *arrange.Table, ids []uint32, v *types.Vec, at []int32) {
	be, base, w := binary.BigEndian, v.N, int32(v.Kind.Width())
	v.Resize(base + len(ids))
	for k, id := range ids {
		key := t.Key(id)[at[k]:]
		at[k]++
		if key[0] == 0 {
			v.SetDatum(base+k, types.Datum{})
			continue
		}
		at[k] += w
		switch key = key[1:]; v.Kind {
		case types.KindInt64:
			v.Int64s()[base+k] = int64(be.Uint64(key))
		case types.KindInt32:
			v.Int32s()[base+k] = int32(be.Uint32(key))
		case types.KindInt16:
			v.Int16s()[base+k] = int16(be.Uint16(key))
		case types.KindBool:
			v.Bools()[base+k] = key[0]
		case types.KindUUID:
			v.UUIDs()[base+k] = [16]byte(key)
		}
	}
}
