package expr

import "streamdb/types"

// rowArgs is one row of argument vectors, for functions whose work dwarfs a call per row.
type rowArgs struct {
	vecs []*types.Vec
	i    int
}

func (a *rowArgs) null(k int) bool               { return a.vecs[k].IsNull(a.i) }
func (a *rowArgs) str(k int) string              { return a.vecs[k].Str(a.i) }
func (a *rowArgs) boolean(k int) bool            { return a.vecs[k].Bools()[a.i]&1 != 0 }
func (a *rowArgs) float(k int) float64           { return a.vecs[k].Float64s()[a.i] }
func (a *rowArgs) numeric(k int) types.Numeric   { return types.NumericAt(a.vecs[k], a.i) }
func (a *rowArgs) interval(k int) types.Interval { return a.vecs[k].Intervals()[a.i] }
func (a *rowArgs) datum(k int) types.Datum       { return a.vecs[k].DatumAlias(a.i) }
func (a *rowArgs) typ(k int) types.Type          { return a.vecs[k].Type }
func (a *rowArgs) len() int                      { return len(a.vecs) }

// int is any integer, date, time, timestamp or oid.
func (a *rowArgs) int(k int) int64 {
	v := a.vecs[k]
	switch v.Kind {
	case types.KindInt16:
		return int64(v.Int16s()[a.i])
	case types.KindInt32:
		return int64(v.Int32s()[a.i])
	}
	return v.Int64s()[a.i]
}

// perRow makes a kernel of a function of one row. Strings that it gets alias the
// arguments; what it returns is copied.
func perRow(f func(c *Ctx, a *rowArgs) (types.Datum, error)) Kernel {
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		a := rowArgs{vecs: args}
		done, stop := 0, error(nil)
		for i := range eachRow(sel, n) {
			if done++; stop == nil && (done%pollRows == 0 || out.full()) {
				stop = out.mayGoOn(c)
			}
			if stop != nil {
				c.Fail(i, stop)
				out.Null(i)
				continue
			}
			a.i = i
			d, err := f(c, &a)
			if err != nil {
				c.Fail(i, err)
				d = types.Datum{}
			}
			out.Put(i, d)
		}
	}
}

// Constructors of results, short for the tables of functions.
func str(s string) types.Datum              { return types.NewBytes(s) }
func int4(v int) types.Datum                { return types.NewInt32(int32(v)) }
func int8d(v int64) types.Datum             { return types.NewInt64(v) }
func boolean(b bool) types.Datum            { return types.NewBool(b) }
func float8(v float64) types.Datum          { return types.NewFloat64(v) }
func numeric(n types.Numeric) types.Datum   { return n.ToDatum() }
func interval(v types.Interval) types.Datum { return types.NewInterval(v) }

// numericOr passes a numeric result and its error on.
func numericOr(n types.Numeric, err error) (types.Datum, error) {
	if err != nil {
		return types.Datum{}, err
	}
	return n.ToDatum(), nil
}

// text1 makes a kernel of a total function of one string.
func text1(f func(s string) string) Kernel {
	return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return str(f(a.str(0))), nil })
}

// count1 makes a kernel of a total function from a string to an integer.
func count1(f func(s string) int) Kernel {
	return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		dst := out.V.Int32s()
		for i := range eachRow(sel, n) {
			dst[i] = int32(f(args[0].Str(i)))
		}
	}
}
