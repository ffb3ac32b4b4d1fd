package engine

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"streamdb/catalog"
	"streamdb/types/pgerr"
)

// memory keeps the engine under its limit. What counts is the Go heap in use; what each
// relation takes by its own account decides who has to give way:
//
//	above 85 %   sources wait; new ad-hoc queries get 53200
//	above 95 %   running ad-hoc queries get 53200 too
//	above 100 %  the view that has grown most since memory was last easy is stopped, and
//	             its state is given back
type memory struct {
	e     *Engine
	limit int64

	mu      sync.Mutex
	tight   bool
	queries map[*context.CancelCauseFunc]struct{}
	before  map[catalog.ID]int64 // sizes when memory was last easy
}

const memoryTick = 100 * time.Millisecond

func errOutOfMemory(limit int64) error {
	return pgerr.New(pgerr.OutOfMemory, "out of memory").
		WithDetail("The engine is at its memory_limit of %d MB.", limit>>20).
		WithHint("Drop views, or start the server with a higher --memory-limit.")
}

func newMemory(e *Engine, limit int64) *memory {
	if limit > 0 {
		debug.SetMemoryLimit(limit)
	}
	return &memory{e: e, limit: limit, queries: map[*context.CancelCauseFunc]struct{}{}, before: map[catalog.ID]int64{}}
}

// heapInUse is the bytes of heap objects, garbage not yet collected included.
func heapInUse() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64())
}

// run watches until ctx is done.
func (m *memory) run(ctx context.Context) {
	if m.limit <= 0 {
		return
	}
	tick := time.NewTicker(memoryTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			m.check()
		}
	}
}

func (m *memory) check() {
	used := heapInUse()
	if used > m.limit*80/100 {
		m.e.epochs.Trim() // no epoch ends while sources wait
		runtime.GC()      // garbage must not stop anybody
		used = heapInUse()
	}
	switch {
	case used <= m.limit*80/100:
		m.ease()
		return
	case used <= m.limit*85/100:
		return
	}
	m.tighten()
	if used > m.limit*95/100 && m.cancelQueries() {
		return // look again before a view has to go
	}
	if used > m.limit {
		m.stopLargest()
	}
}

// ease lets sources go on and notes the sizes from which growth counts.
func (m *memory) ease() {
	m.mu.Lock()
	was := m.tight
	m.tight = false
	m.mu.Unlock()
	if was {
		m.e.epochs.Squeeze(false)
	}
	for _, r := range m.e.Relations() {
		if was && r.Source != nil {
			r.Source.Pause(false)
		}
		if r.Flow != nil {
			m.before[r.ID] = r.size()
		}
	}
}

func (m *memory) tighten() {
	m.mu.Lock()
	m.tight = true
	m.mu.Unlock()
	m.e.epochs.Squeeze(true)
	for _, r := range m.e.Relations() {
		if r.Source != nil {
			r.Source.Pause(true)
		}
	}
}

// cancelQueries ends the running ad-hoc queries; it reports whether there were any.
func (m *memory) cancelQueries() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for cancel := range m.queries {
		(*cancel)(errOutOfMemory(m.limit))
	}
	return len(m.queries) > 0
}

// stopLargest stops the view that has grown most.
func (m *memory) stopLargest() {
	var worst *Relation
	var most int64
	for _, r := range m.e.Relations() {
		if st, _ := r.Status(); r.Flow == nil || st == Stopped {
			continue
		}
		if grown := r.size() - m.before[r.ID]; worst == nil || grown > most {
			worst, most = r, grown
		}
	}
	if worst == nil {
		return
	}
	m.e.cfg.Log.Warn("out of memory: a view is stopped", "id", worst.ID, "bytes", worst.size())
	worst.abort(errOutOfMemory(m.limit))
}

// admit lets an ad-hoc query run, unless memory is tight. done must be called at its end.
func (m *memory) admit(ctx context.Context) (_ context.Context, done func(), err error) {
	if m.limit <= 0 {
		return ctx, func() {}, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tight {
		return nil, nil, errOutOfMemory(m.limit)
	}
	inner, cancel := context.WithCancelCause(ctx)
	m.queries[&cancel] = struct{}{}
	return inner, func() {
		m.mu.Lock()
		delete(m.queries, &cancel)
		m.mu.Unlock()
		cancel(nil)
	}, nil
}

// size is the bytes of a view's operators and rows.
func (r *Relation) size() int64 {
	var n int64
	if r.Flow != nil {
		n += r.Flow.MemSize()
	}
	if r.Stored != nil {
		n += int64(r.Stored.Contents.MemSize())
	}
	return n
}

// abort stops a view with a reason and gives its state back.
func (r *Relation) abort(reason error) {
	r.setStatus(Stopped, reason)
	r.Flow.Abort(reason)
	r.Flow.Forget()
	if r.Stored != nil {
		r.Stored.Contents.Forget()
	}
}
