package crashtest

import (
	"context"
	"io"
	"sync"
	"time"

	"streamdb/connector"
	"streamdb/types"
)

// upstream is an external source whose row n is a pure function of n. Its rows come in
// transactions of ticksPerTxn; a test says how many there are.
type upstream struct {
	mu    sync.Mutex
	rows  uint64
	grown chan struct{}
}

const ticksPerTxn = 3

func newUpstream() *upstream { return &upstream{grown: make(chan struct{})} }

// add makes n more transactions available.
func (u *upstream) add(n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.rows += uint64(n) * ticksPerTxn
	close(u.grown)
	u.grown = make(chan struct{})
}

func (u *upstream) state() (rows uint64, grown chan struct{}) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.rows, u.grown
}

// tick is row n.
func tick(n uint64) (g, v int) { return int(n % 5), int(n * 7919 % 101) }

func tickSchema() types.Schema {
	return types.Schema{{Name: "n", Type: types.Int8}, {Name: "g", Type: types.Int4}, {Name: "v", Type: types.Int4}}
}

// spec is the connector "ticks".
func (u *upstream) spec() *connector.Spec {
	return &connector.Spec{
		Name: "ticks",
		Discover: func(context.Context, connector.Config) (connector.Found, error) {
			return connector.Found{Schema: tickSchema()}, nil
		},
		NewSource: func(connector.Config) (connector.Source, error) { return tickSource{u}, nil },
	}
}

type tickSource struct{ u *upstream }

func (s tickSource) Schema() types.Schema { return tickSchema() }
func (s tickSource) AppendOnly() bool     { return true }
func (s tickSource) Close() error         { return nil }

func (s tickSource) Open(_ context.Context, from connector.Offset) (connector.Reader, error) {
	n, ok := from.Number()
	if !ok || n%ticksPerTxn != 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return &tickReader{u: s.u, next: n, b: types.NewBatch(tickSchema().Types(), 2)}, nil
}

// tickReader gives one or two rows at a time, so that transactions come in pieces.
type tickReader struct {
	u    *upstream
	next uint64
	b    *types.Batch
}

func (r *tickReader) Close() error { return nil }

func (r *tickReader) Next(ctx context.Context, limit connector.Limit) (connector.Chunk, error) {
	if u, ok := limit.Until.Number(); limit.Until != nil && ok && r.next >= u {
		return connector.Chunk{After: connector.OffsetAt(r.next)}, nil
	}
	for {
		rows, grown := r.u.state()
		if r.next < rows {
			break
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return connector.Chunk{}, context.Cause(ctx)
		}
	}
	r.b.Reset()
	if r.next%ticksPerTxn != 0 && r.next%4 == 0 {
		time.Sleep(300 * time.Microsecond) // in the midst of a transaction
	}
	for range 1 + r.next%2 {
		g, v := tick(r.next)
		r.b.AppendRow(types.Row{types.NewInt64(int64(r.next)), types.NewInt32(int32(g)), types.NewInt32(int32(v))}, 1)
		r.next++
		if r.next%ticksPerTxn == 0 {
			break
		}
	}
	whole := r.next - r.next%ticksPerTxn
	return connector.Chunk{Batch: r.b, After: connector.OffsetAt(whole), InTxn: whole != r.next}, nil
}
