package expr

import (
	"strings"
	"unicode/utf8"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// likePattern is a compiled LIKE pattern. Most patterns are one of the plain forms.
type likePattern struct {
	form  likeForm
	text  string   // the literal of a plain form
	parts []string // general: the pieces between %, in which wildcard stands for _
	head  bool     // general: the pattern begins with %
	tail  bool     // general: it ends with %
	// open marks a pattern that ends with its escape character. It matches nothing; the form
	// is that of the texts for which the end is reached, which is an error.
	open bool
}

type likeForm uint8

const (
	likeExact likeForm = iota
	likePrefix
	likeSuffix
	likeContains
	likeGeneral
)

// wildcard stands for _ inside a part; it is no character of a valid text.
const wildcard = "\xff"

// compileLike reads a pattern whose escape character is a backslash.
func compileLike(p string, fold bool) *likePattern {
	var parts []string
	var b strings.Builder
	anyRun, hasWild := false, false
	lp := &likePattern{}
	if fold { // before _ becomes a byte that is no text
		p = lowerText(p)
	}
	for i := 0; i < len(p); {
		r, n := utf8.DecodeRuneInString(p[i:])
		switch {
		case r == '%':
			if i == 0 {
				lp.head = true
			}
			if b.Len() > 0 {
				parts = append(parts, b.String())
				b.Reset()
			}
			anyRun = true
			lp.tail = true
			i += n
			continue
		case r == '_':
			b.WriteString(wildcard)
			hasWild = true
		case r == '\\':
			i++
			if i >= len(p) {
				lp = compileLike(reachesEnd(p[:len(p)-1]), fold)
				lp.open = true
				return lp
			}
			_, n = utf8.DecodeRuneInString(p[i:])
			b.WriteString(p[i : i+n])
		default:
			b.WriteString(p[i : i+n])
		}
		lp.tail = false
		i += n
	}
	if b.Len() > 0 {
		parts = append(parts, b.String())
	}
	lp.parts = parts
	lp.choose(anyRun, hasWild)
	return lp
}

// reachesEnd is a pattern for the texts of which something is left when a pattern has come
// to its end p; after % and _, nothing need be left.
func reachesEnd(p string) string {
	if bare := strings.TrimRight(p, "_"); len(bare) < len(p) && strings.HasSuffix(bare, "%") && !strings.HasSuffix(bare, `\%`) {
		return p + "%"
	}
	return p + "_%"
}

// test is match, and the error of a pattern that ends with its escape character.
func (lp *likePattern) test(s string) (bool, error) {
	found := lp.match(s)
	if found && lp.open {
		return false, pgerr.New(pgerr.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
	}
	return found, nil
}

// choose finds the plain form of the pattern.
func (lp *likePattern) choose(anyRun, hasWild bool) {
	lp.form = likeGeneral
	if hasWild || len(lp.parts) > 1 {
		return
	}
	if len(lp.parts) == 1 {
		lp.text = lp.parts[0]
	}
	switch {
	case !anyRun:
		lp.form = likeExact
	case lp.text == "":
		lp.form = likePrefix // only %: everything
	case lp.head && lp.tail:
		lp.form = likeContains
	case lp.head:
		lp.form = likeSuffix
	case lp.tail:
		lp.form = likePrefix
	}
}

// match reports whether s has the pattern's form.
func (lp *likePattern) match(s string) bool {
	switch lp.form {
	case likeExact:
		return s == lp.text
	case likePrefix:
		return strings.HasPrefix(s, lp.text)
	case likeSuffix:
		return strings.HasSuffix(s, lp.text)
	case likeContains:
		return strings.Contains(s, lp.text)
	}
	return lp.matchParts(s)
}

// matchParts places the parts from left to right, each as early as possible; the last must
// reach the end.
func (lp *likePattern) matchParts(s string) bool {
	parts := lp.parts
	if !lp.head {
		n, ok := prefixPart(s, parts[0])
		if !ok {
			return false
		}
		s, parts = s[n:], parts[1:]
		if len(parts) == 0 {
			return lp.tail || s == ""
		}
	}
	for len(parts) > 1 || (len(parts) == 1 && lp.tail) {
		n, ok := findPart(s, parts[0])
		if !ok {
			return false
		}
		s, parts = s[n:], parts[1:]
	}
	return len(parts) == 0 || suffixPart(s, parts[0])
}

// prefixPart matches part at the beginning of s; n is the bytes it takes.
func prefixPart(s, part string) (n int, ok bool) {
	if strings.IndexByte(part, wildcard[0]) < 0 {
		return len(part), strings.HasPrefix(s, part)
	}
	for i := 0; i < len(part); i++ {
		if n >= len(s) {
			return 0, false
		}
		if part[i] == wildcard[0] {
			_, size := utf8.DecodeRuneInString(s[n:])
			n += size
			continue
		}
		if s[n] != part[i] {
			return 0, false
		}
		n++
	}
	return n, true
}

// findPart finds the first place of part in s; n is the byte after it.
func findPart(s, part string) (n int, ok bool) {
	if strings.IndexByte(part, wildcard[0]) < 0 {
		k := strings.Index(s, part)
		return k + len(part), k >= 0
	}
	for at := 0; ; {
		if n, ok := prefixPart(s[at:], part); ok {
			return at + n, true
		}
		if at >= len(s) {
			return 0, false
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
}

// suffixPart matches part at the end of s.
func suffixPart(s, part string) bool {
	if strings.IndexByte(part, wildcard[0]) < 0 {
		return strings.HasSuffix(s, part)
	}
	for at := 0; at <= len(s); {
		if n, ok := prefixPart(s[at:], part); ok && at+n == len(s) {
			return true
		}
		if at == len(s) {
			break
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return false
}

// likeKernel matches argument 0 against argument 1, compiling each new pattern.
func likeKernel(fold, negate bool) Kernel {
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		var lp *likePattern
		last := ""
		dst := out.V.Bools()
		for i := range c.slowRows(sel, n) {
			p := args[1].Str(i)
			if lp == nil || p != last {
				lp, last = compileLike(p, fold), p
			}
			s := args[0].Str(i)
			if fold {
				s = lowerText(s)
			}
			found, err := lp.test(s)
			if err != nil {
				out.Null(i)
				c.Fail(i, err)
				continue
			}
			dst[i] = b2u(found != negate)
		}
	}
}

// likeSpecial compiles a constant pattern once.
func likeSpecial(fold, negate bool) func(args []Expr) Kernel {
	return func(args []Expr) Kernel {
		k, ok := args[1].(*Const)
		if _, both := args[0].(*Const); !ok || both {
			return nil
		}
		lp := compileLike(k.D.S, fold)
		if lp.open {
			return nil
		}
		return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
			dst := out.V.Bools()
			for i := range c.slowRows(sel, n) {
				s := args[0].Str(i)
				if fold {
					s = lowerText(s)
				}
				dst[i] = b2u(lp.match(s) != negate)
			}
		}
	}
}

// likeEscape rewrites a pattern with another escape character to one with a backslash.
func likeEscape(p, esc string) (string, error) {
	if esc == "" {
		return strings.ReplaceAll(p, `\`, `\\`), nil
	}
	e, n := utf8.DecodeRuneInString(esc)
	if n != len(esc) {
		return "", pgerr.New(pgerr.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	if e == '\\' {
		return p, nil
	}
	var b strings.Builder
	after := false
	for _, r := range p {
		switch {
		case r == e && !after:
			b.WriteByte('\\')
			after = true
			continue
		case r == '\\' && !after:
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		after = false
	}
	return b.String(), nil
}

// likeFuncs lists LIKE and ILIKE.
func likeFuncs() []*Func {
	var fs []*Func
	for _, x := range []struct {
		op           string
		fold, negate bool
	}{{"~~", false, false}, {"!~~", false, true}, {"~~*", true, false}, {"!~~*", true, true}} {
		for _, t := range []string{"text", "bpchar", "name"} {
			fs = append(fs, fn(x.op+"("+t+",text) bool", likeKernel(x.fold, x.negate)).special(likeSpecial(x.fold, x.negate)).safeConst())
		}
	}
	escape := perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		s, err := likeEscape(a.str(0), a.str(1))
		return str(s), err
	})
	return append(
		fs,
		fn("~~(bytea,bytea) bool", likeKernel(false, false)),
		fn("!~~(bytea,bytea) bool", likeKernel(false, true)),
		fn("like_escape(text,text) text", escape),
		fn("like(text,text) bool", likeKernel(false, false)).special(likeSpecial(false, false)).safeConst(),
		fn("notlike(text,text) bool", likeKernel(false, true)).special(likeSpecial(false, true)).safeConst(),
	)
}
