package types

import (
	"bufio"
	"encoding/json"
	"os"
	"strconv"
	"testing"
)

// dtCase evaluates one line of the golden file.
type dtCase struct {
	st   *Style
	args []string
	err  error
}

func (c *dtCase) datum(i int, t Type) Datum {
	d, err := ParseText(t, c.args[i], c.st)
	if err != nil && c.err == nil {
		c.err = err
	}
	return d
}

func (c *dtCase) ts(i int) int64    { return c.datum(i, Timestamp).I }
func (c *dtCase) tz(i int) int64    { return c.datum(i, TimestampTZ).I }
func (c *dtCase) iv(i int) Interval { return c.datum(i, IntervalT).Interval() }
func (c *dtCase) f(i int) float64   { return c.datum(i, Float8).Float64() }
func (c *dtCase) i32(i int) int32   { return int32(c.datum(i, Int4).I) }

func (c *dtCase) text(t Type, d Datum, err error) string {
	if c.err == nil {
		c.err = err
	}
	if c.err != nil {
		return errorText(c.err)
	}
	return string(d.AppendText(nil, t, c.st))
}

func (c *dtCase) tsText(v int64, err error) string    { return c.text(Timestamp, NewInt64(v), err) }
func (c *dtCase) tzText(v int64, err error) string    { return c.text(TimestampTZ, NewInt64(v), err) }
func (c *dtCase) ivText(v Interval, err error) string { return c.text(IntervalT, NewInterval(v), err) }

func (c *dtCase) numText(n Numeric, ok bool, err error) string {
	if c.err == nil && err == nil && !ok {
		return "<NULL>"
	}
	return c.text(NumericT, n.ToDatum(), err)
}

func (c *dtCase) run(op string) string {
	switch op {
	case "ts+iv":
		return c.tsText(AddInterval(c.ts(0), c.iv(1)))
	case "tz+iv":
		return c.tzText(AddIntervalTZ(c.tz(0), c.iv(1), c.st.TimeZone))
	case "ts-ts":
		return c.ivText(SubTimestamps(c.ts(0), c.ts(1)))
	case "age":
		return c.ivText(Age(c.ts(0), c.ts(1)))
	case "agetz":
		return c.ivText(AgeTZ(c.tz(0), c.tz(1), c.st.TimeZone))
	case "iv+iv":
		return c.ivText(c.iv(0).Add(c.iv(1)))
	case "iv-iv":
		return c.ivText(c.iv(0).Sub(c.iv(1)))
	case "ivcmp":
		return strconv.Itoa(CompareIntervals(c.iv(0), c.iv(1)))
	case "iv*":
		return c.ivText(c.iv(0).Mul(c.f(1)))
	case "iv/":
		return c.ivText(c.iv(0).Div(c.f(1)))
	case "justify_hours":
		return c.ivText(c.iv(0).JustifyHours())
	case "justify_days":
		return c.ivText(c.iv(0).JustifyDays())
	case "justify_interval":
		return c.ivText(c.iv(0).JustifyInterval())
	case "neg":
		return c.ivText(c.iv(0).Neg())
	case "bin":
		origin, _ := ParseTimestamp("2001-01-01", c.st)
		return c.tsText(DateBin(c.iv(0), c.ts(1), origin))
	case "totz":
		return c.tzText(TimestampFromUnix(c.f(0)))
	case "mkd":
		d, err := MakeDate(c.i32(0), c.i32(1), c.i32(2))
		return c.text(Date, NewInt32(d), err)
	case "mkt":
		v, err := MakeTime(c.i32(0), c.i32(1), c.f(2))
		return c.text(Time, NewInt64(v), err)
	case "atz_ts", "atz_tz":
		return c.atTimeZone(op)
	}
	return c.field(op)
}

func (c *dtCase) atTimeZone(op string) string {
	ts, tz := int64(0), int64(0)
	if op == "atz_ts" {
		ts = c.ts(0)
	} else {
		tz = c.tz(0)
	}
	zone, err := FindZone(c.args[1])
	if err != nil && c.err == nil && TimestampFinite(ts+tz) {
		c.err = err
	}
	if c.err != nil {
		return errorText(c.err)
	}
	if op == "atz_ts" {
		return c.tzText(zone.FromLocal(ts))
	}
	return c.tsText(zone.ToLocalChecked(tz))
}

// field evaluates extract and date_trunc.
func (c *dtCase) field(op string) string {
	typ := map[string]Type{
		"ext_ts": Timestamp, "ext_tz": TimestampTZ, "ext_d": Date, "ext_iv": IntervalT, "ext_t": Time,
		"trunc_ts": Timestamp, "trunc_tz": TimestampTZ, "trunc_iv": IntervalT,
	}[op]
	d := c.datum(1, typ)
	name := c.args[0]
	if op[:3] == "ext" {
		name = map[string]string{"Year": "year"}[name]
		if name == "" {
			name = c.args[0]
		}
	}
	u, err := ParseDateUnit(name, typ)
	if err != nil && c.err == nil {
		c.err = err
	}
	if c.err != nil {
		return errorText(c.err)
	}
	switch op {
	case "ext_ts":
		return c.numText(ExtractTimestamp(u, name, d.I))
	case "ext_tz":
		return c.numText(ExtractTimestampTZ(u, name, d.I, c.st.TimeZone))
	case "ext_d":
		return c.numText(ExtractDate(u, name, int32(d.I)))
	case "ext_t":
		return c.numText(ExtractTime(u, name, d.I))
	case "ext_iv":
		n, err := ExtractInterval(u, name, d.Interval())
		return c.numText(n, true, err)
	case "trunc_ts":
		return c.tsText(TruncTimestamp(u, name, d.I))
	case "trunc_tz":
		return c.tzText(TruncTimestampTZ(u, name, d.I, c.st.TimeZone))
	}
	return c.ivText(TruncInterval(u, name, d.Interval()))
}

// TestDatetimeGolden checks date/time arithmetic against PostgreSQL 15: operation,
// operands, answer, in the zone America/New_York.
func TestDatetimeGolden(t *testing.T) {
	f, err := os.Open("testdata/datetime.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st := goldenStyle(t, "America/New_York", "ISO, MDY", "postgres", 1)
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var op, want string
		var args []string
		if err := json.Unmarshal(sc.Bytes(), &[]any{&op, &args, &want}); err != nil {
			t.Fatal(err)
		}
		c := &dtCase{st: st, args: args}
		if got := c.run(op); got != want {
			t.Errorf("%s%q:\n got %s\nwant %s", op, args, got, want)
		}
	}
}
