package expr

import (
	"math"

	"streamdb/types"
)

// arithFuncs lists the arithmetic and bit operators on numbers.
func arithFuncs() []*Func {
	fs := intArithFuncs()
	fs = append(fs, floatArithFuncs()...)
	fs = append(fs, bitFuncs[int16]("int2")...)
	fs = append(fs, bitFuncs[int32]("int4")...)
	fs = append(fs, bitFuncs[int64]("int8")...)
	type N = types.Numeric
	return append(
		fs,
		fn("+(numeric,numeric) numeric", arithNumerics(types.AddDec, N.Add)).special(numericConst(types.AddDec, N.Add)),
		fn("-(numeric,numeric) numeric", arithNumerics(types.SubDec, N.Sub)).special(numericConst(types.SubDec, N.Sub)),
		fn("*(numeric,numeric) numeric", arithNumerics(types.MulDec, N.Mul)).special(numericConst(types.MulDec, N.Mul)),
		fn("/(numeric,numeric) numeric", arithNumerics(nil, N.Div)),
		fn("%(numeric,numeric) numeric", arithNumerics(nil, N.Mod)),
		fn("-(numeric) numeric", numeric1(never(N.Neg))),
		fn("+(numeric) numeric", numeric1(never(func(n N) N { return n }))),
		fn("@(numeric) numeric", numeric1(never(N.Abs))),
		fn("^(numeric,numeric) numeric", numeric2(numericPower)),
		fn("^(float8,float8) float8", float2(power)),
		fn("|/(float8) float8", float1(squareRoot)),
		fn("||/(float8) float8", float1(cubeRoot)),
	)
}

func intArithFuncs() []*Func {
	return []*Func{
		fn("+(int2,int2) int2", addInts[int16, int16, int16]),
		fn("+(int2,int4) int4", addInts[int16, int32, int32]),
		fn("+(int2,int8) int8", addInts[int16, int64, int64]),
		fn("+(int4,int2) int4", addInts[int32, int16, int32]),
		fn("+(int4,int4) int4", addInts[int32, int32, int32]),
		fn("+(int4,int8) int8", addInts[int32, int64, int64]),
		fn("+(int8,int2) int8", addInts[int64, int16, int64]),
		fn("+(int8,int4) int8", addInts[int64, int32, int64]),
		fn("+(int8,int8) int8", addInts[int64, int64, int64]),
		fn("-(int2,int2) int2", subInts[int16, int16, int16]),
		fn("-(int2,int4) int4", subInts[int16, int32, int32]),
		fn("-(int2,int8) int8", subInts[int16, int64, int64]),
		fn("-(int4,int2) int4", subInts[int32, int16, int32]),
		fn("-(int4,int4) int4", subInts[int32, int32, int32]),
		fn("-(int4,int8) int8", subInts[int32, int64, int64]),
		fn("-(int8,int2) int8", subInts[int64, int16, int64]),
		fn("-(int8,int4) int8", subInts[int64, int32, int64]),
		fn("-(int8,int8) int8", subInts[int64, int64, int64]),
		fn("*(int2,int2) int2", mulInts[int16, int16, int16]),
		fn("*(int2,int4) int4", mulInts[int16, int32, int32]),
		fn("*(int2,int8) int8", mulInts[int16, int64, int64]),
		fn("*(int4,int2) int4", mulInts[int32, int16, int32]),
		fn("*(int4,int4) int4", mulInts[int32, int32, int32]),
		fn("*(int4,int8) int8", mulInts[int32, int64, int64]),
		fn("*(int8,int2) int8", mulInts[int64, int16, int64]),
		fn("*(int8,int4) int8", mulInts[int64, int32, int64]),
		fn("*(int8,int8) int8", mulInts[int64, int64, int64]),
		fn("/(int2,int2) int2", divInts[int16, int16, int16]).special(divIntConst[int16, int16]).safeConst(),
		fn("/(int2,int4) int4", divInts[int16, int32, int32]).special(divIntConst[int16, int32]).safeConst(),
		fn("/(int2,int8) int8", divInts[int16, int64, int64]).special(divIntConst[int16, int64]).safeConst(),
		fn("/(int4,int2) int4", divInts[int32, int16, int32]).special(divIntConst[int32, int32]).safeConst(),
		fn("/(int4,int4) int4", divInts[int32, int32, int32]).special(divIntConst[int32, int32]).safeConst(),
		fn("/(int4,int8) int8", divInts[int32, int64, int64]).special(divIntConst[int32, int64]).safeConst(),
		fn("/(int8,int2) int8", divInts[int64, int16, int64]).special(divIntConst[int64, int64]).safeConst(),
		fn("/(int8,int4) int8", divInts[int64, int32, int64]).special(divIntConst[int64, int64]).safeConst(),
		fn("/(int8,int8) int8", divInts[int64, int64, int64]).special(divIntConst[int64, int64]).safeConst(),
		fn("%(int2,int2) int2", modInts[int16, int16, int16]).special(modIntConst[int16]).safeConst(),
		fn("%(int4,int4) int4", modInts[int32, int32, int32]).special(modIntConst[int32]).safeConst(),
		fn("%(int8,int8) int8", modInts[int64, int64, int64]).special(modIntConst[int64]).safeConst(),
	}
}

func floatArithFuncs() []*Func {
	var fs []*Func
	for _, op := range []floatOp{'+', '-', '*', '/'} {
		s := string(rune(op))
		fs = append(
			fs,
			fn(s+"(float4,float4) float4", arithFloats[float32, float32, float32](op)),
			fn(s+"(float8,float8) float8", arithFloats[float64, float64, float64](op)),
			fn(s+"(float4,float8) float8", arithFloats[float32, float64, float64](op)),
			fn(s+"(float8,float4) float8", arithFloats[float64, float32, float64](op)),
		)
	}
	return append(
		fs,
		fn("-(float4) float4", unaryFloats(func(x float32) float32 { return -x })).total(),
		fn("-(float8) float8", unaryFloats(func(x float64) float64 { return -x })).total(),
		fn("+(float4) float4", unaryFloats(func(x float32) float32 { return x })).total(),
		fn("+(float8) float8", unaryFloats(func(x float64) float64 { return x })).total(),
		fn("@(float4) float4", unaryFloats(func(x float32) float32 { return float32(math.Abs(float64(x))) })).total(),
		fn("@(float8) float8", unaryFloats(math.Abs)).total(),
	)
}

func bitFuncs[T integer](t string) []*Func {
	width := int32(16)
	switch t {
	case "int4":
		width = 32
	case "int8":
		width = 64
	}
	sig := func(op string) string { return op + "(" + t + "," + t + ") " + t }
	shift := func(op string) string { return op + "(" + t + ",int4) " + t }
	return []*Func{
		fn(sig("&"), mapInts(func(x, y T) T { return x & y })).total(),
		fn(sig("|"), mapInts(func(x, y T) T { return x | y })).total(),
		fn(sig("#"), mapInts(func(x, y T) T { return x ^ y })).total(),
		fn(shift("<<"), shiftInts(func(x T, by int32) T {
			if width == 16 {
				return T(int32(x) << (by & 31))
			}
			return x << (by & (width - 1))
		})).total(),
		fn(shift(">>"), shiftInts(func(x T, by int32) T {
			if width == 16 {
				return T(int32(x) >> (by & 31))
			}
			return x >> (by & (width - 1))
		})).total(),
		fn("~("+t+") "+t, mapInt(func(x T) T { return ^x })).total(),
		fn("-("+t+") "+t, unaryInts(func(x T) T { return -x })),
		fn("+("+t+") "+t, mapInt(func(x T) T { return x })).total(),
		fn("@("+t+") "+t, unaryInts(absInt[T])),
	}
}

func mapInt[T integer](f func(x T) T) Kernel {
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a, dst := types.Fixed[T](args[0]), types.Fixed[T](out.V)
		for _, r := range listed(sel, n) {
			i := int(r)
			dst[i] = f(a[i])
		}
	}
}

func absInt[T integer](x T) T {
	if x < 0 {
		return -x
	}
	return x
}
