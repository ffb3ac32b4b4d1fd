package connector

import (
	"bytes"
	"encoding/binary"
)

// Offset is a place in a source: opaque, serialisable, and ordered within one source by its
// bytes. nil is the start.
type Offset []byte

// Compare orders two offsets of one source: −1, 0 or +1. The nil offset is the first.
func (o Offset) Compare(p Offset) int { return bytes.Compare(o, p) }

// Reached reports whether a reader at o has got to until; a nil until is never reached.
func (o Offset) Reached(until Offset) bool {
	return len(until) != 0 && o.Compare(until) >= 0
}

// OffsetAt is the offset of a source whose places are plain numbers.
func OffsetAt(n uint64) Offset { return binary.BigEndian.AppendUint64(nil, n) }

// Number is the place of an offset made by [OffsetAt]; nil is 0. ok is false when o is of
// another form.
func (o Offset) Number() (n uint64, ok bool) {
	switch len(o) {
	case 0:
		return 0, true
	case 8:
		return binary.BigEndian.Uint64(o), true
	}
	return 0, false
}
