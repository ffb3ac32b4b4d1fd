package planner

import (
	"slices"

	"streamdb/expr"
	"streamdb/planner/plan"
)

// orderJoins rebuilds a tree of inner joins as a left-deep one in the order of FROM, except
// that a relation without an equality to those before it waits until there is one: FROM a,
// b, c WHERE a.x = c.x AND c.y = b.y joins a, c, b and never multiplies a by b. Trees
// without such a product stay as written.
func orderJoins(b *binder, r rel, _ []int) rel {
	o := &joinOrderer{b: b, done: map[*shared]*shared{}}
	return o.rel(r)
}

// joinOrderer goes from the top down, so that a tree of joins is taken apart once.
type joinOrderer struct {
	b    *binder
	done map[*shared]*shared
}

func (o *joinOrderer) rel(r rel) rel {
	o.b.poll()
	if s, ok := r.(*sharedRel); ok {
		def, ok := o.done[s.def]
		if !ok {
			def = newShared(o.rel(s.def.in), s.def.cols)
			o.done[s.def] = def
		}
		return &sharedRel{def: def, cols: s.cols}
	}
	if !flattens(r) {
		return o.inputs(r)
	}
	t := &joinTree{b: o.b}
	t.flatten(r)
	if len(t.leaves) < 3 || !t.hasProduct {
		return o.asWritten(r)
	}
	for i, leaf := range t.leaves {
		t.leaves[i] = o.rel(leaf)
	}
	return t.build()
}

// asWritten keeps a tree of joins and goes on below it.
func (o *joinOrderer) asWritten(r rel) rel {
	o.b.poll()
	if !flattens(r) {
		return o.rel(r)
	}
	c := *r.(*joinRel)
	c.l, c.r = o.asWritten(c.l), o.asWritten(c.r)
	return &c
}

func (o *joinOrderer) inputs(r rel) rel {
	ins := r.inputs()
	if len(ins) == 0 {
		return r
	}
	mapped := make([]rel, len(ins))
	for i, in := range ins {
		mapped[i] = o.rel(in)
	}
	return r.withInputs(mapped)
}

// flattens reports whether r is a join whose inputs may be joined in another order.
func flattens(r rel) bool {
	j, ok := r.(*joinRel)
	return ok && j.kind == plan.Inner && !mayRaise(j.on...)
}

// joinTree is a tree of inner joins taken apart.
type joinTree struct {
	b          *binder
	leaves     []rel
	preds      []expr.Expr
	hasProduct bool
}

func (t *joinTree) flatten(r rel) {
	t.b.poll()
	if !flattens(r) {
		t.leaves = append(t.leaves, r)
		return
	}
	j := r.(*joinRel)
	l, rr := joinedColumns(j)
	t.hasProduct = t.hasProduct || len(l) == 0 && len(rr) == 0 && !hasEquality(j)
	t.flatten(j.l)
	t.flatten(j.r)
	t.preds = append(t.preds, j.on...)
}

func hasEquality(j *joinRel) bool {
	left, right := setOf(j.l.columns()...), setOf(j.r.columns()...)
	return slices.ContainsFunc(j.on, func(e expr.Expr) bool {
		_, _, _, ok := equality(e, left, right)
		return ok
	})
}

func (t *joinTree) build() rel {
	out := t.leaves[0]
	c := newConnections(t)
	c.join(0)
	rest := make([]int, 0, len(t.leaves)) // leaves not yet joined, in order
	for i := 1; i < len(t.leaves); i++ {
		rest = append(rest, i)
	}
	for len(rest) > 0 {
		t.b.poll()
		next := max(slices.IndexFunc(rest, func(i int) bool { return c.ready[i] }), 0)
		leaf := rest[next]
		rest = slices.Delete(rest, next, next+1)
		c.join(leaf)
		out = &joinRel{kind: plan.Inner, l: out, r: t.leaves[leaf], on: c.take()}
	}
	return addPreds(out, c.left())
}

// connections follows which conditions of a tree can be evaluated, and which leaves an
// equality ties to those joined so far, as leaves are joined one by one.
type connections struct {
	t       *joinTree
	ready   []bool         // by leaf
	missing []int          // by condition: columns of leaves not yet joined
	now     []int          // conditions that can be evaluated and have not been taken
	done    []bool         // by condition: taken
	users   map[int][]int  // conditions by column
	ends    map[int][]*end // ends of equalities by column
}

// end is one side of an equality; leaf is where all columns of the other side are, or −1.
type end struct{ missing, leaf int }

func newConnections(t *joinTree) *connections {
	c := &connections{
		t: t, ready: make([]bool, len(t.leaves)), missing: make([]int, len(t.preds)), done: make([]bool, len(t.preds)),
		users: map[int][]int{}, ends: map[int][]*end{},
	}
	leafOf := map[int]int{}
	for i, leaf := range t.leaves {
		for _, id := range leaf.columns() {
			leafOf[id] = i
		}
	}
	for i, p := range t.preds {
		t.b.poll()
		cols := colsOf(p)
		if c.missing[i] = len(cols); len(cols) == 0 {
			c.now = append(c.now, i)
		}
		for _, id := range cols {
			c.users[id] = append(c.users[id], i)
		}
		if l, r, _, ok := equalSides(p); ok {
			c.addEnd(colsOf(l), leafWith(leafOf, colsOf(r)))
			c.addEnd(colsOf(r), leafWith(leafOf, colsOf(l)))
		}
	}
	return c
}

func (c *connections) addEnd(cols []int, leaf int) {
	if leaf < 0 || len(cols) == 0 {
		return
	}
	e := &end{len(cols), leaf}
	for _, id := range cols {
		c.ends[id] = append(c.ends[id], e)
	}
}

// leafWith is the leaf that has all of cols, or −1.
func leafWith(leafOf map[int]int, cols []int) int {
	leaf := -1
	for _, id := range cols {
		at, ok := leafOf[id]
		if !ok || leaf >= 0 && at != leaf {
			return -1
		}
		leaf = at
	}
	return leaf
}

// join adds a leaf.
func (c *connections) join(leaf int) {
	for _, id := range c.t.leaves[leaf].columns() {
		for _, i := range c.users[id] {
			if c.missing[i]--; c.missing[i] == 0 {
				c.now = append(c.now, i)
			}
		}
		for _, e := range c.ends[id] {
			if e.missing--; e.missing == 0 {
				c.ready[e.leaf] = true
			}
		}
	}
}

// take gives the conditions that can be evaluated by now and could not before, in order.
func (c *connections) take() []expr.Expr {
	slices.Sort(c.now)
	var on []expr.Expr
	for _, i := range c.now {
		on, c.done[i] = append(on, c.t.preds[i]), true
	}
	c.now = c.now[:0]
	return on
}

// left are the conditions that no leaf has made ready.
func (c *connections) left() []expr.Expr {
	var out []expr.Expr
	for i, p := range c.t.preds {
		if !c.done[i] {
			out = append(out, p)
		}
	}
	return out
}
