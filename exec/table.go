package exec

import (
	"fmt"
	"strings"
	"sync/atomic"

	"streamdb/state/arrange"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Table is a stored relation that statements write to. Constraints on keys are decided
// here, before a change is logged; views read its changelog. One writer at a time holds
// the table's lock.
type Table struct {
	*Stored
	Uniques []*Unique
	lock    chan struct{}
}

// UniqueSpec names a PRIMARY KEY or UNIQUE constraint.
type UniqueSpec struct {
	Name string
	Cols []int // positions in the physical columns
}

// Unique is the index of one unique constraint: key → hash of the row's image. Rows with a
// NULL in the key are not in it.
type Unique struct {
	Cols  []int
	name  atomic.Pointer[string] // read by statements without a lock
	t     *Table
	index *arrange.Table
}

// Name is the constraint's name.
func (u *Unique) Name() string { return *u.name.Load() }

// Rename gives the constraint another name.
func (u *Unique) Rename(name string) { u.name.Store(&name) }

// NewTable returns an empty table, complete up to epoch since.
func NewTable(ts []types.Type, uniques []UniqueSpec, since types.Epoch) *Table {
	t := &Table{Stored: NewStored(ts, since), lock: make(chan struct{}, 1)}
	for _, spec := range uniques {
		u := &Unique{Cols: spec.Cols, t: t, index: arrange.NewTable(1)}
		u.Rename(spec.Name)
		t.Uniques = append(t.Uniques, u)
	}
	return t
}

// CloseEpoch ends an epoch; see [EpochMember]. It is called under the commit lock, which
// also guards Apply, so that the epoch holds whole transactions.
func (t *Table) CloseEpoch(br Barrier) { t.Log.Close(br) }

// Lock takes the table's write lock; stop ends the wait.
func (t *Table) Lock(stop <-chan struct{}) bool {
	select {
	case t.lock <- struct{}{}:
		return true
	case <-stop:
		return false
	}
}

// Unlock gives the write lock back.
func (t *Table) Unlock() { <-t.lock }

// Lookup returns the row with this key (made with [types.AppendKeys] over Cols), as an
// image; ok is false if there is none. The write lock is held.
func (u *Unique) Lookup(key []byte) (image []byte, ok bool) {
	id := u.index.Find(types.HashKey(key), key)
	if id == arrange.None {
		return nil, false
	}
	b := types.NewBatch(u.t.Contents.Types(), 1)
	hash := u.index.User(id)[0]
	s := &u.t.Contents.segs[segmentOf(hash)]
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.rows.T.FindHash(hash, func(id uint32) bool {
		b.Reset()
		err := types.DecodeRowImage(s.rows.Image(id), b, 1)
		return err == nil && string(types.AppendKeys(nil, b, u.Cols, 0)) == string(key)
	})
	if row == arrange.None {
		return nil, false
	}
	return append([]byte(nil), s.rows.Image(row)...), true
}

// Check reports 23505 if applying delta (old rows −1, new rows +1) would leave two rows
// with one key. The write lock is held.
func (t *Table) Check(delta *types.Batch) error {
	for _, u := range t.Uniques {
		if err := u.check(delta); err != nil {
			return err
		}
	}
	return nil
}

func (u *Unique) check(delta *types.Batch) error {
	rows := map[string]int64{} // by key: with what is taken out, and put in up to the row looked at
	for k := range delta.Len() {
		if row := delta.Row(k); delta.Weight(row) < 0 && !u.hasNull(delta, row) {
			rows[string(types.AppendKeys(nil, delta, u.Cols, row))] += delta.Weight(row)
		}
	}
	for k := range delta.Len() {
		row := delta.Row(k)
		if delta.Weight(row) <= 0 || u.hasNull(delta, row) {
			continue
		}
		key := types.AppendKeys(nil, delta, u.Cols, row)
		n := rows[string(key)] + delta.Weight(row)
		rows[string(key)] = n
		if n > 0 && u.index.Find(types.HashKey(key), key) != arrange.None {
			n++
		}
		if n > 1 {
			return &DuplicateKeyError{Row: k, err: u.violation(delta, row)}
		}
	}
	return nil
}

// DuplicateKeyError is the error of a row that would be the second one with its key.
type DuplicateKeyError struct {
	Row int // its place among the rows of the delta
	err error
}

// Error is the text of the error below.
func (d *DuplicateKeyError) Error() string { return d.err.Error() }

// Unwrap is the *pgerr.Error that clients see.
func (d *DuplicateKeyError) Unwrap() error { return d.err }

func (u *Unique) hasNull(b *types.Batch, row int) bool {
	for _, c := range u.Cols {
		if b.Cols[c].IsNull(row) {
			return true
		}
	}
	return false
}

// violation is PostgreSQL's error for a duplicate key. Column names are filled in by the
// caller, who knows them: the detail has the values.
func (u *Unique) violation(b *types.Batch, row int) error {
	vals := make([]string, len(u.Cols))
	for i, c := range u.Cols {
		vals[i] = string(types.AppendText(nil, b.Cols[c], row, types.DefaultStyle()))
	}
	err := pgerr.New(pgerr.UniqueViolation, "duplicate key value violates unique constraint \"%s\"", u.Name())
	err.Constraint = u.Name()
	err.Detail = fmt.Sprintf("(%s) already exists.", strings.Join(vals, ", "))
	return err
}

// Apply makes a checked delta part of the open epoch. The write lock and the commit lock
// are held.
func (t *Table) Apply(delta *types.Batch) {
	for _, u := range t.Uniques {
		u.apply(delta)
	}
	t.Contents.Apply(delta, t.Log.Append(delta))
}

// apply takes the old rows out of the index, then puts the new ones in.
func (u *Unique) apply(delta *types.Batch) {
	for _, insert := range [2]bool{false, true} {
		for k := range delta.Len() {
			row := delta.Row(k)
			if delta.Weight(row) > 0 == insert && !u.hasNull(delta, row) {
				u.put(delta, row, insert)
			}
		}
	}
}

func (u *Unique) put(b *types.Batch, row int, insert bool) {
	key := types.AppendKeys(nil, b, u.Cols, row)
	h := types.HashKey(key)
	if !insert {
		if id := u.index.Find(h, key); id != arrange.None {
			u.index.Delete(id)
		}
		return
	}
	id, _ := u.index.Upsert(h, key)
	u.index.User(id)[0] = types.HashKey(types.AppendRowImage(nil, b, row))
}

// Reindex fills the unique indexes from the contents, after they were loaded.
func (t *Table) Reindex() error {
	if len(t.Uniques) == 0 {
		return nil
	}
	b := types.NewBatch(t.Contents.Types(), types.MaxBatch)
	for i := range t.Contents.segs {
		rows := t.Contents.segs[i].rows
		var err error
		rows.T.Each(func(id uint32) bool {
			b.Reset()
			if err = types.DecodeRowImage(rows.Image(id), b, 1); err != nil {
				return false
			}
			for _, u := range t.Uniques {
				if !u.hasNull(b, 0) {
					u.put(b, 0, true)
				}
			}
			return true
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// MemSize is the bytes of rows and indexes.
func (t *Table) MemSize() int {
	n := t.Contents.MemSize()
	for _, u := range t.Uniques {
		n += u.index.MemSize()
	}
	return n
}
