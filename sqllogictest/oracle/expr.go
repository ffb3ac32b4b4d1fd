package oracle

import "strings"

// Expr is a node of a typed expression tree.
type Expr struct {
	Kind Kind
	// Form is the SQL text; $1 to $9 stand for the kids, $Q for Sub, $$ for $. A leaf's
	// text is taken as it is.
	Form string
	Kids []*Expr
	Sub  *Query // a subquery
	Tag  string // what it counts for in the coverage table, "" for nothing
	// Inexact marks results that are compared with a tolerance.
	Inexact bool
	// Fixed nodes must stay for the answer to be defined; their kids may shrink.
	Fixed bool
}

func leaf(k Kind, text string) *Expr { return &Expr{Kind: k, Form: text} }

func (e *Expr) String() string {
	var b strings.Builder
	e.print(&b)
	return b.String()
}

func (e *Expr) print(b *strings.Builder) {
	if len(e.Kids) == 0 && e.Sub == nil {
		b.WriteString(e.Form)
		return
	}
	for i := 0; i < len(e.Form); i++ {
		c := e.Form[i]
		if c != '$' || i+1 == len(e.Form) {
			b.WriteByte(c)
			continue
		}
		i++
		switch c := e.Form[i]; c {
		case '$':
			b.WriteByte('$')
		case 'Q':
			e.Sub.print(b)
		default:
			e.Kids[c-'1'].print(b)
		}
	}
}

// inexact tells whether a tolerance is due anywhere in the tree.
func (e *Expr) inexact() bool {
	if e.Inexact {
		return true
	}
	for _, kid := range e.Kids {
		if kid.inexact() {
			return true
		}
	}
	return false
}

// walk visits the slot of every expression below and including this one.
func (e *Expr) walk(visit func(slot **Expr), queries func(*Query)) {
	for i := range e.Kids {
		visit(&e.Kids[i])
		e.Kids[i].walk(visit, queries)
	}
	if e.Sub != nil {
		queries(e.Sub)
	}
}
