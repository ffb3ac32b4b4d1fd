package planner

import (
	"strings"

	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// isWindow reports whether a function in FROM takes a relation and gives it windows.
func isWindow(name string) bool {
	switch name {
	case "tumble", "hop", "cumulate", "session":
		return true
	}
	return false
}

// window binds TUMBLE and refuses its kin.
func (b *binder) window(sc *scope, f *sql.RangeFunction, call *sql.FuncCall, lateral namespace) (rel, namespace, error) {
	if name := functionName(call); name != "tumble" {
		return nil, namespace{}, b.unsupported(call.Pos, strings.ToUpper(name)+" windows",
			"Use TUMBLE with the smallest window and combine its rows.")
	}
	return b.tumble(sc, f, call, lateral)
}

// tumble binds TUMBLE(relation, time column, size [, offset]): the relation's columns
// and the window each row falls into, window_start ≤ time < window_end. Windows are
// aligned to 1970-01-01 00:00 plus the offset.
func (b *binder) tumble(sc *scope, f *sql.RangeFunction, call *sql.FuncCall, lateral namespace) (rel, namespace, error) {
	if len(call.Args) < 3 || len(call.Args) > 4 {
		return nil, namespace{}, b.fail(call.Pos, pgerr.UndefinedFunction, "TUMBLE takes a relation, a time column, a window size and optionally an offset")
	}
	r, ns, err := b.windowInput(sc, f, call.Args[0], lateral)
	if err != nil {
		return nil, ns, err
	}
	inner := &scope{parent: sc.parent, names: ns, clause: inFunction}
	items, err := b.tumbleItems(inner, call)
	if err != nil {
		return nil, ns, err
	}
	entry := &tableEntry{alias: ns.tables[0].alias, cols: append([]nameCol{}, ns.cols...), windowOf: ns.tables[0].relation}
	for _, it := range items {
		// One after the other: the end is computed from the start.
		r = &projectRel{in: r, items: append(b.cols.passAll(r.columns()), it)}
		entry.cols = append(entry.cols, nameCol{b.cols[it.id].name, it.id})
	}
	r = b.derive(entry, r)
	out, err := b.named(sc, entry, f.Alias)
	return r, out, err
}

// windowInput binds the relation argument: a name or a subquery.
func (b *binder) windowInput(sc *scope, f *sql.RangeFunction, arg sql.Expr, lateral namespace) (rel, namespace, error) {
	switch arg := arg.(type) {
	case *sql.ColumnRef:
		n := sql.QualifiedName{Pos: arg.Pos, Name: arg.Names[len(arg.Names)-1]}
		if len(arg.Names) == 2 {
			n.Schema = arg.Names[0]
		}
		r, ns, err := b.tableName(sc, &sql.TableName{QualifiedName: n})
		if err == nil && b.names != nil && ns.tables[0].relation != nil {
			b.names.tables[len(b.names.tables)-1] = tableUse{argument: arg, function: f, relation: ns.tables[0].relation}
		}
		return r, ns, err
	case *sql.Subquery:
		if arg.Kind == sql.ScalarSubquery {
			return b.derivedTable(sc, &sql.DerivedTable{Pos: arg.Pos, Query: arg.Query, Alias: &sql.Alias{Name: "tumble"}}, lateral)
		}
	}
	return nil, namespace{}, b.fail(arg.Position(), pgerr.WrongObjectType, "the first argument of a window function in FROM must be a relation")
}

// tumbleItems computes window_start and window_end.
func (b *binder) tumbleItems(sc *scope, call *sql.FuncCall) ([]item, error) {
	ts, err := b.expr(sc, call.Args[1])
	if err != nil {
		return nil, err
	}
	pos := call.Args[1].Position()
	if ts.Type().OID == types.Date.OID {
		ts, err = b.coerce(ts, types.Timestamp, expr.CastImplicit, pos)
	}
	if err != nil {
		return nil, err
	}
	t := ts.Type().Base()
	if t != types.Timestamp && t != types.TimestampTZ {
		return nil, b.fail(pos, pgerr.DatatypeMismatch, "the time column of TUMBLE must be a timestamp, not %s", t)
	}
	size, err := b.interval(sc, call.Args[2])
	if err != nil {
		return nil, err
	}
	none := []sql.Pos{sql.NoPos, sql.NoPos, sql.NoPos}
	var origin expr.Expr = &expr.Const{D: types.NewInt64(epoch1970), T: t}
	if len(call.Args) == 4 {
		offset, err := b.interval(sc, call.Args[3])
		if err != nil {
			return nil, err
		}
		if origin, err = b.operator("+", origin, offset, sql.NoPos, none); err != nil {
			return nil, err
		}
	}
	start, err := b.call("date_bin", []expr.Expr{size, ts, origin}, call.Pos, none)
	if err != nil {
		return nil, err
	}
	s := b.cols.add("window_start", start.Type())
	end, err := b.operator("+", b.cols.col(s), size, sql.NoPos, none)
	if err != nil {
		return nil, err
	}
	return []item{{s, start}, {b.cols.add("window_end", end.Type()), end}}, nil
}

// epoch1970 is 1970-01-01 in µs since 2000-01-01.
const epoch1970 = -946684800000000

func (b *binder) interval(sc *scope, e sql.Expr) (expr.Expr, error) {
	v, err := b.expr(sc, e)
	if err != nil {
		return nil, err
	}
	return b.coerce(v, types.IntervalT, expr.CastImplicit, e.Position())
}
