package exec

import (
	"streamdb/state"
	"streamdb/types"
)

// Stateful is an operator whose state outlives a restart. Its state tables are numbered
// from 0; keys begin with their vnode.
type Stateful interface {
	Operator
	// StateTables is the number of state tables.
	StateTables() int
	// Save writes what changed since the last Save into one delta per state table. It is
	// called right after Barrier.
	Save(deltas []*state.Delta)
	// Load takes one record of a state table; tables come in ascending order. Loaded is
	// called once after the last.
	Load(table int, key, val []byte) error
	Loaded() error
	// EnsureResident is called once per batch before the state is probed for keys; until
	// state can be spilled there is nothing to do.
	EnsureResident(keys *types.KeyBatch)
	// MemSize is the bytes the state takes, by capacity.
	MemSize() int
}

// resident is embedded by operators whose state is never spilled.
type resident struct{}

// EnsureResident has nothing to do.
func (resident) EnsureResident(*types.KeyBatch) {}

// recordCoder writes the records of one state table.
type recordCoder interface {
	// appendRecord appends the key and value of record id; stored is false for a record
	// that has no place in the table, as it is now.
	appendRecord(id uint32, key, val []byte) (k, v []byte, stored bool)
}

// dirtySet lists the records touched since the last Save, each with the hash of what is
// saved of it, so that a record is encoded once per checkpoint before it changes. A record
// carries a mark: its place in the list, if the list says so too.
type dirtySet struct {
	on    bool
	coder recordCoder
	recs  []dirtyRecord
	gone  []tombstone // records deleted since the last Save
	names []byte      // the keys of gone
	key   []byte
	val   []byte
}

type dirtyRecord struct {
	id  uint32
	old state.Hash
}

type tombstone struct {
	end int // of its key in names
	old state.Hash
}

const noRecord = ^uint32(0)

func newDirtySet(on bool, coder recordCoder) dirtySet { return dirtySet{on: on, coder: coder} }

// touch notes a record before its first change since the last Save and returns its mark.
func (d *dirtySet) touch(mark, id uint32) uint32 {
	if !d.on || int(mark) < len(d.recs) && d.recs[mark].id == id {
		return mark
	}
	return d.add(id, false)
}

// add notes a record; fresh: it is not saved.
func (d *dirtySet) add(id uint32, fresh bool) uint32 {
	var old state.Hash
	stored := !fresh
	if stored {
		if d.key, d.val, stored = d.coder.appendRecord(id, d.key[:0], d.val[:0]); stored {
			old = state.HashKV(d.key, d.val)
		}
	}
	d.recs = append(d.recs, dirtyRecord{id, old})
	return uint32(len(d.recs) - 1)
}

// drop notes that a touched record is about to be deleted.
func (d *dirtySet) drop(mark, id uint32) {
	if !d.on || int(mark) >= len(d.recs) || d.recs[mark].id != id {
		return
	}
	r := &d.recs[mark]
	if r.old != (state.Hash{}) {
		d.key, d.val, _ = d.coder.appendRecord(id, d.key[:0], d.val[:0])
		d.names = append(d.names, d.key...)
		d.gone = append(d.gone, tombstone{len(d.names), r.old})
	}
	r.id = noRecord
}

// memSize is the bytes of the lists.
func (d *dirtySet) memSize() int { return 24*cap(d.recs) + 24*cap(d.gone) + cap(d.names) }

// save writes tombstones and the touched records that still live, and starts afresh.
func (d *dirtySet) save(into *state.Delta) {
	from := 0
	for _, t := range d.gone {
		into.Delete(d.names[from:t.end], t.old)
		from = t.end
	}
	for _, r := range d.recs {
		if r.id == noRecord {
			continue
		}
		stored := false
		d.key, d.val, stored = d.coder.appendRecord(r.id, d.key[:0], d.val[:0])
		switch {
		case stored:
			into.Put(d.key, d.val, r.old)
		case r.old != (state.Hash{}):
			into.Delete(d.key, r.old)
		}
	}
	d.gone, d.names, d.recs = d.gone[:0], d.names[:0], d.recs[:0]
}
