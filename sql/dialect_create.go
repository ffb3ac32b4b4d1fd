package sql

// create dispatches CREATE on the kind of object.
func (p *parser) create() (Statement, error) {
	p.i = 1
	p.accept("or", "replace")
	temporary := p.accept("temporary") || p.accept("temp")
	switch p.word() {
	case "source":
		p.i++
		return p.createSource(temporary)
	case "sink":
		p.i++
		return p.createSink()
	case "secret", "connection", "subscription":
		return unsupportedStatement(p.tokens), nil
	case "materialized":
		if p.wordAt(p.i+1) == "view" {
			p.i += 2
			return p.createMaterializedView()
		}
	}
	p.accept("unlogged")
	if p.accept("table") {
		return p.createTable()
	}
	return p.plain()
}

// relationClauses gathers what the dialect adds to CREATE TABLE and CREATE SOURCE while
// it is blanked out of buf.
type relationClauses struct {
	buf       []byte
	table     CreateTable // only the dialect's fields are filled
	generated map[Pos]Expr
	hasList   bool
	blanked   int // first token of the first clause after the list; 0 without any
}

func (p *parser) createTable() (Statement, error) {
	s, r, err := p.relation()
	if err != nil {
		return nil, err
	}
	switch t := s.(type) {
	case *CreateTable:
		r.merge(t)
	case *CreateTableAs:
		t.Options = r.table.Options
	}
	return s, nil
}

// createSource reads CREATE SOURCE as the CREATE TABLE that it resembles.
func (p *parser) createSource(temporary bool) (Statement, error) {
	kind := p.i - 1
	s, r, err := p.relation()
	if err != nil {
		return nil, err
	}
	t, ok := s.(*CreateTable)
	if !ok {
		if u, ok := s.(*Unsupported); ok {
			return u, nil
		}
		p.i = kind
		p.fail()
		return nil, p.err
	}
	r.merge(t)
	if t.FromSource != nil || t.AppendOnly || t.OnConflict != ConflictDefault || t.VersionColumns != nil {
		p.refuse("a clause of CREATE TABLE in CREATE SOURCE", "Use CREATE TABLE: a source stores no rows.", kind)
		return nil, p.err
	}
	return &CreateSource{RelationDef: t.RelationDef, Temporary: temporary}, nil
}

// relation parses the statement from its name on: it reads the dialect's clauses, blanks
// them, and hands the rest to PostgreSQL's grammar.
func (p *parser) relation() (Statement, *relationClauses, error) {
	r := &relationClauses{buf: p.buffer(), generated: map[Pos]Expr{}}
	if kind := &p.tokens[p.i-1]; kind.word == "source" {
		p.overwrite(r.buf, kind.start, kind.end, "TABLE")
	}
	p.ifNotExists()
	p.qualifiedName()
	if p.at("(") {
		r.hasList = true
		p.columnList(r)
	}
	for p.err == nil && p.tableClause(r) {
	}
	if p.err != nil {
		return nil, nil, p.err
	}
	if !r.hasList && r.blanked > 0 && !p.at("as") {
		// PostgreSQL wants a column list; the first blanked clause has room for an empty one.
		p.overwrite(r.buf, p.tokens[r.blanked].start, p.tokens[r.blanked].start+2, "()")
	}
	if err := p.refuseDialectClauses(); err != nil {
		return nil, nil, err
	}
	s, err := p.grammar(r.buf)
	return s, r, err
}

// merge puts the dialect's parts into the table that PostgreSQL's grammar read.
func (r *relationClauses) merge(t *CreateTable) {
	d := &r.table
	t.Star, t.Watermarks, t.Includes, t.Options, t.Format = d.Star, d.Watermarks, d.Includes, d.Options, d.Format
	t.AppendOnly, t.OnConflict, t.VersionColumns = d.AppendOnly, d.OnConflict, d.VersionColumns
	t.FromSource, t.UpstreamTable = d.FromSource, d.UpstreamTable
	for i := range t.Columns {
		col := &t.Columns[i]
		if e, ok := r.generated[col.Pos]; ok {
			col.Constraints = append(col.Constraints, Constraint{Pos: e.Position(), Kind: ConstraintGenerated, Expr: e, Always: true})
		}
	}
}

// columnList reads the elements between parentheses, blanking those of the dialect with
// their commas.
func (p *parser) columnList(r *relationClauses) {
	end := closing(p.tokens, p.i)
	if end == len(p.tokens) {
		p.i = end // PostgreSQL's grammar will say where the parenthesis is missing
		return
	}
	kept := 0
	for from := p.i + 1; from < end && p.err == nil; {
		to := p.elementEnd(from, end)
		keep := p.element(r, from, to)
		switch {
		case !keep:
			p.blank(r.buf, from, to)
		case kept > 0:
			comma := &p.tokens[from-1]
			p.overwrite(r.buf, comma.start, comma.end, ",")
		}
		if keep {
			kept++
		}
		if to < end {
			p.blank(r.buf, to, to+1) // the comma; given back if an element to keep follows
		}
		from = to + 1
	}
	p.i = end + 1
}

// elementEnd finds the comma that ends the element at from, or the list's end.
func (p *parser) elementEnd(from, end int) int {
	depth := 0
	for i := from; i < end; i++ {
		switch t := &p.tokens[i]; {
		case t.is("(") || t.is("["):
			depth++
		case t.is(")") || t.is("]"):
			depth--
		case t.is(",") && depth == 0:
			return i
		}
	}
	return end
}

// element reads one element of the list and reports whether PostgreSQL's grammar is to see it.
func (p *parser) element(r *relationClauses, from, to int) bool {
	switch {
	case to == from:
		return true // an empty element: the grammar's error
	case to == from+1 && p.tokens[from].is("*"):
		r.table.Star = true
		return false
	case p.wordAt(from) == "watermark" && p.wordAt(from+1) == "for":
		p.watermark(r, from, to)
		return false
	}
	p.generatedColumn(r, from, to)
	return true
}

// watermark reads WATERMARK FOR column AS expr [WITH TTL].
func (p *parser) watermark(r *relationClauses, from, to int) {
	w := Watermark{Pos: Pos(p.tokens[from].start)}
	p.i = from + 2
	w.Column = p.name()
	p.expect("as")
	if p.err == nil && to-p.i > 2 && p.wordAt(to-2) == "with" && p.wordAt(to-1) == "ttl" {
		w.WithTTL = true
		to -= 2
	}
	w.Expr = p.exprTokens(p.i, to)
	r.table.Watermarks = append(r.table.Watermarks, w)
}

// exprTokens parses tokens[from:to] as an expression.
func (p *parser) exprTokens(from, to int) Expr {
	if p.err != nil {
		return nil
	}
	if from >= to {
		p.i = to
		p.fail()
		return nil
	}
	e, err := p.expr(p.tokens[from].start, p.tokens[to-1].end)
	p.err = p.endedBy(err, to)
	return e
}

// generatedColumn reads the dialect's generated column, `name type AS expr`. PostgreSQL's
// has GENERATED ALWAYS before its AS.
func (p *parser) generatedColumn(r *relationClauses, from, to int) {
	depth := 0
	for i := from + 1; i < to; i++ {
		switch t := &p.tokens[i]; {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		case depth == 0 && t.word == "as" && p.wordAt(i-1) != "always" && p.wordAt(i-1) != "default":
			if e := p.exprTokens(i+1, to); e != nil {
				r.generated[Pos(p.tokens[from].start)] = e
			}
			p.blank(r.buf, i, to)
			return
		}
	}
}

// tableClause reads one clause after the column list and blanks it. It reports false at
// the end and at a clause that is PostgreSQL's.
func (p *parser) tableClause(r *relationClauses) bool {
	from, t := p.i, &r.table
	switch {
	case p.at("append", "only"):
		p.i += 2
		t.AppendOnly = true
	case p.at("on", "conflict"):
		p.i += 2
		t.OnConflict = p.tableConflict()
	case p.accept("with", "version", "column"):
		t.VersionColumns = p.nameList()
	case p.at("with", "("):
		p.i++
		t.Options = append(t.Options, p.optionList()...)
	case p.at("include"):
		t.Includes = append(t.Includes, p.includeClause())
	case p.at("format"):
		t.Format = p.formatClause()
	case p.accept("from"):
		source := p.qualifiedName()
		p.expect("table")
		t.FromSource = &source
		if lit := p.stringLiteral(); lit != nil {
			t.UpstreamTable = lit.Text
		}
	case p.at("engine", "="):
		p.refuse("ENGINE", "Leave the clause out.", p.i)
	default:
		return false
	}
	if p.err != nil {
		return false
	}
	p.blank(r.buf, from, p.i)
	if r.blanked == 0 {
		r.blanked = from
	}
	return true
}

// tableConflict reads what follows ON CONFLICT.
func (p *parser) tableConflict() TableConflict {
	switch {
	case p.accept("do", "nothing"), p.accept("ignore"):
		return ConflictDoNothing
	case p.accept("do", "update", "full"), p.accept("overwrite"):
		return ConflictDoUpdateFull
	case p.accept("do", "update", "if", "not", "null"):
		return ConflictDoUpdateIfNotNull
	}
	p.fail()
	return ConflictDefault
}
