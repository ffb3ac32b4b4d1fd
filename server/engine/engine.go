package engine

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"streamdb/catalog"
	"streamdb/checkpoint"
	"streamdb/connector"
	"streamdb/exec"
	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Config is the engine's settings. The zero value of a duration means its default.
type Config struct {
	Dir                string
	Open               state.OpenOptions
	System             []*catalog.Relation // the system relations, evaluated by the sessions
	EpochInterval      time.Duration       // 10 ms
	CheckpointInterval time.Duration       // 1 s; negative: on demand only
	CheckpointTimeout  time.Duration       // 60 s
	FileRoot           string              // files of sources and sinks lie below it; "": none may be used
	Connectors         connector.Table
	MemoryLimit        int64 // bytes of heap; 0: none
	Workers            int   // per view
	MaxTransaction     int   // bytes of a transaction block; 64 MiB
	MaxViewLag         int64 // bytes of changes a relation keeps for its slowest reader before it waits; 4 GiB
	ChangesInMemory    int64 // bytes of them in memory, of all relations; 512 MiB, at most a quarter of MemoryLimit
	Log                *slog.Logger
	// Fault, if not nil, is called at the beginning of each crash window of package
	// checkpoint with its name. Tests cut the power there.
	Fault func(window string)
}

func (c *Config) defaults() {
	setDefault(&c.EpochInterval, 10*time.Millisecond)
	setDefault(&c.CheckpointInterval, time.Second)
	setDefault(&c.CheckpointTimeout, time.Minute)
	setDefault(&c.MaxTransaction, 64<<20)
	setDefault(&c.MaxViewLag, 4<<30)
	setDefault(&c.ChangesInMemory, 512<<20)
	if c.MemoryLimit > 0 {
		c.ChangesInMemory = min(c.ChangesInMemory, c.MemoryLimit/4)
	}
	if c.CheckpointInterval < 0 {
		c.CheckpointInterval = 0
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

func setDefault[T ~int | ~int64](v *T, to T) {
	if *v == 0 {
		*v = to
	}
}

// Engine is one open database.
type Engine struct {
	cfg        Config
	store      *state.Store
	cat        *catalog.Catalog
	epochs     *exec.Epochs
	spiller    *exec.Spiller
	clock      *exec.Clock
	ckpt       *checkpoint.Coordinator
	memory     *memory
	durable    durable
	recovering bool // no source is read yet

	ddl  sync.Mutex
	gens map[catalog.ID]uint32 // generations of state tables given since the start; guarded by ddl

	mu       sync.RWMutex
	rels     map[catalog.ID]*Relation
	changing chan struct{} // closed when rels agrees with the catalog again; nil: it does
	nextJob  int64
	jobs     map[int64]*Job
	reserved types.Epoch

	// acked is the newest epoch with an acknowledged transaction: every statement that
	// begins afterwards sees it, whichever session wrote it.
	acked atomic.Uint64

	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// Catalog is the newest catalog snapshot.
func (e *Engine) Catalog() *catalog.Snapshot { return e.cat.Current() }

// Epochs is the epoch coordinator.
func (e *Engine) Epochs() *exec.Epochs { return e.epochs }

// Checkpoints lists the last checkpoints, newest first.
func (e *Engine) Checkpoints() []checkpoint.Info { return e.ckpt.History() }

// StoreStats is the figures of the store.
func (e *Engine) StoreStats() state.Stats { return e.store.Stats() }

// Relation is a running relation, or nil.
func (e *Engine) Relation(id catalog.ID) *Relation {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.rels[id]
}

// running is a relation at run time, or nil. One that the catalog has and that is just being
// started or altered is waited for.
func (e *Engine) running(ctx context.Context, id catalog.ID) (*Relation, error) {
	for {
		e.mu.RLock()
		r, changing := e.rels[id], e.changing
		e.mu.RUnlock()
		desc, known := e.cat.Current().ByID(id)
		if changing == nil || !known || r != nil && r.desc.Load() == desc {
			return r, nil
		}
		select {
		case <-changing:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// lockDDL begins a change of what runs, and returns what ends it.
func (e *Engine) lockDDL() (unlock func()) {
	e.ddl.Lock()
	changing := make(chan struct{})
	e.setChanging(changing)
	return func() {
		e.setChanging(nil)
		close(changing)
		e.ddl.Unlock()
	}
}

func (e *Engine) setChanging(c chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.changing = c
}

// Relations lists the running relations by id.
func (e *Engine) Relations() []*Relation {
	e.mu.RLock()
	defer e.mu.RUnlock()
	var rs []*Relation
	for _, r := range e.cat.Current().UserRelations() {
		if rel := e.rels[r.ID]; rel != nil {
			rs = append(rs, rel)
		}
	}
	return rs
}

// ack notes that a transaction of an epoch has been acknowledged.
func (e *Engine) ack(epoch types.Epoch) {
	for {
		old := e.acked.Load()
		if uint64(epoch) <= old || e.acked.CompareAndSwap(old, uint64(epoch)) {
			return
		}
	}
}

func (e *Engine) setRelation(id catalog.ID, r *Relation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r == nil {
		delete(e.rels, id)
		return
	}
	e.rels[id] = r
}

// Checkpoint takes a checkpoint now. It goes on when ctx ends the wait for it.
func (e *Engine) Checkpoint(ctx context.Context) error {
	defer waiting(ctx, "IPC", "checkpoint")()
	done := make(chan error, 1)
	e.wg.Go(func() { done <- e.ckpt.Take(e.ctx) })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close checkpoints, stops everything and closes the store. What cannot be done within ctx is
// left as a crash would leave it, which is no failure: the next start goes on from the last
// checkpoint that was complete.
func (e *Engine) Close(ctx context.Context) error {
	err := e.lastCheckpoint(ctx)
	e.cancel()
	closed := make(chan error, 1)
	go func() { closed <- e.closeAll() }()
	select {
	case cerr := <-closed:
		return cmp.Or(err, cerr)
	case <-ctx.Done():
	}
	select {
	case cerr := <-closed:
		return cmp.Or(err, cerr)
	case <-time.After(closeGrace): // a large checkpoint is being written, or the disk is full
		e.cfg.Log.Warn("closing without waiting any longer: nothing acknowledged depends on it")
		return err
	}
}

// lastCheckpoint takes a checkpoint, of what has been read by now, for as long as ctx leaves
// time to close.
func (e *Engine) lastCheckpoint(ctx context.Context) error {
	for _, r := range e.Relations() {
		if r.Source != nil {
			r.Source.Pause(true)
		}
	}
	soon := ctx
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		soon, cancel = context.WithDeadline(ctx, end.Add(-closeTime))
		defer cancel()
	}
	err := e.Checkpoint(soon)
	if errors.Is(err, context.DeadlineExceeded) {
		e.cfg.Log.Warn("no time for a last checkpoint: the next start goes on from the one before")
		return nil
	}
	return err
}

const (
	// closeTime is what closing may take after the last checkpoint.
	closeTime = 1500 * time.Millisecond
	// closeGrace is how long after its context a Close waits for the disk.
	closeGrace = 300 * time.Millisecond
)

// closeAll stops everything and closes the store.
func (e *Engine) closeAll() error {
	for _, r := range e.Relations() {
		r.stop()
	}
	e.wg.Wait()
	for _, r := range e.Relations() {
		r.closeConnector()
	}
	return e.store.Close()
}

// errShutdown is what statements get that a shutdown interrupts.
var errShutdown = pgerr.New(pgerr.AdminShutdown, "terminating connection due to administrator command")
