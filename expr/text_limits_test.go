package expr

import (
	"errors"
	"strings"
	"testing"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// TestTextLimits: no function makes a string of any size out of small ones.
func TestTextLimits(t *testing.T) {
	big, row := types.NewBytes(strings.Repeat("a", 1<<20)), func(ds ...types.Datum) *types.Batch {
		b := &types.Batch{N: 1}
		for range ds {
			b.Cols = append(b.Cols, types.NewVec(types.Text, 1))
		}
		for i, d := range ds {
			b.Cols[i].AppendDatum(d)
		}
		return b
	}
	for _, c := range []struct {
		sig  string
		args *types.Batch
	}{
		{"replace(text,text,text)", row(big, types.NewBytes("a"), big)},
		{"regexp_replace(text,text,text,text)", row(big, types.NewBytes("a"), big, types.NewBytes("g"))},
	} {
		f, ok := FuncBySig(c.sig)
		if !ok {
			t.Fatal(c.sig)
		}
		ctx := NewCtx(types.DefaultStyle(), 0)
		out := Out{V: types.NewVec(types.Text, 1)}
		f.Kernel(ctx, c.args.Cols, nil, 1, &out)
		if len(ctx.Errs) != 1 || ctx.Errs[0].Err.Code != pgerr.ProgramLimitExceeded {
			t.Errorf("%s: %v", c.sig, ctx.Errs)
		}
	}
}

// TestInterrupt: a kernel that may be slow ends soon after it is told to.
func TestInterrupt(t *testing.T) {
	v := types.NewVec(types.Text, 1024)
	for range 1024 {
		v.AppendStr("abc")
	}
	calls := 0
	k := perRow(func(*Ctx, *rowArgs) (types.Datum, error) { calls++; return str("x"), nil })
	ctx := NewCtx(types.DefaultStyle(), 0)
	ctx.Interrupt = func() error { return errors.New("stop") }
	k(ctx, []*types.Vec{v}, nil, 1024, &Out{V: types.NewVec(types.Text, 1024)})
	if calls >= pollRows || len(ctx.Errs) == 0 || !ctx.Failed(1023) {
		t.Error(calls, len(ctx.Errs))
	}
}
