package state

import (
	"bytes"
	"container/heap"
	"errors"

	"github.com/cockroachdb/pebble/v2"
)

// stream reads one sorted run block by block, holding one block at a time.
type stream struct {
	db     pebble.Reader
	dir    string
	table  TableID
	run    run
	next   int // block to read next
	left   int // records not yet read of the current block
	bytes  []byte
	record deltaRecord // the current one; valid until the next advance
	close  func() error
}

// advance goes to the next record and reports whether there is one.
func (s *stream) advance() (bool, error) {
	for s.left == 0 {
		if len(s.bytes) > 0 {
			return false, s.damage()
		}
		if s.next == s.run.blocks {
			return false, s.release()
		}
		if err := s.readBlock(); err != nil {
			return false, err
		}
	}
	r, n := nextDeltaRecord(s.bytes)
	if n == 0 {
		return false, s.damage()
	}
	s.record, s.bytes, s.left = r, s.bytes[n:], s.left-1
	return true, nil
}

func (s *stream) readBlock() error {
	if err := s.release(); err != nil {
		return err
	}
	v, closer, err := s.db.Get(blockKey(s.table, s.run.id, uint32(s.next)))
	if errors.Is(err, pebble.ErrNotFound) {
		return s.damage()
	}
	if err != nil {
		return storeError(s.dir, err)
	}
	s.close = closer.Close
	records, count, ok := openBlock(v)
	if !ok {
		return s.damage()
	}
	s.bytes, s.left = records, count
	s.next++
	return nil
}

func (s *stream) release() error {
	if s.close == nil {
		return nil
	}
	err := s.close()
	s.close, s.record = nil, deltaRecord{}
	return err
}

func (s *stream) damage() error {
	return damaged("the store in \"%s\" is damaged: block %d of table %d, epoch %d cannot be read",
		s.dir, s.next, s.table, s.run.id.epoch)
}

// merge yields the union of several runs in key order, the newest change of each key.
type merge struct {
	streams streamHeap
	key     []byte // copy of the current key
	val     []byte // copy of its value
	deleted bool
}

func newMerge(db pebble.Reader, dir string, id TableID, runs []run) (*merge, error) {
	m := &merge{}
	for _, r := range runs {
		s := &stream{db: db, dir: dir, table: id, run: r}
		ok, err := s.advance()
		if err != nil {
			m.streams = append(m.streams, s)
			m.close()
			return nil, err
		}
		if ok {
			m.streams = append(m.streams, s)
		}
	}
	heap.Init(&m.streams)
	return m, nil
}

// advance goes to the next key and reports whether there is one.
func (m *merge) advance() (bool, error) {
	if len(m.streams) == 0 {
		return false, nil
	}
	top := m.streams[0].record
	m.key = append(m.key[:0], top.key...)
	m.val = append(m.val[:0], top.val...)
	m.deleted = top.deleted
	for len(m.streams) > 0 && bytes.Equal(m.streams[0].record.key, m.key) {
		ok, err := m.streams[0].advance()
		if err != nil {
			return false, err
		}
		if ok {
			heap.Fix(&m.streams, 0)
		} else {
			heap.Pop(&m.streams)
		}
	}
	return true, nil
}

func (m *merge) close() {
	for _, s := range m.streams {
		_ = s.release() // every block was checked when it was opened
	}
}

// streamHeap orders streams by their current key, the newest first among equals.
type streamHeap []*stream

func (h streamHeap) Len() int { return len(h) }
func (h streamHeap) Less(i, j int) bool {
	if c := bytes.Compare(h[i].record.key, h[j].record.key); c != 0 {
		return c < 0
	}
	return h[j].run.id.less(h[i].run.id)
}
func (h streamHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *streamHeap) Push(x any)   { *h = append(*h, x.(*stream)) }
func (h *streamHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
