package expr

import (
	"math/rand/v2"
	"testing"

	"streamdb/types"
)

// samples are texts of values by type; NULLs are mixed in.
var samples = map[types.OID][]string{
	types.Bool.OID:         {"true", "false"},
	types.Int2.OID:         {"0", "1", "-1", "7", "2", "32767", "-32768"},
	types.Int4.OID:         {"0", "1", "-1", "3", "2", "12", "2147483647", "-2147483648"},
	types.Int8.OID:         {"0", "1", "-1", "5", "2", "9223372036854775807", "-9223372036854775808"},
	types.Float4.OID:       {"0", "1.5", "-2", "NaN", "Infinity", "1e38", "-0"},
	types.Float8.OID:       {"0", "1.5", "-2", "NaN", "-Infinity", "1e308", "0.25", "-0"},
	types.NumericT.OID:     {"0", "1.5", "-2.25", "NaN", "Infinity", "100", "12345678901234567890123456789012345678901234567890.5", "3"},
	types.Text.OID:         {"", "a", "abc", "a,b,c", "%b%", "héllo", "year", "hex", "9.99", "a%", "i", "UTC", "YYYY-MM-DD"},
	types.VarChar.OID:      {"", "x", "abc"},
	types.BPChar.OID:       {"", "x  ", "abc"},
	types.Name.OID:         {"a", "abc"},
	types.Char.OID:         {"a", "b"},
	types.Bytea.OID:        {"", `\x00`, `\x6162`, `\x616263`},
	types.Date.OID:         {"2024-02-29", "infinity", "-infinity", "0044-03-15 BC", "1999-12-31"},
	types.Time.OID:         {"00:00", "13:14:15.678", "24:00"},
	types.Timestamp.OID:    {"2024-02-29 12:34:56.789", "infinity", "-infinity", "0044-03-15 BC", "1999-12-31 23:59:59"},
	types.TimestampTZ.OID:  {"2024-02-29 12:34:56.789+00", "infinity", "-infinity", "2024-03-10 07:00+00"},
	types.IntervalT.OID:    {"0", "1 mon", "-3 days", "25:30:00.5", "1 year 2 mons -4 days 05:06"},
	types.UUID.OID:         {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000"},
	types.JSONB.OID:        {"1", `"a"`, "null", "[1, 2, 3]", `{"a": 1, "b": [1, 2]}`, "{}", "[]"},
	types.JSON.OID:         {"1", `"a"`, "[1,  2]", `{"a":  {"b": 1}}`},
	types.Oid.OID:          {"0", "23", "1043", "99999"},
	types.RegClass.OID:     {"0", "23"},
	types.RegType.OID:      {"0", "23"},
	types.RegProc.OID:      {"0", "23"},
	types.RegProcedure.OID: {"0", "1397"},
	types.RegOperator.OID:  {"0", "551"},
	types.RegNS.OID:        {"0", "11"},
	types.RegRole.OID:      {"0", "10"},
	types.XID.OID:          {"1", "2"},
	types.TID.OID:          {"(0,1)", "(0,2)"},
	types.PgNodeTree.OID:   {"x"},
	1009:                   {"{}", "{a,b}", "{a,NULL}", "{b}"},
	1007:                   {"{}", "{1,2,3}", "{2}", "{3,NULL}"},
	1005:                   {"{}", "{1}"},
	types.Record.OID:       {"", "x", "a b"},
	types.OidVector.OID:    {"", "23", "23 25"},
}

// concrete replaces the polymorphic types of a signature.
func concrete(ts []types.Type) []Arg {
	args := make([]Arg, len(ts))
	for i, t := range ts {
		switch t.OID {
		case types.AnyElement.OID, anyNonArray.OID, anyCompat.OID, types.Any.OID:
			t = types.Int4
		case types.AnyArray.OID, anyCompatArr.OID:
			t, _ = types.Int4.ArrayType()
		}
		args[i] = Arg{T: t}
	}
	return args
}

func randomBatch(t *testing.T, c *Ctx, r *rand.Rand, args []Arg, n int) *types.Batch {
	t.Helper()
	b := &types.Batch{N: n}
	for _, a := range args {
		v := types.NewVec(a.T, n)
		pool := samples[a.T.OID]
		if pool == nil {
			t.Fatalf("no samples of %s", a.T)
		}
		for range n {
			if r.IntN(6) == 0 {
				v.AppendNull()
				continue
			}
			text := pool[r.IntN(len(pool))]
			if a.T == types.Record { // which has no input
				v.AppendDatum(types.NewRecord([]types.Field{{Name: "a", Type: types.Int4, Value: int4(len(text))}, {Name: "b", Type: types.Text, Value: str(text)}}))
				continue
			}
			d, err := c.parse(a.T, text)
			if err != nil {
				t.Fatalf("%s: %v", a.T, err)
			}
			v.AppendDatum(d)
		}
		b.Cols = append(b.Cols, v)
	}
	if r.IntN(2) == 0 {
		b.Sel = []int32{}
		for i := range n {
			if r.IntN(3) > 0 {
				b.Sel = append(b.Sel, int32(i))
			}
		}
	}
	return b
}

// Every kernel over vectors with NULLs and a selection gives what it gives row by row,
// with constant arguments too.
func TestVectorsEqualRows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := testCtx(t, "Europe/Berlin")
	for _, f := range All() {
		if f.Set || f.Vol == Volatile {
			continue
		}
		args := concrete(f.Args)
		ts, ret, err := bindPolymorphic(f.Args, f.Ret, args)
		if err != nil {
			t.Fatalf("%s: %v", f.Sig(), err)
		}
		call := &Call{Fn: f, T: ret}
		for i := range args {
			call.Args = append(call.Args, &Col{Index: i, T: ts[i]})
		}
		b := randomBatch(t, c, r, args, 80)
		compareWithRows(t, c, call, b)
		if len(call.Args) == 2 && b.Len() > 0 {
			k := b.Row(0)
			compareWithRows(t, c, &Call{Fn: f, T: ret, Args: []Expr{call.Args[0], &Const{D: b.Cols[1].Datum(k), T: ts[1]}}}, b)
			compareWithRows(t, c, &Call{Fn: f, T: ret, Args: []Expr{&Const{D: b.Cols[0].Datum(k), T: ts[0]}, call.Args[1]}}, b)
		}
	}
}

func compareWithRows(t *testing.T, c *Ctx, call *Call, b *types.Batch) {
	t.Helper()
	p, err := Compile(call)
	if err != nil {
		t.Fatalf("%s: %v", call.Fn.Sig(), err)
	}
	c.Reset()
	v := p.Eval(c, b)
	if v.N != b.N {
		t.Errorf("%s: %d rows of %d", call.Fn.Sig(), v.N, b.N)
		return
	}
	plain := plainCall(call, b)
	for k := range b.Len() {
		i := b.Row(k)
		row := b.RowDatums(i)
		want, err := EvalRow(c, plain, row)
		if got := c.Failed(i); got != (err != nil) {
			t.Errorf("%s row %v: failed %v, alone %v", call.Fn.Sig(), row, got, err)
			return
		}
		if err == nil && v.Datum(i) != want {
			t.Errorf("%s row %v: %v, alone %v", call, row, v.Datum(i), want)
			return
		}
		if err != nil && !CanRaise(call) {
			t.Errorf("%s is said to be safe but raised %v", call.Fn.Sig(), err)
			return
		}
	}
}

// plainCall evaluates without the special kernels.
func plainCall(call *Call, _ *types.Batch) Expr {
	f := *call.Fn
	f.Special = nil
	return &Call{Fn: &f, Args: call.Args, T: call.T}
}

// The nodes that are not calls agree with themselves row by row as well.
func TestNodesEqualRows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	c := testCtx(t, "")
	arr, _ := types.Int4.ArrayType()
	args := []Arg{{T: types.Int4}, {T: types.Int4}, {T: types.Text}, {T: types.Bool}, {T: types.Bool}, {T: arr}}
	col := func(i int) Expr { return &Col{Index: i, T: args[i].T} }
	eq, err := EqualityOp(types.Int4)
	if err != nil {
		t.Fatal(err)
	}
	div := op(t, "/", col(0), col(1))
	text := &Cast{Arg: col(0), T: types.Text, Context: CastExplicit}
	nodes := []Expr{
		&And{Args: []Expr{col(3), col(4), op(t, ">", div, ci(1))}},
		&Or{Args: []Expr{col(3), col(4), op(t, ">", div, ci(1))}},
		&Not{Arg: col(3)},
		&IsNull{Arg: col(0)}, &IsNull{Arg: col(2), Negate: true},
		&BoolTest{Arg: col(3), Value: types.NewBool(true)},
		&BoolTest{Arg: col(3), Value: types.NewBool(false), Negate: true},
		&BoolTest{Arg: col(3)},
		&DistinctFrom{Eq: eq, L: col(0), R: col(1)}, &DistinctFrom{Eq: eq, L: col(0), R: col(1), Negate: true},
		&Case{Whens: []When{{col(3), text}, {col(4), col(2)}}, T: types.Text},
		&Case{Whens: []When{{op(t, "=", col(1), ci(0)), ci(0)}}, Else: div, T: types.Int4},
		&Coalesce{Args: []Expr{col(2), text}, T: types.Text},
		&MinMax{Args: []Expr{col(0), col(1), ci(3)}, T: types.Int4},
		&MinMax{Greatest: true, Args: []Expr{col(2), text}, T: types.Text},
		&NullIf{Eq: eq, L: col(0), R: col(1), T: types.Int4},
		&In{Eq: eq, Arg: col(0), List: []Expr{ci(1), ci(2), ci(3), ci(12)}},
		&In{Eq: eq, Arg: col(0), List: []Expr{ci(1), ci(2), &Const{T: types.Int4}}, Negate: true},
		&In{Eq: eq, Arg: col(0), List: []Expr{col(1), div}},
		&AnyAll{Op: eq, L: col(0), Array: col(5)}, &AnyAll{Op: eq, L: col(0), Array: col(5), All: true},
		&Array{Elems: []Expr{col(0), col(1)}, T: arr},
		&Subscript{Arg: col(5), Index: col(0), T: types.Int4},
		&Slice{Arg: col(5), Lower: col(0)}, &Slice{Arg: col(5), Upper: ci(2)},
		&Cast{Arg: text, T: types.Type{OID: types.VarChar.OID, Mod: 6}, Context: CastExplicit},
	}
	for range 20 {
		b := randomBatch(t, c, r, args, 70)
		for _, e := range nodes {
			p, err := Compile(e)
			if err != nil {
				t.Fatal(err)
			}
			c.Reset()
			v := p.Eval(c, b)
			for k := range b.Len() {
				i := b.Row(k)
				want, err := EvalRow(c, e, b.RowDatums(i))
				if c.Failed(i) != (err != nil) || (err == nil && v.Datum(i) != want) {
					t.Fatalf("%s row %v: %v, alone %v %v", e, b.RowDatums(i), v.Datum(i), want, err)
				}
			}
			checkStored(t, e)
		}
	}
}

// checkStored writes and reads e, and every node of it.
func checkStored(t *testing.T, e Expr) {
	t.Helper()
	data, err := Encode(e)
	if err != nil {
		t.Fatalf("%s: %v", e, err)
	}
	got, err := Decode(data)
	if err != nil {
		t.Fatalf("%s: %v", e, err)
	}
	again, err := Encode(got)
	if err != nil || string(again) != string(data) || got.String() != e.String() || got.Type() != e.Type() {
		t.Errorf("%s came back as %s (%v)", e, got, err)
	}
}

func TestDecodeRefusesDamage(t *testing.T) {
	data, err := Encode(op(t, "+", ci(1), &Col{Index: 0, T: types.Int4}))
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		for _, ch := range []byte("0x{[\"") {
			bad := append([]byte(nil), data...)
			bad[i] = ch
			if e, err := Decode(bad); err == nil {
				_ = e.String()
			}
		}
		if _, err := Decode(data[:i]); err == nil {
			t.Errorf("a prefix of %d bytes was read", i)
		}
	}
}
