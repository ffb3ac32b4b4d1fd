package planner

import (
	"slices"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types/pgerr"
)

// scope is one level of query: the names its expressions may use.
type scope struct {
	parent *scope // the query around it, for correlated references
	clause clause // where in the query the expression being bound stands
	names  namespace
	hidden []*tableEntry // tables of this FROM that cannot be referred to from here
	ctes   []*cte
	group  *grouping // collects aggregates that belong to this query
	funcs  *setCalls // collects set-returning functions, where they are allowed
}

// clause is the part of a query an expression stands in, as errors name it.
type clause string

const (
	inSelect    clause = "SELECT"
	inWhere     clause = "WHERE"
	inHaving    clause = "HAVING"
	inGroupBy   clause = "GROUP BY"
	inOrderBy   clause = "ORDER BY"
	inOn        clause = "JOIN conditions"
	inFunction  clause = "functions in FROM"
	inFrom      clause = "FROM clause of their own query level"
	inValues    clause = "VALUES"
	inLimit     clause = "LIMIT"
	inOffset    clause = "OFFSET"
	inFilter    clause = "FILTER"
	inUpdate    clause = "UPDATE"
	inReturning clause = "RETURNING"
	inDefault   clause = "DEFAULT expressions"
	inCheck     clause = "check constraints"
	inCopy      clause = "COPY FROM WHERE conditions"
)

// namespace is what a FROM list, or part of one, makes visible.
type namespace struct {
	tables []*tableEntry
	cols   []nameCol // without qualification, in the order of *
}

// nameCol is a column's name and number.
type nameCol struct {
	name string
	id   int
}

// tableEntry is an entry of FROM that columns can be qualified by.
type tableEntry struct {
	alias    string
	schema   string            // of a relation without alias
	relation *catalog.Relation // nil for others
	cols     []nameCol
	aliased  int               // how many of cols, from the first, have names of an alias
	fields   []nameCol         // of a relation as a record, which no alias renames; nil: cols
	windowOf *catalog.Relation // the relation whose columns, with those of a window, these are
	scan     *scanRel          // of a stored relation, for its system columns
	scalar   bool              // a function whose result is one value and no row
	derived  *projectRel       // what is not a stored relation, and its column
	mark     int               // that presence has added; 0: none yet
	owner    *scope            // the query in whose FROM it stands
}

// join puts two namespaces side by side.
func (n namespace) join(o namespace) namespace {
	return namespace{tables: slices.Concat(n.tables, o.tables), cols: slices.Concat(n.cols, o.cols)}
}

// of returns the namespace of one table.
func namespaceOf(t *tableEntry) namespace { return namespace{tables: []*tableEntry{t}, cols: t.cols} }

func (n namespace) table(schema, name string) *tableEntry {
	for _, t := range n.tables {
		if t.alias == name && (schema == "" || t.schema == schema) {
			return t
		}
	}
	return nil
}

// twice reports whether another table goes by the name of t, as in x, LATERAL (… x …).
func (n namespace) twice(schema string, t *tableEntry) bool {
	return slices.ContainsFunc(n.tables, func(o *tableEntry) bool {
		return o != t && o.alias == t.alias && (schema == "" || o.schema == schema)
	})
}

// checkAliases fails for a table name that is used twice.
func (b *binder) checkAliases(l, r namespace) error {
	for _, t := range r.tables {
		for _, o := range l.tables {
			if t.alias == "" || t.alias != o.alias || t.schema != o.schema && t.schema != "" && o.schema != "" {
				continue
			}
			return pgerr.New(pgerr.DuplicateAlias, "table name \"%s\" specified more than once", t.alias)
		}
	}
	return nil
}

// own notes that columns stand in the FROM of sc.
func (b *binder) own(sc *scope, cols []nameCol) {
	for _, c := range cols {
		b.owner[c.id] = sc
	}
}

// columnRef binds a name.
func (b *binder) columnRef(sc *scope, r *sql.ColumnRef) (expr.Expr, error) {
	if r.Star {
		return b.starRow(sc, r)
	}
	if sc.clause == inDefault {
		return nil, b.fail(r.Pos, pgerr.FeatureNotSupported, "cannot use column reference in DEFAULT expression")
	}
	var id int
	var err error
	switch len(r.Names) {
	case 1:
		if id, err = b.unqualified(sc, r); pgerr.Is(err, pgerr.UndefinedColumn) {
			if t := b.entryOf(sc, r.Names[0]); t != nil {
				return b.wholeRow(t, r.Pos)
			}
		}
	case 2:
		id, err = b.qualified(sc, "", r.Names[0], r.Names[1], r.Pos)
	case 3:
		id, err = b.qualified(sc, r.Names[0], r.Names[1], r.Names[2], r.Pos)
	default:
		return nil, b.unsupported(r.Pos, "a cross-database reference", "")
	}
	if err != nil {
		return nil, err
	}
	b.noteColumn(sc, r, id)
	c := b.cols.col(id)
	b.place[c] = r.Pos
	return c, nil
}

// noteColumn takes down what a reference names.
func (b *binder) noteColumn(sc *scope, r *sql.ColumnRef, id int) {
	if b.names == nil {
		return
	}
	u := columnUse{ref: r, namedColumn: namedColumn{name: r.Names[len(r.Names)-1]}}
	var t *tableEntry
	if n := len(r.Names); n > 1 {
		schema := ""
		if n == 3 {
			schema = r.Names[0]
		}
		t, _ = b.tableNamed(sc, schema, r.Names[n-2], r.Pos) // it was found a moment ago
	}
	b.names.column(sc, u, t, id)
}

func (b *binder) unqualified(sc *scope, r *sql.ColumnRef) (int, error) {
	name := r.Names[0]
	for s := sc; s != nil; s = s.parent {
		found := -1
		for _, c := range s.names.cols {
			if c.name != name {
				continue
			}
			if found >= 0 {
				return 0, b.fail(r.Pos, pgerr.AmbiguousColumn, "column reference \"%s\" is ambiguous", name)
			}
			found = c.id
		}
		if found < 0 && isSystemColumn(name) {
			var err error
			if found, err = b.unqualifiedSystem(s, name, r.Pos); err != nil {
				return 0, err
			}
		}
		if found >= 0 {
			return found, nil
		}
	}
	return 0, b.fail(r.Pos, pgerr.UndefinedColumn, "column \"%s\" does not exist", name)
}

func (b *binder) qualified(sc *scope, schema, tab, col string, pos sql.Pos) (int, error) {
	t, err := b.tableNamed(sc, schema, tab, pos)
	if err != nil {
		return 0, err
	}
	found := -1
	for _, c := range t.cols {
		if c.name == col {
			if found >= 0 {
				return 0, b.fail(pos, pgerr.AmbiguousColumn, "column reference \"%s\" is ambiguous", col)
			}
			found = c.id
		}
	}
	if found < 0 {
		if found, err = b.systemColumn(t, col, pos); err != nil {
			return 0, err
		}
	}
	if found < 0 {
		return 0, b.fail(pos, pgerr.UndefinedColumn, "column %s.%s does not exist", tab, col)
	}
	return found, nil
}

// tableNamed finds the entry of FROM, of this query or one around it.
func (b *binder) tableNamed(sc *scope, schema, name string, pos sql.Pos) (*tableEntry, error) {
	for s := sc; s != nil; s = s.parent {
		if t := s.names.table(schema, name); t != nil {
			if s.names.twice(schema, t) {
				return nil, b.fail(pos, pgerr.AmbiguousAlias, "table reference \"%s\" is ambiguous", name)
			}
			return t, nil
		}
	}
	for s := sc; s != nil; s = s.parent {
		for _, t := range s.hidden {
			if t.alias == name {
				err := pgerr.New(pgerr.UndefinedTable, "invalid reference to FROM-clause entry for table \"%s\"", name).
					WithDetail("There is an entry for table \"%s\", but it cannot be referenced from this part of the query.", name)
				return nil, b.at(err, pos)
			}
			if t.relation != nil && t.relation.Name == name {
				return nil, b.aliasHidden(t, name, pos)
			}
		}
		for _, t := range s.names.tables {
			if t.relation != nil && t.relation.Name == name && t.alias != name {
				return nil, b.aliasHidden(t, name, pos)
			}
		}
	}
	return nil, b.fail(pos, pgerr.UndefinedTable, "missing FROM-clause entry for table \"%s\"", name)
}

func (b *binder) aliasHidden(t *tableEntry, name string, pos sql.Pos) error {
	err := pgerr.New(pgerr.UndefinedTable, "invalid reference to FROM-clause entry for table \"%s\"", name).
		WithHint("Perhaps you meant to reference the table alias \"%s\".", t.alias)
	return b.at(err, pos)
}
