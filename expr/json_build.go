package expr

import (
	"strings"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// appendJSON writes a value as to_json does, or with binary as to_jsonb.
func (c *Ctx) appendJSON(dst []byte, t types.Type, d types.Datum, binary bool) ([]byte, error) {
	if !binary {
		return c.appendJSONText(dst, t, d), nil
	}
	if t.OID == types.JSONB.OID && !d.IsNull() {
		return append(dst, d.S...), nil
	}
	s, err := types.ParseJSONB(string(c.appendJSONText(nil, t, d)))
	return append(dst, s...), err
}

func (c *Ctx) appendJSONText(dst []byte, t types.Type, d types.Datum) []byte {
	return c.appendJSONLines(dst, t, d, false)
}

// appendJSONLines is appendJSONText with, if pretty, a line for each element of an array and
// each field of a record, but not of those within.
func (c *Ctx) appendJSONLines(dst []byte, t types.Type, d types.Datum, pretty bool) []byte {
	comma := ","
	if pretty {
		comma = ",\n "
	}
	if d.IsNull() {
		return append(dst, "null"...)
	}
	switch {
	case t.OID == types.Bool.OID:
		return append(dst, boolWord(d.Bool())...)
	case t.OID == types.JSON.OID || t.OID == types.JSONB.OID:
		return append(dst, d.S...)
	case t.OID == types.Record.OID:
		return c.appendJSONRecord(dst, types.Fields(d.S), comma)
	case isArrayLike(t):
		return c.appendJSONArray(dst, types.ViewArray(d.S), comma)
	case t.Info().Category == 'N' && !isReg(t), t.OID == types.Oid.OID:
		s := c.text(t, d)
		if strings.ContainsAny(s, "Nn") && !strings.ContainsAny(s, "0123456789") {
			return types.AppendJSONString(dst, s) // NaN, Infinity
		}
		return append(dst, s...)
	case t.OID == types.Date.OID || t.OID == types.Timestamp.OID || t.OID == types.TimestampTZ.OID:
		return types.AppendJSONString(dst, c.isoText(t, d))
	}
	return types.AppendJSONString(dst, c.text(t, d))
}

// appendJSONKey writes a value as the name of an object's field.
func (c *Ctx) appendJSONKey(dst []byte, t types.Type, d types.Datum) ([]byte, error) {
	if t.OID == types.JSON.OID || t.OID == types.JSONB.OID || t.OID == types.Record.OID || isArrayLike(t) {
		return dst, pgerr.New(pgerr.InvalidParameterValue, "key value must be scalar, not array, composite, or json")
	}
	at := len(dst)
	if dst = c.appendJSONText(dst, t, d); dst[at] == '"' {
		return dst, nil
	}
	return types.AppendJSONString(dst[:at], string(dst[at:])), nil
}

// isoText is a date or timestamp as ISO 8601 with T and minutes in the offset.
func (c *Ctx) isoText(t types.Type, d types.Datum) string {
	st := types.DefaultStyle()
	st.TimeZone = c.Style.TimeZone
	s := string(d.AppendText(nil, t, st))
	if t.OID == types.Date.OID {
		return s
	}
	s = strings.Replace(s, " ", "T", 1)
	if t.OID == types.TimestampTZ.OID && finiteTimestamp(d.I) {
		body, era, _ := strings.Cut(s, " ")
		if k := strings.LastIndexAny(body, "+-"); k > 0 && len(body)-k == 3 {
			body += ":00"
		}
		s = body
		if era != "" {
			s += " " + era
		}
	}
	return s
}

func (c *Ctx) appendJSONRecord(dst []byte, fields []types.Field, comma string) []byte {
	dst = append(dst, '{')
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, comma...)
		}
		dst = append(types.AppendJSONString(dst, f.Name), ':')
		dst = c.appendJSONText(dst, f.Type, f.Value)
	}
	return append(dst, '}')
}

func (c *Ctx) appendJSONArray(dst []byte, view types.ArrayView, comma string) []byte {
	if view.Len() == 0 {
		return append(dst, "[]"...)
	}
	at := 0
	return c.appendJSONDim(dst, view, 0, &at, comma)
}

func (c *Ctx) appendJSONDim(dst []byte, view types.ArrayView, dim int, at *int, comma string) []byte {
	dst = append(dst, '[')
	n, _ := view.Dim(dim)
	for k := range n {
		if k > 0 {
			dst = append(dst, comma...)
		}
		if dim+1 < view.NDim() {
			dst = c.appendJSONDim(dst, view, dim+1, at, ",")
			continue
		}
		dst = c.appendJSONText(dst, view.Elem, view.At(*at))
		*at++
	}
	return append(dst, ']')
}

// jsonResult finishes a document of type jsonb or json.
func jsonResult(text []byte, binary bool) (types.Datum, error) {
	if !binary {
		return str(string(text)), nil
	}
	s, err := types.ParseJSONB(string(text))
	return str(s), err
}

// buildFuncs lists the constructors of json and jsonb.
func buildFuncs() []*Func {
	var fs []*Func
	for _, b := range []bool{true, false} {
		p, t := "json", "json"
		if b {
			p, t = "jsonb", "jsonb"
		}
		fs = append(
			fs,
			fn("to_"+p+"(anyelement) "+t, perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
				out, err := c.appendJSON(nil, a.typ(0), a.datum(0), b)
				return str(string(out)), err
			})).stable(),
			fn(p+"_build_array() "+t, perRow(buildArray(b))).nullable().stable(),
			fn(p+"_build_array(variadic any) "+t, perRow(buildArray(b))).nullable().stable(),
			fn(p+"_build_object() "+t, perRow(buildObject(b))).nullable().stable(),
			fn(p+"_build_object(variadic any) "+t, perRow(buildObject(b))).nullable().stable(),
			fn(p+"_object(_text) "+t, perRow(objectOfPairs(b))),
			fn(p+"_object(_text,_text) "+t, perRow(objectOfLists(b))),
		)
	}
	toJSON := perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
		pretty := a.len() > 1 && a.boolean(1)
		return str(string(c.appendJSONLines(nil, a.typ(0), a.datum(0), pretty))), nil
	})
	return append(fs,
		fn("array_to_json(anyarray) json", toJSON).stable(),
		fn("array_to_json(anyarray,bool) json", toJSON).stable(),
		fn("row_to_json(record) json", toJSON).stable(),
		fn("row_to_json(record,bool) json", toJSON).stable(),
	)
}

func buildArray(binary bool) func(c *Ctx, a *rowArgs) (types.Datum, error) {
	return func(c *Ctx, a *rowArgs) (types.Datum, error) {
		out := []byte{'['}
		for k := range a.len() {
			if k > 0 {
				out = append(out, ", "...)
			}
			out = c.appendJSONText(out, a.typ(k), a.datum(k))
		}
		return jsonResult(append(out, ']'), binary)
	}
}

func buildObject(binary bool) func(c *Ctx, a *rowArgs) (types.Datum, error) {
	return func(c *Ctx, a *rowArgs) (types.Datum, error) {
		if a.len()%2 != 0 {
			name := "json_build_object"
			if binary {
				name = "jsonb_build_object"
			}
			return types.Datum{}, pgerr.New(pgerr.InvalidParameterValue, "argument list must have even number of elements").
				WithHint("The arguments of %s() must consist of alternating keys and values.", name)
		}
		out := []byte{'{'}
		for k := 0; k < a.len(); k += 2 {
			if a.null(k) {
				if binary {
					return types.Datum{}, pgerr.New(pgerr.InvalidParameterValue, "argument %d: key must not be null", k+1)
				}
				return types.Datum{}, pgerr.New(pgerr.InvalidParameterValue, "argument %d cannot be null", k+1).
					WithHint("Object keys should be text.")
			}
			if k > 0 {
				out = append(out, ", "...)
			}
			var err error
			if out, err = c.appendJSONKey(out, a.typ(k), a.datum(k)); err != nil {
				return types.Datum{}, err
			}
			out = append(out, " : "...)
			out = c.appendJSONText(out, a.typ(k+1), a.datum(k+1))
		}
		return jsonResult(append(out, '}'), binary)
	}
}

func appendPair(out []byte, key, value types.Datum) ([]byte, error) {
	if key.IsNull() {
		return nil, pgerr.New(pgerr.NullValueNotAllowed, "null value not allowed for object key")
	}
	if len(out) > 1 {
		out = append(out, ", "...)
	}
	out = append(types.AppendJSONString(out, key.S), " : "...)
	if value.IsNull() {
		return append(out, "null"...), nil
	}
	return types.AppendJSONString(out, value.S), nil
}

func objectOfPairs(binary bool) func(c *Ctx, a *rowArgs) (types.Datum, error) {
	return func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		view := types.ViewArray(a.str(0))
		if err := checkPairs(view); err != nil {
			return types.Datum{}, err
		}
		out := []byte{'{'}
		var err error
		for k := 0; k < view.Len() && err == nil; k += 2 {
			out, err = appendPair(out, view.At(k), view.At(k+1))
		}
		if err != nil {
			return types.Datum{}, err
		}
		return jsonResult(append(out, '}'), binary)
	}
}

// checkPairs refuses an array that is neither a list of even length nor two columns.
func checkPairs(view types.ArrayView) error {
	switch view.NDim() {
	case 0:
	case 1:
		if view.Len()%2 != 0 {
			return pgerr.New(pgerr.ArraySubscriptError, "array must have even number of elements")
		}
	case 2:
		if n, _ := view.Dim(1); n != 2 {
			return pgerr.New(pgerr.ArraySubscriptError, "array must have two columns")
		}
	default:
		return errSubscripts()
	}
	return nil
}

func errSubscripts() *pgerr.Error {
	return pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts")
}

func objectOfLists(binary bool) func(c *Ctx, a *rowArgs) (types.Datum, error) {
	return func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		keys, vals := types.ViewArray(a.str(0)), types.ViewArray(a.str(1))
		if keys.NDim() > 1 || vals.NDim() > 1 {
			return types.Datum{}, errSubscripts()
		}
		if keys.Len() != vals.Len() {
			return types.Datum{}, pgerr.New(pgerr.ArraySubscriptError, "mismatched array dimensions")
		}
		out := []byte{'{'}
		var err error
		for k := 0; k < keys.Len() && err == nil; k++ {
			out, err = appendPair(out, keys.At(k), vals.At(k))
		}
		if err != nil {
			return types.Datum{}, err
		}
		return jsonResult(append(out, '}'), binary)
	}
}
