package engine

import (
	"encoding/binary"

	"streamdb/catalog"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// A transaction in the commit log is, per table, uvarint id, uvarint number of rows, and
// per row varint weight (−1 the old row, +1 the new one) and the row's image with its
// length.

// tableDelta is what one transaction changes in one table.
type tableDelta struct {
	id    catalog.ID
	delta *types.Batch // dense, immutable once committed
}

func encodeTxn(ds []tableDelta) []byte {
	var b, image []byte
	for _, d := range ds {
		b = binary.AppendUvarint(b, uint64(d.id))
		b = binary.AppendUvarint(b, uint64(d.delta.N))
		for i := range d.delta.N {
			image = types.AppendRowImage(image[:0], d.delta, i)
			b = binary.AppendVarint(b, d.delta.Weight(i))
			b = binary.AppendUvarint(b, uint64(len(image)))
			b = append(b, image...)
		}
	}
	return b
}

var errTxnRecord = pgerr.New(pgerr.DataCorrupted, "malformed transaction in the commit log")

// decodeTxn reads a transaction; typesOf gives a table's physical columns, nil for a table
// that is gone, whose changes are skipped.
func decodeTxn(b []byte, typesOf func(catalog.ID) []types.Type) ([]tableDelta, error) {
	var ds []tableDelta
	for len(b) > 0 {
		id, n := binary.Uvarint(b)
		rows, m := binary.Uvarint(b[max(n, 0):])
		if n <= 0 || m <= 0 {
			return nil, errTxnRecord
		}
		b = b[n+m:]
		ts := typesOf(catalog.ID(id))
		delta := types.NewBatch(ts, int(min(rows, types.MaxBatch)))
		for range rows {
			w, n := binary.Varint(b)
			size, m := binary.Uvarint(b[max(n, 0):])
			if n <= 0 || m <= 0 || size > uint64(len(b)-n-m) {
				return nil, errTxnRecord
			}
			image := b[n+m:][:size]
			b = b[n+m+int(size):]
			if ts == nil {
				continue
			}
			if err := types.DecodeRowImage(image, delta, w); err != nil {
				return nil, err
			}
		}
		if ts != nil {
			ds = append(ds, tableDelta{catalog.ID(id), delta})
		}
	}
	return ds, nil
}

// A DDL record is one byte, then a catalog change, or the end of a reserved block of
// epoch numbers.
const (
	ddlChange = 'C'
	ddlEpochs = 'E'
)
