package types

import (
	"iter"
	"strings"
)

// The functions here read JSON text that was checked when it came in; on other text they
// return something, but never panic and never read outside it.

// JSONKind is what a JSON value is, in the order PostgreSQL compares kinds.
type JSONKind uint8

// The kinds of JSON values.
const (
	JSONNull JSONKind = iota + 1
	JSONString
	JSONNumber
	JSONBool
	JSONArray
	JSONObject
)

// JSONKindOf is the kind of a value.
func JSONKindOf(j string) JSONKind {
	j = trimJSON(j)
	if j == "" {
		return JSONNull
	}
	switch j[0] {
	case '"':
		return JSONString
	case '{':
		return JSONObject
	case '[':
		return JSONArray
	case 't', 'f':
		return JSONBool
	case 'n':
		return JSONNull
	}
	return JSONNumber
}

func trimJSON(j string) string { return strings.Trim(j, " \t\n\r") }

func jsonSpace(j string, i int) int {
	for i < len(j) && (j[i] == ' ' || j[i] == '\n' || j[i] == '\t' || j[i] == '\r') {
		i++
	}
	return i
}

// jsonStringEnd is the index after the string literal that starts at j[i].
func jsonStringEnd(j string, i int) int {
	for i++; i < len(j); i++ {
		switch j[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(j)
}

// jsonValueEnd is the index after the value that starts at j[i].
func jsonValueEnd(j string, i int) int {
	depth := 0
	for i < len(j) {
		switch j[i] {
		case '"':
			i = jsonStringEnd(j, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\n', '\t', '\r':
			i++
			continue
		default:
			for i < len(j) && strings.IndexByte(",:]}[{\" \n\t\r", j[i]) < 0 {
				i++
			}
		}
		if depth <= 0 {
			return i
		}
	}
	return len(j)
}

// JSONElems iterates over the elements of an array; none for other kinds.
func JSONElems(j string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		i := jsonSpace(j, 0)
		if i >= len(j) || j[i] != '[' {
			return
		}
		for n := 0; ; n++ {
			i = jsonSpace(j, i+1)
			if i >= len(j) || j[i] == ']' {
				return
			}
			end := jsonValueEnd(j, i)
			if end <= i || !yield(n, j[i:end]) {
				return
			}
			if i = jsonSpace(j, end); i >= len(j) || j[i] != ',' {
				return
			}
		}
	}
}

// JSONMembers iterates over the members of an object, keys as literals with quotes; none
// for other kinds.
func JSONMembers(j string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		i := jsonSpace(j, 0)
		if i >= len(j) || j[i] != '{' {
			return
		}
		for {
			i = jsonSpace(j, i+1)
			if i >= len(j) || j[i] != '"' {
				return
			}
			keyEnd := jsonStringEnd(j, i)
			k := j[i:keyEnd]
			i = jsonSpace(j, keyEnd)
			if i >= len(j) || j[i] != ':' {
				return
			}
			i = jsonSpace(j, i+1)
			end := jsonValueEnd(j, i)
			if end <= i || !yield(k, j[i:end]) {
				return
			}
			if i = jsonSpace(j, end); i >= len(j) || j[i] != ',' {
				return
			}
		}
	}
}

// JSONUnquote is the text of a string literal; other text comes back as it is.
func JSONUnquote(lit string) string {
	if len(lit) < 2 || lit[0] != '"' {
		return lit
	}
	if strings.IndexByte(lit, '\\') < 0 {
		return lit[1 : len(lit)-1]
	}
	l := jsonLexer{s: lit, unescape: true}
	if l.next() != nil {
		return lit[1 : len(lit)-1]
	}
	return string(l.str)
}

// jsonLen counts the elements of an array or the members of an object.
func jsonLen(j string) int {
	n := 0
	if JSONKindOf(j) == JSONArray {
		for range JSONElems(j) {
			n++
		}
		return n
	}
	for range JSONMembers(j) {
		n++
	}
	return n
}
