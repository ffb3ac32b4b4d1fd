package share

import (
	"strings"
	"testing"
)

// TestRun compares all queries on little input: both sides must emit the same changes.
func TestRun(t *testing.T) {
	var out strings.Builder
	results, err := Run(Config{Events: 30_000, PerEpoch: 7_000, Seed: 1, Rounds: 1, Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != len(Names()) || strings.Count(out.String(), "\n") != len(results)+1 {
		t.Errorf("%d results:\n%s", len(results), out.String())
	}
	for _, r := range results {
		if r.Rows == 0 || r.Share <= 0 || r.Low > r.Share || r.Share > r.High {
			t.Errorf("implausible: %+v", r)
		}
	}
}
