package types

import (
	"bufio"
	"encoding/json"
	"os"
	"strconv"
	"testing"
)

var int4Array = Type{1007, -1}

// textArray reads '{a,b}' as strings.
func textArray(s string) []string {
	d, _ := ParseText(Type{1009, -1}, s, DefaultStyle())
	var out []string
	for _, e := range ViewArray(d.S).Elems() {
		out = append(out, e.S)
	}
	return out
}

func orNull(s string, ok bool) string {
	if !ok {
		return "<NULL>"
	}
	return s
}

func orError(s string, err error) string {
	if err != nil {
		return errorText(err)
	}
	return s
}

// jsonCase computes one line of the golden file.
func jsonCase(op string, a []string) string {
	if op == "tojson" {
		return toJSONCase(a)
	}
	j, err := ParseJSONB(a[0])
	if err != nil {
		return arrayCase(op, a)
	}
	other := ""
	switch op {
	case "@>", "cmp", "||":
		if other, err = ParseJSONB(a[1]); err != nil {
			return err.Error()
		}
	}
	switch op {
	case "->":
		return orNull(JSONField(j, a[1]))
	case "->>":
		if v, ok := JSONField(j, a[1]); ok {
			return orNull(JSONText(v))
		}
		return "<NULL>"
	case "?":
		return strconv.FormatBool(JSONBExists(j, a[1]))
	case "-":
		return orError(JSONBDelete(j, a[1]))
	case "->i":
		i, _ := strconv.Atoi(a[1])
		return orNull(JSONBElem(j, i))
	case "-i":
		i, _ := strconv.Atoi(a[1])
		return orError(JSONBDeleteIndex(j, i))
	case "#>":
		return orNull(JSONPath(j, textArray(a[1])))
	case "#>>":
		if v, ok := JSONPath(j, textArray(a[1])); ok {
			return orNull(JSONText(v))
		}
		return "<NULL>"
	case "#-":
		return orError(JSONBDeletePath(j, textArray(a[1])))
	case "set":
		return orError(JSONBSet(j, textArray(a[1]), `"V"`, a[2] == "true"))
	case "ins":
		return orError(JSONBInsert(j, textArray(a[1]), `"V"`, a[2] == "true"))
	case "typeof":
		return JSONTypeof(j)
	case "len":
		n, err := JSONArrayLength(j)
		return orError(strconv.Itoa(n), err)
	case "strip":
		return JSONBStripNulls(j)
	case "pretty":
		return JSONBPretty(j)
	case "@>":
		return strconv.FormatBool(JSONBContains(j, other))
	case "cmp":
		return strconv.Itoa(sign(CompareJSONB(j, other)))
	case "||":
		return orError(JSONBConcat(j, other))
	}
	return arrayCase(op, a)
}

func toJSONCase(a []string) string {
	t, ok := typeNames[a[0]]
	if !ok {
		t, _ = TypeByName(a[0])
	}
	st := DefaultStyle()
	st.TimeZone, _, _ = LoadZone("America/New_York")
	d, err := ParseText(t, a[1], st)
	if err != nil {
		return errorText(err)
	}
	return orError(JSONBFromDatum(t, d, st))
}

func arrayCase(op string, a []string) string {
	st := DefaultStyle()
	parse := func(t Type, s string) Datum {
		if s == "NULL" {
			return Null()
		}
		d, _ := ParseText(t, s, st)
		return d
	}
	x := parse(int4Array, a[0])
	v := ViewArray(x.S)
	arr := func(d Datum, err error) string {
		if err != nil {
			return errorText(err)
		}
		return string(d.AppendText(nil, int4Array, st))
	}
	switch op {
	case "acat", "acmp", "acon", "aov":
		y := parse(int4Array, a[1])
		switch op {
		case "acat":
			return arr(ArrayCat(Int4, x, y))
		case "acmp":
			return strconv.Itoa(sign(Compare(int4Array, x, y)))
		case "acon":
			return strconv.FormatBool(ArrayContains(v, ViewArray(y.S)))
		}
		return strconv.FormatBool(ArrayOverlaps(v, ViewArray(y.S)))
	case "sub":
		i, _ := strconv.Atoi(a[1])
		if d := v.Subscript(i); !d.IsNull() {
			return string(d.AppendText(nil, Int4, st))
		}
		return "<NULL>"
	case "slice":
		i, _ := strconv.Atoi(a[1])
		k, _ := strconv.Atoi(a[2])
		return arr(v.Slice([2]int{i, k}), nil)
	}
	e := parse(Int4, a[1])
	switch op {
	case "append":
		return arr(ArrayAppend(Int4, x, e))
	case "prepend":
		return arr(ArrayPrepend(Int4, e, x))
	case "pos":
		n, err := v.Position(e, -1<<31)
		return orError(orNull(strconv.Itoa(n), found(v, e)), err)
	case "poss":
		return arr(v.Positions(e))
	case "rem":
		return arr(ArrayRemove(x, e))
	}
	return arr(ArrayReplace(x, e, NewInt32(7)), nil)
}

func found(a ArrayView, e Datum) bool {
	for i := range a.Len() {
		if a.Matches(i, e) {
			return true
		}
	}
	return false
}

// TestJSONAndArrayGolden checks jsonb and array functions against PostgreSQL 15.
func TestJSONAndArrayGolden(t *testing.T) {
	f, err := os.Open("testdata/jsonarray.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var op, want string
		var args []string
		if err := json.Unmarshal(sc.Bytes(), &[]any{&op, &args, &want}); err != nil {
			t.Fatal(err)
		}
		got := ""
		switch op {
		case "append", "prepend", "pos", "poss", "rem", "rep", "acat", "acmp", "acon", "aov", "sub", "slice":
			got = arrayCase(op, args)
		default:
			got = jsonCase(op, args)
		}
		if got != want {
			t.Errorf("%s %q:\n got %s\nwant %s", op, args, got, want)
		}
	}
}
