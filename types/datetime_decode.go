package types

import (
	"math"
	"strconv"
	"strings"
)

// The fields that have been read, as bits; reading one twice is an error.
const (
	maskYear = 1 << iota
	maskMonth
	maskDay
	maskDOY
	maskHour
	maskMinute
	maskSecond
	maskMilli
	maskMicro
	maskZone
	maskDST    // a dst word
	maskAbbrev // a zone abbreviation that implies daylight saving
	maskWeekday
	maskAMPM
	maskEra
	maskWeek
	maskReserved
	maskDecade
	maskCentury
	maskMillennium

	maskSecs = maskSecond | maskMilli | maskMicro
	maskTime = maskHour | maskMinute | maskSecs
	maskDate = maskYear | maskMonth | maskDay
)

// dtDecoder makes a date and time of fields.
type dtDecoder struct {
	clock
	st        *Style
	fs        []field
	mask      int
	special   int // a reserved word that is a whole value: epoch or an infinity
	zone      *Zone
	zoneName  string // for the error of an unknown one
	label     unit   // the previous field named the unit of the next
	ampm      int    // −1 none, 0 am, 1 pm
	bc        bool
	julian    bool
	twoDigit  bool // the year has one or two digits
	textMonth bool
	timeOnly  bool // reading a time of day
}

// decodeDateTime reads a date with or without time, and finds the zone offset.
func decodeDateTime(s string, st *Style, timeOnly bool) (*dtDecoder, dtFault) {
	d := &dtDecoder{st: st, ampm: -1, timeOnly: timeOnly}
	fs, fault := scanDateTime(s)
	if fault != faultNone {
		return d, fault
	}
	d.fs = fs
	for i := range fs {
		mask, fault := d.field(i)
		if fault != faultNone {
			return d, fault
		}
		if mask&d.mask != 0 {
			return d, faultFormat
		}
		d.mask |= mask
	}
	return d, d.finish()
}

// field reads field i and returns the mask of what it gave.
func (d *dtDecoder) field(i int) (int, dtFault) {
	f := d.fs[i]
	switch f.kind {
	case fieldDate:
		if d.timeOnly {
			return d.dateInTime(i)
		}
		return d.dateField(f.s)
	case fieldTime:
		if d.label != unitNone && d.label != unitTime {
			return 0, faultFormat
		}
		d.label = unitNone
		mask, fault := d.decodeTime(f.s, rangeFull)
		if fault == faultNone && d.timeOverflows() {
			fault = faultField
		}
		return mask, fault
	case fieldZone:
		var fault dtFault
		d.gmtoff, fault = decodeOffset(f.s)
		return maskZone, fault
	case fieldNumber:
		if d.label != unitNone {
			return d.labelled(f.s)
		}
		return d.numberField(i)
	}
	return d.word(i)
}

func (d *dtDecoder) timeOverflows() bool { return d.timeOfDay() > usPerDay }

// dateField reads a field with embedded punctuation: a date, or after one a zone name or
// a run-together time with an offset.
func (d *dtDecoder) dateField(s string) (int, dtFault) {
	if d.label == unitJulian {
		n := digitPrefix(s)
		val, err := strconv.Atoi(s[:n])
		if err != nil || val > math.MaxInt32 {
			return 0, faultField
		}
		d.setJulian(val)
		off, fault := decodeOffset(s[n:])
		d.gmtoff, d.label = off, unitNone
		return maskDate | maskTime | maskZone, fault
	}
	if d.label == unitNone && d.mask&(maskMonth|maskDay) != maskMonth|maskDay {
		return d.decodeDate(s)
	}
	if !isDigit(s[0]) && d.label == unitNone {
		return d.namedZone(s)
	}
	if d.label != unitNone && d.label != unitTime {
		return 0, faultFormat
	}
	d.label = unitNone
	if d.mask&maskTime == maskTime {
		return 0, faultFormat
	}
	return d.timeWithOffset(s, d.mask)
}

// timeWithOffset reads hhmmss-zz.
func (d *dtDecoder) timeWithOffset(s string, mask int) (int, dtFault) {
	i := strings.IndexByte(s, '-')
	if i < 0 {
		return 0, faultFormat
	}
	off, fault := decodeOffset(s[i:])
	if fault != faultNone {
		return 0, fault
	}
	d.gmtoff = off
	got, fault := d.concatenated(s[:i], mask)
	return got | maskZone, fault
}

func (d *dtDecoder) namedZone(s string) (int, dtFault) {
	l, _, ok := LoadZone(s)
	if !ok {
		d.zoneName = s
		return 0, faultNoZone
	}
	d.zone = &Zone{loc: l}
	return maskZone, faultNone
}

func digitPrefix(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func (d *dtDecoder) setJulian(jd int) {
	d.year, d.mon, d.day = civilFromDays(jd - julianEpoch)
	d.julian = true
}

// labelled reads a number whose unit the word before it named.
func (d *dtDecoder) labelled(s string) (int, dtFault) {
	n := digitPrefix(s)
	val, err := strconv.ParseInt(s[:n], 10, 32)
	if n > 0 && err != nil {
		return 0, faultField
	}
	if n < len(s) && s[n] != '.' {
		return 0, faultFormat
	}
	label := d.label
	d.label = unitNone
	switch label {
	case unitJulian:
		return d.labelledJulian(int(val), s[n:])
	case unitTime:
		mask, fault := d.concatenated(s, d.mask|maskDate)
		if fault == faultNone && mask != maskTime {
			fault = faultFormat
		}
		return mask, fault
	case unitSecond:
		d.sec = int(val)
		if n == len(s) {
			return maskSecond, faultNone
		}
		var fault dtFault
		d.usec, fault = parseFraction6(s[n:])
		return maskSecs, fault
	}
	if n < len(s) {
		return 0, faultFormat
	}
	return d.labelledWhole(label, int(val))
}

func (d *dtDecoder) labelledJulian(day int, fraction string) (int, dtFault) {
	d.setJulian(day)
	if fraction == "" {
		return maskDate, faultNone
	}
	f, err := strconv.ParseFloat(fraction+"0", 64)
	if err != nil {
		return 0, faultFormat
	}
	t := splitTime(int64(f * usPerDay))
	d.hour, d.min, d.sec, d.usec = t.hour, t.min, t.sec, t.usec
	return maskDate | maskTime, faultNone
}

// labelledWhole takes a whole number with its unit; the letter of months means minutes
// once there are a month and an hour.
func (d *dtDecoder) labelledWhole(label unit, val int) (int, dtFault) {
	if label == unitMonth && d.mask&maskMonth != 0 && d.mask&maskHour != 0 {
		label = unitMinute
	}
	switch label {
	case unitYear:
		d.year = val
		return maskYear, faultNone
	case unitMonth:
		d.mon = val
		return maskMonth, faultNone
	case unitDay:
		d.day = val
		return maskDay, faultNone
	case unitHour:
		d.hour = val
		return maskHour, faultNone
	case unitMinute:
		d.min = val
		return maskMinute, faultNone
	}
	return 0, faultFormat
}

// numberField reads a number without a label.
func (d *dtDecoder) numberField(i int) (int, dtFault) {
	s := d.fs[i].s
	dot := strings.IndexByte(s, '.')
	if d.timeOnly {
		return d.numberInTime(i, dot)
	}
	switch {
	case dot >= 0 && d.mask&maskDate == 0:
		return d.decodeDate(s)
	case dot > 2:
		return d.concatenated(s, d.mask)
	case len(s) >= 6 && (d.mask&maskDate == 0 || d.mask&maskTime == 0):
		return d.concatenated(s, d.mask)
	}
	return d.number(s, d.mask)
}

// word reads a field of letters.
func (d *dtDecoder) word(i int) (int, dtFault) {
	s := d.fs[i].s
	if off, ok := zoneAbbrevs[s]; ok && d.fs[i].kind == fieldString {
		d.gmtoff = int(off)
		return maskZone, faultNone
	}
	if z, ok := abbrevZone(s); ok && d.fs[i].kind == fieldString {
		d.zone = &z
		return maskZone, faultNone
	}
	w, ok := dateWord(s)
	if !ok {
		l, _, ok := LoadZone(s)
		if !ok || d.fs[i].kind != fieldString {
			return 0, faultFormat
		}
		d.zone = &Zone{loc: l}
		return maskZone, faultNone
	}
	switch w.kind {
	case wordReserved:
		return d.reserved(w.value)
	case wordMonth:
		return d.month(w.value), faultNone
	case wordDST:
		d.gmtoff += w.value
		return maskDST, faultNone
	case wordAMPM:
		d.ampm = w.value
		return maskAMPM, faultNone
	case wordEra:
		d.bc = w.value == 1
		return maskEra, faultNone
	case wordWeekday:
		return maskWeekday, faultNone
	case wordUnit:
		d.label = unit(w.value)
	case wordISOTime:
		if !d.timeOnly && d.mask&maskDate != maskDate || i+1 >= len(d.fs) || d.fs[i+1].kind > fieldTime ||
			d.fs[i+1].kind == fieldString {
			return 0, faultFormat
		}
		d.label = unitTime
	}
	return 0, faultNone
}

// month takes a month's name; a number read as month before it was the day.
func (d *dtDecoder) month(m int) int {
	mask := maskMonth
	if d.mask&maskMonth != 0 && !d.textMonth && d.mask&maskDay == 0 && d.mon >= 1 && d.mon <= 31 {
		d.day = d.mon
		mask = maskDay
	}
	d.textMonth = true
	d.mon = m
	return mask
}

// reserved takes now, today, allballs, or a word that is a whole value.
func (d *dtDecoder) reserved(w int) (int, dtFault) {
	now := TimestampFromTime(d.st.Now)
	_, off := zoneAt(now, d.st.TimeZone)
	local := splitTimestamp(now + int64(off)*usPerSec)
	today := daysFromCivil(local.year, local.mon, local.day)
	switch w {
	case specialNow:
		d.clock = local
		d.gmtoff = off
		return maskDate | maskTime | maskZone, faultNone
	case specialMidnight:
		d.hour, d.min, d.sec, d.usec, d.gmtoff = 0, 0, 0, 0, 0
		return maskTime | maskZone, faultNone
	case specialTomorrow:
		today++
	case specialYesterday:
		today--
	case specialToday:
	default:
		if d.timeOnly {
			return 0, faultFormat
		}
		d.special = w
		return maskReserved, faultNone
	}
	if d.timeOnly {
		return 0, faultFormat
	}
	d.year, d.mon, d.day = civilFromDays(today)
	d.julian = true // the year needs no century
	return maskDate, faultNone
}

// finish checks the whole and finds the zone offset.
func (d *dtDecoder) finish() dtFault {
	if d.label != unitNone && d.label != unitTime && len(d.fs) > 0 && d.mask == 0 {
		return faultFormat
	}
	if fault := d.validateDate(); fault != faultNone {
		return fault
	}
	if d.ampm >= 0 && d.hour > 12 {
		return faultField
	}
	if d.ampm == 0 && d.hour == 12 {
		d.hour = 0
	} else if d.ampm == 1 && d.hour != 12 {
		d.hour += 12
	}
	switch {
	case d.timeOnly:
		return d.finishTime()
	case d.special != 0:
		return faultNone
	case d.mask&maskDate != maskDate:
		if d.mask&maskTime == maskTime {
			return faultOnlyTime
		}
		return faultFormat
	case d.zone != nil:
		d.gmtoff = d.offsetIn(*d.zone) + d.gmtoff
	case d.mask&maskZone == 0:
		if d.mask&maskDST != 0 {
			return faultFormat
		}
		d.gmtoff = d.offsetIn(Zone{loc: d.st.TimeZone})
	}
	return faultNone
}

// offsetIn is the offset a zone gives the decoded local time.
func (d *dtDecoder) offsetIn(z Zone) int {
	v, ok := d.timestampAnyRange()
	if !ok {
		return 0
	}
	return z.localOffset(v)
}
