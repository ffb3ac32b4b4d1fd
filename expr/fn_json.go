package expr

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// jsonFuncs lists the functions and operators on json and jsonb.
func jsonFuncs() []*Func {
	fs := buildFuncs()
	for _, t := range []string{"json", "jsonb"} {
		fs = append(fs, accessFuncs(t)...)
		fs = append(fs, expandFuncs(t)...)
	}
	fs = append(fs, jsonEditFuncs()...)
	return append(fs, jsonTestFuncs()...)
}

// jsonText is a value as ->> gives it: strings bare, null as NULL.
func jsonText(j string, ok bool) types.Datum {
	switch {
	case !ok || types.JSONKindOf(j) == types.JSONNull:
		return types.Datum{}
	case types.JSONKindOf(j) == types.JSONString:
		return str(types.JSONUnquote(j))
	}
	return str(j)
}

func jsonValue(j string, ok bool) types.Datum {
	if !ok {
		return types.Datum{}
	}
	return str(j)
}

// accessFuncs lists what takes a value out of a json or jsonb.
func accessFuncs(t string) []*Func {
	type get = func(a *rowArgs) (string, bool)
	value := func(g get) Kernel {
		return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return jsonValue(g(a)), nil })
	}
	text := func(g get) Kernel {
		return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return jsonText(g(a)), nil })
	}
	field := func(a *rowArgs) (string, bool) { return types.JSONField(a.str(0), a.str(1)) }
	index := func(a *rowArgs) (string, bool) {
		if t == "jsonb" {
			return types.JSONBElem(a.str(0), int(a.int(1)))
		}
		return types.JSONElem(a.str(0), int(a.int(1)))
	}
	path := func(a *rowArgs) (string, bool) {
		p, ok := pathOf(a.str(1))
		if !ok {
			return "", false
		}
		return types.JSONPath(a.str(0), p)
	}
	steps := func(a *rowArgs) (string, bool) {
		var p []string
		for k := 1; k < a.len(); k++ {
			p = append(p, a.str(k))
		}
		return types.JSONPath(a.str(0), p)
	}
	strip := stripNulls
	if t == "json" {
		strip = stripJSONNulls
	}
	return []*Func{
		fn("->("+t+",text) "+t, value(field)).safe(),
		fn("->("+t+",int4) "+t, value(index)).safe(),
		fn("->>("+t+",text) text", text(field)).safe(),
		fn("->>("+t+",int4) text", text(index)).safe(),
		fn("#>("+t+",_text) "+t, value(path)).safe(),
		fn("#>>("+t+",_text) text", text(path)).safe(),
		fn(t+"_extract_path("+t+",variadic text) "+t, value(steps)).safe(),
		fn(t+"_extract_path_text("+t+",variadic text) text", text(steps)).safe(),
		fn(t+"_typeof("+t+") text", text1(func(j string) string { return jsonKindName(j, false) })).safe(),
		fn(t+"_array_length("+t+") int4", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			switch types.JSONKindOf(a.str(0)) {
			case types.JSONArray:
				return int4(len(elemsOf(a.str(0)))), nil
			case types.JSONObject:
				return types.Datum{}, pgerr.New(pgerr.InvalidParameterValue, "cannot get array length of a non-array")
			}
			return types.Datum{}, pgerr.New(pgerr.InvalidParameterValue, "cannot get array length of a scalar")
		})),
		fn(t+"_strip_nulls("+t+") "+t, text1(strip)).safe(),
	}
}

// expandFuncs lists the set-returning functions.
func expandFuncs(t string) []*Func {
	fail := func(format string, args ...any) error { return pgerr.New(pgerr.InvalidParameterValue, format, args...) }
	elems := func(name string, text bool) RowsFunc {
		return func(_ *Ctx, args types.Row, emit func(types.Row) bool) error {
			switch types.JSONKindOf(args[0].S) {
			case types.JSONArray:
			case types.JSONObject:
				if t == "json" {
					return fail("cannot call %s on a non-array", name)
				}
				return fail("cannot extract elements from an object")
			default:
				if t == "json" {
					return fail("cannot call %s on a scalar", name)
				}
				return fail("cannot extract elements from a scalar")
			}
			for _, e := range types.JSONElems(args[0].S) {
				d := str(e)
				if text {
					d = jsonText(e, true)
				}
				if !emit(types.Row{d}) {
					return nil
				}
			}
			return nil
		}
	}
	each := func(name string, text, keysOnly bool) RowsFunc {
		return func(_ *Ctx, args types.Row, emit func(types.Row) bool) error {
			if types.JSONKindOf(args[0].S) != types.JSONObject {
				return notObject(t, name, args[0].S, keysOnly)
			}
			for k, v := range types.JSONMembers(args[0].S) {
				row := types.Row{str(types.JSONUnquote(k)), str(v)}
				if text {
					row[1] = jsonText(v, true)
				}
				if keysOnly {
					row = row[:1]
				}
				if !emit(row) {
					return nil
				}
			}
			return nil
		}
	}
	n := func(s string) string { return t + s }
	return []*Func{
		srf(n("_array_elements(")+t+") setof "+t, elems(n("_array_elements"), false)).columns("value " + t),
		srf(n("_array_elements_text(")+t+") setof text", elems(n("_array_elements_text"), true)).columns("value text"),
		srf(n("_each(")+t+") setof record", each(n("_each"), false, false)).columns("key text,value " + t),
		srf(n("_each_text(")+t+") setof record", each(n("_each_text"), true, false)).columns("key text,value text"),
		srf(n("_object_keys(")+t+") setof text", each(n("_object_keys"), false, true)),
	}
}

func notObject(t, name, j string, keysOnly bool) error {
	switch {
	case keysOnly && types.JSONKindOf(j) == types.JSONArray:
		return pgerr.New(pgerr.InvalidParameterValue, "cannot call %s on an array", name)
	case keysOnly:
		return pgerr.New(pgerr.InvalidParameterValue, "cannot call %s on a scalar", name)
	case t == "jsonb":
		return pgerr.New(pgerr.InvalidParameterValue, "cannot call %s on a non-object", name)
	case types.JSONKindOf(j) == types.JSONArray:
		return pgerr.New(pgerr.InvalidParameterValue, "cannot deconstruct an array as an object")
	}
	return pgerr.New(pgerr.InvalidParameterValue, "cannot deconstruct a scalar")
}

func jsonEditFuncs() []*Func {
	edit1 := func(f func(a *rowArgs) (types.Datum, error)) Kernel {
		return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return f(a) })
	}
	wrap := func(s string, err error) (types.Datum, error) { return str(s), err }
	set := edit1(func(a *rowArgs) (types.Datum, error) {
		create := a.len() < 4 || a.boolean(3)
		return editAt(a.str(0), a.str(1), edit{value: a.str(2), create: create})
	})
	insert := edit1(func(a *rowArgs) (types.Datum, error) {
		after := a.len() == 4 && a.boolean(3)
		return editAt(a.str(0), a.str(1), edit{value: a.str(2), create: true, insert: true, after: after})
	})
	return []*Func{
		fn("||(jsonb,jsonb) jsonb", edit1(func(a *rowArgs) (types.Datum, error) { return str(concatJSON(a.str(0), a.str(1))), nil })),
		fn("-(jsonb,text) jsonb", edit1(func(a *rowArgs) (types.Datum, error) {
			return wrap(deleteKeys(a.str(0), map[string]bool{a.str(1): true}))
		})),
		fn("-(jsonb,_text) jsonb", edit1(func(a *rowArgs) (types.Datum, error) {
			keys := map[string]bool{}
			for _, d := range types.ViewArray(a.str(1)).Elems() {
				if !d.IsNull() {
					keys[d.S] = true
				}
			}
			return wrap(deleteKeys(a.str(0), keys))
		})),
		fn("-(jsonb,int4) jsonb", edit1(func(a *rowArgs) (types.Datum, error) { return wrap(deleteIndex(a.str(0), a.int(1))) })),
		fn("#-(jsonb,_text) jsonb", edit1(func(a *rowArgs) (types.Datum, error) {
			return editAt(a.str(0), a.str(1), edit{remove: true})
		})),
		fn("jsonb_set(jsonb,_text,jsonb) jsonb", set),
		fn("jsonb_set(jsonb,_text,jsonb,bool) jsonb", set),
		fn("jsonb_insert(jsonb,_text,jsonb) jsonb", insert),
		fn("jsonb_insert(jsonb,_text,jsonb,bool) jsonb", insert),
		fn("jsonb_pretty(jsonb) text", text1(func(j string) string { return prettyJSON(j, 0) })).safe(),
	}
}

func jsonTestFuncs() []*Func {
	test := func(f func(a *rowArgs) bool) Kernel {
		return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return boolean(f(a)), nil })
	}
	keys := func(all bool) Kernel {
		return test(func(a *rowArgs) bool {
			for _, d := range types.ViewArray(a.str(1)).Elems() {
				if !d.IsNull() && hasKey(a.str(0), d.S) != all {
					return !all
				}
			}
			return all
		})
	}
	return []*Func{
		fn("@>(jsonb,jsonb) bool", test(func(a *rowArgs) bool { return containsJSON(a.str(0), a.str(1), true) })).safe(),
		fn("<@(jsonb,jsonb) bool", test(func(a *rowArgs) bool { return containsJSON(a.str(1), a.str(0), true) })).safe(),
		fn("?(jsonb,text) bool", test(func(a *rowArgs) bool { return hasKey(a.str(0), a.str(1)) })).safe(),
		fn("?|(jsonb,_text) bool", keys(false)).safe(),
		fn("?&(jsonb,_text) bool", keys(true)).safe(),
	}
}
