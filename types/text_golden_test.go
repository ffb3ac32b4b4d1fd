package types

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"streamdb/types/pgerr"
)

// typeNames are the spellings of types in the golden files.
var typeNames = map[string]Type{
	"boolean": Bool, "smallint": Int2, "integer": Int4, "bigint": Int8, "oid": Oid, "real": Float4,
	"double precision": Float8, "numeric": NumericT, "numeric(5,2)": NumericType(5, 2),
	"numeric(3,-2)": NumericType(3, -2), "numeric(2,2)": NumericType(2, 2), "numeric(3,5)": NumericType(3, 5),
	"varchar(3)": {VarChar.OID, 7}, "char(4)": {BPChar.OID, 8}, `"char"`: Char, "name": Name, "bytea": Bytea,
	"uuid": UUID, "json": JSON, "jsonb": JSONB, "date": Date, "timestamp": Timestamp, "timestamptz": TimestampTZ,
	"timestamp(2)": {Timestamp.OID, 2}, "timestamptz(0)": {TimestampTZ.OID, 0}, "time": Time, "time(1)": {Time.OID, 1},
	"interval":                  IntervalT,
	"interval year":             {IntervalT.OID, IntervalMod(rangeYear, -1)},
	"interval month":            {IntervalT.OID, IntervalMod(rangeMonth, -1)},
	"interval day":              {IntervalT.OID, IntervalMod(rangeDay, -1)},
	"interval hour":             {IntervalT.OID, IntervalMod(rangeHour, -1)},
	"interval minute":           {IntervalT.OID, IntervalMod(rangeMinute, -1)},
	"interval second":           {IntervalT.OID, IntervalMod(rangeSecond, -1)},
	"interval second(2)":        {IntervalT.OID, IntervalMod(rangeSecond, 2)},
	"interval(3)":               {IntervalT.OID, IntervalMod(0, 3)},
	"interval day to second":    {IntervalT.OID, IntervalMod(rangeDay|rangeHour|rangeMinute|rangeSecond, -1)},
	"interval year to month":    {IntervalT.OID, IntervalMod(rangeYear|rangeMonth, -1)},
	"interval minute to second": {IntervalT.OID, IntervalMod(rangeMinute|rangeSecond, -1)},
	"interval hour to minute":   {IntervalT.OID, IntervalMod(rangeHour|rangeMinute, -1)},
	"int4[]":                    {1007, -1}, "text[]": {1009, -1}, "numeric[]": {1231, -1}, "timestamp[]": {1115, -1},
	"bool[]": {1000, -1}, "int2vector": Int2Vector, "oidvector": OidVector, "float8[]": {1022, -1},
	"interval[]": {1187, -1}, "uuid[]": {2951, -1}, "jsonb[]": {3807, -1}, "varchar(2)[]": {1015, 6},
	"bytea[]": {1001, -1}, "date[]": {1182, -1},
}

func goldenStyle(t testing.TB, zone, date, interval string, digits float64) *Style {
	st := DefaultStyle()
	l, name, ok := LoadZone(zone)
	if !ok {
		t.Fatalf("no zone %s", zone)
	}
	st.TimeZone, st.TimeZoneName, st.ExtraFloatDigits = l, name, int(digits)
	st.Now = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	style, order, _ := strings.Cut(date, ", ")
	st.DateStyle = map[string]DateStyle{"ISO": DateISO, "SQL": DateSQL, "Postgres": DatePostgres, "German": DateGerman}[style]
	st.DateOrder = map[string]DateOrder{"MDY": OrderMDY, "DMY": OrderDMY, "YMD": OrderYMD}[order]
	st.IntervalStyle = map[string]IntervalStyle{
		"postgres": IntervalPostgres, "postgres_verbose": IntervalPostgresVerbose,
		"sql_standard": IntervalSQLStandard, "iso_8601": IntervalISO8601,
	}[interval]
	return st
}

// errorText is an error as the golden files spell it.
func errorText(err error) string {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	s := "ERROR " + e.Code + ": " + e.Message
	if e.Detail != "" {
		s += " DETAIL: " + e.Detail
	}
	if e.Hint != "" {
		s += " HINT: " + e.Hint
	}
	return s
}

// TestTextGolden checks input and output functions against what PostgreSQL 15 answered.
// Each line of the file is zone, DateStyle, IntervalStyle, extra_float_digits, type, input
// and answer.
func TestTextGolden(t *testing.T) {
	f, err := os.Open("testdata/text.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		var c [7]any
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		name, in, want := c[4].(string), c[5].(string), c[6].(string)
		st := goldenStyle(t, c[0].(string), c[1].(string), c[2].(string), c[3].(float64))
		typ, ok := typeNames[name]
		if !ok {
			t.Fatalf("line %d: type %s", n, name)
		}
		d, err := ParseText(typ, in, st)
		got := ""
		if err != nil {
			got = errorText(err)
		} else {
			got = string(d.AppendText(nil, typ, st))
		}
		if got != want {
			t.Errorf("%v %s %q:\n got %.200s\nwant %.200s", c[:4], name, in, got, want)
		}
	}
}
