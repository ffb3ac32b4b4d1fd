package expr

import (
	"unsafe"

	"streamdb/types"
)

// aggregates lists the aggregate table.
func aggregates() []*Agg {
	as := []*Agg{
		agg("count() int8", linear(newCount)),
		agg("count(any) int8", linear(newCount)),
		agg("bool_and(bool) bool", linear(newBool(false))),
		agg("every(bool) bool", linear(newBool(false))),
		agg("bool_or(bool) bool", linear(newBool(true))),
	}
	as = append(as, sumAggs()...)
	as = append(as, varianceAggs()...)
	as = append(as, extremeAggs()...)
	as = append(as, bitAggs[int16]("int2")...)
	as = append(as, bitAggs[int32]("int4")...)
	as = append(as, bitAggs[int64]("int8")...)
	return append(
		as,
		agg("array_agg(anynonarray) anyarray", collect(collectArray)),
		agg("array_agg(anyarray) anyarray", collect(collectArrays)),
		skipNulls(agg("string_agg(text,text) text", collect(collectString))),
		skipNulls(agg("string_agg(bytea,bytea) bytea", collect(collectString))),
		agg("jsonb_agg(anyelement) jsonb", collect(collectJSON(true))),
		agg("json_agg(anyelement) json", collect(collectJSON(false))),
		agg("jsonb_object_agg(any,any) jsonb", collect(collectObject(true))),
		agg("json_object_agg(any,any) json", collect(collectObject(false))),
	)
}

// agg makes an overload from its signature.
func agg(sig string, body func(a *Agg)) *Agg {
	f := fn(sig, nil)
	a := &Agg{Name: f.Name, Args: f.Args, Ret: f.Ret}
	body(a)
	return a
}

func linear(f func(*AggCall) Linear) func(*Agg) {
	return func(a *Agg) { a.NewLinear, a.NewAppend, a.SkipNulls = f, f, len(a.Args) > 0 }
}

func collect(f func(*Ctx, *AggCall, rowsOf) (types.Datum, error)) func(*Agg) {
	return func(a *Agg) { a.Collect = f }
}

func skipNulls(a *Agg) *Agg { a.SkipNulls = true; return a }

func newBool(or bool) func(*AggCall) Linear {
	return func(*AggCall) Linear { return boolAgg{2, or} }
}

func sumAggs() []*Agg {
	return []*Agg{
		agg("sum(int2) int8", linear(newIntSum[int16](sumToInt8, nil))),
		agg("sum(int4) int8", linear(newIntSum[int32](sumToInt8, nil))),
		agg("sum(int8) numeric", linear(newIntSum[int64](sumToNumeric, fastSum))),
		agg("sum(float4) float4", linear(newFloatSum[float32](false, realTotalOf))),
		agg("sum(float8) float8", linear(newFloatSum[float64](false, floatTotalOf))),
		agg("sum(numeric) numeric", linear(newNumericSum(false, numericTotal))),
		agg("sum(interval) interval", linear(func(*AggCall) Linear { return intervalSum{5, false} })),
		agg("avg(int2) numeric", linear(newIntSum[int16](sumToAverage, types.DivInts))),
		agg("avg(int4) numeric", linear(newIntSum[int32](sumToAverage, types.DivInts))),
		agg("avg(int8) numeric", linear(newIntSum[int64](sumToAverage, types.DivInts))),
		agg("avg(float4) float8", linear(newFloatSum[float32](false, floatAverageOf))),
		agg("avg(float8) float8", linear(newFloatSum[float64](false, floatAverageOf))),
		agg("avg(numeric) numeric", linear(newNumericSum(false, numericAverage))),
		agg("avg(interval) interval", linear(func(*AggCall) Linear { return intervalSum{5, true} })),
	}
}

func varianceAggs() []*Agg {
	var as []*Agg
	for _, x := range []struct {
		name string
		d    deviation
	}{
		{"variance", deviation{sample: true}},
		{"var_samp", deviation{sample: true}},
		{"var_pop", deviation{}},
		{"stddev", deviation{sample: true, root: true}},
		{"stddev_samp", deviation{sample: true, root: true}},
		{"stddev_pop", deviation{root: true}},
	} {
		name, d := x.name, x.d
		as = append(
			as,
			agg(name+"(int2) numeric", linear(newIntVariance[int16](d))),
			agg(name+"(int4) numeric", linear(newIntVariance[int32](d))),
			agg(name+"(int8) numeric", linear(newIntVariance[int64](d))),
			agg(name+"(float4) float8", linear(newFloatSum[float32](true, floatDeviation(d)))),
			agg(name+"(float8) float8", linear(newFloatSum[float64](true, floatDeviation(d)))),
			agg(name+"(numeric) numeric", linear(newNumericSum(true, numericDeviation(d)))),
		)
	}
	return as
}

func extremeAggs() []*Agg {
	var as []*Agg
	for _, greatest := range []bool{false, true} {
		name := "min"
		if greatest {
			name = "max"
		}
		fixed := map[string]func(*AggCall) Linear{
			"int2": newExtremeInt[int16](greatest), "int4": newExtremeInt[int32](greatest), "int8": newExtremeInt[int64](greatest),
			"float4": newExtreme[float32](greatest), "float8": newExtreme[float64](greatest),
			"date": newExtremeInt[int32](greatest), "time": newExtremeInt[int64](greatest),
			"timestamp": newExtremeInt[int64](greatest), "timestamptz": newExtremeInt[int64](greatest),
			"oid": newExtremeInt[int64](greatest),
		}
		for _, t := range []string{
			"int2", "int4", "int8", "float4", "float8", "date", "time", "timestamp", "timestamptz", "oid",
			"numeric", "text", "bpchar", "interval", "anyarray",
		} {
			a := agg(name+"("+t+") "+t, collect(first))
			a.First, a.Desc, a.SkipNulls = true, greatest, true
			if a.NewAppend = fixed[t]; a.NewAppend == nil {
				a.NewAppend = newExtremeAny(greatest)
			}
			as = append(as, a)
		}
	}
	return as
}

func bitAggs[T integer](t string) []*Agg {
	one := func(name string, op func(x, y T) T) *Agg {
		a := skipNulls(agg(name+"("+t+") "+t, collect(collectBits(op))))
		a.NewAppend = func(*AggCall) Linear { return bitAgg[T]{2, op} }
		return a
	}
	return []*Agg{
		one("bit_and", func(x, y T) T { return x & y }),
		one("bit_or", func(x, y T) T { return x | y }),
		one("bit_xor", func(x, y T) T { return x ^ y }),
	}
}

// viewAs views a word's memory as a value no wider.
func viewAs[T any](w *[1]uint64) *T { return (*T)(unsafe.Pointer(w)) }
