package exec

import (
	"fmt"
	"math/rand/v2"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
)

// lawPlan makes one random plan and the relations it reads.
type lawPlan struct {
	rng        *rand.Rand
	root       plan.Node
	inputs     []*lawInput
	appendOnly bool // of all relations; else of some
}

// lawPlans makes plans by the operator they are about.
var lawPlans = map[string]func(*lawPlan) plan.Node{
	"filter":           func(p *lawPlan) plan.Node { return p.filter(p.relation()) },
	"project":          func(p *lawPlan) plan.Node { return p.project(p.relation()) },
	"union":            func(p *lawPlan) plan.Node { return p.union() },
	"values":           func(p *lawPlan) plan.Node { return p.withValues() },
	"inner join":       func(p *lawPlan) plan.Node { return p.join(plan.Inner) },
	"left join":        func(p *lawPlan) plan.Node { return p.join(plan.Left) },
	"full join":        func(p *lawPlan) plan.Node { return p.join(plan.Full) },
	"semi join":        func(p *lawPlan) plan.Node { return p.join(plan.Semi) },
	"anti join":        func(p *lawPlan) plan.Node { return p.join(plan.Anti) },
	"self join":        func(p *lawPlan) plan.Node { return p.selfJoin() },
	"distinct":         func(p *lawPlan) plan.Node { return p.distinct(p.relation()) },
	"linear":           func(p *lawPlan) plan.Node { return p.aggregate(p.linearAgg) },
	"distinct values":  func(p *lawPlan) plan.Node { return p.aggregate(p.distinctAgg) },
	"distinct lanes":   func(p *lawPlan) plan.Node { return p.aggregate(p.laneAgg) },
	"first":            func(p *lawPlan) plan.Node { return p.aggregate(p.firstAgg) },
	"collect":          func(p *lawPlan) plan.Node { return p.aggregate(p.collectAgg) },
	"mixed aggregates": func(p *lawPlan) plan.Node { return p.aggregate(p.anyAgg) },
	"append":           func(p *lawPlan) plan.Node { p.appendOnly = true; return p.aggregate(p.appendAgg) },
	"set operation":    func(p *lawPlan) plan.Node { return p.setOp() },
	"table function":   func(p *lawPlan) plan.Node { return p.tableFunc() },
	"single row":       func(p *lawPlan) plan.Node { return p.singleRow() },
	"several":          func(p *lawPlan) plan.Node { return p.several(3) },
}

func (p *lawPlan) coin() bool { return p.rng.IntN(2) == 0 }

// relation scans a new relation of random columns; the first column is an int4.
func (p *lawPlan) relation() plan.Node {
	ts := []types.Type{types.Int4}
	for range 1 + p.rng.IntN(3) {
		ts = append(ts, columnTypes[p.rng.IntN(len(columnTypes))])
	}
	return p.scan(ts)
}

// scan reads a new relation, which has a column more than the scan wants, in another order.
func (p *lawPlan) scan(ts []types.Type) *plan.Scan {
	n := len(p.inputs)
	in := &lawInput{cur: bag{}}
	s := &plan.Scan{
		Relation: catalog.ID(n + 1), Name: fmt.Sprintf("r%d", n), Kind: catalog.Table, Append: p.appendOnly || p.rng.IntN(3) == 0,
		Out: make(types.Schema, len(ts)), Columns: make([]int, len(ts)),
	}
	order := p.rng.Perm(len(ts) + 1)
	in.phys = make(types.Schema, len(ts)+1)
	for i := range in.phys {
		in.phys[i] = types.Column{Name: "unread", Type: types.Int8}
	}
	for i, t := range ts {
		s.Out[i] = types.Column{Name: fmt.Sprintf("c%d", i), Type: t}
		s.Columns[i] = order[i]
		in.phys[order[i]] = s.Out[i]
	}
	in.scan = s
	p.inputs = append(p.inputs, in)
	return s
}

// col is column i of n.
func col(n plan.Node, i int) expr.Expr { return &expr.Col{Index: i, T: n.Schema()[i].Type} }

func constant(t types.Type, d types.Datum) expr.Expr { return &expr.Const{T: t, D: d} }

// op applies an operator of the function table.
func op(name string, l, r expr.Expr) expr.Expr {
	f, ts, ret, err := expr.ResolveOp(name, &expr.Arg{T: l.Type()}, &expr.Arg{T: r.Type()})
	if err != nil {
		panic(err)
	}
	if l, err = expr.CoerceTo(l, ts[0], expr.CastImplicit); err != nil {
		panic(err)
	}
	if r, err = expr.CoerceTo(r, ts[1], expr.CastImplicit); err != nil {
		panic(err)
	}
	return &expr.Call{Fn: f, Args: []expr.Expr{l, r}, T: ret}
}

// predicate is a condition over the int4 column 0 of n; some raise a division by zero.
func (p *lawPlan) predicate(n plan.Node) expr.Expr { return p.condition(col(n, 0)) }

func (p *lawPlan) condition(x expr.Expr) expr.Expr {
	k := constant(types.Int4, types.NewInt32(int32(p.rng.IntN(4))))
	switch p.rng.IntN(5) {
	case 0:
		return op(">", op("/", constant(types.Int4, types.NewInt32(10)), x), k)
	case 1:
		return &expr.IsNull{Arg: x, Negate: p.coin()}
	case 2:
		return &expr.And{Args: []expr.Expr{op("<>", x, k), op(">", op("/", constant(types.Int4, types.NewInt32(6)), x), k)}}
	}
	return op([]string{"<", ">", "=", "<>"}[p.rng.IntN(4)], x, k)
}

func (p *lawPlan) filter(n plan.Node) plan.Node { return &plan.Filter{Input: n, Pred: p.predicate(n)} }

// project keeps some columns and computes one; column 0 stays.
func (p *lawPlan) project(n plan.Node) plan.Node {
	s := n.Schema()
	out := &plan.Project{Input: n, Exprs: []expr.Expr{col(n, 0)}, Out: types.Schema{s[0]}}
	for range p.rng.IntN(3) {
		i := p.rng.IntN(len(s))
		out.Exprs, out.Out = append(out.Exprs, col(n, i)), append(out.Out, s[i])
	}
	e := op([]string{"+", "/", "*"}[p.rng.IntN(3)], constant(types.Int4, types.NewInt32(12)), col(n, 0))
	out.Exprs, out.Out = append(out.Exprs, e), append(out.Out, types.Column{Name: "e", Type: e.Type()})
	if p.coin() {
		c := constant(types.Text, types.NewBytes("constant"))
		out.Exprs, out.Out = append(out.Exprs, c), append(out.Out, types.Column{Name: "k", Type: types.Text})
	}
	return out
}

func (p *lawPlan) union() plan.Node {
	ts := []types.Type{types.Int4, types.Text}
	ins := []plan.Node{p.scan(ts), p.scan(ts)}
	if p.coin() {
		ins = append(ins, ins[0]) // the same node twice
	}
	if p.coin() {
		ins = append(ins, &plan.Filter{Input: ins[1], Pred: p.predicate(ins[1])})
	}
	return &plan.Union{Ins: ins, Out: ins[0].Schema()}
}

func (p *lawPlan) withValues() plan.Node {
	s := types.Schema{{Name: "a", Type: types.Int4}, {Name: "b", Type: types.Text}}
	v := &plan.Values{Out: s}
	for range p.rng.IntN(4) {
		a := constant(types.Int4, randomDatum(p.rng, types.Int4))
		if p.rng.IntN(4) == 0 {
			a = op("/", constant(types.Int4, types.NewInt32(1)), constant(types.Int4, types.NewInt32(0)))
		}
		v.Rows = append(v.Rows, []expr.Expr{a, constant(types.Text, randomDatum(p.rng, types.Text))})
	}
	r := p.scan(s.Types())
	if p.coin() {
		return &plan.Union{Ins: []plan.Node{v, r}, Out: s}
	}
	return p.joinOf(plan.JoinKind(p.rng.IntN(5)), v, r)
}

func (p *lawPlan) join(kind plan.JoinKind) plan.Node {
	key := columnTypes[p.rng.IntN(len(columnTypes))]
	l, r := p.scan([]types.Type{types.Int4, key, types.Text}), p.scan([]types.Type{types.Int4, key})
	return p.joinOf(kind, l, r)
}

func (p *lawPlan) selfJoin() plan.Node {
	l := p.scan([]types.Type{types.Int4, types.NumericT, types.Text})
	return p.joinOf(plan.JoinKind(p.rng.IntN(5)), l, l)
}

// joinOf joins on none, one or both of the first two columns, if their types agree.
func (p *lawPlan) joinOf(kind plan.JoinKind, l, r plan.Node) plan.Node {
	j := &plan.Join{Kind: kind, Left: l, Right: r}
	for c := range min(2, len(l.Schema()), len(r.Schema())) {
		if p.rng.IntN(4) > 0 && l.Schema()[c].Type == r.Schema()[c].Type {
			j.LeftKeys, j.RightKeys = append(j.LeftKeys, c), append(j.RightKeys, c)
			j.NullSafe = append(j.NullSafe, p.coin())
		}
	}
	if p.coin() {
		rc := &expr.Col{Index: len(l.Schema()), T: r.Schema()[0].Type}
		j.Residual = p.condition(op("+", col(l, 0), rc))
	}
	j.Out = l.Schema()
	if kind != plan.Semi && kind != plan.Anti {
		j.Out = append(j.Out[:len(j.Out):len(j.Out)], r.Schema()...)
	}
	return j
}

func (p *lawPlan) distinct(n plan.Node) plan.Node {
	return &plan.Aggregate{Input: n, Keys: allColumns(n.Schema()), Out: n.Schema()}
}

func (p *lawPlan) setOp() plan.Node {
	ts := []types.Type{types.Int4, columnTypes[p.rng.IntN(len(columnTypes))]}
	l, r := p.scan(ts), p.scan(ts)
	return &plan.SetOp{Except: p.coin(), All: p.coin(), Left: l, Right: r, Out: l.Out}
}

// series is a set-returning function: 1 … n, a row of n and its square each; it raises for
// negative n.
var series = &expr.Func{
	Name: "series", Args: []types.Type{types.Int4}, Set: true, Ret: types.Record,
	Rows: func(_ *expr.Ctx, args types.Row, emit func(types.Row) bool) error {
		n := args[0].Int()
		if n < 0 {
			return errThree
		}
		for i := range n {
			if n == 3 && i == 2 {
				return errThree
			}
			if !emit(types.Row{types.NewInt64(i + 1), types.NewInt64((i + 1) * (i + 1))}) {
				break
			}
		}
		return nil
	},
}

func (p *lawPlan) tableFunc() plan.Node {
	n := p.relation()
	two := types.Schema{{Name: "i", Type: types.Int8}, {Name: "sq", Type: types.Int8}}
	t := &plan.TableFunc{Input: n, Ordinality: p.coin(), Outer: p.coin(), Out: n.Schema()}
	t.Out = t.Out[:len(t.Out):len(t.Out)]
	for k := range 1 + p.rng.IntN(2) {
		arg := col(n, 0)
		if k == 1 {
			arg = op("/", constant(types.Int4, types.NewInt32(4)), arg)
		}
		t.Funcs = append(t.Funcs, plan.SetCall{Fn: series, Args: []expr.Expr{arg}, Cols: two})
		t.Out = append(t.Out, two...)
	}
	if t.Ordinality {
		t.Out = append(t.Out, types.Column{Name: "ord", Type: types.Int8})
	}
	return t
}

func (p *lawPlan) singleRow() plan.Node {
	n := p.relation()
	s := &plan.SingleRow{Input: n}
	for c := range n.Schema() {
		if p.coin() {
			s.Keys = append(s.Keys, c)
		}
	}
	return s
}

// several stacks operators; every node has an int4 column 0.
func (p *lawPlan) several(depth int) plan.Node {
	if depth == 0 {
		return p.relation()
	}
	n := p.several(depth - 1)
	switch p.rng.IntN(8) {
	case 0:
		return p.filter(n)
	case 1:
		return p.project(n)
	case 2:
		return p.distinct(n)
	case 3:
		return &plan.Union{Ins: []plan.Node{n, p.filter(n)}, Out: n.Schema()}
	case 4:
		return p.aggregateOf(n, []int{0}, p.anyAgg)
	case 5:
		return p.joinOf(plan.JoinKind(p.rng.IntN(5)), n, p.filter(n)) // a diamond
	case 6:
		return &plan.SetOp{Except: p.coin(), All: p.coin(), Left: n, Right: p.filter(n), Out: n.Schema()}
	}
	return p.joinOf(plan.JoinKind(p.rng.IntN(5)), n, p.relation())
}
