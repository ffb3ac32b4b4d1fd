package expr

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"streamdb/types"
)

// TestRanges compares conditions that are ranges of columns with the same ones of single rows.
func TestRanges(t *testing.T) {
	cols := []types.Type{types.Int2, types.Int4, types.Int8, types.Timestamp}
	rapid.Check(t, func(t *rapid.T) {
		value := func(of types.Type) types.Datum {
			v := rapid.SampledFrom([]int64{math.MinInt64, math.MinInt32, -3, 0, 1, 2, 7, math.MaxInt32, math.MaxInt64}).Draw(t, "v")
			switch of.Kind() {
			case types.KindInt16:
				return types.Datum{Kind: types.KindInt16, I: int64(int16(v))}
			case types.KindInt32:
				return types.NewInt32(int32(v))
			}
			return types.NewInt64(v)
		}
		b := types.NewBatch(cols, 0)
		nulls := rapid.Bool().Draw(t, "nulls")
		for range rapid.IntRange(0, 9).Draw(t, "n") {
			var row types.Row
			for _, c := range cols {
				d := value(c)
				if nulls && rapid.IntRange(0, 3).Draw(t, "null") == 0 {
					d = types.Datum{}
				}
				row = append(row, d)
			}
			b.AppendRow(row, 1)
		}
		rows := make([]int32, 0, b.N)
		for i := range b.N {
			if rapid.Bool().Draw(t, "in") {
				rows = append(rows, int32(i))
			}
		}
		if rapid.Bool().Draw(t, "sel") {
			b.Sel = rows
		} else {
			rows = listed(nil, b.N)
		}
		and := &And{}
		for range rapid.IntRange(2, 4).Draw(t, "conjuncts") {
			c := rapid.IntRange(0, len(cols)-1).Draw(t, "column")
			name := rapid.SampledFrom([]string{"=", "<>", "<", "<=", ">", ">="}).Draw(t, "op")
			fn, err := sameTypeOp(name, cols[c], "an operator")
			if err != nil {
				t.Fatal(err)
			}
			args := []Expr{&Col{Index: c, T: cols[c]}, &Const{D: value(cols[c]), T: cols[c]}}
			and.Args = append(and.Args, &Call{Fn: fn, Args: args, T: types.Bool})
		}
		p, err := CompilePredicate(and)
		if err != nil {
			t.Fatal(err)
		}
		ctx := NewCtx(types.DefaultStyle(), 0)
		got := p.Filter(ctx, b, nil)
		var want []int32
		for _, i := range rows {
			d, err := EvalRow(ctx, and, b.RowDatums(int(i)))
			if err != nil {
				t.Fatal(err)
			}
			if !d.IsNull() && d.I != 0 {
				want = append(want, i)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got rows %v, want %v", got, want)
		}
	})
}
