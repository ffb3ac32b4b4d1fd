package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/planner/plan"
)

// notNullColumns are columns of r that are never NULL.
func notNullColumns(r rel) colSet {
	out := colSet{}
	switch r := r.(type) {
	case *scanRel:
		for i, p := range r.positions {
			if p == tableOIDPosition || r.table.Columns[p].NotNull {
				out[r.cols[i]] = true
			}
		}
	case *valuesRel:
		for i, id := range r.cols {
			if !slices.ContainsFunc(r.rows, func(row []expr.Expr) bool { return !plan.NotNull(row[i], nil) }) {
				out[id] = true
			}
		}
	case *filterRel:
		out = notNullColumns(r.in)
		addRejected(out, r.columns(), r.preds)
	case *projectRel:
		in := notNullColumns(r.in)
		for _, it := range r.items {
			if nonNull(it.e, in) {
				out[it.id] = true
			}
		}
	case *joinRel:
		return notNullJoin(r)
	case *aggRel:
		return notNullAgg(r)
	case *unionRel:
		for i, id := range r.cols {
			out[id] = true
			for k, in := range r.ins {
				out[id] = out[id] && notNullColumns(in)[r.from[k][i]]
			}
		}
	case *setOpRel:
		in := notNullColumns(r.l)
		for i, id := range r.cols {
			out[id] = in[r.lcols[i]]
		}
	case *tableFuncRel:
		out = notNullColumns(r.in)
		if r.ord >= 0 {
			out[r.ord] = !r.outer
		}
	case *sharedRel:
		in := r.def.notNull()
		for i, id := range r.def.cols {
			out[r.cols[i]] = in[id]
		}
	default:
		return notNullColumns(r.inputs()[0])
	}
	return out
}

func addRejected(out colSet, cols []int, preds []expr.Expr) {
	for _, id := range cols {
		for _, p := range preds {
			out[id] = out[id] || plan.RejectsNull(p, id)
		}
	}
}

func notNullJoin(r *joinRel) colSet {
	out := colSet{}
	if r.kind != plan.Full {
		out = notNullColumns(r.l)
	}
	switch r.kind {
	case plan.Inner:
		for id, notNull := range notNullColumns(r.r) {
			out[id] = out[id] || notNull
		}
		addRejected(out, r.columns(), r.on)
		for _, k := range r.keys {
			if !k.nullSafe {
				out[k.l], out[k.r] = true, true
			}
		}
	case plan.Semi:
		addRejected(out, r.columns(), r.on)
		for _, k := range r.keys {
			out[k.l] = out[k.l] || !k.nullSafe
		}
	}
	return out
}

func notNullAgg(r *aggRel) colSet {
	in, out := notNullColumns(r.in), colSet{}
	for _, k := range r.keys {
		out[k] = in[k]
	}
	for i := range r.aggs {
		c := &r.aggs[i].call
		switch c.Fn.Name {
		case "count":
			out[r.aggs[i].id] = true
		case "sum", "min", "max", "avg", "bool_and", "bool_or":
			out[r.aggs[i].id] = !r.global && c.Filter == nil && nonNull(c.Args[0], in)
		}
	}
	return out
}

// howMany is how many rows a relation may have.
type howMany uint8

const (
	anyNumber howMany = iota
	atMostOne
	exactlyOne
)

// rowsOfRel bounds the rows of r, for each row of the outer query if it is correlated.
func rowsOfRel(r rel) howMany {
	switch r := r.(type) {
	case *valuesRel:
		if len(r.rows) == 1 {
			return exactlyOne
		}
	case *aggRel:
		if r.global {
			return exactlyOne
		}
	case *projectRel:
		return rowsOfRel(r.in)
	case *sortRel:
		return rowsOfRel(r.in)
	case *sharedRel:
		return rowsOfRel(r.def.in)
	case *joinRel:
		if r.kind == plan.Inner && len(r.on) == 0 && len(r.keys) == 0 && rowsOfRel(r.l) == exactlyOne && rowsOfRel(r.r) == exactlyOne {
			return exactlyOne
		}
	}
	if slices.ContainsFunc(keysOf(r), func(k []int) bool { return len(k) == 0 }) {
		return atMostOne
	}
	return anyNumber
}

// keysOf are sets of columns of r whose values, NULLs compared as equal, occur in one row
// at most.
func keysOf(r rel) [][]int {
	switch r := r.(type) {
	case *scanRel:
		return scanKeys(r)
	case *valuesRel:
		if len(r.rows) <= 1 {
			return [][]int{{}}
		}
	case *projectRel:
		return projectKeys(r)
	case *joinRel:
		return joinKeysOf(r)
	case *aggRel:
		keys := [][]int{r.keys}
		for _, k := range keysOf(r.in) {
			if setOf(r.keys...).hasAll(k) {
				keys = append(keys, k)
			}
		}
		return keys
	case *setOpRel:
		if !r.all {
			return [][]int{r.cols}
		}
	case *sharedRel:
		return renameKeys(r.def.keys(), r.def.cols, r.cols)
	case *tableFuncRel:
		if r.ord >= 0 {
			keys := keysOf(r.in)
			out := make([][]int, len(keys))
			for i, k := range keys {
				out[i] = append(slices.Clone(k), r.ord)
			}
			return out
		}
	case *singleRowRel:
		return append(slices.Clone(keysOf(r.in)), r.keys)
	case *limitRel:
		if k, ok := r.count.(*expr.Const); ok && !k.D.IsNull() && k.D.Int() <= 1 && !r.withTies {
			return [][]int{r.keys}
		}
		return keysOf(r.in)
	case *filterRel, *sortRel:
		return keysOf(r.inputs()[0])
	}
	return nil
}

func scanKeys(r *scanRel) [][]int {
	key := r.table.Key
	if pk := r.table.PrimaryKey(); pk != nil {
		key = pk
	}
	if key == nil {
		return nil
	}
	ids := make([]int, len(key))
	for i, p := range key {
		at := slices.Index(r.positions, p)
		if at < 0 {
			return nil
		}
		ids[i] = r.cols[at]
	}
	return [][]int{ids}
}

func projectKeys(r *projectRel) [][]int {
	from, to := []int{}, []int{}
	for _, it := range r.items {
		if c, ok := it.e.(*expr.Col); ok {
			from, to = append(from, c.Index), append(to, it.id)
		}
	}
	return renameKeys(keysOf(r.in), from, to)
}

func renameKeys(keys [][]int, from, to []int) [][]int {
	var out [][]int
next:
	for _, k := range keys {
		mapped := make([]int, len(k))
		for i, id := range k {
			at := slices.Index(from, id)
			if at < 0 {
				continue next
			}
			mapped[i] = to[at]
		}
		out = append(out, mapped)
	}
	return out
}

func joinKeysOf(r *joinRel) [][]int {
	l := keysOf(r.l)
	if r.kind == plan.Semi || r.kind == plan.Anti {
		return l
	}
	rk := keysOf(r.r)
	var out [][]int
	lcols, rcols := joinedColumns(r)
	if r.kind != plan.Full && uniqueOn(rk, rcols) {
		out = append(out, l...)
	}
	if r.kind == plan.Inner && uniqueOn(l, lcols) {
		out = append(out, rk...)
	}
	for _, lk := range l {
		for _, k := range rk {
			if r.kind != plan.Full || hasNotNull(r.l, lk) || hasNotNull(r.r, k) {
				return append(out, slices.Concat(lk, k))
			}
		}
	}
	return out
}

// hasNotNull reports whether a column of a key is never NULL. With two keys of NULLs a
// full join's row of one side alone equals one of the other side alone.
func hasNotNull(r rel, key []int) bool {
	notNull := notNullColumns(r)
	return slices.ContainsFunc(key, func(id int) bool { return notNull[id] })
}

func uniqueOn(keys [][]int, cols colSet) bool {
	return slices.ContainsFunc(keys, func(k []int) bool { return cols.hasAll(k) })
}

// joinedColumns are the columns of either side that a join fixes by equality.
func joinedColumns(r *joinRel) (l, rr colSet) {
	l, rr = colSet{}, colSet{}
	left, right := setOf(r.l.columns()...), setOf(r.r.columns()...)
	for _, k := range r.keys {
		l[k.l], rr[k.r] = true, true
	}
	for _, e := range r.on {
		if a, c, _, ok := equality(e, left, right); ok {
			if col, ok := a.(*expr.Col); ok {
				l[col.Index] = true
			}
			if col, ok := c.(*expr.Col); ok {
				rr[col.Index] = true
			}
		}
	}
	return l, rr
}

// equality splits l = r or l IS NOT DISTINCT FROM r between two sets of columns, so that
// the first operand is over left and the second over right.
func equality(e expr.Expr, left, right colSet) (l, r expr.Expr, nullSafe, ok bool) {
	if l, r, nullSafe, ok = equalSides(e); !ok {
		return nil, nil, false, false
	}
	if within(l, left) && within(r, right) {
		return l, r, nullSafe, true
	}
	if within(r, left) && within(l, right) {
		return r, l, nullSafe, true
	}
	return nil, nil, false, false
}

// equalSides are the operands of l = r or l IS NOT DISTINCT FROM r, if both use columns.
func equalSides(e expr.Expr) (l, r expr.Expr, nullSafe, ok bool) {
	switch e := e.(type) {
	case *expr.Call:
		if e.Fn.Name != "=" || len(e.Args) != 2 {
			return nil, nil, false, false
		}
		l, r = e.Args[0], e.Args[1]
	case *expr.DistinctFrom:
		if !e.Negate {
			return nil, nil, false, false
		}
		l, r, nullSafe = e.L, e.R, true
	default:
		return nil, nil, false, false
	}
	return l, r, nullSafe, len(colsOf(l)) > 0 && len(colsOf(r)) > 0
}
