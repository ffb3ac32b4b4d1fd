package types

import (
	"math/big"
	"strconv"
	"strings"

	"streamdb/types/pgerr"
)

// ParseNumeric reads a numeric as PostgreSQL's numeric_in does, without modifier.
func ParseNumeric(s string) (Numeric, error) {
	t := trimSpace(s)
	body, neg := t, false
	if body != "" && (body[0] == '-' || body[0] == '+') {
		neg, body = body[0] == '-', body[1:]
	}
	if body == "" || !isDigit(body[0]) && body[0] != '.' {
		return parseSpecialNumeric(s, t, body, neg)
	}
	mant, exp, ok := body, 0, true
	if i := strings.IndexAny(body, "eE"); i >= 0 {
		mant = body[:i]
		exp, ok = parseExponent(body[i+1:])
	}
	ip, fp, _ := strings.Cut(mant, ".")
	if !ok || ip == "" && fp == "" || !allDigits(ip) || !allDigits(fp) {
		return Numeric{}, badInput("numeric", s)
	}
	return buildNumeric(neg, ip, fp, exp)
}

func parseSpecialNumeric(s, t, body string, neg bool) (Numeric, error) {
	switch strings.ToLower(body) {
	case "nan":
		if len(t) == 3 {
			return NumericNaN, nil
		}
	case "infinity", "inf":
		if neg {
			return NumericNegInf, nil
		}
		return NumericInf, nil
	}
	return Numeric{}, badInput("numeric", s)
}

// parseExponent reads the digits after e; ok is false when they are no number.
func parseExponent(s string) (int, bool) {
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || !allDigits(digits) {
		return 0, false
	}
	e, err := strconv.Atoi(s)
	if err != nil || e > 1<<30-2 || e < -(1<<30-2) {
		return 1 << 30, true
	}
	return e, true
}

// buildNumeric makes ±ip.fp × 10^exp.
func buildNumeric(neg bool, ip, fp string, exp int) (Numeric, error) {
	digits := strings.TrimLeft(ip+fp, "0")
	scale := max(len(fp)-exp, 0)
	shift := scale - (len(fp) - exp) // zeros to append to the digits
	if exp >= 1<<30 || scale > maxScale || digits != "" && len(digits)+shift-scale > 131072 {
		return Numeric{}, numericOverflow()
	}
	if digits == "" {
		return Numeric{scale: int32(scale)}, nil
	}
	if len(digits)+shift <= 18 {
		v, _ := strconv.ParseInt(digits, 10, 64)
		v *= int64(pow10u[shift])
		if neg {
			v = -v
		}
		return Numeric{small: int128From(v), scale: int32(scale)}, nil
	}
	c, _ := new(big.Int).SetString(digits, 10)
	if shift > 0 {
		c.Mul(c, bigPow10(shift))
	}
	if neg {
		c.Neg(c)
	}
	return newNumeric(c, scale), nil
}

// ApplyMod rounds n to the scale of type t and refuses what its precision cannot hold.
func (n Numeric) ApplyMod(t Type) (Numeric, error) {
	if t.Mod < 4 || n.form == numNaN {
		return n, nil
	}
	p, s := t.Precision(), t.Scale()
	if n.form != numFinite {
		return n, pgerr.New(pgerr.NumericValueOutOfRange, "numeric field overflow").
			WithDetail("A field with precision %d, scale %d cannot hold an infinite value.", p, s)
	}
	r := n.roundAny(s)
	if s >= 0 && int(r.scale) < s {
		r = r.rescale(s)
	}
	if r.Sign() != 0 && r.intDigits() > p-s {
		bound := "1"
		if p != s {
			bound = "10^" + strconv.Itoa(p-s)
		}
		return n, pgerr.New(pgerr.NumericValueOutOfRange, "numeric field overflow").
			WithDetail("A field with precision %d, scale %d must round to an absolute value less than %s.", p, s, bound)
	}
	return r, nil
}

func badInput(typ, s string) error {
	return pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", typ, s)
}

func outOfRange(typ, s string) error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value \"%s\" is out of range for type %s", s, typ)
}

// trimSpace removes what C's isspace accepts.
func trimSpace(s string) string { return strings.Trim(s, " \t\n\v\f\r") }

func isDigit(c byte) bool { return c-'0' <= 9 }

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}
