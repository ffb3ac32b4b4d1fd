package exec

import (
	"testing"
)

// TestNetting: small batches that are ready together come as one, without what cancels;
// batches of other epochs, and large ones, stay as they are.
func TestNetting(t *testing.T) {
	l := NewChangelog(0)
	update := func(from, to int64) {
		b := intBatch(-1, from)
		b.AppendRow(intRow(to), 1)
		l.Append(b)
	}
	l.Append(intBatch(1, 1))
	for v := int64(1); v < 100; v++ {
		update(v, v+1)
	}
	l.Close(Barrier{Epoch: 1})
	update(100, 101)
	l.Append(intBatch(1, make([]int64, netBelow)...))
	l.Append(intBatch(1, 7))
	cur := cursorAt(t, l, 0)
	n := &netting{feed: cur}
	var got []int
	for {
		b, br, ready, err := n.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !ready {
			break
		}
		if b == nil {
			got = append(got, -int(br.Epoch))
			continue
		}
		got = append(got, b.Len())
		if len(got) == 1 && b.Cols[0].Int64s()[b.Row(0)] != 100 {
			t.Errorf("the counter is at %d", b.Cols[0].Int64s()[b.Row(0)])
		}
	}
	want := []int{1, -1, 2, netBelow, 1}
	if len(got) != len(want) {
		t.Fatalf("batches of %d rows, want %d", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("batches of %d rows, want %d", got, want)
		}
	}
	l.Append(intBatch(1, 8))
	if b, _, ready, _ := n.Next(); !ready || b.Len() != 1 {
		t.Error("a batch that came later is not given")
	}
}
