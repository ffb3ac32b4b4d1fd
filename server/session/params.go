package session

import (
	"streamdb/expr"
	"streamdb/planner"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// parseParam reads a parameter sent as text; names of reg types are looked up.
func (s *Session) parseParam(t types.Type, text string) (types.Datum, error) {
	c := s.ctx(nil)
	e, err := c.CoerceTo(&expr.Const{D: types.NewBytes(text), T: types.Unknown}, t, expr.CastImplicit)
	if err != nil {
		return types.Datum{}, err
	}
	return expr.EvalConst(c, e)
}

// constant evaluates argument n of EXECUTE as a value of type t, which decides what a string
// literal means.
func (s *Session) constant(n int, e sql.Expr, t types.Type, text string) (types.Datum, error) {
	if l, ok := e.(*sql.Literal); ok && l.Kind == sql.LiteralString {
		d, err := s.parseParam(t, l.Text)
		return d, at(err, text, l.Position())
	}
	q := &sql.Query{Body: &sql.Select{Targets: []sql.Target{{Expr: e}}}}
	p, err := planner.PlanQuery(q, s.env(text, nil))
	if err != nil {
		return types.Datum{}, err
	}
	var d types.Datum
	err = s.readConstant(p, func(b *types.Batch) error {
		d = b.Cols[0].Datum(b.Row(0))
		return nil
	})
	if err != nil || d.IsNull() {
		return types.Datum{}, err
	}
	c := s.ctx(nil)
	from := p.Root.Schema()[0].Type
	cast, err := c.CoerceTo(&expr.Const{D: d, T: from}, t, expr.CastAssignment)
	if pgerr.Is(err, pgerr.CannotCoerce) {
		err = pgerr.New(pgerr.DatatypeMismatch, "parameter $%d of type %s cannot be coerced to the expected type %s", n, from.Base(), t).
			WithHint("You will need to rewrite or cast the expression.").At(sql.CharPos(text, e.Position()))
	}
	if err != nil {
		return types.Datum{}, err
	}
	return expr.EvalConst(c, cast)
}
