package types

import "time"

// truncate cuts c down to the unit; ok is false for units that date_trunc does not know.
func (c *clock) truncate(u unit) (ok bool) {
	switch u {
	case unitMicrosecond:
		return true
	case unitMillisecond:
		c.usec = c.usec / 1000 * 1000
		return true
	case unitSecond:
		c.usec = 0
		return true
	case unitMinute:
		c.sec, c.usec = 0, 0
		return true
	case unitHour:
		c.min, c.sec, c.usec = 0, 0, 0
		return true
	}
	c.hour, c.min, c.sec, c.usec = 0, 0, 0, 0
	switch u {
	case unitDay:
		return true
	case unitWeek:
		days := daysFromCivil(c.year, c.mon, c.day)
		c.year, c.mon, c.day = civilFromDays(days - floorMod(days+5, 7))
		return true
	case unitMonth:
		c.day = 1
		return true
	case unitQuarter:
		c.mon, c.day = (c.mon-1)/3*3+1, 1
		return true
	case unitYear:
	case unitDecade:
		c.year = floorDiv(c.year, 10) * 10
	case unitCentury:
		c.year = floorDiv(c.year-1, 100)*100 + 1
	case unitMillennium:
		c.year = floorDiv(c.year-1, 1000)*1000 + 1
	default:
		return false
	}
	c.mon, c.day = 1, 1
	return true
}

// TruncTimestamp is date_trunc of a timestamp without time zone; name is the unit as the
// user wrote it.
func TruncTimestamp(u DateUnit, name string, v int64) (int64, error) {
	if isInfinite(v) {
		return v, nil
	}
	c := splitTimestamp(v)
	if !c.truncate(u) {
		return 0, truncRefused(u, name, Timestamp)
	}
	r, ok := c.timestamp()
	if !ok {
		return 0, timestampOutOfRange()
	}
	return r, nil
}

// TruncTimestampTZ is date_trunc of a timestamptz in zone l. Units below a day keep the
// offset; from a day on the offset is that of the truncated wall clock time.
func TruncTimestampTZ(u DateUnit, name string, v int64, l *time.Location) (int64, error) {
	if isInfinite(v) {
		return v, nil
	}
	_, off := zoneAt(v, l)
	c := splitTimestamp(v + int64(off)*usPerSec)
	if !c.truncate(u) {
		return 0, truncRefused(u, name, TimestampTZ)
	}
	r, ok := c.timestamp()
	if !ok {
		return 0, timestampOutOfRange()
	}
	if u <= unitHour {
		r -= int64(off) * usPerSec
		if !ValidTimestamp(r) {
			return 0, timestampOutOfRange()
		}
		return r, nil
	}
	return FromLocal(r, l)
}

// TruncInterval is date_trunc of an interval.
func TruncInterval(u DateUnit, name string, v Interval) (Interval, error) {
	p := v.parts()
	t := int64(0)
	switch u {
	case unitMicrosecond:
		t = 1
	case unitMillisecond:
		t = 1000
	case unitSecond:
		t = usPerSec
	case unitMinute:
		t = usPerMin
	case unitHour:
		t = usPerHour
	}
	if t > 0 {
		v.Micros = v.Micros / t * t
		return v, nil
	}
	v.Micros = 0
	if u == unitDay {
		return v, nil
	}
	v.Days = 0
	switch u {
	case unitMonth:
	case unitQuarter:
		v.Months = int32(p.year*12 + p.mon/3*3)
	case unitYear:
		v.Months = int32(p.year * 12)
	case unitDecade:
		v.Months = int32(p.year / 10 * 120)
	case unitCentury:
		v.Months = int32(p.year / 100 * 1200)
	case unitMillennium:
		v.Months = int32(p.year / 1000 * 12000)
	default:
		return v, truncRefused(u, name, IntervalT)
	}
	return v, nil
}

// truncRefused is the error of a unit that date_trunc does not take: the fields of extract
// that are no units of time are unknown to it.
func truncRefused(u unit, name string, t Type) error {
	switch u {
	case unitDOW, unitISODOW, unitDOY, unitISOYear, unitEpoch, unitJulian:
		return unitUnknown(name, t)
	case unitWeek:
		return unitUnsupported(name, t).WithDetail("Months usually have fractional weeks.")
	}
	return unitUnsupported(name, t)
}
