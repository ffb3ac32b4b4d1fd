package expr

import (
	"cmp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// dateParser reads a text by a format: to_date and to_timestamp.
type dateParser struct {
	src   string
	at    int
	fixed bool // FX
	skip  int  // blanks passed beyond those of the format

	iso, gregorian                                    bool // whose weeks and years, or whose months
	year, month, day, yday, julian, week, weekOfMonth int
	wday, century, hour, min, sec, ssss               int
	milli, micro, precision                           int // of the second; digits that FF asks for
	yearDigits                                        int
	bc, pm                                            int // 1 if said
	clock12                                           bool
	tzSign, tzHour, tzMin                             int // tzSign 0: no zone
}

func badField(got, field string) *pgerr.Error {
	return pgerr.New(pgerr.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", got, field)
}

func (p *dateParser) blanks() {
	for p.at < len(p.src) && strings.IndexByte(" \t\n\r\v\f", p.src[p.at]) >= 0 {
		p.at++
		p.skip++
	}
}

func isSeparator(ch byte) bool {
	return ch > 0x20 && ch < 0x7f && !(ch >= 'A' && ch <= 'Z') && !(ch >= 'a' && ch <= 'z') && !(ch >= '0' && ch <= '9')
}

// parseByFormat reads src by a format.
func parseByFormat(c *Ctx, src string, nodes []patternNode) (*dateParser, error) {
	p := &dateParser{src: src}
	for i := range nodes {
		if err := c.pollAt(i); err != nil {
			return nil, err
		}
		n := &nodes[i]
		if p.at >= len(p.src) {
			break
		}
		if !p.fixed && (n.key != "" || i == 0) {
			p.blanks()
		}
		if n.key == "" {
			p.text(n)
			continue
		}
		if p.at >= len(p.src) {
			break
		}
		if err := p.convention(n.key); err != nil {
			return nil, err
		}
		if err := p.field(*n, nextIsSeparator(nodes, i)); err != nil {
			return nil, err
		}
		if !p.fixed {
			p.skip = 0
			p.blanks()
		}
	}
	return p, nil
}

// text passes one character of the format.
func (p *dateParser) text(n *patternNode) {
	_, size := utf8.DecodeRuneInString(p.src[p.at:])
	separator := !n.quoted && (strings.TrimSpace(n.text) == "" || len(n.text) == 1 && isSeparator(n.text[0]))
	switch {
	case p.fixed:
		p.at += size
	case separator:
		p.skip--
		if p.at < len(p.src) && (p.src[p.at] == ' ' || isSeparator(p.src[p.at])) {
			p.at++
			p.skip++
		}
	case p.skip > 0:
		p.skip--
	default:
		p.at += size
	}
}

var textFields = map[string]bool{
	"A.D.": true, "AD": true, "B.C.": true, "BC": true, "A.M.": true, "AM": true, "P.M.": true, "PM": true,
	"DAY": true, "DY": true, "MONTH": true, "MON": true, "RM": true, "TZ": true, "TZH": true, "FX": true, "OF": true,
	"FF1": true, "FF2": true, "FF3": true, "FF4": true, "FF5": true, "FF6": true,
}

// nextIsSeparator says that a number may take as many digits as there are.
func nextIsSeparator(nodes []patternNode, i int) bool {
	if nodes[i].th || i+1 >= len(nodes) {
		return true
	}
	n := nodes[i+1]
	if n.key != "" {
		return textFields[n.key]
	}
	return n.text < "0" || n.text > "9"
}

// number reads width digits after any blanks; all that there are if free. It returns the
// number and how long its text was.
func (p *dateParser) number(n patternNode, width int, free bool) (v, size int, err error) {
	start := p.at
	for p.at < len(p.src) && strings.IndexByte(" \t\n\r\v\f", p.src[p.at]) >= 0 {
		p.at++
	}
	from, limit := p.at, len(p.src)
	if !n.fm && !free {
		if limit-from < width {
			return 0, 0, pgerr.New(pgerr.InvalidDatetimeFormat, "source string too short for \"%s\" formatting field", n.word).
				WithDetail("Field requires %d characters, but only %d remain.", width, limit-from).
				WithHint("If your source string is not fixed-width, try using the \"FM\" modifier.")
		}
		limit = from + width
	}
	end := from
	if end < limit && (p.src[end] == '-' || p.src[end] == '+') {
		end++
	}
	digits := end
	for end < limit && p.src[end] >= '0' && p.src[end] <= '9' {
		end++
	}
	text := p.src[from:end]
	switch {
	case end == digits:
		return 0, 0, badField(p.src[from:min(len(p.src), from+width)], n.word).WithDetail("Value must be an integer.")
	case end < limit && !n.fm && !free:
		return 0, 0, badField(p.src[from:limit], n.word).
			WithDetail("Field requires %d characters, but only %d could be parsed.", width, end-from).
			WithHint("If your source string is not fixed-width, try using the \"FM\" modifier.")
	}
	v64, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, 0, pgerr.New(pgerr.DatetimeFieldOverflow, "value for \"%s\" in source string is out of range", n.word).
			WithDetail("Value must be in the range %d to %d.", -1<<31, 1<<31-1)
	}
	size = end - start
	if p.at = end; n.th {
		p.at = min(len(p.src), p.at+2)
	}
	return int(v64), size, nil
}

// set gives a field its value, which must be the one it has already if it has one.
func (n *patternNode) set(dst *int, v int) error {
	if *dst != 0 && *dst != v {
		return pgerr.New(pgerr.InvalidDatetimeFormat, "conflicting values for \"%s\" field in formatting string", n.word).
			WithDetail("This value contradicts a previous setting for the same field type.")
	}
	*dst = v
	return nil
}

// word matches one of the names at the current place, by full name or its first letters.
func (p *dateParser) word(n patternNode, names []string, short int) (int, error) {
	for i, name := range names {
		if short > 0 {
			name = name[:short]
		}
		if len(p.src)-p.at >= len(name) && strings.EqualFold(p.src[p.at:p.at+len(name)], name) {
			p.at += len(name)
			return i, nil
		}
	}
	end := p.at
	for end < len(p.src) && p.src[end] != ' ' {
		end++
	}
	return 0, badField(p.src[p.at:end], n.word).WithDetail("The given value did not match any of the allowed values for this field.")
}

// convention notes whose calendar a field belongs to, if it belongs to one.
func (p *dateParser) convention(key string) error {
	switch key {
	case "ID", "IDDD", "IW", "IYYY", "IYY", "IY", "I":
		p.iso = true
	case "D", "DD", "DDD", "MM", "MON", "MONTH", "RM", "W", "WW", "Y,YYY", "YYYY", "YYY", "YY", "Y":
		p.gregorian = true
	}
	if p.iso && p.gregorian {
		return pgerr.New(pgerr.InvalidDatetimeFormat, "invalid combination of date conventions").
			WithHint("Do not mix Gregorian and ISO week date conventions in a formatting template.")
	}
	return nil
}

func (p *dateParser) field(n patternNode, free bool) error {
	if dst, width := p.plainNumber(n.key); dst != nil {
		v, _, err := p.number(n, width, free)
		if err != nil {
			return err
		}
		return n.set(dst, v)
	}
	switch n.key {
	case "FX":
		p.fixed = true
		return nil
	case "Q":
		_, _, err := p.number(n, 1, free)
		return err
	case "ID": // Monday is 1 here, and 2 to the rest
		v, _, err := p.number(n, 1, free)
		if err == nil {
			err = n.set(&p.wday, v)
		}
		p.wday = p.wday%7 + 1
		return err
	case "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		return p.fraction(n, free)
	case "TZH", "TZM":
		return p.zone(n, free)
	case "TZ", "OF":
		return pgerr.New(pgerr.FeatureNotSupported, "formatting field \"%s\" is only supported in to_char", n.key)
	case "Y,YYY":
		return p.yearWithComma(n)
	case "YYYY", "IYYY", "YYY", "IYY", "YY", "IY", "Y", "I":
		return p.yearField(n, free)
	}
	return p.namedField(n)
}

// plainNumber is where a field that is only a number goes, and its width.
func (p *dateParser) plainNumber(key string) (dst *int, width int) {
	switch key {
	case "HH", "HH12":
		p.clock12 = true
		return &p.hour, 2
	case "HH24":
		return &p.hour, 2
	case "MI":
		return &p.min, 2
	case "SS":
		return &p.sec, 2
	case "SSSS", "SSSSS":
		return &p.ssss, len(key)
	case "MM":
		return &p.month, 2
	case "DD":
		return &p.day, 2
	case "DDD", "IDDD":
		return &p.yday, 3
	case "D":
		return &p.wday, 1
	case "WW", "IW":
		return &p.week, 2
	case "W":
		return &p.weekOfMonth, 1
	case "J":
		return &p.julian, 1
	case "CC":
		return &p.century, 2
	}
	return nil, 0
}

func (p *dateParser) namedField(n patternNode) error {
	names, short, dst, first := monthNames, 0, &p.month, 1
	switch n.key {
	case "MONTH":
		v, err := p.monthName(n)
		if err != nil {
			return err
		}
		return n.set(dst, v)
	case "RM":
		v, err := p.romanMonth(n)
		if err != nil {
			return err
		}
		return n.set(dst, v)
	case "MON":
		short = 3
	case "DAY":
		names, dst = dayNames, &p.wday
	case "DY":
		names, dst, short = dayNames, &p.wday, 3
	case "AM", "PM":
		names, dst, first, p.clock12 = []string{"am", "pm"}, &p.pm, 0, true
	case "A.M.", "P.M.":
		names, dst, first, p.clock12 = []string{"a.m.", "p.m."}, &p.pm, 0, true
	case "AD", "BC":
		names, dst, first = []string{"ad", "bc"}, &p.bc, 0
	case "A.D.", "B.C.":
		names, dst, first = []string{"a.d.", "b.c."}, &p.bc, 0
	}
	i, err := p.word(n, names, short)
	if err != nil {
		return err
	}
	return n.set(dst, i+first)
}

// monthName takes a full name, or its first three letters.
func (p *dateParser) monthName(n patternNode) (int, error) {
	if i, err := p.word(n, monthNames, 0); err == nil {
		return i + 1, nil
	}
	i, err := p.word(n, monthNames, 3)
	return i + 1, err
}

func (p *dateParser) romanMonth(n patternNode) (int, error) {
	best := -1
	for i, r := range romanMonths {
		if len(p.src)-p.at >= len(r) && strings.EqualFold(p.src[p.at:p.at+len(r)], r) && (best < 0 || len(r) > len(romanMonths[best])) {
			best = i
		}
	}
	if best < 0 {
		return 0, badField(p.src[p.at:], n.key)
	}
	p.at += len(romanMonths[best])
	return best + 1, nil
}

// fraction reads a fraction of a second: 5 for MS is 500 ms. More digits than there can be
// make a fraction out of range.
func (p *dateParser) fraction(n patternNode, free bool) error {
	dst, width, full := &p.micro, 6, 6
	switch {
	case n.key == "MS":
		dst, width, full = &p.milli, 3, 3
	case n.key != "US":
		width = int(n.key[2] - '0')
		p.precision = width
	}
	v, size, err := p.number(n, width, free)
	if err != nil {
		return err
	}
	if err := n.set(dst, v); err != nil {
		return err
	}
	for ; size < full; size++ {
		*dst *= 10
	}
	return nil
}

func (p *dateParser) zone(n patternNode, free bool) error {
	dst := &p.tzHour
	if n.key == "TZM" {
		dst = &p.tzMin
		if p.tzSign == 0 {
			p.tzSign = 1
		}
	} else if p.tzSign = 1; p.at < len(p.src) && strings.IndexByte("+- ", p.src[p.at]) >= 0 {
		if p.src[p.at] == '-' {
			p.tzSign = -1
		}
		p.at++
	} else if p.skip > 0 && p.at > 0 && p.src[p.at-1] == '-' {
		p.tzSign = -1 // the sign was taken for a separator
	}
	v, _, err := p.number(n, 2, free)
	if err != nil {
		return err
	}
	return n.set(dst, v)
}

// yearWithComma reads millennia and years, 2,024.
func (p *dateParser) yearWithComma(n patternNode) error {
	rest := strings.TrimLeft(p.src[p.at:], " \t\n\r\v\f")
	head, tail, ok := strings.Cut(rest, ",")
	k, err := strconv.ParseInt(head, 10, 32)
	digits := 0
	for digits < min(3, len(tail)) && tail[digits] >= '0' && tail[digits] <= '9' {
		digits++
	}
	if !ok || digits == 0 || err != nil {
		return pgerr.New(pgerr.InvalidDatetimeFormat, "invalid input string for \"Y,YYY\"")
	}
	v, _ := strconv.Atoi(tail[:digits])
	if v += int(k) * 1000; int64(int32(v)) != int64(v) {
		return pgerr.New(pgerr.DatetimeFieldOverflow, "value for \"Y,YYY\" in source string is out of range")
	}
	p.yearDigits = 4
	p.at = len(p.src) - len(tail) + digits
	if n.th {
		p.at = min(len(p.src), p.at+2)
	}
	return n.set(&p.year, v)
}

func (p *dateParser) yearField(n patternNode, free bool) error {
	width := len(n.key)
	v, size, err := p.number(n, width, free)
	if err != nil {
		return err
	}
	if err := n.set(&p.year, v); err != nil {
		return err
	}
	if width < 4 && size < 4 {
		p.year = partialYear(v)
	}
	p.yearDigits = width
	return nil
}

// partialYear puts a year of fewer digits near 2020.
func partialYear(y int) int {
	switch {
	case y < 70:
		return y + 2000
	case y < 100:
		return y + 1900
	case y < 520:
		return y + 2000
	case y < 1000:
		return y + 1000
	}
	return y
}

// timestamp is the local time that the fields name.
func (p *dateParser) timestamp() (int64, error) {
	d, us, err := p.dayAndTime()
	if err != nil {
		return 0, err
	}
	if d > endTimestamp/usPerDay || d < minDate {
		return 0, timestampRange()
	}
	return checkTimestamp(d*usPerDay + us)
}

// dayAndTime puts the fields together.
func (p *dateParser) dayAndTime() (day, us int64, err error) {
	if p.ssss != 0 {
		p.hour = cmp.Or(p.hour, p.ssss/3600)
		p.min = cmp.Or(p.min, p.ssss/60%60)
		p.sec = cmp.Or(p.sec, p.ssss%60)
	}
	if p.clock12 {
		if p.hour < 1 || p.hour > 12 {
			return 0, 0, pgerr.New(pgerr.InvalidDatetimeFormat, "hour \"%d\" is invalid for the 12-hour clock", p.hour).
				WithHint("Use the 24-hour clock, or give an hour between 1 and 12.")
		}
		switch {
		case p.pm == 1 && p.hour < 12:
			p.hour += 12
		case p.pm == 0 && p.hour == 12:
			p.hour = 0
		}
	}
	if day, err = p.date(); err != nil {
		return 0, 0, err
	}
	micro := p.milli*1000 + p.micro
	if p.hour < 0 || p.hour > 23 || p.min < 0 || p.min > 59 || p.sec < 0 || p.sec > 59 || micro < 0 || int64(micro) >= usPerSec {
		return 0, 0, p.outOfRange()
	}
	us = clock{p.hour, p.min, p.sec, micro}.micros()
	if p.precision > 0 {
		us, err = types.RoundTimestamp(us, int32(p.precision))
	}
	return day, us, err
}

func (p *dateParser) outOfRange() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", p.src)
}

// fullYear is the year as arithmetic counts it: 1 BC is 0. Without a year it is 0, too.
func (p *dateParser) fullYear() int {
	century := p.century
	if p.bc == 1 {
		century = -century
	}
	switch {
	case p.year == 0 && century == 0:
		return 0
	case p.year == 0 && century > 0:
		return (century-1)*100 + 1
	case p.year == 0:
		return century*100 + 1
	case century == 0 || p.yearDigits > 2:
		y := p.year
		if p.bc == 1 {
			y = -y
		}
		if y < 0 {
			y++
		}
		return y
	}
	y := p.year % 100
	switch {
	case y == 0 && century > 0:
		return century * 100
	case y == 0:
		return century*100 + 1
	case century < 0:
		return (century+1)*100 - y + 1
	}
	return (century-1)*100 + y
}

// date is the day the fields name.
func (p *dateParser) date() (int64, error) {
	y, m, day := p.fullYear(), cmp.Or(p.month, 1), p.day
	yday := p.yday
	if p.julian != 0 {
		d := civilOf(int64(p.julian - julianEpoch))
		y, m, day = d.year, cmp.Or(p.month, d.month), cmp.Or(day, d.day)
	}
	switch {
	case p.week != 0 && p.iso:
		return isoWeekStart(y, p.week) + int64((p.wday+5)%7*min(p.wday, 1)), nil
	case p.week != 0:
		yday = (p.week-1)*7 + 1
	}
	if p.weekOfMonth != 0 {
		day = (p.weekOfMonth-1)*7 + 1
	}
	day = cmp.Or(day, 1)
	if yday != 0 && (m <= 1 || day <= 1) {
		if y == 0 && p.bc == 0 {
			return 0, pgerr.New(pgerr.InvalidDatetimeFormat, "cannot calculate day of year without year information")
		}
		if p.iso {
			return isoWeekStart(y, 1) + int64(yday-1), nil
		}
		m, day = dayOfYear(y, m, day, yday)
	}
	if m < 1 || m > 12 || day < 1 || day > monthDays(y, m) {
		return 0, p.outOfRange()
	}
	return civil{y, m, day}.days(), nil
}

// dayOfYear replaces a month and a day that are not given, or 1, by those of a day of the
// year.
func dayOfYear(y, m, day, yday int) (month, dayOfMonth int) {
	at := 1
	for at <= 12 && yday > monthDays(y, at) {
		yday -= monthDays(y, at)
		at++
	}
	if m <= 1 {
		m = at
	}
	if day <= 1 {
		day = yday
	}
	return m, day
}

// zoneOffset is the zone that TZH and TZM gave; the session's if they are not there.
func (p *dateParser) zoneOffset(session *time.Location) (*time.Location, error) {
	switch {
	case p.tzSign == 0:
		return session, nil
	case p.tzHour < 0 || p.tzHour > 15 || p.tzMin < 0 || p.tzMin > 59:
		return nil, pgerr.New(pgerr.InvalidTimeZoneDisplacement, "time zone displacement out of range: \"%s\"", p.src)
	}
	return types.FixedOffset(p.tzSign * (p.tzHour*3600 + p.tzMin*60)), nil
}
