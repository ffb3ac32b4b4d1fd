package expr

import (
	_ "embed" // absent.txt
	"slices"
	"strings"
	"sync"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// absentList is what PostgreSQL has and we have not, one a line: the name of a function, or
// the signature of an overload of a function that is here. How to do without follows a tab.
//
//go:embed absent.txt
var absentList string

// absentTable is the list, indexed.
type absentTable struct {
	hints     map[string]string  // by name, of functions that are not here at all
	overloads map[string][]*Func // by name, of functions that are
}

var absentFuncs = sync.OnceValue(func() absentTable {
	t := absentTable{hints: map[string]string{}, overloads: map[string][]*Func{}}
	for line := range strings.Lines(absentList) {
		entry, hint, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if name, _, ok := strings.Cut(entry, "("); ok {
			t.overloads[name] = append(t.overloads[name], fn(entry+" void", nil))
			continue
		}
		t.hints[entry] = hint
	}
	return t
})

// Absent reports whether PostgreSQL has functions of this name and we have none: a call is
// refused, and not taken for a mistake. The hint, which may be empty, is how to do without.
func Absent(name string) (hint string, ok bool) {
	hint, ok = absentFuncs().hints[name]
	return hint, ok
}

// absentOverload is the refusal of a call that one of PostgreSQL's overloads would serve
// and none of ours, or nil.
func absentOverload(name string, args []Arg) error {
	fs := absentFuncs().overloads[name]
	cands := layOut(len(args), len(fs), func(i int) ([]types.Type, bool) { return fs[i].Args, fs[i].Variadic })
	if chosen, _ := choose(cands, args); chosen == nil {
		return nil
	}
	return pgerr.Unsupported("function "+name+"("+argList(args)+")", "")
}

// absentOperators are the operators that PostgreSQL has for types that we have, too.
var absentOperators = strings.Fields("@? @@ @@@ *< *<= *<> *= *> *>= ~<=~ ~<~ ~>=~ ~>~")

func absentOperator(op string) bool { return slices.Contains(absentOperators, op) }
