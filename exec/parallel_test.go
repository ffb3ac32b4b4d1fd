package exec

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
)

// parallelRun is the law for a whole dataflow: the view's contents are, at every epoch, the
// model's answer, whatever the number of workers, which changes at every restart.
type parallelRun struct {
	*lawRun
	rels  map[catalog.ID]*Stored
	clock *Clock
	view  *Stored
	errs  *ErrorSet
	flow  *Dataflow
	last  types.Epoch
}

func newParallelRun(l *lawRun) *parallelRun {
	p := &parallelRun{lawRun: l, rels: map[catalog.ID]*Stored{}, clock: NewClock(1), last: 1}
	for _, in := range l.inputs {
		p.rels[in.scan.Relation] = NewStored(in.phys.Types(), 1)
	}
	return p
}

// start runs the dataflow on a random number of workers, from nothing or from what was
// saved.
func (p *parallelRun) start(fresh bool) error {
	since := p.last
	if fresh {
		since--
	}
	p.view, p.errs = NewStored(p.root.Schema().Types(), since), NewErrorSet(0)
	workers := 1 + p.rng.IntN(3)
	p.trace = append(p.trace, fmt.Sprintf("%d workers, fresh %v", workers, fresh))
	flow, err := NewDataflow(DataflowConfig{
		Name: "v", Plan: p.root, Out: p.view, Errors: p.errs, Style: types.DefaultStyle(), Base: lawBase,
		From: p.last, Fresh: fresh, Load: p.store.scan, Workers: workers,
		Inputs: func(id catalog.ID) Relation { return p.rels[id] }, Clock: p.clock,
	})
	if err != nil {
		return err
	}
	p.flow = flow
	go flow.Run()
	return nil
}

// epoch feeds random deltas, ends the epoch, and compares.
func (p *parallelRun) epoch(size int, saver Saver) error {
	for _, in := range p.inputs {
		cs := randomChanges(p.rng, in.phys, in.cur, p.rng.IntN(size+1), in.scan.Append)
		for _, b := range randomBatches(p.rng, in.phys, cs) {
			p.note(in, b)
			if err := p.rels[in.scan.Relation].Emit(b); err != nil {
				return err
			}
			scribble(b)
		}
	}
	p.last++
	p.trace = append(p.trace, fmt.Sprintf("barrier %d", p.last))
	p.clock.CloseEpoch(Barrier{Epoch: p.last, Save: saver})
	for _, s := range p.rels {
		if err := s.End(Barrier{Epoch: p.last, Save: saver}); err != nil {
			return err
		}
	}
	return nil
}

// await waits for the view to have the last epoch.
func (p *parallelRun) await() error {
	wake := make(chan struct{}, 1)
	p.view.Log.Subscribe(wake)
	defer p.view.Log.Unsubscribe(wake)
	for late := time.After(20 * time.Second); ; {
		_, upper, err := p.view.Log.Bounds()
		if err != nil {
			return err
		}
		if upper > p.last {
			return nil
		}
		select {
		case <-wake:
		case <-late:
			return fmt.Errorf("the view does not come to epoch %d", p.last)
		}
	}
}

func (p *parallelRun) compare() error {
	if err := p.await(); err != nil {
		return err
	}
	got, err := readAt(p.view, p.last)
	if err != nil {
		return err
	}
	want, wantErrs := p.answer()
	if d := got.diff(want, p.root.Schema().Types()); d != "" {
		return fmt.Errorf("the view is not the answer:\n%s", d)
	}
	errs := errorBag{}
	for _, e := range p.errs.Entries() {
		errs.add(e.Code+" "+e.Message, e.Weight)
	}
	if fmt.Sprint(errs) != fmt.Sprint(wantErrs) {
		return fmt.Errorf("errors %v, want %v", errs, wantErrs)
	}
	return nil
}

// run lets epochs pass, restarting from a checkpoint at random.
func (p *parallelRun) run(epochs, size int) error {
	if err := p.epoch(size, nil); err != nil { // rows from before the view
		return err
	}
	if err := p.start(true); err != nil {
		return err
	}
	defer func() { p.flow.Stop() }()
	for range epochs {
		restart := p.rng.IntN(3) == 0
		var saver Saver
		mem := newMemSaver()
		if restart {
			saver = mem
		}
		for range 1 + p.rng.IntN(3) { // several epochs in flight
			if err := p.epoch(size, nil); err != nil {
				return err
			}
		}
		if err := p.epoch(size, saver); err != nil {
			return err
		}
		if err := p.compare(); err != nil {
			return err
		}
		if !restart {
			continue
		}
		saved, err := mem.of("v")
		if err != nil {
			return err
		}
		p.flow.Stop()
		if err := p.store.apply(saved); err != nil {
			return err
		}
		if err := p.start(false); err != nil {
			return err
		}
	}
	return nil
}

// TestLawOfWorkers is the law over 1, 2 and 3 workers and restarts between them.
func TestLawOfWorkers(t *testing.T) {
	for name, makePlan := range lawPlans {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
				epochs, size := rapid.IntRange(1, 4).Draw(t, "epochs"), rapid.IntRange(1, 25).Draw(t, "size")
				lp := &lawPlan{rng: rng}
				lp.root = makePlan(lp)
				p := newParallelRun(newLawRun(rng, lp))
				if err := p.run(epochs, size); err != nil {
					for _, line := range p.trace {
						t.Log(line)
					}
					t.Fatalf("%s\n%v", plan.Format(plan.Distribute(p.root)), err)
				}
			})
		})
	}
}

// TestWorkersUnderPressure pushes many more rows than queues hold through a diamond of
// exchanges, in epochs that overlap, and stops in the midst of it.
func TestWorkersUnderPressure(t *testing.T) {
	s := types.Schema{{Name: "k", Type: types.Int8}, {Name: "v", Type: types.Int8}}
	scan := scanOf(1, s)
	other := &plan.Project{Input: scan, Exprs: []expr.Expr{col(scan, 1), col(scan, 0)}, Out: s}
	root := countBy(&plan.Join{
		Kind: plan.Left, Left: scan, Right: countBy(other), LeftKeys: []int{0}, RightKeys: []int{0}, NullSafe: []bool{false},
		Out: append(s[:2:2], countBy(other).Schema()...),
	})
	rng := rand.New(rand.NewPCG(11, 11))
	p := &parallelRun{
		lawRun: &lawRun{rng: rng, root: root, store: newMemState()},
		rels:   map[catalog.ID]*Stored{1: NewStored(s.Types(), 1)}, clock: NewClock(1), last: 1,
	}
	cur := bag{}
	push := func(n int) {
		b := types.NewBatch(s.Types(), n)
		for range n {
			r := types.Row{types.NewInt64(rng.Int64N(5000)), types.NewInt64(rng.Int64N(5000))}
			b.AppendRow(r, 1)
			cur.add(r, 1)
		}
		if err := p.rels[1].Emit(b); err != nil {
			t.Fatal(err)
		}
		if rng.IntN(4) == 0 {
			p.last++
			p.clock.CloseEpoch(Barrier{Epoch: p.last})
			if err := p.rels[1].End(Barrier{Epoch: p.last}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for p.last < 3 {
		push(2000)
	}
	for p.flow == nil || p.flow.workers < 3 {
		if p.flow != nil {
			p.flow.Stop() // in the midst of the fill
		}
		if err := p.start(true); err != nil {
			t.Fatal(err)
		}
	}
	for last := p.last + 6; p.last < last; {
		push(2000)
	}
	if err := p.await(); err != nil {
		t.Fatal(err)
	}
	if got, _ := readAt(p.view, p.last); sumCounts(got) != sumOf(cur) {
		t.Errorf("%d rows counted of %d", sumCounts(got), sumOf(cur))
	}
	for range 20 {
		push(2000)
	}
	p.flow.Stop()
	if err := p.flow.Err(); err != nil {
		t.Error(err)
	}
}

// sumCounts adds up the second column.
func sumCounts(b bag) (n int64) {
	for _, x := range b {
		n += x.row[1].Int() * x.w
	}
	return n
}
