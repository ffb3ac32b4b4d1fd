package types

import "math/big"

// rescale sets the scale of a finite value to s ≥ its own.
func (n Numeric) rescale(s int) Numeric {
	d := s - int(n.scale)
	if n.big == nil {
		if c, ok := n.small.scaleUp(d); ok {
			return Numeric{small: c, scale: int32(s)}
		}
	}
	return newNumeric(new(big.Int).Mul(n.coef(), bigPow10(d)), s)
}

// roundAny rounds half away from zero to s digits after the point (before it when s < 0);
// it never adds zeros.
func (n Numeric) roundAny(s int) Numeric {
	if n.form != numFinite || s >= int(n.scale) {
		return n
	}
	return n.dropDigits(int(n.scale)-s, max(s, 0), max(-s, 0), true)
}

// truncAny is roundAny towards zero.
func (n Numeric) truncAny(s int) Numeric {
	if n.form != numFinite || s >= int(n.scale) {
		return n
	}
	return n.dropDigits(int(n.scale)-s, max(s, 0), max(-s, 0), false)
}

// dropDigits drops the last drop digits of the coefficient, then appends zeros.
func (n Numeric) dropDigits(drop, scale, zeros int, round bool) Numeric {
	if drop > n.digits()+1 {
		return Numeric{scale: int32(scale)}
	}
	if n.big == nil && drop < 19 && zeros < 19 {
		hi, lo := n.small.abs()
		qh, ql, rem := divU(hi, lo, pow10u[drop])
		q := int128{int64(qh), ql}
		if round && rem >= pow10u[drop]/2 {
			q = q.add(int128{0, 1})
		}
		if q, ok := q.scaleUp(zeros); ok {
			if n.small.hi < 0 {
				q = q.neg()
			}
			return smallNumeric(q, scale)
		}
	}
	var q *big.Int
	if round {
		q = roundBig(n.coef(), drop)
	} else {
		q = new(big.Int).Quo(n.coef(), bigPow10(drop))
	}
	if zeros > 0 {
		q.Mul(q, bigPow10(zeros))
	}
	return newNumeric(q, scale)
}

// toScale makes the display scale exactly s (≥ 0), rounding or adding zeros.
func (n Numeric) toScale(s int) Numeric {
	if n.form != numFinite {
		return n
	}
	if s > int(n.scale) {
		return n.rescale(s)
	}
	return n.roundAny(s)
}

// Round is round(n, s): half away from zero, s digits after the point.
func (n Numeric) Round(s int) (Numeric, error) {
	s = max(min(s, 2000), -2000)
	if s < 0 {
		return n.roundAny(s).checked()
	}
	return n.toScale(s).checked()
}

// Trunc is trunc(n, s): towards zero, s digits after the point.
func (n Numeric) Trunc(s int) Numeric {
	s = max(min(s, 2000), -2000)
	if n.form == numFinite && s > int(n.scale) {
		return n.rescale(s)
	}
	return n.truncAny(s)
}

// Floor is the greatest integer not above n.
func (n Numeric) Floor() Numeric {
	t := n.truncAny(0)
	if n.Sign() < 0 && t.Cmp(n) != 0 {
		t, _ = t.Sub(NumericFromInt64(1))
	}
	return t
}

// Ceil is the least integer not below n.
func (n Numeric) Ceil() Numeric {
	t := n.truncAny(0)
	if n.Sign() > 0 && t.Cmp(n) != 0 {
		t, _ = t.Add(NumericFromInt64(1))
	}
	return t
}
