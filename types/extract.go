package types

import (
	"math"
	"strings"
	"time"

	"streamdb/types/pgerr"
)

// DateUnit is a field that extract, date_part and date_trunc name.
type DateUnit = unit

// unitOf reads the name of a field; typ is the type for the error.
func unitOf(name string, t Type) (unit, error) {
	s := strings.ToLower(name)
	s = s[:min(len(s), 10)]
	if u, ok := unitWords[s]; ok {
		return u, nil
	}
	switch s {
	case "dow":
		return unitDOW, nil
	case "doy":
		return unitDOY, nil
	case "isodow":
		return unitISODOW, nil
	case "isoyear":
		return unitISOYear, nil
	case "epoch":
		return unitEpoch, nil
	case "j", "jd", "julian":
		return unitJulian, nil
	}
	return unitNone, unitUnknown(name, t)
}

func unitUnknown(name string, t Type) error {
	return pgerr.New(pgerr.InvalidParameterValue, "unit \"%s\" not recognized for type %s", name, t)
}

func unitUnsupported(name string, t Type) *pgerr.Error {
	return pgerr.New(pgerr.FeatureNotSupported, "unit \"%s\" not supported for type %s", name, t)
}

// ParseDateUnit reads the name of a field for values of type t, once per plan.
func ParseDateUnit(name string, t Type) (DateUnit, error) {
	return unitOf(strings.ToLower(name), t.Base())
}

// infiniteField is extract's answer for ±infinity: infinite for fields that only grow,
// else NULL (ok false).
func infiniteField(u unit, neg bool) (n Numeric, ok bool) {
	switch u {
	case unitYear, unitDecade, unitCentury, unitMillennium, unitJulian, unitISOYear, unitEpoch:
		if neg {
			return NumericNegInf, true
		}
		return NumericInf, true
	}
	return Numeric{}, false
}

// ExtractTimestamp is extract(u from v) of a timestamp without time zone; ok is false for
// NULL.
func ExtractTimestamp(u DateUnit, name string, v int64) (n Numeric, ok bool, err error) {
	if isInfinite(v) {
		n, ok = infiniteField(u, v < 0)
		return n, ok, nil
	}
	if u == unitEpoch {
		return epochNumeric(v), true, nil
	}
	c := splitTimestamp(v)
	n, ok = c.extract(u)
	if !ok {
		return n, false, unitUnsupported(name, Timestamp)
	}
	return n, true, nil
}

// epochNumeric is the seconds since 1970 of a timestamp, six digits after the point.
func epochNumeric(v int64) Numeric {
	if v < math.MaxInt64-unixEpochSec*usPerSec {
		return NumericFromInt64Scaled(v+unixEpochSec*usPerSec, 6)
	}
	return smallNumeric(int128From(v).add(int128From(unixEpochSec*usPerSec)), 6)
}

// ExtractTimestampTZ is extract(u from v) of a timestamptz in zone l.
func ExtractTimestampTZ(u DateUnit, name string, v int64, l *time.Location) (n Numeric, ok bool, err error) {
	if isInfinite(v) {
		n, ok = infiniteField(u, v < 0)
		return n, ok, nil
	}
	_, off := zoneAt(v, l)
	switch u {
	case unitEpoch:
		return epochNumeric(v), true, nil
	case unitTimezone:
		return NumericFromInt64(int64(off)), true, nil
	case unitTimezoneHour:
		return NumericFromInt64(int64(off / 3600)), true, nil
	case unitTimezoneMinute:
		return NumericFromInt64(int64(off % 3600 / 60)), true, nil
	}
	c := splitTimestamp(v + int64(off)*usPerSec)
	n, ok = c.extract(u)
	if !ok {
		return n, false, unitUnsupported(name, TimestampTZ)
	}
	return n, true, nil
}

// ExtractDate is extract(u from d) of a date.
func ExtractDate(u DateUnit, name string, d int32) (n Numeric, ok bool, err error) {
	switch u {
	case unitMicrosecond, unitMillisecond, unitSecond, unitMinute, unitHour,
		unitTimezone, unitTimezoneHour, unitTimezoneMinute:
		return n, false, unitUnsupported(name, Date)
	}
	if !finiteDate(d) {
		n, ok = infiniteField(u, d < 0)
		return n, ok, nil
	}
	var c clock
	c.year, c.mon, c.day = civilFromDays(int(d))
	switch u {
	case unitEpoch:
		return NumericFromInt64((int64(d) + 10957) * 86400), true, nil
	case unitJulian:
		return NumericFromInt64(int64(d) + julianEpoch), true, nil
	}
	n, ok = c.extract(u)
	return n, ok, nil
}

// ExtractTime is extract(u from t) of a time of day.
func ExtractTime(u DateUnit, name string, t int64) (n Numeric, ok bool, err error) {
	c := splitTime(t)
	switch u {
	case unitMicrosecond, unitMillisecond, unitSecond, unitMinute, unitHour:
		n, ok = c.extract(u)
		return n, ok, nil
	case unitEpoch:
		return NumericFromInt64Scaled(t, 6), true, nil
	}
	return n, false, unitUnsupported(name, Time)
}

// extract is a field of a date and time; ok is false for fields it does not have.
func (c *clock) extract(u unit) (Numeric, bool) {
	us := int64(c.sec)*usPerSec + int64(c.usec)
	switch u {
	case unitMillisecond:
		return NumericFromInt64Scaled(us, 3), true
	case unitSecond:
		return NumericFromInt64Scaled(us, 6), true
	case unitJulian:
		return c.julianDay(), true
	}
	v, ok := c.intField(u, us)
	return NumericFromInt64(v), ok
}

func (c *clock) intField(u unit, us int64) (int64, bool) {
	y := int64(c.year)
	days := daysFromCivil(c.year, c.mon, c.day)
	dow := floorMod(days+6, 7)
	switch u {
	case unitMicrosecond:
		return us, true
	case unitMinute:
		return int64(c.min), true
	case unitHour:
		return int64(c.hour), true
	case unitDay:
		return int64(c.day), true
	case unitMonth:
		return int64(c.mon), true
	case unitQuarter:
		return int64((c.mon-1)/3 + 1), true
	case unitWeek:
		_, w := isoWeek(days)
		return int64(w), true
	case unitISOYear:
		iy, _ := isoWeek(days)
		if iy <= 0 {
			iy--
		}
		return int64(iy), true
	case unitYear:
		if y <= 0 {
			y--
		}
		return y, true
	case unitDecade:
		if y >= 0 {
			return y / 10, true
		}
		return -((8 - (y - 1)) / 10), true
	case unitCentury:
		if y > 0 {
			return (y + 99) / 100, true
		}
		return -((99 - (y - 1)) / 100), true
	case unitMillennium:
		if y > 0 {
			return (y + 999) / 1000, true
		}
		return -((999 - (y - 1)) / 1000), true
	case unitDOW:
		return int64(dow), true
	case unitISODOW:
		return int64((dow+6)%7 + 1), true
	case unitDOY:
		return int64(days - daysFromCivil(c.year, 1, 1) + 1), true
	}
	return 0, false
}

// julianDay is the Julian day with the time of day as a fraction.
func (c *clock) julianDay() Numeric {
	day := NumericFromInt64(int64(daysFromCivil(c.year, c.mon, c.day) + julianEpoch))
	frac, _ := NumericFromInt64(c.timeOfDay()).Div(NumericFromInt64(usPerDay))
	n, _ := day.Add(frac)
	return n
}

// isoWeek is the ISO 8601 year and week of a day.
func isoWeek(days int) (year, week int) {
	thursday := days + 3 - floorMod(days+5, 7) // day 0 was a Saturday
	year, _, _ = civilFromDays(thursday)
	return year, (thursday-daysFromCivil(year, 1, 1))/7 + 1
}

// ExtractInterval is extract(u from v) of an interval.
func ExtractInterval(u DateUnit, name string, v Interval) (Numeric, error) {
	p := v.parts()
	us := p.sec*usPerSec + p.usec
	switch u {
	case unitMicrosecond:
		return NumericFromInt64(us), nil
	case unitMillisecond:
		return NumericFromInt64Scaled(us, 3), nil
	case unitSecond:
		return NumericFromInt64Scaled(us, 6), nil
	case unitMinute:
		return NumericFromInt64(p.min), nil
	case unitHour:
		return NumericFromInt64(p.hour), nil
	case unitDay:
		return NumericFromInt64(p.day), nil
	case unitMonth:
		return NumericFromInt64(p.mon), nil
	case unitQuarter:
		return NumericFromInt64(p.mon/3 + 1), nil
	case unitYear:
		return NumericFromInt64(p.year), nil
	case unitDecade:
		return NumericFromInt64(p.year / 10), nil
	case unitCentury:
		return NumericFromInt64(p.year / 100), nil
	case unitMillennium:
		return NumericFromInt64(p.year / 1000), nil
	case unitEpoch:
		// a year counts as 365.25 days here, the months beyond as 30
		secs := (p.year*1461 + p.mon*120 + p.day*4) * (86400 / 4)
		n, _ := NumericFromInt64Scaled(secs*usPerSec, 6).Add(NumericFromInt64Scaled(v.Micros, 6))
		if abs64(secs) > math.MaxInt64/usPerSec {
			n, _ = NumericFromInt64(secs).rescale(6).Add(NumericFromInt64Scaled(v.Micros, 6))
		}
		return n, nil
	}
	return Numeric{}, unitUnsupported(name, IntervalT)
}
