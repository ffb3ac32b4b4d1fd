package plan

import (
	"slices"

	"streamdb/expr"
	"streamdb/types"
)

// Props is what is known of a node's rows, whatever its inputs hold.
type Props struct {
	// AppendOnly says that rows are never retracted.
	AppendOnly bool
	// Keys are sets of columns whose values, NULLs compared as equal, occur in one row at
	// most. An empty set says that there is at most one row.
	Keys [][]int
	// NotNull says which columns are never NULL.
	NotNull []bool
	// Hash is the columns by whose hash rows are spread over workers. Single says instead
	// that all rows are in one place. Neither: no known distribution.
	Hash   []int
	Single bool

	fixed bool // never changes: made of constants only
}

// Key is a smallest key, or nil if none is known.
func (p *Props) Key() []int {
	var best []int
	for _, k := range p.Keys {
		if best == nil || len(k) < len(best) {
			best = k
		}
	}
	return best
}

// Unique reports whether the columns contain a key.
func (p *Props) Unique(cols []int) bool {
	return slices.ContainsFunc(p.Keys, func(k []int) bool { return subset(k, cols) })
}

// maxKeys bounds the keys tracked per node, which joins would multiply.
const maxKeys = 8

func (p *Props) addKey(k []int) {
	k = slices.Compact(slices.Sorted(slices.Values(k)))
	if len(p.Keys) >= maxKeys || p.Unique(k) {
		return
	}
	p.Keys = append(p.Keys, k)
}

func subset(a, b []int) bool {
	return !slices.ContainsFunc(a, func(x int) bool { return !slices.Contains(b, x) })
}

// Deriver derives properties, each node's once. The zero Deriver is ready for use.
type Deriver struct{ memo map[Node]*Props }

// Derive returns the properties of n.
func Derive(n Node) *Props { return new(Deriver).Props(n) }

// Props returns the properties of n. They must not be changed.
func (d *Deriver) Props(n Node) *Props {
	if p, ok := d.memo[n]; ok {
		return p
	}
	p := d.derive(n)
	if d.memo == nil {
		d.memo = map[Node]*Props{}
	}
	d.memo[n] = p
	return p
}

func (d *Deriver) derive(n Node) *Props {
	switch n := n.(type) {
	case *Scan:
		return scanProps(n)
	case *Values:
		return valuesProps(n)
	case *Filter:
		return filterProps(n, d.Props(n.Input))
	case *Project:
		return projectProps(n, d.Props(n.Input))
	case *Join:
		return joinProps(n, d.Props(n.Left), d.Props(n.Right))
	case *Aggregate:
		return aggregateProps(n, d.Props(n.Input))
	case *Union:
		return d.unionProps(n)
	case *SetOp:
		return setOpProps(n, d.Props(n.Left), d.Props(n.Right))
	case *TableFunc:
		return tableFuncProps(n, d.Props(n.Input))
	case *SingleRow:
		p := *d.Props(n.Input)
		p.Keys = slices.Clone(p.Keys)
		p.addKey(n.Keys)
		return &p
	case *Limit:
		p := *d.Props(n.Input)
		p.AppendOnly, p.Hash, p.Single = p.fixed, nil, true
		if k, ok := n.Count.(*expr.Const); ok && !k.D.IsNull() && k.D.Int() <= 1 && !n.WithTies {
			p.Keys = slices.Clone(p.Keys)
			p.addKey(n.Keys)
		}
		return &p
	case *Sort:
		p := *d.Props(n.Input)
		p.Hash, p.Single = nil, true
		return &p
	case *Exchange:
		p := *d.Props(n.Input)
		p.Hash, p.Single = n.Keys, len(n.Keys) == 0
		return &p
	}
	return &Props{NotNull: make([]bool, len(n.Schema()))}
}

func scanProps(n *Scan) *Props {
	p := &Props{AppendOnly: n.Append, NotNull: make([]bool, len(n.Out))}
	for i, c := range n.Out {
		p.NotNull[i] = c.NotNull
	}
	if n.Key != nil {
		p.addKey(n.Key)
		p.Hash = n.Key
	}
	return p
}

func valuesProps(n *Values) *Props {
	p := &Props{AppendOnly: true, fixed: true, Single: true, NotNull: make([]bool, len(n.Out))}
	for i := range n.Out {
		p.NotNull[i] = !slices.ContainsFunc(n.Rows, func(r []expr.Expr) bool { return !NotNull(r[i], nil) })
	}
	if len(n.Rows) <= 1 {
		p.addKey(nil)
	}
	return p
}

func filterProps(n *Filter, in *Props) *Props {
	p := *in
	p.NotNull = slices.Clone(in.NotNull)
	for _, c := range Conjuncts(n.Pred) {
		for i := range p.NotNull {
			p.NotNull[i] = p.NotNull[i] || RejectsNull(c, i)
		}
	}
	return &p
}

func projectProps(n *Project, in *Props) *Props {
	p := &Props{AppendOnly: in.AppendOnly, fixed: in.fixed, Single: in.Single, NotNull: make([]bool, len(n.Exprs))}
	for i, e := range n.Exprs {
		p.NotNull[i] = NotNull(e, in.NotNull)
	}
	at := copies(n)
	for _, k := range in.Keys {
		if mapped, ok := mapColumns(k, at); ok {
			p.addKey(mapped)
		}
	}
	if mapped, ok := mapColumns(in.Hash, at); ok && in.Hash != nil {
		p.Hash = mapped
	}
	return p
}

// copies maps each input column to the first output column that is a copy of it.
func copies(n *Project) map[int]int {
	at := map[int]int{}
	for i, e := range n.Exprs {
		if c, ok := e.(*expr.Col); ok {
			if _, dup := at[c.Index]; !dup {
				at[c.Index] = i
			}
		}
	}
	return at
}

func mapColumns(cols []int, at map[int]int) ([]int, bool) {
	out := make([]int, len(cols))
	for i, c := range cols {
		o, ok := at[c]
		if !ok {
			return nil, false
		}
		out[i] = o
	}
	return out, true
}

// aggregateProps: groups are told apart by their keys. DISTINCT alone over rows that are
// only added only adds groups, unless a group's image may change.
func aggregateProps(n *Aggregate, in *Props) *Props {
	p := &Props{fixed: in.fixed, NotNull: make([]bool, len(n.Out))}
	group := make([]int, len(n.Keys))
	exact := true
	for i, k := range n.Keys {
		group[i] = i
		p.NotNull[i] = in.NotNull[k]
		exact = exact && ExactEquality(n.Out[i].Type)
	}
	for i := range n.Aggs {
		p.NotNull[len(n.Keys)+i] = aggNotNull(&n.Aggs[i], n.Global, in.NotNull)
	}
	p.AppendOnly = in.fixed || in.AppendOnly && !n.Global && len(n.Aggs) == 0 && exact
	p.Hash, p.Single = group, len(group) == 0
	for _, k := range in.Keys {
		if mapped, ok := mapColumns(k, positions(n.Keys)); ok {
			p.addKey(mapped)
		}
	}
	p.addKey(group)
	return p
}

func positions(cols []int) map[int]int {
	at := map[int]int{}
	for i, c := range cols {
		at[c] = i
	}
	return at
}

// aggNotNull: count is never NULL; the others are not when their group has a row that
// counts.
func aggNotNull(a *expr.AggCall, global bool, in []bool) bool {
	if a.Fn.Name == "count" {
		return true
	}
	if global || a.Filter != nil || len(a.Args) == 0 {
		return false
	}
	switch a.Fn.Name {
	case "sum", "min", "max", "avg", "bool_and", "bool_or", "every":
		return NotNull(a.Args[0], in)
	}
	return false
}

func (d *Deriver) unionProps(n *Union) *Props {
	p := &Props{AppendOnly: true, fixed: true, NotNull: make([]bool, len(n.Out))}
	for i := range p.NotNull {
		p.NotNull[i] = true
	}
	for _, in := range n.Ins {
		q := d.Props(in)
		p.AppendOnly = p.AppendOnly && q.AppendOnly
		p.fixed = p.fixed && q.fixed
		for i := range p.NotNull {
			p.NotNull[i] = p.NotNull[i] && q.NotNull[i]
		}
	}
	return p
}

// setOpProps: INTERSECT only grows while both sides do; EXCEPT only while nothing is added
// on its right.
func setOpProps(n *SetOp, l, r *Props) *Props {
	p := &Props{fixed: l.fixed && r.fixed, NotNull: slices.Clone(l.NotNull)}
	exact, all := true, make([]int, len(n.Out))
	for i, c := range n.Out {
		all[i] = i
		exact = exact && ExactEquality(c.Type)
		p.NotNull[i] = p.NotNull[i] || !n.Except && r.NotNull[i]
	}
	p.AppendOnly = p.fixed || exact && l.AppendOnly && (r.fixed || !n.Except && r.AppendOnly)
	for _, k := range l.Keys {
		p.addKey(k)
	}
	if !n.All {
		p.addKey(all)
	}
	p.Hash, p.Single = all, len(all) == 0
	return p
}

func tableFuncProps(n *TableFunc, in *Props) *Props {
	p := &Props{AppendOnly: in.AppendOnly, fixed: in.fixed, Hash: in.Hash, Single: in.Single, NotNull: make([]bool, len(n.Out))}
	copy(p.NotNull, in.NotNull)
	if n.Ordinality {
		ord := len(n.Out) - 1
		p.NotNull[ord] = !n.Outer
		for _, k := range in.Keys {
			p.addKey(append(slices.Clone(k), ord))
		}
	}
	return p
}

// ExactEquality reports whether equal values of a type are always the same value, so that
// no image is lost by grouping or joining: not for numeric (1.0 = 1.00), floats (−0 = 0),
// interval, padded character types, jsonb and arrays of these.
func ExactEquality(t types.Type) bool {
	if t.IsArray() {
		t = t.ElemType()
	}
	switch t.Base() {
	case types.JSONB, types.BPChar:
		return false
	}
	switch t.Kind() {
	case types.KindNumeric, types.KindFloat32, types.KindFloat64, types.KindInterval:
		return false
	}
	return true
}
