package expr

import "streamdb/types"

// Type is the type of the value.
func (e *Col) Type() types.Type { return e.T }

// Type is the type of the value.
func (e *Const) Type() types.Type { return e.T }

// Type is the type of the value.
func (e *Param) Type() types.Type { return e.T }

// Type is the type of the value.
func (e *Call) Type() types.Type { return e.T }

// Type is the type of the value.
func (e *Cast) Type() types.Type { return e.T }

// Type is the type of the value.
func (e *Case) Type() types.Type { return e.T }

// Type is the type of the value.
func (e *Coalesce) Type() types.Type { return e.T }

// Type is the type of the value.
func (e *MinMax) Type() types.Type { return e.T }

// Type is the type of the value.
func (e *NullIf) Type() types.Type { return e.T }

// Type is the type of the value.
func (e *Array) Type() types.Type { return e.T }

// Type is the type of the value.
func (e *Subscript) Type() types.Type { return e.T }

// Type is the array's own type.
func (e *Slice) Type() types.Type { return e.Arg.Type() }

// Type is boolean.
func (e *And) Type() types.Type { return types.Bool }

// Type is boolean.
func (e *Or) Type() types.Type { return types.Bool }

// Type is boolean.
func (e *Not) Type() types.Type { return types.Bool }

// Type is boolean.
func (e *IsNull) Type() types.Type { return types.Bool }

// Type is boolean.
func (e *BoolTest) Type() types.Type { return types.Bool }

// Type is boolean.
func (e *DistinctFrom) Type() types.Type { return types.Bool }

// Type is boolean.
func (e *In) Type() types.Type { return types.Bool }

// Type is boolean.
func (e *AnyAll) Type() types.Type { return types.Bool }

// Children is empty.
func (e *Col) Children() []Expr { return nil }

// WithChildren returns e.
func (e *Col) WithChildren([]Expr) Expr { return e }

// Children is empty.
func (e *Const) Children() []Expr { return nil }

// WithChildren returns e.
func (e *Const) WithChildren([]Expr) Expr { return e }

// Children is empty.
func (e *Param) Children() []Expr { return nil }

// WithChildren returns e.
func (e *Param) WithChildren([]Expr) Expr { return e }

// Children is the operand.
func (e *Cast) Children() []Expr { return []Expr{e.Arg} }

// WithChildren replaces the operand.
func (e *Cast) WithChildren(kids []Expr) Expr {
	c := *e
	c.Arg = kids[0]
	return &c
}

// Children is the operand.
func (e *Not) Children() []Expr { return []Expr{e.Arg} }

// WithChildren replaces the operand.
func (e *Not) WithChildren(kids []Expr) Expr {
	c := *e
	c.Arg = kids[0]
	return &c
}

// Children is the operand.
func (e *IsNull) Children() []Expr { return []Expr{e.Arg} }

// WithChildren replaces the operand.
func (e *IsNull) WithChildren(kids []Expr) Expr {
	c := *e
	c.Arg = kids[0]
	return &c
}

// Children is the operand.
func (e *BoolTest) Children() []Expr { return []Expr{e.Arg} }

// WithChildren replaces the operand.
func (e *BoolTest) WithChildren(kids []Expr) Expr {
	c := *e
	c.Arg = kids[0]
	return &c
}

// Children is the operands.
func (e *Call) Children() []Expr { return e.Args }

// WithChildren replaces the operands.
func (e *Call) WithChildren(kids []Expr) Expr {
	c := *e
	c.Args = kids
	return &c
}

// Children is the operands.
func (e *And) Children() []Expr { return e.Args }

// WithChildren replaces the operands.
func (e *And) WithChildren(kids []Expr) Expr {
	c := *e
	c.Args = kids
	return &c
}

// Children is the operands.
func (e *Or) Children() []Expr { return e.Args }

// WithChildren replaces the operands.
func (e *Or) WithChildren(kids []Expr) Expr {
	c := *e
	c.Args = kids
	return &c
}

// Children is the operands.
func (e *Coalesce) Children() []Expr { return e.Args }

// WithChildren replaces the operands.
func (e *Coalesce) WithChildren(kids []Expr) Expr {
	c := *e
	c.Args = kids
	return &c
}

// Children is the operands.
func (e *MinMax) Children() []Expr { return e.Args }

// WithChildren replaces the operands.
func (e *MinMax) WithChildren(kids []Expr) Expr {
	c := *e
	c.Args = kids
	return &c
}

// Children is the operands.
func (e *Array) Children() []Expr { return e.Elems }

// WithChildren replaces the operands.
func (e *Array) WithChildren(kids []Expr) Expr {
	c := *e
	c.Elems = kids
	return &c
}

// Children is both operands.
func (e *DistinctFrom) Children() []Expr { return []Expr{e.L, e.R} }

// WithChildren replaces both operands.
func (e *DistinctFrom) WithChildren(kids []Expr) Expr {
	c := *e
	c.L, c.R = kids[0], kids[1]
	return &c
}

// Children is both operands.
func (e *NullIf) Children() []Expr { return []Expr{e.L, e.R} }

// WithChildren replaces both operands.
func (e *NullIf) WithChildren(kids []Expr) Expr {
	c := *e
	c.L, c.R = kids[0], kids[1]
	return &c
}

// Children is both operands.
func (e *AnyAll) Children() []Expr { return []Expr{e.L, e.Array} }

// WithChildren replaces both operands.
func (e *AnyAll) WithChildren(kids []Expr) Expr {
	c := *e
	c.L, c.Array = kids[0], kids[1]
	return &c
}

// Children is both operands.
func (e *Subscript) Children() []Expr { return []Expr{e.Arg, e.Index} }

// WithChildren replaces both operands.
func (e *Subscript) WithChildren(kids []Expr) Expr {
	c := *e
	c.Arg, c.Index = kids[0], kids[1]
	return &c
}

// Children is the operand followed by the list.
func (e *In) Children() []Expr { return append([]Expr{e.Arg}, e.List...) }

// WithChildren replaces the operand and the list.
func (e *In) WithChildren(kids []Expr) Expr {
	c := *e
	c.Arg, c.List = kids[0], kids[1:]
	return &c
}

// Children is condition and value of each branch, then Else if there is one.
func (e *Case) Children() []Expr {
	kids := make([]Expr, 0, 2*len(e.Whens)+1)
	for _, w := range e.Whens {
		kids = append(kids, w.Cond, w.Then)
	}
	if e.Else != nil {
		kids = append(kids, e.Else)
	}
	return kids
}

// WithChildren replaces the branches.
func (e *Case) WithChildren(kids []Expr) Expr {
	c := *e
	c.Whens = make([]When, len(e.Whens))
	for i := range c.Whens {
		c.Whens[i] = When{Cond: kids[2*i], Then: kids[2*i+1]}
	}
	if e.Else != nil {
		c.Else = kids[len(kids)-1]
	}
	return &c
}

// Children is the array and the bounds that are given.
func (e *Slice) Children() []Expr {
	kids := []Expr{e.Arg}
	if e.Lower != nil {
		kids = append(kids, e.Lower)
	}
	if e.Upper != nil {
		kids = append(kids, e.Upper)
	}
	return kids
}

// WithChildren replaces the array and the bounds that are given.
func (e *Slice) WithChildren(kids []Expr) Expr {
	c := *e
	c.Arg = kids[0]
	if e.Lower != nil {
		c.Lower = kids[1]
	}
	if e.Upper != nil {
		c.Upper = kids[len(kids)-1]
	}
	return &c
}
