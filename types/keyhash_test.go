package types

import (
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"
)

// TestHashStride compares the hashing of keys of one length with that of single keys.
func TestHashStride(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stride := rapid.IntRange(1, 40).Draw(t, "stride")
		n := rapid.IntRange(1, 4).Draw(t, "n")
		pitch := stride + rapid.IntRange(0, 9).Draw(t, "gap")
		data := rapid.SliceOfN(rapid.Byte(), n*pitch, n*pitch).Draw(t, "data")
		got := make([]uint64, n)
		hashStride(got, data, stride, pitch)
		for i, h := range got {
			if want := HashKey(data[i*pitch:][:stride]); h != want {
				t.Fatalf("key %d of %d bytes: got %x, want %x", i, stride, h, want)
			}
		}
	})
}

// TestEvenKeys compares keys of strings of one length, which are written together, with the
// keys of single rows.
func TestEvenKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(0, 20).Draw(t, "size")
		b := NewBatch([]Type{Text, Int8, Text, Int8}, 0)
		n := rapid.IntRange(1, 5).Draw(t, "n")
		for range n {
			s := rapid.SliceOfN(rapid.Byte(), size, size)
			b.AppendRow(Row{NewBytes(string(s.Draw(t, "a"))), NewInt64(rapid.Int64().Draw(t, "i")), NewBytes(string(s.Draw(t, "b"))), NewInt64(rapid.Int64().Draw(t, "j"))}, 1)
		}
		if rapid.Bool().Draw(t, "sel") {
			b.Sel = []int32{int32(n) - 1}
		}
		var k KeyBatch
		for _, cols := range [][]int{{0}, {1}, {1, 0}, {0, 1, 2}, {1, 1}, {1, 3}} {
			k.Build(b, cols)
			for i := range b.Len() {
				want := AppendKeys(nil, b, cols, b.Row(i))
				if string(k.Key(i)) != string(want) || k.Hash[i] != HashKey(want) {
					t.Fatalf("%v, row %d: got %x, want %x", cols, i, k.Key(i), want)
				}
				if all := k.Packed(); all != nil {
					packed := append([]byte{byte(len(want) + 1)}, want...)
					packed = append(packed, make([]byte, PackedKeyMax-len(want))...)
					for w, word := range all[i] {
						if word != binary.LittleEndian.Uint64(packed[8*w:]) {
							t.Fatalf("%v, row %d: packed as %x, want %x", cols, i, all[i], packed)
						}
					}
				}
			}
		}
	})
}
