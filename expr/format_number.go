package expr

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"streamdb/types"
)

// numberFormat is a parsed format of numbers.
type numberFormat struct {
	nodes                               []patternNode
	pre, post, multi                    int
	zeroStart, zeroEnd                  int // zeroStart counts from 1, 0 for none
	decimal, fill, bracket, minus, plus bool
	roman, v, eeee, lsign, zero         bool
	lsignPost                           bool
	preLSign                            int
}

// parseNumberFormat reads a format and checks it as PostgreSQL does. The empty one alone has
// nil nodes.
func parseNumberFormat(c *Ctx, f string) (numberFormat, error) {
	nf := numberFormat{}
	if f != "" {
		nf.nodes = []patternNode{}
	}
	for f != "" {
		if err := c.pollAt(len(nf.nodes)); err != nil {
			return nf, err
		}
		key, word := matchKey(f, numberKeys)
		if key == "" {
			nf.nodes, f = appendText(nf.nodes, f)
			continue
		}
		f = f[len(key):]
		nf.nodes = append(nf.nodes, patternNode{key: key, word: word})
		if err := nf.count(key); err != nil {
			return nf, err
		}
	}
	return nf, nil
}

func (nf *numberFormat) count(key string) error {
	if nf.eeee {
		return badFormat("\"EEEE\" must be the last pattern used")
	}
	switch key {
	case "9", "0":
		return nf.digit(key)
	case "D", ".":
		switch {
		case nf.decimal:
			return badFormat("multiple decimal points")
		case nf.v:
			return badFormat("cannot use \"V\" and decimal point together")
		}
		nf.decimal = true
	case "FM":
		nf.fill = true
	case "V":
		if nf.decimal {
			return badFormat("cannot use \"V\" and decimal point together")
		}
		nf.v = true
	case "RN":
		nf.roman = true
	case "EEEE":
		if nf.fill || nf.lsign || nf.bracket || nf.minus || nf.plus || nf.roman || nf.v {
			return badFormat("\"EEEE\" is incompatible with other formats")
		}
		nf.eeee = true
	}
	return nf.sign(key)
}

func (nf *numberFormat) digit(key string) error {
	if nf.bracket {
		return badFormat("\"%s\" must be ahead of \"PR\"", key)
	}
	if key == "9" && nf.v {
		nf.multi++
		return nil
	}
	if key == "0" && !nf.zero && !nf.decimal {
		nf.zero, nf.zeroStart = true, nf.pre+1
	}
	if nf.decimal {
		nf.post++
	} else {
		nf.pre++
	}
	if key == "0" {
		nf.zeroEnd = nf.pre + nf.post
	}
	return nil
}

func (nf *numberFormat) sign(key string) error {
	together := func(a, b string) error { return badFormat("cannot use \"%s\" and \"%s\" together", a, b) }
	switch key {
	case "S":
		switch {
		case nf.lsign:
			return badFormat("cannot use \"S\" twice")
		case nf.plus || nf.minus || nf.bracket:
			return badFormat("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together")
		}
		nf.lsign, nf.lsignPost, nf.preLSign = true, nf.decimal, nf.pre
	case "MI":
		if nf.lsign {
			return together("S", "MI")
		}
		nf.minus = true
	case "PL":
		if nf.lsign {
			return together("S", "PL")
		}
		nf.plus = true
	case "SG":
		if nf.lsign {
			return together("S", "SG")
		}
		nf.minus, nf.plus = true, true
	case "PR":
		if nf.lsign || nf.plus || nf.minus {
			return badFormat("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together")
		}
		nf.bracket = true
	}
	return nil
}

// numberWriter carries out a format over the digits of a number.
type numberWriter struct {
	*numberFormat
	digits    string // unsigned
	at        int    // the next digit
	negative  bool
	spaces    int // columns before the first digit
	wrote     bool
	columns   int
	column    int
	lastDigit int // FM: the last digit that matters; −1 for none
	inNumber  bool
	out       []byte
}

// write lays out digits (of the value's magnitude, rounded to post digits).
func (nf *numberFormat) write(c *Ctx, digits string, negative bool) (types.Datum, error) {
	f := *nf
	w := &numberWriter{numberFormat: &f, digits: digits, negative: negative, lastDigit: -1}
	whole, _, _ := strings.Cut(digits, ".")
	switch {
	case len(whole) < f.pre:
		w.spaces = f.pre - len(whole)
	case len(whole) > f.pre:
		w.digits = strings.Repeat("#", f.pre) + "." + strings.Repeat("#", f.post)
	}
	w.prepare()
	for i, n := range f.nodes {
		if err := c.pollAt(i); err != nil {
			return types.Datum{}, err
		}
		if (n.key == "." || n.key == "D") && !strings.Contains(w.digits, ".") {
			break // what has no point ends here, sign and all
		}
		w.node(n)
	}
	return str(string(w.out)), nil
}

func (w *numberWriter) prepare() {
	if w.zeroStart > 0 {
		w.zeroStart--
	}
	if w.plus || w.minus {
		w.wrote = !w.plus || w.minus
	} else {
		if !w.negative && w.bracket && w.fill {
			w.bracket = false
		}
		w.wrote = !w.negative && w.fill && !w.lsign
		if w.lsign && !w.lsignPost && w.pre == w.preLSign {
			w.lsignPost = true
		}
	}
	w.columns = w.post + w.pre - 1
	if w.fill && w.decimal {
		w.lastDigit = lastRelevant(w.digits)
		if w.lastDigit >= 0 && w.zeroEnd > w.spaces {
			w.lastDigit = max(w.lastDigit, min(len(w.digits)-1, w.zeroEnd-w.spaces))
		}
	}
	if !w.wrote && w.spaces == 0 {
		w.columns++
	}
}

// lastRelevant is the place of the last digit after the point that is not 0, or of the
// point; −1 without a point.
func lastRelevant(d string) int {
	p := strings.IndexByte(d, '.')
	if p < 0 {
		return -1
	}
	last := p
	for i := p + 1; i < len(d); i++ {
		if d[i] != '0' {
			last = i
		}
	}
	return last
}

func (w *numberWriter) node(n patternNode) {
	put := func(ok bool, ch byte) {
		switch {
		case ok:
			w.out = append(w.out, ch)
		case !w.fill:
			w.out = append(w.out, ' ')
		}
	}
	switch n.key {
	case "":
		w.out = append(w.out, n.text...)
	case "9", "0", ".", "D":
		w.digit(n.key)
	case ",", "G":
		put(w.inNumber, ',')
	case "L":
		w.out = append(w.out, ' ')
	case "TH":
		if w.digits != "" && w.digits[0] != '#' && !w.negative && !w.decimal {
			w.out = append(w.out, ordinal(w.digits, n.word == "th")...)
		}
	case "MI":
		put(w.negative, '-')
	case "PL":
		put(!w.negative, '+')
	case "SG":
		put(true, signByte(w.negative))
	}
}

func signByte(negative bool) byte {
	if negative {
		return '-'
	}
	return '+'
}

// preDecimalSpace says that the digit at hand is the 0 of 0.1, which 9.9 leaves out.
func (w *numberWriter) preDecimalSpace() bool {
	return !w.zero && w.at == 0 && w.digits != "" && w.digits[0] == '0' && w.post != 0
}

func (w *numberWriter) lastIsPoint() bool { return w.lastDigit >= 0 && w.digits[w.lastDigit] == '.' }

func (w *numberWriter) digit(key string) {
	w.inNumber = false
	if !w.wrote && (w.column >= w.spaces || (w.zero && w.zeroStart == w.column)) && (!w.preDecimalSpace() || w.lastIsPoint()) {
		w.writeSign()
	}
	switch {
	case w.column < w.spaces && (!w.zero || w.zeroStart > w.column):
		if !w.fill {
			w.out = append(w.out, ' ')
		}
	case w.zero && w.column < w.spaces:
		w.out = append(w.out, '0')
		w.inNumber = true
	default:
		w.writeDigit(key)
	}
	end := w.columns
	if w.spaces > 0 {
		end++
	}
	if w.decimal {
		end++
	}
	if w.lastDigit >= 0 && w.lastDigit == w.at {
		end = w.column
	}
	if w.column+1 == end {
		w.closeSign()
	}
	w.column++
}

func (w *numberWriter) writeSign() {
	switch {
	case w.lsign:
		if !w.lsignPost {
			w.out = append(w.out, signByte(w.negative))
			w.wrote = true
		}
		return
	case w.bracket && w.negative:
		w.out = append(w.out, '<')
	case w.bracket, !w.negative && !w.fill:
		w.out = append(w.out, ' ')
	case w.negative:
		w.out = append(w.out, '-')
	}
	w.wrote = true
}

func (w *numberWriter) closeSign() {
	switch {
	case w.wrote && w.bracket && w.negative:
		w.out = append(w.out, '>')
	case w.wrote && w.bracket:
		w.out = append(w.out, ' ')
	case w.lsign && w.lsignPost:
		w.out = append(w.out, signByte(w.negative))
	}
}

func (w *numberWriter) writeDigit(key string) {
	ch := byte(0)
	if w.at < len(w.digits) {
		ch = w.digits[w.at]
	}
	switch {
	case ch == '.':
		if !w.lastIsPoint() || w.fill {
			w.out = append(w.out, '.')
		}
	case w.lastDigit >= 0 && w.at > w.lastDigit && key != "0":
	case w.preDecimalSpace():
		if !w.fill {
			w.out = append(w.out, ' ')
		} else if w.lastIsPoint() {
			w.out = append(w.out, '0')
		}
	default:
		if ch != 0 {
			w.out = append(w.out, ch)
		}
		w.inNumber = true
	}
	if ch != 0 {
		w.at++
	}
}

// roman is RN: 1 … 3999, else # signs.
func (nf *numberFormat) romanText(n int64) string {
	s := strings.Repeat("#", 15)
	if n > 0 && n < 4000 {
		s = romanNumeral(int(n))
	}
	for _, x := range nf.nodes {
		if x.key == "RN" && x.word == "rn" {
			s = strings.ToLower(s)
		}
	}
	if nf.fill {
		return s
	}
	return fmt.Sprintf("%15s", s)
}

func romanNumeral(n int) string {
	var b strings.Builder
	for _, x := range []struct {
		v int
		s string
	}{
		{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"},
		{50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"},
	} {
		for ; n >= x.v; n -= x.v {
			b.WriteString(x.s)
		}
	}
	return b.String()
}

// formatNumeric is to_char of a numeric.
func formatNumeric(c *Ctx, n types.Numeric, nf numberFormat) (types.Datum, error) {
	if nf.nodes == nil {
		return str(""), nil
	}
	switch {
	case nf.roman:
		r, err := n.Round(0)
		if err != nil {
			return types.Datum{}, err
		}
		v, err := r.Int32()
		return str(nf.romanText(int64(v))), err
	case nf.eeee:
		return scientific(n, &nf)
	}
	if nf.v {
		m, err := types.NumericFromBig(pow10Big(nf.multi), 0)
		if err == nil {
			n, err = n.Mul(m)
		}
		if err != nil {
			return types.Datum{}, err
		}
		nf.pre += nf.multi
	}
	r, err := n.Round(nf.post)
	if err != nil {
		return types.Datum{}, err
	}
	digits, negative := strings.CutPrefix(r.String(), "-")
	return nf.write(c, digits, negative)
}

// scientific is EEEE of a numeric: one digit before the point.
func scientific(n types.Numeric, nf *numberFormat) (types.Datum, error) {
	if n.IsNaN() || n.IsInf() {
		return str(" " + strings.Repeat("#", nf.pre) + "." + strings.Repeat("#", nf.post+4)), nil
	}
	if n.Sign() == 0 {
		return str(" " + sciText("0", nf.post, 0)), nil
	}
	w := decimalWeight(n)
	c, _, _ := n.BigInt()
	digits := new(big.Int).Abs(c).String()
	if len(digits) > nf.post+1 {
		up := digits[nf.post+1] >= '5'
		if digits = digits[:nf.post+1]; up {
			if digits = incremented(digits); len(digits) > nf.post+1 {
				w, digits = w+1, digits[:nf.post+1]
			}
		}
	}
	sign := " "
	if n.Sign() < 0 {
		sign = "-"
	}
	return str(sign + sciText(digits, nf.post, w)), nil
}

// incremented is the decimal number one above.
func incremented(digits string) string {
	b := []byte(digits)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] != '9' {
			b[i]++
			return string(b)
		}
		b[i] = '0'
	}
	return "1" + string(b)
}

func sciText(digits string, post, exp int) string {
	digits += strings.Repeat("0", max(0, post+1-len(digits)))
	s := digits[:1]
	if post > 0 {
		s += "." + digits[1:post+1]
	}
	sign := '+'
	if exp < 0 {
		sign, exp = '-', -exp
	}
	return s + fmt.Sprintf("e%c%02d", sign, exp)
}

// formatFloat is to_char of a float with so many reliable digits.
func formatFloat(c *Ctx, v float64, nf numberFormat, precision int) (types.Datum, error) {
	if nf.nodes == nil {
		return str(""), nil
	}
	switch {
	case nf.roman:
		return str(nf.romanText(int64(math.RoundToEven(v)))), nil
	case nf.eeee:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return str(" " + strings.Repeat("#", nf.pre) + "." + strings.Repeat("#", nf.post+4)), nil
		}
		s := strconv.FormatFloat(v, 'e', nf.post, 64)
		if v >= 0 {
			s = " " + s
		}
		return str(s), nil
	}
	if nf.v {
		v *= math.Pow10(nf.multi)
		nf.pre += nf.multi
	}
	whole := len(strconv.FormatFloat(math.Abs(v), 'f', 0, 64))
	post := nf.post
	switch {
	case whole >= precision:
		post = 0
	case whole+post > precision:
		post = precision - whole
	}
	nf.post = post
	digits, negative := strings.CutPrefix(strconv.FormatFloat(v, 'f', post, 64), "-")
	if math.IsInf(v, 0) {
		digits = "Infinity"
	}
	return nf.write(c, digits, negative)
}

// formatInt is to_char of an integer.
func formatInt(c *Ctx, v int64, nf numberFormat) (types.Datum, error) {
	if nf.nodes == nil {
		return str(""), nil
	}
	switch {
	case nf.roman:
		return str(nf.romanText(v)), nil
	case nf.eeee:
		return scientific(types.NumericFromInt64(v), &nf)
	}
	digits, negative := strings.CutPrefix(strconv.FormatInt(v, 10), "-")
	if nf.v {
		if v != 0 {
			digits += strings.Repeat("0", nf.multi)
		}
		nf.pre += nf.multi
	}
	if nf.post > 0 {
		digits += "." + strings.Repeat("0", nf.post)
	}
	return nf.write(c, digits, negative)
}

// numberReader reads a text by a format.
type numberReader struct {
	*numberFormat
	src   string
	at    int
	text  strings.Builder
	neg   bool
	point bool
}

func (r *numberReader) peek() byte {
	if r.at < len(r.src) {
		return r.src[r.at]
	}
	return 0
}

// takeSign takes a sign, after blanks.
func (r *numberReader) takeSign() {
	for r.peek() == ' ' {
		r.at++
	}
	switch ch := r.peek(); {
	case ch == '-', ch == '<' && r.bracket:
		r.neg = true
		r.at++
	case ch == '+':
		r.at++
	}
}

func isDigit(ch byte) bool { return ch >= '0' && ch <= '9' }

// takeDigit takes what stands at the place of a digit or of the point.
func (r *numberReader) takeDigit(point bool) {
	if r.text.Len() == 0 {
		r.takeSign()
	}
	ch := r.peek()
	switch {
	case isDigit(ch) && !point:
		r.text.WriteByte(ch)
		r.at++
	case ch == '.' && r.decimal && !r.point:
		r.text.WriteByte('.')
		r.point = true
		if r.at++; !point && isDigit(r.peek()) {
			r.text.WriteByte(r.peek())
			r.at++
		}
	}
}

func (r *numberReader) node(n patternNode) {
	switch n.key {
	case "9", "0":
		r.takeDigit(false)
	case ".", "D":
		r.takeDigit(true)
	case ",", "G":
		if r.peek() == ',' {
			r.at++
		}
	case "MI", "PL", "SG", "S":
		r.takeSign()
	case "", "L":
		if !strings.ContainsRune("0123456789.,+-", rune(r.peek())) {
			r.at++
		}
	}
}

// parseNumber is to_number: the digits of s at the places of the format.
func parseNumber(c *Ctx, s string, nf numberFormat) (types.Datum, error) {
	r := numberReader{numberFormat: &nf, src: s}
	for i, n := range nf.nodes {
		if err := c.pollAt(i); err != nil {
			return types.Datum{}, err
		}
		if r.at >= len(s) {
			break
		}
		r.node(n)
	}
	if nf.lsign && strings.HasSuffix(strings.TrimRight(s[min(r.at, len(s)):], " "), "-") {
		r.neg = true
	}
	text := r.text.String()
	if text == "" || text == "." {
		return types.ParseText(types.NumericT, " ", types.DefaultStyle())
	}
	n, err := types.ParseNumeric(text)
	if err != nil {
		return types.Datum{}, err
	}
	if r.neg {
		n = n.Neg()
	}
	if !nf.v {
		return numeric(n), nil
	}
	m, err := types.NumericFromBig(pow10Big(nf.multi), 0)
	if err != nil {
		return types.Datum{}, err
	}
	return numericOr(n.Div(m))
}
