package types

import (
	"strconv"
	"strings"

	"streamdb/types/pgerr"
)

// JSONField is the member of an object with the given key; the last one where json text
// repeats the key. ok is false when there is none or j is no object.
func JSONField(j, key string) (v string, ok bool) {
	for k, e := range JSONMembers(j) {
		if jsonKeyIs(k, key) {
			v, ok = e, true
		}
	}
	return v, ok
}

// jsonKeyIs compares a key literal with a key.
func jsonKeyIs(lit, key string) bool {
	if strings.IndexByte(lit, '\\') < 0 {
		return len(lit) == len(key)+2 && lit[1:len(lit)-1] == key
	}
	return JSONUnquote(lit) == key
}

// JSONElem is element i of an array, from the end when i is negative.
func JSONElem(j string, i int) (v string, ok bool) {
	if JSONKindOf(j) != JSONArray {
		return "", false
	}
	if i < 0 {
		i += jsonLen(j)
	}
	for n, e := range JSONElems(j) {
		if n == i {
			return e, true
		}
	}
	return "", false
}

// JSONBElem is j -> i of jsonb, where a scalar is its own element 0 (and −1).
func JSONBElem(j string, i int) (v string, ok bool) {
	if JSONKindOf(j) < JSONArray && (i == 0 || i == -1) {
		return j, true
	}
	return JSONElem(j, i)
}

// JSONPath follows a path of keys and indexes, as #> does.
func JSONPath(j string, path []string) (v string, ok bool) {
	for _, p := range path {
		switch JSONKindOf(j) {
		case JSONObject:
			j, ok = JSONField(j, p)
		case JSONArray:
			i, err := strconv.ParseInt(strings.TrimLeft(p, " \t\n\v\f\r"), 10, 32)
			if err != nil {
				return "", false
			}
			j, ok = JSONElem(j, int(i))
		default:
			ok = false
		}
		if !ok {
			return "", false
		}
	}
	return j, true
}

// JSONText is a value as ->> gives it: a string without quotes, other values as they are;
// ok is false for JSON null, which is SQL NULL.
func JSONText(j string) (s string, ok bool) {
	switch JSONKindOf(j) {
	case JSONNull:
		return "", false
	case JSONString:
		return JSONUnquote(trimJSON(j)), true
	}
	return j, true
}

// JSONTypeof is jsonb_typeof.
func JSONTypeof(j string) string {
	return [...]string{"", "null", "string", "number", "boolean", "array", "object"}[JSONKindOf(j)]
}

// JSONArrayLength is jsonb_array_length.
func JSONArrayLength(j string) (int, error) {
	switch JSONKindOf(j) {
	case JSONArray:
		return jsonLen(j), nil
	case JSONObject:
		return 0, pgerr.New(pgerr.InvalidParameterValue, "cannot get array length of a non-array")
	}
	return 0, pgerr.New(pgerr.InvalidParameterValue, "cannot get array length of a scalar")
}

// JSONBContains is a @> b on canonical text: b's structure is found within a.
func JSONBContains(a, b string) bool {
	ka, kb := JSONKindOf(a), JSONKindOf(b)
	if ka == JSONArray && kb < JSONArray { // an array contains a bare scalar, at top level only
		return jsonHasScalar(a, b)
	}
	return jsonContains(a, b)
}

func jsonContains(a, b string) bool {
	ka := JSONKindOf(a)
	if ka != JSONKindOf(b) {
		return false
	}
	switch ka {
	case JSONObject:
		for k, vb := range JSONMembers(b) {
			va, ok := JSONField(a, JSONUnquote(k))
			if !ok || !jsonContains(va, vb) {
				return false
			}
		}
		return true
	case JSONArray:
		for _, eb := range JSONElems(b) {
			if !jsonArrayHas(a, eb) {
				return false
			}
		}
		return true
	}
	return compareJSON(a, b) == 0
}

func jsonHasScalar(a, b string) bool {
	for _, e := range JSONElems(a) {
		if JSONKindOf(e) == JSONKindOf(b) && compareJSON(e, b) == 0 {
			return true
		}
	}
	return false
}

// jsonArrayHas reports whether an element of a contains b.
func jsonArrayHas(a, b string) bool {
	if JSONKindOf(b) < JSONArray {
		return jsonHasScalar(a, b)
	}
	for _, e := range JSONElems(a) {
		if jsonContains(e, b) {
			return true
		}
	}
	return false
}

// JSONBExists is j ? key: a key of an object, or a string in an array, or the string
// itself.
func JSONBExists(j, key string) bool {
	switch JSONKindOf(j) {
	case JSONObject:
		_, ok := JSONField(j, key)
		return ok
	case JSONArray:
		for _, e := range JSONElems(j) {
			if e[0] == '"' && jsonKeyIs(e, key) {
				return true
			}
		}
	case JSONString:
		return jsonKeyIs(j, key)
	}
	return false
}

// JSONBBuilder writes canonical text of objects and arrays.
type JSONBBuilder struct {
	pairs map[string]string
	elems []string
	array bool
}

// NewJSONBObject starts an object.
func NewJSONBObject() *JSONBBuilder { return &JSONBBuilder{pairs: map[string]string{}} }

// NewJSONBArray starts an array.
func NewJSONBArray() *JSONBBuilder { return &JSONBBuilder{array: true} }

// Set sets a key to a canonical value; the last value of a key stays.
func (b *JSONBBuilder) Set(key, value string) { b.pairs[key] = value }

// Append adds a canonical value to an array.
func (b *JSONBBuilder) Append(value string) { b.elems = append(b.elems, value) }

// Build is the canonical text.
func (b *JSONBBuilder) Build() string {
	if b.array {
		return "[" + strings.Join(b.elems, ", ") + "]"
	}
	return buildObject(b.pairs)
}

// JSONBString is the canonical text of a string.
func JSONBString(s string) string { return string(AppendJSONString(nil, s)) }

// JSONBFromDatum is to_jsonb of a value that is not NULL: numbers and booleans as such,
// jsonb as it is, arrays as arrays, everything else as the string of its text form, with
// dates and timestamps in ISO 8601 form.
func JSONBFromDatum(t Type, d Datum, st *Style) (string, error) {
	switch d.Kind {
	case KindBool:
		if d.I != 0 {
			return "true", nil
		}
		return "false", nil
	case KindInt16, KindFloat32, KindFloat64, KindNumeric:
		s := string(d.AppendText(nil, t, st))
		if c := s[len(s)-1]; c == 'y' || c == 'N' { // Infinity, NaN
			return JSONBString(s), nil
		}
		return ParseJSONB(s)
	}
	switch t.OID {
	case Int4.OID, Int8.OID:
		return strconv.FormatInt(d.I, 10), nil
	case JSONB.OID:
		return d.S, nil
	case JSON.OID:
		return ParseJSONB(d.S)
	case Date.OID, Timestamp.OID, TimestampTZ.OID:
		return JSONBString(string(appendISO8601(nil, t, d, st))), nil
	}
	if bytesFormOf(t) == formArray && d.Kind == KindBytes {
		return jsonbFromArray(ViewArray(d.S), st)
	}
	return JSONBString(string(d.AppendText(nil, t, st))), nil
}

// appendISO8601 appends a date or timestamp with a T between date and time.
func appendISO8601(dst []byte, t Type, d Datum, st *Style) []byte {
	iso := *st
	iso.DateStyle = DateISO
	at := len(dst)
	dst = d.AppendText(dst, t, &iso)
	for i := at; i < len(dst) && t.OID != Date.OID; i++ {
		if dst[i] == ' ' {
			dst[i] = 'T'
			break
		}
	}
	if t.OID == TimestampTZ.OID { // +05 becomes +05:00
		end := len(dst)
		if strings.HasSuffix(string(dst), " BC") {
			end -= 3
		}
		if end > 3 && (dst[end-3] == '+' || dst[end-3] == '-') {
			dst = append(dst[:end], append([]byte(":00"), dst[end:]...)...)
		}
	}
	return dst
}

func jsonbFromArray(a ArrayView, st *Style) (string, error) {
	i := 0
	var dim func(d int) (string, error)
	dim = func(d int) (string, error) {
		b := NewJSONBArray()
		n, _ := a.Dim(d)
		for range n {
			v, err := "null", error(nil)
			switch {
			case d+1 < a.NDim():
				v, err = dim(d + 1)
			default:
				if !a.IsNull(i) {
					v, err = JSONBFromDatum(a.Elem, a.At(i), st)
				}
				i++
			}
			if err != nil {
				return "", err
			}
			b.Append(v)
		}
		return b.Build(), nil
	}
	if a.NDim() == 0 {
		return "[]", nil
	}
	return dim(0)
}
