package session

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

// copyOf is a descriptor that may be changed.
func copyOf(r *catalog.Relation) *catalog.Relation {
	c := *r
	c.Columns = slices.Clone(r.Columns)
	c.Checks = slices.Clone(r.Checks)
	c.Uniques = slices.Clone(r.Uniques)
	c.ColComment = maps.Clone(r.ColComment)
	return &c
}

// alteration is an ALTER TABLE under way: next is what becomes of the table was.
type alteration struct {
	s         *Session
	snap      *catalog.Snapshot
	was, next *catalog.Relation
}

func (s *Session) alterTable(ctx context.Context, st *sql.AlterTable) error {
	if st.Kind != sql.KindTable {
		return pgerr.Unsupported("ALTER "+string(st.Kind), "Drop the object and create it again.")
	}
	var a *alteration
	_, err := s.e.ChangeIf(ctx, func(snap *catalog.Snapshot) (catalog.Change, error) {
		r, err := s.find(snap, st.Table.QualifiedName, catalog.Table, st.IfExists)
		if err != nil || r == nil {
			return nil, err
		}
		a = &alteration{s: s, snap: snap, was: r, next: copyOf(r)}
		return a.decide(st.Commands)
	}, func() error { return a.admit(interruptOf(ctx)) })
	return err
}

// decide applies the commands to the descriptor.
func (a *alteration) decide(commands []sql.AlterCommand) (catalog.Change, error) {
	if a.was.Connector != "" {
		return nil, pgerr.Unsupported("ALTER TABLE of a table that a connector fills", "Drop the table and create it again.")
	}
	a.next.Added = nil
	commands = slices.Clone(commands)
	slices.SortStableFunc(commands, func(x, y sql.AlterCommand) int { return cmp.Compare(pass(x), pass(y)) })
	for _, cmd := range commands {
		if err := a.apply(cmd); err != nil {
			return nil, err
		}
	}
	if err := a.s.checkExpressions(a.next); err != nil {
		return nil, err
	}
	if err := a.addedValues(); err != nil {
		return nil, err
	}
	a.next.SQL = a.next.CreateTable()
	return a.s.following(a.snap, a.next)
}

// pass says when a command has its turn: PostgreSQL takes constraints and defaults away
// first, and adds constraints when all columns are there.
func pass(cmd sql.AlterCommand) int {
	switch cmd := cmd.(type) {
	case *sql.DropConstraint:
		return 0
	case *sql.AlterColumn:
		if cmd.Action == sql.DropNotNull || cmd.Action == sql.DropDefault {
			return 0
		}
		return 2
	case *sql.AddColumn:
		return 1
	}
	return 3
}

func (a *alteration) apply(cmd sql.AlterCommand) error {
	switch cmd := cmd.(type) {
	case *sql.AddColumn:
		return a.addColumn(cmd)
	case *sql.AlterColumn:
		return a.alterColumn(cmd)
	case *sql.DropColumn:
		return pgerr.Unsupported("ALTER TABLE DROP COLUMN", "Leave the column out of views, or create a new table.")
	case *sql.AddConstraint:
		return a.addConstraint(cmd.Constraint)
	case *sql.DropConstraint:
		return a.dropConstraint(cmd)
	case *sql.UnsupportedAlter:
		return pgerr.Unsupported(cmd.What, "")
	}
	return pgerr.Internal("no way to run %T", cmd)
}

func (a *alteration) addColumn(cmd *sql.AddColumn) error {
	r := a.next
	for _, i := range r.Live() {
		if r.Columns[i].Name != cmd.Column.Name {
			continue
		}
		if cmd.IfNotExists {
			a.s.notice(wire.SeverityNotice, pgerr.New(pgerr.DuplicateColumn, "column \"%s\" of relation \"%s\" already exists, skipping", cmd.Column.Name, r.Name))
			return nil
		}
		return pgerr.New(pgerr.DuplicateColumn, "column \"%s\" of relation \"%s\" already exists", cmd.Column.Name, r.Name)
	}
	if err := a.s.addColumn(r, cmd.Column); err != nil {
		return err
	}
	for _, k := range cmd.Column.Constraints {
		switch k.Kind {
		case sql.ConstraintPrimaryKey, sql.ConstraintUnique:
			return pgerr.Unsupported("ADD COLUMN with a key", "Declare keys in CREATE TABLE.")
		case sql.ConstraintCheck:
			if err := a.addConstraint(k); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *alteration) alterColumn(cmd *sql.AlterColumn) error {
	i, err := column(a.next, cmd.Name)
	if err != nil {
		return err
	}
	c := &a.next.Columns[i]
	switch cmd.Action {
	case sql.SetDefault:
		c.Default = sql.FormatExpr(cmd.Default)
	case sql.DropDefault:
		c.Default = ""
	case sql.DropNotNull:
		if slices.Contains(a.next.PrimaryKey(), i) {
			return pgerr.New(pgerr.InvalidTableDefinition, "column \"%s\" is in a primary key", c.Name)
		}
		c.NotNull = false
	case sql.SetNotNull:
		c.NotNull = true
	case sql.SetType:
		return pgerr.Unsupported("ALTER COLUMN TYPE", "Add a new column, or cast in a view.")
	}
	return nil
}

// addConstraint adds a CHECK constraint.
func (a *alteration) addConstraint(k sql.Constraint) error {
	switch {
	case k.Kind == sql.ConstraintPrimaryKey || k.Kind == sql.ConstraintUnique:
		return pgerr.Unsupported("adding a key to a table", "Declare keys in CREATE TABLE.")
	case k.NotValid:
		return pgerr.Unsupported("NOT VALID", "Leave it out: the rows that are there are checked at once.")
	}
	var taken []string
	for _, c := range a.next.Checks {
		taken = append(taken, c.Name)
	}
	for _, u := range a.next.Uniques {
		taken = append(taken, u.Name)
	}
	if k.Name != "" && slices.Contains(taken, k.Name) {
		return pgerr.New(pgerr.DuplicateObject, "constraint \"%s\" for relation \"%s\" already exists", k.Name, a.next.Name)
	}
	return a.s.constraint(a.snap, a.next, k, &taken)
}

func (a *alteration) dropConstraint(cmd *sql.DropConstraint) error {
	r := a.next
	if i := slices.IndexFunc(r.Checks, func(c catalog.Check) bool { return c.Name == cmd.Name }); i >= 0 {
		r.Checks = slices.Delete(r.Checks, i, i+1)
		return nil
	}
	if slices.ContainsFunc(r.Uniques, func(u catalog.Unique) bool { return u.Name == cmd.Name }) {
		return pgerr.Unsupported("dropping a key", "Create a new table without it and copy the rows: INSERT INTO … SELECT.")
	}
	if cmd.IfExists {
		a.s.notice(wire.SeverityNotice, pgerr.New(pgerr.SuccessfulCompletion, "constraint \"%s\" of relation \"%s\" does not exist, skipping", cmd.Name, r.Name))
		return nil
	}
	return pgerr.New(pgerr.UndefinedObject, "constraint \"%s\" of relation \"%s\" does not exist", cmd.Name, r.Name)
}

// addedValues evaluates, once for all rows, what the added columns hold.
func (a *alteration) addedValues() error {
	c := a.s.ctx(nil)
	for i := len(a.was.Columns); i < len(a.next.Columns); i++ {
		e, err := planner.BindDefault(a.next, i, a.s.env("", nil))
		if err != nil {
			return err
		}
		d, err := expr.EvalConst(c, e)
		if err != nil {
			return err
		}
		a.next.Added = append(a.next.Added, d)
	}
	return nil
}

// admit checks the rows that are there against what the table did not ask of them before.
// Nobody can write to it meanwhile.
func (a *alteration) admit(interrupt func() error) error {
	notNull, checks, err := a.demands()
	if err != nil || len(notNull)+len(checks) == 0 {
		return err
	}
	c := a.s.ctx(interrupt)
	return a.s.e.Relation(a.next.ID).EachRow(func(r types.Row) error {
		if err := interrupt(); err != nil {
			return err
		}
		r = append(r, a.next.Added...)
		for _, i := range notNull {
			if r[i].IsNull() {
				return a.containsNull(i)
			}
		}
		for _, k := range checks {
			d, err := expr.EvalRow(c, k.Expr, r)
			if err != nil {
				return err
			}
			if !d.IsNull() && !d.Bool() {
				return a.violated(k.Name)
			}
		}
		return nil
	})
}

// demands is the columns that must not be NULL any more, and the new CHECK constraints,
// which have no id yet.
func (a *alteration) demands() (notNull []int, checks []planner.Check, err error) {
	for i, c := range a.next.Columns {
		if c.NotNull && !c.Dropped && (i >= len(a.was.Columns) || !a.was.Columns[i].NotNull) {
			notNull = append(notNull, i)
		}
	}
	for _, k := range a.next.Checks {
		if k.ID != 0 {
			continue
		}
		e, err := planner.BindScalar(k.Expr, a.next, a.s.env("", nil))
		if err != nil {
			return nil, nil, err
		}
		checks = append(checks, planner.Check{Name: k.Name, Expr: e})
	}
	return notNull, checks, nil
}

func (a *alteration) containsNull(i int) error {
	err := pgerr.New(pgerr.NotNullViolation, "column \"%s\" of relation \"%s\" contains null values", a.next.Columns[i].Name, a.next.Name)
	err.Schema, err.Table, err.Column = a.next.Schema, a.next.Name, a.next.Columns[i].Name
	return err
}

func (a *alteration) violated(check string) error {
	err := pgerr.New(pgerr.CheckViolation, "check constraint \"%s\" of relation \"%s\" is violated by some row", check, a.next.Name)
	err.Schema, err.Table, err.Constraint = a.next.Schema, a.next.Name, check
	return err
}
