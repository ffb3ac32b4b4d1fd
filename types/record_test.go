package types

import (
	"bytes"
	"cmp"
	"testing"
)

func TestRecords(t *testing.T) {
	rec := func(fields ...Field) Datum { return NewRecord(fields) }
	num := func(s string) Field {
		d, err := ParseText(NumericT, s, DefaultStyle())
		if err != nil {
			t.Fatal(err)
		}
		return Field{"n", NumericT, d}
	}
	text := func(s string) Field { return Field{"s", Text, NewBytes(s)} }
	null := Field{"n", NumericT, Datum{}}
	ordered := []struct {
		rec  Datum
		text string
	}{
		{rec(), "()"},
		{rec(num("-1"), text("z")), "(-1,z)"},
		{rec(num("1.5")), "(1.5)"},
		{rec(num("1.5"), text("")), `(1.5,"")`},
		{rec(num("1.50"), text("a b")), `(1.50,"a b")`},
		{rec(num("1.5"), text(`q"\`)), `(1.5,"q""\\")`},
		{rec(num("1.5"), Field{"s", Text, Datum{}}), "(1.5,)"},
		{rec(num("10"), text("a")), "(10,a)"},
		{rec(null, text("a")), "(,a)"},
	}
	for i, x := range ordered {
		if got := string(x.rec.AppendText(nil, Record, DefaultStyle())); got != x.text {
			t.Errorf("text is %s, want %s", got, x.text)
		}
		for j, y := range ordered {
			want := cmp.Compare(i, j)
			if got := Compare(Record, x.rec, y.rec); cmp.Compare(got, 0) != want {
				t.Errorf("Compare(%s, %s) = %d", x.text, y.text, got)
			}
			a, b := AppendOrderKeyDatum(nil, Record, x.rec, false, false), AppendOrderKeyDatum(nil, Record, y.rec, false, false)
			if got := bytes.Compare(a, b); got != want {
				t.Errorf("the order keys of %s and %s compare %d", x.text, y.text, got)
			}
		}
	}
	a, b := rec(num("1.5"), null), rec(num("1.500"), null)
	if !bytes.Equal(AppendKeyDatum(nil, Record, a), AppendKeyDatum(nil, Record, b)) {
		t.Error("equal records have different keys")
	}
}

func TestDamagedRecord(t *testing.T) {
	whole := NewRecord([]Field{{"a", Int4, NewInt32(7)}, {"b", Text, NewBytes("xyz")}}).S
	for n := range whole {
		if fields := Fields(whole[:n]); len(fields) > 1 {
			t.Errorf("%d of %d bytes give %d fields", n, len(whole), len(fields))
		}
	}
}
