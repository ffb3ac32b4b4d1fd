package session

import (
	"context"
	"maps"
	"slices"
	"strings"

	"streamdb/catalog"
	"streamdb/connector"
	"streamdb/planner"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// rowIDColumn is the hidden key of a table without a primary key.
const rowIDColumn = "_row_id"

func (s *Session) createTable(ctx context.Context, st *sql.CreateTable, text string) error {
	switch {
	case st.Temporary:
		return pgerr.Unsupported("CREATE TEMPORARY TABLE", "Create an ordinary table and drop it.")
	case st.AppendOnly:
		return pgerr.Unsupported("APPEND ONLY", "Leave it out.")
	case st.OnConflict != sql.ConflictDefault || len(st.VersionColumns) > 0:
		return pgerr.Unsupported("ON CONFLICT in CREATE TABLE", "Use INSERT … ON CONFLICT.")
	}
	var made catalog.ID
	err := s.create(ctx, st.Name, st.IfNotExists, func(snap *catalog.Snapshot, schema string) (*catalog.Relation, error) {
		made = snap.NextID()
		r := &catalog.Relation{ID: made, Schema: schema, Name: st.Name.Name, Kind: catalog.Table, SQL: st.Src().Text}
		if err := s.connect(ctx, snap, r, &st.RelationDef, st.FromSource, st.UpstreamTable); err != nil {
			return nil, err
		}
		if err := columnTypes(st.Columns, text); err != nil {
			return nil, err
		}
		return r, s.tableColumns(snap, r, &st.RelationDef, text)
	})
	if err != nil || made == 0 {
		return err
	}
	return s.await(ctx, func(ctx context.Context) error { return s.e.WaitBegun(ctx, made) })
}

// columnTypes checks the types of declared columns; its errors point to them.
func columnTypes(columns []sql.ColumnDef, text string) error {
	for _, c := range columns {
		if c.Type == nil {
			continue
		}
		if _, err := planner.ResolveType(c.Type); err != nil {
			return pgerr.From(err).At(sql.CharPos(text, c.Type.Pos))
		}
	}
	return nil
}

// create makes a relation that build describes.
func (s *Session) create(ctx context.Context, n sql.QualifiedName, ifNotExists bool,
	build func(snap *catalog.Snapshot, schema string) (*catalog.Relation, error),
) error {
	return s.change(ctx, func(snap *catalog.Snapshot) (catalog.Change, error) {
		schema, err := s.targetSchema(snap, n)
		if err != nil {
			return nil, err
		}
		if _, ok := snap.LookupID(nil, schema, n.Name); ok {
			if ifNotExists {
				s.exists(n.Name)
				return nil, nil
			}
			return nil, pgerr.New(pgerr.DuplicateTable, "relation \"%s\" already exists", n.Name)
		}
		r, err := build(snap, schema)
		if err != nil {
			return nil, err
		}
		return &catalog.CreateRelation{Relation: r}, nil
	})
}

// isStorageOption reports whether PostgreSQL takes an option of that name for any table.
func isStorageOption(name string) bool {
	name = strings.TrimPrefix(name, "toast.")
	switch name {
	case "fillfactor", "parallel_workers", "toast_tuple_target", "user_catalog_table", "vacuum_index_cleanup", "vacuum_truncate":
		return true
	}
	return strings.HasPrefix(name, "autovacuum_") || strings.HasPrefix(name, "log_autovacuum")
}

// tableColumns adds the declared columns and constraints to a table; columns that a
// connector found are there already.
func (s *Session) tableColumns(snap *catalog.Snapshot, r *catalog.Relation, def *sql.RelationDef, text string) error {
	if r.Connector == "" {
		if len(def.Options) > 0 && isStorageOption(def.Options[0].Name) {
			return pgerr.Unsupported("storage parameter "+def.Options[0].Name, "Leave it out.")
		}
		if def.Star || len(def.Options) > 0 || def.Format != nil {
			return pgerr.New(pgerr.SyntaxError, "a table without a connector takes no options").
				WithHint("Name one: WITH (connector = '…').")
		}
		for _, c := range def.Columns {
			if err := s.addColumn(r, c); err != nil {
				return err
			}
		}
	}
	if err := s.constraints(snap, r, def, text); err != nil {
		return err
	}
	if r.Connector != "" && len(r.Checks) > 0 {
		return pgerr.Unsupported("CHECK in a table that a connector fills", "Filter in a view.")
	}
	if r.PrimaryKey() == nil {
		r.Columns = append(r.Columns, catalog.Column{Name: rowIDColumn, Type: types.Int8, NotNull: true, AttNum: 0})
	}
	if err := s.checkDeclared(r, def, text); err != nil {
		return err
	}
	return s.checkExpressions(r)
}

// maxColumns is the most columns a relation may have, dropped ones included.
const maxColumns = 1600

// addColumn adds one declared column with its NOT NULL and DEFAULT.
func (s *Session) addColumn(r *catalog.Relation, c sql.ColumnDef) error {
	for _, old := range r.Columns {
		if old.Name == c.Name && !old.Dropped {
			return pgerr.New(pgerr.DuplicateColumn, "column \"%s\" specified more than once", c.Name)
		}
	}
	if len(r.Columns) >= maxColumns {
		return pgerr.New(pgerr.TooManyColumns, "tables can have at most %d columns", maxColumns)
	}
	if c.Type == nil {
		return pgerr.New(pgerr.SyntaxError, "column \"%s\" needs a type", c.Name)
	}
	t, err := planner.ResolveType(c.Type)
	if err != nil {
		return err
	}
	if t.Info().Pseudo || t.OID == types.Unknown.OID {
		return pgerr.New(pgerr.InvalidTableDefinition, "column \"%s\" has pseudo-type %s", c.Name, t)
	}
	if len(c.Collation) > 0 && c.Collation[len(c.Collation)-1] != "C" && c.Collation[len(c.Collation)-1] != "default" {
		return pgerr.Unsupported("COLLATE", "The collation is always C.UTF-8.")
	}
	col := catalog.Column{Name: c.Name, Type: t, AttNum: nextAttNum(r)}
	for _, k := range c.Constraints {
		switch k.Kind {
		case sql.ConstraintNotNull:
			col.NotNull = true
		case sql.ConstraintDefault:
			col.Default = sql.FormatExpr(k.Expr)
		case sql.ConstraintForeignKey:
			return pgerr.Unsupported("FOREIGN KEY", "Leave it out: referential integrity is not checked.")
		case sql.ConstraintGenerated:
			return pgerr.Unsupported("a generated column", "Compute it in a view.")
		case sql.ConstraintIdentity:
			return pgerr.Unsupported("an identity column",
				"There are no sequences: give the values in INSERT, or use uuid DEFAULT gen_random_uuid().")
		}
	}
	r.Columns = append(r.Columns, col)
	return nil
}

func nextAttNum(r *catalog.Relation) int16 {
	n := int16(0)
	for _, c := range r.Columns {
		n = max(n, c.AttNum)
	}
	return n + 1
}

// constraints adds keys and checks, of columns and of the table.
func (s *Session) constraints(snap *catalog.Snapshot, r *catalog.Relation, def *sql.RelationDef, text string) error {
	var all []sql.Constraint
	for _, c := range def.Columns {
		for _, k := range c.Constraints {
			if k.Kind == sql.ConstraintPrimaryKey || k.Kind == sql.ConstraintUnique {
				k.Columns = []string{c.Name}
			}
			all = append(all, k)
		}
	}
	all = append(all, def.Constraints...)
	var taken []string
	for _, k := range all {
		if k.Name != "" {
			taken = append(taken, k.Name)
		}
	}
	for _, k := range all {
		if err := s.constraint(snap, r, k, &taken); err != nil {
			return at(err, text, k.Pos)
		}
	}
	slices.SortStableFunc(r.Uniques, func(a, b catalog.Unique) int {
		return boolRank(b.Primary) - boolRank(a.Primary)
	})
	return nil
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *Session) constraint(snap *catalog.Snapshot, r *catalog.Relation, k sql.Constraint, taken *[]string) error {
	switch k.Kind {
	case sql.ConstraintPrimaryKey, sql.ConstraintUnique:
		return s.unique(snap, r, k, taken)
	case sql.ConstraintCheck:
		text := sql.FormatExpr(k.Expr)
		name := k.Name
		if name == "" {
			cols := ""
			if used := r.Mentioned(text); len(used) == 1 {
				cols = r.Columns[used[0]].Name
			}
			name = snap.ConstraintName(r.Schema, r.Name, cols, "check", *taken)
			*taken = append(*taken, name)
		}
		r.Checks = append(r.Checks, catalog.Check{Name: name, Expr: text})
	case sql.ConstraintForeignKey:
		return pgerr.Unsupported("FOREIGN KEY", "Leave it out: referential integrity is not checked.")
	case sql.ConstraintExclude:
		return pgerr.Unsupported("EXCLUDE", "")
	}
	return nil
}

func (s *Session) unique(snap *catalog.Snapshot, r *catalog.Relation, k sql.Constraint, taken *[]string) error {
	if k.NullsNotDistinct {
		return pgerr.Unsupported("UNIQUE NULLS NOT DISTINCT", "")
	}
	if k.Deferrable || k.Deferred {
		return pgerr.Unsupported("a deferrable constraint", "")
	}
	u := catalog.Unique{Name: k.Name, Primary: k.Kind == sql.ConstraintPrimaryKey}
	if u.Primary && r.PrimaryKey() != nil {
		return pgerr.New(pgerr.InvalidTableDefinition, "multiple primary keys for table \"%s\" are not allowed", r.Name)
	}
	cols := ""
	for _, name := range k.Columns {
		i, err := column(r, name)
		if err != nil {
			return pgerr.New(pgerr.UndefinedColumn, "column \"%s\" named in key does not exist", name)
		}
		if slices.Contains(u.Columns, i) {
			return pgerr.New(pgerr.DuplicateColumn, "column \"%s\" appears twice in %s constraint", name, keyWord(u.Primary))
		}
		u.Columns = append(u.Columns, i)
		if u.Primary {
			r.Columns[i].NotNull = true
		}
		if cols != "" {
			cols += "_"
		}
		cols += name
	}
	if u.Name == "" {
		label := "key"
		if u.Primary {
			label, cols = "pkey", ""
		}
		u.Name = snap.ConstraintName(r.Schema, r.Name, cols, label, *taken)
		*taken = append(*taken, u.Name)
	}
	r.Uniques = append(r.Uniques, u)
	return nil
}

func keyWord(primary bool) string {
	if primary {
		return "primary key"
	}
	return "unique"
}

// checkDeclared binds the defaults and checks as they stand in text, to which the errors
// point.
func (s *Session) checkDeclared(r *catalog.Relation, def *sql.RelationDef, text string) error {
	env := s.env(text, nil)
	for i, c := range def.Columns {
		for _, k := range c.Constraints {
			var err error
			switch {
			case k.Kind == sql.ConstraintDefault && r.Connector == "":
				err = planner.CheckDefault(k.Expr, &r.Columns[i], env)
			case k.Kind == sql.ConstraintCheck:
				err = planner.CheckCondition(k.Expr, r, env)
			}
			if err != nil {
				return err
			}
		}
	}
	for _, k := range def.Constraints {
		if k.Kind == sql.ConstraintCheck {
			if err := planner.CheckCondition(k.Expr, r, env); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkExpressions binds the defaults and checks once, so that mistakes show at CREATE.
func (s *Session) checkExpressions(r *catalog.Relation) error {
	env := s.env("", nil)
	for _, c := range r.Checks {
		if _, err := planner.BindScalar(c.Expr, r, env); err != nil {
			return err
		}
	}
	for i, c := range r.Columns {
		if c.Default == "" {
			continue
		}
		if err := planner.CheckStoredDefault(r, i, env); err != nil {
			return err
		}
	}
	return nil
}

// connect resolves the connector of a table or source and the columns it fills.
func (s *Session) connect(ctx context.Context, snap *catalog.Snapshot, r *catalog.Relation, def *sql.RelationDef,
	from *sql.QualifiedName, upstream string,
) error {
	opts, err := options(def.Options)
	if err != nil {
		return err
	}
	if from != nil {
		src, err := s.find(snap, *from, catalog.Source, false)
		if err != nil {
			return err
		}
		spec, err := s.e.Connectors().Source(src.Connector)
		if err != nil {
			return err
		}
		if spec.ForTable == nil {
			return pgerr.New(pgerr.WrongObjectType, "source \"%s\" has no tables", src.Name)
		}
		if opts, err = spec.ForTable(maps.Clone(src.Options), upstream); err != nil {
			return err
		}
		opts[connector.ConnectorOption] = src.Connector
		r.DependsOn = append(r.DependsOn, src.ID)
	}
	name := opts[connector.ConnectorOption]
	if name == "" {
		return nil
	}
	spec, err := s.e.Connectors().Source(name)
	if err != nil {
		return err
	}
	if spec.TableOnly && r.Kind == catalog.Source && spec.ForTable == nil {
		return pgerr.New(pgerr.WrongObjectType, "connector \"%s\" delivers changes and needs a table", name).
			WithHint("Use CREATE TABLE … WITH (connector = '%s', …).", name)
	}
	if err := formatOptions(def.Format, opts); err != nil {
		return err
	}
	declared, err := declaredColumns(def)
	if err != nil {
		return err
	}
	found, err := spec.Describe(ctx, s.e.ConnectorConfig(r, opts, declared))
	if err != nil {
		return err
	}
	if r.Kind == catalog.Source && spec.TableOnly && (len(found.Schema) > 0 || len(declared) > 0) {
		return pgerr.New(pgerr.WrongObjectType, "connector \"%s\" delivers changes of a table, which a source cannot keep", name).
			WithHint("Use CREATE TABLE with these options, or leave the table and its columns out and CREATE TABLE … FROM source TABLE 'schema.table'.")
	}
	if r.Kind == catalog.Table && len(found.Schema) == 0 && spec.ForTable != nil {
		return pgerr.New(pgerr.InvalidParameterValue, "no upstream table is named").
			WithHint("Name it with an option, or CREATE SOURCE for the server and CREATE TABLE … FROM source TABLE 'schema.table'.")
	}
	return describe(r, spec, opts, def, found)
}

// describe puts what a connector found into a descriptor.
func describe(r *catalog.Relation, spec *connector.Spec, opts connector.Options, def *sql.RelationDef, found connector.Found) error {
	r.Connector = spec.Name
	r.Options = map[string]string{}
	maps.Copy(r.Options, opts)
	maps.Copy(r.Options, found.Options)
	delete(r.Options, connector.ConnectorOption)
	for _, o := range spec.Options {
		if o.Secret {
			r.Secrets = append(r.Secrets, o.Name)
		}
	}
	notNull := map[string]bool{}
	for _, c := range def.Columns {
		for _, k := range c.Constraints {
			notNull[c.Name] = notNull[c.Name] || k.Kind == sql.ConstraintNotNull
			if k.Kind == sql.ConstraintDefault {
				return pgerr.Unsupported("DEFAULT in a relation that a connector fills", "Compute it in a view.")
			}
		}
	}
	for _, c := range found.Schema {
		r.Columns = append(r.Columns, catalog.Column{Name: c.Name, Type: c.Type, NotNull: c.NotNull || notNull[c.Name], AttNum: nextAttNum(r)})
	}
	if r.Kind != catalog.Table {
		return nil
	}
	return connectorKey(r, def, found)
}

// connectorKey takes over the key that a connector found. A declared one must be the same:
// it is by that key that changes come. Other keys would have to refuse rows, which nobody
// can be told.
func connectorKey(r *catalog.Relation, def *sql.RelationDef, found connector.Found) error {
	for _, k := range def.Constraints {
		if k.Kind == sql.ConstraintUnique {
			return noUnique()
		}
	}
	for _, c := range def.Columns {
		if slices.ContainsFunc(c.Constraints, func(k sql.Constraint) bool { return k.Kind == sql.ConstraintUnique }) {
			return noUnique()
		}
	}
	if len(found.Key) == 0 {
		return nil
	}
	declared := primaryColumns(def)
	if len(declared) == 0 {
		r.Uniques = append(r.Uniques, catalog.Unique{Name: r.Name + "_pkey", Columns: found.Key, Primary: true})
		return nil
	}
	var key []string
	for _, i := range found.Key {
		key = append(key, found.Schema[i].Name)
	}
	if !slices.Equal(slices.Sorted(slices.Values(declared)), slices.Sorted(slices.Values(key))) {
		return pgerr.New(pgerr.InvalidTableDefinition, "the primary key of a table that a connector fills must be the one upstream").
			WithDetail("Upstream it is (%s).", strings.Join(key, ", ")).WithHint("Leave out PRIMARY KEY.")
	}
	return nil
}

func noUnique() error {
	return pgerr.Unsupported("UNIQUE in a table that a connector fills", "Only its PRIMARY KEY is kept: leave it out.")
}

// primaryColumns is the columns of the declared primary key, nil if there is none.
func primaryColumns(def *sql.RelationDef) []string {
	for _, k := range def.Constraints {
		if k.Kind == sql.ConstraintPrimaryKey {
			return k.Columns
		}
	}
	for _, c := range def.Columns {
		if slices.ContainsFunc(c.Constraints, func(k sql.Constraint) bool { return k.Kind == sql.ConstraintPrimaryKey }) {
			return []string{c.Name}
		}
	}
	return nil
}

func declaredColumns(def *sql.RelationDef) (types.Schema, error) {
	var schema types.Schema
	if def.Star {
		return nil, nil
	}
	key := primaryColumns(def)
	for _, c := range def.Columns {
		t, err := planner.ResolveType(c.Type)
		if err != nil {
			return nil, err
		}
		notNull := slices.Contains(key, c.Name) ||
			slices.ContainsFunc(c.Constraints, func(k sql.Constraint) bool { return k.Kind == sql.ConstraintNotNull })
		schema = append(schema, types.Column{Name: c.Name, Type: t, NotNull: notNull})
	}
	return schema, nil
}

func options(list []sql.Option) (connector.Options, error) {
	opts := connector.Options{}
	for _, o := range list {
		if _, dup := opts[o.Name]; dup {
			return nil, pgerr.New(pgerr.DuplicateObject, "option \"%s\" provided more than once", o.Name)
		}
		opts[o.Name] = o.Text()
	}
	return opts, nil
}

// formatOptions turns FORMAT PLAIN ENCODE e (…) into options.
func formatOptions(f *sql.FormatEncode, opts connector.Options) error {
	if f == nil {
		return nil
	}
	if f.Format != "PLAIN" || f.KeyEncode != "" {
		return pgerr.Unsupported("FORMAT "+f.Format, "Use FORMAT PLAIN.")
	}
	switch f.Encode {
	case "NATIVE":
	case "JSON", "CSV":
		format := strings.ToLower(f.Encode)
		if given := opts["format"]; given != "" && strings.ToLower(given) != format {
			return pgerr.New(pgerr.InvalidParameterValue, "option \"format\" says \"%s\", and ENCODE %s", given, f.Encode)
		}
		opts["format"] = format
	default:
		return pgerr.Unsupported("ENCODE "+f.Encode, "Use JSON or CSV.")
	}
	for _, o := range f.Options {
		if _, dup := opts[o.Name]; dup {
			return pgerr.New(pgerr.DuplicateObject, "option \"%s\" provided more than once", o.Name)
		}
		opts[o.Name] = o.Text()
	}
	return nil
}

func (s *Session) createSource(ctx context.Context, st *sql.CreateSource) error {
	switch {
	case st.Temporary:
		return pgerr.Unsupported("CREATE TEMPORARY SOURCE", "Create an ordinary source and drop it.")
	case len(st.Watermarks) > 0:
		return pgerr.Unsupported("WATERMARK FOR", "Leave it out: windows stay open.")
	case len(st.Includes) > 0:
		return pgerr.Unsupported("INCLUDE", "")
	}
	return s.create(ctx, st.Name, st.IfNotExists, func(snap *catalog.Snapshot, schema string) (*catalog.Relation, error) {
		r := &catalog.Relation{
			ID: snap.NextID(), Schema: schema, Name: st.Name.Name, Kind: catalog.Source, SQL: st.Src().Text, AppendOnly: true,
		}
		if err := s.connect(ctx, snap, r, &st.RelationDef, nil, ""); err != nil {
			return nil, err
		}
		if r.Connector == "" {
			return nil, pgerr.New(pgerr.InvalidParameterValue, "a source needs a connector").WithHint("Add WITH (connector = '…').")
		}
		for _, c := range st.Columns {
			for _, k := range c.Constraints {
				if k.Kind != sql.ConstraintNotNull && k.Kind != sql.ConstraintNull {
					return nil, pgerr.Unsupported("a constraint on a source's column", "A source stores no rows: use a table.")
				}
			}
		}
		if len(st.Constraints) > 0 {
			return nil, pgerr.Unsupported("a constraint on a source", "A source stores no rows: use a table.")
		}
		return r, nil
	})
}
