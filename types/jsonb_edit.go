package types

import (
	"slices"
	"strconv"
	"strings"

	"streamdb/types/pgerr"
)

// buildObject is the canonical text of an object with decoded keys and canonical values.
func buildObject(m map[string]string) string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareKeys)
	out := []byte{'{'}
	for i, k := range keys {
		if i > 0 {
			out = append(out, ", "...)
		}
		out = append(append(AppendJSONString(out, k), ": "...), m[k]...)
	}
	return string(append(out, '}'))
}

// jsonMap is an object's members with decoded keys.
func jsonMap(j string) map[string]string {
	m := map[string]string{}
	for k, v := range JSONMembers(j) {
		m[JSONUnquote(k)] = v
	}
	return m
}

// jsonList is an array's elements.
func jsonList(j string) []string {
	var l []string
	for _, e := range JSONElems(j) {
		l = append(l, e)
	}
	return l
}

func buildArray(l []string) string { return "[" + strings.Join(l, ", ") + "]" }

// JSONBConcat is a || b: two objects merge, everything else becomes one array.
func JSONBConcat(a, b string) (string, error) {
	ka, kb := JSONKindOf(a), JSONKindOf(b)
	if ka == JSONObject && kb == JSONObject {
		m := jsonMap(a)
		for k, v := range JSONMembers(b) {
			m[JSONUnquote(k)] = v
		}
		return buildObject(m), nil
	}
	return buildArray(append(asList(a, ka), asList(b, kb)...)), nil
}

func asList(j string, k JSONKind) []string {
	if k == JSONArray {
		return jsonList(j)
	}
	return []string{j}
}

func jsonParam(msg string) error { return pgerr.New(pgerr.InvalidParameterValue, "%s", msg) }

// JSONBDelete is j - keys: without those keys, or without the strings of that text.
func JSONBDelete(j string, keys ...string) (string, error) {
	switch JSONKindOf(j) {
	case JSONObject:
		m := jsonMap(j)
		for _, k := range keys {
			delete(m, k)
		}
		return buildObject(m), nil
	case JSONArray:
		return buildArray(slices.DeleteFunc(jsonList(j), func(e string) bool {
			return e[0] == '"' && slices.Contains(keys, JSONUnquote(e))
		})), nil
	}
	return "", jsonParam("cannot delete from scalar")
}

// JSONBDeleteIndex is j - i: without element i, from the end when negative.
func JSONBDeleteIndex(j string, i int) (string, error) {
	switch JSONKindOf(j) {
	case JSONObject:
		return "", jsonParam("cannot delete from object using integer index")
	case JSONArray:
	default:
		return "", jsonParam("cannot delete from scalar")
	}
	l := jsonList(j)
	if i < 0 {
		i += len(l)
	}
	if i < 0 || i >= len(l) {
		return j, nil
	}
	return buildArray(slices.Delete(l, i, i+1)), nil
}

// jsonEdit is what to do at the end of a path.
type jsonEdit uint8

const (
	editDelete  jsonEdit = iota
	editReplace          // set only what exists
	editSet              // set or create
	editInsertBefore
	editInsertAfter
)

// JSONBDeletePath is j #- path.
func JSONBDeletePath(j string, path []string) (string, error) {
	if JSONKindOf(j) < JSONArray {
		return "", jsonParam("cannot delete path in scalar")
	}
	if len(path) == 0 || jsonLen(j) == 0 {
		return j, nil
	}
	return editPath(j, path, 1, editDelete, "")
}

// JSONBSet is jsonb_set(j, path, value, create).
func JSONBSet(j string, path []string, value string, create bool) (string, error) {
	if JSONKindOf(j) < JSONArray {
		return "", jsonParam("cannot set path in scalar")
	}
	if len(path) == 0 || jsonLen(j) == 0 && !create {
		return j, nil
	}
	op := editReplace
	if create {
		op = editSet
	}
	return editPath(j, path, 1, op, value)
}

// JSONBInsert is jsonb_insert(j, path, value, after).
func JSONBInsert(j string, path []string, value string, after bool) (string, error) {
	if JSONKindOf(j) < JSONArray {
		return "", jsonParam("cannot set path in scalar")
	}
	if len(path) == 0 {
		return j, nil
	}
	op := editInsertBefore
	if after {
		op = editInsertAfter
	}
	return editPath(j, path, 1, op, value)
}

// editPath applies op at path; level is the 1-based position of path[0] for errors.
func editPath(j string, path []string, level int, op jsonEdit, value string) (string, error) {
	switch JSONKindOf(j) {
	case JSONObject:
		return editObject(j, path, level, op, value)
	case JSONArray:
		return editArray(j, path, level, op, value)
	}
	return j, nil
}

func editObject(j string, path []string, level int, op jsonEdit, value string) (string, error) {
	m := jsonMap(j)
	old, exists := m[path[0]]
	if len(path) > 1 {
		if !exists {
			return j, nil
		}
		v, err := editPath(old, path[1:], level+1, op, value)
		if err != nil {
			return "", err
		}
		m[path[0]] = v
		return buildObject(m), nil
	}
	switch {
	case op == editDelete:
		delete(m, path[0])
	case exists && (op == editInsertBefore || op == editInsertAfter):
		return "", pgerr.New(pgerr.InvalidParameterValue, "cannot replace existing key").
			WithHint("Try using the function jsonb_set to replace key value.")
	case exists || op != editReplace:
		m[path[0]] = value
	}
	return buildObject(m), nil
}

func editArray(j string, path []string, level int, op jsonEdit, value string) (string, error) {
	i, err := strconv.ParseInt(strings.TrimSpace(path[0]), 10, 32)
	if err != nil {
		return "", pgerr.New(pgerr.InvalidTextRepresentation,
			"path element at position %d is not an integer: \"%s\"", level, path[0])
	}
	l := jsonList(j)
	k, n := int(i), len(l)
	before := false
	if k < 0 {
		if k += n; k < 0 {
			before = true // before the first element
		}
	}
	if len(path) > 1 {
		if before || k >= n {
			return j, nil
		}
		v, err := editPath(l[k], path[1:], level+1, op, value)
		if err != nil {
			return "", err
		}
		l[k] = v
		return buildArray(l), nil
	}
	exists := !before && k < n
	switch {
	case op == editDelete && exists:
		l = slices.Delete(l, k, k+1)
	case op == editDelete, op == editReplace && !exists:
	case before:
		l = slices.Insert(l, 0, value)
	case k >= n:
		l = append(l, value)
	case op == editInsertBefore:
		l = slices.Insert(l, k, value)
	case op == editInsertAfter:
		l = slices.Insert(l, k+1, value)
	default:
		l[k] = value
	}
	return buildArray(l), nil
}

// JSONBStripNulls removes the members of objects whose value is null, at every depth.
func JSONBStripNulls(j string) string {
	switch JSONKindOf(j) {
	case JSONObject:
		m := jsonMap(j)
		for k, v := range m {
			if JSONKindOf(v) == JSONNull {
				delete(m, k)
			} else {
				m[k] = JSONBStripNulls(v)
			}
		}
		return buildObject(m)
	case JSONArray:
		l := jsonList(j)
		for i := range l {
			l[i] = JSONBStripNulls(l[i])
		}
		return buildArray(l)
	}
	return j
}

// JSONBPretty is jsonb_pretty.
func JSONBPretty(j string) string { return string(appendPretty(nil, j, 0)) }

func appendPretty(dst []byte, j string, depth int) []byte {
	indent := func(n int) {
		dst = append(dst, '\n')
		for range n {
			dst = append(dst, "    "...)
		}
	}
	comma := func(n int) {
		if n > 0 {
			dst = append(dst, ',')
		}
		indent(depth + 1)
	}
	n := 0
	switch JSONKindOf(j) {
	case JSONObject:
		dst = append(dst, '{')
		for k, v := range JSONMembers(j) {
			comma(n)
			dst = appendPretty(append(append(dst, k...), ": "...), v, depth+1)
			n++
		}
		indent(depth)
		return append(dst, '}')
	case JSONArray:
		dst = append(dst, '[')
		for _, v := range JSONElems(j) {
			comma(n)
			dst = appendPretty(dst, v, depth+1)
			n++
		}
		indent(depth)
		return append(dst, ']')
	}
	return append(dst, j...)
}
