package sequence

import (
	"context"
	"math"
	"sync"
	"time"
)

// minWait is the time between two batches that are not full: a fast source would otherwise
// wake for every few events, and each batch costs its readers as much as a hundred rows.
const minWait = time.Millisecond

// Pace says when events are due: open loop, so that a slow reader finds a queue and not a
// slower source. All readers of a source share one.
type Pace struct {
	perSecond float64 // 0: every event is due at once
	fixed     bool    // the start was given, not taken from the first reader

	mu    sync.Mutex
	start time.Time // when event first was due
	first uint64
}

// NewPace paces perSecond events a second from start on; with start zero, from the moment
// the first reader opens, with that reader's first event.
func NewPace(perSecond float64, start time.Time) *Pace {
	return &Pace{perSecond: perSecond, start: start, fixed: !start.IsZero()}
}

// opened notes that a reader starts at event n. If that event would only be due later, the
// source was stopped in between, and time starts anew with it.
func (p *Pace) opened(n uint64) {
	if p.perSecond <= 0 || p.fixed {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); p.start.IsZero() || p.dueLocked(n).After(now) {
		p.start, p.first = now, n
	}
}

// Due is the time at which event n is due; the zero time when the source is not paced.
func (p *Pace) Due(n uint64) time.Time {
	if p.perSecond <= 0 {
		return time.Time{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dueLocked(n)
}

func (p *Pace) dueLocked(n uint64) time.Time {
	seconds := (float64(n) - float64(p.first)) / p.perSecond
	if math.Abs(seconds) > 1e9 { // beyond what a Duration holds
		return p.start.AddDate(30*int(math.Copysign(1, seconds)), 0, 0)
	}
	return p.start.Add(time.Duration(seconds * float64(time.Second)))
}

// dueBefore is the first event not yet due at t.
func (p *Pace) dueBefore(t time.Time) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := t.Sub(p.start).Seconds()*p.perSecond + float64(p.first)
	if n < 0 {
		return 0
	}
	return uint64(n) + 1
}

// wait returns once a batch of so many events from n on is due, or some are and the last
// batch, which ended at the time last, is minWait ago. It returns the first event that is not
// due.
func (p *Pace) wait(ctx context.Context, n, batch uint64, last time.Time) (uint64, error) {
	if p.perSecond <= 0 {
		return Unbounded, nil
	}
	for {
		now := time.Now()
		rest := minWait - now.Sub(last)
		if due := p.dueBefore(now); due >= n+batch || due > n && rest <= 0 {
			return due, nil
		}
		t := time.NewTimer(max(p.Due(n).Sub(now), rest))
		select {
		case <-ctx.Done():
			t.Stop()
			return 0, context.Cause(ctx)
		case <-t.C:
		}
	}
}
