package exec

import (
	"encoding/binary"

	"streamdb/state"
	"streamdb/types"
)

// spilledRun is consecutive epochs of a changelog in one file: for each its batches, then
// its barrier. The fields without a remark never change.
type spilledRun struct {
	file    *state.SpillFile
	end     types.Epoch // its last epoch
	start   int64       // bytes appended to the log before it
	fromSeq uint64      // sequence numbers of its batches are in (fromSeq, toSeq]
	toSeq   uint64
	saves   map[types.Epoch]Saver // of its barriers
	widened int                   // widenings of the log that its batches have already
	next    *spilledRun           // guarded by the log's mutex
	trimmed bool                  // guarded by the log's mutex: the log does not keep it any more
}

// A record's tag is the epoch, its sequence number that of the batch; barriers have none.
// A batch begins with the bytes of the log up to its end.
const barrierSeq = 0

// spilledRows is how many rows of a batch one record takes: reading needs little memory
// even where a transaction was large.
const spilledRows = 4 * types.MaxBatch

// addBatch appends a batch to a file.
func addBatch(w *state.SpillWriter, e types.Epoch, l loggedBatch) {
	if l.b.Sel == nil && l.b.N <= spilledRows {
		addRows(w, e, l, l.b)
		return
	}
	sel := make([]int32, 0, spilledRows)
	for k := range l.b.Len() {
		sel = append(sel, int32(l.b.Row(k)))
		if len(sel) == spilledRows || k == l.b.Len()-1 {
			part := compactPresent(&types.Batch{N: l.b.N, Cols: l.b.Cols, W: l.b.W, Sel: sel})
			addRows(w, e, l, part)
			sel = sel[:0]
		}
	}
}

func addRows(w *state.SpillWriter, e types.Epoch, l loggedBatch, b *types.Batch) {
	w.Add(uint64(e), l.seq, func(dst []byte) []byte {
		return types.AppendBatchBytes(binary.LittleEndian.AppendUint64(dst, uint64(l.read)), b)
	})
}

// compactPresent is [types.Batch.Compact] for a batch in which columns may be missing.
func compactPresent(b *types.Batch) *types.Batch {
	dense := *b
	dense.Cols = nil
	for _, v := range b.Cols {
		if v != nil {
			dense.Cols = append(dense.Cols, v)
		}
	}
	c := dense.Compact()
	cols := make([]*types.Vec, len(b.Cols))
	n := 0
	for i, v := range b.Cols {
		if v != nil {
			cols[i] = c.Cols[n]
			n++
		}
	}
	c.Cols = cols
	return c
}

// decodeSpilled reads the batch whose header was read last, and the bytes of the log up to
// its end.
func decodeSpilled(r *state.SpillReader, rec state.SpillRecord) (b *types.Batch, read int64, err error) {
	data, err := r.Payload(rec)
	if err != nil {
		return nil, 0, err
	}
	read = int64(binary.LittleEndian.Uint64(data))
	b, err = types.BatchOfBytes(data[8:])
	return b, read, err
}

// each calls f with each batch of epochs after e whose sequence number is in (from, to].
func (r *spilledRun) each(e types.Epoch, from, to uint64, ws []widening, f func(b *types.Batch, seq uint64)) error {
	file, err := r.file.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	for at := int64(0); at < r.file.Size; {
		rec, err := file.Header(at)
		if err != nil {
			return err
		}
		at = rec.Next
		if types.Epoch(rec.Tag) <= e || rec.Seq <= from || rec.Seq > to {
			continue // a barrier, too: from is at least 0
		}
		b, _, err := decodeSpilled(file, rec)
		if err != nil {
			return err
		}
		f(widenAll(b, ws), rec.Seq)
	}
	return nil
}
