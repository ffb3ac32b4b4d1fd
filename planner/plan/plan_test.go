package plan

import (
	"strings"
	"testing"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/types"
	"streamdb/types/pgerr"
)

func col(i int, t types.Type) expr.Expr { return &expr.Col{Index: i, T: t} }

func scan(name string, appendOnly bool, key []int, cols ...string) *Scan {
	s := &Scan{Relation: catalog.FirstUserID, Name: "public." + name, Kind: catalog.Table, Append: appendOnly, Key: key}
	for i, c := range cols {
		s.Columns = append(s.Columns, i)
		s.Out = append(s.Out, types.Column{Name: c, Type: types.Int4, NotNull: i == 0})
	}
	return s
}

func count() []expr.AggCall {
	f, _, ret, err := expr.ResolveAgg("count", nil)
	if err != nil {
		panic(err)
	}
	return []expr.AggCall{{Fn: f, T: ret}}
}

func join(kind JoinKind, l, r Node, lk, rk int) *Join {
	j := &Join{Kind: kind, Left: l, Right: r, LeftKeys: []int{lk}, RightKeys: []int{rk}, NullSafe: []bool{false}}
	j.Out = append(append(types.Schema{}, l.Schema()...), r.Schema()...)
	if kind == Semi || kind == Anti {
		j.Out = l.Schema()
	}
	return j
}

// TestProps: what each node keeps of its inputs' properties.
func TestProps(t *testing.T) {
	keyed, log := scan("t", false, []int{0}, "id", "k"), scan("log", true, nil, "at", "n")
	group := func(in Node) *Aggregate {
		return &Aggregate{Input: in, Keys: []int{1}, Aggs: count(), Out: types.Schema{in.Schema()[1], {Name: "count", Type: types.Int8}}}
	}
	distinct := func(in Node) *Aggregate {
		return &Aggregate{Input: in, Keys: []int{0, 1}, Out: in.Schema()}
	}
	one := &expr.Const{D: types.NewInt64(1), T: types.Int8}
	for _, c := range []struct {
		name       string
		n          Node
		appendOnly bool
		key        string // "-" for none
		notNull    string
	}{
		{"scan with key", keyed, false, "id", "id"},
		{"log", log, true, "-", "at"},
		{"filter", &Filter{Input: log, Pred: &expr.IsNull{Arg: col(1, types.Int4), Negate: true}}, true, "-", "at n"},
		{"project", &Project{Input: keyed, Exprs: []expr.Expr{col(1, types.Int4), col(0, types.Int4)}, Out: types.Schema{{Name: "k"}, {Name: "id"}}}, false, "id", "id"},
		{"project without key", &Project{Input: keyed, Exprs: []expr.Expr{col(1, types.Int4)}, Out: types.Schema{{Name: "k"}}}, false, "-", ""},
		{"inner join of logs", join(Inner, log, scan("log2", true, nil, "at2", "n2"), 1, 1), true, "-", "at n at2 n2"},
		{"join on a key", join(Inner, log, scan("u", false, []int{0}, "uid", "x"), 1, 0), false, "-", "at n uid"},
		{"many to one", join(Inner, keyed, scan("u", false, []int{0}, "uid", "x"), 1, 0), false, "id", "id k uid"},
		{"left join", join(Left, keyed, scan("u", true, nil, "uid", "x"), 1, 0), false, "-", "id"},
		{"left join of logs", join(Left, log, scan("log2", true, nil, "at2", "n2"), 1, 1), false, "-", "at"},
		{"semi join", join(Semi, log, scan("log2", true, nil, "at2", "n2"), 1, 1), true, "-", "at n"},
		{"anti join", join(Anti, log, scan("log2", true, nil, "at2", "n2"), 1, 1), false, "-", "at"},
		{"full join", join(Full, keyed, scan("u", false, []int{0}, "uid", "x"), 1, 0), false, "id uid", ""},
		{"group", group(log), false, "n", "count"},
		{"distinct log", distinct(log), true, "at n", "at"},
		{"union of logs", &Union{Ins: []Node{log, log}, Out: log.Out}, true, "-", "at"},
		{"except", &SetOp{Except: true, Left: log, Right: log, Out: log.Out}, false, "at n", "at"},
		{"intersect", &SetOp{Left: log, Right: log, Out: log.Out}, true, "at n", "at"},
		{"limit", &Limit{Input: log, Count: one}, false, "-", "at"},
	} {
		p := Derive(c.n)
		key := "-"
		if k := p.Key(); k != nil {
			key = strings.ReplaceAll(columnList(c.n.Schema(), k), ", ", " ")
		}
		var notNull []string
		for i, yes := range p.NotNull {
			if yes {
				notNull = append(notNull, c.n.Schema()[i].Name)
			}
		}
		if got := strings.Join(notNull, " "); p.AppendOnly != c.appendOnly || key != c.key || got != c.notNull {
			t.Errorf("%s: append-only %v, key %s, not null %s; want %v, %s, %s", c.name, p.AppendOnly, key, got, c.appendOnly, c.key, c.notNull)
		}
	}
}

// TestSharedNodes: a node read twice is visited, stored, loaded and printed once.
func TestSharedNodes(t *testing.T) {
	s := scan("t", false, []int{0}, "id", "k")
	root := join(Inner, s, s, 1, 0)
	visits := 0
	Walk(root, func(Node) bool { visits++; return true })
	if visits != 2 {
		t.Errorf("%d visits", visits)
	}
	data, err := Encode(root)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	j, ok := back.(*Join)
	if !ok || j.Left != j.Right {
		t.Errorf("sharing is lost: %s", Format(back))
	}
	if got := strings.Count(Format(root), "Scan"); got != 1 {
		t.Errorf("printed %d times:\n%s", got, Format(root))
	}
	twice := join(Inner, s, scan("t", false, []int{0}, "id", "k"), 1, 0)
	merged, err := Share(twice)
	if err != nil {
		t.Fatal(err)
	}
	if j, ok := merged.(*Join); !ok || j.Left != j.Right {
		t.Errorf("not shared:\n%s", Format(merged))
	}
}

// TestTogether: aggregates whose state differs are not taken for each other, and a plan that
// says nothing is an old one.
func TestTogether(t *testing.T) {
	var sums [2][16]byte
	for i, together := range []bool{false, true} {
		root := &Aggregate{Input: scan("t", false, []int{0}, "id", "k"), Aggs: count(), Global: true, Together: together}
		data, err := Encode(root)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if got := back.(*Aggregate).Together; got != together || strings.Contains(string(data), `"aggregate"`) == together {
			t.Errorf("together %v: loaded %v from %s", together, got, data)
		}
		if sums[i], err = Fingerprint(root); err != nil {
			t.Fatal(err)
		}
	}
	if sums[0] == sums[1] {
		t.Error("both have one fingerprint")
	}
}

// TestFingerprint: names do not count, everything else does.
func TestFingerprint(t *testing.T) {
	sum := func(n Node) [16]byte {
		f, err := Fingerprint(n)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	base := sum(scan("t", false, []int{0}, "id", "k"))
	if sum(scan("renamed", false, []int{0}, "a", "b")) != base {
		t.Error("names count")
	}
	if sum(scan("t", true, []int{0}, "id", "k")) == base {
		t.Error("append-only does not count")
	}
	l, r := scan("t", false, []int{0}, "id", "k"), scan("t", false, []int{0}, "id")
	if sum(join(Inner, l, r, 0, 0)) == sum(join(Inner, r, l, 0, 0)) {
		t.Error("the order of inputs does not count")
	}
}

// TestDecodeDamaged: bytes that are no plan are refused, not believed.
func TestDecodeDamaged(t *testing.T) {
	for _, data := range []string{
		``, `{}`, `{"version":2,"nodes":[{"op":"union"}]}`, `{"version":1,"nodes":[]}`,
		`{"version":1,"nodes":[{"op":"nope"}]}`, `{"version":1,"nodes":[{"op":"filter","in":[0]}]}`,
		`{"version":1,"nodes":[{"op":"scan"},{"op":"filter","in":[0]}]}`,
		`{"version":1,"nodes":[{"op":"scan"},{"op":"join","in":[0],"exprs":[null]}]}`,
		`{"version":1,"nodes":[{"op":"scan"},{"op":"tablefunc","in":[0],"funcs":[{"fn":"nope()"}]}]}`,
	} {
		if _, err := Decode([]byte(data)); !pgerr.Is(err, pgerr.DataCorrupted) {
			t.Errorf("%s: %v", data, err)
		}
	}
}

// TestBindParams: parameters become constants everywhere.
func TestBindParams(t *testing.T) {
	s := scan("t", false, []int{0}, "id")
	s.Eq = []expr.Expr{&expr.Param{N: 1, T: types.Int4}}
	root := &Limit{Input: &Filter{Input: s, Pred: &expr.IsNull{Arg: &expr.Param{N: 2, T: types.Text}}}, Count: &expr.Param{N: 3, T: types.Int8}}
	bound := BindParams(root, []expr.Expr{
		&expr.Const{D: types.NewInt32(7), T: types.Int4}, &expr.Const{T: types.Text}, &expr.Const{D: types.NewInt64(2), T: types.Int8},
	})
	if got := Format(bound); strings.Contains(got, "$") || !strings.Contains(Format(root), "$3") {
		t.Errorf("%s", got)
	}
}
