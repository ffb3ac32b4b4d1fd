package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"streamdb/catalog"
	"streamdb/connector"
	"streamdb/connector/nexmark"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// benchInput is a relation's pre-generated batches.
type benchInput struct {
	scan    *plan.Scan
	batches []*types.Batch
}

// benchPlan runs a plan over its inputs, batch about, from empty state in each round. An
// epoch ends after every epochRows rows, and a checkpoint is taken every tenth epoch.
func benchPlan(b *testing.B, root plan.Node, inputs []benchInput) {
	const epochRows = 100_000
	for _, durable := range []bool{false, true} {
		b.Run(fmt.Sprintf("durable=%v", durable), func(b *testing.B) {
			rows, out := 0, 0
			b.ReportAllocs()
			cpu := cpuTime()
			for range b.N {
				g := benchGraph(b, root, durable, &out)
				rows += feedAll(b, g, inputs, epochRows, durable)
			}
			b.ReportMetric(float64((cpuTime()-cpu).Nanoseconds())/float64(rows), "cpu-ns/row")
			b.ReportMetric(float64(out)/float64(rows), "out/row")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// cpuTime is what the process has used so far, garbage collection included: unlike the
// time on the wall, it does not depend on what else the machine does.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchGraph(b *testing.B, root plan.Node, durable bool, out *int) *graph {
	env := &Env{
		Expr: expr.NewCtx(types.DefaultStyle(), 0), Workers: 1, Durable: durable,
		Error: func(err *pgerr.Error, _ int64, _ *types.Batch, _ int) error { return err },
	}
	g, err := buildGraph(env, []sink{{root, collector{func(b *types.Batch) error { *out += b.Len(); return nil }}}}, new(plan.Deriver))
	if err != nil {
		b.Fatal(err)
	}
	return g
}

func feedAll(b *testing.B, g *graph, inputs []benchInput, epochRows int, durable bool) int {
	rows, due, epoch := 0, epochRows, types.Epoch(1)
	end := func() {
		if err := g.barrier(epoch); err != nil {
			b.Fatal(err)
		}
		if epoch++; durable && epoch%10 == 0 {
			g.saved()
		}
	}
	most := 0
	for _, in := range inputs {
		most = max(most, len(in.batches))
	}
	for i := range most {
		for _, in := range inputs { // spread the shorter ones evenly
			for k := i * len(in.batches) / most; k < (i+1)*len(in.batches)/most; k++ {
				for _, l := range g.scans {
					if l.node.Relation == in.scan.Relation {
						if err := l.push(in.batches[k]); err != nil {
							b.Fatal(err)
						}
					}
				}
				rows += in.batches[k].Len()
			}
		}
		if rows >= due {
			end()
			due += epochRows
		}
	}
	end()
	return rows
}

// auctions is n events of a nexmark table, as batches.
func auctions(b *testing.B, table string, id catalog.ID, n int, cols ...string) benchInput {
	opts, err := nexmark.Spec().Resolve(connector.Options{"nexmark.table.type": table, "nexmark.event.num": fmt.Sprint(n)})
	if err != nil {
		b.Fatal(err)
	}
	src, err := nexmark.Spec().NewSource(connector.Config{Options: opts})
	if err != nil {
		b.Fatal(err)
	}
	all := src.Schema()
	in := benchInput{scan: &plan.Scan{Relation: id, Name: table, Kind: catalog.Source, Append: true}}
	var pick []int
	for i, name := range cols {
		pick = append(pick, all.Index(name))
		in.scan.Columns = append(in.scan.Columns, i)
		in.scan.Out = append(in.scan.Out, all[pick[i]])
	}
	src = src.(connector.Pruner).Prune(pick)
	r, err := src.Open(context.Background(), nil)
	if err != nil {
		b.Fatal(err)
	}
	for {
		c, err := r.Next(context.Background(), connector.Limit{})
		if errors.Is(err, io.EOF) {
			return in
		}
		if err != nil {
			b.Fatal(err)
		}
		in.batches = append(in.batches, c.Batch.Compact())
	}
}

// keyed is n rows of random keys out of so many, and a value.
func keyed(n, keys int, text bool) benchInput {
	t := types.Int8
	if text {
		t = types.Text
	}
	s := types.Schema{{Name: "k", Type: t, NotNull: true}, {Name: "v", Type: types.Int8, NotNull: true}}
	in := benchInput{scan: scanOf(1, s)}
	in.scan.Append = true
	rng := rand.New(rand.NewPCG(1, 2))
	for range n / types.MaxBatch {
		b := types.NewBatch(s.Types(), types.MaxBatch)
		for range types.MaxBatch {
			k := rng.Int64N(int64(keys))
			d := types.NewInt64(k)
			if text {
				d = types.NewBytes(fmt.Sprintf("key-%08d", k))
			}
			b.AppendRow(types.Row{d, types.NewInt64(k & 1023)}, 1)
		}
		in.batches = append(in.batches, b)
	}
	return in
}

func benchAgg(sig string, ret types.Type, args ...expr.Expr) expr.AggCall {
	fn, ok := expr.AggBySig(sig)
	if !ok {
		panic(sig)
	}
	return expr.AggCall{Fn: fn, Args: args, T: ret}
}

func groupBy(n plan.Node, keys []int, aggs ...expr.AggCall) *plan.Aggregate {
	a := &plan.Aggregate{Input: n, Keys: keys, Aggs: aggs}
	for _, k := range keys {
		a.Out = append(a.Out, n.Schema()[k])
	}
	for _, c := range aggs {
		a.Out = append(a.Out, types.Column{Name: c.Fn.Name, Type: c.T})
	}
	return a
}

func BenchmarkAggregate(b *testing.B) {
	for _, c := range []struct {
		name string
		keys int
		text bool
	}{{"keys=1k", 1000, false}, {"keys=1M", 1_000_000, false}, {"text=1M", 1_000_000, true}} {
		in := keyed(4_000_000, c.keys, c.text)
		b.Run(c.name, func(b *testing.B) {
			benchPlan(b, groupBy(in.scan, []int{0}, benchAgg("count()", types.Int8), benchAgg("sum(int8)", types.NumericT, col(in.scan, 1))), []benchInput{in})
		})
	}
}

func BenchmarkDistinctCount(b *testing.B) {
	in := keyed(2_000_000, 100_000, false)
	count := benchAgg("count(any)", types.Int8, col(in.scan, 1))
	count.Distinct = true
	benchPlan(b, groupBy(in.scan, []int{0}, count), []benchInput{in})
}

// BenchmarkFilter is nexmark q2.
func BenchmarkFilter(b *testing.B) {
	in := auctions(b, "bid", 1, 2_000_000, "auction", "price")
	k := constant(types.Int8, types.NewInt64(123))
	zero := constant(types.Int8, types.NewInt64(0))
	benchPlan(b, &plan.Filter{Input: in.scan, Pred: op("=", op("%", col(in.scan, 0), k), zero)}, []benchInput{in})
}

func joinBids(auction, bid plan.Node) *plan.Join {
	return &plan.Join{
		Kind: plan.Inner, Left: auction, Right: bid, LeftKeys: []int{0}, RightKeys: []int{0}, NullSafe: []bool{false},
		Out: append(auction.Schema()[:len(auction.Schema()):len(auction.Schema())], bid.Schema()...),
	}
}

// BenchmarkJoin is bids with their auctions.
func BenchmarkJoin(b *testing.B) {
	a := auctions(b, "auction", 1, 2_000_000, "id", "category", "seller")
	bids := auctions(b, "bid", 2, 2_000_000, "auction", "price", "bidder")
	benchPlan(b, joinBids(a.scan, bids.scan), []benchInput{a, bids})
}

// BenchmarkJoinText has a text column on either side.
func BenchmarkJoinText(b *testing.B) {
	a := auctions(b, "auction", 1, 2_000_000, "id", "category", "item_name")
	bids := auctions(b, "bid", 2, 2_000_000, "auction", "price", "channel")
	benchPlan(b, joinBids(a.scan, bids.scan), []benchInput{a, bids})
}

// BenchmarkQ4 is the average of the highest bids of auctions, per category.
func BenchmarkQ4(b *testing.B) {
	a := auctions(b, "auction", 1, 2_000_000, "id", "category", "date_time", "expires")
	bids := auctions(b, "bid", 2, 2_000_000, "auction", "price", "date_time")
	j := joinBids(a.scan, bids.scan)
	at := col(j, 6)
	j.Residual = &expr.And{Args: []expr.Expr{op(">=", at, col(j, 2)), op("<=", at, col(j, 3))}}
	p := &plan.Project{
		Input: j, Exprs: []expr.Expr{col(j, 0), col(j, 1), col(j, 5)},
		Out: types.Schema{j.Out[0], j.Out[1], j.Out[5]},
	}
	highest := groupBy(p, []int{0, 1}, benchAgg("max(int8)", types.Int8, col(p, 2)))
	avg := groupBy(highest, []int{1}, benchAgg("avg(int8)", types.NumericT, col(highest, 2)))
	benchPlan(b, avg, []benchInput{a, bids})
}

// BenchmarkQ17 is bid statistics per auction and day.
func BenchmarkQ17(b *testing.B) {
	bids := auctions(b, "bid", 1, 2_000_000, "auction", "price", "date_time")
	s := bids.scan
	day := op("/", col(s, 1), constant(types.Int8, types.NewInt64(1<<40))) // one day; date functions are expr's matter
	p := &plan.Project{
		Input: s, Exprs: []expr.Expr{col(s, 0), day, col(s, 1)},
		Out: types.Schema{s.Out[0], {Name: "day", Type: types.Int8}, s.Out[1]},
	}
	price := col(p, 2)
	filtered := func(pred expr.Expr) expr.AggCall {
		c := benchAgg("count()", types.Int8)
		c.Filter = pred
		return c
	}
	lim := func(n int64) expr.Expr { return constant(types.Int8, types.NewInt64(n)) }
	g := groupBy(
		p, []int{0, 1}, benchAgg("count()", types.Int8),
		filtered(op("<", price, lim(10_000))),
		filtered(&expr.And{Args: []expr.Expr{op(">=", price, lim(10_000)), op("<", price, lim(1_000_000))}}),
		filtered(op(">=", price, lim(1_000_000))),
		benchAgg("min(int8)", types.Int8, price), benchAgg("max(int8)", types.Int8, price),
		benchAgg("avg(int8)", types.NumericT, price), benchAgg("sum(int8)", types.NumericT, price),
	)
	benchPlan(b, g, []benchInput{bids})
}

// BenchmarkContents is a view of 1M rows of which every one changes.
func BenchmarkContents(b *testing.B) {
	in := keyed(1_000_000, 1_000_000, false)
	n, cpu := 0, cpuTime()
	for range b.N {
		s := NewStored(in.scan.Out.Types(), 0)
		for _, d := range in.batches {
			if err := s.Emit(d); err != nil {
				b.Fatal(err)
			}
			n += d.Len()
		}
	}
	b.ReportMetric(float64((cpuTime()-cpu).Nanoseconds())/float64(n), "cpu-ns/row")
}
