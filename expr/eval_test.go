package expr

import (
	"testing"

	"streamdb/types"
	"streamdb/types/pgerr"
)

func ci(v int32) Expr { return &Const{D: types.NewInt32(v), T: types.Int4} }

func op(t *testing.T, name string, l, r Expr) Expr {
	t.Helper()
	f, ts, ret, err := ResolveOp(name, &Arg{T: l.Type()}, &Arg{T: r.Type()})
	if err != nil {
		t.Fatal(err)
	}
	if l, err = CoerceTo(l, ts[0], CastImplicit); err != nil {
		t.Fatal(err)
	}
	if r, err = CoerceTo(r, ts[1], CastImplicit); err != nil {
		t.Fatal(err)
	}
	return &Call{Fn: f, Args: []Expr{l, r}, T: ret}
}

func intBatch(vs ...int32) *types.Batch {
	b := types.NewBatch([]types.Type{types.Int4}, len(vs))
	for _, v := range vs {
		b.AppendRow(types.Row{types.NewInt32(v)}, 1)
	}
	return b
}

// A branch that is not taken must not raise; a row that does raise is noted once.
func TestBranchesNotTaken(t *testing.T) {
	x := &Col{Index: 0, T: types.Int4}
	tenBy := op(t, "/", ci(10), x)
	isZero, notZero := op(t, "=", x, ci(0)), op(t, "<>", x, ci(0))
	big := op(t, ">", tenBy, ci(3))
	exprs := map[string]Expr{
		"case": &Case{Whens: []When{{Cond: isZero, Then: ci(-1)}}, Else: tenBy, T: types.Int4},
		"and":  &And{Args: []Expr{notZero, big}},
		"or":   &Or{Args: []Expr{isZero, big}},
		"coalesce": &Coalesce{Args: []Expr{
			&Case{Whens: []When{{Cond: isZero, Then: ci(7)}}, T: types.Int4}, tenBy,
		}, T: types.Int4},
	}
	b := intBatch(0, 1, 5, 0, 2)
	c := NewCtx(types.DefaultStyle(), 0)
	for name, e := range exprs {
		p, err := Compile(e)
		if err != nil {
			t.Fatal(err)
		}
		p.Eval(c, b)
		if len(c.Errs) != 0 {
			t.Errorf("%s: %v", name, c.Errs)
		}
		c.Reset()
	}
	p, err := Compile(&Or{Args: []Expr{big, op(t, "=", tenBy, ci(2))}})
	if err != nil {
		t.Fatal(err)
	}
	v := p.Eval(c, b)
	if len(c.Errs) != 2 || c.Errs[0].Row != 0 || c.Errs[1].Row != 3 || c.Errs[0].Err.Code != pgerr.DivisionByZero {
		t.Errorf("errors %v", c.Errs)
	}
	if !v.IsNull(0) || v.Bools()[1] != 1 || v.Bools()[2] != 1 || v.Bools()[4] != 1 {
		t.Errorf("values %v", v.Bools())
	}
	if got := c.DropFailed(nil, b.N, nil); len(got) != 3 {
		t.Errorf("kept %v", got)
	}
}

func TestFilterNarrows(t *testing.T) {
	x := &Col{Index: 0, T: types.Int4}
	p, err := CompilePredicate(&And{Args: []Expr{op(t, "<>", x, ci(0)), op(t, ">", op(t, "/", ci(10), x), ci(2))}})
	if err != nil {
		t.Fatal(err)
	}
	c := NewCtx(types.DefaultStyle(), 0)
	got := p.Filter(c, intBatch(0, 1, 5, 0, 2), nil)
	if len(c.Errs) != 0 || len(got) != 2 || got[0] != 1 || got[1] != 4 {
		t.Errorf("%v %v", got, c.Errs)
	}
}
