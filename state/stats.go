package state

import (
	"streamdb/types"
)

// Stats is what the store knows about itself.
type Stats struct {
	Epoch      types.Epoch
	Tables     int
	StoreBytes int64 // Pebble's files
	LogBytes   int64 // the commit log's files
	SSTs       int
	MemTable   int64 // bytes
	BlockCache int64 // bytes
	Runs       int   // unfolded sorted runs
	Blocks     int   // unfolded delta blocks
	BlockBytes int64
	Folds      int64 // since Open
	LogFsyncs  Latency
	StoreWAL   int64 // bytes written to Pebble's log since Open
}

// Stats returns the current figures; it reads no data.
func (s *Store) Stats() Stats {
	m := s.db.Metrics()
	st := Stats{
		StoreBytes: int64(m.DiskSpaceUsage()),
		LogBytes:   s.log.logBytes(),
		MemTable:   int64(m.MemTable.Size),
		BlockCache: m.BlockCache.Size,
		LogFsyncs:  s.log.fsyncs.summary(),
		StoreWAL:   int64(m.WAL.BytesWritten),
	}
	for _, l := range m.Levels {
		st.SSTs += int(l.TablesCount)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Epoch, st.Tables, st.Folds = s.head.epoch, len(s.tables), s.fold.count
	for _, t := range s.tables {
		st.Runs += len(t.runs)
		st.BlockBytes += t.blockBytes()
		for _, r := range t.runs {
			st.Blocks += r.blocks
		}
	}
	return st
}
