package exec

import (
	"context"
	"fmt"
	"testing"

	"streamdb/types"
)

// TestScanWhileWidened: a scan under way gives the rows of its epoch with the old columns,
// whatever is changed and however often columns are added meanwhile.
func TestScanWhileWidened(t *testing.T) {
	const n = 500
	for _, at := range []int{0, 1, 20, 63} {
		tab := NewTable(oneInt, nil, 0)
		all := make([]int64, n)
		for i := range all {
			all[i] = int64(i)
		}
		tab.Apply(intBatch(1, all...))
		tab.CloseEpoch(Barrier{Epoch: 1})
		tab.Apply(intBatch(1, 1000, 1001, 1002))
		tab.Apply(intBatch(-1, 5, 6))
		wide := func(w int64, v int64, cols int) *types.Batch {
			b := types.NewBatch(tab.Contents.Types(), 1)
			row := intRow(v)
			for i := range cols {
				row = append(row, types.NewInt64(int64(i)))
			}
			b.AppendRow(row, w)
			return b
		}
		seen, calls := map[int64]int64{}, 0
		err := tab.Contents.Snapshot(context.Background(), 1, func(b *types.Batch) error {
			if calls == at {
				for c := range 2 {
					if err := tab.Widen(oneInt, types.Row{types.NewInt64(int64(c))}); err != nil {
						t.Fatal(err)
					}
					for v := range int64(40) {
						tab.Apply(wide(-1, 100+40*int64(c)+v, c+1))
						tab.Apply(wide(1, 2000+40*int64(c)+v, c+1))
					}
				}
			}
			calls++
			if len(b.Cols) != 1 {
				return fmt.Errorf("%d columns", len(b.Cols))
			}
			for k := range b.Len() {
				seen[b.Cols[0].Int64s()[b.Row(k)]] += b.Weight(b.Row(k))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(seen) != n {
			t.Errorf("widened at batch %d: %d rows, want %d", at, len(seen), n)
		}
		for v, w := range seen {
			if v >= n || w != 1 {
				t.Errorf("widened at batch %d: row %d has weight %d", at, v, w)
			}
		}
	}
}

// TestScanAfterWidened: a scan of an epoch before columns were added leaves out what came
// after the epoch, wherever the wider rows lie now.
func TestScanAfterWidened(t *testing.T) {
	tab := NewTable(oneInt, nil, 0)
	tab.Apply(intBatch(1, 1, 2, 3))
	tab.CloseEpoch(Barrier{Epoch: 1})
	for v := range int64(100) {
		tab.Apply(intBatch(1, 100+v))
	}
	if err := tab.Widen(oneInt, intRow(7)); err != nil {
		t.Fatal(err)
	}
	n := 0
	err := tab.Contents.Snapshot(context.Background(), 1, func(b *types.Batch) error {
		n += b.Len()
		return nil
	})
	if err != nil || n != 3 {
		t.Errorf("%d rows, want 3; %v", n, err)
	}
}
