package sql

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"
)

func (c *converter) tableRefs(nodes []*pg_query.Node) []TableRef {
	var out []TableRef
	for _, n := range nodes {
		out = append(out, c.tableRef(n))
	}
	return out
}

// tableRef converts an item of FROM.
func (c *converter) tableRef(n *pg_query.Node) TableRef {
	if n == nil || !c.enter() {
		return nil
	}
	defer func() { c.depth-- }()
	switch v := n.Node.(type) {
	case *pg_query.Node_RangeVar:
		return c.tableName(v.RangeVar)
	case *pg_query.Node_JoinExpr:
		return c.join(v.JoinExpr)
	case *pg_query.Node_RangeSubselect:
		s := v.RangeSubselect
		return &DerivedTable{Pos: NoPos, Lateral: s.Lateral, Query: c.query(s.Subquery.GetSelectStmt()), Alias: c.alias(s.Alias)}
	case *pg_query.Node_RangeFunction:
		return c.rangeFunction(v.RangeFunction)
	case *pg_query.Node_RangeTableSample:
		c.unsupported("TABLESAMPLE", "", v.RangeTableSample.Location)
	case *pg_query.Node_RangeTableFunc:
		c.unsupported("XMLTABLE", "", v.RangeTableFunc.Location)
	default:
		c.unsupported("this item in FROM", "", -1)
	}
	return nil
}

// tableName converts a relation in FROM or the target of DML.
func (c *converter) tableName(r *pg_query.RangeVar) *TableName {
	if r == nil {
		return nil
	}
	t := &TableName{QualifiedName: c.rangeVarName(r), Only: !r.Inh, Alias: c.alias(r.Alias)}
	if t.Alias != nil && t.Alias.Name == "final" {
		c.refuseFinal(t)
	}
	return t
}

// refuseFinal refuses `t FINAL`, which PostgreSQL's grammar takes for an alias. `t AS final`
// is one.
func (c *converter) refuseFinal(t *TableName) {
	for i := range c.tokens {
		if Pos(c.tokens[i].start) != t.Pos {
			continue
		}
		for i+2 < len(c.tokens) && c.tokens[i+1].is(".") {
			i += 2
		}
		if i+1 < len(c.tokens) && c.tokens[i+1].word == "final" {
			c.unsupported("FINAL", "A relation is always read without superseded rows; for an alias write AS final.", int32(c.tokens[i+1].start-c.base))
		}
		return
	}
}

func (c *converter) alias(a *pg_query.Alias) *Alias {
	if a == nil {
		return nil
	}
	return &Alias{Name: a.Aliasname, Columns: names(a.Colnames)}
}

var joinKinds = map[pg_query.JoinType]JoinKind{
	pg_query.JoinType_JOIN_INNER: InnerJoin,
	pg_query.JoinType_JOIN_LEFT:  LeftJoin,
	pg_query.JoinType_JOIN_RIGHT: RightJoin,
	pg_query.JoinType_JOIN_FULL:  FullJoin,
}

func (c *converter) join(j *pg_query.JoinExpr) TableRef {
	return &Join{
		Kind:       joinKinds[j.Jointype],
		Natural:    j.IsNatural,
		Left:       c.tableRef(j.Larg),
		Right:      c.tableRef(j.Rarg),
		Using:      names(j.UsingClause),
		UsingAlias: j.JoinUsingAlias.GetAliasname(),
		On:         c.expr(j.Quals),
		Alias:      c.alias(j.Alias),
	}
}

func (c *converter) rangeFunction(r *pg_query.RangeFunction) TableRef {
	out := &RangeFunction{Pos: NoPos, Lateral: r.Lateral, Ordinality: r.Ordinality, RowsFrom: r.IsRowsfrom, Alias: c.alias(r.Alias), Columns: c.columnDefs(r.Coldeflist)}
	for _, n := range r.Functions {
		items := n.GetList().GetItems()
		if len(items) == 0 {
			continue
		}
		f := RangeFunctionItem{Call: c.expr(items[0])}
		if len(items) > 1 {
			f.Columns = c.columnDefs(items[1].GetList().GetItems())
		}
		out.Functions = append(out.Functions, f)
	}
	if len(out.Functions) > 0 && out.Functions[0].Call != nil {
		out.Pos = out.Functions[0].Call.Position()
	}
	return out
}

func (c *converter) columnDefs(nodes []*pg_query.Node) []ColumnDef {
	var out []ColumnDef
	for _, n := range nodes {
		if d := n.GetColumnDef(); d != nil {
			out = append(out, c.columnDef(d))
		}
	}
	return out
}
