package planner

import (
	"slices"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// tableOIDPosition stands in a scan's positions for the column tableoid.
const tableOIDPosition = -1

// isSystemColumn reports whether PostgreSQL gives every stored relation a hidden column of
// that name.
func isSystemColumn(name string) bool {
	switch name {
	case "tableoid", "ctid", "xmin", "xmax", "cmin", "cmax":
		return true
	}
	return false
}

// systemColumn finds the hidden column name of an entry of FROM, −1 if it has none. A scan
// gets it when it is first asked for.
func (b *binder) systemColumn(t *tableEntry, name string, pos sql.Pos) (int, error) {
	if t.relation == nil || t.relation.Kind == catalog.View || !isSystemColumn(name) {
		return -1, nil
	}
	if name != "tableoid" || t.scan == nil {
		return -1, b.unsupported(pos, "system column \""+name+"\"", "Rows are found by their key.")
	}
	if at := slices.Index(t.scan.positions, tableOIDPosition); at >= 0 {
		return t.scan.cols[at], nil
	}
	id := b.cols.add(name, types.Oid)
	b.cols[id].table, b.cols[id].att = t.relation.ID, -6
	t.scan.positions = append(slices.Clone(t.scan.positions), tableOIDPosition)
	t.scan.cols = append(slices.Clone(t.scan.cols), id)
	b.owner[id] = t.owner
	return id, nil
}

// unqualifiedSystem finds the hidden column name in one level of query.
func (b *binder) unqualifiedSystem(s *scope, name string, pos sql.Pos) (int, error) {
	found := -1
	for _, t := range s.names.tables {
		id, err := b.systemColumn(t, name, pos)
		if err != nil {
			return -1, err
		}
		if id >= 0 && found >= 0 {
			return -1, b.fail(pos, pgerr.AmbiguousColumn, "column reference \"%s\" is ambiguous", name)
		}
		found = max(found, id)
	}
	return found, nil
}

// scanWithOID lowers a scan: tableoid is the same for all of its rows.
func (l *lowerer) scanWithOID(r *scanRel) plan.Node {
	at := slices.Index(r.positions, tableOIDPosition)
	if at < 0 {
		return l.scan(r)
	}
	stored := &scanRel{table: r.table, eq: r.eq}
	stored.positions = slices.Delete(slices.Clone(r.positions), at, at+1)
	stored.cols = slices.Delete(slices.Clone(r.cols), at, at+1)
	exprs := make([]expr.Expr, len(r.cols))
	for i, id := range r.cols {
		exprs[i] = l.cols.col(id)
	}
	exprs[at] = &expr.Const{D: types.NewInt64(int64(r.table.ID)), T: types.Oid}
	out := l.schema(r.cols)
	return l.finish(&plan.Project{Input: l.scan(stored), Exprs: positionalAll(exprs, stored.cols), Out: out}, out)
}
