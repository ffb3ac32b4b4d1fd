package exec

import (
	"streamdb/state"
	"streamdb/types"
)

// Stateful is an operator whose state outlives a restart.
type Stateful interface {
	Operator
	// StateTables is what it keeps, numbered from 0; keys begin with their vnode. Their number
	// depends on the plan alone.
	StateTables() []StateTable
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

// StateTable is a part of an operator's state that is saved. It is saved bit by bit while the
// operator goes on: a barrier says only what is to be saved, and a record that changes before
// it was its turn is written first.
type StateTable interface {
	// Freeze is called right after Barrier: what changed since the last Freeze is to be
	// written into a delta, as it is now. What was left of the last one is written at once.
	Freeze(into *state.Delta)
	// Save writes some of what is frozen, n records or few more, and reports whether any is
	// left.
	Save(n int) (left bool)
}

// resident is embedded by operators whose state is never spilled.
type resident struct{}

// EnsureResident has nothing to do.
func (resident) EnsureResident(*types.KeyBatch) {}
