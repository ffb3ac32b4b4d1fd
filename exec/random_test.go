package exec

import (
	"math"
	"math/rand/v2"
	"strings"

	"streamdb/types"
)

// domain lists values of a type worth meeting often: equal ones of different images among
// them.
func domain(t types.Type) []types.Datum {
	switch t {
	case types.Int4:
		return []types.Datum{types.NewInt32(0), types.NewInt32(1), types.NewInt32(2), types.NewInt32(3), types.NewInt32(-7)}
	case types.Int8, types.Timestamp:
		return []types.Datum{types.NewInt64(0), types.NewInt64(1), types.NewInt64(2), types.NewInt64(3), types.NewInt64(-1 << 40)}
	case types.Text:
		return []types.Datum{
			types.NewBytes(""), types.NewBytes("a"), types.NewBytes("b"), types.NewBytes("ab"),
			types.NewBytes(strings.Repeat("long ", 12)),
		}
	case types.BPChar:
		return []types.Datum{types.NewBytes("a"), types.NewBytes("a "), types.NewBytes("b")}
	case types.Bool:
		return []types.Datum{types.NewBool(false), types.NewBool(true)}
	case types.NumericT:
		return parsed(t, "1", "1.0", "1.00", "2", "2.50", "2.5", "-1", "0", "0.00", "123456789012345678901234567890123456789012.5")
	case types.Float8:
		return []types.Datum{
			types.NewFloat64(0), types.NewFloat64(math.Copysign(0, -1)), types.NewFloat64(1.5), types.NewFloat64(-2),
			types.NewFloat64(math.NaN()), types.NewFloat64(math.Inf(1)), types.NewFloat64(math.Inf(-1)),
		}
	case types.IntervalT:
		return parsed(t, "1 mon", "30 days", "720:00:00", "1 day", "2000000000 months")
	}
	panic("no domain of " + t.String())
}

func parsed(t types.Type, texts ...string) []types.Datum {
	var ds []types.Datum
	for _, s := range texts {
		d, err := types.ParseText(t, s, types.DefaultStyle())
		if err != nil {
			panic(err)
		}
		ds = append(ds, d)
	}
	return ds
}

// columnTypes are the types of the columns of random relations.
var columnTypes = []types.Type{
	types.Int4, types.Int8, types.Text, types.NumericT, types.Float8, types.IntervalT, types.BPChar, types.Bool, types.Timestamp,
}

func randomDatum(rng *rand.Rand, t types.Type) types.Datum {
	if rng.IntN(6) == 0 {
		return types.Datum{}
	}
	d := domain(t)
	return d[rng.IntN(len(d))]
}

func randomRow(rng *rand.Rand, s types.Schema) types.Row {
	r := make(types.Row, len(s))
	for i, c := range s {
		r[i] = randomDatum(rng, c.Type)
		for c.NotNull && r[i].IsNull() {
			r[i] = randomDatum(rng, c.Type)
		}
	}
	return r
}

// change is one row of a delta.
type change struct {
	row types.Row
	w   int64
}

// randomChanges makes about n changes of a relation, in an order in which counts may go
// below zero on the way, and applies them to cur.
func randomChanges(rng *rand.Rand, s types.Schema, cur bag, n int, appendOnly bool) []change {
	var cs []change
	add := func(r types.Row, w int64) {
		cs = append(cs, change{r, w})
		cur.add(r, w)
	}
	for range n {
		switch rows := cur.rows(); {
		case appendOnly || len(rows) == 0 || rng.IntN(3) == 0:
			w := int64(1)
			if rng.IntN(4) == 0 {
				w += rng.Int64N(3)
			}
			add(randomRow(rng, s), w)
		case rng.IntN(4) == 0: // there and back
			r := randomRow(rng, s)
			add(r, 2)
			add(r, -2)
		case rng.IntN(3) == 0: // one more of what is there
			add(rows[rng.IntN(len(rows))].row, 1)
		default:
			x := rows[rng.IntN(len(rows))]
			w := 1 + rng.Int64N(x.w)
			add(x.row, -w)
			if rng.IntN(2) == 0 { // an update of one column
				r := append(types.Row{}, x.row...)
				c := rng.IntN(len(r))
				r[c] = randomRow(rng, s)[c]
				add(r, w)
			}
		}
	}
	rng.Shuffle(len(cs), func(i, j int) { cs[i], cs[j] = cs[j], cs[i] })
	return cs
}

// randomBatches cuts changes into batches; some have a selection over rows that do not
// exist, some no weights where all are 1.
func randomBatches(rng *rand.Rand, s types.Schema, cs []change) []*types.Batch {
	var out []*types.Batch
	for len(cs) > 0 {
		n := 1 + rng.IntN(len(cs))
		out = append(out, randomBatch(rng, s, cs[:n]))
		cs = cs[n:]
	}
	return out
}

func randomBatch(rng *rand.Rand, s types.Schema, cs []change) *types.Batch {
	b := types.NewBatch(s.Types(), 0)
	sparse := rng.IntN(2) == 0
	ghosts := func() {
		for sparse && rng.IntN(2) == 0 {
			b.AppendRow(randomRow(rng, s), 5-rng.Int64N(11))
		}
	}
	sel := make([]int32, 0, len(cs))
	ghosts()
	for _, c := range cs {
		sel = append(sel, int32(b.N))
		b.AppendRow(c.row, c.w)
		ghosts()
	}
	if sparse {
		b.Sel = sel
	}
	if rng.IntN(2) == 0 {
		b.NeedWeights()
	}
	return b
}

// scribble overwrites a batch whose receiver has returned: nobody may look at it again.
func scribble(b *types.Batch) {
	for _, v := range b.Cols {
		switch v.Kind {
		case types.KindInt32:
			fillWith(v.Int32s(), 0x5a5a5a5a)
		case types.KindInt64:
			fillWith(v.Int64s(), 0x5a5a5a5a)
		case types.KindBytes:
			fillWith(v.Data, '#')
		}
	}
	fillWith(b.W, 77)
}

func fillWith[T any](s []T, x T) {
	for i := range s {
		s[i] = x
	}
}
