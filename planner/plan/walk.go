package plan

// Walk calls f once for every node reachable from n, inputs after the nodes that read
// them; it does not go below a node for which f returns false.
func Walk(n Node, f func(Node) bool) {
	seen := map[Node]bool{}
	var visit func(Node)
	visit = func(n Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if !f(n) {
			return
		}
		for _, in := range n.Inputs() {
			visit(in)
		}
	}
	visit(n)
}

// Rewrite rebuilds the plan bottom-up: f gets every node once, with its inputs already
// rewritten. Nodes that stay the same stay shared.
func Rewrite(n Node, f func(Node) Node) Node {
	done := map[Node]Node{}
	var visit func(Node) Node
	visit = func(n Node) Node {
		if r, ok := done[n]; ok {
			return r
		}
		old := n.Inputs()
		ins, changed := make([]Node, len(old)), false
		for i, in := range old {
			ins[i] = visit(in)
			changed = changed || ins[i] != in
		}
		r := n
		if changed {
			r = n.WithInputs(ins)
		}
		r = f(r)
		done[n] = r
		return r
	}
	return visit(n)
}
