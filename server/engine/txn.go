package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"streamdb/catalog"
	"streamdb/exec"
	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Txn is one transaction: what it reads is one epoch, what it writes is gathered and
// committed at once. An implicit one (a single statement) holds its target's write lock
// from before it reads, so it never fails for concurrency; a block takes the locks at
// commit, and the first committer wins.
type Txn struct {
	e     *Engine
	block bool
	pin   *exec.Pin // of a block, from its first statement
	floor types.Epoch
	// LockTimeout, if not 0, bounds the wait for a table's write lock.
	LockTimeout time.Duration

	own   map[catalog.ID]*types.Batch      // dense net changes per table
	rules map[catalog.ID]*catalog.Relation // what the rows in own were made for
	bytes int
	held  []*Relation // write locks held
	saves []savepoint
}

type savepoint struct {
	name  string
	own   map[catalog.ID]*types.Batch
	bytes int
}

// Begin starts a transaction whose reads see at least epoch floor.
func (e *Engine) Begin(block bool, floor types.Epoch) *Txn {
	return &Txn{e: e, block: block, floor: floor, own: map[catalog.ID]*types.Batch{}, rules: map[catalog.ID]*catalog.Relation{}}
}

// Writes reports whether the transaction has changed anything.
func (t *Txn) Writes() bool { return len(t.own) > 0 }

// Reading is how the transaction's next statement reads. A block stays on the epoch of its
// first statement.
func (t *Txn) Reading(ctx context.Context) (Reading, error) {
	rd := Reading{AtLeast: t.floor, Own: func(id catalog.ID) *types.Batch { return t.own[id] }}
	if !t.block {
		return rd, nil
	}
	if t.pin == nil {
		var err error
		if t.pin, err = t.e.epochs.PinIdle(); err != nil {
			return rd, err
		}
	}
	if t.e.epochs.Lost(t.pin) {
		return rd, errTooOld
	}
	rd.At = t.pin.At
	return rd, ctx.Err()
}

// ErrAltered is what a lone statement gets whose table has other columns or constraints than
// it was planned for: it is to be planned again.
var ErrAltered = errors.New("the table was altered")

// Target prepares for a statement that writes to a table, as planned from desc: a lone
// statement takes the write lock and then reads what is committed by now.
func (t *Txn) Target(ctx context.Context, desc *catalog.Relation, reads bool) (*Relation, error) {
	r, err := t.e.running(ctx, desc.ID)
	if err != nil {
		return nil, err
	}
	if r != nil && r.Table == nil {
		err = r.readable(desc.Name)
	}
	if err != nil {
		return nil, err
	}
	if r == nil || r.Table == nil {
		return nil, pgerr.New(pgerr.UndefinedTable, "the table was dropped")
	}
	if r.Feed != nil {
		return nil, pgerr.Unsupported("changing a table that a connector fills", "Change the rows upstream.")
	}
	if t.own[r.ID] == nil {
		t.rules[r.ID] = desc
	}
	if t.block || slices.Contains(t.held, r) {
		return r, t.sameRules(r, desc)
	}
	if err := t.lock(ctx, r); err != nil {
		return nil, err
	}
	if err := t.sameRules(r, desc); err != nil {
		if len(t.held) == 1 && !t.Writes() {
			t.Rollback()
			return nil, ErrAltered
		}
		return nil, err
	}
	if reads {
		at, err := t.e.epochs.Closed()
		if err != nil {
			return nil, err
		}
		t.floor = max(t.floor, at)
	}
	return r, nil
}

// sameRules fails if the table has got other columns or constraints since a statement was
// planned from desc, or since the transaction's earlier ones were.
func (t *Txn) sameRules(r *Relation, desc *catalog.Relation) error {
	now := r.desc.Load()
	if !now.SameRows(desc) || !now.SameRows(t.rules[r.ID]) {
		return errConflict
	}
	return nil
}

// deadlockWait is how long a transaction that holds write locks waits for another one:
// statements sent together may take locks in any order.
const deadlockWait = time.Second

func (t *Txn) lock(ctx context.Context, r *Relation) error {
	stop := ctx
	if len(t.held) > 0 && !t.block { // a block takes its locks in the order of ids
		var cancel context.CancelFunc
		stop, cancel = context.WithTimeoutCause(ctx, deadlockWait, pgerr.New(pgerr.DeadlockDetected, "deadlock detected").
			WithHint("Try the transaction again."))
		defer cancel()
	}
	if t.LockTimeout > 0 {
		var cancel context.CancelFunc
		stop, cancel = context.WithTimeoutCause(stop, t.LockTimeout,
			pgerr.New(pgerr.LockNotAvailable, "canceling statement due to lock timeout"))
		defer cancel()
	}
	defer t.e.relationWait(ctx, "Lock", r)()
	if !r.Table.Lock(stop.Done()) {
		return context.Cause(stop)
	}
	t.held = append(t.held, r)
	return nil
}

// Change adds a statement's changes (old rows −1, new rows +1) to a table. For a lone
// statement, key constraints are checked now; for a block against its own changes and the
// newest rows, and again at commit.
func (t *Txn) Change(ctx context.Context, r *Relation, delta *types.Batch) error {
	if err := t.e.affordChange(delta); err != nil {
		return err
	}
	t.bytes += delta.MemSize()
	if t.block && t.bytes > t.e.cfg.MaxTransaction {
		return pgerr.New(pgerr.ProgramLimitExceeded, "transaction is larger than max_transaction_bytes (%d)", t.e.cfg.MaxTransaction)
	}
	merged := delta
	if old := t.own[r.ID]; old != nil {
		both := types.NewBatch(delta.Types(), old.N+delta.N)
		both.AppendBatch(old)
		both.AppendBatch(delta)
		merged = types.Consolidate(both).Compact()
	}
	if err := t.check(ctx, r, merged); err != nil {
		if dup, ok := errors.AsType[*exec.DuplicateKeyError](err); ok {
			dup.Row -= merged.N - delta.N // among the statement's own rows
		}
		return err
	}
	t.own[r.ID] = merged
	return nil
}

func (t *Txn) check(ctx context.Context, r *Relation, delta *types.Batch) error {
	if t.block {
		unlock, err := t.lockBriefly(ctx, r)
		if err != nil {
			return err
		}
		defer unlock()
		if err := t.sameRules(r, t.rules[r.ID]); err != nil {
			return err
		}
		if t.pin != nil {
			if err := r.conflicts(t.pin.At, delta); err != nil {
				return err
			}
		}
	}
	return r.Table.Check(delta)
}

// lockBriefly takes a table's write lock for a look-up in a block, which does not hold it
// between statements.
func (t *Txn) lockBriefly(ctx context.Context, r *Relation) (unlock func(), err error) {
	if err := t.lock(ctx, r); err != nil {
		return nil, err
	}
	return func() {
		t.held = t.held[:len(t.held)-1]
		r.Table.Unlock()
	}, nil
}

var errTooOld = pgerr.New(pgerr.SerializationFailure, "snapshot too old").
	WithDetail("A source waited for room because of the transaction's epoch.").
	WithHint("Try the transaction again.")

var errConflict = pgerr.New(pgerr.SerializationFailure, "could not serialize access due to concurrent update").
	WithHint("Try the transaction again.")

// Find looks a row up by the key of a unique constraint, as the transaction sees it. The
// write lock is held by a lone statement, and taken here for a block.
func (t *Txn) Find(ctx context.Context, r *Relation, u *exec.Unique, key []byte) (types.Row, bool, error) {
	if own := t.own[r.ID]; own != nil {
		deleted := false
		for i := range own.N {
			if string(types.AppendKeys(nil, own, u.Cols, i)) != string(key) {
				continue
			}
			if own.Weight(i) > 0 {
				return own.RowDatums(i), true, nil
			}
			deleted = true
		}
		if deleted {
			return nil, false, nil
		}
	}
	if t.block {
		unlock, err := t.lockBriefly(ctx, r)
		if err != nil {
			return nil, false, err
		}
		defer unlock()
	}
	image, ok := u.Lookup(key)
	if !ok {
		return nil, false, nil
	}
	b := types.NewBatch(r.Table.Contents.Types(), 1)
	if err := types.DecodeRowImage(image, b, 1); err != nil {
		return nil, false, err
	}
	return b.RowDatums(0), true, nil
}

// Savepoint marks the transaction's changes under a name.
func (t *Txn) Savepoint(name string) {
	own := make(map[catalog.ID]*types.Batch, len(t.own))
	for id, b := range t.own {
		own[id] = b // never changed in place
	}
	t.saves = append(t.saves, savepoint{name, own, t.bytes})
}

// RollbackTo takes back the changes since a savepoint, which stays.
func (t *Txn) RollbackTo(name string) error {
	i, err := t.savepoint(name)
	if err != nil {
		return err
	}
	s := t.saves[i]
	t.saves = t.saves[:i]
	t.own, t.bytes = s.own, s.bytes
	t.Savepoint(name)
	return nil
}

// ReleaseSavepoint forgets a savepoint and those after it.
func (t *Txn) ReleaseSavepoint(name string) error {
	i, err := t.savepoint(name)
	if err == nil {
		t.saves = t.saves[:i]
	}
	return err
}

func (t *Txn) savepoint(name string) (int, error) {
	for i, s := range slices.Backward(t.saves) {
		if s.name == name {
			return i, nil
		}
	}
	return 0, pgerr.New(pgerr.InvalidSavepoint, "savepoint \"%s\" does not exist", name)
}

// Rollback ends the transaction without its changes.
func (t *Txn) Rollback() {
	for _, r := range t.held {
		r.Table.Unlock()
	}
	t.held = nil
	t.unpin()
}

func (t *Txn) unpin() {
	if t.pin != nil {
		t.e.epochs.Unpin(t.pin)
		t.pin = nil
	}
}

// Commit makes the changes durable and visible in one epoch, which it returns: 0 if there
// was nothing to commit. Once it has returned without error the changes survive a crash.
func (t *Txn) Commit(ctx context.Context) (types.Epoch, error) {
	defer t.Rollback()
	var ds []tableDelta
	for id, b := range t.own {
		if b.N > 0 {
			ds = append(ds, tableDelta{id, b})
		}
	}
	if len(ds) == 0 {
		return 0, nil
	}
	slices.SortFunc(ds, func(a, b tableDelta) int { return cmp.Compare(a.id, b.id) })
	if t.block {
		if err := t.lockAll(ctx, ds); err != nil {
			return 0, err
		}
	}
	if err := t.awaitRoom(ctx, ds); err != nil {
		return 0, err
	}
	epoch, pos, err := t.e.commit(ds)
	if err != nil {
		return 0, err
	}
	t.Rollback() // others may write while the log is synced
	defer waiting(ctx, "IO", "commit log")()
	if err := t.e.store.Log().WaitDurable(context.WithoutCancel(ctx), pos); err != nil {
		return 0, err
	}
	t.e.ack(epoch)
	return epoch, nil
}

// awaitRoom waits while views are so late with the changes of the tables that no more are
// kept for them. The write locks are held, so that the epoch of a block is not needed any
// more: it must not be what is waited for.
func (t *Txn) awaitRoom(ctx context.Context, ds []tableDelta) error {
	t.unpin()
	for _, d := range ds {
		if r := t.e.Relation(d.id); r != nil && r.Table != nil {
			t.e.epochs.AwaitRoom(r.Table.Log, ctx.Done())
		}
	}
	return context.Cause(ctx)
}

// lockAll takes the write locks of a block's tables and checks that nobody committed a
// change to the same rows since its epoch.
func (t *Txn) lockAll(ctx context.Context, ds []tableDelta) error {
	for _, d := range ds {
		r := t.e.Relation(d.id)
		if r == nil {
			return pgerr.New(pgerr.UndefinedTable, "a table of the transaction was dropped")
		}
		if err := t.lock(ctx, r); err != nil {
			return err
		}
		if err := t.sameRules(r, t.rules[r.ID]); err != nil {
			return err
		}
		if t.pin != nil && t.e.epochs.Lost(t.pin) {
			return errTooOld
		}
		if t.pin != nil {
			if err := r.conflicts(t.pin.At, d.delta); err != nil {
				return err
			}
		}
		if err := r.Table.Check(d.delta); err != nil {
			return err
		}
	}
	return nil
}

// conflicts is 40001 if a row that delta removes was changed after epoch e. The table's lock
// is held.
func (r *Relation) conflicts(e types.Epoch, delta *types.Batch) error {
	mine := map[string]bool{}
	for i := range delta.N {
		if delta.Weight(i) < 0 {
			mine[string(types.AppendRowImage(nil, delta, i))] = true
		}
	}
	if len(mine) == 0 {
		return nil
	}
	found := false
	_, err := r.Table.Log.After(e, 0, func(b *types.Batch) {
		for k := range b.Len() {
			row := b.Row(k)
			if b.Weight(row) < 0 && mine[string(types.AppendRowImage(nil, b, row))] {
				found = true
			}
		}
	})
	if found {
		return errConflict
	}
	return err
}

// commit appends a transaction to the log and applies it, as one step.
func (e *Engine) commit(ds []tableDelta) (epoch types.Epoch, pos state.LogPos, err error) {
	payload := encodeTxn(ds)
	tables := make([]*exec.Table, len(ds))
	for i, d := range ds {
		r := e.Relation(d.id)
		if r == nil || r.Table == nil {
			return 0, 0, pgerr.New(pgerr.UndefinedTable, "a table of the transaction was dropped")
		}
		tables[i] = r.Table
	}
	epoch, err = e.epochs.Commit(func() error {
		var err error
		if pos, err = e.store.Log().Append(state.KindTxn, payload); err != nil {
			return err
		}
		for i, d := range ds {
			tables[i].Apply(d.delta)
		}
		return nil
	})
	return epoch, pos, err
}

// noteRowIDs keeps the hidden row ids of replayed rows from being given again.
func (r *Relation) noteRowIDs(delta *types.Batch) {
	if r.hidden < 0 {
		return
	}
	for _, id := range delta.Cols[r.hidden].Int64s() {
		if id > r.nextID.Load() {
			r.nextID.Store(id)
		}
	}
}

// NextRowID gives a hidden row id.
func (r *Relation) NextRowID() int64 { return r.nextID.Add(1) }

func missing(name string) error {
	return pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", name)
}
