package planner

import (
	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// rangeFunction binds functions in FROM. They may refer to earlier items, with or without
// LATERAL.
func (b *binder) rangeFunction(sc *scope, f *sql.RangeFunction, lateral namespace) (rel, namespace, error) {
	if len(f.Functions) == 1 {
		if call, ok := f.Functions[0].Call.(*sql.FuncCall); ok && isWindow(functionName(call)) {
			return b.window(sc, f, call, lateral)
		}
	}
	items := splitUnnest(f.Functions)
	cl := sc.clause
	sc.clause = inFunction
	defer func() { sc.clause = cl }()
	var entry tableEntry
	bound, err := b.inFrom(sc, true, lateral, func(sc *scope) (*boundQuery, error) {
		r, cols, err := b.functions(sc, items, f)
		if err != nil {
			return nil, err
		}
		entry = tableEntry{alias: functionAlias(items[0]), cols: cols, scalar: len(cols) == 1}
		return &boundQuery{rel: r}, nil
	})
	if err != nil {
		return nil, namespace{}, err
	}
	alias := f.Alias
	if alias != nil && len(f.Functions) == 1 && len(alias.Columns) == 0 && (len(entry.cols) == 1 || len(entry.cols) == 2 && f.Ordinality) {
		// A lone function without named result columns lends its alias to its column.
		if entry.cols[0].name == entry.alias && !f.RowsFrom {
			entry.cols[0].name = alias.Name
		}
	}
	r := bound.rel
	if !entry.scalar {
		r = b.derive(&entry, r)
	}
	ns, err := b.named(sc, &entry, alias)
	return r, ns, err
}

func functionAlias(it sql.RangeFunctionItem) string { return sql.OutputName(it.Call) }

// splitUnnest turns unnest(a, b) into unnest(a), unnest(b).
func splitUnnest(items []sql.RangeFunctionItem) []sql.RangeFunctionItem {
	var split []sql.RangeFunctionItem
	for _, it := range items {
		call, ok := it.Call.(*sql.FuncCall)
		if !ok || functionName(call) != "unnest" || len(call.Args) < 2 {
			split = append(split, it)
			continue
		}
		for _, a := range call.Args {
			one := *call
			one.Args = []sql.Expr{a}
			split = append(split, sql.RangeFunctionItem{Call: &one, Columns: it.Columns})
		}
	}
	return split
}

// functions binds one or more functions over a single row. A function that returns no set
// gives one row.
func (b *binder) functions(sc *scope, items []sql.RangeFunctionItem, f *sql.RangeFunction) (rel, []nameCol, error) {
	tf := &tableFuncRel{ord: -1}
	var scalars []item
	var cols []nameCol
	for _, it := range items {
		set := &setCalls{}
		sc.funcs = set
		e, err := b.expr(sc, it.Call)
		sc.funcs = nil
		if err != nil {
			return nil, nil, err
		}
		if len(it.Columns) > 0 || len(f.Columns) > 0 {
			return nil, nil, b.fail(f.Pos, pgerr.SyntaxError,
				"a column definition list is only allowed for functions returning \"record\"")
		}
		if len(set.calls) == 0 {
			id := b.cols.add(functionAlias(it), e.Type())
			scalars = append(scalars, item{id, e})
			cols = append(cols, nameCol{functionAlias(it), id})
			continue
		}
		if c, ok := e.(*expr.Col); !ok || len(set.calls) > 1 || c.Index != set.calls[0].cols[0] {
			return nil, nil, b.unsupported(it.Call.Position(), "a set-returning function inside an expression in FROM", "Call it in a subquery's select list.")
		}
		tf.funcs = append(tf.funcs, set.calls[0])
		for i, id := range set.calls[0].cols {
			name := functionAlias(it)
			if c := set.calls[0].fn.Cols; len(c) > 0 {
				name = c[i].Name
			}
			cols = append(cols, nameCol{name, id})
		}
	}
	return b.zipFunctions(tf, scalars, cols, f)
}

// zipFunctions puts bound functions beside each other.
func (b *binder) zipFunctions(tf *tableFuncRel, scalars []item, cols []nameCol, f *sql.RangeFunction) (rel, []nameCol, error) {
	if len(scalars) > 0 && len(tf.funcs) > 0 {
		return nil, nil, b.unsupported(f.Pos, "ROWS FROM with both set-returning and plain functions", "Join them instead.")
	}
	if f.Ordinality {
		id := b.cols.add("ordinality", types.Int8)
		cols = append(cols, nameCol{"ordinality", id})
		if len(tf.funcs) == 0 {
			scalars = append(scalars, item{id, &expr.Const{D: types.NewInt64(1), T: types.Int8}})
		} else {
			tf.ord = id
		}
	}
	if len(tf.funcs) == 0 {
		r, err := b.project(oneRow(), scalars)
		return r, cols, err
	}
	var args []expr.Expr
	for _, c := range tf.funcs {
		args = append(args, c.args...)
	}
	in, args, err := b.unnest(oneRow(), args)
	if err != nil {
		return nil, nil, err
	}
	tf.in = in
	return tf.withExprs(args), cols, nil
}

// setCalls collects the set-returning functions of a list of expressions; each call is
// replaced by its column.
type setCalls struct{ calls []funcItem }

// setCall notes a set-returning call and returns its column.
func (b *binder) setCall(sc *scope, fn *expr.Func, args []expr.Expr, ret types.Type, pos sql.Pos) (expr.Expr, error) {
	if sc.funcs == nil {
		return nil, b.fail(pos, pgerr.FeatureNotSupported, "set-returning functions are not allowed in %s", sc.clause)
	}
	for _, c := range sc.funcs.calls {
		for _, a := range args {
			if uses(a, setOf(c.cols...)) {
				return nil, b.unsupported(pos, "a set-returning function as an argument of another", "Put the inner call into a subquery in FROM.")
			}
		}
	}
	f := funcItem{fn: fn, args: args}
	if len(fn.Cols) == 0 {
		f.cols = []int{b.cols.add(fn.Name, ret)}
	}
	for _, c := range fn.Cols {
		f.cols = append(f.cols, b.cols.add(c.Name, c.Type))
	}
	if len(f.cols) > 1 && sc.clause != inFunction {
		return nil, b.unsupported(pos, "function "+fn.Name+" with several result columns outside FROM", "Call it in FROM.")
	}
	sc.funcs.calls = append(sc.funcs.calls, f)
	return b.cols.col(f.cols[0]), nil
}

// functionName is a call's name without pg_catalog; "" if otherwise qualified.
func functionName(c *sql.FuncCall) string {
	switch {
	case len(c.Name) == 1:
		return c.Name[0]
	case len(c.Name) == 2 && c.Name[0] == "pg_catalog":
		return c.Name[1]
	}
	return ""
}
