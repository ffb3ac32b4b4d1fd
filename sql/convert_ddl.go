package sql

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// definition converts CREATE statements; nil for anything else.
func (c *converter) definition(n *pg_query.Node) Statement {
	switch v := n.Node.(type) {
	case *pg_query.Node_CreateStmt:
		return c.createTable(v.CreateStmt)
	case *pg_query.Node_CreateTableAsStmt:
		return c.createAs(v.CreateTableAsStmt)
	case *pg_query.Node_ViewStmt:
		return c.createView(v.ViewStmt)
	case *pg_query.Node_CreateSchemaStmt:
		return c.createSchema(v.CreateSchemaStmt)
	case *pg_query.Node_IndexStmt:
		return c.createIndex(v.IndexStmt)
	}
	return nil
}

// refusal refuses what makes or changes objects that are not here, with the way round; nil
// for anything else.
func (c *converter) refusal(n *pg_query.Node) Statement {
	switch n.Node.(type) {
	case *pg_query.Node_CreateRoleStmt, *pg_query.Node_AlterRoleStmt, *pg_query.Node_AlterRoleSetStmt, *pg_query.Node_DropRoleStmt:
		return c.refuse(strings.ToUpper(c.tokens[0].word)+" ROLE", "There is one user, who needs no password.")
	case *pg_query.Node_CreateSeqStmt, *pg_query.Node_AlterSeqStmt:
		return c.refuse(strings.ToUpper(c.tokens[0].word)+" SEQUENCE", "Give each row its key, or use uuid DEFAULT gen_random_uuid().")
	}
	return nil
}

// refuse makes a statement of which one clause is not ours an Unsupported.
func (c *converter) refuse(what, hint string) Statement {
	return &Unsupported{Pos: Pos(c.tokens[0].start), What: what, Hint: hint}
}

func (c *converter) createTable(s *pg_query.CreateStmt) Statement {
	switch {
	case s.Partbound != nil:
		return c.refuse("CREATE TABLE … PARTITION OF", "Create one table.")
	case s.Partspec != nil:
		return c.refuse("CREATE TABLE … PARTITION BY", "Create one table.")
	case len(s.InhRelations) > 0:
		return c.refuse("CREATE TABLE … INHERITS", "Repeat the columns.")
	case s.OfTypename != nil:
		return c.refuse("CREATE TABLE … OF", "List the columns.")
	case s.Tablespacename != "":
		return c.refuse("TABLESPACE", "Leave the clause out.")
	case s.AccessMethod != "":
		return c.refuse("CREATE TABLE … USING", "Leave the clause out.")
	case s.Oncommit != pg_query.OnCommitAction_ONCOMMIT_NOOP && s.Oncommit != pg_query.OnCommitAction_ON_COMMIT_ACTION_UNDEFINED:
		return c.refuse("CREATE TABLE … ON COMMIT", "Leave the clause out.")
	}
	out := &CreateTable{Temporary: s.Relation.Relpersistence == "t", Unlogged: s.Relation.Relpersistence == "u"}
	out.Name, out.IfNotExists, out.Options = c.rangeVarName(s.Relation), s.IfNotExists, c.options(s.Options)
	for _, n := range s.TableElts {
		switch v := n.Node.(type) {
		case *pg_query.Node_ColumnDef:
			out.Columns = append(out.Columns, c.columnDef(v.ColumnDef))
		case *pg_query.Node_Constraint:
			out.Constraints = c.addConstraint(out.Constraints, v.Constraint)
		default:
			return c.refuse("CREATE TABLE … LIKE", "List the columns.")
		}
	}
	return out
}

func (c *converter) columnDef(d *pg_query.ColumnDef) ColumnDef {
	out := ColumnDef{Pos: c.pos(d.Location), Name: d.Colname, Type: c.typeName(d.TypeName), Collation: names(d.CollClause.GetCollname())}
	for _, n := range d.Constraints {
		out.Constraints = c.addConstraint(out.Constraints, n.GetConstraint())
	}
	return out
}

var constraintKinds = map[pg_query.ConstrType]ConstraintKind{
	pg_query.ConstrType_CONSTR_NULL:      ConstraintNull,
	pg_query.ConstrType_CONSTR_NOTNULL:   ConstraintNotNull,
	pg_query.ConstrType_CONSTR_DEFAULT:   ConstraintDefault,
	pg_query.ConstrType_CONSTR_IDENTITY:  ConstraintIdentity,
	pg_query.ConstrType_CONSTR_GENERATED: ConstraintGenerated,
	pg_query.ConstrType_CONSTR_CHECK:     ConstraintCheck,
	pg_query.ConstrType_CONSTR_PRIMARY:   ConstraintPrimaryKey,
	pg_query.ConstrType_CONSTR_UNIQUE:    ConstraintUnique,
	pg_query.ConstrType_CONSTR_EXCLUSION: ConstraintExclude,
	pg_query.ConstrType_CONSTR_FOREIGN:   ConstraintForeignKey,
}

// addConstraint appends k. DEFERRABLE and its kin, separate nodes after a column's
// constraint, are folded into that one.
func (c *converter) addConstraint(list []Constraint, k *pg_query.Constraint) []Constraint {
	kind, ok := constraintKinds[k.GetContype()]
	if ok {
		return append(list, c.constraint(k, kind))
	}
	if len(list) == 0 {
		c.unsupported("a misplaced constraint attribute", "", k.GetLocation())
		return list
	}
	last := &list[len(list)-1]
	switch k.Contype {
	case pg_query.ConstrType_CONSTR_ATTR_DEFERRABLE:
		last.Deferrable = true
	case pg_query.ConstrType_CONSTR_ATTR_DEFERRED:
		last.Deferrable, last.Deferred = true, true
	}
	return list
}

func (c *converter) constraint(k *pg_query.Constraint, kind ConstraintKind) Constraint {
	out := Constraint{
		Pos:              c.pos(k.Location),
		Kind:             kind,
		Name:             k.Conname,
		Expr:             c.expr(k.RawExpr),
		Columns:          names(k.Keys),
		Options:          c.options(k.Options),
		Always:           k.GeneratedWhen == "a",
		Stored:           kind == ConstraintGenerated,
		NullsNotDistinct: k.NullsNotDistinct,
		NoInherit:        k.IsNoInherit,
		NotValid:         k.SkipValidation && !k.InitiallyValid,
		Deferrable:       k.Deferrable,
		Deferred:         k.Initdeferred,
	}
	if kind == ConstraintForeignKey {
		out.Columns, out.References = names(k.FkAttrs), c.references(k)
	}
	if k.Indexname != "" {
		c.unsupported("a constraint USING INDEX", "Name the columns.", k.Location)
	}
	return out
}

var fkActions = map[string]string{"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}

func (c *converter) references(k *pg_query.Constraint) *References {
	r := &References{Table: c.rangeVarName(k.Pktable), Columns: names(k.PkAttrs), OnUpdate: fkActions[k.FkUpdAction], OnDelete: fkActions[k.FkDelAction]}
	switch k.FkMatchtype {
	case "f":
		r.Match = "FULL"
	case "p":
		r.Match = "PARTIAL"
	}
	return r
}

// createAs converts CREATE TABLE AS and CREATE MATERIALIZED VIEW, one node in the grammar.
func (c *converter) createAs(s *pg_query.CreateTableAsStmt) Statement {
	into := s.Into
	if into.TableSpaceName != "" || into.AccessMethod != "" {
		return c.refuse("TABLESPACE or USING", "Leave the clause out.")
	}
	if s.Objtype != pg_query.ObjectType_OBJECT_MATVIEW {
		out := c.createTableAs(into, c.nested(s.Query))
		out.IfNotExists = s.IfNotExists
		return out
	}
	return &CreateMaterializedView{
		Name:        c.rangeVarName(into.Rel),
		IfNotExists: s.IfNotExists,
		Columns:     names(into.ColNames),
		Options:     c.options(into.Options),
		Query:       c.query(s.Query.GetSelectStmt()),
		NoData:      into.SkipData,
	}
}

func (c *converter) createTableAs(into *pg_query.IntoClause, query Statement) *CreateTableAs {
	return &CreateTableAs{
		Name:      c.rangeVarName(into.Rel),
		Temporary: into.Rel.GetRelpersistence() == "t",
		Columns:   names(into.ColNames),
		Options:   c.options(into.Options),
		Query:     query,
		NoData:    into.SkipData,
	}
}

func (c *converter) createView(s *pg_query.ViewStmt) Statement {
	out := &CreateView{
		Name:      c.rangeVarName(s.View),
		OrReplace: s.Replace,
		Temporary: s.View.GetRelpersistence() == "t",
		Columns:   names(s.Aliases),
		Options:   c.options(s.Options),
		Query:     c.query(s.Query.GetSelectStmt()),
	}
	for i := 1; i < len(c.tokens) && i < 5; i++ {
		out.Recursive = out.Recursive || c.tokens[i].word == "recursive" && c.tokens[i+1].word == "view"
	}
	switch s.WithCheckOption {
	case pg_query.ViewCheckOption_LOCAL_CHECK_OPTION:
		out.CheckOption = "LOCAL"
	case pg_query.ViewCheckOption_CASCADED_CHECK_OPTION:
		out.CheckOption = "CASCADED"
	}
	return out
}

func (c *converter) createSchema(s *pg_query.CreateSchemaStmt) Statement {
	if len(s.SchemaElts) > 0 {
		return c.refuse("CREATE SCHEMA with schema elements", "Create the schema first, then its objects.")
	}
	out := &CreateSchema{Name: s.Schemaname, IfNotExists: s.IfNotExists, Authorization: s.Authrole.GetRolename(), Pos: NoPos}
	for i := range c.tokens {
		if t := &c.tokens[i]; t.word == "schema" && i+1 < len(c.tokens) {
			out.Pos = Pos(c.tokens[i+1].start)
			break
		}
	}
	return out
}

func (c *converter) createIndex(s *pg_query.IndexStmt) Statement {
	return &CreateIndex{
		Name:         s.Idxname,
		Table:        c.rangeVarName(s.Relation),
		IfNotExists:  s.IfNotExists,
		Unique:       s.Unique,
		Concurrently: s.Concurrent,
		Method:       s.AccessMethod,
		Elements:     c.indexElements(s.IndexParams),
		Include:      c.indexElements(s.IndexIncludingParams),
		Options:      c.options(s.Options),
		Where:        c.expr(s.WhereClause),
	}
}

func (c *converter) indexElements(nodes []*pg_query.Node) []IndexElement {
	var out []IndexElement
	for _, n := range nodes {
		e := n.GetIndexElem()
		out = append(out, IndexElement{
			Name:      e.GetName(),
			Expr:      c.expr(e.GetExpr()),
			Collation: names(e.GetCollation()),
			OpClass:   names(e.GetOpclass()),
			Dir:       sortDirs[e.GetOrdering()],
			Nulls:     nullsOrders[e.GetNullsOrdering()],
		})
	}
	return out
}
