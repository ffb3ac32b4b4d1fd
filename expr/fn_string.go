package expr

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// maxText is the most bytes a string may have.
const maxText = 1 << 30 >> 3

func tooLong() error {
	return pgerr.New(pgerr.ProgramLimitExceeded, "requested length too large")
}

// stringFuncs lists the functions on strings that are not patterns or formats.
func stringFuncs() []*Func {
	fs := lengthFuncs()
	fs = append(fs, substringFuncs()...)
	fs = append(fs, trimFuncs()...)
	fs = append(fs, concatFuncs()...)
	fs = append(fs, quoteFuncs()...)
	fs = append(fs, codecFuncs()...)
	fs = append(fs, byteaFuncs()...)
	return append(
		fs,
		fn("lower(text) text", foldKernel('A', 'Z', lowerText)).safe(),
		fn("upper(text) text", foldKernel('a', 'z', upperText)).safe(),
		fn("initcap(text) text", text1(initcap)).safe(),
		fn("reverse(text) text", text1(reverse)).safe(),
		fn("repeat(text,int4) text", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			n := max(a.int(1), 0)
			if int64(len(a.str(0)))*n > maxText {
				return types.Datum{}, tooLong()
			}
			return str(strings.Repeat(a.str(0), int(n))), c.interrupted()
		})),
		fn("replace(text,text,text) text", replaceKernel).safe(),
		fn("translate(text,text,text) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return str(translate(a.str(0), a.str(1), a.str(2))), nil
		})).safe(),
		fn("split_part(text,text,int4) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			s, err := splitPart(a.str(0), a.str(1), a.int(2))
			return str(s), err
		})).special(splitPartSpecial).safeConst(),
		fn("strpos(text,text) int4", position(0, 1)).safe(),
		fn("position(text,text) int4", position(0, 1)).safe(),
		fn("position(bytea,bytea) int4", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return int4(strings.Index(a.str(0), a.str(1)) + 1), nil
		})).safe(),
		fn("starts_with(text,text) bool", startsWith).safe(),
		fn("^@(text,text) bool", startsWith).safe(),
		fn("ascii(text) int4", count1(func(s string) int {
			r, n := utf8.DecodeRuneInString(s)
			if n == 0 {
				return 0
			}
			return int(r)
		})).safe(),
		fn("chr(int4) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return chr(a.int(0)) })),
		fn("to_hex(int4) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return str(strconv.FormatUint(uint64(uint32(a.int(0))), 16)), nil
		})).safe(),
		fn("to_hex(int8) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return str(strconv.FormatUint(uint64(a.int(0)), 16)), nil
		})).safe(),
	)
}

func startsWith(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
	dst := out.V.Bools()
	for _, r := range listed(sel, n) {
		i := int(r)
		dst[i] = b2u(strings.HasPrefix(args[0].Str(i), args[1].Str(i)))
	}
}

// position counts characters before the needle.
func position(in, needle int) Kernel {
	return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		k := strings.Index(a.str(in), a.str(needle))
		if k < 0 {
			return int4(0), nil
		}
		return int4(utf8.RuneCountInString(a.str(in)[:k]) + 1), nil
	})
}

// The collation is C.UTF-8, whose case mapping is one character to one.
func lowerText(s string) string { return strings.Map(unicode.ToLower, s) }

func upperText(s string) string { return strings.Map(unicode.ToUpper, s) }

// foldKernel flips the case of ASCII letters lo … hi in place; other texts go to general.
func foldKernel(lo, hi byte, general func(string) string) Kernel {
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		if sel == nil && foldAll(args[0], out.V, lo, hi) {
			return
		}
		for _, r := range listed(sel, n) {
			i := int(r)
			out.Begin(i)
			start := len(out.V.Data)
			out.V.Data = append(out.V.Data, args[0].Bytes(i)...)
			if !foldASCII(out.V.Data[start:], lo, hi) {
				out.V.Data = append(out.V.Data[:start], general(args[0].Str(i))...)
			}
			out.End()
		}
	}
}

// foldAll does all rows of v as one text; false, and nothing done, if it has more than ASCII.
func foldAll(v, out *types.Vec, lo, hi byte) bool {
	first := v.Off[0]
	out.Data = append(out.Data[:0], v.Data[first:v.Off[v.N]]...)
	if !foldASCII(out.Data, lo, hi) {
		out.Data = out.Data[:0]
		return false
	}
	for _, end := range v.Off[1 : v.N+1] {
		out.Off = append(out.Off, end-first)
	}
	out.N = v.N
	return true
}

// foldASCII flips the case of the letters lo … hi; false if b has more than ASCII. It takes
// eight bytes at a time: adding 128−lo to a byte below 128 sets its high bit if it is lo or
// more.
func foldASCII(b []byte, lo, hi byte) bool {
	const ones = 0x0101010101010101
	atLeast, above := ones*uint64(128-lo), ones*uint64(127-hi)
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		if w&(ones<<7) != 0 {
			return false
		}
		letters := (w + atLeast) &^ (w + above) & (ones << 7)
		binary.LittleEndian.PutUint64(b, w^letters>>2)
	}
	for k, ch := range b {
		if ch >= utf8.RuneSelf {
			return false
		}
		if ch >= lo && ch <= hi {
			b[k] = ch ^ 0x20
		}
	}
	return true
}

func initcap(s string) string {
	inWord := false
	return strings.Map(func(r rune) rune {
		was := inWord
		inWord = unicode.IsLetter(r) || unicode.IsDigit(r)
		if was {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

func reverse(s string) string {
	b := make([]byte, len(s))
	at := len(s)
	for _, r := range s {
		at -= utf8.RuneLen(r)
		utf8.EncodeRune(b[at:], r)
	}
	return string(b)
}

func translate(s, from, to string) string {
	f, t := []rune(from), []rune(to)
	m := make(map[rune]rune, len(f))
	for i, r := range f {
		if _, ok := m[r]; ok {
			continue
		}
		m[r] = -1
		if i < len(t) {
			m[r] = t[i]
		}
	}
	return strings.Map(func(r rune) rune {
		if x, ok := m[r]; ok {
			return x
		}
		return r
	}, s)
}

func splitPart(s, sep string, n int64) (string, error) {
	if n == 0 {
		return "", pgerr.New(pgerr.InvalidParameterValue, "field position must not be zero")
	}
	if sep == "" {
		if n == 1 || n == -1 {
			return s, nil
		}
		return "", nil
	}
	if n < 0 {
		if n = int64(strings.Count(s, sep)) + 2 + n; n < 1 {
			return "", nil
		}
	}
	for ; n > 1; n-- {
		k := strings.Index(s, sep)
		if k < 0 {
			return "", nil
		}
		s = s[k+len(sep):]
	}
	head, _, _ := strings.Cut(s, sep)
	return head, nil
}

// splitPartSpecial is for a constant separator and position.
func splitPartSpecial(args []Expr) Kernel {
	_, same := args[0].(*Const)
	sep, ok1 := args[1].(*Const)
	pos, ok2 := args[2].(*Const)
	if same || !ok1 || !ok2 || pos.D.I == 0 {
		return nil
	}
	if len(sep.D.S) == 1 && pos.D.I > 0 {
		return nthField(sep.D.S[0], int(pos.D.I))
	}
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		for _, r := range listed(sel, n) {
			i := int(r)
			s, err := splitPart(args[0].Str(i), sep.D.S, pos.D.I)
			if err != nil {
				c.Fail(i, err)
			}
			out.Str(i, s)
		}
	}
}

// nthField is the field with number pos > 0 between separators of one byte.
func nthField(sep byte, pos int) Kernel {
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		for _, r := range listed(sel, n) {
			i := int(r)
			s := args[0].Bytes(i)
			from, field := 0, 1
			for at := 0; ; at++ {
				if at == len(s) {
					if field < pos {
						from = at
					}
					s = s[from:]
					break
				}
				if s[at] != sep {
					continue
				}
				if field == pos {
					s = s[from:at]
					break
				}
				field, from = field+1, at+1
			}
			out.Bytes(i, s)
		}
	}
}

// replaceKernel replaces argument 1 by argument 2, straight into the result.
func replaceKernel(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
	for _, r := range listed(sel, n) {
		i := int(r)
		if err := replaceInto(c, out, i, args[0].Str(i), args[1].Str(i), args[2].Bytes(i)); err != nil {
			c.Fail(i, err)
			out.Null(i)
		}
	}
}

func replaceInto(c *Ctx, out *Out, i int, s, old string, by []byte) error {
	if out.full() {
		return out.mayGoOn(c)
	}
	out.Begin(i)
	start := len(out.V.Data)
	for old != "" {
		k := strings.Index(s, old)
		if k < 0 {
			break
		}
		out.V.Data = append(append(out.V.Data, s[:k]...), by...)
		s = s[k+len(old):]
		if len(out.V.Data)-start > maxText {
			out.V.Data = out.V.Data[:start]
			return tooLong()
		}
	}
	out.V.Data = append(out.V.Data, s...)
	out.End()
	return nil
}

func chr(v int64) (types.Datum, error) {
	switch {
	case v == 0:
		return types.Datum{}, pgerr.New(pgerr.ProgramLimitExceeded, "null character not permitted")
	case v < 0:
		return types.Datum{}, pgerr.New(pgerr.InvalidParameterValue, "character number must be positive")
	case v > utf8.MaxRune, v >= 0xD800 && v < 0xE000:
		return types.Datum{}, pgerr.New(pgerr.ProgramLimitExceeded, "requested character too large for encoding: %d", v)
	}
	return str(string(rune(v))), nil
}

func lengthFuncs() []*Func {
	chars := count1(characters)
	bytes := count1(func(s string) int { return len(s) })
	bits := count1(func(s string) int { return 8 * len(s) })
	bpchars := count1(func(s string) int { return utf8.RuneCountInString(trimBlanks(s)) })
	fs := []*Func{
		fn("length(bpchar) int4", bpchars).safe(),
		fn("char_length(bpchar) int4", bpchars).safe(),
		fn("character_length(bpchar) int4", bpchars).safe(),
		fn("length(text) int4", chars).safe(),
		fn("char_length(text) int4", chars).safe(),
		fn("character_length(text) int4", chars).safe(),
		fn("length(bytea) int4", bytes).safe(),
		fn("length(bytea,name) int4", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			_, err := convertText(a.str(0), a.str(1))
			return int4(utf8.RuneCountInString(a.str(0))), err
		})),
		fn("octet_length(text) int4", bytes).safe(),
		fn("octet_length(bpchar) int4", bytes).safe(),
		fn("octet_length(bytea) int4", bytes).safe(),
		fn("bit_length(text) int4", bits).safe(),
		fn("bit_length(bytea) int4", bits).safe(),
	}
	return fs
}

// characters is the number of characters of s. Looking whether there is more than ASCII, eight
// bytes at a time, costs little beside counting.
func characters(s string) int {
	const high = 0x8080808080808080
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b)&high != 0 {
			return utf8.RuneCountInString(s)
		}
	}
	for _, ch := range b {
		if ch >= utf8.RuneSelf {
			return utf8.RuneCountInString(s)
		}
	}
	return len(s)
}

// charOffset is the byte at which character k (from 0) begins, at most len(s).
func charOffset(s string, k int64) int {
	if k <= 0 {
		return 0
	}
	if k >= int64(len(s)) {
		return len(s)
	}
	for i := range s {
		if k == 0 {
			return i
		}
		k--
	}
	return len(s)
}

// clampRange is the characters from position start (1-based), n of them, as 0-based bounds.
func clampRange(start, n int64) (from, to int64, err error) {
	if n < 0 {
		return 0, 0, pgerr.New(pgerr.SubstringError, "negative substring length not allowed")
	}
	end := start + n
	return max(start-1, 0), max(end-1, 0), nil
}

func substr(s string, start, n int64) (string, error) {
	from, to, err := clampRange(start, n)
	if err != nil {
		return "", err
	}
	s = s[charOffset(s, from):]
	return s[:charOffset(s, max(to-from, 0))], nil
}

func substrBytes(s string, start, n int64) (string, error) {
	from, to, err := clampRange(start, n)
	if err != nil {
		return "", err
	}
	size := int64(len(s))
	return s[min(from, size):max(min(to, size), min(from, size))], nil
}

func substringFuncs() []*Func {
	var fs []*Func
	for _, name := range []string{"substr", "substring"} {
		fs = append(
			fs,
			fn(name+"(text,int4) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
				return str(a.str(0)[charOffset(a.str(0), a.int(1)-1):]), nil
			})).safe(),
			fn(name+"(text,int4,int4) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
				s, err := substr(a.str(0), a.int(1), a.int(2))
				return str(s), err
			})),
			fn(name+"(bytea,int4) bytea", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
				s, err := substrBytes(a.str(0), a.int(1), math.MaxUint32)
				return str(s), err
			})).safe(),
			fn(name+"(bytea,int4,int4) bytea", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
				s, err := substrBytes(a.str(0), a.int(1), a.int(2))
				return str(s), err
			})),
		)
	}
	return append(append(fs, overlayFuncs()...),
		fn("left(text,int4) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			s, n := a.str(0), a.int(1)
			if n < 0 {
				n += int64(utf8.RuneCountInString(s))
			}
			return str(s[:charOffset(s, n)]), nil
		})).safe(),
		fn("right(text,int4) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			s, n := a.str(0), a.int(1)
			if n < 0 {
				return str(s[charOffset(s, int64(-int32(n))):]), nil // the least integer stays negative, as in PostgreSQL
			}
			return str(s[charOffset(s, int64(utf8.RuneCountInString(s))-n):]), nil
		})).safe(),
		fn("lpad(text,int4) text", pad(true)),
		fn("lpad(text,int4,text) text", pad(true)),
		fn("rpad(text,int4) text", pad(false)),
		fn("rpad(text,int4,text) text", pad(false)),
	)
}

func pad(left bool) Kernel {
	return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		s, fill, n := a.str(0), " ", max(a.int(1), 0)
		if a.len() == 3 {
			fill = a.str(2)
		}
		if n > maxText/4 {
			return types.Datum{}, tooLong()
		}
		have := int64(utf8.RuneCountInString(s))
		if have >= n || fill == "" {
			return str(s[:charOffset(s, n)]), nil
		}
		missing := n - have
		per := int64(utf8.RuneCountInString(fill))
		p := strings.Repeat(fill, int(missing/per)) + fill[:charOffset(fill, missing%per)]
		if left {
			return str(p + s), nil
		}
		return str(s + p), nil
	})
}

func overlayFuncs() []*Func {
	body := func(sub func(s string, from, n int64) (string, error), length func(s string) int) Kernel {
		return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			n := int64(length(a.str(1)))
			if a.len() == 4 {
				n = a.int(3)
			}
			if a.int(2) <= 0 {
				return types.Datum{}, pgerr.New(pgerr.SubstringError, "negative substring length not allowed")
			}
			after := a.int(2) + n
			if after != int64(int32(after)) {
				return types.Datum{}, outOfRange("integer")
			}
			head, err := sub(a.str(0), 1, a.int(2)-1)
			if err != nil {
				return types.Datum{}, err
			}
			tail, err := sub(a.str(0), after, math.MaxUint32)
			return str(head + a.str(1) + tail), err
		})
	}
	text, bytes := body(substr, utf8.RuneCountInString), body(substrBytes, func(s string) int { return len(s) })
	return []*Func{
		fn("overlay(text,text,int4) text", text),
		fn("overlay(text,text,int4,int4) text", text),
		fn("overlay(bytea,bytea,int4) bytea", bytes),
		fn("overlay(bytea,bytea,int4,int4) bytea", bytes),
	}
}

func trimFuncs() []*Func {
	one := func(name string, f func(s, cut string) string) []*Func {
		k := perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			cut := " "
			if a.len() == 2 {
				cut = a.str(1)
			}
			if cut == "" {
				return str(a.str(0)), nil
			}
			return str(f(a.str(0), cut)), nil
		})
		bytes := perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return str(trimBytes(a.str(0), a.str(1), name != "rtrim", name != "ltrim")), nil
		})
		return []*Func{
			fn(name+"(text) text", k).safe(), fn(name+"(text,text) text", k).safe(),
			fn(name+"(bytea,bytea) bytea", bytes).safe(),
		}
	}
	fs := one("btrim", strings.Trim)
	fs = append(fs, one("ltrim", strings.TrimLeft)...)
	return append(fs, one("rtrim", strings.TrimRight)...)
}

func trimBytes(s, set string, left, right bool) string {
	for left && s != "" && strings.IndexByte(set, s[0]) >= 0 {
		s = s[1:]
	}
	for right && s != "" && strings.IndexByte(set, s[len(s)-1]) >= 0 {
		s = s[:len(s)-1]
	}
	return s
}

func concatFuncs() []*Func {
	concat := perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) { return c.join(a, 0, "") })
	return []*Func{
		fn("concat(variadic any) text", concat).nullable().stable().safe(),
		fn("concat_ws(text,variadic any) text", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			if a.null(0) {
				return types.Datum{}, nil
			}
			return c.join(a, 1, a.str(0))
		})).nullable().stable().safe(),
		fn("format(text) text", perRow(format)).nullable().stable(),
		fn("format(text,variadic any) text", perRow(format)).nullable().stable(),
		fn("||(text,text) text", concatTexts).safe(),
		fn("||(bytea,bytea) bytea", concatTexts).safe(),
		fn("||(text,anynonarray) text", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			return str(a.str(0) + c.castText(a.typ(1), a.datum(1))), nil
		})).stable().safe(),
		fn("||(anynonarray,text) text", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			return str(c.castText(a.typ(0), a.datum(0)) + a.str(1)), nil
		})).stable().safe(),
		fn("textcat(text,text) text", concatTexts).safe(),
	}
}

// castText is the value cast to text, which for booleans and padded strings is not how they
// print.
func (c *Ctx) castText(t types.Type, d types.Datum) string {
	switch t.OID {
	case types.Bool.OID:
		return strconv.FormatBool(d.Bool())
	case types.BPChar.OID:
		return strings.TrimRight(d.Str(), " ")
	}
	return c.text(t, d)
}

func concatTexts(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
	a, b := args[0], args[1]
	for _, r := range listed(sel, n) {
		i := int(r)
		x, y := a.Bytes(i), b.Bytes(i)
		if err := out.room(c, len(x)+len(y)); err != nil {
			c.Fail(i, err)
			out.Null(i)
			continue
		}
		out.Begin(i)
		out.V.Data = append(append(out.V.Data, x...), y...)
		out.End()
	}
}

// join writes the arguments from first on that are not NULL.
func (c *Ctx) join(a *rowArgs, first int, sep string) (types.Datum, error) {
	var b strings.Builder
	seen := false
	for k := first; k < a.len(); k++ {
		if a.null(k) {
			continue
		}
		if seen {
			b.WriteString(sep)
		}
		seen = true
		b.WriteString(c.text(a.typ(k), a.datum(k)))
		if b.Len() > maxText {
			return types.Datum{}, tooLong()
		}
	}
	return str(b.String()), nil
}

func codecFuncs() []*Func {
	digest := func(f func(s string) []byte) Kernel {
		return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return str(string(f(a.str(0)))), nil })
	}
	md5Hex := func(s string) []byte { h := md5.Sum([]byte(s)); return hex.AppendEncode(nil, h[:]) }
	return []*Func{
		fn("md5(text) text", digest(md5Hex)).safe(),
		fn("md5(bytea) text", digest(md5Hex)).safe(),
		fn("sha224(bytea) bytea", digest(func(s string) []byte { h := sha256.Sum224([]byte(s)); return h[:] })).safe(),
		fn("sha256(bytea) bytea", digest(func(s string) []byte { h := sha256.Sum256([]byte(s)); return h[:] })).safe(),
		fn("sha384(bytea) bytea", digest(func(s string) []byte { h := sha512.Sum384([]byte(s)); return h[:] })).safe(),
		fn("sha512(bytea) bytea", digest(func(s string) []byte { h := sha512.Sum512([]byte(s)); return h[:] })).safe(),
		fn("encode(bytea,text) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return encodeBytes(a.str(0), a.str(1)) })),
		fn("decode(text,text) bytea", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return decodeBytes(a.str(0), a.str(1)) })),
		fn("convert_from(bytea,name) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return convertText(a.str(0), a.str(1))
		})),
		fn("convert_to(text,name) bytea", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return convertText(a.str(0), a.str(1))
		})),
	}
}

func convertText(s, encoding string) (types.Datum, error) {
	switch strings.ToUpper(strings.ReplaceAll(encoding, "-", "")) {
	case "UTF8", "UNICODE":
	default:
		return types.Datum{}, pgerr.Unsupported("encoding "+encoding, "Use UTF8.")
	}
	return str(s), types.CheckUTF8(s)
}
