package types

import (
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the zones are the same on every machine

	"streamdb/types/pgerr"
)

// zoneCache remembers loaded zones by lower-case name; loading reads and parses a file.
var zoneCache sync.Map

// LoadZone finds a time zone by its name in the tz database, in any case, or from a POSIX
// specification such as UTC+3, <+03>-3 or CET-1CEST,M3.5.0,M10.5.0/3, whose sign counts
// westward. The name comes back as the database spells it, a specification in capitals.
func LoadZone(name string) (*time.Location, string, bool) {
	key := strings.ToLower(name)
	if z, ok := zoneCache.Load(key); ok {
		l := z.(*time.Location)
		return l, l.String(), true
	}
	l := findZone(name)
	if l == nil {
		return nil, "", false
	}
	zoneCache.Store(key, l)
	return l, l.String(), true
}

func findZone(name string) *time.Location {
	if name == "" || strings.EqualFold(name, "local") || strings.ContainsAny(name, "\\ ") || len(name) > 255 {
		return nil
	}
	if strings.EqualFold(name, "utc") {
		return time.UTC
	}
	for _, n := range []string{name, strings.ToUpper(name), titleZone(name)} {
		if l, err := time.LoadLocation(n); err == nil {
			return l
		}
	}
	return posixZone(name)
}

// titleZone spells a zone as the database does: America/New_York, Etc/GMT+5.
func titleZone(name string) string {
	b, start := []byte(strings.ToLower(name)), true
	for i, c := range b {
		if start && c >= 'a' && c <= 'z' {
			b[i] = c - 32
		}
		start = c == '/' || c == '_' || c == '-'
	}
	s := string(b)
	for _, w := range []string{"Gmt", "Utc", "Uct"} {
		if strings.HasPrefix(s, "Etc/"+w) {
			return "Etc/" + strings.ToUpper(w) + s[7:]
		}
	}
	for _, w := range []string{"_Of_", "_Au_", "-Au-", "_Es_", "-In-"} {
		s = strings.ReplaceAll(s, w, strings.ToLower(w))
	}
	return s
}

// FixedOffset is the zone secs east of UTC, named as PostgreSQL shows it, <+05>-05.
func FixedOffset(secs int) *time.Location {
	iso := string(appendOffset(nil, secs))
	posix := string(appendOffset(nil, -secs))
	return time.FixedZone("<"+iso+">"+posix, secs)
}

// zoneAt is the offset east of UTC, and the abbreviation, in force at a UTC timestamp.
func zoneAt(v int64, l *time.Location) (abbrev string, offset int) {
	if l == time.UTC {
		return "UTC", 0
	}
	abbrev, offset = time.Unix(floorSec(v)+unixEpochSec, 0).In(l).Zone()
	if abbrev == l.String() { // a specification without daylight saving
		abbrev, _ = posixAbbrev(abbrev)
		abbrev = strings.Trim(abbrev, "<>")
	}
	return abbrev, offset
}

// ZoneAbbrev is the abbreviation that l has at a finite timestamptz.
func ZoneAbbrev(v int64, l *time.Location) string {
	abbrev, _ := zoneAt(v, l)
	return abbrev
}

func floorSec(v int64) int64 {
	s := v / usPerSec
	if v%usPerSec < 0 {
		s--
	}
	return s
}

// localOffset is the offset east of UTC that l gives a local timestamp. A time that a
// jump forward skips is read with the offset before it; one that exists twice with the
// offset after.
func localOffset(local int64, l *time.Location) int {
	if l == time.UTC {
		return 0
	}
	sec := floorSec(local) + unixEpochSec
	_, before := time.Unix(sec-86400, 0).In(l).Zone()
	_, after := time.Unix(sec+86400, 0).In(l).Zone()
	if before == after {
		return before
	}
	_, end := time.Unix(sec-86400, 0).In(l).ZoneBounds()
	if end.IsZero() {
		return before
	}
	jump := end.Unix()
	early, late := sec-int64(before), sec-int64(after)
	switch {
	case early < jump && late < jump:
		return before
	case early >= jump && late >= jump:
		return after
	case early > late:
		return before
	}
	return after
}

// ToLocal is the wall clock time (a timestamp) that l shows at a timestamptz.
func ToLocal(v int64, l *time.Location) int64 {
	if isInfinite(v) {
		return v
	}
	_, off := zoneAt(v, l)
	return v + int64(off)*usPerSec
}

// FromLocal is the instant (a timestamptz) at which l shows a wall clock time.
func FromLocal(local int64, l *time.Location) (int64, error) {
	if isInfinite(local) {
		return local, nil
	}
	v := local - int64(localOffset(local, l))*usPerSec
	if !ValidTimestamp(v) || isInfinite(v) {
		return 0, timestampOutOfRange()
	}
	return v, nil
}

// ToLocalChecked is [ToLocal] that refuses a result out of range.
func ToLocalChecked(v int64, l *time.Location) (int64, error) {
	r := ToLocal(v, l)
	if !ValidTimestamp(r) {
		return 0, timestampOutOfRange()
	}
	return r, nil
}

func timestampOutOfRange() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range")
}

// TimestampFromTime is t as a timestamptz, cut to microseconds.
func TimestampFromTime(t time.Time) int64 {
	return (t.Unix()-unixEpochSec)*usPerSec + int64(t.Nanosecond())/1000
}

// TimeFromTimestamp is a finite timestamptz as a time in UTC.
func TimeFromTimestamp(v int64) time.Time {
	s := floorSec(v)
	return time.Unix(s+unixEpochSec, (v-s*usPerSec)*1000).UTC()
}
