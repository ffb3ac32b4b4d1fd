package exec

import (
	"encoding/binary"

	"streamdb/state"
	"streamdb/state/arrange"
	"streamdb/types"
)

// StateTables is one per side: [vnode][len][key][image] → weight, or
// [vnode][len][key] → sum of weights for a side that only counts. Match counts are
// recomputed at load.
func (j *join) StateTables() int { return 2 }

// Save writes what changed on both sides.
func (j *join) Save(deltas []*state.Delta) {
	for i, s := range j.side {
		if s.countOnly {
			s.dirty.save(deltas[i], s.encodeKey)
		} else {
			s.dirty.save(deltas[i], s.encode)
		}
	}
}

func (s *joinSide) stateKey(id uint32) []byte {
	return append(s.keyPrefix(uint32(s.rows.T.User(id)[joinKey])), s.rows.Image(id)...)
}

func (s *joinSide) keyPrefix(key uint32) []byte {
	k := s.j.keys.Key(key)
	b := []byte{byte(types.VNode(s.j.keys.Hash(key)))}
	return append(binary.AppendUvarint(b, uint64(len(k))), k...)
}

func (s *joinSide) encode(id uint32) (key, val []byte) {
	return s.stateKey(id), binary.AppendUvarint(nil, *s.rows.Weight(id))
}

func (s *joinSide) hash(id uint32) state.Hash {
	if *s.rows.Weight(id) == 0 {
		return state.Hash{}
	}
	return state.HashKV(s.encode(id))
}

// encodeKey is the record of a key of a side that only counts; none where it has no rows.
func (s *joinSide) encodeKey(key uint32) (k, val []byte) {
	if sum := *s.j.keys.Slots.Word(key, keySum+s.port); sum != 0 {
		val = binary.AppendUvarint(nil, sum)
	}
	return s.keyPrefix(key), val
}

func (s *joinSide) keyHash(key uint32) state.Hash {
	if *s.j.keys.Slots.Word(key, keySum+s.port) == 0 {
		return state.Hash{}
	}
	return state.HashKV(s.encodeKey(key))
}

// dropKey notes that a key of a side that only counts is deleted.
func (s *joinSide) dropKey(key uint32) {
	if s.countOnly {
		mark := *s.j.keys.Slots.Word(key, keyDirty)
		s.dirty.drop(mark, func() []byte { return s.keyPrefix(key) })
	}
}

// Load takes one row or count back.
func (j *join) Load(table int, key, val []byte) error {
	w, n := binary.Uvarint(val)
	if n <= 0 || len(key) == 0 || table > 1 {
		return errStateValue
	}
	k, image, ok := cutLen(key[1:])
	if !ok {
		return errStateValue
	}
	s := j.side[table]
	id, _ := j.keys.Upsert(types.HashKey(k), k)
	*j.keys.Slots.Word(id, keySum+table) += w
	if s.countOnly {
		return nil
	}
	if w != 1 {
		s.unit = false
	}
	row, _ := s.rows.Upsert(types.HashKey(image), image)
	s.rows.T.User(row)[joinKey] = uint64(id)
	*s.rows.Weight(row) = w
	s.rows.Link(j.keys.Slots.Word(id, keyHead+table), row)
	return nil
}

// Loaded counts the matches of the rows that are judged per row.
func (j *join) Loaded() error {
	if !j.perRow {
		return nil
	}
	left := j.side[0]
	width := types.NewBatch(j.combinedTypes()[:left.width], 0)
	var err error
	left.rows.T.Each(func(id uint32) bool {
		width.Reset()
		if err = types.DecodeRowImage(left.rows.Image(id), width, int64(*left.rows.Weight(id))); err != nil {
			return false
		}
		err = j.recount(id, width)
		return err == nil
	})
	return err
}

func (j *join) combinedTypes() []types.Type { return j.combined.Types() }

// recount counts the matches of one left row, given as a batch, on both sides.
func (j *join) recount(id uint32, b *types.Batch) error {
	left, right := j.side[0], j.side[1]
	head := *j.keys.Slots.Word(uint32(left.rows.T.User(id)[joinKey]), keyHeadR)
	j.found.reset()
	for r := arrange.First(head); r != arrange.None; r = right.rows.Next(r) {
		j.found.rows, j.found.ids = append(j.found.rows, 0), append(j.found.ids, r)
		j.found.w = append(j.found.w, 1)
	}
	defer j.found.reset()
	c, err := j.combine(left, right, b)
	if err != nil {
		return err
	}
	j.env.Expr.Reset()
	j.sel = j.pred.Filter(j.env.Expr, c, noRows(j.sel))
	j.env.Expr.Reset()
	for _, p := range j.sel {
		r := j.found.ids[p]
		*left.matches(id) += *right.rows.Weight(r)
		*right.matches(r) += *left.rows.Weight(id)
	}
	return nil
}
