package exec

import "streamdb/types"

// batcher gathers output rows and emits them in batches of bounded size.
type batcher struct {
	b *types.Batch
}

func newBatcher(ts []types.Type) batcher { return batcher{types.NewBatch(ts, 0)} }

// full emits what is gathered once it is a batch.
func (w *batcher) full(out Emit) error {
	if w.b.N < types.MaxBatch {
		return nil
	}
	return w.flush(out)
}

// drop takes the last row back.
func (w *batcher) drop() {
	b := w.b
	b.N--
	for _, v := range b.Cols {
		v.Resize(b.N)
	}
	if b.W != nil {
		b.W = b.W[:b.N]
	}
}

// flush emits what is gathered.
func (w *batcher) flush(out Emit) error {
	if w.b.N == 0 {
		return nil
	}
	err := out(w.b)
	if w.b.MemSize() > mostScratch {
		w.b = types.NewBatch(w.b.Types(), 0)
	}
	w.b.Reset()
	return err
}
