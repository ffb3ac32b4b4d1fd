package format

import (
	"math"

	"streamdb/types"
)

// JSONWriter writes rows as JSON objects, each value as PostgreSQL's to_json does.
type JSONWriter struct {
	schema types.Schema
	style  *types.Style
	text   []byte
}

// NewJSONWriter writes rows of the given schema.
func NewJSONWriter(schema types.Schema) *JSONWriter {
	return &JSONWriter{schema: schema, style: types.DefaultStyle()}
}

// Append appends physical row i of b as one object.
func (w *JSONWriter) Append(dst []byte, b *types.Batch, i int) []byte {
	dst = append(dst, '{')
	for k, c := range w.schema {
		if k > 0 {
			dst = append(dst, ',')
		}
		dst = AppendJSONString(dst, []byte(c.Name))
		dst = append(dst, ':')
		dst = w.value(dst, b.Cols[k], i)
	}
	return append(dst, '}')
}

func (w *JSONWriter) value(dst []byte, v *types.Vec, i int) []byte {
	if v.IsNull(i) {
		return append(dst, "null"...)
	}
	switch v.Type.OID {
	case types.Bool.OID:
		if v.Bools()[i] != 0 {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case types.JSON.OID, types.JSONB.OID, types.Int2.OID, types.Int4.OID, types.Int8.OID:
		return types.AppendText(dst, v, i, w.style)
	case types.Float4.OID:
		return w.number(dst, v, i, finite(float64(v.Float32s()[i])))
	case types.Float8.OID:
		return w.number(dst, v, i, finite(v.Float64s()[i]))
	case types.NumericT.OID:
		return w.number(dst, v, i, v.Decs()[i].Hi>>62 != 1)
	}
	if v.Type.IsArray() {
		return w.array(dst, v, i)
	}
	w.text = types.AppendText(w.text[:0], v, i, w.style)
	if v.Type.OID == types.Timestamp.OID || v.Type.OID == types.TimestampTZ.OID {
		w.isoStamp(v.Type)
	}
	return AppendJSONString(dst, w.text)
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// number appends a number, in quotes if JSON has no such number.
func (w *JSONWriter) number(dst []byte, v *types.Vec, i int, finite bool) []byte {
	if finite {
		return types.AppendText(dst, v, i, w.style)
	}
	dst = append(dst, '"')
	return append(types.AppendText(dst, v, i, w.style), '"')
}

// isoStamp turns a timestamp's text into ISO 8601's form: a T, minutes in the zone.
func (w *JSONWriter) isoStamp(t types.Type) {
	if w.text[0] > '9' || w.text[0] < '0' { // infinity
		return
	}
	for k, c := range w.text {
		if c == ' ' {
			w.text[k] = 'T'
			break
		}
	}
	if t.OID == types.TimestampTZ.OID && w.text[len(w.text)-1] != 'C' {
		w.text = append(w.text, ":00"...) // the style's zone is UTC: +00
	}
}

// array appends the elements of an array, flat.
func (w *JSONWriter) array(dst []byte, v *types.Vec, i int) []byte {
	a := types.ViewArray(v.Str(i))
	elems := types.NewVec(v.Type.ElemType(), a.Len())
	for k := range a.Len() {
		elems.AppendDatum(a.At(k))
	}
	dst = append(dst, '[')
	for k := range a.Len() {
		if k > 0 {
			dst = append(dst, ',')
		}
		dst = w.value(dst, elems, k)
	}
	return append(dst, ']')
}

// AppendJSONString appends s, valid UTF-8, as a JSON string.
func AppendJSONString(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for len(s) > 0 {
		n := plainPrefix(s)
		dst = append(dst, s[:n]...)
		if n == len(s) {
			break
		}
		switch c := s[n]; c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		s = s[n+1:]
	}
	return append(dst, '"')
}
