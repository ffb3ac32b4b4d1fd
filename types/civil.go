package types

import "math"

// Dates count days and timestamps microseconds from 2000-01-01, in the Gregorian calendar
// extended to all time; year 0 is 1 BC.
const (
	// DateInfinity and DateNegInfinity are the infinite dates.
	DateInfinity    = math.MaxInt32
	DateNegInfinity = math.MinInt32
	// TimestampInfinity and TimestampNegInfinity are the infinite timestamps.
	TimestampInfinity    = math.MaxInt64
	TimestampNegInfinity = math.MinInt64

	julianEpoch  = 2451545      // the Julian day of 2000-01-01
	minDate      = -julianEpoch // 4714-11-24 BC
	endDate      = 2147483494 - julianEpoch
	minTimestamp = -211813488000000000 // 4714-11-24 00:00:00 BC
	endTimestamp = 9223371331200000000 // 294277-01-01
	unixEpochSec = 946684800           // 2000-01-01 in Unix seconds
)

func validDate(d int32) bool {
	return d >= minDate && d < endDate || d == DateInfinity || d == DateNegInfinity
}

// ValidTimestamp reports whether v is within the range of a timestamp, or infinite.
func ValidTimestamp(v int64) bool {
	return v >= minTimestamp && v < endTimestamp || isInfinite(v)
}

func isInfinite(v int64) bool { return v == TimestampInfinity || v == TimestampNegInfinity }

// daysFromCivil is the day number of a date; months and days may be out of their ranges.
func daysFromCivil(y, m, d int) int {
	y += floorDiv(m-1, 12)
	m = floorMod(m-1, 12) + 1
	if m <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	doy := (153*((m+9)%12)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 730425
}

// civilFromDays is the date of a day number.
func civilFromDays(days int) (y, m, d int) {
	days += 730425
	era := floorDiv(days, 146097)
	doe := days - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = doy - (153*mp+2)/5 + 1
	m = (mp+2)%12 + 1
	y = yoe + era*400
	if m <= 2 {
		y++
	}
	return y, m, d
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int) int { return a - floorDiv(a, b)*b }

func isLeap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func daysInMonth(y, m int) int {
	switch m {
	case 2:
		if isLeap(y) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// validJulian reports whether a date is in the range where day numbers are defined.
func validJulian(y, m int) bool {
	return (y > -4713 || y == -4713 && m >= 11) && (y < 5874898 || y == 5874898 && m < 6)
}

// clock is a timestamp taken apart.
type clock struct {
	year, mon, day int
	hour, min, sec int
	usec           int
	yday           int // only read from input
	gmtoff         int // seconds east of UTC
}

// splitTimestamp takes a finite timestamp apart.
func splitTimestamp(v int64) clock {
	days, t := v/usPerDay, v%usPerDay
	if t < 0 {
		days, t = days-1, t+usPerDay
	}
	c := splitTime(t)
	c.year, c.mon, c.day = civilFromDays(int(days))
	return c
}

// splitTime takes a time of day apart.
func splitTime(t int64) clock {
	s := int(t / usPerSec)
	return clock{hour: s / 3600, min: s / 60 % 60, sec: s % 60, usec: int(t % usPerSec)}
}

// timeOfDay is the microseconds since midnight.
func (c *clock) timeOfDay() int64 {
	return int64((c.hour*60+c.min)*60+c.sec)*usPerSec + int64(c.usec)
}

// timestamp puts c together; ok is false when it is out of range.
func (c *clock) timestamp() (v int64, ok bool) {
	if !validJulian(c.year, c.mon) {
		return 0, false
	}
	d := int64(daysFromCivil(c.year, c.mon, c.day))
	t := c.timeOfDay()
	if d > math.MaxInt64/usPerDay || d < math.MinInt64/usPerDay {
		return 0, false
	}
	v = d*usPerDay + t
	return v, v >= minTimestamp && v < endTimestamp && (d < 0 || v >= 0)
}
