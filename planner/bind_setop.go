package planner

import (
	"slices"
	"strconv"

	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

var setOpNames = map[sql.SetOpKind]string{sql.Union: "UNION", sql.Intersect: "INTERSECT", sql.Except: "EXCEPT"}

// setOp binds UNION, INTERSECT and EXCEPT.
func (b *binder) setOp(s *sql.SetOp, outer *scope) (*boundQuery, error) {
	l, err := b.query(s.Left, outer, false)
	if err != nil {
		return nil, err
	}
	r, err := b.query(s.Right, outer, false)
	if err != nil {
		return nil, err
	}
	name := setOpNames[s.Kind]
	if len(l.out) != len(r.out) {
		pos := sql.NoPos
		if len(r.out) > 0 {
			pos = r.out[0].pos
		}
		return nil, b.fail(pos, pgerr.SyntaxError, "each %s query must have the same number of columns", name)
	}
	out, err := b.matchColumns(name, l, r)
	if err != nil {
		return nil, err
	}
	bound := &boundQuery{out: out}
	ids := bound.ids()
	if !s.All || s.Kind != sql.Union {
		if err := b.checkEquality(ids, out); err != nil {
			return nil, err
		}
	}
	if s.Kind != sql.Union {
		bound.rel = &setOpRel{except: s.Kind == sql.Except, all: s.All, l: l.rel, r: r.rel, lcols: l.ids(), rcols: r.ids(), cols: ids}
		return bound, nil
	}
	bound.rel = &unionRel{ins: []rel{l.rel, r.rel}, from: [][]int{l.ids(), r.ids()}, cols: ids}
	if !s.All {
		bound.rel = &aggRel{in: bound.rel, keys: ids}
	}
	return bound, nil
}

// checkEquality fails for columns whose values cannot be compared.
func (b *binder) checkEquality(ids []int, out []outCol) error {
	for i, id := range ids {
		if _, err := expr.EqualityOp(b.cols[id].typ); err != nil {
			return b.at(err, out[i].pos)
		}
	}
	return nil
}

// matchColumns brings both sides to common types and numbers the result's columns.
func (b *binder) matchColumns(name string, l, r *boundQuery) ([]outCol, error) {
	le, re := make([]expr.Expr, len(l.out)), make([]expr.Expr, len(l.out))
	out := make([]outCol, len(l.out))
	for i := range l.out {
		es := []expr.Expr{b.output(l.out[i]), b.output(r.out[i])}
		es, t, err := b.unify(name, es, []sql.Pos{l.out[i].pos, r.out[i].pos})
		if err != nil {
			return nil, err
		}
		le[i], re[i] = es[0], es[1]
		out[i] = outCol{name: l.out[i].name, id: b.cols.add(l.out[i].name, t), pos: l.out[i].pos}
	}
	b.recompute(l, le)
	b.recompute(r, re)
	return out, nil
}

// output is a result column as an expression, an undecided literal as itself.
func (b *binder) output(o outCol) expr.Expr {
	if o.lit != nil {
		return b.params.settle(o.lit)
	}
	return b.cols.col(o.id)
}

// recompute replaces the result of q by expressions over it.
func (b *binder) recompute(q *boundQuery, es []expr.Expr) {
	same := true
	items := make([]item, len(es))
	for i, e := range es {
		if c, ok := e.(*expr.Col); ok && c.Index == q.out[i].id {
			items[i] = item{q.out[i].id, e}
			continue
		}
		same = false
		items[i] = item{b.cols.add(q.out[i].name, e.Type()), e}
		q.out[i].id, q.out[i].lit = items[i].id, nil
	}
	if !same {
		q.rel = &projectRel{in: q.rel, items: items}
	}
}

// outputIndex finds the result column that an item of ORDER BY, GROUP BY or DISTINCT ON
// names or counts; −1 if it does neither.
func (b *binder) outputIndex(out []outCol, e sql.Expr, cl clause) (int, error) {
	switch e := e.(type) {
	case *sql.ColumnRef:
		if len(e.Names) != 1 || e.Star {
			return -1, nil
		}
		found := -1
		for i, o := range out {
			if o.name != e.Names[0] {
				continue
			}
			if found >= 0 && out[found].id != o.id {
				return 0, b.fail(e.Pos, pgerr.AmbiguousColumn, "%s \"%s\" is ambiguous", cl, o.name)
			}
			if found < 0 {
				found = i
			}
		}
		return found, nil
	case *sql.Literal:
		if e.Kind != sql.LiteralInteger {
			return 0, b.fail(e.Pos, pgerr.SyntaxError, "non-integer constant in %s", cl)
		}
		n, err := strconv.Atoi(e.Text)
		if err != nil || n < 1 || n > len(out) {
			return 0, b.fail(e.Pos, pgerr.InvalidColumnReference, "%s position %s is not in select list", cl, e.Text)
		}
		return n - 1, nil
	}
	return -1, nil
}

// columnN is the name PostgreSQL gives the j-th column of VALUES.
func columnN(j int) string { return "column" + strconv.Itoa(j+1) }

// distinctIDs numbers the result's columns so that no number occurs twice.
func (b *binder) distinctIDs(items []item) []item {
	seen := colSet{}
	items = slices.Clone(items)
	for i, it := range items {
		if seen[it.id] {
			items[i].id = b.cols.copyOf(it.id)
		}
		seen[items[i].id] = true
	}
	return items
}

// typeOf is the type of a column.
func (b *binder) typeOf(id int) types.Type { return b.cols[id].typ }
