package blackhole

import (
	"fmt"
	"testing"

	"streamdb/connector"
	"streamdb/connector/connectortest"
	"streamdb/types"
)

func TestContract(t *testing.T) {
	connectortest.Sink(t, func(*testing.T) connectortest.SinkCase {
		return connectortest.SinkCase{
			Open: func(*testing.T, func(string) error) connector.Sink { return New() },
		}
	})
}

func TestCounts(t *testing.T) {
	s := New()
	b := types.NewBatch(connectortest.SinkSchema().Types(), 2)
	b.AppendRow(types.Row{types.NewInt32(1), types.Null()}, 2)
	b.AppendRow(types.Row{types.NewInt32(2), types.Null()}, -3)
	if err := s.Stage(t.Context(), b); err != nil { // epoch 0, with what Prepare is given
		t.Fatal(err)
	}
	for e, commit := range []bool{false, true, true} {
		if err := s.Prepare(t.Context(), types.Epoch(e), []*types.Batch{b}); err != nil {
			t.Fatal(err)
		}
		if commit {
			if err := s.Commit(t.Context(), types.Epoch(e)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := fmt.Sprint(s.Counts()); got != "{4 6 2}" {
		t.Errorf("got %s", got)
	}
	if err := s.Prepare(t.Context(), 0, nil); err != nil { // again, with other rows
		t.Fatal(err)
	}
	if err := s.Recover(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(s.Counts()); got != "{6 9 3}" {
		t.Errorf("with the staged rows: got %s", got)
	}
}
