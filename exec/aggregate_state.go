package exec

import (
	"encoding/binary"

	"streamdb/state"
	"streamdb/state/arrange"
	"streamdb/types"
)

// reap frees a group that no row is left of.
func (a *aggregate) reap(id uint32) {
	if a.global || *a.t.Slots.Word(id, groupWeight) != 0 {
		return
	}
	a.dirty.drop(uint32(*a.t.Slots.Word(id, groupMark)), id)
	for _, g := range a.all {
		g.release(id)
	}
	if !a.readable {
		a.images.Free(arrange.Ref(*a.t.Slots.Word(id, groupWords)))
	}
	a.t.Delete(id)
	if a.images.Wasteful() {
		a.images = compactRefs(a.t, groupWords, &a.images)
	}
}

// StateTables is the groups, [vnode][key] → [weight]([len image][image])[accumulators], and
// one table of values per aggregator that keeps them.
func (a *aggregate) StateTables() []StateTable {
	all := []StateTable{a}
	for _, g := range a.all {
		if g.values != nil {
			all = append(all, &g.values.dirty)
		}
	}
	return all
}

func (a *aggregate) appendRecord(id uint32, key, val []byte) (k, v []byte, stored bool) {
	val = binary.AppendUvarint(val, *a.t.Slots.Word(id, groupWeight))
	if !a.readable {
		img := a.images.Bytes(arrange.Ref(*a.t.Slots.Word(id, groupWords)))
		val = binary.AppendUvarint(val, uint64(len(img)))
		val = append(val, img...)
	}
	for _, g := range a.all {
		val = g.appendState(val, id)
	}
	return appendVNodeKey(key, a.t, id), val, a.present(id)
}

// Freeze has the touched groups written.
func (a *aggregate) Freeze(into *state.Delta) {
	a.dirty.Freeze(into)
	a.unsaved = a.epoch
}

// Save writes touched groups.
func (a *aggregate) Save(n int) (left bool) { return a.dirty.Save(n) }

// Load takes one group or value back.
func (a *aggregate) Load(table int, key, val []byte) error {
	if table > 0 {
		return a.loadValue(table, key, val)
	}
	w, n := binary.Uvarint(val)
	if n <= 0 || len(key) == 0 {
		return errStateValue
	}
	rest := val[n:]
	id, _ := a.t.Upsert(types.HashKey(key[1:]), key[1:])
	*a.t.Slots.Word(id, groupWeight) = w
	if !a.readable {
		img, r, ok := cutLen(rest)
		if !ok {
			return errStateValue
		}
		*a.t.Slots.Word(id, groupWords) = uint64(a.images.Add(img))
		rest = r
	}
	for _, g := range a.all {
		var err error
		if rest, err = g.loadState(rest, id); err != nil {
			return err
		}
	}
	a.shown = a.global
	return nil
}

func (a *aggregate) loadValue(table int, key, val []byte) error {
	n := 0
	for _, g := range a.all {
		if g.values == nil {
			continue
		}
		if n++; n == table {
			return g.values.load(key, val, func(groupKey []byte) uint32 {
				return a.t.Find(types.HashKey(groupKey), groupKey)
			})
		}
	}
	return errStateValue
}

// Loaded computes what is kept beside the state tables.
func (a *aggregate) Loaded() error {
	if a.t.Len() == 0 {
		return nil
	}
	var ids []uint32
	a.t.Each(func(id uint32) bool { ids = append(ids, id); return true })
	for _, g := range a.all {
		if err := g.loaded(ids); err != nil {
			return err
		}
	}
	return nil
}

// MemSize is the bytes of the groups and values.
func (a *aggregate) MemSize() int {
	n := a.t.MemSize() + a.images.MemSize() + a.dirty.memSize()
	for _, g := range a.all {
		n += g.memSize()
	}
	return n
}
