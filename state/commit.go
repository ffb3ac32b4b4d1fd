package state

import (
	"context"
	"runtime"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// Checkpoint is everything that becomes durable at one epoch.
type Checkpoint struct {
	Epoch  types.Epoch // newer than the last
	LogPos LogPos      // where replay goes on: everything before is in the Deltas
	Meta   []byte      // the owner's: source offsets, watermarks, catalog version
	Deltas []*Delta
	Drops  []TableID // tables that end; no Delta of this or a later checkpoint names them
	// Durable, if not nil, is called once the epoch is durable, before its record goes to
	// the commit log.
	Durable func()
}

// CommitStats is what one Commit did.
type CommitStats struct {
	Keys       int   // distinct keys written
	PlainRows  int   // of which as plain rows
	Blocks     int   // delta blocks written
	BatchBytes int64 // given to Pebble
	Duration   time.Duration
	LedgerLate bool // the commit log was full: the next Commit's record makes up for it
}

// Commit makes a checkpoint durable in one atomic step (C3) and then writes its record
// to the commit log. After an error nothing of it is visible, now or after a restart; the
// same changes may be given again under a newer epoch. 53100 means that the disk is full,
// XX001 that damage was found. ctx is looked at only before the first write.
func (s *Store) Commit(ctx context.Context, c *Checkpoint) (CommitStats, error) {
	s.commit.Lock()
	defer s.commit.Unlock()
	start := time.Now()
	if err := ctx.Err(); err != nil {
		return CommitStats{}, err
	}
	if err := s.damageFound(); err != nil {
		return CommitStats{}, err
	}
	w := &committer{s: s, c: c, batch: s.newBatch(c), changed: map[TableID]TableStats{}, runs: map[TableID][]run{}}
	defer func() { w.batch.Close() }()
	if err := w.admit(); err != nil {
		return CommitStats{}, err
	}
	if err := w.write(); err != nil {
		w.abandon()
		return CommitStats{}, storeError(s.kv, err)
	}
	w.publish()
	if c.Durable != nil {
		c.Durable()
	}
	if err := s.appendLedger(w.head.entry()); err != nil {
		if !pgerr.Is(err, pgerr.DiskFull) {
			return w.done, err
		}
		w.done.LedgerLate = true
	}
	s.fold.poke()
	w.done.Duration = time.Since(start)
	return w.done, nil
}

// committer turns one Checkpoint into batches: any number of unsynced ones with blocks
// only, then one synced batch with everything else. Blocks without the checkpoint record
// of their epoch mean nothing (rule 8), so the last batch is the commit point.
type committer struct {
	s       *Store
	c       *Checkpoint
	batch   *pebble.Batch
	spilled bool // blocks have gone ahead of the last batch
	changed map[TableID]TableStats
	runs    map[TableID][]run
	head    checkpointRecord
	done    CommitStats
}

// admit refuses a checkpoint that cannot be right, or for which there is no space.
func (w *committer) admit() error {
	if w.c.Epoch <= w.s.head.epoch {
		return errBadCheckpoint("epoch %d is not newer than %d", w.c.Epoch, w.s.head.epoch)
	}
	dropped := map[TableID]bool{}
	for _, id := range w.c.Drops {
		dropped[id] = true
	}
	need := len(w.c.Meta)
	for _, d := range w.c.Deltas {
		if d.n == 0 {
			continue
		}
		if d.table == 0 || dropped[d.table] {
			return errBadCheckpoint("a delta of table %d, which does not exist", d.table)
		}
		stats, ok := w.changed[d.table]
		if t := w.s.tables[d.table]; !ok && t != nil {
			stats = t.stats
		}
		w.changed[d.table] = stats.add(d.stats)
		need += 2 * d.size
	}
	for id, stats := range w.changed {
		if stats.Rows < 0 || stats.Bytes < 0 {
			return errBadCheckpoint("table %d would have %d rows of %d bytes: an old row's hash was wrong", id, stats.Rows, stats.Bytes)
		}
	}
	return checkSpace(w.s.opts.FS, w.s.dir, w.s.opts.reserve(w.s.dir)/2, uint64(need))
}

// write fills the batches: blocks first, since they alone may go ahead of the last batch.
func (w *committer) write() error {
	byTable := map[TableID][]*Delta{}
	for _, d := range w.c.Deltas {
		if d.n > 0 {
			byTable[d.table] = append(byTable[d.table], d)
		}
	}
	if err := w.cleanUp(); err != nil {
		return err
	}
	for id, deltas := range byTable {
		if w.plain(id, deltas) {
			continue
		}
		for part, d := range deltas {
			if err := w.writeBlocks(id, uint16(part), d); err != nil {
				return err
			}
		}
		delete(byTable, id)
	}
	for id, deltas := range byTable {
		for _, d := range deltas {
			if err := w.writePlain(id, d); err != nil {
				return err
			}
		}
	}
	if err := w.dropTables(); err != nil {
		return err
	}
	if err := w.writeStats(); err != nil {
		return err
	}
	w.done.BatchBytes += int64(w.batch.Len())
	return w.batch.Commit(w.s.sync())
}

// cleanUp deletes folded blocks, blocks of failed epochs and dropped tables.
func (w *committer) cleanUp() error {
	for id, t := range w.s.tables {
		if t.clean == 0 {
			continue
		}
		lower, upper := epochBounds(id, 0, t.clean)
		if err := w.batch.DeleteRange(lower, upper, nil); err != nil {
			return err
		}
	}
	for _, d := range w.s.discard {
		lower, upper := epochBounds(d.table, d.epoch, d.epoch)
		if err := w.batch.DeleteRange(lower, upper, nil); err != nil {
			return err
		}
	}
	return nil
}

func (w *committer) dropTables() error {
	for _, id := range w.c.Drops {
		for _, region := range []byte{regionStats, regionBlocks, regionRows} {
			lower, upper := tableBounds(region, id)
			if err := w.batch.DeleteRange(lower, upper, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// plain chooses the form of one table's changes. Plain rows are allowed only while the
// table has no unfolded blocks (S6); otherwise even a small delta becomes a block.
func (w *committer) plain(id TableID, deltas []*Delta) bool {
	if t := w.s.tables[id]; t != nil && len(t.runs) > 0 {
		return false
	}
	changes := 0
	for _, d := range deltas {
		changes += d.n
	}
	return changes < w.s.opts.PlainRows
}

func (w *committer) writePlain(id TableID, d *Delta) error {
	prefix := rowPrefix(id)
	refs := d.sorted()
	for _, ref := range refs {
		if err := writeRow(w.batch, prefix, d.record(ref)); err != nil {
			return err
		}
	}
	w.done.Keys += len(refs)
	w.done.PlainRows += len(refs)
	return nil
}

// writeRow puts one change of a row into a batch, without a copy in between.
func writeRow(b *pebble.Batch, prefix []byte, r deltaRecord) error {
	if r.deleted {
		op := b.DeleteDeferred(len(prefix) + len(r.key))
		copy(op.Key[copy(op.Key, prefix):], r.key)
		return op.Finish()
	}
	op := b.SetDeferred(len(prefix)+len(r.key), len(r.val))
	copy(op.Key[copy(op.Key, prefix):], r.key)
	copy(op.Value, r.val)
	return op.Finish()
}

// writeBlocks cuts a sorted delta into blocks.
func (w *committer) writeBlocks(id TableID, part uint16, d *Delta) error {
	refs := d.sorted()
	w.done.Keys += len(refs)
	r := run{id: streamID{w.c.Epoch, part}}
	for len(refs) > 0 {
		n, size := 0, blockHeaderSize
		for n < len(refs) && (n == 0 || size < w.s.opts.BlockBytes) {
			size += d.length(refs[n])
			n++
		}
		key := blockKey(id, r.id, uint32(r.blocks))
		op := w.batch.SetDeferred(len(key), size)
		copy(op.Key, key)
		fillBlock(op.Value, d, refs[:n])
		if err := op.Finish(); err != nil {
			return err
		}
		runtime.Gosched() // what answers somebody goes first
		refs = refs[n:]
		r.blocks++
		r.bytes += int64(size)
		if err := w.spill(); err != nil {
			return err
		}
	}
	w.done.Blocks += r.blocks
	w.runs[id] = append(w.runs[id], r)
	return nil
}

func fillBlock(b []byte, d *Delta, refs []recordRef) {
	at := blockHeaderSize
	for _, ref := range refs {
		at += copy(b[at:], d.bytes(ref))
	}
	sealBlock(b, len(refs))
}

// spill sends a batch that has grown large ahead, unsynced: the synced batch behind it
// in the same log makes it durable too.
func (w *committer) spill() error {
	if w.batch.Len() < w.s.opts.BatchBytes {
		return nil
	}
	w.done.BatchBytes += int64(w.batch.Len())
	w.spilled = true
	if err := w.batch.Commit(pebble.NoSync); err != nil {
		return err
	}
	w.batch.Close()
	w.batch = w.s.newBatch(w.c)
	return nil
}

// newBatch returns a batch that takes a checkpoint, or as much of it as goes ahead at once,
// without being copied as it grows.
func (s *Store) newBatch(c *Checkpoint) *pebble.Batch {
	size := len(c.Meta)
	for _, d := range c.Deltas {
		size += d.size
	}
	return s.db.NewBatchWithSize(min(size+size/16+4096, s.opts.BatchBytes+2*s.opts.BlockBytes))
}

// writeStats ends the last batch with statistics and the checkpoint record.
func (w *committer) writeStats() error {
	s := w.s
	head := checkpointRecord{
		epoch: w.c.Epoch, logPos: w.c.LogPos, logSynced: s.log.Durable(),
		tables: s.head.tables, seal: s.head.seal, data: append([]byte(nil), w.c.Meta...),
	}
	for id, stats := range w.changed {
		if t := s.tables[id]; t != nil {
			head.seal = head.seal.sub(sealOf(id, t.stats))
		} else {
			head.tables++
		}
		head.seal = head.seal.add(sealOf(id, stats))
		if err := w.batch.Set(tableKey(regionStats, id), stats.encode(), nil); err != nil {
			return err
		}
	}
	for _, id := range w.c.Drops {
		if t := s.tables[id]; t != nil {
			head.seal = head.seal.sub(sealOf(id, t.stats))
			head.tables--
		}
	}
	w.head = head
	return w.batch.Set(metaKey, head.encode(), nil)
}

// publish makes memory agree with what has been committed.
func (w *committer) publish() {
	s := w.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.head, s.discard = w.head, nil
	for _, t := range s.tables {
		t.clean = 0
	}
	for _, id := range w.c.Drops {
		delete(s.tables, id)
	}
	for id, stats := range w.changed {
		t := s.tables[id]
		if t == nil {
			t = &table{}
			s.tables[id] = t
		}
		t.stats = stats
		t.runs = append(t.runs[:len(t.runs):len(t.runs)], w.runs[id]...)
	}
}

// abandon notes the blocks that went ahead of a failed commit.
func (w *committer) abandon() {
	if !w.spilled {
		return
	}
	for id := range w.changed {
		w.s.discardBlocks(id, w.c.Epoch)
	}
}
