package exec

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"streamdb/types"
)

// EpochMember is a relation into which data comes from outside: a table or a source. It
// ends the epoch with everything it took before the call, at once or in-band.
type EpochMember interface {
	CloseEpoch(br Barrier)
}

// Epochs is the epoch coordinator: it decides when an epoch ends, tells the members, and
// knows how far back changelogs must reach. Views follow by themselves.
//
// An epoch ends when there is input and interval has passed, or at once on demand. With no
// input there is no epoch and no work.
type Epochs struct {
	interval time.Duration
	reserve  func() (upTo types.Epoch, err error) // durably reserves the next block
	changed  func()                               // the open epoch has got its first input

	mu       sync.Mutex // the commit lock: what is committed under it falls in one epoch
	last     types.Epoch
	reserved types.Epoch
	members  map[EpochMember]struct{}
	logs     map[*Changelog]struct{}
	pins     map[*Pin]struct{}
	dirty    bool
	spiller  *Spiller // of the logs; nil: they stay in memory
	maxLag   int64
	held     atomic.Bool // sources wait

	poke chan struct{}
}

// NewEpochs returns a coordinator whose last epoch is last. reserve durably reserves a
// block of epoch numbers and returns its end. changed is called whenever an epoch gets its
// first input; it must not wait.
func NewEpochs(last types.Epoch, interval time.Duration, reserve func() (types.Epoch, error), changed func()) *Epochs {
	return &Epochs{
		interval: interval, reserve: reserve, changed: changed, last: last, reserved: last,
		members: map[EpochMember]struct{}{}, logs: map[*Changelog]struct{}{}, pins: map[*Pin]struct{}{},
		poke: make(chan struct{}, 1),
	}
}

// Pin keeps epochs from At on readable.
type Pin struct {
	At   types.Epoch
	idle bool // may be taken away
	lost bool
}

// Last is the last closed epoch.
func (s *Epochs) Last() types.Epoch {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// Commit runs f under the commit lock: what f puts into members falls in one epoch, the
// one returned.
func (s *Epochs) Commit(f func() error) (types.Epoch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := f(); err != nil {
		return 0, err
	}
	s.markDirty()
	return s.last + 1, nil
}

// Hold runs f under the commit lock: nothing is committed meanwhile.
func (s *Epochs) Hold(f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return f()
}

// Dirty says that a member has input for the open epoch.
func (s *Epochs) Dirty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.markDirty()
}

func (s *Epochs) markDirty() {
	if !s.dirty {
		s.dirty = true
		s.changed()
		select {
		case s.poke <- struct{}{}:
		default:
		}
	}
}

// Advance closes the open epoch now and returns its number. save is not nil for the epoch
// of a checkpoint; begin, if not nil, is run under the commit lock just before.
func (s *Epochs) Advance(save Saver, begin func(e types.Epoch)) (types.Epoch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.advance(save, begin)
}

func (s *Epochs) advance(save Saver, begin func(e types.Epoch)) (types.Epoch, error) {
	if s.last+1 > s.reserved {
		upTo, err := s.reserve()
		if err != nil {
			return 0, err
		}
		s.reserved = upTo
	}
	s.last++
	s.dirty = false
	if begin != nil {
		begin(s.last)
	}
	br := Barrier{Epoch: s.last, Save: save}
	for m := range s.members {
		m.CloseEpoch(br)
	}
	s.trim()
	return s.last, nil
}

// Closed makes sure that what was committed so far lies in a closed epoch, and returns
// the last closed one.
func (s *Epochs) Closed() (types.Epoch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed()
}

func (s *Epochs) closed() (types.Epoch, error) {
	if s.dirty {
		return s.advance(nil, nil)
	}
	return s.last, nil
}

// Trim lets changelogs forget what nobody can ask for any more. Every epoch's end does; it
// is for who waits for room while no epoch is due.
func (s *Epochs) Trim() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trim()
}

// trim lets changelogs forget what nobody can ask for any more.
func (s *Epochs) trim() {
	horizon := s.last
	for l := range s.logs {
		if _, upper, ended := l.Bounds(); ended == nil {
			horizon = min(horizon, upper-1)
		}
	}
	for p := range s.pins {
		horizon = min(horizon, p.At)
	}
	for l := range s.logs {
		l.Trim(horizon)
	}
}

// Run closes epochs until ctx is done. What keeps one from ending (no space to reserve
// numbers) is told to failed, and tried again.
func (s *Epochs) Run(ctx context.Context, failed func(error)) {
	again := time.NewTimer(0)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.poke:
		case <-again.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(s.interval):
		}
		if _, err := s.Closed(); err != nil {
			failed(err)
			again.Reset(retryInterval)
		}
	}
}

// retryInterval is the time between two attempts to end an epoch.
const retryInterval = time.Second

// Attach makes changelogs, and optionally members, known under the commit lock, together
// with whatever f does; f gets the last closed epoch.
func (s *Epochs) Attach(f func(last types.Epoch) (members []EpochMember, logs []*Changelog)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	members, logs := f(s.last)
	for _, m := range members {
		s.members[m] = struct{}{}
	}
	for _, l := range logs {
		s.logs[l] = struct{}{}
		if s.spiller != nil {
			l.keepIn(s.spiller, s.maxLag)
		}
	}
}

// Detach forgets a changelog and, if not nil, its member.
func (s *Epochs) Detach(m EpochMember, l *Changelog) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m != nil {
		delete(s.members, m)
	}
	delete(s.logs, l)
	if l != nil {
		l.forget()
	}
}

// Pin picks the newest epoch at which all of logs are readable, at least atLeast, keeps it
// readable until Unpin, and waits for it if need be. A log that has ended is an error
// unless stale is set.
func (s *Epochs) Pin(ctx context.Context, logs []*Changelog, atLeast types.Epoch) (*Pin, error) {
	wake := make(chan struct{}, 1)
	for _, l := range logs {
		l.Subscribe(wake)
		defer l.Unsubscribe(wake)
	}
	for {
		p, err := s.tryPin(logs, atLeast)
		if p != nil || err != nil {
			return p, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-wake:
		}
	}
}

func (s *Epochs) tryPin(logs []*Changelog, atLeast types.Epoch) (*Pin, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.last
	for _, l := range logs {
		_, upper, ended := l.Bounds()
		if ended != nil {
			return nil, ended
		}
		e = min(e, upper-1)
	}
	if e < atLeast {
		return nil, nil
	}
	for _, l := range logs {
		if since, _, _ := l.Bounds(); since > e {
			return nil, nil
		}
	}
	p := &Pin{At: e}
	s.pins[p] = struct{}{}
	return p, nil
}

// PinAt keeps epoch e and later readable.
func (s *Epochs) PinAt(e types.Epoch) *Pin {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &Pin{At: e}
	s.pins[p] = struct{}{}
	return p
}

// PinIdle makes sure that what was committed so far lies in a closed epoch, and keeps the
// last closed one readable for a transaction between its statements: the pin may be lost
// when a source has waited for room for too long because of it.
func (s *Epochs) PinIdle() (*Pin, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := s.closed()
	if err != nil {
		return nil, err
	}
	p := &Pin{At: at, idle: true}
	s.pins[p] = struct{}{}
	return p, nil
}

// Lost reports whether an idle pin was taken away: its epoch may not be readable any more.
func (s *Epochs) Lost(p *Pin) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return p.lost
}

// dropIdle takes the idle pins away.
func (s *Epochs) dropIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.pins {
		if p.idle {
			p.lost = true
			delete(s.pins, p)
		}
	}
	s.trim()
}

// PinLocked is [Epochs.PinAt] for who holds the commit lock, as what Advance begins with.
func (s *Epochs) PinLocked(e types.Epoch) *Pin {
	p := &Pin{At: e}
	s.pins[p] = struct{}{}
	return p
}

// Unpin gives a pin up.
func (s *Epochs) Unpin(p *Pin) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pins, p)
}

// Members lists the members, in no order.
func (s *Epochs) Members() []EpochMember {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.members))
}
