package exec

import (
	"encoding/binary"

	"streamdb/planner/plan"
	"streamdb/state/arrange"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// singleRow lets one row per key through: the guard under a scalar subquery.
//
//	d(A), for keys with one row; for a key with more, no row and an error
type singleRow struct {
	resident
	env     *Env
	keys    *arrange.Table
	rows    *arrange.Multiset
	keyCols []int
	dirty   dirtySet
	epoch   uint64
	touched []touchedSingle
	old     *types.Batch // the rows let through before the epoch
	kb      types.KeyBatch
	out     batcher
	buf     []byte
	dead    []uint32
}

type touchedSingle struct {
	id    uint32
	count int64
	old   int // index in old, −1: none
}

// The words of a key's record, and of a row.
const (
	singleHead = arrange.UserWord + iota
	singleCount
	singleEpoch
	singleWords = iota

	singleKey      = arrange.RowUser
	singleDirty    = arrange.RowUser + 1
	singleRowWords = 2
)

func newSingleRow(env *Env, n *plan.SingleRow) *singleRow {
	ts := n.Schema().Types()
	s := &singleRow{
		env: env, keys: arrange.NewTable(singleWords), rows: arrange.NewMultiset(singleRowWords),
		keyCols: n.Keys, epoch: 1,
		old: types.NewBatch(ts, 0), out: newBatcher(ts),
	}
	s.dirty = newDirtySet(env.Durable, s)
	return s
}

// Process keeps the rows.
func (s *singleRow) Process(_ int, b *types.Batch, _ Emit) error {
	s.kb.Build(b, s.keyCols)
	s.EnsureResident(&s.kb)
	for k := range s.kb.Len() {
		row := b.Row(k)
		key, _ := s.keys.Upsert(s.kb.Hash[k], s.kb.Key(k))
		if err := s.touch(key); err != nil {
			return err
		}
		s.buf = types.AppendRowImage(s.buf[:0], b, row)
		id, fresh := s.rows.Upsert(types.HashKey(s.buf), s.buf)
		u := s.rows.T.User(id)
		if fresh {
			u[singleKey] = uint64(key)
			s.rows.Link(s.keys.Slots.Word(key, singleHead), id)
		}
		u[singleDirty] = uint64(s.dirty.touch(uint32(u[singleDirty]), id))
		*s.rows.Weight(id) += uint64(b.Weight(row))
		*s.keys.Slots.Word(key, singleCount) += uint64(b.Weight(row))
	}
	return nil
}

// touch logs a key's row at its first touch in the epoch.
func (s *singleRow) touch(key uint32) error {
	r := s.keys.Slots.Rec(key)
	if r[singleEpoch] == s.epoch {
		return nil
	}
	r[singleEpoch] = s.epoch
	t := touchedSingle{key, int64(r[singleCount]), -1}
	if t.count == 1 {
		t.old = s.old.N
		if err := types.DecodeRowImage(s.only(key), s.old, 1); err != nil {
			return err
		}
	}
	s.touched = append(s.touched, t)
	return nil
}

// only is the image of the one row of a key.
func (s *singleRow) only(key uint32) []byte {
	id := arrange.First(*s.keys.Slots.Word(key, singleHead))
	for id != arrange.None && *s.rows.Weight(id) == 0 {
		id = s.rows.Next(id)
	}
	return s.rows.Image(id)
}

// Barrier emits the touched keys' rows and errors.
func (s *singleRow) Barrier(_ types.Epoch, out Emit) error {
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

func (s *singleRow) settle(t touchedSingle, out Emit) error {
	count := int64(*s.keys.Slots.Word(t.id, singleCount))
	if count < 0 {
		return pgerr.Internal("single row: negative count")
	}
	if count == 1 {
		if err := types.DecodeRowImage(s.only(t.id), s.out.b, 1); err != nil {
			return err
		}
	}
	switch {
	case t.old >= 0 && count == 1 && sameRow(s.old, t.old, s.out.b, s.out.b.N-1):
		s.out.drop()
	case t.old >= 0:
		s.out.b.AppendFrom(s.old, t.old, -1)
	}
	var w int64
	if count > 1 {
		w = 1
	}
	if t.count > 1 {
		w--
	}
	if w != 0 {
		if err := s.env.Error(errManyRows, w, nil, 0); err != nil {
			return err
		}
	}
	s.reap(t.id)
	return s.out.full(out)
}

var errManyRows = pgerr.New(pgerr.CardinalityViolation, "more than one row returned by a subquery used as an expression")

// reap frees the rows of a key that are gone, and the key with its last row.
func (s *singleRow) reap(key uint32) {
	head := s.keys.Slots.Word(key, singleHead)
	s.dead = s.dead[:0]
	for id := arrange.First(*head); id != arrange.None; id = s.rows.Next(id) {
		if *s.rows.Weight(id) == 0 {
			s.dead = append(s.dead, id)
		}
	}
	for _, id := range s.dead {
		s.dirty.drop(uint32(s.rows.T.User(id)[singleDirty]), id)
		s.rows.Unlink(head, id)
		s.rows.T.Delete(id)
	}
	if *head == 0 {
		s.keys.Delete(key)
	}
}

// StateTables is one: [vnode][len][key][image] → weight.
func (s *singleRow) StateTables() []StateTable { return []StateTable{&s.dirty} }

func (s *singleRow) appendRecord(id uint32, key, val []byte) (k, v []byte, stored bool) {
	w := *s.rows.Weight(id)
	key = appendKeyPrefix(key, s.keys, uint32(s.rows.T.User(id)[singleKey]))
	return append(key, s.rows.Image(id)...), binary.AppendUvarint(val, w), w != 0
}

// Load takes one row back.
func (s *singleRow) Load(_ int, key, val []byte) error {
	w, n := binary.Uvarint(val)
	if n <= 0 || len(key) == 0 {
		return errStateValue
	}
	k, image, ok := cutLen(key[1:])
	if !ok {
		return errStateValue
	}
	kid, _ := s.keys.Upsert(types.HashKey(k), k)
	id, _ := s.rows.Upsert(types.HashKey(image), image)
	s.rows.T.User(id)[singleKey] = uint64(kid)
	*s.rows.Weight(id) = w
	s.rows.Link(s.keys.Slots.Word(kid, singleHead), id)
	*s.keys.Slots.Word(kid, singleCount) += w
	return nil
}

// Loaded has nothing to do.
func (s *singleRow) Loaded() error { return nil }

// MemSize is the bytes of keys and rows.
func (s *singleRow) MemSize() int { return s.keys.MemSize() + s.rows.T.MemSize() + s.dirty.memSize() }
