package elementary

import "math"

// largest is the largest angle that is reduced here; beyond it package math is good enough:
// such an angle means little.
const largest = 1 << 20

// Sin is the sine of x.
func Sin(x float64) float64 {
	if x == 0 || !(math.Abs(x) < largest) {
		return math.Sin(x)
	}
	s, _ := sinCos(double{hi: x})
	return s.hi
}

// Cos is the cosine of x.
func Cos(x float64) float64 {
	if !(math.Abs(x) < largest) {
		return math.Cos(x)
	}
	_, c := sinCos(double{hi: x})
	return c.hi
}

// Tan is the tangent of x.
func Tan(x float64) float64 {
	if x == 0 || !(math.Abs(x) < largest) {
		return math.Tan(x)
	}
	s, c := sinCos(double{hi: x})
	return s.div(c).hi
}

// sinCos is the sine and cosine of x.
func sinCos(x double) (sin, cos double) {
	n := math.Round(x.hi / halfPi.hi)
	r := double{hi: x.hi - n*halfPiPart1}.addFloat(-n * halfPiPart2).add(halfPiRest.mulFloat(-n)).addFloat(x.lo)
	square := r.mul(r).neg()
	sin, cos = double{hi: 1}, double{hi: 1}
	for i := 26; i >= 2; i -= 2 {
		step := square.mul(inverse[i])
		cos = cos.mul(step.mul(inverse[i-1])).addFloat(1)
		sin = sin.mul(step.mul(inverse[i+1])).addFloat(1)
	}
	sin = sin.mul(r)
	switch int(n) & 3 {
	case 1:
		return cos, sin.neg()
	case 2:
		return sin.neg(), cos.neg()
	case 3:
		return cos.neg(), sin
	}
	return sin, cos
}

// The inverse functions make one step of Newton's from the result of package math.

// Asin is the arc sine of x.
func Asin(x float64) float64 {
	if x == 0 || !(math.Abs(x) <= 1) {
		return math.Asin(x)
	}
	if math.Abs(x) == 1 {
		return math.Copysign(halfPi.hi, x)
	}
	y := double{hi: math.Asin(x)}
	for range 2 {
		s, c := sinCos(y)
		y = y.add(s.neg().addFloat(x).div(c))
	}
	return y.hi
}

// Acos is the arc cosine of x.
func Acos(x float64) float64 {
	if !(math.Abs(x) < 1) {
		return math.Acos(x)
	}
	y := double{hi: math.Acos(x)}
	for range 2 { // package math is not good near 1
		s, c := sinCos(y)
		y = y.add(c.addFloat(-x).div(s))
	}
	return y.hi
}

// Atan is the arc tangent of x.
func Atan(x float64) float64 {
	if x == 0 || !(math.Abs(x) < 1<<60) {
		return math.Atan(x)
	}
	return atanOf(double{hi: x}).hi
}

// atanOf is the arc tangent of a finite number that is not 0.
func atanOf(x double) double {
	if math.Abs(x.hi) > 1 {
		quarter := halfPi
		if x.hi < 0 {
			quarter = halfPi.neg()
		}
		return quarter.add(atanOf(double{hi: 1}.div(x)).neg())
	}
	y := math.Atan(x.hi)
	s, c := sinCos(double{hi: y})
	t := s.div(c)
	return x.add(t.neg()).div(x.mul(t).addFloat(1)).addFloat(y)
}

// Atan2 is the angle of the point (x, y).
func Atan2(y, x float64) float64 {
	q := math.Abs(y / x)
	if !(q > 0x1p-500 && q < 0x1p500) || math.Abs(x) < 0x1p-500 || math.Abs(y) < 0x1p-500 { // zeros, infinities, NaN, extremes
		return math.Atan2(y, x)
	}
	a := atanOf(double{hi: y}.div(double{hi: x}))
	switch {
	case x < 0 && y > 0:
		a = a.add(halfPi.scale(2))
	case x < 0:
		a = a.add(halfPi.scale(-2))
	}
	return a.hi
}
