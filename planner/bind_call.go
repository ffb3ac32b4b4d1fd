package planner

import (
	"slices"
	"strings"

	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// funcCall binds a call of a function or aggregate.
func (b *binder) funcCall(sc *scope, e *sql.FuncCall) (expr.Expr, error) {
	name := functionName(e)
	switch {
	case name == "":
		return nil, b.foreignFunction(e)
	case e.Over != nil && (expr.IsAggName(name) || isWindowFunction(name)):
		return nil, b.unsupported(e.Pos, "a window function ("+name+" OVER)", windowHint)
	case e.WithinGroup:
		return nil, b.unsupported(e.Pos, "an ordered-set aggregate (WITHIN GROUP)", "")
	case expr.IsAggName(name):
		return b.aggregate(sc, e, name)
	}
	if hint, absent := expr.Absent(name); absent {
		return nil, b.unsupported(e.Pos, "function "+name, hint)
	}
	args, pos, err := b.callArgs(sc, e, name)
	if err != nil {
		return nil, err
	}
	var call expr.Expr
	if e.Variadic {
		call, err = b.spreadCall(name, args, e.Pos, pos)
	} else {
		call, err = b.callIn(sc, name, args, e.Pos, pos)
	}
	if what := aggregateSyntax(e); what != "" && err == nil {
		return nil, b.fail(e.Pos, pgerr.WrongObjectType, "%s specified, but %s is not %s", what, name, whatItNeeds(what))
	}
	return call, err
}

// foreignFunction fails for a call of a function outside pg_catalog.
func (b *binder) foreignFunction(e *sql.FuncCall) error {
	name := strings.Join(e.Name, ".")
	if name == "information_schema._pg_expandarray" {
		return b.unsupported(e.Pos, name, "Use unnest(…) WITH ORDINALITY.")
	}
	return b.fail(e.Pos, pgerr.UndefinedFunction, "function %s does not exist", name)
}

// isWindowFunction reports whether a name is one of PostgreSQL's that need OVER.
func isWindowFunction(name string) bool {
	switch name {
	case "row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead",
		"first_value", "last_value", "nth_value":
		return true
	}
	return false
}

// whatItNeeds names what a function must be for a clause of its call.
func whatItNeeds(clause string) string {
	if clause == "OVER" {
		return "a window function nor an aggregate function"
	}
	return "an aggregate function"
}

// callArgs binds the arguments of a call and puts those that are named in their places.
func (b *binder) callArgs(sc *scope, e *sql.FuncCall, name string) ([]expr.Expr, []sql.Pos, error) {
	list, names := make([]sql.Expr, len(e.Args)), make([]string, len(e.Args))
	for i, a := range e.Args {
		list[i] = a
		n, ok := a.(*sql.NamedArg)
		switch {
		case !ok && i > 0 && names[i-1] != "":
			return nil, nil, b.fail(a.Position(), pgerr.SyntaxError, "positional argument cannot follow named argument")
		case ok && slices.Contains(names, n.Name):
			return nil, nil, b.fail(a.Position(), pgerr.SyntaxError, "argument name \"%s\" used more than once", n.Name)
		case ok:
			list[i], names[i] = n.Arg, n.Name
		}
	}
	args, pos, err := b.arguments(sc, list)
	if err != nil {
		return nil, nil, err
	}
	placed, ok := expr.PlaceArgs(name, args, names)
	if !ok {
		parts := make([]string, len(args))
		for i, a := range args {
			parts[i] = a.Type().Base().String()
			if names[i] != "" {
				parts[i] = names[i] + " => " + parts[i]
			}
		}
		err := pgerr.New(pgerr.UndefinedFunction, "function %s(%s) does not exist", name, strings.Join(parts, ", ")).
			WithHint("No function matches the given name and argument types. You might need to add explicit type casts.")
		return nil, nil, b.at(err, e.Pos)
	}
	if len(placed) == 0 || slices.Equal(placed, args) {
		return args, pos, nil
	}
	places := positions(e.Pos, len(placed))
	for i, p := range placed {
		if at := slices.Index(args, p); at >= 0 {
			places[i] = pos[at]
		}
	}
	return placed, places, nil
}

// spreadCall calls a function with an array for its last arguments.
func (b *binder) spreadCall(name string, args []expr.Expr, pos sql.Pos, argPos []sql.Pos) (expr.Expr, error) {
	f, ts, ret, err := expr.ResolveSpread(name, argsOf(args))
	if err != nil {
		return nil, b.at(err, pos)
	}
	if err := b.checkVolatility(f, pos); err != nil {
		return nil, err
	}
	if f.Set {
		return nil, b.unsupported(pos, "VARIADIC in a call of a set-returning function", "Leave the word out.")
	}
	if args, err = b.coerceAll(args, ts, argPos); err != nil {
		return nil, err
	}
	return &expr.Call{Fn: f, Args: args, T: ret, Spread: f.Variadic}, nil
}

// aggregateSyntax names what only an aggregate's call may have.
func aggregateSyntax(e *sql.FuncCall) string {
	switch {
	case e.Star:
		return functionName(e) + "(*)"
	case e.Distinct:
		return "DISTINCT"
	case len(e.OrderBy) > 0:
		return "ORDER BY"
	case e.Filter != nil:
		return "FILTER"
	case e.Over != nil:
		return "OVER"
	}
	return ""
}

// call applies a function that returns no set.
func (b *binder) call(name string, args []expr.Expr, pos sql.Pos, argPos []sql.Pos) (expr.Expr, error) {
	return b.callIn(&scope{clause: inFunction}, name, args, pos, argPos)
}

func (b *binder) callIn(sc *scope, name string, args []expr.Expr, pos sql.Pos, argPos []sql.Pos) (expr.Expr, error) {
	f, ts, ret, err := expr.ResolveFunc(name, argsOf(args))
	if err != nil {
		if c, ok, err := b.castCall(name, args, argPos); ok {
			return c, err
		}
		return nil, b.at(err, pos)
	}
	if err := b.checkVolatility(f, pos); err != nil {
		return nil, err
	}
	if args, err = b.coerceAll(args, ts, argPos); err != nil {
		return nil, err
	}
	if f.Set {
		return b.setCall(sc, f, args, ret, pos)
	}
	return &expr.Call{Fn: f, Args: args, T: ret}, nil
}

// castCall reads type(x) as a cast, which a record has none of. That of a literal is one
// even where the literal is wrong for the type.
func (b *binder) castCall(name string, args []expr.Expr, pos []sql.Pos) (c expr.Expr, ok bool, err error) {
	t, ok := types.TypeByName(name)
	if !ok || len(args) != 1 || t.Info().Pseudo || args[0].Type().OID == types.Record.OID {
		return nil, false, nil
	}
	c, err = b.coerce(args[0], t, expr.CastExplicit, pos[0])
	return c, err == nil || isUnknown(args[0]), err
}

// checkVolatility refuses in views what would not stay true.
func (b *binder) checkVolatility(f *expr.Func, pos sql.Pos) error {
	if !b.env.View {
		return nil
	}
	switch {
	case f.Vol == expr.Volatile:
		return b.refuseInView(pos, "the volatile function "+f.Name, "Its result would differ from one evaluation to the next.")
	case isTimeFunction(f.Name):
		return b.refuseInView(pos, "the function "+f.Name, "Compare with the time when selecting from the view.")
	case f.Vol == expr.Stable && isSessionFunction(f.Name):
		return b.refuseInView(pos, "the session function "+f.Name, "Use a constant.")
	}
	return nil
}

func isTimeFunction(name string) bool {
	switch name {
	case "now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "timeofday", "current_date",
		"current_time", "current_timestamp", "localtime", "localtimestamp":
		return true
	}
	return false
}

func isSessionFunction(name string) bool {
	return strings.HasPrefix(name, "pg_") || strings.HasPrefix(name, "current_") || strings.HasPrefix(name, "has_") ||
		slices.Contains([]string{"session_user", "user", "version", "col_description", "obj_description", "inet_client_addr",
			"inet_client_port", "inet_server_addr", "inet_server_port", "to_regclass", "to_regtype", "txid_current"}, name)
}

// valueFunction binds CURRENT_DATE and its like.
func (b *binder) valueFunction(e *sql.ValueFunction) (expr.Expr, error) {
	var t types.Type
	switch e.Func {
	case sql.CurrentTimestamp:
		t = types.TimestampTZ
	case sql.LocalTimestamp:
		t = types.Timestamp
	case sql.CurrentDate:
		t = types.Date
	case sql.LocalTime:
		t = types.Time
	case sql.CurrentTime:
		return nil, b.unsupported(e.Pos, "CURRENT_TIME (time with time zone)", "Use LOCALTIME or CURRENT_TIMESTAMP.")
	case sql.CurrentRole, sql.User:
		return b.call("current_user", nil, e.Pos, nil)
	case sql.CurrentCatalog:
		return b.call("current_database", nil, e.Pos, nil)
	default:
		return b.call(string(e.Func), nil, e.Pos, nil)
	}
	now, err := b.call("now", nil, e.Pos, nil)
	if err != nil {
		return nil, err
	}
	if e.Precision >= 0 {
		t.Mod = int32(min(e.Precision, 6))
	}
	return b.coerce(now, t, expr.CastExplicit, e.Pos)
}

// aggregate binds an aggregate call. It belongs to the innermost query whose columns it
// uses, and stands for a column of that query's grouping.
func (b *binder) aggregate(sc *scope, e *sql.FuncCall, name string) (expr.Expr, error) {
	restore := b.noSets(sc)
	call, err := b.aggCall(sc, e, name)
	restore()
	if err != nil {
		return nil, err
	}
	ids := colsOf(aggExprs(call)...)
	owner := b.aggOwner(sc, ids)
	if owner == nil || owner.group == nil || !slices.Contains([]clause{inSelect, inHaving, inOrderBy, inGroupBy}, owner.clause) {
		where := sc.clause
		if owner != nil {
			where = owner.clause
		}
		return nil, b.fail(e.Pos, pgerr.GroupingError, "aggregate functions are not allowed in %s", where)
	}
	for _, id := range ids {
		if b.aggOf[id] == owner {
			return nil, b.fail(b.placeWithin(id, e.Pos), pgerr.GroupingError, "aggregate function calls cannot be nested")
		}
	}
	col := owner.group.add(b, *call)
	if c, ok := col.(*expr.Col); ok {
		b.aggOf[c.Index] = owner
		b.place[c] = e.Pos
	}
	return col, nil
}

// aggOwner is the innermost scope that has one of the columns; without any, the scope the
// call is written in.
func (b *binder) aggOwner(sc *scope, ids []int) *scope {
	owners := map[*scope]bool{}
	for _, id := range ids {
		if s := b.owner[id]; s != nil {
			owners[s] = true
		} else if s := b.aggOf[id]; s != nil {
			owners[s] = true
		}
	}
	for s := sc; s != nil; s = s.parent {
		if owners[s] {
			return s
		}
	}
	for s := sc; s != nil; s = s.parent {
		if s.group != nil {
			return s
		}
		if s.clause != "" {
			return nil // a clause of its own that knows no aggregates
		}
	}
	return nil
}

func (b *binder) aggCall(sc *scope, e *sql.FuncCall, name string) (*expr.AggCall, error) {
	args, pos, err := b.arguments(sc, e.Args)
	if err != nil {
		return nil, err
	}
	if len(args) == 0 && !e.Star && name == "count" {
		err := pgerr.New(pgerr.WrongObjectType, "count(*) must be used to call a parameterless aggregate function")
		return nil, b.at(err, e.Pos)
	}
	f, ts, ret, err := expr.ResolveAgg(name, argsOf(args))
	if err != nil {
		return nil, b.at(err, e.Pos)
	}
	if args, err = b.coerceAll(args, ts, pos); err != nil {
		return nil, err
	}
	call := &expr.AggCall{Fn: f, Args: args, T: ret, Distinct: e.Distinct}
	if e.Distinct {
		for _, a := range args {
			if _, err := expr.EqualityOp(a.Type()); err != nil {
				return nil, b.at(err, e.Pos)
			}
		}
	}
	if err := b.aggOrder(sc, e, call); err != nil {
		return nil, err
	}
	switch name {
	case "min", "max", "bool_and", "bool_or", "every":
		call.Distinct = false // makes no difference to these
	}
	if e.Filter != nil {
		conds, err := b.condition(sc, e.Filter, inFilter)
		if err != nil {
			return nil, err
		}
		call.Filter = conjunction(conds)
	}
	return call, nil
}

// aggOrder binds ORDER BY within a call; it is dropped where the order makes no difference.
func (b *binder) aggOrder(sc *scope, e *sql.FuncCall, call *expr.AggCall) error {
	for _, o := range e.OrderBy {
		k, err := b.expr(sc, o.Expr)
		if err != nil {
			return err
		}
		if k, err = b.known(k); err != nil {
			return err
		}
		if e.Distinct {
			i := slices.IndexFunc(call.Args, func(a expr.Expr) bool { return sameExpr(stripCast(a), stripCast(k)) })
			if i < 0 {
				return b.fail(sql.Start(o.Expr), pgerr.InvalidColumnReference,
					"in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list")
			}
			if hasSubquery(k) {
				k = call.Args[i] // and the subquery is joined once
			}
		}
		if _, err := expr.LessOp(k.Type()); err != nil {
			return b.at(err, sql.Start(o.Expr))
		}
		desc, nullsFirst, err := b.direction(o)
		if err != nil {
			return err
		}
		call.Order = append(call.Order, expr.SortKey{Expr: k, Desc: desc, NullsFirst: nullsFirst})
	}
	switch call.Fn.Name {
	case "array_agg", "string_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg":
	default:
		call.Order = nil
	}
	return nil
}

// stripCast looks through implicit casts.
func stripCast(e expr.Expr) expr.Expr {
	for {
		c, ok := e.(*expr.Cast)
		if !ok || c.Context != expr.CastImplicit {
			return e
		}
		e = c.Arg
	}
}
