package exec

import (
	"streamdb/types"
)

// An exchange leads rows from every worker of one fragment to the workers of the next, by
// the owner of their keys' virtual node. Between each two tasks is one bounded queue, which
// carries batches and barriers in order.

const (
	queueDepth   = 8
	exchangeRows = 1024 // rows gathered for one worker before they are sent
)

// vnodeOwner is the worker that owns a virtual node. Ranges start at the virtual node of
// the empty key, so that operators without keys are worker 0's.
func vnodeOwner(vnode, workers int) int {
	return (vnode - emptyVNode) & (types.VNodes - 1) * workers / types.VNodes
}

var emptyVNode = types.VNode(types.HashKey(nil))

// message is a batch, or a barrier.
type message struct {
	b       *types.Batch
	barrier Barrier
}

// queue leads from one task to another.
type queue struct {
	ch   chan message
	free chan *types.Batch // read, to be filled again
	wake chan<- struct{}   // of the reader
	last *types.Batch
}

func newQueue(wake chan<- struct{}) *queue {
	return &queue{ch: make(chan message, queueDepth), free: make(chan *types.Batch, queueDepth+2), wake: wake}
}

// put sends m, waiting for room until stop is closed.
func (q *queue) put(m message, stop <-chan struct{}) error {
	select {
	case q.ch <- m:
	case <-stop:
		return errStopped
	}
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return nil
}

// batch is an empty batch to fill.
func (q *queue) batch(ts []types.Type) *types.Batch {
	select {
	case b := <-q.free:
		b.Reset()
		return b
	default:
		return types.NewBatch(ts, exchangeRows)
	}
}

// Next returns what comes next, as [Cursor.Next]; a batch is valid until the next call.
func (q *queue) Next() (b *types.Batch, br Barrier, ready bool, err error) {
	if q.last != nil {
		select {
		case q.free <- q.last:
		default:
		}
		q.last = nil
	}
	select {
	case m := <-q.ch:
		q.last = m.b
		return m.b, m.barrier, true, nil
	default:
		return nil, Barrier{}, false, nil
	}
}

// sender is the near end of an exchange at one worker: the root of its fragment.
type sender struct {
	env   *Env
	keys  []int
	types []types.Type
	to    []*queue       // by worker
	out   []*types.Batch // gathered for each; nil: nothing
	hash  []uint64
	sel   [][]int32
}

func newSender(env *Env, keys []int, ts []types.Type, to []*queue) *sender {
	return &sender{
		env: env, keys: keys, types: ts, to: to,
		out: make([]*types.Batch, len(to)), sel: make([][]int32, len(to)),
	}
}

// Process deals the rows out.
func (s *sender) Process(_ int, b *types.Batch, _ Emit) error {
	if len(s.keys) == 0 {
		return s.add(0, b)
	}
	s.hash = types.HashKeys(b, s.keys, s.hash)
	for w := range s.sel {
		s.sel[w] = noRows(s.sel[w])
	}
	for k := range b.Len() {
		row := b.Row(k)
		w := vnodeOwner(types.VNode(s.hash[row]), len(s.to))
		s.sel[w] = append(s.sel[w], int32(row))
	}
	for w, sel := range s.sel {
		if len(sel) == 0 {
			continue
		}
		if err := s.add(w, &types.Batch{N: b.N, Cols: b.Cols, W: b.W, Sel: sel}); err != nil {
			return err
		}
	}
	return nil
}

// add gathers rows for worker w.
func (s *sender) add(w int, b *types.Batch) error {
	if s.out[w] == nil {
		s.out[w] = s.to[w].batch(s.types)
	}
	s.out[w].AppendBatch(b)
	if s.out[w].N < exchangeRows {
		return nil
	}
	return s.send(w)
}

func (s *sender) send(w int) error {
	b := s.out[w]
	s.out[w] = nil
	return s.to[w].put(message{b: b}, s.env.Stopped)
}

// Barrier sends what is gathered; the task sends the barrier itself, once it has handed
// its state over.
func (s *sender) Barrier(types.Epoch, Emit) error {
	for w, b := range s.out {
		if b != nil && b.N > 0 {
			if err := s.send(w); err != nil {
				return err
			}
		}
	}
	return nil
}

// close sends a barrier to all workers.
func (s *sender) close(br Barrier) error {
	for _, q := range s.to {
		if err := q.put(message{barrier: br}, s.env.Stopped); err != nil {
			return err
		}
	}
	return nil
}
