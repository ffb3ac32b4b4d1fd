package types

import (
	"encoding/binary"
	"math/big"
	"strings"

	"streamdb/types/pgerr"
)

// The sign words of the binary form.
const (
	binPositive = 0x0000
	binNegative = 0x4000
	binNaN      = 0xc000
	binInf      = 0xd000
	binNegInf   = 0xf000
)

// appendNumericBinary appends number of digits, weight, sign and scale, then the base
// 10000 digits, without leading or trailing zero digits.
func appendNumericBinary(dst []byte, n Numeric) []byte {
	be := binary.BigEndian
	head := func(digits, weight, sign, scale int) []byte {
		dst = be.AppendUint16(be.AppendUint16(dst, uint16(digits)), uint16(weight))
		return be.AppendUint16(be.AppendUint16(dst, uint16(sign)), uint16(scale))
	}
	switch n.form {
	case numNaN:
		return head(0, 0, binNaN, 0)
	case numInf:
		return head(0, 0, binInf, 0x20)
	case numNegInf:
		return head(0, 0, binNegInf, 0x20)
	}
	sign := binPositive
	switch n.Sign() {
	case 0:
		return head(0, 0, sign, int(n.scale))
	case -1:
		sign = binNegative
	}
	text := n.Abs().digitText()
	frac := (int(n.scale) + 3) / 4 // base-10000 digits after the point
	text += "000"[:frac*4-int(n.scale)]
	text = "000"[:(4-len(text)%4)%4] + text
	weight := len(text)/4 - frac - 1
	for strings.HasPrefix(text, "0000") {
		text, weight = text[4:], weight-1
	}
	for strings.HasSuffix(text, "0000") {
		text = text[:len(text)-4]
	}
	dst = head(len(text)/4, weight, sign, int(n.scale))
	for ; text != ""; text = text[4:] {
		d := int(text[0]-'0')*1000 + int(text[1]-'0')*100 + int(text[2]-'0')*10 + int(text[3]-'0')
		dst = be.AppendUint16(dst, uint16(d))
	}
	return dst
}

// digitText is the decimal digits of a non-negative coefficient.
func (n Numeric) digitText() string {
	if n.big != nil {
		return n.big.String()
	}
	return string(n.small.appendDigits(nil))
}

func badNumericBinary(what string) error {
	return pgerr.New(pgerr.InvalidBinaryRepresentation, "invalid %s in external \"numeric\" value", what)
}

func parseNumericBinary(b []byte) (Numeric, error) {
	be := binary.BigEndian
	if len(b) < 8 {
		return Numeric{}, binaryShort()
	}
	nd, weight := int(be.Uint16(b)), int(int16(be.Uint16(b[2:])))
	sign, scale := be.Uint16(b[4:]), int(be.Uint16(b[6:]))
	switch b = b[8:]; {
	case sign != binPositive && sign != binNegative && sign != binNaN && sign != binInf && sign != binNegInf:
		return Numeric{}, badNumericBinary("sign")
	case scale > maxScale:
		return Numeric{}, badNumericBinary("scale")
	case len(b) < 2*nd:
		return Numeric{}, binaryShort()
	case len(b) > 2*nd:
		return Numeric{}, binaryBad()
	}
	switch sign {
	case binNaN:
		return NumericNaN, nil
	case binInf:
		return NumericInf, nil
	case binNegInf:
		return NumericNegInf, nil
	}
	text := make([]byte, 0, 4*nd+1)
	text = append(text, '0')
	for ; len(b) > 0; b = b[2:] {
		d := be.Uint16(b)
		if d >= 10000 {
			return Numeric{}, badNumericBinary("digit")
		}
		text = append(text, '0'+byte(d/1000), '0'+byte(d/100%10), '0'+byte(d/10%10), '0'+byte(d%10))
	}
	c, _ := new(big.Int).SetString(string(text), 10)
	if sign == binNegative {
		c.Neg(c)
	}
	return numericFromDigits(c, 4*(nd-1-weight), scale)
}

// numericFromDigits is c × 10^−exp cut to the given scale.
func numericFromDigits(c *big.Int, exp, scale int) (Numeric, error) {
	if c.Sign() == 0 {
		return Numeric{scale: int32(scale)}, nil
	}
	switch up := scale - exp; {
	case up > 0:
		c.Mul(c, bigPow10(up))
	case up < 0:
		c.Quo(c, bigPow10(-up))
	}
	return newNumeric(c, scale).checked()
}
