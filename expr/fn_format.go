package expr

import "streamdb/types"

// formatFuncs lists to_char, to_number, to_date and to_timestamp.
func formatFuncs() []*Func {
	return []*Func{
		fn("to_char(timestamp,text) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			if !finiteTimestamp(a.int(0)) {
				return types.Datum{}, nil
			}
			return formatDateTime(inputOf(a.int(0), nil), a.str(1))
		})).stable().special(toCharSpecial).safe(),
		fn("to_char(timestamptz,text) text", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			if !finiteTimestamp(a.int(0)) {
				return types.Datum{}, nil
			}
			return formatDateTime(inputOf(a.int(0), c.Style.TimeZone), a.str(1))
		})).stable().special(toCharSpecial).safe(),
		fn("to_char(interval,text) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return formatDateTime(inputOfInterval(a.interval(0)), a.str(1))
		})).stable(),
		fn("to_char(numeric,text) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return formatNumeric(a.numeric(0), a.str(1))
		})).stable(),
		fn("to_char(int4,text) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return formatInt(a.int(0), a.str(1)) })).stable(),
		fn("to_char(int8,text) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return formatInt(a.int(0), a.str(1)) })).stable(),
		fn("to_char(float4,text) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return formatFloat(float64(a.vecs[0].Float32s()[a.i]), a.str(1), 6)
		})).stable(),
		fn("to_char(float8,text) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return formatFloat(a.float(0), a.str(1), 15)
		})).stable(),
		fn("to_number(text,text) numeric", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return parseNumber(a.str(0), a.str(1))
		})).stable(),
		fn("to_date(text,text) date", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			p, err := parseByFormat(a.str(0), a.str(1))
			if err != nil {
				return types.Datum{}, err
			}
			ts, err := p.timestamp()
			return dateDatum(timestampToDate(ts)), err
		})).stable(),
		fn("to_timestamp(text,text) timestamptz", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			p, err := parseByFormat(a.str(0), a.str(1))
			if err != nil {
				return types.Datum{}, err
			}
			ts, err := p.timestamp()
			if err != nil {
				return types.Datum{}, err
			}
			loc := c.Style.TimeZone
			if p.hasTZ {
				loc = p.zoneOffset()
			}
			ts, err = types.FromLocal(ts, loc)
			return int8d(ts), err
		})).stable(),
	}
}
