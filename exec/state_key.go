package exec

import (
	"encoding/binary"

	"streamdb/state/arrange"
	"streamdb/types"
)

// appendVNodeKey appends a state key: the virtual node of a record of t, then its key.
func appendVNodeKey(dst []byte, t *arrange.Table, id uint32) []byte {
	return append(append(dst, byte(types.VNode(t.Hash(id)))), t.Key(id)...)
}

// appendKeyPrefix appends the virtual node, the length and the bytes of a record's key.
func appendKeyPrefix(dst []byte, t *arrange.Table, id uint32) []byte {
	k := t.Key(id)
	dst = binary.AppendUvarint(append(dst, byte(types.VNode(t.Hash(id)))), uint64(len(k)))
	return append(dst, k...)
}

// cutLen splits b into the bytes its leading length counts and the rest.
func cutLen(b []byte) (head, rest []byte, ok bool) {
	n, m := binary.Uvarint(b)
	if m <= 0 || n > uint64(len(b)-m) {
		return nil, nil, false
	}
	return b[m:][:n], b[m+int(n):], true
}
