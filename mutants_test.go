package streamdb_test

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestMutantsApply: the bugs of make mutants, which is not run in CI, can still be planted.
func TestMutantsApply(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	patches, err := filepath.Glob("mutants/*.patch")
	if err != nil || len(patches) != 20 {
		t.Fatalf("%d patches, want 20: %v", len(patches), err)
	}
	for _, p := range patches {
		if out, err := exec.Command(git, "apply", "--check", p).CombinedOutput(); err != nil {
			t.Errorf("%s: %s", p, out)
		}
	}
}
