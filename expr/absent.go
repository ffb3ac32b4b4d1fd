package expr

import (
	_ "embed" // absent.txt
	"slices"
	"strings"
	"sync"
)

// absentList is the functions that PostgreSQL has and we have not, one name a line.
//
//go:embed absent.txt
var absentList string

var absentNames = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(absentList) {
		m[name] = true
	}
	return m
})

// Absent reports whether PostgreSQL has functions of this name and we have none: a call is
// refused, and not taken for a mistake.
func Absent(name string) bool { return absentNames()[name] }

// absentOperators are the operators that PostgreSQL has for types that we have, too.
var absentOperators = strings.Fields("@? @@ @@@ *< *<= *<> *= *> *>= ~<=~ ~<~ ~>=~ ~>~")

func absentOperator(op string) bool { return slices.Contains(absentOperators, op) }
