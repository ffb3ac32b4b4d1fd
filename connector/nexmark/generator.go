package nexmark

import (
	"iter"
	"slices"

	"streamdb/connector/sequence"
	"streamdb/types"
)

// generator makes the chosen columns of one table. It belongs to one reader.
type generator struct {
	*model
	kind    kind
	cols    []combinedColumn
	split   uint64 // only blocks ≡ split (mod splits)
	splits  uint64
	events  []uint64    // of this batch's rows
	byKind  [3][]uint64 // the same, apart
	rows    [3][]uint64 // which rows they are, as bitmaps
	scratch types.Vec
}

var _ sequence.Events = (*generator)(nil)

// Fill makes rows of the events from … upto−1 that belong to the table and the split.
func (g *generator) Fill(b *types.Batch, from, upto uint64, maxRows int) uint64 {
	next := g.list(from, upto, maxRows)
	if g.kind == combined {
		g.separate()
	}
	for i, c := range g.cols {
		if c.kind == g.kind {
			c.fill(g.model, b.Cols[i], g.events)
		} else {
			g.fillSome(b.Cols[i], c)
		}
	}
	b.N = len(g.events)
	return next
}

// blockRange is where in a block the events of kind k lie.
func blockRange(k kind) (lo, hi uint64) {
	switch k {
	case person:
		return 0, blockPeople
	case auction:
		return blockPeople, firstBid
	case bid:
		return firstBid, blockSize
	}
	return 0, blockSize
}

// list collects the events that have rows, block by block, and returns the first event it
// did not get to.
func (g *generator) list(from, upto uint64, maxRows int) uint64 {
	lo, hi := blockRange(g.kind)
	g.events = g.events[:0]
	for from < upto {
		block := from / blockSize
		base := block * blockSize
		if block%g.splits != g.split {
			from = min(base+blockSize, upto)
			continue
		}
		n, end := max(from, base+lo), min(upto, base+hi)
		for ; n < end; n++ {
			if len(g.events) == maxRows {
				return n
			}
			g.events = append(g.events, n)
		}
		from = min(base+blockSize, upto)
	}
	return from
}

// separate lists the events of each kind, and marks their rows.
func (g *generator) separate() {
	for k := range g.byKind {
		g.byKind[k] = g.byKind[k][:0]
		g.rows[k] = slices.Grow(g.rows[k][:0], len(g.events)/64+1)[:(len(g.events)+63)/64]
		clear(g.rows[k])
	}
	for i, n := range g.events {
		k := kindOf(n)
		g.byKind[k] = append(g.byKind[k], n)
		g.rows[k][i>>6] |= 1 << (i & 63)
	}
}

// fillSome fills a column of the combined table that only the events of its kind have.
func (g *generator) fillSome(v *types.Vec, c combinedColumn) {
	g.scratch.Init(v.Type, len(g.byKind[c.kind]))
	c.fill(g.model, &g.scratch, g.byKind[c.kind])
	if v.Kind == types.KindBytes {
		v.Data = append(v.Data, g.scratch.Data...)
		k := 0
		for _, word := range g.bits(c.kind) {
			k += int(word)
			v.Off = append(v.Off, g.scratch.Off[k])
		}
		v.N, v.Valid = len(g.events), slices.Clone(g.rows[c.kind])
		return
	}
	v.Resize(len(g.events))
	v.Valid = slices.Clone(g.rows[c.kind])
	out, in, k := v.Int64s(), g.scratch.Int64s(), 0
	for i, bit := range g.bits(c.kind) {
		out[i] = 0
		if bit != 0 {
			out[i] = in[k]
			k++
		}
	}
}

// bits yields 1 for each row of the given kind, else 0.
func (g *generator) bits(k kind) iter.Seq2[int, uint64] {
	return func(yield func(int, uint64) bool) {
		for i := range g.events {
			if !yield(i, g.rows[k][i>>6]>>(i&63)&1) {
				return
			}
		}
	}
}
