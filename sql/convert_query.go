package sql

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// query converts a SELECT of any form; nil stays nil.
func (c *converter) query(s *pg_query.SelectStmt) *Query {
	if s == nil || !c.enter() {
		return nil
	}
	defer func() { c.depth-- }()
	return &Query{
		With:     c.with(s.WithClause),
		Body:     c.queryBody(s),
		OrderBy:  c.orderBy(s.SortClause),
		Limit:    c.limit(s.LimitCount),
		Offset:   c.limit(s.LimitOffset),
		WithTies: s.LimitOption == pg_query.LimitOption_LIMIT_OPTION_WITH_TIES,
		Locking:  c.locking(s.LockingClause),
	}
}

// limit drops LIMIT ALL, which the grammar makes LIMIT NULL.
func (c *converter) limit(n *pg_query.Node) Expr {
	if n.GetAConst() != nil && n.GetAConst().Isnull {
		return nil
	}
	return c.expr(n)
}

func (c *converter) queryBody(s *pg_query.SelectStmt) QueryBody {
	switch {
	case s.Op != pg_query.SetOperation_SETOP_NONE && s.Op != pg_query.SetOperation_SET_OPERATION_UNDEFINED:
		return &SetOp{Kind: setOpKinds[s.Op], All: s.All, Left: c.query(s.Larg), Right: c.query(s.Rarg)}
	case len(s.ValuesLists) > 0:
		return c.values(s.ValuesLists)
	}
	if s.IntoClause != nil {
		c.unsupported("SELECT INTO here", "Use CREATE TABLE AS.", s.IntoClause.GetRel().GetLocation())
	}
	return c.selectBody(s)
}

var setOpKinds = map[pg_query.SetOperation]SetOpKind{
	pg_query.SetOperation_SETOP_UNION:     Union,
	pg_query.SetOperation_SETOP_INTERSECT: Intersect,
	pg_query.SetOperation_SETOP_EXCEPT:    Except,
}

func (c *converter) values(lists []*pg_query.Node) *Values {
	v := &Values{Rows: make([][]Expr, 0, len(lists))}
	for _, row := range lists {
		v.Rows = append(v.Rows, c.exprs(row.GetList().GetItems()))
	}
	return v
}

func (c *converter) selectBody(s *pg_query.SelectStmt) *Select {
	out := &Select{
		Targets:       c.targets(s.TargetList),
		From:          c.tableRefs(s.FromClause),
		Where:         c.expr(s.WhereClause),
		GroupBy:       c.exprs(s.GroupClause),
		GroupDistinct: s.GroupDistinct,
		Having:        c.expr(s.HavingClause),
		Distinct:      len(s.DistinctClause) > 0,
	}
	// A plain DISTINCT is a list of one empty node.
	if len(s.DistinctClause) > 0 && s.DistinctClause[0].GetNode() != nil {
		out.DistinctOn = c.exprs(s.DistinctClause)
	}
	for _, n := range s.WindowClause {
		w := n.GetWindowDef()
		spec := c.window(w)
		spec.Ref, spec.Bare = w.Refname, false
		out.Windows = append(out.Windows, WindowDef{Name: w.Name, Spec: spec})
	}
	return out
}

func (c *converter) targets(nodes []*pg_query.Node) []Target {
	var out []Target
	for _, n := range nodes {
		t := n.GetResTarget()
		out = append(out, Target{Pos: c.pos(t.GetLocation()), Expr: c.expr(t.GetVal()), Alias: t.GetName()})
	}
	return out
}

func (c *converter) orderBy(nodes []*pg_query.Node) []OrderItem {
	var out []OrderItem
	for _, n := range nodes {
		s := n.GetSortBy()
		item := OrderItem{Pos: c.pos(s.GetLocation()), Expr: c.expr(s.GetNode()), Dir: sortDirs[s.GetSortbyDir()], Nulls: nullsOrders[s.GetSortbyNulls()]}
		if item.Dir == SortUsing {
			item.Using = operatorOf(s.UseOp)
		}
		out = append(out, item)
	}
	return out
}

var sortDirs = map[pg_query.SortByDir]SortDir{
	pg_query.SortByDir_SORTBY_ASC:   SortAsc,
	pg_query.SortByDir_SORTBY_DESC:  SortDesc,
	pg_query.SortByDir_SORTBY_USING: SortUsing,
}

var nullsOrders = map[pg_query.SortByNulls]NullsOrder{
	pg_query.SortByNulls_SORTBY_NULLS_FIRST: NullsFirst,
	pg_query.SortByNulls_SORTBY_NULLS_LAST:  NullsLast,
}

var lockStrengths = map[pg_query.LockClauseStrength]LockStrength{
	pg_query.LockClauseStrength_LCS_FORUPDATE:      ForUpdate,
	pg_query.LockClauseStrength_LCS_FORNOKEYUPDATE: ForNoKeyUpdate,
	pg_query.LockClauseStrength_LCS_FORSHARE:       ForShare,
	pg_query.LockClauseStrength_LCS_FORKEYSHARE:    ForKeyShare,
}

func (c *converter) locking(nodes []*pg_query.Node) []Locking {
	var out []Locking
	for _, n := range nodes {
		l := n.GetLockingClause()
		lock := Locking{Strength: lockStrengths[l.GetStrength()]}
		for _, r := range l.GetLockedRels() {
			lock.Of = append(lock.Of, c.rangeVarName(r.GetRangeVar()))
		}
		switch l.GetWaitPolicy() {
		case pg_query.LockWaitPolicy_LockWaitSkip:
			lock.Wait = LockSkipLocked
		case pg_query.LockWaitPolicy_LockWaitError:
			lock.Wait = LockNoWait
		}
		out = append(out, lock)
	}
	return out
}

func (c *converter) with(w *pg_query.WithClause) *With {
	if w == nil {
		return nil
	}
	out := &With{Pos: c.pos(w.Location), Recursive: w.Recursive}
	for _, n := range w.Ctes {
		e := n.GetCommonTableExpr()
		if e.GetSearchClause() != nil || e.GetCycleClause() != nil {
			c.unsupported("SEARCH or CYCLE in WITH", "", e.Location)
		}
		cte := CTE{Pos: c.pos(e.GetLocation()), Name: e.GetCtename(), Columns: names(e.GetAliascolnames()), Stmt: c.nested(e.GetCtequery())}
		switch e.GetCtematerialized() {
		case pg_query.CTEMaterialize_CTEMaterializeAlways:
			cte.Materialized = MaterializedAlways
		case pg_query.CTEMaterialize_CTEMaterializeNever:
			cte.Materialized = MaterializedNever
		}
		out.CTEs = append(out.CTEs, cte)
	}
	return out
}

// window converts a window; nil stays nil.
func (c *converter) window(w *pg_query.WindowDef) *WindowSpec {
	if w == nil {
		return nil
	}
	out := &WindowSpec{Pos: c.pos(w.Location), Ref: w.Refname, PartitionBy: c.exprs(w.PartitionClause), OrderBy: c.orderBy(w.OrderClause)}
	if w.Name != "" {
		out.Ref, out.Bare = w.Name, true
	}
	out.Frame = c.frame(w)
	return out
}

// PostgreSQL's FRAMEOPTION bits.
const (
	frameNonDefault         = 0x1
	frameRows               = 0x4
	frameGroups             = 0x8
	frameStartUnboundedFoll = 0x80
	frameEndUnboundedFoll   = 0x100
	frameStartCurrent       = 0x200
	frameEndCurrent         = 0x400
	frameStartOffsetPrec    = 0x800
	frameEndOffsetPrec      = 0x1000
	frameStartOffsetFoll    = 0x2000
	frameEndOffsetFoll      = 0x4000
	frameExcludeCurrent     = 0x8000
	frameExcludeGroup       = 0x10000
	frameExcludeTies        = 0x20000
)

func (c *converter) frame(w *pg_query.WindowDef) *Frame {
	bits := w.FrameOptions
	if bits&frameNonDefault == 0 {
		return nil
	}
	f := &Frame{
		Start: FrameBound{Kind: boundKind(bits, frameStartOffsetPrec, frameStartCurrent, frameStartOffsetFoll, frameStartUnboundedFoll), Offset: c.expr(w.StartOffset)},
		End:   FrameBound{Kind: boundKind(bits, frameEndOffsetPrec, frameEndCurrent, frameEndOffsetFoll, frameEndUnboundedFoll), Offset: c.expr(w.EndOffset)},
	}
	switch {
	case bits&frameRows != 0:
		f.Mode = FrameRows
	case bits&frameGroups != 0:
		f.Mode = FrameGroups
	}
	switch {
	case bits&frameExcludeCurrent != 0:
		f.Exclude = ExcludeCurrentRow
	case bits&frameExcludeGroup != 0:
		f.Exclude = ExcludeGroup
	case bits&frameExcludeTies != 0:
		f.Exclude = ExcludeTies
	}
	return f
}

func boundKind(bits, offsetPrec, current, offsetFoll, unboundedFoll int32) BoundKind {
	switch {
	case bits&offsetPrec != 0:
		return OffsetPreceding
	case bits&current != 0:
		return CurrentRow
	case bits&offsetFoll != 0:
		return OffsetFollowing
	case bits&unboundedFoll != 0:
		return UnboundedFollowing
	}
	return UnboundedPreceding
}
