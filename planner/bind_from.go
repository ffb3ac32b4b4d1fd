package planner

import (
	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/sql"
	"streamdb/types/pgerr"
)

// from binds a FROM list into sc: its names become visible and the result is its product.
// An item sees the names of those before it if it is LATERAL or a function.
func (b *binder) from(sc *scope, refs []sql.TableRef) (rel, error) {
	keep := sc.clause
	sc.clause = inFrom
	defer func() { sc.clause = keep }()
	var all rel
	var names namespace
	for _, ref := range refs {
		r, ns, err := b.tableRef(sc, ref, names)
		if err != nil {
			return nil, err
		}
		if err := b.checkAliases(names, ns); err != nil {
			return nil, err
		}
		names = names.join(ns)
		if all == nil {
			all = r
		} else {
			all = &joinRel{kind: plan.Inner, l: all, r: r}
		}
	}
	sc.names, sc.hidden = names, nil
	if all == nil {
		all = oneRow()
	}
	return all, nil
}

// oneRow is the relation of one row without columns.
func oneRow() rel { return &valuesRel{rows: [][]expr.Expr{{}}} }

// tableRef binds one item of FROM; lateral is what it may refer to if it is lateral.
func (b *binder) tableRef(sc *scope, ref sql.TableRef, lateral namespace) (rel, namespace, error) {
	if err := b.enter(); err != nil {
		return nil, namespace{}, err
	}
	defer b.leave()
	switch ref := ref.(type) {
	case *sql.TableName:
		return b.tableName(sc, ref)
	case *sql.DerivedTable:
		return b.derivedTable(sc, ref, lateral)
	case *sql.RangeFunction:
		return b.rangeFunction(sc, ref, lateral)
	case *sql.Join:
		return b.join(sc, ref, lateral)
	}
	return nil, namespace{}, pgerr.Internal("item of FROM %T", ref)
}

// tableName binds a relation, view or CTE by name.
func (b *binder) tableName(sc *scope, t *sql.TableName) (rel, namespace, error) {
	if t.Schema == "" && t.Catalog == "" {
		if c := findCTE(sc, t.Name); c != nil {
			return b.readCTE(sc, c, t)
		}
	}
	table, err := b.relation(t.QualifiedName)
	if err != nil {
		return nil, namespace{}, err
	}
	b.dependOn(table.ID)
	r, cols, err := b.readRelation(table, t.Pos)
	if err != nil {
		return nil, namespace{}, err
	}
	b.names.table(tableUse{name: t, relation: table})
	entry := &tableEntry{alias: table.Name, schema: table.Schema, relation: table, cols: cols, fields: cols}
	if entry.scan, _ = r.(*scanRel); entry.scan == nil {
		r = b.derive(entry, r)
	}
	ns, err := b.named(sc, entry, t.Alias)
	return r, ns, err
}

// relation looks a relation up in the catalog.
func (b *binder) relation(n sql.QualifiedName) (*catalog.Relation, error) {
	if n.Schema != "" || b.path == nil {
		r, err := b.env.Resolver.Relation(n.Schema, n.Name)
		return r, b.at(err, n.Pos)
	}
	for _, schema := range append([]string{"pg_catalog"}, b.path...) {
		r, err := b.env.Resolver.Relation(schema, n.Name)
		if err == nil {
			return r, nil
		}
		if !pgerr.Is(err, pgerr.UndefinedTable) && !pgerr.Is(err, pgerr.InvalidSchemaName) {
			return nil, err
		}
	}
	return nil, b.fail(n.Pos, pgerr.UndefinedTable, "relation \"%s\" does not exist", n.Name)
}

// readRelation makes the scan of a stored relation or the query of a view.
func (b *binder) readRelation(table *catalog.Relation, pos sql.Pos) (rel, []nameCol, error) {
	switch table.Kind {
	case catalog.View:
		return b.readView(table)
	case catalog.Sink, catalog.Index:
		return nil, nil, b.fail(pos, pgerr.WrongObjectType, "cannot open %s \"%s\"", table.Kind, table.Name)
	case catalog.System:
		err := b.refuseInView(pos, "system relation \""+table.Name+"\"", "Select from it directly.")
		if err != nil {
			return nil, nil, err
		}
	}
	s, cols := b.scan(table, table.Live())
	return s, cols, nil
}

// scan reads the given columns of a relation.
func (b *binder) scan(table *catalog.Relation, positions []int) (*scanRel, []nameCol) {
	s := &scanRel{table: table, positions: positions}
	var cols []nameCol
	for _, p := range positions {
		c := table.Columns[p]
		id := b.cols.add(c.Name, c.Type)
		b.cols[id].table, b.cols[id].att = table.ID, c.AttNum
		s.cols = append(s.cols, id)
		cols = append(cols, nameCol{c.Name, id})
	}
	return s, cols
}

// readView binds a view's query in its own search path, without the statement's names.
func (b *binder) readView(view *catalog.Relation) (rel, []nameCol, error) {
	if err := b.enter(); err != nil {
		return nil, nil, err
	}
	defer b.leave()
	q, err := b.env.Resolver.ViewQuery(view)
	if err != nil {
		return nil, nil, err
	}
	text, path, names := b.text, b.path, b.names
	b.text, b.path, b.names = "", view.SearchPath, nil
	defer func() { b.text, b.path, b.names = text, path, names }()
	bound, err := b.query(q, nil, true)
	if err != nil {
		return nil, nil, err
	}
	live := view.Live()
	if len(live) != len(bound.out) {
		return nil, nil, pgerr.Internal("view %s has %d columns, its query %d", view.Name, len(live), len(bound.out))
	}
	cols := make([]nameCol, len(live))
	items := make([]item, len(live))
	for i, p := range live {
		c := view.Columns[p]
		id := b.cols.add(c.Name, b.cols[bound.out[i].id].typ)
		b.cols[id].table, b.cols[id].att = view.ID, c.AttNum
		items[i] = item{id, b.cols.col(bound.out[i].id)}
		cols[i] = nameCol{c.Name, id}
	}
	return &projectRel{in: bound.rel, items: items}, cols, nil
}

// named gives an entry of FROM its alias and makes its columns visible.
func (b *binder) named(sc *scope, t *tableEntry, a *sql.Alias) (namespace, error) {
	if a != nil {
		t.alias, t.schema = a.Name, ""
		if len(a.Columns) > len(t.cols) {
			return namespace{}, pgerr.New(pgerr.InvalidColumnReference,
				"table \"%s\" has %d columns available but %d columns specified", a.Name, len(t.cols), len(a.Columns))
		}
		renamed := append([]nameCol(nil), t.cols...)
		for i, name := range a.Columns {
			renamed[i].name = name
		}
		t.cols, t.aliased = renamed, len(a.Columns)
	}
	b.own(sc, t.cols)
	t.owner = sc
	return namespaceOf(t), nil
}

// derivedTable binds a subquery in FROM.
func (b *binder) derivedTable(sc *scope, d *sql.DerivedTable, lateral namespace) (rel, namespace, error) {
	if d.Alias == nil {
		return nil, namespace{}, b.noAlias(d)
	}
	bound, err := b.inFrom(sc, d.Lateral, lateral, func(outer *scope) (*boundQuery, error) {
		return b.query(d.Query, outer, true)
	})
	if err != nil {
		return nil, namespace{}, err
	}
	entry := &tableEntry{cols: bound.names()}
	r := b.derive(entry, bound.rel)
	ns, err := b.named(sc, entry, d.Alias)
	return r, ns, err
}

// noAlias is the error of a subquery in FROM without a name.
func (b *binder) noAlias(d *sql.DerivedTable) error {
	err := pgerr.New(pgerr.SyntaxError, "subquery in FROM must have an alias").
		WithHint("For example, FROM (SELECT ...) [AS] foo.")
	if _, ok := d.Query.Body.(*sql.Values); ok {
		err = pgerr.New(pgerr.SyntaxError, "VALUES in FROM must have an alias").
			WithHint("For example, FROM (VALUES ...) [AS] foo.")
	}
	return b.at(err, d.Pos)
}

// inFrom binds something in FROM, with the names of earlier items visible to it only if it
// is lateral.
func (b *binder) inFrom(sc *scope, lateral bool, names namespace, bind func(*scope) (*boundQuery, error)) (*boundQuery, error) {
	keep, keepHidden := sc.names, sc.hidden
	defer func() { sc.names, sc.hidden = keep, keepHidden }()
	if lateral {
		sc.names = names
	} else {
		sc.names, sc.hidden = namespace{}, append(sc.hidden, names.tables...)
	}
	return bind(sc)
}
