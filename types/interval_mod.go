package types

import "fmt"

// ApplyIntervalMod drops the fields that a type modifier does not allow and rounds the
// seconds to its precision.
func ApplyIntervalMod(v Interval, mod int32) (Interval, error) {
	if mod < 0 {
		return v, nil
	}
	switch rng := int(mod >> 16 & rangeFull); rng {
	case rangeYear:
		v.Months, v.Days, v.Micros = v.Months/12*12, 0, 0
	case rangeMonth, rangeYear | rangeMonth:
		v.Days, v.Micros = 0, 0
	case rangeDay:
		v.Micros = 0
	case rangeHour, rangeDay | rangeHour:
		v.Micros = v.Micros / usPerHour * usPerHour
	case rangeMinute, rangeHour | rangeMinute, rangeDay | rangeHour | rangeMinute:
		v.Micros = v.Micros / usPerMin * usPerMin
	}
	if p := mod & 0xffff; p < 6 {
		v.Micros = roundMicros(v.Micros, p)
	}
	return v, nil
}

// IntervalMod is the type modifier of an interval with a precision (−1: none) and allowed
// fields as a bit mask of PostgreSQL's (0: all).
func IntervalMod(fields, precision int) int32 {
	if fields == 0 {
		fields = rangeFull
	}
	if precision < 0 {
		precision = 0xffff
	}
	return int32(fields<<16 | precision&0xffff)
}

// intervalModText is what stands after the name of an interval with a type modifier.
func intervalModText(mod int32) string {
	fields := map[int]string{
		rangeYear: " year", rangeMonth: " month", rangeDay: " day", rangeHour: " hour", rangeMinute: " minute", rangeSecond: " second",
		rangeYear | rangeMonth: " year to month", rangeDay | rangeHour: " day to hour",
		rangeDay | rangeHour | rangeMinute:               " day to minute",
		rangeDay | rangeHour | rangeMinute | rangeSecond: " day to second",
		rangeHour | rangeMinute:                          " hour to minute",
		rangeHour | rangeMinute | rangeSecond:            " hour to second",
		rangeMinute | rangeSecond:                        " minute to second",
	}[int(mod>>16&rangeFull)]
	if p := mod & 0xffff; p <= 6 {
		fields += fmt.Sprintf("(%d)", p)
	}
	return fields
}
