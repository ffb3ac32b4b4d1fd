package expr

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// ints2 makes a kernel of a function of two integers, dates or times that may raise.
func ints2(f func(c *Ctx, x, y int64) (types.Datum, error)) Kernel {
	return perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) { return f(c, a.int(0), a.int(1)) })
}

// withInterval makes a kernel of a function of an integer and an interval, in the order
// the positions say.
func withInterval(at, iv int, f func(c *Ctx, x int64, v types.Interval) (int64, error)) Kernel {
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a := rowArgs{vecs: args}
		dst := out.V.Int64s()
		for _, r := range listed(sel, n) {
			i := int(r)
			a.i = i
			v, err := f(c, a.int(at), a.interval(iv))
			dst[i] = v
			if err != nil {
				out.Null(i)
				c.Fail(i, err)
			}
		}
	}
}

func interval1(f func(v types.Interval) (types.Interval, error)) Kernel {
	return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { v, err := f(a.interval(0)); return interval(v), err })
}

func interval2(f func(v, w types.Interval) (types.Interval, error)) Kernel {
	return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		v, err := f(a.interval(0), a.interval(1))
		return interval(v), err
	})
}

// dateTimeOps lists the operators on dates, times and intervals.
func dateTimeOps() []*Func {
	return append(append(dateOps(), timestampOps()...), intervalOps()...)
}

func dateOps() []*Func {
	plus := ints2(func(_ *Ctx, d, n int64) (types.Datum, error) { v, err := addToDate(d, n); return dateDatum(v), err })
	plusInterval := func(_ *Ctx, d int64, v types.Interval) (int64, error) {
		ts, err := dateToTimestamp(d)
		if err != nil {
			return 0, err
		}
		return addToTimestamp(ts, v)
	}
	plusTime := func(_ *Ctx, d, t int64) (types.Datum, error) {
		ts, err := dateToTimestamp(d)
		if err != nil || !finiteTimestamp(ts) {
			return int8d(ts), err
		}
		ts, err = checkTimestamp(ts + t)
		return int8d(ts), err
	}
	return []*Func{
		fn("+(date,int4) date", plus),
		fn("+(int4,date) date", ints2(func(_ *Ctx, n, d int64) (types.Datum, error) {
			v, err := addToDate(d, n)
			return dateDatum(v), err
		})),
		fn("-(date,int4) date", ints2(func(_ *Ctx, d, n int64) (types.Datum, error) {
			v, err := addToDate(d, -n)
			return dateDatum(v), err
		})),
		fn("-(date,date) int4", ints2(func(_ *Ctx, a, b int64) (types.Datum, error) {
			if !finiteDate(a) || !finiteDate(b) {
				return types.Datum{}, pgerr.New(pgerr.DatetimeFieldOverflow, "cannot subtract infinite dates")
			}
			return int4(int(a - b)), nil
		})),
		fn("+(date,interval) timestamp", withInterval(0, 1, plusInterval)),
		fn("+(interval,date) timestamp", withInterval(1, 0, plusInterval)),
		fn("-(date,interval) timestamp", withInterval(0, 1, func(c *Ctx, d int64, v types.Interval) (int64, error) {
			v, err := negInterval(v)
			if err != nil {
				return 0, err
			}
			return plusInterval(c, d, v)
		})),
		fn("+(date,time) timestamp", ints2(plusTime)),
		fn("+(time,date) timestamp", ints2(func(c *Ctx, t, d int64) (types.Datum, error) { return plusTime(c, d, t) })),
	}
}

func timestampOps() []*Func {
	plus := func(_ *Ctx, ts int64, v types.Interval) (int64, error) { return addToTimestamp(ts, v) }
	plusTZ := func(c *Ctx, ts int64, v types.Interval) (int64, error) { return addToInstant(ts, v, c.Style.TimeZone) }
	minus := func(f func(c *Ctx, ts int64, v types.Interval) (int64, error)) func(*Ctx, int64, types.Interval) (int64, error) {
		return func(c *Ctx, ts int64, v types.Interval) (int64, error) {
			v, err := negInterval(v)
			if err != nil {
				return 0, err
			}
			return f(c, ts, v)
		}
	}
	diff := ints2(func(_ *Ctx, a, b int64) (types.Datum, error) { v, err := timestampDiff(a, b); return interval(v), err })
	return []*Func{
		fn("+(timestamp,interval) timestamp", withInterval(0, 1, plus)),
		fn("+(interval,timestamp) timestamp", withInterval(1, 0, plus)),
		fn("-(timestamp,interval) timestamp", withInterval(0, 1, minus(plus))),
		fn("-(timestamp,timestamp) interval", diff),
		fn("+(timestamptz,interval) timestamptz", withInterval(0, 1, plusTZ)).stable(),
		fn("+(interval,timestamptz) timestamptz", withInterval(1, 0, plusTZ)).stable(),
		fn("-(timestamptz,interval) timestamptz", withInterval(0, 1, minus(plusTZ))).stable(),
		fn("-(timestamptz,timestamptz) interval", diff),
		fn("+(time,interval) time", withInterval(0, 1, func(_ *Ctx, t int64, v types.Interval) (int64, error) {
			return addToTime(t, v), nil
		})).safe(),
		fn("+(interval,time) time", withInterval(1, 0, func(_ *Ctx, t int64, v types.Interval) (int64, error) {
			return addToTime(t, v), nil
		})).safe(),
		fn("-(time,interval) time", withInterval(0, 1, func(_ *Ctx, t int64, v types.Interval) (int64, error) {
			return timeOfDay(t - v.Micros%usPerDay), nil
		})).safe(),
		fn("-(time,time) interval", ints2(func(_ *Ctx, a, b int64) (types.Datum, error) {
			return interval(types.Interval{Micros: a - b}), nil
		})).safe(),
	}
}

func intervalOps() []*Func {
	return []*Func{
		fn("+(interval,interval) interval", interval2(addIntervals)),
		fn("-(interval,interval) interval", interval2(subIntervals)),
		fn("-(interval) interval", interval1(negInterval)),
		fn("*(interval,float8) interval", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			v, err := intervalMul(a.interval(0), a.float(1))
			return interval(v), err
		})),
		fn("*(float8,interval) interval", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			v, err := intervalMul(a.interval(1), a.float(0))
			return interval(v), err
		})),
		fn("/(interval,float8) interval", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			v, err := intervalDiv(a.interval(0), a.float(1))
			return interval(v), err
		})),
	}
}
