package pgcatalog

import (
	"strings"

	"streamdb/catalog"
)

// ViewDef is pg_get_viewdef: a view's query as it was written. ok is false when oid is no
// view.
func ViewDef(s *catalog.Snapshot, oid catalog.ID) (text string, ok bool) {
	r, ok := s.ByID(oid)
	if !ok || r.Kind != catalog.View && r.Kind != catalog.MaterializedView {
		return "", false
	}
	return withSemicolon(r.Query), true
}

func withSemicolon(query string) string { return strings.TrimRight(query, "; \t\r\n") + ";" }

// ConstraintDef is pg_get_constraintdef.
func ConstraintDef(s *catalog.Snapshot, oid catalog.ID, pretty bool) (text string, ok bool) {
	if r, u, ok := s.IndexByID(oid); ok {
		kind := "UNIQUE ("
		if u.Primary {
			kind = "PRIMARY KEY ("
		}
		return kind + columnList(r, u.Columns) + ")", true
	}
	for _, r := range s.UserRelations() {
		for _, c := range r.Checks {
			switch {
			case c.ID != oid:
			case pretty:
				return "CHECK (" + c.Expr + ")", true
			default:
				return "CHECK ((" + c.Expr + "))", true
			}
		}
	}
	return "", false
}

// IndexDef is pg_get_indexdef: the CREATE statement that would make the index, or, for
// column > 0, that column's name.
func IndexDef(s *catalog.Snapshot, oid catalog.ID, column int) (text string, ok bool) {
	r, u, ok := s.IndexByID(oid)
	switch {
	case !ok:
		return "", false
	case column == 0:
		return indexText(r, u), true
	case column < 0 || column > len(u.Columns):
		return "", true
	}
	return catalog.QuoteIdent(r.Columns[u.Columns[column-1]].Name), true
}

func indexText(r *catalog.Relation, u *catalog.Unique) string {
	return "CREATE UNIQUE INDEX " + catalog.QuoteIdent(u.Name) + " ON " + r.QualifiedName() +
		" USING btree (" + columnList(r, u.Columns) + ")"
}

func columnList(r *catalog.Relation, positions []int) string {
	names := make([]string, len(positions))
	for i, p := range positions {
		names[i] = catalog.QuoteIdent(r.Columns[p].Name)
	}
	return strings.Join(names, ", ")
}

// GetExpr is pg_get_expr: pg_node_tree values here are SQL text already.
func GetExpr(nodeTree string) string { return nodeTree }
