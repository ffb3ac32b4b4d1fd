package exec

import (
	"encoding/binary"

	"streamdb/state/arrange"
	"streamdb/types"
)

// StateTables is one per side: [vnode][len][key][image] → weight, what [rowList.Save] says
// for a side whose rows only come, or [vnode][len][key] → sum of weights for a side that
// only counts. Match counts are recomputed at load.
func (j *join) StateTables() []StateTable {
	return []StateTable{j.side[0].table(), j.side[1].table()}
}

func (s *joinSide) table() StateTable {
	if s.list != nil {
		return s.list
	}
	return &s.dirty
}

// appendRecord is the record of a row, or of a key on a side that only counts.
func (s *joinSide) appendRecord(id uint32, key, val []byte) (k, v []byte, stored bool) {
	if s.countOnly() {
		sum := *s.j.keys.Slots.Word(id, keySum+s.port)
		return appendKeyPrefix(key, s.j.keys, id), binary.AppendUvarint(val, sum), sum != 0
	}
	w := *s.rows.Weight(id)
	key = appendKeyPrefix(key, s.j.keys, uint32(s.rows.T.User(id)[joinKey]))
	return append(key, s.rows.Image(id)...), binary.AppendUvarint(val, w), w != 0
}

// dropKey notes that a key of a side that only counts is deleted.
func (s *joinSide) dropKey(key uint32) {
	if s.countOnly() {
		s.dirty.drop(uint32(*s.j.keys.Slots.Word(key, keyDirty)), key)
	}
}

// Load takes one row or count back.
func (j *join) Load(table int, key, val []byte) error {
	w, n := binary.Uvarint(val)
	if n <= 0 || len(key) == 0 || table > 1 {
		return errStateValue
	}
	k, rest, ok := cutLen(key[1:])
	if !ok {
		return errStateValue
	}
	s := j.side[table]
	id, _ := j.keys.Upsert(types.HashKey(k), k)
	if s.list != nil {
		lw, err := s.list.load(rest, val, id, keyHead+table)
		if err != nil {
			return err
		}
		w = uint64(lw)
	}
	if j.tally {
		*j.keys.Slots.Word(id, keySum+table) += w
	}
	if w != 1 {
		s.unit = false
	}
	if s.rows == nil {
		return nil
	}
	row, _ := s.rows.Upsert(types.HashKey(rest), rest)
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
	for r := arrange.First(head); r != arrange.None; r = right.next(r) {
		j.found.add(0, r, 1)
	}
	if len(j.found.rows) == 0 {
		return nil
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
		*left.matches(id) += uint64(right.weight(r))
		if right.judged != never {
			*right.matches(r) += *left.rows.Weight(id)
		}
	}
	return nil
}
