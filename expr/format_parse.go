package expr

import (
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
	wday, century, hour, min, sec, micro, ssss        int
	yearDigits                                        int
	bc, pm, hasPM, clock12, hasYear, hasCentury       bool
	tzSign, tzHour, tzMin                             int
	hasTZ                                             bool
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
	"DAY": true, "DY": true, "MONTH": true, "MON": true, "RM": true, "TZ": true, "FX": true, "OF": true,
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

// number reads up to width digits; all there are if free.
func (p *dateParser) number(n patternNode, width int, free bool) (int, error) {
	p.blanks()
	start := p.at
	end := start
	limit := len(p.src)
	if !n.fm && !free {
		limit = min(limit, start+width)
	}
	if end < limit && (p.src[end] == '-' || p.src[end] == '+') {
		end++
	}
	digits := end
	for end < limit && p.src[end] >= '0' && p.src[end] <= '9' {
		end++
	}
	if end == digits {
		return 0, badField(p.src[start:min(len(p.src), start+width)], n.key).WithDetail("Value must be an integer.")
	}
	v, err := strconv.ParseInt(p.src[start:end], 10, 32)
	if err != nil {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "value for \"%s\" in source string is out of range", n.key).
			WithDetail("Value must be in the range %d to %d.", -1<<31, 1<<31-1)
	}
	p.at = end
	if n.th {
		p.at = min(len(p.src), p.at+2)
	}
	return int(v), nil
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

func (p *dateParser) field(n patternNode, free bool) (err error) {
	into := func(dst *int, width int) error {
		*dst, err = p.number(n, width, free)
		return err
	}
	switch n.key {
	case "FX":
		p.fixed = true
	case "HH", "HH12":
		p.clock12 = true
		return into(&p.hour, 2)
	case "HH24":
		return into(&p.hour, 2)
	case "MI":
		return into(&p.min, 2)
	case "SS":
		return into(&p.sec, 2)
	case "SSSS", "SSSSS":
		return into(&p.ssss, 5)
	case "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		return p.fraction(n, free)
	case "MM":
		return into(&p.month, 2)
	case "DD":
		return into(&p.day, 2)
	case "DDD", "IDDD":
		return into(&p.yday, 3)
	case "D":
		return into(&p.wday, 1)
	case "ID":
		return into(&p.wday, 1)
	case "WW", "IW":
		return into(&p.week, 2)
	case "W":
		return into(&p.weekOfMonth, 1)
	case "J":
		return into(&p.julian, 10)
	case "Q":
		var quarter int
		return into(&quarter, 1)
	case "CC":
		p.hasCentury = true
		return into(&p.century, 2)
	}
	return p.namedField(n, free)
}

func (p *dateParser) namedField(n patternNode, free bool) (err error) {
	switch n.key {
	case "MONTH":
		p.month, err = p.monthName(n)
	case "MON":
		p.month, err = p.word(n, monthNames, 3)
		p.month++
	case "DAY":
		p.wday, err = p.word(n, dayNames, 0)
		p.wday++
	case "DY":
		p.wday, err = p.word(n, dayNames, 3)
		p.wday++
	case "RM":
		p.month, err = p.romanMonth(n)
	case "AM", "PM", "A.M.", "P.M.":
		names := []string{"am", "pm"}
		if len(n.key) == 4 {
			names = []string{"a.m.", "p.m."}
		}
		var i int
		i, err = p.word(n, names, 0)
		p.hasPM, p.clock12, p.pm = true, true, i == 1
	case "AD", "BC", "A.D.", "B.C.":
		names := []string{"ad", "bc"}
		if len(n.key) == 4 {
			names = []string{"a.d.", "b.c."}
		}
		var i int
		i, err = p.word(n, names, 0)
		p.bc = i == 1
	case "TZH", "TZM":
		return p.zone(n, free)
	case "TZ", "OF":
		return pgerr.New(pgerr.FeatureNotSupported, "formatting field \"%s\" is only supported in to_char", n.key)
	default:
		return p.yearField(n, free)
	}
	return err
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

// fraction reads a fraction of a second: 5 for MS is 500 ms.
func (p *dateParser) fraction(n patternNode, free bool) error {
	width := map[string]int{"MS": 3, "US": 6}[n.key]
	if width == 0 {
		width = int(n.key[2] - '0')
	}
	start := p.at
	v, err := p.number(n, width, free)
	if err != nil {
		return err
	}
	digits := p.at - start
	for ; digits < 6; digits++ {
		v *= 10
	}
	for ; digits > 6; digits-- {
		v /= 10
	}
	p.micro += v
	return nil
}

func (p *dateParser) zone(n patternNode, free bool) error {
	p.hasTZ = true
	if n.key == "TZM" {
		var err error
		p.tzMin, err = p.number(n, 2, free)
		return err
	}
	if p.tzSign = 1; p.at < len(p.src) && strings.IndexByte("+- ", p.src[p.at]) >= 0 {
		if p.src[p.at] == '-' {
			p.tzSign = -1
		}
		p.at++
	} else if p.skip > 0 && p.at > 0 && p.src[p.at-1] == '-' {
		p.tzSign = -1
	}
	var err error
	p.tzHour, err = p.number(n, 2, free)
	return err
}

func (p *dateParser) yearField(n patternNode, free bool) error {
	p.hasYear = true
	if n.key == "Y,YYY" {
		head, tail, ok := strings.Cut(p.src[p.at:], ",")
		k, err1 := strconv.Atoi(head)
		if !ok || err1 != nil || len(tail) < 3 {
			return pgerr.New(pgerr.InvalidDatetimeFormat, "invalid input string for \"Y,YYY\"")
		}
		v, err := strconv.Atoi(tail[:3])
		if err != nil {
			return pgerr.New(pgerr.InvalidDatetimeFormat, "invalid input string for \"Y,YYY\"")
		}
		p.year, p.yearDigits = k*1000+v, 4
		p.at += len(head) + 4
		return nil
	}
	p.iso = p.iso || n.key[0] == 'I'
	p.yearDigits = len(n.key)
	start := p.at
	v, err := p.number(n, p.yearDigits, free)
	if err != nil {
		return err
	}
	if p.yearDigits < 4 && p.at-start < 4 {
		v = partialYear(v)
	}
	p.year = v
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

// timestamp puts the fields together.
func (p *dateParser) timestamp() (int64, error) {
	over := func() (int64, error) {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", p.src)
	}
	if p.ssss != 0 {
		p.hour, p.min, p.sec = p.ssss/3600, p.ssss/60%60, p.ssss%60
	}
	if p.clock12 {
		if p.hour < 1 || p.hour > 12 {
			return 0, pgerr.New(pgerr.InvalidDatetimeFormat, "hour \"%d\" is invalid for the 12-hour clock", p.hour).
				WithHint("Use the 24-hour clock, or give an hour between 1 and 12.")
		}
		switch {
		case p.pm && p.hour < 12:
			p.hour += 12
		case !p.pm && p.hour == 12:
			p.hour = 0
		}
	}
	d, ok := p.date()
	if !ok || p.hour > 24 || p.min > 59 || p.sec > 60 || p.hour < 0 || p.min < 0 || p.sec < 0 {
		return over()
	}
	t := clock{p.hour, p.min, p.sec, p.micro}.micros()
	if t > usPerDay {
		return over()
	}
	return checkTimestamp(d*usPerDay + t)
}

func (p *dateParser) fullYear() int {
	y := p.year
	switch {
	case p.hasCentury && p.hasYear && p.yearDigits <= 2:
		y %= 100
		if y == 0 {
			y = p.century * 100
		} else {
			y += (p.century - 1) * 100
		}
	case p.hasCentury && !p.hasYear:
		y = (p.century-1)*100 + 1
	case !p.hasYear:
		y = 0
	}
	if p.bc && y > 0 {
		y = -(y - 1)
	} else if y < 0 {
		y++
	}
	return y
}

// date is the day the fields name; ok is false if one is out of range.
func (p *dateParser) date() (d int64, ok bool) {
	if p.julian != 0 {
		return int64(p.julian - julianEpoch), true
	}
	y, m, day := p.fullYear(), max(p.month, 0), p.day
	switch {
	case p.iso && p.week != 0:
		wd := p.wday
		if wd == 0 {
			wd = 1
		}
		return isoWeekStart(y, p.week) + int64(wd-1), true
	case p.iso && p.yday != 0:
		return isoWeekStart(y, 1) + int64(p.yday-1), true
	case p.week != 0:
		return civil{y, 1, 1}.days() + int64(p.week-1)*7, true
	case p.yday != 0 && p.month == 0 && p.day == 0:
		limit := 365
		if leap(y) {
			limit = 366
		}
		return civil{y, 1, 1}.days() + int64(p.yday-1), p.yday >= 1 && p.yday <= limit
	case p.weekOfMonth != 0 && day == 0:
		day = (p.weekOfMonth-1)*7 + 1
	}
	if m == 0 {
		m = 1
	}
	if day == 0 {
		day = 1
	}
	if m > 12 || day < 1 || day > monthDays(y, m) {
		return 0, false
	}
	return civil{y, m, day}.days(), true
}

// zoneOffset is the offset that TZH and TZM gave.
func (p *dateParser) zoneOffset() *time.Location {
	return types.FixedOffset(p.tzSign * (p.tzHour*3600 + p.tzMin*60))
}
