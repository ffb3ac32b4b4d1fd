package expr

import (
	"math/rand/v2"
	"strings"
	"testing"

	"streamdb/types"
)

// Kernels made for constant arguments give what the functions give.
func TestConstantArguments(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	c := testCtx(t, "")
	b := types.NewBatch([]types.Type{types.Text, types.Timestamp}, 300)
	for range 300 {
		s := ""
		for range r.IntN(12) {
			s += []string{"a", "/", "bc", "//", "é", "€/"}[r.IntN(6)]
		}
		ts := types.NewInt64(minTimestamp + 2*r.Int64N(endTimestamp/2-minTimestamp/2))
		switch r.IntN(12) {
		case 0:
			ts = types.NewInt64(tsInf)
		case 1:
			ts = types.NewInt64(tsNegInf)
		case 2:
			ts = types.Datum{}
		case 3, 4, 5:
			ts = types.NewInt64(r.Int64N(usPerHour) - usPerHour/2)
		}
		b.AppendRow(types.Row{str(s), ts}, 1)
	}
	text, ts := &Col{Index: 0, T: types.Text}, &Col{Index: 1, T: types.Timestamp}
	call := func(sig string, args ...Expr) {
		f, ok := FuncBySig(sig)
		if !ok {
			t.Fatal("no " + sig)
		}
		compareWithRows(t, c, &Call{Fn: f, T: f.Ret, Args: args}, b)
	}
	k := func(s string) Expr { return &Const{D: str(s), T: types.Text} }
	for _, sep := range []string{"/", "//", "", "é", "x"} {
		for _, pos := range []int32{-3, -1, 0, 1, 2, 5} {
			call("split_part(text,text,int4)", text, k(sep), ci(pos))
		}
	}
	for _, unit := range timeUnits {
		call("extract(text,timestamp)", k(unit), ts)
		call("date_part(text,timestamp)", k(unit), ts)
	}
	for _, old := range []string{"/", "a/", "", "€"} {
		for _, by := range []string{"", "x/", "é"} {
			f, _ := FuncBySig("replace(text,text,text)")
			got := evalAll(t, c, &Call{Fn: f, T: types.Text, Args: []Expr{text, k(old), k(by)}}, b)
			for i, d := range got {
				if s := b.Cols[0].Str(i); old != "" && d.S != strings.ReplaceAll(s, old, by) || old == "" && d.S != s {
					t.Errorf("replace(%q, %q, %q) = %q", s, old, by, d.S)
				}
			}
		}
	}
}

// Folding the case of eight bytes at a time changes the letters and nothing else.
func TestFoldASCII(t *testing.T) {
	for n := range 40 {
		for at := range 128 {
			s := make([]byte, n)
			for i := range s {
				s[i] = byte(at+i*37) & 127
			}
			lower, upper := []byte(string(s)), []byte(string(s))
			if !foldASCII(lower, 'A', 'Z') || string(lower) != strings.ToLower(string(s)) {
				t.Errorf("lower(%q) = %q", s, lower)
			}
			if !foldASCII(upper, 'a', 'z') || string(upper) != strings.ToUpper(string(s)) {
				t.Errorf("upper(%q) = %q", s, upper)
			}
			if n > 0 {
				s[at%n] |= 0x80
				if foldASCII(s, 'A', 'Z') {
					t.Errorf("%q passes for ASCII", s)
				}
			}
		}
	}
}

// A numeric compared with a constant is compared as two columns are, whatever their scales.
func TestCompareNumericConst(t *testing.T) {
	texts := []string{
		"0", "0.000", "1", "1.0", "1.5", "-1.5", "-1.50", "1500", "1000000", "999999.999", "1000000.001", "9223372036854775807",
		"18446744073709551616.5", "-18446744073709551616.25", "2596148429267413814265248164610047", "-2596148429267413814265248164610048",
		"1e40", "-1e40", "1e-50", "NaN", "Infinity", "-Infinity",
	}
	c := testCtx(t, "")
	b := types.NewBatch([]types.Type{types.NumericT}, 0)
	for _, s := range append([]string{""}, texts...) {
		d := types.Datum{}
		if s != "" {
			d = numericDatum(t, s)
		}
		b.AppendRow(types.Row{d}, 1)
	}
	for _, cmp := range comparisons {
		f, _ := FuncBySig(cmp.op + "(numeric,numeric)")
		for _, s := range texts {
			k := numericDatum(t, s)
			p, err := Compile(&Call{Fn: f, T: types.Bool, Args: []Expr{&Col{T: types.NumericT}, &Const{D: k, T: types.NumericT}}})
			if err != nil {
				t.Fatal(err)
			}
			got := p.Eval(c, b)
			for i := 1; i < b.N; i++ {
				order := types.NumericAt(b.Cols[0], i).Cmp(types.NumericFromDatum(k))
				want := order < 0 && cmp.lt || order == 0 && cmp.eq || order > 0 && cmp.gt
				if got.IsNull(i) || got.Datum(i).Bool() != want {
					t.Errorf("%s %s %s: %v", texts[i-1], cmp.op, s, got.Datum(i))
				}
			}
			if !got.IsNull(0) {
				t.Errorf("NULL %s %s is not NULL", cmp.op, s)
			}
		}
	}
}

func numericDatum(t *testing.T, s string) types.Datum {
	t.Helper()
	n, err := types.ParseNumeric(s)
	if err != nil {
		t.Fatal(err)
	}
	return n.ToDatum()
}

func TestCharacters(t *testing.T) {
	for _, s := range []string{"", "a", "abcdefg", "abcdefgh", "abcdefghi", "é", "abcdefgé", "abcdefghé", "€abcdefghijklmnop"} {
		if got := characters(s); got != len([]rune(s)) {
			t.Errorf("%q: %d characters", s, got)
		}
	}
}
