package types

import "strconv"

// spanParts is an interval taken apart for output.
type spanParts struct {
	year, mon, day, hour, min, sec, usec int64
}

func (v Interval) parts() spanParts {
	t := v.Micros
	return spanParts{
		year: int64(v.Months) / 12, mon: int64(v.Months) % 12, day: int64(v.Days),
		hour: t / usPerHour, min: t / usPerMin % 60, sec: t / usPerSec % 60, usec: t % usPerSec,
	}
}

func abs64(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// AppendInterval appends an interval in the given style.
func AppendInterval(dst []byte, v Interval, style IntervalStyle) []byte {
	p := v.parts()
	switch style {
	case IntervalPostgresVerbose:
		return p.appendVerbose(dst)
	case IntervalSQLStandard:
		return p.appendSQL(dst)
	case IntervalISO8601:
		return p.appendISO(dst)
	}
	return p.appendPostgres(dst)
}

func (p *spanParts) hasTime() bool { return p.hour|p.min|p.sec|p.usec != 0 }

func (p *spanParts) timeNegative() bool { return p.hour < 0 || p.min < 0 || p.sec < 0 || p.usec < 0 }

// appendSeconds appends |sec|.|usec|, with at least width digits before the point.
func (p *spanParts) appendSeconds(dst []byte, width int) []byte {
	s := int(abs64(p.sec))
	if width == 2 || s > 9 {
		dst = append2(dst, s)
	} else {
		dst = append(dst, '0'+byte(s))
	}
	return appendFrac(dst, int(abs64(p.usec)))
}

// appendPadded appends |n| with at least two digits.
func appendPadded(dst []byte, n int64) []byte {
	if n = abs64(n); n >= 0 && n < 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendUint(dst, uint64(n), 10)
}

func (p *spanParts) appendPostgres(dst []byte) []byte {
	first, before := true, false
	for _, f := range [...]struct {
		n    int64
		unit string
	}{{p.year, " year"}, {p.mon, " mon"}, {p.day, " day"}} {
		if f.n == 0 {
			continue
		}
		if !first {
			dst = append(dst, ' ')
		}
		if before && f.n > 0 {
			dst = append(dst, '+')
		}
		dst = append(strconv.AppendInt(dst, f.n, 10), f.unit...)
		if f.n != 1 {
			dst = append(dst, 's')
		}
		first, before = false, f.n < 0
	}
	if !first && !p.hasTime() {
		return dst
	}
	if !first {
		dst = append(dst, ' ')
	}
	if p.timeNegative() {
		dst = append(dst, '-')
	} else if before {
		dst = append(dst, '+')
	}
	dst = append(appendPadded(dst, p.hour), ':')
	dst = append(appendPadded(dst, p.min), ':')
	return p.appendSeconds(dst, 2)
}

func (p *spanParts) appendVerbose(dst []byte) []byte {
	dst = append(dst, '@')
	zero, before := true, false
	for _, f := range [...]struct {
		n    int64
		unit string
	}{{p.year, " year"}, {p.mon, " mon"}, {p.day, " day"}, {p.hour, " hour"}, {p.min, " min"}} {
		if f.n == 0 {
			continue
		}
		if zero {
			before = f.n < 0
			f.n = abs64(f.n)
		} else if before {
			f.n = -f.n
		}
		dst = append(strconv.AppendInt(append(dst, ' '), f.n, 10), f.unit...)
		if f.n != 1 {
			dst = append(dst, 's')
		}
		zero = false
	}
	if p.sec != 0 || p.usec != 0 {
		dst = append(dst, ' ')
		if p.sec < 0 || p.usec < 0 {
			if zero {
				before = true
			} else if !before {
				dst = append(dst, '-')
			}
		} else if before {
			dst = append(dst, '-')
		}
		dst = append(p.appendSeconds(dst, 1), " sec"...)
		if abs64(p.sec) != 1 || p.usec != 0 {
			dst = append(dst, 's')
		}
		zero = false
	}
	if zero {
		dst = append(dst, " 0"...)
	}
	if before {
		dst = append(dst, " ago"...)
	}
	return dst
}

func (p *spanParts) appendSQL(dst []byte) []byte {
	all := [...]int64{p.year, p.mon, p.day, p.hour, p.min, p.sec, p.usec}
	neg, pos := false, false
	for _, n := range all {
		neg, pos = neg || n < 0, pos || n > 0
	}
	months := p.year|p.mon != 0
	standard := !(neg && pos) && !(months && (p.day != 0 || p.hasTime()))
	sign := func(n bool) byte {
		if n {
			return '-'
		}
		return '+'
	}
	switch {
	case !neg && !pos:
		return append(dst, '0')
	case !standard:
		dst = strconv.AppendInt(append(dst, sign(p.year < 0 || p.mon < 0)), abs64(p.year), 10)
		dst = strconv.AppendInt(append(dst, '-'), abs64(p.mon), 10)
		dst = strconv.AppendInt(append(dst, ' ', sign(p.day < 0)), abs64(p.day), 10)
		dst = append(dst, ' ', sign(p.timeNegative()))
		return p.appendHMS(dst)
	}
	if neg {
		dst = append(dst, '-')
	}
	if months {
		dst = append(strconv.AppendInt(dst, abs64(p.year), 10), '-')
		return strconv.AppendInt(dst, abs64(p.mon), 10)
	}
	if p.day != 0 {
		dst = append(strconv.AppendInt(dst, abs64(p.day), 10), ' ')
	}
	return p.appendHMS(dst)
}

func (p *spanParts) appendHMS(dst []byte) []byte {
	dst = append(strconv.AppendUint(dst, uint64(abs64(p.hour)), 10), ':')
	dst = append(appendPadded(dst, p.min), ':')
	return p.appendSeconds(dst, 2)
}

func (p *spanParts) appendISO(dst []byte) []byte {
	if p.year|p.mon|p.day == 0 && !p.hasTime() {
		return append(dst, "PT0S"...)
	}
	dst = append(dst, 'P')
	part := func(n int64, unit byte) {
		if n != 0 {
			dst = append(strconv.AppendInt(dst, n, 10), unit)
		}
	}
	part(p.year, 'Y')
	part(p.mon, 'M')
	part(p.day, 'D')
	if p.hasTime() {
		dst = append(dst, 'T')
	}
	part(p.hour, 'H')
	part(p.min, 'M')
	if p.sec != 0 || p.usec != 0 {
		if p.sec < 0 || p.usec < 0 {
			dst = append(dst, '-')
		}
		dst = append(p.appendSeconds(dst, 1), 'S')
	}
	return dst
}
