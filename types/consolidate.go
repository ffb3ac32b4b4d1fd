package types

import (
	"bytes"

	"github.com/zeebo/xxh3"
)

// Consolidate returns b with the weights of image-equal rows summed into the first of
// them and rows of weight 0 gone. The result shares b's columns; b itself is unchanged.
func Consolidate(b *Batch) *Batch {
	n := b.Len()
	c := &Batch{N: b.N, Cols: b.Cols, W: make([]int64, b.N), Sel: make([]int32, 0, n)}
	off, data := make([]int32, 1, n+1), make([]byte, 0, 32*n)
	size := 16
	for size < 2*n {
		size *= 2
	}
	slots, mask := make([]int32, size), uint64(size-1) // 1 + the entry in off
	for k := range n {
		i := b.Row(k)
		data = AppendRowImage(data, b, i)
		off = append(off, int32(len(data)))
		img := data[off[k]:]
		h := xxh3.Hash(img) & mask
		for slots[h] != 0 {
			e := slots[h] - 1
			if bytes.Equal(data[off[e]:off[e+1]], img) {
				break
			}
			h = (h + 1) & mask
		}
		first := k
		if slots[h] == 0 {
			slots[h] = int32(k + 1)
		} else {
			first = int(slots[h] - 1)
		}
		c.W[b.Row(first)] += b.Weight(i)
	}
	for k := range n {
		if i := b.Row(k); c.W[i] != 0 {
			c.Sel = append(c.Sel, int32(i))
		}
	}
	if len(c.Sel) == c.N {
		c.Sel = nil
	}
	return c
}
