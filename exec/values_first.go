package exec

import (
	"bytes"
	"slices"

	"streamdb/state/arrange"
	"streamdb/types"
)

// The first entry of a group is found by looking at all of them. A group with many keeps
// the next ones at hand, in order, so that it is looked through again only when they are
// used up: every entry that is not among those ahead comes after the last of them.

const (
	manyEntries  = 64
	entriesAhead = 32
)

func (v *valueSet) less(a, b uint32) int { return bytes.Compare(v.m.Image(a), v.m.Image(b)) }

// leave is told that an entry is about to be deleted.
func (v *valueSet) leave(s *types.Slots, g, id uint32) {
	ahead := v.ahead[g]
	if i := slices.Index(ahead, id); i >= 0 {
		ahead = slices.Delete(ahead, i, i+1)
		v.ahead[g] = ahead
	}
	first := s.Word(g, v.off+setFirst)
	if *first != uint64(id)+1 {
		return
	}
	*first = 0
	if len(ahead) > 0 {
		*first = uint64(ahead[0]) + 1
	}
}

// arrive is told of an entry that is there after the epoch.
func (v *valueSet) arrive(s *types.Slots, g uint32, t touchedValue) {
	if ahead := v.ahead[g]; t.old == 0 && len(ahead) > 0 && v.less(t.id, ahead[len(ahead)-1]) < 0 {
		i, _ := slices.BinarySearchFunc(ahead, t.id, v.less)
		ahead = slices.Insert(ahead, i, t.id)
		v.ahead[g] = ahead[:min(len(ahead), entriesAhead)]
	}
	first := s.Word(g, v.off+setFirst)
	if *first != 0 && v.less(t.id, uint32(*first-1)) < 0 {
		*first = uint64(t.id) + 1
	}
}

// findFirst makes the first entry of groups known.
func (v *valueSet) findFirst(s *types.Slots, groups []uint32) {
	for _, g := range groups {
		if first := s.Word(g, v.off+setFirst); *first == 0 {
			*first = uint64(v.look(s, g) + 1)
		}
	}
}

// look finds the first entry of a group, or arrange.None, and those ahead.
func (v *valueSet) look(s *types.Slots, g uint32) uint32 {
	v.nearest = v.nearest[:0]
	n := 0
	for id := arrange.First(*s.Word(g, v.off+setHead)); id != arrange.None; id = v.m.Next(id) {
		n++
		if k := len(v.nearest); k == entriesAhead && v.less(id, v.nearest[k-1]) > 0 {
			continue
		}
		i, _ := slices.BinarySearchFunc(v.nearest, id, v.less)
		v.nearest = slices.Insert(v.nearest, i, id)
		v.nearest = v.nearest[:min(len(v.nearest), entriesAhead)]
	}
	delete(v.ahead, g)
	if n == 0 {
		return arrange.None
	}
	if n >= manyEntries {
		if v.ahead == nil {
			v.ahead = map[uint32][]uint32{}
		}
		v.ahead[g] = slices.Clone(v.nearest)
	}
	return v.nearest[0]
}

// firstImage is the image of the first arguments of a group, or nil.
func (v *valueSet) firstImage(s *types.Slots, group uint32) []byte {
	first := *s.Word(group, v.off+setFirst)
	if first == 0 {
		return nil
	}
	return v.args(uint32(first - 1))
}

// first is the first argument of the first entry of a group, or NULL.
func (v *valueSet) first(s *types.Slots, group uint32, t types.Type) types.Datum {
	img := v.firstImage(s, group)
	if img == nil {
		return types.Datum{}
	}
	b := types.NewBatch([]types.Type{t}, 1)
	if err := types.DecodeRowImage(img, b, 1); err != nil {
		return types.Datum{}
	}
	return b.Cols[0].Datum(0)
}
