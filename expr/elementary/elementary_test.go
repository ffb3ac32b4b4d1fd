package elementary

import (
	"math"
	"math/big"
	"testing"
)

// TestExact: where the result is a float, it is that float.
func TestExact(t *testing.T) {
	for k := -307; k <= 308; k++ {
		x, _ := new(big.Float).SetString("1")
		ten := big.NewFloat(10)
		for range max(k, -k) {
			x.SetPrec(2000).Mul(x, ten)
		}
		if k < 0 {
			x.Quo(big.NewFloat(1).SetPrec(2000), x)
		}
		f, _ := x.Float64()
		if got := Log10(f); got != float64(k) {
			t.Errorf("Log10(1e%d) = %v", k, got)
		}
		if got := Pow(10, float64(k)); got != f {
			t.Errorf("Pow(10, %d) = %v, want %v", k, got, f)
		}
	}
	for b := 2.0; b < 40; b++ {
		want := 1.0
		for e := 0.0; want < 1<<53; e++ {
			if got := Pow(b, e); got != want {
				t.Errorf("Pow(%v, %v) = %v", b, e, got)
			}
			if got := Pow(-b, e); math.Abs(got) != want || (got < 0) != (math.Mod(e, 2) == 1) {
				t.Errorf("Pow(%v, %v) = %v", -b, e, got)
			}
			want *= b
		}
	}
}

// TestRounded: results to twenty and more digits, from the series, on which package math and
// its like differ in the last place.
func TestRounded(t *testing.T) {
	for _, c := range []struct {
		name string
		got  float64
		want string
	}{
		{"exp(1)", Exp(1), "2.71828182845904523536028747135266250"},
		{"exp(-745)", Exp(-745), "2.82235073047193707635344e-324"},
		{"exp(709.78)", Exp(709.78), "1.792822794394515620908413e308"},
		{"log(10)", Log(10), "2.30258509299404568401799145468436421"},
		{"log(2)", Log(2), "0.693147180559945309417232121458176568"},
		{"log(1+2^-52)", Log(1 + 0x1p-52), "2.22044604925031283432823e-16"},
		{"log10(0.1)", Log10(0.1), "-1"},
		{"log10(2)", Log10(2), "0.301029995663981195213738894724493027"},
		{"pow(2, 0.5)", Pow(2, 0.5), "1.41421356237309504880168872420969808"},
		{"pow(1.1, 3.7)", Pow(1.1, 3.7), "1.422829742783639662372996"},
		{"sin(1)", Sin(1), "0.841470984807896506652502321630298999"},
		{"sin(π)", Sin(math.Pi), "1.22464679914735317722606593227500105e-16"},
		{"cos(1)", Cos(1), "0.540302305868139717400936607442976604"},
		{"tan(1)", Tan(1), "1.55740772465490223050697480745836017"},
		{"asin(0.5)", Asin(0.5), "0.523598775598298873077107230546583814"},
		{"acos(0.5)", Acos(0.5), "1.04719755119659774615421446109316763"},
		{"acos(1-2^-53)", Acos(1 - 0x1p-53), "1.490116119384765638786344e-8"},
		{"atan(1)", Atan(1), "0.785398163397448309615660845819875721"},
		{"atan2(1, -1)", Atan2(1, -1), "2.35619449019234492884698253745962716"},
	} {
		want, _, err := big.ParseFloat(c.want, 10, 300, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		if f, _ := want.Float64(); f != c.got {
			t.Errorf("%s = %.17g, want %s", c.name, c.got, c.want)
		}
	}
}

// TestSpecial: NaN, infinities and zeros are as in package math.
func TestSpecial(t *testing.T) {
	special := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), 1, -1, math.MaxFloat64, -math.MaxFloat64, 1e300, -800, 800}
	same := func(name string, got, want float64) {
		if math.Float64bits(got) != math.Float64bits(want) && !(got != got && want != want) &&
			math.Abs(got-want) > 1e-15*math.Abs(want) {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	for _, x := range special {
		same("exp", Exp(x), math.Exp(x))
		same("log", Log(x), math.Log(x))
		same("log10", Log10(x), math.Log10(x))
		same("sin", Sin(x), math.Sin(x))
		same("cos", Cos(x), math.Cos(x))
		same("tan", Tan(x), math.Tan(x))
		same("asin", Asin(x), math.Asin(x))
		same("acos", Acos(x), math.Acos(x))
		same("atan", Atan(x), math.Atan(x))
		for _, y := range special {
			same("pow", Pow(x, y), math.Pow(x, y))
			same("atan2", Atan2(x, y), math.Atan2(x, y))
		}
	}
}
