package types

import "math/big"

// A long numeric is one whose coefficient needs more than 112 bits. Its digits are one
// sign byte (0 positive, 1 negative) and the coefficient's magnitude as big-endian bytes
// without leading zeros, at least 14 of them; the scale is in the slot. So equal images
// have equal bytes and any number of digits converts in one step.

// longDigits is the digits of coefficient c.
func longDigits(c *big.Int) []byte {
	n := (c.BitLen() + 7) / 8
	b := make([]byte, n+1)
	if c.Sign() < 0 {
		b[0] = 1
	}
	c.FillBytes(b[1:])
	return b
}

// longBig is the coefficient with the given digits.
func longBig(digits string) *big.Int {
	if digits == "" {
		return new(big.Int)
	}
	c := new(big.Int).SetBytes([]byte(digits[1:]))
	if digits[0] == 1 {
		c.Neg(c)
	}
	return c
}

// validLong reports whether digits could have come from longDigits of a long coefficient.
func validLong(digits []byte) bool {
	if len(digits) < 15 || digits[0] > 1 || digits[1] == 0 || len(digits) > 65536 {
		return false
	}
	if len(digits) == 15 && digits[1] < 0x80 {
		return false
	}
	if len(digits) == 15 && digits[0] == 1 && digits[1] == 0x80 {
		for _, b := range digits[2:] {
			if b != 0 {
				return true
			}
		}
		return false // −2^111 fits inline
	}
	return true
}
