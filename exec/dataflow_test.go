package exec

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/state"
	"streamdb/types"
)

// world is a coordinator with tables, sources and views.
type world struct {
	t     *testing.T
	ep    *Epochs
	rels  map[catalog.ID]Relation
	clock *Clock
}

func newWorld(t *testing.T, last types.Epoch) *world {
	w := &world{t: t, rels: map[catalog.ID]Relation{}, clock: NewClock(last)}
	w.ep = NewEpochs(last, time.Millisecond, func() (types.Epoch, error) { return w.ep.last + 100, nil }, func() {})
	w.ep.Attach(func(types.Epoch) ([]EpochMember, []*Changelog) {
		return []EpochMember{w.clock}, []*Changelog{w.clock.Changelog()}
	})
	return w
}

// table makes a table; it is complete up to the last epoch.
func (w *world) table(id catalog.ID, s types.Schema) *Table {
	var tab *Table
	w.ep.Attach(func(last types.Epoch) ([]EpochMember, []*Changelog) {
		tab = NewTable(s.Types(), nil, last)
		w.rels[id] = tab
		return []EpochMember{tab}, []*Changelog{tab.Changelog()}
	})
	return tab
}

// view is a running view of a test.
type view struct {
	*Stored
	flow *Dataflow
	plan plan.Node
	errs *ErrorSet
	gate chan struct{} // not nil: it emits nothing before this is closed
}

// gated is an output that takes nothing until its gate is open.
type gated struct {
	*Stored
	gate chan struct{}
}

func (g gated) Emit(b *types.Batch) error {
	<-g.gate
	return g.Stored.Emit(b)
}

// view starts a view from the last epoch, which its inputs may have yet to reach.
func (w *world) view(id catalog.ID, name string, p plan.Node) *view {
	w.t.Helper()
	v := &view{plan: p, errs: NewErrorSet(0)}
	w.start(id, v, DataflowConfig{Name: name, Fresh: true})
	return v
}

// start runs a view's dataflow; cfg has what differs between a new and a resumed one.
func (w *world) start(id catalog.ID, v *view, cfg DataflowConfig) {
	w.t.Helper()
	var err error
	w.ep.Attach(func(last types.Epoch) ([]EpochMember, []*Changelog) {
		since := last
		if cfg.Fresh {
			since--
		}
		if cfg.From == 0 {
			cfg.From = last
		}
		v.Stored = NewStored(v.plan.Schema().Types(), since)
		if cfg.Out = v.Stored; v.gate != nil {
			cfg.Out = gated{v.Stored, v.gate}
		}
		cfg.Plan, cfg.Errors, cfg.Clock, cfg.Style = v.plan, v.errs, w.clock, types.DefaultStyle()
		cfg.Inputs = func(id catalog.ID) Relation { return w.rels[id] }
		cfg.Base = state.TableID(1000 * id)
		v.flow, err = NewDataflow(cfg)
		return nil, []*Changelog{v.Log}
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.rels[id] = v
	go v.flow.Run()
	w.t.Cleanup(v.flow.Stop)
}

// commit applies the batches of a delta to a table in one transaction.
func (w *world) commit(tab *Table, bs ...*types.Batch) {
	w.t.Helper()
	_, err := w.ep.Commit(func() error {
		for _, b := range bs {
			tab.Apply(b.Compact())
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// settled closes the epoch and waits until the relation has it; it returns that epoch.
func (w *world) settled(r Relation) types.Epoch {
	w.t.Helper()
	p := w.pin(r)
	w.ep.Unpin(p)
	return p.At
}

func (w *world) pin(r Relation) *Pin {
	w.t.Helper()
	e, err := w.ep.Closed()
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	p, err := w.ep.Pin(ctx, []*Changelog{r.Changelog()}, e)
	if err != nil {
		w.t.Fatalf("waiting for epoch %d: %v", e, err)
	}
	return p
}

// expectRows compares a relation's newest rows with the model.
func (w *world) expectRows(what string, r Relation, want bag, s types.Schema) {
	w.t.Helper()
	p := w.pin(r)
	defer w.ep.Unpin(p)
	got, err := readAt(r, p.At)
	if d := got.diff(want, s.Types()); err != nil || d != "" {
		w.t.Fatalf("%s: %v\n%s", what, err, d)
	}
}

func scanOf(id catalog.ID, s types.Schema) *plan.Scan {
	return &plan.Scan{Relation: id, Name: "t", Kind: catalog.Table, Columns: allColumns(s), Out: s}
}

// countBy counts the rows of n per value of column 0.
func countBy(n plan.Node) plan.Node {
	fn, _ := expr.AggBySig("count()")
	return &plan.Aggregate{
		Input: n, Keys: []int{0}, Aggs: []expr.AggCall{{Fn: fn, T: types.Int8}},
		Out: types.Schema{n.Schema()[0], {Name: "n", Type: types.Int8}},
	}
}

// TestLateViewEqualsEarlyView: a view created while its table changes ends up the same as
// one created before, and a view over each as well.
func TestLateViewEqualsEarlyView(t *testing.T) {
	w := newWorld(t, 5)
	go w.ep.Run(t.Context(), func(err error) { t.Error(err) })
	tab := w.table(1, contentSchema)
	join := func() plan.Node {
		s := scanOf(1, contentSchema)
		return &plan.Join{
			Kind: plan.Left, Left: s, Right: countBy(s), LeftKeys: []int{0}, RightKeys: []int{0}, NullSafe: []bool{true},
			Out: append(contentSchema[:3:3], countBy(s).Schema()...),
		}
	}
	views := []*view{w.view(10, "early", join())}
	views = append(views, w.view(20, "early count", countBy(scanOf(10, join().Schema()))))
	rng, cur := rand.New(rand.NewPCG(7, 7)), bag{}
	for i := range 60 {
		w.commit(tab, randomBatches(rng, contentSchema, randomChanges(rng, contentSchema, cur, 10, false))...)
		if i%15 == 14 {
			views = append(views, w.view(catalog.ID(11+i), "late", join()))
			views = append(views, w.view(catalog.ID(101+i), "late count", countBy(scanOf(catalog.ID(11+i), join().Schema()))))
		}
	}
	want, _ := answer(join(), map[catalog.ID]bag{1: cur})
	wantCount, _ := answer(countBy(scanOf(10, join().Schema())), map[catalog.ID]bag{10: want})
	for i, v := range views {
		if i%2 == 0 {
			w.expectRows(v.flow.cfg.Name, v, want, v.plan.Schema())
		} else {
			w.expectRows(v.flow.cfg.Name, v, wantCount, v.plan.Schema())
		}
	}
}

// TestViewsAgreeAtEveryEpoch: two views of one table and a view over both never disagree.
func TestViewsAgreeAtEveryEpoch(t *testing.T) {
	w := newWorld(t, 1)
	tab := w.table(1, contentSchema)
	count := countBy(scanOf(1, contentSchema))
	w.view(2, "a", count)
	w.view(3, "b", count)
	diff := w.view(4, "difference", &plan.SetOp{
		Except: true, All: true, Left: scanOf(2, count.Schema()), Right: scanOf(3, count.Schema()), Out: count.Schema(),
	})
	rng, cur := rand.New(rand.NewPCG(8, 8)), bag{}
	for range 30 {
		w.commit(tab, randomBatches(rng, contentSchema, randomChanges(rng, contentSchema, cur, 10, false))...)
		w.expectRows("difference", diff, bag{}, count.Schema())
	}
	cursor := cursorAt(t, diff.Log, diff.Log.since)
	for {
		b, _, ready, _ := cursor.Next()
		if b != nil {
			t.Fatal("the views disagreed for an epoch")
		}
		if !ready {
			break
		}
	}
}

// unlucky is a function that panics over 13.
var unlucky = &expr.Func{
	Name: "unlucky", Args: []types.Type{types.Int8}, Set: true, Ret: types.Int8,
	Rows: func(_ *expr.Ctx, args types.Row, emit func(types.Row) bool) error {
		if args[0].Int() == 13 {
			panic("thirteen")
		}
		emit(args)
		return nil
	},
}

// endless gives rows for ever.
var endless = &expr.Func{
	Name: "endless", Args: []types.Type{types.Int8}, Set: true, Ret: types.Int8,
	Rows: func(c *expr.Ctx, args types.Row, emit func(types.Row) bool) error {
		for emit(args) {
			if err := c.Interrupt(); err != nil {
				return nil
			}
		}
		return nil
	},
}

func tableFuncOver(n plan.Node, f *expr.Func) plan.Node {
	cols := types.Schema{{Name: "f", Type: types.Int8}}
	return &plan.TableFunc{
		Input: n, Funcs: []plan.SetCall{{Fn: f, Args: []expr.Expr{col(n, 0)}, Cols: cols}},
		Out: append(n.Schema()[:1:1], cols...),
	}
}

// TestPanicStopsOneView: the view that panics ends with its reason, and so do its
// dependents; the others go on.
func TestPanicStopsOneView(t *testing.T) {
	s := types.Schema{{Name: "a", Type: types.Int8}}
	w := newWorld(t, 1)
	tab := w.table(1, s)
	sick := w.view(2, "sick", tableFuncOver(scanOf(1, s), unlucky))
	dependent := w.view(3, "dependent", countBy(scanOf(2, sick.plan.Schema())))
	well := w.view(4, "well", countBy(scanOf(1, s)))
	w.commit(tab, intBatch(1, 1, 2))
	w.settled(dependent)
	w.commit(tab, intBatch(1, 13))
	if _, err := w.ep.Closed(); err != nil {
		t.Fatal(err)
	}
	for _, v := range []*view{sick, dependent} {
		select {
		case <-v.flow.Done():
		case <-time.After(10 * time.Second):
			t.Fatalf("%s goes on", v.flow.cfg.Name)
		}
		if err := v.flow.Err(); err == nil || !strings.Contains(err.Error(), "thirteen") {
			t.Errorf("%s ended with %v", v.flow.cfg.Name, err)
		}
		if _, err := w.ep.Pin(context.Background(), []*Changelog{v.Log}, 0); err == nil {
			t.Errorf("%s can still be read", v.flow.cfg.Name)
		}
	}
	w.commit(tab, intBatch(1, 4, 4))
	want := bag{}
	for v, n := range map[int64]int64{1: 1, 2: 1, 13: 1, 4: 2} {
		want.add(append(intRow(v), types.NewInt64(n)), 1)
	}
	w.expectRows("well", well, want, well.plan.Schema())
	w.ep.trim() // the failed views hold nothing back
	if n, _ := tab.Log.Bytes(); n > 1000 {
		t.Errorf("%d bytes kept", n)
	}
}

// TestStopDoesNotWait: Stop ends an idle view, one that waits for its first epoch, and one
// in the midst of endless work.
func TestStopDoesNotWait(t *testing.T) {
	s := types.Schema{{Name: "a", Type: types.Int8}}
	w := newWorld(t, 1)
	tab := w.table(1, s)
	idle := w.view(2, "idle", countBy(scanOf(1, s)))
	busy := w.view(3, "busy", tableFuncOver(scanOf(1, s), endless))
	late := &view{plan: scanOf(1, s), errs: NewErrorSet(0)}
	w.start(4, late, DataflowConfig{Name: "late", From: 99, Fresh: true})
	w.commit(tab, intBatch(1, 1))
	w.settled(idle)
	for _, v := range []*view{idle, busy, late} {
		stopped := make(chan struct{})
		go func() { v.flow.Stop(); close(stopped) }()
		select {
		case <-stopped:
		case <-time.After(10 * time.Second):
			t.Fatalf("%s does not stop", v.flow.cfg.Name)
		}
		if err := v.flow.Err(); err != nil {
			t.Errorf("%s ended with %v", v.flow.cfg.Name, err)
		}
		if _, _, err := v.Log.Bounds(); err == nil {
			t.Errorf("the changelog of %s does not say that it has ended", v.flow.cfg.Name)
		}
	}
}

// memSaver gathers the deltas of one checkpoint.
type memSaver struct {
	mu    sync.Mutex
	saved map[string][]*state.Delta
	came  chan struct{}
}

func newMemSaver() *memSaver {
	return &memSaver{saved: map[string][]*state.Delta{}, came: make(chan struct{}, 16)}
}

func (s *memSaver) Wants(string) bool { return true }
func (s *memSaver) Reached(string)    {}

func (s *memSaver) Save(participant string, deltas []*state.Delta) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.saved[participant] != nil {
		panic(participant + " saved twice")
	}
	s.saved[participant] = deltas
	s.came <- struct{}{}
}

// of waits for what a participant saves.
func (s *memSaver) of(participant string) ([]*state.Delta, error) {
	for late := time.After(20 * time.Second); ; {
		s.mu.Lock()
		ds := s.saved[participant]
		s.mu.Unlock()
		if ds != nil {
			return ds, nil
		}
		select {
		case <-s.came:
		case <-late:
			return nil, fmt.Errorf("%s saves nothing", participant)
		}
	}
}

// TestResume: a view that goes on from a checkpoint ends up the same as one that never
// stopped.
func TestResume(t *testing.T) {
	rng, cur := rand.New(rand.NewPCG(9, 9)), bag{}
	store := newMemState()
	p := countBy(scanOf(1, contentSchema))
	at := types.Epoch(3)
	for round := range 4 {
		w := newWorld(t, at)
		tab := w.table(1, contentSchema)
		for _, x := range cur.rows() { // the table's own recovery
			b := types.NewBatch(contentSchema.Types(), 1)
			b.AppendRow(x.row, x.w)
			tab.Contents.Apply(b, 0)
		}
		var v *view
		if round == 0 {
			v = w.view(2, "v", p)
		} else {
			v = &view{plan: p, errs: NewErrorSet(0)}
			w.start(2, v, DataflowConfig{Name: "v", From: at, Load: store.scan})
		}
		for range 5 {
			w.commit(tab, randomBatches(rng, contentSchema, randomChanges(rng, contentSchema, cur, 10, false))...)
			want, _ := answer(p, map[catalog.ID]bag{1: cur})
			w.expectRows("v", v, want, p.Schema())
		}
		saver := newMemSaver()
		e, err := w.ep.Advance(saver, nil)
		if err != nil {
			t.Fatal(err)
		}
		if at = w.settled(v); at != e {
			t.Fatalf("epoch %d, want %d", at, e)
		}
		saved, err := saver.of("v")
		if err == nil {
			err = store.apply(saved)
		}
		if err != nil {
			t.Fatal(err)
		}
		v.flow.Stop()
	}
}

// TestConstantView: a view that reads nothing has every epoch.
func TestConstantView(t *testing.T) {
	w := newWorld(t, 1)
	p := &plan.Values{Out: types.Schema{{Name: "a", Type: types.Int8}}, Rows: [][]expr.Expr{{constant(types.Int8, types.NewInt64(4))}}}
	v := w.view(1, "constant", p)
	want := bag{}
	want.add(intRow(4), 1)
	for range 3 {
		if _, err := w.ep.Advance(nil, nil); err != nil {
			t.Fatal(err)
		}
		w.expectRows("constant", v, want, p.Out)
	}
}

// TestReserveFails: without an epoch number there is no epoch.
func TestReserveFails(t *testing.T) {
	full := errors.New("disk full")
	ep := NewEpochs(7, time.Millisecond, func() (types.Epoch, error) { return 0, full }, func() {})
	if _, err := ep.Advance(nil, nil); !errors.Is(err, full) || ep.Last() != 7 {
		t.Errorf("%v at epoch %d", err, ep.Last())
	}
}
