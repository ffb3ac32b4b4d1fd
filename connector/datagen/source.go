package datagen

import (
	"context"
	"time"

	"streamdb/connector"
	"streamdb/connector/sequence"
	"streamdb/types"
)

// source is made-up rows 0 … count−1.
type source struct {
	schema types.Schema
	fields []value
	count  uint64
	pace   *sequence.Pace
}

// value is the value of one column in row n.
type value func(n uint64) types.Datum

var (
	_ connector.Source = (*source)(nil)
	_ connector.Pruner = (*source)(nil)
	_ sequence.Events  = (*source)(nil)
)

// Schema is the declared columns.
func (s *source) Schema() types.Schema { return s.schema }

// AppendOnly is true.
func (s *source) AppendOnly() bool { return true }

// Open starts a reader at a row number.
func (s *source) Open(_ context.Context, from connector.Offset) (connector.Reader, error) {
	return sequence.Open(s, s.schema, from, s.count, s.pace)
}

// Close does nothing.
func (s *source) Close() error { return nil }

// Prune leaves columns out.
func (s *source) Prune(cols []int) connector.Source {
	p := *s
	p.schema, p.fields = make(types.Schema, len(cols)), make([]value, len(cols))
	for i, c := range cols {
		p.schema[i], p.fields[i] = s.schema[c], s.fields[c]
	}
	return &p
}

// Fill makes rows, column by column.
func (s *source) Fill(b *types.Batch, from, upto uint64, maxRows int) uint64 {
	upto = min(upto, from+uint64(maxRows))
	for i, f := range s.fields {
		v := b.Cols[i]
		for n := from; n < upto; n++ {
			v.AppendDatum(f(n))
		}
	}
	b.N = int(upto - from)
	return upto
}

// Spec is the datagen connector.
func Spec() *connector.Spec {
	return &connector.Spec{
		Name: "datagen",
		Doc:  "made-up rows: counting up or random from a seed",
		Options: []connector.OptionSpec{
			{Name: "datagen.rows.per.second", Default: "10", Doc: "rows per second; 0: as fast as they are read"},
			{Name: "datagen.rows", Doc: "rows in total; default: without end"},
			{Name: "datagen.seed", Default: "0", Doc: "of all random columns without a seed of their own"},
			{Name: "fields.*.kind", Values: []string{"sequence", "random"}, Doc: "how a column is filled; default: random"},
			{Name: "fields.*.start", Doc: "of a sequence: first value; default 0, for dates 2000-01-01"},
			{Name: "fields.*.end", Doc: "of a sequence: last value, with which the source ends"},
			{Name: "fields.*.step", Doc: "of a sequence: from value to value; default 1, of timestamps 1s"},
			{Name: "fields.*.min", Doc: "of random values: the least; default −32768, for dates 2000-01-01"},
			{Name: "fields.*.max", Doc: "of random values: the greatest; default 32767, for dates 2030-01-01"},
			{Name: "fields.*.length", Doc: "of random text and bytes; default 10, or what the column holds"},
			{Name: "fields.*.seed", Doc: "of random values"},
		},
		Discover: func(_ context.Context, cfg connector.Config) (connector.Found, error) {
			s, err := newSource(cfg)
			if err != nil {
				return connector.Found{}, err
			}
			return connector.Found{Schema: s.schema}, nil
		},
		NewSource: func(cfg connector.Config) (connector.Source, error) { return newSource(cfg) },
	}
}

func newSource(cfg connector.Config) (*source, error) {
	if len(cfg.Schema) == 0 {
		return nil, connector.RequireColumns("datagen")
	}
	if err := checkFields(cfg); err != nil {
		return nil, err
	}
	rate, err := cfg.Options.Rate("datagen.rows.per.second", 10)
	if err != nil {
		return nil, err
	}
	s := &source{schema: cfg.Schema, pace: sequence.NewPace(rate, time.Time{})}
	count, err := cfg.Options.Int("datagen.rows", -1, 0)
	if err != nil {
		return nil, err
	}
	s.count = uint64(count) // −1 is sequence.Unbounded
	for i, c := range cfg.Schema {
		f, rows, err := newField(cfg.Options, i, c)
		if err != nil {
			return nil, err
		}
		s.fields, s.count = append(s.fields, f), min(s.count, rows)
	}
	return s, nil
}

// Finite reports whether the number of events is bounded.
func (s *source) Finite() bool { return s.count != sequence.Unbounded }
