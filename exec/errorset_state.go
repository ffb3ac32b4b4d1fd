package exec

import (
	"encoding/binary"

	"streamdb/state"
	"streamdb/types"
)

// The state table of an ErrorSet:
//
//	0 code 0 message 0 row   weight, epoch, length of the message, message, row
//	0 counter                a number
//
// The counters are the errors ever noted, the thinness of the sample, and under each
// SQLSTATE how many rows are only counted.
const (
	totalCounter = ""
	thinCounter  = "\x01"
)

func errorKey(key string) []byte { return append([]byte{0}, key...) } // vnode 0

func (s *ErrorSet) value(key string, r *errorRow) []byte {
	msg, row := errorParts(key, r.msg)
	v := binary.AppendVarint(nil, r.weight)
	v = binary.AppendUvarint(v, uint64(s.epochs[key]))
	v = binary.AppendUvarint(v, uint64(len(msg)))
	return append(append(v, msg...), row...)
}

func (s *ErrorSet) hash(key string, r *errorRow) state.Hash {
	if r.weight == 0 {
		return state.Hash{}
	}
	return state.HashKV(errorKey(key), s.value(key, r))
}

// Save gives what changed since the last Save.
func (s *ErrorSet) Save(id state.TableID) *state.Delta {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := state.NewDelta(id)
	for key, old := range s.dirty {
		if r := s.kept.rows[key]; r != nil && r.weight != 0 {
			d.Put(errorKey(key), s.value(key, r), old)
		} else if old != (state.Hash{}) {
			d.Delete(errorKey(key), old)
		}
	}
	clear(s.dirty)
	s.saveCounter(d, totalCounter, s.total)
	s.saveCounter(d, thinCounter, int64(s.kept.thin))
	for code, n := range s.kept.rest {
		s.saveCounter(d, code, n)
	}
	for name := range s.counters {
		if _, ok := s.kept.rest[name]; !ok && len(name) == errorCodeLen {
			s.saveCounter(d, name, 0)
		}
	}
	return d
}

func (s *ErrorSet) saveCounter(d *state.Delta, name string, n int64) {
	key, val := errorKey(name), binary.AppendVarint(nil, n)
	old, hash := s.counters[name], state.HashKV(key, val)
	switch {
	case n == 0 && old == (state.Hash{}):
	case n == 0:
		d.Delete(key, old)
		delete(s.counters, name)
	case hash != old:
		d.Put(key, val, old)
		s.counters[name] = hash
	}
}

// Load takes one record back.
func (s *ErrorSet) Load(key, val []byte) error {
	w, n := binary.Varint(val)
	if len(key) == 0 || n <= 0 {
		return errStateValue
	}
	name := string(key[1:])
	switch len(name) {
	case len(totalCounter):
		s.total = w
	case len(thinCounter):
		s.kept.thin = int(w)
	case errorCodeLen:
		s.kept.rest[name] = w
	default:
		return s.loadRow(name, w, val[n:])
	}
	s.counters[name] = state.HashKV(key, val)
	return nil
}

// loadRow takes back a row, of whatever sample: the counter may come after it.
func (s *ErrorSet) loadRow(key string, w int64, val []byte) error {
	e, m := binary.Uvarint(val)
	if m <= 0 {
		return errStateValue
	}
	msg, _, ok := cutLen(val[m:])
	if !ok || len(key) < errorCodeLen+2+len(msg) {
		return errStateValue
	}
	s.kept.rows[key] = &errorRow{weight: w, msg: len(msg)}
	s.kept.bytes += int64(len(key)) + errorRowBytes
	s.epochs[key] = types.Epoch(e)
	return nil
}
