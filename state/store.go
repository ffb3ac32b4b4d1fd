package state

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// Store is one open data directory: the commit log and, in Pebble, the tables as of the
// newest checkpoint. All methods are safe for concurrent use.
type Store struct {
	dir  string
	kv   string
	opts OpenOptions
	lock io.Closer
	db   *pebble.DB
	log  *Log

	spill *Spill

	// commit serialises what changes Pebble: Commit, and the install step of a fold.
	commit  sync.Mutex
	discard []discarded // blocks of failed commits, to go in the next batch; under commit

	mu     sync.Mutex
	head   checkpointRecord
	tables map[TableID]*table
	damage error // found by Pebble in the background

	fold folder
}

// table is what the store knows of one table without reading it.
type table struct {
	stats TableStats
	runs  []run       // unfolded, oldest first
	clean types.Epoch // blocks up to here are folded, and go in the next batch; 0: none
}

// run is the blocks of one stream.
type run struct {
	id     streamID
	blocks int
	bytes  int64
}

// discarded is the blocks that one table got in an epoch which never committed.
type discarded struct {
	table TableID
	epoch types.Epoch
}

func isNotExist(err error) bool { return errors.Is(err, os.ErrNotExist) }

// Open opens the data directory dir, and makes it if it is not there. It refuses a
// directory that another process holds (55006), one of an unknown format (F0000) and one
// whose files are not what was written (XX001); OpenOptions.RecoverTo is the way round
// the last.
func Open(dir string, opts OpenOptions) (s *Store, err error) {
	opts = opts.withDefaults()
	if err := makeDir(opts.FS, dir); err != nil {
		return nil, err
	}
	lock, err := lockDir(opts.FS, dir)
	if err != nil {
		return nil, err
	}
	s = &Store{dir: dir, kv: opts.FS.PathJoin(dir, kvDir), opts: opts, lock: lock, tables: map[TableID]*table{}}
	if err := s.open(); err != nil {
		if s.db != nil {
			s.db.Close()
		}
		lock.Close()
		return nil, err
	}
	s.fold.start(s)
	return s, nil
}

// makeDir makes dir, unless it is there, so that it outlives a power cut.
func makeDir(fs FS, dir string) error {
	if _, err := fs.Stat(dir); err == nil {
		return nil
	}
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return ioError("create", dir, err)
	}
	if err := syncDir(fs, fs.PathDir(dir)); err != nil {
		return ioError("sync", dir, err)
	}
	return nil
}

func (s *Store) open() error {
	fs := s.opts.FS
	formatted, err := readFormat(fs, s.dir)
	if err != nil {
		return err
	}
	if err := s.makeDirs(formatted); err != nil {
		return err
	}
	if err := s.emptyFoldDir(); err != nil {
		return err
	}
	if err := s.openSpill(); err != nil {
		return err
	}
	scan, logErr := scanLog(fs, fs.PathJoin(s.dir, logDir))
	if logErr == nil && formatted && len(scan.segs) == 0 {
		logErr = damaged("the commit log in \"%s\" is gone", fs.PathJoin(s.dir, logDir))
	}
	if logErr != nil && !pgerr.Is(logErr, pgerr.DataCorrupted) {
		return logErr
	}
	if !formatted {
		if err := s.startOver(scan); err != nil {
			return err
		}
	}
	if err := s.openPebble(false, formatted); err != nil {
		return err
	}
	if err := s.reconcile(scan, logErr); err != nil {
		return err
	}
	if !formatted {
		return writeFileAtomic(fs, fs.PathJoin(s.dir, formatFile), []byte(formatLine(formatVersion)))
	}
	return nil
}

// makeDirs makes the folders of a new directory; in an old one they must be there.
func (s *Store) makeDirs(formatted bool) error {
	fs := s.opts.FS
	for _, name := range []string{kvDir, logDir, foldDir, spillDir} {
		path := fs.PathJoin(s.dir, name)
		_, err := fs.Stat(path)
		if formatted && name != foldDir && name != spillDir && isNotExist(err) {
			return damaged("folder \"%s\" is missing", path)
		}
		if err := fs.MkdirAll(path, 0o700); err != nil {
			return ioError("create", path, err)
		}
	}
	if err := syncDir(fs, s.dir); err != nil {
		return ioError("sync", s.dir, err)
	}
	return nil
}

// startOver clears what a creation of the directory that never finished has left (C1).
// Without a record in the commit log nothing was ever acknowledged; with one, it is the
// FORMAT file that is lost.
func (s *Store) startOver(scan *logScan) error {
	fs := s.opts.FS
	if scan.end > 0 || len(scan.segs) > 1 {
		return damaged("file \"%s\" is missing", fs.PathJoin(s.dir, formatFile))
	}
	if err := fs.RemoveAll(s.kv); err != nil {
		return ioError("remove", s.kv, err)
	}
	return s.makeDirs(false)
}

// openPebble opens the store proper and reads what it says about itself.
func (s *Store) openPebble(readOnly, mustExist bool) (err error) {
	defer guard(s.kv, &err)
	o := s.pebbleOptions(readOnly)
	o.ErrorIfNotExists = mustExist
	if s.db, err = pebble.Open(s.kv, o); err != nil {
		return s.openError(err)
	}
	if err := s.readHead(); err != nil {
		return err
	}
	if err := s.readTables(); err != nil {
		return storeError(s.kv, err)
	}
	return s.readRuns()
}

// openError makes every refusal of Pebble to open a matter of damage: the files were
// there and readable, or the error says otherwise itself.
func (s *Store) openError(err error) error {
	if isDiskFull(err) {
		return diskFull(s.kv)
	}
	return damaged("the store in \"%s\" is damaged: %s", s.kv, firstLine(err.Error()))
}

func (s *Store) readHead() error {
	v, closer, err := s.db.Get(metaKey)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil
	}
	if err != nil {
		return storeError(s.kv, err)
	}
	defer closer.Close()
	head, ok := decodeCheckpointRecord(v)
	if !ok {
		return damaged("the store in \"%s\" is damaged: its checkpoint record cannot be read", s.kv)
	}
	s.head = head
	return nil
}

// readTables reads every table's statistics and proves them complete by the seal.
func (s *Store) readTables() error {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{regionStats}, UpperBound: []byte{regionStats + 1}})
	if err != nil {
		return err
	}
	defer it.Close()
	var seal Digest
	for it.First(); it.Valid(); it.Next() {
		id, ok := parseStatsKey(it.Key())
		v, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		stats, ok2 := decodeStats(v)
		if !ok || !ok2 {
			return damaged("the store in \"%s\" is damaged: a table's statistics cannot be read", s.kv)
		}
		s.tables[id] = &table{stats: stats}
		seal = seal.add(sealOf(id, stats))
	}
	if err := it.Error(); err != nil {
		return err
	}
	if seal != s.head.seal || len(s.tables) != int(s.head.tables) {
		return damaged("the store in \"%s\" is damaged: it holds %d tables that do not add up to epoch %d with its %d tables",
			s.kv, len(s.tables), s.head.epoch, s.head.tables)
	}
	return nil
}

// readRuns lists the unfolded blocks of every table, without reading them. Blocks at or
// below a table's watermark are folded already; blocks beyond the newest checkpoint are
// of an epoch that never committed (rule 8). Both go in the next batch.
func (s *Store) readRuns() error {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{regionBlocks}, UpperBound: []byte{regionBlocks + 1}})
	if err != nil {
		return storeError(s.kv, err)
	}
	defer it.Close()
	var watermark types.Epoch
	current, first := TableID(0), true
	for it.First(); it.Valid(); it.Next() {
		id, stream, n, ok := parseBlockKey(it.Key())
		if !ok {
			return damaged("the store in \"%s\" is damaged: %x is not the key of a block", s.kv, it.Key())
		}
		if first || id != current {
			if watermark, err = s.readWatermark(id); err != nil {
				return err
			}
			current, first = id, false
		}
		t := s.tables[id]
		switch {
		case stream.epoch > s.head.epoch || t == nil:
			s.discardBlocks(id, stream.epoch)
		case stream.epoch <= watermark:
			t.clean = max(t.clean, stream.epoch)
		default:
			value := it.LazyValue()
			if !t.addBlock(stream, n, int64(value.Len())) {
				return damaged("the store in \"%s\" is damaged: a block of table %d, epoch %d is missing", s.kv, id, stream.epoch)
			}
		}
	}
	return storeError(s.kv, it.Error())
}

func (s *Store) discardBlocks(id TableID, epoch types.Epoch) {
	d := discarded{id, epoch}
	if n := len(s.discard); n == 0 || s.discard[n-1] != d {
		s.discard = append(s.discard, d)
	}
}

// addBlock notes block n of a stream; they come in order.
func (t *table) addBlock(id streamID, n uint32, bytes int64) bool {
	if k := len(t.runs); k > 0 && t.runs[k-1].id == id {
		r := &t.runs[k-1]
		r.blocks++
		r.bytes += bytes
		return int(n) == r.blocks-1
	}
	t.runs = append(t.runs, run{id: id, blocks: 1, bytes: bytes})
	return n == 0
}

func (s *Store) readWatermark(id TableID) (types.Epoch, error) {
	v, closer, err := s.db.Get(watermarkKey(id))
	if errors.Is(err, pebble.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, storeError(s.kv, err)
	}
	defer closer.Close()
	e, ok := decodeEpoch(v)
	if !ok {
		return 0, damaged("the store in \"%s\" is damaged: the fold watermark of table %d cannot be read", s.kv, id)
	}
	return e, nil
}

// Log is the commit log.
func (s *Store) Log() *Log { return s.log }

// Load returns the newest checkpoint.
func (s *Store) Load() (Meta, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Meta{Epoch: s.head.epoch, LogPos: s.head.logPos, Data: s.head.data}, s.damage
}

// Tables returns the statistics of every table that has been written to and not dropped.
func (s *Store) Tables() map[TableID]TableStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[TableID]TableStats, len(s.tables))
	for id, t := range s.tables {
		all[id] = t.stats
	}
	return all
}

// reportDamage remembers what Pebble found; every later Commit is refused with it.
func (s *Store) reportDamage(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.damage == nil {
		s.damage = err
		s.opts.Logf("%v", err)
	}
}

// backgroundError hears of a flush, compaction or fold that failed. Damage among its
// inputs is the end: Pebble would try again for ever, and no checkpoint could succeed.
func (s *Store) backgroundError(err error) {
	if pgerr.Is(err, pgerr.DataCorrupted) { // from a fold, which is not tried again by itself
		s.reportDamage(err)
		return
	}
	if !pebble.IsCorruptionError(err) {
		s.opts.Logf("%s", firstLine(fmt.Sprintf("background work in %q failed, and is tried again: %v", s.kv, err)))
		return
	}
	s.reportDamage(storeError(s.kv, err))
	s.opts.Fatal(s.damageFound())
}

// damageFound is the damage found so far, or nil.
func (s *Store) damageFound() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.damage
}

// Close ends the background work, notes in Pebble how far the commit log reaches (so that
// a later loss of its tail is noticed) and releases the directory.
func (s *Store) Close() error {
	s.fold.stop()
	s.commit.Lock()
	defer s.commit.Unlock()
	_ = emptyDir(s.opts.FS, s.spill.dir) // the next Open does it at the latest
	err := s.log.Close()
	if err == nil {
		err = storeError(s.kv, s.db.Set(closedKey, encodeEpoch(types.Epoch(s.log.Durable())), s.sync()))
	}
	return errors.Join(err, storeError(s.kv, s.db.Close()), s.lock.Close())
}

func (s *Store) sync() *pebble.WriteOptions {
	if s.opts.NoFsync {
		return pebble.NoSync
	}
	return pebble.Sync
}

// errBadCheckpoint is a caller's mistake; nothing has been written.
func errBadCheckpoint(format string, args ...any) error {
	return pgerr.Internal("checkpoint: "+format, args...)
}
