package types

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// propTypes are the types the properties run over.
var propTypes = []Type{
	Bool, Int2, Int4, Int8, Float4, Float8, NumericT, Text, BPChar, Bytea, UUID, Date, Time, Timestamp,
	IntervalT, JSONB, {1007, -1}, {1009, -1}, {1231, -1},
}

// drawDatum draws a value of t, biased to small and special ones so that equal pairs occur.
func drawDatum(t *rapid.T, typ Type) Datum {
	switch typ.Kind() {
	case KindBool:
		return NewBool(rapid.Bool().Draw(t, "b"))
	case KindInt16:
		return NewInt16(rapid.OneOf(rapid.Int16Range(-2, 2), rapid.Int16()).Draw(t, "i"))
	case KindInt32:
		return NewInt32(rapid.OneOf(rapid.Int32Range(-2, 2), rapid.Int32Range(minDate, 1<<30)).Draw(t, "i"))
	case KindInt64:
		if typ.OID == Time.OID {
			return NewInt64(rapid.Int64Range(0, usPerDay).Draw(t, "i"))
		}
		return NewInt64(rapid.OneOf(rapid.Int64Range(-2, 2), rapid.Int64Range(minTimestamp, endTimestamp-1)).Draw(t, "i"))
	case KindFloat32:
		return NewFloat32(rapid.OneOf(rapid.SampledFrom(specials32), rapid.Float32()).Draw(t, "f"))
	case KindFloat64:
		return NewFloat64(rapid.OneOf(rapid.SampledFrom(specials64), rapid.Float64()).Draw(t, "f"))
	case KindNumeric:
		return drawNumeric(t).ToDatum()
	case KindInterval:
		return NewInterval(Interval{
			Micros: rapid.SampledFrom([]int64{0, 1, -1, usPerDay, -usPerDay, 30 * usPerDay, math.MaxInt64, math.MinInt64}).Draw(t, "us"),
			Days:   rapid.SampledFrom([]int32{0, 1, -1, 30, -30, 31, math.MaxInt32}).Draw(t, "d"),
			Months: rapid.SampledFrom([]int32{0, 1, -1, 2, math.MinInt32}).Draw(t, "m"),
		})
	case KindUUID:
		var u [16]byte
		copy(u[:], rapid.SliceOfN(rapid.Byte(), 0, 16).Draw(t, "u"))
		return NewUUID(u)
	}
	if e := typ.ElemType(); e.OID != 0 {
		return drawArray(t, e)
	}
	if typ.OID == JSONB.OID {
		s, err := ParseJSONB(drawJSON(t, 3))
		if err != nil {
			t.Fatal(err)
		}
		return NewBytes(s)
	}
	return NewBytes(rapid.StringOfN(rapid.SampledFrom([]rune("ab \x01é")), 0, 4, -1).Draw(t, "s"))
}

var (
	specials32 = []float32{0, float32(math.Copysign(0, -1)), 1, -1, float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))}
	specials64 = []float64{0, math.Copysign(0, -1), 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, 5e-324}
)

func drawNumeric(t *rapid.T) Numeric {
	s := rapid.OneOf(
		rapid.SampledFrom([]string{"0", "0.00", "1", "1.0", "1.00", "-1", "10", "NaN", "Infinity", "-Infinity", "1e40", "1.0e40",
			"2596148429267413814265248164610047", "-2596148429267413814265248164610048", "2596148429267413814265248164610048"}),
		rapid.StringMatching(`-?[0-9]{1,4}(\.[0-9]{0,4})?`),
		rapid.StringMatching(`-?[0-9]{1,50}(\.[0-9]{0,30})?`),
	).Draw(t, "n")
	n, err := ParseNumeric(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func drawArray(t *rapid.T, e Type) Datum {
	b := NewArrayBuilder(e)
	n := rapid.IntRange(0, 4).Draw(t, "len")
	for range n {
		if rapid.IntRange(0, 3).Draw(t, "null") == 0 {
			b.Append(Null())
		} else {
			b.Append(drawDatum(t, e))
		}
	}
	if n == 4 && rapid.Bool().Draw(t, "2d") {
		return b.BuildDims([][2]int{{2, 1}, {2, 0}})
	}
	return b.Build()
}

func drawJSON(t *rapid.T, depth int) string {
	k := rapid.IntRange(0, 6).Draw(t, "kind")
	if depth == 0 {
		k = min(k, 4)
	}
	switch k {
	case 0:
		return "null"
	case 1:
		return rapid.SampledFrom([]string{"true", "false"}).Draw(t, "b")
	case 2, 3:
		return rapid.SampledFrom([]string{"0", "1", "1.0", "-1.5", "1e3", "1000"}).Draw(t, "n")
	case 4:
		return rapid.SampledFrom([]string{`""`, `"a"`, `"b"`, `"\u0001\""`, `"é"`}).Draw(t, "s")
	}
	var parts []string
	for range rapid.IntRange(0, 3).Draw(t, "len") {
		p := drawJSON(t, depth-1)
		if k == 6 {
			p = rapid.SampledFrom([]string{`"a"`, `"bb"`, `"c\n"`}).Draw(t, "key") + ":" + p
		}
		parts = append(parts, p)
	}
	if k == 6 {
		return "{" + strings.Join(parts, ",") + "}"
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// forTypes runs a property for each type.
func forTypes(t *testing.T, f func(*rapid.T, Type)) {
	for _, typ := range propTypes {
		t.Run(typ.String(), func(t *testing.T) { rapid.Check(t, func(rt *rapid.T) { f(rt, typ) }) })
	}
}

func TestKeyEqualityIsCompareZero(t *testing.T) {
	forTypes(t, func(t *rapid.T, typ Type) {
		a, b := drawDatum(t, typ), drawDatum(t, typ)
		same := bytes.Equal(AppendKeyDatum(nil, typ, a), AppendKeyDatum(nil, typ, b))
		if c := Compare(typ, a, b); same != (c == 0) {
			t.Fatalf("%s and %s: compare %d, keys equal %v", show(typ, a), show(typ, b), c, same)
		}
	})
}

func TestOrderKeyOrderIsCompare(t *testing.T) {
	forTypes(t, func(t *rapid.T, typ Type) {
		a, b := drawDatum(t, typ), drawDatum(t, typ)
		for _, desc := range []bool{false, true} {
			c := bytes.Compare(AppendOrderKeyDatum(nil, typ, a, desc, false), AppendOrderKeyDatum(nil, typ, b, desc, false))
			want := sign(Compare(typ, a, b))
			if desc {
				want = -want
			}
			if c != want {
				t.Fatalf("%s and %s desc %v: compare %d, keys %d", show(typ, a), show(typ, b), desc, want, c)
			}
		}
	})
}

func show(t Type, d Datum) string {
	if d.IsNull() {
		return "NULL"
	}
	return string(d.AppendText(nil, t, DefaultStyle()))
}

func TestImageRoundTrip(t *testing.T) {
	forTypes(t, func(t *rapid.T, typ Type) {
		a, b := drawDatum(t, typ), drawDatum(t, typ)
		ia, ib := AppendImageDatum(nil, a), AppendImageDatum(nil, b)
		if bytes.Equal(ia, ib) != (a == b) {
			t.Fatalf("%v and %v: images equal %v", a, b, bytes.Equal(ia, ib))
		}
		got, rest, err := DecodeImageDatum(append(ia, "tail"...), typ)
		if err != nil || string(rest) != "tail" || got != a {
			t.Fatalf("%v: got %v, rest %q, %v", a, got, rest, err)
		}
	})
}

func TestTextAndBinaryRoundTrip(t *testing.T) {
	st := DefaultStyle()
	forTypes(t, func(t *rapid.T, typ Type) {
		d := drawDatum(t, typ)
		if typ.OID == IntervalT.OID && d.Interval().Micros == math.MinInt64 {
			return // its text is out of range, in PostgreSQL too
		}
		s := string(d.AppendText(nil, typ, st))
		got, err := ParseText(typ, s, st)
		if err != nil || got != d {
			t.Fatalf("text %q: %v, %v", s, got, err)
		}
		got, err = ParseBinary(typ, d.AppendBinary(nil, typ))
		if err != nil || got != d {
			t.Fatalf("binary of %q: %v, %v", s, got, err)
		}
	})
}

// drawBatch draws a batch of all types with NULLs, weights and a selection.
func drawBatch(t *rapid.T, ts []Type) *Batch {
	b := NewBatch(ts, 0)
	n := rapid.IntRange(0, 6).Draw(t, "rows")
	for range n {
		r := make(Row, len(ts))
		for k, typ := range ts {
			if rapid.IntRange(0, 4).Draw(t, "null") > 0 {
				r[k] = drawDatum(t, typ)
			}
		}
		b.AppendRow(r, rapid.Int64Range(-2, 2).Draw(t, "w"))
	}
	if n > 0 && rapid.Bool().Draw(t, "sel") {
		b.Sel = []int32{}
		for i := range n {
			if rapid.Bool().Draw(t, "in") {
				b.Sel = append(b.Sel, int32(i))
			}
		}
	}
	return b
}

func TestRowImageRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBatch(t, propTypes)
		got := NewBatch(propTypes, 0)
		for k := range b.Len() {
			i := b.Row(k)
			img := AppendRowImage(nil, b, i)
			if !bytes.Equal(img, AppendRowImageRow(nil, b.RowDatums(i))) {
				t.Fatal("images of row and datums differ")
			}
			if err := DecodeRowImage(img, got, b.Weight(i)); err != nil {
				t.Fatal(err)
			}
			for c, d := range b.RowDatums(i) {
				if got.Cols[c].Datum(k) != d {
					t.Fatalf("column %d: %v, want %v", c, got.Cols[c].Datum(k), d)
				}
			}
		}
	})
}

func TestKeyBatchAgreesWithAppendKeys(t *testing.T) {
	colSets := [][]int{{3}, {2}, {0, 3, 6}, {7}, {7, 3}, {8, 15}, {16, 6}, {6}, {10, 14, 4, 5}}
	rapid.Check(t, func(t *rapid.T) {
		b := drawBatch(t, propTypes)
		cols := rapid.SampledFrom(colSets).Draw(t, "cols")
		var kb KeyBatch
		kb.Build(b, cols)
		hashes := HashKeys(b, cols, nil)
		for k := range b.Len() {
			want := AppendKeys(nil, b, cols, b.Row(k))
			if !bytes.Equal(kb.Key(k), want) {
				t.Fatalf("key %d: % x, want % x", k, kb.Key(k), want)
			}
			if kb.Hash[k] != HashKey(want) || hashes[b.Row(k)] != HashKey(want) {
				t.Fatal("hashes differ")
			}
		}
	})
}

func TestConsolidateSumsImages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBatch(t, []Type{NumericT, Int2})
		want := map[[2]Datum]int64{}
		for k := range b.Len() {
			r := b.RowDatums(b.Row(k))
			want[[2]Datum(r)] += b.Weight(b.Row(k))
		}
		c := Consolidate(b)
		for k := range c.Len() {
			r := [2]Datum(c.RowDatums(c.Row(k)))
			if w := c.Weight(c.Row(k)); w == 0 || w != want[r] {
				t.Fatalf("%v: weight %d, want %d", r, w, want[r])
			}
			delete(want, r)
		}
		for r, w := range want {
			if w != 0 {
				t.Fatalf("%v lost weight %d", r, w)
			}
		}
	})
}

// rat is a finite numeric as a fraction.
func rat(n Numeric) *big.Rat {
	c, s, _ := n.BigInt()
	return new(big.Rat).SetFrac(c, bigPow10(s))
}

func TestNumericArithmeticIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawNumeric(t), drawNumeric(t)
		if a.form != numFinite || b.form != numFinite {
			return
		}
		x, y := rat(a), rat(b)
		sum, _ := a.Add(b)
		dif, _ := a.Sub(b)
		mul, _ := a.Mul(b)
		for op, c := range map[string]struct {
			got  Numeric
			want *big.Rat
		}{"+": {sum, new(big.Rat).Add(x, y)}, "-": {dif, new(big.Rat).Sub(x, y)}, "*": {mul, new(big.Rat).Mul(x, y)}} {
			if rat(c.got).Cmp(c.want) != 0 {
				t.Fatalf("%s %s %s = %s", a, op, b, c.got)
			}
		}
		da, db := a.ToDatum().Dec(), b.ToDatum().Dec()
		for op, f := range map[string]func(Dec, Dec) (Dec, bool){"+": AddDec, "-": SubDec, "*": MulDec} {
			want := map[string]Numeric{"+": sum, "-": dif, "*": mul}[op]
			if d, ok := f(da, db); ok && NewDec(d, "") != want.ToDatum() {
				t.Fatalf("slot %s %s %s = %v", a, op, b, d)
			}
		}
		if c, ok := CmpDec(da, db); ok && sign(c) != x.Cmp(y) {
			t.Fatalf("cmp %s %s = %d", a, b, c)
		}
	})
}

func TestVNodeIsTopByte(t *testing.T) {
	if VNode(0xab<<56|1) != 0xab {
		t.Fatal(VNode(0xab << 56))
	}
}

func ExampleNumeric_Div() {
	a, _ := ParseNumeric("10")
	b, _ := ParseNumeric("3")
	q, _ := a.Div(b)
	fmt.Println(q)
	// Output: 3.3333333333333333
}

// TestDivInts compares the quotient of two integers in one step with that of numerics.
func TestDivInts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ints := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-20_000, 20_000), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, 1e8, 1e16}))
		a, b := ints.Draw(t, "a"), ints.Filter(func(v int64) bool { return v != 0 }).Draw(t, "b")
		got, ok := DivInts(a, b)
		want, err := NumericFromInt64(a).Div(NumericFromInt64(b))
		if err != nil {
			t.Fatal(err)
		}
		if ok && NewDec(got, "") != want.ToDatum() {
			t.Fatalf("%d / %d: got %v, want %v", a, b, NumericFromDatum(NewDec(got, "")), want)
		}
	})
}
