package planner

import (
	"slices"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types/pgerr"
)

// PlanInsert plans an INSERT; see [Insert].
func PlanInsert(s *sql.Insert, env *Env) (*Insert, error) {
	b := newBinder(env)
	outer, err := b.with(nil, s.With)
	if err != nil {
		return nil, err
	}
	t, err := b.target(s.Table)
	if err != nil {
		return nil, err
	}
	if s.Overriding != sql.OverridingNone {
		return nil, b.unsupported(sql.NoPos, "OVERRIDING", "There are no identity columns.")
	}
	in := &Insert{Table: t}
	rows, err := b.insertRows(s, t, outer)
	if err != nil {
		return nil, err
	}
	if in.Checks, err = b.checks(t); err != nil {
		return nil, err
	}
	if s.OnConflict != nil {
		if in.OnConflict, err = b.onConflict(s, t, outer); err != nil {
			return nil, err
		}
	}
	sc, ids := b.rowScope(t, s.Table.Alias, inReturning)
	sc.parent = outer
	if in.Returning, _, err = b.returning(sc, s.Returning, ids); err != nil {
		return nil, err
	}
	in.Rows, err = b.planBound(rows)
	return in, err
}

// insertRows is the query of the new rows.
func (b *binder) insertRows(s *sql.Insert, t *catalog.Relation, outer *scope) (*boundQuery, error) {
	targets, err := b.insertColumns(s, t)
	if err != nil {
		return nil, err
	}
	out := make([]outCol, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = outCol{name: c.Name, id: b.cols.add(c.Name, c.Type), pos: sql.NoPos}
	}
	bound := &boundQuery{out: out}
	var rows [][]expr.Expr
	switch v, isValues := insertValues(s); {
	case s.DefaultValues:
		row, err := b.newRow(t, nil, nil)
		if err != nil {
			return nil, err
		}
		rows = [][]expr.Expr{row}
	case isValues:
		if rows, err = b.insertValueRows(s, v, t, targets, outer); err != nil {
			return nil, err
		}
	default:
		bound.rel, err = b.insertSelect(s, t, targets, outer, bound.ids())
		return bound, err
	}
	bound.rel, err = b.rowsOf(rows, bound.ids())
	return bound, err
}

// insertValues is the plain VALUES list of an INSERT, where DEFAULT may stand.
func insertValues(s *sql.Insert) (*sql.Values, bool) {
	if s.Query == nil || len(s.Query.OrderBy) > 0 || s.Query.Limit != nil || s.Query.Offset != nil || s.Query.With != nil {
		return nil, false
	}
	v, ok := s.Query.Body.(*sql.Values)
	return v, ok
}

// insertColumns are the positions of the columns that get values.
func (b *binder) insertColumns(s *sql.Insert, t *catalog.Relation) ([]int, error) {
	if len(s.Columns) == 0 {
		return t.Live(), nil
	}
	var ps []int
	for _, a := range s.Columns {
		p, err := b.columnNamed(t, a)
		if err != nil {
			return nil, err
		}
		if slices.Contains(ps, p) {
			return nil, b.fail(a.Pos, pgerr.DuplicateColumn, "column \"%s\" specified more than once", a.Name)
		}
		ps = append(ps, p)
	}
	return ps, nil
}

// checkCount compares the number of values with that of the columns; pos are the values'.
func (b *binder) checkCount(s *sql.Insert, targets []int, pos []sql.Pos) error {
	if len(pos) > len(targets) {
		return b.fail(pos[len(targets)], pgerr.SyntaxError, "INSERT has more expressions than target columns")
	}
	if len(s.Columns) > 0 && len(pos) < len(targets) {
		return b.fail(s.Columns[len(pos)].Pos, pgerr.SyntaxError, "INSERT has more target columns than expressions")
	}
	return nil
}

// newRow lays values for some columns out as a physical row; the others get their defaults.
func (b *binder) newRow(t *catalog.Relation, targets []int, values []expr.Expr) ([]expr.Expr, error) {
	row := make([]expr.Expr, len(t.Columns))
	for i, v := range values {
		row[targets[i]] = v
	}
	for p := range row {
		if row[p] != nil {
			continue
		}
		var err error
		if row[p], err = b.defaultOf(t, p); err != nil {
			return nil, err
		}
	}
	return row, nil
}

func (b *binder) insertValueRows(s *sql.Insert, v *sql.Values, t *catalog.Relation, targets []int, outer *scope) ([][]expr.Expr, error) {
	sc := &scope{parent: outer, clause: inValues}
	rows := make([][]expr.Expr, len(v.Rows))
	for i, list := range v.Rows {
		if len(list) != len(v.Rows[0]) {
			return nil, b.fail(list[0].Position(), pgerr.SyntaxError, "VALUES lists must all be the same length")
		}
		pos := make([]sql.Pos, len(list))
		for j, e := range list {
			pos[j] = sql.Start(e)
		}
		if err := b.checkCount(s, targets, pos); err != nil {
			return nil, err
		}
		values := make([]expr.Expr, len(list))
		for j, e := range list {
			v, err := b.assigned(sc, t, targets[j], e)
			if err != nil {
				return nil, err
			}
			values[j] = v
		}
		row, err := b.newRow(t, targets[:len(values)], values)
		if err != nil {
			return nil, err
		}
		rows[i] = row
	}
	return rows, nil
}

// assigned binds a value, or DEFAULT, for the column at a position.
func (b *binder) assigned(sc *scope, t *catalog.Relation, p int, e sql.Expr) (expr.Expr, error) {
	if _, ok := e.(*sql.Default); ok {
		return b.defaultOf(t, p)
	}
	v, err := b.expr(sc, e)
	if err != nil {
		return nil, err
	}
	return b.assign(v, &t.Columns[p], e.Position())
}

// insertSelect brings the rows of a query into the table's form.
func (b *binder) insertSelect(s *sql.Insert, t *catalog.Relation, targets []int, outer *scope, ids []int) (rel, error) {
	bound, err := b.query(s.Query, outer, false)
	if err != nil {
		return nil, err
	}
	pos := make([]sql.Pos, len(bound.out))
	for i, o := range bound.out {
		pos[i] = o.pos
	}
	if err := b.checkCount(s, targets, pos); err != nil {
		return nil, err
	}
	values := make([]expr.Expr, len(bound.out))
	for i, o := range bound.out {
		if values[i], err = b.assign(b.output(o), &t.Columns[targets[i]], o.pos); err != nil {
			return nil, err
		}
	}
	row, err := b.newRow(t, targets[:len(values)], values)
	if err != nil {
		return nil, err
	}
	items := make([]item, len(row))
	for p, e := range row {
		items[p] = item{ids[p], e}
	}
	return &projectRel{in: bound.rel, items: items}, nil
}

// onConflict binds the ON CONFLICT clause. What is wrong in its parts comes before the
// constraint that is missing.
func (b *binder) onConflict(s *sql.Insert, t *catalog.Relation, outer *scope) (*OnConflict, error) {
	named, err := b.conflictTarget(s.OnConflict, t)
	if err != nil {
		return nil, err
	}
	out := &OnConflict{}
	if s.OnConflict.DoUpdate {
		if err := b.conflictUpdate(out, s, t, outer, named != nil); err != nil {
			return nil, err
		}
	}
	out.Target, err = arbiter(t, named)
	return out, err
}

// conflictUpdate binds DO UPDATE.
func (b *binder) conflictUpdate(out *OnConflict, s *sql.Insert, t *catalog.Relation, outer *scope, hasTarget bool) error {
	c := s.OnConflict
	if !hasTarget {
		err := pgerr.New(pgerr.SyntaxError, "ON CONFLICT DO UPDATE requires inference specification or constraint name").
			WithHint("For example, ON CONFLICT (column_name).")
		return b.at(err, c.Pos)
	}
	sc, ids := b.rowScope(t, s.Table.Alias, inUpdate)
	sc.parent = outer
	excluded, excludedIDs := b.rowScope(t, &sql.Alias{Name: "excluded"}, inUpdate)
	sc.names = sc.names.join(excluded.names)
	layout := slices.Concat(ids, excludedIDs)
	set, err := b.assignments(sc, t, c.Set)
	if err != nil {
		return err
	}
	out.Set = make([]expr.Expr, len(t.Columns))
	for p := range t.Columns {
		e := set[p]
		if e == nil {
			e = b.cols.col(ids[p])
		}
		if hasSubquery(e) {
			return b.unsupported(c.Pos, "a subquery in ON CONFLICT DO UPDATE", "Use an UPDATE … FROM.")
		}
		out.Set[p] = positional(b.env.Ctx.Fold(e), layout)
	}
	sc.clause = inWhere
	where, err := b.condition(sc, c.Where, inWhere)
	if err != nil || where == nil {
		return err
	}
	if slices.ContainsFunc(where, hasSubquery) {
		return b.unsupported(c.Pos, "a subquery in ON CONFLICT DO UPDATE", "Use an UPDATE … FROM.")
	}
	out.Where = positional(b.env.Ctx.Fold(conjunction(where)), layout)
	return nil
}

// conflictTarget finds the columns that ON CONFLICT names; nil for any.
func (b *binder) conflictTarget(c *sql.OnConflict, t *catalog.Relation) ([]int, error) {
	if c.TargetWhere != nil {
		return nil, b.unsupported(c.Pos, "ON CONFLICT (…) WHERE", "There are no partial indexes.")
	}
	if c.Constraint != "" {
		for _, u := range t.Uniques {
			if u.Name == c.Constraint {
				return u.Columns, nil
			}
		}
		return nil, b.fail(c.Pos, pgerr.UndefinedObject, "constraint \"%s\" for table \"%s\" does not exist", c.Constraint, t.Name)
	}
	if len(c.Elements) == 0 {
		return nil, nil
	}
	var ps []int
	for _, e := range c.Elements {
		if e.Expr != nil {
			return nil, b.unsupported(c.Pos, "an expression in ON CONFLICT", "Name the columns of a unique constraint.")
		}
		p, err := b.columnNamed(t, sql.AssignTarget{Pos: c.Pos, Name: e.Name})
		if err != nil {
			return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" does not exist", e.Name)
		}
		ps = append(ps, p)
	}
	return ps, nil
}

// arbiter finds the unique constraint over the columns that ON CONFLICT names; nil for none
// named.
func arbiter(t *catalog.Relation, ps []int) ([]int, error) {
	if ps == nil {
		return nil, nil
	}
	for _, u := range t.Uniques {
		if slices.Equal(slices.Sorted(slices.Values(u.Columns)), slices.Compact(slices.Sorted(slices.Values(ps)))) {
			return u.Columns, nil
		}
	}
	return nil, pgerr.New(pgerr.InvalidColumnReference, "there is no unique or exclusion constraint matching the ON CONFLICT specification")
}
