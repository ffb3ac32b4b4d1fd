package nexmark

import (
	"context"
	"time"

	"streamdb/connector"
	"streamdb/connector/sequence"
	"streamdb/types"
)

// source is one table of one auction site.
type source struct {
	model  *model
	kind   kind
	schema types.Schema
	cols   []combinedColumn
	count  uint64
	split  uint64
	splits uint64 // blocks are dealt to so many splits; this source reads one of them
	ways   uint64 // nexmark.split.num
	pace   *sequence.Pace
}

var (
	_ connector.Source   = (*source)(nil)
	_ connector.Pruner   = (*source)(nil)
	_ connector.Splitter = (*source)(nil)
)

// Schema is the declared columns, or all of the table's.
func (s *source) Schema() types.Schema { return s.schema }

// AppendOnly is true: events are never taken back.
func (s *source) AppendOnly() bool { return true }

// Open starts a reader at an event number.
func (s *source) Open(_ context.Context, from connector.Offset) (connector.Reader, error) {
	g := &generator{model: s.model, kind: s.kind, cols: s.cols, split: s.split, splits: s.splits}
	return sequence.Open(g, s.schema, from, s.count, s.pace)
}

// Close does nothing.
func (s *source) Close() error { return nil }

// Prune leaves columns out; the choices of the others do not depend on them.
func (s *source) Prune(cols []int) connector.Source {
	p := *s
	p.schema, p.cols = make(types.Schema, len(cols)), make([]combinedColumn, len(cols))
	for i, c := range cols {
		p.schema[i], p.cols[i] = s.schema[c], s.cols[c]
	}
	return &p
}

// Splits deals the blocks of 50 events in turn to nexmark.split.num sources.
func (s *source) Splits() []connector.Source {
	out := make([]connector.Source, s.ways)
	for i := range out {
		p := *s
		p.split, p.splits, p.ways = uint64(i), s.ways, 1
		out[i] = &p
	}
	return out
}

// Due is when event n is due; the zero time when the source is not paced.
func (s *source) Due(n uint64) time.Time { return s.pace.Due(n) }

// Finite reports whether the number of events is bounded.
func (s *source) Finite() bool { return s.count != sequence.Unbounded }
