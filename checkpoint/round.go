package checkpoint

import (
	"slices"
	"sync"
	"time"

	"streamdb/state"
	"streamdb/types"
)

// Round gathers one checkpoint's deltas from its participants. It is given to them in the
// barrier; they call Save once each.
type Round struct {
	started time.Time

	mu     sync.Mutex
	epoch  types.Epoch
	want   map[string]bool // participants that have not saved yet
	early  map[string]bool // saved before Expect was called
	deltas []*state.Delta
	last   string // who saved last
	lastAt time.Time
	ready  chan struct{}
	known  bool
}

func newRound() *Round {
	return &Round{started: time.Now(), early: map[string]bool{}, want: map[string]bool{}, ready: make(chan struct{})}
}

// Save takes a participant's deltas. Saving twice, or by one not expected, has no effect.
func (r *Round) Save(participant string, deltas []*state.Delta) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known && !r.want[participant] || r.early[participant] {
		return
	}
	r.deltas = append(r.deltas, deltas...)
	r.last, r.lastAt = participant, time.Now()
	if !r.known {
		r.early[participant] = true
		return
	}
	r.answered(participant)
}

// expect says who takes part; they may have saved already.
func (r *Round) expect(epoch types.Epoch, participants []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch, r.known = epoch, true
	for _, p := range participants {
		if !r.early[p] {
			r.want[p] = true
		}
	}
	r.settled()
}

// leave says that a participant is gone and will not save.
func (r *Round) leave(participant string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known && r.want[participant] {
		r.answered(participant)
	}
}

func (r *Round) answered(participant string) {
	delete(r.want, participant)
	r.settled()
}

func (r *Round) settled() {
	if len(r.want) > 0 {
		return
	}
	select {
	case <-r.ready:
	default:
		close(r.ready)
	}
}

// missing lists who has not saved yet.
func (r *Round) missing() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for p := range r.want {
		names = append(names, p)
	}
	slices.Sort(names)
	return names
}
