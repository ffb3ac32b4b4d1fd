package exec

import (
	"encoding/binary"

	"streamdb/planner/plan"
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
//
// Rows are one when they are SQL-equal; the result shows the smallest image on the left.
type setOp struct {
	resident
	env         *Env
	except, all bool
	t           *arrange.Table
	images      arrange.Arena
	lefts       *aggregator // the images on the left, where equal rows may look different
	dirty       dirtySet
	epoch       uint64
	touched     []touchedSetRow
	old         *types.Batch // with lefts: the touched rows as they were shown
	kb          types.KeyBatch
	ids         []uint32
	recs        types.Records
	at          []int32
	w           []int64
	cols        []int
	out         batcher
	buf         []byte
}

type touchedSetRow struct {
	id  uint32
	old int64 // how often it stood in the result
	at  int   // index in setOp.old, if it did
}

// The words of a row's record.
const (
	setOpLeft = arrange.UserWord + iota
	setOpRight
	setOpEpoch
	setOpDirty
	setOpImage // without lefts
	setOpWords // the first word of lefts
)

func newSetOp(env *Env, n *plan.SetOp) (*setOp, error) {
	ts := n.Out.Types()
	s := &setOp{
		env: env, except: n.Except, all: n.All,
		old: types.NewBatch(ts, 0), out: newBatcher(ts), epoch: 1,
	}
	s.dirty = newDirtySet(env.Durable, s)
	for i := range ts {
		s.cols = append(s.cols, i)
	}
	words := setOpWords
	if call := keyImageCall(s.cols, n.Out); call != nil {
		var err error
		if s.lefts, err = newAggregator(env, call, false); err != nil {
			return nil, err
		}
		words = s.lefts.place(words)
	}
	s.t = arrange.NewTable(words - arrange.UserWord)
	if s.lefts != nil {
		s.lefts.slots, s.lefts.values.table = s.t.Slots, s.t
	}
	return s, nil
}

// Process counts rows.
func (s *setOp) Process(port int, b *types.Batch, _ Emit) error {
	s.kb.Build(b, s.cols)
	s.EnsureResident(&s.kb)
	s.ids = s.ids[:0]
	for k := range s.kb.Len() {
		row := b.Row(k)
		id, fresh := s.t.Upsert(s.kb.Hash[k], s.kb.Key(k))
		r := s.t.Slots.Rec(id)
		if fresh && s.lefts == nil {
			s.buf = types.AppendRowImage(s.buf[:0], b, row)
			r[setOpImage] = uint64(s.images.Add(s.buf))
		}
		if err := s.touch(id, r); err != nil {
			return err
		}
		r[setOpLeft+port] += uint64(b.Weight(row))
		s.ids = append(s.ids, id)
	}
	if s.lefts != nil && port == 0 {
		s.env.Expr.Reset()
		s.lefts.eval(b)
		s.lefts.add(s.rows(b))
	}
	return nil
}

// rows lists the rows of b with their records.
func (s *setOp) rows(b *types.Batch) groupRows {
	s.recs.Locate(s.t.Slots, s.ids)
	r := groupRows{recs: &s.recs}
	s.at, s.w = s.at[:0], s.w[:0]
	for k := range b.Len() {
		row := b.Row(k)
		s.at, s.w = append(s.at, int32(row)), append(s.w, b.Weight(row))
	}
	r.rows, r.w = s.at, s.w
	return r
}

// touch logs a row at its first touch in the epoch.
func (s *setOp) touch(id uint32, r []uint64) error {
	if r[setOpEpoch] == s.epoch {
		return nil
	}
	r[setOpEpoch] = s.epoch
	t := touchedSetRow{id, s.count(r), s.old.N}
	if s.lefts != nil && t.old > 0 {
		if err := types.DecodeRowImage(s.image(id), s.old, 1); err != nil {
			return err
		}
	}
	s.touched = append(s.touched, t)
	r[setOpDirty] = uint64(s.dirty.touch(uint32(r[setOpDirty]), id))
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

// image is what the result shows of a row.
func (s *setOp) image(id uint32) []byte {
	if s.lefts != nil {
		return s.lefts.firstImage(id)
	}
	return s.images.Bytes(arrange.Ref(*s.t.Slots.Word(id, setOpImage)))
}

// Barrier emits the difference for each touched row.
func (s *setOp) Barrier(_ types.Epoch, out Emit) error {
	if s.lefts != nil {
		s.ids = s.ids[:0]
		for _, t := range s.touched {
			s.ids = append(s.ids, t.id)
		}
		if err := s.lefts.settle(s.ids); err != nil {
			return err
		}
	}
	for _, t := range s.touched {
		if err := s.settle(t, out); err != nil {
			return err
		}
	}
	s.touched = s.touched[:0]
	s.old.Reset()
	s.epoch++
	return s.out.flush(out)
}

// settle emits the difference of one row and frees it when it is gone.
func (s *setOp) settle(t touchedSetRow, out Emit) error {
	r := s.t.Slots.Rec(t.id)
	if int64(r[setOpLeft]) < 0 || int64(r[setOpRight]) < 0 {
		return pgerr.Internal("set operation: negative count")
	}
	now, old := s.count(r), t.old
	if s.lefts == nil {
		now, old = now-old, 0
	}
	if now != 0 {
		if err := types.DecodeRowImage(s.image(t.id), s.out.b, now); err != nil {
			return err
		}
	}
	if old != 0 {
		switch last := s.out.b.N - 1; {
		case now == 0 || !sameRow(s.old, t.at, s.out.b, last):
			s.out.b.AppendFrom(s.old, t.at, -old)
		case now == old:
			s.out.drop()
		default:
			s.out.b.NeedWeights()[last] -= old
		}
	}
	if r[setOpLeft] == 0 && r[setOpRight] == 0 {
		s.delete(t.id, r)
	}
	return s.out.full(out)
}

func (s *setOp) delete(id uint32, r []uint64) {
	s.dirty.drop(uint32(r[setOpDirty]), id)
	if s.lefts != nil {
		s.lefts.release(id)
	}
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

// StateTables is the rows, [vnode][key] → [left][right][image], and the images on the left
// where they are kept apart.
func (s *setOp) StateTables() []StateTable {
	if s.lefts != nil {
		return []StateTable{&s.dirty, &s.lefts.values.dirty}
	}
	return []StateTable{&s.dirty}
}

func (s *setOp) appendRecord(id uint32, key, val []byte) (k, v []byte, stored bool) {
	r := s.t.Slots.Rec(id)
	val = binary.AppendVarint(val, int64(r[setOpLeft]))
	val = binary.AppendVarint(val, int64(r[setOpRight]))
	val = append(val, s.images.Bytes(arrange.Ref(r[setOpImage]))...)
	return appendVNodeKey(key, s.t, id), val, r[setOpLeft] != 0 || r[setOpRight] != 0
}

// Load takes one row or image back.
func (s *setOp) Load(table int, key, val []byte) error {
	if table == 1 {
		return s.lefts.values.load(key, val, func(k []byte) uint32 { return s.t.Find(types.HashKey(k), k) })
	}
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

// Loaded finds the images to be shown.
func (s *setOp) Loaded() error {
	if s.lefts == nil {
		return nil
	}
	var ids []uint32
	s.t.Each(func(id uint32) bool { ids = append(ids, id); return true })
	return s.lefts.loaded(ids)
}

// MemSize is the bytes of the rows.
func (s *setOp) MemSize() int {
	n := s.t.MemSize() + s.images.MemSize() + s.dirty.memSize()
	if s.lefts != nil {
		n += s.lefts.memSize()
	}
	return n
}

var errStateValue = pgerr.New(pgerr.DataCorrupted, "malformed state record")
