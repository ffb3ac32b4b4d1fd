package state

import (
	"slices"
	"strings"
)

// logScan is what reading a whole commit log found.
type logScan struct {
	segs    []segment // oldest first
	end     LogPos    // end of the last good record
	sum     uint64    // its sum
	reached LogPos    // beyond everything the files hold, good or not
	records int
	cutTail int64 // bytes behind end that a crash left

	ledger      ledgerEntry // the newest checkpoint record
	ledgerStart LogPos
	hasLedger   bool
}

// scanLog reads every segment in dir and verifies every record and the chain through
// them. It changes nothing. On damage the scan holds what lies before.
func scanLog(fs FS, dir string) (*logScan, error) {
	names, err := fs.List(dir)
	if err != nil {
		return nil, ioError("read", dir, err)
	}
	s := &logScan{}
	for _, name := range names {
		if first, ok := parseSegmentName(name); ok {
			s.segs = append(s.segs, segment{name: fs.PathJoin(dir, name), first: first})
		}
	}
	slices.SortFunc(s.segs, func(a, b segment) int { return strings.Compare(a.name, b.name) })
	for i := range s.segs {
		if err := s.addSize(fs, &s.segs[i]); err != nil {
			return s, err
		}
	}
	for i := range s.segs {
		if err := s.scanSegment(fs, i); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *logScan) addSize(fs FS, seg *segment) error {
	info, err := fs.Stat(seg.name)
	if err != nil {
		return ioError("read", seg.name, err)
	}
	s.reached = max(s.reached, seg.first+LogPos(info.Size()))
	return nil
}

func (s *logScan) scanSegment(fs FS, i int) error {
	r, err := openSegment(fs, s.segs[i])
	if err != nil {
		return err
	}
	defer r.close()
	s.segs[i] = r.seg
	if i == 0 {
		s.end, s.sum = r.seg.prevEnd, r.seg.prevSum
	} else if r.seg.prevEnd != s.end || r.seg.prevSum != s.sum {
		return damaged("commit log file \"%s\" is missing or damaged: \"%s\" goes on at position %d, not at %d",
			s.segs[i-1].name, r.seg.name, r.seg.prevEnd, s.end)
	}
	s.end = r.seg.first
	last := i == len(s.segs)-1
	limit, limitSum := LogPos(0), uint64(0)
	if !last {
		if limit, limitSum, err = nextBounds(fs, s.segs[i+1]); err != nil {
			return err
		}
	}
	for last || s.end < limit {
		rec, ok, err := r.next()
		if err != nil {
			return err
		}
		if !ok && last {
			s.cutTail = r.size - r.off
			return r.tornTail()
		}
		if !ok {
			return r.damage()
		}
		s.note(rec)
	}
	if s.end != limit || s.sum != limitSum {
		return r.damage()
	}
	return nil
}

// nextBounds reads where the segment before next ends.
func nextBounds(fs FS, next segment) (LogPos, uint64, error) {
	r, err := openSegment(fs, next)
	if err != nil {
		return 0, 0, err
	}
	defer r.close()
	return r.seg.prevEnd, r.seg.prevSum, nil
}

func (s *logScan) note(rec record) {
	s.records++
	s.end, s.sum = rec.end(), rec.sum
	if rec.kind != KindCheckpoint {
		return
	}
	if e, ok := decodeLedger(rec.payload); ok {
		s.ledger, s.ledgerStart, s.hasLedger = e, rec.start, true
	}
}
