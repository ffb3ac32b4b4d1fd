package types

import (
	"math"
	"math/bits"

	"streamdb/types/pgerr"
)

func addInt64(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}

func addInt32(a, b int32) (int32, bool) {
	c := int64(a) + int64(b)
	return int32(c), int64(int32(c)) == c
}

// Add is v+w, field by field.
func (v Interval) Add(w Interval) (Interval, error) {
	m, ok1 := addInt32(v.Months, w.Months)
	d, ok2 := addInt32(v.Days, w.Days)
	t, ok3 := addInt64(v.Micros, w.Micros)
	if !ok1 || !ok2 || !ok3 {
		return Interval{}, intervalOutOfRange()
	}
	return Interval{t, d, m}, nil
}

// Neg is −v.
func (v Interval) Neg() (Interval, error) {
	if v.Months == math.MinInt32 || v.Days == math.MinInt32 || v.Micros == math.MinInt64 {
		return Interval{}, intervalOutOfRange()
	}
	return Interval{-v.Micros, -v.Days, -v.Months}, nil
}

// Sub is v−w.
func (v Interval) Sub(w Interval) (Interval, error) {
	m := int64(v.Months) - int64(w.Months)
	d := int64(v.Days) - int64(w.Days)
	t, borrow := bits.Sub64(uint64(v.Micros), uint64(w.Micros), 0)
	_ = borrow
	over := (v.Micros >= 0) != (w.Micros >= 0) && (int64(t) >= 0) != (v.Micros >= 0)
	if int64(int32(m)) != m || int64(int32(d)) != d || over {
		return Interval{}, intervalOutOfRange()
	}
	return Interval{int64(t), int32(d), int32(m)}, nil
}

// Mul is v·f; fractions of months and days go down to days and time.
func (v Interval) Mul(f float64) (Interval, error) {
	return v.scaled(float64(v.Months)*f, float64(v.Days)*f, float64(v.Micros)*f)
}

// Div is v/f.
func (v Interval) Div(f float64) (Interval, error) {
	if f == 0 {
		return Interval{}, divisionByZero()
	}
	return v.scaled(float64(v.Months)/f, float64(v.Days)/f, float64(v.Micros)/f)
}

// roundMicro rounds seconds, or days, to six digits.
func roundMicro(f float64) float64 { return math.RoundToEven(f*1e6) / 1e6 }

func (v Interval) scaled(months, days, micros float64) (Interval, error) {
	if !fitsInt32(months) || !fitsInt32(days) {
		return Interval{}, intervalOutOfRange()
	}
	r := Interval{Months: int32(months), Days: int32(days)}
	monthDays := roundMicro((months - float64(r.Months)) * 30)
	secs := roundMicro((days - float64(r.Days) + monthDays - math.Trunc(monthDays)) * 86400)
	if math.Abs(secs) >= 86400 {
		r.Days += int32(secs / 86400)
		secs -= math.Trunc(secs/86400) * 86400
	}
	r.Days += int32(monthDays)
	t := math.RoundToEven(micros + secs*usPerSec)
	if t != t || t >= math.MaxInt64 || t < math.MinInt64 {
		return Interval{}, intervalOutOfRange()
	}
	r.Micros = int64(t)
	return r, nil
}

func fitsInt32(f float64) bool { return f <= math.MaxInt32 && f >= math.MinInt32 }

// JustifyHours makes whole days of 24 hours.
func (v Interval) JustifyHours() (Interval, error) {
	d, ok := addInt32(v.Days, int32(v.Micros/usPerDay))
	if !ok {
		return v, intervalOutOfRange()
	}
	v.Days, v.Micros = d, v.Micros%usPerDay
	return v.levelTime(), nil
}

// levelTime gives days and time one sign.
func (v Interval) levelTime() Interval {
	if v.Days > 0 && v.Micros < 0 {
		v.Days, v.Micros = v.Days-1, v.Micros+usPerDay
	} else if v.Days < 0 && v.Micros > 0 {
		v.Days, v.Micros = v.Days+1, v.Micros-usPerDay
	}
	return v
}

// JustifyDays makes whole months of 30 days.
func (v Interval) JustifyDays() (Interval, error) {
	m, ok := addInt32(v.Months, v.Days/30)
	if !ok {
		return v, intervalOutOfRange()
	}
	v.Months, v.Days = m, v.Days%30
	if v.Months > 0 && v.Days < 0 {
		v.Months, v.Days = v.Months-1, v.Days+30
	} else if v.Months < 0 && v.Days > 0 {
		v.Months, v.Days = v.Months+1, v.Days-30
	}
	return v, nil
}

// JustifyInterval does both and gives all fields one sign.
func (v Interval) JustifyInterval() (Interval, error) {
	days := int64(v.Days) + v.Micros/usPerDay
	v.Micros %= usPerDay
	m, ok := addInt32(v.Months, int32(days/30))
	if !ok || days/30 != int64(int32(days/30)) {
		return v, intervalOutOfRange()
	}
	v.Months, v.Days = m, int32(days%30)
	if v.Months > 0 && (v.Days < 0 || v.Days == 0 && v.Micros < 0) {
		v.Months, v.Days = v.Months-1, v.Days+30
	} else if v.Months < 0 && (v.Days > 0 || v.Days == 0 && v.Micros > 0) {
		v.Months, v.Days = v.Months+1, v.Days-30
	}
	return v.levelTime(), nil
}

// MakeInterval is make_interval.
func MakeInterval(years, months, weeks, days, hours, mins int32, secs float64) (Interval, error) {
	if math.IsNaN(secs) || math.IsInf(secs, 0) {
		return Interval{}, intervalOutOfRange()
	}
	m := int64(years)*12 + int64(months)
	d := int64(weeks)*7 + int64(days)
	t := math.RoundToEven(secs*usPerSec) + float64(int64(hours)*usPerHour+int64(mins)*usPerMin)
	if int64(int32(m)) != m || int64(int32(d)) != d || math.Abs(t) >= math.MaxInt64 {
		return Interval{}, intervalOutOfRange()
	}
	us := int64(hours)*usPerHour + int64(mins)*usPerMin + int64(math.RoundToEven(secs*usPerSec))
	return Interval{Micros: us, Days: int32(d), Months: int32(m)}, nil
}

// IntervalFromTime is the interval of a time of day.
func IntervalFromTime(t int64) Interval { return Interval{Micros: t} }

// TimeFromInterval is the time of day of an interval: its time part modulo a day.
func TimeFromInterval(v Interval) int64 {
	t := v.Micros % usPerDay
	if t < 0 {
		t += usPerDay
	}
	return t
}

func pgDatetime(format string, args ...any) error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, format, args...)
}
