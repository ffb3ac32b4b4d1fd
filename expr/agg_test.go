package expr

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"streamdb/types"
)

type weighted struct {
	d types.Datum
	w int64
}

// linearState is one accumulator with two records.
type linearState struct {
	t   *testing.T
	c   *Ctx
	lin Linear
	s   *types.Slots
	arg types.Type
	ret types.Type
}

func newLinearState(t *testing.T, c *Ctx, a *Agg) *linearState {
	t.Helper()
	call := &AggCall{Fn: a, T: a.Ret}
	for i, x := range a.Args {
		call.Args = append(call.Args, &Col{Index: i, T: concrete([]types.Type{x})[0].T})
	}
	lin := a.NewLinear(call)
	st := &linearState{t: t, c: c, lin: lin, s: types.NewSlots(lin.Words() + 1), ret: a.Ret}
	if len(call.Args) > 0 {
		st.arg = call.Args[0].Type()
	}
	return st
}

func (st *linearState) add(id uint32, rows []weighted) {
	n := len(rows)
	var args []*types.Vec
	if st.arg.OID != 0 {
		v := types.NewVec(st.arg, n)
		for _, r := range rows {
			v.AppendDatum(r.d)
		}
		args = []*types.Vec{v}
	}
	ids, at, w := make([]uint32, n), make([]int32, n), make([]int64, n)
	for i, r := range rows {
		ids[i], at[i], w[i] = id, int32(i), r.w
	}
	var g types.Records
	g.Locate(st.s, ids)
	st.lin.Add(st.c, &g, 1, args, at, w)
}

// result is the value, or the error's text.
func (st *linearState) result(id uint32) (types.Datum, string) {
	st.c.Reset()
	out := types.NewVec(st.ret, 1)
	st.lin.Result(st.c, st.s, 1, []uint32{id}, out)
	if len(st.c.Errs) > 0 {
		return types.Datum{}, st.c.Errs[0].Err.Message
	}
	return out.Datum(0), ""
}

// The law of linear aggregates: after any adds and retractions, value and stored state are
// those of an accumulator that saw only the rows that remain.
func TestLinearLaw(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	c := testCtx(t, "")
	for _, a := range Aggs() {
		if a.NewLinear == nil {
			continue
		}
		for range 25 {
			checkLinear(t, c, a, r)
		}
	}
}

func checkLinear(t *testing.T, c *Ctx, a *Agg, r *rand.Rand) {
	t.Helper()
	st, fresh := newLinearState(t, c, a), newLinearState(t, c, a)
	id, id2, idf := st.s.Alloc(), st.s.Alloc(), fresh.s.Alloc()
	var remain, churn []weighted
	for range r.IntN(12) {
		x := weighted{randomDatum(t, c, r, st.arg), 1 + r.Int64N(3)}
		remain = append(remain, x)
		churn = append(churn, x)
	}
	for range r.IntN(12) {
		x := weighted{randomDatum(t, c, r, st.arg), 1 + r.Int64N(3)}
		churn = append(churn, x, weighted{x.d, -x.w})
	}
	r.Shuffle(len(churn), func(i, j int) { churn[i], churn[j] = churn[j], churn[i] })
	st.add(id2, churn)
	st.add(id, churn)
	fresh.add(idf, remain)
	got, gotErr := st.result(id)
	want, wantErr := fresh.result(idf)
	if got != want || gotErr != wantErr {
		t.Fatalf("%s over %v (churn %v): %v %s, want %v %s", a.Sig(), remain, churn, got, gotErr, want, wantErr)
	}
	state := st.lin.AppendState(nil, st.s, 1, id)
	if clean := fresh.lin.AppendState(nil, fresh.s, 1, idf); !bytes.Equal(state, clean) {
		t.Fatalf("%s over %v: state %x, want %x", a.Sig(), remain, state, clean)
	}
	back := newLinearState(t, c, a)
	idb := back.s.Alloc()
	rest, err := back.lin.LoadState(append(state, 1, 2), back.s, 1, idb)
	if err != nil || len(rest) != 2 {
		t.Fatalf("%s: load %v, %d left", a.Sig(), err, len(rest))
	}
	if again, _ := back.result(idb); again != got {
		t.Fatalf("%s: %v after loading %v", a.Sig(), again, got)
	}
	back.add(idb, []weighted{{randomDatum(t, c, r, st.arg), 1}})
	for _, x := range [...]struct {
		st *linearState
		id uint32
	}{{st, id}, {fresh, idf}, {back, idb}} {
		x.st.lin.Release(x.st.s, 1, x.id)
	}
}

func randomDatum(t *testing.T, c *Ctx, r *rand.Rand, ty types.Type) types.Datum {
	t.Helper()
	if ty.OID == 0 || r.IntN(8) == 0 {
		return types.Datum{}
	}
	switch {
	case ty.OID == types.Float8.OID && r.IntN(3) > 0:
		return types.NewFloat64(math.Ldexp(r.NormFloat64(), r.IntN(120)-60))
	case ty.OID == types.NumericT.OID && r.IntN(3) > 0:
		return types.NumericFromInt64Scaled(r.Int64N(1<<40)-1<<39, r.IntN(4)).ToDatum()
	}
	pool := samples[ty.OID]
	d, err := c.parse(ty, pool[r.IntN(len(pool))])
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestFloatSumsDoNotDrift(t *testing.T) {
	c := testCtx(t, "")
	a, ok := AggBySig("sum(float8)")
	if !ok {
		t.Fatal("no sum(float8)")
	}
	st := newLinearState(t, c, a)
	id := st.s.Alloc()
	r := rand.New(rand.NewPCG(7, 8))
	var rows []weighted
	for range 5000 {
		rows = append(rows, weighted{types.NewFloat64(r.Float64() * 1e6), 1})
	}
	st.add(id, append(rows, weighted{types.NewFloat64(0.1), 1}))
	for i := range rows {
		rows[i].w = -1
	}
	st.add(id, rows)
	if d, _ := st.result(id); d.Float64() != 0.1 {
		t.Errorf("0.1 remains, sum is %v", d.Float64())
	}
}

func TestAppendExtremes(t *testing.T) {
	c := testCtx(t, "")
	r := rand.New(rand.NewPCG(9, 10))
	for _, a := range Aggs() {
		if !a.First {
			continue
		}
		ty := concrete(a.Args)[0].T
		call := &AggCall{Fn: a, Args: []Expr{&Col{T: ty}}, T: ty}
		lin := a.NewAppend(call)
		st := &linearState{t: t, c: c, lin: lin, s: types.NewSlots(lin.Words() + 1), arg: ty, ret: ty}
		id := st.s.Alloc()
		var best types.Datum
		for range 30 {
			d := randomDatum(t, c, r, ty)
			st.add(id, []weighted{{d, 1}})
			if cmp := 0; !d.IsNull() {
				if !best.IsNull() {
					cmp = types.Compare(ty, d, best)
				}
				if best.IsNull() || (cmp > 0) == a.Desc && cmp != 0 {
					best = d
				}
			}
		}
		got, _ := st.result(id)
		if got.IsNull() != best.IsNull() || (!got.IsNull() && types.Compare(ty, got, best) != 0) {
			t.Errorf("%s: %v, want %v", a.Sig(), got, best)
		}
	}
}

func TestStoredAggregates(t *testing.T) {
	for _, a := range Aggs() {
		call := &AggCall{Fn: a, T: a.Ret, Distinct: true, Filter: op(t, ">", &Col{Index: 1, T: types.Int4}, ci(3))}
		for i, x := range concrete(a.Args) {
			call.Args = append(call.Args, &Col{Index: i, T: x.T})
		}
		call.Order = []SortKey{{Expr: &Col{Index: 0, T: types.Text}, Desc: true, NullsFirst: true}}
		data, err := EncodeAgg(call)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeAgg(data)
		if err != nil {
			t.Fatal(err)
		}
		again, err := EncodeAgg(got)
		if err != nil || !bytes.Equal(data, again) || got.Fn != a || len(got.Order) != 1 {
			t.Errorf("%s came back as %s (%v)", data, again, err)
		}
	}
}
