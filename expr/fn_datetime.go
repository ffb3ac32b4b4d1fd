package expr

import (
	"math"
	"strings"
	"time"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// dateTimeFuncs lists the functions on dates and times.
func dateTimeFuncs() []*Func {
	fs := nowFuncs()
	fs = append(fs, fieldFuncs()...)
	fs = append(fs, makeFuncs()...)
	fs = append(fs, zoneFuncs()...)
	fs = append(fs, overlapFuncs()...)
	return append(fs, ageFuncs()...)
}

// instant makes a kernel of a value that is the same for all rows.
func instant(f func(c *Ctx) types.Datum) Kernel {
	return perRow(func(c *Ctx, _ *rowArgs) (types.Datum, error) { return f(c), nil })
}

func nowFuncs() []*Func {
	now := instant(func(c *Ctx) types.Datum { return int8d(c.Now) })
	clockNow := instant(func(*Ctx) types.Datum { return int8d(types.TimestampFromTime(time.Now())) })
	return []*Func{
		fn("now() timestamptz", now).stable().safe(),
		fn("transaction_timestamp() timestamptz", now).stable().safe(),
		fn("statement_timestamp() timestamptz", now).stable().safe(),
		fn("clock_timestamp() timestamptz", clockNow).volatile().safe(),
		fn("current_date() date", instant(func(c *Ctx) types.Datum { return dateDatum(timestampToDate(c.toLocal(c.Now))) })).stable().safe(),
		fn("current_timestamp() timestamptz", now).stable().safe(),
		fn("current_time() time", instant(func(c *Ctx) types.Datum { return int8d(timeOfDay(c.toLocal(c.Now))) })).stable().safe(),
		fn("localtime() time", instant(func(c *Ctx) types.Datum { return int8d(timeOfDay(c.toLocal(c.Now))) })).stable().safe(),
		fn("localtimestamp() timestamp", instant(func(c *Ctx) types.Datum { return int8d(c.toLocal(c.Now)) })).stable().safe(),
		fn("timeofday() text", instant(func(c *Ctx) types.Datum {
			return str(time.Now().In(c.Style.TimeZone).Format("Mon Jan 02 15:04:05.000000 2006 MST"))
		})).volatile().safe(),
	}
}

// extractor reads a field from argument 1.
type extractor func(c *Ctx, unit string, a *rowArgs) (types.Numeric, bool, error)

func fieldFuncs() []*Func {
	var fs []*Func
	add := func(t string, stable bool, f extractor) {
		ex := fn("extract(text,"+t+") numeric", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			v, ok, err := f(c, a.str(0), a)
			if err != nil || !ok {
				return types.Datum{}, err
			}
			return numeric(v), nil
		}))
		dp := fn("date_part(text,"+t+") float8", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			v, ok, err := f(c, a.str(0), a)
			if err != nil || !ok {
				return types.Datum{}, err
			}
			return float8(partAsFloat(v)), nil
		}))
		if stable {
			ex.stable()
			dp.stable()
		}
		if t == "timestamp" {
			ex.special(extractSpecial(types.KindNumeric)).safeConst()
			dp.special(extractSpecial(types.KindFloat64)).safeConst()
		}
		fs = append(fs, ex, dp)
	}
	add("timestamp", false, func(_ *Ctx, u string, a *rowArgs) (types.Numeric, bool, error) {
		return extractTimestamp(u, a.int(1), nil)
	})
	add("timestamptz", true, func(c *Ctx, u string, a *rowArgs) (types.Numeric, bool, error) {
		return extractTimestamp(u, a.int(1), c.Style.TimeZone)
	})
	add("time", false, func(_ *Ctx, u string, a *rowArgs) (types.Numeric, bool, error) { return extractTime(u, a.int(1)) })
	add("interval", false, func(_ *Ctx, u string, a *rowArgs) (types.Numeric, bool, error) {
		return extractInterval(u, a.interval(1))
	})
	fs = append(fs, dateFieldFuncs()...)
	return append(fs, truncFuncs()...)
}

func dateFieldFuncs() []*Func {
	return []*Func{
		fn("extract(text,date) numeric", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			v, ok, err := extractDay(a.str(0), a.int(1))
			if err != nil || !ok {
				return types.Datum{}, err
			}
			return numeric(v), nil
		})),
		fn("date_part(text,date) float8", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			ts, err := dateToTimestamp(a.int(1))
			if err != nil {
				return types.Datum{}, err
			}
			v, ok, err := extractTimestamp(a.str(0), ts, nil)
			if err != nil || !ok {
				return types.Datum{}, err
			}
			return float8(partAsFloat(v)), nil
		})),
	}
}

func truncFuncs() []*Func {
	return []*Func{
		fn("date_trunc(text,timestamp) timestamp", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			v, err := truncTimestamp(a.str(0), a.int(1), types.Timestamp)
			return int8d(v), err
		})).special(truncSpecial).safeConst(),
		fn("date_trunc(text,timestamptz) timestamptz", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			v, err := truncInstant(a.str(0), a.int(1), types.InZone(c.Style.TimeZone))
			return int8d(v), err
		})).stable(),
		fn("date_trunc(text,timestamptz,text) timestamptz", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			zone, err := types.FindZone(a.str(2))
			if err != nil {
				return types.Datum{}, err
			}
			v, err := truncInstant(a.str(0), a.int(1), zone)
			return int8d(v), err
		})).stable(),
		fn("date_trunc(text,interval) interval", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			v, err := truncInterval(a.str(0), a.interval(1))
			return interval(v), err
		})),
		fn("date_bin(interval,timestamp,timestamp) timestamp", binKernel()),
		fn("date_bin(interval,timestamptz,timestamptz) timestamptz", binKernel()),
	}
}

// truncSpecial is date_trunc to a constant unit of fixed length.
func truncSpecial(args []Expr) Kernel {
	k, ok := args[0].(*Const)
	if _, both := args[1].(*Const); !ok || both {
		return nil
	}
	step := fixedUnits[timeUnits[strings.ToLower(k.D.S)]]
	if step == 0 {
		return nil
	}
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		src, dst := args[1].Int64s(), out.V.Int64s()
		for _, r := range listed(sel, n) {
			i := int(r)
			ts := src[i]
			dst[i] = ts
			if finiteTimestamp(ts) {
				_, r := floorDiv(ts, step)
				dst[i] = ts - r
			}
		}
	}
}

func binKernel() Kernel {
	return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		v, err := dateBin(a.interval(0), a.int(1), a.int(2))
		return int8d(v), err
	})
}

func ageFuncs() []*Func {
	isFinite := func(f func(int64) bool) Kernel {
		return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return boolean(f(a.int(0))), nil })
	}
	return []*Func{
		fn("age(timestamp,timestamp) interval", ints2(func(_ *Ctx, a, b int64) (types.Datum, error) {
			v, err := age(a, b)
			return interval(v), err
		})),
		fn("age(timestamptz,timestamptz) interval", ints2(func(c *Ctx, a, b int64) (types.Datum, error) {
			v, err := age(c.toLocal(a), c.toLocal(b))
			return interval(v), err
		})),
		fn("age(timestamp) interval", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			today := timestampToDate(c.toLocal(c.Now)) * usPerDay
			v, err := age(today, a.int(0))
			return interval(v), err
		})).stable(),
		fn("age(timestamptz) interval", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			today := timestampToDate(c.toLocal(c.Now)) * usPerDay
			v, err := age(today, c.toLocal(a.int(0)))
			return interval(v), err
		})).stable(),
		fn("justify_hours(interval) interval", interval1(justifyHours)),
		fn("justify_days(interval) interval", interval1(justifyDays)),
		fn("justify_interval(interval) interval", interval1(justifyInterval)),
		fn("isfinite(date) bool", isFinite(finiteDate)).safe(),
		fn("isfinite(timestamp) bool", isFinite(finiteTimestamp)).safe(),
		fn("isfinite(timestamptz) bool", isFinite(finiteTimestamp)).safe(),
		fn("isfinite(interval) bool", perRow(func(*Ctx, *rowArgs) (types.Datum, error) { return boolean(true), nil })).safe(),
		fn("to_timestamp(float8) timestamptz", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return unixToTimestamp(a.float(0))
		})),
	}
}

func unixToTimestamp(f float64) (types.Datum, error) {
	switch {
	case f != f:
		return types.Datum{}, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp cannot be NaN")
	case math.IsInf(f, 1):
		return int8d(tsInf), nil
	case math.IsInf(f, -1):
		return int8d(tsNegInf), nil
	case f < -210866803200 || f >= 9224318016000:
		return types.Datum{}, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range: \"%s\"",
			string(types.AppendFloat64(nil, f, 0)))
	}
	ts, err := checkTimestamp(int64(math.RoundToEven((f - unixEpochDays*86400) * 1e6)))
	return int8d(ts), err
}

func makeFuncs() []*Func {
	return []*Func{
		fn("make_date(int4,int4,int4) date", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			d, err := makeDate(a.int(0), a.int(1), a.int(2))
			return dateDatum(d), err
		})),
		fn("make_time(int4,int4,float8) time", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			t, err := makeTime(a.int(0), a.int(1), a.float(2))
			return int8d(t), err
		})),
		fn("make_timestamp(int4,int4,int4,int4,int4,float8) timestamp", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			ts, err := makeTimestamp(a)
			return int8d(ts), err
		})),
		fn("make_timestamptz(int4,int4,int4,int4,int4,float8) timestamptz", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			ts, err := makeTimestamp(a)
			if err != nil {
				return types.Datum{}, err
			}
			ts, err = types.FromLocal(ts, c.Style.TimeZone)
			return int8d(ts), err
		})).stable(),
		fn("make_timestamptz(int4,int4,int4,int4,int4,float8,text) timestamptz", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			zone, err := types.FindZoneOrOffset(a.str(6))
			if err != nil {
				return types.Datum{}, err
			}
			ts, err := makeTimestamp(a)
			if err != nil {
				return types.Datum{}, err
			}
			ts, err = zone.FromLocal(ts)
			return int8d(ts), err
		})).stable(),
		fn("make_interval(int4,int4,int4,int4,int4,int4,float8) interval", perRow(makeInterval)),
	}
}

func makeDate(y, m, d int64) (int64, error) {
	bad := func() (int64, error) {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date field value out of range: %d-%02d-%02d", y, m, d)
	}
	year := int(y)
	if y < 0 {
		year++
	}
	if y == 0 || m < 1 || m > 12 || d < 1 || y < -4713 || y > 5874897 || int(d) > monthDays(year, int(m)) {
		return bad()
	}
	v := civil{year, int(m), int(d)}.days()
	if v < minDate || v >= endDate {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range: %d-%02d-%02d", y, m, d)
	}
	return v, nil
}

func makeTime(h, m int64, s float64) (int64, error) {
	us := math.RoundToEven(s * 1e6)
	over := h < 0 || m < 0 || m > 59 || s != s || us < 0 || us > 60e6 || h > 24 || (h == 24 && (m > 0 || us > 0))
	if over {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "time field value out of range: %d:%02d:%s", h, m, secondsText(s))
	}
	return h*usPerHour + m*usPerMin + int64(us), nil
}

// secondsText is %02g.
func secondsText(s float64) string {
	t := string(types.AppendFloat64(nil, s, -9))
	if len(t) < 2 {
		t = "0" + t
	}
	return t
}

func makeTimestamp(a *rowArgs) (int64, error) {
	d, err := makeDate(a.int(0), a.int(1), a.int(2))
	if err != nil {
		return 0, err
	}
	t, err := makeTime(a.int(3), a.int(4), a.float(5))
	if err != nil {
		return 0, err
	}
	ts := d*usPerDay + t
	if d >= endTimestamp/usPerDay || !validTimestamp(ts) {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range: %d-%02d-%02d %d:%02d:%s",
			a.int(0), a.int(1), a.int(2), a.int(3), a.int(4), secondsText(a.float(5)))
	}
	return ts, nil
}

func makeInterval(_ *Ctx, a *rowArgs) (types.Datum, error) {
	s := a.float(6)
	us := math.RoundToEven(s * 1e6)
	if math.IsInf(s, 0) || s != s || math.Abs(us) >= 1<<63 {
		return types.Datum{}, intervalRange()
	}
	months, days := a.int(0)*12+a.int(1), a.int(2)*7+a.int(3)
	h, over := mulInt64(a.int(4), usPerHour)
	total, over2 := addInt64(h+a.int(5)*usPerMin, int64(us))
	if over || over2 {
		return types.Datum{}, intervalRange()
	}
	v, err := wholeInterval(months, days, total)
	return interval(v), err
}

func zoneFuncs() []*Func {
	zoneOf := func(v types.Interval) (types.Zone, error) {
		if v.Months != 0 || v.Days != 0 {
			return types.Zone{}, pgerr.New(pgerr.InvalidParameterValue, "interval time zone \"%s\" must not include months or days",
				string(types.AppendInterval(nil, v, types.IntervalPostgres)))
		}
		return types.InZone(types.FixedOffset(int(v.Micros / usPerSec))), nil
	}
	toInstant := func(ts int64, zone types.Zone, err error) (types.Datum, error) {
		if err != nil {
			return types.Datum{}, err
		}
		v, err := zone.FromLocal(ts)
		return int8d(v), err
	}
	toWall := func(ts int64, zone types.Zone, err error) (types.Datum, error) {
		if err != nil {
			return types.Datum{}, err
		}
		v, err := zone.ToLocalChecked(ts)
		return int8d(v), err
	}
	return []*Func{
		fn("timezone(text,timestamp) timestamptz", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			zone, err := types.FindZone(a.str(0))
			return toInstant(a.int(1), zone, err)
		})),
		fn("timezone(text,timestamptz) timestamp", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			zone, err := types.FindZone(a.str(0))
			return toWall(a.int(1), zone, err)
		})),
		fn("timezone(interval,timestamp) timestamptz", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			zone, err := zoneOf(a.interval(0))
			return toInstant(a.int(1), zone, err)
		})),
		fn("timezone(interval,timestamptz) timestamp", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			zone, err := zoneOf(a.interval(0))
			return toWall(a.int(1), zone, err)
		})),
	}
}

// overlapFuncs lists OVERLAPS, as start and end, or start and length, of both sides.
func overlapFuncs() []*Func {
	plus := map[string]func(*Ctx, int64, types.Interval) (int64, error){
		"timestamp":   func(_ *Ctx, t int64, v types.Interval) (int64, error) { return addToTimestamp(t, v) },
		"timestamptz": func(c *Ctx, t int64, v types.Interval) (int64, error) { return addToInstant(t, v, c.Style.TimeZone) },
		"time":        func(_ *Ctx, t int64, v types.Interval) (int64, error) { return addToTime(t, v), nil },
	}
	var fs []*Func
	for _, t := range []string{"timestamp", "timestamptz", "time"} {
		fs = append(fs, fn("overlaps("+t+","+t+","+t+","+t+") bool", perRow(overlaps)).nullable().safe())
		for _, ends := range [][2]string{{t, "interval"}, {"interval", t}, {"interval", "interval"}} {
			f := fn("overlaps("+t+","+ends[0]+","+t+","+ends[1]+") bool", perRow(overlapsLength(plus[t]))).nullable()
			if t == "timestamptz" {
				f = f.stable()
			}
			fs = append(fs, f)
		}
	}
	return fs
}

// overlapsLength is OVERLAPS where an interval stands for the end of a side.
func overlapsLength(plus func(*Ctx, int64, types.Interval) (int64, error)) func(*Ctx, *rowArgs) (types.Datum, error) {
	return func(c *Ctx, a *rowArgs) (types.Datum, error) {
		var sides [2]period
		for k := range sides {
			start, end := 2*k, 2*k+1
			switch {
			case a.typ(end).OID != types.IntervalT.OID:
				sides[k] = span(a, start, end)
			case a.null(start):
			case a.null(end):
				sides[k] = period{a.int(start), a.int(start), true, true}
			default:
				from := a.int(start)
				to, err := plus(c, from, a.interval(end))
				if err != nil {
					return types.Datum{}, err
				}
				sides[k] = period{min(from, to), max(from, to), true, false}
			}
		}
		return overlapping(sides[0], sides[1])
	}
}

// period is one side of OVERLAPS.
type period struct {
	start, end int64
	known      bool // false: both ends are NULL
	half       bool // one end is NULL
}

func overlaps(_ *Ctx, a *rowArgs) (types.Datum, error) {
	return overlapping(span(a, 0, 1), span(a, 2, 3))
}

// overlapping is three-valued: a NULL end may still let the starts decide.
func overlapping(x, y period) (types.Datum, error) {
	if !x.known || !y.known {
		return types.Datum{}, nil
	}
	if x.start > y.start {
		x, y = y, x
	}
	switch {
	case x.start == y.start:
		if x.half || y.half {
			return types.Datum{}, nil
		}
		return boolean(true), nil
	case x.half:
		return types.Datum{}, nil
	case y.start < x.end:
		return boolean(true), nil
	case y.half:
		return types.Datum{}, nil
	}
	return boolean(false), nil
}

// span orders a pair of start and end.
func span(a *rowArgs, i, j int) period {
	switch {
	case a.null(i) && a.null(j):
		return period{}
	case a.null(i):
		return period{a.int(j), a.int(j), true, true}
	case a.null(j):
		return period{a.int(i), a.int(i), true, true}
	}
	start, end := a.int(i), a.int(j)
	return period{min(start, end), max(start, end), true, false}
}
