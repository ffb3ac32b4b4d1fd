package types

import "time"

// DateStyle is how dates and timestamps are written.
type DateStyle uint8

// The output styles of DateStyle.
const (
	DateISO DateStyle = iota
	DateSQL
	DatePostgres
	DateGerman
)

// DateOrder is how an ambiguous date such as 1/2/2024 is read, and written by the styles
// other than ISO.
type DateOrder uint8

// The field orders of DateStyle.
const (
	OrderMDY DateOrder = iota
	OrderDMY
	OrderYMD
)

// IntervalStyle is how intervals are written.
type IntervalStyle uint8

// The values of the setting IntervalStyle.
const (
	IntervalPostgres IntervalStyle = iota
	IntervalPostgresVerbose
	IntervalSQLStandard
	IntervalISO8601
)

// Style is what of a session decides how values are read and written.
type Style struct {
	DateStyle        DateStyle
	DateOrder        DateOrder
	IntervalStyle    IntervalStyle
	TimeZone         *time.Location // never nil
	TimeZoneName     string         // as SHOW TimeZone says it
	ExtraFloatDigits int            // −15 … 3; above 0: shortest exact
	ByteaHex         bool           // bytea_output = 'hex'
	Now              time.Time      // the instant 'now' and 'today' stand for
}

// DefaultStyle is PostgreSQL's defaults in UTC. Its Now is the zero time: whoever reads
// text that may say 'now' sets it.
func DefaultStyle() *Style {
	return &Style{TimeZone: time.UTC, TimeZoneName: "UTC", ExtraFloatDigits: 1, ByteaHex: true}
}
