package types

import (
	"math"
	"strconv"
	"strings"
)

// decodeDate reads a date with embedded punctuation.
func (d *dtDecoder) decodeDate(s string) (int, dtFault) {
	parts, ok := dateParts(s)
	if !ok {
		return 0, faultFormat
	}
	mask, got := d.mask, 0
	for i, p := range parts {
		if !isAlpha(p[0]) {
			continue
		}
		w, ok := dateWord(p)
		if ok && w.kind == wordIgnore {
			continue
		}
		if !ok || w.kind != wordMonth || mask&maskMonth != 0 {
			return 0, faultFormat
		}
		d.mon, d.textMonth = w.value, true
		mask |= maskMonth
		got |= maskMonth
		parts[i] = ""
	}
	for _, p := range parts {
		if p == "" || isAlpha(p[0]) {
			continue
		}
		m, fault := d.number(p, mask)
		if fault != faultNone {
			return 0, fault
		}
		if m&mask != 0 {
			return 0, faultFormat
		}
		mask |= m
		got |= m
	}
	if mask&^(maskDOY|maskZone) != maskDate {
		return 0, faultFormat
	}
	return got, faultNone
}

// dateParts cuts a date at its punctuation, and where digits meet letters the character
// between them is lost, as in PostgreSQL.
func dateParts(s string) (parts []string, ok bool) {
	i := 0
	for i < len(s) {
		for i < len(s) && !isDigit(s[i]) && !isAlpha(s[i]) {
			i++
		}
		if i == len(s) {
			return nil, false
		}
		from := i
		if isDigit(s[i]) {
			for i < len(s) && isDigit(s[i]) {
				i++
			}
		} else {
			for i < len(s) && isAlpha(s[i]) {
				i++
			}
		}
		parts = append(parts, s[from:i])
		if i < len(s) {
			i++
		}
	}
	return parts, len(parts) > 0
}

// number reads a number as the part of a date that is due, given what mask has.
func (d *dtDecoder) number(s string, mask int) (int, dtFault) {
	n := digitPrefix(s)
	val64, err := strconv.ParseInt(s[:n], 10, 32)
	if n == 0 {
		return 0, faultFormat
	}
	if err != nil {
		return 0, faultField
	}
	val := int(val64)
	if n < len(s) {
		if s[n] != '.' {
			return 0, faultFormat
		}
		if n > 2 {
			return d.concatenated(s, mask|maskDate)
		}
		var fault dtFault
		if d.usec, fault = parseFraction6(s[n:]); fault != faultNone {
			return 0, fault
		}
	}
	if len(s) == 3 && mask&maskDate == maskYear && val >= 1 && val <= 366 {
		d.yday = val
		return maskDOY | maskMonth | maskDay, faultNone
	}
	got := d.whichPart(len(s), mask)
	switch got {
	case maskYear:
		if mask&maskDate == maskYear|maskMonth {
			d.day, d.twoDigit = d.year, false
			d.year = val
			return maskDay, faultNone
		}
		d.year, d.twoDigit = val, len(s) <= 2
	case maskMonth:
		d.mon = val
	case maskDay:
		d.day = val
	default:
		return d.concatenated(s, mask)
	}
	return got, faultNone
}

// whichPart decides what a number of n digits is; 0: a time, as the date is complete.
func (d *dtDecoder) whichPart(n, mask int) int {
	order := d.st.DateOrder
	switch mask & maskDate {
	case 0:
		if n >= 3 || order == OrderYMD {
			return maskYear
		}
		if order == OrderDMY {
			return maskDay
		}
		return maskMonth
	case maskYear, maskDay:
		return maskMonth
	case maskMonth:
		if d.textMonth && (n >= 3 || order == OrderYMD) {
			return maskYear
		}
		return maskDay
	case maskYear | maskMonth:
		if d.textMonth && n >= 3 && d.twoDigit {
			return maskYear // the number taken for the year was the day
		}
		return maskDay
	case maskMonth | maskDay:
		return maskYear
	}
	return 0
}

// concatenated reads yymmdd, yyyymmdd, hhmmss or hhmm.
func (d *dtDecoder) concatenated(s string, mask int) (int, dtFault) {
	if i := strings.IndexByte(s, '.'); i >= 0 {
		if i+1 < len(s) {
			f, err := strconv.ParseFloat(s[i:], 64)
			if err != nil {
				return 0, faultFormat
			}
			d.usec = int(math.RoundToEven(f * 1e6))
		} else {
			d.usec = 0
		}
		s = s[:i]
	} else if mask&maskDate != maskDate && len(s) >= 6 {
		if !allDigits(s) {
			return 0, faultFormat
		}
		n := len(s)
		d.day, d.mon = atoi(s[n-2:]), atoi(s[n-4:n-2])
		d.year = atoi(s[:n-4])
		if n-4 == 2 {
			d.twoDigit = true
		}
		return maskDate, faultNone
	}
	if mask&maskTime != maskTime && allDigits(s) {
		switch len(s) {
		case 6:
			d.hour, d.min, d.sec = atoi(s[:2]), atoi(s[2:4]), atoi(s[4:])
			return maskTime, d.checkClock()
		case 4:
			d.hour, d.min, d.sec = atoi(s[:2]), atoi(s[2:]), 0
			return maskTime, d.checkClock()
		}
	}
	return 0, faultFormat
}

// checkClock refuses a run-together time out of range.
func (d *dtDecoder) checkClock() dtFault {
	if d.min > 59 || d.sec > 60 || d.hour > 24 || d.hour == 24 && (d.min > 0 || d.sec > 0 || d.usec > 0) {
		return faultField
	}
	return faultNone
}

func atoi(s string) int {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return math.MaxInt32
	}
	return int(n)
}

// parseFraction6 reads .ffffff as microseconds.
func parseFraction6(s string) (int, dtFault) {
	if len(s) == 1 {
		return 0, faultNone
	}
	if !allDigits(s[1:]) {
		return 0, faultFormat
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, faultFormat
	}
	return int(math.RoundToEven(f * 1e6)), faultNone
}

// cint reads a number with optional sign at the start of s and returns what follows.
func cint(s string) (v int, rest string, fault dtFault) {
	v, rest, fault = cint64(s)
	if v > math.MaxInt32 || v < math.MinInt32 {
		return 0, s, faultField
	}
	return v, rest, fault
}

// cint64 is cint of a number that may need 64 bits.
func cint64(s string) (v int, rest string, fault dtFault) {
	n := 0
	if n < len(s) && (s[n] == '-' || s[n] == '+') {
		n++
	}
	n += digitPrefix(s[n:])
	if n == 0 || n == 1 && !isDigit(s[0]) {
		return 0, s, faultNone
	}
	v64, err := strconv.ParseInt(s[:n], 10, 64)
	if err != nil {
		return 0, s, faultField
	}
	return int(v64), s[n:], faultNone
}

// decodeTime reads hh:mm[:ss[.fff]], or mm:ss where the range or a fraction says so.
func (c *clock) decodeTime(s string, rng int) (mask int, fault dtFault) {
	if c.hour, s, fault = cint64(s); fault != faultNone { // an interval may have many
		return 0, fault
	}
	if s == "" || s[0] != ':' {
		return 0, faultFormat
	}
	if c.min, s, fault = cint(s[1:]); fault != faultNone {
		return 0, fault
	}
	c.sec, c.usec = 0, 0
	switch {
	case s == "":
		if rng == rangeMinute|rangeSecond {
			c.hour, c.min, c.sec = 0, c.hour, c.min
		}
	case s[0] == '.':
		if c.usec, fault = parseFraction6(s); fault != faultNone {
			return 0, fault
		}
		c.hour, c.min, c.sec = 0, c.hour, c.min
	case s[0] == ':':
		if c.sec, s, fault = cint(s[1:]); fault != faultNone {
			return 0, fault
		}
		if s != "" {
			if s[0] != '.' {
				return 0, faultFormat
			}
			if c.usec, fault = parseFraction6(s); fault != faultNone {
				return 0, fault
			}
		}
	default:
		return 0, faultFormat
	}
	if c.hour < 0 || c.min < 0 || c.min > 59 || c.sec < 0 || c.sec > 60 || c.usec < 0 || c.usec > usPerSec {
		return 0, faultField
	}
	return maskTime, faultNone
}

// decodeOffset reads a zone offset, + eastward: +hh[:mm[:ss]] or +hhmm.
func decodeOffset(s string) (int, dtFault) {
	if s == "" || s[0] != '+' && s[0] != '-' {
		return 0, faultFormat
	}
	hr, rest, fault := cint(s[1:])
	if fault != faultNone {
		return 0, faultZone
	}
	minute, sec := 0, 0
	if rest != "" && rest[0] == ':' {
		if minute, rest, fault = cint(rest[1:]); fault != faultNone {
			return 0, faultZone
		}
		if rest != "" && rest[0] == ':' {
			if sec, rest, fault = cint(rest[1:]); fault != faultNone {
				return 0, faultZone
			}
		}
	} else if rest == "" && len(s) > 3 {
		hr, minute = hr/100, hr%100
	}
	if hr < 0 || hr > 15 || minute < 0 || minute > 59 || sec < 0 || sec > 59 {
		return 0, faultZone
	}
	if rest != "" {
		return 0, faultFormat
	}
	off := (hr*60+minute)*60 + sec
	if s[0] == '-' {
		off = -off
	}
	return off, faultNone
}

// validateDate fixes the year and checks month and day.
func (d *dtDecoder) validateDate() dtFault {
	if d.mask&maskYear != 0 && !d.julian {
		switch {
		case d.bc:
			if d.year <= 0 {
				return faultField
			}
			d.year = 1 - d.year
		case d.twoDigit:
			if d.year < 70 {
				d.year += 2000
			} else if d.year < 100 {
				d.year += 1900
			}
		case d.year <= 0:
			return faultField
		}
	}
	if d.mask&maskDOY != 0 {
		d.year, d.mon, d.day = civilFromDays(daysFromCivil(d.year, 1, 1) + d.yday - 1)
	}
	if d.mask&maskMonth != 0 && (d.mon < 1 || d.mon > 12) || d.mask&maskDay != 0 && (d.day < 1 || d.day > 31) {
		return faultMonthDay
	}
	if d.mask&maskDate == maskDate && d.day > daysInMonth(d.year, d.mon) {
		return faultField
	}
	return faultNone
}

// dateInTime reads a field with punctuation in the text of a time of day.
func (d *dtDecoder) dateInTime(i int) (int, dtFault) {
	s, n := d.fs[i].s, len(d.fs)
	if i == 0 && n >= 2 && (d.fs[n-1].kind == fieldDate || d.fs[1].kind == fieldTime) {
		return d.decodeDate(s)
	}
	if !isDigit(s[0]) {
		return d.namedZone(s)
	}
	if d.label != unitNone && d.label != unitTime {
		return 0, faultFormat
	}
	d.label = unitNone
	return d.timeWithOffset(s, d.mask|maskDate)
}

// numberInTime reads a number in the text of a time of day.
func (d *dtDecoder) numberInTime(i, dot int) (int, dtFault) {
	s := d.fs[i].s
	switch {
	case dot >= 0 && i == 0 && len(d.fs) >= 2 && d.fs[len(d.fs)-1].kind == fieldDate:
		return d.decodeDate(s)
	case dot > 2, dot < 0 && len(s) > 4:
		return d.concatenated(s, d.mask|maskDate)
	case dot >= 0:
		return 0, faultFormat
	}
	return d.number(s, d.mask|maskDate)
}

// finishTime checks a time of day.
func (d *dtDecoder) finishTime() dtFault {
	switch {
	case d.timeOverflows(), d.hour == 23 && d.min == 59 && d.sec == 60 && d.usec > 0: // past 24:00
		return faultField
	case d.mask&maskTime != maskTime:
		return faultFormat
	case d.zone != nil && d.zone.abbrev == "" && d.mask&maskDate != maskDate && !fixedZone(d.zone.loc):
		return faultFormat
	}
	return faultNone
}
