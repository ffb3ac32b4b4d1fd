package pgcatalog

import (
	"fmt"
	"slices"
	"strings"

	"streamdb/catalog"
	"streamdb/types"
)

// writer makes rows of one relation. After the reader has had enough, rows are dropped.
type writer struct {
	*shape
	fields  []int
	yield   func(types.Row) bool
	stopped bool
}

// columns says which columns the values of the following rows stand for; the others keep
// their blanks.
func (w *writer) columns(names string) {
	w.fields = w.fields[:0]
	for _, name := range strings.Fields(names) {
		i, ok := w.index[name]
		if !ok {
			panic("pgcatalog: no column " + name + " in " + w.relation.Name)
		}
		w.fields = append(w.fields, i)
	}
}

// row yields a row from Go values: nil for NULL, integers of any kind, bool, string, or a
// Datum as it is.
func (w *writer) row(values ...any) {
	if w.stopped {
		return
	}
	if len(values) != len(w.fields) {
		panic(fmt.Sprintf("pgcatalog: %d values for %d columns of %s", len(values), len(w.fields), w.relation.Name))
	}
	r := slices.Clone(w.blank)
	for i, v := range values {
		p := w.fields[i]
		r[p] = toDatum(v, w.relation.Columns[p].Type.Kind())
	}
	w.stopped = !w.yield(r)
}

func toDatum(v any, kind types.Kind) types.Datum {
	switch v := v.(type) {
	case nil:
		return types.Null()
	case types.Datum:
		return v
	case string:
		return types.NewBytes(v)
	case bool:
		return types.NewBool(v)
	case byte:
		return types.NewBytes(string(rune(v)))
	case int:
		return intDatum(int64(v), kind)
	case int16:
		return intDatum(int64(v), kind)
	case int32:
		return intDatum(int64(v), kind)
	case int64:
		return intDatum(v, kind)
	case uint32:
		return intDatum(int64(v), kind)
	case types.OID:
		return intDatum(int64(v), kind)
	case catalog.ID:
		return intDatum(int64(v), kind)
	}
	panic(fmt.Sprintf("pgcatalog: a value of type %T", v))
}

func intDatum(v int64, kind types.Kind) types.Datum {
	switch kind {
	case types.KindFloat32:
		return types.NewFloat32(float32(v))
	case types.KindFloat64:
		return types.NewFloat64(float64(v))
	}
	return types.Datum{Kind: kind, I: v}
}

// orNull is s, or NULL when it is empty.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// timeOrNull is an instant, or NULL when it is 0.
func timeOrNull(t int64) any {
	if t == 0 {
		return nil
	}
	return t
}

func yesNo(b bool) string {
	if b {
		return "YES"
	}
	return "NO"
}

// vector is an int2vector or oidvector.
func vector[T ~int | ~int16 | ~uint32](elem types.Type, values ...T) types.Datum {
	return types.NewVector(integers(elem, values))
}

// array is a one-dimensional array of integers or oids.
func array[T ~int | ~int16 | ~uint32](elem types.Type, values ...T) types.Datum {
	return integers(elem, values).Build()
}

func integers[T ~int | ~int16 | ~uint32](elem types.Type, values []T) *types.ArrayBuilder {
	b := types.NewArrayBuilder(elem)
	for _, v := range values {
		b.Append(types.Datum{Kind: elem.Kind(), I: int64(v)})
	}
	return b
}

// textArray is a text[].
func textArray(values ...string) types.Datum {
	b := types.NewArrayBuilder(types.Text)
	for _, v := range values {
		b.Append(types.NewBytes(v))
	}
	return b.Build()
}
