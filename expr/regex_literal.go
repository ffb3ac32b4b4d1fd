package expr

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"
)

// regex is a compiled regular expression that looks for a text which every match contains
// before it runs the automaton, and runs it only from there.
type regex struct {
	*regexp.Regexp
	literal string         // "" if none is known
	before  int            // most bytes of a match before literal; −1: any number
	later   *regexp.Regexp // the same for the rest of a string, where \A does not match; nil: cannot be had
	rest    func() (re *regexp.Regexp, boundary bool)
}

// MatchString is Regexp.MatchString.
func (r *regex) MatchString(s string) bool {
	re, from, ok := r.start(s)
	return ok && re.MatchString(s[from:])
}

// FindStringSubmatchIndex is Regexp.FindStringSubmatchIndex.
func (r *regex) FindStringSubmatchIndex(s string) []int {
	re, from, ok := r.start(s)
	if !ok {
		return nil
	}
	m := re.FindStringSubmatchIndex(s[from:])
	for k := range m {
		if m[k] >= 0 {
			m[k] += from
		}
	}
	return m
}

// start is where in s a match may begin at the earliest, and what to look for from there;
// ok is false if s has no match.
func (r *regex) start(s string) (re *regexp.Regexp, from int, ok bool) {
	if r.literal == "" {
		return r.Regexp, 0, true
	}
	k := strings.Index(s, r.literal)
	if k < 0 {
		return nil, 0, false
	}
	if r.later == nil || k <= r.before {
		return r.Regexp, 0, true
	}
	for from = k - r.before; from > 0 && !utf8.RuneStart(s[from]); {
		from--
	}
	if from == 0 {
		return r.Regexp, 0, true
	}
	return r.later, from, true
}

// newRegex looks for a literal in the compiled expression src. One that begins with \A is
// fast as it is.
func newRegex(re *regexp.Regexp, src string, longest bool) *regex {
	r := &regex{Regexp: re, before: -1, rest: sync.OnceValues(func() (*regexp.Regexp, bool) { return restOf(re, src, longest) })}
	tree, err := syntax.Parse(src, syntax.Perl)
	if err != nil || tree.Op != syntax.OpConcat || tree.Sub[0].Op == syntax.OpBeginText {
		return r
	}
	before := 0
	for _, sub := range tree.Sub {
		if lit := string(sub.Rune); sub.Op == syntax.OpLiteral && sub.Flags&syntax.FoldCase == 0 && r.better(lit, before) {
			r.literal, r.before = lit, before
		}
		if before >= 0 {
			before = sumWidth(before, maxWidth(sub))
		}
	}
	if r.before < 0 || cutStart(tree) {
		return r
	}
	if r.later, err = regexp.Compile(tree.String()); err != nil {
		r.later = nil
	} else if longest {
		r.later.Longest()
	}
	return r
}

// better prefers a literal at a bounded distance, then a longer one.
func (r *regex) better(lit string, before int) bool {
	if bounded := before >= 0; r.literal != "" && bounded != (r.before >= 0) {
		return bounded
	}
	return len(lit) > len(r.literal)
}

// farBefore is the distance at which starting later no longer pays.
const farBefore = 256

func sumWidth(a, b int) int {
	if a < 0 || b < 0 || a+b > farBefore {
		return -1
	}
	return a + b
}

// maxWidth is the most bytes that an expression matches, −1 for many.
func maxWidth(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpNoMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return 0
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return utf8.UTFMax
	case syntax.OpLiteral:
		return sumWidth(0, utf8.UTFMax*len(re.Rune))
	case syntax.OpCapture, syntax.OpQuest:
		return maxWidth(re.Sub[0])
	case syntax.OpConcat, syntax.OpAlternate:
		w := 0
		for _, sub := range re.Sub {
			if x := maxWidth(sub); re.Op == syntax.OpConcat || x < 0 {
				w = sumWidth(w, x)
			} else {
				w = max(w, x)
			}
			if w < 0 {
				break
			}
		}
		return w
	case syntax.OpRepeat:
		if re.Max < 0 || re.Max > farBefore {
			return -1
		}
		if w := maxWidth(re.Sub[0]); w >= 0 {
			return sumWidth(0, w*re.Max)
		}
	}
	return -1
}

// cutStart makes \A match nowhere; it reports whether the expression looks at what comes
// before the text in another way.
func cutStart(re *syntax.Regexp) (boundary bool) {
	switch re.Op {
	case syntax.OpBeginLine, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	case syntax.OpBeginText:
		*re = syntax.Regexp{Op: syntax.OpNoMatch}
	}
	for _, sub := range re.Sub {
		boundary = cutStart(sub) || boundary
	}
	return boundary
}

// restOf is the expression for a part of a text that is not its beginning. If what comes
// before the part matters, it is one that matches the character before and, there, the rest.
func restOf(re *regexp.Regexp, src string, longest bool) (rest *regexp.Regexp, boundary bool) {
	tree, err := syntax.Parse(src, syntax.Perl)
	if err != nil {
		return re, false
	}
	boundary = cutStart(tree)
	cut := tree.String()
	if boundary {
		cut = `\A(?s:.)(?:` + cut + `)`
	}
	if rest, err = regexp.Compile(cut); err != nil {
		return re, false
	}
	if longest {
		rest.Longest()
	}
	return rest, boundary
}

// findFrom lists the first limit (−1: all) matches that begin at byte offset from, more than
// 0, or later.
func (r *regex) findFrom(s string, from, limit int) [][]int {
	re, boundary := r.rest()
	if !boundary {
		ms := re.FindAllStringSubmatchIndex(s[from:], limit)
		for _, m := range ms {
			shiftMatch(m, from)
		}
		return ms
	}
	var ms [][]int
	last := -1 // where the last match ended: no empty one follows at once
	for at := from; at <= len(s) && len(ms) != limit; {
		_, before := utf8.DecodeLastRuneInString(s[:at])
		if m := re.FindStringSubmatchIndex(s[at-before:]); m != nil {
			shiftMatch(m, at-before)
			m[0] = at
			if m[1] > at || at != last {
				ms, last = append(ms, m), m[1]
			}
			if m[1] > at {
				at = m[1]
				continue
			}
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		at += max(size, 1)
	}
	return ms
}

func shiftMatch(m []int, by int) {
	for k := range m {
		if m[k] >= 0 {
			m[k] += by
		}
	}
}
