package expr

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// setFuncs lists the set-returning functions that make rows of their own.
func setFuncs() []*Func {
	fs := []*Func{
		srf("unnest(anyarray) setof anyelement", func(_ *Ctx, args types.Row, emit func(types.Row) bool) error {
			v := types.ViewArray(args[0].S)
			for k := range v.Len() {
				if !emit(types.Row{v.At(k)}) {
					return nil
				}
			}
			return nil
		}),
		srf("generate_subscripts(anyarray,int4) setof int4", subscripts),
		srf("generate_subscripts(anyarray,int4,bool) setof int4", subscripts),
	}
	for _, sig := range []string{"generate_series(T,T) setof T", "generate_series(T,T,T) setof T"} {
		fs = append(
			fs,
			srf(replaceT(sig, "int4"), intSeries(types.KindInt32)),
			srf(replaceT(sig, "int8"), intSeries(types.KindInt64)),
			srf(replaceT(sig, "numeric"), numericSeries),
		)
	}
	return append(
		fs,
		srf("generate_series(timestamp,timestamp,interval) setof timestamp", timestampSeries(false)),
		srf("generate_series(timestamptz,timestamptz,interval) setof timestamptz", timestampSeries(true)).stable(),
	)
}

func replaceT(sig, t string) string {
	out := ""
	for _, r := range sig {
		if r == 'T' {
			out += t
		} else {
			out += string(r)
		}
	}
	return out
}

func subscripts(_ *Ctx, args types.Row, emit func(types.Row) bool) error {
	v, d := types.ViewArray(args[0].S), args[1].I
	if d < 1 || d > int64(v.NDim()) {
		return nil
	}
	n, lower := v.Dim(int(d) - 1)
	backwards := len(args) == 3 && args[2].Bool()
	for k := range n {
		at := lower + k
		if backwards {
			at = lower + n - 1 - k
		}
		if !emit(types.Row{int4(at)}) {
			return nil
		}
	}
	return nil
}

func zeroStep() error { return pgerr.New(pgerr.InvalidParameterValue, "step size cannot equal zero") }

// pollEvery is how many rows of a series go by between two looks at Interrupt.
const pollEvery = 8192

func intSeries(kind types.Kind) RowsFunc {
	return func(c *Ctx, args types.Row, emit func(types.Row) bool) error {
		at, end, step := args[0].I, args[1].I, int64(1)
		if len(args) == 3 {
			step = args[2].I
		}
		if step == 0 {
			return zeroStep()
		}
		for n := 1; (step > 0 && at <= end) || (step < 0 && at >= end); n++ {
			if !emit(types.Row{{Kind: kind, I: at}}) {
				return nil
			}
			next, over := addInt64(at, step)
			if over || (kind == types.KindInt32 && next != int64(int32(next))) {
				return nil
			}
			at = next
			if n%pollEvery == 0 {
				if err := c.interrupted(); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

func numericSeries(c *Ctx, args types.Row, emit func(types.Row) bool) error {
	at, end, step := types.NumericFromDatum(args[0]), types.NumericFromDatum(args[1]), types.NumericFromInt64(1)
	if len(args) == 3 {
		step = types.NumericFromDatum(args[2])
	}
	for i, what := range []string{"start value", "stop value", "step size"} {
		if i >= len(args) {
			break
		}
		switch v := types.NumericFromDatum(args[i]); {
		case v.IsNaN():
			return pgerr.New(pgerr.InvalidParameterValue, "%s cannot be NaN", what)
		case v.IsInf():
			return pgerr.New(pgerr.InvalidParameterValue, "%s cannot be infinity", what)
		}
	}
	if step.Sign() == 0 {
		return zeroStep()
	}
	for n := 1; at.Cmp(end)*step.Sign() <= 0; n++ {
		if !emit(types.Row{at.ToDatum()}) {
			return nil
		}
		var err error
		if at, err = at.Add(step); err != nil {
			return err
		}
		if n%pollEvery == 0 {
			if err := c.interrupted(); err != nil {
				return err
			}
		}
	}
	return nil
}

func timestampSeries(tz bool) RowsFunc {
	return func(c *Ctx, args types.Row, emit func(types.Row) bool) error {
		at, end, step := args[0].I, args[1].I, args[2].Interval()
		sign := types.CompareIntervals(step, types.Interval{})
		if sign == 0 {
			return zeroStep()
		}
		for n := 1; (sign > 0 && at <= end) || (sign < 0 && at >= end); n++ {
			if !emit(types.Row{int8d(at)}) {
				return nil
			}
			var err error
			if tz {
				at, err = addToInstant(at, step, c.Style.TimeZone)
			} else {
				at, err = addToTimestamp(at, step)
			}
			if err != nil {
				return err
			}
			if n%pollEvery == 0 {
				if err := c.interrupted(); err != nil {
					return err
				}
			}
		}
		return nil
	}
}
