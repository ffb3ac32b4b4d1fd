package expr

import (
	"strconv"
	"strings"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// member is one entry of an object; the key is a literal with its quotes.
type member struct{ key, value string }

func membersOf(j string) (ms []member) {
	for k, v := range types.JSONMembers(j) {
		ms = append(ms, member{k, v})
	}
	return ms
}

func elemsOf(j string) (es []string) {
	for _, e := range types.JSONElems(j) {
		es = append(es, e)
	}
	return es
}

// joinObject writes the canonical object of members, in any order.
func joinObject(ms []member) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, m := range ms {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(m.key + ": " + m.value)
	}
	b.WriteByte('}')
	s, err := types.ParseJSONB(b.String())
	if err != nil {
		return b.String()
	}
	return s
}

func joinArray(es []string) string { return "[" + strings.Join(es, ", ") + "]" }

func isScalarJSON(j string) bool {
	k := types.JSONKindOf(j)
	return k != types.JSONArray && k != types.JSONObject
}

// concatJSON is jsonb || jsonb.
func concatJSON(a, b string) string {
	ka, kb := types.JSONKindOf(a), types.JSONKindOf(b)
	if ka == types.JSONObject && kb == types.JSONObject {
		return joinObject(append(membersOf(a), membersOf(b)...))
	}
	list := func(j string) []string {
		if types.JSONKindOf(j) == types.JSONArray {
			return elemsOf(j)
		}
		return []string{j}
	}
	return joinArray(append(list(a), list(b)...))
}

// deleteKey removes an object's key, or the strings equal to it from an array.
func deleteKeys(j string, keys map[string]bool) (string, error) {
	switch types.JSONKindOf(j) {
	case types.JSONObject:
		var kept []member
		for _, m := range membersOf(j) {
			if !keys[types.JSONUnquote(m.key)] {
				kept = append(kept, m)
			}
		}
		return joinObject(kept), nil
	case types.JSONArray:
		var kept []string
		for _, e := range elemsOf(j) {
			if types.JSONKindOf(e) != types.JSONString || !keys[types.JSONUnquote(e)] {
				kept = append(kept, e)
			}
		}
		return joinArray(kept), nil
	}
	return "", pgerr.New(pgerr.InvalidParameterValue, "cannot delete from scalar")
}

func deleteIndex(j string, i int64) (string, error) {
	switch types.JSONKindOf(j) {
	case types.JSONObject:
		return "", pgerr.New(pgerr.InvalidParameterValue, "cannot delete from object using integer index")
	case types.JSONArray:
		es := elemsOf(j)
		if i < 0 {
			i += int64(len(es))
		}
		if i < 0 || i >= int64(len(es)) {
			return j, nil
		}
		return joinArray(append(es[:i:i], es[i+1:]...)), nil
	}
	return "", pgerr.New(pgerr.InvalidParameterValue, "cannot delete from scalar")
}

// pathOf reads a text[] path; ok is false if a step is NULL.
func pathOf(array string) (path []string, ok bool) {
	view := types.ViewArray(array)
	for k := range view.Len() {
		if view.IsNull(k) {
			return nil, false
		}
		path = append(path, view.At(k).S)
	}
	return path, true
}

// edit is what to do at the end of a path.
type edit struct {
	value  string
	remove bool
	create bool // add a key or element that is not there
	insert bool // jsonb_insert: never replace
	after  bool
}

// editJSON applies ed at path, whose first step is number depth+1.
func editJSON(j string, path []string, depth int, ed edit) (string, error) {
	switch types.JSONKindOf(j) {
	case types.JSONObject:
		return editObject(j, path, depth, ed)
	case types.JSONArray:
		return editArray(j, path, depth, ed)
	}
	return j, nil
}

func editObject(j string, path []string, depth int, ed edit) (string, error) {
	ms, last := membersOf(j), len(path) == depth+1
	for i, m := range ms {
		if types.JSONUnquote(m.key) != path[depth] {
			continue
		}
		switch {
		case !last:
			v, err := editJSON(m.value, path, depth+1, ed)
			if err != nil {
				return "", err
			}
			ms[i].value = v
		case ed.remove:
			ms = append(ms[:i:i], ms[i+1:]...)
		case ed.insert:
			return "", pgerr.New(pgerr.InvalidParameterValue, "cannot replace existing key").
				WithHint("Try using the function jsonb_set to replace key value.")
		default:
			ms[i].value = ed.value
		}
		return joinObject(ms), nil
	}
	if last && ed.create && !ed.remove {
		ms = append(ms, member{string(types.AppendJSONString(nil, path[depth])), ed.value})
		return joinObject(ms), nil
	}
	return j, nil
}

func editArray(j string, path []string, depth int, ed edit) (string, error) {
	es, last := elemsOf(j), len(path) == depth+1
	i, err := strconv.ParseInt(path[depth], 10, 32)
	if err != nil {
		return "", pgerr.New(pgerr.InvalidTextRepresentation, "path element at position %d is not an integer: \"%s\"",
			depth+1, path[depth])
	}
	n := int64(len(es))
	if i < 0 {
		i += n
	}
	out := i < 0 || i >= n
	if out && (!last || ed.remove || !ed.create) {
		return j, nil
	}
	switch {
	case !last:
		v, err := editJSON(es[i], path, depth+1, ed)
		if err != nil {
			return "", err
		}
		es[i] = v
	case ed.remove:
		es = append(es[:i:i], es[i+1:]...)
	case out && i < 0:
		es = append([]string{ed.value}, es...)
	case out:
		es = append(es, ed.value)
	case ed.insert:
		if ed.after {
			i++
		}
		es = append(es[:i:i], append([]string{ed.value}, es[i:]...)...)
	default:
		es[i] = ed.value
	}
	return joinArray(es), nil
}

// editAt checks the path and edits.
func editAt(j, array string, ed edit) (types.Datum, error) {
	if types.ViewArray(array).NDim() > 1 {
		return types.Datum{}, pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts")
	}
	if isScalarJSON(j) {
		what := "set path in"
		if ed.remove {
			what = "delete path in"
		}
		return types.Datum{}, pgerr.New(pgerr.InvalidParameterValue, "cannot %s scalar", what)
	}
	if (j == "{}" || j == "[]") && (ed.remove || !ed.create) {
		return str(j), nil // whatever the path is
	}
	view := types.ViewArray(array)
	path := make([]string, view.Len())
	for k := range path {
		if view.IsNull(k) {
			return types.Datum{}, pgerr.New(pgerr.NullValueNotAllowed, "path element at position %d is null", k+1)
		}
		path[k] = view.At(k).S
	}
	if len(path) == 0 {
		return str(j), nil
	}
	s, err := editJSON(j, path, 0, ed)
	return str(s), err
}

// stripNulls drops object members that are null, at all depths.
func stripNulls(j string) string {
	switch types.JSONKindOf(j) {
	case types.JSONObject:
		var kept []member
		for _, m := range membersOf(j) {
			if types.JSONKindOf(m.value) != types.JSONNull {
				kept = append(kept, member{m.key, stripNulls(m.value)})
			}
		}
		return joinObject(kept)
	case types.JSONArray:
		es := elemsOf(j)
		for i := range es {
			es[i] = stripNulls(es[i])
		}
		return joinArray(es)
	}
	return j
}

// stripJSONNulls is stripNulls over text, written again without blanks. Keys that stand
// twice stay so.
func stripJSONNulls(j string) string {
	switch kind := types.JSONKindOf(j); kind {
	case types.JSONObject:
		var kept []string
		for _, m := range membersOf(j) {
			if types.JSONKindOf(m.value) != types.JSONNull {
				kept = append(kept, rewriteJSONString(m.key)+":"+stripJSONNulls(m.value))
			}
		}
		return "{" + strings.Join(kept, ",") + "}"
	case types.JSONArray:
		es := elemsOf(j)
		for i := range es {
			es[i] = stripJSONNulls(es[i])
		}
		return "[" + strings.Join(es, ",") + "]"
	case types.JSONString:
		return rewriteJSONString(j)
	}
	return strings.Trim(j, " \t\r\n")
}

// rewriteJSONString writes a string literal with no more escapes than it needs.
func rewriteJSONString(lit string) string {
	return string(types.AppendJSONString(nil, types.JSONUnquote(strings.Trim(lit, " \t\r\n"))))
}

// prettyJSON is jsonb_pretty.
func prettyJSON(j string, indent int) string {
	pad := strings.Repeat(" ", 4*(indent+1))
	end := "\n" + strings.Repeat(" ", 4*indent)
	var parts []string
	switch types.JSONKindOf(j) {
	case types.JSONObject:
		for _, m := range membersOf(j) {
			parts = append(parts, "\n"+pad+m.key+": "+prettyJSON(m.value, indent+1))
		}
		return "{" + strings.Join(parts, ",") + end + "}"
	case types.JSONArray:
		for _, e := range elemsOf(j) {
			parts = append(parts, "\n"+pad+prettyJSON(e, indent+1))
		}
		return "[" + strings.Join(parts, ",") + end + "]"
	}
	return j
}

// containsJSON is a @> b; at the top an array contains a scalar that is its element.
func containsJSON(a, b string, top bool) bool {
	ka, kb := types.JSONKindOf(a), types.JSONKindOf(b)
	switch {
	case ka == types.JSONArray && kb == types.JSONArray:
		es := elemsOf(a)
		for _, want := range elemsOf(b) {
			if !containsElem(es, want) {
				return false
			}
		}
		return true
	case top && ka == types.JSONArray && isScalarJSON(b):
		return containsElem(elemsOf(a), b)
	case ka != kb:
		return false
	case ka == types.JSONObject:
		for _, m := range membersOf(b) {
			v, ok := types.JSONField(a, types.JSONUnquote(m.key))
			if !ok || !containsJSON(v, m.value, false) {
				return false
			}
		}
		return true
	}
	return types.CompareJSONB(a, b) == 0
}

func containsElem(es []string, want string) bool {
	for _, e := range es {
		if isScalarJSON(e) == isScalarJSON(want) && containsJSON(e, want, false) {
			return true
		}
	}
	return false
}

// hasKey is jsonb ? text.
func hasKey(j, key string) bool {
	switch types.JSONKindOf(j) {
	case types.JSONObject:
		_, ok := types.JSONField(j, key)
		return ok
	case types.JSONArray:
		for _, e := range types.JSONElems(j) {
			if types.JSONKindOf(e) == types.JSONString && types.JSONUnquote(e) == key {
				return true
			}
		}
		return false
	case types.JSONString:
		return types.JSONUnquote(j) == key
	}
	return false
}
