package planner

import (
	"streamdb/expr"
	"streamdb/types"
)

// findJoinKeys turns equalities between both sides of a join into its keys; what they
// compare is computed below the join where it is no plain column. Both keys get the same
// type, so that equal values have equal key bytes.
func findJoinKeys(b *binder, r rel, _ []int) rel {
	return transform(b, r, func(r rel) rel {
		j, ok := r.(*joinRel)
		if !ok || len(j.on) == 0 {
			return r
		}
		return b.joinKeys(j)
	})
}

func (b *binder) joinKeys(j *joinRel) rel {
	left, right := setOf(j.l.columns()...), setOf(j.r.columns()...)
	c := *j
	c.on = nil
	var lItems, rItems []item
	for _, e := range j.on {
		x, y, nullSafe, ok := equality(e, left, right)
		if ok {
			x, y, ok = b.sameKeyType(x, y)
		}
		if !ok {
			c.on = append(c.on, e)
			continue
		}
		k := joinKey{nullSafe: nullSafe}
		k.l, lItems = b.keyColumn(x, lItems)
		k.r, rItems = b.keyColumn(y, rItems)
		c.keys = append(c.keys[:len(c.keys):len(c.keys)], k)
	}
	c.l, c.r = b.compute(j.l, lItems), b.compute(j.r, rItems)
	return &c
}

// sameKeyType brings both sides of an equality to one type that has key bytes; ok is false
// where there is none.
func (b *binder) sameKeyType(x, y expr.Expr) (l, r expr.Expr, ok bool) {
	xt, yt := x.Type(), y.Type()
	if xt.OID == yt.OID {
		_, err := expr.EqualityOp(xt)
		return x, y, err == nil
	}
	t, err := expr.CommonType("", []types.Type{xt.Base(), yt.Base()})
	if err != nil {
		return nil, nil, false
	}
	l, lerr := b.coerce(x, t, expr.CastImplicit, -1)
	r, rerr := b.coerce(y, t, expr.CastImplicit, -1)
	return l, r, lerr == nil && rerr == nil
}

// keyColumn is the column of a key expression, to be computed unless it is one.
func (b *binder) keyColumn(e expr.Expr, items []item) (int, []item) {
	if c, ok := e.(*expr.Col); ok {
		return c.Index, items
	}
	for _, it := range items {
		if sameExpr(it.e, e) {
			return it.id, items
		}
	}
	id := b.cols.add("key", e.Type())
	return id, append(items, item{id, e})
}

// compute adds columns to r.
func (b *binder) compute(r rel, items []item) rel {
	if len(items) == 0 {
		return r
	}
	return &projectRel{in: r, items: append(b.cols.passAll(r.columns()), items...)}
}
