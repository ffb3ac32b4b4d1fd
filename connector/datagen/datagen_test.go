package datagen

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"streamdb/connector"
	"streamdb/connector/connectortest"
	"streamdb/types"
)

func open(t testing.TB, s types.Schema, opts connector.Options) connector.Source {
	t.Helper()
	src, err := Spec().OpenSource(connector.Config{Options: opts, Schema: s})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func first(t testing.TB, s connector.Source) *types.Batch {
	t.Helper()
	r, err := s.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Next(t.Context(), connector.Limit{})
	if err != nil {
		t.Fatal(err)
	}
	return c.Batch
}

// every is a column of every scalar type.
func every() (s types.Schema) {
	for i, typ := range []types.Type{
		types.Bool, types.Int2, types.Int4, types.Int8, types.Float4, types.Float8, types.NumericT, types.NumericType(6, 3),
		types.Text, types.VarChar, types.BPChar, types.Bytea, types.Date, types.Time, types.Timestamp, types.TimestampTZ,
		types.IntervalT, types.UUID, types.JSONB,
	} {
		s = append(s, types.Column{Name: fmt.Sprintf("c%d", i), Type: typ})
	}
	return s
}

func TestContract(t *testing.T) {
	opts := connector.Options{"datagen.rows.per.second": "0", "datagen.rows": "137", "fields.c7.min": "-99", "fields.c7.max": "99"}
	connectortest.Source(t, connectortest.SourceCase{
		Open:  func(t *testing.T) connector.Source { return open(t, every(), opts) },
		Lines: 137, Ends: true,
	})
	connectortest.Source(t, connectortest.SourceCase{
		Open: func(t *testing.T) connector.Source {
			return open(t, every()[:4], connector.Options{"datagen.rows.per.second": "100000"})
		},
		Lines: 300,
	})
}

func TestSequence(t *testing.T) {
	s := types.Schema{
		{Name: "a", Type: types.Int4}, {Name: "b", Type: types.Int8}, {Name: "c", Type: types.Float8},
		{Name: "d", Type: types.Timestamp}, {Name: "e", Type: types.Text}, {Name: "f", Type: types.NumericT},
	}
	opts := connector.Options{"datagen.rows.per.second": "0", "fields.b.start": "10", "fields.b.step": "5", "fields.b.end": "22"}
	for _, c := range s {
		opts["fields."+c.Name+".kind"] = "sequence"
	}
	b := first(t, open(t, s, opts))
	var got []string
	for i := range b.N {
		var row strings.Builder
		for _, c := range b.Cols {
			if c.Kind == types.KindInt64 || c.Kind == types.KindInt32 {
				row.WriteString(fmt.Sprint(c.Datum(i).Int(), " "))
			} else {
				row.WriteString(string(types.AppendText(nil, c, i, types.DefaultStyle())) + " ")
			}
		}
		got = append(got, row.String())
	}
	want := "0 10 0 0 0 0 ;1 15 1 1000000 1 1 ;2 20 2 2000000 2 2 "
	if g := strings.Join(got, ";"); g != want {
		t.Errorf("got  %s\nwant %s", g, want)
	}
}

func TestRandomWithinBounds(t *testing.T) {
	s := types.Schema{{Name: "a", Type: types.Int2}, {Name: "n", Type: types.NumericType(4, 2)}, {Name: "f", Type: types.Float8}, {Name: "v", Type: types.VarChar}, {Name: "c", Type: types.Type{OID: types.VarChar.OID, Mod: 4 + 5}}}
	b := first(t, open(t, s, connector.Options{
		"datagen.rows.per.second": "0", "fields.a.min": "-2", "fields.a.max": "2", "fields.n.min": "-3", "fields.n.max": "3",
		"fields.f.min": "0.5", "fields.f.max": "0.75", "fields.v.length": "3",
	}))
	seen := map[int64]bool{}
	for i := range b.N {
		if a := b.Cols[0].Int16s()[i]; a < -2 || a > 2 {
			t.Fatalf("a = %d", a)
		}
		seen[int64(b.Cols[0].Int16s()[i])] = true
		if n := string(types.AppendText(nil, b.Cols[1], i, types.DefaultStyle())); !slices.Contains([]string{"-3", "-2", "-1", "-0", "0", "1", "2", "3"}, n[:strings.IndexByte(n, '.')]) {
			t.Fatalf("n = %s", n)
		}
		if f := b.Cols[2].Float64s()[i]; f < 0.5 || f > 0.75 {
			t.Fatalf("f = %v", f)
		}
		if v, c := b.Cols[3].Str(i), b.Cols[4].Str(i); len(v) != 3 || len(c) != 5 {
			t.Fatalf("v = %q, c = %q", v, c)
		}
	}
	if len(seen) != 5 {
		t.Errorf("saw %v", seen)
	}
}

func TestRefusals(t *testing.T) {
	intArray, _ := types.Int4.ArrayType()
	a := func(t types.Type) types.Schema { return types.Schema{{Name: "a", Type: t}} }
	for _, c := range []struct {
		schema types.Schema
		opts   connector.Options
		want   string
	}{
		{nil, nil, `connector "datagen" needs a list of columns (SQLSTATE 42P16)`},
		{a(intArray), nil, `random values of type integer[] in connector "datagen" is not supported (SQLSTATE 0A000)`},
		{a(types.Bool), connector.Options{"fields.a.kind": "sequence"}, `a sequence of type boolean in connector "datagen" is not supported (SQLSTATE 0A000)`},
		{a(types.Int4), connector.Options{"fields.b.kind": "random"}, `column "b" of option "fields.b.kind" does not exist (SQLSTATE 42703)`},
		{a(types.Int4), connector.Options{"fields.a.kind": "wild"}, `invalid value for option "fields.a.kind": "wild" (SQLSTATE 22023)`},
		{a(types.Int4), connector.Options{"fields.a.min": "x"}, `invalid value for option "fields.a.min": "x" (SQLSTATE 22023)`},
		{a(types.Int4), connector.Options{"fields.a.min": "5", "fields.a.max": "4"}, `invalid value for option "fields.a.max": "4" (SQLSTATE 22023)`},
		{a(types.Int4), connector.Options{"fields.a.min": "40000"}, `invalid value for option "fields.a.min": "40000" (SQLSTATE 22023)`},
		{a(types.Int4), connector.Options{"fields.a.start": "4"}, `invalid value for option "fields.a.start": "4" (SQLSTATE 22023)`},
		{a(types.Int4), connector.Options{"fields.a.length": "4"}, `invalid value for option "fields.a.length": "4" (SQLSTATE 22023)`},
		{a(types.Text), connector.Options{"fields.a.max": "4"}, `invalid value for option "fields.a.max": "4" (SQLSTATE 22023)`},
		{a(types.Int4), connector.Options{"fields.a.kind": "sequence", "fields.a.min": "4"}, `invalid value for option "fields.a.min": "4" (SQLSTATE 22023)`},
		{a(types.Int4), connector.Options{"fields.a.kind": "sequence", "fields.a.start": "4", "fields.a.end": "3"}, `invalid value for option "fields.a.end": "3" (SQLSTATE 22023)`},
		{a(types.Int4), connector.Options{"datagen.rows.per.second": "-1"}, `invalid value for option "datagen.rows.per.second": "-1" (SQLSTATE 22023)`},
		{a(types.Int4), connector.Options{"datagen.row": "5"}, `connector "datagen" has no option "datagen.row" (SQLSTATE 42704)`},
	} {
		_, err := Spec().OpenSource(connector.Config{Options: c.opts, Schema: c.schema})
		if err == nil || err.Error() != c.want {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
	}
}
