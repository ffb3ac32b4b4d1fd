package exec

import (
	"streamdb/state/arrange"
	"streamdb/types"
)

// judgement is when a row of a side stands in the output by itself.
type judgement uint8

const (
	never     judgement = iota
	unmatched           // NULL-extended (left, full) or alone (anti)
	matched             // alone (semi)
)

// joinSide keeps the rows of one side of a join, chained by key.
type joinSide struct {
	j         *join
	port      int
	at, width int // of its columns in left ++ right
	keyCols   []int
	nullSafe  []bool
	judged    judgement
	unit      bool // every weight was 1 so far

	// The rows: a list, if rows only come and are not judged; else a multiset; neither, if
	// only the sum per key is needed.
	list  *rowList
	rows  *arrange.Multiset
	dirty dirtySet

	touched   []touchedJoinRow
	images    types.KeyBatch
	fetched   int64
	ids       []uint32 // row ids of the batch in hand
	made      []int32  // which of them it made
	byRow     []uint32 // per row: ids by physical row
	fresh     []bool   // per row: the row was made by the batch, which counts its matches
	sel, null []int32
	buf       []byte
}

type touchedJoinRow struct {
	id  uint32
	old int64 // weight before the epoch
	hit bool  // had matches before the epoch (per row)
}

// The words of a row, from arrange.RowUser on.
const (
	joinKey     = arrange.RowUser + iota // the key's record
	joinMatches                          // sum of weights of the matching rows, if per row
	joinEpoch
	joinDirty
	joinWords = iota
)

func newJoinSide(
	env *Env, j *join, port int, ts []types.Type, keys []int, nullSafe []bool, judged judgement, grows bool,
) *joinSide {
	s := &joinSide{j: j, port: port, width: len(ts), keyCols: keys, nullSafe: nullSafe, judged: judged, unit: true}
	s.dirty = newDirtySet(env.Durable, s)
	switch {
	case port == 1 && !j.pairs && !j.perRow: // semi and anti joins need only the counts
	case grows && judged == never:
		s.list = newRowList(ts, j.keys)
	default:
		s.rows = arrange.NewMultiset(joinWords)
	}
	if port == 1 {
		s.at = len(j.combined.Cols) - s.width
	}
	return s
}

// countOnly reports whether rows are not kept, only the sum per key.
func (s *joinSide) countOnly() bool { return s.list == nil && s.rows == nil }

// splitNulls takes out the rows whose key cannot match: a NULL in a column that is not
// NULL-safe. A side that is judged unmatched emits them at once; nothing can change that.
func (s *joinSide) splitNulls(b *types.Batch, out Emit) (*types.Batch, error) {
	if !s.hasNulls(b) {
		return b, nil
	}
	s.sel, s.null = noRows(s.sel), s.null[:0]
	for k := range b.Len() {
		row := b.Row(k)
		if s.nullKey(b, row) {
			s.null = append(s.null, int32(row))
		} else {
			s.sel = append(s.sel, int32(row))
		}
	}
	if s.judged == unmatched {
		for _, row := range s.null {
			s.buf = types.AppendRowImage(s.buf[:0], b, int(row))
			if err := s.j.emitJudged(s, s.buf, b.Weight(int(row)), out); err != nil {
				return nil, err
			}
		}
		if err := s.j.out.flush(out); err != nil {
			return nil, err
		}
	}
	return &types.Batch{N: b.N, Cols: b.Cols, W: b.W, Sel: s.sel}, nil
}

func (s *joinSide) hasNulls(b *types.Batch) bool {
	for i, c := range s.keyCols {
		if b.Cols[c].Valid != nil && !s.nullSafe[i] {
			return true
		}
	}
	return false
}

func (s *joinSide) nullKey(b *types.Batch, row int) bool {
	for i, c := range s.keyCols {
		if !s.nullSafe[i] && b.Cols[c].IsNull(row) {
			return true
		}
	}
	return false
}

// put adds the rows of b to the side; keys are their keys' records.
func (s *joinSide) put(b *types.Batch, keys []uint32) error {
	switch {
	case s.list != nil:
		unit, err := s.list.add(b, &s.j.recs, keyHead+s.port)
		s.unit = s.unit && unit
		return err
	case s.rows != nil:
		s.putRows(b, keys)
	default:
		for _, key := range keys {
			mark := s.j.keys.Slots.Word(key, keyDirty)
			*mark = uint64(s.dirty.touch(uint32(*mark), key))
		}
	}
	return nil
}

// putRows changes the weights of rows, making those that are not there.
func (s *joinSide) putRows(b *types.Batch, keys []uint32) {
	appendImages(&s.images, b)
	s.ids, s.made = s.rows.T.UpsertAll(&s.images, s.ids, s.made)
	for _, k := range s.made {
		s.rows.T.User(s.ids[k])[joinKey] = uint64(keys[k])
		s.rows.Link(s.j.keys.Slots.Word(keys[k], keyHead+s.port), s.ids[k])
	}
	if b.W != nil || len(s.made) < len(s.ids) {
		s.unit = false
	}
	for k, id := range s.ids {
		s.touchRow(id)
		*s.rows.Weight(id) += uint64(b.Weight(b.Row(k)))
	}
	if !s.j.perRow {
		return
	}
	if cap(s.byRow) < b.N {
		s.byRow, s.fresh = make([]uint32, b.N), make([]bool, b.N)
	}
	s.byRow, s.fresh = s.byRow[:b.N], s.fresh[:b.N]
	clear(s.fresh)
	for k, id := range s.ids {
		s.byRow[b.Row(k)] = id
	}
	for _, k := range s.made {
		s.fresh[b.Row(int(k))] = true
	}
}

// weight and next walk a chain of rows.
func (s *joinSide) weight(id uint32) int64 {
	if s.list != nil {
		return s.list.weight(id)
	}
	return int64(*s.rows.Weight(id))
}

func (s *joinSide) next(id uint32) uint32 {
	if s.list != nil {
		return s.list.next(id)
	}
	return s.rows.Next(id)
}

// fetch reads the first row of each key's chain, so that many look-ups wait for memory
// together and not one after the other.
func (s *joinSide) fetch(keys *types.Records) {
	var sum int64
	for k := range keys.IDs {
		if id := arrange.First(*keys.Word(k, keyHead+s.port)); id != arrange.None {
			sum += s.weight(id)
		}
	}
	s.fetched = sum
}

// read appends the columns of rows to cols.
func (s *joinSide) read(ids []uint32, cols []*types.Vec) error {
	if s.list != nil {
		s.list.readAll(ids, cols)
		return nil
	}
	b := types.Batch{Cols: cols}
	for _, id := range ids {
		if err := types.DecodeRowImage(s.rows.Image(id), &b, 1); err != nil {
			return err
		}
	}
	return nil
}

// touchRow notes the first touch of a row in this epoch.
func (s *joinSide) touchRow(id uint32) {
	u := s.rows.T.User(id)
	if u[joinEpoch] == s.j.epoch {
		return
	}
	u[joinEpoch] = s.j.epoch
	s.touched = append(s.touched, touchedJoinRow{id, int64(*s.rows.Weight(id)), int64(u[joinMatches]) > 0})
	u[joinDirty] = uint64(s.dirty.touch(uint32(u[joinDirty]), id))
}

// matches is the match count of a row.
func (s *joinSide) matches(id uint32) *uint64 { return &s.rows.T.User(id)[joinMatches] }

// addMatches counts w matches for the batch's row, if the batch made it: older rows have
// counted them when the other side's rows came.
func (s *joinSide) addMatches(row int, w int64) {
	if s.fresh[row] {
		*s.matches(s.byRow[row]) += uint64(w)
	}
}

// judge emits what changed of the rows that stand by themselves.
func (s *joinSide) judge(out Emit) error {
	other := s.j.side[1-s.port].port
	for _, t := range s.touched {
		u := s.rows.T.User(t.id)
		had, has := t.hit, int64(u[joinMatches]) > 0
		if !s.j.perRow {
			key := uint32(u[joinKey])
			if had, has = s.keyState(key, other); had != has {
				continue // with the key, below
			}
		}
		if err := s.change(t.id, t.old, had, has, out); err != nil {
			return err
		}
	}
	if s.j.perRow {
		return nil
	}
	return s.judgeKeys(other, out)
}

// keyState is whether the other side had rows of a key before the epoch, and has now.
func (s *joinSide) keyState(key uint32, other int) (had, has bool) {
	has = int64(*s.j.keys.Slots.Word(key, keySum+other)) > 0
	return s.j.touched[uint32(*s.j.keys.Slots.Word(key, keyEpoch))].had[other], has
}

// judgeKeys emits the rows of the keys whose other side appeared or vanished.
func (s *joinSide) judgeKeys(other int, out Emit) error {
	old := map[uint32]int64{}
	for _, k := range s.j.touched {
		has := int64(*s.j.keys.Slots.Word(k.id, keySum+other)) > 0
		if has == k.had[other] {
			continue
		}
		if len(old) == 0 {
			for _, t := range s.touched {
				old[t.id] = t.old
			}
		}
		head := *s.j.keys.Slots.Word(k.id, keyHead+s.port)
		for id := arrange.First(head); id != arrange.None; id = s.rows.Next(id) {
			before, ok := old[id]
			if !ok {
				before = int64(*s.rows.Weight(id))
			}
			if err := s.change(id, before, k.had[other], has, out); err != nil {
				return err
			}
		}
	}
	return nil
}

// change emits the difference of one row's standing by itself.
func (s *joinSide) change(id uint32, oldW int64, had, has bool, out Emit) error {
	var before, now int64
	if had == (s.judged == matched) {
		before = oldW
	}
	if has == (s.judged == matched) {
		now = int64(*s.rows.Weight(id))
	}
	if now == before {
		return nil
	}
	return s.j.emitJudged(s, s.rows.Image(id), now-before, out)
}

// reap deletes the touched rows that are gone.
func (s *joinSide) reap() error {
	for _, t := range s.touched {
		w := int64(*s.rows.Weight(t.id))
		if w < 0 {
			return errNegative
		}
		if w == 0 {
			u := s.rows.T.User(t.id)
			s.dirty.drop(uint32(u[joinDirty]), t.id)
			key := uint32(u[joinKey])
			s.rows.Unlink(s.j.keys.Slots.Word(key, keyHead+s.port), t.id)
			s.rows.T.Delete(t.id)
			if r := s.j.keys.Slots.Rec(key); !s.j.tally && r[keyHead] == 0 && r[keyHeadR] == 0 {
				s.j.keys.Delete(key)
			}
		}
	}
	s.touched = s.touched[:0]
	return nil
}

func (s *joinSide) memSize() int {
	switch {
	case s.list != nil:
		return s.list.memSize()
	case s.rows != nil:
		return s.rows.T.MemSize() + s.dirty.memSize()
	}
	return 0
}
