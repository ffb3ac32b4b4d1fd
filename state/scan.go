package state

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/cockroachdb/pebble/v2"
)

// ScanTable calls fn for every row of a table as of the newest checkpoint, in key order,
// and verifies the whole against the table's row count, size and digest. key and val are
// valid until fn returns. Rows may be handed out before damage is found: on an error,
// forget them. A table never written to is empty.
func (s *Store) ScanTable(ctx context.Context, id TableID, fn func(key, val []byte) error) (stats TableStats, err error) {
	defer guard(s.kv, &err)
	s.commit.Lock()
	var want TableStats
	var runs []run
	if t := s.tables[id]; t != nil {
		want, runs = t.stats, t.runs
	}
	snap := s.db.NewSnapshot()
	s.commit.Unlock()
	defer snap.Close()

	m, err := newMerge(snap, s.kv, id, runs)
	if err != nil {
		return TableStats{}, err
	}
	defer m.close()
	prefix := rowPrefix(id)
	_, upper := tableBounds(regionRows, id)
	it, err := snap.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: upper})
	if err != nil {
		return TableStats{}, storeError(s.kv, err)
	}
	defer it.Close()
	sc := &scanner{ctx: ctx, fn: fn}
	if err := sc.run(it, m); err != nil {
		return sc.stats, storeScanError(s.kv, err, sc.failed)
	}
	if sc.stats != want {
		return sc.stats, s.mismatch(id, sc.stats, want)
	}
	return sc.stats, nil
}

// storeScanError leaves the caller's own error as it is.
func storeScanError(dir string, err error, callers bool) error {
	if callers {
		return err
	}
	return storeError(dir, err)
}

// scanner merges base rows with the changes above them.
type scanner struct {
	ctx    context.Context
	fn     func(key, val []byte) error
	stats  TableStats
	failed bool // fn or ctx has ended the scan
	seen   int
}

func (sc *scanner) run(base *pebble.Iterator, m *merge) error {
	more, err := m.advance()
	if err != nil {
		return err
	}
	valid := base.First()
	for valid || more {
		order := -1
		if more {
			order = 1
			if valid {
				order = bytes.Compare(base.Key()[rowPrefixSize:], m.key)
			}
		}
		if order < 0 {
			val, err := base.ValueAndErr()
			if err != nil {
				return err
			}
			if err := sc.emit(base.Key()[rowPrefixSize:], val); err != nil {
				return err
			}
			valid = base.Next()
			continue
		}
		if !m.deleted {
			if err := sc.emit(m.key, m.val); err != nil {
				return err
			}
		}
		if order == 0 {
			valid = base.Next()
		}
		if more, err = m.advance(); err != nil {
			return err
		}
	}
	return base.Error()
}

func (sc *scanner) emit(key, val []byte) error {
	sc.stats.put(HashKV(key, val), Hash{})
	if sc.seen++; sc.seen%8192 == 0 {
		if err := sc.ctx.Err(); err != nil {
			sc.failed = true
			return err
		}
	}
	if err := sc.fn(key, val); err != nil {
		sc.failed = true
		return err
	}
	return nil
}

// mismatch is the refusal of a table whose rows are not those that were committed.
func (s *Store) mismatch(id TableID, got, want TableStats) error {
	what := fmt.Sprintf("%d rows of %d bytes found, %d rows of %d bytes were committed", got.Rows, got.Bytes, want.Rows, want.Bytes)
	if got.Rows == want.Rows && got.Bytes == want.Bytes {
		what = fmt.Sprintf("its %d rows are not those that were committed", got.Rows)
	}
	return damaged("table %d in \"%s\" is damaged: %s", id, s.kv, what).
		WithDetail("It is held by the files %s and their MANIFEST.", strings.Join(s.filesOf(id), ", "))
}

// filesOf names the files that hold a table's rows.
func (s *Store) filesOf(id TableID) []string {
	const most = 8
	lower, upper := tableBounds(regionRows, id)
	levels, err := s.db.SSTables(pebble.WithKeyRangeFilter(lower, upper))
	if err != nil {
		return nil
	}
	var names []string
	for _, level := range levels {
		for _, t := range level {
			if len(names) == most {
				return append(names, "...")
			}
			if t.BackingSSTNum != 0 {
				names = append(names, s.opts.FS.PathJoin(s.kv, fmt.Sprintf("%06d.sst", uint64(t.BackingSSTNum))))
			}
		}
	}
	return names
}
