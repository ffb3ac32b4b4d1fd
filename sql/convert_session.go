package sql

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// session converts statements about the session and its transactions; nil for anything else.
func (c *converter) session(n *pg_query.Node) Statement {
	switch v := n.Node.(type) {
	case *pg_query.Node_TransactionStmt:
		return c.transaction(v.TransactionStmt)
	case *pg_query.Node_VariableSetStmt:
		return c.variableSet(v.VariableSetStmt)
	case *pg_query.Node_VariableShowStmt:
		return &Show{Name: v.VariableShowStmt.Name}
	case *pg_query.Node_DiscardStmt:
		return &Discard{Target: strings.TrimPrefix(v.DiscardStmt.Target.String(), "DISCARD_")}
	case *pg_query.Node_PrepareStmt:
		return c.prepare(v.PrepareStmt)
	case *pg_query.Node_ExecuteStmt:
		return &Execute{Name: v.ExecuteStmt.Name, Args: c.exprs(v.ExecuteStmt.Params)}
	case *pg_query.Node_DeallocateStmt:
		return &Deallocate{Name: v.DeallocateStmt.Name}
	case *pg_query.Node_DeclareCursorStmt:
		return c.declareCursor(v.DeclareCursorStmt)
	case *pg_query.Node_FetchStmt:
		f := v.FetchStmt
		return &FetchCursor{Name: f.Portalname, Move: f.Ismove, Direction: fetchDirections[f.Direction], Count: f.HowMany}
	case *pg_query.Node_ClosePortalStmt:
		return &CloseCursor{Name: v.ClosePortalStmt.Portalname}
	case *pg_query.Node_ListenStmt:
		return &Listen{Channel: v.ListenStmt.Conditionname}
	case *pg_query.Node_UnlistenStmt:
		return &Unlisten{Channel: v.UnlistenStmt.Conditionname}
	case *pg_query.Node_NotifyStmt:
		return &Notify{Channel: v.NotifyStmt.Conditionname, Payload: v.NotifyStmt.Payload}
	case *pg_query.Node_LockStmt:
		return &LockTable{Tables: c.tableNames(v.LockStmt.Relations), Mode: int(v.LockStmt.Mode), NoWait: v.LockStmt.Nowait}
	case *pg_query.Node_VacuumStmt:
		return c.vacuum(v.VacuumStmt)
	case *pg_query.Node_CheckPointStmt:
		return &Checkpoint{}
	}
	return nil
}

var fetchDirections = map[pg_query.FetchDirection]FetchDirection{
	pg_query.FetchDirection_FETCH_BACKWARD: FetchBackward,
	pg_query.FetchDirection_FETCH_ABSOLUTE: FetchAbsolute,
	pg_query.FetchDirection_FETCH_RELATIVE: FetchRelative,
}

func (c *converter) transaction(t *pg_query.TransactionStmt) Statement {
	switch t.Kind {
	case pg_query.TransactionStmtKind_TRANS_STMT_BEGIN, pg_query.TransactionStmtKind_TRANS_STMT_START:
		start := t.Kind == pg_query.TransactionStmtKind_TRANS_STMT_START
		return &Begin{Start: start, Modes: c.modes(t.Options)}
	case pg_query.TransactionStmtKind_TRANS_STMT_COMMIT:
		return &Commit{Chain: t.Chain}
	case pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK:
		return &Rollback{Chain: t.Chain}
	case pg_query.TransactionStmtKind_TRANS_STMT_SAVEPOINT:
		return &Savepoint{Name: t.SavepointName}
	case pg_query.TransactionStmtKind_TRANS_STMT_RELEASE:
		return &ReleaseSavepoint{Name: t.SavepointName}
	case pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:
		return &RollbackTo{Name: t.SavepointName}
	}
	return c.refuse("a two-phase transaction", "Use BEGIN and COMMIT.")
}

func (c *converter) modes(nodes []*pg_query.Node) TransactionModes {
	var m TransactionModes
	for _, n := range nodes {
		d := n.GetDefElem()
		k := d.GetArg().GetAConst()
		on := k.GetIval().GetIval() != 0
		switch d.GetDefname() {
		case "transaction_isolation":
			m.Isolation = k.GetSval().GetSval()
		case "transaction_read_only":
			m.ReadOnly = &on
		case "transaction_deferrable":
			m.Deferrable = &on
		}
	}
	return m
}

func (c *converter) variableSet(s *pg_query.VariableSetStmt) Statement {
	name := strings.ToLower(s.Name)
	switch s.Kind {
	case pg_query.VariableSetKind_VAR_RESET:
		return &Reset{Name: name}
	case pg_query.VariableSetKind_VAR_RESET_ALL:
		return &Reset{All: true}
	case pg_query.VariableSetKind_VAR_SET_MULTI:
		return c.setTransaction(s)
	case pg_query.VariableSetKind_VAR_SET_DEFAULT:
		return &Set{Name: name, Local: s.IsLocal, Default: true}
	case pg_query.VariableSetKind_VAR_SET_CURRENT:
		return &Set{Name: name, Local: s.IsLocal, FromCurrent: true}
	}
	return &Set{Name: name, Local: s.IsLocal, Values: c.exprs(s.Args)}
}

func (c *converter) setTransaction(s *pg_query.VariableSetStmt) Statement {
	switch s.Name {
	case "TRANSACTION SNAPSHOT":
		return &SetTransaction{Snapshot: s.Args[0].GetAConst().GetSval().GetSval()}
	case "SESSION CHARACTERISTICS":
		return &SetTransaction{Session: true, Modes: c.modes(s.Args)}
	}
	return &SetTransaction{Modes: c.modes(s.Args)}
}

func (c *converter) prepare(s *pg_query.PrepareStmt) Statement {
	out := &Prepare{Name: s.Name, Stmt: c.nested(s.Query)}
	for _, n := range s.Argtypes {
		out.Types = append(out.Types, c.typeName(n.GetTypeName()))
	}
	return out
}

// PostgreSQL's CURSOR_OPT bits.
const (
	cursorBinary   = 0x1
	cursorScroll   = 0x2
	cursorNoScroll = 0x4
	cursorHold     = 0x20
)

func (c *converter) declareCursor(s *pg_query.DeclareCursorStmt) Statement {
	return &DeclareCursor{
		Name:     s.Portalname,
		Binary:   s.Options&cursorBinary != 0,
		Scroll:   s.Options&cursorScroll != 0,
		NoScroll: s.Options&cursorNoScroll != 0,
		Hold:     s.Options&cursorHold != 0,
		Query:    c.query(s.Query.GetSelectStmt()),
	}
}

func (c *converter) vacuum(s *pg_query.VacuumStmt) Statement {
	out := &Vacuum{Analyze: !s.IsVacuumcmd, Options: c.options(s.Options)}
	for _, n := range s.Rels {
		out.Tables = append(out.Tables, c.rangeVarName(n.GetVacuumRelation().GetRelation()))
	}
	return out
}
