package expr

import (
	"math"
	"math/rand/v2"

	"streamdb/expr/elementary"
	"streamdb/types"
)

// mathFuncs lists the functions on numbers.
func mathFuncs() []*Func {
	fs := floatMathFuncs()
	fs = append(fs, numericMathFuncs()...)
	fs = append(fs, trigFuncs()...)
	fs = append(fs, intMathFuncs[int16]("int2")...)
	fs = append(fs, intMathFuncs[int32]("int4")...)
	fs = append(fs, intMathFuncs[int64]("int8")...)
	return append(
		fs,
		fn("gcd(int4,int4) int4", gcdInts[int32]),
		fn("gcd(int8,int8) int8", gcdInts[int64]),
		fn("lcm(int4,int4) int4", lcmInts[int32]),
		fn("lcm(int8,int8) int8", lcmInts[int64]),
		fn("abs(float4) float4", unaryFloats(func(x float32) float32 { return float32(math.Abs(float64(x))) })).total(),
		fn("width_bucket(float8,float8,float8,int4) int4", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			b, err := widthBucket(a.float(0), a.float(1), a.float(2), a.int(3))
			return int4(int(b)), err
		})),
		fn("width_bucket(numeric,numeric,numeric,int4) int4", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			b, err := numericWidthBucket(a.numeric(0), a.numeric(1), a.numeric(2), a.int(3))
			return int4(int(b)), err
		})),
		fn("width_bucket(anycompatible,anycompatiblearray) int4", perRow(arrayWidthBucket)),
		fn("factorial(int8) numeric", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return numericOr(factorial(a.int(0)))
		})),
		fn("random() float8", perRow(func(*Ctx, *rowArgs) (types.Datum, error) { return float8(rand.Float64()), nil })).volatile(),
		fn("pi() float8", perRow(func(*Ctx, *rowArgs) (types.Datum, error) { return float8(math.Pi), nil })).safe(),
	)
}

func intMathFuncs[T integer](t string) []*Func {
	return []*Func{
		fn("abs("+t+") "+t, unaryInts(absInt[T])),
		fn("mod("+t+","+t+") "+t, modInts[T, T, T]),
	}
}

func floatMathFuncs() []*Func {
	f1 := func(names []string, k Kernel) []*Func {
		var fs []*Func
		for _, n := range names {
			fs = append(fs, fn(n+"(float8) float8", k))
		}
		return fs
	}
	total := func(names []string, f func(float64) float64) []*Func {
		fs := f1(names, unaryFloats(f))
		for _, x := range fs {
			x.total()
		}
		return fs
	}
	fs := total([]string{"abs"}, math.Abs)
	fs = append(fs, total([]string{"ceil", "ceiling"}, math.Ceil)...)
	fs = append(fs, total([]string{"floor"}, math.Floor)...)
	fs = append(fs, total([]string{"round"}, math.RoundToEven)...)
	fs = append(fs, total([]string{"trunc"}, math.Trunc)...)
	fs = append(fs, total([]string{"sign"}, signOf)...)
	fs = append(fs, total([]string{"degrees"}, func(x float64) float64 { return x / (math.Pi / 180) })...)
	fs = append(fs, total([]string{"radians"}, func(x float64) float64 { return x * (math.Pi / 180) })...)
	fs = append(fs, f1([]string{"sqrt"}, float1(squareRoot))...)
	fs = append(fs, f1([]string{"cbrt"}, float1(cubeRoot))...)
	fs = append(fs, f1([]string{"exp"}, float1(exponential))...)
	fs = append(fs, f1([]string{"ln"}, float1(logarithm(elementary.Log)))...)
	fs = append(fs, f1([]string{"log", "log10"}, float1(logarithm(elementary.Log10)))...)
	for _, n := range []string{"power", "pow"} {
		fs = append(fs, fn(n+"(float8,float8) float8", float2(power)))
	}
	return append(fs, fn("atan2(float8,float8) float8", float2(func(y, x float64) (float64, error) { return elementary.Atan2(y, x), nil })))
}

func signOf(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

func trigFuncs() []*Func {
	var fs []*Func
	add := func(name string, f func(float64) (float64, error)) {
		fs = append(fs, fn(name+"(float8) float8", float1(f)))
	}
	add("sin", finite(elementary.Sin))
	add("cos", finite(elementary.Cos))
	add("tan", finite(elementary.Tan))
	add("cot", finite(func(x float64) float64 { return 1 / elementary.Tan(x) }))
	add("asin", within(-1, 1, elementary.Asin))
	add("acos", within(-1, 1, elementary.Acos))
	add("atan", pure(elementary.Atan))
	add("sinh", func(x float64) (float64, error) { return math.Sinh(x), nil })
	add("cosh", func(x float64) (float64, error) { return math.Cosh(x), nil })
	add("tanh", pure(math.Tanh))
	add("asinh", pure(math.Asinh))
	add("acosh", within(1, math.Inf(1), math.Acosh))
	add("atanh", within(-1, 1, math.Atanh))
	add("sind", finite(sinDegrees))
	add("cosd", finite(cosDegrees))
	add("tand", finite(tanDegrees))
	add("cotd", finite(cotDegrees))
	add("asind", within(-1, 1, asinDegrees))
	add("acosd", within(-1, 1, acosDegrees))
	add("atand", pure(func(x float64) float64 { return elementary.Atan(x) / atan1 * 45 }))
	return append(fs, fn("atan2d(float8,float8) float8", float2(func(y, x float64) (float64, error) {
		return elementary.Atan2(y, x) / atan1 * 45, nil
	})))
}

func numericMathFuncs() []*Func {
	type N = types.Numeric
	round := func(n N, s int64) (N, error) { return n.Round(int(max(min(s, 16383), -16383))) }
	trunc := func(n N, s int64) (N, error) { return n.Trunc(int(max(min(s, 16383), -16383))), nil }
	withScale := func(f func(n N, s int64) (N, error)) Kernel {
		return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return numericOr(f(a.numeric(0), a.int(1))) })
	}
	at0 := func(f func(n N, s int64) (N, error)) Kernel {
		return numeric1(func(n N) (N, error) { return f(n, 0) })
	}
	scaleOf := func(f func(n N) int) Kernel {
		return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			n := a.numeric(0)
			if n.IsNaN() || n.IsInf() {
				return types.Datum{}, nil
			}
			return int4(f(n)), nil
		})
	}
	fs := []*Func{
		fn("abs(numeric) numeric", numeric1(never(N.Abs))),
		fn("ceil(numeric) numeric", numeric1(never(N.Ceil))),
		fn("ceiling(numeric) numeric", numeric1(never(N.Ceil))),
		fn("floor(numeric) numeric", numeric1(never(N.Floor))),
		fn("round(numeric) numeric", at0(round)),
		fn("round(numeric,int4) numeric", withScale(round)),
		fn("trunc(numeric) numeric", at0(trunc)),
		fn("trunc(numeric,int4) numeric", withScale(trunc)),
		fn("sign(numeric) numeric", numeric1(func(n N) (N, error) {
			if n.IsNaN() {
				return n, nil
			}
			return types.NumericFromInt64(int64(n.Sign())), nil
		})),
		fn("mod(numeric,numeric) numeric", numeric2(N.Mod)),
		fn("div(numeric,numeric) numeric", numeric2(N.DivTrunc)),
		fn("gcd(numeric,numeric) numeric", numeric2(func(n, m N) (N, error) { return n.GCD(m), nil })),
		fn("lcm(numeric,numeric) numeric", numeric2(N.LCM)),
		fn("scale(numeric) int4", scaleOf(N.Scale)),
		fn("min_scale(numeric) int4", scaleOf(N.MinScale)),
		fn("trim_scale(numeric) numeric", numeric1(never(N.TrimScale))),
		fn("sqrt(numeric) numeric", numeric1(numericSqrt)),
		fn("exp(numeric) numeric", numeric1(numericExp)),
		fn("ln(numeric) numeric", numeric1(numericLn)),
		fn("log(numeric,numeric) numeric", numeric2(numericLog)),
	}
	for _, n := range []string{"log", "log10"} {
		fs = append(fs, fn(n+"(numeric) numeric", numeric1(func(n N) (N, error) { return numericLog(types.NumericFromInt64(10), n) })))
	}
	for _, n := range []string{"power", "pow"} {
		fs = append(fs, fn(n+"(numeric,numeric) numeric", numeric2(numericPower)))
	}
	return fs
}
