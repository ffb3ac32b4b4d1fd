package expr

import (
	"strconv"

	"streamdb/types"
)

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

// compileJSONSubscript is jsonb[step], a path of one key or index.
func compileJSONSubscript(e *Subscript) (node, error) {
	args, err := compileAll([]Expr{e.Arg, e.Index})
	if err != nil {
		return nil, err
	}
	return kernelNode(perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		step := ""
		if a.typ(1).Kind() == types.KindBytes {
			step = a.str(1)
		} else {
			step = strconv.FormatInt(a.int(1), 10)
		}
		return jsonValue(types.JSONPath(a.str(0), []string{step})), nil
	}), e.T, args...), nil
}
