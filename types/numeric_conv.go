package types

import (
	"math"
	"math/big"
	"strconv"

	"streamdb/types/pgerr"
)

// NumericFromInt64 is v with scale 0.
func NumericFromInt64(v int64) Numeric { return Numeric{small: int128From(v)} }

// NumericFromInt64Scaled is v × 10^−scale.
func NumericFromInt64Scaled(v int64, scale int) Numeric {
	return Numeric{small: int128From(v), scale: int32(scale)}
}

// NumericFromFloat64 is f to 15 significant digits, as PostgreSQL's cast.
func NumericFromFloat64(f float64) Numeric { return numericFromFloat(f, 15) }

// NumericFromFloat32 is f to 6 significant digits, as PostgreSQL's cast.
func NumericFromFloat32(f float32) Numeric { return numericFromFloat(float64(f), 6) }

func numericFromFloat(f float64, digits int) Numeric {
	switch {
	case f != f:
		return NumericNaN
	case math.IsInf(f, 1):
		return NumericInf
	case math.IsInf(f, -1):
		return NumericNegInf
	}
	var buf [64]byte
	n, _ := ParseNumeric(string(appendG(buf[:0], f, digits)))
	return n
}

// Float64 is the nearest double; an error when n is beyond its range.
func (n Numeric) Float64() (float64, error) {
	if f, ok := n.specialFloat(); ok {
		return f, nil
	}
	if n.big == nil && n.small.isInt64() && n.scale <= 22 {
		if v := int64(n.small.lo); v > -1<<53 && v < 1<<53 {
			return float64(v) / math.Pow10(int(n.scale)), nil // both exact: one rounding
		}
	}
	s := n.String()
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f == 0 && n.Sign() != 0 {
		return 0, pgerr.New(pgerr.NumericValueOutOfRange, "\"%s\" is out of range for type double precision", s)
	}
	return f, nil
}

// Float64Lossy is the nearest double, infinite beyond its range.
func (n Numeric) Float64Lossy() float64 {
	if f, ok := n.specialFloat(); ok {
		return f
	}
	if n.big == nil && n.scale == 0 {
		return n.small.float64()
	}
	f, _ := strconv.ParseFloat(n.String(), 64)
	return f
}

// Float32 is the nearest real; an error when n is beyond its range.
func (n Numeric) Float32() (float32, error) {
	if f, ok := n.specialFloat(); ok {
		return float32(f), nil
	}
	s := n.String()
	f, err := strconv.ParseFloat(s, 32)
	if err != nil || f == 0 && n.Sign() != 0 {
		return 0, pgerr.New(pgerr.NumericValueOutOfRange, "\"%s\" is out of range for type real", s)
	}
	return float32(f), nil
}

func (n Numeric) specialFloat() (float64, bool) {
	switch n.form {
	case numNaN:
		return math.NaN(), true
	case numInf:
		return math.Inf(1), true
	case numNegInf:
		return math.Inf(-1), true
	}
	return 0, false
}

// Int64 rounds n half away from zero to a bigint.
func (n Numeric) Int64() (int64, error) { return n.toInt("bigint", math.MinInt64, math.MaxInt64) }

// Int32 rounds n half away from zero to an integer.
func (n Numeric) Int32() (int32, error) {
	v, err := n.toInt("integer", math.MinInt32, math.MaxInt32)
	return int32(v), err
}

// Int16 rounds n half away from zero to a smallint.
func (n Numeric) Int16() (int16, error) {
	v, err := n.toInt("smallint", math.MinInt16, math.MaxInt16)
	return int16(v), err
}

func (n Numeric) toInt(typ string, lo, hi int64) (int64, error) {
	switch n.form {
	case numNaN:
		return 0, pgerr.New(pgerr.FeatureNotSupported, "cannot convert NaN to %s", typ)
	case numInf, numNegInf:
		return 0, pgerr.New(pgerr.FeatureNotSupported, "cannot convert infinity to %s", typ)
	}
	r := n.roundAny(0)
	v := int64(r.small.lo)
	if r.big != nil || !r.small.isInt64() || v < lo || v > hi {
		return 0, pgerr.New(pgerr.NumericValueOutOfRange, "%s out of range", typ)
	}
	return v, nil
}

// BigInt is n's coefficient (a copy) and scale; ok is false for NaN and the infinities.
func (n Numeric) BigInt() (c *big.Int, scale int, ok bool) {
	return new(big.Int).Set(n.coef()), int(n.scale), n.form == numFinite
}

// NumericFromBig is c × 10^−scale, 0 ≤ scale ≤ 16383; an error beyond numeric's limits.
func NumericFromBig(c *big.Int, scale int) (Numeric, error) {
	if uint(scale) > maxScale {
		return Numeric{}, numericOverflow()
	}
	return newNumeric(new(big.Int).Set(c), scale).checked()
}
