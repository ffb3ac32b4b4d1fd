package checkpoint

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"streamdb/state"
)

// slowEngine has one participant, which reaches the barrier and saves after given times. It
// is its own store.
type slowEngine struct {
	reach, save, commit time.Duration
	held                bool
}

func (e *slowEngine) Begin(r *Round) (Begun, error) {
	r.Expect(1, []string{"view"})
	go func() {
		time.Sleep(e.reach)
		r.Reached("view")
		time.Sleep(e.save)
		r.Save("view", nil)
	}()
	return Begun{Epoch: 1, Meta: func(func(string) bool) ([]byte, error) { return nil, nil }}, nil
}

func (e *slowEngine) Committed(Begun) error { return nil }
func (e *slowEngine) Hold(on bool)          { e.held = on }

func (e *slowEngine) Commit(context.Context, *state.Checkpoint) (state.CommitStats, error) {
	time.Sleep(e.commit)
	return state.CommitStats{}, nil
}

// TestHold: sources wait for what a participant that has reached the barrier takes to save
// and the store to commit, not for one that has yet to reach it.
func TestHold(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		name   string
		engine slowEngine
		held   time.Duration
	}{
		{"in time", slowEngine{reach: 1 * s, save: 1 * s, commit: 1 * s}, 0},
		{"a late view", slowEngine{reach: 60 * s, save: 1 * s, commit: 1 * s}, 0},
		{"much to save", slowEngine{reach: 1 * s, save: 10 * s, commit: 2 * s}, 9 * s},
		{"much to commit", slowEngine{reach: 1 * s, save: 1 * s, commit: 7 * s}, 5 * s},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := &c.engine
				co := New(Config{HoldAfter: 3 * s}, e, e, func(context.Context, state.LogPos) error { return nil })
				done := make(chan error)
				go func() { done <- co.Take(t.Context()) }()
				time.Sleep(e.reach + e.save + e.commit - s/2) // the last moments
				synctest.Wait()
				if e.held != (c.held > 0) {
					t.Errorf("held towards the end: %v", e.held)
				}
				if err := <-done; err != nil {
					t.Fatal(err)
				}
				if e.held {
					t.Error("still held after the end")
				}
				if got := co.History()[0].Held; got != c.held {
					t.Errorf("held for %v, want %v", got, c.held)
				}
			})
		})
	}
}
