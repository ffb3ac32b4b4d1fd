package handwritten

import "streamdb/types"

// Result is what a loop emitted.
type Result struct {
	Rows     int64  // rows of changes; a row taken back and its successor are two
	Checksum uint64 // of rows and weights, whatever their order; 0 unless asked for
}

// output is one batch of changes. It is emitted when full and at the end of an epoch, and its
// buffers are used again.
type output struct {
	n    int
	cols [][]int64    // values of fixed width; aliases of the input's where it has them
	text []*types.Vec // strings, passed on
	w    []int64      // weights; nil: all +1
	sel  []int32      // the rows that exist; nil: all n
}

// newOutput makes a dense output of so many columns.
func newOutput(columns int) *output {
	o := &output{cols: make([][]int64, columns), w: make([]int64, types.MaxBatch)}
	for i := range o.cols {
		o.cols[i] = make([]int64, types.MaxBatch)
	}
	return o
}

// room reports whether k more rows fit.
func (o *output) room(k int) bool { return o.n+k <= types.MaxBatch }

// len is the number of rows that exist.
func (o *output) len() int {
	if o.sel != nil {
		return len(o.sel)
	}
	return o.n
}

// sink takes what a loop emits: it counts rows and, if asked to, sums them up.
type sink struct {
	Result
	check bool
}

func (s *sink) emit(o *output) {
	s.Rows += int64(o.len())
	if !s.check {
		return
	}
	if o.sel != nil {
		for _, i := range o.sel {
			s.Checksum += o.hash(int(i))
		}
		return
	}
	for i := range o.n {
		s.Checksum += o.hash(i)
	}
}

// hash is the hash of a row times its weight.
func (o *output) hash(i int) uint64 {
	h := uint64(1)
	for _, c := range o.cols {
		h = mix(h, uint64(c[i]))
	}
	for _, v := range o.text {
		for _, c := range v.Bytes(i) {
			h = mix(h, uint64(c))
		}
	}
	if o.w != nil {
		return h * uint64(o.w[i])
	}
	return h
}

func mix(h, v uint64) uint64 {
	h = (h ^ v) * 0xff51afd7ed558ccd
	return h ^ h>>32
}
