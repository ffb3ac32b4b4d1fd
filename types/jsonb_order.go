package types

import (
	"encoding/binary"
	"strings"
)

// CompareJSONB is PostgreSQL's order of jsonb values, given as canonical text: Object >
// Array > Boolean > Number > String > Null, larger containers after smaller ones, and an
// empty array at top level below everything.
func CompareJSONB(a, b string) int {
	if a == b {
		return 0
	}
	ea, eb := a == "[]", b == "[]"
	if ea || eb {
		switch {
		case ea && eb:
			return 0
		case ea:
			return -1
		}
		return 1
	}
	return compareJSON(a, b)
}

func compareJSON(a, b string) int {
	ka, kb := JSONKindOf(a), JSONKindOf(b)
	if ka != kb {
		return int(ka) - int(kb)
	}
	switch ka {
	case JSONString:
		return strings.Compare(JSONUnquote(a), JSONUnquote(b))
	case JSONNumber:
		x, _ := ParseNumeric(a)
		y, _ := ParseNumeric(b)
		return x.Cmp(y)
	case JSONBool:
		return strings.Compare(a, b) // false < true
	case JSONArray, JSONObject:
		if c := jsonLen(a) - jsonLen(b); c != 0 {
			return c
		}
		return strings.Compare(string(appendJSONTokens(nil, a, 0)), string(appendJSONTokens(nil, b, 0)))
	}
	return 0
}

// appendJSONBOrder appends the memcomparable form of canonical text: per value a kind
// byte, then a string escaped, a number's order key, a boolean as a byte, or a count (4
// bytes) with the elements, or keys and values. An empty array at top level is one 0.
func appendJSONBOrder(dst []byte, j string) []byte {
	if j == "[]" {
		return append(dst, 0)
	}
	return appendJSONTokens(dst, j, 0)
}

func appendJSONTokens(dst []byte, j string, depth int) []byte {
	k := JSONKindOf(j)
	dst = append(dst, byte(k))
	if depth > maxJSONDepth {
		return dst
	}
	switch k {
	case JSONString:
		return appendEscaped(dst, JSONUnquote(j))
	case JSONNumber:
		n, _ := ParseNumeric(j)
		return appendNumericOrder(dst, n)
	case JSONBool:
		return append(dst, j[0]>>4&1) // false: 0x66, true: 0x74
	case JSONArray:
		dst = binary.BigEndian.AppendUint32(dst, uint32(jsonLen(j)))
		for _, e := range JSONElems(j) {
			dst = appendJSONTokens(dst, e, depth+1)
		}
	case JSONObject:
		dst = binary.BigEndian.AppendUint32(dst, uint32(jsonLen(j)))
		for k, e := range JSONMembers(j) {
			dst = appendJSONTokens(dst, k, depth+1)
			dst = appendJSONTokens(dst, e, depth+1)
		}
	}
	return dst
}
