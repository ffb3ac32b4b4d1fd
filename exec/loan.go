package exec

import (
	"sync"

	"streamdb/types"
)

// lender has the batches that the reader of a source fills. They go round: to the reader,
// through the changelog to its cursors, and back when the changelog has forgotten them and no
// cursor stands on them. A row is written once, then, and not copied into fresh memory, which
// would take longer than most queries that have no state.
//
// What is not needed for a while goes to the garbage collector, and so may any loan: nothing
// depends on their coming back.
type lender struct {
	types []types.Type
	spare sync.Pool // of *loan
}

// loan is a batch of a lender.
type loan struct {
	from *lender
	b    *types.Batch // as the reader fills it
	refs int          // the changelog, and cursors that stand on it; the changelog's mutex guards it
}

// lendFrom is how many rows a batch must have to go on itself. A copy of a smaller one takes
// less memory than it.
const lendFrom = types.MaxBatch / 2

// take is an empty batch.
func (l *lender) take() *loan {
	x, ok := l.spare.Get().(*loan)
	if !ok {
		return &loan{from: l, b: types.NewBatch(l.types, types.MaxBatch)}
	}
	x.b.Reset()
	return x
}

// giveBack ends a loan that nobody reads. Rows may have been large: their buffers are not
// kept.
func (x *loan) giveBack() {
	if x.b.MemSize() <= mostScratch {
		x.from.spare.Put(x)
	}
}

// hold says that there is one more reader of the batch; x may be nil, as in release. The
// changelog's mutex is held.
func (x *loan) hold() {
	if x != nil {
		x.refs++
	}
}

// release ends what hold began.
func (x *loan) release() {
	if x == nil {
		return
	}
	if x.refs--; x.refs == 0 {
		x.giveBack()
	}
}
