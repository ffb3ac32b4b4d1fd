package types

import "math/big"

// expAt is e^(c × 10^−scale) rounded to s digits after the point; weight is the decimal
// exponent of the result, roughly.
//
// The argument is halved k times until it is tiny, the exponential series summed, and the
// sum squared k times; each squaring may cost a bit, which the precision allows for.
func expAt(c *big.Int, scale, s, weight int) (Numeric, error) {
	digits := max(s+weight, 1) + guardDigits
	x := new(big.Float).SetPrec(uint(digits)*10/3 + 192).SetInt(c)
	x.Quo(x, new(big.Float).SetInt(bigPow10(scale)))
	k := 0
	if c.Sign() != 0 {
		k = max(x.MantExp(nil)+24, 0)
	}
	x.SetMantExp(x, -k)
	sum := new(big.Float).SetPrec(x.Prec()).SetInt64(1)
	term := new(big.Float).Copy(sum)
	for n := int64(1); c.Sign() != 0; n++ {
		term.Mul(term, x)
		term.Quo(term, new(big.Float).SetInt64(n))
		sum.Add(sum, term)
		if term.MantExp(nil) < -int(x.Prec()) {
			break
		}
	}
	for range k {
		sum.Mul(sum, sum)
	}
	sum.Mul(sum, new(big.Float).SetInt(bigPow10(s+1)))
	i, _ := sum.Int(nil)
	return newNumeric(roundBig(i, 1), s).checked()
}
