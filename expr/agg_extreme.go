package expr

import (
	"strings"
	"unsafe"

	"streamdb/types"
)

// extremeFixed is min or max over a fixed-width kind when nothing is ever retracted: a
// word that says whether there is a value, and the value's bits.
type extremeFixed[T ordered | float] struct {
	words
	max bool
}

// Add keeps the better value.
func (a extremeFixed[T]) Add(_ *Ctx, g *types.Records, off int, args []*types.Vec, rows []int32, _ []int64) {
	v := args[0]
	vals := types.Fixed[T](v)
	for k := range g.IDs {
		i := rows[k]
		if v.IsNull(int(i)) {
			continue
		}
		rec, x := (*[2]uint64)(g.At(k, off)), vals[i]
		if rec[0] == 0 || better(a.max, x, fromWord[T](rec[1])) {
			rec[0], rec[1] = 1, toWord(x)
		}
	}
}

// better reports whether x comes before old; NaN is the greatest value, and of equal ones
// (0 and −0) the one with the smaller image comes first.
func better[T ordered | float](greatest bool, x, old T) bool {
	switch {
	case x == old:
		return toWord(x) < toWord(old)
	case x != x:
		return greatest && old == old
	case old != old:
		return !greatest
	case greatest:
		return x > old
	}
	return x < old
}

func toWord[T ordered | float](x T) uint64 {
	var w [1]uint64
	*viewAs[T](&w) = x
	return w[0]
}

func fromWord[T ordered | float](w uint64) T {
	b := [1]uint64{w}
	return *viewAs[T](&b)
}

// Result appends the values.
func (a extremeFixed[T]) Result(_ *Ctx, s *types.Slots, off int, ids []uint32, out *types.Vec) {
	base := out.N
	out.Resize(base + len(ids))
	dst := types.Fixed[T](out)[base:]
	for k, id := range ids {
		rec := s.Rec(id)[off : off+2]
		if rec[0] == 0 {
			out.SetDatum(base+k, types.Datum{})
			continue
		}
		dst[k] = fromWord[T](rec[1])
	}
}

func newExtreme[T ordered | float](greatest bool) func(*AggCall) Linear {
	return func(*AggCall) Linear { return extremeFixed[T]{2, greatest} }
}

// extremeInt is extremeFixed for integers, which need no rule of which is the better one.
type extremeInt[T ordered] struct{ extremeFixed[T] }

// Add keeps the better value.
func (a extremeInt[T]) Add(_ *Ctx, g *types.Records, off int, args []*types.Vec, rows []int32, _ []int64) {
	v := args[0]
	vals := types.Fixed[T](v)
	mask := ^uint64(0) >> (64 - 8*unsafe.Sizeof(vals[0])) // toWord, without a way through memory
	nulls := v.Valid != nil
	for k, i := range rows {
		if nulls && v.IsNull(int(i)) {
			continue
		}
		// Which value is the better one is not to be guessed, so there is no branch.
		rec, x := (*[2]uint64)(g.At(k, off)), vals[i]
		old := T(rec[1])
		if rec[0] == 0 {
			old = x
		}
		rec[0] = 1
		if a.max {
			x = max(x, old)
		} else {
			x = min(x, old)
		}
		rec[1] = uint64(int64(x)) & mask
	}
}

func newExtremeInt[T ordered](greatest bool) func(*AggCall) Linear {
	return func(*AggCall) Linear { return extremeInt[T]{extremeFixed[T]{2, greatest}} }
}

// extremeAny is min or max over any type when nothing is ever retracted; the values are
// kept beside the records.
type extremeAny struct {
	t        types.Type
	greatest bool
	best     map[uint32]types.Datum
	bytes    int // of the values' own bytes
}

func newExtremeAny(greatest bool) func(*AggCall) Linear {
	return func(c *AggCall) Linear {
		return &extremeAny{t: c.T, greatest: greatest, best: map[uint32]types.Datum{}}
	}
}

// Words is one: whether there is a value.
func (a *extremeAny) Words() int { return 1 }

// Add keeps the better value; of equal ones that with the smaller image.
func (a *extremeAny) Add(_ *Ctx, g *types.Records, off int, args []*types.Vec, rows []int32, _ []int64) {
	v := args[0]
	for k, id := range g.IDs {
		i := int(rows[k])
		if v.IsNull(i) {
			continue
		}
		p := g.Word(k, off)
		d := v.DatumAlias(i)
		if *p == 0 || a.better(d, a.best[id]) {
			*p = 1
			a.keep(id, d)
		}
	}
}

// keep makes a copy of d the value of a record.
func (a *extremeAny) keep(id uint32, d types.Datum) {
	d.S = strings.Clone(d.S)
	a.bytes += len(d.S) - len(a.best[id].S)
	a.best[id] = d
}

// MemSize is the bytes of the values.
func (a *extremeAny) MemSize() int { return a.bytes + len(a.best)*sideEntryBytes }

// sideEntryBytes is about what an entry of a map of values takes, half of its places being
// free.
const sideEntryBytes = 96

func (a *extremeAny) better(d, old types.Datum) bool {
	c := types.Compare(a.t, d, old)
	if c == 0 {
		return string(types.AppendImageDatum(nil, d)) < string(types.AppendImageDatum(nil, old))
	}
	return c > 0 == a.greatest
}

// Result appends the values.
func (a *extremeAny) Result(_ *Ctx, s *types.Slots, off int, ids []uint32, out *types.Vec) {
	for _, id := range ids {
		if *s.Word(id, off) == 0 {
			out.AppendNull()
			continue
		}
		out.AppendDatum(a.best[id])
	}
}

// AppendState writes the value's image, NULL for none.
func (a *extremeAny) AppendState(dst []byte, _ *types.Slots, _ int, id uint32) []byte {
	return types.AppendImageDatum(dst, a.best[id])
}

// LoadState reads what AppendState wrote.
func (a *extremeAny) LoadState(src []byte, s *types.Slots, off int, id uint32) ([]byte, error) {
	d, rest, err := types.DecodeImageDatum(src, a.t)
	if err != nil {
		return nil, err
	}
	if !d.IsNull() {
		a.keep(id, d)
		*s.Word(id, off) = 1
	}
	return rest, nil
}

// Release frees the value.
func (a *extremeAny) Release(_ *types.Slots, _ int, id uint32) {
	a.bytes -= len(a.best[id].S)
	delete(a.best, id)
}

// first is Collect of min and max: the first row decides.
func first(_ *Ctx, _ *AggCall, rows func(yield func(r types.Row, count int64) bool)) (types.Datum, error) {
	var d types.Datum
	rows(func(r types.Row, _ int64) bool {
		d = r[0]
		return false
	})
	return d, nil
}

// intervalSum sums intervals: rows, months, days, microseconds in two words.
type intervalSum struct {
	words
	average bool
}

// Add sums the fields apart.
func (intervalSum) Add(_ *Ctx, g *types.Records, off int, args []*types.Vec, rows []int32, w []int64) {
	v := args[0]
	vals := v.Intervals()
	for k := range g.IDs {
		i := rows[k]
		if v.IsNull(int(i)) {
			continue
		}
		rec, n := (*[5]uint64)(g.At(k, off)), weight(w, k)
		rec[0] += uint64(n)
		rec[1] += uint64(int64(vals[i].Months) * n)
		rec[2] += uint64(int64(vals[i].Days) * n)
		addMul(&rec[3], &rec[4], vals[i].Micros, n)
	}
}

// Result appends the sums or averages.
func (a intervalSum) Result(c *Ctx, s *types.Slots, off int, ids []uint32, out *types.Vec) {
	for k, id := range ids {
		rec := s.Rec(id)[off : off+5]
		if rec[0] == 0 {
			out.AppendNull()
			continue
		}
		d, err := intervalTotal(rec)
		if err == nil && a.average {
			d, err = intervalDiv(d, float64(int64(rec[0])))
		}
		appendResult(c, k, out)(interval(d), err)
	}
}

func intervalTotal(rec []uint64) (types.Interval, error) {
	months, days := int64(rec[1]), int64(rec[2])
	if months != int64(int32(months)) || days != int64(int32(days)) || int64(rec[4]) != int64(rec[3])>>63 {
		return types.Interval{}, intervalRange()
	}
	return types.Interval{Months: int32(months), Days: int32(days), Micros: int64(rec[3])}, nil
}

// bitAgg is bit_and, bit_or and bit_xor when nothing is retracted: present, value.
type bitAgg[T integer] struct {
	words
	op func(x, y T) T
}

// Add folds the values.
func (a bitAgg[T]) Add(_ *Ctx, g *types.Records, off int, args []*types.Vec, rows []int32, w []int64) {
	v := args[0]
	vals := types.Fixed[T](v)
	for k := range g.IDs {
		i := rows[k]
		if v.IsNull(int(i)) {
			continue
		}
		rec := (*[2]uint64)(g.At(k, off))
		for range repeats(weight(w, k)) {
			if rec[0] == 0 {
				rec[0], rec[1] = 1, uint64(vals[i])
			} else {
				rec[1] = uint64(a.op(T(rec[1]), vals[i]))
			}
		}
	}
}

// repeats is how often a value must be folded to stand for n times: its parity matters to
// xor, that it is there to all.
func repeats(n int64) int64 { return 2 - n&1 }

// Result appends the values.
func (a bitAgg[T]) Result(_ *Ctx, s *types.Slots, off int, ids []uint32, out *types.Vec) {
	for _, id := range ids {
		rec := s.Rec(id)[off : off+2]
		if rec[0] == 0 {
			out.AppendNull()
			continue
		}
		n := out.N
		out.Resize(n + 1)
		types.Fixed[T](out)[n] = T(rec[1])
	}
}

// collectBits is the same from the rows present.
func collectBits[T integer](op func(x, y T) T) func(*Ctx, *AggCall, func(func(types.Row, int64) bool)) (types.Datum, error) {
	return func(_ *Ctx, call *AggCall, rows func(yield func(r types.Row, count int64) bool)) (types.Datum, error) {
		var acc T
		seen := false
		rows(func(r types.Row, n int64) bool {
			if r[0].IsNull() {
				return true
			}
			for range repeats(n) {
				if seen {
					acc = op(acc, T(r[0].I))
				} else {
					acc, seen = T(r[0].I), true
				}
			}
			return true
		})
		if !seen {
			return types.Datum{}, nil
		}
		return types.Datum{Kind: call.T.Kind(), I: int64(acc)}, nil
	}
}
