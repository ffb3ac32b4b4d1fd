package expr

import "streamdb/types"

// AggCall is one aggregate of a GROUP BY, bound.
type AggCall struct {
	Fn       *Agg
	Args     []Expr // over the aggregate's input
	Distinct bool
	Order    []SortKey // inside the call; only for order-sensitive aggregates
	Filter   Expr      // boolean, or nil
	T        types.Type
}

// SortKey is one ORDER BY item.
type SortKey struct {
	Expr       Expr
	Desc       bool
	NullsFirst bool
}

// Agg is one overload of an aggregate: one row of the aggregate table.
type Agg struct {
	Name string
	Args []types.Type
	Ret  types.Type
	// NewLinear, if set, makes an accumulator that can take a row back: its state after any
	// adds and retractions depends only on the rows that remain.
	NewLinear func(c *AggCall) Linear
	// NewAppend, if set, makes a cheaper accumulator that is only right when nothing is
	// ever retracted (min and max as one word).
	NewAppend func(c *AggCall) Linear
	// Collect, if set, computes the result from all argument rows present in the group, in
	// the aggregate's order (by value where the call gives none), each with its count > 0.
	// It serves every aggregate that is not linear: min, max, array_agg, string_agg.
	Collect func(c *Ctx, call *AggCall, rows func(yield func(r types.Row, count int64) bool)) (types.Datum, error)
	// First says that Collect looks only at the first row (min; max with Desc order).
	First, Desc bool
	// OID is the aggregate's pg_proc.oid.
	OID uint32
	// SkipNulls says that rows with a NULL (first) argument do not take part.
	SkipNulls bool
}

// SideStorage is a [Linear] that keeps more than its words.
type SideStorage interface {
	// MemSize is about how many bytes that takes.
	MemSize() int
}

// Linear is an accumulator kept in Words words of a record of slots, beginning at off. All
// calls are per batch. A record starts zeroed, which means: no rows.
type Linear interface {
	Words() int
	// Add folds argument rows into records: rows[k] (physical) goes into the k-th of g,
	// w[k] times (w nil: once each; negative: retracted). A row that cannot be folded
	// (overflow is judged at Result, not here) is noted with c.Fail(row, …).
	Add(c *Ctx, g *types.Records, off int, args []*types.Vec, rows []int32, w []int64)
	// Result appends the value of each record to out; a record whose value raises is
	// appended as NULL and noted with c.Fail(k, …), k being its index in ids.
	Result(c *Ctx, s *types.Slots, off int, ids []uint32, out *types.Vec)
	// AppendState and LoadState write and read one record's state, side storage included;
	// Release frees side storage before the record is freed.
	AppendState(dst []byte, s *types.Slots, off int, id uint32) []byte
	LoadState(src []byte, s *types.Slots, off int, id uint32) (rest []byte, err error)
	Release(s *types.Slots, off int, id uint32)
}
