package state

import (
	"encoding/binary"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// Hash identifies one row of a table: 96 bits of xxh3 over key and value, then the
// number of bytes of both as a big-endian uint32. The zero Hash means "no such row".
type Hash [16]byte

// HashKV returns the Hash of a row. A change hands in the Hash of the row it replaces,
// so that a table's digest, row count and size are kept without ever reading the row.
func HashKV(key, val []byte) Hash {
	sum := xxh3.Hash128Seed(val, xxh3.Hash(key)).Bytes()
	binary.BigEndian.PutUint32(sum[12:], uint32(len(key)+len(val)))
	return Hash(sum)
}

func (h Hash) size() int64 { return int64(binary.BigEndian.Uint32(h[12:])) }

// Digest is the sum of the Hashes of a table's rows modulo 2^128: the same whatever the
// order in which the rows came about.
type Digest struct{ Hi, Lo uint64 }

func (d Digest) add(o Digest) Digest {
	lo, carry := bits.Add64(d.Lo, o.Lo, 0)
	hi, _ := bits.Add64(d.Hi, o.Hi, carry)
	return Digest{hi, lo}
}

func (d Digest) sub(o Digest) Digest {
	lo, borrow := bits.Sub64(d.Lo, o.Lo, 0)
	hi, _ := bits.Sub64(d.Hi, o.Hi, borrow)
	return Digest{hi, lo}
}

func (h Hash) digest() Digest {
	return Digest{binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:])}
}

// TableStats is what a checkpoint records of a table, and what every scan verifies.
type TableStats struct {
	Rows   int64
	Bytes  int64 // keys and values, before compression
	Digest Digest
}

func (s TableStats) add(o TableStats) TableStats {
	return TableStats{s.Rows + o.Rows, s.Bytes + o.Bytes, s.Digest.add(o.Digest)}
}

// put accounts for a row that takes the place of another (a zero Hash: of none).
func (s *TableStats) put(row, old Hash) {
	s.drop(old)
	s.Rows++
	s.Bytes += row.size()
	s.Digest = s.Digest.add(row.digest())
}

// drop accounts for the end of a row; a zero Hash was none.
func (s *TableStats) drop(old Hash) {
	if old == (Hash{}) {
		return
	}
	s.Rows--
	s.Bytes -= old.size()
	s.Digest = s.Digest.sub(old.digest())
}

const statsSize = 32

func (s TableStats) encode() []byte {
	b := make([]byte, 0, statsSize)
	b = binary.BigEndian.AppendUint64(b, uint64(s.Rows))
	b = binary.BigEndian.AppendUint64(b, uint64(s.Bytes))
	return s.Digest.append(b)
}

func decodeStats(b []byte) (TableStats, bool) {
	if len(b) != statsSize {
		return TableStats{}, false
	}
	return TableStats{
		Rows:   int64(binary.BigEndian.Uint64(b)),
		Bytes:  int64(binary.BigEndian.Uint64(b[8:])),
		Digest: decodeDigest(b[16:]),
	}, true
}

func (d Digest) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, d.Hi)
	return binary.BigEndian.AppendUint64(b, d.Lo)
}

func decodeDigest(b []byte) Digest {
	return Digest{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

// sealOf is one table's share in the store digest: the proof that the statistics
// themselves are complete and current.
func sealOf(id TableID, s TableStats) Digest {
	b := binary.BigEndian.AppendUint64(nil, uint64(id))
	sum := xxh3.Hash128(append(b, s.encode()...))
	return Digest{sum.Hi, sum.Lo}
}
