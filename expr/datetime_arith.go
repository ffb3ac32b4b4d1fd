package expr

import (
	"math"
	"time"

	"streamdb/types"
	"streamdb/types/pgerr"
)

func intervalRange() error { return pgerr.New(pgerr.DatetimeFieldOverflow, "interval out of range") }

func negInterval(v types.Interval) (types.Interval, error) {
	if v.Months == math.MinInt32 || v.Days == math.MinInt32 || v.Micros == math.MinInt64 {
		return v, intervalRange()
	}
	return types.Interval{Micros: -v.Micros, Days: -v.Days, Months: -v.Months}, nil
}

func addIntervals(a, b types.Interval) (types.Interval, error) {
	m, d := int64(a.Months)+int64(b.Months), int64(a.Days)+int64(b.Days)
	us, over := addInt64(a.Micros, b.Micros)
	if over || m != int64(int32(m)) || d != int64(int32(d)) {
		return a, intervalRange()
	}
	return types.Interval{Micros: us, Days: int32(d), Months: int32(m)}, nil
}

func subIntervals(a, b types.Interval) (types.Interval, error) {
	m, d := int64(a.Months)-int64(b.Months), int64(a.Days)-int64(b.Days)
	us, over := subInt64(a.Micros, b.Micros)
	if over || m != int64(int32(m)) || d != int64(int32(d)) {
		return a, intervalRange()
	}
	return types.Interval{Micros: us, Days: int32(d), Months: int32(m)}, nil
}

// roundSec rounds seconds or days to six fractional digits.
func roundSec(x float64) float64 { return math.RoundToEven(x*1e6) / 1e6 }

func intervalMul(v types.Interval, f float64) (types.Interval, error) {
	return scaleInterval(v, func(x float64) float64 { return x * f })
}

func intervalDiv(v types.Interval, f float64) (types.Interval, error) {
	if f == 0 {
		return v, divisionByZero()
	}
	return scaleInterval(v, func(x float64) float64 { return x / f })
}

// scaleInterval scales each field; fractions of months become days of 30 to the month,
// fractions of days become time.
func scaleInterval(v types.Interval, scale func(float64) float64) (types.Interval, error) {
	months, days := scale(float64(v.Months)), scale(float64(v.Days))
	if !fitsInt32(months) || !fitsInt32(days) {
		return v, intervalRange()
	}
	r := types.Interval{Months: int32(months), Days: int32(days)}
	restDays := roundSec((months - float64(r.Months)) * 30)
	restSec := roundSec((days - float64(r.Days) + restDays - math.Trunc(restDays)) * 86400)
	extra := int64(0)
	if math.Abs(restSec) >= 86400 {
		extra = int64(restSec / 86400)
		restSec -= float64(extra * 86400)
	}
	total := int64(r.Days) + extra + int64(restDays)
	us := math.RoundToEven(scale(float64(v.Micros)) + restSec*1e6)
	if total != int64(int32(total)) || !(us >= -1<<63 && us < 1<<63) {
		return v, intervalRange()
	}
	r.Days, r.Micros = int32(total), int64(us)
	return r, nil
}

func fitsInt32(f float64) bool { return f >= math.MinInt32 && f <= math.MaxInt32 }

// addMonths moves a timestamp by calendar months, keeping the day where the month has it.
func addMonths(ts int64, n int32) int64 {
	m := momentOf(ts)
	total := int64(m.year)*12 + int64(m.month-1) + int64(n)
	y, mon := floorDiv(total, 12)
	m.year, m.month = int(y), int(mon)+1
	m.day = min(m.day, monthDays(m.year, m.month))
	return m.timestamp()
}

// addToTimestamp is timestamp + interval.
func addToTimestamp(ts int64, v types.Interval) (int64, error) {
	if !finiteTimestamp(ts) {
		return ts, nil
	}
	var err error
	if v.Months != 0 {
		if ts, err = checkMonths(ts, v.Months); err != nil {
			return 0, err
		}
	}
	if v.Days != 0 {
		if ts, err = checkTimestamp(ts + int64(v.Days)*usPerDay); err != nil {
			return 0, err
		}
	}
	ts, over := addInt64(ts, v.Micros)
	if over || !validTimestamp(ts) {
		return 0, timestampRange()
	}
	return ts, nil
}

func checkMonths(ts int64, n int32) (int64, error) {
	if y := int64(momentOf(ts).year) + int64(n)/12; y < -4720 || y > 294280 {
		return 0, timestampRange()
	}
	v := addMonths(ts, n)
	if !validTimestamp(v) {
		return 0, timestampRange()
	}
	return v, nil
}

// addToInstant is timestamptz + interval: months and days by the clocks of loc, time by
// the world's.
func addToInstant(ts int64, v types.Interval, loc *time.Location) (int64, error) {
	if !finiteTimestamp(ts) {
		return ts, nil
	}
	if v.Months != 0 || v.Days != 0 {
		local, err := addToTimestamp(types.ToLocal(ts, loc), types.Interval{Months: v.Months})
		if err != nil {
			return 0, err
		}
		if v.Months != 0 && v.Days != 0 {
			if ts, err = types.FromLocal(local, loc); err != nil {
				return 0, err
			}
			local = types.ToLocal(ts, loc)
		}
		if local, err = addToTimestamp(local, types.Interval{Days: v.Days}); err != nil {
			return 0, err
		}
		if ts, err = types.FromLocal(local, loc); err != nil {
			return 0, err
		}
	}
	ts, over := addInt64(ts, v.Micros)
	if over || !validTimestamp(ts) {
		return 0, timestampRange()
	}
	return ts, nil
}

// timestampDiff is a − b in days and time.
func timestampDiff(a, b int64) (types.Interval, error) {
	if !finiteTimestamp(a) || !finiteTimestamp(b) {
		return types.Interval{}, pgerr.New(pgerr.DatetimeFieldOverflow, "cannot subtract infinite timestamps")
	}
	d, over := subInt64(a, b)
	if over {
		return types.Interval{}, intervalRange()
	}
	return types.Interval{Days: int32(d / usPerDay), Micros: d % usPerDay}, nil
}

// age is the difference in years, months, days and time.
func age(a, b int64) (types.Interval, error) {
	if !finiteTimestamp(a) || !finiteTimestamp(b) {
		return types.Interval{}, timestampRange()
	}
	x, y := momentOf(a), momentOf(b)
	sign := 1
	if a < b {
		sign = -1
	}
	us := int64(sign) * (x.clock.micros() - y.clock.micros())
	days := sign * (x.day - y.day)
	months := sign * ((x.year-y.year)*12 + x.month - y.month)
	if us < 0 {
		us += usPerDay
		days--
	}
	for days < 0 {
		if sign < 0 {
			days += monthDays(x.year, x.month)
		} else {
			days += monthDays(y.year, y.month)
		}
		months--
	}
	return types.Interval{Months: int32(sign * months), Days: int32(sign * days), Micros: int64(sign) * us}, nil
}

// justifyHours makes whole days of 24 hours; justifyDays whole months of 30 days.
func justifyHours(v types.Interval) (types.Interval, error) {
	days, us := int64(v.Days)+v.Micros/usPerDay, v.Micros%usPerDay
	switch {
	case days > 0 && us < 0:
		us += usPerDay
		days--
	case days < 0 && us > 0:
		us -= usPerDay
		days++
	}
	return wholeInterval(int64(v.Months), days, us)
}

func justifyDays(v types.Interval) (types.Interval, error) {
	months, days := int64(v.Months)+int64(v.Days)/30, int64(v.Days)%30
	switch {
	case months > 0 && days < 0:
		days += 30
		months--
	case months < 0 && days > 0:
		days -= 30
		months++
	}
	return wholeInterval(months, days, v.Micros)
}

func wholeInterval(months, days, us int64) (types.Interval, error) {
	if months != int64(int32(months)) || days != int64(int32(days)) {
		return types.Interval{}, intervalRange()
	}
	return types.Interval{Months: int32(months), Days: int32(days), Micros: us}, nil
}

// justifyInterval does both and makes all signs agree.
func justifyInterval(v types.Interval) (types.Interval, error) {
	days := int64(v.Days) + v.Micros/usPerDay
	us := v.Micros % usPerDay
	months := int64(v.Months) + days/30
	days %= 30
	switch {
	case months > 0 && (days < 0 || days == 0 && us < 0):
		days += 30
		months--
	case months < 0 && (days > 0 || days == 0 && us > 0):
		days -= 30
		months++
	}
	switch {
	case days > 0 && us < 0:
		us += usPerDay
		days--
	case days < 0 && us > 0:
		us -= usPerDay
		days++
	}
	return wholeInterval(months, days, us)
}

// addToTime is time + interval, round the clock.
func addToTime(t int64, v types.Interval) int64 { return timeOfDay(t + v.Micros%usPerDay) }

// addToDate is date + days.
func addToDate(d, n int64) (int64, error) {
	if !finiteDate(d) {
		return d, nil
	}
	if r := d + n; r >= minDate && r < endDate {
		return r, nil
	}
	return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range")
}
