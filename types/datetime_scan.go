package types

import (
	"strings"

	"streamdb/types/pgerr"
)

// fieldKind is what the scanner takes a field of a date/time text to be.
type fieldKind uint8

const (
	fieldNumber  fieldKind = iota
	fieldString            // letters
	fieldDate              // digits or letters joined by - / .
	fieldTime              // digits with :
	fieldZone              // sign and digits
	fieldSpecial           // sign and letters, such as -infinity
)

type field struct {
	kind fieldKind
	s    string // in lower case
}

// dtFault says in which way a date/time text is wrong; it becomes an error with the type's
// name at the top.
type dtFault uint8

const (
	faultNone dtFault = iota
	faultFormat
	faultField    // value out of range
	faultMonthDay // likewise, perhaps month and day are swapped
	faultInterval // interval value out of range
	faultZone     // zone offset out of range
	faultNoZone   // unknown zone name
	faultOnlyTime // a time without a date
)

// error is PostgreSQL's error for the fault in text s of type typ.
func (f dtFault) error(s, typ, zone string) error {
	const out = "date/time field value out of range: \"%s\""
	switch f {
	case faultNone:
		return nil
	case faultField:
		return pgerr.New(pgerr.DatetimeFieldOverflow, out, s)
	case faultMonthDay:
		return pgerr.New(pgerr.DatetimeFieldOverflow, out, s).
			WithHint("Perhaps you need a different \"datestyle\" setting.")
	case faultInterval:
		return pgerr.New(pgerr.IntervalFieldOverflow, "interval field value out of range: \"%s\"", s)
	case faultZone:
		return pgerr.New(pgerr.InvalidTimeZoneDisplacement, "time zone displacement out of range: \"%s\"", s)
	case faultNoZone:
		return pgerr.New(pgerr.InvalidParameterValue, "time zone \"%s\" not recognized", zone)
	}
	return pgerr.New(pgerr.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", typ, s)
}

func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isPunct(c byte) bool { return c > ' ' && c < 0x7f && !isDigit(c) && !isAlpha(c) }

// maxFields is the most fields a date/time text may have.
const maxFields = 25

// dtScanner cuts a date/time text into fields.
type dtScanner struct {
	s string
	i int
}

// scanDateTime cuts s into fields.
func scanDateTime(s string) ([]field, dtFault) {
	p := &dtScanner{s: strings.ToLower(s)}
	var fs []field
	for {
		for p.i < len(p.s) && isSpace(p.s[p.i]) {
			p.i++
		}
		if p.i == len(p.s) {
			return fs, faultNone
		}
		if len(fs) == maxFields {
			return nil, faultFormat
		}
		from := p.i
		switch c := p.s[p.i]; {
		case isDigit(c):
			fs = append(fs, field{p.number(), p.s[from:p.i]})
		case c == '.':
			p.i++
			p.while(isDigit)
			fs = append(fs, field{fieldNumber, p.s[from:p.i]})
		case isAlpha(c):
			fs = append(fs, field{p.word(), p.s[from:p.i]})
		case c == '+' || c == '-':
			f, fault := p.signed()
			if fault != faultNone {
				return nil, fault
			}
			fs = append(fs, f)
		case isPunct(c):
			p.i++
		default:
			return nil, faultFormat
		}
	}
}

func (p *dtScanner) while(ok func(byte) bool) {
	for p.i < len(p.s) && ok(p.s[p.i]) {
		p.i++
	}
}

func (p *dtScanner) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

// number reads a field that starts with a digit.
func (p *dtScanner) number() fieldKind {
	p.while(isDigit)
	switch sep := p.peek(); sep {
	case ':':
		p.while(func(c byte) bool { return isDigit(c) || c == ':' || c == '.' })
		return fieldTime
	case '-', '/', '.':
		p.i++
		if !isDigit(p.peek()) {
			p.while(func(c byte) bool { return isDigit(c) || isAlpha(c) || c == sep })
			return fieldDate
		}
		kind := fieldDate
		if sep == '.' {
			kind = fieldNumber
		}
		p.while(isDigit)
		if p.peek() == sep {
			kind = fieldDate
			p.while(func(c byte) bool { return isDigit(c) || c == sep })
		}
		return kind
	}
	return fieldNumber
}

// word reads a field that starts with a letter: a keyword, a date that starts with the
// month, or the name of a time zone.
func (p *dtScanner) word() fieldKind {
	from := p.i
	p.while(isAlpha)
	c := p.peek()
	date := c == '-' || c == '/' || c == '.'
	if c == '+' || isDigit(c) {
		_, known := dateWord(p.s[from:p.i])
		date = !known
	}
	if !date {
		return fieldString
	}
	p.while(func(c byte) bool {
		return isDigit(c) || isAlpha(c) || strings.IndexByte("+-/_.:", c) >= 0
	})
	return fieldDate
}

// signed reads a field that starts with + or −; blanks may follow the sign.
func (p *dtScanner) signed() (field, dtFault) {
	sign := p.s[p.i : p.i+1]
	p.i++
	p.while(isSpace)
	from := p.i
	switch c := p.peek(); {
	case isDigit(c):
		p.while(func(c byte) bool { return isDigit(c) || c == ':' || c == '.' || c == '-' })
		return field{fieldZone, sign + p.s[from:p.i]}, faultNone
	case isAlpha(c):
		p.while(isAlpha)
		return field{fieldSpecial, sign + p.s[from:p.i]}, faultNone
	}
	return field{}, faultFormat
}
