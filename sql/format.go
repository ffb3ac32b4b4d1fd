package sql

import "strings"

// Format prints a statement as canonical SQL. Parsing it again gives an equal tree, but for
// places. Queries, INSERT, UPDATE and DELETE are printed from the tree; any other statement
// is given back as it was written.
func Format(s Statement) string {
	f := &formatter{}
	f.statement(s)
	return f.String()
}

// FormatExpr prints an expression as canonical SQL, with the same law.
func FormatExpr(e Expr) string {
	f := &formatter{}
	f.expr(e)
	return f.String()
}

// formatter gathers the text.
type formatter struct{ strings.Builder }

// put writes strings one after another.
func (f *formatter) put(words ...string) {
	for _, w := range words {
		f.WriteString(w)
	}
}

// list writes n items separated by commas.
func (f *formatter) list(n int, item func(i int)) {
	for i := range n {
		if i > 0 {
			f.put(", ")
		}
		item(i)
	}
}

func (f *formatter) exprs(list []Expr) { f.list(len(list), func(i int) { f.expr(list[i]) }) }

// nameList writes (a, b) after a space, nothing for an empty list.
func (f *formatter) nameList(list []string) {
	if len(list) == 0 {
		return
	}
	f.put(" (")
	f.list(len(list), func(i int) { f.put(QuoteIdent(list[i])) })
	f.put(")")
}

func (f *formatter) statement(s Statement) {
	switch v := s.(type) {
	case *Query:
		f.query(v)
	case *Insert:
		f.insert(v)
	case *Update:
		f.update(v)
	case *Delete:
		f.delete(v)
	default:
		f.put(s.Src().Text)
	}
}

func (f *formatter) insert(s *Insert) {
	f.with(s.With)
	f.put("INSERT INTO ")
	f.tableName(s.Table)
	if len(s.Columns) > 0 {
		f.put(" (")
		f.list(len(s.Columns), func(i int) { f.assignTarget(s.Columns[i]) })
		f.put(")")
	}
	switch s.Overriding {
	case OverridingUserValue:
		f.put(" OVERRIDING USER VALUE")
	case OverridingSystemValue:
		f.put(" OVERRIDING SYSTEM VALUE")
	}
	if s.DefaultValues {
		f.put(" DEFAULT VALUES")
	} else {
		f.put(" ")
		f.query(s.Query)
	}
	f.onConflict(s.OnConflict)
	f.returning(s.Returning)
}

func (f *formatter) assignTarget(t AssignTarget) {
	f.put(QuoteIdent(t.Name))
	for _, step := range t.Path {
		if step.Field != "" {
			f.put(".", QuoteIdent(step.Field))
			continue
		}
		f.subscript(step.Index, step.Upper, step.Slice)
	}
}

func (f *formatter) onConflict(o *OnConflict) {
	if o == nil {
		return
	}
	f.put(" ON CONFLICT")
	switch {
	case o.Constraint != "":
		f.put(" ON CONSTRAINT ", QuoteIdent(o.Constraint))
	case len(o.Elements) > 0:
		f.put(" (")
		f.list(len(o.Elements), func(i int) { f.indexElement(o.Elements[i]) })
		f.put(")")
		f.where(o.TargetWhere)
	}
	if !o.DoUpdate {
		f.put(" DO NOTHING")
		return
	}
	f.put(" DO UPDATE SET ")
	f.assignments(o.Set)
	f.where(o.Where)
}

func (f *formatter) indexElement(e IndexElement) {
	if e.Expr != nil {
		f.put("(")
		f.expr(e.Expr)
		f.put(")")
	} else {
		f.put(QuoteIdent(e.Name))
	}
	if e.Collation != nil {
		f.put(" COLLATE ", formatNames(e.Collation))
	}
	if e.OpClass != nil {
		f.put(" ", formatNames(e.OpClass))
	}
	f.order(e.Dir, e.Nulls)
}

func (f *formatter) assignments(list []Assignment) {
	f.list(len(list), func(i int) {
		a := list[i]
		if a.Multi {
			f.put("(")
		}
		f.list(len(a.Targets), func(j int) { f.assignTarget(a.Targets[j]) })
		if a.Multi {
			f.put(")")
		}
		f.put(" = ")
		f.expr(a.Value)
	})
}

func (f *formatter) where(e Expr) {
	if e != nil {
		f.put(" WHERE ")
		f.expr(e)
	}
}

func (f *formatter) returning(list []Target) {
	if len(list) > 0 {
		f.put(" RETURNING ")
		f.targets(list)
	}
}

func (f *formatter) update(s *Update) {
	f.with(s.With)
	f.put("UPDATE ")
	f.tableName(s.Table)
	f.put(" SET ")
	f.assignments(s.Set)
	if len(s.From) > 0 {
		f.put(" FROM ")
		f.tableRefs(s.From)
	}
	f.where(s.Where)
	f.returning(s.Returning)
}

func (f *formatter) delete(s *Delete) {
	f.with(s.With)
	f.put("DELETE FROM ")
	f.tableName(s.Table)
	if len(s.Using) > 0 {
		f.put(" USING ")
		f.tableRefs(s.Using)
	}
	f.where(s.Where)
	f.returning(s.Returning)
}
