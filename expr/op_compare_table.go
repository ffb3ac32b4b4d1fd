package expr

// compareFuncs lists the comparison operators.
func compareFuncs() []*Func {
	var fs []*Func
	add := func(op, a, b string, k Kernel) *Func {
		f := fn(op+"("+a+","+b+") bool", k).safe()
		fs = append(fs, f)
		return f
	}
	for _, c := range comparisons {
		op := c.op
		compareIntFuncs(op, add)
		add(op, "float4", "float4", compareFloats[float32, float32](op)).total()
		add(op, "float8", "float8", compareFloats[float64, float64](op)).total()
		add(op, "float4", "float8", compareFloats[float32, float64](op)).total()
		add(op, "float8", "float4", compareFloats[float64, float32](op)).total()
		add(op, "numeric", "numeric", compareNumerics(op)).special(compareNumericConst(op))
		for _, t := range []string{"text", "name", "bytea", "char"} {
			add(op, t, t, compareTexts(op)).special(compareTextConst(op))
		}
		add(op, "name", "text", compareTexts(op)).special(compareTextConst(op))
		add(op, "text", "name", compareTexts(op)).special(compareTextConst(op))
		for _, t := range []string{"bpchar", "interval", "uuid", "jsonb", "anyarray"} {
			add(op, t, t, compareAny(op))
		}
		compareDateFuncs(op, add)
	}
	add("=", "xid", "xid", compareInts[int64, int64]("=")).total()
	add("<>", "xid", "xid", compareInts[int64, int64]("<>")).total()
	add("=", "xid", "int4", compareInts[int64, int32]("=")).total()
	add("=", "tid", "tid", compareTexts("="))
	return fs
}

func compareIntFuncs(op string, add func(op, a, b string, k Kernel) *Func) {
	add(op, "bool", "bool", compareInts[uint8, uint8](op)).total().special(compareIntConst[uint8](op))
	add(op, "int2", "int2", compareInts[int16, int16](op)).total().special(compareIntConst[int16](op))
	add(op, "int2", "int4", compareInts[int16, int32](op)).total().special(compareIntConst[int16](op))
	add(op, "int2", "int8", compareInts[int16, int64](op)).total().special(compareIntConst[int16](op))
	add(op, "int4", "int2", compareInts[int32, int16](op)).total().special(compareIntConst[int32](op))
	add(op, "int4", "int4", compareInts[int32, int32](op)).total().special(compareIntConst[int32](op))
	add(op, "int4", "int8", compareInts[int32, int64](op)).total().special(compareIntConst[int32](op))
	add(op, "int8", "int2", compareInts[int64, int16](op)).total().special(compareIntConst[int64](op))
	add(op, "int8", "int4", compareInts[int64, int32](op)).total().special(compareIntConst[int64](op))
	for _, t := range []string{"int8", "oid", "time", "timestamp", "timestamptz"} {
		add(op, t, t, compareInts[int64, int64](op)).total().special(compareIntConst[int64](op))
	}
	add(op, "date", "date", compareInts[int32, int32](op)).total().special(compareIntConst[int32](op))
}

func compareDateFuncs(op string, add func(op, a, b string, k Kernel) *Func) {
	id := func(_ *Ctx, v int64) (int64, int) { return v, 0 }
	dateTS := func(_ *Ctx, v int64) (int64, int) { return dateOrder(v) }
	dateTZ := func(c *Ctx, v int64) (int64, int) {
		ts, over := dateOrder(v)
		if over != 0 {
			return ts, over
		}
		return c.toUTC(ts), 0
	}
	tsTZ := func(c *Ctx, v int64) (int64, int) { return c.toUTC(v), 0 }
	add(op, "date", "timestamp", compareVia(op, dateTS, id))
	add(op, "timestamp", "date", compareVia(op, id, dateTS))
	add(op, "date", "timestamptz", compareVia(op, dateTZ, id)).stable()
	add(op, "timestamptz", "date", compareVia(op, id, dateTZ)).stable()
	add(op, "timestamp", "timestamptz", compareVia(op, tsTZ, id)).stable()
	add(op, "timestamptz", "timestamp", compareVia(op, id, tsTZ)).stable()
}
