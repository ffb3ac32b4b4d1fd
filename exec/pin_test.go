package exec

import (
	"context"
	"errors"
	"testing"

	"streamdb/types"
)

// TestPinIsCompleteEverywhere: a statement reads all its relations at one epoch, the newest
// that every one of them has completed, in whatever order they are named; it waits where
// that is too old.
func TestPinIsCompleteEverywhere(t *testing.T) {
	logs := map[string]*Changelog{"table": NewChangelog(0), "view": NewChangelog(0), "late view": NewChangelog(0)}
	ep := NewEpochs(5, 0, func() (types.Epoch, error) { return 100, nil }, func() {})
	ep.Attach(func(types.Epoch) (members []EpochMember, all []*Changelog) {
		for _, l := range logs {
			all = append(all, l)
		}
		return nil, all
	})
	for name, upto := range map[string]types.Epoch{"table": 5, "view": 4, "late view": 2} {
		for e := types.Epoch(1); e <= upto; e++ {
			logs[name].Close(Barrier{Epoch: e})
		}
	}
	for _, c := range []struct {
		read    []string
		atLeast types.Epoch
		want    types.Epoch // 0: it waits
	}{
		{nil, 0, 5},
		{[]string{"table"}, 5, 5},
		{[]string{"table", "view"}, 0, 4},
		{[]string{"view", "table"}, 4, 4},
		{[]string{"late view", "view", "table"}, 0, 2},
		{[]string{"table", "late view", "view"}, 2, 2},
		{[]string{"late view", "table"}, 3, 0},
		{[]string{"table", "late view"}, 3, 0},
	} {
		var read []*Changelog
		for _, name := range c.read {
			read = append(read, logs[name])
		}
		late := errors.New("it waits")
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(late)
		p, err := ep.Pin(ctx, read, c.atLeast)
		switch {
		case c.want == 0 && !errors.Is(err, late):
			t.Errorf("%v from %d on: pinned %v, %v, though it must wait", c.read, c.atLeast, p, err)
		case c.want != 0 && err != nil:
			t.Errorf("%v from %d on: %v", c.read, c.atLeast, err)
		case c.want != 0 && p.At != c.want:
			t.Errorf("%v from %d on: epoch %d, want %d", c.read, c.atLeast, p.At, c.want)
		}
	}
}
