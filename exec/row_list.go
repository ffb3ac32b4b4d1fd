package exec

import (
	"encoding/binary"
	"math"

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
	keys  *arrange.Table
	saved int // rows below are saved
	until int // rows from saved on and below are to be saved
	into  *state.Delta
	nulls bool // there has been a NULL
	seq   uint64

	run  []uint64      // new records, next to each other
	ids  []uint32      // records that are saved
	from []int32       // the rows of the batch in hand
	read types.Records // records that are read
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

func newRowList(ts []types.Type, keys *arrange.Table) *rowList {
	l := &rowList{keys: keys, row: types.NewBatch(ts, 0)}
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
// head of the records keys; unit is false if a weight is not 1.
func (l *rowList) add(b *types.Batch, keys *types.Records, head int) (unit bool, err error) {
	if b.W == nil {
		l.addOnes(b, keys, head)
		return true, nil
	}
	unit = true
	for k := range keys.IDs {
		row := b.Row(k)
		w := b.Weight(row)
		if w <= 0 {
			return false, pgerr.Internal("join: a row of weight %d on a side that only grows", w)
		}
		unit = unit && w == 1
		for ; w > 0; w -= min(w, maxListWeight) {
			l.from = append(l.from[:0], int32(row))
			id := l.begin(1)
			l.link(0, id, keys.Word(k, head), keys.IDs[k], min(w, maxListWeight))
			l.putAll(b, l.from)
		}
	}
	return unit, nil
}

// addOnes is add for rows of weight 1.
func (l *rowList) addOnes(b *types.Batch, keys *types.Records, head int) {
	rows := b.Sel
	if rows == nil {
		l.from = l.from[:0]
		for i := range b.N {
			l.from = append(l.from, int32(i))
		}
		rows = l.from
	}
	for done := 0; done < len(rows); {
		first := l.begin(len(rows) - done)
		n := len(l.run) / l.slots.Stride
		for k := range n {
			l.link(k, first+uint32(k), keys.Word(done+k, head), keys.IDs[done+k], 1)
		}
		l.putAll(b, rows[done:done+n])
		done += n
	}
}

// begin makes records of up to n rows, and returns the id of the first.
func (l *rowList) begin(n int) (first uint32) {
	first, l.run = l.slots.AllocRun(n)
	return first
}

// link puts the k-th new record, which is id, into a chain.
func (l *rowList) link(k int, id uint32, head *uint64, key uint32, w int64) {
	r := l.run[k*l.slots.Stride:][:listNulls]
	r[listLink] = *head<<32 | uint64(key)
	r[listWeight] = uint64(w) << 32
	*head = uint64(id) + 1
}

// putAll writes the columns of rows of b into the new records.
func (l *rowList) putAll(b *types.Batch, rows []int32) {
	for c, v := range b.Cols {
		l.put(c, v, rows)
	}
}

// put writes column c of rows.
func (l *rowList) put(c int, v *types.Vec, rows []int32) {
	stride := l.slots.Stride
	if v.Valid != nil {
		word, bit := nullBit(c)
		for k, i := range rows {
			if v.IsNull(int(i)) {
				l.run[k*stride+word] |= 1 << bit
				l.nulls = true
			}
		}
	}
	into := l.run[l.at[c]:]
	switch v.Kind.Width() {
	case 0:
		for k, i := range rows {
			if b := v.Bytes(int(i)); len(b) > 0 {
				into[k*stride] = uint64(l.bytes.Add(b))
			}
		}
	case 1:
		putWords[uint8](into, stride, v, rows)
	case 2:
		putWords[uint16](into, stride, v, rows)
	case 4:
		putWords[uint32](into, stride, v, rows)
	case 8:
		putWords[uint64](into, stride, v, rows)
	case 16:
		for k, i := range rows {
			x := types.Fixed[[2]uint64](v)[i]
			if v.Kind == types.KindNumeric && x[1]>>62 == longNumeric {
				x[0] = uint64(l.bytes.Add([]byte(v.Datum(int(i)).S)))
			}
			copy(into[k*stride:], x[:])
		}
	}
}

// putWords writes the values of rows into every stride-th word.
func putWords[T uint8 | uint16 | uint32 | uint64](into []uint64, stride int, v *types.Vec, rows []int32) {
	s, at := types.Fixed[T](v), 0
	for _, i := range rows {
		into[at] = uint64(s[i])
		at += stride
	}
}

// readAll appends the columns of rows to cols.
func (l *rowList) readAll(ids []uint32, cols []*types.Vec) {
	l.read.Locate(l.slots, ids)
	for c, v := range cols {
		l.readColumn(c, v)
	}
}

// readColumn appends column c of the rows in read to v.
func (l *rowList) readColumn(c int, v *types.Vec) {
	base, at := v.N, l.at[c]
	ids := l.read.IDs
	switch v.Kind.Width() {
	case 0:
		for k := range ids {
			v.AppendBytes(l.bytes.Bytes(arrange.Ref(*l.read.Word(k, at))))
		}
	case 1:
		readWords[uint8](l, at, v)
	case 2:
		readWords[uint16](l, at, v)
	case 4:
		readWords[uint32](l, at, v)
	case 8:
		readWords[uint64](l, at, v)
	case 16:
		for k := range ids {
			x := *(*[2]uint64)(l.read.At(k, at))
			if v.Kind == types.KindNumeric && x[1]>>62 == longNumeric {
				digits := string(l.bytes.Bytes(arrange.Ref(x[0])))
				v.AppendDatum(types.NewDec(types.Dec{Hi: x[1]}, digits))
				continue
			}
			v.Resize(v.N + 1)
			types.Fixed[[2]uint64](v)[v.N-1] = x
		}
	}
	if !l.nulls {
		return
	}
	word, bit := nullBit(c)
	for k := range ids {
		if *l.read.Word(k, word)>>bit&1 != 0 {
			v.SetNull(base + k)
		}
	}
}

func readWords[T uint8 | uint16 | uint32 | uint64](l *rowList, at int, v *types.Vec) {
	base := v.N
	v.Resize(base + len(l.read.IDs))
	s := types.Fixed[T](v)[base:]
	for k := range s {
		s[k] = T(*l.read.Word(k, at))
	}
}

// next is the row after id in its chain, or arrange.None.
func (l *rowList) next(id uint32) uint32 { return uint32(*l.slots.Word(id, listLink)>>32) - 1 }

func (l *rowList) weight(id uint32) int64 { return int64(*l.slots.Word(id, listWeight) >> 32) }

// Freeze has the rows that are new since the last Freeze written.
func (l *rowList) Freeze(into *state.Delta) {
	l.Save(math.MaxInt)
	l.until, l.into = int(l.slots.Cap()), into
}

// Save writes rows: they never change.
//
//	[vnode][len][key][serial, 8 bytes] → [weight][image]
//
// The serial tells equal rows apart.
func (l *rowList) Save(n int) (left bool) {
	for end := l.saved + min(n, l.until-l.saved); l.saved < end; {
		l.ids = l.ids[:0]
		for id := l.saved; id < min(end, l.saved+types.MaxBatch); id++ {
			l.ids = append(l.ids, uint32(id))
		}
		l.row.Reset()
		l.readAll(l.ids, l.row.Cols)
		for k, id := range l.ids {
			l.key = appendKeyPrefix(l.key[:0], l.keys, uint32(*l.slots.Word(id, listLink)))
			l.key = binary.BigEndian.AppendUint64(l.key, l.seq)
			l.val = binary.AppendUvarint(l.val[:0], uint64(l.weight(id)))
			l.val = types.AppendRowImage(l.val, l.row, k)
			l.into.Put(l.key, l.val, state.Hash{})
			l.seq++
		}
		l.saved += len(l.ids)
	}
	if l.saved < l.until {
		return true
	}
	l.into = nil
	return false
}

// load takes a saved row back; rest is its key behind the length and bytes of its join
// key, whose record is key.
func (l *rowList) load(rest, val []byte, key uint32, head int) (w int64, err error) {
	u, n := binary.Uvarint(val)
	if len(rest) != 8 || n <= 0 || u == 0 || u > maxListWeight {
		return 0, errStateValue
	}
	l.seq = max(l.seq, binary.BigEndian.Uint64(rest)+1)
	l.row.Reset()
	if err := types.DecodeRowImage(val[n:], l.row, 1); err != nil {
		return 0, err
	}
	l.from = append(l.from[:0], 0)
	id := l.begin(1)
	l.link(0, id, l.keys.Slots.Word(key, head), key, int64(u))
	l.putAll(l.row, l.from)
	l.saved = int(l.slots.Cap())
	l.until = l.saved
	return int64(u), nil
}

func (l *rowList) memSize() int {
	n := l.slots.MemSize() + l.bytes.MemSize()
	if l.into != nil {
		n += l.into.Bytes()
	}
	return n
}
