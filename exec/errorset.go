package exec

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"sync"

	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// ErrorSet is the error relation of one object: the multiset of errors its rows raise, a
// delta like any other, so that an error goes when its row does.
type ErrorSet struct {
	mu    sync.Mutex
	rows  map[string]*errorRow
	dirty map[string]state.Hash // what is saved of the touched rows
	total int64                 // errors ever noted
	saved state.Hash            // of the saved total
	limit int                   // most rows kept; 0: all. The oldest go first
	order []string              // with a limit: keys by age; nil: not known
}

type errorRow struct {
	err    *pgerr.Error
	row    string
	weight int64
	epoch  types.Epoch // of the last change; 0: still open
}

// ErrorEntry is one row of streamdb.errors.
type ErrorEntry struct {
	Epoch         types.Epoch
	Code, Message string
	Row           string
	Weight        int64
}

// NewErrorSet returns an empty set that keeps the newest limit rows, all for 0.
func NewErrorSet(limit int) *ErrorSet {
	return &ErrorSet{rows: map[string]*errorRow{}, dirty: map[string]state.Hash{}, limit: limit}
}

// Add adds weight w to an error of a row.
func (s *ErrorSet) Add(err *pgerr.Error, w int64, row string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := err.Code + "\x00" + err.Message + "\x00" + row
	r := s.rows[key]
	if r == nil {
		r = &errorRow{err: err, row: row}
		s.rows[key] = r
		s.evict(key)
	}
	if _, ok := s.dirty[key]; !ok {
		s.dirty[key] = r.hash(key)
	}
	r.weight += w
	r.epoch = 0
	if w > 0 {
		s.total += w
	}
}

// evict makes room for one more row under the limit.
func (s *ErrorSet) evict(key string) {
	if s.limit == 0 {
		return
	}
	if s.order == nil {
		s.order = s.byAge()
	} else {
		s.order = append(s.order, key)
	}
	if len(s.order) <= s.limit {
		return
	}
	old := s.order[0]
	s.order = s.order[1:]
	if r := s.rows[old]; r != nil {
		if _, ok := s.dirty[old]; !ok {
			s.dirty[old] = r.hash(old)
		}
		delete(s.rows, old)
	}
}

// byAge lists the keys of all rows, the oldest first.
func (s *ErrorSet) byAge() []string {
	age := func(key string) types.Epoch { return s.rows[key].epoch - 1 } // open rows last
	return slices.SortedFunc(maps.Keys(s.rows), func(a, b string) int { return cmp.Compare(age(a), age(b)) })
}

// End closes an epoch.
func (s *ErrorSet) End(e types.Epoch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.dirty {
		r := s.rows[key]
		switch {
		case r == nil:
		case r.weight == 0:
			delete(s.rows, key)
		case r.epoch == 0:
			r.epoch = e
		}
	}
}

// Entries lists the errors.
func (s *ErrorSet) Entries() []ErrorEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	var es []ErrorEntry
	for _, r := range s.rows {
		if r.weight != 0 {
			es = append(es, ErrorEntry{r.epoch, r.err.Code, r.err.Message, r.row, r.weight})
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

func (r *errorRow) hash(key string) state.Hash {
	if r.weight == 0 {
		return state.Hash{}
	}
	return state.HashKV(errorKey(key), r.value())
}

// errorKey is [vnode 0][code 0 message 0 row].
func errorKey(key string) []byte { return append([]byte{0}, key...) }

func (r *errorRow) value() []byte {
	v := binary.AppendVarint(nil, r.weight)
	v = binary.AppendUvarint(v, uint64(r.epoch))
	v = binary.AppendUvarint(v, uint64(len(r.err.Message)))
	return append(append(v, r.err.Message...), r.row...)
}

// Save gives the rows that changed since the last Save.
func (s *ErrorSet) Save(id state.TableID) *state.Delta {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := state.NewDelta(id)
	for key, old := range s.dirty {
		if r := s.rows[key]; r != nil && r.weight != 0 {
			d.Put(errorKey(key), r.value(), old)
		} else if old != (state.Hash{}) {
			d.Delete(errorKey(key), old)
		}
	}
	clear(s.dirty)
	if total := binary.AppendVarint(nil, s.total); s.total > 0 && s.saved != state.HashKV(totalKey, total) {
		d.Put(totalKey, total, s.saved)
		s.saved = state.HashKV(totalKey, total)
	}
	return d
}

// totalKey is the key of the one record that is not a row: the number of errors ever noted.
var totalKey = []byte{0}

// Load takes one row back.
func (s *ErrorSet) Load(key, val []byte) error {
	w, n := binary.Varint(val)
	if len(key) == 1 && n > 0 {
		s.total, s.saved = w, state.HashKV(key, val)
		return nil
	}
	e, m := binary.Uvarint(val[max(n, 0):])
	if n <= 0 || m <= 0 || len(key) < 6 {
		return errStateValue
	}
	msg, row, ok := cutLen(val[n+m:])
	if !ok {
		return errStateValue
	}
	k := string(key[1:])
	s.rows[k] = &errorRow{
		err: pgerr.New(k[:5], "%s", msg), row: string(row), weight: w, epoch: types.Epoch(e),
	}
	return nil
}
