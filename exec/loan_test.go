package exec

import (
	"context"
	"fmt"
	"io"
	"testing"

	"streamdb/catalog"
	"streamdb/connector"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
)

// words is a source of large and small chunks of rows (n, "word <n mod 100>"), read into the
// batches that are lent to it, after everything in them was overwritten.
type words struct{ count uint64 }

func (w words) Schema() types.Schema {
	return types.Schema{{Name: "a", Type: types.Int8}, {Name: "b", Type: types.Text}}
}
func (w words) AppendOnly() bool { return true }
func (w words) Close() error     { return nil }

func (w words) Open(_ context.Context, from connector.Offset) (connector.Reader, error) {
	at, _ := from.Number()
	return &wordsReader{words: w, at: at}, nil
}

func (w words) row(n uint64) types.Row {
	return types.Row{types.NewInt64(int64(n)), types.NewBytes(fmt.Sprint("word ", n%100))}
}

type wordsReader struct {
	words
	at uint64
}

func (r *wordsReader) Next(_ context.Context, limit connector.Limit) (connector.Chunk, error) {
	if r.at == r.count {
		return connector.Chunk{}, io.EOF
	}
	b := limit.Into
	if b == nil { // a snapshot
		b = types.NewBatch(r.Schema().Types(), 0)
	}
	text := b.Cols[1]
	fillWith(text.Data[:cap(text.Data)], '#')
	b.Cols[0].Resize(types.MaxBatch)
	scribble(b)
	b.Reset()
	rows := lendFrom + r.at%7
	if r.at%5 == 0 {
		rows = 9 // too few to be lent
	}
	upto := min(r.count, r.at+rows)
	if u, ok := limit.Until.Number(); ok && limit.Until != nil {
		upto = min(upto, u)
	}
	for ; r.at < upto; r.at++ {
		b.AppendRow(r.row(r.at), 1)
	}
	return connector.Chunk{Batch: b, After: connector.OffsetAt(r.at)}, nil
}

// maxBy is the greatest text for each of a hundred keys.
func maxBy(n plan.Node) plan.Node {
	fn, _ := expr.AggBySig("max(text)")
	key := &plan.Project{
		Input: n, Exprs: []expr.Expr{op("%", col(n, 0), constant(types.Int8, types.NewInt64(100))), col(n, 1)},
		Out: types.Schema{{Name: "k", Type: types.Int8}, n.Schema()[1]},
	}
	return &plan.Aggregate{
		Input: key, Keys: []int{0}, Aggs: []expr.AggCall{{Fn: fn, Args: []expr.Expr{col(key, 1)}, T: types.Text}},
		Out: types.Schema{key.Out[0], {Name: "max", Type: types.Text}},
	}
}

// TestLentBatchesComeBackRead: batches of a source are filled again while views read others,
// and no view sees one that was.
func TestLentBatchesComeBackRead(t *testing.T) {
	src := words{count: 20 * lendFrom}
	w := newWorld(t, 1)
	s := w.source(1, src, nil)
	w.run()
	scan := scanOf(1, src.Schema())
	few := &plan.Filter{Input: scan, Pred: op("=", op("%", col(scan, 0), constant(types.Int8, types.NewInt64(50))), constant(types.Int8, types.NewInt64(7)))}
	byWord := &plan.Aggregate{Input: scan, Keys: []int{1}, Out: types.Schema{scan.Out[1]}}
	plans := []plan.Node{few, maxBy(scan), byWord}
	var views []*view
	for i, p := range plans {
		for workers := range 2 {
			id := catalog.ID(10 + 2*i + workers)
			v := &view{plan: p, errs: NewErrorSet(0)}
			w.start(id, v, DataflowConfig{Name: fmt.Sprint("view ", id), Fresh: true, Workers: 1 + workers})
			views = append(views, v)
		}
	}
	s.Use(nil)
	eventually(t, "not read", func() bool { return s.Rows() >= int64(src.count/2) })
	views = append(views, w.view(30, "late", few))
	eventually(t, "not read", func() bool { return s.Rows() == int64(src.count) })
	s.Release()
	all := bag{}
	for n := range src.count {
		all.add(src.row(n), 1)
	}
	for _, v := range views {
		want, _ := answer(v.plan, map[catalog.ID]bag{1: all})
		w.expectRows(v.flow.cfg.Name, v, want, v.plan.Schema())
	}
}

// lent puts a batch that is lent into the open epoch.
func lent(l *Changelog, lend *lender, v int64) *loan {
	x := lend.take()
	x.b.AppendRow(intRow(v), 1)
	l.append(x.b, x)
	return x
}

// TestLoanEnds with the last of those who may read it.
func TestLoanEnds(t *testing.T) {
	l, lend := NewChangelog(0), &lender{types: oneInt}
	slow, fast := cursorAt(t, l, 0), cursorAt(t, l, 0)
	x := lent(l, lend, 1)
	refs := func(what string, want int) {
		t.Helper()
		if x.refs != want {
			t.Errorf("%s: %d readers, want %d", what, x.refs, want)
		}
	}
	refs("appended", 1)
	if b, _, _, _ := slow.Next(); b != x.b {
		t.Fatal("not given")
	}
	if b, _, _, _ := fast.Next(); b != x.b {
		t.Fatal("not given")
	}
	refs("read by two", 3)
	fast.Next()
	refs("one went on", 2)
	l.Close(Barrier{Epoch: 1})
	l.Trim(1)
	refs("trimmed", 1)
	slow.Close()
	refs("nobody", 0)
}

// TestLoanForGood: what goes to a file, or is looked up, is not filled again.
func TestLoanForGood(t *testing.T) {
	l, lend := NewChangelog(0), &lender{types: oneInt}
	l.keepIn(NewSpiller(nil, 0, nil), 0)
	spilled := lent(l, lend, 1)
	l.Close(Barrier{Epoch: 1})
	if got := l.oldest(0); len(got.epochs) != 1 {
		t.Fatal("nothing to spill")
	}
	found := lent(l, lend, 2)
	if _, err := l.After(1, 0, func(*types.Batch) {}); err != nil {
		t.Fatal(err)
	}
	l.Close(Barrier{Epoch: 2})
	l.Trim(2)
	if spilled.refs != 1 || found.refs != 1 {
		t.Errorf("readers: %d, %d", spilled.refs, found.refs)
	}
}

// TestTrimmedLoanIsNotGiven: a cursor that was left behind fails.
func TestTrimmedLoanIsNotGiven(t *testing.T) {
	l := NewChangelog(0)
	c := cursorAt(t, l, 0)
	lent(l, &lender{types: oneInt}, 1)
	l.Close(Barrier{Epoch: 1})
	l.Trim(1)
	expect(t, "left behind", drain(t, c), errTrimmed.Error())
}
