package session

import (
	"context"

	"streamdb/catalog"
	"streamdb/planner"
	"streamdb/sql"
	"streamdb/types/pgerr"
)

// rename renames an object, a column or a constraint.
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
		switch st.Part {
		case "":
			if _, taken := snap.LookupID(nil, r.Schema, st.NewName); taken {
				return nil, pgerr.New(pgerr.DuplicateTable, "relation \"%s\" already exists", st.NewName)
			}
			next.Name = st.NewName
		case sql.KindColumn:
			err = renameColumn(next, st)
		case sql.KindConstraint:
			err = renameConstraint(next, st)
		default:
			err = pgerr.Unsupported("RENAME "+string(st.Part), "")
		}
		if err != nil {
			return nil, err
		}
		return s.renamed(snap, next)
	})
}

// renamed is the change of a relation's descriptor to one in which something is called
// otherwise.
func (s *Session) renamed(snap *catalog.Snapshot, next *catalog.Relation) (catalog.Change, error) {
	f := &follower{s: s, before: snap, snap: snap, next: next}
	f.was, _ = snap.ByID(next.ID)
	var err error
	for i := range next.Checks {
		if next.Checks[i].Expr, err = planner.FollowCheck(next.Checks[i].Expr, f.was, next, s.env("", nil)); err != nil {
			return nil, err
		}
	}
	if next.SQL, err = f.createText(next); err != nil {
		return nil, err
	}
	return s.following(snap, next)
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
	return nil
}

func renameColumn(r *catalog.Relation, st *sql.Rename) error {
	i, err := column(r, st.OldPart)
	if err != nil {
		return err
	}
	if r.Connector != "" {
		return pgerr.Unsupported("renaming a column of a relation with a connector, which knows it by its name,",
			"Rename it in a view: CREATE VIEW … AS SELECT … AS ….")
	}
	for _, j := range r.Live() {
		if r.Columns[j].Name == st.NewName {
			return pgerr.New(pgerr.DuplicateColumn, "column \"%s\" of relation \"%s\" already exists", st.NewName, r.Name)
		}
	}
	r.Columns[i].Name = st.NewName
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
		next := copyOf(r)
		next.Schema = st.NewSchema
		return s.renamed(snap, next)
	})
}
