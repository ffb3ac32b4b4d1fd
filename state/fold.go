package state

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"streamdb/types"
)

// folder runs folds in the background, one at a time (rule 6).
type folder struct {
	mu     sync.Mutex // held during a fold
	wake   chan struct{}
	cancel context.CancelFunc
	done   chan struct{}
	count  int64
}

func (f *folder) start(s *Store) {
	ctx, cancel := context.WithCancel(context.Background())
	f.wake, f.cancel, f.done = make(chan struct{}, 1), cancel, make(chan struct{})
	go func() {
		defer close(f.done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-f.wake:
				s.foldDue(ctx)
			}
		}
	}()
	f.poke()
}

func (f *folder) poke() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *folder) stop() {
	f.cancel()
	<-f.done
}

// foldDue folds every table that has gathered enough blocks.
func (s *Store) foldDue(ctx context.Context) {
	if s.opts.FoldRuns < 0 {
		return
	}
	for _, id := range s.unfolded(s.opts.FoldRuns, s.opts.FoldBytes) {
		if err := s.foldTable(ctx, id); err != nil {
			if ctx.Err() == nil {
				s.backgroundError(err)
			}
			return
		}
	}
}

// unfolded lists the tables with at least so many runs or bytes of blocks.
func (s *Store) unfolded(runs int, bytes int64) []TableID {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due []TableID
	for id, t := range s.tables {
		if len(t.runs) > 0 && (len(t.runs) >= runs || t.blockBytes() >= bytes) {
			due = append(due, id)
		}
	}
	slices.Sort(due)
	return due
}

func (t *table) blockBytes() int64 {
	var n int64
	for _, r := range t.runs {
		n += r.bytes
	}
	return n
}

// Fold turns all delta blocks into base rows now. It is for tests and for a store about
// to be copied; the background does it when due.
func (s *Store) Fold(ctx context.Context) error {
	for _, id := range s.unfolded(0, 0) {
		if err := s.foldTable(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// foldTable merges the blocks that one table has now, all of committed epochs (rule 4),
// into base rows. What is committed meanwhile stays in blocks above the watermark.
func (s *Store) foldTable(ctx context.Context, id TableID) error {
	s.fold.mu.Lock()
	defer s.fold.mu.Unlock()
	s.commit.Lock()
	t := s.tables[id]
	if t == nil || len(t.runs) == 0 {
		s.commit.Unlock()
		return nil
	}
	runs := t.runs[:len(t.runs):len(t.runs)]
	snap := s.db.NewSnapshot()
	s.commit.Unlock()
	defer snap.Close()

	m, err := newMerge(snap, s.kv, id, runs)
	if err != nil {
		return err
	}
	defer m.close()
	f := &foldWriter{s: s, id: id, watermark: runs[len(runs)-1].id.epoch, prefix: rowPrefix(id)}
	defer f.cleanUp()
	if err := f.fill(ctx, m); err != nil {
		return err
	}
	return f.install(ctx, t, len(runs))
}

// foldWriter gathers the rows of one fold: a few in a batch, more in sorted tables. In
// either case the watermark goes in by the same atomic step as the rows (rule 2).
type foldWriter struct {
	s         *Store
	id        TableID
	watermark types.Epoch
	prefix    []byte
	batch     *pebble.Batch
	paths     []string
	sst       *sstable.Writer
	key       []byte
}

func (f *foldWriter) fill(ctx context.Context, m *merge) error {
	few := f.s.opts.PlainRows
	f.batch = f.s.db.NewBatch()
	n := 0
	for ; ; n++ {
		ok, err := m.advance()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		r := deltaRecord{key: m.key, val: m.val, deleted: m.deleted}
		if n < few {
			if err := writeRow(f.batch, f.prefix, r); err != nil {
				return err
			}
			continue
		}
		if n == few {
			if err := f.leaveBatch(); err != nil {
				return err
			}
		}
		if err := f.add(r); err != nil {
			return err
		}
		if n%1024 == 0 {
			runtime.Gosched() // what answers somebody goes first
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return f.finish()
}

// leaveBatch moves what the batch holds, in order, into the first sorted table.
func (f *foldWriter) leaveBatch() error {
	b := f.batch
	f.batch = nil
	defer b.Close()
	if err := f.open(); err != nil {
		return err
	}
	if err := f.sst.Set(watermarkKey(f.id), encodeEpoch(f.watermark)); err != nil {
		return err
	}
	for r := b.Reader(); ; {
		kind, key, val, ok, err := r.Next()
		if err != nil || !ok {
			return err
		}
		if err := f.add(deltaRecord{key: key[len(f.prefix):], val: val, deleted: kind == pebble.InternalKeyKindDelete}); err != nil {
			return err
		}
	}
}

func (f *foldWriter) open() error {
	fs := f.s.opts.FS
	path := fs.PathJoin(f.s.dir, foldDir, fmt.Sprintf("%d-%d-%d.sst", f.id, f.watermark, len(f.paths)))
	file, err := fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return ioError("create", path, err)
	}
	f.paths = append(f.paths, path)
	format := f.s.db.FormatMajorVersion().MaxTableFormat()
	options := f.s.pebbleOptions(false)
	options.EnsureDefaults()
	// Never as for level 6: there a tombstone counts as obsolete and is not seen by readers.
	f.sst = sstable.NewWriter(objstorageprovider.NewFileWritable(file), options.MakeWriterOptions(5, format))
	return nil
}

func (f *foldWriter) add(r deltaRecord) error {
	if f.sst.Raw().EstimatedSize() >= uint64(f.s.opts.FoldSSTSize) {
		if err := f.finish(); err != nil {
			return err
		}
		if err := f.open(); err != nil {
			return err
		}
	}
	f.key = append(append(f.key[:0], f.prefix...), r.key...)
	if r.deleted {
		return f.sst.Delete(f.key)
	}
	return f.sst.Set(f.key, r.val)
}

// finish closes the current sorted table; closing syncs it (rule 1).
func (f *foldWriter) finish() error {
	if f.sst == nil {
		return nil
	}
	w := f.sst
	f.sst = nil
	if err := w.Close(); err != nil {
		return ioError("write", f.paths[len(f.paths)-1], err)
	}
	return nil
}

// install makes the fold take effect in one atomic step, unless the table has been
// dropped meanwhile. The blocks go in the next commit's batch (rule 3).
func (f *foldWriter) install(ctx context.Context, t *table, folded int) error {
	s := f.s
	s.commit.Lock()
	defer s.commit.Unlock()
	if s.tables[f.id] != t {
		return nil
	}
	if err := f.apply(ctx); err != nil {
		return storeError(s.kv, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t.runs = t.runs[folded:]
	t.clean = f.watermark
	s.fold.count++
	return nil
}

func (f *foldWriter) apply(ctx context.Context) error {
	if f.batch == nil {
		if err := syncDir(f.s.opts.FS, f.s.opts.FS.PathJoin(f.s.dir, foldDir)); err != nil {
			return err
		}
		return f.s.db.Ingest(ctx, f.paths)
	}
	if err := f.batch.Set(watermarkKey(f.id), encodeEpoch(f.watermark), nil); err != nil {
		return err
	}
	return f.batch.Commit(f.s.sync())
}

// cleanUp removes what an unfinished fold has left.
func (f *foldWriter) cleanUp() {
	if f.batch != nil {
		f.batch.Close()
	}
	if f.sst != nil {
		f.sst.Close()
	}
	for _, path := range f.paths {
		if err := f.s.opts.FS.Remove(path); err != nil && !isNotExist(err) {
			f.s.opts.Logf("%v", ioError("remove", path, err))
		}
	}
}

// emptyFoldDir removes what folds before a crash have left.
func (s *Store) emptyFoldDir() error {
	return emptyDir(s.opts.FS, s.opts.FS.PathJoin(s.dir, foldDir))
}
