package types

import (
	"math"
	"strconv"
	"strings"

	"streamdb/types/pgerr"
)

func appendArrayText(dst []byte, t Type, s string, st *Style) []byte {
	a := ViewArray(s)
	if t.IsVector() {
		for i := range a.n {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = strconv.AppendInt(dst, a.At(i).I, 10)
		}
		return dst
	}
	if a.n == 0 {
		return append(dst, "{}"...)
	}
	dst = a.appendBounds(dst)
	i := 0
	return a.appendDim(dst, 0, &i, st)
}

// appendBounds appends [1:2][0:3]= where a lower bound is not 1.
func (a ArrayView) appendBounds(dst []byte) []byte {
	plain := true
	for d := range a.NDim() {
		_, low := a.Dim(d)
		plain = plain && low == 1
	}
	if plain {
		return dst
	}
	for d := range a.NDim() {
		n, low := a.Dim(d)
		dst = strconv.AppendInt(append(dst, '['), int64(low), 10)
		dst = strconv.AppendInt(append(dst, ':'), int64(low+n-1), 10)
		dst = append(dst, ']')
	}
	return append(dst, '=')
}

func (a ArrayView) appendDim(dst []byte, d int, i *int, st *Style) []byte {
	dst = append(dst, '{')
	n, _ := a.Dim(d)
	for k := range n {
		if k > 0 {
			dst = append(dst, ',')
		}
		if d+1 < a.NDim() {
			dst = a.appendDim(dst, d+1, i, st)
			continue
		}
		dst = a.appendElem(dst, *i, st)
		*i++
	}
	return append(dst, '}')
}

func (a ArrayView) appendElem(dst []byte, i int, st *Style) []byte {
	if a.IsNull(i) {
		return append(dst, "NULL"...)
	}
	at := len(dst)
	dst = a.At(i).AppendText(dst, a.Elem, st)
	if !needsQuotes(dst[at:]) {
		return dst
	}
	raw := string(dst[at:])
	dst = append(dst[:at], '"')
	for k := range len(raw) {
		if raw[k] == '"' || raw[k] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, raw[k])
	}
	return append(dst, '"')
}

func needsQuotes(b []byte) bool {
	if len(b) == 0 || len(b) == 4 && strings.EqualFold(string(b), "null") {
		return true
	}
	for _, c := range b {
		switch c {
		case '"', '\\', '{', '}', ',', ' ', '\t', '\n', '\v', '\f', '\r':
			return true
		}
	}
	return false
}

// arrayParser reads an array literal.
type arrayParser struct {
	s    string
	i    int
	elem Type
	st   *Style
	b    *ArrayBuilder
	dims []int // length of each dimension, −1 until its first list is closed
}

func parseArray(t Type, s string, st *Style) (Datum, error) {
	p := &arrayParser{s: s, elem: t.ElemType(), st: st}
	p.b = NewArrayBuilder(p.elem)
	bounds, err := p.bounds()
	if err != nil {
		return Datum{}, err
	}
	p.space()
	if p.i >= len(s) || s[p.i] != '{' {
		if bounds != nil {
			return Datum{}, p.fail("Array contents must start with \"{\".")
		}
		return Datum{}, p.fail("Array value must start with \"{\" or dimension information.")
	}
	if err := p.list(0); err != nil {
		return Datum{}, err
	}
	if p.space(); p.i < len(s) {
		return Datum{}, p.fail("Junk after closing right brace.")
	}
	if p.b.n == 0 {
		return p.b.Build(), nil
	}
	dims := make([][2]int, len(p.dims))
	for d, n := range p.dims {
		dims[d] = [2]int{n, 1}
	}
	if bounds != nil {
		if len(bounds) != len(dims) {
			return Datum{}, p.fail("Specified array dimensions do not match array contents.")
		}
		for d := range dims {
			if bounds[d][0] != dims[d][0] {
				return Datum{}, p.fail("Specified array dimensions do not match array contents.")
			}
		}
		dims = bounds
	}
	return p.b.BuildDims(dims), nil
}

func (p *arrayParser) fail(detail string) error {
	e := pgerr.New(pgerr.InvalidTextRepresentation, "malformed array literal: \"%s\"", p.s)
	e.Detail = detail
	return e
}

func (p *arrayParser) space() {
	for p.i < len(p.s) && strings.IndexByte(" \t\n\v\f\r", p.s[p.i]) >= 0 {
		p.i++
	}
}

// bounds reads [low:high]…= before the contents, nil when there is none.
func (p *arrayParser) bounds() (dims [][2]int, err error) {
	for p.space(); p.i < len(p.s) && p.s[p.i] == '['; p.space() {
		end := strings.IndexByte(p.s[p.i:], ']')
		if end < 0 {
			return nil, p.fail("Missing \"]\" after array dimensions.")
		}
		low, high, has := strings.Cut(p.s[p.i+1:p.i+end], ":")
		if !has {
			low, high = "1", low
		}
		l, err1 := strconv.ParseInt(low, 10, 32)
		h, err2 := strconv.ParseInt(high, 10, 32)
		if err1 != nil || err2 != nil {
			return nil, p.fail("\"[\" must introduce explicitly-specified array dimensions.")
		}
		if h < l {
			return nil, pgerr.New(pgerr.ArraySubscriptError, "upper bound cannot be less than lower bound")
		}
		if l+(h-l+1) > math.MaxInt32 {
			return nil, pgerr.New(pgerr.ProgramLimitExceeded, "array lower bound is too large: %d", l)
		}
		if len(dims) == maxDim {
			return nil, tooManyDims(len(dims) + 1)
		}
		dims = append(dims, [2]int{int(h - l + 1), int(l)})
		p.i += end + 1
	}
	if dims == nil {
		return nil, nil
	}
	if p.i >= len(p.s) || p.s[p.i] != '=' {
		return nil, p.fail("Missing \"=\" after array dimensions.")
	}
	p.i++
	return dims, nil
}

func tooManyDims(n int) error {
	return pgerr.New(pgerr.ProgramLimitExceeded,
		"number of array dimensions (%d) exceeds the maximum allowed (%d)", n, maxDim)
}

// list reads {…} at depth d; p.i is at its opening brace.
func (p *arrayParser) list(d int) error {
	if d == maxDim {
		return tooManyDims(d + 1)
	}
	if d == len(p.dims) {
		if p.b.n > 0 {
			return p.ragged()
		}
		p.dims = append(p.dims, -1)
	}
	p.i++
	n, nested := 0, false
	for p.space(); ; p.space() {
		if p.i >= len(p.s) {
			return p.fail("Unexpected end of input.")
		}
		if p.s[p.i] == '}' && n == 0 && d == 0 {
			break
		}
		if isList := p.s[p.i] == '{'; n == 0 {
			nested = isList
		} else if isList && !nested {
			return p.fail("Unexpected \"{\" character.")
		} else if !isList && nested && p.s[p.i] != '}' && p.s[p.i] != ',' {
			return p.fail("Unexpected array element.")
		}
		if err := p.item(d); err != nil {
			return err
		}
		n++
		if p.space(); p.i >= len(p.s) {
			return p.fail("Unexpected end of input.")
		}
		if p.s[p.i] == '}' {
			break
		}
		if p.s[p.i] == '{' {
			return p.fail("Unexpected \"{\" character.")
		}
		if p.s[p.i] != ',' {
			return p.fail("Unexpected array element.")
		}
		p.i++
	}
	p.i++
	if p.dims[d] >= 0 && p.dims[d] != n {
		return p.ragged()
	}
	p.dims[d] = n
	return nil
}

func (p *arrayParser) ragged() error {
	return p.fail("Multidimensional arrays must have sub-arrays with matching dimensions.")
}

// item reads an element or a nested list.
func (p *arrayParser) item(d int) error {
	switch c := p.s[p.i]; c {
	case '{':
		return p.list(d + 1)
	case ',', '}':
		return p.fail("Unexpected \"" + string(c) + "\" character.")
	}
	if d+1 < len(p.dims) {
		return p.ragged()
	}
	text, quoted, err := p.element()
	if err != nil {
		return err
	}
	if !quoted && strings.EqualFold(text, "null") {
		p.b.Append(Null())
		return nil
	}
	v, err := ParseText(p.elem, text, p.st)
	if err != nil {
		return err
	}
	p.b.Append(v)
	return nil
}

// element reads one element's text up to its delimiter.
func (p *arrayParser) element() (text string, quoted bool, err error) {
	if p.s[p.i] == '"' {
		return p.quoted()
	}
	var out []byte
	keep := 0 // bytes up to the last one that is not a plain blank
	for ; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; c {
		case ',', '}':
			return string(out[:keep]), quoted, nil
		case '{':
			return "", false, p.fail("Unexpected \"{\" character.")
		case '"':
			return "", false, p.fail("Unexpected array element.")
		case '\\':
			if p.i++; p.i >= len(p.s) {
				return "", false, p.fail("Unexpected end of input.")
			}
			out, quoted = append(out, p.s[p.i]), true
			keep = len(out)
		default:
			out = append(out, c)
			if strings.IndexByte(" \t\n\v\f\r", c) < 0 {
				keep = len(out)
			}
		}
	}
	return "", false, p.fail("Unexpected end of input.")
}

func (p *arrayParser) quoted() (string, bool, error) {
	var out []byte
	for p.i++; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; c {
		case '"':
			p.i++
			return string(out), true, nil
		case '\\':
			if p.i++; p.i < len(p.s) {
				out = append(out, p.s[p.i])
			}
		default:
			out = append(out, c)
		}
	}
	return "", false, p.fail("Unexpected end of input.")
}

// parseVector reads int2vector and oidvector: numbers between blanks.
func parseVector(t Type, s string, st *Style) (Datum, error) {
	b := NewArrayBuilder(t.ElemType())
	for _, f := range strings.Fields(s) {
		d, err := ParseText(t.ElemType(), f, st)
		if err != nil {
			return Datum{}, err
		}
		b.Append(d)
	}
	return NewVector(b), nil
}

// NewVector finishes b as an int2vector or oidvector, whose lower bound is 0.
func NewVector(b *ArrayBuilder) Datum { return b.BuildDims([][2]int{{b.n, 0}}) }
