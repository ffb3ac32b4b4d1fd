package exec

import "streamdb/planner/plan"

// fragment is a part of a plan between exchanges: what one task runs. Its rows go to
// exchanges, and those of the last fragment to the output.
type fragment struct {
	root  plan.Node // the plan's root, in the last fragment; else nil
	sends []*plan.Exchange
	nodes map[plan.Node]bool
}

// cut splits a plan at its exchanges. Parts that share a node are one fragment.
func cut(root plan.Node) []*fragment {
	frags := []*fragment{newFragment(root)}
	frags[0].root = root
	plan.Walk(root, func(n plan.Node) bool {
		if x, ok := n.(*plan.Exchange); ok {
			f := newFragment(x.Input)
			f.sends = []*plan.Exchange{x}
			frags = append(frags, f)
		}
		return true
	})
	var whole []*fragment
	for _, f := range frags {
		whole = f.join(whole)
	}
	return whole
}

// newFragment is what is reached from n without crossing an exchange.
func newFragment(n plan.Node) *fragment {
	f := &fragment{nodes: map[plan.Node]bool{}}
	plan.Walk(n, func(n plan.Node) bool {
		if _, ok := n.(*plan.Exchange); ok {
			return false
		}
		f.nodes[n] = true
		return true
	})
	return f
}

// join adds f to fragments that share no node, taking in those that share one with it.
func (f *fragment) join(frags []*fragment) []*fragment {
	apart := []*fragment{f}
	for _, o := range frags {
		if !f.meets(o) {
			apart = append(apart, o)
			continue
		}
		for n := range o.nodes {
			f.nodes[n] = true
		}
		f.sends = append(o.sends, f.sends...)
		if o.root != nil {
			f.root = o.root
		}
	}
	return apart
}

func (f *fragment) meets(o *fragment) bool {
	for n := range f.nodes {
		if o.nodes[n] {
			return true
		}
	}
	return false
}
