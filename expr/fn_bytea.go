package expr

import (
	"math/bits"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// byteaFuncs lists the functions on the bits and bytes of a bytea. Bit 0 is the least of the
// first byte.
func byteaFuncs() []*Func {
	at := func(s string, k int64, unit int) error {
		if size := int64(len(s) * unit); k < 0 || k >= size {
			return pgerr.New(pgerr.ArraySubscriptError, "index %d out of valid range, 0..%d", k, size-1)
		}
		return nil
	}
	change := func(unit int, f func(b byte, k, v int64) (byte, error)) Kernel {
		return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			s, k := a.str(0), a.int(1)
			if err := at(s, k, unit); err != nil {
				return types.Datum{}, err
			}
			bytes := []byte(s)
			i := int(k) / unit
			b, err := f(bytes[i], k, a.int(2))
			bytes[i] = b
			return str(string(bytes)), err
		})
	}
	return []*Func{
		fn("get_byte(bytea,int4) int4", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			s, k := a.str(0), a.int(1)
			if err := at(s, k, 1); err != nil {
				return types.Datum{}, err
			}
			return int4(int(s[k])), nil
		})),
		fn("set_byte(bytea,int4,int4) bytea", change(1, func(_ byte, _, v int64) (byte, error) { return byte(v), nil })),
		fn("get_bit(bytea,int8) int4", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			s, k := a.str(0), a.int(1)
			if err := at(s, k, 8); err != nil {
				return types.Datum{}, err
			}
			return int4(int(s[k/8] >> (k % 8) & 1)), nil
		})),
		fn("set_bit(bytea,int8,int4) bytea", change(8, func(b byte, k, v int64) (byte, error) {
			switch v {
			case 0:
				return b &^ (1 << (k % 8)), nil
			case 1:
				return b | 1<<(k%8), nil
			}
			return b, pgerr.New(pgerr.InvalidParameterValue, "new bit must be 0 or 1")
		})),
		fn("bit_count(bytea) int8", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			n := 0
			for _, b := range []byte(a.str(0)) {
				n += bits.OnesCount8(b)
			}
			return int8d(int64(n)), nil
		})).safe(),
	}
}
