package exec

import (
	"encoding/binary"

	"streamdb/state"
	"streamdb/state/arrange"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// setOp is INTERSECT and EXCEPT, with or without ALL.
//
// It keeps, per row, how often it stands left (l) and right (r), and emits at the barrier
// the difference of
//
//	INTERSECT ALL min(l,r)   EXCEPT ALL max(l−r,0)
//	INTERSECT     l>0 ∧ r>0  EXCEPT     l>0 ∧ r=0
type setOp struct {
	resident
	except, all bool
	t           *arrange.Table
	images      arrange.Arena
	dirty       dirtySet
	epoch       uint64
	touched     []touchedSetRow
	kb          types.KeyBatch
	cols        []int
	out         batcher
	buf         []byte
}

type touchedSetRow struct {
	id  uint32
	old int64
}

// The words of a row's record.
const (
	setOpLeft = arrange.UserWord + iota
	setOpRight
	setOpEpoch
	setOpDirty
	setOpImage
	setOpWords = iota
)

func newSetOp(env *Env, except, all bool, ts []types.Type) *setOp {
	cols := make([]int, len(ts))
	for i := range cols {
		cols[i] = i
	}
	return &setOp{
		except: except, all: all, t: arrange.NewTable(setOpWords), dirty: newDirtySet(env.Durable),
		cols: cols, out: newBatcher(ts), epoch: 1,
	}
}

// Process counts rows.
func (s *setOp) Process(port int, b *types.Batch, _ Emit) error {
	s.kb.Build(b, s.cols)
	s.EnsureResident(&s.kb)
	for k := range s.kb.Len() {
		row := b.Row(k)
		id, fresh := s.t.Upsert(s.kb.Hash[k], s.kb.Key(k))
		r := s.t.Slots.Rec(id)
		if fresh {
			s.buf = types.AppendRowImage(s.buf[:0], b, row)
			r[setOpImage] = uint64(s.images.Add(s.buf))
		}
		if r[setOpEpoch] != s.epoch {
			r[setOpEpoch] = s.epoch
			s.touched = append(s.touched, touchedSetRow{id, s.count(r)})
			s.dirty.touch(&r[setOpDirty], id, s.hash)
		}
		r[setOpLeft+port] += uint64(b.Weight(row))
	}
	return nil
}

// count is how often the row stands in the result.
func (s *setOp) count(r []uint64) int64 {
	l, right := int64(r[setOpLeft]), int64(r[setOpRight])
	var n int64
	switch {
	case s.except && s.all:
		n = l - right
	case s.except && right <= 0, !s.except && !s.all && right > 0:
		n = min(l, 1)
	case !s.except && s.all:
		n = min(l, right)
	}
	return max(n, 0)
}

// Barrier emits the difference for each touched row.
func (s *setOp) Barrier(_ types.Epoch, out Emit) error {
	for _, tr := range s.touched {
		r := s.t.Slots.Rec(tr.id)
		if int64(r[setOpLeft]) < 0 || int64(r[setOpRight]) < 0 {
			return pgerr.Internal("set operation: negative count")
		}
		if d := s.count(r) - tr.old; d != 0 {
			if err := types.DecodeRowImage(s.images.Bytes(arrange.Ref(r[setOpImage])), s.out.b, d); err != nil {
				return err
			}
			if err := s.out.full(out); err != nil {
				return err
			}
		}
		if r[setOpLeft] == 0 && r[setOpRight] == 0 {
			s.delete(tr.id, r)
		}
	}
	s.touched = s.touched[:0]
	s.epoch++
	return s.out.flush(out)
}

func (s *setOp) delete(id uint32, r []uint64) {
	s.dirty.drop(r[setOpDirty], func() []byte { return s.key(id) })
	s.images.Free(arrange.Ref(r[setOpImage]))
	s.t.Delete(id)
	if s.images.Wasteful() {
		s.images = compactRefs(s.t, setOpImage, &s.images)
	}
}

// compactRefs copies what word w of every record names in old into a fresh arena.
func compactRefs(t *arrange.Table, w int, old *arrange.Arena) arrange.Arena {
	var fresh arrange.Arena
	t.Each(func(id uint32) bool {
		p := t.Slots.Word(id, w)
		*p = uint64(fresh.Add(old.Bytes(arrange.Ref(*p))))
		return true
	})
	return fresh
}

// StateTables is one: [vnode][key] → [left][right][image].
func (s *setOp) StateTables() int { return 1 }

func (s *setOp) key(id uint32) []byte { return vnodeKey(s.t.Hash(id), s.t.Key(id)) }

// vnodeKey is a state key: the vnode of hash, then key.
func vnodeKey(hash uint64, key []byte) []byte {
	return append([]byte{byte(types.VNode(hash))}, key...)
}

func (s *setOp) encode(id uint32) (key, val []byte) {
	r := s.t.Slots.Rec(id)
	val = binary.AppendVarint(nil, int64(r[setOpLeft]))
	val = binary.AppendVarint(val, int64(r[setOpRight]))
	return s.key(id), append(val, s.images.Bytes(arrange.Ref(r[setOpImage]))...)
}

func (s *setOp) hash(id uint32) state.Hash {
	r := s.t.Slots.Rec(id)
	if r[setOpLeft] == 0 && r[setOpRight] == 0 {
		return state.Hash{}
	}
	return state.HashKV(s.encode(id))
}

// Save writes the touched rows.
func (s *setOp) Save(deltas []*state.Delta) { s.dirty.save(deltas[0], s.encode) }

// Load takes one row back.
func (s *setOp) Load(_ int, key, val []byte) error {
	l, n := binary.Varint(val)
	r, m := binary.Varint(val[max(n, 0):])
	if n <= 0 || m <= 0 || len(key) == 0 {
		return errStateValue
	}
	id, _ := s.t.Upsert(types.HashKey(key[1:]), key[1:])
	rec := s.t.Slots.Rec(id)
	rec[setOpLeft], rec[setOpRight] = uint64(l), uint64(r)
	rec[setOpImage] = uint64(s.images.Add(val[n+m:]))
	return nil
}

// Loaded has nothing to do.
func (s *setOp) Loaded() error { return nil }

// MemSize is the bytes of the rows.
func (s *setOp) MemSize() int { return s.t.MemSize() + s.images.MemSize() }

var errStateValue = pgerr.New(pgerr.DataCorrupted, "malformed state record")
