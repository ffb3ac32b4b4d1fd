package expr

import (
	"math"
	"strings"
	"time"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// timeUnits maps the spellings of a field to its name.
var timeUnits = spellings(
	"microseconds us usec usecs useconds microsecond",
	"milliseconds ms msec msecs mseconds millisecond",
	"second s sec secs seconds",
	"minute m min mins minutes",
	"hour h hr hrs hours",
	"day d days",
	"week w weeks",
	"month mon mons months",
	"quarter qtr",
	"year y yr yrs years",
	"decade dec decs decades",
	"century c cent centuries",
	"millennium mil mils millennia",
	"timezone", "timezone_hour timezone_h", "timezone_minute timezone_m",
	"epoch", "dow", "isodow", "doy", "isoyear", "julian j jd",
)

func spellings(rows ...string) map[string]string {
	m := map[string]string{}
	for _, r := range rows {
		words := strings.Fields(r)
		for _, w := range words {
			m[w] = words[0]
		}
	}
	return m
}

func unitUnknown(unit string, t types.Type) error {
	return pgerr.New(pgerr.InvalidParameterValue, "unit \"%s\" not recognized for type %s", strings.ToLower(unit), t)
}

func unitUnsupported(unit string, t types.Type) error {
	return pgerr.New(pgerr.FeatureNotSupported, "unit \"%s\" not supported for type %s", strings.ToLower(unit), t)
}

// part is a field's value: coefficient × 10^−scale.
type part struct {
	v     int64
	scale int
}

// extractMoment is a field of a timestamp that depends on its date and time alone.
func extractMoment(field string, m moment) (part, bool) {
	us := int64(m.sec)*usPerSec + int64(m.micro)
	switch field {
	case "microseconds":
		return part{us, 0}, true
	case "milliseconds":
		return part{us, 3}, true
	case "second":
		return part{us, 6}, true
	case "minute":
		return part{int64(m.min), 0}, true
	case "hour":
		return part{int64(m.hour), 0}, true
	}
	return extractDate(field, m.civil)
}

// extractDate is a field of a date.
func extractDate(field string, d civil) (part, bool) {
	y := d.year
	if y <= 0 {
		y-- // there is no year 0
	}
	whole := func(v int) (part, bool) { return part{int64(v), 0}, true }
	switch field {
	case "day":
		return whole(d.day)
	case "month":
		return whole(d.month)
	case "quarter":
		return whole((d.month-1)/3 + 1)
	case "week":
		_, w := d.isoWeek()
		return whole(w)
	case "year":
		return whole(y)
	case "isoyear":
		iy, _ := d.isoWeek()
		if iy <= 0 {
			iy--
		}
		return whole(iy)
	case "decade":
		q, _ := floorDiv(int64(d.year), 10)
		return whole(int(q))
	case "century":
		return whole(bigYears(y, 100))
	case "millennium":
		return whole(bigYears(y, 1000))
	case "dow":
		return whole(weekday(d.days()))
	case "isodow":
		return whole((weekday(d.days())+6)%7 + 1)
	case "doy":
		return whole(d.yearDay())
	}
	return part{}, false
}

// bigYears counts centuries or millennia: the first began in year 1.
func bigYears(y, n int) int {
	if y > 0 {
		return (y + n - 1) / n
	}
	return -((-y + n - 1) / n)
}

// infinitePart is a field of an infinite timestamp: infinite for those that grow with
// time, NULL for the others.
func infinitePart(unit string, field string, positive bool, t types.Type) (types.Numeric, bool, error) {
	switch field {
	case "year", "decade", "century", "millennium", "julian", "isoyear", "epoch":
		if positive {
			return types.NumericInf, true, nil
		}
		return types.NumericNegInf, true, nil
	case "":
		return types.Numeric{}, false, unitUnknown(unit, t)
	}
	return types.Numeric{}, false, nil
}

// extractTimestamp is EXTRACT from a timestamp, or with loc from a timestamptz; ok is false
// for NULL.
func extractTimestamp(unit string, ts int64, loc *time.Location) (v types.Numeric, ok bool, err error) {
	t := types.Timestamp
	if loc != nil {
		t = types.TimestampTZ
	}
	field := timeUnits[strings.ToLower(unit)]
	if !finiteTimestamp(ts) {
		return infinitePart(unit, field, ts > 0, t)
	}
	local := ts
	if loc != nil {
		local = types.ToLocal(ts, loc)
	}
	switch field {
	case "":
		return v, false, unitUnknown(unit, t)
	case "epoch":
		v, err = types.NumericFromInt64Scaled(ts, 6).Add(types.NumericFromInt64(unixEpochDays * 86400))
		return v, err == nil, err
	case "julian":
		d, us := floorDiv(local, usPerDay)
		return julian(d, us)
	case "timezone", "timezone_hour", "timezone_minute":
		if loc == nil {
			return v, false, unitUnsupported(unit, t)
		}
		return zonePart(field, (local-ts)/usPerSec), true, nil
	}
	p, known := extractMoment(field, momentOf(local))
	if !known {
		return v, false, unitUnsupported(unit, t)
	}
	return types.NumericFromInt64Scaled(p.v, p.scale), true, nil
}

func zonePart(field string, sec int64) types.Numeric {
	switch field {
	case "timezone_hour":
		sec /= 3600
	case "timezone_minute":
		sec = sec / 60 % 60
	}
	return types.NumericFromInt64(sec)
}

// julian is the Julian day with the time of day as its fraction.
func julian(d, us int64) (types.Numeric, bool, error) {
	day := types.NumericFromInt64(d + julianEpoch)
	frac, err := types.NumericFromInt64(us).Div(types.NumericFromInt64(usPerDay))
	if err != nil {
		return day, false, err
	}
	v, err := day.Add(frac)
	return v, err == nil, err
}

// extractDay is EXTRACT from a date.
func extractDay(unit string, d int64) (types.Numeric, bool, error) {
	field := timeUnits[strings.ToLower(unit)]
	switch field {
	case "":
		return types.Numeric{}, false, unitUnknown(unit, types.Date)
	case "microseconds", "milliseconds", "second", "minute", "hour", "timezone", "timezone_hour", "timezone_minute":
		return types.Numeric{}, false, unitUnsupported(unit, types.Date)
	}
	if !finiteDate(d) {
		return infinitePart(unit, field, d > 0, types.Date)
	}
	switch field {
	case "epoch":
		return types.NumericFromInt64((d + unixEpochDays) * 86400), true, nil
	case "julian":
		return types.NumericFromInt64(d + julianEpoch), true, nil
	}
	p, _ := extractDate(field, civilOf(d))
	return types.NumericFromInt64(p.v), true, nil
}

// extractTime is EXTRACT from a time of day.
func extractTime(unit string, us int64) (types.Numeric, bool, error) {
	field := timeUnits[strings.ToLower(unit)]
	switch field {
	case "":
		return types.Numeric{}, false, unitUnknown(unit, types.Time)
	case "epoch":
		return types.NumericFromInt64Scaled(us, 6), true, nil
	case "microseconds", "milliseconds", "second", "minute", "hour":
		p, _ := extractMoment(field, moment{clock: clockOf(us)})
		return types.NumericFromInt64Scaled(p.v, p.scale), true, nil
	}
	return types.Numeric{}, false, unitUnsupported(unit, types.Time)
}

// extractInterval is EXTRACT from an interval.
func extractInterval(unit string, v types.Interval) (types.Numeric, bool, error) {
	field := timeUnits[strings.ToLower(unit)]
	years, months := int64(v.Months/12), int64(v.Months%12)
	sec := v.Micros % usPerMin
	whole := func(n int64) (types.Numeric, bool, error) { return types.NumericFromInt64(n), true, nil }
	switch field {
	case "microseconds":
		return whole(sec)
	case "milliseconds":
		return types.NumericFromInt64Scaled(sec, 3), true, nil
	case "second":
		return types.NumericFromInt64Scaled(sec, 6), true, nil
	case "minute":
		return whole(v.Micros / usPerMin % 60)
	case "hour":
		return whole(v.Micros / usPerHour)
	case "day":
		return whole(int64(v.Days))
	case "month":
		return whole(months)
	case "quarter":
		return whole(months/3 + 1)
	case "year":
		return whole(years)
	case "decade":
		return whole(years / 10)
	case "century":
		return whole(years / 100)
	case "millennium":
		return whole(years / 1000)
	case "epoch":
		// A year is 365.25 days, a month 30.
		days4 := (int64(v.Months/12)*1461 + int64(v.Months%12)*120 + int64(v.Days)*4)
		n, err := types.NumericFromInt64Scaled(days4*21600, 0).Add(types.NumericFromInt64Scaled(v.Micros, 6))
		return n, err == nil, err
	case "":
		return types.Numeric{}, false, unitUnknown(unit, types.IntervalT)
	}
	return types.Numeric{}, false, unitUnsupported(unit, types.IntervalT)
}

// truncMoment cuts a timestamp down to a unit; known is false for other fields.
func truncMoment(field string, m moment) (r moment, known bool) {
	switch field {
	case "microseconds":
		return m, true
	case "milliseconds":
		m.micro = m.micro / 1000 * 1000
		return m, true
	case "second":
		m.micro = 0
		return m, true
	case "minute":
		m.sec, m.micro = 0, 0
		return m, true
	case "hour":
		m.min, m.sec, m.micro = 0, 0, 0
		return m, true
	}
	m.clock = clock{}
	switch field {
	case "day":
	case "week":
		y, w := m.isoWeek()
		m.civil = civilOf(isoWeekStart(y, w))
	case "month":
		m.day = 1
	case "quarter":
		m.month, m.day = (m.month-1)/3*3+1, 1
	case "year":
		m.civil = civil{m.year, 1, 1}
	case "decade":
		q, _ := floorDiv(int64(m.year), 10)
		m.civil = civil{int(q) * 10, 1, 1}
	case "century":
		m.civil = civil{eraStart(m.year, 100), 1, 1}
	case "millennium":
		m.civil = civil{eraStart(m.year, 1000), 1, 1}
	default:
		return m, false
	}
	return m, true
}

// eraStart is the first year of y's century or millennium.
func eraStart(y, n int) int {
	if y > 0 {
		return (y+n-1)/n*n - (n - 1)
	}
	return -((n-1-(y-1))/n)*n + 1
}

// fixedUnits are the units of one length, whose multiples date_trunc cuts to.
var fixedUnits = map[string]int64{
	"milliseconds": 1000, "second": usPerSec, "minute": usPerMin, "hour": usPerHour, "day": usPerDay,
}

// truncTimestamp is date_trunc on a timestamp.
func truncTimestamp(unit string, ts int64, t types.Type) (int64, error) {
	field := timeUnits[strings.ToLower(unit)]
	switch field {
	case "", "dow", "isodow", "doy", "isoyear", "epoch", "julian":
		return 0, unitUnknown(unit, t)
	}
	if !finiteTimestamp(ts) {
		return ts, nil
	}
	step := fixedUnits[field]
	if step != 0 {
		q, _ := floorDiv(ts, step)
		return q * step, nil
	}
	m, ok := truncMoment(field, momentOf(ts))
	if !ok {
		return 0, unitUnsupported(unit, t)
	}
	return checkTimestamp(m.timestamp())
}

// truncInstant is date_trunc on a timestamptz by the clocks of zone.
func truncInstant(unit string, ts int64, zone types.Zone) (int64, error) {
	if !finiteTimestamp(ts) {
		return truncTimestamp(unit, ts, types.TimestampTZ)
	}
	local := zone.ToLocal(ts)
	v, err := truncTimestamp(unit, local, types.TimestampTZ)
	if err != nil {
		return 0, err
	}
	switch timeUnits[strings.ToLower(unit)] {
	case "microseconds", "milliseconds", "second", "minute", "hour":
		return v - (local - ts), nil // the offset stays: 1:30 happens twice in autumn
	}
	return zone.FromLocal(v)
}

// truncInterval is date_trunc on an interval.
func truncInterval(unit string, v types.Interval) (types.Interval, error) {
	field := timeUnits[strings.ToLower(unit)]
	step := map[string]int64{
		"microseconds": 1, "milliseconds": 1000, "second": usPerSec, "minute": usPerMin, "hour": usPerHour,
	}[field]
	if step != 0 {
		v.Micros = v.Micros / step * step
		return v, nil
	}
	months := map[string]int32{
		"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200, "millennium": 12000,
	}[field]
	switch {
	case field == "day":
		v.Micros = 0
		return v, nil
	case months != 0:
		return types.Interval{Months: v.Months / months * months}, nil
	case field == "":
		return v, unitUnknown(unit, types.IntervalT)
	case field == "week":
		return v, pgerr.New(pgerr.FeatureNotSupported, "unit \"%s\" not supported for type %s", unit, types.IntervalT).
			WithDetail("Months usually have fractional weeks.")
	}
	return v, unitUnsupported(unit, types.IntervalT)
}

// dateBin is the start of the bin of the given width into which ts falls.
func dateBin(stride types.Interval, ts, origin int64) (int64, error) {
	switch {
	case !finiteTimestamp(ts):
		return ts, nil
	case !finiteTimestamp(origin):
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "origin out of range")
	case stride.Months != 0:
		return 0, pgerr.New(pgerr.FeatureNotSupported, "timestamps cannot be binned into intervals containing months or years")
	}
	step, over := mulInt64(int64(stride.Days), usPerDay)
	step, over2 := addInt64(step, stride.Micros)
	if over || over2 {
		return 0, intervalRange()
	}
	if step <= 0 {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "stride must be greater than zero")
	}
	diff, over := subInt64(ts, origin)
	if over {
		return 0, intervalRange()
	}
	q, _ := floorDiv(diff, step)
	return origin + q*step, nil
}

// partAsFloat is a field as date_part gives it.
func partAsFloat(v types.Numeric) float64 {
	switch {
	case v.IsInf() && v.Sign() > 0:
		return math.Inf(1)
	case v.IsInf():
		return math.Inf(-1)
	}
	return v.Float64Lossy()
}
