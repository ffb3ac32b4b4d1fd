package types

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"streamdb/types/pgerr"
)

// AppendFloat64 appends f as PostgreSQL writes a double precision.
func AppendFloat64(dst []byte, f float64, extraDigits int) []byte {
	return appendFloat(dst, f, extraDigits, 15, 64)
}

// AppendFloat32 appends f as PostgreSQL writes a real.
func AppendFloat32(dst []byte, f float32, extraDigits int) []byte {
	return appendFloat(dst, float64(f), extraDigits, 6, 32)
}

func appendFloat(dst []byte, f float64, extra, digits, size int) []byte {
	switch {
	case f != f:
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if extra > 0 {
		return appendShortest(dst, f, digits, size)
	}
	return appendG(dst, f, max(digits+extra, 1))
}

// appendShortest appends the shortest exact digits, fixed-point where the decimal
// exponent is in −4 … digits−1, as PostgreSQL does.
func appendShortest(dst []byte, f float64, digits, size int) []byte {
	if f == math.Trunc(f) && math.Abs(f) < 1e6 && (f != 0 || !math.Signbit(f)) {
		return strconv.AppendInt(dst, int64(f), 10)
	}
	var buf [32]byte
	e := strconv.AppendFloat(buf[:0], f, 'e', -1, size)
	exp := exponentOf(e)
	if exp >= -4 && exp < digits {
		return appendFixed(dst, e, exp)
	}
	return append(dst, e...)
}

// appendFixed appends [-]d.ddde±dd, whose exponent is exp, as a fixed-point number.
func appendFixed(dst, e []byte, exp int) []byte {
	if e[0] == '-' {
		dst, e = append(dst, '-'), e[1:]
	}
	n := 1
	for e[n] != 'e' {
		n++
	}
	frac := e[min(2, n):n] // the digits after the first
	if exp < 0 {
		dst = append(append(dst, "0.000"[:1-exp]...), e[0])
		return append(dst, frac...)
	}
	dst = append(dst, e[0])
	if len(frac) <= exp {
		dst = append(dst, frac...)
		return append(dst, "00000000000000"[:exp-len(frac)]...)
	}
	dst = append(append(dst, frac[:exp]...), '.')
	return append(dst, frac[exp:]...)
}

// exponentOf reads the exponent of d.ddde±dd.
func exponentOf(e []byte) int {
	i := len(e) - 1
	for e[i] != 'e' {
		i--
	}
	n := 0
	for _, c := range e[i+2:] {
		n = n*10 + int(c-'0')
	}
	if e[i+1] == '-' {
		return -n
	}
	return n
}

// appendG appends f as C's %.{digits}g.
func appendG(dst []byte, f float64, digits int) []byte {
	if f == 0 {
		if math.Signbit(f) {
			dst = append(dst, '-')
		}
		return append(dst, '0')
	}
	var buf [32]byte
	e := strconv.AppendFloat(buf[:0], f, 'e', digits-1, 64)
	exp := exponentOf(e)
	if exp >= -4 && exp < digits {
		at := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', digits-1-exp, 64)
		return trimFraction(dst, at)
	}
	at := len(dst)
	i := len(e) - 1
	for e[i] != 'e' {
		i--
	}
	dst = trimFraction(append(dst, e[:i]...), at)
	return append(dst, e[i:]...)
}

// trimFraction removes trailing zeros after a point in dst[at:].
func trimFraction(dst []byte, at int) []byte {
	i := len(dst)
	for j := at; j < len(dst); j++ {
		if dst[j] != '.' {
			continue
		}
		for dst[i-1] == '0' {
			i--
		}
		if dst[i-1] == '.' {
			i--
		}
		break
	}
	return dst[:i]
}

// parseFloat reads a float as PostgreSQL's float8in and float4in do.
func parseFloat(s, typ string, size int) (float64, error) {
	t := trimSpace(s)
	if t == "" {
		return 0, badInput(typ, s)
	}
	body := t
	if body[0] == '-' || body[0] == '+' {
		body = body[1:]
	}
	switch strings.ToLower(body) {
	case "nan":
		return math.NaN(), nil
	case "inf", "infinity":
		if t[0] == '-' {
			return math.Inf(-1), nil
		}
		return math.Inf(1), nil
	}
	if strings.ContainsAny(body, "_iInN") || body == "" {
		return 0, badInput(typ, s)
	}
	f, err := strconv.ParseFloat(cHexFloat(t), size)
	if err == nil && (f != 0 || !hasNonzeroDigit(body)) {
		return f, nil
	}
	if err == nil || isRange(err) {
		return 0, pgerr.New(pgerr.NumericValueOutOfRange, "\"%s\" is out of range for type %s", t, typ)
	}
	return 0, badInput(typ, s)
}

func isRange(err error) bool {
	return errors.Is(err, strconv.ErrRange)
}

// hasNonzeroDigit tells an underflow to 0 from a written 0.
func hasNonzeroDigit(s string) bool {
	if i := strings.IndexAny(s, "eEpP"); i > 0 && !strings.HasPrefix(s, "0x") && !strings.HasPrefix(s, "0X") {
		s = s[:i]
	}
	return strings.ContainsAny(s, "123456789")
}

// cHexFloat adds the exponent that C's strtod lets a hexadecimal number leave out.
func cHexFloat(s string) string {
	if i := strings.IndexAny(s, "xX"); i > 0 && !strings.ContainsAny(s, "pP") {
		return s + "p0"
	}
	return s
}
