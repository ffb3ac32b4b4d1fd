package exec

import (
	"encoding/binary"

	"streamdb/state"
	"streamdb/state/arrange"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// rowList keeps rows that are only ever added, chained by key, in records of words:
//
//	[next row + 1, 32 bits | key record, 32 bits] [weight, 32 bits | NULLs, 32 bits] … [columns]
//
// A column takes a word, or two if it is 16 bytes wide; bytes are a Ref into an arena, and
// so are the digits of long numerics. Rows are written and read a column at a time.
type rowList struct {
	slots *types.Slots
	bytes arrange.Arena
	at    []int // word of each column
	saved int   // rows below are saved
	seq   uint64

	ids  []uint32 // records of the batch in hand
	from []int32  // and the rows they hold
	row  *types.Batch
	key  []byte
	val  []byte
}

const (
	listLink = iota
	listWeight
	listNulls // of the columns beyond the first 32, 64 a word

	maxListWeight = 1<<31 - 1
	longNumeric   = 2 // the form, in the top two bits of a Dec's Hi, of one with digits beside it
)

func newRowList(ts []types.Type) *rowList {
	l := &rowList{row: types.NewBatch(ts, 0)}
	next := listNulls + (max(len(ts)-32, 0)+63)/64
	for _, t := range ts {
		l.at = append(l.at, next)
		next += (max(t.Kind().Width(), 1) + 7) / 8
	}
	l.slots = types.NewSlots(next)
	return l
}

// nullBit is where it says that column c is NULL.
func nullBit(c int) (word, bit int) {
	if c < 32 {
		return listWeight, c
	}
	return listNulls + (c-32)/64, (c - 32) % 64
}

// add puts the rows of b at the front of the chains of their keys, whose heads are word
// head of the records keys of t; unit is false if a weight is not 1.
func (l *rowList) add(b *types.Batch, t *arrange.Table, keys []uint32, head int) (unit bool, err error) {
	l.ids, l.from, unit = l.ids[:0], l.from[:0], true
	for k, key := range keys {
		row := b.Row(k)
		w := b.Weight(row)
		if w <= 0 {
			return false, pgerr.Internal("join: a row of weight %d on a side that only grows", w)
		}
		unit = unit && w == 1
		for ; w > 0; w -= min(w, maxListWeight) {
			l.link(t.Slots.Word(key, head), key, min(w, maxListWeight))
			l.from = append(l.from, int32(row))
		}
	}
	for c, v := range b.Cols {
		l.put(c, v)
	}
	return unit, nil
}

// link makes a record without columns.
func (l *rowList) link(head *uint64, key uint32, w int64) {
	id := l.slots.Alloc()
	r := l.slots.Rec(id)
	r[listLink] = *head<<32 | uint64(key)
	r[listWeight] = uint64(w) << 32
	*head = uint64(id) + 1
	l.ids = append(l.ids, id)
}

// put writes column c of the batch in hand.
func (l *rowList) put(c int, v *types.Vec) {
	if v.Valid != nil {
		word, bit := nullBit(c)
		for k, id := range l.ids {
			if v.IsNull(int(l.from[k])) {
				*l.slots.Word(id, word) |= 1 << bit
			}
		}
	}
	at := l.at[c]
	switch v.Kind.Width() {
	case 0:
		for k, id := range l.ids {
			if b := v.Bytes(int(l.from[k])); len(b) > 0 {
				*l.slots.Word(id, at) = uint64(l.bytes.Add(b))
			}
		}
	case 1:
		putWords[uint8](l, at, v)
	case 2:
		putWords[uint16](l, at, v)
	case 4:
		putWords[uint32](l, at, v)
	case 8:
		putWords[uint64](l, at, v)
	case 16:
		for k, id := range l.ids {
			i := l.from[k]
			x := types.Fixed[[2]uint64](v)[i]
			if v.Kind == types.KindNumeric && x[1]>>62 == longNumeric {
				x[0] = uint64(l.bytes.Add([]byte(v.Datum(int(i)).S)))
			}
			copy(l.slots.Rec(id)[at:], x[:])
		}
	}
}

func putWords[T uint8 | uint16 | uint32 | uint64](l *rowList, at int, v *types.Vec) {
	s := types.Fixed[T](v)
	for k, id := range l.ids {
		*l.slots.Word(id, at) = uint64(s[l.from[k]])
	}
}

// read appends column c of rows to v.
func (l *rowList) read(c int, ids []uint32, v *types.Vec) {
	base, at := v.N, l.at[c]
	switch v.Kind.Width() {
	case 0:
		for _, id := range ids {
			v.AppendBytes(l.bytes.Bytes(arrange.Ref(*l.slots.Word(id, at))))
		}
	case 1:
		readWords[uint8](l, at, ids, v)
	case 2:
		readWords[uint16](l, at, ids, v)
	case 4:
		readWords[uint32](l, at, ids, v)
	case 8:
		readWords[uint64](l, at, ids, v)
	case 16:
		for _, id := range ids {
			x := [2]uint64(l.slots.Rec(id)[at:])
			if v.Kind == types.KindNumeric && x[1]>>62 == longNumeric {
				digits := string(l.bytes.Bytes(arrange.Ref(x[0])))
				v.AppendDatum(types.NewDec(types.Dec{Hi: x[1]}, digits))
				continue
			}
			v.Resize(v.N + 1)
			types.Fixed[[2]uint64](v)[v.N-1] = x
		}
	}
	word, bit := nullBit(c)
	for k, id := range ids {
		if *l.slots.Word(id, word)>>bit&1 != 0 {
			v.SetNull(base + k)
		}
	}
}

func readWords[T uint8 | uint16 | uint32 | uint64](l *rowList, at int, ids []uint32, v *types.Vec) {
	base := v.N
	v.Resize(base + len(ids))
	s := types.Fixed[T](v)[base:]
	for k, id := range ids {
		s[k] = T(*l.slots.Word(id, at))
	}
}

// next is the row after id in its chain, or arrange.None.
func (l *rowList) next(id uint32) uint32 { return uint32(*l.slots.Word(id, listLink)>>32) - 1 }

func (l *rowList) weight(id uint32) int64 { return int64(*l.slots.Word(id, listWeight) >> 32) }

// save writes the rows that are new since the last save:
//
//	[vnode][len][key][serial, 8 bytes] → [weight][image]
//
// The serial tells equal rows apart.
func (l *rowList) save(into *state.Delta, t *arrange.Table) {
	n := int(l.slots.Cap())
	for l.saved < n {
		l.ids = l.ids[:0]
		for id := l.saved; id < min(n, l.saved+types.MaxBatch); id++ {
			l.ids = append(l.ids, uint32(id))
		}
		l.row.Reset()
		for c, v := range l.row.Cols {
			l.read(c, l.ids, v)
		}
		for k, id := range l.ids {
			l.key = appendKeyPrefix(l.key[:0], t, uint32(*l.slots.Word(id, listLink)))
			l.key = binary.BigEndian.AppendUint64(l.key, l.seq)
			l.val = binary.AppendUvarint(l.val[:0], uint64(l.weight(id)))
			l.val = types.AppendRowImage(l.val, l.row, k)
			into.Put(l.key, l.val, state.Hash{})
			l.seq++
		}
		l.saved += len(l.ids)
	}
}

// load takes a saved row back; rest is its key behind the length and bytes of its join
// key, whose record is key of t.
func (l *rowList) load(rest, val []byte, t *arrange.Table, key uint32, head int) (w int64, err error) {
	u, n := binary.Uvarint(val)
	if len(rest) != 8 || n <= 0 || u == 0 || u > maxListWeight {
		return 0, errStateValue
	}
	l.seq = max(l.seq, binary.BigEndian.Uint64(rest)+1)
	l.row.Reset()
	if err := types.DecodeRowImage(val[n:], l.row, 1); err != nil {
		return 0, err
	}
	l.ids, l.from = l.ids[:0], append(l.from[:0], 0)
	l.link(t.Slots.Word(key, head), key, int64(u))
	for c, v := range l.row.Cols {
		l.put(c, v)
	}
	l.saved = int(l.slots.Cap())
	return int64(u), nil
}

func (l *rowList) memSize() int { return l.slots.MemSize() + l.bytes.MemSize() }
