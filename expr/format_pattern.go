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

// patternKey is a field as a pattern may write it.
type patternKey struct {
	key, lower string
	title      string // with a capital, for names; or ""
}

// patternKeys are the fields that begin with a letter, in either case.
type patternKeys [utf8.RuneSelf][]patternKey

func keysByLetter(keys ...string) *patternKeys {
	var out patternKeys
	for _, k := range keys {
		p := patternKey{key: k, lower: strings.ToLower(k)}
		if k == "DAY" || k == "DY" || k == "MONTH" || k == "MON" {
			p.title = k[:1] + p.lower[1:]
		}
		out[k[0]] = append(out[k[0]], p)
		if l := p.lower[0]; l != k[0] {
			out[l] = append(out[l], p)
		}
	}
	return &out
}

// dateKeys are the fields of dates and times, longest first among those with one beginning.
var dateKeys = keysByLetter(
	"A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "CC", "DAY", "DDD", "DD", "DY", "D",
	"FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "FX", "HH24", "HH12", "HH", "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I",
	"J", "MI", "MM", "MONTH", "MON", "MS", "OF", "P.M.", "PM", "Q", "RM", "SSSSS", "SSSS", "SS", "TZH", "TZM", "TZ",
	"US", "WW", "W", "Y,YYY", "YYYY", "YYY", "YY", "Y",
)

// numberKeys are the fields of numbers.
var numberKeys = keysByLetter(
	",", ".", "0", "9", "B", "D", "EEEE", "FM", "G", "L", "MI", "PL", "PR", "RN", "SG", "S", "TH", "V",
)

// matchKey finds the field at the beginning of s, in upper case, lower case or, for names,
// with a capital.
func matchKey(s string, keys *patternKeys) (key, word string) {
	if s == "" || s[0] >= utf8.RuneSelf {
		return "", ""
	}
	for i := range keys[s[0]] {
		k := &keys[s[0]][i]
		if len(s) < len(k.key) {
			continue
		}
		if w := s[:len(k.key)]; w == k.key || w == k.lower || w == k.title {
			return k.key, w
		}
	}
	return "", ""
}

// pollPattern is how many pieces of a pattern are read or written between two looks at
// [Ctx.Interrupt]: a pattern may be long.
const pollPattern = 1 << 14

// pollAt looks at Interrupt now and then.
func (c *Ctx) pollAt(piece int) error {
	if piece%pollPattern != pollPattern-1 {
		return nil
	}
	return c.interrupted()
}

// parsePattern splits a format of dates: nil for the empty one alone.
func parsePattern(c *Ctx, f string) ([]patternNode, error) {
	if f == "" {
		return nil, nil
	}
	nodes := []patternNode{}
	for f != "" {
		if err := c.pollAt(len(nodes)); err != nil {
			return nil, err
		}
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
	return nodes, nil
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
