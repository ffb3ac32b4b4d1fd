package exec

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"

	"streamdb/expr"
	"streamdb/state/arrange"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// valueSet keeps, for every group of an aggregate, the multiset of argument rows of one
// aggregate call. An entry's image is
//
//	[group id, 4 bytes][order keys][row image of the arguments]
//
// so that the byte order within a group is the aggregate's order, ties by image. Calls whose
// arguments are the same share a set: each has a lane, a count of its own in every entry.
type valueSet struct {
	m     *arrange.Multiset
	lanes int
	off   int // of the set's words in the group's record
	table *arrange.Table
	dirty dirtySet
	epoch uint32
	// ordered says that entries are chained by group and their order matters; else only
	// which there are.
	ordered bool

	order   []*expr.Program // the call's ORDER BY, then the arguments where they order too
	keys    []expr.SortKey
	orderV  []*types.Vec
	argT    []types.Type
	touched []touchedValue
	ahead   map[uint32][]uint32 // of large groups: see values_first.go
	results arrange.Arena
	images  types.KeyBatch // the entries of the batch in hand
	keyLen  []uint32
	w       []int64
	masks   []uint64 // the lanes each one counts in; empty: the first
	ids     []uint32
	made    []int32
	nearest []uint32
	buf     []byte
}

type touchedValue struct {
	id  uint32
	old uint64 // the lanes that had it
}

// The words of a valueSet in a group's record.
const (
	setHead       = iota // first entry of the chain
	setFirst             // first entry in order + 1; 0: not known
	setResult            // the kept result
	valueSetWords = iota
)

// The words of an entry, from arrange.RowUser on.
const (
	valueKeyLen = arrange.RowUser + iota // epoch serial<<32 | length of the order keys
	valueDirty
	valueLanes // the counts of the lanes after the first
	valueWords = iota - 1

	maxLanes = 64
)

func newValueSet(env *Env, call *expr.AggCall, ordered bool) (*valueSet, error) {
	v := &valueSet{epoch: 1, ordered: ordered}
	v.setLanes(1)
	v.dirty = newDirtySet(env.Durable, v)
	if ordered {
		v.keys = call.Order
	}
	if ordered && call.Fn.Name != "key image" && (len(call.Order) == 0 || call.Distinct) {
		for _, a := range call.Args {
			v.keys = append(v.keys[:len(v.keys):len(v.keys)], expr.SortKey{Expr: a, Desc: call.Fn.Desc})
		}
	}
	for _, k := range v.keys {
		p, err := expr.Compile(k.Expr)
		if err != nil {
			return nil, err
		}
		v.order = append(v.order, p)
	}
	v.orderV = make([]*types.Vec, len(v.order))
	for _, a := range call.Args {
		v.argT = append(v.argT, a.Type())
	}
	return v, nil
}

// setLanes says how many lanes there are. It comes before the first value.
func (v *valueSet) setLanes(n int) {
	v.lanes, v.m = n, arrange.NewMultiset(valueWords+n-1)
}

// count is how often a lane has an entry.
func (v *valueSet) count(id uint32, lane int) *uint64 {
	if lane == 0 {
		return v.m.Weight(id)
	}
	return &v.m.T.User(id)[valueLanes+lane-1]
}

// present is the lanes that have an entry.
func (v *valueSet) present(id uint32) (lanes uint64) {
	for l := range v.lanes {
		if int64(*v.count(id, l)) > 0 {
			lanes |= 1 << l
		}
	}
	return lanes
}

func (v *valueSet) eval(c *expr.Ctx, b *types.Batch) {
	for i, p := range v.order {
		v.orderV[i] = p.Eval(c, b)
	}
}

// argRows is argument rows with their groups.
type argRows struct {
	groups []uint32
	args   []*types.Vec
	rows   []int32  // physical
	w      []int64  // nil: 1 each
	lanes  []uint64 // that they count in; nil: the first
}

// add counts argument rows into groups.
func (v *valueSet) add(s *types.Slots, r argRows, skipNulls bool) {
	v.encode(r, skipNulls)
	v.ids, v.made = v.m.T.UpsertAll(&v.images, v.ids, v.made)
	for _, k := range v.made {
		v.enter(s, v.ids[k], v.keyLen[k])
	}
	for k, id := range v.ids {
		v.touch(id)
		if r.lanes == nil {
			*v.m.Weight(id) += uint64(v.w[k])
			continue
		}
		for m := v.masks[k]; m != 0; m &= m - 1 {
			*v.count(id, bits.TrailingZeros64(m)) += uint64(v.w[k])
		}
	}
}

// encode makes the entries' images, with their weights, lanes and the lengths of their order
// keys.
func (v *valueSet) encode(r argRows, skipNulls bool) {
	argRow := types.Batch{Cols: r.args}
	m := &v.images
	m.Data, m.Hash, m.Off = m.Data[:0], m.Hash[:0], append(m.Off[:0], 0)
	v.keyLen, v.w, v.masks = v.keyLen[:0], v.w[:0], v.masks[:0]
	for k, row := range r.rows {
		if skipNulls && len(r.args) > 0 && r.args[0].IsNull(int(row)) {
			continue
		}
		from := len(m.Data)
		m.Data = binary.BigEndian.AppendUint32(m.Data, r.groups[k])
		for i, key := range v.keys {
			m.Data = types.AppendOrderKey(m.Data, v.orderV[i], int(row), key.Desc, key.NullsFirst)
		}
		v.keyLen = append(v.keyLen, uint32(len(m.Data)-from-4))
		m.Data = types.AppendRowImage(m.Data, &argRow, int(row))
		m.Off = append(m.Off, int32(len(m.Data)))
		m.Hash = append(m.Hash, types.HashKey(m.Data[from:]))
		weight := int64(1)
		if r.w != nil {
			weight = r.w[k]
		}
		v.w = append(v.w, weight)
		if r.lanes != nil {
			v.masks = append(v.masks, r.lanes[k])
		}
	}
}

// enter makes a fresh entry one of its group's.
func (v *valueSet) enter(s *types.Slots, id, keyLen uint32) {
	v.m.T.User(id)[valueKeyLen] = uint64(keyLen)
	if v.ordered {
		v.m.Link(s.Word(v.group(id), v.off+setHead), id)
	}
}

func (v *valueSet) touch(id uint32) {
	u := v.m.T.User(id)
	if uint32(u[valueKeyLen]>>32) != v.epoch {
		u[valueKeyLen] = uint64(v.epoch)<<32 | u[valueKeyLen]&(1<<32-1)
		v.touched = append(v.touched, touchedValue{id, v.present(id)})
		u[valueDirty] = uint64(v.dirty.touch(uint32(u[valueDirty]), id))
	}
}

func (v *valueSet) group(id uint32) uint32 { return binary.BigEndian.Uint32(v.m.Image(id)) }

// lenOfKeys is the length of an entry's order keys.
func (v *valueSet) lenOfKeys(id uint32) uint32 { return uint32(v.m.T.User(id)[valueKeyLen]) }

// args is the image of an entry's arguments.
func (v *valueSet) args(id uint32) []byte {
	return v.m.Image(id)[4+v.lenOfKeys(id):]
}

// transitions is the argument rows that appeared (+1) or disappeared (−1) in a lane in this
// epoch, and their groups.
func (v *valueSet) transitions(lane int) (*types.Batch, []uint32, error) {
	b := types.NewBatch(v.argT, 0)
	var groups []uint32
	for _, t := range v.touched {
		now := int64(*v.count(t.id, lane)) > 0
		if now == (t.old>>lane&1 != 0) {
			continue
		}
		w := int64(1)
		if !now {
			w = -1
		}
		if err := types.DecodeRowImage(v.args(t.id), b, w); err != nil {
			return nil, nil, err
		}
		groups = append(groups, v.group(t.id))
	}
	return b, groups, nil
}

// settle deletes the entries that reached zero and keeps each group's first entry right
// or unknown.
func (v *valueSet) settle(s *types.Slots) error {
	alive := v.touched[:0]
	for _, t := range v.touched {
		for l := range v.lanes {
			if int64(*v.count(t.id, l)) < 0 {
				return pgerr.Internal("aggregate: value of negative count")
			}
		}
		if v.present(t.id) != 0 {
			alive = append(alive, t)
			continue
		}
		g := v.group(t.id)
		v.dirty.drop(uint32(v.m.T.User(t.id)[valueDirty]), t.id)
		if v.ordered {
			v.m.Unlink(s.Word(g, v.off+setHead), t.id)
			v.leave(s, g, t.id)
		}
		v.m.T.Delete(t.id)
	}
	if v.ordered {
		for _, t := range alive {
			v.arrive(s, v.group(t.id), t)
		}
	}
	v.touched = v.touched[:0]
	if v.epoch++; v.epoch == 0 { // the serial starts anew: nothing may be marked
		v.epoch = 1
		v.m.T.Each(func(id uint32) bool {
			v.m.T.User(id)[valueKeyLen] &= 1<<32 - 1
			return true
		})
	}
	return nil
}

// valueRows is the argument rows of a group in order, with counts as weights.
type valueRows struct{ b *types.Batch }

func (r *valueRows) each(yield func(types.Row, int64) bool) {
	for i := range r.b.N {
		if !yield(r.b.RowDatums(i), r.b.Weight(i)) {
			return
		}
	}
}

// sorted lists the argument rows of a group in order; distinct: one of each SQL-equal
// class, counted once.
func (v *valueSet) sorted(s *types.Slots, group uint32, distinct bool) (*valueRows, error) {
	var ids []uint32
	for id := arrange.First(*s.Word(group, v.off+setHead)); id != arrange.None; id = v.m.Next(id) {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b uint32) int { return bytes.Compare(v.m.Image(a), v.m.Image(b)) })
	r := &valueRows{types.NewBatch(v.argT, len(ids))}
	var last []byte
	for _, id := range ids {
		w := int64(*v.m.Weight(id))
		if distinct {
			key := v.m.Image(id)[:4+v.lenOfKeys(id)]
			if last != nil && bytes.Equal(key, last) {
				continue
			}
			last, w = key, 1
		}
		if err := types.DecodeRowImage(v.args(id), r.b, w); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// keepResult keeps d as the result of a group.
func (v *valueSet) keepResult(s *types.Slots, group uint32, d types.Datum) {
	w := s.Word(group, v.off+setResult)
	v.results.Free(arrange.Ref(*w))
	v.buf = types.AppendImageDatum(v.buf[:0], d)
	*w = uint64(v.results.Add(v.buf))
	if v.results.Wasteful() {
		v.results = compactRefs(v.table, v.off+setResult, &v.results)
	}
}

// result is the kept result of a group; NULL before there is one.
func (v *valueSet) result(s *types.Slots, group uint32, t types.Type) types.Datum {
	img := v.results.Bytes(arrange.Ref(*s.Word(group, v.off+setResult)))
	if len(img) == 0 {
		return types.Datum{}
	}
	d, _, err := types.DecodeImageDatum(img, t)
	if err != nil {
		return types.Datum{}
	}
	d.S = string([]byte(d.S))
	return d
}

func (v *valueSet) release(s *types.Slots, group uint32) {
	v.results.Free(arrange.Ref(*s.Word(group, v.off+setResult)))
	delete(v.ahead, group)
}

// appendRecord is [vnode][len][group key][len][order keys][image of the arguments] → the count
// of each lane.
func (v *valueSet) appendRecord(id uint32, key, val []byte) (k, c []byte, stored bool) {
	key = appendKeyPrefix(key, v.table, v.group(id))
	key = binary.AppendUvarint(key, uint64(v.lenOfKeys(id)))
	for l := range v.lanes {
		w := *v.count(id, l)
		val = binary.AppendUvarint(val, w)
		stored = stored || w != 0
	}
	return append(key, v.m.Image(id)[4:]...), val, stored
}

// load takes one entry back; groupOf finds its group.
func (v *valueSet) load(key, val []byte, groupOf func(key []byte) uint32) error {
	if len(key) == 0 {
		return errStateValue
	}
	gk, rest, ok := cutLen(key[1:])
	if !ok {
		return errStateValue
	}
	keyLen, n := binary.Uvarint(rest)
	g := groupOf(gk)
	if n <= 0 || g == arrange.None || keyLen > uint64(len(rest)-n) {
		return errStateValue
	}
	image := append(binary.BigEndian.AppendUint32(nil, g), rest[n:]...)
	id, fresh := v.m.Upsert(types.HashKey(image), image)
	if !fresh {
		return errStateValue
	}
	v.enter(v.table.Slots, id, uint32(keyLen))
	for l := range v.lanes {
		w, m := binary.Uvarint(val)
		if m <= 0 {
			return errStateValue
		}
		*v.count(id, l), val = w, val[m:]
	}
	return nil
}

func (v *valueSet) memSize() int { return v.m.T.MemSize() + v.results.MemSize() + v.dirty.memSize() }
