package expr

import (
	"errors"
	"strings"
	"testing"

	"streamdb/types"
)

// TestSearchIsLeft: a statement that is to end does not wait for the search of a long text.
func TestSearchIsLeft(t *testing.T) {
	stop := errors.New("stop")
	ctx := NewCtx(types.DefaultStyle(), 0)
	ctx.Interrupt = func() error { return stop }
	release := make(chan struct{})
	defer close(release)
	_, err := search(ctx, strings.Repeat("a", longSearch), func(string) bool { <-release; return true })
	if !errors.Is(err, stop) {
		t.Error(err)
	}
	found, err := search(ctx, "a", func(string) bool { return true })
	if !found || err != nil {
		t.Error(found, err)
	}
	_, err = search(ctx, strings.Repeat("a", longSearch), func(string) bool { panic("in the search") })
	if err == nil {
		t.Error("a panic is no error")
	}
}
