package types

import (
	"encoding/binary"
	"strconv"
	"unsafe"
)

func be64(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

func appendUint(dst []byte, v uint64) []byte { return strconv.AppendUint(dst, v, 10) }

// aliasString views b as a string; b must not change while it is used.
func aliasString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
