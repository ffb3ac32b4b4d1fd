package expr

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// ResolveOp chooses the overload of an operator; left is nil for a prefix operator. It
// returns the types the operands must be coerced to, in order, and the result's type.
func ResolveOp(op string, left, right *Arg) (*Func, []types.Type, types.Type, error) {
	op = canonicalOp(op)
	args := []Arg{*right}
	if left != nil {
		args = []Arg{*left, *right}
	}
	fs := functions().byName[op]
	if !isOperatorName(op) {
		fs = nil
	}
	cands := layOut(len(args), len(fs), func(i int) ([]types.Type, bool) { return fs[i].Args, false })
	chosen := exactOperator(cands, args)
	ambiguous := false
	if chosen == nil {
		chosen, ambiguous = choose(cands, args)
	}
	if chosen == nil {
		return nil, nil, types.Type{}, noOperator(op, left, right, ambiguous)
	}
	f := fs[chosen.index]
	ts, ret, err := bindPolymorphic(chosen.args, f.Ret, args)
	return f, ts, ret, err
}

// exactOperator tries to take an unknown operand to be of the other's type.
func exactOperator(cands []candidate, args []Arg) *candidate {
	if len(args) != 2 || (args[0].oid() == types.Unknown.OID) == (args[1].oid() == types.Unknown.OID) {
		return nil
	}
	t := args[0].T
	if args[0].oid() == types.Unknown.OID {
		t = args[1].T
	}
	for i := range cands {
		if cands[i].args[0].OID == t.OID && cands[i].args[1].OID == t.OID {
			return &cands[i]
		}
	}
	return nil
}

func canonicalOp(op string) string {
	if op == "!=" {
		return "<>"
	}
	return op
}

func noOperator(op string, left, right *Arg, ambiguous bool) error {
	sig := op + " " + argList([]Arg{*right})
	if left != nil {
		sig = argList([]Arg{*left}) + " " + sig
	}
	if ambiguous {
		return pgerr.New(pgerr.AmbiguousFunction, "operator is not unique: %s", sig).
			WithHint("Could not choose a best candidate operator. You might need to add explicit type casts.")
	}
	if absentOperator(op) {
		return pgerr.Unsupported("operator "+sig, "")
	}
	hint := "No operator matches the given name and argument types. You might need to add explicit type casts."
	if left == nil {
		hint = "No operator matches the given name and argument type. You might need to add an explicit type cast."
	}
	return pgerr.New(pgerr.UndefinedFunction, "operator does not exist: %s", sig).WithHint("%s", hint)
}

// EqualityOp is the = over two values of type t, or 42883 where t has none (json).
func EqualityOp(t types.Type) (*Func, error) { return sameTypeOp("=", t, "an equality operator") }

// LessOp is the < over two values of type t, or 42883 where t has none.
func LessOp(t types.Type) (*Func, error) { return sameTypeOp("<", t, "an ordering operator") }

func sameTypeOp(op string, t types.Type, what string) (*Func, error) {
	a := &Arg{T: t.Base()}
	f, _, _, err := ResolveOp(op, a, a)
	if err != nil {
		return nil, pgerr.New(pgerr.UndefinedFunction, "could not identify %s for type %s", what, t.Base())
	}
	return f, nil
}
