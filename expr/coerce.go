package expr

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// CoerceTo is [Ctx.CoerceTo] with PostgreSQL's default style, in UTC.
func CoerceTo(e Expr, to types.Type, cc CastContext) (Expr, error) {
	return (&Ctx{Style: types.DefaultStyle()}).CoerceTo(e, to, cc)
}

// CoerceTo returns e as an expression of type to, converted if need be: 42846 where context
// cc allows no conversion. An unknown literal is read as to's text, with its errors. A
// parameter without a type takes to's.
func (c *Ctx) CoerceTo(e Expr, to types.Type, cc CastContext) (Expr, error) {
	from := e.Type()
	if k, ok := e.(*Const); ok && (from.OID == types.Unknown.OID || k.D.IsNull()) {
		return c.coerceLiteral(k, to, cc)
	}
	if p, ok := e.(*Param); ok && (from.OID == types.Unknown.OID || from.OID == 0) {
		return c.CoerceTo(&Param{N: p.N, T: to.Base()}, to, cc)
	}
	if from == to || (from.OID == to.OID && to.Mod < 0) {
		return e, nil
	}
	if !canCoerce(from, to, cc) {
		return nil, pgerr.New(pgerr.CannotCoerce, "cannot cast type %s to %s", from.Base(), to.Base())
	}
	if k, ok := e.(*Const); ok && castVolatility(from, to) == Immutable {
		return c.coerceConst(k, to, cc)
	}
	return &Cast{Arg: e, T: to, Context: cc}, nil
}

// coerceLiteral reads a string literal as a value of type to.
func (c *Ctx) coerceLiteral(k *Const, to types.Type, cc CastContext) (Expr, error) {
	if k.D.IsNull() {
		if k.T.OID != types.Unknown.OID && !canCoerce(k.T, to, cc) {
			return nil, pgerr.New(pgerr.CannotCoerce, "cannot cast type %s to %s", k.T.Base(), to.Base())
		}
		return &Const{T: to}, nil
	}
	if to.OID == types.Unknown.OID {
		return k, nil
	}
	as := to.Base()
	if to.OID == types.IntervalT.OID {
		as = to // what a bare number counts depends on the fields
	}
	d, err := c.parse(as, k.D.S)
	if err != nil {
		return nil, err
	}
	return c.coerceConst(&Const{D: d, T: as}, to, cc)
}

// coerceConst converts a constant now; if that raises, it is left to be raised when the
// expression is evaluated.
func (c *Ctx) coerceConst(k *Const, to types.Type, cc CastContext) (Expr, error) {
	if k.T == to || (k.T.OID == to.OID && to.Mod < 0) {
		return &Const{D: k.D, T: to}, nil
	}
	x := &Cast{Arg: k, T: to, Context: cc}
	d, err := EvalConst(c, x)
	if err != nil {
		return x, nil //nolint:nilerr // the branch may not be taken
	}
	return &Const{D: d, T: to}, nil
}

// parse reads the text of a value.
func (c *Ctx) parse(t types.Type, s string) (types.Datum, error) {
	if isReg(t) && t.OID != types.Oid.OID {
		return c.parseReg(t, s)
	}
	return types.ParseText(t, s, c.Style)
}

// appendText writes the text of a value.
func (c *Ctx) appendText(dst []byte, t types.Type, d types.Datum) []byte {
	if isReg(t) && t.OID != types.Oid.OID {
		return append(dst, c.regText(t, d.I)...)
	}
	return d.AppendText(dst, t, c.Style)
}

// text is the text of a value as a string.
func (c *Ctx) text(t types.Type, d types.Datum) string {
	if t.Kind() == types.KindBytes && isPlainText(t) {
		return d.S
	}
	return string(c.appendText(nil, t, d))
}

// isPlainText reports whether the stored bytes are the value's text.
func isPlainText(t types.Type) bool {
	switch t.OID {
	case types.Text.OID, types.VarChar.OID, types.BPChar.OID, types.Name.OID, types.Unknown.OID, types.JSON.OID,
		types.JSONB.OID, types.Char.OID:
		return true
	}
	return false
}
