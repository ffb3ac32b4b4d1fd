package plan

import (
	"strings"
	"testing"

	"streamdb/types"
)

// shape is a plan with nothing but node kinds and exchange keys.
func shape(n Node) string {
	head, _, _ := strings.Cut(Format(n), "  [")
	head, _, _ = strings.Cut(head, "\n")
	word, _, _ := strings.Cut(strings.TrimSpace(head), ":")
	if x, ok := n.(*Exchange); ok {
		word = "exchange by nothing"
		if len(x.Keys) > 0 {
			word = "exchange by " + columnList(x.Schema(), x.Keys)
		}
	}
	var ins []string
	for _, in := range n.Inputs() {
		ins = append(ins, shape(in))
	}
	if ins == nil {
		return word
	}
	return word + "(" + strings.Join(ins, ", ") + ")"
}

// TestDistribute: rows are moved where an operator with state needs them, and not where
// they already are.
func TestDistribute(t *testing.T) {
	a, b := scan("a", true, nil, "id", "k"), scan("b", true, nil, "id", "k")
	group := func(in Node, keys ...int) *Aggregate {
		g := &Aggregate{Input: in, Keys: keys, Aggs: count(), Global: len(keys) == 0}
		for _, k := range keys {
			g.Out = append(g.Out, in.Schema()[k])
		}
		g.Out = append(g.Out, types.Column{Name: "count", Type: types.Int8})
		return g
	}
	joined := join(Inner, a, b, 0, 1)
	for _, c := range []struct {
		name string
		n    Node
		want string
	}{
		{"scan", a, "Scan public.a"},
		{"join", joined, "Join inner(exchange by id(Scan public.a), exchange by k(Scan public.b))"},
		{"group by the join key", group(joined, 0), "Aggregate(Join inner(exchange by id(Scan public.a), exchange by k(Scan public.b)))"},
		{
			"group by another", group(joined, 1),
			"Aggregate(exchange by k#1(Join inner(exchange by id(Scan public.a), exchange by k(Scan public.b))))",
		},
		{
			"after a full join", group(join(Full, a, b, 0, 1), 0),
			"Aggregate(exchange by id#0(Join full(exchange by id(Scan public.a), exchange by k(Scan public.b))))",
		},
		{"global", group(a), "Aggregate(exchange by nothing(Scan public.a))"},
		{
			"two levels", group(group(a, 0, 1), 0),
			"Aggregate(exchange by id(Aggregate(exchange by id, k(Scan public.a))))",
		},
	} {
		if got := shape(Distribute(c.n)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestDistributeShared: two readers of one node get an exchange each, so that no task reads
// what it has sent itself, but the node is computed once.
func TestDistributeShared(t *testing.T) {
	a := scan("a", true, nil, "id", "k")
	shared := &Aggregate{Input: a, Keys: []int{0}, Out: a.Schema()[:1]}
	x := Distribute(&Union{Ins: []Node{shared, shared}, Out: shared.Schema()}).Inputs()
	if x[0] == x[1] {
		t.Error("two readers share an exchange")
	}
	if x[0].Inputs()[0] != x[1].Inputs()[0] {
		t.Error("the shared node is computed twice")
	}
}
