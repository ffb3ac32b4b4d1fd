package expr

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"streamdb/types/pgerr"
)

// regexFlags are the embedded options of PostgreSQL's regular expressions.
type regexFlags struct {
	fold     bool // i
	newline  bool // n, m: . and [^…] do not match a newline, ^ and $ match at lines
	partial  bool // p: . and [^…] only
	weird    bool // w: ^ and $ only
	expanded bool // x
	literal  bool // q
	global   bool // g, of the functions that take it
}

// parseFlags reads an option string.
func parseFlags(s string) (f regexFlags, err error) {
	for _, r := range s {
		switch r {
		case 'g':
			f.global = true
		case 'i':
			f.fold = true
		case 'c':
			f.fold = false
		case 'm', 'n':
			f.newline = true
		case 's':
			f.newline, f.partial, f.weird = false, false, false
		case 'p':
			f.partial = true
		case 'w':
			f.weird = true
		case 'x':
			f.expanded = true
		case 't':
			f.expanded = false
		case 'q':
			f.literal = true
		case 'e':
		case 'b':
			return f, pgerr.Unsupported("the regular expression option \"b\"", "Write the expression as an advanced one.")
		default:
			return f, pgerr.New(pgerr.InvalidParameterValue, "invalid regular expression option: \"%c\"", r)
		}
	}
	return f, nil
}

func badRegex(reason string) error {
	return pgerr.New(pgerr.InvalidRegularExpression, "invalid regular expression: %s", reason)
}

// regexCache keeps the expressions compiled last; a query uses few.
type regexCache struct {
	mu sync.Mutex
	m  map[regexKey]*regex
}

type regexKey struct {
	pattern string
	flags   regexFlags
}

// compiledRegexes is a cache: it changes no result.
var compiledRegexes = &regexCache{m: map[regexKey]*regex{}}

const regexCacheSize = 256

// compileRegex translates and compiles a PostgreSQL regular expression.
func compileRegex(pattern string, f regexFlags) (*regex, error) {
	f.global = false
	k := regexKey{pattern, f}
	compiledRegexes.mu.Lock()
	known := compiledRegexes.m[k]
	compiledRegexes.mu.Unlock()
	if known != nil {
		return known, nil
	}
	k.pattern = strings.Clone(pattern)
	src, err := translateRegex(pattern, f)
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(src)
	if err != nil {
		return nil, goRegexError(err)
	}
	longest := !prefersShortest(src)
	if longest {
		re.Longest()
	}
	known = newRegex(re, src, longest)
	compiledRegexes.mu.Lock()
	defer compiledRegexes.mu.Unlock()
	if len(compiledRegexes.m) >= regexCacheSize {
		clear(compiledRegexes.m)
	}
	compiledRegexes.m[k] = known
	return known, nil
}

// prefersShortest reports whether an expression has a non-greedy quantifier: PostgreSQL
// matches the longest overall unless the first quantifier is non-greedy.
func prefersShortest(src string) bool {
	for i := 1; i < len(src); i++ {
		if src[i] == '\\' {
			i++
			continue
		}
		if src[i] == '?' && strings.IndexByte("*+?}", src[i-1]) >= 0 && (i < 2 || src[i-2] != '\\') {
			return true
		}
	}
	return false
}

func goRegexError(err error) error {
	m := err.Error()
	switch {
	case strings.Contains(m, "missing closing ]"):
		return badRegex("brackets [] not balanced")
	case strings.Contains(m, "missing closing )"), strings.Contains(m, "unexpected )"):
		return badRegex("parentheses () not balanced")
	case strings.Contains(m, "repetition operator"):
		return badRegex("quantifier operand invalid")
	case strings.Contains(m, "invalid repeat count"):
		return badRegex("invalid repetition count(s)")
	case strings.Contains(m, "invalid character class range"):
		return badRegex("invalid character range")
	case strings.Contains(m, "trailing backslash"):
		return badRegex("invalid escape \\ sequence")
	case strings.Contains(m, "expression nests too deeply"), strings.Contains(m, "too large"):
		return badRegex("regular expression is too complex")
	}
	return badRegex(m)
}

// regexTranslator rewrites an advanced regular expression in Go's syntax.
type regexTranslator struct {
	src string
	at  int
	f   regexFlags
	out strings.Builder
}

func translateRegex(p string, f regexFlags) (string, error) {
	if rest, ok := strings.CutPrefix(p, "***="); ok {
		p, f.literal = rest, true
	} else if rest, ok := strings.CutPrefix(p, "***:"); ok {
		p = rest
	}
	t := regexTranslator{src: p, f: f}
	if !f.literal {
		if err := t.embeddedOptions(); err != nil {
			return "", err
		}
	}
	opts := ""
	if t.f.fold {
		opts += "i"
	}
	if !t.f.newline && !t.f.partial {
		opts += "s"
	}
	if t.f.newline || t.f.weird {
		opts += "m"
	}
	if opts != "" {
		t.out.WriteString("(?" + opts + ")")
	}
	if t.f.literal {
		t.out.WriteString(regexp.QuoteMeta(t.src))
		return t.out.String(), nil
	}
	for t.at < len(t.src) {
		if err := t.step(); err != nil {
			return "", err
		}
	}
	return t.out.String(), nil
}

// embeddedOptions reads (?xyz) at the beginning.
func (t *regexTranslator) embeddedOptions() error {
	if !strings.HasPrefix(t.src, "(?") {
		return nil
	}
	end := strings.IndexByte(t.src, ')')
	if end < 0 || end == 2 || strings.Trim(t.src[2:end], "bceimnpqstwx") != "" {
		return nil
	}
	f, err := parseFlags(t.src[2:end])
	if err != nil {
		return err
	}
	f.fold = f.fold || t.f.fold
	t.f, t.src = f, t.src[end+1:]
	return nil
}

func (t *regexTranslator) step() error {
	ch := t.src[t.at]
	switch {
	case ch == '\\':
		return t.escape()
	case ch == '[':
		return t.bracket()
	case ch == '(' && strings.HasPrefix(t.src[t.at:], "(?"):
		return t.group()
	case t.f.expanded && strings.IndexByte(" \t\n\r\f\v", ch) >= 0:
		t.at++
	case t.f.expanded && ch == '#':
		for t.at < len(t.src) && t.src[t.at] != '\n' {
			t.at++
		}
	case ch == '{' && (t.at+1 >= len(t.src) || t.src[t.at+1] < '0' || t.src[t.at+1] > '9'):
		t.out.WriteString(`\{`)
		t.at++
	case ch == '$' && !t.f.newline && !t.f.weird:
		t.out.WriteString(`\z`)
		t.at++
	case ch == '^' && !t.f.newline && !t.f.weird:
		t.out.WriteString(`\A`)
		t.at++
	default:
		t.out.WriteByte(ch)
		t.at++
	}
	return nil
}

func lookAround() error {
	return pgerr.Unsupported("look-around in a regular expression", "Rewrite the expression without (?=…), (?!…), (?<=…), (?<!…).")
}

func (t *regexTranslator) group() error {
	rest := t.src[t.at:]
	switch {
	case strings.HasPrefix(rest, "(?:"):
		t.out.WriteString("(?:")
		t.at += 3
		return nil
	case strings.HasPrefix(rest, "(?="), strings.HasPrefix(rest, "(?!"), strings.HasPrefix(rest, "(?<"):
		return lookAround()
	case strings.HasPrefix(rest, "(?#"):
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			return badRegex("parentheses () not balanced")
		}
		t.at += end + 1
		return nil
	}
	return badRegex("quantifier operand invalid")
}

// classEscapes are the escapes for classes and constraints, in Go's syntax.
var classEscapes = map[byte]string{
	'd': `[[:digit:]]`, 's': `[[:space:]]`, 'w': `[\pL\pN_]`, 'D': `[^[:digit:]]`, 'S': `[^[:space:]]`, 'W': `[^\pL\pN_]`,
	'A': `\A`, 'Z': `\z`, 'y': `\b`, 'Y': `\B`,
	'a': `\x07`, 'b': `\x08`, 'e': `\x1b`, 'f': `\f`, 'n': `\n`, 'r': `\r`, 't': `\t`, 'v': `\v`, 'B': `\\`, '0': `\x00`,
}

func (t *regexTranslator) escape() error {
	if t.at+1 >= len(t.src) {
		return badRegex("invalid escape \\ sequence")
	}
	ch := t.src[t.at+1]
	if s, ok := classEscapes[ch]; ok {
		t.out.WriteString(s)
		t.at += 2
		return nil
	}
	switch {
	case ch == 'm' || ch == 'M' || ch == '<' || ch == '>':
		t.out.WriteString(`\b`)
		t.at += 2
		return nil
	case ch >= '1' && ch <= '9':
		return pgerr.Unsupported("a back reference in a regular expression", "Rewrite the expression without \\1 … \\9.")
	case ch == 'x' || ch == 'u' || ch == 'U':
		return t.hexEscape(ch)
	case ch == 'c':
		if t.at+2 >= len(t.src) {
			return badRegex("invalid escape \\ sequence")
		}
		t.out.WriteString(`\x` + strconv.FormatInt(int64(t.src[t.at+2]&0x1f)|0x100, 16)[1:])
		t.at += 3
		return nil
	case ch < 0x80 && (ch|0x20 >= 'a' && ch|0x20 <= 'z'):
		return badRegex("invalid escape \\ sequence")
	}
	t.out.WriteString(regexp.QuoteMeta(t.src[t.at+1 : t.at+2]))
	t.at += 2
	return nil
}

func (t *regexTranslator) hexEscape(ch byte) error {
	digits := map[byte]int{'x': 8, 'u': 4, 'U': 8}[ch]
	start := t.at + 2
	end := start
	for end < len(t.src) && end-start < digits && strings.IndexByte("0123456789abcdefABCDEF", t.src[end]) >= 0 {
		end++
	}
	v, err := strconv.ParseUint(t.src[start:end], 16, 32)
	if err != nil || v > 0x10ffff || (ch != 'x' && end-start != digits) {
		return badRegex("invalid escape \\ sequence")
	}
	t.out.WriteString(`\x{` + strconv.FormatUint(v, 16) + `}`)
	t.at = end
	return nil
}

// bracket copies a bracket expression; inside, only escapes of classes and characters and
// named classes are special.
func (t *regexTranslator) bracket() error {
	switch rest := t.src[t.at:]; {
	case strings.HasPrefix(rest, "[[:<:]]"), strings.HasPrefix(rest, "[[:>:]]"):
		t.out.WriteString(`\b`)
		t.at += 7
		return nil
	}
	t.out.WriteByte('[')
	t.at++
	if t.at < len(t.src) && t.src[t.at] == '^' {
		t.out.WriteByte('^')
		t.at++
		if t.f.newline || t.f.partial {
			t.out.WriteString(`\n`)
		}
	}
	for first := true; ; first = false {
		if t.at >= len(t.src) {
			return badRegex("brackets [] not balanced")
		}
		ch := t.src[t.at]
		if ch == ']' && !first {
			t.out.WriteByte(']')
			t.at++
			return nil
		}
		if err := t.bracketItem(ch); err != nil {
			return err
		}
	}
}

func (t *regexTranslator) bracketItem(ch byte) error {
	rest := t.src[t.at:]
	switch {
	case strings.HasPrefix(rest, "[:"):
		end := strings.Index(rest, ":]")
		if end < 0 {
			return badRegex("brackets [] not balanced")
		}
		class, ok := namedClasses[rest[2:end]]
		if !ok {
			return badRegex("invalid character class")
		}
		t.out.WriteString(class)
		t.at += end + 2
	case strings.HasPrefix(rest, "[."), strings.HasPrefix(rest, "[="):
		end := strings.Index(rest[2:], rest[1:2]+"]")
		if end < 0 {
			return badRegex("brackets [] not balanced")
		}
		t.out.WriteString(regexp.QuoteMeta(rest[2 : 2+end]))
		t.at += end + 4
	case ch == '\\':
		return t.bracketEscape()
	case ch == '[' || ch == ']' || ch == '&' || ch == '~':
		t.out.WriteByte('\\')
		t.out.WriteByte(ch)
		t.at++
	default:
		t.out.WriteByte(ch)
		t.at++
	}
	return nil
}

var namedClasses = map[string]string{
	"alpha": `\pL`, "digit": `\p{Nd}`, "alnum": `\pL\p{Nd}`, "upper": `\p{Lu}`, "lower": `\p{Ll}`, "space": `[:space:]`,
	"blank": ` \t`, "punct": `[:punct:]`, "print": `\pL\pM\pN\pP\pS `, "graph": `\pL\pM\pN\pP\pS`, "cntrl": `[:cntrl:]`,
	"xdigit": `0-9A-Fa-f`, "word": `\pL\pN_`, "ascii": `\x00-\x7f`,
}

func (t *regexTranslator) bracketEscape() error {
	if t.at+1 >= len(t.src) {
		return badRegex("invalid escape \\ sequence")
	}
	ch := t.src[t.at+1]
	switch ch {
	case 'd':
		t.out.WriteString(`[:digit:]`)
	case 's':
		t.out.WriteString(`[:space:]`)
	case 'w':
		t.out.WriteString(`\pL\pN_`)
	case 'D', 'S', 'W':
		return badRegex("invalid escape \\ sequence")
	case 'x', 'u', 'U':
		return t.hexEscape(ch)
	default:
		if s, ok := classEscapes[ch]; ok && strings.IndexByte("abefnrtvB0", ch) >= 0 {
			t.out.WriteString(s)
		} else {
			t.out.WriteString(regexp.QuoteMeta(t.src[t.at+1 : t.at+2]))
			if strings.IndexByte("-&~#", ch) >= 0 {
				break
			}
		}
	}
	t.at += 2
	return nil
}

// similarToRegex rewrites a SIMILAR TO pattern as an advanced regular expression.
func similarToRegex(p, esc string) (string, error) {
	parts, err := similarParts(p, esc)
	if err != nil {
		return "", err
	}
	out := "^(?:" + parts[0]
	for i, part := range parts[1:] {
		out += [...]string{"){1,1}?(", "){1,1}(?:"}[i] + part
	}
	return out + ")$", nil
}

// similarParts rewrites a SIMILAR TO pattern in the parts, three at most, that the escape
// character and a double quote separate.
func similarParts(p, esc string) ([]string, error) {
	if len([]rune(esc)) > 1 {
		return nil, pgerr.New(pgerr.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	parts := make([]strings.Builder, 1, 3)
	inSet, after := false, false
	for _, r := range p {
		s, b := string(r), &parts[len(parts)-1]
		switch {
		case after:
			switch {
			case r != '"' || inSet:
				b.WriteString(`\` + s)
			case len(parts) == 3:
				return nil, pgerr.New("2200C", "SQL regular expression may not contain more than two escape-double-quote separators")
			default:
				parts = parts[:len(parts)+1]
			}
			after = false
		case esc != "" && s == esc:
			after = true
		case inSet:
			if r == '\\' {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
			inSet = r != ']'
		case r == '[':
			b.WriteRune(r)
			inSet = true
		case r == '%':
			b.WriteString(".*")
		case r == '_':
			b.WriteByte('.')
		case r == '(':
			b.WriteString("(?:")
		case strings.ContainsRune(`\.^$`, r):
			b.WriteString(`\` + s)
		default:
			b.WriteRune(r)
		}
	}
	out := make([]string, len(parts))
	for i := range parts {
		out[i] = parts[i].String()
	}
	return out, nil
}
