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
	behind map[string]bool // those of them that have not reached the barrier
	gone   map[string]bool // participants that ended before they saved
	deltas []*state.Delta
	last   string // who saved last
	lastAt time.Time
	ready  chan struct{} // closed once all have saved or left
	near   chan struct{} // closed once all have reached the barrier or left
}

func newRound() *Round {
	return &Round{
		started: time.Now(), want: map[string]bool{}, behind: map[string]bool{}, gone: map[string]bool{},
		ready: make(chan struct{}), near: make(chan struct{}),
	}
}

// Wants reports whether a participant is to save at this barrier. One that was not
// running when the checkpoint began keeps its changes for the next.
func (r *Round) Wants(participant string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.want[participant]
}

// Reached is told when a participant has come to the barrier.
func (r *Round) Reached(participant string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.behind, participant)
	r.settled()
}

// Save takes the deltas of a participant that is wanted.
func (r *Round) Save(participant string, deltas []*state.Delta) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.want[participant] {
		return
	}
	r.deltas = append(r.deltas, deltas...)
	r.last, r.lastAt = participant, time.Now()
	r.answered(participant)
}

// Expect says who takes part. It is called before the barrier is sent.
func (r *Round) Expect(epoch types.Epoch, participants []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch = epoch
	for _, p := range participants {
		if !r.gone[p] {
			r.want[p], r.behind[p] = true, true
		}
	}
	r.settled()
}

// leave says that a participant is gone and will not save. It may come before Expect, by
// one that ends while the checkpoint begins.
func (r *Round) leave(participant string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.want[participant] {
		r.gone[participant] = true
		r.answered(participant)
	}
	if r.epoch == 0 {
		r.gone[participant] = true
	}
}

// left reports whether a participant ended without saving.
func (r *Round) left(participant string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gone[participant]
}

func (r *Round) answered(participant string) {
	delete(r.want, participant)
	delete(r.behind, participant)
	r.settled()
}

// settled closes what is due once Expect has said who takes part.
func (r *Round) settled() {
	if len(r.behind) == 0 {
		closeOnce(r.near)
	}
	if len(r.want) == 0 {
		closeOnce(r.ready)
	}
}

func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
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
