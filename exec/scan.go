package exec

import (
	"context"

	"streamdb/types"
)

// scan is one reading of contents at an epoch.
type scan struct {
	c       *Contents
	types   []types.Type // when it began
	epoch   types.Epoch
	fetched uint64 // deltas up to here are in later
	later   [segments][]laterRow
	// kept is the rows as they were before the table got columns, if it did meanwhile. It is
	// set, for all segments, while all are locked.
	kept *[segments]keptSegment
}

// laterRow is a row of an epoch after the scan's.
type laterRow struct {
	image string
	w     int64
	seq   uint64
}

// keptSegment is a copy of a segment.
type keptSegment struct {
	rows    []keptRow
	applied uint64
}

type keptRow struct {
	image string
	w     int64
}

// Snapshot calls yield with the rows at epoch e, which the caller keeps readable (since ≤
// e < upper) until it returns. Weights are the numbers of repetitions.
func (c *Contents) Snapshot(ctx context.Context, e types.Epoch, yield func(*types.Batch) error) error {
	s := c.begin(e)
	defer c.end(s)
	if err := s.fetch(c.log.lastSeq()); err != nil { // what lies in files is read before a segment is locked
		return err
	}
	for i := range c.segs {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		bs, err := s.segment(i)
		if err != nil {
			return err
		}
		for _, b := range bs {
			if err := yield(b); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Contents) begin(e types.Epoch) *scan {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &scan{c: c, types: c.types, epoch: e}
	c.scans[s] = true
	return s
}

func (c *Contents) end(s *scan) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.scans, s)
}

// segment copies segment i's rows at the epoch out.
func (s *scan) segment(i int) ([]*types.Batch, error) {
	seg := &s.c.segs[i]
	seg.mu.Lock()
	defer seg.mu.Unlock()
	applied := seg.applied
	if s.kept != nil {
		applied = s.kept[i].applied
	}
	later, err := s.of(i, applied)
	if err != nil {
		return nil, err
	}
	out := batches{types: s.types}
	each := seg.each
	if s.kept != nil {
		each = s.kept[i].each
	}
	each(func(image []byte, w int64) bool {
		if d, ok := later[string(image)]; ok {
			w -= d
			delete(later, string(image))
		}
		if w != 0 {
			err = out.add(image, w)
		}
		return err == nil
	})
	for image, d := range later {
		if err == nil && d != 0 {
			err = out.add([]byte(image), -d)
		}
	}
	return out.all, err
}

// each calls f with every row until it returns false; the segment is locked.
func (s *segment) each(f func(image []byte, w int64) bool) {
	s.rows.T.Each(func(id uint32) bool { return f(s.rows.Image(id), int64(*s.rows.Weight(id))) })
}

func (s *keptSegment) each(f func(image []byte, w int64) bool) {
	for _, r := range s.rows {
		if !f([]byte(r.image), r.w) {
			return
		}
	}
}

// batches is rows decoded into batches of at most [types.MaxBatch].
type batches struct {
	types []types.Type
	all   []*types.Batch
}

func (b *batches) add(image []byte, w int64) error {
	n := len(b.all)
	if n == 0 || b.all[n-1].N == types.MaxBatch {
		b.all = append(b.all, types.NewBatch(b.types, 16))
		n++
	}
	return types.DecodeRowImage(image, b.all[n-1], w)
}

// of is the sum of weights per image of segment i's later rows in batches up to seq.
func (s *scan) of(i int, seq uint64) (map[string]int64, error) {
	if seq > s.fetched {
		if err := s.fetch(seq); err != nil {
			return nil, err
		}
	}
	if len(s.later[i]) == 0 {
		return nil, nil
	}
	m := map[string]int64{}
	for _, r := range s.later[i] {
		if r.seq <= seq {
			m[r.image] += r.w
		}
	}
	return m, nil
}

func (s *scan) fetch(seq uint64) error {
	var buf []byte
	err := s.c.log.kept(s.epoch, s.fetched, seq, func(b *types.Batch, n uint64) {
		narrow := &types.Batch{N: b.N, Cols: b.Cols[:len(s.types)], W: b.W, Sel: b.Sel}
		for k := range b.Len() {
			row := b.Row(k)
			buf = types.AppendRowImage(buf[:0], narrow, row)
			i := segmentOf(types.HashKey(buf))
			s.later[i] = append(s.later[i], laterRow{string(buf), b.Weight(row), n})
		}
	})
	s.fetched = seq
	return err
}
