package types

import (
	"encoding/binary"
	"strconv"
	"strings"
	"time"
)

// posixZone reads a POSIX specification of a zone: an abbreviation and its offset, which
// counts westward, and if there is daylight saving, its abbreviation, offset and rule.
func posixZone(name string) *time.Location {
	spec := strings.ToUpper(name)
	_, rest := posixAbbrev(spec)
	off, rest, ok := posixTime(rest, 167)
	if !ok {
		return nil
	}
	if rest == "" {
		return time.FixedZone(spec, -off)
	}
	abbrev, rest := posixAbbrev(rest)
	if abbrev == "" {
		return nil
	}
	if rest != "" && rest[0] != ',' {
		if _, rest, ok = posixTime(rest, 167); !ok {
			return nil
		}
	}
	if rest != "" && !posixRules(rest) {
		return nil
	}
	l, err := time.LoadLocationFromTZData(spec, zoneFile(spec))
	if err != nil {
		return nil
	}
	return l
}

// posixAbbrev cuts an abbreviation off: letters, or anything in <…>.
func posixAbbrev(s string) (abbrev, rest string) {
	if strings.HasPrefix(s, "<") {
		if i := strings.IndexByte(s, '>'); i > 0 {
			return s[:i+1], s[i+1:]
		}
		return "", s
	}
	n := 0
	for n < len(s) && s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z' {
		n++
	}
	return s[:n], s[n:]
}

// posixTime reads [+-]hh[:mm[:ss]] as seconds.
func posixTime(s string, maxHours int) (secs int, rest string, ok bool) {
	sign := 1
	if s != "" && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	limit := maxHours
	for unit := 3600; unit > 0; unit /= 60 {
		n := digitPrefix(s)
		v, err := strconv.Atoi(s[:n])
		if err != nil || v > limit {
			return 0, s, false
		}
		secs, limit, s = secs+v*unit, 59, s[n:]
		if !strings.HasPrefix(s, ":") {
			break
		}
		s = s[1:]
	}
	return sign * secs, s, secs <= maxHours*3600
}

// posixRules reports whether s is ,start[/time],end[/time] in which a date is a day of the
// year, as Jn or n, or Mm.w.d.
func posixRules(s string) bool {
	parts := strings.Split(s[1:], ",")
	if len(parts) != 2 {
		return false
	}
	for _, p := range parts {
		date, at, timed := strings.Cut(p, "/")
		if timed {
			if _, rest, ok := posixTime(at, 167); !ok || rest != "" {
				return false
			}
		}
		if !posixDate(date) {
			return false
		}
	}
	return true
}

func posixDate(s string) bool {
	within := func(s string, low, high int) bool {
		v, err := strconv.Atoi(s)
		return err == nil && allDigits(s) && v >= low && v <= high
	}
	switch {
	case strings.HasPrefix(s, "M"):
		f := strings.Split(s[1:], ".")
		return len(f) == 3 && within(f[0], 1, 12) && within(f[1], 1, 5) && within(f[2], 0, 6)
	case strings.HasPrefix(s, "J"):
		return within(s[1:], 1, 365)
	}
	return within(s, 0, 365)
}

// zoneFile is the compiled form of a zone that a specification rules at all times: a
// version 2 file with one type, no transitions, and the specification at the end.
func zoneFile(spec string) []byte {
	block := func(b []byte) []byte {
		b = append(append(b, "TZif2"...), make([]byte, 15)...)
		for _, n := range [...]uint32{0, 0, 0, 0, 1, 1} { // the last are types and the length of names
			b = binary.BigEndian.AppendUint32(b, n)
		}
		return append(b, make([]byte, 7)...) // a type: offset, daylight saving, name; an empty name
	}
	return append(append(append(block(block(nil)), '\n'), spec...), '\n')
}
