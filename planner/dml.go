package planner

import (
	"slices"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types/pgerr"
)

// Insert is a planned INSERT. Its query gives the new rows: all physical columns of the
// table in order, defaults applied; dropped and hidden columns are NULL, to be filled by
// whoever writes the row.
type Insert struct {
	Table      *catalog.Relation
	Rows       *Query
	Checks     []Check
	OnConflict *OnConflict // nil: a conflict is an error
	Returning  *Returning  // over the row as written, nil for none
}

// Update is a planned UPDATE. Its query gives one row for each row to change: all physical
// columns of the old row, then all of the new one. A row may come twice if FROM matches it
// twice; PostgreSQL then takes any of them.
type Update struct {
	Table     *catalog.Relation
	Rows      *Query
	Checks    []Check    // over the new row
	Returning *Returning // over the new row ++ Extra
	// Extra is how many columns stand after the new row in Rows: those of FROM that
	// RETURNING uses.
	Extra int
}

// Delete is a planned DELETE. Its query gives all physical columns of the rows to delete;
// a row may come twice if USING matches it twice.
type Delete struct {
	Table     *catalog.Relation
	Rows      *Query
	Returning *Returning // over the old row ++ Extra
	Extra     int
}

// OnConflict says what becomes of a new row whose key is taken.
type OnConflict struct {
	// Target is the columns of the unique constraint that decides, by position; nil: any.
	Target []int
	// Set holds, for DO UPDATE, an expression for every physical column over the existing
	// row ++ the excluded new row. nil: DO NOTHING.
	Set []expr.Expr
	// Where, for DO UPDATE, is over the same columns; rows for which it is not true are
	// left alone. nil: always.
	Where expr.Expr
}

// Check is a bound CHECK constraint over a table's physical columns; a row for which it is
// false violates it.
type Check struct {
	Name string
	Expr expr.Expr
}

// Returning is a RETURNING list over rows of the written table.
type Returning struct {
	Exprs   []expr.Expr
	Columns []OutColumn
}

// target finds the table of a DML statement.
func (b *binder) target(t *sql.TableName) (*catalog.Relation, error) {
	r, err := b.relation(t.QualifiedName)
	if err != nil {
		return nil, err
	}
	switch r.Kind {
	case catalog.Table:
		b.dependOn(r.ID)
		return r, nil
	case catalog.View:
		return nil, b.unsupported(t.Pos, "writing to a view", "Write to the tables it reads.")
	}
	return nil, b.fail(t.Pos, pgerr.WrongObjectType, "cannot change %s \"%s\"", r.Kind, r.Name)
}

// physical lists all positions of a table's columns.
func physical(t *catalog.Relation) []int {
	ps := make([]int, len(t.Columns))
	for i := range ps {
		ps[i] = i
	}
	return ps
}

// rowScope numbers the physical columns of a row of t and makes the live ones visible.
func (b *binder) rowScope(t *catalog.Relation, alias *sql.Alias, cl clause) (sc *scope, ids []int) {
	_, cols := b.scan(t, physical(t))
	entry := &tableEntry{alias: t.Name, schema: t.Schema, relation: t}
	if alias != nil {
		entry.alias, entry.schema = alias.Name, ""
	}
	ids = make([]int, len(cols))
	for i, c := range cols {
		ids[i] = c.id
	}
	for _, p := range t.Live() {
		entry.cols = append(entry.cols, cols[p])
	}
	return &scope{names: namespaceOf(entry), clause: cl}, ids
}

// checks binds the CHECK constraints of a table.
func (b *binder) checks(t *catalog.Relation) ([]Check, error) {
	var out []Check
	for _, c := range t.Checks {
		e, err := b.storedExpr(c.Expr, t, inCheck)
		if err != nil {
			return nil, err
		}
		out = append(out, Check{Name: c.Name, Expr: e})
	}
	return out, nil
}

// storedExpr binds an expression kept as text over a table's physical columns.
func (b *binder) storedExpr(text string, t *catalog.Relation, cl clause) (expr.Expr, error) {
	parsed, err := sql.ParseExpr(text)
	if err != nil {
		return nil, err
	}
	keep := b.text
	b.text = ""
	defer func() { b.text = keep }()
	return b.tableExpr(parsed, t, cl)
}

// tableExpr binds an expression over a table's physical columns.
func (b *binder) tableExpr(parsed sql.Expr, t *catalog.Relation, cl clause) (expr.Expr, error) {
	sc, ids := b.rowScope(t, nil, cl)
	var e expr.Expr
	var err error
	if cl == inCheck {
		e, err = b.rowCondition(sc, parsed, cl, "CHECK")
	} else {
		e, err = b.scalar(sc, parsed, cl)
	}
	if err != nil {
		return nil, err
	}
	return positional(b.env.Ctx.Fold(e), ids), nil
}

// scalar binds an expression that must not have subqueries.
func (b *binder) scalar(sc *scope, e sql.Expr, cl clause) (expr.Expr, error) {
	bound, err := b.alone(sc, e, cl)
	if err != nil {
		return nil, err
	}
	return b.known(bound)
}

// rowCondition binds a condition that must not have subqueries; what is its name in errors.
func (b *binder) rowCondition(sc *scope, e sql.Expr, cl clause, what string) (expr.Expr, error) {
	bound, err := b.alone(sc, e, cl)
	if err != nil {
		return nil, err
	}
	return b.boolean(bound, what, e.Position())
}

// alone binds an expression and refuses subqueries in it.
func (b *binder) alone(sc *scope, e sql.Expr, cl clause) (expr.Expr, error) {
	bound, err := b.expr(sc, e)
	if err != nil {
		return nil, err
	}
	if hasSubquery(bound) {
		return nil, b.fail(e.Position(), pgerr.FeatureNotSupported, "cannot use subquery in %s", map[clause]string{
			inCheck: "check constraint", inDefault: "DEFAULT expression", inCopy: "COPY FROM WHERE condition",
		}[cl])
	}
	return bound, nil
}

// assign brings a value to a column's type as an assignment does.
func (b *binder) assign(e expr.Expr, c *catalog.Column, pos sql.Pos) (expr.Expr, error) {
	out, err := b.coerce(e, c.Type, expr.CastAssignment, pos)
	if err == nil || !pgerr.Is(err, pgerr.CannotCoerce) {
		return out, err
	}
	mismatch := pgerr.New(pgerr.DatatypeMismatch, "column \"%s\" is of type %s but expression is of type %s",
		c.Name, c.Type.Base(), e.Type().Base()).WithHint("You will need to rewrite or cast the expression.")
	return nil, b.at(mismatch, pos)
}

// defaultOf is a column's default, NULL where it has none.
func (b *binder) defaultOf(t *catalog.Relation, p int) (expr.Expr, error) {
	c := &t.Columns[p]
	if c.Default == "" || c.Dropped {
		return &expr.Const{T: c.Type}, nil
	}
	parsed, err := sql.ParseExpr(c.Default)
	if err != nil {
		return nil, err
	}
	keep := b.text
	b.text = ""
	defer func() { b.text = keep }()
	return b.defaultExpr(parsed, c)
}

// defaultExpr binds a column's default.
func (b *binder) defaultExpr(parsed sql.Expr, c *catalog.Column) (expr.Expr, error) {
	// Unknown literals take the column's type, so they are not made text first.
	e, err := b.expr(&scope{clause: inDefault}, parsed)
	if err != nil {
		return nil, err
	}
	if hasSubquery(e) {
		return nil, b.fail(parsed.Position(), pgerr.FeatureNotSupported, "cannot use subquery in DEFAULT expression")
	}
	out, err := b.coerce(e, c.Type, expr.CastAssignment, parsed.Position())
	if pgerr.Is(err, pgerr.CannotCoerce) {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "column \"%s\" is of type %s but default expression is of type %s",
			c.Name, c.Type.Base(), e.Type().Base()).WithHint("You will need to rewrite or cast the expression.")
	}
	return out, err
}

// columnNamed finds a live column of the target table.
func (b *binder) columnNamed(t *catalog.Relation, a sql.AssignTarget) (int, error) {
	if len(a.Path) > 0 {
		return 0, b.unsupported(a.Pos, "assignment to a part of a column", "Assign the whole column.")
	}
	for _, p := range t.Live() {
		if t.Columns[p].Name == a.Name {
			return p, nil
		}
	}
	return 0, b.fail(a.Pos, pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", a.Name, t.Name)
}

// returning binds a RETURNING list; ids are the columns of the rows it is given. Columns
// it uses beyond these are returned as extra.
func (b *binder) returning(sc *scope, list []sql.Target, ids []int) (r *Returning, extra []int, err error) {
	if len(list) == 0 {
		return nil, nil, nil
	}
	sc.clause = inReturning
	q := &selection{sc: sc}
	if err := b.targets(q, list); err != nil {
		return nil, nil, err
	}
	r = &Returning{}
	known := setOf(ids...)
	for _, t := range q.targets {
		if hasSubquery(t.e) {
			return nil, nil, b.unsupported(t.pos, "a subquery in RETURNING", "Select the rows afterwards.")
		}
		e, err := b.known(t.e)
		if err != nil {
			return nil, nil, err
		}
		for _, id := range colsOf(e) {
			if !known[id] {
				known[id] = true
				extra = append(extra, id)
			}
		}
		c := OutColumn{Name: t.name, Type: e.Type()}
		if col, ok := e.(*expr.Col); ok {
			c.TableOID, c.AttNum = b.cols[col.Index].table, b.cols[col.Index].att
		}
		r.Exprs, r.Columns = append(r.Exprs, e), append(r.Columns, c)
	}
	r.Exprs = positionalAll(r.Exprs, slices.Concat(ids, extra))
	for i, e := range r.Exprs {
		r.Exprs[i] = b.env.Ctx.Fold(e)
	}
	return r, extra, nil
}

// renameColumns applies a view's column list.
func renameColumns(p *Query, names []string) error {
	if len(names) > len(p.Columns) {
		return pgerr.New(pgerr.SyntaxError, "CREATE VIEW specifies more column names than columns")
	}
	for i, n := range names {
		p.Columns[i].Name = n
	}
	return nil
}

// checkNames fails for a relation whose columns would not have distinct names.
func checkNames(cols []OutColumn) error {
	seen := map[string]bool{}
	for _, c := range cols {
		if seen[c.Name] {
			return pgerr.New(pgerr.DuplicateColumn, "column \"%s\" specified more than once", c.Name)
		}
		seen[c.Name] = true
	}
	return nil
}
