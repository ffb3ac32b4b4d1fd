package sql

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"
)

var overridings = map[pg_query.OverridingKind]Overriding{
	pg_query.OverridingKind_OVERRIDING_USER_VALUE:   OverridingUserValue,
	pg_query.OverridingKind_OVERRIDING_SYSTEM_VALUE: OverridingSystemValue,
}

func (c *converter) insert(s *pg_query.InsertStmt) Statement {
	out := &Insert{
		With:       c.with(s.WithClause),
		Table:      c.tableName(s.Relation),
		Columns:    c.assignTargets(s.Cols),
		Overriding: overridings[s.Override],
		Query:      c.query(s.SelectStmt.GetSelectStmt()),
		OnConflict: c.onConflict(s.OnConflictClause),
		Returning:  c.targets(s.ReturningList),
	}
	out.DefaultValues = out.Query == nil
	return out
}

func (c *converter) assignTargets(nodes []*pg_query.Node) []AssignTarget {
	var out []AssignTarget
	for _, n := range nodes {
		out = append(out, c.assignTarget(n.GetResTarget()))
	}
	return out
}

func (c *converter) assignTarget(t *pg_query.ResTarget) AssignTarget {
	out := AssignTarget{Pos: c.pos(t.GetLocation()), Name: t.GetName()}
	for _, step := range t.GetIndirection() {
		switch v := step.Node.(type) {
		case *pg_query.Node_String_:
			out.Path = append(out.Path, PathStep{Field: v.String_.Sval})
		case *pg_query.Node_AIndices:
			if v.AIndices.IsSlice {
				out.Path = append(out.Path, PathStep{Slice: true, Index: c.expr(v.AIndices.Lidx), Upper: c.expr(v.AIndices.Uidx)})
			} else {
				out.Path = append(out.Path, PathStep{Index: c.expr(v.AIndices.Uidx)})
			}
		default:
			c.unsupported("row expansion via \"*\" here", "", t.GetLocation())
		}
	}
	return out
}

func (c *converter) onConflict(o *pg_query.OnConflictClause) *OnConflict {
	if o == nil {
		return nil
	}
	out := &OnConflict{
		Pos:      c.pos(o.Location),
		DoUpdate: o.Action == pg_query.OnConflictAction_ONCONFLICT_UPDATE,
		Set:      c.assignments(o.TargetList),
		Where:    c.expr(o.WhereClause),
	}
	if o.Infer != nil {
		out.Elements = c.indexElements(o.Infer.IndexElems)
		out.TargetWhere = c.expr(o.Infer.WhereClause)
		out.Constraint = o.Infer.Conname
	}
	return out
}

// assignments converts a SET list. The grammar repeats the source of `(a, b) = …` for every
// column; they are gathered again.
func (c *converter) assignments(nodes []*pg_query.Node) []Assignment {
	var out []Assignment
	for i := 0; i < len(nodes); i++ {
		t := nodes[i].GetResTarget()
		m := t.GetVal().GetMultiAssignRef()
		if m == nil {
			out = append(out, Assignment{Targets: []AssignTarget{c.assignTarget(t)}, Value: c.expr(t.GetVal())})
			continue
		}
		n := min(max(int(m.Ncolumns), 1), len(nodes)-i)
		out = append(out, Assignment{Multi: true, Targets: c.assignTargets(nodes[i : i+n]), Value: c.expr(m.Source)})
		i += n - 1
	}
	return out
}

func (c *converter) update(s *pg_query.UpdateStmt) Statement {
	return &Update{
		With:      c.with(s.WithClause),
		Table:     c.tableName(s.Relation),
		Set:       c.assignments(s.TargetList),
		From:      c.tableRefs(s.FromClause),
		Where:     c.expr(s.WhereClause),
		Returning: c.targets(s.ReturningList),
	}
}

func (c *converter) delete(s *pg_query.DeleteStmt) Statement {
	return &Delete{
		With:      c.with(s.WithClause),
		Table:     c.tableName(s.Relation),
		Using:     c.tableRefs(s.UsingClause),
		Where:     c.expr(s.WhereClause),
		Returning: c.targets(s.ReturningList),
	}
}

func (c *converter) truncate(s *pg_query.TruncateStmt) Statement {
	return &Truncate{
		Tables:          c.tableNames(s.Relations),
		RestartIdentity: s.RestartSeqs,
		Cascade:         s.Behavior == pg_query.DropBehavior_DROP_CASCADE,
	}
}

func (c *converter) tableNames(nodes []*pg_query.Node) []*TableName {
	var out []*TableName
	for _, n := range nodes {
		out = append(out, c.tableName(n.GetRangeVar()))
	}
	return out
}

func (c *converter) copy(s *pg_query.CopyStmt) Statement {
	out := &Copy{
		Columns: names(s.Attlist),
		From:    s.IsFrom,
		Program: s.IsProgram,
		File:    s.Filename,
		Options: c.options(s.Options),
		Where:   c.expr(s.WhereClause),
	}
	if s.Relation != nil {
		name := c.rangeVarName(s.Relation)
		out.Table = &name
	} else {
		out.Query = c.nested(s.Query)
		c.sourceBetweenParens(out.Query)
	}
	return out
}
