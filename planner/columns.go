package planner

import (
	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/types"
)

// columnTable numbers a statement's columns and knows what each is.
type columnTable []columnInfo

type columnInfo struct {
	name  string
	typ   types.Type
	table catalog.ID // the relation it comes from as it stands, or 0
	att   int16
}

// add numbers a new column.
func (t *columnTable) add(name string, typ types.Type) int {
	*t = append(*t, columnInfo{name: name, typ: typ})
	return len(*t) - 1
}

// copyOf numbers a new column like id.
func (t *columnTable) copyOf(id int) int {
	*t = append(*t, (*t)[id])
	return len(*t) - 1
}

// col is a reference to column id.
func (t columnTable) col(id int) *expr.Col { return &expr.Col{Index: id, T: t[id].typ} }

// pass is the projection item that passes id on.
func (t columnTable) pass(id int) item { return item{id, t.col(id)} }

// passAll passes several columns on.
func (t columnTable) passAll(ids []int) []item {
	items := make([]item, len(ids))
	for i, id := range ids {
		items[i] = t.pass(id)
	}
	return items
}

// colSet is a set of columns.
type colSet map[int]bool

func setOf(ids ...int) colSet {
	s := make(colSet, len(ids))
	for _, id := range ids {
		s[id] = true
	}
	return s
}

func (s colSet) addAll(ids []int) {
	for _, id := range ids {
		s[id] = true
	}
}

// hasAll reports whether every column of ids is in s.
func (s colSet) hasAll(ids []int) bool {
	for _, id := range ids {
		if !s[id] {
			return false
		}
	}
	return true
}

// colsOf is the columns an expression uses, in order of appearance.
func colsOf(es ...expr.Expr) []int {
	var ids []int
	seen := colSet{}
	for _, e := range es {
		walkCols(e, func(id int) {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		})
	}
	return ids
}

// walkCols calls f for every column used by e, outer columns of subqueries included.
func walkCols(e expr.Expr, f func(id int)) {
	expr.Walk(e, func(x expr.Expr) bool {
		switch x := x.(type) {
		case *expr.Col:
			f(x.Index)
		case *subquery:
			for _, id := range x.outer() {
				f(id)
			}
			return false
		}
		return true
	})
}

// uses reports whether e uses a column of s.
func uses(e expr.Expr, s colSet) bool {
	found := false
	walkCols(e, func(id int) { found = found || s[id] })
	return found
}

// within reports whether all columns of e are in s.
func within(e expr.Expr, s colSet) bool {
	ok := true
	walkCols(e, func(id int) { ok = ok && s[id] })
	return ok
}
