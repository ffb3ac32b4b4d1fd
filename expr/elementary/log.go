package elementary

import "math"

// Log is the natural logarithm of x.
func Log(x float64) float64 {
	if noLog(x) {
		return math.Log(x)
	}
	return logOf(x).hi
}

// Log10 is the decimal logarithm of x.
func Log10(x float64) float64 {
	if noLog(x) {
		return math.Log10(x)
	}
	return logOf(x).mul(inverseLn10).hi
}

func noLog(x float64) bool { return !(x > 0) || math.IsInf(x, 1) || x == 1 }

// logOf is the natural logarithm of a positive number.
func logOf(x float64) double {
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	return logNear1(m).add(ln2.mulFloat(float64(e)))
}

// logNear1 is the natural logarithm of 0.7 … 1.42.
func logNear1(m float64) double {
	if math.Abs(m-1) < 1.0/64 {
		return logVeryNear1(m)
	}
	y := math.Log(m) // one step of Newton's: the error is squared
	e, k := expParts(double{hi: -y})
	d := e.scale(math.Ldexp(1, k)).mulFloat(m).addFloat(-1)
	return d.addFloat(y).add(d.mul(d).scale(-0.5))
}

// logVeryNear1 is 2·artanh((m-1)/(m+1)) by its series: near 1 the logarithm is small, and
// its error is to be small beside it.
func logVeryNear1(m float64) double {
	f := m - 1 // exact
	s := double{hi: f}.div(twoSum(2, f))
	square := s.mul(s)
	sum := double{}
	for i := 17; i >= 1; i -= 2 {
		sum = sum.mul(square).add(inverse[i])
	}
	return sum.mul(s).scale(2)
}

// Pow is x to the power of y.
func Pow(x, y float64) float64 {
	switch {
	case x == 0 || y == 0 || x == 1 || math.IsNaN(x) || math.IsNaN(y) || math.IsInf(x, 0) || math.IsInf(y, 0):
		return math.Pow(x, y)
	case x < 0:
		if math.Floor(y) != y {
			return math.NaN()
		}
		if math.Mod(y, 2) != 0 {
			return -Pow(-x, y)
		}
		return Pow(-x, y)
	}
	p := logOf(x).mulFloat(y)
	if outOfExp(p.hi) {
		return math.Exp(p.hi)
	}
	return expOf(p)
}
