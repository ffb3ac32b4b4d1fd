package types

import (
	"math"
	"time"

	"streamdb/types/pgerr"
)

// AddInterval is timestamp + interval: months first (the day cut to the month's length),
// then days, then time.
func AddInterval(ts int64, v Interval) (int64, error) {
	if isInfinite(ts) {
		return ts, nil
	}
	if v.Months != 0 {
		c := splitTimestamp(ts)
		c.addMonths(int(v.Months))
		var ok bool
		if ts, ok = c.timestamp(); !ok {
			return 0, timestampOutOfRange()
		}
	}
	if v.Days != 0 {
		c := splitTimestamp(ts)
		d := int64(daysFromCivil(c.year, c.mon, c.day)) + int64(v.Days)
		if d < minDate || d >= endTimestamp/usPerDay {
			return 0, timestampOutOfRange()
		}
		ts = d*usPerDay + c.timeOfDay()
	}
	r, ok := addInt64(ts, v.Micros)
	if v.Micros == 0 {
		r, ok = ts, true
	}
	if !ok || !ValidTimestamp(r) || isInfinite(r) {
		return 0, timestampOutOfRange()
	}
	return r, nil
}

func (c *clock) addMonths(n int) {
	m := c.mon - 1 + n
	c.year += floorDiv(m, 12)
	c.mon = floorMod(m, 12) + 1
	if validJulian(c.year, c.mon) {
		c.day = min(c.day, daysInMonth(c.year, c.mon))
	}
}

// AddIntervalTZ is timestamptz + interval: months and days move the wall clock of zone l.
func AddIntervalTZ(ts int64, v Interval, l *time.Location) (int64, error) {
	if isInfinite(ts) || v.Months == 0 && v.Days == 0 {
		return AddInterval(ts, v)
	}
	local, err := ToLocalChecked(ts, l)
	if err != nil {
		return 0, err
	}
	if v.Months != 0 { // each step ends in an instant, as in PostgreSQL
		if local, err = AddInterval(local, Interval{Months: v.Months}); err != nil {
			return 0, err
		}
		if ts, err = FromLocal(local, l); err != nil {
			return 0, err
		}
		local = ToLocal(ts, l)
	}
	if v.Days != 0 {
		if local, err = AddInterval(local, Interval{Days: v.Days}); err != nil {
			return 0, err
		}
		if ts, err = FromLocal(local, l); err != nil {
			return 0, err
		}
	}
	return AddInterval(ts, Interval{Micros: v.Micros})
}

// SubTimestamps is a−b in days and time; for timestamps with and without zone.
func SubTimestamps(a, b int64) (Interval, error) {
	if isInfinite(a) || isInfinite(b) {
		return Interval{}, pgDatetime("cannot subtract infinite timestamps")
	}
	return Interval{Micros: a - b}.JustifyHours()
}

// SubDates is a−b in days.
func SubDates(a, b int32) (int32, error) {
	if !finiteDate(a) || !finiteDate(b) {
		return 0, pgDatetime("cannot subtract infinite dates")
	}
	return a - b, nil
}

// DateFinite reports whether d is not infinite.
func DateFinite(d int32) bool { return finiteDate(d) }

// TimestampFinite reports whether v is not infinite.
func TimestampFinite(v int64) bool { return !isInfinite(v) }

func finiteDate(d int32) bool { return d != DateInfinity && d != DateNegInfinity }

// AddDays is date + integer.
func AddDays(d, days int32) (int32, error) {
	if !finiteDate(d) {
		return d, nil
	}
	r := int64(d) + int64(days)
	if r < minDate || r >= endDate {
		return 0, pgDatetime("date out of range")
	}
	return int32(r), nil
}

// DateToTimestamp is midnight of a date.
func DateToTimestamp(d int32) (int64, error) {
	switch {
	case d == DateInfinity:
		return TimestampInfinity, nil
	case d == DateNegInfinity:
		return TimestampNegInfinity, nil
	case int64(d) >= endTimestamp/usPerDay:
		return 0, pgDatetime("date out of range for timestamp")
	}
	return int64(d) * usPerDay, nil
}

// DateToTimestampTZ is midnight of a date in zone l.
func DateToTimestampTZ(d int32, l *time.Location) (int64, error) {
	v, err := DateToTimestamp(d)
	if err != nil || isInfinite(v) {
		return v, err
	}
	v, err = FromLocal(v, l)
	if err != nil {
		return 0, pgDatetime("date out of range for timestamp")
	}
	return v, nil
}

// TimestampToDate is the day of a timestamp.
func TimestampToDate(v int64) int32 {
	switch v {
	case TimestampInfinity:
		return DateInfinity
	case TimestampNegInfinity:
		return DateNegInfinity
	}
	d := v / usPerDay
	if v%usPerDay < 0 {
		d--
	}
	return int32(d)
}

// TimestampToTime is the time of day of a finite timestamp.
func TimestampToTime(v int64) int64 {
	t := v % usPerDay
	if t < 0 {
		t += usPerDay
	}
	return t
}

// AddTime is time + interval, around midnight.
func AddTime(t int64, v Interval) int64 {
	t = (t + v.Micros%usPerDay) % usPerDay
	if t < 0 {
		t += usPerDay
	}
	return t
}

// Age is age(a, b) of two timestamps: the difference in years, months, days and time, as a
// calendar shows it.
func Age(a, b int64) (Interval, error) {
	if a == TimestampNegInfinity || b == TimestampNegInfinity { // infinity computes, as in PostgreSQL
		return Interval{}, timestampOutOfRange()
	}
	x, y := splitTimestamp(a), splitTimestamp(b)
	neg := a < b
	if neg {
		x, y = y, x
	}
	us, day, mon, year := x.timeOfDay()-y.timeOfDay(), x.day-y.day, x.mon-y.mon, x.year-y.year
	if us < 0 {
		us, day = us+usPerDay, day-1
	}
	for day < 0 {
		// the month borrowed is that of the earlier timestamp, whichever argument it is
		day += daysInMonth(y.year, y.mon)
		mon--
	}
	if mon < 0 {
		mon, year = mon+12, year-1
	}
	v := Interval{Micros: us, Days: int32(day), Months: int32(year*12 + mon)}
	if neg {
		return v.Neg()
	}
	return v, nil
}

// AgeTZ is [Age] of two instants as zone l shows them.
func AgeTZ(a, b int64, l *time.Location) (Interval, error) { return Age(ToLocal(a, l), ToLocal(b, l)) }

// MakeDate is make_date; a negative year is BC.
func MakeDate(y, m, d int32) (int32, error) {
	year := int(y)
	if y < 0 {
		year = 1 + int(y)
	}
	if y == 0 || m < 1 || m > 12 || d < 1 || d > 31 || int(d) > daysInMonth(year, int(m)) {
		return 0, pgDatetime("date field value out of range: %d-%02d-%02d", year, m, d)
	}
	days := daysFromCivil(year, int(m), int(d))
	if !validJulian(year, int(m)) || days < minDate || days >= endDate {
		return 0, pgDatetime("date out of range: %d-%02d-%02d", year, m, d)
	}
	return int32(days), nil
}

// MakeTime is make_time.
func MakeTime(h, m int32, sec float64) (int64, error) {
	us := math.RoundToEven(sec * usPerSec)
	if h < 0 || m < 0 || m > 59 || !(sec >= 0) || us > 60*usPerSec || h > 24 || h == 24 && (m > 0 || us > 0) {
		return 0, pgDatetime("time field value out of range: %d:%02d:%s", h, m, secText(sec))
	}
	return int64(h)*usPerHour + int64(m)*usPerMin + int64(us), nil
}

// secText is C's %02g.
func secText(sec float64) string {
	if sec != sec {
		return "NaN"
	}
	s := string(appendG(nil, sec, 6))
	if len(s) < 2 {
		s = "0" + s
	}
	return s
}

// MakeTimestamp is make_timestamp.
func MakeTimestamp(y, mo, d, h, mi int32, sec float64) (int64, error) {
	year := int(y)
	if y < 0 {
		year = 1 + int(y)
	}
	if y == 0 || mo < 1 || mo > 12 || d < 1 || d > 31 || int(d) > daysInMonth(year, int(mo)) {
		return 0, pgDatetime("date field value out of range: %d-%02d-%02d", y, mo, d)
	}
	days := daysFromCivil(year, int(mo), int(d))
	if !validJulian(year, int(mo)) {
		return 0, pgDatetime("date out of range: %d-%02d-%02d", y, mo, d)
	}
	t, err := MakeTime(h, mi, sec)
	if err != nil {
		return 0, err
	}
	v := int64(days)*usPerDay + t
	if int64(days) >= endTimestamp/usPerDay || v < minTimestamp || v >= endTimestamp {
		return 0, pgDatetime("timestamp out of range: %d-%02d-%02d %d:%02d:%s", y, mo, d, h, mi, secText(sec))
	}
	return v, nil
}

// TimestampFromUnix is to_timestamp(seconds since 1970).
func TimestampFromUnix(sec float64) (int64, error) {
	switch {
	case sec != sec:
		return 0, pgDatetime("timestamp cannot be NaN")
	case math.IsInf(sec, 1):
		return TimestampInfinity, nil
	case math.IsInf(sec, -1):
		return TimestampNegInfinity, nil
	}
	if sec < minTimestamp/usPerSec+unixEpochSec || sec >= endTimestamp/usPerSec+unixEpochSec {
		return 0, pgDatetime("timestamp out of range: \"%s\"", appendG(nil, sec, 6))
	}
	v := int64(math.RoundToEven((sec - unixEpochSec) * usPerSec))
	if !ValidTimestamp(v) {
		return 0, pgDatetime("timestamp out of range: \"%s\"", appendG(nil, sec, 6))
	}
	return v, nil
}

// DateBin is date_bin(stride, source, origin).
func DateBin(stride Interval, ts, origin int64) (int64, error) {
	if isInfinite(ts) {
		return ts, nil
	}
	if isInfinite(origin) {
		return 0, pgDatetime("origin out of range")
	}
	if stride.Months != 0 {
		return 0, pgerr.New(pgerr.FeatureNotSupported,
			"timestamps cannot be binned into intervals containing months or years")
	}
	us := int64(stride.Days)*usPerDay + stride.Micros
	if us <= 0 {
		return 0, pgDatetime("stride must be greater than zero")
	}
	diff := ts - origin
	r := diff - diff%us
	if diff < 0 && us > 1 && (diff%us != 0 || us > -diff) {
		r -= us
	}
	return origin + r, nil
}

// Overlaps is (s1, e1) OVERLAPS (s2, e2) of values without NULLs, in one order.
func Overlaps(s1, e1, s2, e2 int64) bool {
	if s1 > e1 {
		s1, e1 = e1, s1
	}
	if s2 > e2 {
		s2, e2 = e2, s2
	}
	switch {
	case s1 > s2:
		return s1 < e2
	case s1 < s2:
		return s2 < e1
	}
	return true
}
