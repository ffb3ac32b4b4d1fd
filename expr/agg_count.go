package expr

import (
	"encoding/binary"

	"streamdb/types"
)

// words is the state codec of accumulators that have no side storage.
type words int

func (n words) Words() int { return int(n) }

// AppendState writes the record's words.
func (n words) AppendState(dst []byte, s *types.Slots, off int, id uint32) []byte {
	for _, w := range s.Rec(id)[off : off+int(n)] {
		dst = binary.LittleEndian.AppendUint64(dst, w)
	}
	return dst
}

// LoadState reads what AppendState wrote.
func (n words) LoadState(src []byte, s *types.Slots, off int, id uint32) ([]byte, error) {
	if len(src) < 8*int(n) {
		return nil, badState()
	}
	rec := s.Rec(id)
	for i := range int(n) {
		rec[off+i] = binary.LittleEndian.Uint64(src[8*i:])
	}
	return src[8*int(n):], nil
}

// Release has nothing to free.
func (words) Release(*types.Slots, int, uint32) {}

func weight(w []int64, k int) int64 {
	if w == nil {
		return 1
	}
	return w[k]
}

// countAgg is count(*) and count(x): one word.
type countAgg struct{ words }

func newCount(*AggCall) Linear { return countAgg{1} }

// Add counts the rows whose argument, if there is one, is not NULL.
func (countAgg) Add(_ *Ctx, g *types.Records, off int, args []*types.Vec, rows []int32, w []int64) {
	var valid *types.Vec
	if len(args) > 0 && args[0].Valid != nil {
		valid = args[0]
	}
	if valid == nil && w == nil {
		for k := range g.IDs {
			*g.Word(k, off)++
		}
		return
	}
	for k := range g.IDs {
		if valid == nil || !valid.IsNull(int(rows[k])) {
			*g.Word(k, off) += uint64(weight(w, k))
		}
	}
}

// Result appends the counts.
func (countAgg) Result(_ *Ctx, s *types.Slots, off int, ids []uint32, out *types.Vec) {
	base := out.N
	out.Resize(base + len(ids))
	dst := out.Int64s()[base:]
	for k, id := range ids {
		dst[k] = int64(*s.Word(id, off))
	}
}

// boolAgg is bool_and and bool_or: words for the number of true and of false rows.
type boolAgg struct {
	words
	or bool
}

// Add counts the values.
func (boolAgg) Add(_ *Ctx, g *types.Records, off int, args []*types.Vec, rows []int32, w []int64) {
	v := args[0]
	bs := v.Bools()
	for k := range g.IDs {
		if i := int(rows[k]); !v.IsNull(i) {
			*g.Word(k, off+1-int(bs[i]&1)) += uint64(weight(w, k))
		}
	}
}

// Result appends the conjunctions or disjunctions.
func (a boolAgg) Result(_ *Ctx, s *types.Slots, off int, ids []uint32, out *types.Vec) {
	for _, id := range ids {
		yes, no := *s.Word(id, off), *s.Word(id, off+1)
		switch {
		case yes|no == 0:
			out.AppendNull()
		case a.or:
			out.AppendDatum(boolean(yes != 0))
		default:
			out.AppendDatum(boolean(no == 0))
		}
	}
}
