package state

import (
	"encoding/binary"

	"github.com/zeebo/xxh3"

	"streamdb/types"
)

// Meta is the newest checkpoint as its owner wrote it.
type Meta struct {
	Epoch  types.Epoch // 0: there is none yet
	LogPos LogPos      // where replay of the commit log goes on
	Data   []byte      // Checkpoint.Meta
}

// checkpointRecord is what lies under the meta key: the commit point of an epoch.
type checkpointRecord struct {
	epoch     types.Epoch
	logPos    LogPos
	logSynced LogPos // what the commit log had made durable by then, at least
	tables    uint32
	seal      Digest // sum of sealOf over all tables
	data      []byte
}

const (
	metaVersion    = 1
	metaHeaderSize = 8 + 1 + 8 + 8 + 8 + 4 + 16
)

func (c checkpointRecord) encode() []byte {
	b := make([]byte, 8, metaHeaderSize+len(c.data))
	b = append(b, metaVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(c.epoch))
	b = binary.BigEndian.AppendUint64(b, uint64(c.logPos))
	b = binary.BigEndian.AppendUint64(b, uint64(c.logSynced))
	b = binary.BigEndian.AppendUint32(b, c.tables)
	b = c.seal.append(b)
	b = append(b, c.data...)
	binary.BigEndian.PutUint64(b, xxh3.Hash(b[8:]))
	return b
}

func decodeCheckpointRecord(b []byte) (checkpointRecord, bool) {
	if len(b) < metaHeaderSize || b[8] != metaVersion || binary.BigEndian.Uint64(b) != xxh3.Hash(b[8:]) {
		return checkpointRecord{}, false
	}
	return checkpointRecord{
		epoch:     types.Epoch(binary.BigEndian.Uint64(b[9:])),
		logPos:    LogPos(binary.BigEndian.Uint64(b[17:])),
		logSynced: LogPos(binary.BigEndian.Uint64(b[25:])),
		tables:    binary.BigEndian.Uint32(b[33:]),
		seal:      decodeDigest(b[37:]),
		data:      append([]byte(nil), b[metaHeaderSize:]...),
	}, true
}

// ledgerEntry is the payload of a checkpoint record in the commit log: the proof,
// outside Pebble, of which epoch Pebble must hold.
type ledgerEntry struct {
	epoch  types.Epoch
	tables uint32
	seal   Digest
}

const (
	ledgerVersion = 1
	ledgerSize    = 1 + 8 + 4 + 16
)

func (e ledgerEntry) encode() []byte {
	b := make([]byte, 0, ledgerSize)
	b = append(b, ledgerVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(e.epoch))
	b = binary.BigEndian.AppendUint32(b, e.tables)
	return e.seal.append(b)
}

func decodeLedger(b []byte) (ledgerEntry, bool) {
	if len(b) != ledgerSize || b[0] != ledgerVersion {
		return ledgerEntry{}, false
	}
	return ledgerEntry{
		epoch:  types.Epoch(binary.BigEndian.Uint64(b[1:])),
		tables: binary.BigEndian.Uint32(b[9:]),
		seal:   decodeDigest(b[13:]),
	}, true
}

// entry is the ledger entry of a checkpoint.
func (c checkpointRecord) entry() ledgerEntry {
	return ledgerEntry{epoch: c.epoch, tables: c.tables, seal: c.seal}
}

func encodeEpoch(e types.Epoch) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(e))
	return binary.BigEndian.AppendUint64(b, xxh3.Hash(b))
}

func decodeEpoch(b []byte) (types.Epoch, bool) {
	if len(b) != 16 || binary.BigEndian.Uint64(b[8:]) != xxh3.Hash(b[:8]) {
		return 0, false
	}
	return types.Epoch(binary.BigEndian.Uint64(b)), true
}
