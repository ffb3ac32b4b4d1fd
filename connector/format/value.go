package format

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// view is b as a string that aliases it.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// checkText refuses bytes that are no text in a UTF-8 database.
func checkText(b []byte) error {
	if utf8.Valid(b) {
		if slices.Contains(b, 0) {
			return badBytes([]byte{0})
		}
		return nil
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return badBytes(b[i:min(i+runeLen(b[i]), len(b))])
		}
		i += n
	}
	return nil
}

// runeLen is the length a UTF-8 sequence with the given first byte claims.
func runeLen(c byte) int {
	switch {
	case c >= 0xf0 && c < 0xf8:
		return 4
	case c >= 0xe0 && c < 0xf0:
		return 3
	case c >= 0xc0 && c < 0xe0:
		return 2
	}
	return 1
}

func badBytes(b []byte) error {
	var s strings.Builder
	for i, c := range b {
		if i > 0 {
			s.WriteString(" ")
		}
		s.WriteString("0x" + strconv.FormatUint(uint64(c)+0x100, 16)[1:])
	}
	return pgerr.New(pgerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8": %s`, s.String())
}

// fast says which everyday type a column has, if any.
type fast uint8

const (
	fastNone fast = iota
	fastText
	fastInt
	fastFloat
	fastStamp
	fastStampTZ
	fastBool
)

// fastOf is the fast way into columns of type t.
func fastOf(t types.Type) fast {
	switch t {
	case types.Text, types.VarChar:
		return fastText
	case types.Int8, types.Int4, types.Int2:
		return fastInt
	case types.Float8:
		return fastFloat
	case types.Timestamp:
		return fastStamp
	case types.TimestampTZ:
		return fastStampTZ
	case types.Bool:
		return fastBool
	}
	return fastNone
}

// appendText appends the value that valid UTF-8 text b stands for in v's type.
func appendText(v *types.Vec, way fast, b []byte, style *types.Style) error {
	if appendFast(v, way, b) {
		return nil
	}
	if style.Now.IsZero() && namesNow(v.Type, b) {
		return pgerr.New(pgerr.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", v.Type.Info().SQLName, b).
			WithDetail("A row of a source must mean the same whenever it is read.")
	}
	d, err := types.ParseText(v.Type, string(b), style)
	if err != nil {
		return err
	}
	v.AppendDatum(d)
	return nil
}

// namesNow reports whether b, read as t, depends on the present time.
func namesNow(t types.Type, b []byte) bool {
	switch t.OID {
	case types.Date.OID, types.Time.OID, types.Timestamp.OID, types.TimestampTZ.OID:
	default:
		return false
	}
	lower := bytes.ToLower(b)
	for _, word := range []string{"now", "today", "tomorrow", "yesterday"} {
		if bytes.Contains(lower, []byte(word)) {
			return true
		}
	}
	return false
}

// appendFast appends b if it is an everyday value of an everyday type.
func appendFast(v *types.Vec, way fast, b []byte) bool {
	switch way {
	case fastText:
		v.AppendBytes(b)
		return true
	case fastInt:
		n, ok := parseInt(b)
		return ok && appendInt(v, n)
	case fastFloat:
		f, err := strconv.ParseFloat(view(b), 64)
		if err != nil || f == 0 || math.IsInf(f, 0) || !plainNumber(b) {
			return false
		}
		v.Resize(v.N + 1)
		v.Float64s()[v.N-1] = f
		return true
	case fastStamp, fastStampTZ:
		t, zoned, ok := parseStamp(b)
		if !ok || !zoned && way == fastStampTZ {
			return false
		}
		v.Resize(v.N + 1)
		v.Int64s()[v.N-1] = t
		return true
	case fastBool:
		switch view(b) {
		case "true", "t":
			appendBool(v, 1)
			return true
		case "false", "f":
			appendBool(v, 0)
			return true
		}
	}
	return false
}

// fastWays is the fast way into each column.
func fastWays(s types.Schema) []fast {
	ways := make([]fast, len(s))
	for i, c := range s {
		ways[i] = fastOf(c.Type)
	}
	return ways
}

func appendBool(v *types.Vec, b uint8) {
	v.Resize(v.N + 1)
	v.Bools()[v.N-1] = b
}

// plainNumber reports whether b has only what a decimal number is written with: Go's
// parser takes more (hexadecimal, underscores).
func plainNumber(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return false
		}
	}
	return true
}

// parseInt reads up to 18 digits with an optional minus.
func parseInt(b []byte) (n int64, ok bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	if neg {
		n = -n
	}
	return n, true
}

// appendInt appends n if it fits the column.
func appendInt(v *types.Vec, n int64) bool {
	i := v.N
	switch v.Kind {
	case types.KindInt64:
		v.Resize(i + 1)
		v.Int64s()[i] = n
	case types.KindInt32:
		if n != int64(int32(n)) {
			return false
		}
		v.Resize(i + 1)
		v.Int32s()[i] = int32(n)
	case types.KindInt16:
		if n != int64(int16(n)) {
			return false
		}
		v.Resize(i + 1)
		v.Int16s()[i] = int16(n)
	}
	return true
}

// parseStamp reads YYYY-MM-DD, T or a blank, HH:MM:SS, up to six decimals and an optional
// Z: microseconds since 2000-01-01.
func parseStamp(b []byte) (micros int64, zoned, ok bool) {
	if len(b) > 0 && b[len(b)-1] == 'Z' {
		zoned, b = true, b[:len(b)-1]
	}
	if len(b) < 19 || b[4] != '-' || b[7] != '-' || b[10] != 'T' && b[10] != ' ' || b[13] != ':' || b[16] != ':' {
		return 0, false, false
	}
	year, bad := two(b[0:], 0)
	low, bad := two(b[2:], bad)
	year = year*100 + low
	month, bad := two(b[5:], bad)
	day, bad := two(b[8:], bad)
	hour, bad := two(b[11:], bad)
	minute, bad := two(b[14:], bad)
	second, bad := two(b[17:], bad)
	if bad != 0 || year == 0 || month < 1 || month > 12 || day < 1 || day > monthDays(year, month) ||
		hour > 23 || minute > 59 || second > 59 {
		return 0, false, false
	}
	fraction := 0
	if rest := b[19:]; len(rest) > 0 {
		if rest[0] != '.' || len(rest) < 2 || len(rest) > 7 {
			return 0, false, false
		}
		scale := 1_000_000
		for _, c := range rest[1:] {
			if c < '0' || c > '9' {
				return 0, false, false
			}
			scale /= 10
			fraction += int(c-'0') * scale
		}
	}
	seconds := int64(((hour*60)+minute)*60+second) + int64(daysFrom2000(year, month, day))*86400
	return seconds*1_000_000 + int64(fraction), zoned, true
}

// two reads two digits; bad is not 0 once something was no digit.
func two(b []byte, bad int) (n, nowBad int) {
	hi, lo := b[0]-'0', b[1]-'0'
	if hi > 9 || lo > 9 {
		return 0, 1
	}
	return int(hi)*10 + int(lo), bad
}

func monthDays(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return [...]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month]
}

// daysFrom2000 counts days in the proleptic Gregorian calendar, March first so that the
// leap day is a year's last.
func daysFrom2000(year, month, day int) int {
	if month <= 2 {
		year, month = year-1, month+12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 730425
}
