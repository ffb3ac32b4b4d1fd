package expr

// Walk calls f on e and, while f returns true, on the operands below it.
func Walk(e Expr, f func(Expr) bool) {
	if e == nil || !f(e) {
		return
	}
	for _, k := range e.Children() {
		Walk(k, f)
	}
}

// Map rebuilds e bottom-up: f gets every node with its operands already mapped. Nodes that
// do not change are shared.
func Map(e Expr, f func(Expr) Expr) Expr {
	kids := e.Children()
	var mapped []Expr
	for i, k := range kids {
		m := Map(k, f)
		if mapped == nil && m != k {
			mapped = append(make([]Expr, 0, len(kids)), kids[:i]...)
		}
		if mapped != nil {
			mapped = append(mapped, m)
		}
	}
	if mapped != nil {
		e = e.WithChildren(mapped)
	}
	return f(e)
}

// Columns calls f with the index of every Col in e.
func Columns(e Expr, f func(index int)) {
	Walk(e, func(x Expr) bool {
		if c, ok := x.(*Col); ok {
			f(c.Index)
		}
		return true
	})
}
