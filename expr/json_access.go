package expr

import "streamdb/types"

// jsonKindName is what messages and jsonb_typeof call a value's kind.
func jsonKindName(j string, long bool) string {
	switch types.JSONKindOf(j) {
	case types.JSONNull:
		return "null"
	case types.JSONString:
		return "string"
	case types.JSONNumber:
		if long {
			return "numeric"
		}
		return "number"
	case types.JSONBool:
		return "boolean"
	case types.JSONArray:
		return "array"
	}
	return "object"
}

// jsonIndex is element i of an array, from the end if i < 0.
func jsonIndex(j string, i int64) (string, bool) {
	if types.JSONKindOf(j) != types.JSONArray {
		return "", false
	}
	if i < 0 {
		n := int64(0)
		for range types.JSONElems(j) {
			n++
		}
		i += n
	}
	for k, e := range types.JSONElems(j) {
		if int64(k) == i {
			return e, true
		}
	}
	return "", false
}

// jsonField is the member of an object with a key; the last of duplicates, as json has them.
func jsonField(j, key string) (v string, ok bool) {
	if types.JSONKindOf(j) != types.JSONObject {
		return "", false
	}
	for k, e := range types.JSONMembers(j) {
		if types.JSONUnquote(k) == key {
			v, ok = e, true
		}
	}
	return v, ok
}

// compileJSONSubscript is jsonb['key'] or jsonb[index].
func compileJSONSubscript(e *Subscript) (node, error) {
	args, err := compileAll([]Expr{e.Arg, e.Index})
	if err != nil {
		return nil, err
	}
	return kernelNode(perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		var v string
		var ok bool
		if a.typ(1).Kind() == types.KindBytes {
			v, ok = jsonField(a.str(0), a.str(1))
		} else {
			v, ok = jsonIndex(a.str(0), a.int(1))
		}
		if !ok {
			return types.Datum{}, nil
		}
		return str(v), nil
	}), e.T, args...), nil
}
