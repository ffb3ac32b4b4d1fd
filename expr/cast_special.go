package expr

import (
	"strings"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// rowCast is the body of a conversion for one value.
type rowCast func(c *Ctx, a *rowArgs) (types.Datum, error)

// castSpecial is the conversions that are neither between numbers nor through text.
func castSpecial(from, to types.Type) Kernel {
	if f := dateCast(from, to); f != nil {
		return perRow(f)
	}
	if f := jsonCast(from, to); f != nil {
		return perRow(f)
	}
	if f := otherCast(from, to); f != nil {
		return perRow(f)
	}
	return nil
}

func dateCast(from, to types.Type) rowCast {
	switch (castPair{from.OID, to.OID}) {
	case castPair{types.Date.OID, types.Timestamp.OID}:
		return func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			ts, err := dateToTimestamp(a.int(0))
			return int8d(ts), err
		}
	case castPair{types.Date.OID, types.TimestampTZ.OID}:
		return func(c *Ctx, a *rowArgs) (types.Datum, error) {
			ts, err := dateToTimestamp(a.int(0))
			if err != nil {
				return types.Datum{}, err
			}
			if ts, err = types.FromLocal(ts, c.Style.TimeZone); err != nil {
				return types.Datum{}, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range for timestamp")
			}
			return int8d(ts), nil
		}
	case castPair{types.Timestamp.OID, types.Date.OID}:
		return func(_ *Ctx, a *rowArgs) (types.Datum, error) { return dateDatum(timestampToDate(a.int(0))), nil }
	case castPair{types.TimestampTZ.OID, types.Date.OID}:
		return func(c *Ctx, a *rowArgs) (types.Datum, error) {
			return dateDatum(timestampToDate(c.toLocal(a.int(0)))), nil
		}
	case castPair{types.Timestamp.OID, types.TimestampTZ.OID}:
		return func(c *Ctx, a *rowArgs) (types.Datum, error) {
			ts, err := types.FromLocal(a.int(0), c.Style.TimeZone)
			return int8d(ts), err
		}
	case castPair{types.TimestampTZ.OID, types.Timestamp.OID}:
		return func(c *Ctx, a *rowArgs) (types.Datum, error) { return int8d(c.toLocal(a.int(0))), nil }
	}
	return timeCast(from, to)
}

func timeCast(from, to types.Type) rowCast {
	switch (castPair{from.OID, to.OID}) {
	case castPair{types.Timestamp.OID, types.Time.OID}, castPair{types.TimestampTZ.OID, types.Time.OID}:
		return func(c *Ctx, a *rowArgs) (types.Datum, error) {
			ts := a.int(0)
			if !finiteTimestamp(ts) {
				return types.Datum{}, nil
			}
			if from.OID == types.TimestampTZ.OID {
				ts = c.toLocal(ts)
			}
			return int8d(timeOfDay(ts)), nil
		}
	case castPair{types.Time.OID, types.IntervalT.OID}:
		return func(_ *Ctx, a *rowArgs) (types.Datum, error) { return interval(types.Interval{Micros: a.int(0)}), nil }
	case castPair{types.IntervalT.OID, types.Time.OID}:
		return func(_ *Ctx, a *rowArgs) (types.Datum, error) { return int8d(timeOfDay(a.interval(0).Micros)), nil }
	}
	return nil
}

func jsonCast(from, to types.Type) rowCast {
	switch {
	case from.OID == types.JSON.OID && to.OID == types.JSONB.OID:
		return func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			s, err := types.ParseJSONB(a.str(0))
			return str(s), err
		}
	case from.OID == types.JSONB.OID && to.OID == types.JSON.OID:
		return func(_ *Ctx, a *rowArgs) (types.Datum, error) { return str(a.str(0)), nil }
	case from.OID == types.JSONB.OID && to.OID == types.Bool.OID:
		return func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			if j := a.str(0); j == "true" || j == "false" {
				return boolean(j == "true"), nil
			}
			return types.Datum{}, cannotCastJSON(a.str(0), "boolean")
		}
	case from.OID == types.JSONB.OID && isNumber(to):
		return jsonToNumber(to)
	}
	return nil
}

func jsonToNumber(to types.Type) rowCast {
	cell := &vecNode{}
	var conv node = cell
	if to.OID != types.NumericT.OID {
		k := castNumber(types.NumericT, to)
		if k == nil {
			return nil
		}
		conv = kernelNode(k, to, cell)
	}
	return func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		j := a.str(0)
		if types.JSONKindOf(j) != types.JSONNumber {
			return types.Datum{}, cannotCastJSON(j, to.String())
		}
		n, err := types.ParseNumeric(j)
		if err != nil {
			return types.Datum{}, err
		}
		cell.v = types.NewVec(types.NumericT, 1)
		cell.v.AppendNumeric(n)
		var sub Ctx
		v := conv.eval(&sub, &frame{n: 1}, nil)
		if len(sub.Errs) > 0 {
			return types.Datum{}, sub.Errs[0].Err
		}
		return v.Datum(0), nil
	}
}

func cannotCastJSON(j, to string) error {
	return pgerr.New(pgerr.InvalidParameterValue, "cannot cast jsonb %s to type %s", jsonKindName(j, true), to)
}

func otherCast(from, to types.Type) rowCast {
	switch (castPair{from.OID, to.OID}) {
	case castPair{types.Int4.OID, types.Bool.OID}:
		return func(_ *Ctx, a *rowArgs) (types.Datum, error) { return boolean(a.int(0) != 0), nil }
	case castPair{types.Bool.OID, types.Int4.OID}:
		return func(_ *Ctx, a *rowArgs) (types.Datum, error) { return int4(int(b2u(a.boolean(0)))), nil }
	case castPair{types.Char.OID, types.Int4.OID}:
		return func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			if a.str(0) == "" {
				return int4(0), nil
			}
			return int4(int(int8(a.str(0)[0]))), nil
		}
	case castPair{types.Int4.OID, types.Char.OID}:
		return func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			v := a.int(0)
			if v < -128 || v > 127 {
				return types.Datum{}, outOfRange("\"char\"")
			}
			if v == 0 {
				return str(""), nil
			}
			return str(string([]byte{byte(v)})), nil
		}
	case castPair{types.Text.OID, types.RegClass.OID}, castPair{types.VarChar.OID, types.RegClass.OID}:
		return func(c *Ctx, a *rowArgs) (types.Datum, error) { return c.parseReg(to, strings.TrimSpace(a.str(0))) }
	}
	return nil
}
