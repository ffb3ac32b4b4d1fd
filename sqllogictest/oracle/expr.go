package oracle

import "strings"

// Expr is a node of a typed expression tree.
type Expr struct {
	Kind Kind
	// Form is the SQL text; $1 to $9 stand for the kids, $Q for Sub, $$ for $. A leaf's
	// text is taken as it is.
	Form string
	// Postgres is the form for PostgreSQL, where that differs.
	Postgres string
	Kids     []*Expr
	Sub      *Query // a subquery
	Tag      string // what it counts for in the coverage table, "" for nothing
	// Inexact marks results that are compared with a tolerance.
	Inexact bool
	// Fixed nodes must stay for the answer to be defined; their kids may shrink.
	Fixed bool
}

func leaf(k Kind, text string) *Expr { return &Expr{Kind: k, Form: text} }

// printer writes SQL for the server under test, or for PostgreSQL, which lacks
// some of its constructs.
type printer struct {
	strings.Builder
	postgres bool
}

func (p *printer) word(cond bool, yes, no string) {
	if cond {
		p.WriteString(yes)
	} else {
		p.WriteString(no)
	}
}

func (e *Expr) String() string {
	var p printer
	e.print(&p)
	return p.Builder.String()
}

func (e *Expr) postgres() string {
	p := printer{postgres: true}
	e.print(&p)
	return p.Builder.String()
}

func (e *Expr) print(p *printer) {
	form := e.Form
	if p.postgres && e.Postgres != "" {
		form = e.Postgres
	}
	if len(e.Kids) == 0 && e.Sub == nil {
		p.WriteString(form)
		return
	}
	for i := 0; i < len(form); i++ {
		c := form[i]
		if c != '$' || i+1 == len(form) {
			p.WriteByte(c)
			continue
		}
		i++
		switch c := form[i]; c {
		case '$':
			p.WriteByte('$')
		case 'Q':
			e.Sub.print(p)
		default:
			e.Kids[c-'1'].print(p)
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
