package exec

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// KeptErrors is how many rows of streamdb.errors an object keeps.
const KeptErrors = 10000

// ErrorSet is the error relation of one object: the multiset of errors its rows raise, a
// delta like any other, so that an error goes when its row does. Of more errors than the
// limit some are kept, and how many the others are, by SQLSTATE.
type ErrorSet struct {
	mu     sync.Mutex
	kept   errorSample
	newest bool // errors never go: the newest are kept
	order  []string
	epochs map[string]types.Epoch // of the last change of a kept row
	open   map[string]struct{}    // the keys touched in the open epoch
	total  int64                  // errors ever noted

	dirty    map[string]state.Hash // what is saved of the touched rows
	counters map[string]state.Hash // what is saved of the counters
}

// ErrorEntry is one row of streamdb.errors.
type ErrorEntry struct {
	Counted       bool        // stands for rows that are not kept: it has a code and a weight
	Epoch         types.Epoch // of the last change; 0: still open
	Code, Message string
	Row           string
	Weight        int64
}

// NewErrorSet returns the empty set of a view, whose errors come and go. Of more than limit
// rows it keeps a sample; all for 0.
func NewErrorSet(limit int) *ErrorSet {
	return &ErrorSet{
		kept: newErrorSample(limit), epochs: map[string]types.Epoch{}, open: map[string]struct{}{},
		dirty: map[string]state.Hash{}, counters: map[string]state.Hash{},
	}
}

// NewErrorLog returns the empty set of a source, whose errors never go. It keeps the newest
// limit rows.
func NewErrorLog(limit int) *ErrorSet {
	s := NewErrorSet(0)
	s.kept.limit, s.newest = limit, true
	return s
}

// Add adds weight w to an error of a row.
func (s *ErrorSet) Add(err *pgerr.Error, w int64, row string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total += max(w, 0)
	key, msg := errorText(err, row)
	s.add(key, msg, w)
}

// add adds weight w to a row, which may be one of those that are only counted.
func (s *ErrorSet) add(key string, msg int, w int64) {
	r := s.kept.rows[key]
	if r == nil {
		if r = s.kept.put(key, msg); r == nil {
			s.kept.rest[errorCode(key)] += w
			return
		}
		s.evict(key)
	}
	s.touch(key, r)
	s.open[key] = struct{}{}
	r.weight += w
}

// touch notes what is saved of a row that is to change.
func (s *ErrorSet) touch(key string, r *errorRow) {
	if _, ok := s.dirty[key]; !ok {
		s.dirty[key] = s.hash(key, r)
	}
}

// merge adds what one task's rows raised in the epoch.
func (s *ErrorSet) merge(d *errorDelta) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.thin(d.thin)
	s.total += d.raised
	for key, r := range d.rows {
		s.add(key, r.msg, r.weight)
	}
	for code, w := range d.rest {
		s.kept.rest[code] += w
	}
}

// thin takes a smaller sample.
func (s *ErrorSet) thin(to int) {
	s.kept.thinTo(to, func(key string, r *errorRow) {
		s.touch(key, r)
		delete(s.epochs, key)
	})
}

// evict makes room for a new row among the newest.
func (s *ErrorSet) evict(key string) {
	if !s.newest {
		return
	}
	if s.order == nil {
		s.order = s.byAge()
	} else {
		s.order = append(s.order, key)
	}
	if len(s.order) <= s.kept.limit {
		return
	}
	old := s.order[0]
	s.order = s.order[1:]
	if r := s.kept.rows[old]; r != nil {
		s.touch(old, r)
		s.kept.drop(old, r)
		delete(s.epochs, old)
	}
}

// byAge lists the keys of all rows, the oldest first.
func (s *ErrorSet) byAge() []string {
	age := func(key string) types.Epoch { return s.epochs[key] - 1 } // open rows last
	return slices.SortedFunc(maps.Keys(s.kept.rows), func(a, b string) int { return cmp.Compare(age(a), age(b)) })
}

// End closes an epoch.
func (s *ErrorSet) End(e types.Epoch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.open {
		r := s.kept.rows[key]
		if r != nil && r.weight != 0 {
			if s.epochs[key] == 0 {
				s.epochs[key] = e
			}
			continue
		}
		if r != nil {
			s.kept.drop(key, r)
			delete(s.epochs, key)
		}
		if s.dirty[key] == (state.Hash{}) { // it was never saved
			delete(s.dirty, key)
		}
	}
	clear(s.open)
	if s.newest {
		return
	}
	for s.kept.full() {
		s.thin(s.kept.thin + 1)
	}
	s.kept.widen()
}

// delta returns an empty delta for one task and epoch.
func (s *ErrorSet) delta() *errorDelta {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := &errorDelta{errorSample: newErrorSample(s.kept.limit)}
	d.errorSample.thin = s.kept.thin
	return d
}

// Entries lists the errors.
func (s *ErrorSet) Entries() []ErrorEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	var es []ErrorEntry
	for key, r := range s.kept.rows {
		if r.weight != 0 {
			msg, row := errorParts(key, r.msg)
			es = append(es, ErrorEntry{false, s.epochs[key], errorCode(key), msg, row, r.weight})
		}
	}
	for code, w := range s.kept.rest {
		if w != 0 {
			es = append(es, ErrorEntry{Counted: true, Code: code, Weight: w})
		}
	}
	return es
}

// Total is the number of errors ever noted.
func (s *ErrorSet) Total() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// MemSize is the bytes of the rows that are kept.
func (s *ErrorSet) MemSize() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept.bytes
}
