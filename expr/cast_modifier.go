package expr

import "streamdb/types"

// modifierKernel applies t's modifier to values of t's type: lengths, precision and scale;
// nil where the type ignores it.
func modifierKernel(t types.Type, cc CastContext) Kernel {
	if t.IsArray() {
		return modifyElems(t, cc)
	}
	f := modifier(t, cc)
	if f == nil {
		return nil
	}
	return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return f(a.datum(0)) })
}

// modifier is the body of modifierKernel for one value.
func modifier(t types.Type, cc CastContext) func(d types.Datum) (types.Datum, error) {
	switch t.OID {
	case types.VarChar.OID, types.BPChar.OID:
		return func(d types.Datum) (types.Datum, error) {
			s, err := types.FitText(t, d.S, cc == CastExplicit)
			return str(s), err
		}
	case types.NumericT.OID:
		return func(d types.Datum) (types.Datum, error) {
			return numericOr(types.NumericFromDatum(d).ApplyMod(t))
		}
	case types.Time.OID:
		return func(d types.Datum) (types.Datum, error) { return int8d(types.RoundTime(d.I, t.Mod)), nil }
	case types.Timestamp.OID, types.TimestampTZ.OID:
		return func(d types.Datum) (types.Datum, error) {
			v, err := types.RoundTimestamp(d.I, t.Mod)
			return int8d(v), err
		}
	case types.IntervalT.OID:
		return func(d types.Datum) (types.Datum, error) {
			v, err := types.ApplyIntervalMod(d.Interval(), t.Mod)
			return interval(v), err
		}
	}
	return nil
}

func modifyElems(t types.Type, cc CastContext) Kernel {
	f := modifier(t.ElemType(), cc)
	if f == nil {
		return nil
	}
	return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		view := types.ViewArray(a.str(0))
		b := types.NewArrayBuilder(view.Elem)
		for k := range view.Len() {
			d := view.At(k)
			if !d.IsNull() {
				var err error
				if d, err = f(d); err != nil {
					return d, err
				}
			}
			b.Append(d)
		}
		return buildLike(b, view), nil
	})
}
