package exec

import (
	"bytes"

	"streamdb/types"
)

// sameRow reports whether row i of a and row j of b are image-equal.
func sameRow(a *types.Batch, i int, b *types.Batch, j int) bool {
	for k, v := range a.Cols {
		if !sameValue(v, i, b.Cols[k], j) {
			return false
		}
	}
	return true
}

// sameValue reports whether value i of v and value j of w, of one type, are image-equal.
func sameValue(v *types.Vec, i int, w *types.Vec, j int) bool {
	if v.IsNull(i) || w.IsNull(j) {
		return v.IsNull(i) && w.IsNull(j)
	}
	switch v.Kind {
	case types.KindInt64:
		return v.Int64s()[i] == w.Int64s()[j]
	case types.KindInt32:
		return v.Int32s()[i] == w.Int32s()[j]
	case types.KindBytes:
		return bytes.Equal(v.Bytes(i), w.Bytes(j))
	default:
		return v.Datum(i) == w.Datum(j)
	}
}

// rowText prints a row for the error relation.
func rowText(b *types.Batch, row int) string {
	if b == nil {
		return ""
	}
	st := types.DefaultStyle()
	buf := []byte{'('}
	for k, v := range b.Cols {
		if k > 0 {
			buf = append(buf, ',')
		}
		if !v.IsNull(row) {
			buf = types.AppendText(buf, v, row, st)
		}
	}
	return string(append(buf, ')'))
}
