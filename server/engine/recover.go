package engine

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"streamdb/catalog"
	"streamdb/checkpoint"
	"streamdb/exec"
	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// epochBlock is how many epoch numbers are reserved at once.
const epochBlock = 1 << 16

// meta is the engine's own part of a checkpoint.
type meta struct {
	Version  int
	Catalog  []byte
	Reserved types.Epoch // epoch numbers up to here may have been used
	// Filled is the views and sinks whose state is in the checkpoint, with the generation
	// of their state tables.
	Filled map[catalog.ID]uint32
	RowIDs map[catalog.ID]int64
}

// Open opens the database in cfg.Dir, made if empty, and recovers it: the newest
// checkpoint is loaded, the commit log is replayed from its position, sources go on at
// their offsets.
func Open(cfg Config) (*Engine, error) {
	cfg.defaults()
	store, err := state.Open(cfg.Dir, cfg.Open)
	if err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, store: store, rels: map[catalog.ID]*Relation{}, gens: map[catalog.ID]uint32{}, jobs: map[int64]*Job{}, nextJob: 1}
	e.memory = newMemory(e, cfg.MemoryLimit)
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.ckpt = checkpoint.New(checkpoint.Config{
		Interval: cfg.CheckpointInterval, Timeout: cfg.CheckpointTimeout, Fault: cfg.Fault,
		HoldAfter: holdAfter(cfg.CheckpointInterval),
	}, (*checkpointing)(e), store, store.Log().WaitDurable)
	e.recovering = true
	if err := e.recover(); err != nil {
		e.cancel()
		for _, r := range e.rels {
			r.stop()
		}
		store.Close()
		return nil, err
	}
	e.wg.Go(func() {
		e.epochs.Run(e.ctx, func(err error) { cfg.Log.Error("an epoch cannot end", "error", err) })
	})
	e.wg.Go(func() { e.spiller.Run(e.ctx, e.epochs.Trim) })
	e.wg.Go(func() { e.ckpt.Run(e.ctx) })
	e.wg.Go(func() { e.memory.run(e.ctx) })
	return e, nil
}

// logged is one record of the log's tail.
type logged struct {
	kind    state.Kind
	payload []byte
}

func (e *Engine) recover() error {
	saved, err := e.store.Load()
	if err != nil {
		return err
	}
	m := meta{}
	snapshot := catalog.New(e.cfg.System)
	if saved.Epoch > 0 {
		if err := json.Unmarshal(saved.Data, &m); err != nil {
			return pgerr.New(pgerr.DataCorrupted, "malformed checkpoint record: %v", err)
		}
		if snapshot, err = catalog.Decode(m.Catalog, e.cfg.System); err != nil {
			return err
		}
	}
	tail, err := e.readTail(saved.LogPos, &m)
	if err != nil {
		return err
	}
	// Numbers up to Reserved may have been used by epochs that did not become durable.
	// A new database begins at 1, for a view to have an epoch before its first one.
	last := max(saved.Epoch, m.Reserved, 1)
	e.reserved = last
	e.cat = catalog.NewCatalog(snapshot)
	e.epochs = exec.NewEpochs(last, e.cfg.EpochInterval, e.reserveEpochs, e.ckpt.Changed)
	e.spiller = exec.NewSpiller(e.store.Spill(), e.cfg.ChangesInMemory, e.cfg.Log)
	e.epochs.SpillTo(e.spiller, e.cfg.MaxViewLag)
	e.clock = exec.NewClock(last)
	e.epochs.Attach(func(types.Epoch) ([]exec.EpochMember, []*exec.Changelog) {
		return []exec.EpochMember{e.clock}, []*exec.Changelog{e.clock.Changelog()}
	})
	for _, desc := range snapshot.UserRelations() {
		gen, filled := m.Filled[desc.ID]
		how := start{load: true, filled: filled, gen: gen, rowID: m.RowIDs[desc.ID]}
		if err := e.recoverRelation(desc, how); err != nil {
			return err
		}
	}
	if err := e.replay(tail); err != nil {
		return err
	}
	e.recovering = false
	for _, r := range e.rels {
		if r.Source != nil {
			r.Source.Go()
		}
	}
	return nil
}

// recoverRelation starts a relation again. Damage ends the recovery; one that cannot run
// for another reason (its connector, say) is there, but stopped, and so are its dependents.
func (e *Engine) recoverRelation(desc *catalog.Relation, how start) error {
	if (desc.Kind == catalog.MaterializedView || desc.Kind == catalog.Sink) && !how.filled {
		e.cfg.Log.Warn("a relation that was not complete at the last checkpoint is filled again", "relation", desc.Name)
		how.job = e.newJob(desc)
	}
	err := e.startRelation(desc, how)
	if how.job != nil {
		how.job.rel.Store(e.Relation(desc.ID))
		if err != nil {
			e.endJob(how.job, err)
		}
	}
	switch {
	case err == nil:
	case pgerr.Is(err, pgerr.DataCorrupted) || pgerr.Is(err, pgerr.InternalError):
		return fmt.Errorf("%s %q cannot be recovered: %w", desc.Kind, desc.Name, err)
	default:
		e.cfg.Log.Error("a relation cannot run", "relation", desc.Name, "error", err)
		e.setRelation(desc.ID, stoppedRelation(desc, err, how.gen))
	}
	return nil
}

// stoppedRelation is a relation that could not be started.
func stoppedRelation(desc *catalog.Relation, reason error, gen uint32) *Relation {
	r := &Relation{
		ID: desc.ID, name: participant(desc), status: Stopped, reason: reason, gen: gen, Errors: exec.NewErrorSet(0),
	}
	r.desc.Store(desc)
	return r
}

// readTail reads the log from pos on; reservations of epoch numbers go into m.
func (e *Engine) readTail(pos state.LogPos, m *meta) ([]logged, error) {
	var tail []logged
	err := e.store.Log().Replay(pos, func(_ state.LogPos, kind state.Kind, payload []byte) error {
		switch {
		case kind == state.KindCheckpoint:
		case kind == state.KindDDL && len(payload) == 9 && payload[0] == ddlEpochs:
			m.Reserved = max(m.Reserved, types.Epoch(binary.BigEndian.Uint64(payload[1:])))
		default:
			tail = append(tail, logged{kind, append([]byte(nil), payload...)})
		}
		return nil
	})
	return tail, err
}

// reserveEpochs makes the next block of epoch numbers durable before one is used.
func (e *Engine) reserveEpochs() (types.Epoch, error) {
	upTo := e.reserved + epochBlock
	pos, err := e.store.Log().Append(state.KindDDL, binary.BigEndian.AppendUint64([]byte{ddlEpochs}, uint64(upTo)))
	if err != nil {
		return 0, err
	}
	if err := e.store.Log().Sync(pos); err != nil {
		return 0, err
	}
	e.reserved = upTo
	return upTo, nil
}

// replay does again what the log holds beyond the checkpoint.
func (e *Engine) replay(tail []logged) error {
	for _, l := range tail {
		var err error
		switch l.kind {
		case state.KindTxn:
			err = e.replayTxn(l.payload)
		case state.KindDDL:
			err = e.replayDDL(l.payload)
		default:
			err = pgerr.New(pgerr.DataCorrupted, "unknown record in the commit log")
		}
		if err != nil {
			return err
		}
	}
	if len(tail) == 0 {
		return nil
	}
	e.ckpt.Changed()
	at, err := e.epochs.Closed()
	e.ack(at) // what was acknowledged before the crash is seen by the first read
	return err
}

func (e *Engine) replayTxn(payload []byte) error {
	ds, err := decodeTxn(payload, func(id catalog.ID) []types.Type {
		if r := e.rels[id]; r != nil && r.Table != nil {
			return r.Table.Contents.Types()
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = e.epochs.Commit(func() error {
		for _, d := range ds {
			r := e.rels[d.id]
			r.Table.Apply(d.delta)
			r.noteRowIDs(d.delta)
		}
		return nil
	})
	return err
}

func (e *Engine) replayDDL(payload []byte) error {
	if len(payload) == 0 || payload[0] != ddlChange {
		return pgerr.New(pgerr.DataCorrupted, "malformed DDL in the commit log")
	}
	change, err := catalog.DecodeChange(payload[1:])
	if err != nil {
		return err
	}
	before := e.cat.Current()
	after, err := e.cat.Update(func(*catalog.Snapshot) (catalog.Change, error) { return change, nil }, nil)
	if err != nil {
		return err
	}
	e.dropAgain(e.stopGone(before, after))
	_, err = e.follow(before, after, true)
	return err
}

// dropAgain removes what dropped relations may still have upstream: the crash may have come
// first. The start does not wait for it.
func (e *Engine) dropAgain(gone []*Relation) {
	e.wg.Go(func() {
		for _, r := range gone {
			if err := r.dropConnector(e.ctx); err != nil {
				e.cfg.Log.Warn("a dropped relation may have left something behind upstream", "relation", r.name, "error", err)
			}
		}
	})
}
