package expr

import (
	"strings"
	"unicode/utf8"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// regexFuncs lists the regular expression operators and functions.
func regexFuncs() []*Func {
	fs := likeFuncs()
	for _, x := range []struct {
		op           string
		fold, negate bool
	}{{"~", false, false}, {"!~", false, true}, {"~*", true, false}, {"!~*", true, true}} {
		for _, t := range []string{"text", "name", "bpchar"} {
			fs = append(fs, fn(x.op+"("+t+",text) bool", regexMatch(x.fold, x.negate)).special(regexSpecial(x.fold, x.negate)).safeConst())
		}
	}
	fs = append(fs, regexReplaceFuncs()...)
	fs = append(fs, regexSplitFuncs()...)
	fs = append(fs, regexCountFuncs()...)
	return append(fs, similarFuncs()...)
}

func regexMatch(fold, negate bool) Kernel {
	return perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
		re, err := compileRegex(a.str(1), regexFlags{fold: fold})
		if err != nil {
			return types.Datum{}, err
		}
		found, err := search(c, a.str(0), re.MatchString)
		return boolean(found != negate), err
	})
}

// regexSpecial compiles a constant expression once.
func regexSpecial(fold, negate bool) func(args []Expr) Kernel {
	return func(args []Expr) Kernel {
		k, ok := args[1].(*Const)
		if _, both := args[0].(*Const); !ok || both {
			return nil
		}
		re, err := compileRegex(k.D.S, regexFlags{fold: fold})
		if err != nil {
			return nil
		}
		return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
			dst := out.V.Bools()
			for i := range c.slowRows(sel, n) {
				found, err := search(c, args[0].Str(i), re.MatchString)
				if err != nil {
					c.Fail(i, err)
				}
				dst[i] = b2u(found != negate)
			}
		}
	}
}

// regexConst compiles a constant expression once, for a function whose arguments behind
// the first are all constant.
func regexConst(f func(c *Ctx, re *regex, s, tmpl string) (types.Datum, error)) func(args []Expr) Kernel {
	return func(args []Expr) Kernel {
		var texts []string
		for i, a := range args {
			k, ok := a.(*Const)
			if ok == (i == 0) || ok && k.D.IsNull() {
				return nil
			}
			if ok {
				texts = append(texts, k.D.S)
			}
		}
		re, err := compileRegex(texts[0], regexFlags{})
		if err != nil {
			return nil
		}
		tmpl := texts[len(texts)-1]
		return perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) { return f(c, re, a.str(0), tmpl) })
	}
}

// regexArg compiles argument 1 with the flags in argument fk, if the call has one.
func regexArg(a *rowArgs, fk int) (*regex, regexFlags, error) {
	var f regexFlags
	if fk > 0 && fk < a.len() {
		var err error
		if f, err = parseFlags(a.str(fk)); err != nil {
			return nil, f, err
		}
	}
	re, err := compileRegex(a.str(1), f)
	return re, f, err
}

// oneRegexArg is [regexArg] of a function that has no use for all matches.
func oneRegexArg(a *rowArgs, fk int, name string) (*regex, error) {
	re, f, err := regexArg(a, fk)
	if err == nil && f.global {
		err = pgerr.New(pgerr.InvalidParameterValue, "%s() does not support the \"global\" option", name)
	}
	return re, err
}

// groups is the text of a match's groups, or of the match if the expression has none.
func groups(s string, m []int) types.Datum {
	b := types.NewArrayBuilder(types.Text)
	if len(m) == 2 {
		b.Append(str(s[m[0]:m[1]]))
	}
	for k := 2; k < len(m); k += 2 {
		if m[k] < 0 {
			b.Append(types.Datum{})
		} else {
			b.Append(str(s[m[k]:m[k+1]]))
		}
	}
	return b.Build()
}

// firstMatch is regexp_match.
func firstMatch(c *Ctx, re *regex, s string) (types.Datum, error) {
	m, err := search(c, s, re.FindStringSubmatchIndex)
	if m == nil {
		return types.Datum{}, err
	}
	return groups(s, m), nil
}

// matchGroup compiles (regexp_match(s, constant))[constant], without the array between; nil
// if e is something else.
func matchGroup(e *Subscript) (node, error) {
	call, ok := e.Arg.(*Call)
	index, isConst := e.Index.(*Const)
	if !ok || !isConst || index.D.IsNull() || call.Fn.Sig() != "regexp_match(text,text)" || call.Fn.Special(call.Args) == nil {
		return nil, nil //nolint:nilnil // not applicable
	}
	re, err := compileRegex(call.Args[1].(*Const).D.S, regexFlags{})
	if err != nil {
		return nil, err
	}
	arg, err := compile(call.Args[0])
	if err != nil {
		return nil, err
	}
	k := index.D.I
	return kernelNode(func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		for i := range eachRow(sel, n) {
			m, err := search(c, args[0].Str(i), re.FindStringSubmatchIndex)
			if err != nil {
				c.Fail(i, err)
			}
			g := 2 * k
			if len(m) == 2 {
				g = 2 * (k - 1)
			}
			if m == nil || k < 1 || g+1 >= int64(len(m)) || m[g] < 0 {
				out.Null(i)
				continue
			}
			out.Bytes(i, args[0].Bytes(i)[m[g]:m[g+1]])
		}
	}, e.T, arg), nil
}

// expandTemplate writes a replacement: \1 … \9, \&, \\.
func expandTemplate(dst []byte, tmpl, s string, m []int) []byte {
	for i := 0; i < len(tmpl); i++ {
		if tmpl[i] != '\\' || i+1 == len(tmpl) {
			dst = append(dst, tmpl[i])
			continue
		}
		i++
		switch ch := tmpl[i]; {
		case ch >= '1' && ch <= '9':
			if g := 2 * int(ch-'0'); g < len(m) && m[g] >= 0 {
				dst = append(dst, s[m[g]:m[g+1]]...)
			}
		case ch == '&':
			dst = append(dst, s[m[0]:m[1]]...)
		case ch == '\\':
			dst = append(dst, '\\')
		default:
			dst = append(dst, '\\', ch)
		}
	}
	return dst
}

// regexReplace replaces match number nth (0: all) from byte offset from on.
func regexReplace(c *Ctx, re *regex, s, tmpl string, from, nth int) (types.Datum, error) {
	var out []byte
	last := 0
	limit := nth
	if nth == 0 {
		limit = -1
	}
	ms, err := matchesFrom(c, re, s, from, limit)
	if err != nil {
		return types.Datum{}, err
	}
	for k, m := range ms {
		if nth != 0 && k+1 != nth {
			continue
		}
		out = append(out, s[last:m[0]]...)
		out = expandTemplate(out, tmpl, s, m)
		last = m[1]
		if len(out) > maxText {
			return types.Datum{}, tooLong()
		}
	}
	return str(string(append(out, s[last:]...))), nil
}

// matchesFrom lists the first limit (−1: all) matches that begin at byte offset from or later.
func matchesFrom(c *Ctx, re *regex, s string, from, limit int) ([][]int, error) {
	if from == 0 && limit == 1 {
		m, err := search(c, s, re.FindStringSubmatchIndex)
		if m != nil {
			return [][]int{m}, nil
		}
		return nil, err
	}
	if from > len(s) {
		return nil, nil
	}
	if from == 0 {
		return allMatches(c, re, s, limit)
	}
	return search(c, s, func(s string) [][]int { return re.findFrom(s, from, limit) })
}

// allMatches lists the first limit (−1: all) matches.
func allMatches(c *Ctx, re *regex, s string, limit int) ([][]int, error) {
	return search(c, s, func(s string) [][]int { return re.FindAllStringSubmatchIndex(s, limit) })
}

func regexReplaceFuncs() []*Func {
	simple := perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
		re, f, err := regexArg(a, 3)
		if err != nil {
			return types.Datum{}, err
		}
		nth := 1
		if f.global {
			nth = 0
		}
		return regexReplace(c, re, a.str(0), a.str(2), 0, nth)
	})
	extended := perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
		re, f, err := regexArg(a, 5)
		if err != nil {
			return types.Datum{}, err
		}
		start, nth := a.int(3), int64(1)
		if a.len() > 4 {
			nth = a.int(4)
		} else if f.global {
			nth = 0
		}
		if start < 1 {
			return types.Datum{}, badParameter("start", start)
		}
		if nth < 0 {
			return types.Datum{}, badParameter("n", nth)
		}
		return regexReplace(c, re, a.str(0), a.str(2), searchStart(a.str(0), start), int(nth))
	})
	one := perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
		re, f, err := regexArg(a, 2)
		if err != nil {
			return types.Datum{}, err
		}
		if f.global {
			return types.Datum{}, pgerr.New(pgerr.InvalidParameterValue, "%s does not support the \"global\" option", "regexp_match()").
				WithHint("Use the regexp_matches function instead.")
		}
		return firstMatch(c, re, a.str(0))
	})
	return []*Func{
		fn("regexp_replace(text,text,text) text", simple).special(regexConst(func(c *Ctx, re *regex, s, tmpl string) (types.Datum, error) {
			return regexReplace(c, re, s, tmpl, 0, 1)
		})).safeConst(),
		fn("regexp_replace(text,text,text,text) text", simple),
		fn("regexp_replace(text,text,text,int4) text", extended),
		fn("regexp_replace(text,text,text,int4,int4) text", extended),
		fn("regexp_replace(text,text,text,int4,int4,text) text", extended),
		fn("regexp_match(text,text) _text", one).special(regexConst(func(c *Ctx, re *regex, s, _ string) (types.Datum, error) {
			return firstMatch(c, re, s)
		})).safeConst(),
		fn("regexp_match(text,text,text) _text", one),
		srf("regexp_matches(text,text) setof _text", regexMatches),
		srf("regexp_matches(text,text,text) setof _text", regexMatches),
	}
}

func badParameter(name string, v int64) error {
	return pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"%s\": %d", name, v)
}

func regexMatches(c *Ctx, args types.Row, emit func(types.Row) bool) error {
	var f regexFlags
	if len(args) == 3 {
		var err error
		if f, err = parseFlags(args[2].S); err != nil {
			return err
		}
	}
	re, err := compileRegex(args[1].S, f)
	if err != nil {
		return err
	}
	limit := 1
	if f.global {
		limit = -1
	}
	ms, err := allMatches(c, re, args[0].S, limit)
	for _, m := range ms {
		if !emit(types.Row{groups(args[0].S, m)}) {
			break
		}
	}
	return err
}

// splitRegex splits at the matches, leaving out empty matches at the ends and next to one
// another as PostgreSQL does.
func splitRegex(c *Ctx, s, pattern, flags, name string) ([]string, error) {
	f, err := parseFlags(flags)
	if err != nil {
		return nil, err
	}
	if f.global {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "%s does not support the \"global\" option", name)
	}
	re, err := compileRegex(pattern, f)
	if err != nil {
		return nil, err
	}
	var parts []string
	last := 0
	ms, err := search(c, s, func(s string) [][]int { return re.FindAllStringIndex(s, -1) })
	if err != nil {
		return nil, err
	}
	for _, m := range ms {
		if m[0] == m[1] && (m[0] == len(s) || m[0] == last) {
			if m[0] == 0 || m[0] == len(s) || m[0] == last {
				continue
			}
		}
		parts = append(parts, s[last:m[0]])
		last = m[1]
	}
	return append(parts, s[last:]), nil
}

func regexSplitFuncs() []*Func {
	arr := perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
		flags := ""
		if a.len() == 3 {
			flags = a.str(2)
		}
		parts, err := splitRegex(c, a.str(0), a.str(1), flags, "regexp_split_to_array()")
		b := types.NewArrayBuilder(types.Text)
		for _, p := range parts {
			b.Append(str(p))
		}
		return b.Build(), err
	})
	table := func(c *Ctx, args types.Row, emit func(types.Row) bool) error {
		parts, err := splitRegex(c, args[0].S, args[1].S, optional(args, 2).S, "regexp_split_to_table()")
		for _, p := range parts {
			if !emit(types.Row{str(p)}) {
				break
			}
		}
		return err
	}
	return []*Func{
		fn("regexp_split_to_array(text,text) _text", arr),
		fn("regexp_split_to_array(text,text,text) _text", arr),
		srf("regexp_split_to_table(text,text) setof text", table),
		srf("regexp_split_to_table(text,text,text) setof text", table),
	}
}

// startArg reads the start position of argument k (1 if absent) as a byte offset.
func startArg(a *rowArgs, k int) (int, error) {
	if k >= a.len() {
		return 0, nil
	}
	if v := a.int(k); v < 1 {
		return 0, badParameter("start", v)
	}
	return searchStart(a.str(0), a.int(k)), nil
}

// searchStart is the byte offset of character start (from 1); beyond the end of s, where not
// even an empty match is found, it is more than len(s).
func searchStart(s string, start int64) int {
	if start-1 > int64(utf8.RuneCountInString(s)) {
		return len(s) + 1
	}
	return charOffset(s, start-1)
}

func regexCountFuncs() []*Func {
	like := perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
		re, err := oneRegexArg(a, 2, "regexp_like")
		if err != nil {
			return types.Datum{}, err
		}
		found, err := search(c, a.str(0), re.MatchString)
		return boolean(found), err
	})
	count := perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
		re, err := oneRegexArg(a, 3, "regexp_count")
		if err != nil {
			return types.Datum{}, err
		}
		from, err := startArg(a, 2)
		if err != nil {
			return types.Datum{}, err
		}
		ms, err := matchesFrom(c, re, a.str(0), from, -1)
		return int4(len(ms)), err
	})
	fs := []*Func{
		fn("regexp_like(text,text) bool", like),
		fn("regexp_like(text,text,text) bool", like),
		fn("regexp_count(text,text) int4", count),
		fn("regexp_count(text,text,int4) int4", count),
		fn("regexp_count(text,text,int4,text) int4", count),
	}
	tails := []string{"", ",int4", ",int4,int4", ",int4,int4,int4", ",int4,int4,int4,text", ",int4,int4,int4,text,int4"}
	for _, tail := range tails {
		fs = append(fs, fn("regexp_instr(text,text"+tail+") int4", perRow(regexInstr)))
	}
	for _, tail := range []string{"", ",int4", ",int4,int4", ",int4,int4,text", ",int4,int4,text,int4"} {
		fs = append(fs, fn("regexp_substr(text,text"+tail+") text", perRow(regexSubstr)))
	}
	return fs
}

func intArg(a *rowArgs, k int, def int64) int64 {
	if k < a.len() {
		return a.int(k)
	}
	return def
}

// nthMatch finds match n from the start argument on; group g of it.
func nthMatch(c *Ctx, a *rowArgs, name string, flagsAt, groupAt int) (m []int, g int, err error) {
	re, err := oneRegexArg(a, flagsAt, name)
	if err != nil {
		return nil, 0, err
	}
	from, err := startArg(a, 2)
	if err != nil {
		return nil, 0, err
	}
	n := intArg(a, 3, 1)
	if n < 1 {
		return nil, 0, badParameter("n", n)
	}
	sub := intArg(a, groupAt, 0)
	if sub < 0 {
		return nil, 0, badParameter("subexpr", sub)
	}
	ms, err := matchesFrom(c, re, a.str(0), from, -1)
	if err != nil || n > int64(len(ms)) || 2*sub >= int64(len(ms[n-1])) {
		return nil, 0, err
	}
	if m = ms[n-1]; m[2*sub] < 0 {
		return nil, 0, nil
	}
	return m, int(2 * sub), nil
}

func regexInstr(c *Ctx, a *rowArgs) (types.Datum, error) {
	end := intArg(a, 4, 0)
	if end != 0 && end != 1 {
		return types.Datum{}, badParameter("endoption", end)
	}
	m, g, err := nthMatch(c, a, "regexp_instr", 5, 6)
	if err != nil || m == nil {
		return int4(0), err
	}
	return int4(utf8.RuneCountInString(a.str(0)[:m[g+int(end)]]) + 1), nil
}

func regexSubstr(c *Ctx, a *rowArgs) (types.Datum, error) {
	m, g, err := nthMatch(c, a, "regexp_substr", 4, 5)
	if err != nil || m == nil {
		return types.Datum{}, err
	}
	return str(a.str(0)[m[g]:m[g+1]]), nil
}

// similarFuncs lists SIMILAR TO and SUBSTRING with patterns.
func similarFuncs() []*Func {
	escape := perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		esc := `\`
		if a.null(0) {
			return types.Datum{}, nil
		}
		if a.len() == 2 && !a.null(1) {
			esc = a.str(1)
		}
		s, err := similarToRegex(a.str(0), esc)
		return str(s), err
	})
	byRegex := perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
		re, err := compileRegex(a.str(1), regexFlags{})
		if err != nil {
			return types.Datum{}, err
		}
		return firstGroup(c, re, a.str(0))
	})
	return []*Func{
		fn("similar_to_escape(text) text", escape),
		fn("similar_to_escape(text,text) text", escape),
		fn("similar_escape(text,text) text", escape).nullable(),
		fn("substring(text,text) text", byRegex).special(regexConst(func(c *Ctx, re *regex, s, _ string) (types.Datum, error) {
			return firstGroup(c, re, s)
		})).safeConst(),
		fn("substring(text,text,text) text", perRow(similarSubstring)),
	}
}

// similarSubstring is SUBSTRING(text SIMILAR pattern ESCAPE …): what the part between the
// separators matches, where the part before matches as little as it can and that part then
// as much.
func similarSubstring(c *Ctx, a *rowArgs) (types.Datum, error) {
	parts, err := similarParts(a.str(1), a.str(2))
	if err != nil {
		return types.Datum{}, err
	}
	// What the first i parts match, and what all after them do.
	var one, rest [3]*regex
	for i := range parts {
		if one[i], err = compileRegex("^(?:"+parts[i]+")$", regexFlags{}); err != nil {
			return types.Datum{}, err
		}
		if rest[i], err = compileRegex("^(?:"+strings.Join(parts[i:], ")(?:")+")$", regexFlags{}); err != nil {
			return types.Datum{}, err
		}
	}
	s := a.str(0)
	switch {
	case !rest[0].MatchString(s):
		return types.Datum{}, nil
	case len(parts) == 1:
		return str(s), nil
	}
	from, to := 0, len(s)
	for !one[0].MatchString(s[:from]) || !rest[1].MatchString(s[from:]) {
		_, n := utf8.DecodeRuneInString(s[from:])
		from += max(n, 1)
		if err := c.interrupted(); err != nil || from > len(s) {
			return types.Datum{}, err
		}
	}
	if len(parts) == 2 {
		return str(s[from:]), nil
	}
	for !one[1].MatchString(s[from:to]) || !rest[2].MatchString(s[to:]) {
		_, n := utf8.DecodeLastRuneInString(s[from:to])
		to -= max(n, 1)
		if err := c.interrupted(); err != nil || to < from {
			return types.Datum{}, err
		}
	}
	return str(s[from:to]), nil
}

func firstGroup(c *Ctx, re *regex, s string) (types.Datum, error) {
	m, err := search(c, s, re.FindStringSubmatchIndex)
	switch {
	case m == nil || len(m) > 2 && m[2] < 0:
		return types.Datum{}, err
	case len(m) == 2:
		return str(s[m[0]:m[1]]), nil
	}
	return str(s[m[2]:m[3]]), nil
}
