package plan

import (
	"crypto/sha256"
	"encoding/json"
	"slices"

	"streamdb/expr"
)

// Fingerprints computes the fingerprints of nodes, each node's once. The zero value is
// ready for use.
type Fingerprints struct{ memo map[Node][16]byte }

// Fingerprint identifies what a plan computes: two plans with the same fingerprint give
// the same rows in the same columns. Names do not count, the encoding's version does.
// Stored state is found again by it, so that it must not change for a plan that is kept.
func Fingerprint(root Node) ([16]byte, error) { return new(Fingerprints).Of(root) }

// Of is the fingerprint of n.
func (f *Fingerprints) Of(n Node) ([16]byte, error) {
	if sum, ok := f.memo[n]; ok {
		return sum, nil
	}
	s, err := storeNode(n)
	if err != nil {
		return [16]byte{}, err
	}
	s.Name = ""
	unname(s.Out)
	for _, fn := range s.Funcs {
		unname(fn.Cols)
	}
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(storedPlan{Version: encodingVersion, Nodes: []storedNode{s}}); err != nil {
		return [16]byte{}, err
	}
	for _, in := range n.Inputs() {
		sum, err := f.Of(in)
		if err != nil {
			return sum, err
		}
		h.Write(sum[:])
	}
	if f.memo == nil {
		f.memo = map[Node][16]byte{}
	}
	sum := [16]byte(h.Sum(nil)[:16])
	f.memo[n] = sum
	return sum, nil
}

// unname drops what does not change the rows of a plan.
func unname(cols []storedColumn) {
	for i := range cols {
		cols[i].Name, cols[i].NotNull = "", false
	}
}

// Share makes nodes that compute the same one node, so that it is computed once. What
// calls a volatile function is computed wherever it stands.
func Share(root Node) (Node, error) {
	var f Fingerprints
	var failed error
	first := map[[16]byte]Node{}
	volatile := map[Node]bool{}
	out := Rewrite(root, func(n Node) Node {
		volatile[n] = slices.ContainsFunc(Exprs(n), func(e expr.Expr) bool { return expr.VolatilityOf(e) == expr.Volatile }) ||
			slices.ContainsFunc(n.Inputs(), func(in Node) bool { return volatile[in] })
		sum, err := f.Of(n)
		if err != nil {
			failed = err
		}
		same, ok := first[sum]
		switch {
		case failed != nil || volatile[n]:
			return n
		case ok:
			return same
		}
		first[sum] = n
		return n
	})
	return out, failed
}
