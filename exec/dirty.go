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

// dirtySet lists the records touched since the last Save, each with the hash of what is
// saved of it. A record carries a mark word that points back into the list, so that a
// record is encoded once per checkpoint, when first touched, and a deleted one is found.
type dirtySet struct {
	on     bool
	serial uint32
	recs   []dirtyRecord
	gone   []tombstone // records deleted since the last Save
}

type dirtyRecord struct {
	id  uint32
	old state.Hash
}

type tombstone struct {
	key []byte
	old state.Hash
}

const noRecord = ^uint32(0)

func newDirtySet(on bool) dirtySet { return dirtySet{on: on, serial: 1} }

// touch notes record id before its first change since the last Save. saved gives the hash
// of its present key and value, zero for a fresh record.
func (d *dirtySet) touch(mark *uint64, id uint32, saved func(id uint32) state.Hash) {
	if !d.on || uint32(*mark>>32) == d.serial {
		return
	}
	*mark = uint64(d.serial)<<32 | uint64(len(d.recs))
	d.recs = append(d.recs, dirtyRecord{id, saved(id)})
}

// drop notes that a touched record is deleted; key is its key in the state table.
func (d *dirtySet) drop(mark uint64, key func() []byte) {
	if !d.on || uint32(mark>>32) != d.serial {
		return
	}
	r := &d.recs[uint32(mark)]
	if r.old != (state.Hash{}) {
		d.gone = append(d.gone, tombstone{key(), r.old})
	}
	r.id = noRecord
}

// save writes tombstones and the touched records that still live, and starts afresh. A
// record without a value (val nil) is not, or no longer, to be stored.
func (d *dirtySet) save(into *state.Delta, encode func(id uint32) (key, val []byte)) {
	for _, t := range d.gone {
		into.Delete(t.key, t.old)
	}
	d.gone = d.gone[:0]
	for _, r := range d.recs {
		if r.id == noRecord {
			continue
		}
		switch key, val := encode(r.id); {
		case val != nil:
			into.Put(key, val, r.old)
		case r.old != (state.Hash{}):
			into.Delete(key, r.old)
		}
	}
	d.recs = d.recs[:0]
	d.serial++
}
