package elementary

import "math"

// Exp is e to the power of x; +Inf or 0 where that is out of range.
func Exp(x float64) float64 {
	if outOfExp(x) || x == 0 {
		return math.Exp(x)
	}
	return expOf(double{hi: x})
}

// outOfExp reports whether e^x is not finite, or zero.
func outOfExp(x float64) bool { return math.IsNaN(x) || x > 710 || x < -746 }

// expOf is e to the power of x, rounded.
func expOf(x double) float64 {
	e, k := expParts(x)
	// A result below the normal range is rounded once, by Ldexp: hi alone would be twice.
	if k < -1020 {
		return math.Ldexp(roundToOdd(e), k)
	}
	return math.Ldexp(e.hi, k)
}

// roundToOdd makes the last bit of hi say that something follows, so that it can be rounded
// to fewer bits.
func roundToOdd(a double) float64 {
	bits := math.Float64bits(a.hi)
	if a.lo == 0 || bits&1 == 1 {
		return a.hi
	}
	if (a.lo > 0) == (a.hi > 0) {
		return math.Float64frombits(bits | 1)
	}
	return math.Float64frombits(bits - 1)
}

// expParts is e to the power of x as e·2^k, e between 0.7 and 1.5.
func expParts(x double) (e double, k int) {
	n := math.Round(x.hi / ln2.hi)
	r := double{hi: x.hi - n*ln2Part1}.add(ln2Rest.mulFloat(-n)).addFloat(x.lo)
	const halvings = 8
	r = r.scale(1.0 / (1 << halvings))
	// e^r-1 by its series, then as often squared: (1+m)²-1 = 2m+m².
	m := double{}
	for i := 9; i >= 1; i-- {
		m = m.addFloat(1).mul(r).mul(inverse[i])
	}
	for range halvings {
		m = m.scale(2).add(m.mul(m))
	}
	return m.addFloat(1), int(n)
}
