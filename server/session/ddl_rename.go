package session

import (
	"context"
	"slices"

	"streamdb/catalog"
	"streamdb/sql"
	"streamdb/types/pgerr"
)

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
		next := copyOf(r)
		if st.Part == sql.KindConstraint {
			return &catalog.ReplaceRelation{Relation: next}, renameConstraint(next, st)
		}
		if err := plainDependents(snap, r, "renaming"); err != nil {
			return nil, err
		}
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

// renameConstraint renames a CHECK, or a key and its index with it.
func renameConstraint(r *catalog.Relation, st *sql.Rename) error {
	var old *string
	for i := range r.Checks {
		if r.Checks[i].Name == st.OldPart {
			old = &r.Checks[i].Name
		}
	}
	for i := range r.Uniques {
		if r.Uniques[i].Name == st.OldPart {
			old = &r.Uniques[i].Name
		}
	}
	if old == nil {
		return pgerr.New(pgerr.UndefinedObject, "constraint \"%s\" for table \"%s\" does not exist", st.OldPart, r.Name)
	}
	*old = st.NewName
	if r.Connector == "" {
		r.SQL = r.CreateTable()
	}
	return nil
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
