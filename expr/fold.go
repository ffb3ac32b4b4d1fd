package expr

import "streamdb/types"

// Fold is [Ctx.Fold] with PostgreSQL's default style.
func Fold(e Expr) Expr { return (&Ctx{Style: types.DefaultStyle()}).Fold(e) }

// Fold computes what does not depend on rows, session or time. An expression whose
// evaluation raises is left as it is: its branch may never be taken.
func (c *Ctx) Fold(e Expr) Expr { return Map(e, c.foldNode) }

func (c *Ctx) foldNode(e Expr) Expr {
	switch e := e.(type) {
	case *Const, *Col, *Param:
		return e
	case *And:
		return foldLogic(e.Args, false, func(args []Expr) Expr { return &And{Args: args} })
	case *Or:
		return foldLogic(e.Args, true, func(args []Expr) Expr { return &Or{Args: args} })
	case *Case:
		return c.foldCase(e)
	case *Coalesce:
		return foldCoalesce(e)
	case *Call:
		if e.Fn.Set {
			return e
		}
		if !e.Fn.NotStrict && e.Fn.Vol != Volatile && anyNullConst(e.Args) {
			return &Const{T: e.T}
		}
	}
	if !allConst(e.Children()) || !known(e) || ownVolatility(e) != Immutable {
		return e
	}
	d, err := EvalConst(c, e)
	if err != nil {
		return e
	}
	return &Const{D: d, T: e.Type()}
}

// known reports whether e is a node of this package.
func known(e Expr) bool {
	switch e.(type) {
	case *Call, *Cast, *Not, *IsNull, *BoolTest, *DistinctFrom, *MinMax, *NullIf, *In, *AnyAll, *Array, *Subscript, *Slice, *Row:
		return true
	}
	return false
}

func ownVolatility(e Expr) Volatility {
	switch e := e.(type) {
	case *Call:
		return e.Fn.Vol
	case *Cast:
		return castVolatility(e.Arg.Type(), e.T)
	case *AnyAll:
		return e.Op.Vol
	case *In:
		return e.Eq.Vol
	case *NullIf:
		return e.Eq.Vol
	case *DistinctFrom:
		return e.Eq.Vol
	}
	return Immutable
}

func allConst(es []Expr) bool {
	for _, e := range es {
		if _, ok := e.(*Const); !ok {
			return false
		}
	}
	return true
}

// IsTrue reports whether e is the constant true.
func IsTrue(e Expr) bool {
	k, ok := e.(*Const)
	return ok && k.D.Bool()
}

// foldLogic removes neutral operands; a constant stop value decides the whole.
func foldLogic(args []Expr, stop bool, rebuild func([]Expr) Expr) Expr {
	var kept []Expr
	hasNull := false
	for _, a := range args {
		k, ok := a.(*Const)
		switch {
		case !ok:
			kept = append(kept, a)
		case k.D.IsNull():
			hasNull = true
		case k.D.Bool() == stop:
			return k
		}
	}
	if hasNull {
		kept = append(kept, &Const{T: types.Bool})
	}
	switch len(kept) {
	case 0:
		return &Const{D: types.NewBool(!stop), T: types.Bool}
	case 1:
		return kept[0]
	}
	return rebuild(kept)
}

// foldCase drops branches whose condition is constant and not true, and everything after
// one whose condition is true.
func (c *Ctx) foldCase(e *Case) Expr {
	n := &Case{Else: e.Else, T: e.T}
	for _, w := range e.Whens {
		k, ok := w.Cond.(*Const)
		switch {
		case !ok:
			n.Whens = append(n.Whens, w)
		case k.D.Bool():
			n.Else = w.Then
			return n.simple()
		}
	}
	return n.simple()
}

// simple is the Case, or what it always is.
func (e *Case) simple() Expr {
	switch {
	case len(e.Whens) > 0:
		return e
	case e.Else == nil:
		return &Const{T: e.T}
	}
	return e.Else
}

func foldCoalesce(e *Coalesce) Expr {
	var kept []Expr
	for _, a := range e.Args {
		k, ok := a.(*Const)
		if ok && k.D.IsNull() {
			continue
		}
		kept = append(kept, a)
		if ok {
			break
		}
	}
	switch len(kept) {
	case 0:
		return &Const{T: e.T}
	case 1:
		return kept[0]
	}
	return &Coalesce{Args: kept, T: e.T}
}
