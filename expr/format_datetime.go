package expr

import (
	"fmt"
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
		in.zone, _ = types.TimeFromTimestamp(ts).In(loc).Zone()
		if in.zone == "UTC" || strings.HasPrefix(in.zone, "+") || strings.HasPrefix(in.zone, "-") {
			in.zone = strings.TrimSpace(in.zone)
		}
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
func formatDateTime(in formatInput, f string) (types.Datum, error) {
	if f == "" {
		return types.Datum{}, nil
	}
	var out []byte
	for _, n := range parsePattern(f) {
		if n.key == "" {
			out = append(out, n.text...)
			continue
		}
		if in.isInterval && notForIntervals[n.key] {
			return types.Datum{}, pgerr.New(pgerr.InvalidDatetimeFormat, "invalid format specification for an interval value").
				WithHint("Intervals are not tied to specific calendar dates.")
		}
		s := in.field(n)
		out = append(out, s...)
		if n.th {
			out = append(out, ordinal(s, n.lower)...)
		}
	}
	return str(string(out)), nil
}

var notForIntervals = map[string]bool{
	"AD": true, "A.D.": true, "BC": true, "B.C.": true, "MONTH": true, "MON": true, "DAY": true, "DY": true, "D": true,
	"ID": true, "TZ": true, "TZH": true, "TZM": true, "OF": true, "IW": true, "IYYY": true, "IYY": true, "IY": true, "I": true,
	"IDDD": true,
}

// zeros writes v with at least width digits, the sign apart; FM writes it bare.
func (n patternNode) zeros(v, width int) string {
	if n.fm {
		return fmt.Sprint(v)
	}
	if v < 0 {
		width++
	}
	return fmt.Sprintf("%0*d", width, v)
}

// name writes s in the case of the field's spelling, padded to width.
func (n patternNode) name(s string, width int) string {
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

func (in *formatInput) field(n patternNode) string {
	if s, ok := in.clockField(n); ok {
		return s
	}
	if s, ok := in.zoneField(n); ok {
		return s
	}
	if s, ok := in.yearField(n); ok {
		return s
	}
	wday := 0
	if !in.isInterval {
		wday = weekday(in.civil.days())
	}
	switch n.key {
	case "MONTH":
		return n.name(monthNames[in.month-1], 9)
	case "MON":
		return n.name(monthNames[in.month-1][:3], 0)
	case "MM":
		return n.zeros(in.month, 2)
	case "DAY":
		return n.name(dayNames[wday], 9)
	case "DY":
		return n.name(dayNames[wday][:3], 0)
	case "DDD":
		return n.zeros(in.yday, 3)
	case "DD":
		return n.zeros(in.day, 2)
	case "D":
		return fmt.Sprint(wday + 1)
	case "ID":
		return fmt.Sprint((wday+6)%7 + 1)
	case "WW":
		return n.zeros((in.yday-1)/7+1, 2)
	case "W":
		return fmt.Sprint((in.day-1)/7 + 1)
	case "IW":
		_, w := in.civil.isoWeek()
		return n.zeros(w, 2)
	case "IDDD":
		y, _ := in.civil.isoWeek()
		return n.zeros(int(in.civil.days()-isoWeekStart(y, 1))+1, 3)
	case "Q":
		if in.month == 0 {
			return ""
		}
		return fmt.Sprint((in.month-1)/3 + 1)
	case "RM":
		return in.romanMonth(n)
	case "J":
		return fmt.Sprint(in.civil.days() + julianEpoch)
	}
	return ""
}

func (in *formatInput) romanMonth(n patternNode) string {
	m := in.month
	if m == 0 && in.year == 0 {
		return ""
	}
	if m <= 0 {
		m += 12
	}
	return n.name(romanMonths[(m-1)%12], 4)
}

func (in *formatInput) clockField(n patternNode) (string, bool) {
	switch n.key {
	case "HH", "HH12":
		h := in.hour % 12
		if h == 0 {
			h = 12
		}
		return n.zeros(h, 2), true
	case "HH24":
		return n.zeros(in.hour, 2), true
	case "MI":
		return n.zeros(in.min, 2), true
	case "SS":
		return n.zeros(in.sec, 2), true
	case "MS", "FF3":
		return fmt.Sprintf("%03d", in.micro/1000), true
	case "US", "FF6":
		return fmt.Sprintf("%06d", in.micro), true
	case "FF1", "FF2", "FF4", "FF5":
		return fmt.Sprintf("%06d", in.micro)[:n.key[2]-'0'], true
	case "SSSS", "SSSSS":
		return fmt.Sprint(in.hour*3600 + in.min*60 + in.sec), true
	case "AM", "PM", "A.M.", "P.M.":
		s := "AM"
		if h := in.hour % 24; h >= 12 {
			s = "PM"
		}
		if len(n.key) == 4 {
			s = s[:1] + "." + s[1:] + "."
		}
		return n.name(s, 0), true
	}
	return "", false
}

func (in *formatInput) zoneField(n patternNode) (string, bool) {
	sign, off := "+", in.offset
	if off < 0 {
		sign, off = "-", -off
	}
	switch n.key {
	case "TZ":
		return n.name(in.zone, 0), true
	case "TZH":
		return fmt.Sprintf("%s%02d", sign, off/3600), true
	case "TZM":
		return fmt.Sprintf("%02d", off/60%60), true
	case "OF":
		s := fmt.Sprintf("%02d", off/3600)
		if n.fm {
			s = fmt.Sprint(off / 3600)
		}
		if off%3600 != 0 {
			s += fmt.Sprintf(":%02d", off/60%60)
		}
		return sign + s, true
	}
	return "", false
}

// shownYear has no year 0: 1 BC is 1.
func (in *formatInput) shownYear(y int) int {
	if !in.isInterval && y <= 0 {
		return -(y - 1)
	}
	return y
}

func (in *formatInput) yearField(n patternNode) (string, bool) {
	y := in.shownYear(in.year)
	if strings.HasPrefix(n.key, "I") && n.key != "ID" && n.key != "IW" && n.key != "IDDD" && !in.isInterval {
		iso, _ := in.civil.isoWeek()
		y = in.shownYear(iso)
	}
	switch n.key {
	case "AD", "BC", "A.D.", "B.C.":
		s := "AD"
		if in.year <= 0 {
			s = "BC"
		}
		if len(n.key) == 4 {
			s = s[:1] + "." + s[1:] + "."
		}
		return n.name(s, 0), true
	case "CC":
		c := in.year / 100
		if !in.isInterval {
			if in.year > 0 {
				c = (in.year-1)/100 + 1
			} else {
				c = in.year/100 - 1
			}
		}
		return n.zeros(c, 2), true
	case "Y,YYY":
		return fmt.Sprintf("%d,%03d", y/1000, y%1000), true
	case "YYYY", "IYYY":
		return n.zeros(y, 4), true
	case "YYY", "IYY":
		return n.zeros(y%1000, 3), true
	case "YY", "IY":
		return n.zeros(y%100, 2), true
	case "Y", "I":
		return n.zeros(y%10, 1), true
	}
	return "", false
}
