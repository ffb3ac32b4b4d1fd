package types

// MaxBatch is the most rows an operator should put in one batch.
const MaxBatch = 4096

// Batch is a delta: rows with weights, the only thing that moves between operators.
//
// Whoever passes a batch on keeps owning it: a receiver may read it only until it
// returns, and copies ([Batch.Compact]) what it wants to keep. Batches inside a
// changelog are immutable and may be shared by reference; those of a source only while a
// cursor stands on them.
type Batch struct {
	N    int     // physical rows
	Cols []*Vec  // each of N rows
	W    []int64 // weight of each physical row, +n inserted, −n retracted; nil: all +1
	Sel  []int32 // the rows that exist, ascending; nil: all N

	spare []int64 // W of before Reset, for the next weights
}

// NewBatch returns an empty dense batch of the given column types with room for n rows.
func NewBatch(ts []Type, n int) *Batch {
	b := &Batch{Cols: make([]*Vec, len(ts))}
	for i, t := range ts {
		b.Cols[i] = NewVec(t, n)
	}
	return b
}

// Reset makes b an empty dense batch again, keeping its buffers.
func (b *Batch) Reset() {
	for _, c := range b.Cols {
		c.Init(c.Type, 0)
	}
	if b.W != nil {
		b.spare = b.W[:0]
	}
	b.N, b.W, b.Sel = 0, nil, nil
}

// Len is the number of rows that exist.
func (b *Batch) Len() int {
	if b.Sel != nil {
		return len(b.Sel)
	}
	return b.N
}

// Row is the physical index of the k-th existing row.
func (b *Batch) Row(k int) int {
	if b.Sel != nil {
		return int(b.Sel[k])
	}
	return k
}

// Weight is the weight of physical row i.
func (b *Batch) Weight(i int) int64 {
	if b.W == nil {
		return 1
	}
	return b.W[i]
}

// AppendRow appends one row with weight w to a dense batch.
func (b *Batch) AppendRow(r Row, w int64) {
	for i, c := range b.Cols {
		c.AppendDatum(r[i])
	}
	b.addWeight(w)
}

// AppendFrom appends physical row i of src with weight w to a dense batch.
func (b *Batch) AppendFrom(src *Batch, i int, w int64) {
	for k, c := range b.Cols {
		c.AppendFrom(src.Cols[k], i)
	}
	b.addWeight(w)
}

// addWeight counts a row whose columns were just appended.
func (b *Batch) addWeight(w int64) {
	if b.W == nil && w != 1 {
		b.NeedWeights()
	}
	if b.W != nil {
		b.W = append(b.W, w)
	}
	b.N++
}

// NeedWeights makes sure b has a weight column and returns it.
func (b *Batch) NeedWeights() []int64 {
	if b.W == nil {
		if b.W = b.spare[:0]; cap(b.W) < b.N || b.W == nil {
			b.W = make([]int64, 0, max(b.N, 16))
		}
		b.W, b.spare = b.W[:b.N], nil
		for i := range b.W {
			b.W[i] = 1
		}
	}
	return b.W
}

// AppendBatch appends the existing rows of src to a dense batch.
func (b *Batch) AppendBatch(src *Batch) {
	for k, c := range b.Cols {
		c.AppendSel(src.Cols[k], src.Sel)
	}
	n := src.Len()
	if src.W != nil {
		b.NeedWeights()
	}
	if b.W != nil {
		for k := range n {
			b.W = append(b.W, src.Weight(src.Row(k)))
		}
	}
	b.N += n
}

// Compact returns a dense copy of b's existing rows that shares nothing with b.
func (b *Batch) Compact() *Batch {
	c := &Batch{Cols: make([]*Vec, len(b.Cols))}
	for i, v := range b.Cols {
		c.Cols[i] = NewVec(v.Type, b.Len())
	}
	c.AppendBatch(b)
	return c
}

// Types lists the column types.
func (b *Batch) Types() []Type {
	ts := make([]Type, len(b.Cols))
	for i, c := range b.Cols {
		ts[i] = c.Type
	}
	return ts
}

// RowDatums is physical row i as values.
func (b *Batch) RowDatums(i int) Row {
	r := make(Row, len(b.Cols))
	for k, c := range b.Cols {
		r[k] = c.Datum(i)
	}
	return r
}

// MemSize is the bytes b's buffers take, by capacity.
func (b *Batch) MemSize() int {
	n := 8*cap(b.W) + 4*cap(b.Sel)
	for _, c := range b.Cols {
		if c != nil { // a column that nobody reads may be missing in a changelog
			n += c.MemSize()
		}
	}
	return n
}
