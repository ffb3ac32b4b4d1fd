package session

import (
	"context"
	"errors"

	"streamdb/catalog"
	"streamdb/server/engine"
	"streamdb/server/settings"
	"streamdb/sql"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

// buildDDL compiles statements that change the catalog. DDL is atomic with an epoch of its
// own, so it is refused in a transaction block.
func (s *Session) buildDDL(c *compiled) error {
	run, tag := s.ddl(c)
	if run == nil {
		return pgerr.Internal("no way to run %T", c.stmt)
	}
	c.run = func(ctx context.Context, x *execution) error {
		x.tag = tag
		if err := s.checkWrites(tag); err != nil {
			return err
		}
		if _, ok := c.stmt.(*sql.Truncate); ok {
			return run(ctx)
		}
		if s.block {
			return pgerr.Unsupported(tag+" in a transaction block", "Run it outside of BEGIN … COMMIT.")
		}
		if err := s.finishImplicit(ctx); err != nil {
			return err
		}
		return cancelled(ctx, run(ctx))
	}
	return nil
}

func (s *Session) ddl(c *compiled) (run func(context.Context) error, tag string) {
	switch st := c.stmt.(type) {
	case *sql.CreateTable:
		return func(ctx context.Context) error { return s.createTable(ctx, st, c.text) }, "CREATE TABLE"
	case *sql.CreateSource:
		return func(ctx context.Context) error { return s.createSource(ctx, st) }, "CREATE SOURCE"
	case *sql.CreateView:
		return func(ctx context.Context) error { return s.createView(ctx, st, c.text) }, "CREATE VIEW"
	case *sql.CreateMaterializedView:
		return func(ctx context.Context) error { return s.createMaterializedView(ctx, st, c.text) }, "CREATE MATERIALIZED VIEW"
	case *sql.CreateSink:
		return func(ctx context.Context) error { return s.createSink(ctx, st, c.text) }, "CREATE SINK"
	case *sql.CreateSchema:
		return func(ctx context.Context) error { return s.createSchema(ctx, st) }, "CREATE SCHEMA"
	case *sql.Drop:
		return func(ctx context.Context) error { return s.drop(ctx, st) }, "DROP " + string(st.Kind)
	case *sql.AlterTable:
		return func(ctx context.Context) error { return s.alterTable(ctx, st) }, "ALTER " + string(st.Kind)
	case *sql.Rename:
		return func(ctx context.Context) error { return s.rename(ctx, st) }, "ALTER " + string(st.Kind)
	case *sql.SetSchema:
		return func(ctx context.Context) error { return s.setSchema(ctx, st) }, "ALTER " + string(st.Kind)
	case *sql.Resume:
		return func(ctx context.Context) error { return s.resume(ctx, st) }, "ALTER " + string(st.Kind)
	case *sql.Comment:
		return func(ctx context.Context) error { return s.comment(ctx, st) }, "COMMENT"
	case *sql.Truncate:
		return func(ctx context.Context) error { return s.truncateTables(ctx, st) }, "TRUNCATE TABLE"
	case *sql.CreateIndex:
		return refuse("CREATE INDEX", "Views keep what they need; a PRIMARY KEY gives look-ups by key."), "CREATE INDEX"
	case *sql.CreateTableAs:
		return refuse("CREATE TABLE AS", "Use CREATE TABLE and INSERT … SELECT, or CREATE MATERIALIZED VIEW."), "CREATE TABLE AS"
	}
	return nil, ""
}

func refuse(what, hint string) func(context.Context) error {
	return func(context.Context) error { return pgerr.Unsupported(what, hint) }
}

// change makes one catalog change. What of a dropped relation is left upstream is a warning.
func (s *Session) change(ctx context.Context, decide func(*catalog.Snapshot) (catalog.Change, error)) error {
	_, err := s.e.Change(ctx, decide)
	if left, ok := errors.AsType[*engine.LeftBehindError](err); ok {
		for _, err := range left.Errors {
			s.notice(wire.SeverityWarning, pgerr.From(err))
		}
		return nil
	}
	return err
}

// target is the schema in which an object is made.
func (s *Session) targetSchema(snap *catalog.Snapshot, n sql.QualifiedName) (string, error) {
	if n.Catalog != "" && n.Catalog != Database {
		return "", pgerr.New(pgerr.FeatureNotSupported, "cross-database references are not implemented: \"%s\"", n.String())
	}
	if n.Schema != "" {
		if _, ok := snap.Schema(n.Schema); !ok {
			return "", pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", n.Schema)
		}
		return s.writable(n.Schema, n.Name)
	}
	for _, p := range s.path() {
		if _, ok := snap.Schema(p); ok {
			return s.writable(p, n.Name)
		}
	}
	return "", pgerr.New(pgerr.InvalidSchemaName, "no schema has been selected to create in")
}

func (s *Session) writable(schema, name string) (string, error) {
	if catalog.IsSystemSchema(schema) {
		return "", pgerr.New(pgerr.InsufficientPrivilege, "permission denied to create \"%s\"", schema+"."+name).
			WithDetail("System catalog modifications are currently disallowed.")
	}
	return schema, nil
}

// find finds a relation of a kind for DDL; nil if it is missing and may be.
func (s *Session) find(snap *catalog.Snapshot, n sql.QualifiedName, kind catalog.Kind, mayMiss bool) (*catalog.Relation, error) {
	r, ok := snap.Lookup(s.path(), n.Schema, n.Name)
	switch {
	case !ok && mayMiss:
		s.skipped(0, n.Name)
		return nil, nil
	case !ok:
		return nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", n.String())
	case kind != 0 && r.Kind != kind:
		return nil, catalog.WrongKind(r, kind)
	}
	return r, nil
}

// findToDrop is find in the words of DROP, which names the kind and not the schema.
func (s *Session) findToDrop(snap *catalog.Snapshot, n sql.QualifiedName, kind catalog.Kind, mayMiss bool) (*catalog.Relation, error) {
	if _, ok := snap.Lookup(s.path(), n.Schema, n.Name); ok {
		return s.find(snap, n, kind, mayMiss)
	}
	missing := pgerr.New(pgerr.UndefinedTable, "%s \"%s\" does not exist", kindWord(kind), n.Name)
	if _, ok := snap.Schema(n.Schema); n.Schema != "" && !ok {
		missing = pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", n.Schema)
	}
	if !mayMiss {
		return nil, missing
	}
	s.notice(wire.SeverityNotice, pgerr.New(pgerr.SuccessfulCompletion, "%s, skipping", missing.Message))
	return nil, nil
}

func kindWord(k catalog.Kind) string {
	if k == 0 {
		return "relation"
	}
	return k.String()
}

func (s *Session) skipped(kind catalog.Kind, name string) {
	s.notice(wire.SeverityNotice, pgerr.New(pgerr.SuccessfulCompletion, "%s \"%s\" does not exist, skipping", kindWord(kind), name))
}

func (s *Session) exists(name string) {
	s.notice(wire.SeverityNotice, pgerr.New(pgerr.DuplicateTable, "relation \"%s\" already exists, skipping", name))
}

// kindOf is the catalog kind of a SQL kind; 0 for a schema.
func kindOf(k sql.ObjectKind) catalog.Kind {
	switch k {
	case sql.KindTable:
		return catalog.Table
	case sql.KindView:
		return catalog.View
	case sql.KindMaterializedView:
		return catalog.MaterializedView
	case sql.KindSource:
		return catalog.Source
	case sql.KindSink:
		return catalog.Sink
	}
	return 0
}

// frozen is the settings a view keeps.
func (s *Session) frozen() map[string]string {
	m := map[string]string{}
	for _, name := range settings.Frozen() {
		m[name] = s.set.Value(name)
	}
	return m
}

func (s *Session) createSchema(ctx context.Context, st *sql.CreateSchema) error {
	if st.Authorization != "" {
		return pgerr.Unsupported("CREATE SCHEMA AUTHORIZATION", "There is one user; leave it out.")
	}
	return s.change(ctx, func(snap *catalog.Snapshot) (catalog.Change, error) {
		if _, ok := snap.Schema(st.Name); ok && st.IfNotExists {
			s.notice(wire.SeverityNotice, pgerr.New(pgerr.DuplicateSchema, "schema \"%s\" already exists, skipping", st.Name))
			return nil, nil
		}
		return &catalog.CreateSchema{Name: st.Name}, nil
	})
}

// drop drops objects of one kind.
func (s *Session) drop(ctx context.Context, st *sql.Drop) error {
	switch st.Kind {
	case sql.KindSchema:
		return s.dropSchemas(ctx, st)
	case sql.KindIndex, sql.KindDatabase, sql.KindConstraint, sql.KindColumn:
		return pgerr.Unsupported("DROP "+string(st.Kind), "")
	}
	return s.change(ctx, func(snap *catalog.Snapshot) (catalog.Change, error) {
		var ids []catalog.ID
		for _, n := range st.Names {
			r, err := s.findToDrop(snap, n, kindOf(st.Kind), st.IfExists)
			if err != nil {
				return nil, err
			}
			if r != nil {
				ids = append(ids, r.ID)
			}
		}
		if len(ids) == 0 {
			return nil, nil
		}
		all, err := snap.DropClosure(ids, st.Cascade, s.path())
		if err != nil {
			return nil, err
		}
		if n := snap.CascadeNotice(all, ids, s.path()); n != nil {
			s.notice(wire.SeverityNotice, n)
		}
		return &catalog.DropRelations{IDs: all}, nil
	})
}

func (s *Session) dropSchemas(ctx context.Context, st *sql.Drop) error {
	return s.change(ctx, func(snap *catalog.Snapshot) (catalog.Change, error) {
		var names []string
		for _, n := range st.Names {
			if _, ok := snap.Schema(n.Name); ok {
				names = append(names, n.Name)
			} else if st.IfExists {
				s.notice(wire.SeverityNotice, pgerr.New(pgerr.SuccessfulCompletion, "schema \"%s\" does not exist, skipping", n.Name))
			} else {
				return nil, pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", n.Name)
			}
		}
		if len(names) == 0 {
			return nil, nil
		}
		ids, err := snap.DropSchemaClosure(names, st.Cascade, s.path())
		if err != nil {
			return nil, err
		}
		batch := &catalog.Batch{}
		if len(ids) > 0 {
			if n := snap.CascadeNotice(ids, nil, s.path()); n != nil {
				s.notice(wire.SeverityNotice, n)
			}
			batch.Changes = append(batch.Changes, &catalog.DropRelations{IDs: ids})
		}
		for _, name := range names {
			batch.Changes = append(batch.Changes, &catalog.DropSchema{Name: name})
		}
		return batch, nil
	})
}

func (s *Session) resume(ctx context.Context, st *sql.Resume) error {
	r, err := s.find(s.e.Catalog(), st.Name, kindOf(st.Kind), false)
	if err != nil {
		return err
	}
	if r.Kind != catalog.MaterializedView && r.Kind != catalog.Sink {
		return pgerr.Unsupported("ALTER "+string(st.Kind)+" RESUME", "Drop the object and create it again.")
	}
	return s.await(ctx, func(ctx context.Context) error { return s.e.Resume(ctx, r.ID) })
}

// await waits for a view to be filled. When the client goes away the filling goes on.
func (s *Session) await(ctx context.Context, f func(ctx context.Context) error) error {
	inner, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() {
		cause := context.Cause(ctx)
		if errors.Is(cause, wire.ErrConnectionLost) {
			cause = engine.ErrDetached
		}
		cancel(cause)
	})
	defer stop()
	return f(inner)
}

func (s *Session) comment(ctx context.Context, st *sql.Comment) error {
	text := ""
	if st.Text != nil {
		text = *st.Text
	}
	return s.change(ctx, func(snap *catalog.Snapshot) (catalog.Change, error) {
		switch st.Kind {
		case sql.KindSchema:
			return &catalog.Comment{Schema: st.Name.Name, Text: text}, nil
		case sql.KindColumn:
			r, err := s.find(snap, st.Name, 0, false)
			if err != nil {
				return nil, err
			}
			i, err := column(r, st.Column)
			if err != nil {
				return nil, err
			}
			return &catalog.Comment{ID: r.ID, AttNum: r.Columns[i].AttNum, Text: text}, nil
		}
		kind := kindOf(st.Kind)
		if kind == 0 {
			return nil, pgerr.Unsupported("COMMENT ON "+string(st.Kind), "")
		}
		r, err := s.find(snap, st.Name, kind, false)
		if err != nil {
			return nil, err
		}
		return &catalog.Comment{ID: r.ID, Text: text}, nil
	})
}

func (s *Session) truncateTables(ctx context.Context, st *sql.Truncate) error {
	if st.RestartIdentity {
		return pgerr.Unsupported("TRUNCATE … RESTART IDENTITY", "There are no sequences.")
	}
	var tables []*catalog.Relation
	for _, n := range st.Tables {
		r, err := s.find(s.e.Catalog(), n.QualifiedName, catalog.Table, false)
		if err != nil {
			return err
		}
		tables = append(tables, r)
	}
	return s.truncate(ctx, tables)
}

// column finds a live column.
func column(r *catalog.Relation, name string) (int, error) {
	for _, i := range r.Live() {
		if r.Columns[i].Name == name {
			return i, nil
		}
	}
	return 0, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", name, r.Name)
}
