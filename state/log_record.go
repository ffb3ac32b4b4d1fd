package state

import (
	"encoding/binary"
	"fmt"

	"github.com/zeebo/xxh3"
)

// Kind says what a record of the commit log holds; the payload is its owner's.
type Kind byte

// The kinds of commit-log record.
const (
	KindTxn        Kind = 1 // a transaction as resolved row changes
	KindDDL        Kind = 2 // one catalog change
	KindCheckpoint Kind = 3 // a finished checkpoint; written by Store.Commit alone
)

func (k Kind) String() string {
	switch k {
	case KindTxn:
		return "transaction"
	case KindDDL:
		return "DDL"
	case KindCheckpoint:
		return "checkpoint"
	default:
		return fmt.Sprintf("kind %d", byte(k))
	}
}

// LogPos is a place between two records of the commit log. Positions only grow, are
// never reused (not even after a failed write) and count bytes, so that a difference
// of two is about the volume between them. 0 is before everything.
type LogPos uint64

const (
	recordHeaderSize = 40
	// maxRecordBytes bounds a payload, so that a damaged length is never believed.
	maxRecordBytes = 1 << 30
)

// record is one decoded record. Its payload aliases the buffer it was read from.
type record struct {
	start   LogPos
	prev    uint64 // sum of the record before
	synced  LogPos // what was durable when this one was written
	kind    Kind
	payload []byte
	sum     uint64
}

func (r record) end() LogPos {
	return r.start + LogPos(recordHeaderSize+len(r.payload))
}

// appendRecord encodes r behind b and returns the sum the next record will name.
func appendRecord(b []byte, r record) ([]byte, uint64) {
	at := len(b)
	b = binary.LittleEndian.AppendUint64(b, 0)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.start))
	b = binary.LittleEndian.AppendUint64(b, r.prev)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.synced))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(r.payload)))
	b = append(b, byte(r.kind), 0, 0, 0)
	b = append(b, r.payload...)
	sum := xxh3.Hash(b[at+8:])
	binary.LittleEndian.PutUint64(b[at:], sum)
	return b, sum
}

// decodeRecord reads the record at the head of b, which must start at position start.
// It fails on anything that is not exactly such a record; the chain is the caller's to check.
func decodeRecord(b []byte, start LogPos) (record, bool) {
	if len(b) < recordHeaderSize {
		return record{}, false
	}
	if LogPos(binary.LittleEndian.Uint64(b[8:])) != start {
		return record{}, false
	}
	n := int(binary.LittleEndian.Uint32(b[32:]))
	if n > maxRecordBytes || len(b)-recordHeaderSize < n {
		return record{}, false
	}
	sum := binary.LittleEndian.Uint64(b)
	if xxh3.Hash(b[8:recordHeaderSize+n]) != sum {
		return record{}, false
	}
	return record{
		start:   start,
		prev:    binary.LittleEndian.Uint64(b[16:]),
		synced:  LogPos(binary.LittleEndian.Uint64(b[24:])),
		kind:    Kind(b[36]),
		payload: b[recordHeaderSize : recordHeaderSize+n],
		sum:     sum,
	}, true
}

// provesSynced looks in b, whose first byte is at position start, for an intact record
// that was written after position bad had become durable. Such a record tells damage
// from the torn tail of a crash: a tail was never synced.
func provesSynced(b []byte, start, bad LogPos) bool {
	for i := 0; i+recordHeaderSize <= len(b); i++ {
		at := start + LogPos(i)
		if LogPos(binary.LittleEndian.Uint64(b[i+8:])) != at {
			continue
		}
		if r, ok := decodeRecord(b[i:], at); ok && r.synced > bad {
			return true
		}
	}
	return false
}
