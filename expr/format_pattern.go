package expr

import (
	"strings"
	"unicode/utf8"

	"streamdb/types/pgerr"
)

// patternNode is one piece of a to_char or to_date format: a field with its modifiers, or
// text to be copied.
type patternNode struct {
	key    string // the field in upper case; "" for text
	word   string // the field as written, whose case matters for names
	text   string
	quoted bool
	fm, tm bool // FM, TM before the field
	th     bool // TH or th behind it
	lower  bool // th
}

// dateKeys are the fields of dates and times, longest first among those with one beginning.
var dateKeys = []string{
	"A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "CC", "DAY", "DDD", "DD", "DY", "D",
	"FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "FX", "HH24", "HH12", "HH", "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I",
	"J", "MI", "MM", "MONTH", "MON", "MS", "OF", "P.M.", "PM", "Q", "RM", "SSSSS", "SSSS", "SS", "TZH", "TZM", "TZ",
	"US", "WW", "W", "Y,YYY", "YYYY", "YYY", "YY", "Y",
}

// numberKeys are the fields of numbers.
var numberKeys = []string{
	",", ".", "0", "9", "B", "D", "EEEE", "FM", "G", "L", "MI", "PL", "PR", "RN", "SG", "S", "TH", "V",
}

// matchKey finds the field at the beginning of s, in upper case, lower case or, for names,
// with a capital.
func matchKey(s string, keys []string) (key, word string) {
	for _, k := range keys {
		if len(s) < len(k) {
			continue
		}
		w := s[:len(k)]
		switch {
		case w == k, w == strings.ToLower(k):
			return k, w
		case (k == "DAY" || k == "DY" || k == "MONTH" || k == "MON") && w == k[:1]+strings.ToLower(k[1:]):
			return k, w
		}
	}
	return "", ""
}

// parsePattern splits a format of dates.
func parsePattern(f string) []patternNode {
	var nodes []patternNode
	for f != "" {
		n := patternNode{}
		rest := f
	prefixes:
		for len(rest) >= 2 {
			switch rest[:2] {
			case "FM", "fm":
				n.fm = true
			case "TM", "tm":
				n.tm = true
			default:
				break prefixes
			}
			rest = rest[2:]
		}
		n.key, n.word = matchKey(rest, dateKeys)
		if n.key == "" {
			if rest != f { // a modifier without its field
				f = rest
				continue
			}
			nodes, f = appendText(nodes, f)
			continue
		}
		f = rest[len(n.key):]
		if strings.HasPrefix(f, "TH") || strings.HasPrefix(f, "th") {
			n.th, n.lower = true, f[0] == 't'
			f = f[2:]
		}
		nodes = append(nodes, n)
	}
	return nodes
}

// appendText takes one character, or a quoted string, off f.
func appendText(nodes []patternNode, f string) ([]patternNode, string) {
	if f[0] == '"' {
		f = f[1:]
		for f != "" && f[0] != '"' {
			if f[0] == '\\' && len(f) > 1 {
				f = f[1:]
			}
			_, n := utf8.DecodeRuneInString(f)
			nodes, f = append(nodes, patternNode{text: f[:n], quoted: true}), f[n:]
		}
		return nodes, strings.TrimPrefix(f, `"`)
	}
	if f[0] == '\\' && len(f) > 1 && f[1] == '"' {
		return append(nodes, patternNode{text: `"`, quoted: true}), f[2:]
	}
	_, n := utf8.DecodeRuneInString(f)
	return append(nodes, patternNode{text: f[:n]}), f[n:]
}

// ordinal is the English suffix of a number.
func ordinal(digits string, lower bool) string {
	if digits == "" || digits[len(digits)-1] < '0' || digits[len(digits)-1] > '9' {
		return ""
	}
	s := "TH"
	if len(digits) < 2 || digits[len(digits)-2] != '1' {
		switch digits[len(digits)-1] {
		case '1':
			s = "ST"
		case '2':
			s = "ND"
		case '3':
			s = "RD"
		}
	}
	if lower {
		return strings.ToLower(s)
	}
	return s
}

func badFormat(format string, args ...any) error {
	return pgerr.New(pgerr.SyntaxError, format, args...)
}
