package expr

import (
	"math"
	"unsafe"

	"streamdb/types"
	"streamdb/types/pgerr"
)

type integer interface{ ~int16 | ~int32 | ~int64 }

type float interface{ ~float32 | ~float64 }

func outOfRange(typeName string) error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "%s out of range", typeName)
}

// castNumber is the conversion between two types of numbers (and oids); nil if either is
// something else.
func castNumber(from, to types.Type) Kernel {
	switch {
	case !isNumber(from) || !isNumber(to):
		return nil
	case isReg(to):
		return castToOid(from)
	case isReg(from):
		return fromInt[int64](to)
	}
	switch from.OID {
	case types.Int2.OID:
		return fromInt[int16](to)
	case types.Int4.OID:
		return fromInt[int32](to)
	case types.Int8.OID:
		return fromInt[int64](to)
	case types.Float4.OID:
		return fromFloat[float32](to)
	case types.Float8.OID:
		return fromFloat[float64](to)
	}
	return fromNumeric(to)
}

func isNumber(t types.Type) bool { return t.Info().Category == 'N' }

// isReg reports whether t is oid or one of the reg types.
func isReg(t types.Type) bool {
	switch t.OID {
	case types.Oid.OID, types.RegProc.OID, types.RegProcedure.OID, types.RegOperator.OID, types.RegClass.OID, types.RegType.OID, types.RegNS.OID, types.RegRole.OID:
		return true
	}
	return false
}

func fromInt[F integer](to types.Type) Kernel {
	switch to.OID {
	case types.Int2.OID:
		return narrowInt[F, int16]("smallint")
	case types.Int4.OID:
		return narrowInt[F, int32]("integer")
	case types.Int8.OID:
		return narrowInt[F, int64]("bigint")
	case types.Float4.OID:
		return intToFloat[F, float32]
	case types.Float8.OID:
		return intToFloat[F, float64]
	case types.NumericT.OID:
		return intToNumeric[F]
	}
	return nil
}

func narrowInt[F, T integer](name string) Kernel {
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		src, dst := types.Fixed[F](args[0]), types.Fixed[T](out.V)
		for _, r := range listed(sel, n) {
			i := int(r)
			v := T(src[i])
			dst[i] = v
			if F(v) != src[i] || (v < 0) != (src[i] < 0) {
				out.Null(i)
				c.Fail(i, outOfRange(name))
			}
		}
	}
}

func intToFloat[F integer, T float](_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
	src, dst := types.Fixed[F](args[0]), types.Fixed[T](out.V)
	for _, r := range listed(sel, n) {
		i := int(r)
		dst[i] = T(src[i])
	}
}

func intToNumeric[F integer](_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
	src, dst := types.Fixed[F](args[0]), out.V.Decs()
	for _, r := range listed(sel, n) {
		i := int(r)
		dst[i] = types.DecFromInt64(int64(src[i]))
	}
}

// castToOid checks the range of an oid; int4 and int2 wrap as in PostgreSQL.
func castToOid(from types.Type) Kernel {
	return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		v := a.int(0)
		if from.OID == types.Int8.OID && (v < 0 || v > math.MaxUint32) {
			return types.Datum{}, outOfRange("OID")
		}
		return int8d(int64(uint32(v))), nil
	})
}

func fromFloat[F float](to types.Type) Kernel {
	switch to.OID {
	case types.Int2.OID:
		return floatToInt[F, int16]("smallint", -1<<15, 1<<15)
	case types.Int4.OID:
		return floatToInt[F, int32]("integer", -1<<31, 1<<31)
	case types.Int8.OID:
		return floatToInt[F, int64]("bigint", -1<<63, 1<<63)
	case types.Float4.OID:
		return floatToReal[F]
	case types.Float8.OID:
		return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
			src, dst := types.Fixed[F](args[0]), out.V.Float64s()
			for _, r := range listed(sel, n) {
				i := int(r)
				dst[i] = float64(src[i])
			}
		}
	case types.NumericT.OID:
		return floatToNumeric[F]
	}
	return nil
}

// floatToInt rounds half to even; lo ≤ value < hi must hold.
func floatToInt[F float, T integer](name string, lo, hi float64) Kernel {
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		src, dst := types.Fixed[F](args[0]), types.Fixed[T](out.V)
		for _, r := range listed(sel, n) {
			i := int(r)
			f := math.RoundToEven(float64(src[i]))
			if !(f >= lo && f < hi) {
				out.Null(i)
				c.Fail(i, outOfRange(name))
				continue
			}
			dst[i] = T(f)
		}
	}
}

func floatToReal[F float](c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
	src, dst := types.Fixed[F](args[0]), out.V.Float32s()
	for _, r := range listed(sel, n) {
		i := int(r)
		f := float64(src[i])
		r := float32(f)
		dst[i] = r
		switch {
		case math.IsInf(float64(r), 0) && !math.IsInf(f, 0):
			out.Null(i)
			c.Fail(i, floatOverflow())
		case r == 0 && f != 0:
			out.Null(i)
			c.Fail(i, floatUnderflow())
		}
	}
}

func floatOverflow() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: overflow")
}

func floatUnderflow() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: underflow")
}

func floatToNumeric[F float](_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
	src := types.Fixed[F](args[0])
	for _, r := range listed(sel, n) {
		i := int(r)
		if unsafe.Sizeof(src[i]) == 4 {
			out.V.SetNumeric(i, types.NumericFromFloat32(float32(src[i])))
		} else {
			out.V.SetNumeric(i, types.NumericFromFloat64(float64(src[i])))
		}
	}
}

func fromNumeric(to types.Type) Kernel {
	convert := func(f func(n types.Numeric) (types.Datum, error)) Kernel {
		return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) { return f(a.numeric(0)) })
	}
	switch to.OID {
	case types.Int2.OID:
		return convert(func(n types.Numeric) (types.Datum, error) { v, err := n.Int16(); return types.NewInt16(v), err })
	case types.Int4.OID:
		return convert(func(n types.Numeric) (types.Datum, error) { v, err := n.Int32(); return types.NewInt32(v), err })
	case types.Int8.OID:
		return convert(func(n types.Numeric) (types.Datum, error) { v, err := n.Int64(); return int8d(v), err })
	case types.Float4.OID:
		return convert(func(n types.Numeric) (types.Datum, error) { v, err := n.Float32(); return types.NewFloat32(v), err })
	case types.Float8.OID:
		return convert(func(n types.Numeric) (types.Datum, error) { v, err := n.Float64(); return float8(v), err })
	}
	return nil
}
