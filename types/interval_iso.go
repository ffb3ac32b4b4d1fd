package types

import (
	"math"
	"strconv"
	"strings"
)

// decodeISO reads P1Y2M3DT4H5M6S, P0001-02-03T04:05:06 and their mixtures.
func (b *spanBuilder) decodeISO(s string) dtFault {
	if len(s) < 2 || s[0] != 'P' {
		return faultFormat
	}
	date, seen := true, false
	for s = s[1:]; s != ""; {
		if s[0] == 'T' {
			date, seen, s = false, false, s[1:]
			continue
		}
		x, rest, fault := isoNumber(s)
		if fault != faultNone {
			return fault
		}
		if isoAlternativeStarts(rest, date) {
			if seen {
				return faultFormat
			}
			if s, fault = b.isoAlternative(s, date); fault != faultNone {
				return fault
			}
			seen = true
			continue
		}
		u := isoUnit(rest[0], date)
		if u == unitNone {
			return faultFormat
		}
		if fault := b.addISO(u, x); fault != faultNone {
			return fault
		}
		s, seen = rest[1:], true
	}
	return faultNone
}

func isoUnit(c byte, date bool) unit {
	if date {
		return map[byte]unit{'Y': unitYear, 'M': unitMonth, 'W': unitWeek, 'D': unitDay}[c]
	}
	return map[byte]unit{'H': unitHour, 'M': unitMinute, 'S': unitSecond}[c]
}

// isoAlternativeStarts says whether what follows a number makes it the first of a date or
// time without unit letters.
func isoAlternativeStarts(rest string, date bool) bool {
	if rest == "" {
		return true
	}
	if date {
		return rest[0] == '-' || rest[0] == 'T'
	}
	return rest[0] == ':'
}

// isoNumber reads the number that s starts with, as a double: PostgreSQL's precision.
func isoNumber(s string) (x float64, rest string, fault dtFault) {
	n := isoNumberLen(s)
	x, err := strconv.ParseFloat(s[:n], 64)
	switch {
	case n == 0 || err != nil && !math.IsInf(x, 0):
		return 0, s, faultFormat
	case math.Abs(x) > 1e15:
		return 0, s, faultField
	}
	return x, s[n:], faultNone
}

// isoNumberLen is the length of the longest decimal number at the start of s: no leading
// plus, and an exponent only where digits follow it.
func isoNumberLen(s string) int {
	n := 0
	if n < len(s) && s[n] == '-' {
		n++
	}
	digits := digitPrefix(s[n:])
	n += digits
	if n < len(s) && s[n] == '.' {
		frac := digitPrefix(s[n+1:])
		n, digits = n+1+frac, digits+frac
	}
	if digits == 0 {
		return 0
	}
	if n < len(s) && s[n]|0x20 == 'e' {
		e := n + 1
		if e < len(s) && (s[e] == '-' || s[e] == '+') {
			e++
		}
		if k := digitPrefix(s[e:]); k > 0 {
			n = e + k
		}
	}
	return n
}

func (b *spanBuilder) addISO(u unit, x float64) dtFault {
	whole, frac := math.Modf(x)
	if _, ok := b.add(u, int64(whole), frac); !ok {
		return faultField
	}
	return faultNone
}

// isoAlternative reads yyyy-mm-dd or hh:mm:ss, or either without punctuation, and returns
// what follows.
func (b *spanBuilder) isoAlternative(s string, date bool) (string, dtFault) {
	sep, units := byte('-'), [...]unit{unitYear, unitMonth, unitDay}
	if !date {
		sep, units = ':', [...]unit{unitHour, unitMinute, unitSecond}
	}
	if tail, fault, ok := b.isoRunTogether(s, date, units); ok {
		return tail, fault
	}
	for i, u := range units {
		x, rest, fault := isoNumber(s)
		if fault == faultNone {
			fault = b.addISO(u, x)
		}
		if fault != faultNone {
			return "", fault
		}
		if rest == "" || date && rest[0] == 'T' {
			return rest, faultNone
		}
		if rest[0] != sep || i == len(units)-1 {
			return "", faultFormat
		}
		s = rest[1:]
	}
	return s, faultNone
}

// isoRunTogether reads yyyymmdd or hhmmss; a sign counts for all three. A fraction is one
// of the last day, but of a microsecond and not of a second, as in PostgreSQL.
func (b *spanBuilder) isoRunTogether(s string, date bool, units [3]unit) (tail string, fault dtFault, ok bool) {
	width, last := 6, int64(1)
	if date {
		width, last = 8, int64(usPerDay)
	}
	if digitPrefix(strings.TrimPrefix(s, "-")) != width {
		return "", faultNone, false
	}
	x, rest, fault := isoNumber(s)
	if fault != faultNone || rest != "" && !(date && rest[0] == 'T') {
		return "", fault, fault != faultNone
	}
	whole, frac := math.Modf(x)
	v := int64(whole)
	for i, part := range [...]int64{v / 10000, v / 100 % 100, v % 100} {
		if _, ok := b.add(units[i], part, 0); !ok {
			return "", faultField, true
		}
	}
	if !b.addUnits(0, frac, last) {
		return "", faultField, true
	}
	return rest, faultNone, true
}
