package expr

import (
	"crypto/rand"

	"streamdb/types"
)

// miscFuncs lists what belongs to no family.
func miscFuncs() []*Func {
	count := func(null bool) Kernel {
		return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			n := 0
			for k := range a.len() {
				if a.null(k) == null {
					n++
				}
			}
			return int4(n), nil
		})
	}
	return []*Func{
		fn("num_nulls(variadic any) int4", count(true)).nullable().safe(),
		fn("num_nonnulls(variadic any) int4", count(false)).nullable().safe(),
		fn("pg_typeof(any) regtype", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return int8d(int64(a.typ(0).OID)), nil
		})).nullable().stable().safe(),
		fn("gen_random_uuid() uuid", perRow(func(*Ctx, *rowArgs) (types.Datum, error) {
			var u [16]byte
			if _, err := rand.Read(u[:]); err != nil {
				return types.Datum{}, err
			}
			u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
			return types.NewUUID(u), nil
		})).volatile(),
		fn("pg_column_size(any) int4", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			if w := a.typ(0).Info().Len; w > 0 {
				return int4(int(w)), nil
			}
			return int4(len(types.AppendImageDatum(nil, a.datum(0)))), nil
		})).stable().safe(),
	}
}
