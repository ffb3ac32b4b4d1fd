package exec

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// tracer runs one operator by hand:
//
//	operator <kind> …      makes it; its inputs are left (and right), columns as given
//	push left              takes changes, one a line: +1 (1,a)
//	barrier e=3            ends an epoch
//	reload                 goes on with an operator filled from the saved state
//
// What comes out is printed as it comes: changes, and "error" lines.
type tracer struct {
	root   plan.Node
	inputs map[string]*plan.Scan
	g      *graph
	store  *memState
	out    strings.Builder
}

func TestTraces(t *testing.T) {
	datadriven.Walk(t, "testdata/trace", func(t *testing.T, path string) {
		tr := &tracer{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			tr.out.Reset()
			if err := tr.run(t, d); err != nil {
				fmt.Fprintf(&tr.out, "failed: %v\n", err)
			}
			if tr.out.Len() == 0 {
				return "nothing\n"
			}
			return tr.out.String()
		})
	})
}

func (tr *tracer) run(t *testing.T, d *datadriven.TestData) error {
	switch d.Cmd {
	case "operator":
		tr.store = newMemState()
		tr.inputs = map[string]*plan.Scan{}
		tr.root = tr.operator(d)
		return tr.build(false)
	case "push":
		in := tr.inputs[d.CmdArgs[0].Key]
		b, err := parseChanges(d.Input, in.Out)
		if err != nil {
			return err
		}
		for _, l := range tr.g.scans {
			if l.node == in {
				if err := l.push(b); err != nil {
					return err
				}
			}
		}
		return nil
	case "barrier":
		var e uint64
		d.ScanArgs(t, "e", &e)
		if err := tr.g.barrier(types.Epoch(e)); err != nil {
			return err
		}
		return tr.store.apply(tr.g.saved())
	case "reload":
		return tr.build(true)
	}
	return fmt.Errorf("unknown command %q", d.Cmd)
}

func (tr *tracer) build(load bool) error {
	env := &Env{
		Expr: expr.NewCtx(types.DefaultStyle(), 0), Workers: 1, Durable: true,
		Error: func(err *pgerr.Error, w int64, b *types.Batch, row int) error {
			fmt.Fprintf(&tr.out, "error %+d %s: %s %s\n", w, err.Code, err.Message, rowText(b, row))
			return nil
		},
	}
	ts := tr.root.Schema().Types()
	g, err := buildGraph(env, []sink{{tr.root, collector{func(b *types.Batch) error {
		for k := range b.Len() {
			i := b.Row(k)
			fmt.Fprintf(&tr.out, "%+d %s\n", b.Weight(i), rowString(b.RowDatums(i), ts))
		}
		return nil
	}}}}, new(plan.Deriver))
	if err != nil {
		return err
	}
	tr.g = g
	tables := newStateTables(tr.root, [][]*graph{{g}}, 0)
	if load {
		return tables.load(tr.store.scan)
	}
	return g.start()
}

// parseChanges reads lines such as "+1 (1,a)"; NULL is NULL.
func parseChanges(in string, s types.Schema) (*types.Batch, error) {
	b := types.NewBatch(s.Types(), 0)
	for _, line := range strings.Split(strings.TrimSpace(in), "\n") {
		var w int64
		var row string
		if _, err := fmt.Sscanf(line, "%d %s", &w, &row); err != nil {
			return nil, fmt.Errorf("%q: %v", line, err)
		}
		r := make(types.Row, len(s))
		for i, f := range strings.Split(strings.Trim(row, "()"), ",") {
			if f == "NULL" {
				continue
			}
			d, err := types.ParseText(s[i].Type, f, types.DefaultStyle())
			if err != nil {
				return nil, err
			}
			r[i] = d
		}
		b.AppendRow(r, w)
	}
	return b, nil
}

// input declares an input from an argument such as left=(a,int4,b,text).
func (tr *tracer) input(d *datadriven.TestData, name string) *plan.Scan {
	var cols []string
	for _, a := range d.CmdArgs {
		if a.Key == name {
			cols = a.Vals
		}
	}
	s := &plan.Scan{Relation: catalog.ID(len(tr.inputs) + 1), Name: name, Kind: catalog.Table, Append: d.HasArg("append")}
	for i := 0; i+1 < len(cols); i += 2 {
		t, ok := types.TypeByName(cols[i+1])
		if !ok {
			panic("no type " + cols[i+1])
		}
		s.Out = append(s.Out, types.Column{Name: cols[i], Type: t})
		s.Columns = append(s.Columns, i/2)
	}
	tr.inputs[name] = s
	return s
}

// operator makes the plan: its kind is the first argument.
func (tr *tracer) operator(d *datadriven.TestData) plan.Node {
	l := tr.input(d, "left")
	kind := d.CmdArgs[0].Key
	joins := map[string]plan.JoinKind{
		"inner": plan.Inner, "left-join": plan.Left, "full": plan.Full, "semi": plan.Semi, "anti": plan.Anti,
	}
	if k, ok := joins[kind]; ok {
		r := tr.input(d, "right")
		j := &plan.Join{
			Kind: k, Left: l, Right: r, LeftKeys: []int{0}, RightKeys: []int{0}, NullSafe: []bool{d.HasArg("null-safe")}, Out: l.Out,
		}
		if k != plan.Semi && k != plan.Anti {
			j.Out = append(l.Out[:len(l.Out):len(l.Out)], r.Out...)
		}
		if d.HasArg("residual") { // left.1 <= right.1
			j.Residual = op("<=", col(l, 1), &expr.Col{Index: len(l.Out) + 1, T: r.Out[1].Type})
		}
		return j
	}
	switch kind {
	case "aggregate":
		return tr.aggregate(d, l)
	case "except", "intersect":
		return &plan.SetOp{Except: kind == "except", All: d.HasArg("all"), Left: l, Right: tr.input(d, "right"), Out: l.Out}
	case "single-row":
		return &plan.SingleRow{Input: l, Keys: []int{0}}
	case "filter": // 10 / column 0 > 2
		return &plan.Filter{Input: l, Pred: op(">", op("/", constant(types.Int4, types.NewInt32(10)), col(l, 0)), constant(types.Int4, types.NewInt32(2)))}
	}
	panic("no operator " + kind)
}

// aggregate groups by column 0, unless global; calls are given as sum(int4)=1: over
// column 1.
func (tr *tracer) aggregate(d *datadriven.TestData, l *plan.Scan) plan.Node {
	a := &plan.Aggregate{Input: l, Keys: []int{0}, Out: l.Out[:1:1]}
	if d.HasArg("global") {
		a.Keys, a.Out, a.Global = nil, nil, true
	}
	for _, arg := range d.CmdArgs[2:] {
		fn, ok := expr.AggBySig(strings.NewReplacer("[", "(", "]", ")").Replace(arg.Key))
		if !ok {
			continue
		}
		c := expr.AggCall{Fn: fn, T: fn.Ret, Distinct: d.HasArg("distinct")}
		if len(arg.Vals) > 0 {
			c.Args = []expr.Expr{col(l, int(arg.Vals[0][0]-'0'))}
		}
		a.Aggs = append(a.Aggs, c)
		a.Out = append(a.Out, types.Column{Name: fn.Name, Type: fn.Ret})
	}
	return a
}
