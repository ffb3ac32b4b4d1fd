package types

import (
	"time"

	"streamdb/types/pgerr"
)

// ParseDate reads a date.
func ParseDate(s string, st *Style) (int32, error) {
	d, fault := decodeDateTime(s, st, false)
	if fault != faultNone {
		return 0, fault.error(s, "date", d.zoneName)
	}
	switch d.special {
	case specialEpoch:
		return -10957, nil
	case specialInfinity:
		return DateInfinity, nil
	case specialNegInfinity:
		return DateNegInfinity, nil
	}
	days := daysFromCivil(d.year, d.mon, d.day)
	if !validJulian(d.year, d.mon) || days < minDate || days >= endDate {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range: \"%s\"", s)
	}
	return int32(days), nil
}

// ParseTime reads a time of day, microseconds since midnight.
func ParseTime(s string, st *Style) (int64, error) {
	d, fault := decodeDateTime(s, st, true)
	if fault != faultNone {
		return 0, fault.error(s, "time", d.zoneName)
	}
	return d.timeOfDay(), nil
}

// ParseTimestamp reads a timestamp without time zone; a zone in the text is ignored.
func ParseTimestamp(s string, st *Style) (int64, error) {
	return parseTimestamp(s, st, "timestamp", false)
}

// ParseTimestampTZ reads a timestamp with time zone; without a zone in the text it is in
// st's.
func ParseTimestampTZ(s string, st *Style) (int64, error) {
	return parseTimestamp(s, st, "timestamp with time zone", true)
}

func parseTimestamp(s string, st *Style, typ string, tz bool) (int64, error) {
	d, fault := decodeDateTime(s, st, false)
	if fault != faultNone {
		return 0, fault.error(s, typ, d.zoneName)
	}
	switch d.special {
	case specialEpoch:
		return -unixEpochSec * usPerSec, nil
	case specialInfinity:
		return TimestampInfinity, nil
	case specialNegInfinity:
		return TimestampNegInfinity, nil
	}
	v, ok := d.timestampAnyRange()
	if ok && tz {
		v -= int64(d.gmtoff) * usPerSec
	}
	if !ok || v < minTimestamp || v >= endTimestamp {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", s)
	}
	return v, nil
}

// timestampAnyRange puts c together when microseconds can hold it, within a day of the
// range, so that an offset can still bring it in.
func (c *clock) timestampAnyRange() (int64, bool) {
	d := daysFromCivil(c.year, c.mon, c.day)
	if !validJulian(c.year, c.mon) || d < minDate-1 || d > endTimestamp/usPerDay {
		return 0, false
	}
	if d == endTimestamp/usPerDay {
		// an instant past the end; the hours below 24 still fit in 64 bits
		return int64(d)*usPerDay + min(c.timeOfDay(), usPerDay-1), true
	}
	return int64(d)*usPerDay + c.timeOfDay(), true
}

// fixedZone reports whether a zone has one offset for all time.
func fixedZone(l *time.Location) bool {
	_, end := time.Unix(0, 0).In(l).ZoneBounds()
	start, _ := time.Unix(0, 0).In(l).ZoneBounds()
	return start.IsZero() && end.IsZero()
}

// timeUnit is the microseconds of the last digit of a time with the given precision.
var timeUnit = [...]int64{1000000, 100000, 10000, 1000, 100, 10, 1}

// RoundTime rounds a time of day to mod fractional digits; −1 leaves it.
func RoundTime(t int64, mod int32) int64 {
	if mod < 0 || mod >= 6 {
		return t
	}
	return roundMicros(t, mod)
}

func roundMicros(v int64, mod int32) int64 {
	u := timeUnit[mod]
	if v >= 0 {
		return (v + u/2) / u * u
	}
	return -((-v + u/2) / u * u)
}

// RoundTimestamp rounds a timestamp to mod fractional digits; −1 leaves it.
func RoundTimestamp(v int64, mod int32) (int64, error) {
	if mod < 0 || mod >= 6 || isInfinite(v) {
		return v, nil
	}
	return roundMicros(v, mod), nil
}
