package checkpoint

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Begun is what the engine says of a checkpoint it has begun.
type Begun struct {
	Epoch        types.Epoch
	LogPos       state.LogPos // replay goes on here
	Participants []string     // who will call Save
	// Meta makes the engine's own record, once everybody has saved or left; gone reports
	// whether a participant has left without saving.
	Meta  func(gone func(participant string) bool) ([]byte, error)
	Drops []state.TableID
}

// Engine is what the coordinator needs of the running system.
type Engine interface {
	// Begin calls r.Expect and closes an epoch with r in its barrier.
	Begin(r *Round) (Begun, error)
	// Committed is told that everything up to the epoch is durable: sinks commit, sources
	// are released, the log is trimmed.
	Committed(b Begun) error
	// Hold makes sources wait, or go on.
	Hold(on bool)
}

// Store is where checkpoints go.
type Store interface {
	Commit(ctx context.Context, c *state.Checkpoint) (state.CommitStats, error)
}

// Config is the coordinator's settings.
type Config struct {
	Interval  time.Duration // between checkpoints while something changes; 0: on demand only
	MinPause  time.Duration // least time between the end of one and the begin of the next
	Timeout   time.Duration // after which a checkpoint counts as failed and says who is late
	HoldAfter time.Duration // after which sources wait for a checkpoint; 0: never
	History   int           // how many Infos are kept
	// Fault, if not nil, is called at the beginning of each crash window with its name.
	// Tests cut the power there.
	Fault func(window string)
}

// Info is one row of streamdb.checkpoints.
type Info struct {
	ID      int64
	Epoch   types.Epoch
	Kind    string // "periodic" or "manual"
	Status  string // "in progress", "late", "completed", "failed"
	Started time.Time
	Align   time.Duration // until the last participant had handed over
	Sync    time.Duration // until the commit log was durable
	Async   time.Duration // the commit itself
	Held    time.Duration // sources waited for it
	Bytes   int64
	Rows    int64
	Slowest string // the participant that handed over last
	Error   string
}

// Coordinator takes checkpoints, one at a time.
type Coordinator struct {
	cfg    Config
	engine Engine
	store  Store
	sync   func(ctx context.Context, pos state.LogPos) error

	one sync.Mutex // held while a checkpoint is taken

	mu      sync.Mutex
	round   *Round
	history []*Info
	nextID  int64
	changed bool
	broken  error // a checkpoint failed with what it had gathered: there can be no later one
	poke    chan struct{}
}

// New returns a coordinator. logSync makes the commit log durable up to a position.
func New(cfg Config, engine Engine, store Store, logSync func(ctx context.Context, pos state.LogPos) error) *Coordinator {
	if cfg.History == 0 {
		cfg.History = 100
	}
	if cfg.Fault == nil {
		cfg.Fault = func(string) {}
	}
	return &Coordinator{cfg: cfg, engine: engine, store: store, sync: logSync, nextID: 1, poke: make(chan struct{}, 1)}
}

// Changed says that there is something to save.
func (c *Coordinator) Changed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.changed {
		c.changed = true
		select {
		case c.poke <- struct{}{}:
		default:
		}
	}
}

// Leave says that a participant is gone.
func (c *Coordinator) Leave(participant string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.round != nil {
		c.round.leave(participant)
	}
}

// History lists the last checkpoints, newest first.
func (c *Coordinator) History() []Info {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Info, 0, len(c.history))
	for i := len(c.history) - 1; i >= 0; i-- {
		out = append(out, *c.history[i])
	}
	return out
}

// Run takes a checkpoint every interval in which something changed, until ctx is done.
func (c *Coordinator) Run(ctx context.Context) {
	if c.cfg.Interval == 0 {
		<-ctx.Done()
		return
	}
	next := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.poke:
		}
		if !sleepUntil(ctx, next) {
			return
		}
		start := time.Now()
		// A failure is in the history; the change is noted again and so is tried again.
		if err := c.take(ctx, "periodic"); err != nil {
			c.Changed()
		}
		next = start.Add(c.cfg.Interval)
		if pause := time.Now().Add(c.cfg.MinPause); next.Before(pause) {
			next = pause
		}
	}
}

func sleepUntil(ctx context.Context, t time.Time) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(time.Until(t)):
		return true
	}
}

// Take takes a checkpoint now and returns when it is durable.
func (c *Coordinator) Take(ctx context.Context) error { return c.take(ctx, "manual") }

func (c *Coordinator) take(ctx context.Context, kind string) error {
	c.one.Lock()
	defer c.one.Unlock()
	info := c.begin(kind)
	err := c.run(ctx, info)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.round = nil
	if err != nil {
		info.Status, info.Error = "failed", pgerr.From(err).Message
		return err
	}
	info.Status, info.Error = "completed", ""
	return nil
}

func (c *Coordinator) begin(kind string) *Info {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = false
	c.round = newRound()
	info := &Info{ID: c.nextID, Kind: kind, Status: "in progress", Started: c.round.started}
	c.nextID++
	c.history = append(c.history, info)
	if len(c.history) > c.cfg.History {
		c.history = c.history[1:]
	}
	return info
}

// update changes info under the lock that History takes.
func (c *Coordinator) update(info *Info, f func(*Info)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(info)
}

func (c *Coordinator) run(ctx context.Context, info *Info) error {
	if c.broken != nil {
		return c.broken
	}
	r := c.round
	b, err := c.engine.Begin(r)
	if err != nil {
		return err
	}
	c.update(info, func(i *Info) { i.Epoch = b.Epoch })
	c.cfg.Fault("C1")
	defer c.hold(r, info)()
	if err := c.gather(ctx, r, info); err != nil {
		return err
	}
	c.update(info, func(i *Info) {
		i.Slowest = r.last
		if !r.lastAt.IsZero() {
			i.Align = r.lastAt.Sub(r.started)
		}
	})
	c.cfg.Fault("C2")
	if err := c.commit(ctx, r, b, info); err != nil {
		c.broken = err
		return err
	}
	return c.engine.Committed(b)
}

// gather waits for all participants. What they hand over is lost to later checkpoints, so
// a late one is named, and waited for.
func (c *Coordinator) gather(ctx context.Context, r *Round, info *Info) error {
	var late <-chan time.Time
	if c.cfg.Timeout > 0 {
		late = time.After(c.cfg.Timeout)
	}
	for {
		select {
		case <-r.ready:
			return nil
		case <-late:
			c.update(info, func(i *Info) {
				i.Status = "late"
				i.Error = fmt.Sprintf("no answer within %v from %s", c.cfg.Timeout, strings.Join(r.missing(), ", "))
			})
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// commit writes the gathered deltas; a full disk is waited out. After any other failure
// the deltas are lost, and with them every later checkpoint: the log alone goes on.
func (c *Coordinator) commit(ctx context.Context, r *Round, b Begun, info *Info) error {
	start := time.Now()
	meta, err := b.Meta(r.left)
	if err != nil {
		return err
	}
	if err := c.retry(ctx, info, func() error { return c.sync(ctx, b.LogPos) }); err != nil {
		return err
	}
	synced := time.Now()
	c.cfg.Fault("C3")
	cp := &state.Checkpoint{Epoch: b.Epoch, LogPos: b.LogPos, Meta: meta, Deltas: r.deltas, Drops: b.Drops}
	cp.Durable = func() { c.cfg.Fault("C4") }
	var stats state.CommitStats
	err = c.retry(ctx, info, func() (err error) {
		stats, err = c.store.Commit(ctx, cp)
		return err
	})
	if err != nil {
		return err
	}
	c.update(info, func(i *Info) {
		i.Sync, i.Async = synced.Sub(start), time.Since(synced)
		i.Bytes, i.Rows = stats.BatchBytes, int64(stats.Keys)
	})
	c.cfg.Fault("C5")
	return nil
}

// retry calls f until it does not fail for want of space.
func (c *Coordinator) retry(ctx context.Context, info *Info, f func() error) error {
	for {
		err := f()
		if err == nil || !pgerr.Is(err, pgerr.DiskFull) {
			return err
		}
		c.update(info, func(i *Info) { i.Error = err.Error() })
		select {
		case <-ctx.Done():
			return err
		case <-time.After(200 * time.Millisecond):
		}
	}
}
