package exec

import (
	"time"
)

// DefaultMaxLag is how many bytes a changelog keeps for late readers where nothing else
// was said.
const DefaultMaxLag = 64 << 20

// full reports whether whoever fills the log has to wait: what it keeps for late readers
// is at its limit, or the spiller cannot keep up.
func (c *Changelog) full() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes+c.fileBytes() > c.limit || c.spiller != nil && c.spiller.overrun(c.bytes)
}

// ahead is how many bytes of the log not even the fastest reader has read.
func (c *Changelog) ahead() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return min(c.appended-c.front, c.bytes)
}

// await says that somebody waits for readers to get on.
func (c *Changelog) await(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = on
}

// SpillTo makes the changelogs that are attached from now on write to sp what does not fit
// into memory, and keep at most maxLag bytes each for late readers before whoever fills
// them waits.
func (s *Epochs) SpillTo(sp *Spiller, maxLag int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spiller, s.maxLag = sp, maxLag
}

// keepIn says where a log keeps what does not fit into memory, and how much.
func (c *Changelog) keepIn(sp *Spiller, limit int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spiller, c.limit = sp, limit
	sp.total.Add(c.bytes)
}

// Squeeze makes the changelogs keep little in memory, or as much as usual again.
func (s *Epochs) Squeeze(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spiller == nil {
		return
	}
	s.spiller.Squeeze(on)
	for l := range s.logs {
		l.mu.Lock()
		l.spillIfLarge()
		l.mu.Unlock()
	}
}

// AwaitRoom waits while what is kept of a changelog for late readers is at its limit, for
// who fills it and is between two epochs or transactions; stop ends the wait.
func (s *Epochs) AwaitRoom(l *Changelog, stop <-chan struct{}) {
	if l.full() {
		s.awaitRoom(l, l.full, stop)
	}
}

// HoldSources makes whoever reads from outside wait, or go on.
func (s *Epochs) HoldSources(on bool) { s.held.Store(on) }

// AwaitSourceRoom is [Epochs.AwaitRoom] for who reads from outside: it waits, too, while
// sources are held.
func (s *Epochs) AwaitSourceRoom(l *Changelog, stop <-chan struct{}) {
	full := func() bool { return s.held.Load() || l.full() }
	if full() {
		s.awaitRoom(l, full, stop)
	}
}

// awaitRoom waits while full is true.
func (s *Epochs) awaitRoom(l *Changelog, full func() bool, stop <-chan struct{}) {
	wake := make(chan struct{}, 1)
	l.Subscribe(wake)
	defer l.Unsubscribe(wake)
	l.await(true)
	defer l.await(false)
	retry, patience := time.NewTicker(trimRetry), time.NewTicker(idlePatience)
	defer retry.Stop()
	defer patience.Stop()
	for full() {
		select {
		case <-stop:
			return
		case <-wake:
		case <-retry.C: // views have got on, but no epoch ends while we wait
			s.Trim()
		case <-patience.C:
			s.dropIdle()
		}
	}
}

// idlePatience is how long one waits for a transaction that is idle but keeps an old epoch
// readable.
const idlePatience = 10 * time.Second

// trimRetry is how often who waits for room looks whether the views have got on.
const trimRetry = 5 * time.Millisecond
