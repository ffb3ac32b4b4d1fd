package types

import (
	"bytes"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// aligned is a copy of b that begins at a multiple of 8 in memory.
func aligned(b []byte) []byte {
	words := make([]uint64, (len(b)+7)/8+1)
	c := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(b))
	copy(c, b)
	return c
}

func batchImages(b *Batch) (images []string, w []int64) {
	for k := range b.Len() {
		images = append(images, string(AppendRowImage(nil, b, b.Row(k))))
		w = append(w, b.Weight(b.Row(k)))
	}
	return images, w
}

// TestBatchBytes: a batch of every type comes back row for row, whatever was left out of it.
func TestBatchBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBatch(t, propTypes).Compact()
		images, w := batchImages(b)
		gone := rapid.IntRange(-1, len(propTypes)-1).Draw(t, "missing")
		sent := *b
		sent.Cols = append([]*Vec(nil), b.Cols...)
		if gone >= 0 {
			sent.Cols[gone] = nil
		}
		got, err := BatchOfBytes(aligned(AppendBatchBytes(nil, &sent)))
		if err != nil {
			t.Fatal(err)
		}
		if gone >= 0 {
			if got.Cols[gone] != nil {
				t.Fatal("a missing column came back")
			}
			got.Cols[gone] = b.Cols[gone]
		}
		gotImages, gotW := batchImages(got)
		if len(gotImages) != len(images) {
			t.Fatalf("%d rows, want %d", len(gotImages), len(images))
		}
		for i := range images {
			if gotImages[i] != images[i] || gotW[i] != w[i] {
				t.Fatalf("row %d differs", i)
			}
		}
		for i, v := range got.Cols {
			if v.Type != b.Cols[i].Type {
				t.Fatalf("column %d is %v, want %v", i, v.Type, b.Cols[i].Type)
			}
		}
	})
}

// TestBatchBytesCut: what is shorter or longer than a batch is refused.
func TestBatchBytesCut(t *testing.T) {
	b := NewBatch([]Type{Int8, Text, NumericT}, 2)
	b.AppendRow(Row{NewInt64(1), NewBytes("a"), Datum{}}, 1)
	b.AppendRow(Row{NewInt64(2), NewBytes("bc"), Datum{}}, -1)
	whole := AppendBatchBytes(nil, b)
	for n := 0; n < len(whole); n += 8 {
		if _, err := BatchOfBytes(aligned(whole[:n])); err == nil {
			t.Errorf("%d of %d bytes are taken for a batch", n, len(whole))
		}
	}
	if _, err := BatchOfBytes(aligned(append(bytes.Clone(whole), make([]byte, 8)...))); err == nil {
		t.Error("bytes behind a batch are ignored")
	}
}
