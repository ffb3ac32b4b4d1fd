package oracle

import "slices"

// edit makes a query smaller and returns how to undo that.
type edit func() (undo func())

// edits lists the ways to make the query smaller, the big steps first. Some
// make it invalid; then it fails on PG and the shrinker undoes them.
func (q *Query) edits() []edit {
	var out []edit
	q.walk(func(**Expr) {}, func(sub *Query) { out = append(out, sub.clauseEdits()...) })
	q.walk(func(slot **Expr) { out = append(out, exprEdits(slot)...) }, func(*Query) {})
	return out
}

func assign[T any](slot *T, value T) edit {
	return func() func() {
		before := *slot
		*slot = value
		return func() { *slot = before }
	}
}

// clauseEdits are the edits of one query, without its parts.
func (q *Query) clauseEdits() []edit {
	var out []edit
	if q.Limit != nil {
		out = append(out, assign(&q.Limit, nil))
	}
	if q.Op != "" {
		for _, side := range []*Query{q.Left, q.Right} {
			replacement := *side
			replacement.With = append(slices.Clone(q.With), side.With...)
			if q.Limit == nil {
				out = append(out, assign(q, replacement))
			}
		}
		return out
	}
	for i := range q.With {
		out = append(out, assign(&q.With, slices.Delete(slices.Clone(q.With), i, i+1)))
	}
	if q.Where != nil {
		out = append(out, assign(&q.Where, nil))
	}
	if q.Having != nil {
		out = append(out, assign(&q.Having, nil))
	}
	if q.Distinct {
		out = append(out, assign(&q.Distinct, false))
	}
	for i := range q.GroupBy {
		out = append(out, assign(&q.GroupBy, slices.Delete(slices.Clone(q.GroupBy), i, i+1)))
	}
	if len(q.Items) > 1 {
		for i := range q.Items {
			out = append(out, assign(&q.Items, slices.Delete(slices.Clone(q.Items), i, i+1)))
		}
	}
	if len(q.Values) > 1 {
		for i := range q.Values {
			out = append(out, assign(&q.Values, slices.Delete(slices.Clone(q.Values), i, i+1)))
		}
	}
	if q.From != nil {
		out = append(out, assign(&q.From, nil))
		out = append(out, fromEdits(&q.From)...)
	}
	return out
}

func fromEdits(slot **From) []edit {
	f := *slot
	switch {
	case f.Tumble != nil:
		return []edit{assign(&f.Tumble, nil)}
	case f.Ordinality:
		return []edit{assign(&f.Ordinality, false)}
	case f.Join == "":
		return nil
	}
	out := []edit{assign(slot, f.Left), assign(slot, f.Right)}
	if f.Natural {
		out = append(out, assign(&f.Natural, false))
	}
	if f.Join != "INNER" && f.Join != "CROSS" {
		out = append(out, assign(&f.Join, "INNER"))
	}
	out = append(out, fromEdits(&f.Left)...)
	return append(out, fromEdits(&f.Right)...)
}

// exprEdits replace an expression by a kid of its type, or by a constant.
func exprEdits(slot **Expr) []edit {
	e := *slot
	if len(e.Kids) == 0 && e.Sub == nil {
		return nil
	}
	var out []edit
	if !e.Fixed {
		for _, kid := range e.Kids {
			if kid.Kind == e.Kind {
				out = append(out, assign(slot, kid))
			}
		}
	}
	if e.Kind.Base != "" {
		out = append(out, assign(slot, leaf(e.Kind, plainLiteral(e.Kind))))
	}
	return out
}
