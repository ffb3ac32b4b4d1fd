package types_test

import (
	"testing"

	"streamdb/types"
)

// TestAppendBatch appends batches of several rows to one that has rows already.
func TestAppendBatch(t *testing.T) {
	into := types.NewBatch([]types.Type{types.Int4, types.Text, types.UUID}, 0)
	next := int32(0)
	for size := range 6 {
		b := types.NewBatch(into.Types(), size)
		for range size {
			next++
			b.AppendRow(types.Row{types.NewInt32(next), types.NewBytes("x"), types.NewUUID([16]byte{byte(next)})}, 1)
		}
		into.AppendBatch(b)
	}
	for i := range into.N {
		if got := into.Cols[0].Int32s()[i]; got != int32(i+1) {
			t.Fatalf("row %d: %d", i, got)
		}
		if got := into.Cols[2].UUIDs()[i][0]; got != byte(i+1) {
			t.Fatalf("row %d: uuid %d", i, got)
		}
	}
}
