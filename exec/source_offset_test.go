package exec

import (
	"testing"

	"streamdb/types"
)

// TestSourceOffsetsAreThoseOfTheirRows: the offset of every epoch, which a checkpoint saves
// and a restart goes on from, stands right behind the rows that the epoch ended with.
func TestSourceOffsetsAreThoseOfTheirRows(t *testing.T) {
	n := newNumbers()
	w := newWorld(t, 1)
	src := w.source(1, n, nil)
	cursor := cursorAt(t, src.log, 1)
	pin := w.ep.PinAt(1) // no epoch's offset is forgotten
	defer w.ep.Unpin(pin)
	src.Use([]int{0})
	t.Cleanup(src.Release)
	const all = 7 * 400
	n.release(all)
	for src.Rows() < all {
		if _, err := w.ep.Advance(nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	last := w.settled(src)
	rows := uint64(0)
	for e := types.Epoch(0); e < last; {
		b, br, ready, err := cursor.Next()
		if err != nil || !ready {
			t.Fatalf("no epoch after %d: %v", e, err)
		}
		if b != nil {
			rows += uint64(b.Len())
			continue
		}
		e = br.Epoch
		if at, _ := src.OffsetAt(e).Number(); at != rows {
			t.Fatalf("epoch %d ends with row %d, its offset is %d", e, rows, at)
		}
	}
	if rows != all {
		t.Errorf("%d rows, want %d", rows, all)
	}
}
