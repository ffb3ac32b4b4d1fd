package state

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"streamdb/types/pgerr"
)

// Report is what Check found, one line per thing looked at.
type Report struct {
	Lines []ReportLine
}

// ReportLine is one finding.
type ReportLine struct {
	OK      bool
	Subject string // "format", "commit log", "store", "table 7"
	Text    string
}

func (l ReportLine) String() string {
	verdict := "ok     "
	if !l.OK {
		verdict = "DAMAGED"
	}
	return fmt.Sprintf("%s %-12s %s", verdict, l.Subject, l.Text)
}

// OK reports whether nothing was found damaged.
func (r Report) OK() bool {
	return !slices.ContainsFunc(r.Lines, func(l ReportLine) bool { return !l.OK })
}

func (r *Report) good(subject, format string, args ...any) {
	r.Lines = append(r.Lines, ReportLine{true, subject, fmt.Sprintf(format, args...)})
}

func (r *Report) bad(subject string, err error) {
	e := pgerr.From(err)
	text := e.Message
	if e.Detail != "" {
		text += " (" + e.Detail + ")"
	}
	r.Lines = append(r.Lines, ReportLine{false, subject, text})
}

// Check reads everything in a data directory that no server is using, and changes
// nothing. The error is for what stopped it from looking: the directory in use, not
// there or of an unknown format; damage is in the report. A nil fs means the operating
// system's.
func Check(fs FS, dir string) (Report, error) {
	s := &Store{dir: dir, opts: OpenOptions{FS: fs}.withDefaults(), tables: map[TableID]*table{}}
	fs = s.opts.FS
	s.kv = fs.PathJoin(dir, kvDir)
	s.opts.Fatal = func(err error) { panic(err) }
	if _, err := fs.Stat(dir); err != nil {
		return Report{}, ioError("open", dir, err)
	}
	lock, err := lockDir(fs, dir)
	if err != nil {
		return Report{}, err
	}
	defer lock.Close()
	c := &checker{s: s}
	if err := c.checkFormat(); err != nil {
		return c.report, err
	}
	c.checkLog()
	c.checkStore()
	return c.report, nil
}

type checker struct {
	s      *Store
	scan   *logScan // nil when the log is damaged
	report Report
}

func (c *checker) checkFormat() error {
	name := c.s.opts.FS.PathJoin(c.s.dir, formatFile)
	found, err := readFormat(c.s.opts.FS, c.s.dir)
	switch {
	case err == nil && !found:
		c.report.bad("format", damaged("file \"%s\" is missing", name))
	case err == nil:
		c.report.good("format", "version %d", formatVersion)
	case pgerr.Is(err, pgerr.DataCorrupted):
		c.report.bad("format", err)
	default:
		return err
	}
	return nil
}

func (c *checker) checkLog() {
	dir := c.s.opts.FS.PathJoin(c.s.dir, logDir)
	scan, err := scanLog(c.s.opts.FS, dir)
	if err == nil && len(scan.segs) == 0 {
		err = damaged("the commit log in \"%s\" is gone", dir)
	}
	if err != nil {
		c.report.bad("commit log", err)
		return
	}
	c.scan = scan
	c.report.good("commit log", "%d records in %d files, up to position %d", scan.records, len(scan.segs), scan.end)
	if scan.cutTail > 0 {
		c.report.good("commit log", "%d bytes behind the last record were never acknowledged", scan.cutTail)
	}
}

func (c *checker) checkStore() {
	s := c.s
	if err := s.openPebble(true, true); err != nil {
		c.report.bad("store", err)
		return
	}
	defer s.db.Close()
	c.report.good("store", "epoch %d, %d tables", s.head.epoch, len(s.tables))
	if c.scan != nil {
		c.checkLedger()
	}
	if err := c.checkLevels(); err != nil {
		c.report.bad("store", err)
	}
	if err := c.checkFiles(); err != nil {
		c.report.bad("store", err)
	}
	if err := c.checkStrays(); err != nil {
		c.report.bad("store", err)
	}
	c.checkTables()
}

func (c *checker) checkLedger() {
	synced, err := c.s.logSynced()
	if err == nil {
		err = c.s.compareLedger(c.scan)
	}
	if err == nil {
		err = c.s.compareExtent(c.scan, synced)
	}
	if err != nil {
		c.report.bad("ledger", err)
		return
	}
	c.report.good("ledger", "agrees with the store")
}

// checkLevels has Pebble verify the order and the sequence numbers of its levels.
func (c *checker) checkLevels() (err error) {
	defer guard(c.s.kv, &err)
	var stats pebble.CheckLevelsStats
	if err := c.s.db.CheckLevels(&stats); err != nil {
		return storeError(c.s.kv, err)
	}
	c.report.good("store", "%d points in order", stats.NumPoints)
	return nil
}

// checkFiles reads every block of every live sorted table, visible through an iterator
// or not.
func (c *checker) checkFiles() (err error) {
	defer guard(c.s.kv, &err)
	levels, err := c.s.db.SSTables()
	if err != nil {
		return storeError(c.s.kv, err)
	}
	seen := map[string]bool{}
	for _, level := range levels {
		for _, t := range level {
			name := c.s.opts.FS.PathJoin(c.s.kv, fmt.Sprintf("%06d.sst", uint64(t.BackingSSTNum)))
			if seen[name] {
				continue
			}
			seen[name] = true
			if err := c.checkFile(name); err != nil {
				c.report.bad("file", damaged("file \"%s\" is damaged: %s", name, firstLine(err.Error())))
			}
		}
	}
	c.report.good("store", "%d files read", len(seen))
	return nil
}

func (c *checker) checkFile(name string) (err error) {
	defer guard(c.s.kv, &err)
	f, err := c.s.opts.FS.Open(name, vfs.SequentialReadsOption)
	if err != nil {
		return err
	}
	readable, err := sstable.NewSimpleReadable(f)
	if err != nil {
		f.Close()
		return err
	}
	options := c.s.pebbleOptions(true)
	options.EnsureDefaults()
	r, err := sstable.NewReader(context.Background(), readable, options.MakeReaderOptions())
	if err != nil {
		return err
	}
	defer r.Close()
	return r.ValidateBlockChecksums()
}

// checkStrays looks for rows of tables that no checkpoint knows.
func (c *checker) checkStrays() (err error) {
	defer guard(c.s.kv, &err)
	it, err := c.s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{regionRows}, UpperBound: []byte{regionRows + 1}})
	if err != nil {
		return storeError(c.s.kv, err)
	}
	defer it.Close()
	for ok := it.First(); ok; {
		key := it.Key()
		if len(key) < rowPrefixSize {
			return damaged("the store in \"%s\" is damaged: %x is not the key of a row", c.s.kv, key)
		}
		id := TableID(binary.BigEndian.Uint64(key[1:]))
		if c.s.tables[id] == nil {
			c.report.bad(fmt.Sprintf("table %d", id), damaged("the store in \"%s\" holds rows of a table that no checkpoint knows", c.s.kv))
		}
		_, upper := tableBounds(regionRows, id)
		ok = it.SeekGE(upper)
	}
	return storeError(c.s.kv, it.Error())
}

func (c *checker) checkTables() {
	ids := make([]TableID, 0, len(c.s.tables))
	for id := range c.s.tables {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		stats, err := c.s.ScanTable(context.Background(), id, func(_, _ []byte) error { return nil })
		subject := fmt.Sprintf("table %d", id)
		if err != nil {
			c.report.bad(subject, err)
			continue
		}
		c.report.good(subject, "%d rows, %d bytes, digest %016x%016x", stats.Rows, stats.Bytes, stats.Digest.Hi, stats.Digest.Lo)
	}
}
