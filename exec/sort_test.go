package exec

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// runQuery runs a plan over one relation and lists the result rows in order, repeated as
// often as their weight says.
func runQuery(n plan.Node, s types.Schema, in bag) ([]types.Row, error) {
	var out []types.Row
	q := Query{
		Plan: n, Epoch: 1, Ctx: expr.NewCtx(types.DefaultStyle(), 0),
		Inputs: func(*plan.Scan) (Snapshotter, error) { return bagSnapshot{in, s}, nil },
	}
	err := q.Run(context.Background(), func(b *types.Batch) error {
		for k := range b.Len() {
			for range b.Weight(b.Row(k)) {
				out = append(out, b.RowDatums(b.Row(k)))
			}
		}
		return nil
	})
	return out, err
}

// TestSortAndLimit compares ordered, cut results with a sorted list. Only the order keys
// are compared: rows with equal keys may come in any order.
func TestSortAndLimit(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for range 300 {
		in := bag{}
		randomChanges(rng, contentSchema, in, rng.IntN(30), true)
		var keys []plan.SortKey
		for range 1 + rng.IntN(3) {
			keys = append(keys, plan.SortKey{Column: rng.IntN(3), Desc: rng.IntN(2) == 0, NullsFirst: rng.IntN(2) == 0})
		}
		sort := &plan.Sort{Input: scanOf(1, contentSchema), Keys: keys}
		limit := &plan.Limit{Input: sort, WithTies: rng.IntN(3) == 0}
		count, offset := int64(rng.IntN(12)), int64(rng.IntN(8))
		if limit.WithTies || rng.IntN(4) > 0 {
			limit.Count = constant(types.Int8, types.NewInt64(count))
		} else {
			count = -1
		}
		if rng.IntN(2) == 0 {
			limit.Offset = constant(types.Int8, types.NewInt64(offset))
		} else {
			offset = 0
		}
		got, err := runQuery(limit, contentSchema, in)
		if err != nil {
			t.Fatal(err)
		}
		want := sortedCut(in, keys, count, offset, limit.WithTies)
		if g := keyTexts(got, keys); !slices.Equal(g, keyTexts(want, keys)) {
			t.Fatalf("%s\ngot  %v\nwant %v", plan.Format(limit), g, keyTexts(want, keys))
		}
	}
}

// TestLimitOfGroups compares ordered rows cut group by group with what is left of each
// group alone, with bounds that are the group's own.
func TestLimitOfGroups(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for range 300 {
		in := bag{}
		randomChanges(rng, contentSchema, in, rng.IntN(60), true)
		group := 0
		keys := []plan.SortKey{{Column: group}, {Column: 1 + rng.IntN(2), Desc: rng.IntN(2) == 0}}
		limit := &plan.Limit{
			Input: &plan.Sort{Input: scanOf(1, contentSchema), Keys: keys}, Keys: []int{group},
			Count: constant(types.Int8, types.NewInt64(int64(rng.IntN(3)))), WithTies: rng.IntN(3) == 0,
			Offset: constant(types.Int8, types.NewInt64(int64(rng.IntN(3)))),
		}
		count, offset := limit.Count.(*expr.Const).D.Int(), limit.Offset.(*expr.Const).D.Int()
		own := rng.IntN(2) == 0
		if own {
			isNull := &expr.IsNull{Arg: &expr.Col{Index: group, T: contentSchema[group].Type}}
			four := constant(types.Int8, types.NewInt64(4))
			limit.Count = &expr.Case{T: types.Int8, Whens: []expr.When{{Cond: isNull, Then: limit.Count}}, Else: four}
		}
		got, err := runQuery(limit, contentSchema, in)
		if err != nil {
			t.Fatal(err)
		}
		var want []types.Row
		for _, g := range groupsOf(in, group) {
			n := count
			if own && !g.rows()[0].row[group].IsNull() {
				n = 4
			}
			want = append(want, sortedCut(g, keys, n, offset, limit.WithTies)...)
		}
		g, w := keyTexts(got, keys), keyTexts(want, keys)
		slices.Sort(g)
		slices.Sort(w)
		if !slices.Equal(g, w) {
			t.Fatalf("%s\ngot  %v\nwant %v", plan.Format(limit), g, w)
		}
	}
}

// groupsOf splits rows by a column.
func groupsOf(in bag, col int) map[string]bag {
	out := map[string]bag{}
	for _, x := range in.rows() {
		k := string(types.AppendKeyDatum(nil, contentSchema[col].Type, x.row[col]))
		if out[k] == nil {
			out[k] = bag{}
		}
		out[k].add(x.row, x.w)
	}
	return out
}

func keyTexts(rows []types.Row, keys []plan.SortKey) []string {
	var out []string
	for _, r := range rows {
		var k []byte
		for _, x := range keys {
			k = types.AppendKeyDatum(k, contentSchema[x.Column].Type, r[x.Column])
		}
		out = append(out, fmt.Sprintf("%x", k))
	}
	return out
}

func sortedCut(in bag, keys []plan.SortKey, count, offset int64, ties bool) []types.Row {
	var rows []types.Row
	for _, x := range in.rows() {
		for range x.w {
			rows = append(rows, x.row)
		}
	}
	compare := func(a, b types.Row) int {
		for _, k := range keys {
			if c := compareNulls(contentSchema[k.Column].Type, a[k.Column], b[k.Column], k.Desc, k.NullsFirst); c != 0 {
				return c
			}
		}
		return 0
	}
	slices.SortStableFunc(rows, compare)
	rows = rows[min(int(offset), len(rows)):]
	if count < 0 || int(count) >= len(rows) {
		return rows
	}
	n := int(count)
	for ties && n > 0 && n < len(rows) && compare(rows[n-1], rows[n]) == 0 {
		n++
	}
	return rows[:n]
}

func TestLimitErrors(t *testing.T) {
	for _, c := range []struct {
		limit plan.Limit
		code  string
	}{
		{plan.Limit{Count: constant(types.Int8, types.NewInt64(-1))}, pgerr.InvalidRowCountInLimit},
		{plan.Limit{Offset: constant(types.Int8, types.NewInt64(-1))}, pgerr.InvalidRowCountInOffset},
		{plan.Limit{Count: constant(types.Int8, types.Datum{}), Offset: constant(types.Int8, types.Datum{})}, ""},
	} {
		c.limit.Input = scanOf(1, contentSchema)
		_, err := runQuery(&c.limit, contentSchema, bag{})
		if code := codeOf(err); code != c.code {
			t.Errorf("%s: %v", plan.Format(&c.limit), err)
		}
	}
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return pgerr.From(err).Code
}

// TestQueryCancel: a query over endless work ends with the reason of its context.
func TestQueryCancel(t *testing.T) {
	s := types.Schema{{Name: "a", Type: types.Int8}}
	in := bag{}
	in.add(intRow(1), 1)
	ctx, cancel := context.WithCancelCause(context.Background())
	q := Query{
		Plan: tableFuncOver(scanOf(1, s), endless), Epoch: 1, Ctx: expr.NewCtx(types.DefaultStyle(), 0),
		Inputs: func(*plan.Scan) (Snapshotter, error) { return bagSnapshot{in, s}, nil },
	}
	n := 0
	err := q.Run(ctx, func(b *types.Batch) error {
		if n += b.Len(); n > 3*types.MaxBatch {
			cancel(errThree)
		}
		return nil
	})
	if err != errThree {
		t.Errorf("ended with %v", err)
	}
}

// unending is a relation without an end.
type unending struct{ s types.Schema }

func (e unending) Snapshot(ctx context.Context, _ types.Epoch, yield func(*types.Batch) error) error {
	cur := bag{}
	randomChanges(rand.New(rand.NewPCG(1, 1)), e.s, cur, 30, true)
	b := types.NewBatch(e.s.Types(), 0)
	for _, x := range cur.rows() {
		b.AppendRow(x.row, x.w)
	}
	for {
		if err := yield(b); err != nil {
			return err
		}
	}
}

// TestLimitEndsQuery: when the limit is reached, the rest of the relation is not read.
func TestLimitEndsQuery(t *testing.T) {
	limit := &plan.Limit{Input: scanOf(1, contentSchema), Count: constant(types.Int8, types.NewInt64(1000))}
	n := int64(0)
	q := Query{
		Plan: &plan.Project{Input: limit, Exprs: []expr.Expr{col(limit, 0)}, Out: contentSchema[:1]}, Epoch: 1,
		Ctx:    expr.NewCtx(types.DefaultStyle(), 0),
		Inputs: func(*plan.Scan) (Snapshotter, error) { return unending{contentSchema}, nil },
	}
	err := q.Run(context.Background(), func(b *types.Batch) error {
		for k := range b.Len() {
			n += b.Weight(b.Row(k))
		}
		return nil
	})
	if err != nil || n != 1000 {
		t.Errorf("%d rows, %v", n, err)
	}
}
