package expr

import (
	"errors"
	"testing"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// TestCollectEnds: a value that is collected from more rows than there can be ends at its
// bound, and before that soon after it is told to.
func TestCollectEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		typ  types.Type
		row  types.Row
	}{
		{"string_agg", types.Text, types.Row{types.NewBytes("v"), types.NewBytes(",")}},
		{"array_agg", types.Int8, types.Row{types.NewInt64(1)}},
		{"json_agg", types.Text, types.Row{types.NewBytes("v")}},
		{"json_object_agg", types.Text, types.Row{types.NewBytes("k"), types.NewBytes("v")}},
	} {
		args, call := make([]Arg, len(c.row)), &AggCall{Args: make([]Expr, len(c.row))}
		for i := range args {
			args[i].T, call.Args[i] = c.typ, &Col{Index: i, T: c.typ}
		}
		f, _, ret, err := ResolveAgg(c.name, args)
		if err != nil {
			t.Fatal(err)
		}
		call.Fn, call.T = f, ret
		ctx := NewCtx(types.DefaultStyle(), 0)
		stop, looks := errors.New("stop"), 0
		ctx.Interrupt = func() error { looks++; return stop }
		endless := func(yield func(types.Row, int64) bool) { yield(c.row, 1<<40) }
		if _, err := f.Collect(ctx, call, endless); !errors.Is(err, stop) || looks != 1 {
			t.Errorf("%s: %v after %d looks", c.name, err, looks)
		}
	}
	g := growth{c: NewCtx(types.DefaultStyle(), 0)}
	if g.text(maxTextBytes-1, 2) || !pgerr.Is(g.err, pgerr.ProgramLimitExceeded) {
		t.Errorf("a text has no bound: %v", g.err)
	}
	if g.array(maxArrayElements) || !pgerr.Is(g.err, pgerr.ProgramLimitExceeded) {
		t.Errorf("an array has no bound: %v", g.err)
	}
}
