package expr

import "testing"

// TestAbsent: what is refused by name is not there, and no name stands in the list twice.
func TestAbsent(t *testing.T) {
	names := absentNames()
	if len(names) < 300 {
		t.Errorf("%d names", len(names))
	}
	for name := range names {
		if IsFuncName(name) || IsAggName(name) {
			t.Errorf("%s exists", name)
		}
	}
}
