package planner

import (
	"slices"

	"streamdb/catalog"
	"streamdb/expr"
)

// findLookups reads a table by its key where an ad-hoc query fixes every key column to a
// constant. A view reads changes, so that a look-up makes no sense there.
func findLookups(b *binder, r rel, _ []int) rel {
	if b.env.View {
		return r
	}
	return transform(b, r, func(r rel) rel {
		f, ok := r.(*filterRel)
		if !ok {
			return r
		}
		s, ok := f.in.(*scanRel)
		if !ok || s.table.Kind != catalog.Table && s.table.Kind != catalog.MaterializedView || s.eq != nil {
			return r
		}
		return lookup(f, s)
	})
}

func lookup(f *filterRel, s *scanRel) rel {
	keys := scanKeys(s)
	if len(keys) == 0 || len(keys[0]) == 0 {
		return f
	}
	eq, rest := make([]expr.Expr, len(keys[0])), []expr.Expr{}
	for _, p := range f.preds {
		id, v := fixedColumn(p)
		if at := slices.Index(keys[0], id); v != nil && at >= 0 && eq[at] == nil {
			eq[at] = v
			continue
		}
		rest = append(rest, p)
	}
	if slices.Contains(eq, nil) {
		return f
	}
	c := *s
	c.eq = eq
	return addPreds(&c, rest)
}

// fixedColumn splits column = constant of the column's own type; the constant is nil for
// anything else.
func fixedColumn(e expr.Expr) (int, expr.Expr) {
	call, ok := e.(*expr.Call)
	if !ok || call.Fn.Name != "=" || len(call.Args) != 2 {
		return -1, nil
	}
	for i, a := range call.Args {
		c, isCol := a.(*expr.Col)
		v := call.Args[1-i]
		if !isCol || v.Type().OID != c.T.OID {
			continue
		}
		switch v.(type) {
		case *expr.Const, *expr.Param:
			return c.Index, v
		}
	}
	return -1, nil
}
