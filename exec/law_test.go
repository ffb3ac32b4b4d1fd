package exec

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// lawInput is a relation of a law test.
type lawInput struct {
	scan *plan.Scan // as the plan reads it; its physical columns are phys
	phys types.Schema
	cur  bag
}

// lawRun feeds one plan with random deltas over several epochs and compares, at every
// barrier, the sum of what came out with what the model answers over the sums of what went
// in.
type lawRun struct {
	rng    *rand.Rand
	root   plan.Node
	inputs []*lawInput
	env    *Env
	g      *graph
	out    bag
	errs   errorBag
	checks checkers
	store  *memState
	save   *lawSave // under way
	trace  []string
}

const lawBase = 100

// newLawRun finds the relations of a plan. A relation is append-only if all its scans are
// made so.
func newLawRun(rng *rand.Rand, p *lawPlan) *lawRun {
	return &lawRun{rng: rng, root: p.root, inputs: p.inputs, out: bag{}, errs: errorBag{}, store: newMemState()}
}

// build makes a fresh graph, filled from the store if there is a checkpoint.
func (l *lawRun) build(load bool) error {
	l.env = &Env{
		Expr: expr.NewCtx(types.DefaultStyle(), 0), Workers: 1, Durable: true,
		Error: func(err *pgerr.Error, w int64, _ *types.Batch, _ int) error {
			l.errs.add(err.Code+" "+err.Message, w)
			return nil
		},
	}
	g, err := buildGraph(l.env, []sink{{l.root, collector{func(b *types.Batch) error { l.out.addBatch(b); return nil }}}}, new(plan.Deriver))
	if err != nil {
		return err
	}
	l.g = g
	if l.rng.IntN(2) == 0 {
		nearWrap(g)
	}
	tables := newStateTables(l.root, [][]*graph{{g}}, lawBase)
	l.checks.attach(g)
	if !load {
		return g.start()
	}
	return tables.load(l.store.scan)
}

// nearWrap makes the serials of epochs start anew within the test.
func nearWrap(g *graph) {
	for _, o := range g.order {
		if a, ok := o.op.(*aggregate); ok {
			a.epoch, a.unsaved = math.MaxUint32-1, math.MaxUint32-1
			for _, g := range a.all {
				if g.values != nil {
					g.values.epoch = math.MaxUint32
				}
			}
		}
	}
}

// epoch feeds random deltas and closes epoch e.
func (l *lawRun) epoch(e types.Epoch, size int) error {
	deltas := make([][]change, len(l.inputs))
	for i, in := range l.inputs {
		deltas[i] = randomChanges(l.rng, in.phys, in.cur, l.rng.IntN(size+1), in.scan.Append)
	}
	return l.feed(e, deltas)
}

// lawPiece is a batch of one input.
type lawPiece struct {
	in *lawInput
	b  *types.Batch
}

// feed pushes a delta per input, which cur holds already, and closes epoch e.
func (l *lawRun) feed(e types.Epoch, deltas [][]change) error {
	var pieces []lawPiece
	for i, in := range l.inputs {
		for _, b := range randomBatches(l.rng, in.phys, deltas[i]) {
			pieces = append(pieces, lawPiece{in, b})
		}
	}
	l.rng.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
	l.save.keep(e, pieces)
	if err := l.push(e, pieces); err != nil {
		return err
	}
	if err := l.compare(); err != nil {
		return err
	}
	if l.save.done() {
		return l.saved()
	}
	return nil
}

// push pushes batches and closes epoch e; what is being saved is written in between.
func (l *lawRun) push(e types.Epoch, pieces []lawPiece) error {
	for _, p := range pieces {
		l.note(p.in, p.b)
		for _, leaf := range l.g.scans {
			if leaf.node.Relation == p.in.scan.Relation {
				if err := leaf.push(p.b); err != nil {
					return err
				}
			}
		}
		scribble(p.b)
		if l.save != nil && l.rng.IntN(2) == 0 {
			l.save.step(1 + l.rng.IntN(3))
		}
	}
	l.trace = append(l.trace, fmt.Sprintf("barrier %d", e))
	return l.g.barrier(e)
}

func (l *lawRun) note(in *lawInput, b *types.Batch) {
	for k := range b.Len() {
		i := b.Row(k)
		l.trace = append(l.trace, fmt.Sprintf("%s %+d %s", in.scan.Name, b.Weight(i), rowString(b.RowDatums(i), in.phys.Types())))
	}
	l.trace = append(l.trace, "--")
}

func (l *lawRun) answer() (bag, errorBag) {
	rels := map[catalog.ID]bag{}
	for _, in := range l.inputs {
		rels[in.scan.Relation] = in.cur
	}
	return answer(l.root, rels)
}

func (l *lawRun) compare() error {
	if err := l.checks.barrier(); err != nil {
		return err
	}
	want, wantErrs := l.answer()
	if d := l.out.diff(want, l.root.Schema().Types()); d != "" {
		return fmt.Errorf("the sum of the output is not the answer:\n%s", d)
	}
	if fmt.Sprint(l.errs) != fmt.Sprint(wantErrs) {
		return fmt.Errorf("errors %v, want %v", l.errs, wantErrs)
	}
	return nil
}

// adHoc runs the plan as a query over the relations as they are now.
func (l *lawRun) adHoc() error {
	got := bag{}
	q := Query{
		Plan: l.root, Epoch: 99, Ctx: expr.NewCtx(types.DefaultStyle(), 0),
		Inputs: func(s *plan.Scan) (Snapshotter, error) {
			for _, in := range l.inputs {
				if in.scan.Relation == s.Relation {
					return bagSnapshot{in.cur, in.phys}, nil
				}
			}
			return nil, fmt.Errorf("no relation %d", s.Relation)
		},
	}
	err := q.Run(context.Background(), func(b *types.Batch) error { got.addBatch(b); return nil })
	want, wantErrs := l.answer()
	if (err != nil) != (len(wantErrs) > 0) {
		return fmt.Errorf("ad hoc: error %v, want one of %v", err, wantErrs)
	}
	if d := got.diff(want, l.root.Schema().Types()); err == nil && d != "" {
		return fmt.Errorf("the ad-hoc result is not the answer:\n%s", d)
	}
	return nil
}

// bagSnapshot serves a bag as a relation's rows.
type bagSnapshot struct {
	b bag
	s types.Schema
}

func (s bagSnapshot) Snapshot(_ context.Context, _ types.Epoch, yield func(*types.Batch) error) error {
	b := types.NewBatch(s.s.Types(), 0)
	for _, x := range s.b.rows() {
		b.AppendRow(x.row, x.w)
	}
	if b.N == 0 {
		return nil
	}
	return yield(b)
}

func (l *lawRun) run(epochs, size int) error {
	if err := l.build(false); err != nil {
		return err
	}
	for e := range epochs {
		if err := l.epoch(types.Epoch(e+1), size); err != nil {
			return err
		}
		if l.rng.IntN(3) == 0 {
			if err := l.checkpoint(); err != nil {
				return err
			}
		}
	}
	return l.adHoc()
}

// TestLawChurn is the law with thousands of long rows that come and go, so that batches fill
// up and arenas are compacted, and with one key that all rows share.
func TestLawChurn(t *testing.T) {
	text := types.Schema{{Name: "a", Type: types.Int4}, {Name: "b", Type: types.Text}, {Name: "n", Type: types.NumericT}}
	for name, makePlan := range map[string]func(p *lawPlan, l, r plan.Node) plan.Node{
		"distinct": func(p *lawPlan, l, _ plan.Node) plan.Node { return p.distinct(l) },
		"except": func(_ *lawPlan, l, r plan.Node) plan.Node {
			return &plan.SetOp{Except: true, Left: l, Right: r, Out: text}
		},
		"intersect": func(_ *lawPlan, l, r plan.Node) plan.Node {
			return &plan.SetOp{All: true, Left: l, Right: r, Out: text}
		},
		"by text": func(p *lawPlan, l, _ plan.Node) plan.Node {
			return p.aggregateOf(l, []int{1}, func(plan.Node) expr.AggCall {
				return p.call(l, "max(text)", types.Text, col(l, 1))
			})
		},
		"join": func(_ *lawPlan, l, r plan.Node) plan.Node {
			few := &plan.Filter{Input: r, Pred: op("<", col(r, 0), constant(types.Int4, types.NewInt32(2)))}
			return &plan.Join{Kind: plan.Full, Left: l, Right: few, Out: append(text[:3:3], text...)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &lawPlan{rng: rand.New(rand.NewPCG(9, 9))}
			p.root = makePlan(p, p.scan(text.Types()), p.scan(text.Types()))
			l := newLawRun(p.rng, p)
			if err := l.build(false); err != nil {
				t.Fatal(err)
			}
			for e := range 4 {
				deltas := make([][]change, len(l.inputs))
				for i, in := range l.inputs {
					deltas[i] = churn(p.rng, in, e, 700)
				}
				if err := l.feed(types.Epoch(e+1), deltas); err != nil {
					t.Fatal(err)
				}
				if err := l.checkpoint(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// churn replaces most of a relation's rows by n new ones with long texts.
func churn(rng *rand.Rand, in *lawInput, e, n int) []change {
	var cs []change
	for _, x := range in.cur.rows() {
		if rng.IntN(10) > 0 {
			cs = append(cs, change{x.row, -x.w})
		}
	}
	for i := range n {
		r := make(types.Row, len(in.phys))
		for k, c := range in.scan.Columns {
			switch k {
			case 0:
				r[c] = types.NewInt32(int32(i))
			case 1:
				r[c] = types.NewBytes(fmt.Sprintf("%0100d", e/2*n+i))
			case 2:
				r[c] = randomDatum(rng, types.NumericT)
			}
		}
		cs = append(cs, change{r, 1})
	}
	for _, c := range cs {
		in.cur.add(c.row, c.w)
	}
	return cs
}

// TestLaw is the one law, for every operator and for random plans of several.
func TestLaw(t *testing.T) {
	for name, makePlan := range lawPlans {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				seed := rapid.Uint64().Draw(t, "seed")
				epochs := rapid.IntRange(1, 6).Draw(t, "epochs")
				size := rapid.IntRange(1, 25).Draw(t, "size")
				rng := rand.New(rand.NewPCG(seed, 0))
				p := &lawPlan{rng: rng}
				p.root = makePlan(p)
				l := newLawRun(rng, p)
				if err := l.run(epochs, size); err != nil {
					for _, line := range l.trace {
						t.Log(line)
					}
					t.Fatalf("%s\n%v", plan.Format(l.root), err)
				}
			})
		})
	}
}

// TestLawManyValues is the law for min and max over groups so large that the next values
// are kept at hand, while the extremes come and go.
func TestLawManyValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 12))
	p := &lawPlan{rng: rng}
	s := p.scan([]types.Type{types.Int4, types.Int8})
	s.Append = false
	p.root = groupBy(s, []int{0}, benchAgg("min(int8)", types.Int8, col(s, 1)), benchAgg("max(int8)", types.Int8, col(s, 1)))
	l := newLawRun(rng, p)
	if err := l.build(false); err != nil {
		t.Fatal(err)
	}
	in := l.inputs[0]
	row := func(v int64) types.Row {
		r := make(types.Row, len(in.phys))
		r[s.Columns[0]], r[s.Columns[1]] = types.NewInt32(int32(v%2)), types.NewInt64(v)
		return r
	}
	var held []int64
	next := int64(1000)
	for e := range 150 {
		var cs []change
		add := func(v, w int64) { cs = append(cs, change{row(v), w}) }
		for range rng.IntN(30) + 100/(e+1) {
			v := next
			if next++; rng.IntN(10) == 0 {
				v = rng.Int64N(2000) - 500 // now and then a new extreme
			}
			add(v, 1)
			held = append(held, v)
		}
		slices.Sort(held)
		for range min(rng.IntN(25), len(held)) { // the smallest go, some of the greatest too
			i := 0
			if rng.IntN(4) == 0 {
				i = len(held) - 1
			}
			add(held[i], -1)
			held = slices.Delete(held, i, i+1)
		}
		for _, c := range cs {
			in.cur.add(c.row, c.w)
		}
		rng.Shuffle(len(cs), func(i, j int) { cs[i], cs[j] = cs[j], cs[i] })
		if err := l.feed(types.Epoch(e+1), [][]change{cs}); err != nil {
			t.Fatalf("epoch %d: %v", e+1, err)
		}
		if e%40 == 39 {
			if err := l.checkpoint(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
