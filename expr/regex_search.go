package expr

import (
	"strings"
	"time"

	"streamdb/types/pgerr"
)

// A search through a text of this many bytes may take long; it is looked after this often.
const (
	longSearch     = 128 << 10
	searchPatience = 10 * time.Millisecond
)

// search runs a search of package regexp, which cannot be interrupted, so that the
// statement can end before it: the search of a long text then goes on by itself to its end,
// over a copy of the text, and nobody waits for it.
func search[T any](c *Ctx, s string, find func(s string) T) (T, error) {
	if len(s) < longSearch || c.Interrupt == nil {
		return find(s), nil
	}
	type outcome struct {
		found T
		err   error
	}
	done := make(chan outcome, 1)
	s = strings.Clone(s)
	go func() {
		var o outcome
		defer func() {
			if p := recover(); p != nil {
				o.err = pgerr.Internal("%v", p)
			}
			done <- o
		}()
		o.found = find(s)
	}()
	tick := time.NewTicker(searchPatience)
	defer tick.Stop()
	for {
		select {
		case o := <-done:
			return o.found, o.err
		case <-tick.C:
			if err := c.interrupted(); err != nil {
				var none T
				return none, err
			}
		}
	}
}
