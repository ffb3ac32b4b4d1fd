package expr

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"streamdb/types"
)

// TestDivisor compares the multiplication that stands for a division with the division.
func TestDivisor(t *testing.T) {
	edges := []int64{0, 1, -1, 2, 122, 123, 124, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1}
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.OneOf(
			rapid.Int64Range(2, math.MaxInt64),
			rapid.Int64Range(2, 1000),
			rapid.Map(rapid.IntRange(1, 62), func(s int) int64 { return 1 << s }),
			rapid.Map(rapid.IntRange(2, 62), func(s int) int64 { return 1<<s + 1 }),
			rapid.Map(rapid.IntRange(2, 63), func(s int) int64 { return 1<<s - 1 }),
		).Draw(t, "d")
		div, mult := newDivisor(uint64(d)), newMultiples(uint64(d))
		x := rapid.Int64().Draw(t, "x")
		for _, x := range append(edges, x, d, -d, d-1, d+1, x/d*d, x/d*d-1, math.MaxInt64/d*d, math.MaxInt64/d*d-1) {
			if got, want := div.rem(x), x%d; got != want {
				t.Fatalf("%d %% %d: got %d, want %d", x, d, got, want)
			}
			if mult.has(x) != (x%d == 0) {
				t.Fatalf("whether %d is a multiple of %d: got %t", x, d, mult.has(x))
			}
		}
	})
}

// TestScale compares an integer times a constant in one step with the two steps.
func TestScale(t *testing.T) {
	mul, _ := FuncBySig("*(numeric,numeric)")
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.OneOf(rapid.Int64Range(-maxFactor-1, maxFactor+1), rapid.Int64Range(-2000, 2000)).Draw(t, "k")
		d, _ := types.MakeDec(k>>63, uint64(k), rapid.IntRange(0, 20).Draw(t, "scale"))
		edge := math.MaxInt64 / max(k, 1) // the largest value with a product below 2^63
		values := rapid.SampledFrom([]*rapid.Generator[int64]{
			rapid.Int64(), rapid.Int64Range(0, 1e9), rapid.Map(rapid.Int64Range(1, 12), func(n int64) int64 { return edge / 4 * n }),
		}).Draw(t, "range")
		xs := rapid.SliceOfN(values, 1, 20).Draw(t, "xs")
		v := types.NewVec(types.Int8, 0)
		if rapid.Bool().Draw(t, "null") { // then the kernel is given the rows that are not
			v.AppendNull()
		}
		for _, x := range append(xs, 0, math.MinInt64, math.MaxInt64) {
			v.AppendDatum(types.NewInt64(x))
		}
		b := &types.Batch{N: v.N, Cols: []*types.Vec{v}}
		if rapid.Bool().Draw(t, "sel") {
			b.Sel = []int32{0, 1, int32(v.N) - 1}
		}
		e := &Call{Fn: mul, T: types.NumericT, Args: []Expr{
			&Cast{Arg: &Col{Index: 0, T: types.Int8}, T: types.NumericT}, &Const{D: types.NewDec(d, ""), T: types.NumericT},
		}}
		if rapid.Bool().Draw(t, "swap") {
			e.Args[0], e.Args[1] = e.Args[1], e.Args[0]
		}
		p, err := Compile(e)
		if err != nil {
			t.Fatal(err)
		}
		c := NewCtx(types.DefaultStyle(), 0)
		got := p.Eval(c, b)
		for n := range b.Len() {
			i := b.Row(n)
			var want types.Datum
			if !v.IsNull(i) {
				prod, err := types.NumericFromInt64(v.Int64s()[i]).Mul(types.NumericFromDatum(types.NewDec(d, "")))
				if err != nil {
					t.Fatal(err)
				}
				want = prod.ToDatum()
			}
			if g := got.Datum(i); g != want {
				t.Fatalf("row %d: got %v, want %v", i, g, want)
			}
		}
	})
}

// TestModEquals compares a % d = r in one step with Go's arithmetic.
func TestModEquals(t *testing.T) {
	mod, _ := FuncBySig("%(int8,int8)")
	equals, _ := FuncBySig("=(int8,int8)")
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.Int64Range(2, 20).Draw(t, "d")
		r := rapid.Int64Range(-2, 2).Draw(t, "r")
		v := types.NewVec(types.Int8, 0)
		if rapid.Bool().Draw(t, "null") { // then the kernel is given the rows that are not
			v.AppendNull()
		}
		for _, x := range rapid.SliceOfN(rapid.Int64Range(-100, 100), 1, 20).Draw(t, "xs") {
			v.AppendDatum(types.NewInt64(x))
		}
		constant := func(x int64) Expr { return &Const{D: types.NewInt64(x), T: types.Int8} }
		e := &Call{Fn: equals, T: types.Bool, Args: []Expr{
			&Call{Fn: mod, T: types.Int8, Args: []Expr{&Col{Index: 0, T: types.Int8}, constant(d)}}, constant(r),
		}}
		p, err := Compile(e)
		if err != nil {
			t.Fatal(err)
		}
		got := p.Eval(NewCtx(types.DefaultStyle(), 0), &types.Batch{N: v.N, Cols: []*types.Vec{v}})
		for i := range v.N {
			if v.IsNull(i) {
				continue
			}
			if x := v.Int64s()[i]; got.Datum(i).Bool() != (x%d == r) {
				t.Fatalf("%d %% %d = %d: got %t", x, d, r, got.Datum(i).Bool())
			}
		}
	})
}
