package session

import (
	"context"
	"maps"
	"slices"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner"
	"streamdb/sql"
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

func (s *Session) alterTable(ctx context.Context, st *sql.AlterTable, _ string) error {
	if st.Kind != sql.KindTable {
		return pgerr.Unsupported("ALTER "+string(st.Kind), "Drop the object and create it again.")
	}
	return s.change(ctx, func(snap *catalog.Snapshot) (catalog.Change, error) {
		r, err := s.find(snap, st.Table.QualifiedName, catalog.Table, st.IfExists)
		if err != nil || r == nil {
			return nil, err
		}
		next := copyOf(r)
		next.Added = nil
		for _, cmd := range st.Commands {
			if err := s.alterOne(next, cmd); err != nil {
				return nil, err
			}
		}
		if err := s.checkExpressions(next); err != nil {
			return nil, err
		}
		if err := s.addedValues(next, len(r.Columns)); err != nil {
			return nil, err
		}
		return &catalog.ReplaceRelation{Relation: next}, nil
	})
}

// addedValues evaluates, once for all rows, what the columns from position n on hold.
func (s *Session) addedValues(r *catalog.Relation, n int) error {
	c := s.ctx(nil)
	for i := n; i < len(r.Columns); i++ {
		e, err := planner.BindDefault(r, i, s.env("", nil))
		if err != nil {
			return err
		}
		d, err := expr.EvalConst(c, e)
		if err != nil {
			return err
		}
		if d.IsNull() && r.Columns[i].NotNull && s.e.Relation(r.ID).Table.Contents.Rows() > 0 {
			return pgerr.New(pgerr.NotNullViolation, "column \"%s\" of relation \"%s\" contains null values", r.Columns[i].Name, r.Name)
		}
		r.Added = append(r.Added, d)
	}
	return nil
}

func (s *Session) alterOne(r *catalog.Relation, cmd sql.AlterCommand) error {
	switch cmd := cmd.(type) {
	case *sql.AddColumn:
		return s.alterAdd(r, cmd)
	case *sql.AlterColumn:
		return alterColumn(r, cmd)
	case *sql.DropColumn:
		return pgerr.Unsupported("ALTER TABLE DROP COLUMN", "Leave the column out of views, or create a new table.")
	case *sql.AddConstraint:
		return pgerr.Unsupported("ALTER TABLE ADD CONSTRAINT", "Declare it in CREATE TABLE.")
	case *sql.DropConstraint:
		return pgerr.Unsupported("ALTER TABLE DROP CONSTRAINT", "Create the table without it.")
	case *sql.UnsupportedAlter:
		return pgerr.Unsupported("ALTER TABLE "+cmd.What, "")
	}
	return pgerr.Internal("no way to run %T", cmd)
}

func (s *Session) alterAdd(r *catalog.Relation, cmd *sql.AddColumn) error {
	if r.Connector != "" {
		return pgerr.Unsupported("ADD COLUMN to a table that a connector fills", "Drop the table and create it again.")
	}
	for _, i := range r.Live() {
		if r.Columns[i].Name != cmd.Column.Name {
			continue
		}
		if cmd.IfNotExists {
			s.notice(wire.SeverityNotice, pgerr.New(pgerr.DuplicateColumn, "column \"%s\" of relation \"%s\" already exists, skipping", cmd.Column.Name, r.Name))
			return nil
		}
		return pgerr.New(pgerr.DuplicateColumn, "column \"%s\" of relation \"%s\" already exists", cmd.Column.Name, r.Name)
	}
	for _, k := range cmd.Column.Constraints {
		switch k.Kind {
		case sql.ConstraintPrimaryKey, sql.ConstraintUnique:
			return pgerr.Unsupported("ADD COLUMN with a key", "Declare keys in CREATE TABLE.")
		case sql.ConstraintCheck:
			return pgerr.Unsupported("ADD COLUMN with a CHECK", "Declare it in CREATE TABLE.")
		}
	}
	return s.addColumn(r, cmd.Column)
}

func alterColumn(r *catalog.Relation, cmd *sql.AlterColumn) error {
	i, err := column(r, cmd.Name)
	if err != nil {
		return err
	}
	switch cmd.Action {
	case sql.SetDefault:
		r.Columns[i].Default = sql.FormatExpr(cmd.Default)
	case sql.DropDefault:
		r.Columns[i].Default = ""
	case sql.DropNotNull:
		return pgerr.Unsupported("ALTER COLUMN DROP NOT NULL", "Views rely on it: create a new table.")
	case sql.SetNotNull:
		return pgerr.Unsupported("ALTER COLUMN SET NOT NULL", "Declare it in CREATE TABLE.")
	case sql.SetType:
		return pgerr.Unsupported("ALTER COLUMN TYPE", "Add a new column, or cast in a view.")
	}
	return nil
}

// rename renames an object or a column. What mentions it by name in stored text cannot be
// followed yet, so it is refused then.
func (s *Session) rename(ctx context.Context, st *sql.Rename) error {
	if st.Kind == sql.KindSchema {
		return pgerr.Unsupported("ALTER SCHEMA RENAME", "")
	}
	return s.change(ctx, func(snap *catalog.Snapshot) (catalog.Change, error) {
		r, err := s.find(snap, st.Name, kindOf(st.Kind), st.IfExists)
		if err != nil || r == nil {
			return nil, err
		}
		if err := plainDependents(snap, r, "renaming"); err != nil {
			return nil, err
		}
		next := copyOf(r)
		switch st.Part {
		case "":
			if _, taken := snap.LookupID(nil, r.Schema, st.NewName); taken {
				return nil, pgerr.New(pgerr.DuplicateTable, "relation \"%s\" already exists", st.NewName)
			}
			next.Name = st.NewName
		case sql.KindColumn:
			if err := renameColumn(next, st); err != nil {
				return nil, err
			}
		default:
			return nil, pgerr.Unsupported("RENAME "+string(st.Part), "")
		}
		return &catalog.ReplaceRelation{Relation: next}, nil
	})
}

func renameColumn(r *catalog.Relation, st *sql.Rename) error {
	i, err := column(r, st.OldPart)
	if err != nil {
		return err
	}
	for _, j := range r.Live() {
		if r.Columns[j].Name == st.NewName {
			return pgerr.New(pgerr.DuplicateColumn, "column \"%s\" of relation \"%s\" already exists", st.NewName, r.Name)
		}
	}
	for _, c := range r.Checks {
		if slices.Contains(r.Mentioned(c.Expr), i) {
			return pgerr.Unsupported("renaming a column that a CHECK constraint uses", "Create a new table.")
		}
	}
	r.Columns[i].Name = st.NewName
	return nil
}

// plainDependents refuses what would break the text of plain views.
func plainDependents(snap *catalog.Snapshot, r *catalog.Relation, what string) error {
	for _, id := range snap.Dependents(r.ID) {
		if d, ok := snap.ByID(id); ok && d.Kind == catalog.View {
			return pgerr.Unsupported(what+" what view \""+d.Name+"\" depends on", "Drop the view first and create it again.")
		}
	}
	return nil
}

func (s *Session) setSchema(ctx context.Context, st *sql.SetSchema) error {
	return s.change(ctx, func(snap *catalog.Snapshot) (catalog.Change, error) {
		r, err := s.find(snap, st.Name, kindOf(st.Kind), st.IfExists)
		if err != nil || r == nil {
			return nil, err
		}
		if _, ok := snap.Schema(st.NewSchema); !ok {
			return nil, pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", st.NewSchema)
		}
		if err := plainDependents(snap, r, "moving"); err != nil {
			return nil, err
		}
		next := copyOf(r)
		next.Schema = st.NewSchema
		return &catalog.ReplaceRelation{Relation: next}, nil
	})
}
