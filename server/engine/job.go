package engine

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"streamdb/catalog"
)

// Job is the filling of a view or sink.
type Job struct {
	ID       int64
	Relation catalog.ID
	Name     string
	SQL      string
	Started  time.Time

	again atomic.Bool // the relation had been filled before
	rel   atomic.Pointer[Relation]
	once  sync.Once
	done  chan struct{}
	err   error // valid once done is closed
}

// Rows is the number of rows read so far.
func (j *Job) Rows() int64 {
	r := j.rel.Load()
	if r == nil || r.Flow == nil {
		return 0
	}
	return r.Flow.RowsIn()
}

func (e *Engine) newJob(desc *catalog.Relation) *Job {
	e.mu.Lock()
	defer e.mu.Unlock()
	j := &Job{
		ID: e.nextJob, Relation: desc.ID, Name: desc.Schema + "." + desc.Name, SQL: desc.SQL,
		Started: time.Now(), done: make(chan struct{}),
	}
	e.nextJob++
	e.jobs[j.ID] = j
	return j
}

func (e *Engine) endJob(j *Job, err error) {
	j.once.Do(func() {
		e.mu.Lock()
		delete(e.jobs, j.ID)
		e.mu.Unlock()
		j.err = err
		close(j.done)
	})
}

// Jobs lists the jobs under way, oldest first.
func (e *Engine) Jobs() []*Job {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return slices.SortedFunc(maps.Values(e.jobs), func(a, b *Job) int { return cmp.Compare(a.ID, b.ID) })
}

// jobOf finds the job of a relation, nil if it has none under way.
func (e *Engine) jobOf(id catalog.ID) *Job {
	for _, j := range e.Jobs() {
		if j.Relation == id {
			return j
		}
	}
	return nil
}

// Job finds a job that is under way.
func (e *Engine) Job(id int64) (*Job, bool) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	j, ok := e.jobs[id]
	return j, ok
}

// Done is closed when the job has ended.
func (j *Job) Done() <-chan struct{} { return j.done }
