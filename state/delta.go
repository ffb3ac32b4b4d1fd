package state

import "encoding/binary"

// Delta is what changed in one table since the last checkpoint, as the owner of the
// table hands it over: a write buffer without an allocation per record. It may name a
// key more than once; the last change counts. A Delta is not safe for concurrent use and
// belongs to the store from Commit's call to its return.
type Delta struct {
	table  TableID
	chunks [][]byte // records as in a block; none lies in two chunks
	size   int      // bytes in chunks
	n      int
	stats  TableStats // how the table's statistics change
}

// chunkBits: records begin in the first 1<<chunkBits bytes of their chunk. A buffer in one
// piece would be copied as it grows, a hundred megabytes at a time.
const chunkBits = 20

// NewDelta returns an empty Delta of one table. A checkpoint may hold several of one
// table, from workers that own different keys.
func NewDelta(id TableID) *Delta { return &Delta{table: id} }

// Table is the table the changes are of.
func (d *Delta) Table() TableID { return d.table }

// Len is the number of changes.
func (d *Delta) Len() int { return d.n }

// Bytes is the size of the encoded changes.
func (d *Delta) Bytes() int { return d.size }

// Each calls f with every change in the order in which they were made; val is nil for a
// deletion. The slices must not be changed or kept.
func (d *Delta) Each(f func(key, val []byte, deleted bool)) {
	d.each(func(_, _ int, r deltaRecord) { f(r.key, r.val, r.deleted) })
}

// each calls f with the position, length and contents of every change.
func (d *Delta) each(f func(at, length int, r deltaRecord)) {
	for i, c := range d.chunks {
		for at := 0; at < len(c); {
			r, n := nextDeltaRecord(c[at:])
			f(i<<chunkBits|at, n, r)
			at += n
		}
	}
}

// encoded is the chunk from the record at a position on.
func (d *Delta) encoded(at int) []byte { return d.chunks[at>>chunkBits][at&(1<<chunkBits-1):] }

// Stats is how the changes change the statistics of the table.
func (d *Delta) Stats() TableStats { return d.stats }

// Reset empties d.
func (d *Delta) Reset() { *d = Delta{table: d.table} }

// Put sets key to val and returns the HashKV of the new row. old is that of the row it
// replaces, the zero Hash if there is none: in the store or by an earlier change of this
// Delta. Keys are not empty and their first byte is the vnode, where the table has one.
func (d *Delta) Put(key, val []byte, old Hash) Hash {
	now := HashKV(key, val)
	d.stats.put(now, old)
	d.append(key, val, false)
	return now
}

// Delete removes key, whose row has the HashKV old. With the zero Hash the key was
// absent, and stays so.
func (d *Delta) Delete(key []byte, old Hash) {
	d.stats.drop(old)
	d.append(key, nil, true)
}

// Move puts the changes of from, which are of the same table, behind those of d and leaves
// from empty.
func (d *Delta) Move(from *Delta) {
	d.chunks = append(d.chunks, from.chunks...)
	d.size += from.size
	d.n += from.n
	d.stats = d.stats.add(from.stats)
	from.Reset()
}

func (d *Delta) append(key, val []byte, deleted bool) {
	last := len(d.chunks) - 1
	need := 2*binary.MaxVarintLen64 + len(key) + len(val)
	if last < 0 || len(d.chunks[last])+need > 1<<chunkBits {
		d.chunks = append(d.chunks, nil)
		last++
	}
	c := &d.chunks[last]
	if cap(*c)-len(*c) < need {
		*c = append(make([]byte, 0, d.room(len(*c), need)), *c...)
	}
	before := len(*c)
	*c = appendDeltaRecord(*c, key, val, deleted)
	d.size += len(*c) - before
	d.n++
}

// room is the size of a chunk that has used bytes and needs more. Those of a Delta that is
// small are small.
func (d *Delta) room(used, need int) int {
	if len(d.chunks) > 1 {
		return max(1<<chunkBits, used+need)
	}
	return max(min(4*used, 1<<chunkBits), used+need, 256)
}

// A record is uvarint(len(key)<<1 | deleted), then, unless deleted, uvarint(len(val)),
// then key and value.
func appendDeltaRecord(b, key, val []byte, deleted bool) []byte {
	head := uint64(len(key)) << 1
	if deleted {
		b = binary.AppendUvarint(b, head|1)
		return append(b, key...)
	}
	b = binary.AppendUvarint(b, head)
	b = binary.AppendUvarint(b, uint64(len(val)))
	b = append(b, key...)
	return append(b, val...)
}

// deltaRecord is one decoded change; its slices alias the buffer.
type deltaRecord struct {
	key, val []byte
	deleted  bool
}

// nextDeltaRecord decodes the record at the head of b and returns its length, 0 if b does
// not begin with one.
func nextDeltaRecord(b []byte) (deltaRecord, int) {
	head, at := binary.Uvarint(b)
	if at <= 0 {
		return deltaRecord{}, 0
	}
	keyLen, valLen := head>>1, uint64(0)
	if head&1 == 0 {
		n := 0
		if valLen, n = binary.Uvarint(b[at:]); n <= 0 {
			return deltaRecord{}, 0
		}
		at += n
	}
	left := uint64(len(b) - at)
	if keyLen > left || valLen > left-keyLen {
		return deltaRecord{}, 0
	}
	end := at + int(keyLen)
	return deltaRecord{
		key:     b[at:end:end],
		val:     b[end : end+int(valLen)],
		deleted: head&1 != 0,
	}, end + int(valLen)
}
