package sql

func (f *formatter) with(w *With) {
	if w == nil {
		return
	}
	f.put("WITH ")
	if w.Recursive {
		f.put("RECURSIVE ")
	}
	f.list(len(w.CTEs), func(i int) {
		c := w.CTEs[i]
		f.put(QuoteIdent(c.Name))
		f.nameList(c.Columns)
		f.put(" AS ")
		switch c.Materialized {
		case MaterializedAlways:
			f.put("MATERIALIZED ")
		case MaterializedNever:
			f.put("NOT MATERIALIZED ")
		}
		f.put("(")
		f.statement(c.Stmt)
		f.put(")")
	})
	f.put(" ")
}

func (f *formatter) query(q *Query) {
	f.with(q.With)
	f.body(q.Body)
	if len(q.OrderBy) > 0 {
		f.put(" ORDER BY ")
		f.orderBy(q.OrderBy)
	}
	if q.Offset != nil {
		f.put(" OFFSET ")
		f.expr(q.Offset)
	}
	switch {
	case q.Limit != nil && q.WithTies:
		f.put(" FETCH FIRST (")
		f.expr(q.Limit)
		f.put(") ROWS WITH TIES")
	case q.Limit != nil:
		f.put(" LIMIT ")
		f.expr(q.Limit)
	}
	for _, l := range q.Locking {
		f.locking(l)
	}
}

func (f *formatter) locking(l Locking) {
	f.put(" FOR ", [...]string{"UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"}[l.Strength])
	if len(l.Of) > 0 {
		f.put(" OF ")
		f.list(len(l.Of), func(i int) { f.put(l.Of[i].String()) })
	}
	f.put([...]string{"", " SKIP LOCKED", " NOWAIT"}[l.Wait])
}

func (f *formatter) body(b QueryBody) {
	switch v := b.(type) {
	case *Select:
		f.selectBody(v)
	case *Values:
		f.put("VALUES ")
		f.list(len(v.Rows), func(i int) {
			f.put("(")
			f.exprs(v.Rows[i])
			f.put(")")
		})
	case *SetOp:
		f.operand(v.Left, isChain(v))
		f.put(" ", [...]string{"UNION", "INTERSECT", "EXCEPT"}[v.Kind])
		if v.All {
			f.put(" ALL")
		}
		f.put(" ")
		f.operand(v.Right, false)
	}
}

// isChain reports whether s may follow its left operand without parentheses: set
// operations associate to the left, and INTERSECT binds more tightly.
func isChain(s *SetOp) bool {
	left, ok := s.Left.Body.(*SetOp)
	return ok && (s.Kind != Intersect || left.Kind == Intersect)
}

// operand writes an operand of a set operation, in parentheses unless it is simple or
// continues a chain.
func (f *formatter) operand(q *Query, chain bool) {
	_, nested := q.Body.(*SetOp)
	bare := q.With == nil && q.OrderBy == nil && q.Limit == nil && q.Offset == nil && q.Locking == nil
	if bare && (!nested || chain) {
		f.body(q.Body)
		return
	}
	f.put("(")
	f.query(q)
	f.put(")")
}

func (f *formatter) selectBody(s *Select) {
	f.put("SELECT")
	if s.Distinct {
		f.put(" DISTINCT")
	}
	if len(s.DistinctOn) > 0 {
		f.put(" ON (")
		f.exprs(s.DistinctOn)
		f.put(")")
	}
	if len(s.Targets) > 0 {
		f.put(" ")
		f.targets(s.Targets)
	}
	if len(s.From) > 0 {
		f.put(" FROM ")
		f.tableRefs(s.From)
	}
	f.where(s.Where)
	f.groupBy(s)
	if s.Having != nil {
		f.put(" HAVING ")
		f.expr(s.Having)
	}
	if len(s.Windows) > 0 {
		f.put(" WINDOW ")
		f.list(len(s.Windows), func(i int) {
			f.put(QuoteIdent(s.Windows[i].Name), " AS ")
			f.window(s.Windows[i].Spec)
		})
	}
}

func (f *formatter) groupBy(s *Select) {
	if len(s.GroupBy) == 0 {
		return
	}
	f.put(" GROUP BY ")
	if s.GroupDistinct {
		f.put("DISTINCT ")
	}
	f.exprs(s.GroupBy)
}

func (f *formatter) targets(list []Target) {
	f.list(len(list), func(i int) {
		f.expr(list[i].Expr)
		if list[i].Alias != "" {
			f.put(" AS ", QuoteIdent(list[i].Alias))
		}
	})
}

func (f *formatter) orderBy(list []OrderItem) {
	f.list(len(list), func(i int) {
		item := list[i]
		f.expr(item.Expr)
		if item.Dir == SortUsing {
			f.put(" USING ")
			f.operator(item.Using)
		}
		f.order(item.Dir, item.Nulls)
	})
}

func (f *formatter) order(dir SortDir, nulls NullsOrder) {
	f.put([...]string{"", " ASC", " DESC", ""}[dir], [...]string{"", " NULLS FIRST", " NULLS LAST"}[nulls])
}

func (f *formatter) window(w *WindowSpec) {
	if w.Bare {
		f.put(QuoteIdent(w.Ref))
		return
	}
	f.put("(")
	sep := ""
	if w.Ref != "" {
		f.put(QuoteIdent(w.Ref))
		sep = " "
	}
	if len(w.PartitionBy) > 0 {
		f.put(sep, "PARTITION BY ")
		f.exprs(w.PartitionBy)
		sep = " "
	}
	if len(w.OrderBy) > 0 {
		f.put(sep, "ORDER BY ")
		f.orderBy(w.OrderBy)
		sep = " "
	}
	if w.Frame != nil {
		f.put(sep)
		f.frame(w.Frame)
	}
	f.put(")")
}

func (f *formatter) frame(fr *Frame) {
	f.put([...]string{"RANGE", "ROWS", "GROUPS"}[fr.Mode], " BETWEEN ")
	f.bound(fr.Start)
	f.put(" AND ")
	f.bound(fr.End)
	f.put([...]string{"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"}[fr.Exclude])
}

func (f *formatter) bound(b FrameBound) {
	if b.Offset != nil {
		f.operandExpr(b.Offset)
	}
	f.put([...]string{"UNBOUNDED PRECEDING", " PRECEDING", "CURRENT ROW", " FOLLOWING", "UNBOUNDED FOLLOWING"}[b.Kind])
}

func (f *formatter) tableRefs(list []TableRef) {
	f.list(len(list), func(i int) { f.tableRef(list[i]) })
}

func (f *formatter) tableRef(r TableRef) {
	switch v := r.(type) {
	case *TableName:
		f.tableName(v)
	case *DerivedTable:
		f.lateral(v.Lateral)
		f.put("(")
		f.query(v.Query)
		f.put(")")
		f.alias(v.Alias)
	case *RangeFunction:
		f.rangeFunction(v)
	case *Join:
		f.join(v)
	}
}

func (f *formatter) lateral(on bool) {
	if on {
		f.put("LATERAL ")
	}
}

func (f *formatter) tableName(t *TableName) {
	if t.Only {
		f.put("ONLY ")
	}
	f.put(t.QualifiedName.String())
	f.alias(t.Alias)
}

func (f *formatter) alias(a *Alias) {
	if a == nil {
		return
	}
	f.put(" AS ", QuoteIdent(a.Name))
	f.nameList(a.Columns)
}

func (f *formatter) rangeFunction(r *RangeFunction) {
	f.lateral(r.Lateral)
	if r.RowsFrom {
		f.put("ROWS FROM (")
	}
	f.list(len(r.Functions), func(i int) {
		f.expr(r.Functions[i].Call)
		f.columnDefs(r.Functions[i].Columns, " AS")
	})
	if r.RowsFrom {
		f.put(")")
	}
	if r.Ordinality {
		f.put(" WITH ORDINALITY")
	}
	f.alias(r.Alias)
	as := " AS"
	if r.Alias != nil {
		as = ""
	}
	f.columnDefs(r.Columns, as)
}

// columnDefs writes a column definition list.
func (f *formatter) columnDefs(list []ColumnDef, as string) {
	if len(list) == 0 {
		return
	}
	f.put(as, " (")
	f.list(len(list), func(i int) {
		f.put(QuoteIdent(list[i].Name), " ", list[i].Type.String())
		if list[i].Collation != nil {
			f.put(" COLLATE ", formatNames(list[i].Collation))
		}
	})
	f.put(")")
}

func (f *formatter) join(j *Join) {
	if j.Alias != nil {
		f.put("(")
	}
	f.tableRef(j.Left)
	if j.Natural {
		f.put(" NATURAL")
	}
	if !j.Natural && j.On == nil && len(j.Using) == 0 {
		f.put(" CROSS")
	}
	f.put([...]string{" JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN "}[j.Kind])
	if right, ok := j.Right.(*Join); ok && right.Alias == nil {
		f.put("(")
		f.join(right)
		f.put(")")
	} else {
		f.tableRef(j.Right)
	}
	if len(j.Using) > 0 {
		f.put(" USING")
		f.nameList(j.Using)
		if j.UsingAlias != "" {
			f.put(" AS ", QuoteIdent(j.UsingAlias))
		}
	}
	if j.On != nil {
		f.put(" ON ")
		f.expr(j.On)
	}
	if j.Alias != nil {
		f.put(")")
		f.alias(j.Alias)
	}
}
