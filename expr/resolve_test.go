package expr

import (
	"testing"

	"streamdb/types"
	"streamdb/types/pgerr"
)

func TestResolve(t *testing.T) {
	unknown := Arg{T: types.Unknown, IsUnknownLiteral: true}
	a := func(ts ...types.Type) (as []Arg) {
		for _, x := range ts {
			as = append(as, Arg{T: x})
		}
		return as
	}
	for _, x := range []struct {
		name string
		args []Arg
		sig  string
		code string
	}{
		{"lower", a(types.VarChar), "lower(text)", ""},
		{"lower", []Arg{unknown}, "lower(text)", ""},
		{"length", a(types.BPChar), "length(bpchar)", ""},
		{"abs", a(types.Int2), "abs(int2)", ""},
		{"abs", []Arg{unknown}, "abs(float8)", ""},
		{"round", a(types.Int4), "round(float8)", ""},
		{"round", a(types.NumericT, types.Int4), "round(numeric,int4)", ""},
		{"sqrt", a(types.Int4), "sqrt(float8)", ""},
		{"mod", a(types.Int2, types.Int4), "mod(int4,int4)", ""},
		{"substr", []Arg{unknown, {T: types.Int4}}, "substr(text,int4)", ""},
		{"concat", a(types.Int4, types.Text, types.Bool), "concat(any)", ""},
		{"date_trunc", []Arg{unknown, {T: types.Date}}, "date_trunc(text,timestamptz)", ""},
		{"generate_series", a(types.Int4, types.Int8), "generate_series(int8,int8)", ""},
		{"generate_series", a(types.Date, types.Date, types.IntervalT), "generate_series(timestamptz,timestamptz,interval)", ""},
		{"nope", a(types.Int4), "", pgerr.UndefinedFunction},
		{"lower", a(types.Int4), "", pgerr.UndefinedFunction},
		{"lower", nil, "", pgerr.UndefinedFunction},
		{"age", []Arg{unknown}, "age(timestamptz)", ""},
	} {
		f, ts, _, err := ResolveFunc(x.name, x.args)
		switch {
		case x.code != "":
			if !pgerr.Is(err, x.code) {
				t.Errorf("%s(%s): %v", x.name, argList(x.args), err)
			}
		case err != nil:
			t.Errorf("%s(%s): %v", x.name, argList(x.args), err)
		case f.Sig() != x.sig || len(ts) != len(x.args):
			t.Errorf("%s(%s) = %s %v, want %s", x.name, argList(x.args), f.Sig(), ts, x.sig)
		}
	}
}

func TestResolveOp(t *testing.T) {
	unknown := &Arg{T: types.Unknown, IsUnknownLiteral: true}
	arr, _ := types.Int4.ArrayType()
	for _, x := range []struct {
		op   string
		l, r *Arg
		want string
	}{
		{"+", &Arg{T: types.Int4}, unknown, "+(int4,int4)"},
		{"+", &Arg{T: types.Date}, &Arg{T: types.Int4}, "+(date,int4)"},
		{"-", &Arg{T: types.Timestamp}, unknown, "-(timestamp,timestamp)"},
		{"=", &Arg{T: types.VarChar}, &Arg{T: types.Text}, "=(text,text)"},
		{"=", &Arg{T: types.BPChar}, unknown, "=(bpchar,bpchar)"},
		{"=", &Arg{T: types.RegClass}, &Arg{T: types.Oid}, "=(oid,oid)"},
		{"<", &Arg{T: types.Int4}, &Arg{T: types.NumericT}, "<(numeric,numeric)"},
		{"*", &Arg{T: types.Int4}, &Arg{T: types.Float8}, "*(float8,float8)"},
		{"||", unknown, &Arg{T: types.Int4}, "||(text,anynonarray)"},
		{"||", &Arg{T: arr}, unknown, "||(anycompatiblearray,anycompatiblearray)"},
		{"->", &Arg{T: types.JSONB}, unknown, "->(jsonb,text)"},
		{"-", nil, &Arg{T: types.Int2}, "-(int2)"},
		{"=", &Arg{T: types.JSON}, &Arg{T: types.JSON}, "operator does not exist: json = json"},
		{"+", &Arg{T: types.Int4}, &Arg{T: types.Text}, "operator does not exist: integer + text"},
		{"+", unknown, unknown, "operator is not unique: unknown + unknown"},
		{"!!", nil, &Arg{T: types.Text}, "operator does not exist: !! text"},
	} {
		f, _, _, err := ResolveOp(x.op, x.l, x.r)
		got := ""
		if err != nil {
			got = pgerr.From(err).Message
		} else {
			got = f.Sig()
		}
		if got != x.want {
			t.Errorf("%v %s %v: %s, want %s", x.l, x.op, x.r, got, x.want)
		}
	}
}

func TestCommonType(t *testing.T) {
	for _, x := range []struct {
		ts   []types.Type
		want string
	}{
		{[]types.Type{types.Int4, types.NumericT}, "numeric"},
		{[]types.Type{types.Int4, types.Float8, types.NumericT}, "double precision"},
		{[]types.Type{types.Unknown, types.Unknown}, "text"},
		{[]types.Type{types.Unknown, types.Date}, "date"},
		{[]types.Type{types.Date, types.TimestampTZ}, "timestamp with time zone"},
		{[]types.Type{types.VarChar, types.Text}, "character varying"},
		{[]types.Type{types.Int4, types.Text}, "CASE types integer and text cannot be matched"},
		{[]types.Type{types.NumericType(5, 2), types.NumericType(5, 2)}, "numeric(5,2)"},
		{[]types.Type{types.NumericType(5, 2), types.NumericType(6, 2)}, "numeric"},
	} {
		got, err := CommonType("CASE", x.ts)
		s := got.String()
		if err != nil {
			s = pgerr.From(err).Message
		}
		if s != x.want {
			t.Errorf("%v: %s, want %s", x.ts, s, x.want)
		}
	}
}

func TestCanRaise(t *testing.T) {
	c := testCtx(t, "")
	cols := map[string]*Col{"a": {Index: 0, T: types.Int4}, "s": {Index: 1, T: types.Text}, "t": {Index: 2, T: types.Timestamp}}
	for src, want := range map[string]bool{
		"a > 3 and s = 'x'": false, "a + 1 > 3": true, "s ~~ 'a%'": false, "s ~~ s": true, "s ~ 'a.b'": false,
		"date_trunc('day', t)": false, "date_part('hour', t)": false, "a::text": false, "s::int4": true, "lower(s)": false,
		"a::int8": false, "a::int2": true, "a is null": false,
		"a % 10": false, "a / 10": false, "a / -2": false, "a / 0": true, "a % 0": true, "a / -1": true, "a / a": true, "10 / a": true,
		"a % -10": true, "a / 10::int8": false, "a / null::int4": true,
	} {
		e, err := parseSQL(c, src, cols)
		if err != nil {
			t.Fatal(err)
		}
		if got := CanRaise(e); got != want {
			t.Errorf("CanRaise(%s) = %v", src, got)
		}
	}
}

func TestFold(t *testing.T) {
	c := testCtx(t, "")
	for src, want := range map[string]string{
		"1 + 2":                  "3",
		"1 / 0":                  "(1 / 0)",
		"a + (1 + 2)":            "(#0 + 3)",
		"a > 1 and true":         "(#0 > 1)",
		"a > 1 and false":        "false",
		"a > 1 or 1 = 1":         "true",
		"lower('ABC') = s":       "('abc' = #1)",
		"a + null::int":          "NULL",
		"now() > now()":          "(now() > now())",
		"s::date":                "#1::date",
		"'2024-01-01'::date + a": "('2024-01-01'::date + #0)",
	} {
		e, err := parseSQL(c, src, map[string]*Col{"a": {Index: 0, T: types.Int4}, "s": {Index: 1, T: types.Text}})
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if got := c.Fold(e).String(); got != want {
			t.Errorf("%s folds to %s, want %s", src, got, want)
		}
	}
}
