package expr

import (
	"strings"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// Arg is the type of one argument of a call to be resolved. An unknown literal is a string
// constant, NULL, or an untyped parameter.
type Arg struct {
	T                types.Type
	IsUnknownLiteral bool
}

func (a Arg) oid() types.OID {
	if a.IsUnknownLiteral {
		return types.Unknown.OID
	}
	return a.T.OID
}

// candidate is one overload that may serve a call, its arguments laid out for the call.
type candidate struct {
	args     []types.Type
	variadic bool
	index    int // which overload
}

// ResolveFunc chooses the overload of function name for args by PostgreSQL's rules. It
// returns the types the arguments must be coerced to and the type of the result.
func ResolveFunc(name string, args []Arg) (*Func, []types.Type, types.Type, error) {
	fs := functions().byName[name]
	if isOperatorName(name) {
		fs = nil
	}
	cands := layOut(len(args), len(fs), func(i int) ([]types.Type, bool) { return fs[i].Args, fs[i].Variadic })
	f, ts, ret, err := settle(name, fs, cands, args)
	if f == nil {
		if refusal := absentOverload(name, args); refusal != nil {
			err = refusal
		}
	}
	return f, ts, ret, err
}

// settle chooses among candidates of fs and settles the types of the call.
func settle(name string, fs []*Func, cands []candidate, args []Arg) (*Func, []types.Type, types.Type, error) {
	chosen, ambiguous := choose(cands, args)
	if chosen == nil {
		return nil, nil, types.Type{}, noFunction(name, args, ambiguous)
	}
	f := fs[chosen.index]
	ts, ret, err := bindPolymorphic(chosen.args, f.Ret, args)
	if err == nil && name != "pg_typeof" {
		untypedToText(ts)
	}
	return f, ts, ret, err
}

// ResolveAgg chooses the overload of an aggregate; count(*) is count without arguments.
func ResolveAgg(name string, args []Arg) (*Agg, []types.Type, types.Type, error) {
	as := functions().aggBy[name]
	cands := layOut(len(args), len(as), func(i int) ([]types.Type, bool) { return as[i].Args, false })
	chosen, ambiguous := choose(cands, args)
	if chosen == nil {
		return nil, nil, types.Type{}, noFunction(name, args, ambiguous)
	}
	a := as[chosen.index]
	ts, ret, err := bindPolymorphic(chosen.args, a.Ret, args)
	if err == nil {
		untypedToText(ts)
	}
	return a, ts, ret, err
}

// untypedToText gives unknown literals passed as "any" the type text.
func untypedToText(ts []types.Type) {
	for i, t := range ts {
		if t.OID == types.Unknown.OID {
			ts[i] = types.Text
		}
	}
}

func noFunction(name string, args []Arg, ambiguous bool) error {
	if ambiguous {
		return pgerr.New(pgerr.AmbiguousFunction, "function %s(%s) is not unique", name, argList(args)).
			WithHint("Could not choose a best candidate function. You might need to add explicit type casts.")
	}
	return pgerr.New(pgerr.UndefinedFunction, "function %s(%s) does not exist", name, argList(args)).
		WithHint("No function matches the given name and argument types. You might need to add explicit type casts.")
}

func argList(args []Arg) string {
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = types.Type{OID: a.oid(), Mod: -1}.String()
	}
	return strings.Join(names, ", ")
}

// layOut lists the overloads that take n arguments; of two that look the same, the one
// that is not variadic.
func layOut(n, count int, sig func(i int) ([]types.Type, bool)) []candidate {
	var cands []candidate
	for i := range count {
		args, variadic := sig(i)
		switch {
		case !variadic && len(args) == n:
			cands = append(cands, candidate{args: args, index: i})
		case variadic && n >= len(args):
			c := candidate{variadic: true, index: i, args: append([]types.Type(nil), args...)}
			last := args[len(args)-1]
			for len(c.args) < n {
				c.args = append(c.args, last)
			}
			cands = append(cands, c)
		}
	}
	return cands
}

// choose picks the candidate for args; nil with ambiguous set if several remain.
func choose(cands []candidate, args []Arg) (best *candidate, ambiguous bool) {
	for i := range cands {
		if exactMatch(cands[i].args, args) {
			return &cands[i], false
		}
	}
	var fit []candidate
	for _, c := range cands {
		if canCoerceAll(args, c.args) {
			fit = append(fit, c)
		}
	}
	if len(fit) == 0 {
		return nil, false
	}
	fit = selectCandidate(fit, args)
	if len(fit) == 1 {
		return &fit[0], false
	}
	return nil, true
}

func exactMatch(want []types.Type, args []Arg) bool {
	for i, t := range want {
		if t.OID != args[i].oid() {
			return false
		}
	}
	return true
}

// selectCandidate narrows several acceptable candidates as func_select_candidate does.
func selectCandidate(cands []candidate, args []Arg) []candidate {
	cands = mostMatches(cands, args, func(have, want types.Type) bool { return have.OID == want.OID })
	if len(cands) == 1 {
		return cands
	}
	cands = mostMatches(cands, args, func(have, want types.Type) bool {
		h, w := have.Info(), want.Info()
		return h.OID == w.OID || (w.Preferred && w.Category == h.Category)
	})
	if len(cands) == 1 || allKnown(args) {
		return cands
	}
	cands = matchUnknownCategories(cands, args)
	if len(cands) == 1 {
		return cands
	}
	return assumeSameType(cands, args)
}

func allKnown(args []Arg) bool {
	for _, a := range args {
		if a.oid() == types.Unknown.OID {
			return false
		}
	}
	return true
}

func mostMatches(cands []candidate, args []Arg, match func(have, want types.Type) bool) []candidate {
	best := 0
	var keep []candidate
	for _, c := range cands {
		n := 0
		for i, a := range args {
			if a.oid() != types.Unknown.OID && match(a.T, c.args[i]) {
				n++
			}
		}
		if n > best || keep == nil {
			best, keep = n, keep[:0]
		}
		if n == best {
			keep = append(keep, c)
		}
	}
	return keep
}

// matchUnknownCategories decides a type category for each unknown argument (string if any
// candidate accepts it) and drops candidates of other categories, or that are not the
// preferred type where some candidate is.
func matchUnknownCategories(cands []candidate, args []Arg) []candidate {
	category, preferred := make([]byte, len(args)), make([]bool, len(args))
	for i, a := range args {
		if a.oid() != types.Unknown.OID {
			continue
		}
		conflict := false
		for _, c := range cands {
			t := c.args[i].Info()
			switch {
			case category[i] == 0:
				category[i], preferred[i] = t.Category, t.Preferred
			case t.Category == category[i]:
				preferred[i] = preferred[i] || t.Preferred
			case t.Category == 'S':
				category[i], preferred[i] = 'S', t.Preferred
			default:
				conflict = true
			}
		}
		if conflict && category[i] != 'S' {
			return cands
		}
	}
	var keep []candidate
next:
	for _, c := range cands {
		for i, a := range args {
			t := c.args[i].Info()
			if a.oid() == types.Unknown.OID && (t.Category != category[i] || (preferred[i] && !t.Preferred)) {
				continue next
			}
		}
		keep = append(keep, c)
	}
	if keep == nil {
		return cands
	}
	return keep
}

// assumeSameType takes unknown arguments to be of the one type all others have.
func assumeSameType(cands []candidate, args []Arg) []candidate {
	var known types.Type
	for _, a := range args {
		switch {
		case a.oid() == types.Unknown.OID:
		case known.OID == 0:
			known = a.T
		case known.OID != a.T.OID:
			return cands
		}
	}
	if known.OID == 0 {
		return cands
	}
	same := make([]Arg, len(args))
	for i := range same {
		same[i] = Arg{T: known}
	}
	var keep []candidate
	for _, c := range cands {
		if canCoerceAll(same, c.args) {
			keep = append(keep, c)
		}
	}
	if len(keep) == 1 {
		return keep
	}
	return cands
}
