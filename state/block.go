package state

import (
	"encoding/binary"

	"github.com/zeebo/xxh3"
)

// A delta block is [sum 8][version 1][count 4][records], its records in strictly
// ascending key order within the block and across the blocks of its stream.
const (
	blockHeaderSize = 13
	blockVersion    = 1
)

// sealBlock fills in the header of a block whose records lie behind it.
func sealBlock(b []byte, count int) {
	b[8] = blockVersion
	binary.LittleEndian.PutUint32(b[9:], uint32(count))
	binary.LittleEndian.PutUint64(b, xxh3.Hash(b[8:]))
}

// openBlock verifies a block and returns its records.
func openBlock(b []byte) (records []byte, count int, ok bool) {
	if len(b) < blockHeaderSize || b[8] != blockVersion {
		return nil, 0, false
	}
	if binary.LittleEndian.Uint64(b) != xxh3.Hash(b[8:]) {
		return nil, 0, false
	}
	return b[blockHeaderSize:], int(binary.LittleEndian.Uint32(b[9:])), true
}
