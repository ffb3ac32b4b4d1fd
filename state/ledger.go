package state

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"streamdb/types/pgerr"
)

// reconcile compares the store with the commit log, each being the witness of the other,
// and starts the log behind what it holds.
func (s *Store) reconcile(scan *logScan, logErr error) error {
	synced, err := s.logSynced()
	if err != nil {
		return err
	}
	verdict := logErr
	if verdict == nil {
		verdict = s.compareLedger(scan)
	}
	if verdict == nil {
		verdict = s.compareExtent(scan, synced)
	}
	first := scan.end
	if verdict != nil {
		if err := s.acceptLoss(verdict); err != nil {
			return err
		}
		first = max(scan.end, scan.reached, synced)
		if err := s.setAside(scan); err != nil {
			return err
		}
	}
	opts := logOptions{
		segmentBytes: s.opts.SegmentBytes, reserve: s.opts.reserve(s.dir),
		noFsync: s.opts.NoFsync, fatal: s.opts.Fatal, waitFull: s.opts.retryEvery,
	}
	if s.log, err = startLog(s.opts.FS, s.opts.FS.PathJoin(s.dir, logDir), scan, first, opts); err != nil {
		return err
	}
	if s.head.epoch == 0 || verdict == nil && scan.hasLedger && scan.ledger == s.head.entry() {
		return nil
	}
	// C4: the store is an epoch ahead of the ledger; or the loss was accepted.
	if verdict != nil && s.head.logPos < s.log.First() {
		if err := s.moveReplayStart(); err != nil {
			return err
		}
	}
	return s.appendLedger(s.head.entry())
}

// logSynced is how far the store knows the commit log to have been durable.
func (s *Store) logSynced() (LogPos, error) {
	v, closer, err := s.db.Get(closedKey)
	if errors.Is(err, pebble.ErrNotFound) {
		return s.head.logSynced, nil
	}
	if err != nil {
		return 0, storeError(s.kv, err)
	}
	defer closer.Close()
	pos, ok := decodeEpoch(v)
	if !ok {
		return 0, damaged("the store in \"%s\" is damaged: the record of its last close cannot be read", s.kv)
	}
	return max(s.head.logSynced, LogPos(pos)), nil
}

// compareLedger refuses a store that is older than, or differs from, what the newest
// checkpoint record of the commit log says.
func (s *Store) compareLedger(scan *logScan) error {
	switch {
	case !scan.hasLedger || scan.ledger.epoch < s.head.epoch:
		return nil
	case scan.ledger.epoch > s.head.epoch:
		return damaged("the store in \"%s\" has lost data: it holds epoch %d, but epoch %d was committed",
			s.kv, s.head.epoch, scan.ledger.epoch)
	case scan.ledger != s.head.entry():
		return damaged("the store in \"%s\" is damaged: epoch %d does not hold what was committed in it", s.kv, s.head.epoch)
	}
	return nil
}

// compareExtent refuses a commit log that lacks its end, or what replay starts from.
func (s *Store) compareExtent(scan *logScan, synced LogPos) error {
	dir := s.opts.FS.PathJoin(s.dir, logDir)
	if scan.end < synced {
		return damaged("the commit log in \"%s\" ends at position %d, but records up to %d were acknowledged", dir, scan.end, synced)
	}
	if len(scan.segs) > 0 && s.head.epoch > 0 && scan.segs[0].first > s.head.logPos {
		return damaged("the commit log in \"%s\" begins at position %d, but position %d is needed", dir, scan.segs[0].first, s.head.logPos)
	}
	return nil
}

// acceptLoss passes verdict on unless the operator has named the epoch to go on from.
func (s *Store) acceptLoss(verdict error) error {
	if s.opts.RecoverTo == 0 || s.opts.RecoverTo != s.head.epoch {
		hint := fmt.Sprintf("The last good state is epoch %d. Restore a retained checkpoint, or start once with --recover-to=%d to go on from there and lose what came later.",
			s.head.epoch, s.head.epoch)
		if s.head.epoch == 0 {
			hint = "There is no good state in this directory. Restore a retained checkpoint."
		}
		return pgerr.From(verdict).WithHint("%s", hint)
	}
	s.opts.Logf("recovering to epoch %d in spite of: %v", s.opts.RecoverTo, verdict)
	return nil
}

// setAside renames the segments behind the last good record, so that the log goes on
// from there and nothing is destroyed.
func (s *Store) setAside(scan *logScan) error {
	kept := scan.segs[:0]
	for _, seg := range scan.segs {
		if r, err := openSegment(s.opts.FS, seg); err == nil && seg.first <= scan.end {
			r.close()
			kept = append(kept, r.seg)
			continue
		} else if err == nil {
			r.close()
		}
		if err := s.opts.FS.Rename(seg.name, seg.name+".damaged"); err != nil {
			return ioError("rename", seg.name, err)
		}
	}
	scan.segs = kept
	if err := syncDir(s.opts.FS, s.opts.FS.PathJoin(s.dir, logDir)); err != nil {
		return ioError("sync", s.dir, err)
	}
	return nil
}

// moveReplayStart makes replay start at the log's first record: what it would have
// needed from before is lost, and the loss has been accepted.
func (s *Store) moveReplayStart() error {
	s.head.logPos = s.log.First()
	return storeError(s.kv, s.db.Set(metaKey, s.head.encode(), s.sync()))
}

// appendLedger writes the checkpoint record of an epoch and waits for it.
func (s *Store) appendLedger(e ledgerEntry) error {
	pos, err := s.log.append(KindCheckpoint, e.encode(), true)
	if err != nil {
		return err
	}
	if err := s.log.Sync(pos); err != nil {
		return err
	}
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.ledger = pos - recordHeaderSize - ledgerSize
	return nil
}
