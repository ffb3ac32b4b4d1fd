package expr

import (
	"math"
	"strings"

	"streamdb/types"
)

// extractSpecial reads a constant field of a timestamp that depends on its date and time
// alone. The field of a date is kept for the rows of one day; one of the time of day is
// the quotient of a remainder.
func extractSpecial(kind types.Kind) func(args []Expr) Kernel {
	return func(args []Expr) Kernel {
		k, ok := args[0].(*Const)
		if _, both := args[1].(*Const); !ok || both {
			return nil
		}
		field := timeUnits[strings.ToLower(k.D.S)]
		zero, ok := extractMoment(field, moment{})
		if !ok {
			return nil
		}
		read := clockPart(field)
		if read == nil {
			read = datePart(field)
		}
		put := putNumericPart(zero.scale)
		if kind == types.KindFloat64 {
			put = putFloatPart(zero.scale)
		}
		return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
			ts := args[1].Int64s()
			for _, r := range listed(sel, n) {
				i := int(r)
				if finiteTimestamp(ts[i]) {
					put(out, i, read(ts[i]))
				} else {
					putInfinitePart(c, out, i, field, ts[i] > 0)
				}
			}
		}
	}
}

// clockPart reads a field of the time of day; nil for fields of the date.
func clockPart(field string) func(ts int64) int64 {
	var span, unit int64
	switch field {
	case "hour":
		span, unit = usPerDay, usPerHour
	case "minute":
		span, unit = usPerHour, usPerMin
	case "second", "milliseconds", "microseconds":
		span, unit = usPerMin, 1
	default:
		return nil
	}
	return func(ts int64) int64 {
		r := ts % span
		if r < 0 {
			r += span
		}
		return r / unit
	}
}

// datePart reads a field of the date, and keeps it for the rest of the day.
func datePart(field string) func(ts int64) int64 {
	var from, to, v int64
	return func(ts int64) int64 {
		if ts < from || ts >= to {
			d, _ := floorDiv(ts, usPerDay)
			p, _ := extractDate(field, civilOf(d))
			from, to, v = d*usPerDay, (d+1)*usPerDay, p.v
		}
		return v
	}
}

func putNumericPart(scale int) func(out *Out, i int, v int64) {
	return func(out *Out, i int, v int64) {
		d, ok := types.MakeDec(v>>63, uint64(v), scale)
		if !ok {
			out.V.SetNumeric(i, types.NumericFromInt64Scaled(v, scale))
			return
		}
		out.V.Decs()[i] = d
	}
}

func putFloatPart(scale int) func(out *Out, i int, v int64) {
	pow := math.Pow10(scale)
	return func(out *Out, i int, v int64) { out.V.Float64s()[i] = float64(v) / pow }
}

// putInfinitePart puts a field of an infinite timestamp.
func putInfinitePart(c *Ctx, out *Out, i int, field string, positive bool) {
	v, ok, err := infinitePart("", field, positive, types.Timestamp)
	switch {
	case err != nil:
		out.Null(i)
		c.Fail(i, err)
	case !ok:
		out.Null(i)
	case out.V.Kind == types.KindFloat64:
		out.V.Float64s()[i] = partAsFloat(v)
	default:
		out.V.SetNumeric(i, v)
	}
}
