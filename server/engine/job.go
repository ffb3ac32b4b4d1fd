package engine

import (
	"cmp"
	"maps"
	"slices"
	"sync"
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

	rel  *Relation
	once sync.Once
	done chan struct{}
	err  error // valid once done is closed
}

// Rows is the number of rows read so far.
func (j *Job) Rows() int64 {
	if j.rel == nil || j.rel.Flow == nil {
		return 0
	}
	return j.rel.Flow.RowsIn()
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

// Job finds a job that is under way.
func (e *Engine) Job(id int64) (*Job, bool) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	j, ok := e.jobs[id]
	return j, ok
}

// Done is closed when the job has ended.
func (j *Job) Done() <-chan struct{} { return j.done }
