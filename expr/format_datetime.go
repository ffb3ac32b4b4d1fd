package expr

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"streamdb/types"
	"streamdb/types/pgerr"
)

var (
	monthNames = []string{
		"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
	}
	dayNames    = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	romanMonths = []string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}
)

// zeroDigits is as many zeros as a field may need before its digits.
const zeroDigits = "000000"

// formatInput is what to_char writes: a moment, with loc the zone of a timestamptz, or an
// interval's fields.
type formatInput struct {
	moment
	isInterval bool
	yday       int
	hasZone    bool
	offset     int64 // seconds east of UTC
	zone       string
}

func inputOf(ts int64, loc *time.Location) formatInput {
	in := formatInput{}
	if loc != nil {
		in.hasZone, in.offset = true, offsetAt(loc, ts)
		in.zone = types.ZoneAbbrev(ts, loc)
		ts = types.ToLocal(ts, loc)
	}
	in.moment = momentOf(ts)
	in.yday = in.civil.yearDay()
	return in
}

func inputOfInterval(v types.Interval) formatInput {
	in := formatInput{isInterval: true}
	in.year, in.month, in.day = int(v.Months/12), int(v.Months%12), int(v.Days)
	in.hour, in.min = int(v.Micros/usPerHour), int(v.Micros/usPerMin%60)
	in.sec, in.micro = int(v.Micros/usPerSec%60), int(v.Micros%usPerSec)
	in.yday = (in.year*12+in.month)*30 + in.day
	return in
}

// formatDateTime is to_char.
func formatDateTime(c *Ctx, in formatInput, nodes []patternNode) (types.Datum, error) {
	if nodes == nil {
		return types.Datum{}, nil
	}
	for _, n := range nodes {
		if in.isInterval && notForIntervals[n.key] {
			return types.Datum{}, pgerr.New(pgerr.InvalidDatetimeFormat, "invalid format specification for an interval value").
				WithHint("Intervals are not tied to specific calendar dates.")
		}
	}
	text, err := in.append(c, nil, nodes)
	return str(string(text)), err
}

// append writes the fields and texts of a pattern.
func (in *formatInput) append(c *Ctx, dst []byte, nodes []patternNode) ([]byte, error) {
	for i := range nodes {
		if err := c.pollAt(i); err != nil {
			return dst, err
		}
		n := &nodes[i]
		start := len(dst)
		if n.key == "" {
			dst = append(dst, n.text...)
		} else if v, width, ok := in.number(n.key); ok {
			dst = n.zeros(dst, v, width)
		} else {
			dst = append(dst, in.word(n)...)
		}
		if n.th {
			dst = append(dst, ordinal(string(dst[start:]), n.lower)...)
		}
	}
	return dst, nil
}

var notForIntervals = map[string]bool{
	"AD": true, "A.D.": true, "BC": true, "B.C.": true, "MONTH": true, "MON": true, "DAY": true, "DY": true, "D": true,
	"ID": true, "TZ": true, "TZH": true, "TZM": true, "OF": true, "IW": true, "IYYY": true, "IYY": true, "IY": true, "I": true,
	"IDDD": true,
}

// zeros writes v with at least width digits, the sign apart; FM writes it bare.
func (n *patternNode) zeros(dst []byte, v, width int) []byte {
	if v < 0 {
		dst, v = append(dst, '-'), -v
	}
	if n.fm {
		width = 0
	}
	for bound := 10; width > 1; width-- {
		if v < bound {
			dst = append(dst, zeroDigits[:width-1]...)
			break
		}
		bound *= 10
	}
	return strconv.AppendInt(dst, int64(v), 10)
}

// name writes s in the case of the field's spelling, padded to width.
func (n *patternNode) name(s string, width int) string {
	switch {
	case n.word == n.key:
		s = strings.ToUpper(s)
	case n.word == strings.ToLower(n.key):
		s = strings.ToLower(s)
	}
	if n.fm || n.tm || width == 0 {
		return s
	}
	return fmt.Sprintf("%-*s", width, s)
}

// number is a field that is written as a number, and its least width.
func (in *formatInput) number(key string) (v, width int, ok bool) {
	switch key {
	case "YYYY", "IYYY":
		return in.shownYear(key), 4, true
	case "YYY", "IYY":
		return in.shownYear(key) % 1000, 3, true
	case "YY", "IY":
		return in.shownYear(key) % 100, 2, true
	case "Y", "I":
		return in.shownYear(key) % 10, 1, true
	case "MM":
		return in.month, 2, true
	case "DD":
		if in.day < 0 {
			return in.day, 1, true // the sign is one of the two places here
		}
		return in.day, 2, true
	case "HH24":
		return in.hour, 2, true
	case "HH", "HH12":
		if h := in.hour % 12; h != 0 {
			return h, 2, true
		}
		return 12, 2, true
	case "MI":
		return in.min, 2, true
	case "SS":
		return in.sec, 2, true
	case "SSSS", "SSSSS":
		return in.hour*3600 + in.min*60 + in.sec, 1, true
	}
	return in.dayNumber(key)
}

// dayNumber is number for the fields that count days, weeks and longer.
func (in *formatInput) dayNumber(key string) (v, width int, ok bool) {
	switch key {
	case "DDD":
		return in.yday, 3, true
	case "D":
		return weekday(in.civil.days()) + 1, 1, true
	case "ID":
		return (weekday(in.civil.days())+6)%7 + 1, 1, true
	case "WW":
		return (in.yday-1)/7 + 1, 2, true
	case "W":
		return (in.day-1)/7 + 1, 1, true
	case "IW":
		_, w := in.civil.isoWeek()
		return w, 2, true
	case "IDDD":
		y, _ := in.civil.isoWeek()
		return int(in.civil.days()-isoWeekStart(y, 1)) + 1, 3, true
	case "Q":
		return (in.month-1)/3 + 1, 1, in.month != 0
	case "CC":
		return in.century(), 2, true
	case "J":
		return int(in.civil.days() + julianEpoch), 1, true
	}
	return 0, 0, false
}

func (in *formatInput) century() int {
	switch {
	case in.isInterval:
		return in.year / 100
	case in.year > 0:
		return (in.year-1)/100 + 1
	}
	return in.year/100 - 1
}

// shownYear is the year, or the ISO year, of a key. There is no year 0: 1 BC is 1.
func (in *formatInput) shownYear(key string) int {
	y := in.year
	if in.isInterval {
		return y
	}
	if key[0] == 'I' {
		y, _ = in.civil.isoWeek()
	}
	if y <= 0 {
		return -(y - 1)
	}
	return y
}

// word is a field that is not a plain number.
func (in *formatInput) word(n *patternNode) string {
	switch n.key {
	case "MONTH":
		return n.name(monthNames[in.month-1], 9)
	case "MON":
		return n.name(monthNames[in.month-1][:3], 0)
	case "DAY":
		return n.name(dayNames[weekday(in.civil.days())], 9)
	case "DY":
		return n.name(dayNames[weekday(in.civil.days())][:3], 0)
	case "RM":
		return in.romanMonth(n)
	case "MS", "FF3":
		return fmt.Sprintf("%03d", in.micro/1000)
	case "US", "FF6":
		return fmt.Sprintf("%06d", in.micro)
	case "FF1", "FF2", "FF4", "FF5":
		return fmt.Sprintf("%06d", in.micro)[:n.key[2]-'0']
	case "AM", "PM", "A.M.", "P.M.":
		return n.half(in.hour%24 >= 12, "AM", "PM")
	case "AD", "BC", "A.D.", "B.C.":
		return n.half(in.year <= 0, "AD", "BC")
	case "Y,YYY":
		y := in.shownYear(n.key)
		return fmt.Sprintf("%d,%03d", y/1000, y%1000)
	}
	return in.zoneField(n)
}

// half is one of two abbreviations, with points where the field has them.
func (n *patternNode) half(second bool, a, b string) string {
	if second {
		a = b
	}
	if len(n.key) == 4 {
		a = a[:1] + "." + a[1:] + "."
	}
	return n.name(a, 0)
}

func (in *formatInput) romanMonth(n *patternNode) string {
	m := in.month
	switch { // of an interval: it may be negative, or whole years
	case m == 0 && in.year == 0:
		return ""
	case m == 0 && in.year > 0:
		m = 12
	case m == 0:
		m = 1
	case m < 0:
		m += 13
	}
	return n.name(romanMonths[m-1], 4)
}

func (in *formatInput) zoneField(n *patternNode) string {
	sign, off := "+", in.offset
	if off < 0 {
		sign, off = "-", -off
	}
	switch n.key {
	case "TZ":
		return n.name(in.zone, 0)
	case "TZH":
		return fmt.Sprintf("%s%02d", sign, off/3600)
	case "TZM":
		return fmt.Sprintf("%02d", off/60%60)
	case "OF":
		s := fmt.Sprintf("%02d", off/3600)
		if n.fm {
			s = fmt.Sprint(off / 3600)
		}
		if off%3600 != 0 {
			s += fmt.Sprintf(":%02d", off/60%60)
		}
		return sign + s
	}
	return ""
}
