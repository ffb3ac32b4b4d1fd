package expr

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"streamdb/types"
)

const benchRows = 4096

// benchBatch has columns int8, numeric(…,2), text, float8 and timestamp.
func benchBatch() *types.Batch {
	r := rand.New(rand.NewPCG(1, 1))
	b := types.NewBatch([]types.Type{types.Int8, types.NumericT, types.Text, types.Float8, types.Timestamp}, benchRows)
	for range benchRows {
		v := r.Int64N(100000)
		b.AppendRow(types.Row{
			types.NewInt64(v), types.NumericFromInt64Scaled(v, 2).ToDatum(), str(fmt.Sprintf("item %d of %d", v, v*7)),
			types.NewFloat64(float64(v) / 3), types.NewInt64(v * usPerHour),
		}, 1)
	}
	return b
}

func BenchmarkEval(b *testing.B) {
	batch := benchBatch()
	cols := map[string]*Col{}
	for i, n := range []string{"a", "n", "s", "f", "t"} {
		cols[n] = &Col{Index: i, T: batch.Cols[i].Type}
	}
	c := testCtx(b, "")
	for _, src := range []string{
		"a < 50000", "a < a", "a + 1", "a * a", "n * 0.908", "n + n", "n < 500.00", "s = 'item 1 of 7'", "s ~~ '%77%'",
		"s ~~ 'item 1%'", "f * 2.5::float8", "upper(s)", "s || 'x'", "a::numeric", "a::int4", "a::text", "a > 10 and a < 90000",
		"date_trunc('day', t)", "date_part('hour', t)", "s ~ '7.*7'",
	} {
		e, err := parseSQL(c, src, cols)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(src, func(b *testing.B) {
			p, err := Compile(c.Fold(e))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				p.Eval(c, batch)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
		})
	}
}

func BenchmarkFilter(b *testing.B) {
	batch := benchBatch()
	c := testCtx(b, "")
	e, err := parseSQL(c, "a < 50000", map[string]*Col{"a": {Index: 0, T: types.Int8}})
	if err != nil {
		b.Fatal(err)
	}
	p, err := CompilePredicate(c.Fold(e))
	if err != nil {
		b.Fatal(err)
	}
	var sel []int32
	b.ReportAllocs()
	for b.Loop() {
		sel = p.Filter(c, batch, sel[:0])
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

func BenchmarkAggregate(b *testing.B) {
	batch := benchBatch()
	c := testCtx(b, "")
	for sig, col := range map[string]int{"sum(int8)": 0, "sum(numeric)": 1, "sum(float8)": 3, "count(any)": 0, "avg(int8)": 0} {
		b.Run(sig, func(b *testing.B) {
			a, ok := AggBySig(sig)
			if !ok {
				b.Fatal("no " + sig)
			}
			lin := a.NewLinear(&AggCall{Fn: a, T: a.Ret})
			s := types.NewSlots(lin.Words())
			ids, rows := make([]uint32, benchRows), make([]int32, benchRows)
			for range 100 {
				s.Alloc()
			}
			for i := range ids {
				ids[i], rows[i] = uint32(i%100), int32(i)
			}
			var g types.Records
			g.Locate(s, ids)
			args := []*types.Vec{batch.Cols[col]}
			b.ReportAllocs()
			for b.Loop() {
				lin.Add(c, &g, 0, args, rows, nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
		})
	}
}
