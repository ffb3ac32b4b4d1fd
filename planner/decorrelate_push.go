package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// pusher pushes the distinct outer values of one dependent join into its right side. Every
// push returns the relation with columns added that hold the outer ones, and which.
type pusher struct {
	d     *decorrelator
	b     *binder
	outer []int
	set   colSet
	l     rel     // the join's left side: shared once the distinct outer values are taken from it
	r     rel     // its right side
	dom   *shared // the distinct outer values, once they are needed
	// free says that they may be left out where the right side equates them with its own
	// columns: it is then evaluated for values that no outer row has, which must not be
	// noticed.
	free bool
	done map[*shared]*shared
}

func newPusher(d *decorrelator, l rel, outer []int, r rel, above []expr.Expr) (*pusher, error) {
	l, outer, err := d.b.tellApart(l, outer, r, above)
	if err != nil {
		return nil, err
	}
	set := setOf(outer...)
	return &pusher{
		d: d, b: d.b, outer: outer, set: set, l: l, r: r, done: map[*shared]*shared{},
		free: !mayRaise(above...) && unnoticed(r, set),
	}, nil
}

// tellApart adds the text of outer columns whose equal values may look different, such as
// 1.0 and 1.00, to the columns that r is evaluated for: it may give different rows for them.
// What is only compared needs no text.
func (b *binder) tellApart(l rel, outer []int, r rel, above []expr.Expr) (rel, []int, error) {
	var texts []item
	for _, id := range outer {
		c := b.cols.col(id)
		if plan.ExactEquality(c.Type()) || countUses(r, id) == equatedUses(r, id) && !setOf().with(above...)[id] {
			continue
		}
		text, err := b.coerce(c, types.Text, expr.CastExplicit, sql.NoPos)
		if err != nil {
			return nil, nil, err
		}
		texts = append(texts, item{b.cols.add("text", types.Text), text})
	}
	if len(texts) == 0 {
		return l, outer, nil
	}
	outer = slices.Clone(outer)
	for _, t := range texts {
		outer = append(outer, t.id)
	}
	return &projectRel{in: l, items: slices.Concat(b.cols.passAll(l.columns()), texts)}, outer, nil
}

// equatedUses counts the conditions x = outer column of r.
func equatedUses(r rel, id int) int {
	n, outer := 0, setOf(id)
	if f, ok := r.(*filterRel); ok {
		own := setOf(f.in.columns()...)
		for _, e := range f.preds {
			if _, a, _, ok := equality(e, own, outer); ok {
				if _, ok := a.(*expr.Col); ok {
					n++
				}
			}
		}
	}
	if s, ok := r.(*sharedRel); ok {
		n += equatedUses(s.def.in, id)
	}
	for _, in := range r.inputs() {
		n += equatedUses(in, id)
	}
	return n
}

// unnoticed reports whether the correlated part of r may be evaluated for outer values that
// do not exist: nothing in it raises, or makes a row out of none.
func unnoticed(r rel, outer colSet) bool {
	if !dependsOn(r, outer) {
		return true
	}
	switch n := r.(type) {
	case *singleRowRel:
		return false
	case *aggRel:
		if n.global {
			return false
		}
	case *limitRel:
		// A value may be no valid limit.
		if len(colsOf(n.exprs()...)) > 0 {
			return false
		}
	case *sharedRel:
		return unnoticed(n.def.in, outer)
	}
	return !mayRaise(r.exprs()...) && !slices.ContainsFunc(r.inputs(), func(in rel) bool { return !unnoticed(in, outer) })
}

// countUses counts the places where r uses an outer column.
func countUses(r rel, id int) int {
	n := 0
	for _, e := range r.exprs() {
		walkCols(e, func(c int) {
			if c == id {
				n++
			}
		})
	}
	if s, ok := r.(*sharedRel); ok {
		n += countUses(s.def.in, id)
	}
	for _, in := range r.inputs() {
		n += countUses(in, id)
	}
	return n
}

// domain is one reading of the distinct outer values.
func (p *pusher) domain() (rel, map[int]int) {
	if p.dom == nil {
		cols := p.l.columns()
		def := share(p.l)
		p.l = &sharedRel{def: def, cols: cols}
		copies, _ := p.b.readShared(def)
		keys := make([]int, len(p.outer))
		for i, id := range p.outer {
			keys[i] = copies.cols[slices.Index(cols, id)]
		}
		p.dom = share(&aggRel{in: &projectRel{in: copies, items: p.b.cols.passAll(keys)}, keys: keys})
	}
	r, names := p.b.readShared(p.dom)
	m := map[int]int{}
	for i, id := range p.outer {
		m[id] = names[i].id
	}
	return r, m
}

func (p *pusher) dependent(r rel) bool { return dependsOn(r, p.set) }

// push adds the outer columns to r and makes what was correlated use them.
func (p *pusher) push(r rel) (rel, map[int]int, error) {
	p.d.b.poll()
	if !p.dependent(r) {
		dom, m := p.domain()
		return &joinRel{kind: plan.Inner, l: r, r: dom}, m, nil
	}
	switch n := r.(type) {
	case *filterRel:
		return p.filter(n)
	case *projectRel:
		in, m, err := p.push(n.in)
		if err != nil {
			return nil, nil, err
		}
		c := &projectRel{in: in, items: n.items}
		c, _ = c.withExprs(asCols(p.b, m).inAll(n.exprs())).(*projectRel)
		have := setOf(c.columns()...)
		for _, id := range p.mapped(m) {
			if !have[id] {
				c.items = append(c.items, p.b.cols.pass(id))
			}
		}
		return c, m, nil
	case *joinRel:
		return p.join(n)
	case *aggRel:
		return p.aggregate(n)
	case *unionRel:
		return p.union(n)
	case *setOpRel:
		return p.setOp(n)
	case *tableFuncRel:
		in, m, err := p.push(n.in)
		if err != nil {
			return nil, nil, err
		}
		return n.withInputs([]rel{in}).withExprs(asCols(p.b, m).inAll(n.exprs())), m, nil
	case *singleRowRel:
		in, m, err := p.push(n.in)
		return &singleRowRel{in: in, keys: slices.Concat(n.keys, p.mapped(m))}, m, err
	case *sortRel:
		return p.push(n.in)
	case *sharedRel:
		return p.shared(n)
	case *limitRel:
		return p.limit(n)
	}
	return nil, nil, pgerr.Internal("correlated %T", r)
}

func (p *pusher) mapped(m map[int]int) []int { return unique(mapped(p.outer, m)) }

// filter pushes into a filter's input, unless the filter itself says what the outer
// columns are.
func (p *pusher) filter(n *filterRel) (rel, map[int]int, error) {
	if p.free && !p.dependent(n.in) {
		if r, m, ok := p.equated(n); ok {
			return r, m, nil
		}
	}
	in, m, err := p.push(n.in)
	if err != nil {
		return nil, nil, err
	}
	return &filterRel{in: in, preds: asCols(p.b, m).inAll(n.preds)}, m, nil
}

// equated finds a column of the input for every outer column, from conditions x = outer.
// The outer column's value is x then, wherever the condition holds.
func (p *pusher) equated(n *filterRel) (rel, map[int]int, bool) {
	own := setOf(n.in.columns()...)
	m, spent := map[int]int{}, map[int]bool{}
	items := p.b.cols.passAll(n.in.columns())
	for i, e := range n.preds {
		x, a, nullSafe, ok := equality(e, own, p.set)
		c, isCol := a.(*expr.Col)
		if !ok || nullSafe || !isCol {
			continue
		}
		// An equal value that may look different, such as 1.0 for 1.00, can stand for it only
		// if nothing else looks at it.
		if _, have := m[c.Index]; have || x.Type().OID != c.T.OID || !plan.ExactEquality(c.T) && countUses(p.r, c.Index) > 1 {
			continue
		}
		if xc, ok := x.(*expr.Col); ok {
			m[c.Index] = xc.Index
		} else {
			it := item{p.b.cols.add(p.b.cols[c.Index].name, x.Type()), x}
			items, m[c.Index] = append(items, it), it.id
		}
		spent[i] = true
	}
	if len(m) < len(p.outer) {
		return nil, nil, false
	}
	var preds []expr.Expr
	for i, e := range n.preds {
		if !spent[i] {
			preds = append(preds, asCols(p.b, m).in(e))
		}
	}
	for _, id := range p.mapped(m) {
		preds = append(preds, &expr.IsNull{Arg: p.b.cols.col(id), Negate: true})
	}
	return &filterRel{in: &projectRel{in: n.in, items: items}, preds: preds}, m, true
}

// join pushes into the side that must carry the outer columns, and into the other where it
// is correlated too; then both are joined on them.
func (p *pusher) join(n *joinRel) (rel, map[int]int, error) {
	inner := correlation(n)
	rightDependent := p.dependent(n.r)
	if n.kind == plan.Inner && len(inner) == 0 && !p.dependent(n.l) && rightDependent {
		r, m, err := p.push(n.r)
		if err != nil {
			return nil, nil, err
		}
		return &joinRel{kind: n.kind, l: n.l, r: r, on: asCols(p.b, m).inAll(n.on)}, m, nil
	}
	l, m, err := p.push(n.l)
	if err != nil {
		return nil, nil, err
	}
	sub := asCols(p.b, m)
	on := sub.inAll(n.on)
	switch {
	case len(inner) > 0:
		return &joinRel{kind: n.kind, l: l, r: sub.free(n.r), on: on}, m, nil
	case !rightDependent && n.kind != plan.Full:
		return &joinRel{kind: n.kind, l: l, r: n.r, on: on}, m, nil
	}
	r, rm, err := p.push(n.r)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range p.outer {
		e, err := p.b.equate(m[id], rm[id], true)
		if err != nil {
			return nil, nil, err
		}
		on = append(on, e)
	}
	out := &joinRel{kind: n.kind, l: l, r: r, on: on}
	if n.kind != plan.Full {
		return out, m, nil
	}
	return p.eitherSide(out, m, rm)
}

// eitherSide takes the outer columns of a full join from the side that has a row.
func (p *pusher) eitherSide(j *joinRel, lm, rm map[int]int) (rel, map[int]int, error) {
	items, m := p.b.cols.passAll(j.columns()), map[int]int{}
	for _, id := range p.outer {
		both := []expr.Expr{p.b.cols.col(lm[id]), p.b.cols.col(rm[id])}
		m[id] = p.b.cols.copyOf(id)
		items = append(items, item{m[id], &expr.Coalesce{Args: both, T: p.b.typeOf(id)}})
	}
	return &projectRel{in: j, items: items}, m, nil
}

// aggregate groups by the outer columns as well. Where the aggregate gives a row for no
// rows, the distinct outer values are joined with the groups.
func (p *pusher) aggregate(n *aggRel) (rel, map[int]int, error) {
	in, m, err := p.push(n.in)
	if err != nil {
		return nil, nil, err
	}
	args := asCols(p.b, m).inAll(n.exprs())
	if !n.global {
		a := &aggRel{in: in, keys: unique(slices.Concat(n.keys, p.mapped(m))), aggs: n.aggs, steady: n.steady}
		return a.withExprs(args), m, nil
	}
	aggs, items := p.b.renumber(n.aggs)
	grouped := (&aggRel{in: in, keys: p.mapped(m), aggs: aggs}).withExprs(args)
	dom, dm := p.domain()
	on := make([]expr.Expr, len(p.outer))
	for i, id := range p.outer {
		if on[i], err = p.b.equate(dm[id], m[id], true); err != nil {
			return nil, nil, err
		}
	}
	j := &joinRel{kind: plan.Left, l: dom, r: grouped, on: on}
	return &projectRel{in: j, items: append(items, p.b.cols.passAll(p.mapped(dm))...)}, dm, nil
}

// limit cuts the rows of every value of the outer columns.
func (p *pusher) limit(n *limitRel) (rel, map[int]int, error) {
	in, order := n.in, []sortKey(nil)
	if s, ok := in.(*sortRel); ok {
		in, order = s.in, s.keys
	}
	in, m, err := p.push(in)
	if err != nil {
		return nil, nil, err
	}
	outer := p.mapped(m)
	var first []sortKey
	for _, id := range outer {
		first = append(first, sortKey{col: id})
	}
	c := *n
	c.in, c.keys = &sortRel{in: in, keys: slices.Concat(first, order)}, slices.Concat(outer, n.keys)
	return c.withExprs(asCols(p.b, m).inAll(n.exprs())), m, nil
}

func (p *pusher) union(n *unionRel) (rel, map[int]int, error) {
	c := &unionRel{cols: slices.Clone(n.cols)}
	m := p.fresh()
	for i, in := range n.ins {
		r, im, err := p.push(in)
		if err != nil {
			return nil, nil, err
		}
		c.ins = append(c.ins, r)
		c.from = append(c.from, slices.Concat(n.from[i], mapped(p.outer, im)))
	}
	c.cols = append(c.cols, mapped(p.outer, m)...)
	return c, m, nil
}

func (p *pusher) fresh() map[int]int {
	m := map[int]int{}
	for _, id := range p.outer {
		m[id] = p.b.cols.copyOf(id)
	}
	return m
}

func (p *pusher) setOp(n *setOpRel) (rel, map[int]int, error) {
	l, lm, err := p.push(n.l)
	if err != nil {
		return nil, nil, err
	}
	r, rm, err := p.push(n.r)
	if err != nil {
		return nil, nil, err
	}
	m := p.fresh()
	return &setOpRel{
		except: n.except, all: n.all, l: l, r: r,
		lcols: slices.Concat(n.lcols, mapped(p.outer, lm)),
		rcols: slices.Concat(n.rcols, mapped(p.outer, rm)),
		cols:  slices.Concat(n.cols, mapped(p.outer, m)),
	}, m, nil
}

// shared pushes into a shared definition once; each reader gets copies of its own.
func (p *pusher) shared(n *sharedRel) (rel, map[int]int, error) {
	def, ok := p.done[n.def]
	if !ok {
		in, m, err := p.push(n.def.in)
		if err != nil {
			return nil, nil, err
		}
		items := p.b.cols.passAll(n.def.cols)
		for _, id := range p.outer {
			items = append(items, item{p.b.cols.copyOf(m[id]), p.b.cols.col(m[id])})
		}
		def = share(&projectRel{in: in, items: items})
		p.done[n.def] = def
	}
	m := p.fresh()
	return &sharedRel{def: def, cols: slices.Concat(n.cols, mapped(p.outer, m))}, m, nil
}
