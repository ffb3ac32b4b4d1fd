package catalog

import "strings"

// CreateTable is a statement that makes a table like r, with every constraint under its
// name. It knows no connector.
func (r *Relation) CreateTable() string {
	var items []string
	for _, i := range r.Live() {
		c := r.Columns[i]
		item := QuoteIdent(c.Name) + " " + c.Type.String()
		if c.NotNull {
			item += " NOT NULL"
		}
		if c.Default != "" {
			item += " DEFAULT " + operand(c.Default)
		}
		items = append(items, item)
	}
	for _, u := range r.Uniques {
		sort := " UNIQUE ("
		if u.Primary {
			sort = " PRIMARY KEY ("
		}
		var names []string
		for _, i := range u.Columns {
			names = append(names, QuoteIdent(r.Columns[i].Name))
		}
		items = append(items, "CONSTRAINT "+QuoteIdent(u.Name)+sort+strings.Join(names, ", ")+")")
	}
	for _, c := range r.Checks {
		items = append(items, "CONSTRAINT "+QuoteIdent(c.Name)+" CHECK ("+c.Expr+")")
	}
	return "CREATE TABLE " + r.QualifiedName() + " (" + strings.Join(items, ", ") + ")"
}

// operand puts an expression of several words in parentheses, without which DEFAULT does not
// take all of them.
func operand(e string) string {
	if n, _ := lexeme(e); n == len(e) || !strings.Contains(e, " ") {
		return e
	}
	return "(" + e + ")"
}
