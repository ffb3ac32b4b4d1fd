package types

// wordKind is what a word in a date/time text means.
type wordKind uint8

const (
	wordUnknown  wordKind = iota
	wordIgnore            // at, on: filler
	wordReserved          // now, today, infinity…; value one of the special codes
	wordMonth
	wordWeekday
	wordAMPM    // value 0 am, 1 pm
	wordEra     // value 0 AD, 1 BC
	wordUnit    // names a unit: y, m, d, h, j…
	wordISOTime // t
	wordDST     // "dst": an hour more than the zone before it
	wordZone    // a zone abbreviation, value seconds east
	wordAgo
)

// The values of reserved words.
const (
	specialNow = iota + 1
	specialToday
	specialTomorrow
	specialYesterday
	specialMidnight // allballs: 00:00:00 UTC
	specialEpoch
	specialInfinity
	specialNegInfinity
)

// unit is a unit of time, in words and in extract and date_trunc.
type unit uint8

const (
	unitNone unit = iota
	unitMicrosecond
	unitMillisecond
	unitSecond
	unitMinute
	unitHour
	unitDay
	unitWeek
	unitMonth
	unitQuarter
	unitYear
	unitDecade
	unitCentury
	unitMillennium
	unitJulian
	unitTime // after an ISO t
	unitTimezone
	unitTimezoneHour
	unitTimezoneMinute
	unitDOW
	unitISODOW
	unitDOY
	unitISOYear
	unitEpoch
)

type wordMeaning struct {
	kind  wordKind
	value int
}

// dateWords are the words of dates, ten letters at most, as longer ones are cut.
var dateWords = map[string]wordMeaning{
	"-infinity": {wordReserved, specialNegInfinity}, "infinity": {wordReserved, specialInfinity},
	"epoch": {wordReserved, specialEpoch}, "now": {wordReserved, specialNow},
	"today": {wordReserved, specialToday}, "tomorrow": {wordReserved, specialTomorrow},
	"yesterday": {wordReserved, specialYesterday}, "allballs": {wordReserved, specialMidnight},

	"ad": {wordEra, 0}, "bc": {wordEra, 1}, "am": {wordAMPM, 0}, "pm": {wordAMPM, 1},
	"at": {wordIgnore, 0}, "on": {wordIgnore, 0},

	"jan": {wordMonth, 1}, "january": {wordMonth, 1}, "feb": {wordMonth, 2}, "february": {wordMonth, 2},
	"mar": {wordMonth, 3}, "march": {wordMonth, 3}, "apr": {wordMonth, 4}, "april": {wordMonth, 4},
	"may": {wordMonth, 5}, "jun": {wordMonth, 6}, "june": {wordMonth, 6}, "jul": {wordMonth, 7},
	"july": {wordMonth, 7}, "aug": {wordMonth, 8}, "august": {wordMonth, 8}, "sep": {wordMonth, 9},
	"sept": {wordMonth, 9}, "september": {wordMonth, 9}, "oct": {wordMonth, 10}, "october": {wordMonth, 10},
	"nov": {wordMonth, 11}, "november": {wordMonth, 11}, "dec": {wordMonth, 12}, "december": {wordMonth, 12},

	"sun": {wordWeekday, 0}, "sunday": {wordWeekday, 0}, "mon": {wordWeekday, 1}, "monday": {wordWeekday, 1},
	"tue": {wordWeekday, 2}, "tues": {wordWeekday, 2}, "tuesday": {wordWeekday, 2},
	"wed": {wordWeekday, 3}, "weds": {wordWeekday, 3}, "wednesday": {wordWeekday, 3},
	"thu": {wordWeekday, 4}, "thur": {wordWeekday, 4}, "thurs": {wordWeekday, 4}, "thursday": {wordWeekday, 4},
	"fri": {wordWeekday, 5}, "friday": {wordWeekday, 5}, "sat": {wordWeekday, 6}, "saturday": {wordWeekday, 6},

	"d": {wordUnit, int(unitDay)}, "dow": {wordUnit, int(unitDOW)}, "doy": {wordUnit, int(unitDOY)},
	"h": {wordUnit, int(unitHour)}, "isodow": {wordUnit, int(unitISODOW)}, "isoyear": {wordUnit, int(unitISOYear)},
	"j": {wordUnit, int(unitJulian)}, "jd": {wordUnit, int(unitJulian)}, "julian": {wordUnit, int(unitJulian)},
	"m": {wordUnit, int(unitMonth)}, "mm": {wordUnit, int(unitMinute)}, "s": {wordUnit, int(unitSecond)},
	"y": {wordUnit, int(unitYear)}, "t": {wordISOTime, int(unitTime)}, "dst": {wordDST, 3600},
}

// dateWord looks a lower-case word of a date up.
func dateWord(s string) (wordMeaning, bool) {
	m, ok := dateWords[s[:min(len(s), 10)]]
	return m, ok
}

// unitWords are the words of intervals and of extract's fields, ten letters at most.
var unitWords = map[string]unit{
	"c": unitCentury, "cent": unitCentury, "century": unitCentury, "centuries": unitCentury,
	"d": unitDay, "day": unitDay, "days": unitDay, "dec": unitDecade, "decade": unitDecade,
	"decades": unitDecade, "decs": unitDecade, "h": unitHour, "hour": unitHour, "hours": unitHour,
	"hr": unitHour, "hrs": unitHour, "m": unitMinute, "microsecon": unitMicrosecond,
	"mil": unitMillennium, "millennia": unitMillennium, "millennium": unitMillennium,
	"millisecon": unitMillisecond, "mils": unitMillennium, "min": unitMinute, "mins": unitMinute,
	"minute": unitMinute, "minutes": unitMinute, "mon": unitMonth, "mons": unitMonth,
	"month": unitMonth, "months": unitMonth, "ms": unitMillisecond, "msec": unitMillisecond,
	"msecond": unitMillisecond, "mseconds": unitMillisecond, "msecs": unitMillisecond,
	"qtr": unitQuarter, "quarter": unitQuarter, "s": unitSecond, "sec": unitSecond,
	"second": unitSecond, "seconds": unitSecond, "secs": unitSecond, "timezone": unitTimezone,
	"timezone_h": unitTimezoneHour, "timezone_m": unitTimezoneMinute, "us": unitMicrosecond,
	"usec": unitMicrosecond, "usecond": unitMicrosecond, "useconds": unitMicrosecond,
	"usecs": unitMicrosecond, "w": unitWeek, "week": unitWeek, "weeks": unitWeek, "y": unitYear,
	"year": unitYear, "years": unitYear, "yr": unitYear, "yrs": unitYear,
}

// intervalWord looks a lower-case word of an interval up.
func intervalWord(s string) (wordMeaning, bool) {
	s = s[:min(len(s), 10)]
	switch s {
	case "@":
		return wordMeaning{wordIgnore, 0}, true
	case "ago":
		return wordMeaning{wordAgo, 0}, true
	}
	if u, ok := unitWords[s]; ok {
		return wordMeaning{wordUnit, int(u)}, true
	}
	return wordMeaning{}, false
}
