package expr

import (
	"testing"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// TestAbsent: what is refused by name is not there, and no overload is there either.
func TestAbsent(t *testing.T) {
	table := absentFuncs()
	if len(table.hints) < 2000 {
		t.Errorf("%d names", len(table.hints))
	}
	for name := range table.hints {
		if IsFuncName(name) || IsAggName(name) {
			t.Errorf("%s exists", name)
		}
	}
	for name, fs := range table.overloads {
		if !IsFuncName(name) {
			t.Errorf("%s does not exist: name it without types", name)
		}
		for _, f := range fs {
			if _, ok := FuncBySig(f.Sig()); ok {
				t.Errorf("%s exists", f.Sig())
			}
		}
	}
}

// TestAbsentOverload: what PostgreSQL would call is refused, what it would not is unknown.
func TestAbsentOverload(t *testing.T) {
	for _, c := range []struct {
		args []types.Type
		want string
	}{
		{[]types.Type{types.Bytea, types.Bytea}, pgerr.FeatureNotSupported},
		{[]types.Type{types.Bytea, types.Int4}, pgerr.UndefinedFunction},
		{[]types.Type{types.Bytea}, pgerr.UndefinedFunction},
	} {
		args := make([]Arg, len(c.args))
		for i, a := range c.args {
			args[i].T = a
		}
		_, _, _, err := ResolveFunc("like", args)
		if got := pgerr.From(err).Code; got != c.want {
			t.Errorf("like(%s): %s, want %s", argList(args), got, c.want)
		}
	}
}
