package engine

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"streamdb/catalog"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// memory keeps the engine under its limit. What counts is the Go heap in use; what each
// relation takes by its own account decides who has to give way:
//
//	above 85 %   sources wait, changelogs go to disk; new queries that read relations, and
//	             large changes of tables, get 53200
//	above 95 %   running queries get 53200 too, and every change that adds rows
//	above 100 %  when no query is left that could end, the view that has grown most since
//	             memory was last easy is stopped, and its state is given back; so
//	             is one when it has been tight for long, and there is a source that waits or
//	             hardly anything goes on
//
// Queries that read no relation, system relations and DDL are let in always, so that a user
// can look and drop.
type memory struct {
	e     *Engine
	limit int64
	level atomic.Int32

	mu      sync.Mutex
	queries map[*running]struct{}
	braking sync.Mutex // one collects, others that need memory wait for it

	// of run alone
	before    map[catalog.ID]int64 // sizes when memory was last easy
	since     time.Time            // it has been tight, or the last view was stopped
	asked     time.Time            // queries were told to end so that no view has to; zero: not yet
	collected time.Time            // the end of the last collection
	took      time.Duration        // by it
	stopping  chan struct{}        // closed once the view that was told to stop has; nil: none
}

// running is one ad-hoc query.
type running struct {
	cancel context.CancelCauseFunc
	told   bool // to end
}

// The levels.
const (
	easy = iota
	tight
	critical
)

// tightPatience is how long sources and statements wait for memory before a view has to go,
// so that the others can go on.
const tightPatience = 3 * time.Second

func errOutOfMemory(limit int64) *pgerr.Error {
	return pgerr.New(pgerr.OutOfMemory, "out of memory").
		WithDetail("The engine is at its memory_limit of %d MB.", limit>>20).
		WithHint("Drop views, or start the server with a higher --memory-limit.")
}

func newMemory(e *Engine, limit int64) *memory {
	if limit > 0 {
		debug.SetMemoryLimit(limit / 100 * 95) // the collector works harder before the limit is reached
	}
	return &memory{e: e, limit: limit, queries: map[*running]struct{}{}, before: map[catalog.ID]int64{}}
}

// MemoryLimit is the bytes the engine may use; 0: there is no limit.
func (e *Engine) MemoryLimit() int64 { return e.memory.limit }

// heapInUse is the bytes of heap objects, garbage not yet collected included.
func heapInUse() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64())
}

// percent is a part of the limit in bytes.
func (m *memory) percent(n int64) int64 { return m.limit / 100 * n }

// run watches until ctx is done.
func (m *memory) run(ctx context.Context) {
	if m.limit <= 0 {
		return
	}
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		used := m.check()
		if used > m.percent(50) {
			next.Reset(20 * time.Millisecond)
		} else {
			next.Reset(100 * time.Millisecond)
		}
	}
}

// check looks once, and does what is to be done.
func (m *memory) check() (used int64) {
	m.stopped()
	used = heapInUse()
	if used > m.percent(80) {
		m.e.epochs.Trim() // no epoch ends while sources wait
		if !m.collect(used) {
			return used // part of it may be garbage, which must not stop anybody
		}
		used = heapInUse()
	}
	switch {
	case used <= m.percent(80):
		m.ease(used)
		return used
	case used <= m.percent(85):
		return used
	case used > m.percent(95):
		m.tighten(critical)
		m.cancelQueries()
	default:
		m.tighten(tight)
	}
	waited := time.Since(m.since) > tightPatience && (used > m.percent(95) || m.sourcesWait())
	if (used > m.limit || waited) && !m.queriesGiveWay(used) {
		m.stopOne(used)
	}
	return used
}

// queriesGiveWay ends the running queries, and reports whether that may make room: a view
// has to go only when it has not. Far above the limit nobody is waited for.
func (m *memory) queriesGiveWay(used int64) bool {
	m.cancelQueries()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.queries) == 0 {
		return false
	}
	if m.asked.IsZero() {
		m.asked = time.Now()
	}
	return used <= m.percent(110) && time.Since(m.asked) < queryGrace
}

// queryGrace is how long views are spared since queries were told to end.
const queryGrace = 2 * time.Second

// brake is called by whoever may be taking memory, every few batches: at the limit it waits
// for a collection, and so does not run away from whoever watches; with what is left then,
// queries end.
func (m *memory) brake() {
	if m.limit <= 0 || heapInUse() <= m.percent(97) {
		return
	}
	m.braking.Lock()
	defer m.braking.Unlock()
	if heapInUse() <= m.percent(97) {
		return
	}
	runtime.GC()
	if heapInUse() > m.percent(95) && !m.cancelQueries() {
		time.Sleep(brakePause)
	}
}

// brakePause is how long a view that takes memory waits for one to be stopped.
const brakePause = 20 * time.Millisecond

// collect collects garbage, but leaves most of the time to others while there is room.
func (m *memory) collect(used int64) bool {
	if used <= m.percent(95) && time.Since(m.collected) < 4*m.took {
		return false
	}
	from := time.Now()
	runtime.GC()
	m.collected = time.Now()
	m.took = m.collected.Sub(from)
	return true
}

// ease lets everybody go on, and notes the sizes from which growth counts.
func (m *memory) ease(used int64) {
	was := m.level.Swap(easy) != easy
	m.asked = time.Time{}
	if was {
		m.e.epochs.Squeeze(false)
	}
	for _, r := range m.e.Relations() {
		if was && r.Source != nil {
			r.Source.Pause(false)
		}
		if r.Flow != nil && used < m.percent(60) {
			m.before[r.ID] = r.size()
		}
	}
}

func (m *memory) tighten(to int32) {
	if m.level.Swap(to) == easy {
		m.since = time.Now()
	}
	m.e.epochs.Squeeze(true)
	for _, r := range m.e.Relations() {
		if r.Source != nil {
			r.Source.Pause(true)
		}
	}
}

// sourcesWait reports whether there is a source that would go on if there were room.
func (m *memory) sourcesWait() bool {
	for _, r := range m.e.Relations() {
		if r.Source != nil && !r.Source.AtEnd() || r.Feed != nil {
			return true
		}
	}
	return false
}

// cancelQueries ends the running ad-hoc queries; it reports whether there were any that had
// not been told yet.
func (m *memory) cancelQueries() (told bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for q := range m.queries {
		if !q.told {
			q.told, told = true, true
			q.cancel(errOutOfMemory(m.limit))
		}
	}
	return told
}

// stopOne stops the view that has grown most, or is largest if none has grown much. Views
// that are small are left alone: it is not they, unless what is used is found nowhere. Then
// it is in the step that a view has been at for the longest. One is stopped at a time.
func (m *memory) stopOne(used int64) {
	if m.stopping != nil {
		return // look again when it has given back what it had
	}
	var grown, large, stepping *Relation
	var most, largest, known int64
	var since time.Time
	for _, r := range m.e.Relations() {
		if st, _ := r.Status(); r.Flow == nil || st == Stopped {
			continue
		}
		size := r.size()
		if n := size - m.before[r.ID]; n > most {
			grown, most = r, n
		}
		if size > largest {
			large, largest = r, size
		}
		known += size
		if at := r.Flow.Step(); !at.IsZero() && (since.IsZero() || at.Before(since)) {
			stepping, since = r, at
		}
	}
	worst := grown
	if most < m.percent(5) {
		worst = large
	}
	if stepping != nil && time.Since(since) > longStep && used-known > m.percent(50) {
		worst = stepping
	} else if worst == nil || largest < m.percent(1) {
		return
	}
	m.e.cfg.Log.Warn("out of memory: a view is stopped", "id", worst.ID, "bytes", worst.size())
	m.since, m.stopping = time.Now(), make(chan struct{})
	go func(done chan struct{}) {
		defer close(done)
		worst.abort(errOutOfMemory(m.limit))
	}(m.stopping)
}

// longStep is how long a view works on one batch or barrier that makes much of it.
const longStep = 100 * time.Millisecond

// stopped looks whether the view that was told to stop has, and takes back its memory.
func (m *memory) stopped() {
	if m.stopping == nil {
		return
	}
	select {
	case <-m.stopping:
		m.stopping = nil
		debug.FreeOSMemory()
	default:
	}
}

// admit lets an ad-hoc query run; while memory is tight, only if it reads no relation. done
// must be called at its end.
func (m *memory) admit(ctx context.Context, reads bool) (_ context.Context, done func(), err error) {
	if m.limit <= 0 {
		return ctx, func() {}, nil
	}
	if reads && m.level.Load() != easy {
		return nil, nil, errOutOfMemory(m.limit)
	}
	inner, cancel := context.WithCancelCause(ctx)
	q := &running{cancel: cancel}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queries[q] = struct{}{}
	return inner, func() {
		m.mu.Lock()
		delete(m.queries, q)
		m.mu.Unlock()
		cancel(nil)
	}, nil
}

// Small changes are let in while memory is tight. A change takes several times its size
// until it is committed: in the log's buffer, in the table, in its changelog.
const (
	smallChange  = 256 << 10
	changeCopies = 4
)

// Afford is error 53200 if there is no room for a statement that changes bytes of a table.
// It is asked while they are gathered, too.
func (e *Engine) Afford(bytes int64) error {
	m := e.memory
	if m.limit <= 0 || bytes <= smallChange {
		return nil
	}
	if m.level.Load() != easy || heapInUse()+changeCopies*bytes > m.limit {
		return errOutOfMemory(m.limit).WithHint("Change fewer rows at a time, drop views, or start the server with a higher --memory-limit.")
	}
	return nil
}

// affordChange is [Engine.Afford] for a change as it is handed over: at the limit, only
// what takes rows away.
func (e *Engine) affordChange(delta *types.Batch) error {
	if e.memory.level.Load() == critical {
		for i := range delta.N {
			if delta.Weight(i) > 0 {
				return errOutOfMemory(e.memory.limit)
			}
		}
	}
	return e.Afford(int64(delta.MemSize()))
}

// awaitEasy waits until memory is not tight any more, for a connector that fills a table.
func (m *memory) awaitEasy(ctx context.Context) {
	for m.level.Load() != easy {
		select {
		case <-ctx.Done():
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// size is the bytes of a view's operators, its rows, and the changes kept of them.
func (r *Relation) size() int64 {
	n := r.Errors.MemSize()
	if r.Flow != nil {
		n += r.Flow.MemSize()
	}
	if r.Stored != nil {
		changes, _ := r.Stored.Log.Bytes()
		n += int64(r.Stored.Contents.MemSize()) + changes
	}
	return n
}

// abort stops a view with a reason and gives its state back.
func (r *Relation) abort(reason error) {
	r.setStatus(Stopped, reason)
	if r.Sink != nil {
		r.Sink.cancel() // it may be waiting for its disk
	}
	r.Flow.Abort(reason)
	r.Flow.Forget()
	if r.Stored != nil {
		r.Stored.Contents.Forget()
	}
}
