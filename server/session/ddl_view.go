package session

import (
	"context"

	"streamdb/catalog"
	"streamdb/connector"
	"streamdb/planner"
	"streamdb/planner/plan"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

func (s *Session) createView(ctx context.Context, st *sql.CreateView, text string) error {
	switch {
	case st.Temporary:
		return pgerr.Unsupported("CREATE TEMPORARY VIEW", "Create an ordinary view and drop it.")
	case st.Recursive:
		return pgerr.Unsupported("CREATE RECURSIVE VIEW", "")
	case st.CheckOption != "":
		return pgerr.Unsupported("WITH CHECK OPTION", "Views cannot be written to.")
	}
	return s.change(ctx, func(snap *catalog.Snapshot) (catalog.Change, error) {
		schema, err := s.targetSchema(snap, st.Name)
		if err != nil {
			return nil, err
		}
		v, err := planner.InferPlainView(st.Query, st.Columns, s.env(text, nil))
		if err != nil {
			return nil, err
		}
		r := s.viewRelation(v, catalog.View, schema, st.Name.Name, st.Src().Text, st.Query.Src().Text)
		old, ok := snap.Lookup(nil, schema, st.Name.Name)
		if !ok {
			r.ID = snap.NextID()
			return &catalog.CreateRelation{Relation: r}, nil
		}
		if !st.OrReplace {
			return nil, pgerr.New(pgerr.DuplicateTable, "relation \"%s\" already exists", r.Name)
		}
		if err := catalog.CheckReplaceView(old, r); err != nil {
			return nil, err
		}
		r.ID, r.Comment, r.ColComment = old.ID, old.Comment, old.ColComment
		return s.following(snap, r)
	})
}

func (s *Session) viewRelation(v *planner.View, kind catalog.Kind, schema, name, text, query string) *catalog.Relation {
	r := &catalog.Relation{
		Schema: schema, Name: name, Kind: kind, SQL: text, Query: query, DependsOn: v.DependsOn,
		SearchPath: s.path(), Settings: s.frozen(), AppendOnly: v.AppendOnly, Key: v.Key,
	}
	for i, c := range v.Schema {
		r.Columns = append(r.Columns, catalog.Column{
			Name: c.Name, Type: outputType(c.Type), NotNull: c.NotNull, AttNum: int16(i + 1),
		})
	}
	return r
}

func (s *Session) createMaterializedView(ctx context.Context, st *sql.CreateMaterializedView, text string) error {
	switch {
	case st.EmitOnWindowClose:
		return pgerr.Unsupported("EMIT ON WINDOW CLOSE", "Leave it out: results are kept current.")
	case st.NoData:
		return pgerr.Unsupported("WITH NO DATA", "Set background_ddl to on for a CREATE that does not wait.")
	case len(st.Options) > 0:
		return pgerr.New(pgerr.UndefinedObject, "unrecognized parameter \"%s\"", st.Options[0].Name)
	}
	var id catalog.ID
	err := s.create(ctx, st.Name, st.IfNotExists, func(snap *catalog.Snapshot, schema string) (*catalog.Relation, error) {
		v, err := planner.InferView(st.Query, st.Columns, s.env(text, nil))
		if err != nil {
			return nil, err
		}
		r := s.viewRelation(v, catalog.MaterializedView, schema, st.Name.Name, st.Src().Text, st.Query.Src().Text)
		r.ID, id = snap.NextID(), snap.NextID()
		r.Plan, err = plan.Encode(v.Root)
		return r, err
	})
	if err != nil || id == 0 {
		return err
	}
	return s.filling(ctx, id)
}

// filling waits for a new view to be filled, unless it is to go on in the background.
func (s *Session) filling(ctx context.Context, id catalog.ID) error {
	if s.set.On("background_ddl") {
		s.notice(wire.SeverityNotice, pgerr.New(pgerr.SuccessfulCompletion, "the view is filled in the background: see SHOW JOBS"))
		return nil
	}
	return s.await(ctx, func(ctx context.Context) error { return s.e.WaitFilled(ctx, id) })
}

func (s *Session) createSink(ctx context.Context, st *sql.CreateSink, text string) error {
	switch {
	case st.EmitOnWindowClose:
		return pgerr.Unsupported("EMIT ON WINDOW CLOSE", "Leave it out.")
	case st.Into != nil:
		return pgerr.Unsupported("CREATE SINK … INTO", "Use CREATE MATERIALIZED VIEW.")
	}
	var id catalog.ID
	err := s.create(ctx, st.Name, st.IfNotExists, func(snap *catalog.Snapshot, schema string) (*catalog.Relation, error) {
		query, queryText, err := sinkQuery(st)
		if err != nil {
			return nil, err
		}
		v, err := planner.InferView(query, nil, s.env(text, nil))
		if err != nil {
			return nil, err
		}
		r := s.viewRelation(v, catalog.Sink, schema, st.Name.Name, st.Src().Text, queryText)
		r.ID, id = snap.NextID(), snap.NextID()
		if err := s.sinkConnector(r, st, v.Schema); err != nil {
			return nil, err
		}
		r.Plan, err = plan.Encode(v.Root)
		return r, err
	})
	if err != nil || id == 0 {
		return err
	}
	return s.filling(ctx, id)
}

// sinkQuery is a sink's query: FROM relation stands for all its columns.
func sinkQuery(st *sql.CreateSink) (*sql.Query, string, error) {
	if st.Query != nil {
		return st.Query, st.Query.Src().Text, nil
	}
	text := "SELECT * FROM " + st.From.String()
	q, err := parseQuery(text)
	return q, text, err
}

func (s *Session) sinkConnector(r *catalog.Relation, st *sql.CreateSink, schema types.Schema) error {
	opts, err := options(st.Options)
	if err != nil {
		return err
	}
	name := opts[connector.ConnectorOption]
	if name == "" {
		return pgerr.New(pgerr.InvalidParameterValue, "a sink needs a connector").WithHint("Add WITH (connector = '…').")
	}
	spec, err := s.e.Connectors().Sink(name)
	if err != nil {
		return err
	}
	if err := formatOptions(st.Format, opts); err != nil {
		return err
	}
	// Opening checks the options; the engine opens it again for good.
	probe, err := spec.OpenSink(s.e.ConnectorConfig(r, opts, schema))
	if err != nil {
		return err
	}
	if err := probe.Close(); err != nil {
		return err
	}
	delete(opts, connector.ConnectorOption)
	r.Connector, r.Options = name, opts
	for _, o := range spec.Options {
		if o.Secret {
			r.Secrets = append(r.Secrets, o.Name)
		}
	}
	return nil
}
