package exec

import "streamdb/types"

// netting is a feed of a stored relation that gives the small batches of an epoch that are
// ready together, one of each transaction, as one, in which changes that undo each other
// are gone. A dataflow that lags, or begins behind the replayed log, then works on what an
// epoch changed and not on how it came about: a counter's thousand updates are one −/+
// pair, which a join meets with all its other side.
type netting struct {
	feed
	held held // read after the batch that was given
}

// held is what Next of a feed gave.
type held struct {
	b     *types.Batch
	br    Barrier
	ready bool
	err   error
}

// netBelow is the size in rows below which batches are put together.
const netBelow = types.MaxBatch / 4

// Next is the feed's Next, with batches put together.
func (n *netting) Next() (*types.Batch, Barrier, bool, error) {
	h := n.held
	n.held = held{}
	if !h.ready && h.err == nil {
		h = n.read()
	}
	if h.b == nil || h.b.Len() >= netBelow {
		return h.b, h.br, h.ready, h.err
	}
	first := h.b
	n.held = n.read()
	if n.held.b == nil || n.held.b.Len() >= netBelow {
		return first, Barrier{}, true, nil
	}
	sum := types.NewBatch(first.Types(), 2*first.Len())
	sum.AppendBatch(first)
	for n.held.b != nil && sum.N+n.held.b.Len() <= types.MaxBatch {
		sum.AppendBatch(n.held.b)
		n.held = n.read()
	}
	if sum.W == nil {
		return sum, Barrier{}, true, nil
	}
	return types.Consolidate(sum), Barrier{}, true, nil
}

func (n *netting) read() held {
	b, br, ready, err := n.feed.Next()
	return held{b, br, ready, err}
}
