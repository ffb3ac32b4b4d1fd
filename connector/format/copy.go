package format

import (
	"streamdb/types/pgerr"
)

// CopyFormat is the shape of COPY data.
type CopyFormat uint8

// The text shapes of COPY.
const (
	CopyText CopyFormat = iota
	CopyCSV
)

// HeaderMode says what the first line is.
type HeaderMode uint8

// The header modes.
const (
	HeaderNone  HeaderMode = iota
	HeaderSkip             // the first line is column names, to be skipped (written on the way out)
	HeaderMatch            // as HeaderSkip, and the names must be the columns'
)

// CopyOptions is what COPY's WITH clause says. The slices are by column, nil for none.
type CopyOptions struct {
	Format       CopyFormat
	Delimiter    byte
	Null         string
	Quote        byte
	Escape       byte
	Header       HeaderMode
	ForceQuote   []bool // on the way out: quote all values but NULL
	ForceNotNull []bool // on the way in: the null string is no NULL
	ForceNull    []bool // on the way in: the null string is NULL even in quotes
}

// DefaultCopy is the options of a format when the statement says nothing more.
func DefaultCopy(f CopyFormat) CopyOptions {
	if f == CopyCSV {
		return CopyOptions{Format: f, Delimiter: ',', Quote: '"', Escape: '"'}
	}
	return CopyOptions{Format: f, Delimiter: '\t', Null: `\N`}
}

// at is the flag of column i.
func at(flags []bool, i int) bool { return i < len(flags) && flags[i] }

// Check refuses options that cannot be told apart in the data, as PostgreSQL does.
func (o *CopyOptions) Check() error {
	bad := func(format string, args ...any) error {
		return pgerr.New(pgerr.InvalidParameterValue, format, args...)
	}
	const unsupported = pgerr.FeatureNotSupported
	switch {
	case o.Delimiter == '\n' || o.Delimiter == '\r':
		return bad("COPY delimiter cannot be newline or carriage return")
	case hasNewline(o.Null):
		return bad("COPY null representation cannot use newline or carriage return")
	case o.Format == CopyText && hasByte(`\.abcdefghijklmnopqrstuvwxyz0123456789`, o.Delimiter):
		return bad("COPY delimiter cannot be \"%c\"", o.Delimiter)
	case hasByte(o.Null, o.Delimiter):
		return pgerr.New(unsupported, "COPY delimiter must not appear in the NULL specification")
	case o.Format == CopyCSV && o.Delimiter == o.Quote:
		return bad("COPY delimiter and quote must be different")
	case o.Format == CopyCSV && hasByte(o.Null, o.Quote):
		return pgerr.New(unsupported, "CSV quote character must not appear in the NULL specification")
	}
	return nil
}

func hasNewline(s string) bool { return hasByte(s, '\n') || hasByte(s, '\r') }

func hasByte(s string, c byte) bool {
	for i := range len(s) {
		if s[i] == c {
			return true
		}
	}
	return false
}
