package session

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"streamdb/catalog"
	"streamdb/catalog/pgcatalog"
	"streamdb/server/settings"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// shownKinds is the kinds of relations that the lists of SHOW name.
var shownKinds = map[sql.ShowKind]catalog.Kind{
	sql.ShowTables: catalog.Table, sql.ShowViews: catalog.View, sql.ShowMaterializedViews: catalog.MaterializedView,
	sql.ShowSources: catalog.Source, sql.ShowSinks: catalog.Sink,
}

func (s *Session) showObjects(st *sql.ShowObjects, text string) (*listing, error) {
	l, err := s.objects(st, text)
	if err != nil || st.Like == nil {
		return l, err
	}
	return l.like(st.Like.Text)
}

func (s *Session) objects(st *sql.ShowObjects, text string) (*listing, error) {
	if kind, ok := shownKinds[st.Kind]; ok {
		return s.showRelations(kind, st.Schema)
	}
	if st.Schema != "" {
		return nil, pgerr.New(pgerr.SyntaxError, "SHOW %s takes no FROM", st.Kind)
	}
	switch st.Kind {
	case sql.ShowColumns:
		return s.showColumns(st, text)
	case sql.ShowIndexes:
		return s.showIndexes(st, text)
	case sql.ShowSchemas:
		return list(func(add func(...any)) error {
			for _, n := range s.e.Catalog().Schemas() {
				add(n.Name)
			}
			return nil
		}, "Name"), nil
	case sql.ShowDatabases:
		return list(func(add func(...any)) error { add(Database); return nil }, "Name"), nil
	case sql.ShowJobs:
		return s.showJobs(), nil
	case sql.ShowProcesslist:
		return s.showSessions(), nil
	case sql.ShowParameters:
		return list(func(add func(...any)) error {
			for _, d := range settings.All() {
				add(d.Name, s.set.Value(d.Name), d.Doc, d.Scope == settings.PerSession)
			}
			return nil
		}, "Name", "Value", "Description", "Mutable").typed(3, types.Bool), nil
	case sql.ShowFunctions:
		return list(func(add func(...any)) error {
			for _, f := range pgcatalog.Functions() {
				add(f.Name, f.Arguments, f.Result, "internal", "")
			}
			return nil
		}, "Name", "Arguments", "Return Type", "Language", "Link"), nil
	case sql.ShowSubscriptions, sql.ShowConnections, sql.ShowSecrets:
		return nothing("Name"), nil
	}
	return nil, pgerr.Unsupported("SHOW "+string(st.Kind), "The relations of schema streamdb say what runs.")
}

// nothing lists objects that nobody can make here.
func nothing(columns ...string) *listing {
	return list(func(func(...any)) error { return nil }, columns...)
}

// showRelations lists the relations of a kind: those of a schema, or those found without
// naming one.
func (s *Session) showRelations(kind catalog.Kind, schema string) (*listing, error) {
	if schema != "" {
		if _, ok := s.e.Catalog().Schema(schema); !ok {
			return nil, pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", schema)
		}
	}
	return list(func(add func(...any)) error {
		snap := s.e.Catalog()
		schemas := []string{schema}
		if schema == "" {
			schemas = s.SearchPath(false)
		}
		for _, name := range schemas {
			for _, r := range snap.Relations(name) {
				system := r.Kind == catalog.System && kind == catalog.Table && schema != ""
				if (r.Kind == kind || system) && (schema != "" || snap.IsVisible(s.path(), r.ID)) {
					add(r.Name)
				}
			}
		}
		return nil
	}, "Name"), nil
}

func (s *Session) showJobs() *listing {
	l := list(func(add func(...any)) error {
		snap := s.e.Catalog()
		for _, j := range s.e.Jobs() {
			add(j.ID, jobStatement(snap, j), fmt.Sprintf("%d rows", j.Rows()), j.Started)
		}
		return nil
	}, "Id", "Statement", "Progress", "Started").typed(0, types.Int8).typed(3, types.TimestampTZ)
	l.name = 1
	return l
}

func (s *Session) showSessions() *listing {
	l := list(func(add func(...any)) error {
		for _, a := range s.activities() {
			host := a.ClientAddr
			if host != "" {
				host = fmt.Sprintf("%s:%d", host, a.ClientPort)
			}
			age := time.Since(types.TimeFromTimestamp(a.StateTime)).Truncate(time.Millisecond)
			query := a.Query
			if a.State != "active" {
				query = ""
			}
			add(int64(a.PID), a.User, orNull(host), a.Database, a.State, age.String(), orNull(query))
		}
		return nil
	}, "Id", "User", "Host", "Database", "State", "Time", "Info").typed(0, types.Int8)
	l.name = 1
	return l
}

// shownRelation finds any relation by name; the error points at the name.
func (s *Session) shownRelation(name sql.QualifiedName, text string) (*catalog.Relation, error) {
	err := s.checkDatabase(name)
	if err == nil {
		if r, ok := s.e.Catalog().Lookup(s.path(), name.Schema, name.Name); ok {
			return r, nil
		}
		_, err = resolver{s.e.Catalog(), s.path(), s.user}.Relation(name.Schema, name.Name)
	}
	return nil, at(err, text, name.Pos)
}

func (s *Session) checkDatabase(name sql.QualifiedName) error {
	if name.Catalog != "" && name.Catalog != Database {
		return pgerr.New(pgerr.FeatureNotSupported, "cross-database references are not implemented: \"%s.%s.%s\"",
			name.Catalog, name.Schema, name.Name)
	}
	return nil
}

// at makes an error point at a place of the text, if it does not point anywhere yet.
func at(err error, text string, pos sql.Pos) error {
	if err == nil || text == "" || pos == sql.NoPos {
		return err
	}
	e := *pgerr.From(err)
	if e.Position == 0 {
		e.Position = sql.CharPos(text, pos)
	}
	return &e
}

func (s *Session) showColumns(st *sql.ShowObjects, text string) (*listing, error) {
	r, err := s.shownRelation(*st.From, text)
	if err != nil {
		return nil, err
	}
	return list(func(add func(...any)) error {
		for _, p := range shownColumns(r) {
			c := r.Columns[p]
			add(c.Name, c.Type.String(), c.AttNum <= 0, orNull(r.ColComment[c.AttNum]))
		}
		return nil
	}, "Name", "Type", "Is Hidden", "Description").typed(2, types.Bool), nil
}

// shownColumns is a relation's columns without the dropped ones, and without PostgreSQL's
// system columns.
func shownColumns(r *catalog.Relation) []int {
	if r.Kind == catalog.System {
		return r.Live()
	}
	var ps []int
	for p, c := range r.Columns {
		if !c.Dropped {
			ps = append(ps, p)
		}
	}
	return ps
}

func (s *Session) showIndexes(st *sql.ShowObjects, text string) (*listing, error) {
	r, err := s.shownRelation(*st.From, text)
	if err != nil {
		return nil, err
	}
	return list(func(add func(...any)) error {
		for _, u := range r.Uniques {
			add(u.Name, r.Name, columnNames(r, u.Columns), u.Primary)
		}
		return nil
	}, "Name", "On", "Key", "Primary").typed(3, types.Bool), nil
}

// describe lists a relation's columns, then what else there is to say of it.
func (s *Session) describe(st *sql.Describe, text string) (*listing, error) {
	r, err := s.shownRelation(st.Name, text)
	if err != nil {
		return nil, err
	}
	l := list(func(add func(...any)) error {
		for _, p := range shownColumns(r) {
			c := r.Columns[p]
			add(c.Name, c.Type.String(), !c.NotNull, keysOf(r, p), c.AttNum <= 0, orNull(r.ColComment[c.AttNum]))
		}
		return nil
	}, "Name", "Type", "Null", "Key", "Is Hidden", "Description").typed(2, types.Bool).typed(4, types.Bool)
	l.tag = "DESCRIBE"
	return l, nil
}

// keysOf says which keys a column is part of, NULL for none.
func keysOf(r *catalog.Relation, p int) any {
	var words []string
	for _, u := range r.Uniques {
		word := "unique"
		if u.Primary {
			word = "primary key"
		}
		if slices.Contains(u.Columns, p) && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	if len(r.Uniques) == 0 && slices.Contains(r.Key, p) {
		words = append(words, "key")
	}
	return orNull(strings.Join(words, ", "))
}

func (s *Session) showCreate(st *sql.ShowCreate, text string) (*listing, error) {
	name, create, err := s.createText(st)
	if err != nil {
		return nil, at(err, text, st.Name.Pos)
	}
	return list(func(add func(...any)) error { add(name, create); return nil }, "Name", "Create Sql"), nil
}

func (s *Session) createText(st *sql.ShowCreate) (name, create string, err error) {
	if st.Kind == sql.KindIndex {
		return s.createIndexText(st.Name)
	}
	kind := kindOf(st.Kind)
	if kind == 0 {
		return "", "", pgerr.Unsupported("SHOW CREATE "+string(st.Kind), "")
	}
	r, err := s.shownRelation(st.Name, "")
	switch {
	case err != nil:
		return "", "", err
	case r.Kind == catalog.System:
		return "", "", pgerr.New(pgerr.WrongObjectType, "\"%s\" is a system relation", r.Name)
	case r.Kind != kind:
		return "", "", catalog.WrongKind(r, kind)
	}
	return r.QualifiedName(), r.Redacted(), nil
}

func (s *Session) createIndexText(name sql.QualifiedName) (string, string, error) {
	snap := s.e.Catalog()
	if id, ok := snap.LookupID(s.path(), name.Schema, name.Name); ok {
		if def, ok := pgcatalog.IndexDef(snap, id, 0); ok {
			r, u, _ := snap.IndexByID(id)
			return catalog.QuoteIdent(r.Schema) + "." + catalog.QuoteIdent(u.Name), def, nil
		}
	}
	return "", "", pgerr.New(pgerr.UndefinedObject, "index \"%s\" does not exist", name.Name)
}
