package types

import "math"

// DatumAlias is row i as a value whose bytes alias the vector: it allocates nothing and
// is good only while the vector is not changed.
func (v *Vec) DatumAlias(i int) Datum {
	if v.IsNull(i) {
		return Datum{}
	}
	switch v.Kind {
	case KindBytes:
		return Datum{Kind: KindBytes, S: v.Str(i)}
	case KindNumeric:
		d := v.Decs()[i]
		if d.Hi>>62 == formLong {
			l := v.long(d)
			return NewDec(Dec{Hi: d.Hi}, aliasString(l))
		}
		return NewDec(d, "")
	}
	return v.Datum(i)
}

// truncate makes v n rows long, n ≤ v.N.
func (v *Vec) truncate(n int) {
	if v.N > n {
		v.Resize(n)
	}
}

// bytesForm is how the bytes of a KindBytes value are to be understood.
type bytesForm uint8

const (
	formPlain bytesForm = iota
	formBPChar
	formJSONB
	formArray
	formRecord
)

func bytesFormOf(t Type) bytesForm {
	switch t.OID {
	case Text.OID, VarChar.OID, Bytea.OID, Name.OID, JSON.OID, Char.OID, Unknown.OID:
		return formPlain
	case BPChar.OID:
		return formBPChar
	case JSONB.OID:
		return formJSONB
	case Record.OID:
		return formRecord
	}
	if t.Info().Category == 'A' {
		return formArray
	}
	return formPlain
}

// trimBlanks removes the trailing blanks that bpchar ignores.
func trimBlanks(s string) string {
	for len(s) > 0 && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}

const (
	usPerSec  = 1_000_000
	usPerMin  = 60 * usPerSec
	usPerHour = 3600 * usPerSec
	usPerDay  = 86400 * usPerSec
)

// span normalises an interval for comparison: a month is 30 days, a day 24 hours; the
// microseconds are in 0 … one day.
func (v Interval) span() (days, micros int64) {
	days = int64(v.Months)*30 + int64(v.Days) + v.Micros/usPerDay
	micros = v.Micros % usPerDay
	if micros < 0 {
		micros += usPerDay
		days--
	}
	return days, micros
}

// canonF64 is f's bits with −0 as 0 and one NaN.
func canonF64(f float64) uint64 {
	switch {
	case f == 0:
		return 0
	case f != f:
		return nan64
	}
	return math.Float64bits(f)
}

func canonF32(f float32) uint32 {
	switch {
	case f == 0:
		return 0
	case f != f:
		return nan32
	}
	return math.Float32bits(f)
}
