package exec

import (
	"math"
	"sync"

	"streamdb/state"
)

// recordCoder writes the records of one state table.
type recordCoder interface {
	// appendRecord appends the key and value of record id; stored is false for a record
	// that has no place in the table, as it is now.
	appendRecord(id uint32, key, val []byte) (k, v []byte, stored bool)
}

// dirtySet lists the records touched since the last Freeze, each with the hash of what is
// saved of it, so that a record is encoded once per checkpoint before it changes. A record
// carries a mark: its place in the list, if the list says so too. The list of the Freeze
// before is frozen: its records are as they were then until they are written, bit by bit, or
// when they are touched.
type dirtySet struct {
	on    bool
	coder recordCoder
	recs  dirtyList
	gone  state.Delta // the deletions since the last Freeze

	frozen dirtyList
	next   int          // frozen records before it are written
	into   *state.Delta // where they are written; nil: nothing is left
	shared *sync.Mutex  // of into, if others write to it

	key []byte
	val []byte
}

type dirtyRecord struct {
	id  uint32
	old state.Hash
}

const noRecord = ^uint32(0)

func newDirtySet(on bool, coder recordCoder) dirtySet { return dirtySet{on: on, coder: coder} }

// touch notes a record before its first change since the last Freeze and returns its mark.
func (d *dirtySet) touch(mark, id uint32) uint32 {
	if !d.on || int(mark) < d.recs.n && d.recs.at(int(mark)).id == id {
		return mark
	}
	return d.add(mark, id, false)
}

// add notes a record that is not in the list; fresh: it is not saved.
func (d *dirtySet) add(mark, id uint32, fresh bool) uint32 {
	var old state.Hash
	if r := d.pending(mark, id); r != nil {
		old = d.write(r)
	} else if !fresh {
		var stored bool
		if d.key, d.val, stored = d.coder.appendRecord(id, d.key[:0], d.val[:0]); stored {
			old = state.HashKV(d.key, d.val)
		}
	}
	d.recs.add(dirtyRecord{id, old})
	return uint32(d.recs.n - 1)
}

// pending is what there is still to write of a frozen record, nil if nothing.
func (d *dirtySet) pending(mark, id uint32) *dirtyRecord {
	if i := int(mark); i >= d.next && i < d.frozen.n && d.frozen.at(i).id == id {
		return d.frozen.at(i)
	}
	return nil
}

// drop notes that a record is about to be deleted. It was touched, or it is not saved.
func (d *dirtySet) drop(mark, id uint32) {
	if !d.on {
		return
	}
	if r := d.pending(mark, id); r != nil {
		d.write(r)
	}
	if int(mark) >= d.recs.n || d.recs.at(int(mark)).id != id {
		return
	}
	r := d.recs.at(int(mark))
	if r.old != (state.Hash{}) {
		d.key, d.val, _ = d.coder.appendRecord(id, d.key[:0], d.val[:0])
		d.gone.Delete(d.key, r.old)
	}
	r.id = noRecord
}

// memSize is the bytes of the lists, and of what is written and not handed over.
func (d *dirtySet) memSize() int {
	n := d.recs.memSize() + d.frozen.memSize() + d.gone.Bytes()
	if d.into != nil && d.shared == nil {
		n += d.into.Bytes()
	}
	return n
}

// Freeze has the touched records that still live written into a delta, behind the deletions.
func (d *dirtySet) Freeze(into *state.Delta) {
	d.Save(math.MaxInt)
	if d.shared != nil {
		d.shared.Lock()
		defer d.shared.Unlock()
	}
	into.Move(&d.gone)
	d.recs, d.frozen, d.next = d.frozen.emptied(), d.recs, 0
	if d.frozen.n > 0 {
		d.into = into
	}
}

// Save writes frozen records.
func (d *dirtySet) Save(n int) (left bool) {
	end := d.next + min(n, d.frozen.n-d.next)
	for ; d.next < end; d.next++ {
		if r := d.frozen.at(d.next); r.id != noRecord {
			d.write(r)
		}
	}
	if d.next < d.frozen.n {
		return true
	}
	d.frozen, d.next, d.into = d.frozen.emptied(), 0, nil
	return false
}

// write writes a frozen record and returns the hash of what is then saved of it.
func (d *dirtySet) write(r *dirtyRecord) (saved state.Hash) {
	var stored bool
	d.key, d.val, stored = d.coder.appendRecord(r.id, d.key[:0], d.val[:0])
	if d.shared != nil {
		d.shared.Lock()
		defer d.shared.Unlock()
	}
	switch {
	case stored:
		saved = d.into.Put(d.key, d.val, r.old)
	case r.old != (state.Hash{}):
		d.into.Delete(d.key, r.old)
	}
	r.id = noRecord
	return saved
}
