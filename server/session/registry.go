package session

import (
	"slices"
	"sync"
)

// registry is the live sessions.
type registry struct {
	mu   sync.Mutex
	live []*Session
}

func (r *registry) add(s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.live = append(r.live, s)
}

func (r *registry) remove(s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.live = slices.DeleteFunc(r.live, func(x *Session) bool { return x == s })
}

func (r *registry) list() []*Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.live)
}
