package state

import (
	"encoding/binary"

	"streamdb/types"
)

// TableID names a state table for ever; ids are never reused, and 0 names none.
type TableID uint64

// The regions of the key space, in order. They are apart so that the short life of
// blocks never makes a compaction rewrite rows.
const (
	regionMeta   = 0x01 // [01]                                     the newest checkpoint
	regionClosed = 0x02 // [02]                                     end of the log at a clean close
	regionStats  = 0x03 // [03][table 8]                            TableStats
	regionBlocks = 0x04 // [04][table 8][epoch 8][part 2][n 4]      delta blocks
	regionRows   = 0x05 // [05][table 8][00]                        fold watermark of the table
	//                     [05][table 8][01][key]                   base rows
)

var (
	metaKey   = []byte{regionMeta}
	closedKey = []byte{regionClosed}
)

func tableKey(region byte, id TableID) []byte {
	return binary.BigEndian.AppendUint64([]byte{region}, uint64(id))
}

// tableBounds is the range of one table's keys in a region.
func tableBounds(region byte, id TableID) (lower, upper []byte) {
	if id == ^TableID(0) {
		return tableKey(region, id), []byte{region + 1}
	}
	return tableKey(region, id), tableKey(region, id+1)
}

func watermarkKey(id TableID) []byte { return append(tableKey(regionRows, id), 0) }

const rowPrefixSize = 10

func rowPrefix(id TableID) []byte { return append(tableKey(regionRows, id), 1) }

// streamID names one sorted run of delta records: a table's part of one epoch.
type streamID struct {
	epoch types.Epoch
	part  uint16
}

func (a streamID) less(b streamID) bool {
	if a.epoch != b.epoch {
		return a.epoch < b.epoch
	}
	return a.part < b.part
}

const blockKeySize = 1 + 8 + 8 + 2 + 4

func blockKey(id TableID, s streamID, n uint32) []byte {
	b := make([]byte, 0, blockKeySize)
	b = append(b, regionBlocks)
	b = binary.BigEndian.AppendUint64(b, uint64(id))
	b = binary.BigEndian.AppendUint64(b, uint64(s.epoch))
	b = binary.BigEndian.AppendUint16(b, s.part)
	return binary.BigEndian.AppendUint32(b, n)
}

func parseBlockKey(b []byte) (id TableID, s streamID, n uint32, ok bool) {
	if len(b) != blockKeySize || b[0] != regionBlocks {
		return 0, streamID{}, 0, false
	}
	id = TableID(binary.BigEndian.Uint64(b[1:]))
	s = streamID{types.Epoch(binary.BigEndian.Uint64(b[9:])), binary.BigEndian.Uint16(b[17:])}
	return id, s, binary.BigEndian.Uint32(b[19:]), true
}

// epochBounds is the range of a table's blocks of the epochs from..to, both included.
func epochBounds(id TableID, from, to types.Epoch) (lower, upper []byte) {
	return blockKey(id, streamID{epoch: from}, 0), blockKey(id, streamID{epoch: to + 1}, 0)
}

func parseStatsKey(b []byte) (TableID, bool) {
	if len(b) != 9 {
		return 0, false
	}
	return TableID(binary.BigEndian.Uint64(b[1:])), true
}
