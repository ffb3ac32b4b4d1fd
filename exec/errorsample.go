package exec

import (
	"math/bits"
	"strings"
	"unicode/utf8"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// errorSample is a multiset of errors of which, when there are too many, a sample is kept,
// and of the others the number for each SQLSTATE. Errors come and go in any order, in several
// tasks at a time, and one that goes must be known for kept or not: those are kept whose
// hash begins with a number of zero bits. So all weights and numbers are exact sums.
type errorSample struct {
	limit int // most rows; 0: any number
	thin  int // zero bits that the hash of a kept row begins with
	rows  map[string]*errorRow
	rest  map[string]int64
	bytes int64
}

// errorRow is one kept error; its key begins with its code and a message of msg bytes.
type errorRow struct {
	weight int64
	msg    int
}

// errorRowBytes is about what a row takes beside its key.
const errorRowBytes = 200

func newErrorSample(limit int) errorSample {
	return errorSample{limit: limit, rows: map[string]*errorRow{}, rest: map[string]int64{}}
}

func (s *errorSample) full() bool { return s.limit > 0 && len(s.rows) > s.limit }

// put makes a row with no weight; nil if the key is not of the sample.
func (s *errorSample) put(key string, msg int) *errorRow {
	if !s.keeps(key) {
		return nil
	}
	r := &errorRow{msg: msg}
	s.rows[key] = r
	s.bytes += int64(len(key)) + errorRowBytes
	return r
}

func (s *errorSample) keeps(key string) bool {
	return s.thin == 0 || bits.LeadingZeros64(types.HashKey([]byte(key))) >= s.thin
}

// drop forgets a row, which goes on to be counted.
func (s *errorSample) drop(key string, r *errorRow) {
	delete(s.rows, key)
	s.bytes -= int64(len(key)) + errorRowBytes
	if r.weight != 0 {
		s.rest[errorCode(key)] += r.weight
	}
}

// thinTo drops the rows that are not of a smaller sample; dropping is told before.
func (s *errorSample) thinTo(thin int, dropping func(key string, r *errorRow)) {
	if thin <= s.thin {
		return
	}
	s.thin = thin
	for key, r := range s.rows {
		if !s.keeps(key) {
			dropping(key, r)
			s.drop(key, r)
		}
	}
}

// widen takes any row again once all that stand are kept. It is for the end of an epoch,
// when no weight is negative.
func (s *errorSample) widen() {
	for code, w := range s.rest {
		if w != 0 {
			return
		}
		delete(s.rest, code)
	}
	s.thin = 0
}

// errorDelta is what the rows of one task change of the errors in one epoch.
type errorDelta struct {
	errorSample
	raised int64 // the sum of positive weights
}

func (d *errorDelta) add(err *pgerr.Error, w int64, row string) {
	d.raised += max(w, 0)
	key, msg := errorText(err, row)
	r := d.rows[key]
	if r == nil {
		r = d.put(key, msg)
	}
	if r == nil {
		d.rest[errorCode(key)] += w
		return
	}
	if r.weight += w; r.weight == 0 {
		d.drop(key, r)
	}
	for d.full() {
		d.thinTo(d.thin+1, func(string, *errorRow) {})
	}
}

// errorTextMax is the most bytes of an error's message, and of its row, that are kept.
const errorTextMax = 4096

// errorText is an error's key, [code 0 message 0 row], and how long the message in it is.
func errorText(err *pgerr.Error, row string) (key string, msg int) {
	m := clipText(err.Message)
	return err.Code + "\x00" + m + "\x00" + clipText(row), len(m)
}

const errorCodeLen = 5

func errorCode(key string) string { return key[:errorCodeLen] }

func errorParts(key string, msg int) (message, row string) {
	from := errorCodeLen + 1
	return key[from : from+msg], key[from+msg+1:]
}

// clipText cuts a long text, and says so.
func clipText(s string) string {
	if len(s) <= errorTextMax {
		return s
	}
	end := errorTextMax
	for end > errorTextMax-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.Clone(s[:end]) + "…"
}
