package plan

import (
	"slices"

	"streamdb/types"
)

// Distribute puts an [Exchange] wherever an operator with state needs its rows in one
// place: rows with equal keys at the worker that owns the hash of exactly those keys, in
// that order, and the rows of an operator without keys at one worker. So the state of every
// operator belongs to the virtual nodes of its own keys, and the number of workers can
// change without rewriting it.
//
// A scan's rows are in no particular place; a constant's are at one worker.
//
// Nodes between exchanges run as one task, which ends an epoch for all of them at once. So
// no task may read what comes, through exchanges, from itself: every reader of a shared node
// gets an exchange of its own, and what is left between exchanges are trees.
func Distribute(root Node) Node {
	d := distributor{place: map[Node]place{}}
	root = Rewrite(root, d.node)
	s := separator{d: &d, readers: map[Node]int{}, done: map[Node]Node{}}
	Walk(root, func(n Node) bool {
		for _, in := range n.Inputs() {
			s.readers[in]++
		}
		return true
	})
	return s.node(root)
}

// separator gives every reader of a shared node an exchange of its own.
type separator struct {
	d       *distributor
	readers map[Node]int
	done    map[Node]Node
}

func (s *separator) node(n Node) Node {
	if r, ok := s.done[n]; ok {
		return r
	}
	ins := n.Inputs()
	out := make([]Node, len(ins))
	for i, in := range ins {
		out[i] = s.edge(n, in)
	}
	r := n
	if len(ins) > 0 {
		r = n.WithInputs(out)
	}
	s.done[n] = r
	return r
}

// edge is what reader n reads in the place of in.
func (s *separator) edge(n, in Node) Node {
	if s.readers[in] <= 1 {
		return s.node(in)
	}
	switch in := in.(type) {
	case *Scan:
		c := *in
		return &c
	case *Values:
		c := *in
		return &c
	case *Exchange:
		return &Exchange{Input: s.node(in.Input), Keys: in.Keys}
	}
	if _, ok := n.(*Exchange); ok {
		return s.node(in)
	}
	keys := columnsOf(in.Schema())
	if p := s.d.place[in]; p.known {
		keys = p.hash
	}
	return &Exchange{Input: s.node(in), Keys: keys}
}

// place is where the rows of a node are: at the owner of the hash of columns, at one
// worker (known, no columns), or anywhere.
type place struct {
	known bool
	hash  []int
}

func (p place) is(cols []int) bool { return p.known && slices.Equal(p.hash, cols) }

type distributor struct {
	place    map[Node]place
	exchange []*Exchange
}

// node gets a node whose inputs have their place.
func (d *distributor) node(n Node) Node {
	switch n := n.(type) {
	case *Join:
		return d.put(n.WithInputs([]Node{d.at(n.Left, n.LeftKeys), d.at(n.Right, n.RightKeys)}), joinPlace(n))
	case *Aggregate:
		group := make([]int, len(n.Keys))
		for i := range group {
			group[i] = i
		}
		return d.put(n.WithInputs([]Node{d.at(n.Input, n.Keys)}), place{true, group})
	case *SetOp:
		all := columnsOf(n.Out)
		return d.put(n.WithInputs([]Node{d.at(n.Left, all), d.at(n.Right, all)}), place{true, all})
	case *SingleRow:
		return d.put(n.WithInputs([]Node{d.at(n.Input, n.Keys)}), place{true, n.Keys})
	}
	return d.put(n, d.stateless(n))
}

func (d *distributor) put(n Node, p place) Node {
	d.place[n] = p
	return n
}

// at is n with its rows at the owners of cols; the exchange is shared by all who want it.
func (d *distributor) at(n Node, cols []int) Node {
	if d.place[n].is(cols) {
		return n
	}
	for _, x := range d.exchange {
		if x.Input == n && slices.Equal(x.Keys, cols) {
			return x
		}
	}
	x := &Exchange{Input: n, Keys: cols}
	d.exchange = append(d.exchange, x)
	return d.put(x, place{true, cols})
}

// stateless is where the rows of a node are that leaves every row where it is.
func (d *distributor) stateless(n Node) place {
	switch n := n.(type) {
	case *Values:
		return place{known: true}
	case *Filter:
		return d.place[n.Input]
	case *TableFunc:
		return d.place[n.Input]
	case *Project:
		in := d.place[n.Input]
		hash, ok := mapColumns(in.hash, copies(n))
		return place{in.known && ok, hash}
	case *Union:
		first := d.place[n.Ins[0]]
		for _, in := range n.Ins[1:] {
			if !first.known || !d.place[in].is(first.hash) {
				return place{}
			}
		}
		return first
	}
	return place{}
}

// joinPlace: output rows are where their left row is. The right side's rows that a full
// join extends are at the owner of a key that is NULL in their left columns.
func joinPlace(n *Join) place {
	if n.Kind == Full && len(n.LeftKeys) > 0 {
		return place{}
	}
	return place{true, n.LeftKeys}
}

func columnsOf(s types.Schema) []int {
	cols := make([]int, len(s))
	for i := range cols {
		cols[i] = i
	}
	return cols
}
