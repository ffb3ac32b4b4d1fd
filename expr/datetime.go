package expr

import (
	"math"
	"time"

	"streamdb/types"
	"streamdb/types/pgerr"
)

const (
	usPerSec  = int64(1_000_000)
	usPerMin  = 60 * usPerSec
	usPerHour = 60 * usPerMin
	usPerDay  = 24 * usPerHour

	unixEpochDays = 10957 // 2000-01-01 as days since 1970
	julianEpoch   = 2451545

	dateInf, dateNegInf = math.MaxInt32, math.MinInt32
	tsInf, tsNegInf     = int64(math.MaxInt64), int64(math.MinInt64)

	minTimestamp = -211813488000000000 // 4714-11-24 BC
	endTimestamp = 9223371331200000000 // 294277-01-01
	minDate      = -julianEpoch        // 4714-11-24 BC
	endDate      = 2147483494 - julianEpoch
)

func finiteTimestamp(v int64) bool { return v != tsInf && v != tsNegInf }

func finiteDate(v int64) bool { return v != dateInf && v != dateNegInf }

func timestampRange() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range")
}

func validTimestamp(v int64) bool { return v >= minTimestamp && v < endTimestamp }

// checkTimestamp passes v or raises.
func checkTimestamp(v int64) (int64, error) {
	if finiteTimestamp(v) && !validTimestamp(v) {
		return 0, timestampRange()
	}
	return v, nil
}

// floorDiv is a/b rounded down, with the remainder in 0 … b−1.
func floorDiv(a, b int64) (q, r int64) {
	q, r = a/b, a%b
	if r < 0 {
		q, r = q-1, r+b
	}
	return q, r
}

// civil is a day in the proleptic Gregorian calendar; year 0 is 1 BC.
type civil struct{ year, month, day int }

// civilOf converts days since 2000-01-01.
func civilOf(days int64) civil {
	z := days + unixEpochDays + 719468
	era, doe := floorDiv(z, 146097)
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d := doy - (153*mp+2)/5 + 1
	m := mp + 3
	if m > 12 {
		m -= 12
	}
	y := yoe + era*400
	if m <= 2 {
		y++
	}
	return civil{int(y), int(m), int(d)}
}

// days converts back; month and day may lie outside their ranges by a little.
func (c civil) days() int64 {
	y, m := int64(c.year), int64(c.month)
	dy, mm := floorDiv(m-1, 12)
	y, m = y+dy, mm+1
	if m <= 2 {
		y--
	}
	era, yoe := floorDiv(y, 400)
	mp := (m + 9) % 12
	doy := (153*mp+2)/5 + int64(c.day) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468 - unixEpochDays
}

func leap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func monthDays(y, m int) int {
	switch m {
	case 2:
		if leap(y) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// weekday is 0 for Sunday.
func weekday(days int64) int {
	_, r := floorDiv(days+6, 7)
	return int(r)
}

// yearDay is the day of the year from 1.
func (c civil) yearDay() int { return int(c.days()-civil{c.year, 1, 1}.days()) + 1 }

// isoWeek is the ISO 8601 year and week.
func (c civil) isoWeek() (year, week int) {
	d := c.days()
	wd := (weekday(d) + 6) % 7 // 0 Monday
	thursday := civilOf(d - int64(wd) + 3)
	return thursday.year, (thursday.yearDay()-1)/7 + 1
}

// isoWeekStart is the Monday on which ISO week w of year y begins, as days.
func isoWeekStart(y, w int) int64 {
	jan4 := civil{y, 1, 4}.days()
	return jan4 - int64((weekday(jan4)+6)%7) + int64(w-1)*7
}

// clock is a time of day.
type clock struct {
	hour, min, sec int
	micro          int
}

func clockOf(us int64) clock {
	return clock{int(us / usPerHour), int(us / usPerMin % 60), int(us / usPerSec % 60), int(us % usPerSec)}
}

func (c clock) micros() int64 {
	return int64(c.hour)*usPerHour + int64(c.min)*usPerMin + int64(c.sec)*usPerSec + int64(c.micro)
}

// moment is a timestamp taken apart.
type moment struct {
	civil
	clock
}

func momentOf(ts int64) moment {
	d, us := floorDiv(ts, usPerDay)
	return moment{civilOf(d), clockOf(us)}
}

func (m moment) timestamp() int64 { return m.civil.days()*usPerDay + m.clock.micros() }

// toUTC and toLocal convert in the session's zone.
func (c *Ctx) toUTC(ts int64) int64 {
	v, err := types.FromLocal(ts, c.Style.TimeZone)
	if err != nil {
		return ts
	}
	return v
}

func (c *Ctx) toLocal(ts int64) int64 { return types.ToLocal(ts, c.Style.TimeZone) }

// offsetAt is the zone's offset east of UTC, in seconds, at a finite instant.
func offsetAt(loc *time.Location, ts int64) int64 { return (types.ToLocal(ts, loc) - ts) / usPerSec }

// dateToTimestamp is midnight of a date.
func dateToTimestamp(d int64) (int64, error) {
	ts, over := dateOrder(d)
	if over != 0 {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range for timestamp")
	}
	return ts, nil
}

// dateOrder is midnight of a date, or over = 1 for a date after all timestamps.
func dateOrder(d int64) (ts int64, over int) {
	switch {
	case d == dateInf:
		return tsInf, 0
	case d == dateNegInf:
		return tsNegInf, 0
	case d >= endTimestamp/usPerDay:
		return 0, 1
	}
	return d * usPerDay, 0
}

// timestampToDate is the day of a timestamp.
func timestampToDate(ts int64) int64 {
	switch ts {
	case tsInf:
		return dateInf
	case tsNegInf:
		return dateNegInf
	}
	d, _ := floorDiv(ts, usPerDay)
	return d
}

// timeOfDay is the µs since midnight of a finite timestamp.
func timeOfDay(ts int64) int64 {
	_, us := floorDiv(ts, usPerDay)
	return us
}

func dateDatum(d int64) types.Datum { return types.NewInt32(int32(d)) }
