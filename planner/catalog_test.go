package planner

import (
	"strings"

	"streamdb/catalog"
	"streamdb/sql"
	"streamdb/types/pgerr"
)

// testCatalog is a catalog made of CREATE TABLE and CREATE VIEW statements.
type testCatalog struct {
	rels  map[string]*catalog.Relation
	views map[catalog.ID]*sql.Query
}

func newTestCatalog() *testCatalog {
	return &testCatalog{rels: map[string]*catalog.Relation{}, views: map[catalog.ID]*sql.Query{}}
}

func (c *testCatalog) Relation(schema, name string) (*catalog.Relation, error) {
	if schema == "" {
		schema = "public"
	}
	if r := c.rels[schema+"."+name]; r != nil {
		return r, nil
	}
	if schema != "public" {
		name = schema + "." + name
	}
	return nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", name)
}

func (c *testCatalog) ViewQuery(v *catalog.Relation) (*sql.Query, error) { return c.views[v.ID], nil }

// exec runs CREATE statements.
func (c *testCatalog) exec(text string) error {
	stmts, err := sql.Parse(text)
	if err != nil {
		return err
	}
	for _, s := range stmts {
		switch s := s.(type) {
		case *sql.CreateTable:
			err = c.createTable(s)
		case *sql.CreateView:
			err = c.createView(s.Name, s.Columns, s.Query, catalog.View)
		case *sql.CreateMaterializedView:
			err = c.createView(s.Name, s.Columns, s.Query, catalog.MaterializedView)
		default:
			err = pgerr.Internal("%T in a test catalog", s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *testCatalog) add(n sql.QualifiedName, r *catalog.Relation) {
	r.Schema, r.Name = n.Schema, n.Name
	if r.Schema == "" {
		r.Schema = "public"
	}
	r.ID = catalog.FirstUserID + catalog.ID(len(c.rels))
	c.rels[r.Schema+"."+r.Name] = r
}

func (c *testCatalog) createTable(s *sql.CreateTable) error {
	r := &catalog.Relation{Kind: catalog.Table, AppendOnly: s.AppendOnly}
	for i, d := range s.Columns {
		t, err := ResolveType(d.Type)
		if err != nil {
			return err
		}
		col := catalog.Column{Name: d.Name, Type: t, AttNum: int16(i + 1)}
		for _, k := range d.Constraints {
			switch k.Kind {
			case sql.ConstraintNotNull:
				col.NotNull = true
			case sql.ConstraintPrimaryKey:
				col.NotNull = true
				r.Uniques = append(r.Uniques, catalog.Unique{Name: s.Name.Name + "_pkey", Columns: []int{i}, Primary: true})
			case sql.ConstraintUnique:
				r.Uniques = append(r.Uniques, catalog.Unique{Name: s.Name.Name + "_" + d.Name + "_key", Columns: []int{i}})
			case sql.ConstraintDefault:
				col.Default = sql.FormatExpr(k.Expr)
			case sql.ConstraintCheck:
				r.Checks = append(r.Checks, catalog.Check{Name: s.Name.Name + "_check", Expr: sql.FormatExpr(k.Expr)})
			}
		}
		r.Columns = append(r.Columns, col)
	}
	for _, k := range s.Constraints {
		if k.Kind != sql.ConstraintPrimaryKey {
			continue
		}
		u := catalog.Unique{Name: s.Name.Name + "_pkey", Primary: true}
		for _, name := range k.Columns {
			for i := range r.Columns {
				if r.Columns[i].Name == name {
					u.Columns = append(u.Columns, i)
					r.Columns[i].NotNull = true
				}
			}
		}
		r.Uniques = append(r.Uniques, u)
	}
	if r.PrimaryKey() == nil && strings.Contains(s.Src().Text, "hidden") {
		r.Columns = append(r.Columns, catalog.Column{Name: "row_id", AttNum: -1})
	}
	c.add(s.Name, r)
	return nil
}

func (c *testCatalog) createView(n sql.QualifiedName, names []string, q *sql.Query, kind catalog.Kind) error {
	infer := InferPlainView
	if kind == catalog.MaterializedView {
		infer = InferView
	}
	v, err := infer(q, names, testEnv(c, ""))
	if err != nil {
		return err
	}
	r := &catalog.Relation{Kind: kind, Key: v.Key, AppendOnly: v.AppendOnly, DependsOn: v.DependsOn}
	for i, col := range v.Schema {
		r.Columns = append(r.Columns, catalog.Column{Name: col.Name, Type: col.Type, NotNull: col.NotNull, AttNum: int16(i + 1)})
	}
	c.add(n, r)
	c.views[r.ID] = q
	return nil
}
