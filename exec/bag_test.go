package exec

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"streamdb/types"
)

// bag is a multiset of rows by image: the model of a relation. Weights may be negative
// while deltas are summed up.
type bag map[string]*bagRow

type bagRow struct {
	row types.Row
	w   int64
}

func rowImage(r types.Row) string { return string(types.AppendRowImageRow(nil, r)) }

// add adds w copies of r.
func (b bag) add(r types.Row, w int64) {
	if w == 0 {
		return
	}
	img := rowImage(r)
	x := b[img]
	if x == nil {
		x = &bagRow{row: r}
		b[img] = x
	}
	if x.w += w; x.w == 0 {
		delete(b, img)
	}
}

// addBatch adds the rows of a delta.
func (b bag) addBatch(d *types.Batch) {
	for k := range d.Len() {
		i := d.Row(k)
		b.add(d.RowDatums(i), d.Weight(i))
	}
}

// rows lists the rows in the order of their images.
func (b bag) rows() []*bagRow {
	out := make([]*bagRow, 0, len(b))
	for _, img := range slices.Sorted(maps.Keys(b)) {
		out = append(out, b[img])
	}
	return out
}

func (b bag) clone() bag {
	c := bag{}
	for img, x := range b {
		c[img] = &bagRow{x.row, x.w}
	}
	return c
}

// diff is empty when the bags are equal, else it says how got differs.
func (b bag) diff(want bag, ts []types.Type) string {
	var s strings.Builder
	for _, img := range slices.Sorted(maps.Keys(b)) {
		w := int64(0)
		if x := want[img]; x != nil {
			w = x.w
		}
		if b[img].w != w {
			fmt.Fprintf(&s, "  %s: got %d, want %d\n", rowString(b[img].row, ts), b[img].w, w)
		}
	}
	for _, img := range slices.Sorted(maps.Keys(want)) {
		if b[img] == nil {
			fmt.Fprintf(&s, "  %s: got 0, want %d\n", rowString(want[img].row, ts), want[img].w)
		}
	}
	return s.String()
}

// rowString prints a row as PostgreSQL's text forms.
func rowString(r types.Row, ts []types.Type) string {
	b := types.NewBatch(ts, 1)
	b.AppendRow(r, 1)
	parts := make([]string, len(r))
	for i, v := range b.Cols {
		parts[i] = "NULL"
		if !v.IsNull(0) {
			parts[i] = string(types.AppendText(nil, v, 0, types.DefaultStyle()))
		}
	}
	return "(" + strings.Join(parts, ",") + ")"
}

// errorBag is the model of an error relation: message → weight.
type errorBag map[string]int64

func (b errorBag) add(key string, w int64) {
	if b[key] += w; b[key] == 0 {
		delete(b, key)
	}
}
