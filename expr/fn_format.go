package expr

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// formatFuncs lists to_char, to_number, to_date and to_timestamp.
func formatFuncs() []*Func {
	return []*Func{
		fn("to_char(timestamp,text) text", byPattern(parsePattern, func(c *Ctx, a *rowArgs, nodes []patternNode) (types.Datum, error) {
			if !finiteTimestamp(a.int(0)) {
				return types.Datum{}, nil
			}
			return formatDateTime(c, inputOf(a.int(0), nil), nodes)
		})).stable().special(toCharSpecial).safe(),
		fn("to_char(timestamptz,text) text", byPattern(parsePattern, func(c *Ctx, a *rowArgs, nodes []patternNode) (types.Datum, error) {
			if !finiteTimestamp(a.int(0)) {
				return types.Datum{}, nil
			}
			return formatDateTime(c, inputOf(a.int(0), c.Style.TimeZone), nodes)
		})).stable().special(toCharSpecial).safe(),
		fn("to_char(interval,text) text", byPattern(parsePattern, func(c *Ctx, a *rowArgs, nodes []patternNode) (types.Datum, error) {
			return formatDateTime(c, inputOfInterval(a.interval(0)), nodes)
		})).stable(),
		fn("to_char(numeric,text) text", byPattern(parseNumberFormat, func(c *Ctx, a *rowArgs, f numberFormat) (types.Datum, error) {
			return formatNumeric(c, a.numeric(0), f)
		})).stable(),
		fn("to_char(int4,text) text", byPattern(parseNumberFormat, intToChar)).stable(),
		fn("to_char(int8,text) text", byPattern(parseNumberFormat, intToChar)).stable(),
		fn("to_char(float4,text) text", byPattern(parseNumberFormat, func(c *Ctx, a *rowArgs, f numberFormat) (types.Datum, error) {
			return formatFloat(c, float64(a.vecs[0].Float32s()[a.i]), f, 6)
		})).stable(),
		fn("to_char(float8,text) text", byPattern(parseNumberFormat, func(c *Ctx, a *rowArgs, f numberFormat) (types.Datum, error) {
			return formatFloat(c, a.float(0), f, 15)
		})).stable(),
		fn("to_number(text,text) numeric", byPattern(parseNumberFormat, func(c *Ctx, a *rowArgs, f numberFormat) (types.Datum, error) {
			return parseNumber(c, a.str(0), f)
		})).stable(),
		fn("to_date(text,text) date", byPattern(parsePattern, func(c *Ctx, a *rowArgs, nodes []patternNode) (types.Datum, error) {
			p, err := parseByFormat(c, a.str(0), nodes)
			if err != nil {
				return types.Datum{}, err
			}
			d, _, err := p.dayAndTime()
			if err == nil && (d < minDate || d >= endDate) {
				err = pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range: \"%s\"", a.str(0))
			}
			return dateDatum(d), err
		})).stable(),
		fn("to_timestamp(text,text) timestamptz", byPattern(parsePattern, func(c *Ctx, a *rowArgs, nodes []patternNode) (types.Datum, error) {
			p, err := parseByFormat(c, a.str(0), nodes)
			if err != nil {
				return types.Datum{}, err
			}
			ts, err := p.timestamp()
			if err != nil {
				return types.Datum{}, err
			}
			loc, err := p.zoneOffset(c.Style.TimeZone)
			if err != nil {
				return types.Datum{}, err
			}
			ts, err = types.FromLocal(ts, loc)
			return int8d(ts), err
		})).stable(),
	}
}

func intToChar(c *Ctx, a *rowArgs, f numberFormat) (types.Datum, error) {
	return formatInt(c, a.int(0), f)
}

// byPattern makes a kernel of a function whose second argument is a pattern, which is parsed
// once for the rows of a batch that follow one another with the same.
func byPattern[P any](parse func(c *Ctx, text string) (P, error), f func(c *Ctx, a *rowArgs, pattern P) (types.Datum, error)) Kernel {
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		var pattern P
		text, parsed := "", false
		row := func(c *Ctx, a *rowArgs) (types.Datum, error) {
			if s := a.str(1); !parsed || s != text {
				var err error
				pattern, err = parse(c, s)
				if text, parsed = s, err == nil; err != nil {
					return types.Datum{}, err
				}
			}
			return f(c, a, pattern)
		}
		perRow(row)(c, args, sel, n, out)
	}
}
