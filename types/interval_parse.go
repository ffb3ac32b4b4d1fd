package types

import (
	"math"
	"strconv"
	"strings"

	"streamdb/types/pgerr"
)

// The fields of an interval's type modifier, PostgreSQL's bits: the modifier is the
// precision in the low 16 bits and the allowed fields above.
const (
	rangeMonth  = 1 << 1
	rangeYear   = 1 << 2
	rangeDay    = 1 << 3
	rangeHour   = 1 << 10
	rangeMinute = 1 << 11
	rangeSecond = 1 << 12
	rangeFull   = 0x7fff
)

// IntervalAllFields is the bit mask of an interval that may have any field.
const IntervalAllFields = rangeFull

// spanBuilder collects an interval's fields.
type spanBuilder struct {
	usec           int64
	day, mon, year int64
	special        int
	before         bool // ago
	negative       bool // every field is, as the first one's sign stands for all
	rng            int
	style          IntervalStyle
}

// ParseInterval reads an interval in any style and applies the type modifier.
func ParseInterval(s string, mod int32, st *Style) (Interval, error) {
	b := &spanBuilder{rng: rangeFull, style: st.IntervalStyle}
	if mod >= 0 {
		b.rng = int(mod >> 16 & rangeFull)
	}
	fault := b.decode(s)
	if fault == faultFormat {
		b = &spanBuilder{}
		fault = b.decodeISO(s)
	}
	if fault == faultField {
		fault = faultInterval
	}
	if fault != faultNone {
		return Interval{}, fault.error(s, "interval", "")
	}
	v, ok := b.interval()
	if !ok {
		return Interval{}, intervalOutOfRange()
	}
	return ApplyIntervalMod(v, mod)
}

func intervalOutOfRange() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "interval out of range")
}

func (b *spanBuilder) interval() (Interval, bool) {
	m := b.year*12 + b.mon
	ok := int64(int32(m)) == m && int64(int32(b.day)) == b.day && abs64(b.year) < math.MaxInt32
	return Interval{Micros: b.usec, Days: int32(b.day), Months: int32(m)}, ok
}

// addUnits adds val whole units of us microseconds and fval of one.
func (b *spanBuilder) addUnits(val int64, fval float64, us int64) bool {
	p := val * us
	if p/us != val {
		return false
	}
	frac := fval * float64(us)
	whole := int64(frac)
	if r := frac - float64(whole); r > 0.5 {
		whole++
	} else if r < -0.5 {
		whole--
	}
	total, ok := addInt64(b.usec, p)
	if ok {
		total, ok = addInt64(total, whole)
	}
	b.usec = total
	return ok
}

// addDays adds val·scale days and the fraction of them in days and microseconds.
func (b *spanBuilder) addDays(val int64, fval float64, scale int64) bool {
	if val > math.MaxInt32 || val < math.MinInt32 {
		return false
	}
	fval *= float64(scale)
	extra := int64(fval)
	b.day += val*scale + extra
	return fits32(val*scale) && fits32(b.day) && b.addUnits(0, fval-float64(extra), usPerDay)
}

// addYears adds val·scale years and the fraction of them in months.
func (b *spanBuilder) addYears(val int64, fval float64, scale int64) bool {
	if val > math.MaxInt32 || val < math.MinInt32 {
		return false
	}
	b.year += val * scale
	b.mon += int64(math.RoundToEven(fval * float64(scale) * 12))
	return fits32(val*scale) && fits32(b.year) && fits32(b.mon)
}

func (b *spanBuilder) addMonths(val int64, fval float64) bool {
	b.mon += val
	return fits32(val) && fits32(b.mon) && b.addDays(0, fval, 30)
}

func fits32(v int64) bool { return int64(int32(v)) == v }

// add adds a number with its unit and returns the fields it filled.
func (b *spanBuilder) add(u unit, val int64, fval float64) (mask int, ok bool) {
	switch u {
	case unitMicrosecond:
		return maskMicro, b.addUnits(val, fval, 1)
	case unitMillisecond:
		return maskMilli, b.addUnits(val, fval, 1000)
	case unitSecond:
		if fval != 0 {
			return maskSecs, b.addUnits(val, fval, usPerSec)
		}
		return maskSecond, b.addUnits(val, fval, usPerSec)
	case unitMinute:
		return maskMinute, b.addUnits(val, fval, usPerMin)
	case unitHour:
		return maskHour, b.addUnits(val, fval, usPerHour)
	case unitDay:
		return maskDay, b.addDays(val, fval, 1)
	case unitWeek:
		return maskWeek, b.addDays(val, fval, 7)
	case unitMonth:
		return maskMonth, b.addMonths(val, fval)
	case unitYear:
		return maskYear, b.addYears(val, fval, 1)
	case unitDecade:
		return maskDecade, b.addYears(val, fval, 10)
	case unitCentury:
		return maskCentury, b.addYears(val, fval, 100)
	case unitMillennium:
		return maskMillennium, b.addYears(val, fval, 1000)
	}
	return -1, true
}

// decode reads the fields from right to left, since a unit follows its number.
func (b *spanBuilder) decode(s string) dtFault {
	fs, fault := scanDateTime(s)
	if fault != faultNone {
		return fault
	}
	b.negative = b.leadingMinus(fs)
	mask, next, wordless := 0, unitNone, true
	for i := len(fs) - 1; i >= 0; i-- {
		var m int
		m, wordless, fault = b.field(fs[i], &next, wordless)
		if fault != faultNone {
			return fault
		}
		if m&mask != 0 {
			return faultFormat
		}
		mask |= m
	}
	if mask == 0 {
		return faultFormat
	}
	if b.special != 0 {
		return faultFormat // PostgreSQL 15 has no infinite intervals
	}
	if b.before {
		return b.negate()
	}
	return faultNone
}

func (b *spanBuilder) negate() dtFault {
	if b.usec == math.MinInt64 || b.day == math.MinInt32 || b.mon == math.MinInt32 || b.year == math.MinInt32 {
		return faultField
	}
	b.usec, b.day, b.mon, b.year = -b.usec, -b.day, -b.mon, -b.year
	return faultNone
}

// leadingMinus says whether the first field's minus sign stands for every field: in the
// style of the SQL standard, where no other field has a sign.
func (b *spanBuilder) leadingMinus(fs []field) bool {
	if b.style != IntervalSQLStandard || len(fs) == 0 || fs[0].s[0] != '-' {
		return false
	}
	for _, f := range fs[1:] {
		if f.s[0] == '-' || f.s[0] == '+' {
			return false
		}
	}
	return true
}

// field reads one field; next is the unit for the number before it, rightmost whether no
// field has set it yet.
func (b *spanBuilder) field(f field, next *unit, rightmost bool) (int, bool, dtFault) {
	switch f.kind {
	case fieldTime:
		mask, fault := b.time(f.s, 1)
		*next = unitDay
		return mask, false, fault
	case fieldZone:
		if strings.IndexByte(f.s[1:], ':') >= 0 {
			sign := int64(1)
			if f.s[0] == '-' {
				sign = -1
			}
			if mask, fault := b.time(f.s[1:], sign); fault == faultNone {
				*next = unitDay
				return mask, false, faultNone
			}
		}
		fallthrough
	case fieldDate, fieldNumber:
		if rightmost {
			*next = b.defaultUnit()
		}
		mask, fault := b.number(f.s, next)
		return mask, false, fault
	}
	w, ok := intervalWord(f.s)
	switch {
	case !ok:
		return 0, false, faultFormat
	case w.kind == wordIgnore:
		return 0, rightmost, faultNone
	case w.kind == wordUnit:
		*next = unit(w.value)
	case w.kind == wordAgo:
		b.before, *next = true, unitNone
	case w.kind == wordReserved:
		b.special = w.value
		return maskDate | maskTime, false, faultNone
	default:
		return 0, false, faultFormat
	}
	return 0, false, faultNone
}

// time reads hh:mm:ss as the time part of an interval.
func (b *spanBuilder) time(s string, sign int64) (int, dtFault) {
	var c clock
	mask, fault := c.decodeTime(s, b.rng)
	if fault != faultNone {
		return 0, fault
	}
	hour := int64(c.hour)
	c.hour = 0
	if !b.addUnits(sign*hour, 0, usPerHour) || !b.addUnits(sign*c.timeOfDay(), 0, 1) {
		return 0, faultField
	}
	if b.negative {
		b.usec = -abs64(b.usec)
	}
	return mask, faultNone
}

// defaultUnit is the unit of a rightmost number without one, by the type modifier.
func (b *spanBuilder) defaultUnit() unit {
	switch b.rng {
	case rangeYear:
		return unitYear
	case rangeMonth, rangeYear | rangeMonth:
		return unitMonth
	case rangeDay:
		return unitDay
	case rangeHour, rangeDay | rangeHour:
		return unitHour
	case rangeMinute, rangeHour | rangeMinute, rangeDay | rangeHour | rangeMinute:
		return unitMinute
	}
	return unitSecond
}

// number reads a number, or years-months, and adds it with the unit due.
func (b *spanBuilder) number(s string, next *unit) (int, dtFault) {
	n := 0
	if s[0] == '-' || s[0] == '+' {
		n = 1
	}
	n += digitPrefix(s[n:])
	val, err := int64(0), error(nil)
	if strings.Trim(s[:n], "+-") != "" {
		if val, err = strconv.ParseInt(s[:n], 10, 64); err != nil {
			return 0, faultField
		}
	}
	fval := 0.0
	switch rest := s[n:]; {
	case rest == "":
	case rest[0] == '-':
		m, tail, fault := cint(rest[1:])
		if fault != faultNone || m < 0 || m >= 12 {
			return 0, faultField
		}
		if tail != "" {
			return 0, faultFormat
		}
		*next = unitMonth
		if s[0] == '-' {
			m = -m
		}
		if val > math.MaxInt32/12 || val < math.MinInt32/12 {
			return 0, faultField
		}
		val = val*12 + int64(m)
	case rest[0] == '.':
		if rest != "." {
			if !allDigits(rest[1:]) {
				return 0, faultFormat
			}
			fval, _ = strconv.ParseFloat(rest, 64)
		}
		if s[0] == '-' {
			fval = -fval
		}
	default:
		return 0, faultFormat
	}
	if b.negative {
		val, fval = -abs64(val), -math.Abs(fval)
	}
	mask, ok := b.add(*next, val, fval)
	if mask < 0 {
		return 0, faultFormat
	}
	if !ok {
		return 0, faultField
	}
	if *next == unitHour {
		*next = unitDay
	}
	return mask, faultNone
}
