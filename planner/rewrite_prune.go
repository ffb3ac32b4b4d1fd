package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/planner/plan"
)

// pruneColumns drops columns, aggregates and outer joins nobody looks at. Scans read only
// what is needed, and joins, which keep their input, keep no more than that.
func pruneColumns(b *binder, r rel, ids []int) rel {
	p := &pruner{b: b, defs: map[*shared]*prunedDef{}}
	out := p.prune(r, setOf(ids...))
	// A definition is pruned when all that read it have said what they need.
	order := definitions(r, nil)
	slices.Reverse(order)
	for _, def := range order {
		if d := p.defs[def]; d != nil {
			p.finish(def, d)
		}
	}
	return out
}

// definitions lists shared relations, each after those it reads.
func definitions(r rel, seen []*shared) []*shared {
	if s, ok := r.(*sharedRel); ok {
		if slices.Contains(seen, s.def) {
			return seen
		}
		return append(definitions(s.def.in, seen), s.def)
	}
	for _, in := range r.inputs() {
		seen = definitions(in, seen)
	}
	return seen
}

type pruner struct {
	b    *binder
	defs map[*shared]*prunedDef
}

// prunedDef gathers what all readers of a shared relation need; then it is pruned itself.
type prunedDef struct {
	need    []bool // parallel to the old definition's columns
	readers []*sharedRel
	def     *shared
}

func (s colSet) with(es ...expr.Expr) colSet {
	out := make(colSet, len(s))
	for id, in := range s {
		out[id] = in
	}
	for _, e := range es {
		walkCols(e, func(id int) { out[id] = true })
	}
	return out
}

func (s colSet) withCols(ids ...int) colSet {
	out := s.with()
	out.addAll(ids)
	return out
}

// prune returns r with at least the columns of need that it has.
func (p *pruner) prune(r rel, need colSet) rel {
	p.b.poll()
	switch n := r.(type) {
	case *scanRel:
		c := &scanRel{table: n.table, eq: n.eq}
		for i, id := range n.cols {
			if need[id] {
				c.cols, c.positions = append(c.cols, id), append(c.positions, n.positions[i])
			}
		}
		return c
	case *valuesRel:
		return pruneValues(n, need)
	case *projectRel:
		c := &projectRel{}
		for _, it := range n.items {
			if need[it.id] {
				c.items = append(c.items, it)
			}
		}
		c.in = p.prune(n.in, colSet{}.with(c.exprs()...))
		return c
	case *joinRel:
		return p.join(n, need)
	case *aggRel:
		c := &aggRel{keys: n.keys, global: n.global, steady: n.steady}
		for _, a := range n.aggs {
			if need[a.id] {
				c.aggs = append(c.aggs, a)
			}
		}
		c.in = p.prune(n.in, setOf(n.keys...).with(c.exprs()...))
		return c
	case *unionRel:
		return p.union(n, need)
	case *setOpRel:
		c := *n
		c.l, c.r = p.prune(n.l, setOf(n.lcols...)), p.prune(n.r, setOf(n.rcols...))
		return &c
	case *tableFuncRel:
		return n.withInputs([]rel{p.narrow(p.prune(n.in, need.with(n.exprs()...)), need.with(n.exprs()...))})
	case *singleRowRel:
		return n.withInputs([]rel{p.prune(n.in, need.withCols(n.keys...))})
	case *sortRel:
		for _, k := range n.keys {
			need = need.withCols(k.col)
		}
		return n.withInputs([]rel{p.prune(n.in, need)})
	case *limitRel:
		return n.withInputs([]rel{p.prune(n.in, need.with(n.exprs()...).withCols(n.keys...))})
	case *sharedRel:
		return p.shared(n, need)
	}
	// A filter.
	return r.withInputs([]rel{p.prune(r.inputs()[0], need.with(r.exprs()...))})
}

func pruneValues(n *valuesRel, need colSet) rel {
	c := &valuesRel{rows: make([][]expr.Expr, len(n.rows))}
	for j, id := range n.cols {
		if !need[id] {
			continue
		}
		c.cols = append(c.cols, id)
		for i, row := range n.rows {
			c.rows[i] = append(c.rows[i], row[j])
		}
	}
	return c
}

func (p *pruner) join(n *joinRel, need colSet) rel {
	if n.kind == plan.Left && !slices.ContainsFunc(n.r.columns(), func(id int) bool { return need[id] }) {
		// One match at most, and nobody looks at it.
		if _, right := joinedColumns(n); uniqueOn(keysOf(n.r), right) {
			return p.prune(n.l, need)
		}
	}
	all := need.with(n.on...)
	for _, k := range n.keys {
		all[k.l], all[k.r] = true, true
	}
	c := *n
	c.l, c.r = p.narrow(p.prune(n.l, all), all), p.narrow(p.prune(n.r, all), all)
	return &c
}

// narrow drops the columns of an input that its reader would keep for nothing.
func (p *pruner) narrow(r rel, need colSet) rel {
	cols := r.columns()
	var keep []int
	for _, id := range cols {
		if need[id] && !slices.Contains(keep, id) {
			keep = append(keep, id)
		}
	}
	if len(keep) == len(cols) {
		return r
	}
	return &projectRel{in: r, items: p.b.cols.passAll(keep)}
}

func (p *pruner) union(n *unionRel, need colSet) rel {
	c := &unionRel{from: make([][]int, len(n.from))}
	for i, id := range n.cols {
		if !need[id] {
			continue
		}
		c.cols = append(c.cols, id)
		for k := range n.from {
			c.from[k] = append(c.from[k], n.from[k][i])
		}
	}
	for k, in := range n.ins {
		c.ins = append(c.ins, p.prune(in, setOf(c.from[k]...)))
	}
	return c
}

// shared notes what one reader needs.
func (p *pruner) shared(n *sharedRel, need colSet) rel {
	d, ok := p.defs[n.def]
	if !ok {
		d = &prunedDef{need: make([]bool, len(n.def.cols)), def: newShared(emptyRel(nil), nil)}
		p.defs[n.def] = d
	}
	for i, id := range n.cols {
		d.need[i] = d.need[i] || need[id]
	}
	reader := &sharedRel{def: d.def, cols: n.cols}
	d.readers = append(d.readers, reader)
	return reader
}

// finish prunes a definition; all its readers see what is left.
func (p *pruner) finish(def *shared, d *prunedDef) {
	d.def.cols = keepNeeded(def.cols, d.need)
	d.def.define(p.prune(def.in, setOf(d.def.cols...)))
	for _, r := range d.readers {
		r.cols = keepNeeded(r.cols, d.need)
	}
}

func keepNeeded(ids []int, need []bool) []int {
	var out []int
	for i, id := range ids {
		if need[i] {
			out = append(out, id)
		}
	}
	return out
}
