package exec

import (
	"encoding/binary"
	"runtime"
	"sync"

	"streamdb/state"
	"streamdb/state/arrange"
	"streamdb/types"
)

// segments is the number of independently locked parts of a relation's contents.
const segments = 64

// Contents is the integrated rows of a relation: a multiset of row images. Batches are
// applied as they come; a scan at epoch e takes one segment at a time under its lock and
// subtracts the batches applied to it that belong to later epochs, so that
//
//	contents(e) = current contents − deltas after e
//
// whatever the writer does meanwhile.
type Contents struct {
	log  *Changelog
	segs [segments]segment

	mu    sync.Mutex
	types []types.Type
	scans map[*scan]bool // under way

	saving sync.Mutex // of what is being saved

	sorter imageSorter
}

type segment struct {
	mu      sync.Mutex
	rows    *arrange.Multiset
	dirty   dirtySet
	ids     []uint32
	made    []int32
	applied uint64 // sequence number of the last batch applied
	count   int64  // sum of weights
}

// contentDirty is the one word of a row of contents.
const (
	contentDirty = arrange.RowUser + iota
	contentWords = iota
)

// NewContents returns empty contents, kept up to date with log's batches by [Contents.Apply].
func NewContents(ts []types.Type, log *Changelog, durable bool) *Contents {
	c := &Contents{types: ts, log: log, scans: map[*scan]bool{}}
	for i := range c.segs {
		c.segs[i].rows = arrange.NewMultiset(contentWords)
		c.segs[i].dirty = newDirtySet(durable, &c.segs[i])
	}
	return c
}

// Forget gives all rows back; the contents must not be used any more but for reading
// nothing.
func (c *Contents) Forget() {
	for i := range c.segs {
		s := &c.segs[i]
		s.mu.Lock()
		s.rows, s.count = arrange.NewMultiset(contentWords), 0
		s.dirty = newDirtySet(false, s)
		s.mu.Unlock()
	}
}

// Types is the types of the columns.
func (c *Contents) Types() []types.Type {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.types
}

func segmentOf(hash uint64) int { return int(hash >> (64 - 6)) }

// Apply adds a batch that was appended to the changelog with sequence number seq. One
// goroutine at a time applies batches.
func (c *Contents) Apply(b *types.Batch, seq uint64) {
	bySeg := c.sorter.sort(b)
	for i := range c.segs {
		if from, to := bySeg[i], bySeg[i+1]; from < to {
			part := types.KeyBatch{
				Off: c.sorter.images.Off[from : to+1], Data: c.sorter.images.Data, Hash: c.sorter.images.Hash[from:to],
			}
			s := &c.segs[i]
			s.mu.Lock()
			s.apply(&part, c.sorter.w[from:to])
			s.applied = seq
			s.mu.Unlock()
		}
	}
	c.sorter.rest()
}

// imageSorter puts the rows of a batch, as images, in the order of their segments.
type imageSorter struct {
	rows   types.KeyBatch // in the order of the batch
	images types.KeyBatch // by segment
	w      []int64
}

// mostScratch is how many bytes of buffers are worth keeping for the next batch: rows may be
// of any size, and what one of them took must not be held for ever.
const mostScratch = 4 << 20

// rest gives large buffers back.
func (s *imageSorter) rest() {
	if cap(s.rows.Data)+cap(s.images.Data) > mostScratch {
		s.rows.Data, s.images.Data = nil, nil
	}
}

// sort returns where each segment's rows begin.
func (s *imageSorter) sort(b *types.Batch) (from [segments + 1]int32) {
	appendImages(&s.rows, b)
	var next [segments + 1]int32
	for _, h := range s.rows.Hash {
		next[segmentOf(h)+1]++
	}
	for i := range segments {
		next[i+1] += next[i]
	}
	from = next
	n, m := b.Len(), &s.images
	m.Hash, m.Off, m.Data, s.w = sized(m.Hash, n), sized(m.Off, n+1), sized(m.Data, len(s.rows.Data)), sized(s.w, n)
	for k, h := range s.rows.Hash { // first the lengths, then the places
		p := next[segmentOf(h)]
		next[segmentOf(h)]++
		m.Hash[p], s.w[p] = h, b.Weight(b.Row(k))
		m.Off[p+1] = s.rows.Off[k+1] - s.rows.Off[k]
	}
	m.Off[0] = 0
	for p := range n {
		m.Off[p+1] += m.Off[p]
	}
	next = from
	for k, h := range s.rows.Hash {
		p := next[segmentOf(h)]
		next[segmentOf(h)]++
		copy(m.Data[m.Off[p]:], s.rows.Key(k))
	}
	return from
}

func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// appendImages sets m to the images of the rows of b.
func appendImages(m *types.KeyBatch, b *types.Batch) {
	m.Data, m.Hash, m.Off = m.Data[:0], m.Hash[:0], append(m.Off[:0], 0)
	for k := range b.Len() {
		from := len(m.Data)
		m.Data = types.AppendRowImage(m.Data, b, b.Row(k))
		m.Off = append(m.Off, int32(len(m.Data)))
		m.Hash = append(m.Hash, types.HashKey(m.Data[from:]))
	}
}

// apply adds w to the weights of rows and deletes those that are gone; the segment is
// locked.
func (s *segment) apply(images *types.KeyBatch, w []int64) {
	s.ids, s.made = s.rows.T.UpsertAll(images, s.ids, s.made)
	made := s.made
	for k, id := range s.ids {
		u := s.rows.T.User(id)
		if len(made) > 0 && made[0] == int32(k) {
			made = made[1:]
			if s.dirty.on {
				u[contentDirty] = uint64(s.dirty.add(0, id, true))
			}
		} else {
			u[contentDirty] = uint64(s.dirty.touch(uint32(u[contentDirty]), id))
		}
		*s.rows.Weight(id) += uint64(w[k])
		s.count += w[k]
	}
	for k, id := range s.ids {
		if w[k] < 0 && s.rows.T.Live(id) && *s.rows.Weight(id) == 0 {
			s.delete(id)
		}
	}
	for _, k := range s.made { // a row that came after it was gone
		if id := s.ids[k]; s.rows.T.Live(id) && *s.rows.Weight(id) == 0 {
			s.delete(id)
		}
	}
}

// change adds w to one row's weight; the segment is locked.
func (s *segment) change(hash uint64, image []byte, w int64) {
	id, _ := s.rows.Upsert(hash, image)
	mark := &s.rows.T.User(id)[contentDirty]
	*mark = uint64(s.dirty.touch(uint32(*mark), id))
	*s.rows.Weight(id) += uint64(w)
	s.count += w
	if *s.rows.Weight(id) == 0 {
		s.delete(id)
	}
}

func (s *segment) delete(id uint32) {
	s.dirty.drop(uint32(s.rows.T.User(id)[contentDirty]), id)
	s.rows.T.Delete(id)
}

// appendRecord is [vnode][image] → weight.
func (s *segment) appendRecord(id uint32, key, val []byte) (k, v []byte, stored bool) {
	w := int64(*s.rows.Weight(id))
	return appendVNodeKey(key, s.rows.T, id), binary.AppendVarint(val, w), w != 0
}

// Save has what changed since the last Save written, [vnode][image] → weight, and calls done
// with it; that may be later, while batches are applied that are not saved.
func (c *Contents) Save(id state.TableID, done func(*state.Delta)) {
	into, left := state.NewDelta(id), 0
	for i := range c.segs {
		s := &c.segs[i]
		s.mu.Lock()
		s.dirty.shared = &c.saving
		s.dirty.Freeze(into)
		left += s.dirty.frozen.n
		s.mu.Unlock()
	}
	finish := func() {
		for i := range c.segs {
			for c.segs[i].save(saveSlice) {
				runtime.Gosched() // what answers somebody goes first
			}
		}
		done(into)
	}
	if left <= saveSlice {
		finish()
		return
	}
	go finish()
}

// save writes n records and reports whether any is left.
func (s *segment) save(n int) (left bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dirty.Save(n)
}

// Load takes one row back.
func (c *Contents) Load(key, val []byte) error {
	w, n := binary.Varint(val)
	if n <= 0 || len(key) == 0 {
		return errStateValue
	}
	h := types.HashKey(key[1:])
	s := &c.segs[segmentOf(h)]
	id, _ := s.rows.Upsert(h, key[1:])
	*s.rows.Weight(id) = uint64(w)
	s.count += w
	return nil
}

// Rows is the number of rows, repetitions counted, as of now.
func (c *Contents) Rows() int64 {
	var n int64
	for i := range c.segs {
		s := &c.segs[i]
		s.mu.Lock()
		n += s.count
		s.mu.Unlock()
	}
	return n
}

// Each calls f with every row as of now; nobody may write meanwhile.
func (c *Contents) Each(f func(image []byte, weight int64)) error {
	for i := range c.segs {
		s := &c.segs[i]
		s.mu.Lock()
		s.rows.T.Each(func(id uint32) bool {
			f(s.rows.Image(id), int64(*s.rows.Weight(id)))
			return true
		})
		s.mu.Unlock()
	}
	return nil
}

// MemSize is the bytes of the rows.
func (c *Contents) MemSize() int {
	n := 0
	for i := range c.segs {
		s := &c.segs[i]
		s.mu.Lock()
		n += s.rows.T.MemSize() + s.dirty.memSize()
		s.mu.Unlock()
	}
	return n
}
