package sql

import (
	"strconv"
	"strings"
)

// sqlTypes spells PostgreSQL's internal type names as SQL does. The part after the bar
// follows the modifiers.
var sqlTypes = map[string]string{
	"bool": "boolean", "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real",
	"float8": "double precision", "numeric": "numeric", "varchar": "varchar", "bit": "bit", "varbit": "bit varying",
	"time": "time", "timetz": "time| with time zone", "timestamp": "timestamp", "timestamptz": "timestamp| with time zone",
}

// String writes the type as SQL; parsing it again gives an equal type.
func (t *TypeName) String() string {
	f := &formatter{}
	if t.SetOf {
		f.put("SETOF ")
	}
	f.typeName(t)
	for _, dim := range t.ArrayDims {
		f.put("[")
		if dim >= 0 {
			f.put(strconv.Itoa(dim))
		}
		f.put("]")
	}
	return f.String()
}

func (f *formatter) typeName(t *TypeName) {
	name, ok := t.systemName()
	switch {
	case ok && name == "interval" && f.interval(t):
		return
	case ok && name == "bpchar" && len(t.Mods) > 0:
		f.callOf("char", t.Mods)
		return
	}
	spelled, known := sqlTypes[name]
	if !ok || !known || name == "bit" && len(t.Mods) == 0 {
		spelled = formatNames(t.Names)
	}
	word, tail, _ := strings.Cut(spelled, "|")
	f.put(word)
	if len(t.Mods) > 0 {
		f.callOf("", t.Mods)
	}
	f.put(tail)
}

// systemName is the name of a type in pg_catalog.
func (t *TypeName) systemName() (string, bool) {
	if len(t.Names) == 2 && t.Names[0] == "pg_catalog" {
		return t.Names[1], true
	}
	return "", false
}

// intervalFields are PostgreSQL's masks of interval fields.
var intervalFields = map[string]string{
	"4": "YEAR", "2": "MONTH", "8": "DAY", "1024": "HOUR", "2048": "MINUTE", "4096": "SECOND",
	"6": "YEAR TO MONTH", "1032": "DAY TO HOUR", "3080": "DAY TO MINUTE", "7176": "DAY TO SECOND",
	"3072": "HOUR TO MINUTE", "7168": "HOUR TO SECOND", "6144": "MINUTE TO SECOND", "32767": "",
}

// IntervalFields reads the modifiers of an INTERVAL: its fields in upper case such as
// "DAY TO SECOND", "" for all, and its precision, -1 when not given. It reports false for
// modifiers that the grammar did not make.
func (t *TypeName) IntervalFields() (fields string, precision int, ok bool) {
	precision = -1
	if len(t.Mods) == 0 {
		return "", precision, true
	}
	mask, ok := t.Mods[0].(*Literal)
	if !ok || len(t.Mods) > 2 {
		return "", precision, false
	}
	fields, ok = intervalFields[mask.Text]
	if ok && len(t.Mods) == 2 {
		p, isLit := t.Mods[1].(*Literal)
		if !isLit {
			return "", -1, false
		}
		n, err := strconv.Atoi(p.Text)
		if err != nil {
			return "", -1, false
		}
		precision = n
	}
	return fields, precision, ok
}

func (f *formatter) interval(t *TypeName) bool {
	fields, precision, ok := t.IntervalFields()
	if !ok || precision >= 0 && fields != "" && !strings.HasSuffix(fields, "SECOND") ||
		precision < 0 && fields == "" && len(t.Mods) > 0 {
		return false
	}
	f.put("interval")
	if fields != "" {
		f.put(" ", fields)
	}
	if precision >= 0 {
		f.put("(", strconv.Itoa(precision), ")")
	}
	return true
}
