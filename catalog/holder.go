package catalog

import (
	"sync"
	"sync/atomic"
)

// Catalog holds the current snapshot. Readers take it without waiting; DDL goes through
// one writer at a time.
type Catalog struct {
	writing sync.Mutex
	current atomic.Pointer[Snapshot]
}

// NewCatalog returns a catalog whose current snapshot is s.
func NewCatalog(s *Snapshot) *Catalog {
	c := &Catalog{}
	c.current.Store(s)
	return c
}

// Current is the newest snapshot.
func (c *Catalog) Current() *Snapshot { return c.current.Load() }

// Update makes one change: plan decides on it, knowing that no other writer comes between,
// and commit (unless nil) makes it durable; only then do readers see the new snapshot,
// which is returned. An error of either leaves everything as it was. A nil change with no
// error changes nothing.
func (c *Catalog) Update(plan func(*Snapshot) (Change, error), commit func(next *Snapshot, change Change) error) (*Snapshot, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	s := c.current.Load()
	change, err := plan(s)
	if err != nil || change == nil {
		return s, err
	}
	next, err := s.Apply(change)
	if err != nil {
		return s, err
	}
	if commit != nil {
		if err := commit(next, change); err != nil {
			return s, err
		}
	}
	c.current.Store(next)
	return next, nil
}
