package elementary

import "math"

// double is the unevaluated sum of two floats, lo within half a last place of hi: some 106
// bits. Products that are not to be fused with a sum are converted, so that every machine
// computes the same.
type double struct{ hi, lo float64 }

// twoSum is a+b exactly.
func twoSum(a, b float64) double {
	s := a + b
	t := s - a
	return double{s, (a - (s - t)) + (b - t)}
}

// quickSum is a+b exactly where a is not smaller than b.
func quickSum(a, b float64) double {
	s := a + b
	return double{s, b - (s - a)}
}

// twoProduct is a·b exactly.
func twoProduct(a, b float64) double {
	p := float64(a * b)
	return double{p, math.FMA(a, b, -p)}
}

func (a double) neg() double { return double{-a.hi, -a.lo} }

func (a double) add(b double) double {
	s, t := twoSum(a.hi, b.hi), twoSum(a.lo, b.lo)
	s = quickSum(s.hi, s.lo+t.hi)
	return quickSum(s.hi, s.lo+t.lo)
}

func (a double) addFloat(b float64) double {
	s := twoSum(a.hi, b)
	return quickSum(s.hi, s.lo+a.lo)
}

func (a double) mul(b double) double {
	p := twoProduct(a.hi, b.hi)
	return quickSum(p.hi, p.lo+(float64(a.hi*b.lo)+float64(a.lo*b.hi)))
}

func (a double) mulFloat(b float64) double {
	p := twoProduct(a.hi, b)
	return quickSum(p.hi, p.lo+float64(a.lo*b))
}

// scale is a times a power of two.
func (a double) scale(by float64) double { return double{a.hi * by, a.lo * by} }

func (a double) div(b double) double {
	q := a.hi / b.hi
	r := a.add(b.mulFloat(q).neg())
	q2 := r.hi / b.hi
	r = r.add(b.mulFloat(q2).neg())
	return quickSum(q, q2).addFloat(r.hi / b.hi)
}

// inverse[n] is 1/n: a series is summed without a division.
var inverse = func() (t [28]double) {
	for n := 1; n < len(t); n++ {
		t[n] = double{hi: 1}.div(double{hi: float64(n)})
	}
	return t
}()

// Constants. Those that are split begin with parts of 33 and 32 bits, whose products with
// small integers are exact.
var (
	halfPi      = double{0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54}
	halfPiRest  = double{0x1.3198a2e037073p-69, 0x1.129024e088a68p-123}
	ln2         = double{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56}
	ln2Rest     = double{0x1.a39ef35793c76p-33, 0x1.cc01f97b57a08p-87}
	inverseLn10 = double{0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57}
)

const (
	halfPiPart1 = 0x1.921fb544p+0
	halfPiPart2 = 0x1.0b4611a6p-34
	ln2Part1    = 0x1.62e42feep-1
)
