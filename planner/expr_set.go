package planner

import (
	"hash/maphash"

	"streamdb/expr"
)

// exprSet is a set of expressions, of which those that sameExpr calls the same are one.
type exprSet map[uint64][]expr.Expr

// add reports whether e was not in the set yet.
func (s exprSet) add(e expr.Expr) bool {
	if s.has(e) {
		return false
	}
	h := hashExpr(e)
	s[h] = append(s[h], e)
	return true
}

func (s exprSet) has(e expr.Expr) bool {
	for _, o := range s[hashExpr(e)] {
		if sameExpr(e, o) {
			return true
		}
	}
	return false
}

var exprSeed = maphash.MakeSeed()

// hashExpr is the same for what sameExpr calls the same. It looks at the nodes that tell
// long lists of conditions apart, and at no more than some of them.
func hashExpr(e expr.Expr) uint64 {
	var h maphash.Hash
	h.SetSeed(exprSeed)
	left := 64
	expr.Walk(e, func(x expr.Expr) bool {
		if left--; left < 0 {
			return false
		}
		switch x := x.(type) {
		case *subquery:
			return false // its operands are not compared
		case *expr.Col:
			maphash.WriteComparable(&h, x.Index)
		case *expr.Const:
			maphash.WriteComparable(&h, x.D)
		case *expr.Call:
			maphash.WriteComparable(&h, x.Fn)
		}
		return true
	})
	return h.Sum64()
}
