package types

import "strconv"

var (
	monthNames = [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
	dayNames   = [...]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
)

func append2(dst []byte, n int) []byte { return append(dst, '0'+byte(n/10), '0'+byte(n%10)) }

// appendYear appends the year of the era, at least four digits.
func appendYear(dst []byte, y int) []byte {
	if y <= 0 {
		y = 1 - y
	}
	if y < 10000 {
		return append2(append2(dst, y/100), y%100)
	}
	return strconv.AppendInt(dst, int64(y), 10)
}

// appendFrac appends .ffffff without trailing zeros, nothing for 0.
func appendFrac(dst []byte, usec int) []byte {
	if usec == 0 {
		return dst
	}
	n := 6
	for usec%10 == 0 {
		usec, n = usec/10, n-1
	}
	dst = append(dst, ".000000"[:n+1]...)
	for i := len(dst) - 1; usec > 0; i-- {
		dst[i] = byte('0' + usec%10)
		usec /= 10
	}
	return dst
}

func appendClock(dst []byte, c *clock) []byte {
	dst = append(append2(dst, c.hour), ':')
	dst = append(append2(dst, c.min), ':')
	return appendFrac(append2(dst, c.sec), c.usec)
}

// appendOffset appends +hh[:mm[:ss]], the offset east of UTC.
func appendOffset(dst []byte, secs int) []byte {
	if secs < 0 {
		dst, secs = append(dst, '-'), -secs
	} else {
		dst = append(dst, '+')
	}
	dst = append2(dst, secs/3600)
	if secs%3600 != 0 {
		dst = append2(append(dst, ':'), secs/60%60)
	}
	if secs%60 != 0 {
		dst = append2(append(dst, ':'), secs%60)
	}
	return dst
}

func appendDay(dst []byte, c *clock, st *Style) []byte {
	switch st.DateStyle {
	case DateISO:
		dst = append(appendYear(dst, c.year), '-')
		return append2(append(append2(dst, c.mon), '-'), c.day)
	case DateGerman:
		dst = append(append2(dst, c.day), '.')
		return appendYear(append(append2(dst, c.mon), '.'), c.year)
	}
	sep, a, b := byte('/'), c.mon, c.day
	if st.DateStyle == DatePostgres {
		sep = '-'
	}
	if st.DateOrder == OrderDMY {
		a, b = b, a
	}
	dst = append(append2(dst, a), sep)
	return appendYear(append(append2(dst, b), sep), c.year)
}

// AppendDate appends a date in st's DateStyle.
func AppendDate(dst []byte, d int32, st *Style) []byte {
	switch d {
	case DateInfinity:
		return append(dst, "infinity"...)
	case DateNegInfinity:
		return append(dst, "-infinity"...)
	}
	var c clock
	c.year, c.mon, c.day = civilFromDays(int(d))
	return appendEra(appendDay(dst, &c, st), c.year)
}

func appendEra(dst []byte, year int) []byte {
	if year <= 0 {
		return append(dst, " BC"...)
	}
	return dst
}

// AppendTime appends a time of day.
func AppendTime(dst []byte, t int64) []byte {
	c := splitTime(t)
	return appendClock(dst, &c)
}

// AppendTimestamp appends a timestamp without time zone in st's DateStyle.
func AppendTimestamp(dst []byte, v int64, st *Style) []byte {
	if isInfinite(v) {
		return appendInfinite(dst, v)
	}
	c := splitTimestamp(v)
	if st.DateStyle == DatePostgres {
		dst = appendPostgresStyle(dst, &c, v, st)
	} else {
		dst = appendClock(append(appendDay(dst, &c, st), ' '), &c)
	}
	return appendEra(dst, c.year)
}

// AppendTimestampTZ appends a timestamp with time zone in st's zone and DateStyle.
func AppendTimestampTZ(dst []byte, v int64, st *Style) []byte {
	if isInfinite(v) {
		return appendInfinite(dst, v)
	}
	abbrev, off := zoneAt(v, st.TimeZone)
	local := v + int64(off)*usPerSec
	c := splitTimestamp(local)
	switch st.DateStyle {
	case DateISO:
		dst = appendOffset(appendClock(append(appendDay(dst, &c, st), ' '), &c), off)
		return appendEra(dst, c.year)
	case DatePostgres:
		dst = appendPostgresStyle(dst, &c, local, st)
	default:
		dst = appendClock(append(appendDay(dst, &c, st), ' '), &c)
	}
	return appendEra(append(append(dst, ' '), zoneLabel(abbrev, off)...), c.year)
}

// zoneLabel is the abbreviation that the styles other than ISO show.
func zoneLabel(abbrev string, off int) string {
	if i := len(abbrev) - 1; i > 0 && abbrev[0] == '<' {
		for k := range abbrev {
			if abbrev[k] == '>' {
				return abbrev[1:k]
			}
		}
	}
	if abbrev == "" {
		return string(appendOffset(nil, off))
	}
	return abbrev
}

func appendInfinite(dst []byte, v int64) []byte {
	if v < 0 {
		return append(dst, "-infinity"...)
	}
	return append(dst, "infinity"...)
}

// appendPostgresStyle appends Wed Dec 17 07:37:16 1997.
func appendPostgresStyle(dst []byte, c *clock, v int64, st *Style) []byte {
	days := v / usPerDay
	if v%usPerDay < 0 {
		days--
	}
	dst = append(append(dst, dayNames[floorMod(int(days)+6, 7)]...), ' ')
	if st.DateOrder == OrderDMY {
		dst = append(append(append2(dst, c.day), ' '), monthNames[c.mon-1]...)
	} else {
		dst = append2(append(append(dst, monthNames[c.mon-1]...), ' '), c.day)
	}
	dst = appendClock(append(dst, ' '), c)
	return appendYear(append(dst, ' '), c.year)
}
